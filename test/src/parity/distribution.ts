/** Whether many answers to one request are shared out alike on both sides, and as weights of clusters and endpoints say. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { assignmentOf, endpointText } from './clusters.js';
import type { Batch } from './configuration.js';
import { objectAt, objectsAt, textAt } from './json.js';
import { isSticky, servedBy } from './judge.js';
import type { BothSides } from './parityLab.js';
import type { RawAnswer } from './protocol.js';
import type { ParityRequest } from './requests.js';

/** Standard deviations: one in 16,000 is more by chance, and of what is found a second sample is taken. */
const mostDeviations = 4;
/** By how many requests turns may be off: where they began, and how an Envoy interleaves weights. */
const turnsOff = 4;

/** The difference in words; undefined when there is none. */
export function unfair(
  batch: Batch,
  route: JsonObject,
  request: ParityRequest,
  both: BothSides,
): string | undefined {
  return (
    unlike(both) ??
    (isSticky(batch, route, request) ? unsteady(batch, both) : undefined) ??
    Object.entries(both)
      .map(([who, answers]) => {
        const text = unweighted(batch, route, answers as readonly RawAnswer[]);
        return text && `${who}: ${text}`;
      })
      .find((text) => text !== undefined)
  );
}

/** Each endpoint, and each status without one, is to be as frequent on both sides: two binomial samples. */
function unlike({ envoy, oneHop }: BothSides): string | undefined {
  const [there, here] = [counts(envoy.map(whoAnswered)), counts(oneHop.map(whoAnswered))];
  const total = envoy.length + oneHop.length;
  for (const name of new Set([...there.keys(), ...here.keys()])) {
    const [a, b] = [there.get(name) ?? 0, here.get(name) ?? 0];
    const part = (a + b) / total;
    const sigma = Math.sqrt(part * (1 - part) * (envoy.length + oneHop.length));
    if (Math.abs(a - b) > mostDeviations * sigma)
      return `${name} got ${a} of ${envoy.length} in Envoy, ${b} of ${oneHop.length} in OneHop`;
  }
  return undefined;
}

/** Of equal requests with a hash all go to one endpoint of a cluster. */
function unsteady(batch: Batch, both: BothSides): string | undefined {
  const sides = Object.entries(both) as [string, readonly RawAnswer[]][];
  for (const [who, answers] of sides)
    for (const cluster of new Set(answers.map((answer) => servedBy(batch, answer)))) {
      if (cluster === undefined) continue;
      const own = answers.filter((answer) => servedBy(batch, answer) === cluster);
      const endpoints = new Set(own.map(whoAnswered));
      if (endpoints.size > 1)
        return `${who}: equal requests went to ${endpoints.size} endpoints of ${cluster}`;
    }
  return undefined;
}

/** What is plain enough to say what it should be. */
function unweighted(batch: Batch, route: JsonObject, answers: readonly RawAnswer[]): string | undefined {
  const action = objectAt(route, 'route');
  const weighted = objectsAt(objectAt(action, 'weightedClusters'), 'clusters');
  const weights = new Map(weighted.map((one) => [textAt(one, 'name') ?? '', Number(one['weight'] ?? 0)]));
  const cluster = textAt(action, 'cluster');
  if (cluster !== undefined) weights.set(cluster, 1);
  if (![...weights.keys()].every((name) => isPlain(batch, name))) return undefined;
  const clusters = answers.map((answer) => servedBy(batch, answer) ?? `status ${answer.status}`);
  const off = deviation(clusters, weights);
  if (off !== undefined) return `clusters ${off}`;
  for (const name of weights.keys()) {
    const own = answers.filter((_, i) => clusters[i] === name).map(whoAnswered);
    const unequal = unfairEndpoints(batch, name, own);
    if (unequal !== undefined) return `endpoints of ${name} ${unequal}`;
  }
  return undefined;
}

/** All in one locality, all healthy, nothing else said. */
function isPlain({ clusters }: Batch, cluster: string): boolean {
  const { endpoints, policy } = assignmentOf(clusters, cluster);
  return (
    policy === undefined &&
    Array.isArray(endpoints) &&
    endpoints.length === 1 &&
    !/healthStatus|metadata|priority/.test(JSON.stringify(endpoints))
  );
}

function unfairEndpoints(batch: Batch, cluster: string, answers: readonly string[]): string | undefined {
  const resource = batch.clusters.resources.find(({ name }) => name === cluster);
  const [locality] = objectsAt(assignmentOf(batch.clusters, cluster), 'endpoints');
  const weights = new Map(
    objectsAt(locality ?? {}, 'lbEndpoints').map((one) => {
      const socket = objectAt(objectAt(objectAt(one, 'endpoint'), 'address'), 'socketAddress');
      const endpoint = endpointText(textAt(socket, 'address') ?? '', Number(socket['portValue']));
      return [endpoint, Number(one['loadBalancingWeight'] ?? 1)];
    }),
  );
  switch (resource?.value['lbPolicy']) {
    case 'ROUND_ROBIN':
      return turnDeviation(answers, weights);
    case 'RANDOM':
      return deviation(
        answers,
        // Envoy's random policy looks at no weight.
        new Map([...weights.keys()].map((name) => [name, 1])),
      );
    default:
      return answers.every((one) => weights.has(one)) ? undefined : 'that it has not';
  }
}

/** Of turns: every one gets its share, give or take a few. */
function turnDeviation(drawn: readonly string[], weights: ReadonlyMap<string, number>): string | undefined {
  return compare(drawn, weights, (n, expected) => Math.abs(n - expected) > turnsOff);
}

/** Of draws: every count is that of a binomial distribution. */
function deviation(drawn: readonly string[], weights: ReadonlyMap<string, number>): string | undefined {
  return compare(drawn, weights, (n, expected, total) => {
    const sigma = Math.sqrt(expected * (1 - expected / Math.max(total, 1)));
    return Math.abs(n - expected) > mostDeviations * sigma + 1e-9;
  });
}

function compare(
  drawn: readonly string[],
  weights: ReadonlyMap<string, number>,
  isOff: (n: number, expected: number, total: number) => boolean,
): string | undefined {
  const found = counts(drawn);
  const sum = [...weights.values()].reduce((a, b) => a + b, 0);
  for (const name of new Set([...weights.keys(), ...found.keys()])) {
    const expected = (drawn.length * (weights.get(name) ?? 0)) / sum;
    const n = found.get(name) ?? 0;
    if (isOff(n, expected, drawn.length))
      return `${name} got ${n} of ${drawn.length}, expected ${expected.toFixed(1)}`;
  }
  return undefined;
}

function counts(names: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  for (const name of names) found.set(name, (found.get(name) ?? 0) + 1);
  return found;
}

function whoAnswered({ status, headers }: RawAnswer): string {
  return headers['x-endpoint'] ?? `status ${status}`;
}
