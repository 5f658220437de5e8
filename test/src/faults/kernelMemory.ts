/**
 * Memory that sockets hold in the kernel. No single number tells it all, so three are taken:
 *
 * - `sockstat`: pages charged to TCP, `mem` in /proc/net/sockstat. One counter for the whole machine (tcp_memory_allocated),
 *   whatever namespace it is read in. It includes redirected data that waits in a struct sk_psock since that is charged to
 *   its reader (sk_psock_create_ingress_msg(), and bpf_tcp_ingress() since Linux 6.12).
 * - `queued`: what each socket of the lab says of itself (SK_MEMINFO, `ss -m`): receive queue, send queue, both with the
 *   kernel's own overhead. It knows the namespace, but not data between two sockets.
 * - `other`: what the machine lost of MemAvailable and no process gained. Whatever is charged to nobody is in there, with
 *   everything else that happens on the machine: a check on the first two, not a measure.
 *
 * cgroups do not help: where memory is a v1 hierarchy, the lab's processes are in its root.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { labNames, NETNS_DIRECTORY } from '@onehop/lab/backends/local/names.js';
import { nodes, type Node } from './faultLab.js';

const run = promisify(execFile);
const pageBytes = 4096;

/** In bytes. */
export interface KernelMemory {
  readonly sockstat: number;
  readonly queued: number;
  readonly other: number;
}

/** Reads the memory of a lab's sockets, as the difference to the moment when it was made. */
export class KernelMemoryMeter {
  readonly #sockstat = sockstat();
  readonly #other = unaccounted();

  constructor(private readonly lab: string) {}

  async read(): Promise<KernelMemory> {
    const queued = await Promise.all(nodes.map((node) => queuedOn(this.lab, node)));
    return {
      sockstat: sockstat() - this.#sockstat,
      queued: queued.reduce((sum, one) => sum + one, 0),
      other: unaccounted() - this.#other,
    };
  }
}

/** Runs `ss` in the namespace of a node. */
export async function ss(lab: string, node: Node, ...options: readonly string[]): Promise<string> {
  const namespace = `${NETNS_DIRECTORY}/${labNames(lab).nodeNamespace(node)}`;
  const { stdout } = await run('nsenter', [`--net=${namespace}`, 'ss', '-H', '-O', '-t', '-n', ...options], {
    maxBuffer: 1 << 28,
  });
  return stdout;
}

/** skmem:(r<rmem_alloc>,rb…,t<wmem_alloc>,tb…,f<fwd_alloc>,w<wmem_queued>,o<optmem>,bl<backlog>,d…) */
async function queuedOn(lab: string, node: Node): Promise<number> {
  let sum = 0;
  for (const [, r, f, w, o, bl] of (await ss(lab, node, '-a', '-m')).matchAll(
    /skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f(\d+),w(\d+),o(\d+),bl(\d+)/g,
  ))
    sum += Number(r) + (Number(f) | 0) + Number(w) + Number(o) + Number(bl);
  return sum;
}

function sockstat(): number {
  const text = readFileSync('/proc/net/sockstat', 'utf8');
  return Number(/^TCP:.* mem (\d+)$/m.exec(text)?.[1] ?? NaN) * pageBytes;
}

/** Memory that neither is available nor belongs to a process. */
function unaccounted(): number {
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'utf8'))?.[1]);
  let anonymous = 0;
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      anonymous += Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
      anonymous += Number(/^RssShmem:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    } catch {
      // it has ended
    }
  }
  return -(available + anonymous) * 1024;
}

/** Resident memory of a process, in bytes. */
export function rss(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

export function mib(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(0)} MiB`;
}
