/** Answers that the relay gives by itself, in the form that Envoy 1.40 gives them. */
import { STATUS_CODES } from 'node:http';
import { reasonId } from '@onehop/core/wire/reasons.js';
import type { RequestFault } from './requestHead.js';

export interface LocalReply {
  readonly status: number;
  /** Empty: no body at all. */
  readonly body: Uint8Array | string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
}

/** For a request that is turned away before it is routed. */
export function faultReply(fault: RequestFault): LocalReply {
  return { status: fault.status, body: fault.bare ? '' : (STATUS_CODES[fault.status] ?? '') };
}

/** For a decision that leads nowhere; `reason` is enum oh_reason. */
export function refusalReply(reason: number): LocalReply {
  if (reason === noListener || reason === noVirtualHost || reason === noRoute)
    return { status: 404, body: '' };
  if (reason === headBad) return { status: 400, body: 'Bad Request' };
  if (reason === noEndpoint) return { status: 503, body: 'no healthy upstream' };
  if (reason === dropped)
    return {
      status: 503,
      body: 'unconditional drop overload',
      headers: [['x-envoy-unconditional-drop-overload', 'true']],
    };
  return { status: 503, body: '' };
}

/** For an endpoint that could not be connected to; `error` is the errno name. */
export function connectReply(error: string): LocalReply {
  const cause = error === 'ETIMEDOUT' ? 'connection timeout' : 'remote connection failure';
  return {
    status: 503,
    body: `upstream connect error or disconnect/reset before headers. reset reason: ${cause}`,
  };
}

/** The reply as bytes. `close`: no other request is served on this connection. `isHead`: the body is left out. */
export function formatReply(reply: LocalReply, close: boolean, isHead: boolean): Buffer {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const own = reply.headers ?? [];
  const typed = own.some(([name]) => name.toLowerCase() === 'content-type');
  let head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? 'Unknown'}\r\n`;
  for (const [name, value] of own)
    if (body.length > 0 || name.toLowerCase() !== 'content-type') head += `${name}: ${value}\r\n`;
  if (body.length > 0) head += `content-length: ${body.length}\r\n`;
  if (body.length > 0 && !typed) head += 'content-type: text/plain\r\n';
  head += `date: ${new Date().toUTCString()}\r\nserver: onehop\r\n`;
  if (close) head += 'connection: close\r\n';
  if (body.length === 0 && reply.status !== 204 && reply.status !== 304) head += 'content-length: 0\r\n';
  const bytes = Buffer.from(`${head}\r\n`, 'latin1');
  return isHead || body.length === 0 ? bytes : Buffer.concat([bytes, body]);
}

const noListener = reasonId('no-listener');
const noVirtualHost = reasonId('no-vhost');
const noRoute = reasonId('no-route');
const noEndpoint = reasonId('no-endpoint');
const dropped = reasonId('dropped');
const headBad = reasonId('head-bad');
