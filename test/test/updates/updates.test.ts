import assert from 'node:assert/strict';
import { cpus, loadavg } from 'node:os';
import { UpdatesLab } from '../../src/updates/updatesLab.js';

/** Changes under load, or as many as there are in this time; ONEHOP_UPDATES=10000 for the whole number, however long. */
const WHOLE = process.env['ONEHOP_UPDATES'];
const UPDATES = Number(WHOLE ?? 1500);
const AT_MOST_MS = WHOLE === undefined ? 40_000 : UPDATES * 400;
/** Bytes of the agent, of which 10,000 changes were seen to need up to 495 MiB. */
const MOST = 640 * 2 ** 20;
/** Bytes a change. The collector makes the slope uncertain by some 4 kB: a leak of 10 kB a change is found for sure. */
const LEAK = 2048;
/** Milliseconds of processor time for a change. 6 were seen, and 9 on two processors with ten others at work. */
const CPU_MS = 14;
const WINDOWS = 5;
const IN_WINDOW = 100;
const size = { clusters: 1000, endpoints: 10, routes: 2000 };

describe(`updates of ${size.clusters} clusters, ${size.clusters * size.endpoints} endpoints, ${size.routes} routes`, function () {
  this.timeout(120_000 + AT_MOST_MS);
  let lab: UpdatesLab;

  before(async () => {
    lab = await UpdatesLab.up(`t-${process.pid}-upd`, size, 'delta');
    await lab.load(0, 0);
  });
  after(() => lab.down());

  it('one route is enforced in 20 ms (p99), and only its entries are written', async () => {
    for (let i = 0; i < 30; i++) await lab.update({ mix: false, keep: true });
    const before = await lab.generation();
    const cpu = await lab.agentCpu();
    const windows: number[][] = [];
    const begin = performance.now();
    while (windows.length < WINDOWS && performance.now() - begin < 30_000) {
      const times: number[] = [];
      for (let i = 0; i < IN_WINDOW; i++) {
        times.push(await lab.update({ mix: false, keep: true }));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      windows.push(times.sort((a, b) => a - b));
    }
    const count = windows.length * IN_WINDOW;
    const perChange = ((await lab.agentCpu()) - cpu) / count;
    // Other work on the machine makes all times longer: the window that had least of it is looked at.
    windows.sort((a, b) => at(a, 0.99) - at(b, 0.99));
    const [best = []] = windows;
    const text = [0.5, 0.9, 0.99, 1]
      .map((share) => `p${share * 100} ${at(best, share).toFixed(1)} ms`)
      .join(', ');
    console.log(
      `      changes of one route, to the end of the first request decided by it, in the best of ${windows.length} windows of ` +
        `${IN_WINDOW}: ${text}; ${perChange.toFixed(1)} ms of the agent's processor time each, requests and all`,
    );
    const entries = lab.entriesWritten(before);
    assert.equal(entries.length, count, 'each change is a generation');
    assert.ok(Math.max(...entries) <= 3, `${Math.max(...entries)} entries`);
    assert.ok(perChange <= CPU_MS, `${perChange} ms of the agent's processor time`);
    const load = loadavg()[0] ?? 0;
    if (load < cpus().length) assert.ok(at(best, 0.99) <= 20, text);
    else
      console.log(
        `      the machine is busy (load ${load.toFixed(1)}): p99 is not judged, processor time is`,
      );
  });

  it('under load no request is lost or decided by two generations, and the agent does not grow', async () => {
    await lab.load(6, 2);
    for (let i = 0; i < 100; i++) await lab.update({ mix: true, keep: false });
    const memory = [{ updates: 0, bytes: await lab.agentMemory() }];
    const begin = performance.now();
    let updates = 0;
    const times: number[] = [];
    for (let sampled = begin; updates < UPDATES && performance.now() - begin < AT_MOST_MS; updates++) {
      times.push(await lab.update({ mix: true, keep: false }));
      if (performance.now() - sampled < AT_MOST_MS / 20 && updates % (UPDATES / 20) !== 0) continue;
      sampled = performance.now();
      memory.push({ updates, bytes: await lab.agentMemory() });
    }
    const seconds = (performance.now() - begin) / 1000;
    const { servers, failed } = await lab.report();
    const { requests, relayed } = await lab.counted();
    times.sort((a, b) => a - b);
    const mebibytes = memory.map(({ bytes }) => Math.round(bytes / 2 ** 20));
    console.log(
      `      ${updates} changes in ${seconds.toFixed(1)} s, each in force after ${at(times, 0.5).toFixed(1)} ms (p50), ${at(times, 0.99).toFixed(1)} ms (p99); ${JSON.stringify(servers)}; ${requests} counted, ${relayed} by the relay; ` +
        `memory of the agent ${mebibytes.join(', ')} MiB`,
    );
    assert.ok(updates >= Math.min(UPDATES, 50), `${updates} changes`);
    if (WHOLE !== undefined) assert.equal(updates, UPDATES);
    assert.deepEqual(failed, []);
    assert.equal(servers['bad'] ?? 0, 0, 'decided by the order of one version and the targets of another');
    assert.ok((servers['good'] ?? 0) > updates, 'there was load');
    // V8 lets the heap of an agent with so much configuration grow through the first thousand changes or two, and not after.
    const most = Math.max(...memory.map(({ bytes }) => bytes));
    assert.ok(most < MOST, `${Math.round(most / 2 ** 20)} MiB`);
    if (WHOLE === undefined) return;
    const later = memory.slice(memory.length >> 2);
    const half = later.length >> 1;
    const least = (samples: typeof later): number => Math.min(...samples.map(({ bytes }) => bytes));
    // What the collector has not got to yet is no growth.
    const growth = least(later.slice(half)) - least(later.slice(0, half));
    assert.ok(growth < 64 * 2 ** 20, `grew by ${Math.round(growth / 2 ** 20)} MiB`);
    const perChange = slope(later.map(({ updates: x, bytes: y }) => [x, y]));
    console.log(`      after the first quarter: ${Math.round(perChange)} bytes a change`);
    assert.ok(perChange < LEAK, `${perChange} bytes a change`);
  });
});

/** The median of the slopes between any two points (Theil and Sen): single samples that are far off do not move it. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes = points.flatMap(([x, y], i) => points.slice(0, i).map(([a, b]) => (y - b) / (x - a)));
  return at(slopes.sort((a, b) => a - b), 0.5); // prettier-ignore
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity;
}
