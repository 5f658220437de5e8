import assert from 'node:assert/strict';
import { hostsText, type ServiceNames } from '../../src/backends/local/hosts.js';
import { echoTopology } from './testLab.js';

describe('the hosts file of a lab', () => {
  const check = (names: ServiceNames, name: string, expected: string[]): void => {
    const lines = hostsText(echoTopology('demo'), names).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.split(' ').includes(name)).map((line) => line.split(' ')[0]),
      expected,
    );
  };

  it('gives a service its own addresses', () => check('vip', 'echo', ['198.18.100.1', 'fd00:198:18:100::1']));
  it('gives it those of a workload without a mesh', () =>
    check('workload', 'echo', ['198.18.1.12', 'fd00:198:18:1::12']));
  it('names the workloads', () => check('vip', 'client', ['198.18.1.11', 'fd00:198:18:1::11']));
  it('knows localhost', () => check('vip', 'localhost', ['127.0.0.1', '::1']));
  it('lets a service keep its name when a workload has the same', () => {
    const topology = echoTopology('demo');
    const [first, ...others] = topology.workloads;
    assert.ok(first);
    const text = hostsText({ ...topology, workloads: [{ ...first, name: 'echo' }, ...others] }, 'vip');
    assert.equal(text.match(/ echo$/gm)?.length, 2);
    assert.match(text, /^198\.18\.100\.1 echo$/m);
  });
});
