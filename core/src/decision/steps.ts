/** The steps of an explanation, as sentences about the configuration. */
import type { Allocation } from '../compile/allocate.js';
import type { ClusterRow } from '../compile/tables.js';
import type { Explanation, Step } from '../router/explanation.js';
import type { OpaqueStep } from '../router/fullRouter.js';
import type {
  ClusterShare,
  DomainNode,
  RouteNode,
  RoutingModel,
  Source,
  VirtualHostNode,
} from '../routing/model.js';
import { kernelMatch } from '../routing/kernelMatch.js';
import { lowerCase } from '../routing/readMatch.js';
import { formatAddress } from '../wire/ip.js';
import { reasonId, reasonText } from '../wire/reasons.js';
import { oh_step_kind } from '../wire/wire.generated.js';
import { explainChoice } from './choice.js';
import { explainMatch, quoted } from './explain.js';
import { kernelFailure, pathFailure, relayFailure, type AskedRequest } from './failure.js';

export interface ExplainedStep {
  readonly kind: 'connect' | 'virtual-host' | 'route' | 'cluster' | 'endpoint';
  /** Of the listener's address, virtual host, route, cluster or endpoint; "" when none was found. */
  readonly name: string;
  /** False: it was tried, and the decision went on or ended here. */
  readonly ok: boolean;
  /** What matched, or the condition that failed. */
  readonly detail: string;
  readonly source?: Source;
}

export interface StepsInput {
  readonly explanation: Explanation;
  /** What the relay found of the routes that only it can check, in the order of those steps. */
  readonly opaque: readonly OpaqueStep[];
  /** In force when the question was asked. */
  readonly allocation: Allocation;
  readonly model: RoutingModel;
  /** Where the request was sent: "198.18.100.3:9080". */
  readonly address: string;
  readonly request: AskedRequest;
}

export function explainSteps(input: StepsInput): ExplainedStep[] {
  const { explanation, allocation, model, address } = input;
  const { listener: id, gen } = explanation.decision;
  const row = allocation.entities.listener.at(id, gen)?.row;
  if (row === undefined) return [{ kind: 'connect', name: address, ok: false, detail: 'no listener has it' }];
  const connect = {
    kind: 'connect',
    name: address,
    ok: true,
    detail: `listener ${row.name}`,
    source: row.source,
  } as const;
  const listener = model.listeners.get(row.name);
  if (listener?.kind === 'tcp') return [connect, ...destination(input, listener.split)];
  const names = new Names(input);
  const opaque = [...input.opaque];
  const tried = explanation.steps.map((step) =>
    step.kind === oh_step_kind.STEP_OPAQUE ? opaqueStep(step, opaque.shift(), names) : stepOf(step, names),
  );
  const steps: ExplainedStep[] = [connect, ...tried, ...notFound(input, names)];
  const route = names.route(explanation.decision.route);
  switch (route?.action.kind) {
    case 'clusters':
      return [...steps, ...destination(input, route.action.split)];
    case 'clusterHeader':
      return [...steps, ...destination(input, [], `named by the header ${route.action.header}`)];
    default:
      return steps;
  }
}

/** Nodes of the model by the ids that a decision has. */
class Names {
  readonly request: AskedRequest;
  readonly #input: StepsInput;
  readonly #hosts = new Map<string, VirtualHostNode>();
  readonly #routes = new Map<string, RouteNode>();

  constructor(input: StepsInput) {
    this.#input = input;
    this.request = input.request;
    for (const host of this.hosts()) {
      this.#hosts.set(host.key, host);
      for (const route of host.routes) this.#routes.set(route.key, route);
    }
  }

  /** Virtual hosts of the listener. */
  hosts(): readonly VirtualHostNode[] {
    const { allocation, explanation, model } = this.#input;
    const { rconf, gen } = explanation.decision;
    const key = allocation.entities.routeConfiguration.at(rconf, gen)?.key;
    return model.routeConfigurations.get(key ?? '')?.virtualHosts ?? [];
  }

  host(id: number): VirtualHostNode | undefined {
    const { allocation, explanation } = this.#input;
    const key = allocation.entities.virtualHost.at(id, explanation.decision.gen)?.key;
    return this.#hosts.get(key ?? '');
  }

  route(id: number): RouteNode | undefined {
    const { allocation, explanation } = this.#input;
    const key = allocation.entities.route.at(id, explanation.decision.gen)?.key;
    return this.#routes.get(key ?? '');
  }

  /** The domain of the wildcard at a place of the route configuration's list. */
  wild(place: number): DomainNode | undefined {
    const { allocation, explanation } = this.#input;
    const { rconf, gen } = explanation.decision;
    const row = allocation.entities.routeConfiguration.at(rconf, gen)?.row.wild[place];
    const kind = row?.suffix === true ? 'suffix' : 'prefix';
    return this.hosts()
      .flatMap(({ domains }) => domains)
      .find((domain) => domain.kind === kind && domain.value === row?.text);
  }
}

function stepOf(step: Step, names: Names): ExplainedStep {
  const { request } = names;
  switch (step.kind) {
    case oh_step_kind.STEP_PATH:
    case oh_step_kind.STEP_COND:
    case oh_step_kind.STEP_ROUTE:
      return routeStep(step, names.route(step.id), request);
  }
  const host = names.host(step.id);
  const found = (domain: DomainNode | undefined, detail: string, ok = true): ExplainedStep => ({
    kind: 'virtual-host',
    name: host?.name ?? `#${step.id}`,
    ok,
    detail,
    ...sourceOf(domain ?? host),
  });
  switch (step.kind) {
    case oh_step_kind.STEP_WILD: {
      const domain = names.wild(step.detail);
      return found(domain, `domain ${quoted(domain?.text ?? '')}`);
    }
    case oh_step_kind.STEP_NOT_WILD: {
      const domain = names.wild(step.detail);
      return found(domain, `host ${quoted(request.host)} does not fit ${quoted(domain?.text ?? '')}`, false);
    }
    case oh_step_kind.STEP_ANY:
      return found(
        host?.domains.find(({ kind }) => kind === 'any'),
        'domain "*"',
      );
    default: {
      const value = lowerCase(request.host);
      const domain = host?.domains.find((one) => one.kind === 'exact' && one.value === value);
      return found(domain, `domain ${quoted(domain?.text ?? '')} exact`);
    }
  }
}

function routeStep(step: Step, route: RouteNode | undefined, request: AskedRequest): ExplainedStep {
  const base = { kind: 'route', name: route?.name ?? `#${step.id}`, ...sourceOf(route) } as const;
  if (route === undefined) return { ...base, ok: step.kind === oh_step_kind.STEP_ROUTE, detail: '' };
  const { path, conditions } = kernelMatch(route.match);
  if (step.kind === oh_step_kind.STEP_ROUTE) return { ...base, ok: true, detail: explainMatch(route.match) };
  if (step.kind === oh_step_kind.STEP_PATH) return { ...base, ok: false, detail: pathFailure(path, request) };
  const condition = conditions[step.detail];
  const detail = condition === undefined ? '' : kernelFailure(condition, request);
  return { ...base, ok: false, detail };
}

/** `checked` is undefined when nobody has: the kernel's answer alone is told. */
function opaqueStep(step: Step, checked: OpaqueStep | undefined, names: Names): ExplainedStep {
  const route = names.route(step.id);
  const base = { kind: 'route', name: route?.name ?? `#${step.id}`, ...sourceOf(route) } as const;
  if (route === undefined || checked === undefined)
    return { ...base, ok: false, detail: 'the relay checks the other conditions' };
  const { failed } = checked;
  const { request } = names;
  const view = { ...request, scheme: 'http', headers: request.headers.map(lowerName) };
  return failed === undefined
    ? { ...base, ok: true, detail: explainMatch(route.match) }
    : { ...base, ok: false, detail: relayFailure(failed, route.match.path, view) };
}

function lowerName([name, value]: readonly [string, string]): readonly [string, string] {
  return [lowerCase(name), value];
}

/** What the steps do not say: that nothing was left to try, or that there were too many to keep. */
function notFound({ explanation }: StepsInput, names: Names): ExplainedStep[] {
  const { steps, stepCount, decision, stopped } = explanation;
  const more: ExplainedStep[] = [];
  if (stopped === noVirtualHost)
    more.push({
      kind: 'virtual-host',
      name: '',
      ok: false,
      detail: `no domain matches host ${quoted(names.request.host)}`,
    });
  if (stepCount > steps.length)
    more.push({ kind: 'route', name: '', ok: false, detail: `${stepCount - steps.length} more were tried` });
  if (stopped === noRoute) more.push({ kind: 'route', name: '', ok: false, detail: 'no route matches' });
  const route = stepCount > steps.length ? names.route(decision.route) : undefined;
  if (route !== undefined)
    more.push({
      kind: 'route',
      name: route.name,
      ok: true,
      detail: explainMatch(route.match),
      ...sourceOf(route),
    });
  return more;
}

/** From the clusters of a route or listener to an endpoint. */
function destination(
  { explanation, allocation, model }: StepsInput,
  split: readonly ClusterShare[],
  named?: string,
): ExplainedStep[] {
  const { decision, stopped } = explanation;
  const entity = allocation.entities.cluster.at(decision.cluster, decision.gen);
  if (entity === undefined) return [];
  const { row } = entity;
  const total = split.reduce((sum, { weight }) => sum + weight, 0);
  const share = split.find((one) => one.cluster === row.name);
  const drawn = `weight ${share?.weight ?? 0} of ${total}, drawn ${decision.draw}`;
  const how = named ?? (split.length === 1 ? 'the only one' : drawn);
  const node = model.clusters.get(row.name);
  const cluster = {
    kind: 'cluster',
    name: row.name,
    ok: stopped !== noCluster,
    detail: stopped === noCluster ? 'there is no such cluster' : how,
    ...sourceOf(node ?? share),
  } as const;
  if (stopped === noCluster) return [cluster];
  const endpoint = allocation.entities.endpoint.at(decision.endpoint, decision.gen)?.row;
  const group = allocation.groupOf(entity, decision.group);
  if (stopped !== 0 || endpoint === undefined) {
    const detail = stopped === noEndpoint ? noEndpointOf(row) : reasonText(stopped);
    return [cluster, { kind: 'endpoint', name: '', ok: false, detail }];
  }
  return [
    cluster,
    {
      kind: 'endpoint',
      name: formatAddress(endpoint.ip, endpoint.port),
      ok: true,
      detail: explainChoice(row, group, decision),
      source: endpoint.source,
    },
  ];
}

/** Endpoints that there are can still be out of reach: of IPv6, for a socket of IPv4 that connects by itself. */
function noEndpointOf({ name, endpoints }: ClusterRow): string {
  return endpoints.length === 0
    ? `cluster ${name} has no usable endpoint`
    : `cluster ${name} has no IPv4 endpoint`;
}

const noVirtualHost = reasonId('no-vhost');
const noRoute = reasonId('no-route');
const noCluster = reasonId('no-cluster');
const noEndpoint = reasonId('no-endpoint');

function sourceOf(node: { readonly source: Source } | undefined): { readonly source?: Source } {
  return node === undefined ? {} : { source: node.source };
}
