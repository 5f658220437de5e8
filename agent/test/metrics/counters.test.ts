import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CONFIG_MAPS, type MapLimits } from '@onehop/core/compile/limits.js';
import { planGeneration } from '@onehop/core/compile/plan.js';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { buildRouting } from '@onehop/core/routing/build.js';
import { EMPTY_MODEL, type RoutingModel } from '@onehop/core/routing/model.js';
import { reasonId } from '@onehop/core/wire/reasons.js';
import { structCodec } from '@onehop/core/wire/structs.js';
import { BpfObject } from 'libbpf-ts/object.js';
import { createNotes } from '@onehop/core/decision/entryNotes.js';
import { Metrics } from '../../src/metrics/counters.js';

const root = new URL('../../../../', import.meta.url);
const object = fileURLToPath(new URL('bpf/build/onehop.bpf.o', root));
const sample = fileURLToPath(new URL('lab/samples/bookinfo/bookinfo.xds.yaml', root));

/** The sample's configuration, compiled for the maps of the real object; its programs are not loaded. */
describe('counters', () => {
  let bpf: BpfObject;
  let model: RoutingModel;
  let allocation: Allocation;
  let metrics: Metrics;

  const id = (kind: Parameters<Allocation['idOf']>[0], key: string): number => {
    const found = allocation.idOf(kind, key);
    assert.ok(found, `${kind} ${key} has no id`);
    return found;
  };

  before(() => {
    bpf = BpfObject.open(object, { autoload: [], name: 'onehop' }).load();
    const { set } = validateFiles([{ path: sample, text: readFileSync(sample, 'utf8') }]);
    model = buildRouting(set, EMPTY_MODEL).model;
    const limits = Object.fromEntries(
      CONFIG_MAPS.map((name) => [name, bpf.map(name).maxEntries]),
    ) as MapLimits;
    const planned = planGeneration({ previous: undefined, model, limits, codec: structCodec(bpf.btf) });
    assert.ok(planned.ok);
    allocation = planned.plan.allocation;
    const endpoint = id(
      'endpoint',
      [...allocation.entities.endpoint.values()].find(({ row }) => row.cluster === 'reviews-v2')?.key ?? '',
    );
    metrics = new Metrics({
      maps: {
        reasons: bpf.map('oh_reason_n'),
        listeners: bpf.map('oh_listener_n'),
        routes: bpf.map('oh_route_n'),
        clusters: bpf.map('oh_cluster_n'),
        poolStat: bpf.map('oh_pool_stat'),
      },
      allocation: () => allocation,
      relay: () => ({ requests: 3, bytesFromClients: 4, bytesToClients: 5, openConnections: 6 }),
      pools: () => [
        { endpoint, open: 16, idle: 15 },
        { endpoint: 999, open: 1, idle: 1 },
      ],
    });
    bpf.map('oh_pool_stat').set(endpoint, { pops: 12n, returns: 11n, dry: 2n });
  });

  after(() => bpf.close());

  /** Counted on every CPU: 1 on the first, 2 on the second, … */
  const onAllCpus = <T>(map: string, value: (n: bigint) => T): { values: T[]; sum: number } => {
    const cpus = (bpf.map<number, unknown[]>(map).get(0) ?? []).length;
    return {
      values: Array.from({ length: cpus }, (_, cpu) => value(BigInt(cpu + 1))),
      sum: (cpus * (cpus + 1)) / 2,
    };
  };

  it('are summed over the CPUs, by the name of the reason, without those at zero', () => {
    const { values, sum } = onAllCpus('oh_reason_n', (n) => n);
    bpf.map('oh_reason_n').set(reasonId('pool-dry'), values);
    assert.deepEqual(metrics.counters().reasons, { 'pool-dry': sum });
    assert.equal(metrics.lostEvents(), 0);
    bpf.map('oh_reason_n').set(reasonId('event-lost'), values);
    assert.equal(metrics.lostEvents(), sum);
  });

  it('are told by route, listener and cluster', () => {
    const { values, sum } = onAllCpus('oh_route_n', (n) => ({ requests: 10n * n, relayed: n }));
    const route = model.routeConfigurations.get('reviews')?.virtualHosts[0]?.routes[1];
    assert.equal(route?.name, 'canary');
    bpf.map('oh_route_n').set(id('route', route.key), values);
    bpf.map('oh_listener_n').set(id('listener', 'ratings-db'), values);
    bpf.map('oh_cluster_n').set(id('cluster', 'reviews-v3'), values);
    const counted = { requests: 10 * sum, relayed: sum };
    assert.deepEqual(metrics.hits('route', route.key), counted);
    assert.deepEqual(metrics.hits('listener', 'ratings-db'), counted);
    assert.deepEqual(metrics.hits('route', 'no such route'), { requests: 0, relayed: 0 });
    const clusters = new Map(metrics.counters().clusters.map(({ cluster, ...hits }) => [cluster, hits]));
    assert.deepEqual(
      [clusters.get('reviews-v3'), clusters.get('reviews-v1')],
      [counted, { requests: 0, relayed: 0 }],
    );
    assert.equal(clusters.size, 7);
  });

  it('are told for each pool, by cluster and endpoint', () => {
    assert.deepEqual(metrics.counters().pools, [
      { cluster: 'reviews-v2', endpoint: '198.18.2.11:9080', open: 16, idle: 15, used: 12, dry: 2 },
      { cluster: '', endpoint: '#999', open: 1, idle: 1, used: 0, dry: 0 },
    ]);
  });

  it('have notes in their maps', () => {
    const note = createNotes({ allocation: () => allocation, workload: () => '' });
    const reviews = id('listener', 'reviews');
    for (const [map, key, value, expected] of [
      ['oh_listener', reviews, {}, 'listener reviews'],
      ['oh_listener_n', reviews, [], 'listener reviews'],
      ['oh_addr', { set: 1, port: 9080 }, { listener: reviews }, 'listener reviews'],
      ['oh_cluster_n', id('cluster', 'reviews-v1'), [], 'cluster reviews-v1'],
      ['oh_split', 4, { cluster: id('cluster', 'reviews-v1'), upto: 90 }, 'cluster reviews-v1'],
      ['oh_split', 5, { cluster: 0, upto: 0 }, ''],
      ['oh_listener', 4_000, {}, ''],
      ['oh_knobs', 0, {}, ''],
    ] as const)
      assert.equal(note(map, key, value), expected, `${map} ${JSON.stringify(key)}`);
  });
});
