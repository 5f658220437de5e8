import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { compareEntries, compareResources } from '../../src/offline/compare.js';
import { compileOffline, entriesOf, type NamedEntry } from '../../src/offline/compiled.js';
import { btfOfObject, limitsOfObject, mapsOfObject } from '../../src/offline/objectMaps.js';
import type { XdsSet } from '../../src/resources/model.js';
import { BOOKINFO } from '../samples.js';

const btf = btfOfObject(readFileSync(new URL('../../../../bpf/build/onehop.bpf.o', import.meta.url)));
const maps = mapsOfObject(btf);

function setOf(text: string): XdsSet {
  const { set, hasErrors } = validateFiles([{ path: 'x.yaml', text }]);
  assert.ok(!hasErrors);
  return set;
}

function compiled(text: string): { entries: NamedEntry[]; generation: number } {
  const made = compileOffline(setOf(text), limitsOfObject(maps));
  assert.ok(!('problems' in made));
  return { entries: entriesOf(made, btf, maps), generation: 1 };
}

/** Another resource before all others: every id is a different one. */
const shifted = BOOKINFO.replace(
  'resources:\n',
  `resources:\n- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: aaa\n  type: STATIC\n  load_assignment: { cluster_name: aaa, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 198.18.9.9, port_value: 1 } } } }] }] }\n`,
);

describe('comparisons', () => {
  it('of resources name the field', () => {
    const other = BOOKINFO.replace('exact: jason', 'exact: martha').replaceAll('ratings-db', 'db');
    const found = compareResources(setOf(BOOKINFO), setOf(other));
    assert.deepEqual(found.find(({ name }) => name === 'RouteConfiguration reviews')?.fields, [
      {
        field: 'virtualHosts[0].routes[0].match.headers[0].stringMatch.exact',
        left: 'jason',
        right: 'martha',
      },
    ]);
    assert.equal(found.find(({ name }) => name === 'Cluster ratings-db')?.fields[0]?.right, null);
    assert.equal(found.find(({ name }) => name === 'Cluster db')?.fields[0]?.left, null);
    assert.deepEqual(compareResources(setOf(BOOKINFO), setOf(BOOKINFO)), []);
  });

  it('of entries follow ids to what they stand for', () => {
    assert.deepEqual(
      compareEntries(compiled(BOOKINFO), compiled(shifted))
        .map(({ name }) => name)
        .sort(),
      ['cluster aaa', 'endpoint 198.18.9.9:1 of cluster aaa'],
    );
    const changed = BOOKINFO.replace('exact: jason', 'exact: martha').replace('weight: 90', 'weight: 80');
    assert.deepEqual(compareEntries(compiled(BOOKINFO), compiled(changed)), [
      {
        name: 'route jason of virtual host reviews',
        fields: [{ field: 'conditions[0].value', left: 'jason', right: 'martha' }],
      },
      {
        name: 'route canary of virtual host reviews',
        fields: [
          { field: 'split[0].upto', left: 90, right: 80 },
          { field: 'split[1].upto', left: 100, right: 90 },
        ],
      },
    ]);
  });

  it('of entries see one that is missing', () => {
    const { entries, generation } = compiled(BOOKINFO);
    const without = entries.filter(({ map, note }) => map !== 'oh_cluster' || note !== 'cluster reviews-v3');
    assert.deepEqual(
      compareEntries({ entries, generation }, { entries: without, generation }).map(({ name, fields }) => [
        name,
        fields[0]?.right,
      ]),
      [['cluster reviews-v3', null]],
    );
  });
});
