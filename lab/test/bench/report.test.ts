import assert from 'node:assert/strict';
import { reportHtml } from '../../src/bench/report/html.js';
import { readmePlots } from '../../src/bench/report/plots.js';
import { short, ticks } from '../../src/bench/report/svg.js';
import { summaryText } from '../../src/bench/summary.js';
import { results, row } from './examples.js';

/** Every element is closed, in order. */
function assertWellFormed(markup: string): void {
  const open: string[] = [];
  const empty = new Set(['meta', '!doctype']);
  for (const [, end, name = '', selfClosed] of markup.matchAll(/<(\/?)([a-z!][a-z0-9]*)[^<>]*?(\/?)>/gi)) {
    if (empty.has(name.toLowerCase()) || selfClosed === '/') continue;
    if (end === '') open.push(name);
    else assert.equal(open.pop(), name);
  }
  assert.deepEqual(open, []);
}

describe('the report', () => {
  const html = reportHtml(results());

  it('is one file that loads nothing', () => {
    assert.doesNotMatch(html, /<(script|link|img|iframe)\b|@import|url\(/);
    assert.doesNotMatch(html.replaceAll('http://www.w3.org/2000/svg', ''), /https?:/);
  });

  it('follows the theme of the reader', () => assert.match(html, /prefers-color-scheme: dark/));
  it('is well formed', () => assertWellFormed(html));
  it('shows text of the machine as text', () => assert.match(html, /A &lt;fast&gt; CPU/));
  it('has no number that is none', () => assert.doesNotMatch(html, /NaN|Infinity|undefined|null/));

  it('says what is missed and where OneHop loses', () => {
    assert.match(html, /✘ missed.*60 % short/);
    assert.match(html, /Where OneHop loses[^]*0\.42 ×[^]*kernel-cross-node/);
  });

  it('stands without Envoys, latencies and streams', () => {
    const bare = results({ rows: [row({ arm: 'no-mesh' })], latency: [], memory: [], goals: [] });
    assertWellFormed(reportHtml(bare));
    assert.doesNotMatch(reportHtml(bare), /NaN|Infinity/);
  });
});

describe('plots of the README', () => {
  for (const [name, svg] of readmePlots(results()))
    it(name, () => {
      assertWellFormed(svg);
      assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
      assert.match(svg, /prefers-color-scheme: dark/);
      assert.doesNotMatch(svg, /NaN|Infinity|undefined/);
      assert.match(svg, /kernel-same-node/);
    });

  const axes: [number, number, number[]][] = [
    [1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]],
    [97, 5, [0, 20, 40, 60, 80, 100]],
    [230_000, 6, [0, 50_000, 100_000, 150_000, 200_000, 250_000]],
    [0, 5, [0, 1]],
  ];
  for (const [max, count, expected] of axes)
    it(`an axis to ${max}`, () => assert.deepEqual(ticks(max, count), expected));

  const texts: [number, string][] = [
    [0.5, '0.5'],
    [12.345, '12.3'],
    [95_312, '95.3 k'],
    [2_500_000, '2.5 M'],
    [3e9, '3 G'],
  ];
  for (const [value, expected] of texts) it(`${value} as text`, () => assert.equal(short(value), expected));
});

describe('the end of the output', () => {
  it('tells goals and losses one by one', () => {
    const text = summaryText(results());
    assert.match(text, /Goals: 0 of 1 met\n {2}✘ missed {2}a goal\n +60 % short/);
    assert.match(text, /0\.42 × {2}kernel-cross-node against no mesh, cross-node/);
  });
});
