/** What of an explanation must be the same in every build, and what weights and random choices may change. */
import assert from 'node:assert/strict';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import { memberAt } from '@onehop/core/compile/clusterRows.js';
import type { GroupRow, SplitRow } from '@onehop/core/compile/tables.js';
import type { Explanation } from '@onehop/core/router/explanation.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { oh_group_kind, oh_path } from '@onehop/core/wire/wire.generated.js';
import type { Expected } from './expected.js';

const noCluster = reasonId('no-cluster');
const noEndpoint = reasonId('no-endpoint');

/** The explanation without what was drawn. Fails when what was drawn cannot come out of the split. */
export function settled(explanation: Explanation, allocation: Allocation, ip: Uint8Array): object {
  const { decision, refused, stopped, steps, stepCount, parts } = explanation;
  const { draw, turn, group, level, hash, cluster, endpoint, path, reason, ...sure } = decision;
  const base = {
    ...sure,
    refused,
    steps,
    stepCount,
    parts: { ...parts, contentLength: String(parts.contentLength) },
  };
  const split = splitOf(explanation, allocation);
  if (split === undefined || cluster === 0 || stopped === reasonId('match-relay')) {
    assert.deepEqual([draw, turn, group, level, hash, cluster, endpoint], [0, 0, 0, 0, 0n, 0, 0]);
    return { ...base, path, reason, stopped };
  }
  const row = allocation.entities.cluster.at(cluster, decision.gen)?.row;
  assert.ok(draw < split.total, `${draw} is drawn of ${split.total}`);
  assert.equal(row?.key, split.shares.find(({ upto }) => draw < upto)?.cluster, 'the cluster of the draw');
  checkEndpoint(explanation, allocation, ip);
  if (split.shares.length > 1) return base;
  // Of several tiers one is drawn.
  const [tier] = row?.tiers.length === 1 ? row.tiers : [];
  return tier?.group.kind === oh_group_kind.GROUP_TURNS
    ? { ...base, path, reason, stopped, cluster, group, endpoint, turn }
    : { ...base, cluster };
}

/** Compares with the second opinion. */
export function checkExpected(explanation: Explanation, allocation: Allocation, want: Expected): void {
  const { gen, listener, vhost, route, path } = explanation.decision;
  const { entities } = allocation;
  const split = splitOf(explanation, allocation);
  assert.deepEqual(
    {
      listener: entities.listener.at(listener, gen)?.row.name,
      virtualHost: entities.virtualHost.at(vhost, gen)?.key,
      route: entities.route.at(route, gen)?.key,
      clusters: split?.shares.map(({ cluster }) => entities.cluster.get(cluster)?.row.name),
    },
    {
      listener: want.listener,
      virtualHost: want.virtualHost,
      route: want.route,
      clusters: want.split?.filter(({ weight }) => weight > 0).map(({ cluster }) => cluster),
    },
  );
  checkHash(explanation, allocation, want);
  if (want.stopped !== undefined) assert.equal(explanation.stopped, reasonId(want.stopped));
  if (want.listener !== undefined && want.virtualHost === undefined && want.split === undefined)
    assert.equal(explanation.stopped, reasonId('no-vhost'));
  if (want.virtualHost !== undefined && want.route === undefined)
    assert.equal(explanation.stopped, reasonId('no-route'));
  if (explanation.stopped === 0)
    assert.equal(path, want.virtualHost === undefined ? oh_path.PATH_DIRECT : oh_path.PATH_KERNEL);
}

/** The endpoint is the one that the hash of the request leads to. */
function checkHash(explanation: Explanation, allocation: Allocation, { hash }: Expected): void {
  const { decision, stopped } = explanation;
  const members = groupOf(explanation, allocation)?.members;
  if (hash === undefined || stopped !== 0 || (members?.kind !== 'ring' && members?.kind !== 'table')) return;
  assert.equal(decision.hash, hash, 'the hash of the request');
  const key =
    members.kind === 'ring'
      ? (members.points.find((point) => point.hash >= hash) ?? members.points[0])?.endpoint
      : members.endpoints[Number(hash % BigInt(members.endpoints.length))];
  assert.equal(allocation.entities.endpoint.at(decision.endpoint, decision.gen)?.key, key, 'by the hash');
}

/** The split of the route, or of a TCP listener. */
function splitOf({ decision }: Explanation, { entities }: Allocation): SplitRow | undefined {
  const { gen, listener, route } = decision;
  const row = route === 0 ? entities.listener.at(listener, gen)?.row : entities.route.at(route, gen)?.row;
  return row === undefined || row.split.total === 0 ? undefined : row.split;
}

function groupOf({ decision }: Explanation, allocation: Allocation): GroupRow | undefined {
  const cluster = allocation.entities.cluster.at(decision.cluster, decision.gen);
  return cluster && allocation.groupOf(cluster, decision.group);
}

function checkEndpoint(explanation: Explanation, allocation: Allocation, ip: Uint8Array): void {
  const { decision, stopped } = explanation;
  const { entities } = allocation;
  const { gen, cluster, endpoint, path, turn } = decision;
  const row = entities.cluster.at(cluster, gen)?.row;
  if (row === undefined || !row.present) {
    assert.equal(stopped, noCluster);
    return;
  }
  const chosen = entities.endpoint.at(endpoint, gen)?.row;
  const six = (text: string): boolean => text.includes(':');
  const asked = ip[10] !== 0xff || ip[11] !== 0xff;
  const own = row.endpoints.map((key) => entities.endpoint.get(key)?.row.ip ?? '');
  // Only a direct connection minds the family: an IPv4 socket cannot reach IPv6.
  const unreachable = path === oh_path.PATH_DIRECT && !asked && own.every(six);
  if (own.length === 0 || unreachable) {
    assert.equal(stopped, noEndpoint);
    return;
  }
  assert.equal(stopped, 0);
  assert.equal(chosen?.cluster, row.name);
  const group = groupOf(explanation, allocation);
  assert.ok(group, 'the group of the endpoint');
  assert.equal(memberAt(group, turn), chosen.key, 'the endpoint of the turn');
  if (path === oh_path.PATH_DIRECT && own.some((text) => six(text) === asked))
    assert.equal(six(chosen.ip), asked, 'the family of the endpoint');
}
