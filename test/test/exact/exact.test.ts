/** Every shape without a mesh and on every arm: both ends must see the same. What it covers is in src/exact/shapes. */
import assert from 'node:assert/strict';
import { arms } from '../../src/exact/arms.js';
import { compareAll, type Comparison } from '../../src/exact/comparison.js';
import type { ShapeLab } from '../../src/exact/conversations.js';
import { ExactLab } from '../../src/exact/exactLab.js';
import type { Shape } from '../../src/exact/shape.js';
import { groups, shapes } from '../../src/exact/shapes/all.js';

describe('byte for byte as with no mesh', function () {
  this.timeout(180_000);
  let lab: ShapeLab;
  let comparison: Comparison;

  before(async () => {
    const name = `t-${process.pid}-exact`;
    lab = await ExactLab.up({ name, ports: 12, server: 'server.js', client: 'client.js' });
    comparison = await compareAll(lab, shapes);
  });
  after(async () => {
    await lab?.down();
    if (comparison !== undefined) printSummary(comparison);
  });

  it('at least 250 shapes, each under a name of its own', () => {
    assert.ok(shapes.length >= 250, `${shapes.length} shapes`);
    assert.equal(new Set(shapes.map(({ name }) => name)).size, shapes.length);
  });

  for (const [group, members] of Object.entries(groups))
    describe(group, () => {
      for (const shape of members) it(title(shape), () => check(shape));
    });

  it('no byte came to a server that nobody sent', () => {
    assert.deepEqual(comparison.strays, []);
  });

  it('the events of the kernel arms are complete', () => {
    assert.equal(lab.lost, 0);
    assert.ok((comparison.paths.get('kernel') ?? 0) > shapes.length, 'the kernel path was taken');
  });

  function check({ name }: Shape): void {
    const verdict = comparison.verdicts.get(name);
    assert.ok(verdict, 'not played');
    assert.deepEqual(verdict.unsound, [], 'without a mesh the shape does not do what it says');
    assert.deepEqual(verdict.differences, []);
    assert.deepEqual(verdict.strayed, []);
  }
});

function title({ name, byDesign }: Shape): string {
  return byDesign === undefined ? name : `${name} (HTTP listeners: ${byDesign.why})`;
}

function printSummary({ verdicts, paths, conversations, milliseconds }: Comparison): void {
  const differences = [...verdicts.values()].reduce((sum, { differences: own }) => sum + own.length, 0);
  const seconds = (milliseconds / 1000).toFixed(0);
  console.log(
    `\n    ${conversations} conversations in ${seconds} s. Requests on the kernel arms by the path that they took:`,
  );
  for (const [path, count] of [...paths].sort((a, b) => b[1] - a[1]).slice(0, 25))
    console.log(`    ${String(count).padStart(7)}  ${path}`);
  console.log(`\n    ${shapes.length} shapes × ${arms.length} arms: ${differences} differences`);
}
