/** Configurations and requests that are written by hand, for what chance would hardly meet: each is asked on both sides. */
import type { JsonObject } from '@onehop/core/resources/model.js';
import { CLUSTER_TYPE } from '@onehop/core/resources/model.js';
import type { Clusters } from '../clusters.js';
import { firstServerPort } from '../clusters.js';
import type { Batch, Configuration } from '../configuration.js';
import type { ParityRequest } from '../requests.js';

export interface ParityCase {
  readonly name: string;
  /** Fields of the HttpConnectionManager. */
  readonly manager?: JsonObject;
  /** Fields of the route configuration beside its virtual host. */
  readonly config?: JsonObject;
  /** Fields of the virtual host beside its routes. */
  readonly host?: JsonObject;
  readonly routes: readonly JsonObject[];
  readonly requests: readonly CaseRequest[];
}

export interface CaseRequest {
  readonly method?: string;
  readonly target: string;
  readonly host?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  /** How the server is to answer: script.ts. */
  readonly does?: string;
  /** The answer comes no sooner, in ms. */
  readonly leastMs?: number;
  /** It is asked so many times, one after the other, and what is compared is how often each answer came. */
  readonly times?: number;
}

/** A route to the cluster `one`. */
export function to(prefix: string, action: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return { match: { prefix }, route: { cluster: 'one', ...action }, ...more };
}

/** The filters of the manager, before its router. */
export function withFilters(...filters: readonly JsonObject[]): JsonObject {
  const router = { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' };
  return { httpFilters: [...filters, { name: 'envoy.filters.http.router', typedConfig: router }] };
}

export function caseBatch(cases: readonly ParityCase[]): Batch {
  return { clusters: caseClusters(), configurations: cases.map(configurationOf) };
}

/** `attempt` keeps the requests of one key apart from those of any other. */
export function requestOf(request: CaseRequest, key: string): ParityRequest {
  const script =
    request.does === undefined
      ? []
      : ([
          ['x-do', request.does],
          ['x-key', key],
        ] as const);
  return {
    method: request.method ?? 'GET',
    target: request.target,
    host: request.host ?? 'a',
    headers: [...(request.headers ?? []), ...script],
    body: request.body ?? '',
  };
}

const near = '198.18.1.12';

/** `one` endpoint, `two` of them, `dead`, where nobody listens, and `none`. */
function caseClusters(): Clusters {
  const endpoints: Readonly<Record<string, readonly number[]>> = {
    one: [firstServerPort],
    two: [firstServerPort + 1, firstServerPort + 2],
    dead: [9],
    none: [],
  };
  const byEndpoint = new Map<string, string>();
  const resources = Object.entries(endpoints).map(([name, ports]) => {
    for (const port of ports) byEndpoint.set(`${near}:${port}`, name);
    const lbEndpoints = ports.map((portValue) => ({
      endpoint: { address: { socketAddress: { address: near, portValue } }, hostname: `${name}.example` },
    }));
    const loadAssignment = { clusterName: name, endpoints: [{ lbEndpoints }] };
    return {
      typeUrl: CLUSTER_TYPE,
      name,
      value: { name, type: 'STATIC', connectTimeout: '5s', loadAssignment },
    };
  });
  return { resources, assignments: new Map(), names: Object.keys(endpoints), byEndpoint };
}

function configurationOf({ name, manager, config, host, routes }: ParityCase, index: number): Configuration {
  const named = routes.map((route, i) => ({ name: `${name} ${i}`, ...route }));
  const virtualHosts = [{ name, domains: ['*'], ...host, routes: named }];
  return {
    name,
    family: 4,
    address: '198.18.100.20',
    port: 11_000 + index,
    manager: manager ?? {},
    routes: { name, ...config, virtualHosts },
  };
}
