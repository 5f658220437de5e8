// Runs in a workload: sends the requests of lanes, byte for byte, and tells what came back.
import { connect, type Socket } from 'node:net';
import { identity, sourceFor } from '@onehop/lab/services/identity.js';
import { onLines, writeLine } from '../exact/lines.js';
import type { Lane, RawAnswer } from './protocol.js';
import { ResponseParser } from './responseParser.js';

const timeoutMs = 15_000;
const self = identity();

onLines<Lane>(process.stdin, (lane) => {
  void run(lane).then((answers) => writeLine(process.stdout, { type: 'lane', id: lane.id, answers }));
});
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' });

async function run({ address, port, requests }: Lane): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  let socket: Socket | undefined;
  for (const base64 of requests) {
    const request = Buffer.from(base64, 'base64');
    if (socket === undefined || socket.destroyed || socket.readableEnded)
      socket = connect({ host: address, port, noDelay: true, ...sourceFor(address, self) });
    const answer = await ask(socket, request);
    if (answer.status === 0 || answer.headers['connection']?.toLowerCase() === 'close') socket.destroy();
    answers.push(answer);
  }
  socket?.destroy();
  return answers;
}

function ask(socket: Socket, request: Buffer): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const began = performance.now();
    const parser = new ResponseParser(request.subarray(0, 5).toString('latin1') === 'HEAD ');
    const done = (answer: RawAnswer): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('error', onError);
      socket.on('error', () => undefined);
      resolve({ ...answer, ms: performance.now() - began });
    };
    const fail = (why: string): void => done({ status: 0, headers: {}, body: why });
    const onData = (chunk: Buffer): void => {
      const answer = parser.push(chunk);
      if (answer !== undefined) done(answer);
    };
    const onEnd = (): void => done(parser.end() ?? { status: 0, headers: {}, body: 'the connection ended' });
    const onError = (error: NodeJS.ErrnoException): void => fail(error.code ?? error.message);
    const timer = setTimeout(() => fail(`no answer in ${timeoutMs} ms`), timeoutMs);
    socket.on('data', onData).on('end', onEnd).on('error', onError);
    socket.write(request);
  });
}
