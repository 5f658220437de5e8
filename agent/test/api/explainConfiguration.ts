/** Routes of every kind, for questions. */
export const CONFIGURATION = `
resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: web
  address: { socket_address: { address: 198.18.100.1, port_value: 80 } }
  additional_addresses:
  - address: { socket_address: { address: "fd00:198:18:100::1", port_value: 80 } }
  filter_chains:
  - filters:
    - name: hcm
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: web
        rds: { route_config_name: routes, config_source: { ads: {} } }
        http_filters:
        - name: router
          typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: db
  address: { socket_address: { address: 198.18.100.1, port_value: 81 } }
  additional_addresses:
  - address: { socket_address: { address: "fd00:198:18:100::1", port_value: 81 } }
  filter_chains:
  - filters:
    - name: tcp
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
        stat_prefix: db
        cluster: mixed
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: routes
  virtual_hosts:
  - name: shop
    domains: [shop, "shop:80", "*.shop.example", "shop.*"]
    routes:
    - name: api
      match: { path_separated_prefix: /api }
      route: { cluster: one }
    - name: exact
      match: { path: /Exact, case_sensitive: false }
      route: { cluster: none }
    - name: user
      match: { prefix: /, headers: [{ name: end-user, string_match: { exact: jason } }] }
      route: { cluster: one }
    - name: agent
      match:
        prefix: /
        headers:
        - { name: ":method", string_match: { exact: GET } }
        - { name: user-agent, string_match: { contains: bot }, invert_match: true }
        - { name: x-test, present_match: true }
      route: { cluster: missing }
    - name: teapot
      match: { prefix: /tea }
      direct_response: { status: 418 }
    - name: split
      match: { prefix: /split }
      route:
        weighted_clusters:
          clusters: [{ name: one, weight: 30 }, { name: mixed, weight: 70 }]
  - name: tail
    domains: ["*.example"]
    routes:
    - match: { prefix: / }
      route: { cluster: one }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: one
  connect_timeout: 1s
  load_assignment:
    cluster_name: one
    endpoints:
    - lb_endpoints:
      - endpoint: { address: { socket_address: { address: 198.18.1.10, port_value: 8080 } } }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: mixed
  connect_timeout: 1s
  load_assignment:
    cluster_name: mixed
    endpoints:
    - lb_endpoints:
      - endpoint: { address: { socket_address: { address: 198.18.2.10, port_value: 8080 } } }
      - endpoint: { address: { socket_address: { address: "fd00:198:18:2::10", port_value: 8080 } } }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: none
  connect_timeout: 1s
  load_assignment: { cluster_name: none }
`;
