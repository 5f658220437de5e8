import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const SECONDS = 60;
const root = resolve(import.meta.dirname, '../../../..');

describe('fuzzing', function () {
  // The fuzzer may have to be built, and clang's runtime to be installed.
  this.timeout((SECONDS + 180) * 1000);

  it(`the head parser and the router hold for ${SECONDS} s of any bytes`, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [resolve(root, 'scripts/fuzz.mjs'), '--seconds', String(SECONDS)],
      { encoding: 'utf8', maxBuffer: 1 << 28 },
    );
    assert.equal(status, 0, `${stdout}\n${stderr}`.slice(-6000));
    const runs = Number(/number_of_executed_units: (\d+)/.exec(stderr)?.[1]);
    console.log(`      ${runs} inputs`);
    assert.ok(runs > 100_000, `only ${runs} inputs`);
  });
});
