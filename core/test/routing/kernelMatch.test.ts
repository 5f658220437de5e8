import assert from 'node:assert/strict';
import { kernelMatch } from '../../src/routing/kernelMatch.js';
import type { RoutingModel } from '../../src/routing/model.js';
import { buildRouting } from '../../src/routing/build.js';
import { httpListener, route, routeConfiguration, setOf, virtualHost } from './configuration.js';

function modelOf(...matches: Parameters<typeof route>[0][]): RoutingModel {
  const routes = matches.map((match) => route(match, 'a'));
  const config = routeConfiguration('rc', [virtualHost('v', ['*'], routes)]);
  return buildRouting(setOf(httpListener('l', ['10.0.0.1:80'], 'rc'), config)).model;
}

const routesOf = (model: RoutingModel) => model.routeConfigurations.get('rc')?.virtualHosts[0]?.routes ?? [];

describe('routing: what the kernel checks', () => {
  const prefixes: readonly (readonly [regex: string, prefix: string])[] = [
    ['/r/[0-9]+', '/r/'],
    ['/a\\.b/.*', '/a.b/'],
    ['/ab*', '/a'],
    ['/ab?c', '/a'],
    ['/ab{0,2}', '/a'],
    ['/ab+c', '/ab'],
    ['/a\\.?x', '/a'],
    ['/a|/b', ''],
    ['(?i)/a', ''],
    ['.*', ''],
    ['/a\\d', '/a'],
    ['^/a', ''],
    ['/plain', '/plain'],
  ];
  for (const [regex, prefix] of prefixes)
    it(`of the path ${regex}: ${prefix === '' ? 'nothing' : `that it begins with ${prefix}`}`, () => {
      const [first] = routesOf(modelOf({ safeRegex: { regex } }));
      assert.ok(first !== undefined);
      const { path, opaque } = kernelMatch(first.match);
      assert.deepEqual([path.kind, path.value, opaque], [prefix === '' ? 'any' : 'prefix', prefix, true]);
    });

  it("routes behind one that stops every request are the relay's", () => {
    const paths = (...matches: Parameters<typeof route>[0][]): string[] =>
      routesOf(modelOf(...matches)).map(({ path, reason }) => `${path} ${reason}`);
    const any = { prefix: '/' };
    assert.deepEqual(paths(any, { safeRegex: { regex: '.*x' } }, any), [
      'kernel none',
      'relay match-relay',
      'relay match-relay',
    ]);
    assert.deepEqual(paths({ safeRegex: { regex: '/r/.*' } }, any), ['relay match-relay', 'kernel none']);
    assert.deepEqual(paths({ prefix: '/', grpc: {}, headers: [{ name: 'a' }] }, any), [
      'relay match-relay',
      'kernel none',
    ]);
  });
});
