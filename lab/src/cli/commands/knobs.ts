import type { Command } from 'commander';
import type { Knobs } from '@onehop/core/api/agent.generated.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand } from '../command.js';
import { Failure } from '../failure.js';
import { fromAgents } from '../fromAgents.js';
import type { Io } from '../io.js';
import { runningLab } from '../labs.js';
import { table } from '../print/table.js';

interface Knob {
  readonly name: string;
  readonly field: keyof Knobs;
  readonly meaning: string;
  readonly parse: (text: string) => number | boolean | undefined;
}

const knobs: readonly Knob[] = [
  {
    name: 'sample-every',
    field: 'sampleEvery',
    meaning: 'one event for so many requests; 1: for every request',
    parse: (text) => whole(text, 1),
  },
  {
    name: 'rate-per-sec',
    field: 'ratePerSec',
    meaning: 'most events a second and CPU; 0: no limit',
    parse: (text) => whole(text, 0),
  },
  {
    name: 'force-relay',
    field: 'forceRelay',
    meaning: 'on: every request takes the relay',
    parse: (text) => ({ on: true, true: true, '1': true, off: false, false: false, '0': false })[text],
  },
];

export function addKnobs(program: Command, io: Io): void {
  subcommand(program, {
    name: 'knobs',
    usage: 'knobs [name=value...]',
    summary: 'show or set what may be changed while the datapath runs',
    description: ['Shows the knobs of every node, or sets some on every node:']
      .concat(knobs.map(({ name, meaning }) => `  ${name.padEnd(14)}${meaning}`))
      .join('\n'),
    examples: [
      'onehop knobs',
      'onehop knobs force-relay=on',
      'onehop knobs sample-every=100 rate-per-sec=1000',
    ],
    lab: true,
  }).action(async (words: readonly string[], options: { json?: boolean; lab?: string }) => {
    const session = openSession(io, options);
    const change = parseKnobs(words);
    const lab = await runningLab(createLocalBackend(), session.lab);
    const nodes = await fromAgents(lab, (agent) =>
      words.length > 0 ? agent.setKnobs(change) : agent.knobs(),
    );
    if (session.json) {
      session.value({ lab: lab.name, nodes: nodes.map(({ node, value }) => ({ node, ...value })) });
      return;
    }
    const text = table(
      [
        { title: 'NODE', text: ({ node }) => node },
        ...knobs.map((knob) => ({
          title: knob.name.toUpperCase(),
          text: ({ value }: { value: Knobs }) => shown(value[knob.field]),
        })),
      ],
      nodes,
      session.style,
    );
    session.io.stdout.write(text);
  });
}

/** `name=value` words as knobs. Throws Failure `usage`. */
export function parseKnobs(words: readonly string[]): Knobs {
  return Object.fromEntries(words.map(parseWord));
}

function parseWord(word: string): [string, number | boolean] {
  const [name, text] = word.split(/=(.*)/s);
  const knob = knobs.find((candidate) => candidate.name === name);
  if (knob === undefined || text === undefined)
    throw new Failure(
      'usage',
      knob === undefined ? `There is no knob "${name}".` : `"${word}" sets nothing.`,
      `Give NAME=VALUE with one of: ${knobs.map((one) => one.name).join(', ')}.`,
    );
  const value = knob.parse(text);
  if (value !== undefined) return [knob.field, value];
  const form = knob.field === 'forceRelay' ? 'on or off' : 'a whole number';
  throw new Failure('usage', `"${text}" is no value of ${knob.name}.`, `Give ${form} (${knob.meaning}).`);
}

function whole(text: string, min: number): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && number >= min && number <= 0xffff_ffff ? number : undefined;
}

function shown(value: number | boolean | undefined): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value ?? '');
}
