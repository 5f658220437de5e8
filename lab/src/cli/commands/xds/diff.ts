import { join } from 'node:path';
import type { Command } from 'commander';
import type { State } from '@onehop/core/api/controlplane.generated.js';
import { compileOffline, entriesOf } from '@onehop/core/offline/compiled.js';
import {
  type ComparedEntry,
  COMPARED_MAPS,
  compareEntries,
  compareResources,
  type ThingDifference,
} from '@onehop/core/offline/compare.js';
import { type JsonObject, type JsonValue, xdsSetOf, type XdsSet } from '@onehop/core/resources/model.js';
import { createLocalBackend } from '../../../backends/local/backend.js';
import { getState } from '../../../controlplane/client.js';
import { openSession, subcommand, type Session } from '../../command.js';
import { readConfiguration } from '../../configuration.js';
import { readDatapath } from '../../datapathFiles.js';
import { Failure } from '../../failure.js';
import { fromAgents } from '../../fromAgents.js';
import type { Io } from '../../io.js';
import { type agentOf, runningLab } from '../../labs.js';
import { printable } from '../../print/style.js';
import { count } from '../../print/units.js';

type AgentClient = ReturnType<typeof agentOf>;

interface Options {
  readonly json?: boolean;
  readonly lab?: string;
}

/** Two places that should say the same. */
interface Comparison {
  readonly from: string;
  readonly to: string;
  readonly differences: readonly ThingDifference[];
}

export function addXdsDiff(group: Command, io: Io): void {
  subcommand(group, {
    name: 'diff',
    usage: 'diff <file...>',
    summary: 'compare files with what a lab serves, what its agents took and what the kernel holds',
    description:
      'Compares, field by field: the files with the resources that the control plane serves; for each node, those with what its\n' +
      'agent has taken; and what they compile to with the entries that are in the kernel, by name. Exit code 1: there are\n' +
      'differences.',
    examples: [
      'onehop xds diff lab/samples/bookinfo/bookinfo.xds.yaml',
      'onehop xds diff shop.xds.yaml --json',
    ],
    lab: true,
  }).action(async (files: readonly string[], options: Options) => {
    const session = openSession(io, options);
    const { validation } = readConfiguration(files, io.cwd);
    const lab = await runningLab(createLocalBackend(), session.lab);
    const served = await getState(join(lab.state.stateDirectory, 'xds.sock'));
    const set = setOf(served);
    const expected = expectedEntries(set);
    const nodes = await fromAgents(lab, async (agent) => ({
      status: await agent.status(),
      entries: await kernelEntries(agent),
    }));
    const comparisons: Comparison[] = [
      { from: 'file', to: 'control plane', differences: compareResources(validation.set, set) },
      ...nodes.flatMap(({ node, value: { status, entries } }): Comparison[] => [
        { from: 'control plane', to: `agent ${node}`, differences: takenBy(set, status.resources) },
        {
          from: `agent ${node}`,
          to: `kernel ${node}`,
          differences: compareEntries(expected, { entries, generation: status.generation }),
        },
      ]),
    ];
    const total = comparisons.reduce((sum, { differences }) => sum + differences.length, 0);
    if (session.json) session.value({ lab: lab.name, files, ok: total === 0, comparisons });
    else for (const comparison of comparisons) print(comparison, session);
    if (total > 0)
      throw new Failure('different', `There ${total === 1 ? 'is a difference' : `are ${total} differences`}.`, 'Make the files what is in force: onehop apply.', { reported: session.json }); // prettier-ignore
  });
}

function setOf({ resources }: State): XdsSet {
  return xdsSetOf(
    resources.map(({ typeUrl, name, json }) => ({ typeUrl, name, value: JSON.parse(json) as JsonObject })),
  );
}

function expectedEntries(set: XdsSet): {
  readonly entries: readonly ComparedEntry[];
  readonly generation: number;
} {
  const { btf, maps, limits } = readDatapath();
  const compiled = compileOffline(set, limits);
  if ('problems' in compiled)
    throw new Failure(
      'not-compiled',
      `What is served does not compile: ${compiled.problems[0]?.message}`,
      'See onehop status.',
    );
  return { entries: entriesOf(compiled, btf, maps), generation: compiled.plan.generation };
}

async function kernelEntries(agent: AgentClient): Promise<ComparedEntry[]> {
  const entries: ComparedEntry[] = [];
  for (const map of COMPARED_MAPS) {
    const dump = await agent.map(map);
    for (const { key, value, note } of dump.entries)
      entries.push({ map, key: JSON.parse(key) as JsonValue, value: JSON.parse(value) as JsonValue, note });
  }
  return entries;
}

/** What an agent has not taken as it is served. */
function takenBy(
  set: XdsSet,
  states: Awaited<ReturnType<AgentClient['status']>>['resources'],
): ThingDifference[] {
  const wanted = [set.clusters, set.endpoints, set.listeners, set.routes].flatMap((one) => [...one.values()]);
  return wanted.flatMap(({ typeUrl, name }): ThingDifference[] => {
    const state = states.find((one) => one.typeUrl === typeUrl && one.name === name);
    if (state?.state === 'acked') return [];
    const title = `${typeUrl.replace(/^.*\./, '')} ${name}`;
    if (state === undefined) return [{ name: title, fields: [{ field: '', left: 'served', right: null }] }];
    const errors = state.errors.map(({ field, message }) => ({ field, left: 'served', right: message }));
    return [
      {
        name: title,
        fields: errors.length > 0 ? errors : [{ field: '', left: 'served', right: state.state }],
      },
    ];
  });
}

function print({ from, to, differences }: Comparison, session: Session): void {
  const { style } = session;
  const title = `${from} ⇄ ${to}`;
  if (differences.length === 0) {
    session.line(`${style('good', '✔')} ${title}: the same`);
    return;
  }
  session.line(`${style('bad', '✖')} ${title}: ${count(differences.length, 'difference')}`);
  for (const { name, fields } of differences)
    for (const { field, left, right } of fields)
      session.line(
        `    ${printable(name)}${field === '' ? '' : ` ${printable(field)}`}: ${shown(left)} ⇄ ${shown(right)}`,
      );
}

function shown(value: JsonValue): string {
  if (value === null) return 'none';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return printable(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
