/** A request that a route would take, to begin with. Pure. */
import type { RouteRow } from '@onehop/core/api/agent.generated.js';
import type { RouteNode, RoutingModel } from '@onehop/core/routing/model.js';
import type { LabTopology } from '@onehop/lab/backends/topology.js';
import type { RequestDraft } from './requestModel.js';

/** Paths that the sample services answer. */
const samplePaths: Readonly<Record<string, string>> = {
  productpage: '/productpage',
  details: '/details/1',
  reviews: '/reviews/1',
  ratings: '/ratings/1',
};

export const firstDraft: RequestDraft = {
  from: 'productpage-v1',
  method: 'GET',
  url: 'http://reviews:9080/reviews/1',
  headers: '',
  body: '',
};

export function draftFor(
  row: RouteRow,
  model: RoutingModel,
  topology: LabTopology | undefined,
): RequestDraft {
  const route = routeOf(row, model);
  const host = hostOf(row);
  const app = host.split(':')[0] ?? '';
  const prefix = route?.match.path.value ?? '';
  const path =
    prefix === '' || prefix === '/'
      ? (samplePaths[app] ?? '/')
      : prefix.startsWith('/')
        ? prefix
        : `/${prefix}`;
  const conditions = route?.match.headers.filter(({ invert, kind }) => !invert && kind !== 'present') ?? [];
  const headers = conditions
    .filter(({ subject }) => subject === 'header')
    .map(({ name, value }) => `${name}: ${value}`);
  const method =
    conditions.find(({ subject, kind }) => subject === 'method' && kind === 'exact')?.value ?? 'GET';
  return {
    from: senderOf(app, topology),
    method,
    url: `http://${host}${path}`,
    headers: headers.join('\n'),
    body: '',
  };
}

function routeOf(
  { source, virtualHost, route }: RouteRow,
  { routeConfigurations }: RoutingModel,
): RouteNode | undefined {
  const hosts = [...routeConfigurations.values()]
    .filter((one) => source === null || one.source.resource === source.resource)
    .flatMap(({ virtualHosts }) => virtualHosts);
  return hosts.find(({ name }) => name === virtualHost)?.routes.find(({ name }) => name === route);
}

/** A domain without a wildcard, with the port of the listener; else the listener's own address. */
function hostOf({ domains, addresses }: RouteRow): string {
  const address = addresses[0] ?? 'localhost:80';
  const port = address.slice(address.lastIndexOf(':') + 1);
  const domain = domains.find((one) => !one.includes('*'));
  if (domain === undefined) return address;
  return domain.includes(':') ? domain : port === '80' ? domain : `${domain}:${port}`;
}

/** A workload that is not of the service asked: the first one. */
function senderOf(app: string, topology: LabTopology | undefined): string {
  const workloads = topology?.workloads ?? [];
  const other = workloads.find(({ service }) => service?.app !== app);
  return (other ?? workloads[0])?.name ?? firstDraft.from;
}
