/**
 * A request head in the form that the C router reads: see Router.decide. Only the router sees it; what goes
 * upstream are the client's own bytes.
 */
import type { HeadScanner } from './headScanner.js';
import { targetForm, type RequestHead } from './requestHead.js';

/** The view of the head that `scanner` found in `bytes` from `base` on. */
export function routerView(
  scanner: HeadScanner,
  bytes: Uint8Array,
  base: number,
  head: RequestHead,
): Uint8Array {
  if (head.plain) return bytes.subarray(base, base + scanner.length);
  const text = (start: number, end: number): string => latin1(bytes, base + start, base + end);
  const target = text(scanner.targetStart, scanner.targetEnd);
  let path = target;
  let host = text(head.hostStart, head.hostEnd);
  if (head.isConnect) {
    host = target;
    path = '/';
  } else if (targetForm(bytes, base + scanner.targetStart, base + scanner.targetEnd) === 'absolute') {
    // RFC 9112 3.2.2: the authority of the URL wins over Host
    const rest = target.slice(target.indexOf('//') + 2);
    const end = rest.search(/[/?]/);
    host = end < 0 ? rest : rest.slice(0, end);
    const tail = end < 0 ? '' : rest.slice(end);
    path = tail.startsWith('/') ? tail : `/${tail}`;
  } else if (target === '*') {
    path = '/';
  }

  let view = `${text(scanner.start, scanner.firstEnd)} ${path} HTTP/1.${scanner.minor}\r\nhost: ${host}\r\n`;
  for (let i = 0; i < scanner.headers; i++) {
    const name = text(scanner.spans[4 * i]!, scanner.spans[4 * i + 1]!);
    if (name.toLowerCase() === 'host') continue;
    view += `${name}: ${text(scanner.spans[4 * i + 2]!, scanner.spans[4 * i + 3]!)}\r\n`;
  }
  return Buffer.from(`${view}\r\n`, 'latin1');
}

/** Octets as text, one character each. */
export function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}
