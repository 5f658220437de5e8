import fc from 'fast-check';
import { turn, type Peer } from '../peer.js';
import { head, type Shape } from './shape.js';

interface Message {
  readonly text: string;
  /** Where it is cut, and whether the sender waits there. */
  readonly cuts: readonly (readonly [at: number, wait: boolean])[];
}

interface Turn {
  readonly request: Message;
  readonly response: Message;
  /** The client does not wait for the response before it goes on. */
  readonly pipelined: boolean;
}

const cuts = fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 5 });
const bodyText = fc.string({ maxLength: 300 }).map((text) => Buffer.from(text).toString('latin1'));
const chunks = fc
  .array(
    bodyText.filter((text) => text !== ''),
    { maxLength: 4 },
  )
  .map((parts) => `${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('')}0\r\n\r\n`);

const request = fc.oneof(
  fc.constantFrom('GET', 'HEAD', 'DELETE').map((method) => head(method, '/1')),
  bodyText.map((body) => head('POST', '/1', `Content-Length: ${body.length}`) + body),
  chunks.map((body) => head('PUT', '/1', 'Transfer-Encoding: chunked') + body),
);
const interim = fc.constantFrom('', '', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n');
const response = fc.tuple(
  interim,
  fc.oneof(
    bodyText.map((body) => [`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`, body]),
    chunks.map((body) => ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', body]),
    fc.constantFrom(
      ['HTTP/1.1 204 No Content\r\n\r\n', ''],
      ['HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n', ''],
    ),
  ),
);

const turns = fc.array(
  fc
    .record({ request, response, requestCuts: cuts, responseCuts: cuts, pipelined: fc.boolean() })
    .map(
      ({ request: text, response: [first, [start, body]], requestCuts, responseCuts, pipelined }): Turn => ({
        request: { text, cuts: requestCuts },
        response: { text: `${first}${start}${text.startsWith('HEAD') ? '' : body}`, cuts: responseCuts },
        pipelined,
      }),
    ),
  { minLength: 1, maxLength: 5 },
);

async function send(peer: Peer, { text, cuts: places }: Message): Promise<void> {
  let from = 0;
  for (const [at, wait] of [...places]
    .map(([n, w]) => [n % (text.length + 1), w] as const)
    .sort((a, b) => a[0] - b[0])) {
    if (at > from) peer.send(text.slice(from, at));
    from = Math.max(from, at);
    await turn(wait ? 3 : 0);
  }
  if (from < text.length) peer.send(text.slice(from));
}

/** `halfClose`: the client ends its side after its last request, and only then is that answered. */
function conversation(list: readonly Turn[], halfClose: boolean, number: number): Shape {
  const last = list.length - 1;
  return {
    name: `${number}: ${JSON.stringify({ list, halfClose })}`,
    ...(halfClose ? { serverEnd: true } : {}),
    async client(peer) {
      let owed = 0;
      for (const [i, { request: message, response: answer, pipelined }] of list.entries()) {
        await send(peer, message);
        if (halfClose && i === last) peer.finish();
        owed += answer.text.length;
        if (pipelined) continue;
        await peer.bytes(owed);
        owed = 0;
      }
      await peer.bytes(owed);
      if (halfClose) await peer.ending();
    },
    async server(peer) {
      for (const [i, { request: message, response: answer }] of list.entries()) {
        await peer.bytes(message.text.length);
        if (halfClose && i === last) await peer.ending();
        await send(peer, answer);
      }
      if (halfClose) peer.finish();
    },
  };
}

/** `count` conversations that `seed` decides: cut, delayed, pipelined and half-closed at random. */
export function conversations(seed: number, count: number): Shape[] {
  return fc
    .sample(fc.tuple(turns, fc.boolean()), { seed, numRuns: count })
    .map(([list, halfClose], i) => conversation(list, halfClose, i));
}
