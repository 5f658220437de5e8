/** Random route configurations of everything that Envoy can match on and do without a second service. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { Random } from '../router/random.js';
import { metadataValues } from './assignments.js';
import { noEndpoints } from './clusters.js';
import {
  cookieNames,
  domains,
  headerNames,
  methods,
  pathRegexes,
  queryNames,
  segments,
  valueRegexes,
  values,
} from './vocabulary.js';

/** @param prefix of the names of routes, which no other configuration has */
export function randomRoutes(random: Random, prefix: string, clusters: readonly string[]): JsonObject {
  const free = random
    .some(domains, random.between(1, random.chance(0.2) ? domains.length : 8))
    .filter(firstOfItsCase());
  if (random.chance(0.7)) free.push('*' as never);
  const virtualHosts: JsonObject[] = [];
  while (free.length > 0) {
    const index = virtualHosts.length;
    const routes = random.list(random.between(1, 8), (i) => ({
      name: `${prefix}-${index}-${i}`,
      ...route(random, clusters),
    }));
    const requireTls = random.chance(0.03)
      ? { requireTls: random.pick(['ALL', 'EXTERNAL_ONLY', 'NONE']) }
      : {};
    virtualHosts.push({
      name: `host-${index}`,
      domains: free.splice(0, random.between(1, 4)),
      ...requireTls,
      routes,
    });
  }
  return {
    name: prefix,
    ...(random.chance(0.1) ? { ignorePortInHostMatching: true } : {}),
    ...(random.chance(0.05) ? { ignorePathParametersInPathMatching: true } : {}),
    virtualHosts,
  };
}

/** Envoy refuses two domains that differ in case only. */
function firstOfItsCase(): (domain: string) => boolean {
  const seen = new Set<string>();
  return (domain) => !seen.has(domain.toLowerCase()) && Boolean(seen.add(domain.toLowerCase()));
}

function route(random: Random, clusters: readonly string[]): JsonObject {
  const match = {
    ...pathMatch(random),
    ...some(random, 0.45, () => ({
      headers: random.list(random.between(1, random.chance(0.1) ? 6 : 2), () => headerMatch(random)),
    })),
    ...some(random, 0.2, () => ({
      queryParameters: random.list(random.between(1, 2), () => queryMatch(random)),
    })),
    ...some(random, 0.05, () => ({ cookies: [cookieMatch(random)] })),
    ...some(random, 0.05, () => ({
      runtimeFraction: {
        defaultValue: random.pick([
          { numerator: 0 },
          { numerator: 100 },
          { numerator: 10_000, denominator: 'TEN_THOUSAND' },
        ]),
      },
    })),
    ...some(random, 0.02, () => ({ grpc: {} })),
  };
  const kind = random.next();
  if (kind < 0.1) return { match, directResponse: directResponse(random) };
  if (kind < 0.25) return { match, redirect: redirect(random) };
  const action = { ...destination(random, clusters), ...rewrite(random, match), ...balance(random) };
  return { match, route: action };
}

/** What chooses among the endpoints of the cluster. */
function balance(random: Random): JsonObject {
  return {
    ...some(random, 0.5, () => ({
      hashPolicy: random.list(random.between(1, 3), () => hashPolicy(random)),
    })),
    ...some(random, 0.4, () => metadataMatch(random)),
  };
}

function hashPolicy(random: Random): JsonObject {
  const terminal = some(random, 0.3, () => ({ terminal: true }));
  const kind = random.next();
  if (kind < 0.45) {
    const headerName = random.pick([...headerNames, ':path', ':authority', ':method', 'X-A']);
    return { header: { headerName }, ...terminal };
  }
  if (kind < 0.65) return { cookie: { name: random.pick(cookieNames) }, ...terminal };
  if (kind < 0.85) return { queryParameter: { name: random.pick(queryNames) }, ...terminal };
  return { connectionProperties: { sourceIp: true }, ...terminal };
}

function metadataMatch(random: Random): JsonObject {
  const wanted = {
    ...some(random, 0.7, () => ({ stage: random.pick([...metadataValues.stage, 'none']) })),
    ...some(random, 0.6, () => ({ version: random.pick(metadataValues.version) })),
  };
  return { metadataMatch: { filterMetadata: { 'envoy.lb': wanted } } };
}

export function path(random: Random, most = 3): string {
  return `/${random.some(segments, random.between(0, most)).join('/')}`;
}

function pathMatch(random: Random): JsonObject {
  const text = path(random);
  const caseless = random.chance(0.3) ? { caseSensitive: false } : {};
  const kind = random.next();
  if (kind < 0.25) return { path: text, ...caseless };
  if (kind < 0.45)
    return text.length < 2 || /[/?#]$/.test(text)
      ? { prefix: '' }
      : { pathSeparatedPrefix: text, ...caseless };
  if (kind < 0.6) return { prefix: text.slice(0, random.between(1, text.length)), ...caseless };
  if (kind < 0.75) return { safeRegex: { regex: random.pick(pathRegexes).regex } };
  return { prefix: '/', ...caseless };
}

function headerMatch(random: Random): JsonObject {
  const flags = {
    ...some(random, 0.25, () => ({ invertMatch: true })),
    ...some(random, 0.2, () => ({ treatMissingHeaderAsEmpty: true })),
  };
  const kind = random.next();
  if (kind < 0.12)
    return { name: ':method', ...flags, stringMatch: stringMatch(random, random.pick(methods)) };
  if (kind < 0.2)
    return {
      name: ':path',
      ...flags,
      stringMatch: stringMatch(random, random.pick([...segments, '?k=v', '/api?'])),
    };
  if (kind < 0.28)
    return {
      name: random.pick([':authority', 'host', 'Host']),
      ...flags,
      stringMatch: stringMatch(random, random.pick(['reviews', 'example.com', ':9080', 'a'])),
    };
  const name = random.pick([...headerNames, 'X-A', 'End-User']);
  const value = random.pick(values);
  if (kind < 0.4) return { name, presentMatch: random.chance(0.7), ...flags };
  if (kind < 0.42) return { name, ...flags };
  if (kind < 0.52)
    return {
      name,
      ...flags,
      rangeMatch: random.pick([
        { start: '1', end: '43' },
        { start: '-10', end: '0' },
        { start: '42', end: '43' },
        { start: '100', end: '101' },
        { start: '0', end: '9223372036854775807' },
      ]),
    };
  if (kind < 0.55) return { name, ...flags, exactMatch: value };
  if (kind < 0.58)
    return {
      name,
      ...flags,
      [random.pick(['prefixMatch', 'suffixMatch', 'containsMatch'])]: part(random, value),
    };
  if (kind < 0.6) return { name, ...flags, safeRegexMatch: { regex: random.pick(valueRegexes).regex } };
  return { name, ...flags, stringMatch: stringMatch(random, value) };
}

function part(random: Random, value: string): string {
  return value.slice(0, random.between(1, Math.max(value.length, 1)));
}

function stringMatch(random: Random, value: string): JsonObject {
  const caseless = random.chance(0.3) ? { ignoreCase: true } : {};
  const kind = random.pick(['exact', 'exact', 'prefix', 'suffix', 'contains', 'safeRegex']);
  if (kind === 'safeRegex') return { safeRegex: { regex: random.pick(valueRegexes).regex } };
  return { [kind]: kind === 'exact' ? value : part(random, value), ...caseless };
}

function queryMatch(random: Random): JsonObject {
  const name = random.pick(queryNames);
  return random.chance(0.3)
    ? { name, presentMatch: random.chance(0.7) }
    : random.chance(0.9)
      ? { name, stringMatch: stringMatch(random, random.pick(values)) }
      : { name };
}

function cookieMatch(random: Random): JsonObject {
  return {
    name: random.pick(cookieNames),
    stringMatch: stringMatch(random, random.pick(['1', 'jason', 'v1', 'abcabc'])),
    ...some(random, 0.3, () => ({ invertMatch: true })),
  };
}

function directResponse(random: Random): JsonObject {
  const status = random.pick([200, 201, 204, 301, 400, 403, 404, 418, 500, 503, 599]);
  return {
    status,
    ...some(random, 0.6, () => ({ body: { inlineString: random.pick(['no', 'é', 'a longer text\n', '']) } })),
  };
}

function redirect(random: Random): JsonObject {
  return {
    ...some(random, 0.4, () => ({
      hostRedirect: random.pick(['example.org', 'example.org:8443', '[fd00::1]']),
    })),
    ...some(random, 0.3, () => ({ portRedirect: random.pick([80, 443, 8443]) })),
    ...some(random, 0.4, () =>
      random.pick<JsonObject>([
        { httpsRedirect: true },
        { schemeRedirect: 'https' },
        { schemeRedirect: 'HTTP' },
        { schemeRedirect: 'ftp' },
      ]),
    ),
    ...some(random, 0.6, () =>
      random.pick<JsonObject>([
        { pathRedirect: path(random) },
        { pathRedirect: `${path(random)}?moved=1` },
        { prefixRewrite: path(random) },
        { prefixRewrite: '/' },
        { regexRewrite: { pattern: { regex: '/api/v([0-9]+)' }, substitution: '/v\\1/api' } },
        { regexRewrite: { pattern: { regex: '[aeiou]' }, substitution: '<\\0>' } },
      ]),
    ),
    ...some(random, 0.5, () => ({
      responseCode: random.pick([
        'MOVED_PERMANENTLY',
        'FOUND',
        'SEE_OTHER',
        'TEMPORARY_REDIRECT',
        'PERMANENT_REDIRECT',
      ]),
    })),
    ...some(random, 0.3, () => ({ stripQuery: true })),
  };
}

function destination(random: Random, clusters: readonly string[]): JsonObject {
  const kind = random.next();
  const one = (): string => (random.chance(0.04) ? noEndpoints : random.pick(clusters));
  const notFound = some(random, 0.05, () => ({
    clusterNotFoundResponseCode: random.pick(['NOT_FOUND', 'INTERNAL_SERVER_ERROR', 'SERVICE_UNAVAILABLE']),
  }));
  if (kind < 0.75) return { cluster: one(), ...notFound };
  if (kind < 0.8) return { clusterHeader: random.pick(headerNames), ...notFound };
  const named = random.some(clusters, random.between(2, 4));
  const weighted = named.map((name, i) => ({
    name,
    weight: i === 0 ? random.between(1, 50) : random.pick([0, 1, 2, 7, 33, 100]),
    ...some(random, 0.2, () => metadataMatch(random)),
  }));
  return { weightedClusters: { clusters: weighted } };
}

function rewrite(random: Random, match: JsonObject): JsonObject {
  if (random.chance(0.9)) return {};
  return random.pick<JsonObject>([
    'safeRegex' in match ? {} : { prefixRewrite: random.pick(['/', '/new', '/new/']) },
    { regexRewrite: { pattern: { regex: '^/(a|api)/' }, substitution: '/x\\1/' } },
    { hostRewriteLiteral: 'rewritten.example.com' },
    { hostRewriteHeader: 'x-a' },
  ]);
}

function some(random: Random, probability: number, make: () => JsonObject): JsonObject {
  return random.chance(probability) ? make() : {};
}
