import { subsetBalance } from '../balance/subsetTiers.js';
import {
  membersOf,
  tablePlaces,
  tiersOf,
  type BalanceOptions,
  type Group as BalanceGroup,
  type TablePlaces,
  type Tier,
} from '../balance/tiers.js';
import type { WeightedTurns } from '../balance/turns.js';
import type { JsonObject } from '../resources/model.js';
import type { ClusterNode, EndpointNode, Source } from '../routing/model.js';
import { limits, oh_group_kind } from '../wire/wire.generated.js';
import type { ClusterRow, EndpointRow, GroupRow, TierRow } from './tables.js';

/** A cluster's entry for requests with these criteria; absent: for those without. */
export function clusterRow(key: string, node: ClusterNode, criteria: JsonObject | undefined): ClusterRow {
  const { name, source, balance, drop } = node;
  const { hosts, options } = balanced(node, criteria);
  const tiers = tiersOf(hosts, options);
  const rows = tiersRows(name, tiers);
  const { kind } = balance.policy;
  const hashed = kind === 'ringHash' || kind === 'maglev';
  const endpoints = [
    ...new Set(tiers.flatMap(({ group }) => membersOf(group)).map((host) => endpointKey(name, host))),
  ];
  const places = new Map(endpoints.map((endpoint, i) => [endpoint, i]));
  const shape = JSON.stringify([hashed, drop, endpoints, rows.map((row) => tierShape(row, places))]);
  return { key, name, source, present: true, hashed, drop, tiers: rows, endpoints, shape };
}

/** What of oh_ring and oh_maglev `clusterRow` would take. */
export function clusterPlaces(node: ClusterNode, criteria: JsonObject | undefined): TablePlaces {
  const { hosts, options } = balanced(node, criteria);
  return tablePlaces(hosts, options);
}

function balanced(
  { hosts, balance, subsets }: ClusterNode,
  criteria: JsonObject | undefined,
): { readonly hosts: readonly EndpointNode[]; readonly options: BalanceOptions } {
  return subsets === undefined
    ? { hosts, options: balance }
    : subsetBalance(hosts, criteria, subsets, balance);
}

/** An id for a name, so that decisions tell it and routes need no change when the cluster comes. */
export function missingClusterRow(key: string, name: string, source: Source): ClusterRow {
  const nothing = { hashed: false, drop: 0, tiers: [], endpoints: [], shape: '' };
  return { key, name, source, present: false, ...nothing };
}

export function endpointRow(cluster: string, { ip, port, source }: EndpointNode): EndpointRow {
  return { key: endpointKey(cluster, { ip, port }), shape: '', cluster, ip, port, source };
}

/** The key of a cluster's entry for requests that choose among its endpoints by metadata. */
export function clusterKey(name: string, criteria: string): string {
  return criteria === '' ? name : `${name}\0${criteria}`;
}

/** The groups of a row, in the order in which they are written: localities before what they are of. */
export function groupsOf({ tiers }: ClusterRow): readonly GroupRow[] {
  return tiers.flatMap(({ group }) =>
    group.members.kind === 'groups' ? [...group.members.groups.map(({ group: one }) => one), group] : [group],
  );
}

/** How many members a group has: endpoints, points of a ring or places of a table. */
export function memberCount({ members }: GroupRow): number {
  switch (members.kind) {
    case 'list':
    case 'table':
      return members.endpoints.length;
    case 'shares':
      return members.shares.length;
    case 'ring':
      return members.points.length;
    case 'groups':
      return members.groups.length;
  }
}

/** The key of the endpoint at a place of a group; localities have none. */
export function memberAt({ members }: GroupRow, place: number): string | undefined {
  switch (members.kind) {
    case 'list':
    case 'table':
      return members.endpoints[place];
    case 'shares':
      return members.shares[place]?.endpoint;
    case 'ring':
      return members.points[place]?.endpoint;
    case 'groups':
      return undefined;
  }
}

function endpointKey(cluster: string, { ip, port }: Pick<EndpointNode, 'ip' | 'port'>): string {
  return JSON.stringify([cluster, ip, port]);
}

function tiersRows(cluster: string, tiers: readonly Tier<EndpointNode>[]): TierRow[] {
  let upto = 0;
  return tiers.map(({ priority, health, load, group }) => {
    upto += load;
    return { priority, health, upto, group: groupRow(cluster, group) };
  });
}

function groupRow(cluster: string, group: BalanceGroup<EndpointNode>): GroupRow {
  // Tables name a host thousands of times.
  const keys = new Map<EndpointNode, string>();
  const keyOf = (host: EndpointNode): string => {
    let key = keys.get(host);
    if (key === undefined) keys.set(host, (key = endpointKey(cluster, host)));
    return key;
  };
  const base = { choices: 0, total: 0, step: 0 };
  switch (group.kind) {
    case 'localities':
      return {
        ...base,
        ...weightsOf(group.turns),
        kind: oh_group_kind.GROUP_LOCALITIES,
        members: {
          kind: 'groups',
          groups: group.turns.members.map(({ item, upto }) => ({ group: groupRow(cluster, item), upto })),
        },
      };
    case 'weighted':
      return {
        ...base,
        ...weightsOf(group.turns),
        kind: oh_group_kind.GROUP_WEIGHTED,
        members: {
          kind: 'shares',
          shares: group.turns.members.map(({ item, upto }) => ({ endpoint: keyOf(item), upto })),
        },
      };
    case 'ring':
      return {
        ...base,
        kind: oh_group_kind.GROUP_RING,
        members: {
          kind: 'ring',
          points: group.points.map(({ hash, host }) => ({ hash, endpoint: keyOf(host) })),
        },
      };
    case 'least':
      return {
        ...base,
        kind: oh_group_kind.GROUP_LEAST,
        choices: Math.min(group.choices, limits.CHOICES_MAX),
        members: { kind: 'list', endpoints: group.hosts.map(keyOf) },
      };
    default:
      return {
        ...base,
        kind: KINDS[group.kind],
        members: { kind: group.kind === 'maglev' ? 'table' : 'list', endpoints: group.hosts.map(keyOf) },
      };
  }
}

const KINDS = {
  turns: oh_group_kind.GROUP_TURNS,
  random: oh_group_kind.GROUP_RANDOM,
  maglev: oh_group_kind.GROUP_MAGLEV,
} as const;

function weightsOf({ total, step }: WeightedTurns<unknown>): Pick<GroupRow, 'total' | 'step'> {
  return { total, step };
}

type Places = ReadonlyMap<string, number>;

function tierShape({ upto, group }: Pick<TierRow, 'upto' | 'group'>, places: Places): string {
  return `${upto} ${groupShape(group, places)}`;
}

/** Endpoints by their places in the list: tables name each of them many times. */
function groupShape({ kind, choices, total, step, members }: GroupRow, places: Places): string {
  const own = `${kind} ${choices} ${total} ${step}`;
  const place = (endpoint: string): number => places.get(endpoint) ?? -1;
  switch (members.kind) {
    case 'groups':
      return `${own} (${members.groups.map((row) => tierShape(row, places)).join()})`;
    case 'shares':
      return `${own} ${members.shares.map(({ endpoint, upto }) => `${upto} ${place(endpoint)}`).join()}`;
    case 'ring':
      return `${own} ${members.points.map(({ hash, endpoint }) => `${hash.toString(36)} ${place(endpoint)}`).join()}`;
    case 'list':
    case 'table':
      return `${own} ${members.endpoints.map(place).join()}`;
  }
}
