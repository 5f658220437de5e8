import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { EntityKind } from '../../src/compile/tables.js';
import type { MapLimits } from '../../src/compile/limits.js';
import type { JsonObject, XdsResource } from '../../src/resources/model.js';
import { buildRouting } from '../../src/routing/build.js';
import type { RoutingModel } from '../../src/routing/model.js';
import {
  httpListener,
  route,
  routeConfiguration,
  setOf,
  staticCluster,
  tcpListener,
  virtualHost,
} from '../routing/configuration.js';
import { Kernel } from './kernel.js';

/*
 * Configurations from few names, so that entities come, change, go and come back, and maps so small that ids, ranges and
 * strings are used again and run out.
 */
const TIGHT: Partial<MapLimits> = {
  oh_addr: 8,
  oh_listener: 5,
  oh_rconf: 5,
  oh_domain: 8,
  oh_wild: 14,
  oh_vhost: 9,
  oh_list: 44,
  oh_route: 16,
  oh_split: 30,
  oh_cluster: 10,
  oh_endpoint: 20,
  oh_str: 20,
};

const cluster = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const someClusters = fc
  .dictionary(cluster, fc.integer({ min: 0, max: 3 }), { minKeys: 1, maxKeys: 3 })
  .map((weights) => {
    const [first = 'a'] = Object.keys(weights);
    return Object.values(weights).some((weight) => weight > 0) ? weights : { [first]: 1 };
  });
const to = fc.oneof(cluster, someClusters);

const regex = fc.record({
  regex: fc.constantFrom('/a', '/[a-z]+', '.*', '(?i)jason|/a', 'é', '[^é]+', '/([a-b]/?){2,}', '.?a.{1,20}'),
});

const header = fc.record({
  name: fc.constantFrom('x', 'End-User', ':method', 'host'),
  stringMatch: fc.oneof(
    fc.record({ exact: fc.constantFrom('', 'jason', 'Mary') }),
    fc.record({ prefix: fc.constantFrom('j', 'M'), ignoreCase: fc.boolean() }),
    fc.record({ contains: fc.constantFrom('é', 'as') }),
    fc.record({ safeRegex: regex }),
  ),
  invertMatch: fc.boolean(),
  treatMissingHeaderAsEmpty: fc.boolean(),
}) as fc.Arbitrary<JsonObject>;

const match = fc
  .tuple(
    fc.oneof(
      fc.record({ prefix: fc.constantFrom('', '/', '/A') }),
      fc.record({ path: fc.constantFrom('/a', '/B'), caseSensitive: fc.boolean() }),
      fc.record({ safeRegex: regex }),
      fc.record({ pathSeparatedPrefix: fc.constantFrom('/a', '/B'), caseSensitive: fc.boolean() }),
    ),
    fc.array(header, { maxLength: 2 }),
  )
  .map(([path, headers]): JsonObject => ({ ...path, headers }));

const oneRoute = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(match, to, fc.constantFrom('', 'r', 's'))
      .map(([m, t, name]) => route(m, t, { name })),
  },
  { weight: 1, arbitrary: match.map((m): JsonObject => ({ match: m, directResponse: { status: 204 } })) },
);

const domain = fc.constantFrom('a', 'a:80', 'B', '*.a', '*.bb', 'a.*', 'api.*', '*');

/** Two virtual hosts that share no domain. */
const hosts = fc
  .tuple(
    fc.uniqueArray(domain, { minLength: 1, maxLength: 5 }),
    fc.nat(3),
    fc.array(oneRoute, { maxLength: 3 }),
    fc.array(oneRoute, { maxLength: 3 }),
  )
  .map(([domains, cut, first, second]) =>
    [virtualHost('v', domains.slice(cut), first), virtualHost('w', domains.slice(0, cut), second)].filter(
      ({ domains: list }) => Array.isArray(list) && list.length > 0,
    ),
  );

const address = fc.constantFrom('10.0.0.1:80', '10.0.0.2:80', '[fd00::1]:80', '10.0.0.1:81', '0.0.0.0:90');
const addresses = fc.uniqueArray(address, { minLength: 1, maxLength: 3 });
const listener = fc.oneof(
  fc
    .tuple(fc.constantFrom('k', 'l', 'm'), addresses, fc.constantFrom('rc', 'rd'))
    .map(([name, at, rc]) => httpListener(name, at, rc)),
  fc
    .tuple(fc.constantFrom('k', 'l', 'm'), addresses, cluster)
    .map(([name, at, c]) => tcpListener(name, at, { cluster: c })),
);
const endpoint = fc.constantFrom('10.1.0.1:80', '10.1.0.2:80', '10.1.0.3:80', '[fd00::2]:80');
const someCluster = fc
  .tuple(cluster, fc.array(endpoint, { maxLength: 4 }), fc.constantFrom('ROUND_ROBIN', 'RANDOM'))
  .map(([name, endpoints, lbPolicy]) => staticCluster(name, endpoints, { lbPolicy }));

const configuration = fc
  .tuple(
    fc.array(listener, { maxLength: 3 }),
    fc.option(hosts),
    fc.option(hosts),
    fc.array(someCluster, { maxLength: 5 }),
  )
  .map(([listeners, rc, rd, clusters]): XdsResource[] => [
    ...listeners,
    ...(rc === null ? [] : [routeConfiguration('rc', rc)]),
    ...(rd === null ? [] : [routeConfiguration('rd', rd)]),
    ...clusters,
  ]);

type Step = {
  readonly resources: readonly XdsResource[];
  /** Take over the last one with only the clusters of this one. */
  readonly clustersOnly: boolean;
  readonly retire: boolean;
  /** Give the plan up after this many writes, and undo. */
  readonly giveUpAfter: number | null;
};

const step: fc.Arbitrary<Step> = fc.record({
  resources: configuration,
  clustersOnly: fc.boolean(),
  retire: fc.boolean(),
  giveUpAfter: fc.option(fc.nat(20), { freq: 5 }),
});

const KINDS: readonly EntityKind[] = [
  'listener',
  'routeConfiguration',
  'virtualHost',
  'route',
  'cluster',
  'endpoint',
];

/** Who has which id; an id must not change hands before the generation that dropped it is retired. */
class Owners {
  readonly #owners = new Map<string, { key: string; since: number }>();

  check(kernel: Kernel, retired: number, model: RoutingModel): void {
    const { allocation } = kernel;
    assert.ok(allocation);
    for (const kind of KINDS) {
      for (const { id, key, from } of allocation.entities[kind].values()) {
        const at = `${kind} ${id}`;
        const before = this.#owners.get(at);
        if (before !== undefined && before.key !== key)
          assert.ok(before.since <= retired, `${at} went from ${before.key} to ${key} too early`);
        assert.ok(id > 0 && from <= kernel.generation);
        this.#owners.set(at, { key, since: kernel.generation });
      }
    }
    for (const name of model.listeners.keys()) assert.ok(allocation.idOf('listener', name));
  }
}

function run(
  steps: readonly Step[],
  limits: Partial<MapLimits>,
): { applied: number; refused: number; reused: number } {
  const kernel = new Kernel(limits);
  const owners = new Owners();
  const count = { applied: 0, refused: 0, reused: 0 };
  let retired = 0;
  let last: readonly XdsResource[] = [];
  for (const { resources, clustersOnly, retire, giveUpAfter } of steps) {
    const isCluster = ({ typeUrl }: XdsResource): boolean => typeUrl.endsWith('Cluster');
    last = clustersOnly
      ? [...last.filter((one) => !isCluster(one)), ...resources.filter(isCluster)]
      : resources;
    const { model } = buildRouting(setOf(...last));
    const result = kernel.plan(model);
    if (!result.ok) {
      count.refused++;
      assert.ok(result.problems.every(({ rule, resource }) => rule === 'map-limit' && resource !== ''));
      kernel.retire();
      retired = kernel.generation;
      continue;
    }
    if (giveUpAfter !== null) {
      const written = result.plan.writes.slice(0, giveUpAfter);
      const touched = new Set(written.map(({ map, key }) => `${map} ${String(key)}`));
      for (const write of written) kernel.maps.apply(write);
      for (const one of result.plan.undo)
        if (touched.has(`${one.map} ${String(one.key)}`)) kernel.maps.apply(one);
      // The same plan again, as after a failed write.
    }
    const again = kernel.plan(model);
    assert.ok(again.ok);
    assert.deepEqual(again.plan.writes, result.plan.writes, 'planning changed what is in force');
    kernel.carryOut(again.plan, model);
    owners.check(kernel, retired, model);
    count.applied++;
    count.reused += again.plan.resets.length;
    const unchanged = kernel.plan(model);
    assert.ok(unchanged.ok && !unchanged.plan.changed && unchanged.plan.writes.length === 0);
    if (retire) {
      kernel.retire();
      retired = kernel.generation;
    }
  }
  return count;
}

describe('compile: sequences of generations', () => {
  it('show the old model until the flip and the new one after it, whatever came before', function () {
    this.timeout(60_000);
    const total = { applied: 0, refused: 0, reused: 0 };
    const check = (steps: readonly Step[]): void => {
      const { applied, refused, reused } = run(steps, {});
      total.applied += applied;
      total.refused += refused;
      total.reused += reused;
    };
    fc.assert(fc.property(fc.array(step, { minLength: 2, maxLength: 8 }), check), { numRuns: 60, seed: 1 });
    assert.ok(total.applied > 100 && total.refused === 0, JSON.stringify(total));
  });

  it('hold in maps that are full most of the time', function () {
    this.timeout(120_000);
    const total = { applied: 0, refused: 0, reused: 0 };
    const check = (steps: readonly Step[]): void => {
      const { applied, refused, reused } = run(steps, TIGHT);
      total.applied += applied;
      total.refused += refused;
      total.reused += reused;
    };
    fc.assert(fc.property(fc.array(step, { minLength: 10, maxLength: 25 }), check), { numRuns: 30, seed: 2 });
    assert.ok(total.applied > 100 && total.refused > 10 && total.reused > 100, JSON.stringify(total));
  });
});
