import assert from 'node:assert/strict';
import { CanaryLab, clusterNames, type Split } from '../../src/canary/canaryLab.js';

const REQUESTS = 100_000;

/** By the host that the split is for. */
const SPLITS: Readonly<Record<string, Split>> = {
  'one-percent': { one: 99, two: 1 },
  'ten-percent': { one: 90, two: 10 },
  half: { one: 50, two: 50 },
  'of-seven': { one: 1, two: 2, three: 4 },
  'of-many': { one: 65_536, two: 1_000_003, three: 123_456_789 },
};

/**
 * Of splits that are exact, one in 370 counts is more than three standard deviations off; the suite's one retry makes a
 * false alarm of a run unlikely. Everything else here is exact.
 */
describe('weighted clusters', () => {
  let lab: CanaryLab;

  before(async () => {
    lab = await CanaryLab.up(`t-${process.pid}-canary`, SPLITS);
  });
  after(() => lab.down());

  for (const [host, split] of Object.entries(SPLITS)) {
    it(`${Object.values(split).join(':')} is exact within 3 standard deviations at ${REQUESTS} requests`, async () => {
      const before = { served: await lab.served(), decided: await lab.decided() };
      const report = await lab.send(host, REQUESTS);
      const after = { served: await lab.served(), decided: await lab.decided() };

      const n = report.allRequests;
      const total = Object.values(split).reduce((sum, weight) => sum + weight, 0);
      assert.ok(n >= REQUESTS, `${n} requests`);
      assert.equal(report.failed, 0);
      let sum = 0;
      const lines: string[] = [];
      for (const cluster of clusterNames) {
        const served = after.served[cluster] - before.served[cluster];
        const decided = (after.decided.byCluster[cluster] ?? 0) - (before.decided.byCluster[cluster] ?? 0);
        assert.equal(decided, served, `what the kernel and server ${cluster} counted`);
        sum += served;
        const share = (split[cluster] ?? 0) / total;
        const deviations = share === 0 ? 0 : (served - n * share) / Math.sqrt(n * share * (1 - share));
        lines.push(`${cluster} ${served} (${deviations.toFixed(2)} σ)`);
        if (share === 0) assert.equal(served, 0, `${cluster} is not in the split`);
        assert.ok(Math.abs(deviations) <= 3, `${cluster} got ${served} of ${n}: ${deviations.toFixed(2)} σ`);
      }
      assert.equal(sum, n, 'every request was answered once');
      const relayed = after.decided.relayed - before.decided.relayed;
      console.log(`      ${n} requests, ${relayed} by the relay: ${lines.join(', ')}`);
      assert.ok(relayed < n / 100, `${relayed} requests took the relay`);
    });
  }
});
