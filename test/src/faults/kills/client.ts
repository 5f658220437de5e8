/** Mixed requests on many connections, some of which it ends at random. Arguments: how many requests, then address:port of services. */
import { request, Agent } from 'node:http';
import { writeLine } from '../../exact/lines.js';
import { matches } from '../pattern.js';

export type FromKills =
  | { readonly type: 'ready' }
  | {
      readonly type: 'done';
      readonly answered: number;
      /** Ended by the client itself, on purpose. */
      readonly killed: number;
      /** What went wrong, by words. */
      readonly wrong: Readonly<Record<string, number>>;
    };

const [count = '0', ...services] = process.argv.slice(2);
const atOnce = 64;
const sizes = [0, 1, 100, 1_000, 10_000, 60_000, 100_000, 200_000];
const forms = ['sized', 'sized', 'sized', 'chunked', 'close'];
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

let left = Number(count);
let answered = 0;
let killed = 0;
const wrong: Record<string, number> = {};

function pick<T>(of: readonly T[]): T {
  return of[Math.floor(Math.random() * of.length)] as T;
}

/** One request; resolves when it is answered or ended. */
function one(): Promise<void> {
  const [host = '', port] = pick(services).split(':');
  const length = pick(sizes);
  const kill = Math.random() < 0.02;
  let over = false;
  return new Promise((resolve) => {
    const fail = (why: string): void => {
      if (kill) killed++;
      else wrong[why] = (wrong[why] ?? 0) + 1;
      resolve();
    };
    const path = `/${length}?form=${pick(forms)}`;
    const asked = request({ host, port: Number(port), path, agent, timeout: 20_000 }, (response) => {
      let at = 0;
      let right = response.statusCode === 200;
      response.on('data', (chunk: Buffer) => {
        right &&= matches(length, at, chunk);
        at += chunk.length;
      });
      response.on('error', (error: NodeJS.ErrnoException) => fail(`${error.code} in the answer`));
      response.on('end', () => {
        over = true;
        if (!right || at !== length) return fail(`status ${response.statusCode}, ${at} bytes of ${length}`);
        answered++;
        resolve();
      });
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer in 20 s')));
    asked.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
    asked.end();
    if (kill)
      setTimeout(() => {
        // its connection is another request's by now
        if (over) return;
        if (Math.random() < 0.5) asked.socket?.resetAndDestroy();
        asked.destroy();
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
    writeLine(process.stdout, { type: 'done', answered, killed, wrong } satisfies FromKills);
  });
});
writeLine(process.stdout, { type: 'ready' } satisfies FromKills);
