/** The client of the differential run: plays conversations that follow from their numbers. */
import { ClientLine } from '../clientLine.js';
import { onLines, writeLine } from '../lines.js';
import { play } from '../player.js';
import { join, octets } from '../step.js';
import { conversation } from './conversation.js';
import { patienceMs, type FromRandomClient, type PlayRandom } from './messages.js';
import { all, stuckText, waitedEnd, wrongBytes } from './verdict.js';

/** What comes too much comes within this time after the end of a script, in ms. */
const quietMs = 3;
const seed = Number(process.argv[2]);

async function run({ id, conversation: number, reduction, address, port }: PlayRandom): Promise<void> {
  const { client, exchanges } = conversation(seed, number, reduction);
  const line = await ClientLine.connect(address, port);
  const { socket } = line.connection;
  const stuck = await play(line, client, patienceMs);
  if (!socket.destroyed) await new Promise((resolve) => setTimeout(resolve, quietMs));
  const expected = octets(join(...exchanges.map(({ response }) => response)));
  const wrong = all(stuckText(stuck), wrongBytes(line.recording.bytes, expected));
  const played: FromRandomClient = { type: 'played', id, wrong, end: waitedEnd(line, client) };
  socket.destroy();
  writeLine(process.stdout, played);
}

onLines<PlayRandom>(process.stdin, (message) => void run(message));
process.stdin.on('end', () => process.exit(0));
writeLine(process.stdout, { type: 'ready' } satisfies FromRandomClient);
