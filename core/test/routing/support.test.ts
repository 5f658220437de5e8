import assert from 'node:assert/strict';
import { type JsonObject } from '../../src/resources/model.js';
import { checkSupport } from '../../src/routing/support.js';
import { check } from './checking.js';
import {
  httpListener,
  resource,
  route,
  routeConfiguration,
  staticCluster,
  virtualHost,
} from './configuration.js';

const PREFIX: JsonObject = { prefix: '/' };

describe('routing: checkSupport of anything', () => {
  check(
    'refuses other types',
    resource('type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret', { name: 's' }),
    /^error : OneHop does not do resources of type .*Secret/,
  );

  it('does not throw on values of wrong types', () => {
    const wrong = [null, 1, 'x', true, [], {}, [1], [[]], { a: [] }];
    const shapes = [
      routeConfiguration('rc', [virtualHost('v', ['*'], [route(PREFIX, { a: 1 })])]),
      httpListener('l', ['10.0.0.1:80'], 'rc'),
      staticCluster('c', ['10.0.0.1:80']),
    ];
    let tried = 0;
    for (const shape of shapes) {
      for (const broken of variants(shape.value, wrong)) {
        checkSupport({ ...shape, value: broken as JsonObject });
        tried++;
      }
    }
    assert.ok(tried > 200, `${tried}`);
  });
});

/** Every copy of a value in which one part is replaced by one of `wrong`. */
function* variants(value: unknown, wrong: readonly unknown[]): Generator<unknown> {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    const replaced = (by: unknown): unknown =>
      Array.isArray(value) ? value.with(Number(key), by) : { ...value, [key]: by };
    for (const by of wrong) yield replaced(by);
    for (const inner of variants(part, wrong)) yield replaced(inner);
  }
}
