/** A large configuration as text, in block style, as a generator of configurations writes it. */

export interface Size {
  readonly clusters: number;
  /** Of each cluster. */
  readonly endpoints: number;
  readonly routes: number;
  /** Virtual hosts, which share the routes evenly. */
  readonly hosts: number;
}

/** `change` gives the text with the first line that has `from` changed; there must be one. */
export function largeConfiguration(size: Size): {
  readonly text: string;
  change(from: string, to: string): string;
} {
  const text = ['resources:', ...clusters(size), ...listener(), ...routes(size)].join('\n') + '\n';
  return {
    text,
    change: (from, to) => {
      if (!text.includes(from)) throw new RangeError(`no line has ${from}`);
      return text.replace(from, to);
    },
  };
}

function clusters({ clusters: count, endpoints }: Size): string[] {
  return Array.from({ length: count }, (_, c) => [
    "  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster",
    `    name: c${c}`,
    '    type: EDS',
    '    connect_timeout: 1s',
    '    eds_cluster_config:',
    '      eds_config: { ads: {}, resource_api_version: V3 }',
    "  - '@type': type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
    `    cluster_name: c${c}`,
    '    endpoints:',
    '      - lb_endpoints:',
    ...Array.from({ length: endpoints }, (_endpoint, e) => [
      '          - endpoint:',
      '              address:',
      '                socket_address:',
      `                  address: 10.${c >> 8}.${c & 255}.${e + 1}`,
      '                  port_value: 8080',
    ]).flat(),
  ]).flat();
}

function listener(): string[] {
  const hcm = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
  return [
    "  - '@type': type.googleapis.com/envoy.config.listener.v3.Listener",
    '    name: l',
    '    address:',
    '      socket_address: { address: 198.18.100.1, port_value: 80 }',
    '    filter_chains:',
    '      - filters:',
    '          - name: envoy.filters.network.http_connection_manager',
    '            typed_config:',
    `              '@type': type.googleapis.com/${hcm}`,
    '              stat_prefix: l',
    '              rds:',
    '                route_config_name: rc',
    '                config_source: { ads: {}, resource_api_version: V3 }',
    '              http_filters:',
    '                - name: envoy.filters.http.router',
    '                  typed_config:',
    "                    '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
  ];
}

function routes({ clusters: count, routes: total, hosts }: Size): string[] {
  const perHost = total / hosts;
  return [
    "  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    '    name: rc',
    '    virtual_hosts:',
    ...Array.from({ length: hosts }, (_, h) => [
      `      - name: v${h}`,
      `        domains: [v${h}, 'v${h}:80']`,
      '        routes:',
      ...Array.from({ length: perHost }, (_route, r) => [
        `          - name: r${r}`,
        '            match:',
        `              prefix: /r${r}/`,
        '              headers:',
        '                - name: end-user',
        `                  string_match: { exact: jason${r} }`,
        '            route:',
        '              weighted_clusters:',
        '                clusters:',
        `                  - name: c${(h * perHost + r) % count}`,
        '                    weight: 90',
        `                  - name: c${(h * perHost + r + 1) % count}`,
        '                    weight: 10',
      ]).flat(),
    ]).flat(),
  ];
}
