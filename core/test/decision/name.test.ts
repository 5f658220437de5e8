import assert from 'node:assert/strict';
import type { Allocation } from '../../src/compile/allocate.js';
import type { XdsResource } from '../../src/resources/model.js';
import { buildRouting } from '../../src/routing/build.js';
import { nameDecision, nameIds, type DecisionIds } from '../../src/decision/name.js';
import { noteOf } from '../../src/decision/note.js';
import { Kernel } from '../compile/kernel.js';
import {
  httpListener,
  route,
  routeConfiguration,
  setOf,
  staticCluster,
  virtualHost,
} from '../routing/configuration.js';

function resources(name: string): XdsResource[] {
  return [
    httpListener(`l-${name}`, ['10.0.0.1:80'], 'rc'),
    routeConfiguration('rc', [virtualHost(`v-${name}`, ['*'], [route({ prefix: '/' }, `c-${name}`)])]),
    staticCluster(`c-${name}`, ['[fd00::1]:80']),
  ];
}

/** Ids of the first of everything; small maps make the next generation use them again. */
const FIRST: DecisionIds = { generation: 1, listener: 1, virtualHost: 1, route: 1, cluster: 1, endpoint: 1 };

function kernelWith(name: string): {
  kernel: Kernel;
  allocation: () => Allocation;
  apply: (next: string) => void;
} {
  const kernel = new Kernel({ oh_listener: 2, oh_vhost: 2, oh_route: 2, oh_cluster: 2, oh_endpoint: 2 });
  const apply = (next: string): void => void kernel.apply(buildRouting(setOf(...resources(next))).model);
  apply(name);
  const allocation = (): Allocation => {
    assert.ok(kernel.allocation);
    return kernel.allocation;
  };
  return { kernel, allocation, apply };
}

const NAMES = {
  listener: 'l-a',
  virtualHost: 'v-a',
  route: 'v-a#0',
  cluster: 'c-a',
  endpoint: '[fd00::1]:80',
};

describe('decision: names', () => {
  it('are those of the generation that decided', () => {
    const { kernel, allocation } = kernelWith('a');
    assert.deepEqual(nameIds(allocation(), FIRST), NAMES);
    kernel.apply(buildRouting(setOf()).model);
    assert.deepEqual(nameIds(allocation(), FIRST), NAMES, 'also after everything is gone');
    const gone = { listener: '#1', virtualHost: '#1', route: '#1', cluster: '#1', endpoint: '#1' };
    assert.deepEqual(nameIds(allocation(), { ...FIRST, generation: 2 }), gone);
  });
  it('are not those of who has the id now', () => {
    const { kernel, allocation, apply } = kernelWith('a');
    kernel.apply(buildRouting(setOf()).model);
    apply('b');
    assert.equal(nameIds(allocation(), { ...FIRST, generation: 3 }).cluster, 'c-b');
    assert.equal(
      nameIds(allocation(), FIRST).cluster,
      '#1',
      'generation 1 is forgotten, not given a wrong name',
    );
  });
  it('are empty where a decision did not get', () => {
    const { allocation } = kernelWith('a');
    const decision = { gen: 1, listener: 1, vhost: 0, route: 0, cluster: 0, endpoint: 0, path: 3, reason: 2 };
    assert.deepEqual(nameDecision(allocation(), decision), {
      listener: 'l-a',
      virtualHost: '',
      route: '',
      cluster: '',
      endpoint: '',
      path: 'relay',
      reason: 'no virtual host has a domain that matches the Host header',
    });
  });
});

describe('decision: notes for map entries', () => {
  const cases: readonly (readonly [string, number, string])[] = [
    ['oh_listener', 1, 'listener l-a'],
    ['oh_rconf', 1, 'route configuration rc'],
    ['oh_vhost', 1, 'virtual host v-a'],
    ['oh_route', 1, 'route v-a#0 of virtual host v-a'],
    ['oh_route_n', 1, 'route v-a#0 of virtual host v-a'],
    ['oh_cluster', 1, 'cluster c-a'],
    ['oh_endpoint', 1, 'endpoint [fd00::1]:80 of cluster c-a'],
    ['oh_pools', 1, 'endpoint [fd00::1]:80 of cluster c-a'],
    ['oh_cluster', 7, ''],
    ['oh_events', 1, ''],
  ];
  for (const [map, id, note] of cases) {
    it(`${map}[${id}]: ${note || 'none'}`, () =>
      assert.equal(noteOf(kernelWith('a').allocation(), map, id), note));
  }
});
