/** Whether OneHop did with a request what Envoy did. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { objectAt, objectsAt, textAt } from './json.js';
import type { Batch, Configuration } from './configuration.js';
import type { Observation } from './parityLab.js';
import type { RawAnswer, Served } from './protocol.js';

/** The difference in words; undefined when there is none. */
export function difference(
  batch: Batch,
  { routes }: Configuration,
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
  if ((there === undefined) !== (here === undefined) || envoy.status !== oneHop.status)
    return `Envoy: ${inWords(batch, envoy)}, OneHop: ${inWords(batch, oneHop)}`;
  if (there === undefined) {
    if (envoy.headers['location'] !== oneHop.headers['location'])
      return `location in Envoy: ${envoy.headers['location']}, in OneHop: ${oneHop.headers['location']}`;
    if (found !== undefined && 'directResponse' in found && envoy.body !== oneHop.body)
      return `body in Envoy: ${JSON.stringify(envoy.body)}, in OneHop: ${JSON.stringify(oneHop.body)}`;
    return explained.endpoint !== ''
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
  return servedDifference(envoy, oneHop);
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
