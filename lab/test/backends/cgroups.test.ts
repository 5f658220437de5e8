import assert from 'node:assert/strict';
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabError } from '../../src/backends/errors.js';
import {
  assertBelowLab,
  cgroup2Mount,
  createCgroup,
  existingCgroups,
  labCgroups,
  removeCgroups,
} from '../../src/backends/local/cgroups.js';
import { parseMountInfo } from '../../src/backends/local/mounts.js';
import { testLabName } from './testLab.js';

describe('cgroups of a lab', () => {
  const mount = cgroup2Mount();

  describe('a path that the lab may touch', () => {
    const allowed = [
      '/onehop.demo',
      '/onehop.demo/',
      '/onehop.demo/node-1/workloads/reviews-v1',
      '/x/../onehop.demo',
    ];
    for (const path of allowed) it(path, () => assertBelowLab(mount + path, 'demo'));
  });

  describe('a path that the lab refuses', () => {
    const refused = [
      ['the root cgroup', mount],
      ['the root cgroup, written otherwise', `${mount}/.`],
      ['above the mount', '/'],
      ['another lab', `${mount}/onehop.demo2`],
      ['a name that only begins like the lab', `${mount}/onehop.demo.x`],
      ['out of the lab again', `${mount}/onehop.demo/../..`],
      ['somebody else', `${mount}/system.slice`],
      ['the same name below somebody else', `${mount}/system.slice/onehop.demo`],
      ['no path', ''],
    ] as const;
    for (const [what, path] of refused) {
      it(what, () =>
        assert.throws(
          () => assertBelowLab(path, 'demo'),
          (error) => LabError.is(error, 'unsafe-cgroup'),
        ),
      );
    }
  });

  it('asks before it makes a cgroup', () => {
    assert.throws(
      () => createCgroup(join(mount, 'not-of-a-lab'), 'demo'),
      (error) => LabError.is(error, 'unsafe-cgroup'),
    );
    assert.throws(
      () => labCgroups('demo').workload('..', '../../x'),
      (error) => LabError.is(error, 'unsafe-cgroup'),
    );
  });

  describe('the cgroup2 mount', () => {
    const line = (point: string, type: string): string =>
      `41 31 0:38 / ${point} rw,relatime shared:9 - ${type} ${type} rw`;
    const cases: [string, string[], string | undefined][] = [
      ['pure v2', [line('/sys/fs/cgroup', 'cgroup2')], '/sys/fs/cgroup'],
      [
        'hybrid',
        [
          line('/sys/fs/cgroup', 'tmpfs'),
          line('/sys/fs/cgroup/cpu', 'cgroup'),
          line('/sys/fs/cgroup/unified', 'cgroup2'),
        ],
        '/sys/fs/cgroup/unified',
      ],
      [
        'the usual place before others',
        [line('/mnt/cg2', 'cgroup2'), line('/sys/fs/cgroup', 'cgroup2')],
        '/sys/fs/cgroup',
      ],
      ['any place', [line('/mnt/my\\040cgroups', 'cgroup2')], '/mnt/my cgroups'],
      ['none', [line('/sys/fs/cgroup', 'tmpfs')], undefined],
    ];
    for (const [what, lines, expected] of cases) {
      it(what, () => {
        const find = (): string => cgroup2Mount(parseMountInfo(lines.join('\n')));
        if (expected === undefined) assert.throws(find, (error) => LabError.is(error, 'unsupported'));
        else assert.equal(find(), expected);
      });
    }
  });

  it('are removed with what others made in them, and only they', async () => {
    const lab = testLabName('cg');
    const neighbour = testLabName('cg-2');
    const paths = labCgroups(lab);
    createCgroup(paths.workload('node-1', 'a'), lab);
    createCgroup(labCgroups(neighbour).root, neighbour);
    mkdirSync(join(paths.workload('node-1', 'a'), 'made', 'by-the-workload'), { recursive: true });
    try {
      assert.equal(existingCgroups(lab).length, 6);
      const { cgroups } = await removeCgroups(lab);
      assert.equal(cgroups.length, 6);
      assert.deepEqual(existingCgroups(lab), []);
      assert.deepEqual(existingCgroups(neighbour), [labCgroups(neighbour).root]);
    } finally {
      rmdirSync(labCgroups(neighbour).root);
    }
  });
});
