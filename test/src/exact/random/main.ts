/**
 * npm run test:differential: random conversations, each without a mesh and on one of the arms; both ends must see the
 * same. --exchanges N (default 50,000) --seed S (default: the time) --at-once N --conversation N (only this one).
 */
import { parseArgs } from 'node:util';
import { arms } from '../arms.js';
import { ExactLab } from '../exactLab.js';
import { lengthOf, type Bytes, type Step } from '../step.js';
import { conversation, exchangeCount } from './conversation.js';
import { RandomRun, type Difference, type RandomLab } from './run.js';

const { values } = parseArgs({
  options: {
    exchanges: { type: 'string', default: '50000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    'at-once': { type: 'string', default: '24' },
    conversation: { type: 'string' },
  },
});
const exchanges = Number(values.exchanges);
const seed = Number(values.seed);
const atOnce = Number(values['at-once']);

/** Parts of the run, by the share of exchanges after which each ends. */
const phases: readonly (readonly [
  name: string,
  upTo: number,
  ways: readonly string[],
  relay: 'off' | 'on' | 'by turns',
])[] = [
  ['kernel and direct', 0.6, ['kernel', 'direct'], 'off'],
  ['from kernel to relay and back at any time', 0.8, ['kernel'], 'by turns'],
  ['relay', 1, ['relay'], 'on'],
];

const lab: RandomLab = await ExactLab.up({
  name: `t-${process.pid}-random`,
  ports: 1,
  server: 'random/server.js',
  client: 'random/client.js',
  args: [String(seed)],
  events: false,
});
try {
  const run = new RandomRun(lab, seed);
  if (values.conversation === undefined) process.exitCode = await playAll(run);
  else process.exitCode = await playOne(run, Number(values.conversation));
} finally {
  await lab.down();
}

async function playAll(run: RandomRun): Promise<number> {
  const { tally } = run;
  const started = Date.now();
  let next = 0;
  for (const [name, upTo, ways, relay] of phases) {
    const before = { at: Date.now(), exchanges: tally.exchanges };
    const stop = await setRelay(relay);
    next = await run.play(next, exchanges * upTo, ways, atOnce);
    await stop();
    const seconds = (Date.now() - before.at) / 1000;
    console.log(`${name}: ${tally.exchanges - before.exchanges} exchanges in ${seconds.toFixed(1)} s`);
  }
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  const { requests, relayed, reasons } = await lab.counted();
  console.log(`kernel ${requests - relayed} requests, relay ${relayed}`);
  for (const [reason, count] of Object.entries(reasons).sort((a, b) => b[1] - a[1]))
    console.log(`${String(count).padStart(8)}  ${reason}`);
  for (const text of run.lost) console.log(`lost at a server: ${text}`);
  for (const difference of tally.differences) await explain(run, difference);
  const ways = [...tally.byWay].map(([way, count]) => `${way} ${count}`).join(', ');
  console.log(
    `\n${next} conversations, ${tally.exchanges} exchanges (${ways}) in ${seconds} s, seed ${seed}: ` +
      `${tally.differences.length} differences, ${run.lost.length} bytes astray`,
  );
  return tally.differences.length + run.lost.length === 0 ? 0 : 1;
}

async function playOne(run: RandomRun, number: number): Promise<number> {
  console.log(script(number));
  let wrong = 0;
  for (const relay of [false, true]) {
    await lab.forceRelay(relay);
    for (const arm of arms.filter(({ way }) => (way === 'relay') === relay)) {
      const texts = await run.compare(number, arm, {});
      console.log(`${arm.name}: ${texts.length === 0 ? 'the same' : texts.join('\n  ')}`);
      wrong += texts.length;
    }
  }
  return wrong === 0 ? 0 : 1;
}

async function setRelay(relay: 'off' | 'on' | 'by turns'): Promise<() => Promise<void>> {
  let on = relay === 'on';
  await lab.forceRelay(on);
  let turning: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    if (relay !== 'by turns') return;
    on = !on;
    turning = lab.forceRelay(on);
  }, 50);
  return async () => {
    clearInterval(timer);
    await turning;
  };
}

async function explain(run: RandomRun, difference: Difference): Promise<void> {
  const { conversation: number, arm, texts } = difference;
  console.log(`\n✖ conversation ${number} of seed ${seed} on ${arm.name}`);
  for (const text of texts) console.log(`  ${text}`);
  const relay = await setRelay(arm.way === 'relay' ? 'on' : 'off');
  const smallest = await run.reduce(difference);
  await relay();
  if (smallest === undefined) {
    console.log('  alone it does not differ: it needs what went on beside it. The whole of it:');
    console.log(script(number));
  } else {
    console.log(
      `  the smallest part that differs${smallest.whole === true ? ', each message in one write' : ''}:`,
    );
    console.log(script(number, smallest.keep, smallest.whole));
  }
}

/** A conversation in words. */
function script(number: number, keep?: readonly number[], whole = false): string {
  const indices = keep ?? Array.from({ length: exchangeCount(seed, number) }, (_, i) => i);
  const { exchanges: made } = conversation(seed, number, { keep: indices, whole });
  return made
    .map(({ to, client, server }, i) =>
      [
        `  exchange ${number}.${indices[i]} with ${to}`,
        ...client.map((step) => `    client ${stepText(step)}`),
        ...server.map((step) => `      server ${stepText(step)}`),
      ].join('\n'),
    )
    .join('\n');
}

function stepText(step: Step): string {
  switch (step.do) {
    case 'send': {
      const gap = step.pieces.length > 1 ? `, ${step.gap} ms between` : '';
      return `sends ${step.pieces.map(bytesText).join(' + ')}${gap}`;
    }
    case 'pause':
      return `pauses ${step.ms} ms`;
    case 'read':
      return `reads ${step.count} bytes`;
    case 'until':
      return `reads to ${JSON.stringify(step.text)}`;
    case 'ending':
      return 'waits for the end';
    default:
      return `does ${step.do}`;
  }
}

function bytesText(bytes: Bytes): string {
  if (typeof bytes === 'string')
    return JSON.stringify(bytes.length <= 500 ? bytes : `${bytes.slice(0, 400)}…`);
  if ('all' in bytes) return bytes.all.map(bytesText).join(' ');
  return `<${lengthOf(bytes)} octets>`;
}
