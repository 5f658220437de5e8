import type { FieldPath, JsonObject } from '../resources/model.js';
import { choiceOf, FIELD, WHY } from './choice.js';
import { isObject, listOf, numberOf, objectOf, textOf, type Json } from './fields.js';
import type { DomainNode, RouteConfigurationNode, RouteNode, Source, VirtualHostNode } from './model.js';
import type { FilterLevel } from './filters/model.js';
import { readFilterLevel } from './filters/read.js';
import { readAction } from './readAction.js';
import { readCare, type PolicyAt } from './readCare.js';
import { readChanges, readLevel, type ChangeLevel } from './readChanges.js';
import { stopsAll } from './kernelMatch.js';
import { readHashPolicy } from './readHashPolicy.js';
import { lowerCase, readMatch } from './readMatch.js';
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
  const order = config['mostSpecificHeaderMutationsWins'] === true ? reversed : asTheyAre;
  const level = readLevel(reading, config, place.path);
  const filters = readFilterLevel(reading, config['typedPerFilterConfig'], [
    ...place.path,
    'typedPerFilterConfig',
  ]);
  const about = [level, config['typedPerFilterConfig']];
  const around = about.every((one) => one === undefined)
    ? ''
    : JSON.stringify([...about, order === reversed]);
  const virtualHosts = listOf(config['virtualHosts']).map((item, index) => {
    const path = [...place.path, 'virtualHosts', index];
    const host = { reading, value: objectOf(item), path, key: place.key, keys, domains, bodyMax };
    return readVirtualHost({ ...host, level, filters, order, around });
  });
  if (reading.problems.slice(before).some(({ severity }) => severity === 'error')) return undefined;
  return {
    key: place.key,
    name: textOf(config['name']) || reading.resource,
    virtualHosts,
    validateClusters:
      typeof config['validateClusters'] === 'boolean' ? config['validateClusters'] : place.validateClusters,
    ignorePort: config['ignorePortInHostMatching'] === true,
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
  /** Of the route configuration. */
  readonly level: ChangeLevel | undefined;
  /** Of the route configuration. */
  readonly filters: FilterLevel | undefined;
  readonly order: Outer['order'];
  /** The text of what the route configuration says about its routes. */
  readonly around: string;
}

function readVirtualHost(place: VirtualHostPlace): VirtualHostNode {
  const { reading, value, path } = place;
  const name = textOf(value['name']) ?? '';
  const key = distinct([place.key, name], place.keys);
  const known = hosts.get(value);
  if (known !== undefined && isStill(known, key, place)) {
    for (const domain of known.node.domains) place.domains.set(lowerCase(domain.text), name);
    return known.node;
  }
  const before = reading.problems.length;
  const routes: RouteNode[] = [];
  const levels = [readLevel(reading, value, path), place.level];
  const policy = value['retryPolicy'];
  const retry = isObject(policy) ? { value: policy, path: [...path, 'retryPolicy'] } : undefined;
  const said = [levels[0], retry, value['typedPerFilterConfig']];
  const shape = said.every((one) => one === undefined)
    ? place.around
    : JSON.stringify([place.around, ...said]);
  const own = readFilterLevel(reading, value['typedPerFilterConfig'], [...path, 'typedPerFilterConfig']);
  const filters = [own, place.filters].filter((one) => one !== undefined);
  const outer = { levels, order: place.order, retry, filters, shape };
  let stopped = false;
  const within = { reading, keys: place.keys, bodyMax: place.bodyMax, key, outer };
  for (const [index, item] of listOf(value['routes']).entries()) {
    const route = readRoute(within, objectOf(item), [...path, 'routes', index], `${name}#${index}`);
    if (route === undefined) continue;
    routes.push(stopped ? behind(route) : route);
    stopped ||= stopsAll(route.match);
  }
  const node = { key, name, domains: readDomains(place, name), routes, source: reading.source(path) };
  if (reading.problems.length === before)
    hosts.set(value, { node, bodyMax: place.bodyMax, around: place.around });
  return node;
}

interface KnownHost {
  readonly node: VirtualHostNode;
  readonly bodyMax: number;
  readonly around: string;
}

/** Virtual hosts without a problem, by their JSON. */
const hosts = new WeakMap<JsonObject, KnownHost>();

/** True when reading it again would give the same. */
function isStill({ node, bodyMax, around }: KnownHost, key: string, place: VirtualHostPlace): boolean {
  return (
    node.key === key &&
    bodyMax === place.bodyMax &&
    around === place.around &&
    isSamePlace(node.source, place.reading.source(place.path)) &&
    node.domains.every(({ text }) => !place.domains.has(lowerCase(text)))
  );
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

/** `called` is its name when it has none of its own. */
function readRoute(
  within: WithinVirtualHost,
  value: JsonObject,
  path: FieldPath,
  called: string,
): RouteNode | undefined {
  const { reading, outer } = within;
  const given = textOf(value['name']) ?? '';
  const name = given || called;
  const key = distinct([within.key, name], within.keys);
  const known = routes.get(value);
  if (
    known?.outer === outer.shape &&
    known.node.key === key &&
    isSamePlace(known.node.source, reading.source(path))
  )
    return known.node;
  const before = reading.problems.length;
  const match = readMatch(reading, value['match'], [...path, 'match']);
  const action = readAction(reading, value, path, within.bodyMax);
  const changes = readChanges(
    reading,
    objectOf(value['route']),
    [...path, 'route'],
    outer.order([readLevel(reading, value, path), ...outer.levels]),
  );
  if (match === undefined || action === undefined) return undefined;
  const care = readCare(reading, objectOf(value['route']), [...path, 'route'], outer.retry);
  const own = readFilterLevel(reading, value['typedPerFilterConfig'], [...path, 'typedPerFilterConfig']);
  const filters = [...(own === undefined ? [] : [own]), ...outer.filters];
  const choice = choiceOf(action, changes, match, care);
  if (
    choice.reason !== 'none' &&
    !reading.problems.slice(before).some(({ severity }) => severity === 'error')
  )
    reading.report('info', 'in-relay', [...path, ...(FIELD[choice.reason] ?? [])], WHY[choice.reason] ?? '');
  const source = reading.source(path);
  const hashPolicy = readHashPolicy(objectOf(value['route'])['hashPolicy']);
  const node: RouteNode = {
    ...{ key, name, given, match, action, path: choice.path, reason: choice.reason, source },
    ...(changes === undefined ? {} : { changes }),
    ...(care === undefined ? {} : { care }),
    ...(filters.length === 0 ? {} : { filters }),
    ...(hashPolicy.length === 0 ? {} : { hashPolicy }),
  };
  if (reading.problems.length === before) routes.set(value, { node, outer: outer.shape });
  return node;
}

/** A route behind one at which every request leaves the kernel. The same object for the same route. */
function behind(route: RouteNode): RouteNode {
  if (route.path === 'relay') return route;
  let made = hidden.get(route);
  if (made === undefined) hidden.set(route, (made = { ...route, path: 'relay', reason: 'match-relay' }));
  return made;
}

const hidden = new WeakMap<RouteNode, RouteNode>();

interface WithinVirtualHost {
  readonly reading: Reading;
  /** Keys given so far in the route configuration. */
  readonly keys: Set<string>;
  readonly bodyMax: number;
  /** Of the virtual host. */
  readonly key: string;
  readonly outer: Outer;
}

/** What the levels around a route say about it. */
interface Outer {
  /** Virtual host, then route configuration. */
  readonly levels: readonly (ChangeLevel | undefined)[];
  readonly retry: PolicyAt | undefined;
  readonly filters: readonly FilterLevel[];
  /** Puts levels, the innermost first, into the order in which they are applied. */
  order(levels: readonly (ChangeLevel | undefined)[]): readonly (ChangeLevel | undefined)[];
  /** The text of all that. */
  readonly shape: string;
}

const asTheyAre: Outer['order'] = (levels) => levels;
const reversed: Outer['order'] = (levels) => [...levels].reverse();

/** Routes without a problem, by their JSON, with what the levels around them said. */
const routes = new WeakMap<JsonObject, { readonly node: RouteNode; readonly outer: string }>();

function isSamePlace(one: Source, other: Source): boolean {
  return (
    one.resource === other.resource &&
    one.typeUrl === other.typeUrl &&
    one.path.length === other.path.length &&
    one.path.every((step, i) => step === other.path[i])
  );
}

/** Envoy allows one name twice; entries of maps need a key each. */
function distinct(parts: readonly string[], taken: Set<string>): string {
  let key = JSON.stringify(parts);
  for (let n = 2; taken.has(key); n++) key = JSON.stringify([...parts, n]);
  taken.add(key);
  return key;
}
