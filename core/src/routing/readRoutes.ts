import { decodeBase64 } from '../envoy/base64.js';
import type { FieldPath, JsonObject } from '../resources/model.js';
import { listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import type {
  DomainNode,
  RouteAction,
  RouteConfigurationNode,
  RouteNode,
  Source,
  VirtualHostNode,
} from './model.js';
import { lowerCase, readMatch } from './readMatch.js';
import { readSplit } from './readSplit.js';
import type { Reading } from './reading.js';

export interface RouteConfigurationPlace {
  readonly key: string;
  /** Of the route configuration in its resource: empty when it is the resource. */
  readonly path: FieldPath;
  /** What Envoy assumes where validate_clusters is not set. */
  readonly validateClusters: boolean;
}

/** A route configuration; undefined when there is an error in it, which `reading` then has. */
export function readRouteConfiguration(
  reading: Reading,
  value: Json,
  place: RouteConfigurationPlace,
): RouteConfigurationNode | undefined {
  const before = reading.problems.length;
  const config = objectOf(value);
  const domains = new Map<string, string>();
  const keys = new Set<string>();
  const bodyMax = numberOf(config['maxDirectResponseBodySizeBytes']) ?? DEFAULT_BODY_MAX;
  const virtualHosts = listOf(config['virtualHosts']).map((item, index) => {
    const path = [...place.path, 'virtualHosts', index];
    return readVirtualHost({ reading, value: objectOf(item), path, key: place.key, keys, domains, bodyMax });
  });
  if (reading.problems.slice(before).some(({ severity }) => severity === 'error')) return undefined;
  return {
    key: place.key,
    name: textOf(config['name']) || reading.resource,
    virtualHosts,
    validateClusters:
      typeof config['validateClusters'] === 'boolean' ? config['validateClusters'] : place.validateClusters,
    source: reading.source(place.path),
  };
}

/** envoy/config/route/v3/route.proto */
const DEFAULT_BODY_MAX = 4096;

interface VirtualHostPlace {
  readonly reading: Reading;
  readonly value: JsonObject;
  readonly path: FieldPath;
  /** Of the route configuration. */
  readonly key: string;
  /** Keys given so far in the route configuration. */
  readonly keys: Set<string>;
  /** Domains seen so far in the route configuration, with the virtual host that has them. */
  readonly domains: Map<string, string>;
  readonly bodyMax: number;
}

function readVirtualHost(place: VirtualHostPlace): VirtualHostNode {
  const { reading, value, path } = place;
  const name = textOf(value['name']) ?? '';
  const key = distinct([place.key, name], place.keys);
  const routes: RouteNode[] = [];
  for (const [index, item] of listOf(value['routes']).entries()) {
    const route = readRoute({
      ...place,
      value: objectOf(item),
      path: [...path, 'routes', index],
      key,
      name: `${name}#${index}`,
    });
    if (route !== undefined) routes.push(route);
  }
  return { key, name, domains: readDomains(place, name), routes, source: reading.source(path) };
}

function readDomains({ reading, value, path, domains }: VirtualHostPlace, virtualHost: string): DomainNode[] {
  const nodes: DomainNode[] = [];
  for (const [index, item] of listOf(value['domains']).entries()) {
    const at = [...path, 'domains', index];
    const text = textOf(item) ?? '';
    if (text === '') {
      reading.error('bad-match', at, 'An empty domain matches no request.', 'Use "*" for every host.');
      continue;
    }
    const domain = { text, ...domainOf(lowerCase(text)), source: reading.source(at) };
    const other = domains.get(lowerCase(text));
    if (other === undefined) domains.set(lowerCase(text), virtualHost);
    else
      reading.error(
        'domain-conflict',
        at,
        `Domain "${text}" is already one of virtual host ${other}.`,
        'A domain may occur once in a route configuration, whatever its case.',
      );
    nodes.push(domain);
  }
  if (nodes.length === 0)
    reading.error(
      'bad-match',
      [...path, 'domains'],
      'The virtual host has no domain.',
      'Use "*" for every host.',
    );
  return nodes;
}

/** Envoy looks for the star at the start first: "*a*" is the suffix "a*". */
function domainOf(text: string): Pick<DomainNode, 'kind' | 'value'> {
  if (text === '*') return { kind: 'any', value: '' };
  if (text.startsWith('*')) return { kind: 'suffix', value: text.slice(1) };
  if (text.endsWith('*')) return { kind: 'prefix', value: text.slice(0, -1) };
  return { kind: 'exact', value: text };
}

/** `name` is what the route is called when it has no name of its own. */
function readRoute(place: VirtualHostPlace & { readonly name: string }): RouteNode | undefined {
  const { reading, value, path } = place;
  const name = textOf(value['name']) || place.name;
  const key = distinct([place.key, name], place.keys);
  const known = routes.get(value);
  if (known?.key === key && isSamePlace(known.source, reading.source(path))) return known;
  const before = reading.problems.length;
  const match = readMatch(reading, value['match'], [...path, 'match']);
  const action = readAction(place);
  if (match === undefined || action === undefined) return undefined;
  const choice =
    action.kind === 'clusters'
      ? ({ path: 'kernel', reason: 'none' } as const)
      : ({ path: 'relay', reason: 'direct-response' } as const);
  if (choice.path === 'relay') {
    reading.report(
      'info',
      'in-relay',
      [...path, 'directResponse'],
      'The agent writes this answer: requests of this route leave the kernel path.',
    );
  }
  const node: RouteNode = { key, name, match, action, ...choice, source: reading.source(path) };
  if (reading.problems.length === before) routes.set(value, node);
  return node;
}

/** Routes without a problem, by their JSON. */
const routes = new WeakMap<JsonObject, RouteNode>();

function isSamePlace(one: Source, other: Source): boolean {
  return (
    one.resource === other.resource &&
    one.typeUrl === other.typeUrl &&
    one.path.length === other.path.length &&
    one.path.every((step, i) => step === other.path[i])
  );
}

function readAction({ reading, value, path, bodyMax }: VirtualHostPlace): RouteAction | undefined {
  if (value['route'] !== undefined) {
    const split = readSplit(reading, value['route'], [...path, 'route']);
    return split && { kind: 'clusters', split };
  }
  if (value['directResponse'] === undefined) {
    reading.error(
      'bad-match',
      path,
      'The route does nothing.',
      'Set route with a cluster, or direct_response.',
    );
    return undefined;
  }
  const response = objectOf(value['directResponse']);
  const status = numberOf(response['status']) ?? 0;
  const body = response['body'] === undefined ? new Uint8Array() : readBody(objectOf(response['body']));
  const at = [...path, 'directResponse'];
  if (status < 200 || status > 599)
    reading.error(
      'bad-response',
      [...at, 'status'],
      `Status ${status} is not between 200 and 599.`,
      'Set status.',
    );
  else if (body === undefined)
    reading.error('bad-response', [...at, 'body'], 'The body is missing.', 'Set inline_string.');
  else if (body.length > bodyMax)
    reading.error(
      'bad-response',
      [...at, 'body'],
      `The body has ${body.length} bytes; at most ${bodyMax} are allowed.`,
      'Raise max_direct_response_body_size_bytes of the route configuration.',
    );
  else return { kind: 'directResponse', status, body };
  return undefined;
}

function readBody(body: JsonObject): Uint8Array | undefined {
  const text = textOf(body['inlineString']);
  if (text !== undefined) return new TextEncoder().encode(text);
  const bytes = textOf(body['inlineBytes']);
  return bytes === undefined ? undefined : decodeBase64(bytes);
}

/** Envoy allows one name twice; entries of maps need a key each. */
function distinct(parts: readonly string[], taken: Set<string>): string {
  let key = JSON.stringify(parts);
  for (let n = 2; taken.has(key); n++) key = JSON.stringify([...parts, n]);
  taken.add(key);
  return key;
}
