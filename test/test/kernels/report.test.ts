import assert from 'node:assert/strict';
import { parseReport, type GuestLine, type GuestReport } from '../../src/kernels/results.js';
import { formatMatrix } from '../../src/kernels/table.js';
import type { KernelResult } from '../../src/kernels/matrix.js';

const kernel: GuestLine = { type: 'kernel', release: '6.1.0-56', upMs: 5000 };
const probe: GuestLine = { type: 'probe', runs: true, refusal: '', missing: [] };
const program: GuestLine = { type: 'program', name: 'oh_connect4', instructions: 1327, loadMs: 12.4 };
const refused: GuestLine = {
  ...program,
  name: 'oh_explain',
  instructions: 0,
  loadMs: 0,
  error: 'EACCES: R2',
};
const good: GuestLine = { type: 'check', name: 'a', ok: true, ms: 1 };
const bad: GuestLine = { type: 'check', name: 'b', ok: false, ms: 1, message: 'no' };
const end: GuestLine = { type: 'end' };

const text = (...lines: readonly (GuestLine | string)[]): string =>
  lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');

describe('report of a guest', () => {
  const cases: readonly [name: string, input: string, expected: Partial<GuestReport>][] = [
    ['nothing', '', { release: '', complete: false, programs: [], checks: [] }],
    ['all', text(kernel, probe, program, good, end), { release: '6.1.0-56', complete: true, probe }],
    ['an early end', text(kernel, program, good), { complete: false, programs: [program], checks: [good] }],
    ['noise', text('[ 1.0] BUG: {', kernel, '{"type":"che', bad, end), { complete: true, checks: [bad] }],
  ];
  for (const [name, input, expected] of cases) {
    it(name, () => {
      const report = parseReport(input);
      for (const [field, value] of Object.entries(expected))
        assert.deepEqual(report[field as keyof GuestReport], value, field);
    });
  }
});

describe('kernel matrix as a table', () => {
  const done = (id: string, ...lines: readonly GuestLine[]): KernelResult => {
    const report = parseReport(text(kernel, ...lines));
    return { id, outcome: report.complete ? 'done' : 'dead', report, seconds: 20, console: 'panic' };
  };
  const tooOld: GuestLine = { type: 'probe', runs: false, refusal: 'no', missing: ['Linux 6.1', 'bpf_loop'] };
  const cases: readonly [name: string, result: KernelResult, expected: readonly RegExp[]][] = [
    [
      'skipped',
      { id: '5.10', outcome: 'skipped', reason: 'the suite is gone' },
      [/^5\.10 +skipped: the suite is gone$/m],
    ],
    ['too old', done('5.10', tooOld, end), [/^5\.10 +6\.1\.0-56 +refused +2 features missing +20 s$/m]],
    [
      'good',
      done('6.1', probe, program, good, end),
      [/^6\.1 +6\.1\.0-56 +1 of 1 +1,327 +12 ms +1 of 1 +20 s$/m],
    ],
    [
      'bad',
      done('6.1', probe, program, refused, good, bad, end),
      [/ 1 of 2 .* 1 of 2 /, /^6\.1: program oh_explain: EACCES: R2$/m, /^6\.1: b: no$/m],
    ],
    ['dead', done('6.1', probe), [/^6\.1: the guest ended early; its console: panic$/m]],
  ];
  for (const [name, result, expected] of cases) {
    it(name, () => {
      const table = formatMatrix([result]);
      for (const pattern of expected) assert.match(table, pattern);
    });
  }
});
