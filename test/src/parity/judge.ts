/** Whether OneHop did with a request what Envoy did. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { objectAt, objectsAt, textAt } from './json.js';
import { assignmentOf, isHashed } from './clusters.js';
import type { Batch, Configuration } from './configuration.js';
import { hashesSource, hasHash } from './hashed.js';
import type { Observation } from './parityLab.js';
import type { RawAnswer, Served } from './protocol.js';
import type { ParityRequest } from './requests.js';

/** The difference in words; undefined when there is none. */
export function difference(
  batch: Batch,
  { routes }: Configuration,
  request: ParityRequest,
  { envoy, oneHop, explained }: Observation,
): string | undefined {
  if (envoy.status === 0) return `Envoy: no answer, ${envoy.body}`;
  if (oneHop.status === 0) return `OneHop: no answer, ${oneHop.body}; Envoy: ${inWords(batch, envoy)}`;
  const route = routeTaken(envoy);
  // An answer of Envoy's own before it looked for a route, such as 400, is none of the router's.
  if (explained.route !== route)
    return `explain: route "${explained.route}", Envoy: "${route}" (${inWords(batch, envoy)})`;
  const there = servedBy(batch, envoy);
  const here = servedBy(batch, oneHop);
  const found = findRoute(routes, route);
  if (isDrawn(batch, found, request) && [envoy, oneHop].some(isRefused)) return undefined;
  if ((there === undefined) !== (here === undefined) || envoy.status !== oneHop.status)
    return `Envoy: ${inWords(batch, envoy)}, OneHop: ${inWords(batch, oneHop)}`;
  if (there === undefined) {
    if (envoy.headers['location'] !== oneHop.headers['location'])
      return `location in Envoy: ${envoy.headers['location']}, in OneHop: ${oneHop.headers['location']}`;
    if (found !== undefined && 'directResponse' in found && envoy.body !== oneHop.body)
      return `body in Envoy: ${JSON.stringify(envoy.body)}, in OneHop: ${JSON.stringify(oneHop.body)}`;
    return explained.endpoint !== '' && !isDrawn(batch, found, request)
      ? `explain: to ${explained.cluster}, Envoy: ${inWords(batch, envoy)}`
      : undefined;
  }
  const split = splitOf(found);
  for (const [who, cluster] of [
    ['OneHop', here],
    ['explain', explained.cluster],
  ] as const)
    if (split === undefined ? cluster !== there : !split.includes(cluster ?? ''))
      return `cluster in Envoy: ${there}, in ${who}: ${cluster}`;
  return (
    endpointDifference(batch, found, request, { envoy, oneHop, explained }) ?? servedDifference(envoy, oneHop)
  );
}

/** Where a hash of the request chooses, it is to be the very endpoint that Envoy chose. */
function endpointDifference(
  batch: Batch,
  route: JsonObject | undefined,
  request: ParityRequest,
  { envoy, oneHop, explained }: Observation,
): string | undefined {
  if (!isSticky(batch, route, request)) return undefined;
  const action = objectAt(route ?? {}, 'route');
  const { 'x-endpoint': there } = envoy.headers;
  const cluster = servedBy(batch, envoy);
  if (servedBy(batch, oneHop) === cluster && oneHop.headers['x-endpoint'] !== there)
    return `endpoint in Envoy: ${there}, in OneHop: ${oneHop.headers['x-endpoint']} (by hash, ${cluster})`;
  const isOpen = hashesSource(action) || (explained.endpoint === '' && isDrawn(batch, route, request));
  return explained.cluster !== cluster || explained.endpoint === there || isOpen
    ? undefined
    : `endpoint in Envoy: ${there}, in explain: ${explained.endpoint} (by hash, ${cluster})`;
}

/** Whether equal requests that take the route go to one endpoint of each of its clusters. */
export function isSticky(batch: Batch, route: JsonObject | undefined, request: ParityRequest): boolean {
  const clusters = clustersOf(route, request);
  return (
    clusters.length > 0 &&
    clusters.every((name) => isHashed(batch.clusters, name)) &&
    hasHash(objectAt(route ?? {}, 'route'), request)
  );
}

/** Nobody's answer, for want of an endpoint. */
export function isRefused({ status, headers }: RawAnswer): boolean {
  return status === 503 && headers['x-endpoint'] === undefined;
}

/**
 * Whether a random number may say if there is an endpoint at all: which of some clusters it is, that overload is dropped, or, of a
 * request without a hash, which priority of the cluster. How often is then seen in many answers.
 */
export function isDrawn(batch: Batch, route: JsonObject | undefined, request: ParityRequest): boolean {
  const assignments = clustersOf(route, request).map((name) => assignmentOf(batch.clusters, name));
  if (assignments.length > 1 || assignments.some((one) => 'dropOverloads' in objectAt(one, 'policy')))
    return true;
  return (
    assignments.some((one) => objectsAt(one, 'endpoints').length > 1) && !isSticky(batch, route, request)
  );
}

/** Those that the route can lead the request to. */
function clustersOf(route: JsonObject | undefined, { headers }: ParityRequest): string[] {
  const action = objectAt(route ?? {}, 'route');
  const naming = textAt(action, 'clusterHeader')?.toLowerCase();
  if (naming !== undefined)
    return headers.filter(([name]) => name.toLowerCase() === naming).map(([, value]) => value);
  const one = textAt(action, 'cluster');
  return one === undefined ? (splitOf(route) ?? []) : [one];
}

/** "" when Envoy took none. */
export function routeTaken({ headers }: RawAnswer): string {
  const name = headers['x-route'] ?? '';
  return name === '-' ? '' : name;
}

export function findRoute(routes: JsonObject, name: string): JsonObject | undefined {
  return objectsAt(routes, 'virtualHosts')
    .flatMap((host) => objectsAt(host, 'routes'))
    .find((one) => one['name'] === name);
}

/** The cluster whose endpoint answered. */
export function servedBy({ clusters }: Batch, { headers }: RawAnswer): string | undefined {
  const endpoint = headers['x-endpoint'];
  return endpoint === undefined ? undefined : (clusters.byEndpoint.get(endpoint) ?? `nobody's ${endpoint}`);
}

/** The clusters of a split that requests can go to; undefined: there is no choice. */
function splitOf(route: JsonObject | undefined): string[] | undefined {
  const clusters = objectsAt(objectAt(objectAt(route ?? {}, 'route'), 'weightedClusters'), 'clusters');
  return clusters.length === 0
    ? undefined
    : clusters.flatMap((one) => (one['weight'] === 0 ? [] : [textAt(one, 'name') ?? '']));
}

/** In what the server was asked. */
function servedDifference(envoy: RawAnswer, oneHop: RawAnswer): string | undefined {
  if (envoy.body === '' && oneHop.body === '') return undefined;
  const [there, here] = [envoy, oneHop].map(({ body }) => JSON.parse(body) as Served);
  const parts = (one: Served | undefined): string =>
    `${one?.method} ${one?.target} to ${one?.headers.find(([name]) => name === 'host')?.[1]}`;
  return parts(there) === parts(here)
    ? undefined
    : `the server got from Envoy: ${parts(there)}, from OneHop: ${parts(here)}`;
}

function inWords(batch: Batch, answer: RawAnswer): string {
  const cluster = servedBy(batch, answer);
  return cluster === undefined ? String(answer.status) : `${answer.status} of ${cluster}`;
}
