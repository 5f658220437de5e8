import assert from 'node:assert/strict';
import { type JsonObject, type XdsResource } from '../../src/resources/model.js';
import { buildRouting, type RoutingBuild } from '../../src/routing/build.js';
import type { DomainNode, RouteNode } from '../../src/routing/model.js';
import { explainMatch } from '../../src/decision/explain.js';
import {
  httpListener,
  route,
  routeConfiguration,
  setOf,
  staticCluster,
  virtualHost,
} from './configuration.js';

function routesOf({ model }: RoutingBuild): RouteNode[] {
  return [...model.routeConfigurations.values()].flatMap(({ virtualHosts }) =>
    virtualHosts.flatMap(({ routes }) => routes),
  );
}

/** A listener, and a route configuration with one virtual host, for these routes. */
function served(...routes: JsonObject[]): XdsResource[] {
  return [
    httpListener('l', ['10.0.0.1:80'], 'rc'),
    routeConfiguration('rc', [virtualHost('v', ['*'], routes)]),
  ];
}

describe('routing: what nodes say', () => {
  describe('domains', () => {
    const cases: readonly (readonly [string, DomainNode['kind'], string])[] = [
      ['Reviews', 'exact', 'reviews'],
      ['reviews:9080', 'exact', 'reviews:9080'],
      ['*.Example.com', 'suffix', '.example.com'],
      ['*-bar.com', 'suffix', '-bar.com'],
      ['api.*', 'prefix', 'api.'],
      ['*', 'any', ''],
      ['*foo*', 'suffix', 'foo*'],
      ['**', 'suffix', '*'],
      ['a*b', 'exact', 'a*b'],
    ];
    for (const [text, kind, value] of cases) {
      it(text, () => {
        const build = buildRouting(
          setOf(
            httpListener('l', ['10.0.0.1:80'], 'rc'),
            routeConfiguration('rc', [virtualHost('v', [text], [])]),
          ),
        );
        const domain = build.model.routeConfigurations.get('rc')?.virtualHosts[0]?.domains[0];
        assert.deepEqual([domain?.text, domain?.kind, domain?.value], [text, kind, value]);
      });
    }
  });

  describe('matches', () => {
    const cases: readonly (readonly [JsonObject, string])[] = [
      [{ prefix: '' }, 'any path'],
      [{ prefix: '/a', caseSensitive: false }, 'path prefix "/a" in any case'],
      [{ path: '/A', caseSensitive: true }, 'path = "/A"'],
      [{ pathSeparatedPrefix: '/a' }, 'path "/a" and below'],
      [{ headers: [{ name: 'X', exactMatch: 'a' }] }, 'header x = "a"'],
      [{ headers: [{ name: 'x', exactMatch: 'a', invertMatch: true }] }, 'header x ≠ "a"'],
      // The old exact_match with an empty text holds for every value.
      [{ headers: [{ name: 'x', exactMatch: '' }] }, 'header x begins with ""'],
      [{ headers: [{ name: 'x', stringMatch: { exact: '' } }] }, 'header x = ""'],
      [
        { headers: [{ name: 'x', stringMatch: { suffix: 'B', ignoreCase: true } }] },
        'header x ends with "B" in any case',
      ],
      [
        { headers: [{ name: 'x', containsMatch: 'a', treatMissingHeaderAsEmpty: true }] },
        'header x contains "a" (missing counts as empty)',
      ],
      [{ headers: [{ name: 'x' }] }, 'header x present'],
      [{ headers: [{ name: 'x', presentMatch: true }] }, 'header x present'],
      [{ headers: [{ name: 'x', presentMatch: false }] }, 'header x absent'],
      [{ headers: [{ name: 'x', presentMatch: true, invertMatch: true }] }, 'header x absent'],
      [{ headers: [{ name: 'x', presentMatch: false, invertMatch: true }] }, 'header x present'],
      [
        { headers: [{ name: 'x', presentMatch: false, treatMissingHeaderAsEmpty: true }] },
        'header x (never)',
      ],
      [{ headers: [{ name: 'Host', exactMatch: 'a' }] }, 'host = "a"'],
      [{ headers: [{ name: ':authority', exactMatch: 'a' }] }, 'host = "a"'],
      [{ headers: [{ name: ':method', stringMatch: { exact: 'GET' } }] }, 'method = "GET"'],
      [
        { headers: [{ name: ':path', stringMatch: { contains: '?q=' }, invertMatch: true }] },
        'path with query does not contain "?q="',
      ],
    ];
    for (const [match, words] of cases) {
      it(words, () => {
        const withPath = 'headers' in match ? { prefix: '', ...match } : match;
        const [routed] = routesOf(buildRouting(setOf(...served(route(withPath, 'a')))));
        assert.ok(routed);
        assert.equal(explainMatch(routed.match), 'headers' in match ? `any path, ${words}` : words);
      });
    }
  });

  describe('health', () => {
    const letter: Readonly<Record<string, string>> = {
      h: 'HEALTHY',
      n: 'UNKNOWN',
      u: 'UNHEALTHY',
      d: 'DRAINING',
      t: 'TIMEOUT',
    };
    /** As a real Envoy 1.40 spread requests, with the threshold of 50 % and with 0 %. */
    const cases: readonly (readonly [string, string, string])[] = [
      ['hud', 'h', 'h'],
      ['hu', 'h', 'h'],
      ['hhu', 'hh', 'hh'],
      ['uu', 'uu', ''],
      ['dd', 'dd', ''],
      ['tnh', 'nh', 'nh'],
      ['huu', 'huu', 'h'],
      ['hdd', 'h', 'h'],
      ['htt', 'htt', 'h'],
      ['huuu', 'huuu', 'h'],
      ['hddd', 'h', 'h'],
      ['hhuu', 'hh', 'hh'],
      ['huud', 'huud', 'h'],
      ['hudd', 'h', 'h'],
      ['udd', 'udd', ''],
      ['tud', 'tud', ''],
    ];
    for (const [statuses, usual, never] of cases) {
      it(statuses, () => {
        const endpoints = [...statuses].map((one, i) => `10.0.0.${i + 1}:80 ${letter[one] ?? ''}`);
        const usable = (more: JsonObject): string => {
          const { model } = buildRouting(setOf(staticCluster('c', endpoints, more)));
          const at = model.clusters.get('c')?.endpoints.map(({ ip }) => Number(ip.split('.')[3]) - 1) ?? [];
          return at.map((i) => statuses[i]).join('');
        };
        assert.equal(usable({}), usual);
        assert.equal(usable({ commonLbConfig: { healthyPanicThreshold: {} } }), never);
      });
    }
  });
});
