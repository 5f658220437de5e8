// Runs in a workload: sends heads, byte for byte, each on a connection of its own, and tells from which port, and what came back.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { identity, sourceFor } from '@onehop/lab/services/identity.js';

export interface RawQuestion {
  readonly address: string;
  readonly port: number;
  /** Head and body, base64. */
  readonly bytes: string;
}

export interface RawAnswer {
  /** As events name it: address:port, IPv6 in brackets. */
  readonly client: string;
  /** 0: none came. */
  readonly status: number;
}

const self = identity();
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await send(JSON.parse(line) as RawQuestion);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

function send({ address, port, bytes }: RawQuestion): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const request = Buffer.from(bytes, 'base64');
    const socket = connect({ host: address, port, ...sourceFor(address, self) });
    let client = '';
    let received = '';
    const done = (): void => {
      socket.destroy();
      resolve({ client, status: Number(/^HTTP\/1\.1 (\d+)/.exec(received)?.[1] ?? 0) });
    };
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${request.toString('latin1')}`)));
    socket.setEncoding('latin1').on('connect', () => {
      const local = socket.localAddress ?? '';
      client = `${local.includes(':') ? `[${local}]` : local}:${socket.localPort}`;
      socket.write(request);
    });
    socket.on('data', (text: string) => {
      received += text;
      if (isComplete(received, request.subarray(0, 5).toString() === 'HEAD ')) done();
    });
    socket.on('end', done);
    socket.on('error', reject);
  });
}

/** Of responses with a length or chunks; others end with the connection. */
function isComplete(text: string, isHead: boolean): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = text.slice(0, end + 2);
  const body = text.length - end - 4;
  const length = /\r\ncontent-length: *(\d+)\r\n/i.exec(head)?.[1];
  if (isHead || /^HTTP\/1\.1 (204|304)/.test(head)) return true;
  return length === undefined ? /\r\n0\r\n\r\n$/.test(text) : body >= Number(length);
}
