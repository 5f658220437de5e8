import assert from 'node:assert/strict';
import { CLUSTER_TYPE } from '../../src/resources/model.js';
import { Workspace } from '../../src/workspace/workspace.js';
import { goodCluster, routes } from '../diagnostics/marked.js';

const toC = routes('- match: { prefix: / }\n  route: { cluster: c }');

describe('Workspace', () => {
  it('tells each file its problems, also those that another file makes', () => {
    const workspace = new Workspace();
    workspace.open('routes', toC);
    assert.deepEqual(
      workspace.problems('routes').map(({ rule }) => rule),
      ['dangling-cluster'],
    );
    workspace.open('clusters', goodCluster(''));
    assert.deepEqual(workspace.problems('routes'), []);
    assert.equal(workspace.locate(CLUSTER_TYPE, 'c')?.file, 'clusters');
    workspace.change('clusters', goodCluster('').replace('name: c', 'name: d'));
    assert.deepEqual(
      workspace.problems('routes').map(({ message }) => message),
      ['Cluster "c" is not defined.'],
    );
    assert.deepEqual([...workspace.set.clusters.keys()], ['d']);
    workspace.close('clusters');
    assert.deepEqual(workspace.uris, ['routes']);
    assert.deepEqual(workspace.problems('clusters'), []);
  });

  it('stops when it is told to, and goes on later', async () => {
    const workspace = new Workspace();
    workspace.open('routes', toC);
    assert.equal(await workspace.prepare(() => Promise.resolve(false)), false);
    assert.equal(await workspace.prepare(() => Promise.resolve(true)), true);
    assert.equal(workspace.problems('routes').length, 1);
  });
});
