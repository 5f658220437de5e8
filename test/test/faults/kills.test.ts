/** Connections that end at random under load: no answer is lost, none is another's, nothing is left. npm run test:kills is the whole of it. */
import assert from 'node:assert/strict';
import { FaultLab } from '../../src/faults/faultLab.js';
import { describeKills, kills } from '../../src/faults/kills/run.js';

describe('connections that end at random', function () {
  let lab: FaultLab;

  before(async () => {
    lab = await FaultLab.up('kills');
  });
  after(() => lab?.down());

  it('40,000 mixed requests', async function () {
    this.timeout(300_000);
    const { text, faults } = describeKills(await kills(lab, 40_000));
    console.log(`      ${text}`);
    assert.deepEqual(faults, []);
  });
});
