/**
 * Mixed requests on many connections, some of which it ends at random. Arguments: what its requests are called, how many,
 * then address:port of services.
 */
import { request, Agent } from 'node:http';
import { writeLine } from '../../exact/lines.js';
import { matches } from '../pattern.js';
import type { FromClient, LostRequest } from './protocol.js';

const [name = '', count = '0', ...services] = process.argv.slice(2);
const atOnce = 64;
const sizes = [0, 1, 100, 1_000, 10_000, 60_000, 100_000, 200_000];
const forms = ['sized', 'sized', 'sized', 'chunked', 'close'];
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

let left = Number(count);
let answered = 0;
let killed = 0;
let asked = 0;
const lost: LostRequest[] = [];

function pick<T>(of: readonly T[]): T {
  return of[Math.floor(Math.random() * of.length)] as T;
}

/** One request; resolves when it is answered or ended. */
function one(): Promise<void> {
  const [host = '', port] = pick(services).split(':');
  const length = pick(sizes);
  const kill = Math.random() < 0.02;
  const id = `${name}-${asked++}`;
  let over = false;
  return new Promise((resolve) => {
    const fail = (why: string): void => {
      if (over) return;
      over = true;
      if (kill) killed++;
      else lost.push({ id, why });
      resolve();
    };
    const path = `/${length}?form=${pick(forms)}`;
    const headers = { 'x-request': id };
    const asking = request(
      { host, port: Number(port), path, agent, headers, timeout: 20_000 },
      (response) => {
        let at = 0;
        let right = response.statusCode === 200;
        const answers = String(response.headers['x-answers']);
        response.on('data', (chunk: Buffer) => {
          right &&= matches(length, at, chunk);
          at += chunk.length;
        });
        response.on('error', (error: NodeJS.ErrnoException) => fail(`${error.code} in the answer`));
        response.on('end', () => {
          if (answers !== id) return fail(`the answer to ${answers}`);
          if (!right || at !== length) return fail(`status ${response.statusCode}, ${at} bytes of ${length}`);
          over = true;
          answered++;
          resolve();
        });
      },
    );
    asking.on('timeout', () => asking.destroy(new Error('no answer in 20 s')));
    asking.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    asking.end();
    if (kill)
      setTimeout(() => {
        // its connection is another request's by now
        if (over) return;
        if (Math.random() < 0.5) asking.socket?.resetAndDestroy();
        asking.destroy();
      }, Math.random() * 5);
  });
}

async function worker(): Promise<void> {
  while (left-- > 0) await one();
}

process.stdin.on('end', () => process.exit(0));
process.stdin.once('data', () => {
  void Promise.all(Array.from({ length: atOnce }, worker)).then(() => {
    agent.destroy();
    writeLine(process.stdout, { type: 'done', answered, killed, lost } satisfies FromClient);
  });
});
writeLine(process.stdout, { type: 'ready' } satisfies FromClient);
