import assert from 'node:assert/strict';
import { formatDiagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { ensureEnvoy } from '@onehop/lab/bench/envoy.js';
import { differenceClasses } from '../../src/agreement/classes.js';
import { compare, report } from '../../src/agreement/compare.js';

/** Seeds FIRST to FIRST + COUNT - 1; AGREEMENT_SEED=7000 begins elsewhere. */
const FIRST = Number(process.env['AGREEMENT_SEED'] ?? 1);
const COUNT = 500;

describe('envoy --mode validate and our rules', function () {
  this.timeout(600_000);

  it(`agree about ${COUNT} mutated configurations`, async () => {
    const seeds = Array.from({ length: COUNT }, (_, i) => FIRST + i);
    const { alike, accepted, onlyEnvoy, listed, unlisted } = report(
      await compare(await ensureEnvoy(() => undefined), seeds),
      differenceClasses(),
    );
    console.log(
      `      seeds ${FIRST} to ${FIRST + COUNT - 1}: ${alike} alike (${accepted} accepted), ${listed.length} refused by OneHop alone for a listed reason`,
    );
    assert.deepEqual(
      onlyEnvoy.map(({ seed, mutant, envoy }) => `${seed}: ${mutant.what}: ${envoy}`),
      [],
      'Envoy refuses, OneHop accepts',
    );
    assert.deepEqual(
      unlisted.map(
        ({ seed, mutant, errors }) => `${seed}: ${mutant.what}: ${errors.map(formatDiagnostic).join()}`,
      ),
      [],
      'OneHop refuses, Envoy accepts, and docs/validate-differences.md does not say why',
    );
    assert.ok(accepted > COUNT / 10 && alike - accepted > COUNT / 10, 'both answers were there often');
  });

  it('are said to differ only as the list says', () => {
    assert.ok(differenceClasses().length >= 10, 'the table is read');
  });
});
