/** A whole configuration in the form of a file for Envoy's path_config_source; `envoy --mode validate` takes its parts. */
export const BOOKINFO = `resources:
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: reviews
  address:
    socket_address: { address: 198.18.100.3, port_value: 9080 }
  additional_addresses:
  - address: { socket_address: { address: "fd00:198:18:100::3", port_value: 9080 } }
  filter_chains:
  - filters:
    - name: envoy.filters.network.http_connection_manager
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
        stat_prefix: reviews
        rds:
          route_config_name: reviews
          config_source: { ads: {}, resource_api_version: V3 }
        http_filters:
        - name: envoy.filters.http.router
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
- "@type": type.googleapis.com/envoy.config.listener.v3.Listener
  name: ratings-db
  address:
    socket_address: { address: 198.18.100.5, port_value: 3306 }
  filter_chains:
  - filters:
    - name: envoy.filters.network.tcp_proxy
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
        stat_prefix: ratings-db
        cluster: ratings-db
- "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
  name: reviews
  virtual_hosts:
  - name: reviews
    domains: ["reviews", "reviews:9080"]
    routes:
    - name: jason
      match:
        prefix: /
        headers:
        - name: end-user
          string_match: { exact: jason }
      route: { cluster: reviews-v2 }
    - name: canary
      match: { prefix: / }
      route:
        weighted_clusters:
          clusters:
          - { name: reviews-v1, weight: 90 }
          - { name: reviews-v3, weight: 10 }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: reviews-v1
  type: EDS
  connect_timeout: 1s
  eds_cluster_config:
    eds_config: { ads: {}, resource_api_version: V3 }
- "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment
  cluster_name: reviews-v1
  endpoints:
  - lb_endpoints:
    - endpoint: { address: { socket_address: { address: 198.18.1.11, port_value: 9080 } } }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: reviews-v2
  type: STATIC
  connect_timeout: 0.25s
  lb_policy: ROUND_ROBIN
  load_assignment:
    cluster_name: reviews-v2
    endpoints:
    - lb_endpoints:
      - endpoint: { address: { socket_address: { address: 198.18.2.11, port_value: 9080 } } }
      - endpoint: { address: { socket_address: { address: "fd00:198:18:2::11", port_value: 9080 } } }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: reviews-v3
  type: STATIC
  load_assignment:
    cluster_name: reviews-v3
    endpoints:
    - lb_endpoints:
      - endpoint: { address: { socket_address: { address: 198.18.2.12, port_value: 9080 } } }
- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
  name: ratings-db
  type: STATIC
  load_assignment:
    cluster_name: ratings-db
    endpoints:
    - lb_endpoints:
      - endpoint: { address: { socket_address: { address: 198.18.2.20, port_value: 3306 } } }
`;

/** The same kind of thing as a bootstrap, in camelCase, with an inline route configuration and an anchor. */
export const BOOTSTRAP = `!ignore shared:
  address: &loopback 127.0.0.1
node: { id: test, cluster: test }
staticResources:
  listeners:
  - address: { socketAddress: { address: *loopback, portValue: 18080 } }
    filterChains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typedConfig:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          statPrefix: web
          routeConfig:
            name: web
            virtualHosts:
            - name: all
              domains: ["*"]
              routes:
              - match: { path: /healthz }
                directResponse: { status: 200, body: { inlineString: ok } }
              - match: { prefix: / }
                route: { cluster: web }
          httpFilters:
          - name: envoy.filters.http.router
            typedConfig: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
  - name: web
    connectTimeout: 1s
    loadAssignment:
      clusterName: web
      endpoints:
      - lbEndpoints:
        - endpoint: { address: { socketAddress: { address: *loopback, portValue: 18081 } } }
`;
