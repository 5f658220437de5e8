import type { Command } from 'commander';
import type { MapDump, MapEntry } from '@onehop/core/api/agent.generated.js';
import type { AgentClient } from '../../agent/client.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand, type Session } from '../command.js';
import { Failure } from '../failure.js';
import type { Io } from '../io.js';
import { agentOf, agentsOf, runningLab, type RunningLab } from '../labs.js';
import { entryJson, entryText, isEmpty } from '../print/entry.js';
import type { Style, Tone } from '../print/style.js';
import { table } from '../print/table.js';
import { count } from '../print/units.js';

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
  readonly node?: string;
  readonly all?: boolean;
  readonly watch?: boolean;
  readonly interval: string;
}

export function addMap(program: Command, io: Io): void {
  subcommand(program, {
    name: 'map',
    usage: 'map <name>',
    summary: 'print the entries of a BPF map, typed, with what they mean',
    description:
      'Prints every entry of a map: fields by the names of the BTF, addresses and strings as such, and what the entry\n' +
      'is in the configuration. Array entries that nobody has written are left out unless --all or --json is given.\n' +
      'With --watch, prints entries as they change: + new, ~ changed, - gone. With --json --watch, one dump a line.',
    examples: [
      'onehop map oh_route',
      'onehop map oh_listener --node node-2 --json',
      'onehop map oh_route_n --watch',
    ],
    lab: true,
  })
    .option('--node <node>', 'the node to ask (default: the first one)')
    .option('--all', 'also array entries that are all zero')
    .option('-w, --watch', 'go on and print what changes, until Ctrl-C')
    .option('--interval <ms>', 'with --watch: look for changes so often', '1000')
    .action(async (name: string, options: Options) => {
      const session = openSession(io, options);
      const intervalMs = interval(options.interval);
      const lab = await runningLab(createLocalBackend(), session.lab);
      using agent = oneAgent(lab, options.node);
      const show = new MapPrinter(session, lab.name, agent.address.node, options.all === true);
      if (options.watch === true) await watch(agent, name, intervalMs, session, show);
      else show.dump(await agent.map(name));
    });
}

function interval(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 100 && number <= 3_600_000) return number;
  throw new Failure(
    'usage',
    `--interval "${text}" is not a number of milliseconds from 100 on.`,
    'For example: --interval 500.',
  );
}

function oneAgent(lab: RunningLab, node: string | undefined): AgentClient {
  if (node !== undefined) return agentOf(lab, node);
  const [first, ...others] = agentsOf(lab);
  for (const other of others) other.close();
  if (first === undefined) throw new Failure('lab', `Lab ${lab.name} has no node.`, 'Its topology is empty.');
  return first;
}

async function watch(
  agent: AgentClient,
  name: string,
  intervalMs: number,
  session: Session,
  show: MapPrinter,
): Promise<void> {
  using dumps = await agent.watchMap(name, intervalMs);
  session.io.signal.addEventListener('abort', () => dumps.close(), { once: true });
  if (session.io.signal.aborted) return;
  for await (const dump of dumps) show.change(dump);
}

/** Prints dumps of one map; of the second and later ones only what changed. */
export class MapPrinter {
  #last: ReadonlyMap<string, MapEntry> | undefined;

  constructor(
    private readonly session: Session,
    private readonly lab: string,
    private readonly node: string,
    private readonly all: boolean,
  ) {}

  dump(dump: MapDump): void {
    const { io, json } = this.session;
    if (json) {
      this.session.value({
        lab: this.lab,
        node: this.node,
        map: dump.info,
        entries: dump.entries.map(entryJson),
      });
      return;
    }
    const shown = this.all
      ? dump.entries
      : dump.entries.filter((entry) => !isEmpty(entry, dump.info?.type ?? ''));
    const { style } = this.session;
    io.stdout.write(headText(this.node, dump, shown.length, style));
    if (shown.length > 0) io.stdout.write(`\n${entriesText(shown, style)}`);
  }

  change(dump: MapDump): void {
    const entries = new Map(dump.entries.map((entry) => [entry.key, entry]));
    if (this.session.json || this.#last === undefined) this.dump(dump);
    else for (const line of changeLines(this.#last, entries, this.session.style)) this.session.line(line);
    this.#last = entries;
  }
}

function headText(node: string, { info, entries }: MapDump, shown: number, style: Style): string {
  const type = info?.type ?? '';
  const hidden = entries.length - shown;
  const more =
    hidden === 0
      ? ''
      : style('faint', `; ${count(hidden, 'empty entry', 'empty entries')} not shown (--all)`);
  return `${style('strong', info?.name ?? '')}  ${type} on ${node}, ${count(shown, 'entry', 'entries')}${more}\n`;
}

function entriesText(entries: readonly MapEntry[], style: Style): string {
  return table<MapEntry>(
    [
      { title: 'KEY', text: ({ key }) => entryText(key) },
      { title: 'WHAT', text: ({ note }) => note },
      { title: 'VALUE', text: ({ value }) => entryText(value) },
    ],
    entries,
    style,
  );
}

/** Lines for what is new (+), changed (~) and gone (-). */
export function changeLines(
  before: ReadonlyMap<string, MapEntry>,
  after: ReadonlyMap<string, MapEntry>,
  style: Style,
): string[] {
  const line = (tone: Tone, mark: string, { key, value, note }: MapEntry): string =>
    `${style(tone, mark)} ${entryText(key)}  ${note === '' ? '' : `${style('faint', note)}  `}${entryText(value)}`;
  const lines: string[] = [];
  for (const [key, entry] of after) {
    const old = before.get(key);
    if (old === undefined) lines.push(line('good', '+', entry));
    else if (old.value !== entry.value) lines.push(line('warning', '~', entry));
  }
  for (const [key, entry] of before) if (!after.has(key)) lines.push(line('bad', '-', entry));
  return lines;
}
