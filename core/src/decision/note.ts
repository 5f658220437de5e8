import type { Allocation } from '../compile/allocate.js';
import type { EntityKind } from '../compile/tables.js';
import { formatAddress } from '../wire/ip.js';

/**
 * What an entry of an array map is in the configuration: "route jason of virtual host reviews". "" when nothing in
 * force has that id, or the map is not one by ids of the configuration.
 */
export function noteOf(allocation: Allocation, map: string, id: number): string {
  if (map === 'oh_group' || map === 'oh_turn') {
    const cluster = groupOwners(allocation).get(id);
    return cluster === undefined ? '' : `endpoints of cluster ${cluster}`;
  }
  if (map === 'oh_regex' || map === 'oh_dfa') {
    const pattern = regexesOf(allocation)[map].get(id);
    return pattern === undefined ? '' : `regular expression ${pattern}`;
  }
  const kind = KIND_OF[map];
  if (kind === undefined) return '';
  const { entities, generation } = allocation;
  switch (kind) {
    case 'endpoint': {
      const row = entities.endpoint.at(id, generation)?.row;
      return row === undefined ? '' : `endpoint ${formatAddress(row.ip, row.port)} of cluster ${row.cluster}`;
    }
    case 'route': {
      const entity = entities.route.at(id, generation);
      if (entity === undefined) return '';
      const host = [...entities.virtualHost.values()].find(({ row }) => row.routes.includes(entity.key));
      return `route ${entity.row.name}${host === undefined ? '' : ` of virtual host ${host.row.name}`}`;
    }
    default: {
      const row = entities[kind].at(id, generation)?.row;
      return row === undefined ? '' : `${WORDS[kind]} ${row.name}`;
    }
  }
}

/** The cluster that a group is of, by the group's id. */
function groupOwners(allocation: Allocation): ReadonlyMap<number, string> {
  let owners = known.get(allocation);
  if (owners === undefined) known.set(allocation, (owners = new Map(ownersOf(allocation))));
  return owners;
}

const known = new WeakMap<Allocation, ReadonlyMap<number, string>>();

function* ownersOf({ entities, contents }: Allocation): Generator<readonly [number, string]> {
  for (const { row, uses } of entities.cluster.values()) {
    for (const { table, content } of uses) {
      const id = table === 'groups' ? contents.groups.offsetOf(content) : undefined;
      if (id !== undefined) yield [id, row.name];
    }
  }
}

/** Patterns by ids of oh_regex and of the entries of oh_dfa that their tables are in. */
interface Regexes {
  readonly oh_regex: ReadonlyMap<number, string>;
  readonly oh_dfa: ReadonlyMap<number, string>;
}

function regexesOf(allocation: Allocation): Regexes {
  let found = knownRegexes.get(allocation);
  if (found === undefined) knownRegexes.set(allocation, (found = findRegexes(allocation)));
  return found;
}

const knownRegexes = new WeakMap<Allocation, Regexes>();

function findRegexes({ entities, contents }: Allocation): Regexes {
  const [ids, entries] = [new Map<number, string>(), new Map<number, string>()];
  for (const { uses } of entities.route.values()) {
    for (const { table, content } of uses) {
      if (table === 'regexes') ids.set(contents.regexes.offsetOf(content) ?? 0, content);
      if (table !== 'automata') continue;
      const { off, n } = contents.automata.rangeOf(content) ?? { off: 0, n: 0 };
      for (let i = 0; i < n; i++) entries.set(off + i, content);
    }
  }
  return { oh_regex: ids, oh_dfa: entries };
}

const KIND_OF: Readonly<Record<string, EntityKind>> = {
  oh_listener: 'listener',
  oh_rconf: 'routeConfiguration',
  oh_vhost: 'virtualHost',
  oh_route: 'route',
  oh_route_n: 'route',
  oh_cluster: 'cluster',
  oh_cluster_n: 'cluster',
  oh_endpoint: 'endpoint',
  oh_load: 'endpoint',
  oh_relay_load: 'endpoint',
  oh_pool_stat: 'endpoint',
  oh_pools: 'endpoint',
};

const WORDS = {
  listener: 'listener',
  routeConfiguration: 'route configuration',
  virtualHost: 'virtual host',
  cluster: 'cluster',
} as const;
