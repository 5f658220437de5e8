/** What Envoy's documentation says becomes of a request, read from the model in plain steps: a second opinion. */
import type {
  ClusterShare,
  DomainNode,
  HeaderCondition,
  ListenerNode,
  PathMatch,
  RouteNode,
  RoutingModel,
  VirtualHostNode,
} from '@onehop/core/routing/model.js';
import type { PlainRequest } from './requests.js';

export interface Expected {
  readonly listener?: string;
  /** Keys. */
  readonly virtualHost?: string;
  readonly route?: string;
  /** Where the request may go; undefined: nowhere. */
  readonly split?: readonly ClusterShare[];
  readonly directResponse?: boolean;
}

export function expected(model: RoutingModel, ip: string, port: number, request: PlainRequest): Expected {
  const listener = listenerAt(model, ip, port);
  if (listener === undefined) return {};
  if (listener.kind === 'tcp') return { listener: listener.name, split: listener.split };
  const hosts = model.routeConfigurations.get(listener.routeConfiguration)?.virtualHosts ?? [];
  const host = virtualHostOf(hosts, lower(request.host));
  if (host === undefined) return { listener: listener.name };
  const found = { listener: listener.name, virtualHost: host.key };
  const route = host.routes.find((one) => matches(one, request));
  if (route === undefined) return found;
  const { action } = route;
  return action.kind === 'clusters'
    ? { ...found, route: route.key, split: action.split }
    : { ...found, route: route.key, directResponse: true };
}

function listenerAt(model: RoutingModel, ip: string, port: number): ListenerNode | undefined {
  const all = [...model.listeners.values()];
  const has = (wanted: string) => (listener: ListenerNode) =>
    listener.addresses.some((address) => address.ip === wanted && address.port === port);
  return all.find(has(ip)) ?? all.find(has('::'));
}

/** Exact, then the longest suffix, then the longest prefix, then "*". */
function virtualHostOf(hosts: readonly VirtualHostNode[], host: string): VirtualHostNode | undefined {
  const all = hosts.flatMap((one) => one.domains.map((domain) => ({ domain, host: one })));
  const longest = (kind: DomainNode['kind'], fits: (value: string) => boolean): VirtualHostNode | undefined =>
    all
      .filter(({ domain: { kind: k, value } }) => k === kind && value.length < host.length && fits(value))
      .sort((a, b) => b.domain.value.length - a.domain.value.length)[0]?.host;
  return (
    all.find(({ domain }) => domain.kind === 'exact' && domain.value === host)?.host ??
    longest('suffix', (value) => host.endsWith(value)) ??
    longest('prefix', (value) => host.startsWith(value)) ??
    all.find(({ domain }) => domain.kind === 'any')?.host
  );
}

function matches({ match }: RouteNode, request: PlainRequest): boolean {
  const path = request.target.split(/[?#]/)[0] ?? '';
  return pathMatches(match.path, path) && match.headers.every((one) => holds(one, request));
}

function pathMatches({ kind, value, ignoreCase }: PathMatch, path: string): boolean {
  const [is, want] = ignoreCase ? [lower(path), lower(value)] : [path, value];
  if (kind === 'any') return true;
  if (kind === 'exact') return is === want;
  if (kind === 'prefix') return is.startsWith(want);
  return is === want || is.startsWith(`${want}/`);
}

function holds(condition: HeaderCondition, request: PlainRequest): boolean {
  const { kind, invert, missingIsEmpty } = condition;
  const found = valuesOf(condition, request);
  const all = found.length === 0 && missingIsEmpty ? [''] : found;
  if (kind === 'present') return all.length > 0 !== invert;
  return all.length > 0 && all.some((value) => valueMatches(condition, value)) !== invert;
}

function valuesOf({ subject, name }: HeaderCondition, request: PlainRequest): string[] {
  if (subject === 'method') return [request.method];
  if (subject === 'path') return [request.target];
  if (subject === 'authority') return [request.host];
  return request.headers.filter(([one]) => lower(one) === name).map(([, value]) => value);
}

function valueMatches({ kind, value, ignoreCase }: HeaderCondition, text: string): boolean {
  const [is, want] = ignoreCase ? [lower(text), lower(value)] : [text, value];
  switch (kind) {
    case 'exact':
      return is === want;
    case 'prefix':
      return is.startsWith(want);
    case 'suffix':
      return is.endsWith(want);
    default:
      return is.includes(want);
  }
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}
