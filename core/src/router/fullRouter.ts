/**
 * The whole decision about a request: the datapath's router over its tables, and for what the programs do not check, the
 * evaluator over the same generation's model. What the relay asks, and whoever explains what it would do.
 */
import { failedCondition, type FailedCondition } from '../evaluate/conditions.js';
import { changedHead, changesRequest } from '../evaluate/changedHead.js';
import { strippedHead } from '../evaluate/hostStrip.js';
import { octetsOf, readRequest, valuesOf, type RequestView } from '../evaluate/request.js';
import type { ClusterShare, HostStrip, RoutingModel } from '../routing/model.js';
import { routeOf, type IndexedRoute } from '../routing/routeIndex.js';
import { reasonId } from '../wire/reasons.js';
import type { Explanation } from './explanation.js';
import type { WasmRouter } from './wasmRouter.js';
import type { Answer, Decision, Drawn } from './decision.js';

/** What ids of the generation in force stand for. */
export interface ModelInForce {
  readonly model: RoutingModel;
  /** Key of a route in the model. */
  routeKey(id: number): string | undefined;
  /** Name of a listener in the model. */
  listenerName(id: number): string | undefined;
  /** Of a cluster by its name; 0: there is none. */
  clusterId(name: string): number;
  clusterName(id: number): string | undefined;
  /** "198.18.0.1:9080" */
  endpointAddress(id: number): string | undefined;
}

export interface RoutedRequest extends Answer {
  /** The head with what the listener takes off its Host; undefined: it is as it was sent. */
  readonly head?: Uint8Array;
  /** As conditions see the request. */
  readonly request: RequestView;
  /** The route that was found, and what it is in. */
  readonly found?: IndexedRoute;
  /** Of a split that has more than one, the one that was drawn. */
  readonly share?: ClusterShare;
}

/** What the relay checked of a route, and found. */
export interface OpaqueStep {
  readonly found: IndexedRoute;
  readonly failed: FailedCondition | undefined;
}

export type ExplainingRouter = Pick<WasmRouter, 'explain' | 'explainOn' | 'explainCluster' | 'explainRehash'>;

export interface FullExplanation {
  /** Of the router, with all steps. */
  readonly explanation: Explanation;
  /** By their places among the steps: one for each step of kind OH_STEP_OPAQUE. */
  readonly opaque: readonly OpaqueStep[];
  readonly found?: IndexedRoute;
  /** What a listener made of the Host; absent: it is as it was sent. */
  readonly host?: string;
}

/** A request head in the form that {@link WasmRouter.decide} reads, and where it was sent. */
export interface SentRequest {
  /** Id. */
  readonly listener: number;
  /** Of the address that the client connected to. */
  readonly port: number;
  readonly head: Uint8Array;
}

/**
 * Decides a request head in the form that {@link WasmRouter.decide} reads.
 *
 * @param drawn of {@link WasmRouter.decide}
 */
export function routeRequest(
  router: WasmRouter,
  inForce: ModelInForce | undefined,
  { listener, port, head: sent }: SentRequest,
  drawn?: Drawn,
): RoutedRequest {
  const stripped = strippedFor(inForce, listener, sent, port);
  const head = stripped ?? sent;
  // The endpoint may have been chosen by the Host that was sent.
  const own = stripped === undefined ? drawn : drawn && { ...drawn, endpoint: 0 };
  let answer = router.decide(head, listener, own);
  let request: RequestView | undefined;
  const asked = (): RequestView => (request ??= readRequest(head));
  while (answer.stopped === matchRelay) {
    const found = foundBy(inForce, answer.decision);
    if (found === undefined) break;
    const matches = failedCondition(found.route.match, asked()) === undefined;
    answer = router.resume(found.at + (matches ? 0 : 1), matches);
  }
  const found = foundBy(inForce, answer.decision);
  if (answer.stopped === clusterHeader && found?.route.action.kind === 'clusterHeader') {
    const [name = ''] = valuesOf(asked(), found.route.action.header);
    answer = router.endpointOf(clusterNamed(inForce, name));
  }
  const { decision } = answer;
  const share = found && shareOf(found, decision);
  return {
    ...answer,
    get request() {
      return asked();
    },
    ...(found === undefined ? {} : { found }),
    ...(share === undefined ? {} : { share }),
    ...(stripped === undefined ? {} : { head: stripped }),
  };
}

/** Whether the request is to be hashed as it is sent on, and not as it came: Envoy changes it first. */
export function hashesChanged({
  found,
  share,
  stopped,
}: Omit<RoutedRequest, 'request' | 'decision'>): boolean {
  const all = [share?.changes, found?.route.changes];
  return (
    stopped === 0 &&
    found?.route.hashPolicy !== undefined &&
    all.some((one) => one !== undefined && changesRequest(one))
  );
}

/** Where a request head would go, as {@link WasmRouter.explain} tells it, with what the relay checks. */
export function explainRequest(
  router: ExplainingRouter,
  inForce: ModelInForce | undefined,
  { ip, port, head: sent }: { readonly ip: Uint8Array; readonly port: number; readonly head: Uint8Array },
): FullExplanation {
  let first = router.explain(ip, port, sent);
  const stripped = strippedFor(inForce, first.decision.listener, sent, port);
  const head = stripped ?? sent;
  if (stripped !== undefined) first = router.explain(ip, port, head);
  let explanation = first;
  let request: RequestView | undefined;
  const opaque: OpaqueStep[] = [];
  while (explanation.stopped === matchRelay) {
    const found = foundBy(inForce, explanation.decision);
    if (found === undefined) break;
    request ??= readRequest(head);
    const failed = failedCondition(found.route.match, request);
    opaque.push({ found, failed });
    const more = router.explainOn(found.at + (failed === undefined ? 0 : 1), failed === undefined);
    // The route that is known to match would be told twice.
    const steps = failed === undefined ? more.steps.slice(1) : more.steps;
    explanation = {
      ...more,
      refused: first.refused,
      parts: first.parts,
      steps: [...explanation.steps, ...steps],
      stepCount: explanation.stepCount + more.stepCount - (failed === undefined ? 1 : 0),
    };
  }
  const found = foundBy(inForce, explanation.decision);
  const asked = (): RequestView => (request ??= readRequest(head));
  if (explanation.stopped === clusterHeader && found?.route.action.kind === 'clusterHeader') {
    const [name = ''] = valuesOf(asked(), found.route.action.header);
    explanation = goneOn(explanation, router.explainCluster(clusterNamed(inForce, name)));
  }
  const share = found && shareOf(found, explanation.decision);
  const { stopped } = explanation;
  if (found !== undefined && hashesChanged({ stopped, found, ...(share === undefined ? {} : { share }) })) {
    const changes = [share?.changes, found.route.changes].filter((one) => one !== undefined);
    const sent = changedHead(changes, found, asked());
    explanation = goneOn(explanation, router.explainRehash(sent));
  }
  const host = stripped === undefined ? {} : { host: asked().host };
  return { explanation, opaque, ...(found === undefined ? {} : { found }), ...host };
}

/** What a listener takes off the Host header, by its id; undefined: nothing. */
export function hostStripOf(inForce: ModelInForce | undefined, id: number): HostStrip | undefined {
  const name = inForce?.listenerName(id);
  const listener = name === undefined ? undefined : inForce?.model.listeners.get(name);
  return listener?.kind === 'http' ? listener.hostStrip : undefined;
}

/** The same way, to another end. */
function goneOn(before: Explanation, { decision, stopped }: Explanation): Explanation {
  return { ...before, decision, stopped };
}

function strippedFor(
  inForce: ModelInForce | undefined,
  id: number,
  head: Uint8Array,
  port: number,
): Uint8Array | undefined {
  const strip = hostStripOf(inForce, id);
  return strip && strippedHead(strip, head, port);
}

function foundBy(inForce: ModelInForce | undefined, { route }: Decision): IndexedRoute | undefined {
  const key = route === 0 ? undefined : inForce?.routeKey(route);
  return key === undefined || inForce === undefined ? undefined : routeOf(inForce.model, key);
}

function clusterNamed(inForce: ModelInForce | undefined, octets: string): number {
  for (const name of inForce?.model.clusters.keys() ?? [])
    if (octetsOf(name) === octets) return inForce?.clusterId(name) ?? 0;
  return 0;
}

/** The share that the number drawn falls into. */
function shareOf({ route }: IndexedRoute, { draw, cluster }: Decision): ClusterShare | undefined {
  if (route.action.kind !== 'clusters' || cluster === 0 || route.action.split.length < 2) return undefined;
  let upto = 0;
  return route.action.split.find(({ weight }) => (upto += weight) > draw);
}

const matchRelay = reasonId('match-relay');
const clusterHeader = reasonId('cluster-header');
