/** Asks the program that is loaded in the kernel of a node, through its agent. */
import type { ConfigSource, Explanation, ExplainRequest, RouteRow, Routes } from '../api/agent.generated.js';
import { destinationOf, type ListenerAddresses, type NamedAddresses, partsOfRequest } from './destination.js';
import type { AskRoute, ChainSource, Outcome, TestRequest } from './model.js';

/** Of the agent that answers for the workload that sends a request; undefined: any. */
export type AgentFor = (workload: string | undefined) => {
  explain(question: ExplainRequest): Promise<Explanation>;
  routes(): Promise<Pick<Routes, 'rows'>>;
};

/** Weights are those in force; nothing is sent. */
export function askKernel(agentFor: AgentFor, names: readonly NamedAddresses[]): AskRoute {
  return async (request) => {
    const agent = agentFor(request.from);
    const { rows } = await agent.routes();
    const answer = await agent.explain(question(request, rows, names));
    return outcomeOf(answer, rows);
  };
}

function question(
  request: TestRequest,
  rows: readonly RouteRow[],
  names: readonly NamedAddresses[],
): ExplainRequest {
  const { target, headers } = partsOfRequest(request);
  return {
    ...destinationOf(request, listenersOf(rows), names),
    head: new Uint8Array(),
    method: request.method,
    target,
    headers: headers.map(([name, value]) => ({ name, value })),
  };
}

function outcomeOf(answer: Explanation, rows: readonly RouteRow[]): Outcome {
  const { listener, virtualHost, route, cluster, status, path, reason } = answer;
  const taken = answer.steps.findLast(({ kind, ok }) => kind === 'route' && ok)?.source ?? undefined;
  const row = rows.find(
    (one) =>
      one.listener === listener && (taken === undefined ? one.route === '' : isSame(one.source, taken)),
  );
  return {
    ...{ listener, virtualHost, route, cluster, status, path, reason },
    shares: (row?.clusters ?? []).map((share) => ({ cluster: share.cluster, weight: share.weight })),
    steps: answer.steps.map(({ kind, name, ok, detail, source }) => ({
      ...{ kind, name, ok, detail },
      source: source === null ? undefined : sourceOf(source),
    })),
  };
}

function isSame(one: ConfigSource | null, other: ConfigSource): boolean {
  return one?.typeUrl === other.typeUrl && one.resource === other.resource && one.field === other.field;
}

function sourceOf({ typeUrl, resource, field }: ConfigSource): ChainSource {
  return { typeUrl, resource, field };
}

/** `198.18.100.3:9080`, `[fd00::1]:80` */
function listenersOf(rows: readonly RouteRow[]): ListenerAddresses[] {
  return rows.map(({ listener, addresses }) => ({
    name: listener,
    addresses: addresses.flatMap((text) => {
      const [, six, four, port] = /^(?:\[(.*)\]|([^:]*)):(\d+)$/.exec(text) ?? [];
      return port === undefined ? [] : [{ ip: six ?? four ?? '', port: Number(port) }];
    }),
  }));
}
