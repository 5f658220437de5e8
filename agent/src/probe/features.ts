import type { MapType, ProgramType } from 'libbpf-ts/kernelTypes.js';
import type { Kernel } from './kernel.js';

/** A feature of the kernel, and what is lost without it. */
export interface Feature {
  readonly name: string;
  readonly required: boolean;
  /** What does not work without it. */
  readonly lost: string;
  /** How to get it. */
  readonly remedy: string;
  /** Needs bpf(2) to find out: without CAP_BPF the answer is unknown. */
  readonly tried: boolean;
  readonly check: (kernel: Kernel) => boolean;
}

const oldest = '6.1';

/** Bits of linux/capability.h. CAP_SYS_ADMIN stands for BPF and PERFMON, as before Linux 5.8. */
const capability = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const;

/** In the order in which they are shown. */
export const features: readonly Feature[] = [
  {
    ...required(`Linux ${oldest}`, 'the datapath is neither built nor tested for older kernels'),
    remedy: `Use Linux ${oldest} or newer.`,
    check: ({ release }) => isAtLeast(release, oldest),
  },
  holds('CAP_BPF', 'no BPF program or map can be made'),
  holds('CAP_PERFMON', 'programs may not read packet data by address'),
  holds('CAP_NET_ADMIN', 'programs cannot be attached to sockets and cgroups'),
  {
    ...required('kernel BTF', 'maps and events cannot be typed, tracing programs cannot be loaded'),
    remedy: 'Needs a kernel with CONFIG_DEBUG_INFO_BTF=y (/sys/kernel/btf/vmlinux).',
    check: ({ btf }) => btf,
  },
  {
    ...required('cgroup2', 'programs cannot be attached to the workloads of a lab'),
    remedy: 'Mount it: mount -t cgroup2 none /sys/fs/cgroup/unified.',
    check: ({ cgroup2 }) => cgroup2 !== undefined,
  },
  program('cgroup_sock_addr', 'connections to services cannot be taken over', 'CONFIG_CGROUP_BPF'),
  program('sock_ops', 'connections cannot be followed', 'CONFIG_CGROUP_BPF'),
  program('sk_msg', 'requests cannot be routed in the kernel', 'CONFIG_BPF_STREAM_PARSER'),
  program('sk_skb', 'responses cannot be redirected in the kernel', 'CONFIG_BPF_STREAM_PARSER'),
  map('ringbuf', 'no events'),
  map('sockhash', 'sockets cannot be joined', 'CONFIG_BPF_STREAM_PARSER'),
  map('sk_storage', 'nothing can be remembered of a socket'),
  map('array_of_maps', 'no pool of warm connections for each endpoint'),
  map('stack', 'no pool of warm connections'),
  helper('cgroup_sock_addr', 'bpf_set_retval', 'a refused connection has no error code of its own'),
  helper('cgroup_sock_addr', 'bpf_sk_storage_get', 'the address that a client meant is forgotten'),
  helper('sock_ops', 'bpf_sock_hash_update', 'sockets cannot be joined'),
  helper('sk_msg', 'bpf_loop', 'requests cannot be parsed'),
  helper('sk_msg', 'bpf_get_prandom_u32', 'no weighted clusters'),
  helper('sk_msg', 'bpf_msg_redirect_hash', 'requests cannot be sent to an upstream'),
  helper('sk_msg', 'bpf_probe_read_kernel', 'requests cannot be read'),
  helper('sk_skb', 'bpf_sk_redirect_hash', 'responses cannot be sent to a client'),
  {
    ...optional('BPF JIT', 'programs are interpreted: the kernel path is several times slower'),
    remedy: 'sysctl net.core.bpf_jit_enable=1.',
    check: ({ setting }) => setting('/proc/sys/net/core/bpf_jit_enable') !== '0',
  },
  {
    ...optional('tp_btf/sock_recv_length', 'what a client has read of a response is not seen as it reads'),
    remedy: 'Needs Linux 6.3 or newer.',
    check: ({ btf, hasTracepoint }) => btf && hasTracepoint('sock_recv_length'),
  },
  {
    ...optional('fentry and fexit', 'functions of the kernel cannot be followed'),
    tried: true,
    remedy: 'Needs CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS=y, and a kernel that is not locked down.',
    // libbpf_probe_bpf_prog_type() tries a tracing program as fentry.
    check: ({ programType }) => programType('tracing'),
  },
  {
    ...optional('kTLS', 'nothing yet: TLS to endpoints is not supported'),
    remedy: 'Needs CONFIG_TLS.',
    // Also a module that is not loaded yet counts: it loads when it is first asked for.
    check: ({ hasFile, release }) =>
      hasFile('/proc/net/tls_stat') ||
      hasFile(`/lib/modules/${release}/kernel/net/tls/tls.ko.xz`) ||
      hasFile(`/lib/modules/${release}/kernel/net/tls/tls.ko`),
  },
];

/** Whether a kernel release (`6.18.44-fc`) is a version (`6.1`) or newer. */
export function isAtLeast(release: string, version: string): boolean {
  const [major = 0, minor = 0] = release.split(/[.-]/, 2).map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = version.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function required(name: string, lost: string) {
  return { name, required: true, lost, tried: false } as const;
}

function optional(name: string, lost: string) {
  return { name, required: false, lost, tried: false } as const;
}

function holds(name: keyof typeof capability, lost: string): Feature {
  const bits = name === 'CAP_NET_ADMIN' ? [capability[name]] : [capability[name], capability.CAP_SYS_ADMIN];
  return {
    ...required(name, lost),
    remedy: 'Run as root (sudo).',
    check: ({ capabilities }) => bits.some((bit) => (capabilities & (1n << bit)) !== 0n),
  };
}

function program(type: ProgramType, lost: string, config: string): Feature {
  return {
    ...required(`program type ${type}`, lost),
    tried: true,
    remedy: `Needs a kernel with ${config}=y.`,
    check: (kernel) => kernel.programType(type),
  };
}

function map(type: MapType, lost: string, config = 'CONFIG_BPF_SYSCALL'): Feature {
  return {
    ...required(`map type ${type}`, lost),
    tried: true,
    remedy: `Needs a kernel with ${config}=y.`,
    check: (kernel) => kernel.mapType(type),
  };
}

function helper(type: ProgramType, name: string, lost: string): Feature {
  return {
    ...required(`${name}() in ${type}`, lost),
    tried: true,
    remedy: `Use Linux ${oldest} or newer.`,
    // Helpers are found by name in the kernel's BTF.
    check: (kernel) => kernel.btf && kernel.helper(type, name),
  };
}
