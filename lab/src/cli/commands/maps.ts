import type { Command } from 'commander';
import type { MapInfo } from '@onehop/core/api/agent.generated.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { openSession, subcommand } from '../command.js';
import { fromAgents } from '../fromAgents.js';
import type { Io } from '../io.js';
import { runningLab } from '../labs.js';
import type { Style } from '../print/style.js';
import { table } from '../print/table.js';
import { bytes, count, integer } from '../print/units.js';

export function addMaps(program: Command, io: Io): void {
  subcommand(program, {
    name: 'maps',
    summary: 'list the BPF maps of every node',
    examples: ['onehop maps', 'onehop maps --node node-1 --json'],
    lab: true,
  })
    .option('--node <node>', 'only the maps of this node')
    .action(async (options: { json?: boolean; lab?: string; node?: string }) => {
      const session = openSession(io, options);
      const lab = await runningLab(createLocalBackend(), session.lab);
      const nodes = await fromAgents(lab, (agent) => agent.maps(), options.node);
      if (session.json) {
        session.value({ lab: lab.name, nodes: nodes.map(({ node, value }) => ({ node, maps: value.maps })) });
        return;
      }
      for (const { node, value } of nodes)
        session.io.stdout.write(`${mapsText(node, value.maps, session.style)}\n`);
      session.line(session.style('faint', 'See the entries of one: onehop map NAME'));
    });
}

export function mapsText(node: string, maps: readonly MapInfo[], style: Style): string {
  const size = (title: string, of: (map: MapInfo) => number) =>
    ({ title, text: (map: MapInfo) => (of(map) === 0 ? '' : bytes(of(map))), align: 'right' }) as const;
  const text = table<MapInfo>(
    [
      { title: 'MAP', text: ({ name }) => name },
      { title: 'ID', text: ({ id }) => String(id), align: 'right' },
      { title: 'TYPE', text: ({ type }) => type },
      { title: 'ENTRIES', text: ({ entries }) => (entries < 0 ? '' : integer(entries)), align: 'right' },
      {
        title: 'MAX',
        text: ({ maxEntries }) => (maxEntries === 0 ? '' : integer(maxEntries)),
        align: 'right',
      },
      size('KEY', ({ keySize }) => keySize),
      size('VALUE', ({ valueSize }) => valueSize),
      { title: 'KEY TYPE', text: ({ keyType }) => keyType },
      { title: 'VALUE TYPE', text: ({ valueType }) => valueType },
    ],
    maps,
    style,
  );
  return `${style('strong', node)}  ${count(maps.length, 'map')}\n${text}`;
}
