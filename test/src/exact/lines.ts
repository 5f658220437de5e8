/** JSON objects, one a line, on a stream. */
import type { Readable, Writable } from 'node:stream';

export function onLines<T>(stream: Readable, take: (message: T) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') take(JSON.parse(line) as T);
  });
}

export function writeLine(stream: Writable, message: object): void {
  stream.write(`${JSON.stringify(message)}\n`);
}
