// Mocha's spec reporter that also writes its counts to $TEST_RESULTS, for scripts/run-tests.mjs.
const { writeFileSync } = require('node:fs');
const { reporters } = require('mocha');

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    // A retry is never silent: what failed first is worth a look.
    runner.on('retry', (test, error) => {
      console.log(`    RETRIED ${test.fullTitle()}: ${error.message.split('\n')[0]}`);
    });
    runner.once('end', () => {
      const { passes, failures, pending } = runner.stats;
      if (process.env.TEST_RESULTS) {
        writeFileSync(
          process.env.TEST_RESULTS,
          JSON.stringify({ passed: passes, failed: failures, skipped: pending }),
        );
      }
    });
  }
};
