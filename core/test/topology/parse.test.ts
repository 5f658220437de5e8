import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parseTopology } from '../../src/topology/parse.js';
import { TOPOLOGY_SCHEMA, topologySchemaText } from '../../src/topology/schema.js';
import { parseYaml } from '../../src/yaml/parse.js';
import { toJson } from '../../src/yaml/tree.js';

const GOOD = `name: demo
nodes:
- name: node-1
- name: node-2
  addresses: [198.18.2.1, "fd00:198:18:0002::0001"]
services:
- name: web.demo
  addresses: [198.18.100.1, fd00:198:18:100::1]
workloads:
- name: web-v1
  node: node-1
  addresses: [198.18.1.10, fd00:198:18:1::10]
  service: { app: web, version: v1, port: 80 }
- name: client
  node: node-2
  addresses: [198.19.255.255]
  command: [sleep, "100"]
  env: { DEBUG: "1" }
`;

describe('topology', () => {
  it('is read with its defaults', () => {
    assert.deepEqual(parseTopology(GOOD), {
      problems: [],
      topology: {
        name: 'demo',
        nodes: [
          { name: 'node-1', addresses: ['198.18.1.1', 'fd00:198:18:1::1'] },
          { name: 'node-2', addresses: ['198.18.2.1', 'fd00:198:18:2::1'] },
        ],
        services: [{ name: 'web.demo', addresses: ['198.18.100.1', 'fd00:198:18:100::1'] }],
        workloads: [
          {
            name: 'web-v1',
            node: 'node-1',
            addresses: ['198.18.1.10', 'fd00:198:18:1::10'],
            service: { app: 'web', version: 'v1', port: 80 },
          },
          {
            name: 'client',
            node: 'node-2',
            addresses: ['198.19.255.255'],
            command: ['sleep', '100'],
            env: { DEBUG: '1' },
          },
        ],
      },
    });
    assert.deepEqual(parseTopology('name: a\nnodes: [{ name: n }]\n').topology, {
      name: 'a',
      nodes: [{ name: 'n', addresses: ['198.18.1.1', 'fd00:198:18:1::1'] }],
      services: [],
      workloads: [],
    });
  });

  const change = (from: string, to: string): string => {
    assert.ok(GOOD.includes(from), from);
    return GOOD.replace(from, to);
  };

  // prettier-ignore
  const broken: [title: string, text: string, ...expected: string[]][] = [
    ['nothing', '', '1:1-1:1 syntax: The topology is empty. Begin with "name:" and "nodes:".'],
    ['a text', 'lab\n', '1:1-1:4 wrong-type: The topology must be a mapping, not the text "lab".'],
    ['two documents', `${GOOD}---\nname: b\n`, '20:1-20:5 syntax: A topology is one document. Put another lab in a file of its own.'],
    ['no YAML', change('nodes:', 'nodes: ['), '3:1-3:2 syntax: Flow sequence in block collection must be sufficiently indented and end with a ]. Align the line with its siblings.'],
    ['a key twice', change('nodes:', 'name: b\nnodes:'), '2:1-2:5 duplicate-key: "name" stands twice in one mapping. Keep one of them.'],
    ['no name', change('name: demo\n', ''), '1:1-1:6 required: The topology needs "name". The name of the lab: 1 to 32 lower-case letters, digits and "-".'],
    ['a bad name', change('demo', 'Demo_1'), '1:7-1:13 bad-format: "name" cannot be "Demo_1". Use lower-case letters, digits and "-".'],
    ['a name that is too long', change('demo', 'a'.repeat(33)), `1:7-1:40 bad-format: "name" cannot be "${'a'.repeat(33)}". Use lower-case letters, digits and "-".`],
    ['a name that is a number', change('demo', '5'), '1:7-1:8 wrong-type: "name" must be text, not the number 5. Put it in quotes.'],
    ['a name that is a boolean', change('demo', 'true'), '1:7-1:11 wrong-type: "name" must be text, not the boolean true. Put it in quotes.'],
    ['a misspelt key', change('workloads:', 'workload:'), '9:1-9:9 unknown-field: The topology has no "workload". Did you mean "workloads"?'],
    ['an unknown key', change('  command:', '  zzz: 1\n  command:'), '17:3-17:6 unknown-field: workloads[1] has no "zzz". It has name, node, addresses, service, command, env.'],
    ['no nodes', 'name: a\nnodes: []\n', '2:1-2:6 bad-length: "nodes" must have at least 1, not 0.'],
    ['nodes that are a mapping', 'name: a\nnodes: { name: n }\n', '2:1-2:6 wrong-type: "nodes" must be a list, not a mapping. Begin each element with "- ".'],
    ['a node twice', change('node-2\n  addresses: [198.18.2.1', 'node-1\n  addresses: [198.18.2.1'), '4:9-4:15 duplicate-name: There are two nodes called "node-1". Rename one of them.', '15:9-15:15 unknown-node: Node "node-2" is not defined. Did you mean "node-1"?'],
    ['a reserved node', change('- name: node-1', '- name: switch').replace('node: node-1', 'node: switch'), '3:9-3:15 bad-format: A node cannot be called "switch": the lab has a part of that name. Choose another name.'],
    ['a workload twice', change('name: client', 'name: web-v1'), '14:9-14:15 duplicate-name: There are two workloads called "web-v1". Rename one of them.'],
    ['an unknown node', change('node: node-2', 'node: nod-2'), '15:9-15:14 unknown-node: Node "nod-2" is not defined. Did you mean "node-2"?'],
    ['a workload without addresses', change('\n  addresses: [198.19.255.255]', ''), '14:3-14:7 required: workloads[1] needs "addresses". The addresses of the workload: one IPv4, one IPv6, or both.'],
    ['a list that is too long', change('[198.19.255.255]', '[198.18.2.9, 198.18.2.8, 198.18.2.7]'), '16:3-16:12 bad-length: "addresses" must have at most 2, not 3.'],
    ['two addresses of a kind', change('[198.19.255.255]', '[198.18.2.9, 198.18.2.8]'), '16:27-16:37 bad-address: The workload "client" has two IPv4 addresses. Keep one of each kind.'],
    ['no address', change('198.19.255.255', 'somewhere'), '16:15-16:24 bad-address: "somewhere" is no IP address. Write an IPv4 or IPv6 address.'],
    ['a prefix length', change('198.18.2.1,', '198.18.2.1/24,'), '5:15-5:28 bad-address: "198.18.2.1/24" is no IP address. Leave out the prefix length: the lab is one network.'],
    ['an address outside', change('198.19.255.255', '198.20.0.1'), "16:15-16:25 outside-address: 198.20.0.1 is outside of the lab's network. Use an address of 198.18.0.0/15."],
    ['an IPv6 address outside', change('198.19.255.255', 'fd00:198:19::1'), "16:15-16:29 outside-address: fd00:198:19::1 is outside of the lab's network. Use an address of fd00:198:18::/48."],
    ['the address of the network', change('198.19.255.255', '198.18.0.0'), "16:15-16:25 outside-address: 198.18.0.0 is outside of the lab's network. Use an address of 198.18.0.0/15."],
    ['an address that two have', change('198.19.255.255', '198.18.1.10'), '16:15-16:26 duplicate-address: The workload "client" and the workload "web-v1" have the same address 198.18.1.10. Give each an address of its own.'],
    ['an address of a service', change('198.19.255.255', '198.18.100.1'), '16:15-16:27 duplicate-address: The workload "client" and the service "web.demo" have the same address 198.18.100.1. Give each an address of its own.'],
    ['the default address of a node, in another spelling', change('fd00:198:18:1::10', 'fd00:198:18:1:0:0:0:1'), '12:28-12:49 duplicate-address: The workload "web-v1" and the node "node-1" have the same address fd00:198:18:1::1. Give each an address of its own.'],
    ['a service without its app', change('app: web, ', ''), '13:3-13:10 required: "service" needs "app". Which one.'],
    ['a port out of range', change('port: 80', 'port: 70000'), '13:43-13:48 out-of-range: "port" must be from 1 to 65535, not 70000.'],
    ['a port that is text', change('port: 80', 'port: "80"'), '13:43-13:47 wrong-type: "port" must be a whole number, not the text "80".'],
    ['a number in a command', change('"100"', '100'), '17:20-17:23 wrong-type: command[1] must be text, not the number 100. Put it in quotes.'],
    ['an environment variable that cannot be', change('DEBUG', 'a-b'), '18:10-18:13 bad-format: "a-b" cannot be a name here. Use letters, digits and "_".'],
    ['an environment variable that is a number', change('"1"', '1'), '18:17-18:18 wrong-type: "DEBUG" must be text, not the number 1. Put it in quotes.'],
  ];
  for (const [title, text, ...expected] of broken) {
    it(`with ${title}`, () => {
      const { topology, problems } = parseTopology(text, 'x.lab.yaml');
      assert.equal(topology, undefined);
      assert.deepEqual(
        problems.map(
          ({ range: { start, end }, rule, message, hint }) =>
            `${start.line}:${start.column}-${end.line}:${end.column} ${rule}: ${[message, hint].filter(Boolean).join(' ')}`,
        ),
        expected,
      );
    });
  }

  it('has a schema that says the same about its form', () => {
    const accepts = new Ajv2020({ strict: true }).compile(TOPOLOGY_SCHEMA);
    const form = new Set(['wrong-type', 'bad-length', 'unknown-field', 'required', 'out-of-range']);
    let refused = 0;
    for (const [title, text] of [['good', GOOD] as const, ...broken]) {
      const { documents: [first], problems: unreadable } = parseYaml(text, 'core'); // prettier-ignore
      if (first?.root === undefined || unreadable.length > 0) continue;
      const isGood = !parseTopology(text).problems.some(
        ({ rule, message }) =>
          form.has(rule) || (rule === 'bad-format' && !message.includes('a part of that name')),
      );
      assert.equal(accepts(toJson(first.root)), isGood, title);
      if (!isGood) refused += 1;
    }
    assert.ok(refused > 15);
  });

  it('has that schema in a file of its own, for editors', () => {
    const file = new URL('../../../src/topology/topology.schema.json', import.meta.url);
    if (process.env['UPDATE_SCHEMA'] !== undefined) writeFileSync(file, topologySchemaText());
    assert.deepEqual(
      JSON.parse(readFileSync(file, 'utf8')),
      JSON.parse(topologySchemaText()),
      'run again with UPDATE_SCHEMA=1',
    );
  });
});
