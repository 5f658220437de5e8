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
  /** Behind an expression it makes one of more states than the kernel's tables have. */
  const more = '[^x]{300}';
  for (const [first, prefix] of prefixes)
    it(`of a path that is too large, ${first}…: ${prefix === '' ? 'nothing' : `that it begins with ${prefix}`}`, () => {
      const [found] = routesOf(modelOf({ safeRegex: { regex: `${first}${more}` } }));
      assert.ok(found !== undefined);
      const { path, opaque } = kernelMatch(found.match);
      assert.deepEqual([path.kind, path.value, opaque], [prefix === '' ? 'any' : 'prefix', prefix, true]);
    });

  it('regular expressions that its tables hold', () => {
    const regex = { safeRegex: { regex: '[a-z]+' } };
    const match = {
      safeRegex: { regex: '/r/[0-9]+' },
      headers: [{ name: 'a', stringMatch: regex }],
      queryParameters: [{ name: 'q', stringMatch: regex }],
    };
    const [found] = routesOf(modelOf(match));
    assert.ok(found !== undefined);
    const { path, conditions, opaque } = kernelMatch(found.match);
    assert.deepEqual([found.path, path.kind, path.value, opaque], ['kernel', 'regex', '/r/[0-9]+', false]);
    assert.deepEqual(conditions.map(({ kind }) => kind), ['header', 'query']); // prettier-ignore
    const large = { safeRegex: { regex: `a${more}` } };
    const [other] = routesOf(modelOf({ ...match, headers: [{ name: 'a', stringMatch: large }] }));
    assert.ok(other !== undefined);
    assert.deepEqual([other.path, other.reason], ['relay', 'match-relay']);
    assert.deepEqual(kernelMatch(other.match).conditions.map(({ kind }) => kind), ['query']); // prettier-ignore
  });

  it("routes behind one that stops every request are the relay's", () => {
    const paths = (...matches: Parameters<typeof route>[0][]): string[] =>
      routesOf(modelOf(...matches)).map(({ path, reason }) => `${path} ${reason}`);
    const any = { prefix: '/' };
    assert.deepEqual(paths(any, { safeRegex: { regex: `.*x${more}` } }, any), [
      'kernel none',
      'relay match-relay',
      'relay match-relay',
    ]);
    assert.deepEqual(paths({ safeRegex: { regex: `/r/${more}` } }, any), [
      'relay match-relay',
      'kernel none',
    ]);
    assert.deepEqual(paths({ prefix: '/', grpc: {}, headers: [{ name: 'a' }] }, any), [
      'relay match-relay',
      'kernel none',
    ]);
  });
});
