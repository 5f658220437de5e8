import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { ensureEnvoy } from '@onehop/lab/bench/envoy.js';
import { ParityLab } from '../../src/parity/parityLab.js';
import { renderReport, reportPath, rowsOf } from '../../src/parity/report.js';
import { runParity, usualRun, type ParityResult } from '../../src/parity/run.js';
import { reproduction, shrink } from '../../src/parity/shrink.js';

/** One seed always gives the same configurations and requests; PARITY_SEED=7 gives others. */
const SEED = Number(process.env['PARITY_SEED'] ?? usualRun.seed);

describe('Envoy 1.40 and a lab with the same configurations', function () {
  this.timeout(600_000);
  let lab: ParityLab;
  let run: ParityResult | undefined;

  before(async () => {
    const envoy = await ensureEnvoy(() => undefined);
    lab = await ParityLab.up(`t-${process.pid}-parity`, envoy);
  });
  after(() => lab?.down());

  it('do the same with the same requests', async () => {
    const result = await runParity(lab, {
      ...usualRun,
      seed: SEED,
      progress: () => undefined,
    });
    run = result;
    const { requests, configurations, mismatches, fields, answers } = result;
    const [first] = mismatches;
    const example = first === undefined ? '' : reproduction(await shrink(lab, first));
    console.log(
      `      seed ${SEED}: ${requests} requests, ${configurations} configurations, ${mismatches.length} mismatches`,
    );
    assert.equal(mismatches.length, 0, example);
    assert.deepEqual(result.cases.differences, []);
    assert.ok(result.cases.requests >= 40, `by hand: ${result.cases.requests}`);
    assert.ok(result.regexCarried >= 500, `carried by regular expressions: ${result.regexCarried}`);
    assert.ok(requests >= 30_000 && configurations >= 300, 'asked enough');
    // Requests ended in every way, and what every configuration is made of had a part in many of them.
    for (const [answer, least] of [
      ['to a cluster', 10_000],
      ['404', 2_000],
      ['503', 200],
      ['403', 100],
    ] as const)
      assert.ok((answers.get(answer) ?? 0) >= least, `${answer}: ${answers.get(answer) ?? 0}`);
    for (const field of usual)
      assert.ok((fields.get(field) ?? 0) >= 300, `${field}: ${fields.get(field) ?? 0}`);
  });

  it('are as docs/parity.md says', function () {
    // With another seed rare fields may be met or not.
    if (SEED !== usualRun.seed) this.skip();
    assert.ok(run !== undefined);
    const written = rowsOf(readFileSync(reportPath, 'utf8'));
    assert.ok(written.size > 100, 'the page has its tables');
    assert.deepEqual(written, rowsOf(renderReport(run, SEED)), 'npm run parity -- --report writes it anew');
  });
});

const routes = 'route.virtual_hosts.routes';
const usual = [
  ...['prefix', 'path', 'path_separated_prefix', 'case_sensitive'].map((one) => `${routes}.match.${one}`),
  ...['exact', 'prefix', 'suffix', 'contains', 'ignore_case'].map(
    (one) => `${routes}.match.headers.string_match.${one}`,
  ),
  ...['present_match', 'invert_match', 'treat_missing_header_as_empty'].map(
    (one) => `${routes}.match.headers.${one}`,
  ),
  ...[`${routes}.route.cluster`, `${routes}.route.weighted_clusters.clusters.weight`],
  ...[`${routes}.direct_response.status`, 'route.virtual_hosts.domains', 'cluster.lb_policy'],
];
