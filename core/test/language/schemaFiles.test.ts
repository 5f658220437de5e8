import assert from 'node:assert/strict';
import { completeBySchema, hoverBySchema, type NamesAt } from '../../src/language/schemaFiles.js';
import { ROUTE_TESTS_SCHEMA } from '../../src/routetests/schema.js';
import { TOPOLOGY_SCHEMA } from '../../src/topology/schema.js';
import { cursorText } from './cursorText.js';

const names: NamesAt = (path) => {
  const last = path.slice(-2).join(' ');
  return last === 'expect cluster' || last === 'weights *' ? ['reviews-v1', 'reviews-v2'] : [];
};

function labels(schema: typeof TOPOLOGY_SCHEMA, marked: string): string[] {
  const { text, offset } = cursorText(marked);
  return completeBySchema(schema, text, offset, names).map(({ label }) => label);
}

describe('files with a schema of ours', () => {
  // prettier-ignore
  const cases: [title: string, schema: typeof TOPOLOGY_SCHEMA, marked: string, expected: string[]][] = [
    ['an empty lab', TOPOLOGY_SCHEMA, '▮', ['name', 'nodes', 'services', 'workloads']],
    ['what a lab still lacks', TOPOLOGY_SCHEMA, 'name: a\n▮', ['nodes', 'services', 'workloads']],
    ['an element', TOPOLOGY_SCHEMA, 'nodes:\n  - ▮', ['name', 'addresses']],
    ['the parts of a workload', TOPOLOGY_SCHEMA, 'workloads:\n  - name: a\n    ▮\n', ['node', 'addresses', 'service', 'command', 'env']],
    ['in braces', TOPOLOGY_SCHEMA, 'workloads:\n  - service: { app: a, ▮ }\n', ['port', 'version']],
    ['a test', ROUTE_TESTS_SCHEMA, 'tests:\n  - name: a\n    ex▮\n', ['request', 'expect', 'cases']],
    ['an expectation', ROUTE_TESTS_SCHEMA, 'tests:\n  - name: a\n    expect: { ▮ }\n', ['cluster', 'route', 'virtual_host', 'status', 'path', 'weights']],
    ['one of a few words', ROUTE_TESTS_SCHEMA, 'tests:\n  - expect: { path: ▮ }\n', ['direct', 'kernel', 'relay']],
    ['a name', ROUTE_TESTS_SCHEMA, 'tests:\n  - expect:\n      cluster: ▮\n', ['reviews-v1', 'reviews-v2']],
    ['a name as a key', ROUTE_TESTS_SCHEMA, 'tests:\n  - expect: { weights: { reviews-v1: 90, ▮ } }\n', ['reviews-v2']],
  ];
  for (const [title, schema, marked, expected] of cases)
    it(title, () => assert.deepEqual(labels(schema, marked), expected));

  it('hover has description, type and rule', () => {
    const { text, offset } = cursorText('workloads:\n  - service: { po▮rt: 1 }\n');
    const found = hoverBySchema(TOPOLOGY_SCHEMA, text, offset)?.markdown;
    assert.equal(
      found,
      '**port** · whole number · required\n\nThe TCP port on which it listens.\n\nFrom 1 to 65535.',
    );
    assert.equal(hoverBySchema(TOPOLOGY_SCHEMA, 'nope: 1', 1), undefined);
  });
});
