import type { Command } from 'commander';
import type { RouteRow, Routes } from '@onehop/core/api/agent.generated.js';
import { createLocalBackend } from '../../backends/local/backend.js';
import { fromAgents } from '../fromAgents.js';
import { openSession, subcommand } from '../command.js';
import type { Io } from '../io.js';
import { runningLab } from '../labs.js';
import { dressPath, pathText } from '../print/path.js';
import type { Style } from '../print/style.js';
import { table } from '../print/table.js';
import { count, integer, percent } from '../print/units.js';

export function addRoutes(program: Command, io: Io): void {
  subcommand(program, {
    name: 'routes',
    summary: 'list listeners and routes in force, each with its path and the reason',
    description:
      'Lists every route in force (and every TCP listener) with the path that its traffic takes:\n' +
      '  ─ direct   decided once, when the connection is made\n' +
      '  ● kernel   decided in the kernel for every request\n' +
      '  ▲ relay    handed to the relay in user space, for the reason shown\n' +
      'Requests are those of all nodes since the lab is up.',
    examples: ['onehop routes', 'onehop routes --json'],
    lab: true,
  }).action(async (options: { json?: boolean; lab?: string }) => {
    const session = openSession(io, options);
    const lab = await runningLab(createLocalBackend(), session.lab);
    const routes = mergeRoutes((await fromAgents(lab, (agent) => agent.routes())).map(({ value }) => value));
    if (session.json) session.value({ lab: lab.name, ...routes });
    else session.io.stdout.write(routesText(routes, session.style));
  });
}

/** The routes of a lab: all nodes have the same ones, each counts its own requests. */
export function mergeRoutes(nodes: readonly Routes[]): Routes {
  const rows = new Map<string, RouteRow>();
  for (const row of nodes.flatMap((routes) => routes.rows)) {
    const key = [row.listener, row.virtualHost, row.route, row.match, row.path].join('\n');
    const same = rows.get(key);
    const requests = (same?.requests ?? 0) + row.requests;
    const relayed = (same?.relayed ?? 0) + row.relayed;
    rows.set(key, { ...(same ?? row), requests, relayed });
  }
  return { generation: Math.max(0, ...nodes.map(({ generation }) => generation)), rows: [...rows.values()] };
}

export function routesText({ generation, rows }: Routes, style: Style): string {
  if (rows.length === 0)
    return `No routes are in force${generation === 0 ? ': no configuration has arrived yet' : ''}.\n`;
  const text = table<RouteRow>(
    [
      { title: 'LISTENER', text: ({ listener }) => listener },
      { title: 'ADDRESS', text: ({ addresses }) => addresses.join(' ') },
      { title: 'VIRTUAL HOST', text: ({ virtualHost }) => virtualHost },
      { title: 'ROUTE', text: ({ route }) => route },
      { title: 'MATCH', text: ({ match }) => match },
      { title: 'CLUSTERS', text: clustersText },
      {
        title: 'PATH',
        text: ({ path }) => pathText(path),
        dress: (cell, { path }) => dressPath(cell, path, style),
      },
      { title: 'REQUESTS', text: ({ requests }) => integer(requests), align: 'right' },
      { title: 'RELAYED', text: ({ relayed }) => (relayed === 0 ? '' : integer(relayed)), align: 'right' },
      { title: 'REASON', text: ({ reason }) => reason },
    ],
    rows,
    style,
  );
  return `${text}\n${style('faint', `${count(rows.length, 'route')} in force.`)}\n`;
}

function clustersText({ clusters }: RouteRow): string {
  const total = clusters.reduce((sum, { weight }) => sum + weight, 0);
  if (clusters.length === 1 || total === 0) return clusters.map(({ cluster }) => cluster).join(', ');
  return clusters.map(({ cluster, weight }) => `${cluster} ${percent(weight / total)}`).join(', ');
}
