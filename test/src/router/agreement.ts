/** What of an explanation must be the same in every build, and what weights and random choices may change. */
import assert from 'node:assert/strict';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import type { SplitRow } from '@onehop/core/compile/tables.js';
import type { Explanation } from '@onehop/core/router/explanation.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { oh_path } from '@onehop/core/wire/wire.generated.js';
import type { Expected } from './expected.js';

const noCluster = reasonId('no-cluster');
const noEndpoint = reasonId('no-endpoint');

/** The explanation without what was drawn. Fails when what was drawn cannot come out of the split. */
export function settled(explanation: Explanation, allocation: Allocation, ip: Uint8Array): object {
  const { decision, refused, stopped, steps, stepCount, parts } = explanation;
  const { draw, turn, cluster, endpoint, path, reason, ...sure } = decision;
  const base = {
    ...sure,
    refused,
    steps,
    stepCount,
    parts: { ...parts, contentLength: String(parts.contentLength) },
  };
  const split = splitOf(explanation, allocation);
  if (split === undefined || cluster === 0 || stopped === reasonId('match-relay')) {
    assert.deepEqual({ draw, turn, cluster, endpoint }, { draw: 0, turn: 0, cluster: 0, endpoint: 0 });
    return { ...base, path, reason, stopped };
  }
  const row = allocation.entities.cluster.at(cluster, decision.gen)?.row;
  assert.ok(draw < split.total, `${draw} is drawn of ${split.total}`);
  assert.equal(row?.name, split.shares.find(({ upto }) => draw < upto)?.cluster, 'the cluster of the draw');
  checkEndpoint(explanation, allocation, ip);
  if (split.shares.length > 1) return base;
  return row?.lb === 0 ? { ...base, path, reason, stopped, cluster, endpoint, turn } : { ...base, cluster };
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
      clusters: split?.shares.map(({ cluster }) => cluster),
    },
    {
      listener: want.listener,
      virtualHost: want.virtualHost,
      route: want.route,
      clusters: want.split?.filter(({ weight }) => weight > 0).map(({ cluster }) => cluster),
    },
  );
  if (want.stopped !== undefined) assert.equal(explanation.stopped, reasonId(want.stopped));
  if (want.listener !== undefined && want.virtualHost === undefined && want.split === undefined)
    assert.equal(explanation.stopped, reasonId('no-vhost'));
  if (want.virtualHost !== undefined && want.route === undefined)
    assert.equal(explanation.stopped, reasonId('no-route'));
  if (explanation.stopped === 0)
    assert.equal(path, want.virtualHost === undefined ? oh_path.PATH_DIRECT : oh_path.PATH_KERNEL);
}

/** The split of the route, or of a TCP listener. */
function splitOf({ decision }: Explanation, { entities }: Allocation): SplitRow | undefined {
  const { gen, listener, route } = decision;
  const row = route === 0 ? entities.listener.at(listener, gen)?.row : entities.route.at(route, gen)?.row;
  return row === undefined || row.split.total === 0 ? undefined : row.split;
}

function checkEndpoint({ decision, stopped }: Explanation, { entities }: Allocation, ip: Uint8Array): void {
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
  assert.equal(row.endpoints[turn], chosen.key, 'the endpoint of the turn');
  if (path === oh_path.PATH_DIRECT && own.some((text) => six(text) === asked))
    assert.equal(six(chosen.ip), asked, 'the family of the endpoint');
}
