import * as vscode from 'vscode';
import type { MovedRoute } from '../config/blastRadius.js';
import type { Preview } from '../config/previews.js';
import { resourcesText } from '../plural.js';
import { threeDigits } from '../store/rates.js';

type Changes = Extract<Preview, { kind: 'changes' }>;

/** `1 resource not applied · 40 % of the last minute's 1,200 requests would go elsewhere` */
export function previewLensText({ resources, radius, seconds }: Changes): string {
  const what = vscode.l10n.t('{0} not applied', resourcesText(resources));
  const { requests, moved, unknown } = radius;
  if (requests === 0) return `${what} · ${vscode.l10n.t('no requests in the last minute')}`;
  const of = vscode.l10n.t(
    '{0} of the {1} requests of the last {2} s would go elsewhere',
    percent(moved / requests),
    requests.toLocaleString('en-US'),
    Math.round(seconds),
  );
  return [
    what,
    of,
    ...(unknown > 0 ? [vscode.l10n.t('{0} depend on headers', percent(unknown / requests))] : []),
  ].join(' · ');
}

/** A line for each route whose requests would move. */
export function previewDetails({ radius }: Changes): string {
  return radius.routes.map(routeLine).join('\n');
}

function routeLine({ listener, route, requests, before, after }: MovedRoute): string {
  const shares = (parts: Readonly<Record<string, number>>): string =>
    Object.entries(parts)
      .map(([cluster, part]) => `${cluster} ${percent(part)}`)
      .join(', ');
  return `${listener} › ${route} (${requests}): ${shares(before)} → ${shares(after)}`;
}

function percent(share: number): string {
  return `${threeDigits(100 * share)} %`;
}
