// Executed inside a workload: one TCP connection, one line sent, one line read. Arguments: host, port, line, timeout in ms.
// Prints one JSON line, a Dialled, and exits with 1 when the connection failed.
import { connect } from 'node:net';
import { identity, sourceFor } from '../services/identity.js';

/** What a connection looked like from the workload that opened it. */
export interface Dialled {
  readonly local?: { readonly address: string; readonly port: number };
  /** getpeername(): where the client believes to be. */
  readonly remote?: { readonly address: string; readonly port: number };
  /** First line that the server sent; empty when it sent none. */
  readonly answer: string;
  readonly errno?: string;
}

const [host = '', port = '', line = '', timeout = '5000'] = process.argv.slice(2);

const socket = connect({ host, port: Number(port), noDelay: true, ...sourceFor(host, identity()) });
let dialled: Dialled = { answer: '' };
let text = '';

const finish = (code: number): void => {
  const [answer = ''] = text.split(/\r?\n/);
  process.stdout.write(`${JSON.stringify({ ...dialled, answer })}\n`);
  process.exit(code);
};
socket.setTimeout(Number(timeout), () => finish(0));
socket.on('connect', () => {
  const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = socket;
  dialled = {
    local: { address: localAddress, port: localPort },
    remote: { address: remoteAddress, port: remotePort },
    answer: '',
  };
  if (line !== '') socket.write(`${line}\n`);
});
socket.on('data', (chunk: Buffer) => {
  text += chunk.toString('utf8');
  if (text.includes('\n')) finish(0);
});
socket.on('error', (error: NodeJS.ErrnoException) => {
  dialled = { ...dialled, errno: error.code ?? 'EIO' };
  finish(1);
});
socket.on('end', () => finish(0));
