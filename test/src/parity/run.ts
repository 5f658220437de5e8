/** Configurations and requests by seed, and where OneHop and Envoy differ. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { Random } from '../router/random.js';
import { allCases } from './cases/all.js';
import { runCases, type CaseResult } from './cases/runCases.js';
import { randomBatch, type Batch, type Configuration } from './configuration.js';
import { unfair } from './distribution.js';
import { FieldCounts } from './fields.js';
import { difference, findRoute, isRefused, routeTaken, servedBy } from './judge.js';
import type { ParityLab } from './parityLab.js';
import { randomRequest, type ParityRequest } from './requests.js';

export interface ParityOptions {
  readonly requests: number;
  readonly configurations: number;
  readonly seed: number;
  readonly progress: (line: string) => void;
}

export interface Mismatch {
  readonly batch: Batch;
  readonly configuration: Configuration;
  readonly request: ParityRequest;
  readonly difference: string;
  /** One among many answers to the same request; not to be seen in one of them. */
  readonly ofMany?: true;
}

export interface ParityResult {
  readonly requests: number;
  readonly configurations: number;
  readonly mismatches: readonly Mismatch[];
  readonly fields: ReadonlyMap<string, number>;
  /** Requests by what Envoy answered: its status, "to a cluster" when that is the server's. */
  readonly answers: ReadonlyMap<string, number>;
  /** Requests that the kernel carried by a route with a regular expression. */
  readonly regexCarried: number;
  readonly cases: CaseResult;
}

/** What npm test runs and docs/parity.md tells of. */
export const usualRun = { requests: 30_000, configurations: 300, seed: 1 } as const;

/** Configurations that are in force at a time. */
const batchSize = 60;
/** Of each batch so many routes are asked so many times, for how they share requests out; of single ones each a cluster. */
const sampled = { split: 4, single: 10, uneven: 4, times: 400 };

export async function runParity(lab: ParityLab, options: ParityOptions): Promise<ParityResult> {
  const run = new Run(lab, options);
  for (let first = 0; first < options.configurations; first += batchSize) await run.batch(first);
  const cases = await runCases(lab, allCases, run.fields);
  options.progress(`by hand: ${cases.requests} requests, ${cases.differences.length} differences`);
  const { requests, mismatches, fields, answers, regexCarried } = run;
  options.progress(`${regexCarried} requests carried by the kernel by regular expressions`);
  return {
    cases,
    requests,
    configurations: options.configurations,
    mismatches,
    fields: fields.byId,
    answers,
    regexCarried,
  };
}

function hasRegex(route: JsonObject | undefined): boolean {
  return JSON.stringify(route?.['match'] ?? {}).includes('"regex":');
}

interface Sample {
  readonly configuration: Configuration;
  readonly request: ParityRequest;
  readonly route: string;
  /** That answered it. */
  readonly cluster: string;
}

class Run {
  requests = 0;
  regexCarried = 0;
  readonly mismatches: Mismatch[] = [];
  readonly fields = new FieldCounts();
  readonly answers = new Map<string, number>();

  constructor(
    private readonly lab: ParityLab,
    private readonly options: ParityOptions,
  ) {}

  async batch(first: number): Promise<void> {
    const { requests, configurations, seed, progress } = this.options;
    const random = new Random(seed + first);
    const batch = randomBatch(random, first, Math.min(batchSize, configurations - first));
    const each = Math.ceil(requests / configurations);
    const asked = batch.configurations.map(({ routes }) =>
      random.list(each, () => randomRequest(random, routes)),
    );
    const started = performance.now();
    await this.lab.during(batch, async () => {
      const samples = await this.#compare(batch, asked);
      for (const sample of samples) await this.#share(batch, sample);
      const carried = await this.lab.carried();
      for (const { routes } of batch.configurations)
        for (const [route, count] of carried)
          if (hasRegex(findRoute(routes, route))) this.regexCarried += count;
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    progress(`${this.requests} requests, ${this.mismatches.length} mismatches (${seconds} s)`);
  }

  /** Routes to ask many times, with a request that took them. */
  async #compare(batch: Batch, asked: readonly (readonly ParityRequest[])[]): Promise<Sample[]> {
    const observed = await this.lab.observe(batch, asked);
    const samples = new Map<string, Sample>();
    // One of the two had no endpoint, as it may be: only many answers tell.
    const uneven = new Map<string, Sample>();
    for (const [i, configuration] of batch.configurations.entries())
      for (const [n, request] of (asked[i] ?? []).entries()) {
        const observation = observed[i]?.[n];
        const text =
          observation === undefined ? 'not asked' : difference(batch, configuration, request, observation);
        this.requests++;
        if (text !== undefined) this.mismatches.push({ batch, configuration, request, difference: text });
        if (observation === undefined || text !== undefined) continue;
        const route = routeTaken(observation.envoy);
        const cluster = servedBy(batch, observation.envoy);
        const what = cluster === undefined ? String(observation.envoy.status) : 'to a cluster';
        this.answers.set(what, (this.answers.get(what) ?? 0) + 1);
        this.fields.add(batch, configuration, route);
        const { envoy, oneHop } = observation;
        const isUneven = isRefused(envoy) !== isRefused(oneHop);
        if (isUneven) uneven.set(route, { configuration, request, route, cluster: cluster ?? '' });
        else if (cluster !== undefined) samples.set(route, { configuration, request, route, cluster });
      }
    const isSplit = ({ configuration, route }: Sample): boolean =>
      JSON.stringify(findRoute(configuration.routes, route)).includes('weightedClusters');
    const all = [...samples.values()];
    const single = new Map(all.filter((one) => !isSplit(one)).map((one) => [one.cluster, one]));
    return [...all.filter(isSplit).slice(0, sampled.split), ...[...single.values()].slice(0, sampled.single)];
  }

  async #share(batch: Batch, { configuration, request, route }: Sample): Promise<void> {
    const found = findRoute(configuration.routes, route);
    if (found === undefined) return;
    const ask = async (times: number): Promise<string | undefined> => {
      this.requests += times;
      return unfair(batch, found, request, await this.lab.repeat(configuration, request, times));
    };
    // What is drawn may look unfair by chance: once among some hundred samples, not twice of the same.
    const text = (await ask(sampled.times)) && (await ask(4 * sampled.times));
    if (text !== undefined)
      this.mismatches.push({ batch, configuration, request, difference: `${route}: ${text}`, ofMany: true });
  }
}
