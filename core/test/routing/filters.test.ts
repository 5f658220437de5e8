import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/resources/model.js';
import { buildRouting } from '../../src/routing/build.js';
import { acts, filtersFor } from '../../src/routing/filters/effective.js';
import type { FilterLevel, HttpFilter } from '../../src/routing/filters/model.js';
import {
  httpListener,
  route,
  routeConfiguration,
  routerFilter,
  setOf,
  staticCluster,
  virtualHost,
} from './configuration.js';

const HTTP = 'type.googleapis.com/envoy.extensions.filters.http';
const abort = { abort: { httpStatus: 418, percentage: { numerator: 100 } } };
const fault = (config: JsonObject): JsonObject => ({ '@type': `${HTTP}.fault.v3.HTTPFault`, ...config });
const said = (config: JsonObject): JsonObject => ({ typedPerFilterConfig: { fault: fault(config) } });
const off: JsonObject = {
  typedPerFilterConfig: {
    fault: { '@type': 'type.googleapis.com/envoy.config.route.v3.FilterConfig', disabled: true },
  },
};

interface Built {
  readonly reasons: readonly string[] | undefined;
  readonly told: readonly string[];
}

/** `reason` of each route, and what is told. */
function built(filters: readonly JsonObject[], host: JsonObject, ...routes: readonly JsonObject[]): Built {
  const rc = routeConfiguration('rc', [{ ...virtualHost('v', ['*'], [...routes]), ...host }]);
  const web = httpListener('web', ['10.0.0.1:80'], 'rc', { httpFilters: [...filters, routerFilter] });
  const { model, problems } = buildRouting(setOf(web, rc, staticCluster('a', ['10.0.0.2:80'])));
  const reasons = model.routeConfigurations.get('rc')?.virtualHosts[0]?.routes.map(({ reason }) => reason);
  return { reasons, told: problems.map(({ rule, message }) => `${rule}: ${message}`) };
}

const at = (prefix: string, more: JsonObject = {}): JsonObject => ({ ...route({ prefix }, 'a'), ...more });

describe('routing: HTTP filters', () => {
  it('leave a route to the kernel for which they have nothing to do', () => {
    const filter = { name: 'fault', typedConfig: fault({}) };
    const { reasons, told } = built([filter], {}, at('/a', said(abort)), at('/b'), at('/c', said({})));
    assert.deepEqual(reasons, ['route-filter', 'none', 'none']);
    assert.deepEqual(told, [
      'in-relay: The agent runs fault: requests of one route leave the kernel path for it.',
    ]);
  });

  it('of a listener run for all routes but those that switch them off', () => {
    const filter = { name: 'fault', typedConfig: fault(abort) };
    assert.deepEqual(built([filter], {}, at('/a'), at('/b', off)).reasons, ['route-filter', 'none']);
    assert.deepEqual(built([filter], off, at('/a'), at('/b', said(abort))).reasons, ['none', 'route-filter']);
    const sleeping = { ...filter, disabled: true };
    assert.deepEqual(built([sleeping], {}, at('/a'), at('/b', said(abort))).reasons, [
      'none',
      'route-filter',
    ]);
  });

  it('are meant by their names in the listener', () => {
    const filter = { name: 'my fault', typedConfig: fault({}) };
    assert.deepEqual(built([filter], {}, at('/a', said(abort))).reasons, ['none']);
  });

  it('change with the virtual host and the route configuration around a route that stays', () => {
    const filter = { name: 'fault', typedConfig: fault({}) };
    const stays = at('/a');
    const reasonOf = (host: JsonObject): unknown => built([filter], host, stays).reasons?.[0];
    assert.deepEqual([reasonOf({}), reasonOf(said(abort)), reasonOf({})], ['none', 'route-filter', 'none']);
  });

  it('take the most specific settings', () => {
    const of = (status: number): HttpFilter['config'] => ({
      kind: 'fault',
      headers: [],
      cluster: '',
      abort: { fraction: { numerator: 1, denominator: 100 }, status },
    });
    const level = (status: number): FilterLevel => new Map([['f', { disabled: false, config: of(status) }]]);
    const filter: HttpFilter = { name: 'f', disabled: false, config: of(1), path: [] };
    const [one] = filtersFor([filter], [level(3), level(2)]);
    assert.deepEqual(one, { config: of(3), ofRoute: [of(3), of(2)], ofListener: of(1) });
    assert.equal(one !== undefined && acts(one), true);
    assert.deepEqual(filtersFor([filter], [new Map([['f', { disabled: true }]]), level(2)]), []);
  });
});
