/** A part of npm run test:differential, always the same: random conversations, each without a mesh and on one of the arms. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';

const exchanges = 3000;
const seed = 20261;

describe('random conversations', () => {
  it(`${exchanges} exchanges: the same at both ends as with no mesh`, async function () {
    this.timeout(180_000);
    const program = new URL('../../src/exact/random/main.js', import.meta.url).pathname;
    const args = [program, '--exchanges', String(exchanges), '--seed', String(seed)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    const summary = /^\d+ conversations, (\d+) exchanges .*$/m.exec(output);
    assert.equal(code, 0, output.slice(-4000));
    assert.ok(Number(summary?.[1]) >= exchanges);
    console.log(`    ${summary?.[0]}`);
  });
});
