import { readFileSync } from 'node:fs';
import type { ErrorLine } from './lines.js';

/** An error of a request, with what to do about it. */
export function errorLine(error: unknown, connection: number, seq: number): ErrorLine {
  const { code, message, address, port } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
  };
  const errno = code ?? '';
  const where = address === undefined ? 'there' : port === undefined ? address : `${address} port ${port}`;
  return {
    type: 'error',
    connection,
    seq,
    errno,
    message: message || errno || String(error),
    hint: hintFor(errno, where),
  };
}

function hintFor(errno: string, where: string): string {
  switch (errno) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The lab has no such name. It knows ${knownNames().join(', ')}.`;
    case 'ECONNREFUSED':
      return `Nothing listens at ${where}. \`onehop status\` shows which workloads run and where they listen.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `No workload has the address ${where}, and no listener takes it over: see \`onehop routes\` and whether the agents run (\`onehop status\`).`;
    case 'ETIMEDOUT':
      return 'The answer took too long. Look at the workload in `onehop status` and at its log, or allow more time.';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'The connection was ended before the answer was complete. `onehop events` says how far it came.';
    case 'EACCES':
    case 'EPERM':
      return 'The connection was refused by a policy of the mesh. `onehop events` says by which.';
    case 'EADDRINUSE':
    case 'EADDRNOTAVAIL':
      return 'No port is free for another connection: wait a minute, or use fewer connections.';
    default:
      if (errno.startsWith('HPE_')) return 'The answer is not HTTP/1.1: is this the port of an HTTP service?';
      if (errno.startsWith('ERR_')) return 'Correct the method, the headers or the URL of the request.';
      return '`onehop status` shows whether everything runs.';
  }
}

function knownNames(): string[] {
  const names = readFileSync('/etc/hosts', 'utf8')
    .split('\n')
    .flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1));
  return [...new Set(names)].filter((name) => !/^(localhost|ip6-)/.test(name));
}
