import { BpfError, errnoName } from './errors.js';
import { native } from './native.js';

/** Throws a BpfError when a native call answered -errno; gives the result otherwise. */
export function checked<T>(operation: string, result: T | number): T {
  if (typeof result === 'number' && result < 0) throw failure(operation, -result);
  return result as T;
}

/** The error of an operation that failed with a (positive) errno, with what libbpf printed. */
export function failure(operation: string, errno: number, log: string = native().takeLog()): BpfError {
  return new BpfError({
    reason: 'kernel',
    operation,
    errno,
    log,
    message: lastWarning(log),
    hint: hint(errno, operation),
  });
}

/** The call makes no sense; nothing was tried. */
export function misuse(operation: string, message: string, hintText?: string): BpfError {
  return new BpfError({ reason: 'usage', operation, message, hint: hintText });
}

/** The last thing that libbpf said, which is the one nearest to the failure. */
function lastWarning(log: string): string {
  const lines = log.split('\n').filter((line) => line.startsWith('libbpf: '));
  return lines.at(-1)?.slice('libbpf: '.length).trim() ?? '';
}

function hint(errno: number, operation: string): string | undefined {
  switch (errnoName(errno)) {
    case 'EPERM':
      return 'run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON';
    case 'ENOENT':
      return operation.includes('pin') ? 'nothing is pinned there; is bpffs mounted?' : undefined;
    case 'EEXIST':
      return operation.startsWith('pin') ? 'something is pinned there: unpin it first' : undefined;
    case 'E2BIG':
      return 'the map is full: raise its max_entries before load';
    case 'ENOMEM':
      return 'the kernel had no memory, or the memory cgroup or RLIMIT_MEMLOCK is used up';
    case 'ENOSPC':
      return operation.includes('map')
        ? 'no room: for a socket map the value must have 8 bytes to be read'
        : undefined;
    case 'ENOTSUPP':
    case 'EOPNOTSUPP':
      return 'the kernel does not support this for this type';
    default:
      return undefined;
  }
}
