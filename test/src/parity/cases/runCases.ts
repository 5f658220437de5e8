/** Asks both sides what the cases say, and compares the whole answers. */
import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@onehop/core/resources/model.js';
import type { Configuration } from '../configuration.js';
import { FieldCounts } from '../fields.js';
import { routeTaken } from '../judge.js';
import type { ParityLab } from '../parityLab.js';
import type { RawAnswer, Served } from '../protocol.js';
import { caseBatch, requestOf, type CaseRequest, type ParityCase } from './case.js';

export interface CaseResult {
  readonly requests: number;
  /** In words, with the case. */
  readonly differences: readonly string[];
}

export async function runCases(
  lab: ParityLab,
  cases: readonly ParityCase[],
  fields = new FieldCounts(),
): Promise<CaseResult> {
  const batch = caseBatch(cases);
  const differences: string[] = [];
  let requests = 0;
  await lab.during(batch, async () => {
    const work = cases.map(async (one, i) => {
      const configuration = batch.configurations[i];
      if (configuration === undefined) return;
      for (const [n, request] of one.requests.entries()) {
        const asked = await askCase(lab, configuration, request, `${one.name} ${n}`);
        requests += request.times ?? 1;
        if (asked.difference !== undefined)
          differences.push(`${one.name}, ${request.method ?? 'GET'} ${request.target}: ${asked.difference}`);
        else fields.add(batch, configuration, asked.route);
      }
    });
    await Promise.all(work);
  });
  return { requests, differences };
}

async function askCase(
  lab: ParityLab,
  configuration: Configuration,
  request: CaseRequest,
  key: string,
): Promise<{ readonly difference: string | undefined; readonly route: string }> {
  const both = await lab.repeat(configuration, requestOf(request, key), request.times ?? 1);
  const [envoy = [], oneHop = []] = [both.envoy, both.oneHop].map((answers) => answers.map(comparable));
  const route = routeTaken(both.envoy[0] ?? { status: 0, headers: {}, body: '' });
  const early = [...both.envoy, ...both.oneHop].find(({ ms = 0 }) => ms < (request.leastMs ?? 0));
  const difference = isDeepStrictEqual(envoy, oneHop)
    ? early && `an answer after ${early.ms?.toFixed(0)} ms`
    : `\n  Envoy:  ${JSON.stringify(envoy)}\n  OneHop: ${JSON.stringify(oneHop)}`;
  return { difference, route };
}

/** What Envoy adds to every message, and OneHop does not (docs/relay-actions.md); x-route and x-cluster are the harness's. */
const ADDED =
  /^(?:date|server|connection|x-request-id|x-forwarded-proto|x-envoy-.*|x-route|x-cluster|keep-alive|transfer-encoding)$/;

function comparable({ status, headers, body }: RawAnswer): JsonObject {
  const own = Object.entries(headers).filter(([name]) => !ADDED.test(name));
  // An answer that has the request in it, whose length is that of the headers that Envoy adds.
  const ofServer = own.some(([name]) => name === 'x-endpoint');
  const served = ofServer && body.startsWith('{') ? servedOf(body) : undefined;
  return {
    status,
    headers: Object.fromEntries(
      own.filter(([name]) => !ofServer || name !== 'content-length').sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    body: served ?? body,
  };
}

function servedOf(body: string): JsonObject {
  const { headers, ...rest } = JSON.parse(body) as Served;
  // Envoy says of a request without a body that it has none.
  const own = headers.filter(
    ([name, value]) => !ADDED.test(name) && !(name === 'content-length' && value === '0'),
  );
  return { ...rest, headers: own.map((line) => [...line]).sort() };
}
