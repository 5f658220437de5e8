/** Asks the wasm build of the datapath's router where requests go under a configuration that is in force nowhere. */
import { CONFIG_MAPS, type MapLimits } from '../compile/limits.js';
import { planGeneration } from '../compile/plan.js';
import type { Allocation } from '../compile/allocate.js';
import { nameIds } from '../decision/name.js';
import { explainSteps } from '../decision/steps.js';
import { formatFieldPath, type XdsSet } from '../resources/model.js';
import type { WasmRouter } from '../router/wasmRouter.js';
import { buildRouting } from '../routing/build.js';
import type { ClusterShare, RouteNode, RoutingModel } from '../routing/model.js';
import { formatAddress, parseIp } from '../wire/ip.js';
import { reasonId, reasonText } from '../wire/reasons.js';
import { structCodec } from '../wire/structs.js';
import { oh_path } from '../wire/wire.generated.js';
import { destinationOf, type NamedAddresses, partsOfRequest } from './destination.js';
import type { AskRoute, Outcome, TestRequest } from './model.js';

export interface OfflineInput {
  readonly set: XdsSet;
  /** A fresh one: it is filled with the tables of the set. */
  readonly router: WasmRouter;
  /** Services and workloads of the lab; empty: names are those of listeners. */
  readonly names: readonly NamedAddresses[];
}

/** Throws an Error for a set that cannot be compiled. */
export function askOffline({ set, router, names }: OfflineInput): AskRoute {
  const { model } = buildRouting(set);
  const planned = planGeneration({ previous: undefined, model, limits: LIMITS, codec: structCodec() });
  if (!planned.ok)
    throw new Error(
      `The configuration cannot be compiled: ${planned.problems[0]?.message ?? 'it is too large'}`,
    );
  const { plan } = planned;
  for (const { map, key, value } of [...plan.writes, plan.flip])
    if (!router.set(map, typeof key === 'number' ? indexBytes(key) : key, value))
      throw new Error(`The configuration is too large: ${map} is full.`);
  return (request) =>
    Promise.resolve().then(() => ask(request, { router, model, allocation: plan.allocation, names }));
}

interface Tables extends Pick<OfflineInput, 'router' | 'names'> {
  readonly model: RoutingModel;
  readonly allocation: Allocation;
}

/** Far above what a configuration of a person has. */
const LIMITS = Object.fromEntries(CONFIG_MAPS.map((name) => [name, 1 << 20])) as unknown as MapLimits;

function ask(request: TestRequest, { router, model, allocation, names }: Tables): Outcome {
  const { target, host, headers } = partsOfRequest(request);
  const { address, port } = destinationOf(request, [...model.listeners.values()], names);
  const ip = parseIp(address);
  if (ip === undefined) throw new Error(`${address} is not an IP address.`);
  const head = `${request.method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  const explanation = router.explain(ip, port, new TextEncoder().encode(head));
  const { decision, stopped } = explanation;
  const input = {
    explanation,
    allocation,
    model,
    address: formatAddress(address, port),
    request: { method: request.method, target, host, headers },
  };
  const steps = explainSteps(input).map(({ source, ...step }) => ({
    ...step,
    source:
      source === undefined
        ? undefined
        : { typeUrl: source.typeUrl, resource: source.resource, field: formatFieldPath(source.path) },
  }));
  const ids = {
    generation: decision.gen,
    listener: decision.listener,
    virtualHost: decision.vhost,
    route: decision.route,
    cluster: decision.cluster,
    endpoint: decision.endpoint,
  };
  const { endpoint: _, ...named } = nameIds(allocation, ids);
  const key = allocation.entities.route.at(decision.route, decision.gen)?.key ?? '';
  const reason = stopped || explanation.refused || decision.reason;
  return {
    ...named,
    status: statusOf(stopped, decision.status),
    path: decision.listener === 0 ? '' : pathOf(decision.path, reason),
    reason: reasonText(decision.listener === 0 ? reasonId('no-listener') : reason),
    shares: sharesOf(model, named.listener, key),
    steps,
  };
}

function pathOf(path: number, reason: number): string {
  if (path === oh_path.PATH_DIRECT) return 'direct';
  return reason === 0 && path === oh_path.PATH_KERNEL ? 'kernel' : 'relay';
}

/** What the relay answers when there is no way on. */
function statusOf(stopped: number, status: number): number {
  if (stopped === 0 || status !== 0) return status;
  if (stopped === reasonId('no-vhost') || stopped === reasonId('no-route')) return 404;
  return stopped === reasonId('no-cluster') || stopped === reasonId('no-endpoint') ? 503 : 0;
}

function sharesOf(model: RoutingModel, listener: string, key: string): Outcome['shares'] {
  const plain = (split: readonly ClusterShare[]): Outcome['shares'] =>
    split.map(({ cluster, weight }) => ({ cluster, weight }));
  const node = model.listeners.get(listener);
  if (node?.kind === 'tcp') return plain(node.split);
  const hosts = model.routeConfigurations.get(node?.routeConfiguration ?? '')?.virtualHosts ?? [];
  const route: RouteNode | undefined = hosts.flatMap(({ routes }) => routes).find((one) => one.key === key);
  return route?.action.kind === 'clusters' ? plain(route.action.split) : [];
}

function indexBytes(key: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, key, true);
  return bytes;
}
