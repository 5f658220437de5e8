import assert from 'node:assert/strict';
import { OptionError } from '../src/optionError.js';
import { parseOptions } from '../src/options.js';

const object = new URL('../../package.json', import.meta.url).pathname;
const needed = {
  node: 'node-1',
  lab: 'demo',
  cgroup: '/sys/fs/cgroup/onehop.demo/node-1',
  socket: '/run/onehop/demo/agent-node-1.sock',
  'control-plane': 'unix:/run/onehop/demo/xds.sock',
  object,
  router: object,
};

describe("the agent's command line", () => {
  it('has defaults', () => {
    const { anchorPort, workloads, log, logLevel } = parseOptions(flags({}));
    assert.deepEqual([anchorPort, workloads, log, logLevel], [15001, [], '-', 'info']);
  });

  it('says who the agent is and how it reaches its control plane', () => {
    const own = parseOptions(flags({}));
    assert.deepEqual(
      [own.identity, own.xds, own.security],
      [{ id: 'demo.node-1', cluster: 'demo' }, 'sotw', {}],
    );
    const other = parseOptions(
      flags({
        ...{
          'control-plane': 'xds.example:15012',
          xds: 'delta',
          'node-id': 'sidecar~1',
          'node-cluster': 'c',
        },
        ...{
          'node-metadata': '{"NAMESPACE":"x"}',
          'tls-ca': '/ca.pem',
          'tls-server-name': 'istiod',
          'token-file': '/t',
        },
      }),
    );
    assert.deepEqual(
      [other.controlPlane, other.xds, other.identity, other.security],
      [
        'xds.example:15012',
        'delta',
        { id: 'sidecar~1', cluster: 'c', metadata: { NAMESPACE: 'x' } },
        { tls: { ca: '/ca.pem', serverName: 'istiod' }, tokenFile: '/t' },
      ],
    );
    for (const wrong of [
      { xds: 'both' },
      { 'node-metadata': '[1]' },
      { 'tls-cert': '/c.pem' },
      { 'tls-ca': 'ca.pem' },
    ])
      assert.throws(() => parseOptions(flags(wrong)), OptionError);
  });

  it('takes workloads as JSON', () => {
    const workload = {
      name: 'reviews-v1',
      id: 3,
      addresses: ['198.18.1.13', 'fd00::13'],
      cgroup: `${needed.cgroup}/workloads/reviews-v1`,
    };
    assert.deepEqual(parseOptions(flags({ workloads: JSON.stringify([workload]) })).workloads, [workload]);
  });

  it('takes a path with or without a slash at the end', () =>
    assert.equal(parseOptions(flags({ cgroup: `${needed.cgroup}/` })).cgroup, needed.cgroup));

  for (const address of ['unix:/a', '127.0.0.1:15010', '[::1]:15010', 'istiod.example:15010'])
    it(`takes the control plane ${address}`, () =>
      assert.equal(parseOptions(flags({ 'control-plane': address })).controlPlane, address));

  const workload = { name: 'a', id: 1, addresses: [], cgroup: `${needed.cgroup}/workloads/a` };
  const bad: [what: string, change: Record<string, string | undefined>, message: RegExp][] = [
    ['no node', { node: undefined }, /^--node is missing/],
    ['a node of another form', { node: 'Node 1' }, /--node "Node 1" is not a name/],
    ['a lab with a slash', { lab: '../x' }, /--lab "\.\.\/x" is not a name/],
    ['a relative cgroup', { cgroup: 'onehop.demo' }, /--cgroup "onehop.demo" is not an absolute path/],
    ['a control plane without a port', { 'control-plane': 'istiod' }, /"istiod" is not an address/],
    ['an object that is not there', { object: '/no/such.o' }, /--object: there is no file \/no\/such\.o/],
    ['a port out of range', { 'anchor-port': '70000' }, /"70000" is not a port/],
    ['an unknown level', { 'log-level': 'loud' }, /"loud" is unknown/],
    ['an unknown flag', { anchor: '1' }, /Unknown option '--anchor'/],
    ['workloads that are no JSON', { workloads: '[' }, /--workloads is not JSON/],
    ['workloads that are no list', { workloads: '{}' }, /--workloads is not a list/],
    [
      'a workload with id 0',
      { workloads: JSON.stringify([{ ...workload, id: 0 }]) },
      /item 0 has the wrong form/,
    ],
    [
      'a workload with a bad address',
      { workloads: JSON.stringify([{ ...workload, addresses: ['x'] }]) },
      /item 0 has the wrong form/,
    ],
    [
      'an id that is there twice',
      { workloads: JSON.stringify([workload, { ...workload, name: 'b' }]) },
      /b \(id 1\) is there twice/,
    ],
    [
      'a workload elsewhere',
      { workloads: JSON.stringify([{ ...workload, cgroup: '/sys/fs/cgroup/user.slice' }]) },
      /is not below that of the node/,
    ],
  ];
  for (const [what, change, message] of bad)
    it(`refuses ${what}`, () =>
      assert.throws(
        () => parseOptions(flags(change)),
        (error) => error instanceof OptionError && message.test(error.message) && error.hint !== '',
      ));
});

function flags(change: Record<string, string | undefined>): string[] {
  return Object.entries({ ...needed, ...change }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
}
