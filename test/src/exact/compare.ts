import { otherPlace } from './arms.js';
import { isHttp, type Outcome, type Result } from './conversations.js';
import type { Seen } from './protocol.js';
import { blockSize, type Received } from './recording.js';
import type { Expected } from './shape.js';

/** A first byte may come so much later than without a mesh, in ms: a scheduler's turn or two on a busy machine. */
const promptMs = 60;

/** How a conversation on an arm differs from the one without a mesh; empty: in nothing. */
export function differences(result: Result, noMesh: Outcome): string[] {
  const { shape, arm, outcome } = result;
  const found: string[] = [];
  const say = (end: string, text: string): void => {
    if (text !== '') found.push(`${end}: ${text}`);
  };
  const { client, servers } = outcome;
  const other = otherPlace(arm.place);
  const ownSaw = servers[arm.place];
  const expected = noMesh.servers.near ?? noMesh.servers.far;
  if (ownSaw === undefined || expected === undefined) return ['no server'];

  const byDesign = isHttp(arm) ? shape.byDesign : undefined;
  const split = isHttp(arm) ? shape.split : undefined;
  if (byDesign !== undefined) {
    say('client', designed(client, noMesh.client, byDesign, 'client'));
    say('server', designed(ownSaw, expected, byDesign, 'server'));
  } else {
    say('client', seenDiffers(client, noMesh.client));
    if (split === undefined) say('server', seenDiffers(ownSaw, expected));
    else
      for (const place of [arm.place, other] as const) {
        const saw = servers[place];
        if (saw !== undefined) say(`server ${place}`, partDiffers(saw, split[place].gets));
      }
  }
  if (client.peer !== client.target) say('client', `its peer is ${client.peer}, not ${client.target}`);
  if (shape.prompt === true && client.firstMs > noMesh.client.firstMs + promptMs)
    say(
      'client',
      `first byte after ${client.firstMs.toFixed(0)} ms, not ${noMesh.client.firstMs.toFixed(0)}`,
    );
  return found;
}

/** Does the no-mesh arm do what the shape means? It must play to its end, the same near and far, on IPv4 and IPv6. */
export function unsound(result: Result, first: Outcome): string[] {
  const { client, servers } = result.outcome;
  const { place } = result.arm;
  const server = servers[place];
  const firstServer = first.servers.near ?? first.servers.far;
  if (server === undefined || firstServer === undefined) return ['no server'];
  return [
    stuckText('client', client),
    stuckText('server', server),
    prefixed('client', seenDiffers(client, first.client)),
    prefixed('server', seenDiffers(server, firstServer)),
  ].filter((text) => text !== '');
}

/** Latin-1 text with what differs from answer to answer left out. */
export function masked(text: string): string {
  return text
    .replaceAll(/\r\ndate: [^\r]+ GMT\r\n/gi, '\r\ndate\r\n')
    .replaceAll(/\r\nserver: onehop\r\n/g, '\r\nserver\r\n');
}

function seenDiffers(saw: Seen, expected: Seen): string {
  const texts = [bytesDiffer(saw.received, expected.received)];
  if (saw.end !== expected.end) texts.push(`ended with ${saw.end}, not ${expected.end}`);
  const stuck = stuckText('', saw);
  if (stuck !== '' && expected.stuck === undefined) texts.push(stuck);
  return texts.filter((text) => text !== '').join('; ');
}

function designed(saw: Seen, noMesh: Seen, expected: Expected, end: 'client' | 'server'): string {
  const text = expected[end];
  const texts: string[] = [];
  const begins = end === 'server' ? expected.serverBegins : undefined;
  if (begins !== undefined) {
    if (!begins.startsWith(saw.received.text) || saw.received.text === begins)
      texts.push(`got ${quote(saw.received.text)}, not just the beginning of ${quote(begins)}`);
  } else if (text === undefined) texts.push(bytesDiffer(saw.received, noMesh.received));
  else if (masked(saw.received.text) !== masked(text))
    texts.push(`got ${quote(masked(saw.received.text))}, not ${quote(masked(text))}`);
  if (end === 'client' && expected.clientEnd !== undefined && saw.end !== expected.clientEnd)
    texts.push(`ended with ${saw.end}, not ${expected.clientEnd}`);
  if (end === 'client' && saw.stuck !== undefined) texts.push(stuckText('', saw));
  return texts.filter((one) => one !== '').join('; ');
}

function partDiffers(saw: Seen, gets: string): string {
  const texts = saw.received.text === gets ? [] : [`got ${quote(saw.received.text)}, not ${quote(gets)}`];
  if (saw.stuck !== undefined && gets !== '') texts.push(stuckText('', saw));
  return texts.join('; ');
}

function stuckText(end: string, { stuck, received }: Seen): string {
  return stuck === undefined
    ? ''
    : prefixed(end, `stuck in step ${stuck.step}: ${stuck.why}; it has ${quote(received.text.slice(-160))}`);
}

function prefixed(end: string, text: string): string {
  return text === '' || end === '' ? text : `${end}: ${text}`;
}

function bytesDiffer(got: Received, expected: Received): string {
  if (got.hash === expected.hash) return '';
  const whole = Math.max(got.text.length, expected.text.length);
  for (let i = 0; i < whole; i++) {
    if (got.text[i] === expected.text[i]) continue;
    const from = Math.max(0, i - 20);
    return (
      `${got.length} bytes, not ${expected.length}; at ${i} ` +
      `${quote(got.text.slice(from, i + 40))} instead of ${quote(expected.text.slice(from, i + 40))}`
    );
  }
  const block = got.blocks.findIndex((hash, i) => hash !== expected.blocks[i]);
  const at = block < 0 ? Math.min(got.length, expected.length) : block * blockSize;
  return `${got.length} bytes, not ${expected.length}; the first ${at} are the same`;
}

function quote(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 300 ? shown : `${shown.slice(0, 200)} … ${shown.slice(-80)}`;
}
