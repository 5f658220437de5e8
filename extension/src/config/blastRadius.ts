/**
 * Which live requests would go elsewhere if the files were applied: the requests of the last minute, asked of the router (the wasm
 * build of the datapath's own) under what is in force and under the files. Pure.
 */
import type { Flow } from '@onehop/core/api/agent.generated.js';
import type { AskRoute, Outcome, TestRequest } from '@onehop/core/routetests/model.js';
import type { HeaderCondition, RoutingModel } from '@onehop/core/routing/model.js';

/** A request with how often it came. */
export type CountedFlow = Omit<Flow, 'generation'>;

export interface Side {
  readonly ask: AskRoute;
  readonly model: RoutingModel;
}

export interface BlastRadius {
  /** Requests of the last minute that were looked at. */
  readonly requests: number;
  /** How many of them would go to another cluster, as expected from the weights. */
  readonly moved: number;
  /** Requests whose route depends on headers that are not known. */
  readonly unknown: number;
  /** One for each route whose requests would move, the most first. */
  readonly routes: readonly MovedRoute[];
}

export interface MovedRoute {
  readonly listener: string;
  readonly route: string;
  readonly requests: number;
  readonly moved: number;
  /** Shares, 0 to 1, by cluster ("404" for an answer that no endpoint gives). */
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

/** Flows of several intervals and nodes that are the same request are one. */
export function mergeFlows(flows: readonly Flow[]): readonly CountedFlow[] {
  const merged = new Map<string, CountedFlow>();
  for (const { generation: _, requests, ...flow } of flows) {
    // Which of a route's clusters one request drew says nothing about the next.
    const request = { ...flow, cluster: '' };
    const key = JSON.stringify(request);
    merged.set(key, { ...request, requests: (merged.get(key)?.requests ?? 0) + requests });
  }
  return [...merged.values()].sort((a, b) => b.requests - a.requests);
}

export async function blastRadius(
  flows: readonly CountedFlow[],
  inForce: Side,
  wanted: Side,
): Promise<BlastRadius> {
  const routes = new Map<string, Omit<MovedRoute, 'moved'> & { moved: number; requests: number }>();
  let requests = 0;
  let moved = 0;
  let unknown = 0;
  for (const flow of flows) {
    requests += flow.requests;
    const request = await requestOf(flow, inForce);
    if (request === undefined) {
      unknown += flow.requests;
      continue;
    }
    const before = sharesOf(await asked(inForce, request));
    const after = sharesOf(await asked(wanted, request));
    const share = movedShare(before, after);
    if (share < 1e-9) continue;
    moved += share * flow.requests;
    const key = JSON.stringify([flow.listener, flow.virtualHost, flow.route, before, after]);
    const entry = routes.get(key);
    if (entry === undefined)
      routes.set(key, {
        listener: flow.listener,
        route: flow.route,
        requests: flow.requests,
        moved: share * flow.requests,
        before,
        after,
      });
    else {
      entry.requests += flow.requests;
      entry.moved += share * flow.requests;
    }
  }
  return { requests, moved, unknown, routes: [...routes.values()].sort((a, b) => b.moved - a.moved) };
}

/** What leaves the clusters that get less. */
export function movedShare(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
): number {
  let share = 0;
  for (const [cluster, part] of Object.entries(before)) share += Math.max(0, part - (after[cluster] ?? 0));
  return share;
}

/**
 * The flow as a request that takes, under what is in force, the route that it took. Events carry no headers: when it takes
 * another one without any, those that its route asks for are put in. Undefined when that is not enough.
 */
async function requestOf(flow: CountedFlow, inForce: Side): Promise<TestRequest | undefined> {
  const plain: TestRequest = {
    method: flow.method,
    url: `http://${flow.destination}${flow.target}`,
    headers: [['Host', flow.host]],
    from: flow.workload,
  };
  if (await takes(plain, flow, inForce)) return plain;
  const conditions = conditionsOf(flow, inForce.model);
  if (conditions === undefined) return undefined;
  const headers = conditions.filter(({ subject, invert }) => subject === 'header' && !invert);
  const filled = {
    ...plain,
    headers: [...plain.headers, ...headers.map(({ name, value }) => [name, value || '1'] as const)],
  };
  return (await takes(filled, flow, inForce)) ? filled : undefined;
}

async function takes(request: TestRequest, flow: CountedFlow, side: Side): Promise<boolean> {
  const { listener, virtualHost, route } = await asked(side, request);
  return listener === flow.listener && virtualHost === flow.virtualHost && route === flow.route;
}

function conditionsOf(flow: CountedFlow, model: RoutingModel): readonly HeaderCondition[] | undefined {
  const listener = model.listeners.get(flow.listener);
  if (listener?.kind !== 'http') return undefined;
  const hosts = model.routeConfigurations.get(listener.routeConfiguration)?.virtualHosts ?? [];
  const host = hosts.find(({ name }) => name === flow.virtualHost);
  return host?.routes.find(({ name }) => name === flow.route)?.match.headers;
}

const nowhere: Outcome = {
  listener: '',
  virtualHost: '',
  route: '',
  cluster: '',
  status: 0,
  path: '',
  reason: '',
  shares: [],
  steps: [],
};

/** That a configuration has no listener for it is an answer, too. */
async function asked({ ask }: Side, request: TestRequest): Promise<Outcome> {
  try {
    return await ask(request);
  } catch {
    return nowhere;
  }
}

function sharesOf({ shares, cluster, status }: Outcome): Record<string, number> {
  if (status !== 0) return { [String(status)]: 1 };
  const sum = shares.reduce((total, { weight }) => total + weight, 0);
  if (sum === 0) return { [cluster]: 1 };
  const parts: Record<string, number> = {};
  for (const { cluster: name, weight } of shares)
    if (weight > 0) parts[name] = (parts[name] ?? 0) + weight / sum;
  return parts;
}
