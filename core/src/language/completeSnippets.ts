/** Whole resources and routes, to be filled in. */
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '../resources/model.js';
import type { Completion, CompletionContext } from './completionItem.js';
import { type MessageSlot, supportOf } from './slot.js';

export function snippetItems(context: CompletionContext): Completion[] {
  const { slot, writing } = context;
  if (writing.isFlow || writing.quote !== undefined || writing.hasColon || slot.kind !== 'message') return [];
  // Only where an element begins: as its first word.
  const { node, index } = writing.steps.at(-1) ?? {};
  const isFirst =
    index !== undefined &&
    (node?.kind !== 'mapping' ||
      node.entries.every(({ keySpan, hasColon }) => keySpan.start === writing.replace.start && !hasColon));
  if (!isFirst) return [];
  const family = slot.isResource ? 'resource' : (slot.message?.name ?? '');
  return (SNIPPETS[family] ?? [])
    .filter(({ needs }) => needs === undefined || isTaken(slot, needs))
    .map(({ name, detail, body }, place) => ({
      label: name,
      kind: 'snippet',
      detail,
      insert: body.join(`\n${' '.repeat(writing.column)}`),
      replace: writing.replace,
      filter: name,
      sort: `00${place}`,
    }));
}

export interface Snippet {
  readonly name: string;
  readonly detail: string;
  /** Lines; later ones are indented relative to the first. */
  readonly body: readonly string[];
  /** Fields that OneHop must take for the snippet to be of use. */
  readonly needs?: readonly string[];
}

const HCM =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** By the message of the element: `resource` is one of `resources:`. */
export const SNIPPETS: Readonly<Record<string, readonly Snippet[]>> = {
  resource: [
    {
      name: 'listener',
      detail: 'an address whose HTTP requests are routed',
      body: [
        `'@type': ${LISTENER_TYPE}`,
        'name: ${1:name}',
        'address:',
        '  socket_address: { address: ${2:198.18.100.1}, port_value: ${3:9080} }',
        'filter_chains:',
        '  - filters:',
        '      - name: envoy.filters.network.http_connection_manager',
        '        typed_config:',
        `          '@type': ${HCM}`,
        '          stat_prefix: ${1:name}',
        '          rds:',
        '            route_config_name: ${4:routes}',
        '            config_source: { ads: {}, resource_api_version: V3 }',
        '          http_filters:',
        '            - name: envoy.filters.http.router',
        '              typed_config:',
        "                '@type': type.googleapis.com/envoy.extensions.filters.http.router.v3.Router",
      ],
    },
    {
      name: 'route configuration',
      detail: 'which requests go where',
      body: [
        `'@type': ${ROUTE_TYPE}`,
        'name: ${1:routes}',
        'virtual_hosts:',
        '  - name: ${2:host}',
        "    domains: ['${3:*}']",
        '    routes:',
        '      - match: { prefix: ${4:/} }',
        '        route: { cluster: ${5:cluster} }',
      ],
    },
    {
      name: 'cluster',
      detail: 'a cluster with its endpoints',
      body: [
        `'@type': ${CLUSTER_TYPE}`,
        'name: ${1:name}',
        'type: STATIC',
        'connect_timeout: 1s',
        'load_assignment:',
        '  cluster_name: ${1:name}',
        '  endpoints:',
        '    - lb_endpoints:',
        '        - endpoint:',
        '            address:',
        '              socket_address: { address: ${2:198.18.1.11}, port_value: ${3:9080} }',
      ],
    },
    {
      name: 'EDS cluster',
      detail: 'a cluster whose endpoints are a resource of their own',
      body: [
        `'@type': ${CLUSTER_TYPE}`,
        'name: ${1:name}',
        'type: EDS',
        'eds_cluster_config:',
        '  eds_config: { ads: {}, resource_api_version: V3 }',
        'connect_timeout: 1s',
      ],
    },
    {
      name: 'endpoints',
      detail: 'the endpoints of an EDS cluster',
      body: [
        `'@type': ${ENDPOINT_TYPE}`,
        'cluster_name: ${1:name}',
        'endpoints:',
        '  - lb_endpoints:',
        '      - endpoint:',
        '          address:',
        '            socket_address: { address: ${2:198.18.1.11}, port_value: ${3:9080} }',
      ],
    },
    {
      name: 'TCP listener',
      detail: 'an address whose connections go to one cluster',
      body: [
        `'@type': ${LISTENER_TYPE}`,
        'name: ${1:name}',
        'address:',
        '  socket_address: { address: ${2:198.18.100.1}, port_value: ${3:3306} }',
        'filter_chains:',
        '  - filters:',
        '      - name: envoy.filters.network.tcp_proxy',
        '        typed_config:',
        "          '@type': type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
        '          stat_prefix: ${1:name}',
        '          cluster: ${4:cluster}',
      ],
    },
  ],
  'envoy.config.route.v3.Route': [
    {
      name: 'route',
      detail: 'requests below a path go to a cluster',
      body: ['name: ${1:name}', 'match: { prefix: ${2:/} }', 'route: { cluster: ${3:cluster} }'],
    },
    {
      name: 'canary',
      detail: 'two clusters share the requests by weight',
      body: [
        'name: ${1:canary}',
        'match: { prefix: ${2:/} }',
        'route:',
        '  weighted_clusters:',
        '    clusters:',
        '      - { name: ${3:v1}, weight: ${4:90} }',
        '      - { name: ${5:v2}, weight: ${6:10} }',
      ],
    },
    {
      name: 'header route',
      detail: 'requests with a header go to a cluster',
      body: [
        'name: ${1:name}',
        'match:',
        '  prefix: ${2:/}',
        '  headers:',
        '    - name: ${3:end-user}',
        '      string_match: { exact: ${4:jason} }',
        'route: { cluster: ${5:cluster} }',
      ],
    },
    {
      name: 'direct response',
      detail: 'an answer without an endpoint',
      needs: ['directResponse'],
      body: [
        'name: ${1:name}',
        'match: { path: ${2:/healthz} }',
        'direct_response:',
        '  status: ${3:200}',
        '  body: { inline_string: ${4:ok} }',
      ],
    },
    {
      name: 'redirect',
      detail: 'the client is sent elsewhere',
      needs: ['redirect'],
      body: [
        'name: ${1:name}',
        'match: { prefix: ${2:/old} }',
        'redirect: { prefix_rewrite: ${3:/new}, response_code: ${4|MOVED_PERMANENTLY,FOUND,TEMPORARY_REDIRECT|} }',
      ],
    },
    {
      name: 'fault',
      detail: 'a share of the requests fails or waits',
      needs: ['typedPerFilterConfig'],
      body: [
        'name: ${1:name}',
        'match: { prefix: ${2:/} }',
        'route: { cluster: ${3:cluster} }',
        'typed_per_filter_config:',
        '  envoy.filters.http.fault:',
        "    '@type': type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
        '    abort: { http_status: ${4:503}, percentage: { numerator: ${5:10} } }',
      ],
    },
  ],
  'envoy.config.route.v3.VirtualHost': [
    {
      name: 'virtual host',
      detail: 'routes of some hosts',
      body: [
        'name: ${1:name}',
        "domains: ['${2:*}']",
        'routes:',
        '  - match: { prefix: ${3:/} }',
        '    route: { cluster: ${4:cluster} }',
      ],
    },
  ],
  'envoy.config.endpoint.v3.LbEndpoint': [
    {
      name: 'endpoint address',
      detail: 'one endpoint',
      body: [
        'endpoint:',
        '  address:',
        '    socket_address: { address: ${1:198.18.1.11}, port_value: ${2:9080} }',
      ],
    },
  ],
};

function isTaken(slot: MessageSlot, needs: readonly string[]): boolean {
  return needs.every((name) => {
    const field = slot.message?.byName.get(name);
    return field !== undefined && supportOf(slot, field) !== 'refused';
  });
}
