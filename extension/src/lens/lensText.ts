import * as vscode from 'vscode';
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import type { HealthStatus } from '@onehop/core/balance/hostSet.js';
import type { ClusterNode } from '@onehop/core/routing/model.js';
import {
  clusterRates,
  countedRequests,
  routeKey,
  routeRates,
  sinceOf,
  splitOf,
  threeDigits,
} from '../store/rates.js';
import type { State } from '../store/state.js';
import { endpointHealths } from './endpointHealth.js';
import { translated } from '../translation/translated.js';

/** Shares of fewer requests than this say nothing. */
const fewRequests = 10;
/** Health of endpoints that get requests as soon as it is their turn. */
const takesRequests: ReadonlySet<HealthStatus> = new Set(['UNKNOWN', 'HEALTHY', 'DEGRADED']);
/** More clusters than this do not fit into a line. */
const clustersShown = 3;

/** `kernel · 312 req/s · reviews-v1 90.1 % of 90 %, reviews-v3 9.9 % of 10 %` */
export function routeLensText(row: RouteRow, state: State): string {
  const key = routeKey(row);
  const running = state.lab.phase === 'running' || state.lab.phase === 'degraded';
  const path =
    row.path === 'kernel' || row.path === 'direct'
      ? row.path
      : vscode.l10n.t('{0}: {1}', row.path, translated(row.reason));
  if (!running) return [path, vscode.l10n.t('lab not running')].join(' · ');
  const inForce = rowInForce(key, state);
  if (inForce === undefined) return [path, vscode.l10n.t('not applied')].join(' · ');
  // What was observed is of the weights in force, whatever is being written.
  const figures = [...trafficText(key, state), ...shareText(inForce, key, state)];
  const edited = sameMeaning(row, inForce) ? [] : [vscode.l10n.t('changed, not applied')];
  return [path, ...figures, ...edited].join(' · ');
}

function rowInForce(key: string, state: State): RouteRow | undefined {
  for (const { routes } of state.nodes.values()) {
    const found = routes?.rows.find((row) => routeKey(row) === key);
    if (found !== undefined) return found;
  }
  return undefined;
}

function sameMeaning(a: RouteRow, b: RouteRow): boolean {
  const meaning = ({ match, path, clusters }: RouteRow): string =>
    JSON.stringify([match, path, clusters.map(({ cluster, weight }) => [cluster, weight])]);
  return meaning(a) === meaning(b);
}

/** `4 endpoints · 1 unhealthy · 1 standby · 1 ended · round robin · 190 req/s` */
export function clusterLensText(cluster: ClusterNode, state: State): string {
  const { endpoints, unusable } = cluster;
  const all = endpoints.length + unusable.length;
  // of a later priority, or degraded while enough healthy ones are there
  const standby = unusable.filter(({ health }) => takesRequests.has(health)).length;
  const unhealthy = unusable.length - standby;
  const ended = endpointHealths(cluster, state).filter(({ hasEnded }) => hasEnded).length;
  const rate = clusterRates(state).get(cluster.name) ?? 0;
  return [
    all === 1 ? vscode.l10n.t('1 endpoint') : vscode.l10n.t('{0} endpoints', all),
    ...(unhealthy > 0 ? [vscode.l10n.t('{0} unhealthy', unhealthy)] : []),
    ...(standby > 0 ? [vscode.l10n.t('{0} standby', standby)] : []),
    ...(ended > 0 ? [vscode.l10n.t('{0} ended', ended)] : []),
    lbText(cluster.balance.policy.kind),
    ...(rate > 0 ? [vscode.l10n.t('{0} req/s', threeDigits(rate))] : []),
  ].join(' · ');
}

/** `leastRequest` → `least request` */
function lbText(policy: string): string {
  return translated(policy.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim());
}

/** `12:04`, as the language of the editor writes it. */
function timeText(since: number | undefined): string {
  return new Date(since ?? 0).toLocaleTimeString(vscode.env.language, { hour: '2-digit', minute: '2-digit' });
}

function trafficText(key: string, state: State): string[] {
  const rate = routeRates(state).get(key) ?? 0;
  if (rate > 0) return [vscode.l10n.t('{0} req/s', threeDigits(rate))];
  const counted = countedRequests(state, key);
  const since = sinceOf(state, key);
  if (counted === 0 && since === undefined) return [vscode.l10n.t('never hit')];
  if (counted === 0) return [vscode.l10n.t('never hit since {0}', timeText(since))];
  return [vscode.l10n.t('0 req/s, {0} so far', counted.toLocaleString('en-US'))];
}

/** Observed against configured; nothing of a single cluster. */
function shareText({ clusters }: RouteRow, key: string, state: State): string[] {
  if (clusters.length < 2) return [];
  const observed = splitOf(state, key);
  const requests = [...observed.values()].reduce((sum, n) => sum + n, 0);
  if (requests < fewRequests) return [];
  const weights = clusters.reduce((sum, { weight }) => sum + weight, 0);
  const percent = (part: number, whole: number): string => `${threeDigits((100 * part) / whole)} %`;
  const parts = clusters
    .slice(0, clustersShown)
    .map(({ cluster, weight }) =>
      vscode.l10n.t(
        '{0} {1} of {2}',
        cluster,
        percent(observed.get(cluster) ?? 0, requests),
        percent(weight, weights),
      ),
    );
  return [parts.join(', ') + (clusters.length > clustersShown ? ', …' : '')];
}
