/** Answers of a server as the request wants them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Served } from './protocol.js';

/** What `wait` and `part` wait. */
export const waitMs = 1500;

/**
 * `script` has a word for each attempt, the last one for all behind it: a status; `drop`, the connection ends without an
 * answer; `wait`, 200 after a while; `part`, the beginning of an answer of which the rest never comes. `x-say: a=b` adds a
 * header to the answer.
 */
export function answerAs(
  script: string,
  served: Served,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const words = script.split(',');
  const word = words[Math.min(served.attempt ?? 1, words.length) - 1] ?? '200';
  const body = JSON.stringify(served);
  const [name, value] = String(request.headers['x-say'] ?? '').split('=');
  const more = name === undefined || name === '' ? {} : { [name]: value ?? '' };
  const answer = (status: number): void => {
    response.writeHead(status, {
      'content-length': Buffer.byteLength(body),
      'x-endpoint': served.endpoint,
      ...more,
    });
    response.end(body);
  };
  request.resume();
  request.on('end', () => {
    if (word === 'drop') request.socket.destroy();
    else if (word === 'wait') setTimeout(() => answer(200), waitMs);
    else if (word === 'part') {
      response.writeHead(200, { 'content-length': '100', 'x-endpoint': served.endpoint });
      response.write('part');
      setTimeout(() => request.socket.destroy(), waitMs);
    } else answer(Number(word));
  });
}
