/** Whether many answers to one request are shared out as the weights of clusters and endpoints say, on both sides. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { Batch } from './configuration.js';
import { objectAt, objectsAt, textAt } from './json.js';
import type { BothSides } from './parityLab.js';
import type { RawAnswer } from './protocol.js';
import { servedBy } from './judge.js';

/** Six standard deviations: one in 10^9 by chance. */
const mostDeviations = 6;
/** By how many requests turns may be off: where they began, and how an Envoy interleaves weights. */
const turnsOff = 4;

/** The difference in words; undefined when there is none. */
export function unfair(batch: Batch, route: JsonObject, both: BothSides): string | undefined {
  const action = objectAt(route, 'route');
  const weighted = objectsAt(objectAt(action, 'weightedClusters'), 'clusters');
  for (const [who, answers] of Object.entries(both) as [string, readonly RawAnswer[]][]) {
    const clusters = answers.map((answer) => servedBy(batch, answer) ?? `status ${answer.status}`);
    const weights = new Map(weighted.map((one) => [textAt(one, 'name') ?? '', Number(one['weight'] ?? 0)]));
    const cluster = textAt(action, 'cluster');
    if (cluster !== undefined) weights.set(cluster, 1);
    const off = deviation(clusters, weights);
    if (off !== undefined) return `${who}: clusters ${off}`;
    for (const name of weights.keys()) {
      const own = answers
        .filter((_, i) => clusters[i] === name)
        .map(({ headers }) => headers['x-endpoint'] ?? '');
      const unequal = unfairEndpoints(batch, name, own);
      if (unequal !== undefined) return `${who}: endpoints of ${name} ${unequal}`;
    }
  }
  return undefined;
}

function unfairEndpoints(batch: Batch, cluster: string, answers: readonly string[]): string | undefined {
  const resource = batch.clusters.resources.find(({ name }) => name === cluster);
  const [locality] = objectsAt(objectAt(resource?.value ?? {}, 'loadAssignment'), 'endpoints');
  const weights = new Map(
    objectsAt(locality ?? {}, 'lbEndpoints').map((one) => {
      const socket = objectAt(objectAt(objectAt(one, 'endpoint'), 'address'), 'socketAddress');
      const address = textAt(socket, 'address') ?? '';
      return [
        `${address.includes(':') ? `[${address}]` : address}:${String(socket['portValue'])}`,
        Number(one['loadBalancingWeight'] ?? 1),
      ];
    }),
  );
  switch (resource?.value['lbPolicy']) {
    case 'ROUND_ROBIN':
      return turnDeviation(answers, weights);
    case 'RANDOM':
      return deviation(answers, weights);
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
  const counts = new Map<string, number>();
  for (const one of drawn) counts.set(one, (counts.get(one) ?? 0) + 1);
  const sum = [...weights.values()].reduce((a, b) => a + b, 0);
  for (const name of new Set([...weights.keys(), ...counts.keys()])) {
    const expected = (drawn.length * (weights.get(name) ?? 0)) / sum;
    const n = counts.get(name) ?? 0;
    if (isOff(n, expected, drawn.length))
      return `${name} got ${n} of ${drawn.length}, expected ${expected.toFixed(1)}`;
  }
  return undefined;
}
