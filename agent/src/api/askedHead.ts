/** The request head of a question: made of its fields, and read back into parts. */
import type { ExplainRequest } from '@onehop/core/api/agent.generated.js';
import type { AskedRequest } from '@onehop/core/decision/failure.js';
import type { HeadScanner } from '../relay/headScanner.js';
import { latin1 } from '../relay/routerView.js';
import { invalid } from './errors.js';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Throws ApiError INVALID_ARGUMENT for fields that make no head. */
export function headOf({ head, method, target, headers }: ExplainRequest): Uint8Array {
  if (head.length > 0) return head;
  if (!token.test(method)) throw invalid(`"${method}" is not a method.`);
  if (!/^[^\s\0]+$/.test(target))
    throw invalid(`"${target}" is not a request target: give a path such as /.`);
  for (const { name, value } of headers) {
    if (!token.test(name)) throw invalid(`"${name}" is not the name of a header.`);
    if (/[\r\n\0]/.test(value)) throw invalid(`The value of header ${name} has a line end or NUL in it.`);
  }
  const lines = headers.map(({ name, value }) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

/** The parts of a head that `scanner` found in `bytes`. */
export function partsOf(scanner: HeadScanner, bytes: Uint8Array): AskedRequest {
  const text = (start: number, end: number): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
  const headers = Array.from({ length: scanner.headers }, (_, i) => {
    const [name = 0, nameEnd = 0, value = 0, valueEnd = 0] = scanner.spans.subarray(4 * i, 4 * i + 4);
    return [latin1(bytes, name, nameEnd), text(value, valueEnd)] as const;
  });
  return {
    method: text(scanner.start, scanner.firstEnd),
    target: text(scanner.targetStart, scanner.targetEnd),
    host: headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '',
    headers,
  };
}
