/** What a program should see of a model: written from the model alone, with the numbers of wire.h. */
import { fullMatch } from '../../src/evaluate/regex.js';
import type {
  ClusterShare,
  HeaderCondition,
  PathMatch,
  RouteNode,
  RoutingModel,
} from '../../src/routing/model.js';
import { matchedTexts } from './kernelMaps.js';
import type { Seen, SeenListener, SeenRoute, SeenSplit } from './kernelMaps.js';

const PATHS = { direct: 1, kernel: 2, relay: 3 };
const REASONS: Readonly<Record<string, number>> = {
  none: 0,
  'direct-response': 8,
  'match-relay': 38,
  'route-redirect': 39,
};
const KINDS: Readonly<Record<string, number>> = {
  any: 0,
  exact: 1,
  prefix: 2,
  suffix: 3,
  contains: 4,
  present: 5,
  segments: 6,
  regex: 10,
};
const SUBJECTS: Readonly<Record<string, number>> = { header: 0, method: 1, authority: 2, path: 3 };

export function expectedOf(model: RoutingModel): Seen {
  const listeners: Record<string, SeenListener> = {};
  for (const listener of model.listeners.values()) {
    const seen = seenListener(model, listener.name);
    for (const { ip, port } of listener.addresses) listeners[`${ip} ${port}`] = seen;
  }
  return { listeners };
}

function seenListener(model: RoutingModel, name: string): SeenListener {
  const listener = model.listeners.get(name);
  if (listener === undefined) throw new Error(name);
  const base = { path: PATHS[listener.path], reason: REASONS[listener.reason] ?? -1 };
  if (listener.kind === 'tcp') return { ...base, split: seenSplit(model, listener.split) };
  const hosts = (model.routeConfigurations.get(listener.routeConfiguration)?.virtualHosts ?? []).map(
    (host) => ({
      domains: host.domains,
      routes: host.routes.map((route) => seenRoute(model, route)),
    }),
  );
  const all = hosts.flatMap(({ domains, routes }) =>
    domains.map(({ kind, value }) => ({ kind, value, routes })),
  );
  const any = all.find(({ kind }) => kind === 'any');
  const wild = (wanted: string): NonNullable<SeenListener['wild']>[number][] =>
    all
      .filter(({ kind }) => kind === wanted)
      .sort((a, b) => b.value.length - a.value.length)
      .map(({ value, routes }) => ({ text: value, suffix: wanted === 'suffix' ? 1 : 0, routes }));
  return {
    ...base,
    split: [],
    domains: Object.fromEntries(
      all.filter(({ kind }) => kind === 'exact').map(({ value, routes }) => [value, routes]),
    ),
    wild: [...wild('suffix'), ...wild('prefix')],
    ...(any === undefined ? {} : { any: any.routes }),
  };
}

function seenRoute(model: RoutingModel, { match, action, path, reason }: RouteNode): SeenRoute {
  return {
    path: PATHS[path],
    reason: REASONS[reason] ?? -1,
    match: KINDS[match.path.kind] ?? -1,
    flags: match.path.ignoreCase ? 2 : 0,
    status: action.kind === 'directResponse' ? action.status : 0,
    text: wanted(match.path),
    conditions: match.headers.map(seenCondition),
    split: action.kind === 'clusters' ? seenSplit(model, action.split) : [],
    hashes: [],
  };
}

function seenCondition(header: HeaderCondition): SeenRoute['conditions'][number] {
  const name = header.subject === 'header' ? header.name : '';
  return {
    subject: SUBJECTS[header.subject] ?? -1,
    match: KINDS[header.kind] ?? -1,
    flags: (header.invert ? 1 : 0) + (header.ignoreCase ? 2 : 0) + (header.missingIsEmpty ? 4 : 0),
    hash: name === '' ? 0 : slowHash(name),
    name,
    value: wanted(header),
  };
}

function seenSplit(model: RoutingModel, split: readonly ClusterShare[]): SeenSplit {
  return split
    .filter(({ weight }) => weight > 0)
    .map(({ cluster, weight }) => {
      const node = model.clusters.get(cluster);
      if (node === undefined) return { weight, cluster: 'missing' };
      return {
        weight,
        cluster: {
          hashed: 0,
          drop: 0,
          tiers: [
            {
              load: 100,
              group: {
                kind: node.balance.policy.kind === 'random' ? 1 : 0,
                choices: 0,
                turns: [],
                members: node.endpoints.map(({ ip, port }) => `${ip} ${port}`),
              },
            },
          ],
        },
      };
    });
}

function wanted({ kind, value, ignoreCase }: PathMatch | HeaderCondition): string {
  return kind === 'regex' ? matchedTexts((text) => fullMatch(value, text)) : folded(value, ignoreCase);
}

function folded(text: string, ignoreCase: boolean): string {
  return ignoreCase ? [...text].map((c) => (c >= 'A' && c <= 'Z' ? c.toLowerCase() : c)).join('') : text;
}

/** As wire/hash.ts says it, by another way. */
function slowHash(name: string): number {
  const bytes = Buffer.alloc(Math.ceil(Buffer.byteLength(name) / 8) * 8);
  for (const [i, byte] of Buffer.from(name).entries()) bytes[i] = byte | 0x20;
  let hash = 0n;
  for (let at = 0; at < bytes.length; at += 8) {
    hash = ((hash ^ bytes.readBigUInt64LE(at)) * 0x9e3779b97f4a7c15n) % (1n << 64n);
    hash ^= hash / (1n << 29n);
  }
  return Number(hash / (1n << 32n));
}
