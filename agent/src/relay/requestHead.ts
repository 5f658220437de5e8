/** What a scanned request head means for the relay: how the body ends, and whether the connection goes on. */
import type { HeadScanner } from './headScanner.js';
import { hostOctet, isText, nameHash } from './octets.js';

/** Why a request is turned away before it is routed, with the status that Envoy 1.40 gives. */
export interface RequestFault {
  readonly status: 400 | 426 | 431 | 501;
  readonly detail: string;
  /** Envoy's HTTP connection manager, unlike its codec, answers without a body. */
  readonly bare: boolean;
}

export type BodyKind = 'none' | 'sized' | 'chunked';

export interface RequestHead {
  readonly isHead: boolean;
  readonly isConnect: boolean;
  /** Safe to send again when nothing of an answer came (RFC 9110 9.2.2). */
  readonly idempotent: boolean;
  /** The client asks to change the protocol. */
  readonly upgrade: boolean;
  /** A request of gRPC, by its content-type (Envoy's Grpc::Common::hasGrpcContentType). */
  readonly grpc: boolean;
  /** The client means to send another request on this connection. */
  readonly keepAlive: boolean;
  readonly body: BodyKind;
  /** Octets of a sized body, else 0. */
  readonly bodyLength: number;
  /** The value of Host, relative to the head; start = end when empty or absent. */
  readonly hostStart: number;
  readonly hostEnd: number;
  /** The router can read the head as it is: see Router.decide. */
  readonly plain: boolean;
}

/** Interprets the head that `scanner` found in `bytes` from `base` on. */
export function readRequestHead(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
): RequestHead | RequestFault {
  if (scanner.fault !== '') return scannerFault(scanner);
  const { spans, hashes, headers, minor } = scanner;
  let hosts = 0;
  let hostStart = 0;
  let hostEnd = 0;
  let lengths = 0;
  let bodyLength = 0;
  let encodings = 0;
  let chunked = false;
  let close = false;
  let keep = false;
  let connectionUpgrade = false;
  let upgrade = false;
  let grpc = false;
  for (let i = 0; i < headers; i++) {
    const hash = hashes[i]!;
    const name = base + spans[4 * i]!;
    const nameEnd = base + spans[4 * i + 1]!;
    const value = base + spans[4 * i + 2]!;
    const valueEnd = base + spans[4 * i + 3]!;
    switch (hash) {
      case hashHost:
        if (!isText(bytes, name, nameEnd, 'host')) break;
        if (++hosts > 1) return bad('more than one Host header');
        for (let k = value; k < valueEnd; k++)
          if (hostOctet[bytes[k]!] === 0) return bad('a character in the Host header that no host has');
        hostStart = value - base;
        hostEnd = valueEnd - base;
        break;
      case hashContentLength:
        if (!isText(bytes, name, nameEnd, 'content-length')) break;
        if (++lengths > 1) return bad('more than one Content-Length header');
        bodyLength = decimal(bytes, value, valueEnd);
        if (bodyLength < 0) return bad('a Content-Length that is not a number');
        break;
      case hashTransferEncoding:
        if (!isText(bytes, name, nameEnd, 'transfer-encoding')) break;
        encodings++;
        chunked = isText(bytes, value, valueEnd, 'chunked');
        break;
      case hashConnection:
        if (!isText(bytes, name, nameEnd, 'connection')) break;
        close ||= hasToken(bytes, value, valueEnd, 'close');
        keep ||= hasToken(bytes, value, valueEnd, 'keep-alive');
        connectionUpgrade ||= hasToken(bytes, value, valueEnd, 'upgrade');
        break;
      case hashContentType:
        if (isText(bytes, name, nameEnd, 'content-type')) grpc ||= isGrpcType(bytes, value, valueEnd);
        break;
      case hashUpgrade:
        upgrade ||= isText(bytes, name, nameEnd, 'upgrade');
        break;
    }
  }
  if (lengths > 0 && encodings > 0) return bad('both Content-Length and Transfer-Encoding');
  if (encodings > 0 && minor === 0) return bad('Transfer-Encoding in HTTP/1.0');
  if (encodings > 1 || (encodings === 1 && !chunked))
    return { status: 501, detail: 'a Transfer-Encoding other than chunked', bare: false };

  const method = base + scanner.start;
  const methodEnd = base + scanner.firstEnd;
  const isConnect = isMethod(bytes, method, methodEnd, 'CONNECT');
  const target = targetForm(bytes, base + scanner.targetStart, base + scanner.targetEnd);
  if (isConnect) {
    if (target !== 'other') return bad('the target of CONNECT is not host:port');
    if (encodings > 0 || bodyLength > 0) return bad('CONNECT with a body');
  } else if (
    target === 'other' ||
    (target === 'asterisk' && !isMethod(bytes, method, methodEnd, 'OPTIONS'))
  ) {
    return bad('a target that is neither a path nor an http URL');
  }
  for (let k = base + scanner.targetStart; k < base + scanner.targetEnd; k++)
    if (bytes[k] === 0x23) return { status: 400, detail: 'a fragment in the target', bare: true };
  if (hosts === 0 && minor === 1 && target !== 'absolute' && !isConnect)
    return { status: 400, detail: 'no Host header', bare: true };

  return {
    isHead: isMethod(bytes, method, methodEnd, 'HEAD'),
    isConnect,
    idempotent: idempotentMethods.some((name) => isMethod(bytes, method, methodEnd, name)),
    upgrade: upgrade && connectionUpgrade,
    grpc: grpc && !isConnect,
    keepAlive: minor === 1 ? !close : keep && !close,
    body: chunked ? 'chunked' : bodyLength > 0 ? 'sized' : 'none',
    bodyLength,
    hostStart,
    hostEnd,
    plain: hosts === 1 && target === 'origin' && scanner.start === 0,
  };
}

export type TargetForm = 'origin' | 'absolute' | 'asterisk' | 'other';

/** Which form of RFC 9112 3.2 a target has; `other` covers the authority form. */
export function targetForm(bytes: Uint8Array, start: number, end: number): TargetForm {
  if (bytes[start] === 0x2f) return 'origin';
  if (end - start === 1 && bytes[start] === 0x2a) return 'asterisk';
  if (end - start > 7 && isText(bytes, start, start + 7, 'http://')) return 'absolute';
  if (end - start > 8 && isText(bytes, start, start + 8, 'https://')) return 'absolute';
  return 'other';
}

/** A run of digits as a number; -1 when it is none or above 2^53 - 1. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
  }
  return value;
}

/** Does a comma-separated list hold the token? `token` is lower case. */
export function hasToken(bytes: Uint8Array, start: number, end: number, token: string): boolean {
  let from = start;
  for (let i = start; i <= end; i++) {
    if (i < end && bytes[i] !== 0x2c) continue;
    let to = i;
    while (from < to && isBlank(bytes[from]!)) from++;
    while (to > from && isBlank(bytes[to - 1]!)) to--;
    if (isText(bytes, from, to, token)) return true;
    from = i + 1;
  }
  return false;
}

function isBlank(c: number): boolean {
  return c === 0x20 || c === 0x09;
}

const hashHost = nameHash('host');
export const hashContentLength = nameHash('content-length');
export const hashTransferEncoding = nameHash('transfer-encoding');
export const hashConnection = nameHash('connection');
const hashUpgrade = nameHash('upgrade');
const hashContentType = nameHash('content-type');

/** "application/grpc", alone or with "+" and what is in it. */
function isGrpcType(bytes: Uint8Array, start: number, end: number): boolean {
  const type = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  return /^application\/grpc(?:$|\+)/.test(type);
}

/** RFC 9110 9.2.2: may the request that begins with these bytes be sent twice? */
export function isIdempotent(bytes: Uint8Array): boolean {
  return idempotentMethods.some(
    (name) => isMethod(bytes, 0, name.length, name) && bytes[name.length] === 0x20,
  );
}

const idempotentMethods = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'TRACE'];

/** Methods are case-sensitive. */
function isMethod(bytes: Uint8Array, start: number, end: number, name: string): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false;
  return true;
}

function scannerFault(scanner: HeadScanner): RequestFault {
  const detail = scanner.detail;
  switch (scanner.fault) {
    case 'large':
    case 'many':
      return { status: 431, detail, bare: false };
    case 'version':
      return { status: 426, detail, bare: false };
    default:
      return { status: 400, detail, bare: false };
  }
}

function bad(detail: string): RequestFault {
  return { status: 400, detail, bare: false };
}
