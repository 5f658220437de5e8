import { canonicalText } from '../balance/subsets.js';
import type { ResourceProblem } from '../resources/model.js';
import type {
  ClusterNode,
  ClusterShare,
  HashItem,
  HeaderCondition,
  ListenerNode,
  PathChoice,
  PathMatch,
  RouteConfigurationNode,
  RouteNode,
  Source,
  VirtualHostNode,
} from '../routing/model.js';
import { isJoined } from '../routing/joinedHeaders.js';
import { kernelMatch, type KernelCondition } from '../routing/kernelMatch.js';
import { lowerCase } from '../routing/readMatch.js';
import { headerNameHash } from '../wire/hash.js';
import { reasonId } from '../wire/reasons.js';
import { limits, oh_by, oh_match, oh_path, oh_subject } from '../wire/wire.generated.js';
import { clusterKey, clusterRow, endpointRow, missingClusterRow } from './clusterRows.js';
import { limitProblem } from './limits.js';
import type {
  AddressRow,
  ConditionRow,
  EndpointRow,
  Group,
  HashRow,
  RouteConfigurationRow,
  RouteRow,
  SplitRow,
  VirtualHostRow,
  WildRow,
} from './tables.js';

/** The rows of a node; the same objects for the same node. */
export interface MadeGroup {
  readonly group: Group;
  /** Clusters that it names, by key, each with the first place that does. */
  readonly named: ReadonlyMap<string, NamedCluster>;
  /** Requests name clusters: it may be any. */
  readonly namesAny?: boolean;
  readonly problems: readonly ResourceProblem[];
}

export type NamedCluster = Pick<ClusterShare, 'criteria' | 'source'> & { readonly name: string };

export const listenerGroup = remembered(
  (node: ListenerNode): MadeGroup & { readonly addresses: readonly AddressRow[] } => {
    const problems: ResourceProblem[] = [];
    const shares = node.kind === 'tcp' ? node.split : [];
    const row = {
      ...pathNumbers(node),
      routeConfiguration: node.kind === 'http' ? node.routeConfiguration : '',
      split: splitRow(shares, node.source, problems),
    };
    const listener = {
      key: node.name,
      name: node.name,
      source: node.source,
      ...row,
      shape: JSON.stringify(row),
    };
    const addresses = node.addresses.map(({ ip, port, source }) => ({
      ip,
      port,
      source,
      listener: node.name,
    }));
    return { group: { listener: [listener] }, addresses, named: namedBy(shares), problems };
  },
);

export const routeConfigurationGroup = remembered((node: RouteConfigurationNode): MadeGroup => {
  const problems: ResourceProblem[] = [];
  const hosts = node.virtualHosts.map(virtualHostRows);
  const named = new Map<string, NamedCluster>();
  for (const host of hosts) {
    problems.push(...host.problems);
    for (const [key, one] of host.named) if (!named.has(key)) named.set(key, one);
  }
  return {
    group: {
      routeConfiguration: [domainRow(node, problems)],
      virtualHost: hosts.map(({ row }) => row),
      route: hosts.flatMap(({ routes }) => routes),
    },
    named,
    namesAny: hosts.some(({ namesAny }) => namesAny),
    problems,
  };
});

/** A cluster for requests without criteria, with the endpoints that requests of any kind can go to. */
export const clusterGroup = remembered((node: ClusterNode): { readonly group: Group } => {
  made.add(node);
  const cluster = clusterRow(node.name, node, undefined);
  // An address that is there twice is one endpoint, with two turns.
  const rows = new Map<string, EndpointRow>();
  for (const host of node.subsets === undefined ? node.endpoints : node.hosts) {
    const row = endpointRow(node.name, host);
    if (!rows.has(row.key)) rows.set(row.key, row);
  }
  return { group: { cluster: [cluster], endpoint: [...rows.values()] } };
});

/** Whether its group was made before. */
export function isMade(node: ClusterNode): boolean {
  return made.has(node);
}

const made = new WeakSet<ClusterNode>();

/** A cluster for requests with criteria. */
export function variantGroup(key: string, node: ClusterNode, { criteria }: NamedCluster): Group {
  let known = variants.get(node);
  if (known === undefined) variants.set(node, (known = new Map()));
  let group = known.get(key);
  if (group === undefined) known.set(key, (group = { cluster: [clusterRow(key, node, criteria)] }));
  return group;
}

const variants = new WeakMap<ClusterNode, Map<string, Group>>();

export function missingClusterGroup(key: string, { name, source }: NamedCluster): Group {
  return { cluster: [missingClusterRow(key, name, source)] };
}

function remembered<N extends object, R>(make: (node: N) => R): (node: N) => R {
  const known = new WeakMap<N, R>();
  return (node) => {
    let made = known.get(node);
    if (made === undefined) known.set(node, (made = make(node)));
    return made;
  };
}

function namedBy(shares: readonly ClusterShare[]): ReadonlyMap<string, NamedCluster> {
  const named = new Map<string, NamedCluster>();
  for (const share of shares) noteNamed(named, share);
  return named;
}

function noteNamed(named: Map<string, NamedCluster>, share: ClusterShare): void {
  const key = keyOf(share);
  if (named.has(key)) return;
  const { cluster: name, criteria, source } = share;
  named.set(key, { name, source, ...(criteria === undefined ? {} : { criteria }) });
}

function keyOf({ cluster, criteria }: Pick<ClusterShare, 'cluster' | 'criteria'>): string {
  return clusterKey(cluster, criteria === undefined ? '' : canonicalText(criteria));
}

function domainRow(node: RouteConfigurationNode, problems: ResourceProblem[]): RouteConfigurationRow {
  const exact = new Map<string, string>();
  const wild: WildRow[] = [];
  let any = '';
  for (const host of node.virtualHosts) {
    for (const { kind, value, source } of host.domains) {
      if (kind === 'any') any = host.key;
      else if (kind === 'exact') {
        exact.set(value, host.key);
        checkLength(value, limits.DOMAIN_MAX, 'OH_DOMAIN_MAX', 'A domain', source, problems);
      } else {
        wild.push({ text: value, suffix: kind === 'suffix', virtualHost: host.key });
        checkLength(value, limits.STR_MAX, 'OH_STR_MAX', 'A wildcard domain', source, problems);
      }
    }
  }
  if (wild.length > limits.WILD_MAX) {
    problems.push(
      limitProblem(
        node.source,
        `The route configuration has ${wild.length} wildcard domains`,
        'OH_WILD_MAX',
        limits.WILD_MAX,
      ),
    );
  }
  // Envoy's order: suffixes before prefixes, each the longest first. Of one length only one can match.
  wild.sort((a, b) => Number(b.suffix) - Number(a.suffix) || b.text.length - a.text.length);
  const exactShape = JSON.stringify([...exact]);
  const { key, name, source, ignorePort } = node;
  const shape = JSON.stringify([exactShape, wild, any, ignorePort]);
  return { key, name, source, exact, exactShape, wild, any, ignorePort, shape };
}

const virtualHostRows = remembered((node: VirtualHostNode): MadeVirtualHost => {
  const problems: ResourceProblem[] = [];
  if (node.routes.length > limits.ROUTES_MAX) {
    problems.push(
      limitProblem(
        node.source,
        `The virtual host has ${node.routes.length} routes`,
        'OH_ROUTES_MAX',
        limits.ROUTES_MAX,
      ),
    );
  }
  const made = node.routes.map(routeRow);
  const named = new Map<string, NamedCluster>();
  for (const one of made) {
    if (one.problems.length > 0) problems.push(...one.problems);
    for (const share of one.shares) noteNamed(named, share);
  }
  const routes = node.routes.map(({ key }) => key);
  const { key, name, source } = node;
  return {
    row: { key, name, source, routes, shape: routes.join('\n') },
    routes: made.map(({ row }) => row),
    named,
    namesAny: node.routes.some(({ action }) => action.kind === 'clusterHeader'),
    problems,
  };
});

interface MadeVirtualHost {
  readonly row: VirtualHostRow;
  readonly routes: readonly RouteRow[];
  readonly named: ReadonlyMap<string, NamedCluster>;
  readonly namesAny: boolean;
  readonly problems: readonly ResourceProblem[];
}

interface MadeRoute {
  readonly row: RouteRow;
  readonly shares: readonly ClusterShare[];
  readonly problems: readonly ResourceProblem[];
}

const routeRow = remembered((node: RouteNode): MadeRoute => {
  const { action, source } = node;
  const { path, conditions, opaque } = kernelMatch(node.match);
  const problems: ResourceProblem[] = [];
  const shares = action.kind === 'clusters' ? action.split : [];
  const row = {
    ...pathNumbers(node),
    match: PATH_MATCH[path.kind],
    flags: (path.ignoreCase ? limits.F_NOCASE : 0) | (opaque ? limits.F_OPAQUE : 0),
    text: path.ignoreCase ? lowerCase(path.value) : path.value,
    status: action.kind === 'directResponse' || action.kind === 'redirect' ? action.status : 0,
    conditions: conditions.map(conditionRow),
    split: splitRow(shares, source, problems),
    hashes: hashRows(node.hashPolicy ?? [], source, problems),
  };
  const shape = JSON.stringify(row, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  return { row: { key: node.key, name: node.name, source, ...row, shape }, shares, problems };
});

function conditionRow(condition: KernelCondition): ConditionRow {
  if (condition.kind === 'fraction')
    return { subject: oh_subject.SUBJ_FRACTION, match: 0, flags: 0, hash: 0, fraction: condition.fraction };
  if (condition.kind === 'query') {
    const { name, kind, invert } = condition.query;
    const { flags, value } = textRow(condition.query, invert);
    return { subject: oh_subject.SUBJ_QUERY, match: TEXT_MATCH[kind], flags, hash: 0, name, ...value };
  }
  const { header } = condition;
  const name = header.subject === 'header' ? header.name : '';
  const { flags, value } = textRow(header, header.invert);
  return {
    subject: SUBJECT[header.subject],
    match: TEXT_MATCH[header.kind],
    flags:
      flags |
      (header.missingIsEmpty ? limits.F_MISSING_EMPTY : 0) |
      (header.kind !== 'present' && isJoined(name) ? limits.F_JOINED : 0),
    hash: name === '' ? 0 : headerNameHash(encoder.encode(name)),
    ...(name === '' ? {} : { name }),
    ...(header.range === undefined ? value : { range: header.range }),
  };
}

function textRow(
  { kind, value, ignoreCase }: Pick<HeaderCondition, 'kind' | 'value' | 'ignoreCase'>,
  invert: boolean,
): { readonly flags: number; readonly value: { readonly value?: string } } {
  return {
    flags: (invert ? limits.F_INVERT : 0) | (ignoreCase ? limits.F_NOCASE : 0),
    value: kind === 'present' ? {} : { value: ignoreCase ? lowerCase(value) : value },
  };
}

function hashRows(
  items: readonly HashItem[],
  source: Source,
  problems: ResourceProblem[],
): readonly HashRow[] {
  if (items.length > limits.HASHES_MAX) {
    const what = `The hash policy has ${items.length} items`;
    problems.push(limitProblem(source, what, 'OH_HASHES_MAX', limits.HASHES_MAX));
  }
  return items.map((item): HashRow => {
    const name = 'name' in item ? item.name : '';
    checkLength(name, limits.STR_MAX, 'OH_STR_MAX', 'A name', source, problems);
    const flags = item.terminal ? limits.BY_TERMINAL : 0;
    const none = { hash: 0, header: '', name: '' };
    switch (item.kind) {
      case 'source':
        return { ...none, by: oh_by.BY_SOURCE, flags };
      case 'query':
        return { ...none, by: oh_by.BY_QUERY, flags, name };
      case 'cookie': {
        return { ...named('cookie'), by: oh_by.BY_COOKIE, flags, name };
      }
      case 'header': {
        const by = PSEUDO_HEADERS[name];
        const joined = isJoined(name) ? limits.BY_JOINED : 0;
        return by === undefined
          ? { ...named(name), by: oh_by.BY_HEADER, flags: flags | joined, name: '' }
          : { ...none, by, flags };
      }
    }
  });
}

/** The header Host is :authority to Envoy. */
const PSEUDO_HEADERS: Readonly<Record<string, number>> = {
  ':method': oh_by.BY_METHOD,
  ':authority': oh_by.BY_AUTHORITY,
  host: oh_by.BY_AUTHORITY,
  ':path': oh_by.BY_PATH,
};

function named(header: string): Pick<HashRow, 'hash' | 'header'> {
  return { hash: headerNameHash(encoder.encode(header)), header };
}

function splitRow(shares: readonly ClusterShare[], source: Source, problems: ResourceProblem[]): SplitRow {
  let total = 0;
  const drawn: { cluster: string; upto: number }[] = [];
  for (const share of shares) {
    if (share.weight === 0) continue;
    total += share.weight;
    drawn.push({ cluster: keyOf(share), upto: total });
  }
  if (drawn.length > limits.SPLIT_MAX) {
    problems.push(
      limitProblem(source, `The split has ${drawn.length} clusters`, 'OH_SPLIT_MAX', limits.SPLIT_MAX),
    );
  }
  return { shares: drawn, total };
}

const encoder = new TextEncoder();

function checkLength(
  text: string,
  max: number,
  limit: string,
  what: string,
  source: Source,
  problems: ResourceProblem[],
): void {
  if (text.length * 3 <= max) return;
  const { length } = encoder.encode(text);
  if (length > max) problems.push(limitProblem(source, `${what} has ${length} bytes`, limit, max));
}

function pathNumbers({ path, reason }: PathChoice): { readonly path: number; readonly reason: number } {
  return { path: PATH[path], reason: reasonId(reason) };
}

const PATH = { direct: oh_path.PATH_DIRECT, kernel: oh_path.PATH_KERNEL, relay: oh_path.PATH_RELAY } as const;

const PATH_MATCH: Readonly<Record<PathMatch['kind'], number>> = {
  any: oh_match.M_ANY,
  exact: oh_match.M_EXACT,
  prefix: oh_match.M_PREFIX,
  segments: oh_match.M_SEGMENTS,
  regex: oh_match.M_REGEX,
  connect: oh_match.M_CONNECT,
  never: oh_match.M_NEVER,
};

const TEXT_MATCH: Readonly<Record<HeaderCondition['kind'], number>> = {
  exact: oh_match.M_EXACT,
  prefix: oh_match.M_PREFIX,
  suffix: oh_match.M_SUFFIX,
  contains: oh_match.M_CONTAINS,
  present: oh_match.M_PRESENT,
  range: oh_match.M_RANGE,
  regex: oh_match.M_REGEX,
};

const SUBJECT: Readonly<Record<HeaderCondition['subject'], number>> = {
  header: oh_subject.SUBJ_HEADER,
  method: oh_subject.SUBJ_METHOD,
  authority: oh_subject.SUBJ_AUTHORITY,
  path: oh_subject.SUBJ_PATH,
  scheme: oh_subject.SUBJ_HEADER, // kernelMatch() leaves it out
};
