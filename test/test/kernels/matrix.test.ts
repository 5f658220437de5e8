import assert from 'node:assert/strict';
import { CHECKS, ENDING_CHECK, STARTING_CHECK } from '../../src/kernels/guest/checks.js';
import type { Check } from '../../src/kernels/guest/check.js';
import { HostError } from '../../src/kernels/hostPackages.js';
import { KERNELS } from '../../src/kernels/kernelList.js';
import { KernelMatrix, type KernelResult } from '../../src/kernels/matrix.js';
import { formatMatrix } from '../../src/kernels/table.js';

const checks: readonly Pick<Check, 'name' | 'pending'>[] = [
  { name: STARTING_CHECK },
  ...CHECKS,
  { name: ENDING_CHECK },
];

describe('kernels', function () {
  this.timeout(600_000);
  const matrix = new KernelMatrix((line) => console.log(`    ${line}`));
  let cannot: string | undefined;

  before(async () => {
    try {
      await matrix.prepare();
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      cannot = error.message;
    }
  });

  after(() => {
    matrix.close();
    if (matrix.results.length === 0) return;
    matrix.save();
    console.log(`\n${formatMatrix(matrix.results)}\n`.replaceAll('\n', '\n    '));
  });

  for (const spec of KERNELS) {
    describe(`Linux ${spec.id}`, () => {
      let result: KernelResult | undefined;

      before(async function () {
        if (cannot === undefined) result = await matrix.run(spec);
        const reason =
          result === undefined ? cannot : result.outcome === 'skipped' ? result.reason : undefined;
        if (reason === undefined) return;
        console.log(`    Linux ${spec.id} is skipped: ${reason}`);
        this.skip();
      });

      it('boots, and the tests come to their end', () => {
        const { outcome, console } = ended(result);
        assert.equal(outcome, 'done', `the guest ended early, its console: ${console}`);
      });

      if (!spec.supported) {
        it('is refused, and every missing feature is named', () => {
          const { probe } = ended(result).report;
          assert.equal(probe?.runs, false);
          assert.ok(probe.missing.length > 0);
          for (const name of [...probe.missing, 'Linux 6.1', 'bpf_loop'])
            assert.ok(probe.refusal.includes(name), probe.refusal);
        });
        return;
      }

      it('has every feature that the agent requires', () => {
        const { probe } = ended(result).report;
        assert.deepEqual(probe?.missing, [], probe?.refusal);
      });

      it('takes every program', () => {
        const { programs } = ended(result).report;
        assert.ok(programs.length > 0);
        assert.deepEqual(
          programs.flatMap(({ name, error }) => (error === undefined ? [] : [`${name}: ${error}`])),
          [],
        );
      });

      for (const { name, pending } of checks) {
        if (pending !== undefined) {
          it.skip(`${name} (${pending})`);
          continue;
        }
        it(name, () => {
          const check = ended(result).report.checks.find((one) => one.name === name);
          assert.ok(check !== undefined, 'it did not run');
          assert.ok(check.ok, check.message);
        });
      }
    });
  }
});

function ended(result: KernelResult | undefined): Exclude<KernelResult, { outcome: 'skipped' }> {
  assert.ok(result !== undefined && result.outcome !== 'skipped');
  return result;
}
