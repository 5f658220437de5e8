/** The end of the output: goals one by one, and the losses. */
import { findLosses } from './losses.js';
import type { Results } from './results.js';

const lossesShown = 8;

export function summaryText(results: Results): string {
  const { goals, rows, latency } = results;
  const losses = findLosses(rows, latency);
  const lines = goals.flatMap(({ goal, met, measured, missedBy }) => [
    `  ${met ? '✔ met   ' : '✘ missed'}  ${goal}`,
    `              ${met ? measured : missedBy}`,
  ]);
  const shown = losses
    .slice(0, lossesShown)
    .map(
      ({ where, arm, against, ratio, why }) =>
        `  ${ratio.toFixed(2).padStart(6)} ×  ${arm} against ${against}: ${where}${why === '' ? '' : ` (${why})`}`,
    );
  const more =
    losses.length > lossesShown ? [`  … and ${losses.length - lossesShown} more in the report`] : [];
  return [
    '',
    `Goals: ${goals.filter(({ met }) => met).length} of ${goals.length} met`,
    ...lines,
    '',
    losses.length === 0 ? 'OneHop lost nowhere in this run.' : 'Where OneHop loses, worst first:',
    ...shown,
    ...more,
    '',
    ...results.notes,
    '',
  ].join('\n');
}
