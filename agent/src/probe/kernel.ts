import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import type { MapType, ProgramType } from 'libbpf-ts/kernelTypes.js';
import { kernelBtf, probeHelper, probeMapType, probeProgramType } from 'libbpf-ts/probe.js';

/** What can be asked of a kernel. Tests answer for kernels that are not there. */
export interface Kernel {
  /** As uname says: 6.18.44-fc. */
  readonly release: string;
  readonly btf: boolean;
  /** Effective capabilities of this process: bit N is capability N of linux/capability.h. */
  readonly capabilities: bigint;
  /** Where a cgroup2 file system is mounted. */
  readonly cgroup2: string | undefined;
  programType(type: ProgramType): boolean;
  mapType(type: MapType): boolean;
  /** May programs of a type call a helper, `bpf_loop`? */
  helper(type: ProgramType, name: string): boolean;
  /** A tracepoint by name, `sock_recv_length`. */
  hasTracepoint(name: string): boolean;
  hasFile(path: string): boolean;
  /** The first line of a file; undefined when it cannot be read. */
  setting(path: string): string | undefined;
}

/** The kernel that runs here. Program types, map types and helpers are tried, which needs CAP_BPF. */
export function thisKernel(): Kernel {
  return {
    release: release(),
    btf: existsSync('/sys/kernel/btf/vmlinux'),
    capabilities: BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(read('/proc/self/status'))?.[1] ?? '0'}`),
    cgroup2: findCgroup2(read('/proc/self/mountinfo')),
    programType: probeProgramType,
    mapType: probeMapType,
    helper: probeHelper,
    hasTracepoint: (name) => kernelBtf().find(`btf_trace_${name}`, 'typedef') !== undefined,
    hasFile: existsSync,
    setting: (path) => read(path).split('\n')[0]?.trim() || undefined,
  };
}

/** The mount point of the cgroup2 file system; of several, the one that the lab takes too: /sys/fs/cgroup first. */
export function findCgroup2(mountinfo: string): string | undefined {
  // proc_pid_mountinfo(5): ID parent major:minor root MOUNT-POINT options [tags…] - TYPE source options
  const mounts = mountinfo
    .split('\n')
    .filter((line) => / - cgroup2 /.test(line))
    .map((line) =>
      line
        .split(' ')[4]
        ?.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    );
  return mounts.find((path) => path === '/sys/fs/cgroup') ?? mounts[0];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
