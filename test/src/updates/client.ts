/**
 * Clients in a workload. On each of some keep-alive connections one request follows the other: on the first one without a pause, so
 * that it sees when a change takes effect, on the others with one. Who answered is counted by the name in the response.
 *
 * In: {"type":"start", address, port, connections, pauseMs} · {"type":"report"} · end of input.
 * Out: {"type":"ready"} · {"type":"switched", server, at} when the first connection is answered by somebody else, `at` in ms
 * of CLOCK_MONOTONIC · {"type":"report", servers, failed}.
 */
import { connect } from 'node:net';
import { onLines, writeLine } from '../exact/lines.js';

interface Start {
  readonly type: 'start';
  readonly address: string;
  readonly port: number;
  readonly connections: number;
  readonly pauseMs: number;
}

const servers: Record<string, number> = {};
const failed: string[] = [];
let stopping = false;

onLines<Start | { readonly type: 'report' }>(process.stdin, (message) => {
  if (message.type === 'report') writeLine(process.stdout, { type: 'report', servers, failed });
  else for (let i = 0; i <= message.connections; i++) run(message, i === 0);
});
process.stdin.on('end', () => {
  stopping = true;
  process.exit(0);
});
writeLine(process.stdout, { type: 'ready' });

function run({ address, port, pauseMs }: Start, isProbe: boolean): void {
  const socket = connect({ host: address, port, noDelay: true });
  const request = `GET /x/1 HTTP/1.1\r\nHost: ${isProbe ? 'probe' : 'mix'}\r\n\r\n`;
  let received = '';
  let last = '';
  const fail = (why: string): void => {
    if (!stopping && failed.length < 100) failed.push(why);
  };
  const send = (): void => void socket.write(request);
  socket.on('connect', send);
  socket.setEncoding('latin1').on('data', (chunk: string) => {
    received += chunk;
    const end = received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(received)?.[1] ?? 0);
    if (received.length < end + 4 + length) return;
    const status = received.slice(9, 12);
    const server = /x-server: (\w+)/i.exec(received)?.[1] ?? `status ${status}`;
    if (status !== '200') fail(`status ${status}`);
    received = '';
    servers[server] = (servers[server] ?? 0) + 1;
    if (isProbe && server !== last) {
      last = server;
      writeLine(process.stdout, { type: 'switched', server, at: Number(process.hrtime.bigint()) / 1e6 });
    }
    // The probe lets others of this thread run, and no more.
    if (isProbe) setImmediate(send);
    else setTimeout(send, pauseMs);
  });
  socket.on('error', (error) => fail(error.message));
  socket.on('close', () => fail('closed'));
}
