/** What Envoy's documentation says becomes of a request, read from the model in plain steps: a second opinion. */
import { xxHash64 } from '@onehop/core/balance/xxHash.js';
import type {
  ClusterShare,
  HashItem,
  DomainNode,
  HeaderCondition,
  ListenerNode,
  PathMatch,
  QueryCondition,
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
  readonly split?: readonly ClusterShare[] | undefined;
  /** A reason: the decision ends at the route. */
  readonly stopped?: string;
  /** Of the request, by the route's hash policy; undefined: it has none. */
  readonly hash?: bigint;
}

export function expected(model: RoutingModel, ip: string, port: number, request: PlainRequest): Expected {
  const listener = listenerAt(model, ip, port);
  if (listener === undefined) return {};
  if (listener.kind === 'tcp') return { listener: listener.name, split: listener.split };
  const hosts = model.routeConfigurations.get(listener.routeConfiguration)?.virtualHosts ?? [];
  const ignorePort = model.routeConfigurations.get(listener.routeConfiguration)?.ignorePort === true;
  const name = lower(request.host);
  const host = virtualHostOf(hosts, ignorePort ? withoutPort(name) : name);
  if (host === undefined) return { listener: listener.name };
  const found = { listener: listener.name, virtualHost: host.key };
  const route = host.routes.find((one) => matches(one, request));
  if (route === undefined) return found;
  if (route.match.grpc) return { ...found, route: route.key, split: splitOf(route), stopped: 'match-relay' };
  const { action } = route;
  if (action.kind === 'clusters')
    return { ...found, route: route.key, split: action.split, ...hashOf(route.hashPolicy ?? [], request) };
  const stopped = action.kind === 'redirect' ? 'route-redirect' : 'direct-response';
  return { ...found, route: route.key, stopped };
}

function splitOf({ action }: RouteNode): readonly ClusterShare[] | undefined {
  return action.kind === 'clusters' ? action.split : undefined;
}

/** Colons in brackets are an address's. */
function withoutPort(host: string): string {
  const [, name = host] = /^(.*):[^\]]*$/.exec(host) ?? [];
  return name;
}

/** HashPolicyImpl::generateHash of Envoy. */
function hashOf(items: readonly HashItem[], request: PlainRequest): { readonly hash?: bigint } {
  let hash: bigint | undefined;
  for (const item of items) {
    const text = hashedText(item, request);
    if (text !== undefined) {
      const before = hash ?? 0n;
      hash = BigInt.asUintN(64, (before << 1n) | (before >> 63n)) ^ xxHash64(Buffer.from(text, 'latin1'));
    }
    if (item.terminal && hash !== undefined) break;
  }
  return hash === undefined ? {} : { hash };
}

function hashedText(item: HashItem, { method, target, host }: PlainRequest): string | undefined {
  if (item.kind === 'query') {
    const query = /\?(.*)$/.exec(target)?.[1] ?? '';
    const found = query.split('&').find((pair) => pair.split('=')[0] === item.name && pair !== '');
    return found === undefined ? undefined : found.slice(item.name.length + 1);
  }
  if (item.kind !== 'header') throw new Error(`no second opinion about ${item.kind}`);
  return { ':method': method, ':path': target, ':authority': host }[item.name];
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
  return (
    pathMatches(match.path, path) &&
    match.fraction?.numerator !== 0 &&
    match.headers.every((one) => holds(one, request)) &&
    match.query.every((one) => parameterHolds(one, request.target))
  );
}

function pathMatches({ kind, value, ignoreCase }: PathMatch, path: string): boolean {
  if (kind === 'regex') return regexMatches(value, path);
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

function parameterHolds({ name, kind, value, ignoreCase, invert }: QueryCondition, target: string): boolean {
  const pairs = target
    .replace(/^[^?]*\??/, '')
    .split('&')
    .filter((pair) => pair !== '');
  const found = pairs.map((pair) => /^([^=]*)=?(.*)$/.exec(pair)).find((pair) => pair?.[1] === name)?.[2];
  if (kind === 'present') return (found !== undefined) !== invert;
  return found !== undefined && textMatches(kind, value, ignoreCase, found);
}

function valuesOf({ subject, name }: HeaderCondition, request: PlainRequest): string[] {
  if (subject === 'method') return [request.method];
  if (subject === 'path') return [request.target];
  if (subject === 'authority') return [request.host];
  return request.headers.filter(([one]) => lower(one) === name).map(([, value]) => value);
}

function valueMatches({ kind, value, ignoreCase, range }: HeaderCondition, text: string): boolean {
  if (range === undefined) return textMatches(kind, value, ignoreCase, text);
  const number = /^[-+]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
  return number !== undefined && number >= range.first && number < range.end;
}

function textMatches(
  kind: HeaderCondition['kind'],
  value: string,
  ignoreCase: boolean,
  text: string,
): boolean {
  if (kind === 'regex') return regexMatches(value, text);
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

/** The whole text, in octets. */
function regexMatches(pattern: string, text: string): boolean {
  return new RegExp(`^(?:${pattern})$`).test(Buffer.from(text).toString('latin1'));
}

function lower(text: string): string {
  return text.replace(/[A-Z]/g, (c) => c.toLowerCase());
}
