import { createServer, type Socket } from 'node:net';
import type { Identity } from './identity.js';
import { listenOnAll } from './listen.js';
import { ServedCount } from './served.js';

/** A client that sends no line end is not a client of this database. */
const MAX_LINE = 1_024;

/**
 * The ratings database: a line asked, a line answered, in order, on one long connection.
 *
 *     RATINGS 1      OK {"Reviewer1":5,"Reviewer2":4}
 *     SERVED         OK {"workload":"ratings-db-v1","count":1,"paths":{"RATINGS 1":1}}
 *     anything else  ERR …
 */
export async function serveRatingsDb(self: Identity, port: number): Promise<void> {
  const served = new ServedCount(self.workload);
  const answer = (line: string): string => {
    if (line === 'SERVED') return `OK ${JSON.stringify(served.report())}`;
    served.add(line);
    if (/^RATINGS \S+$/.test(line)) return `OK ${JSON.stringify({ Reviewer1: 5, Reviewer2: 4 })}`;
    return 'ERR unknown command; try: RATINGS 1';
  };
  await listenOnAll(self, port, () =>
    createServer({ noDelay: true }, (socket) => serveLines(socket, answer)),
  );
}

function serveLines(socket: Socket, answer: (line: string) => string): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) socket.write(lines.map((line) => `${answer(line.trimEnd())}\n`).join(''));
    if (rest.length > MAX_LINE) socket.end('ERR line too long\n');
  });
}
