/** Answers that the relay gives by itself, in the form that Envoy 1.40 gives them. */
import { STATUS_CODES } from 'node:http';
import { reasonId } from '@onehop/core/wire/reasons.js';
import type { RequestFault } from './requestHead.js';

export interface LocalReply {
  readonly status: number;
  /** Empty: no body at all. */
  readonly body: Uint8Array | string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Told to a gRPC request; absent: what follows from `status`. */
  readonly grpcStatus?: number;
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

/** For an endpoint that gave no response, after attempts; `why` in Envoy's words. */
export function unreachedReply(why: string, again: boolean): LocalReply {
  const told = again ? 'retried and the latest reset reason' : 'reset reason';
  return {
    status: 503,
    body: `upstream connect error or disconnect/reset before headers. ${told}: ${why}`,
  };
}

/** For a route whose time is over. */
export function timeoutReply(what: string, requestDone: boolean): LocalReply {
  return { status: requestDone ? 504 : 408, body: what };
}

/** What of the request decides how an answer is written. */
export interface AnsweredRequest {
  /** The body is left out. */
  readonly isHead: boolean;
  /** The answer is one of gRPC: status and body of the reply go into its headers. */
  readonly isGrpc: boolean;
}

/** The reply as bytes. `close`: no other request is served on this connection. */
export function formatReply(reply: LocalReply, close: boolean, { isHead, isGrpc }: AnsweredRequest): Buffer {
  return isGrpc ? formatHttp(grpcReply(reply, isHead), close, isHead) : formatHttp(reply, close, isHead);
}

/** Http::Utility::prepareLocalReply: a response of headers alone. */
function grpcReply({ status, body, headers = [], grpcStatus: own }: LocalReply, isHead: boolean): LocalReply {
  const text = typeof body === 'string' ? Buffer.from(body) : body;
  const has = (wanted: string): boolean => headers.some(([name]) => name.toLowerCase() === wanted);
  const type = ['content-type', 'application/grpc'] as const;
  return {
    status: 200,
    body: '',
    headers: [
      ...headers.map((line) => (line[0].toLowerCase() === 'content-type' ? type : line)),
      ...(has('content-type') ? [] : [type]),
      ...(has('grpc-status')
        ? []
        : ([['grpc-status', String(own ?? grpcStatus[status] ?? grpcUnknown)]] as const)),
      ...(text.length === 0 || isHead ? [] : ([['grpc-message', percentEncoded(text)]] as const)),
    ],
  };
}

/** Grpc::Utility::httpToGrpcStatus */
const grpcStatus: Readonly<Record<number, number>> = {
  400: 13,
  401: 16,
  403: 7,
  404: 12,
  429: 14,
  502: 14,
  503: 14,
  504: 14,
};
const grpcUnknown = 2;

/** Http::Utility::PercentEncoding::encode */
function percentEncoded(bytes: Uint8Array): string {
  let text = '';
  for (const c of bytes)
    text +=
      c >= 0x20 && c < 0x7e && c !== 0x25
        ? String.fromCharCode(c)
        : `%${c.toString(16).toUpperCase().padStart(2, '0')}`;
  return text;
}

/** Without a body only an answer of gRPC says what it is. */
function isTyped({ headers = [] }: LocalReply, name: string): boolean {
  return name.toLowerCase() !== 'content-type' || headers.some(([one]) => one === 'grpc-status');
}

function formatHttp(reply: LocalReply, close: boolean, isHead: boolean): Buffer {
  const body = typeof reply.body === 'string' ? Buffer.from(reply.body) : reply.body;
  const own = reply.headers ?? [];
  const typed = own.some(([name]) => name.toLowerCase() === 'content-type');
  let head = `HTTP/1.1 ${reply.status} ${STATUS_CODES[reply.status] ?? 'Unknown'}\r\n`;
  for (const [name, value] of own)
    if (body.length > 0 || isTyped(reply, name)) head += `${name}: ${value}\r\n`;
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
