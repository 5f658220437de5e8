/** A mismatch → a smaller one: every way to leave out one thing is tried at once, in listeners of their own. */
import type { JsonObject, JsonValue } from '@onehop/core/resources/model.js';
import { validateResource } from '@onehop/core/diagnostics/validate.js';
import { isError } from '@onehop/core/routing/support.js';
import { listenerOf, routesOf, type Configuration } from './configuration.js';
import { difference } from './judge.js';
import { isObject } from './json.js';
import type { ParityLab } from './parityLab.js';
import { bytesOf, type ParityRequest } from './requests.js';
import type { Mismatch } from './run.js';

const mostRounds = 40;
const mostAtOnce = 100;

export async function shrink(lab: ParityLab, mismatch: Mismatch): Promise<Mismatch> {
  if (mismatch.ofMany) return mismatch;
  let best = mismatch;
  for (let round = 0; round < mostRounds; round++) {
    const candidates = smaller(best).filter(isValid).slice(0, mostAtOnce);
    const configurations = candidates.map(({ configuration }, i) => ({
      ...configuration,
      name: `s${i}`,
      routes: { ...configuration.routes, name: `s${i}` },
      port: 10_000 + i,
    }));
    if (candidates.length === 0) return best;
    const batch = { ...best.batch, configurations };
    const requests = candidates.map(({ request }) => [request]);
    const observed = await lab.during(batch, () => lab.observe(batch, requests)).catch(() => undefined);
    if (observed === undefined) return best;
    const found = candidates.flatMap(({ configuration, request }, i) => {
      const observation = observed[i]?.[0];
      const text = observation && difference(batch, configuration, request, observation);
      return text === undefined ? [] : [{ batch: best.batch, configuration, request, difference: text }];
    });
    const [smallest] = found.sort((a, b) => sizeOf(a) - sizeOf(b));
    if (smallest === undefined) return best;
    best = smallest;
  }
  return best;
}

export function reproduction({ configuration, request, difference }: Mismatch): string {
  const { manager, routes } = configuration;
  return `${difference}\n${JSON.stringify(bytesOf(request).toString())}\n${JSON.stringify({ ...manager, routeConfig: routes }, undefined, 1)}`;
}

function isValid({ configuration }: Candidate): boolean {
  return ![listenerOf(configuration), routesOf(configuration)]
    .flatMap((resource) => validateResource(resource))
    .some(isError);
}

type Candidate = Pick<Mismatch, 'configuration' | 'request'>;

function sizeOf({ configuration, request }: Candidate): number {
  return JSON.stringify([configuration, request]).length;
}

function smaller({ configuration, request }: Mismatch): Candidate[] {
  const { routes, manager } = configuration;
  const configurations: Configuration[] = [
    ...parts(routes).map((less) => ({ ...configuration, routes: less as JsonObject })),
    ...Object.keys(manager).map((key) => ({
      ...configuration,
      manager: Object.fromEntries(Object.entries(manager).filter(([one]) => one !== key)),
    })),
  ];
  const requests: ParityRequest[] = [
    ...request.headers.map((_, i) => ({ ...request, headers: request.headers.filter((__, n) => n !== i) })),
    ...(request.body === '' ? [] : [{ ...request, method: 'GET', body: '' }]),
    ...(request.target.includes('?')
      ? [{ ...request, target: request.target.slice(0, request.target.indexOf('?')) }]
      : []),
  ];
  return [
    ...requests.map((one) => ({ configuration, request: one })),
    ...configurations.map((one) => ({ configuration: one, request })),
  ].sort((a, b) => sizeOf(a) - sizeOf(b));
}

/** What Envoy wants is kept. */
const needed = new Set([
  'name',
  'domains',
  'match',
  'virtualHosts',
  'routes',
  'route',
  'redirect',
  'directResponse',
  'cluster',
  'status',
  'clusters',
  'regex',
  'pattern',
  'substitution',
  'prefix',
  'path',
  'pathSeparatedPrefix',
  'safeRegex',
  'stringMatch',
  'rangeMatch',
  'start',
  'end',
]);

/** The value with one thing left out, in every way. */
function parts(value: JsonValue): JsonValue[] {
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    return list.flatMap((item, i) => [
      ...(list.length > 1 || (isObject(item) && 'name' in item && !('domains' in item) && !('match' in item))
        ? [list.filter((_, n) => n !== i)]
        : []),
      ...parts(item).map((less) => list.map((one, n) => (n === i ? less : one))),
    ]);
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    ...(needed.has(key) ? [] : [Object.fromEntries(Object.entries(value).filter(([one]) => one !== key))]),
    ...parts(item).map((less) => ({ ...value, [key]: less })),
  ]);
}
