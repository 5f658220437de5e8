/** How it was measured, in words; part of the results. */
import { envoyVersion } from './envoy.js';
import type { Plan } from './plan.js';
import type { Row } from './results.js';

export function describeMethod(plan: Plan): string[] {
  return [
    `Every round measures all arms at a point one right after the other, each round in another order (${plan.rounds} rounds). Ratios are taken within a round; tables show the median of the rounds, whiskers the smallest and the largest. Ratios of an arm are to no mesh in the same place: client and server on one node, or on two.`,
    'A node is a network namespace; nodes are joined by veth pairs and a bridge. Client, server, Envoys and agents all run on this one machine and share its cores: a rate is that of the whole path, not of one process.',
    'no mesh, the Envoys and OneHop run in two labs side by side, so that no program of ours sees the connections of the others.',
    'Server and load generator are small C programs with one thread each (lab/src/bench/native). Every response is compared in full: status, length, the number of its request and every byte of the body. One wrong byte fails the run.',
    'Where nginx and wrk are installed, the kernel arms are measured between them, too (1 KiB, one worker, one thread): beside our own endpoints, which do next to nothing, they stand for real ones.',
    'Closed loop: so many connections, each asks again as soon as it is answered. New connection: each request opens one, says `Connection: close`, and waits until the server has closed it.',
    'Fixed rate: requests have fixed times; latency counts from the time at which a request was due, not from when it could be sent, so a stall counts for everybody who would have waited (no coordinated omission). The rate of a group is half of what its slowest arm reaches in the closed loop.',
    `Envoy is release ${envoyVersion} with \`--concurrency 1\` and the same routes as OneHop: one host, one header match, weights 90 to 10. The pair stands for two sidecars; clients connect to it directly, without the redirection that a sidecar mesh adds. The variant "all cores" is Envoy's own default.`,
    'The relay arm is OneHop with the knob force-relay: every request goes through user space in the agent.',
    'CPU per request is the CPU time of the cgroups of all participants (client, server, agents, control plane, Envoys), divided by all requests of the run. Softirq work is charged to whichever process it interrupts. Work of kworkers and ksoftirqd is charged to no cgroup; it is measured for the whole machine and shown beside it. “CPU to no mesh” is the ratio of both together; other load on the machine hardly moves it.',
    'Run time of BPF programs is counted by the kernel (BPF_ENABLE_STATS) in runs of their own, because counting slows them.',
    'Others’ CPU is the share of the machine that went neither to the labs nor to kernel threads, measured during each window: above a few per cent, read the figures with care.',
  ];
}

/** What a reader of this run must know. */
export function describeNotes(rows: readonly Row[], loadBefore: readonly number[]): string[] {
  const others = Math.max(0, ...rows.map((row) => row.othersCpuShare));
  const wide = rows.filter(
    ({ ratioToNoMeshSpread: { min, max, median } }) => (max - min) / median > 0.5,
  ).length;
  return [
    `Load average before the run: ${loadBefore.map((load) => load.toFixed(1)).join(', ')}. Others used up to ${Math.round(others * 100)} % of the machine during a window (median of the rounds at the worst point).`,
    ...(wide > 0
      ? [
          `At ${wide} of ${rows.length} rows the rounds differ by more than half of their median: noise, read them with care.`,
        ]
      : []),
  ];
}
