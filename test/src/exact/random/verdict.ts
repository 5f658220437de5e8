import type { Line, Stuck } from '../player.js';
import type { Step } from '../step.js';

/** What differs between the bytes that came and those that should; empty: nothing. */
export function wrongBytes(got: Buffer, expected: Buffer): string {
  if (got.equals(expected)) return '';
  let at = 0;
  while (at < got.length && got[at] === expected[at]) at++;
  const from = Math.max(0, at - 20);
  const excerpt = (bytes: Buffer): string => JSON.stringify(bytes.toString('latin1', from, at + 60));
  return `${got.length} bytes, not ${expected.length}; at ${at} ${excerpt(got)} instead of ${excerpt(expected)}`;
}

/** How the other side ended, if the script waits for that. */
export function waitedEnd(line: Line, steps: readonly Step[]): string {
  return steps.some((step) => step.do === 'ending') ? line.end : '';
}

export function stuckText(stuck: Stuck | undefined): string {
  return stuck === undefined ? '' : `stuck in step ${stuck.step}: ${stuck.why}`;
}

export function all(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('; ');
}
