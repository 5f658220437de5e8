/** Heads as lines, and lines as heads. */
import type { HeaderLine } from '@onehop/core/evaluate/headerChanges.js';

/** The lines of a head; a folded value becomes one line. */
export function readLines(head: Uint8Array): { readonly first: string; readonly lines: HeaderLine[] } {
  const text = Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1');
  const [first = '', ...rest] = text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/);
  const lines = rest
    .filter((line) => line.includes(':'))
    .map((line): HeaderLine => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, '')];
    });
  return { first, lines };
}

export function writeLines(first: string, lines: readonly HeaderLine[]): Buffer {
  const text = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.from(`${first}\r\n${text}\r\n`, 'latin1');
}

/** All but Host, which is no header of HTTP/2 and later, and so none to Envoy. */
export function withoutHost(lines: readonly HeaderLine[]): HeaderLine[] {
  return lines.filter(([name]) => name.toLowerCase() !== 'host');
}
