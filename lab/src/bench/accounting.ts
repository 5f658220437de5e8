/** CPU time and memory, from the kernel's own books. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Microseconds that a cgroup (with its children) has used; cpu.stat of cgroup v2. */
export function cgroupCpuUs(cgroup: string): number {
  return parseCpuStat(readFileSync(join(cgroup, 'cpu.stat'), 'utf8'));
}

export function parseCpuStat(text: string): number {
  return Number(/^usage_usec (\d+)$/m.exec(text)?.[1] ?? NaN);
}

/** Microseconds of all CPUs since boot, busy and in all; /proc/stat counts hundredths of a second. */
export function machineCpuUs(): { readonly busy: number; readonly all: number } {
  return parseProcStat(readFileSync('/proc/stat', 'utf8'));
}

export function parseProcStat(text: string): { readonly busy: number; readonly all: number } {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (
    /^cpu +(.*)$/m.exec(text)?.[1] ?? ''
  )
    .split(/\s+/)
    .map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy: busy * 10_000, all: (busy + idle + iowait) * 10_000 };
}

/**
 * Microseconds of all kworkers and ksoftirqd together: what the kernel does on behalf of connections in threads of
 * its own (the backlog of a sockmap, packets under load) is charged to no cgroup.
 */
export function kernelThreadsUs(): number {
  let total = 0;
  for (const pid of kernelWorkers()) {
    try {
      total += Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
    } catch {
      // It has ended: kworkers come and go.
    }
  }
  return total;
}

let workers: { readonly at: number; readonly pids: readonly string[] } | undefined;

/** Looked up anew every two seconds: reading all of /proc takes longer than a short measurement should wait. */
function kernelWorkers(): readonly string[] {
  if (workers !== undefined && performance.now() - workers.at < 2000) return workers.pids;
  const pids = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return /^(kworker|ksoftirqd)\//.test(readFileSync(`/proc/${name}/comm`, 'utf8'));
    } catch {
      return false;
    }
  });
  workers = { at: performance.now(), pids };
  return pids;
}

/** Bytes of a process in memory. */
export function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) * 1024;
}

/** Bytes of the BPF maps that a process holds open, each once. */
export function mapBytes(pid: number): { readonly maps: number; readonly bytes: number } {
  const sizes = new Map<string, number>();
  const directory = `/proc/${pid}/fdinfo`;
  for (const fd of readdirSync(directory)) {
    try {
      const map = parseMapFdinfo(readFileSync(join(directory, fd), 'utf8'));
      if (map !== undefined) sizes.set(map.id, map.bytes);
    } catch {
      // Closed meanwhile.
    }
  }
  return { maps: sizes.size, bytes: [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

export function parseMapFdinfo(text: string): { readonly id: string; readonly bytes: number } | undefined {
  const id = /^map_id:\s+(\d+)$/m.exec(text)?.[1];
  const bytes = /^memlock:\s+(\d+)$/m.exec(text)?.[1];
  return id === undefined || bytes === undefined ? undefined : { id, bytes: Number(bytes) };
}
