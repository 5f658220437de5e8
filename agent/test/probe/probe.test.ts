import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { features, isAtLeast } from '../../src/probe/features.js';
import { findCgroup2, thisKernel, type Kernel } from '../../src/probe/kernel.js';
import { KernelError, mustRun, probeKernel } from '../../src/probe/probe.js';

describe('probe', () => {
  it('finds on this kernel all that the datapath needs', () => {
    const probe = probeKernel(thisKernel());
    assert.deepEqual(
      probe.capabilities.filter(({ available, required }) => required && !available).map(({ name }) => name),
      [],
    );
    assert.doesNotThrow(() => mustRun(probe));
  });

  it('accepts a kernel that has everything', () => {
    assert.ok(probeKernel(kernel({})).capabilities.every(({ available }) => available));
  });

  const lacks: [what: string, kernel: Kernel, named: RegExp][] = [
    ['its age', kernel({ release: '5.15.0-100' }), /Linux 6\.1 \(/],
    ['BTF', kernel({ btf: false }), /kernel BTF \(.*bpf_loop\(\) in sk_msg/],
    ['cgroup2', kernel({ cgroup2: undefined }), /cgroup2 \(programs cannot be attached/],
    ['CAP_NET_ADMIN', kernel({ capabilities: 1n << 21n }), /CAP_NET_ADMIN \(/],
    [
      'sk_msg',
      kernel({ programType: (type) => type !== 'sk_msg' }),
      /program type sk_msg \(requests cannot be routed/,
    ],
    ['ring buffers', kernel({ mapType: (type) => type !== 'ringbuf' }), /map type ringbuf \(no events\)/],
    ['bpf_loop', kernel({ helper: (_type, name) => name !== 'bpf_loop' }), /bpf_loop\(\) in sk_msg \(/],
    [
      'what it refuses to try',
      kernel({
        mapType: () => {
          throw new Error('EPERM');
        },
      }),
      /map type ringbuf.*map type sockhash.*map type sk_storage.*map type array_of_maps.*map type stack/,
    ],
  ];
  for (const [what, lacking, named] of lacks)
    it(`refuses a kernel for ${what}, and names it`, () => {
      const probe = probeKernel(lacking);
      assert.throws(
        () => mustRun(probe),
        (error) =>
          error instanceof KernelError &&
          named.test(error.message) &&
          error.hint !== '' &&
          error.missing.length > 0,
      );
    });

  it('names every one of many missing features', () => {
    const none = kernel({ programType: () => false, mapType: () => false, helper: () => false });
    const wanted = features.filter(({ required, tried }) => required && tried).map(({ name }) => name);
    assert.throws(
      () => mustRun(probeKernel(none)),
      (error) =>
        error instanceof KernelError &&
        wanted.every((name) => error.message.includes(name)) &&
        wanted.length > 15,
    );
  });

  it('runs without an optional feature, and says what is lost', () => {
    const probe = probeKernel(kernel({ hasFile: () => false, programType: (type) => type !== 'tracing' }));
    assert.doesNotThrow(() => mustRun(probe));
    assert.deepEqual(
      probe.capabilities.filter(({ available }) => !available).map(({ name, lost }) => [name, lost]),
      [
        ['fentry and fexit', 'functions of the kernel cannot be followed'],
        ['kTLS', 'nothing yet: TLS to endpoints is not supported'],
      ],
    );
  });

  it('tries nothing without the right to, and says so', () => {
    let tried = 0;
    const probe = probeKernel(
      kernel({
        capabilities: 0n,
        programType: () => {
          tried += 1;
          return true;
        },
      }),
    );
    assert.equal(tried, 0);
    const lost = probe.capabilities.find(({ name }) => name === 'program type sk_msg')?.lost;
    assert.match(lost ?? '', /not tried: that needs CAP_BPF/);
  });

  it('runs by itself and prints JSON', () => {
    const main = fileURLToPath(new URL('../../src/probe/main.js', import.meta.url));
    const { status, stdout } = spawnSync(process.execPath, [main, '--json'], { encoding: 'utf8' });
    const told = JSON.parse(stdout) as { kernel: string; libbpf: string; capabilities: { name: string }[] };
    assert.equal(status, 0);
    assert.match(told.libbpf, /^\d+\.\d+/);
    assert.deepEqual(
      told.capabilities.map(({ name }) => name),
      features.map(({ name }) => name),
    );
  });
});

describe('kernel releases', () => {
  for (const [release, version, expected] of [
    ['6.1.0', '6.1', true],
    ['6.18.44-fc-v669', '6.1', true],
    ['7.0-rc1', '6.1', true],
    ['6.0.19', '6.1', false],
    ['5.19.0', '6.1', false],
    ['10.0.1', '6.1', true],
  ] as const)
    it(`${release} is ${expected ? '' : 'not '}${version} or newer`, () =>
      assert.equal(isAtLeast(release, version), expected));
});

describe('cgroup2 mount', () => {
  const line = (path: string, type: string): string =>
    `30 25 0:26 / ${path} rw,nosuid shared:5 - ${type} none rw`;
  for (const [name, lines, expected] of [
    [
      'the unified mount of a hybrid system',
      [line('/sys/fs/cgroup', 'tmpfs'), line('/sys/fs/cgroup/unified', 'cgroup2')],
      '/sys/fs/cgroup/unified',
    ],
    [
      '/sys/fs/cgroup before others',
      [line('/run/x/cg2', 'cgroup2'), line('/sys/fs/cgroup', 'cgroup2')],
      '/sys/fs/cgroup',
    ],
    ['a path with a space', [line('/mnt/my\\040cgroups', 'cgroup2')], '/mnt/my cgroups'],
    ['none', [line('/sys/fs/cgroup', 'cgroup')], undefined],
  ] as const)
    it(`finds ${name}`, () => assert.equal(findCgroup2(lines.join('\n')), expected));
});

/** A kernel that has everything, but for what is given. */
function kernel(parts: Partial<Kernel>): Kernel {
  const yes = (): boolean => true;
  return {
    release: '6.18.44',
    btf: true,
    capabilities: (1n << 41n) - 1n,
    cgroup2: '/sys/fs/cgroup',
    programType: yes,
    mapType: yes,
    helper: yes,
    hasTracepoint: yes,
    hasFile: yes,
    setting: () => '1',
    ...parts,
  };
}
