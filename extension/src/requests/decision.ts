/** The decision of a request as steps that point to lines. Pure. */
import type { Explanation, ExplainStep } from '@onehop/core/api/agent.generated.js';
import type { RequestResult } from '@onehop/lab/cli/request/result.js';

const CLUSTER_TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

/**
 * The steps to where a request that was sent really went. `asked` is what the datapath said when it was asked about the same request:
 * it knows the conditions; the event of the request knows which of several clusters and endpoints was taken.
 */
export function stepsOf(result: RequestResult, asked: Explanation | undefined): readonly ExplainStep[] {
  const steps = asked?.steps ?? [];
  const same =
    asked !== undefined && asked.listener === (result.listener ?? '') && asked.route === (result.route ?? '');
  const way = same ? steps.filter(({ kind }) => kind !== 'cluster' && kind !== 'endpoint') : namesOf(result);
  return [...way, ...clusterStep(result, steps), ...endpointStep(result, steps)];
}

/** Without an explanation that fits there are only the names. */
function namesOf({ destination, listener, virtualHost, route }: RequestResult): ExplainStep[] {
  const step = (kind: string, name: string | null, detail: string): ExplainStep[] =>
    name === null ? [] : [{ kind, name, ok: true, detail, source: null }];
  return [
    ...step('connect', destination, listener === null ? '' : `listener ${listener}`),
    ...step('virtual-host', virtualHost, ''),
    ...step('route', route, ''),
  ];
}

function clusterStep({ cluster }: RequestResult, steps: readonly ExplainStep[]): ExplainStep[] {
  if (cluster === null) return [];
  const asked = steps.find(({ kind, name }) => kind === 'cluster' && name === cluster);
  const source = asked?.source ?? { typeUrl: CLUSTER_TYPE, resource: cluster, field: '' };
  // What was drawn when it was asked is not what was drawn for this request.
  const detail = asked?.detail.replace(/, drawn \d+$/, '') ?? '';
  return [{ kind: 'cluster', name: cluster, ok: true, detail, source }];
}

function endpointStep({ endpoint, sameNode }: RequestResult, steps: readonly ExplainStep[]): ExplainStep[] {
  if (endpoint === null) return [];
  const asked = steps.find(({ kind, name }) => kind === 'endpoint' && name === endpoint);
  const detail = sameNode === null ? '' : sameNode ? 'on the same node' : 'on another node';
  return [{ kind: 'endpoint', name: endpoint, ok: true, detail, source: asked?.source ?? null }];
}
