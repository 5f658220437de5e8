import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { AnswerLine } from './lines.js';

/** Reads to the end; keeps at most `max` bytes. */
export async function readBody(
  response: IncomingMessage,
  max: number,
): Promise<{ body: Buffer; bodyBytes: number }> {
  const kept: Buffer[] = [];
  let bodyBytes = 0;
  let room = max;
  await new Promise<void>((resolve, reject) => {
    response.on('data', (chunk: Buffer) => {
      bodyBytes += chunk.length;
      if (room > 0) kept.push(chunk.subarray(0, room));
      room -= chunk.length;
    });
    response.on('end', resolve);
    response.on('error', reject);
  });
  return { body: Buffer.concat(kept), bodyBytes };
}

/** As text when it is text. A part may end inside a character: its first bytes are left out. */
export function asText(body: Buffer, cut: boolean): Pick<AnswerLine, 'body' | 'bodyEncoding'> {
  const longest = cut ? 3 : 0;
  for (let less = 0; less <= longest; less++) {
    const part = body.subarray(0, body.length - less);
    if (isUtf8(part)) return { body: part.toString('utf8'), bodyEncoding: 'utf8' };
  }
  return { body: body.toString('base64'), bodyEncoding: 'base64' };
}
