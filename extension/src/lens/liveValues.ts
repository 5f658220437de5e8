/** What a hover says of the running lab: of a route and of each of its clusters, of a cluster and its endpoints. */
import * as vscode from 'vscode';
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import type { LiveTarget, LiveValues } from '@onehop/core/language/hover.js';
import type { FieldPath } from '@onehop/core/resources/model.js';
import type { ClusterNode, RoutingModel } from '@onehop/core/routing/model.js';
import type { Configuration } from '../config/configuration.js';
import type { LabFiles } from '../lab/labFiles.js';
import type { Store } from '../store/store.js';
import { endpointHealths } from './endpointHealth.js';
import { clusterLensText, routeLensText } from './lensText.js';

export type LiveSource = (document: vscode.TextDocument) => Promise<LiveValues>;

/** Of files of the window's lab while it runs; of any other nothing. */
export function liveValues(store: Store, files: LabFiles, configuration: Configuration): LiveSource {
  return async ({ uri }) => {
    const { phase } = store.state.lab;
    if ((phase !== 'running' && phase !== 'degraded') || !files.has(uri)) return () => undefined;
    const [{ routeRows }, { parseFieldPath }, model] = await Promise.all([
      import('@onehop/core/routing/rows.js'),
      import('@onehop/core/resources/model.js'),
      configuration.model(),
    ]);
    const rows = routeRows(model).flatMap((row): PlacedRow[] => {
      const path = row.source === null ? undefined : parseFieldPath(row.source.field);
      return path === undefined ? [] : [{ row, path }];
    });
    return (target) => {
      const text = clusterText(target, model, store) ?? routeText(target, rows, store);
      return text === undefined ? undefined : `**${vscode.l10n.t('Now')}**: ${text}`;
    };
  };
}

interface PlacedRow {
  readonly row: RouteRow;
  readonly path: FieldPath;
}

/** On the name or the type of a cluster; on the name of one that a route sends to, its row says more. */
function clusterText(
  { typeUrl, name, path }: LiveTarget,
  model: RoutingModel,
  { state }: Store,
): string | undefined {
  const cluster: ClusterNode | undefined = model.clusters.get(name);
  const isHead =
    path.length <= 1 && ['name', '@type', 'type', undefined].includes(path[0] as string | undefined);
  if (cluster === undefined || cluster.source.typeUrl !== typeUrl || !isHead) return undefined;
  const endpoints = endpointHealths(cluster, state).map(({ text }) => `- ${text}`);
  return [clusterLensText(cluster, state), '', ...endpoints].join('\n');
}

/** On the parts that make the route: its name, what it matches, where it sends to and the weights of that. */
function routeText(
  { typeUrl, name, path }: LiveTarget,
  rows: readonly PlacedRow[],
  { state }: Store,
): string | undefined {
  const found = rows.find(
    ({ row, path: of }) =>
      row.source?.typeUrl === typeUrl &&
      row.source.resource === name &&
      of.every((step, i) => path[i] === step),
  );
  const field = path[found?.path.length ?? 0];
  const isPart = field === undefined || field === 'name' || field === 'match' || field === 'route';
  return found === undefined || !isPart ? undefined : routeLensText(found.row, state);
}
