import assert from 'node:assert/strict';
import { supportTable } from '../../src/routing/supportTable.js';

describe('table of features', () => {
  const table = supportTable();
  const find = (id: string): string | undefined => table.find((row) => row.id === id)?.where;

  it('has each field once', () => {
    assert.equal(new Set(table.map(({ id }) => id)).size, table.length);
    assert.ok(table.length > 300, `${table.length} rows`);
  });

  it('says where it is done', () => {
    assert.equal(find('route.virtual_hosts.domains'), 'kernel');
    assert.equal(find('route.virtual_hosts.routes.match.prefix'), 'kernel or relay');
    assert.equal(find('route.virtual_hosts.routes.match.dynamic_metadata'), 'refused');
    assert.equal(find('route.virtual_hosts.metadata'), 'not needed');
    assert.equal(find('endpoint.endpoints.lb_endpoints.health_status'), 'kernel');
    assert.equal(find('listener.filter_chains.filters.typed_config.[TcpProxy].cluster'), 'kernel');
  });

  it('has a note for all that is not simply done, and a way out of all that is refused', () => {
    for (const { id, where, note, instead } of table) {
      if (where !== 'kernel') assert.notEqual(note, '', id);
      if (where === 'refused') assert.notEqual(instead, '', id);
    }
  });
});
