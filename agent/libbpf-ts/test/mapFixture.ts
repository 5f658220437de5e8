import assert from 'node:assert/strict';
import { BpfError } from '../src/errors.js';
import { BpfObject } from '../src/object.js';
import { compile, scratch } from './fixture.js';

/** A key of the map `hash` in fixtures/maps.bpf.c. */
export interface Key {
  readonly id: number;
  readonly port: number;
}

/** A value of the map `hash`. */
export const value = {
  count: 5n,
  name: 'reviews',
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  on: true,
  pad: 0,
  color: 2,
  delta: -3,
  low: 15,
  high: 0xfffffff,
  word: 0x04030201,
  bytes: Uint8Array.of(1, 2, 3, 4),
  points: [
    { x: 1, y: 2 },
    { x: 3, y: 4 },
  ],
};

/** Hands fixtures/maps.bpf.c, loaded, to `take` before the tests of a file, and closes it after them. */
export function loadMaps(take: (object: BpfObject) => void): void {
  const directory = scratch();
  let object: BpfObject | undefined;
  before(() => {
    object = BpfObject.open(compile('maps', directory.path)).load();
    take(object);
  });
  after(() => {
    object?.close();
    directory.remove();
  });
}

/** Asserts that `act` throws a {@link BpfError} with the code or reason `expected`. */
export function code(expected: string, act: () => unknown): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof BpfError, String(error));
    assert.equal(error.code || error.reason, expected, error.message);
    return true;
  });
}
