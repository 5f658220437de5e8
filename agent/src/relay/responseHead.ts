/** What a scanned response head means for the relay (RFC 9112 6.3). */
import type { HeadScanner } from './headScanner.js';
import { isText } from './octets.js';
import { decimal, hashConnection, hashContentLength, hashTransferEncoding, hasToken } from './requestHead.js';

export type ResponseBody =
  | 'none'
  | 'sized'
  | 'chunked'
  /** Until the upstream ends the connection. */
  | 'close'
  /** An interim response: another head follows. */
  | 'interim'
  /** From here on the connection carries another protocol. */
  | 'tunnel';

export interface ResponseHead {
  /** 0 when the head is not HTTP/1.x: then the body is `close`. */
  readonly status: number;
  readonly body: ResponseBody;
  readonly bodyLength: number;
  /** The upstream means to serve another request on this connection. */
  readonly keepAlive: boolean;
}

/** What of the request decides how its response ends. */
export interface RequestContext {
  readonly isHead: boolean;
  readonly isConnect: boolean;
  readonly upgrade: boolean;
}

/**
 * Interprets the head that `scanner` found in `bytes` from `base` on. A head that cannot be understood is no
 * fault: its bytes are the client's to judge, and the response then lasts until the upstream closes.
 */
export function readResponseHead(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  request: RequestContext,
): ResponseHead {
  if (scanner.fault !== '') return unknown;
  const minor = statusLineMinor(bytes, base, base + scanner.firstEnd);
  if (minor < 0) return unknown;
  const status = decimal(bytes, base + 9, base + 12);

  const { spans, hashes, headers } = scanner;
  let length = -1;
  let lengthsDiffer = false;
  let encoded = false;
  let chunked = false;
  let close = false;
  let keep = false;
  for (let i = 0; i < headers; i++) {
    const name = base + spans[4 * i]!;
    const nameEnd = base + spans[4 * i + 1]!;
    const value = base + spans[4 * i + 2]!;
    const valueEnd = base + spans[4 * i + 3]!;
    switch (hashes[i]) {
      case hashContentLength: {
        if (!isText(bytes, name, nameEnd, 'content-length')) break;
        const n = decimal(bytes, value, valueEnd);
        lengthsDiffer ||= n < 0 || (length >= 0 && n !== length);
        length = n;
        break;
      }
      case hashTransferEncoding:
        if (!isText(bytes, name, nameEnd, 'transfer-encoding')) break;
        encoded = true;
        chunked = hasToken(bytes, value, valueEnd, 'chunked');
        break;
      case hashConnection:
        if (!isText(bytes, name, nameEnd, 'connection')) break;
        close ||= hasToken(bytes, value, valueEnd, 'close');
        keep ||= hasToken(bytes, value, valueEnd, 'keep-alive');
        break;
    }
  }
  const keepAlive = (minor === 1 ? !close : keep && !close) && !(encoded && length >= 0);

  if (status === 101)
    return { status, body: request.upgrade ? 'tunnel' : 'close', bodyLength: 0, keepAlive: false };
  if (status < 200) return { status, body: 'interim', bodyLength: 0, keepAlive };
  if (request.isConnect && status < 300) return { status, body: 'tunnel', bodyLength: 0, keepAlive: false };
  if (request.isHead || status === 204 || status === 304)
    return { status, body: 'none', bodyLength: 0, keepAlive };
  if (chunked) return { status, body: 'chunked', bodyLength: 0, keepAlive };
  if (encoded || lengthsDiffer || length < 0)
    return { status, body: 'close', bodyLength: 0, keepAlive: false };
  return { status, body: length === 0 ? 'none' : 'sized', bodyLength: length, keepAlive };
}

const unknown: ResponseHead = { status: 0, body: 'close', bodyLength: 0, keepAlive: false };

/** x of "HTTP/1.x nnn", or -1. */
function statusLineMinor(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 12 || (end - start > 12 && bytes[start + 12] !== 0x20)) return -1;
  if (!isText(bytes, start, start + 7, 'http/1.')) return -1;
  const minor = bytes[start + 7]! - 0x30;
  if ((minor !== 0 && minor !== 1) || bytes[start + 8] !== 0x20) return -1;
  const status = decimal(bytes, start + 9, start + 12);
  return status >= 100 && status <= 999 ? minor : -1;
}
