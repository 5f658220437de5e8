/** A large mesh of which two routes change from version to version. */
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import {
  type JsonObject,
  type JsonValue,
  resourcesIn,
  ROUTE_TYPE,
  type XdsResource,
} from '@onehop/core/resources/model.js';

export const vip = '198.18.100.1';
export const port = 80;
/** Of the workload with the servers; each listens on its port. */
export const serverAddress = '198.18.1.12';
export const serverPorts = { good: 9001, bad: 9002, even: 9003, odd: 9004 } as const;

export interface Size {
  readonly clusters: number;
  /** Of each cluster. */
  readonly endpoints: number;
  readonly routes: number;
}

export interface Change {
  /** Host `mix` changes, too; else it stays as it is in version 0. */
  readonly mix: boolean;
  /** Clusters `even` and `odd` are also those of another host, so that neither is new to the agent when a route turns to it. */
  readonly keep: boolean;
}

/**
 * The resources of version `k`. Host `probe` goes to server `even` or `odd`, as `k` is. Host `mix` has two routes that match
 * everything: r1 before r2 in even versions, r2 before r1 in odd ones; the first goes to server `good` and the second to `bad`, so
 * that order and targets change at once. Decided by one version, whichever, a request is answered by `good`; decided by the order of one and
 * the targets of another, by `bad`.
 */
export class Versions {
  readonly #base: readonly XdsResource[];
  readonly #routes: XdsResource;
  readonly #hosts: readonly JsonObject[];

  constructor(size: Size) {
    const { set, problems, hasErrors } = validateFiles([{ path: 'updates.json', text: textOf(size) }]);
    if (hasErrors) throw new Error(problems[0]?.message);
    const all = resourcesIn(set);
    this.#routes = all.find(({ typeUrl }) => typeUrl === ROUTE_TYPE) as XdsResource;
    this.#base = all.filter((one) => one !== this.#routes);
    this.#hosts = (
      this.#routes.value['virtualHosts'] as readonly JsonValue[] as readonly JsonObject[]
    ).filter(({ name }) => name !== 'probe' && name !== 'mix');
  }

  of(k: number, { mix, keep }: Change): XdsResource[] {
    const hosts = [probe(k), mixed(mix ? k : 0), ...(keep ? [kept] : []), ...this.#hosts];
    const value = { ...this.#routes.value, virtualHosts: hosts };
    return [...this.#base, { ...this.#routes, value }];
  }
}

export function serverOf(k: number): 'even' | 'odd' {
  return k % 2 === 0 ? 'even' : 'odd';
}

const kept: JsonObject = {
  name: 'kept',
  domains: ['kept'],
  routes: ['even', 'odd'].map((cluster) => ({
    name: cluster,
    match: { prefix: `/${cluster}` },
    route: { cluster },
  })),
};

function probe(k: number): JsonObject {
  return {
    name: 'probe',
    domains: ['probe'],
    routes: [{ name: 'p', match: { prefix: '/' }, route: { cluster: serverOf(k) } }],
  };
}

function mixed(k: number): JsonObject {
  const isEven = k % 2 === 0;
  const route = (name: string, first: boolean): JsonObject => ({
    name,
    match: { prefix: '/' },
    route: { cluster: first ? 'good' : 'bad' },
  });
  const [r1, r2] = [route('r1', isEven), route('r2', !isEven)];
  return { name: 'mix', domains: ['mix'], routes: isEven ? [r1, r2] : [r2, r1] };
}

/** JSON: the two hosts in version 0, and the rest, which nobody asks for. */
function textOf({ clusters, endpoints, routes }: Size): string {
  const cluster = (name: string, addresses: readonly (readonly [string, number])[]): object => ({
    '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    load_assignment: {
      cluster_name: name,
      endpoints: [
        {
          lb_endpoints: addresses.map(([address, port_value]) => ({
            endpoint: { address: { socket_address: { address, port_value } } },
          })),
        },
      ],
    },
  });
  const hosts = 100;
  const perHost = routes / hosts;
  const others = Array.from({ length: hosts }, (_, h) => ({
    name: `v${h}`,
    domains: [`v${h}`],
    routes: Array.from({ length: perHost }, (_route, r) => ({
      name: `r${r}`,
      match: { prefix: `/r${r}/`, headers: [{ name: 'end-user', string_match: { exact: `u${r}` } }] },
      route: { cluster: `c${(h * perHost + r) % clusters}` },
    })),
  }));
  const listener = {
    '@type': 'type.googleapis.com/envoy.config.listener.v3.Listener',
    name: 'web',
    address: { socket_address: { address: vip, port_value: port } },
    filter_chains: [
      {
        filters: [
          {
            name: 'envoy.filters.network.http_connection_manager',
            typed_config: {
              '@type':
                'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
              stat_prefix: 'web',
              rds: { route_config_name: 'web', config_source: { ads: {}, resource_api_version: 'V3' } },
              http_filters: [
                {
                  name: 'envoy.filters.http.router',
                  typed_config: {
                    '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router',
                  },
                },
              ],
            },
          },
        ],
      },
    ],
  };
  const resources = [
    listener,
    ...Object.entries(serverPorts).map(([name, at]) => cluster(name, [[serverAddress, at]])),
    ...Array.from({ length: clusters }, (_, c) =>
      cluster(
        `c${c}`,
        Array.from(
          { length: endpoints },
          (_endpoint, e) => [`198.19.${c >> 8}.${c & 255}`, 8000 + e] as const,
        ),
      ),
    ),
    { '@type': ROUTE_TYPE, name: 'web', virtual_hosts: [probe(0), mixed(0), ...others] },
  ];
  return JSON.stringify({ resources });
}
