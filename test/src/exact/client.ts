/** The raw client, run in a workload: plays scripts over connections of their own, many at once. */
import { performance } from 'node:perf_hooks';
import { ClientLine } from './clientLine.js';
import { onLines, writeLine } from './lines.js';
import { play } from './player.js';
import { hostPort, type FromClient, type Play } from './protocol.js';

/** What comes too much comes within this time after the end of a script, in ms. */
const quietMs = 10;

async function run({ id, address, port, steps, patienceMs }: Play): Promise<void> {
  const started = performance.now();
  const line = await ClientLine.connect(address, port);
  const { socket } = line.connection;
  const local = hostPort(socket.localAddress, socket.localPort);
  const peer = hostPort(socket.remoteAddress, socket.remotePort);
  const stuck = await play(line, steps, patienceMs);
  if (!socket.destroyed) await new Promise((resolve) => setTimeout(resolve, quietMs));
  const end = line.end;
  socket.destroy();
  const played: FromClient = {
    type: 'played',
    id,
    received: line.recording.received(),
    end,
    stuck,
    local,
    peer,
    target: hostPort(address, port),
    firstMs: line.firstAt < 0 ? -1 : line.firstAt - started,
    startUs: Math.round((performance.timeOrigin + started) * 1000),
    endUs: Math.round((performance.timeOrigin + performance.now()) * 1000),
  };
  writeLine(process.stdout, played);
}

onLines<Play>(process.stdin, (message) => void run(message));
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' } satisfies FromClient);
