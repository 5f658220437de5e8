import assert from 'node:assert/strict';
import type { State as ControlPlaneState } from '@onehop/core/api/controlplane.generated.js';
import { CLUSTER_TYPE, ROUTE_TYPE, xdsSetOf, type JsonObject } from '@onehop/core/resources/model.js';
import { sameAsServed, standings, type StandingInput } from '../src/config/resourceStates.js';

const cluster = (name: string, value: JsonObject = { name }) => ({ typeUrl: CLUSTER_TYPE, name, value });

describe('how resources stand', () => {
  it('in force, changed, new, and served but in no file', () => {
    const { rows, onlyServed } = standings(
      input({
        set: xdsSetOf([cluster('same', { name: 'same', a: 1 }), cluster('other'), cluster('new')]),
        // The order of fields is no difference.
        served: served([
          ['same', '{"a":1,"name":"same"}'],
          ['other', '{"name":"other","type":"EDS"}'],
          ['gone', '{}'],
        ]),
      }),
    );
    assert.deepEqual(
      rows.map(({ name, standing }) => [name, standing]),
      [
        ['same', { kind: 'inForce' }],
        ['other', { kind: 'changed', isNew: false }],
        ['new', { kind: 'changed', isNew: true }],
      ],
    );
    assert.deepEqual(
      onlyServed.map(({ name }) => name),
      ['gone'],
    );
  });

  it('pending until every node that is connected has taken the type', () => {
    const type = (ackedVersion: string) => [
      { typeUrl: CLUSTER_TYPE, sentVersion: '2', ackedVersion, error: '' },
    ];
    const nodes = [
      { id: 'lab.a', connected: true, types: type('2') },
      { id: 'lab.b', connected: true, types: type('1') },
      { id: 'lab.c', connected: false, types: type('1') },
    ];
    const at = (list: ControlPlaneState['nodes']) =>
      standings(
        input({ set: xdsSetOf([cluster('c')]), served: { ...served([['c', '{"name":"c"}']]), nodes: list } }),
      ).rows[0]?.standing;
    assert.deepEqual(at(nodes), { kind: 'pending', nodes: ['lab.b'] });
    assert.deepEqual(at(nodes.slice(0, 1)), { kind: 'inForce' });
  });

  it('rejected with its field, before anything else but an error in the file', () => {
    const rejections = [{ typeUrl: CLUSTER_TYPE, resource: 'c', field: 'lbPolicy', message: 'no' }];
    const given = input({ set: xdsSetOf([cluster('c')]), served: served([]), rejections });
    assert.deepEqual(standings(given).rows[0]?.standing, {
      kind: 'rejected',
      field: 'lbPolicy',
      message: 'no',
    });
    const errors = new Map([[`${CLUSTER_TYPE}\nc`, 'wrong']]);
    assert.deepEqual(standings({ ...given, errors }).rows[0]?.standing, {
      kind: 'invalid',
      message: 'wrong',
    });
  });

  it('unknown without a lab; types of one name are kept apart', () => {
    const set = xdsSetOf([cluster('x'), { typeUrl: ROUTE_TYPE, name: 'x', value: {} }]);
    assert.deepEqual(
      standings(input({ set })).rows.map(({ standing }) => standing.kind),
      ['unknown', 'unknown'],
    );
    assert.equal(sameAsServed(set, served([['x', '{"name":"x"}']])), false);
  });
});

function input(change: Partial<StandingInput>): StandingInput {
  return {
    set: xdsSetOf([]),
    errors: new Map(),
    served: undefined,
    nodes: new Map(),
    rejections: [],
    ...change,
  };
}

function served(clusters: readonly (readonly [name: string, json: string])[]): ControlPlaneState {
  return {
    version: '1',
    nodes: [],
    rejections: [],
    resources: clusters.map(([name, json]) => ({ typeUrl: CLUSTER_TYPE, name, json })),
  };
}
