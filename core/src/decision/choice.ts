import { memberCount } from '../compile/clusterRows.js';
import type { ClusterRow, GroupRow } from '../compile/tables.js';
import { oh_group_kind } from '../wire/wire.generated.js';

/** What a decision says of the way from a cluster to an endpoint. */
export interface Chosen {
  /** Below 100: it chose the tier. */
  readonly level: number;
  /** Position among the members of the group. */
  readonly turn: number;
  readonly hash: bigint;
}

/** Why this endpoint of a cluster: "priority 1 (60 to 99 of 100, drawn 73), round robin, turn 2 of 3". */
export function explainChoice(cluster: ClusterRow, group: GroupRow | undefined, chosen: Chosen): string {
  if (group === undefined) return 'chosen';
  const parts = [
    ...explainTier(cluster, chosen),
    ...explainLocality(cluster, group),
    explainTurn(group, chosen),
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function explainTier({ tiers }: ClusterRow, { level }: Chosen): string[] {
  const at = tiers.findIndex(({ upto }) => level < upto);
  const tier = tiers[at];
  if (tier === undefined) return [];
  const health = { healthy: '', degraded: ' degraded', panic: ' in panic' }[tier.health];
  if (tiers.length === 1) return health === '' ? [] : [`priority ${tier.priority}${health}`];
  const from = tiers[at - 1]?.upto ?? 0;
  return [`priority ${tier.priority}${health} (${from} to ${tier.upto - 1} of 100, drawn ${level})`];
}

function explainLocality({ tiers }: ClusterRow, group: GroupRow): string[] {
  for (const { group: outer } of tiers) {
    if (outer.members.kind !== 'groups') continue;
    const { groups } = outer.members;
    const at = groups.findIndex((one) => one.group === group);
    const found = groups[at];
    if (found === undefined) continue;
    const weight = found.upto - (groups[at - 1]?.upto ?? 0);
    const percent = Number(((100 * weight) / outer.total).toFixed(1));
    return [`locality ${at + 1} of ${groups.length} (${percent} % of the requests)`];
  }
  return [];
}

function explainTurn(group: GroupRow, { turn, hash }: Chosen): string {
  const count = memberCount(group);
  const hashed = `hash ${hash.toString(16).padStart(16, '0')}`;
  const place = `${turn + 1} of ${count}`;
  switch (group.kind) {
    case oh_group_kind.GROUP_RING:
      return `${hashed}, point ${place} of the ring`;
    case oh_group_kind.GROUP_MAGLEV:
      return `${hashed}, place ${place} of the table`;
  }
  if (count === 1) return 'the only one';
  switch (group.kind) {
    case oh_group_kind.GROUP_RANDOM:
      return `at random, ${place}`;
    case oh_group_kind.GROUP_LEAST:
      return `fewest requests under way of ${group.choices === 0 ? 'all' : `${group.choices} looked at`}, ${place}`;
    case oh_group_kind.GROUP_WEIGHTED:
      return `round robin by weight, ${place}`;
    default:
      return `round robin, turn ${place}`;
  }
}
