/**
 * Configurations with one mistake each, as people make them: where the problem must be shown, and which fix must be offered. The
 * tests of core and of the editor go through the same table.
 */
import { BOOKINFO } from '../samples.js';
import { assignment, cluster, goodCluster, goodManager, listener, manager, match, routeConfiguration, routes } from './marked.js'; // prettier-ignore

export interface BrokenConfiguration {
  readonly title: string;
  /** «…» marks where the problem must stand: see `unmark`. */
  readonly marked: string;
  readonly rule: string;
  /** The title of the fix that is promised; it makes the problem go away. undefined: only a person can say what is right. */
  readonly fix?: string;
}

const OK = 'direct_response: { status: 200 }';
const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const TCP_PROXY = 'type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';

const filter = (config: string): string =>
  listener(
    `name: l\naddress: { socket_address: { address: 198.18.100.1, port_value: 80 } }\nfilter_chains:\n- filters:\n  - name: envoy.filters.network.tcp_proxy\n    ${config}`,
  );

// prettier-ignore
const ROWS: (readonly [title: string, rule: string, marked: string, fix?: string])[] = [
  // The text
  ['a tab as indentation', 'syntax', 'resources:\n«\t»- a: 1\n', 'Indent with spaces'],
  ['an open bracket', 'syntax', 'resources: [1, 2\n«f»oo: 1\n'],
  ['a mapping behind a key', 'syntax', 'resources: «a»: b\n'],
  ['siblings that do not align', 'syntax', 'a:\n  b: 1\n« »c: 2\n'],
  ['an alias without an anchor', 'syntax', 'resources: «*nope»\n'],
  ['a key twice', 'duplicate-key', goodCluster('lb_policy: RANDOM\n«lb_policy»: ROUND_ROBIN'), 'Remove this one'],
  // Its form
  ['a misspelt beginning', 'not-xds', '«resource»: []\n', 'Change to "resources"'],
  ['a misspelt bootstrap', 'not-xds', '«static_resource»: {}\n', 'Change to "static_resources"'],
  ['a Kubernetes object', 'not-xds', '«apiVersion»: v1\nkind: Service\n'],
  ['resources that are no list', 'wrong-type', '«resources»: { a: 1 }\n'],
  ['a resource without a type', 'bad-any', 'resources:\n- «name»: c\n  lb_policy: RANDOM\n', `Add '@type': ${CLUSTER}`],
  ['a type without a slash', 'bad-any', 'resources:\n- "@type": «envoy.config.cluster.v3.Cluster»\n  name: c\n', `Change to "${CLUSTER}"`],
  ['a misspelt type', 'unknown-type', `resources:\n- "@type": «${CLUSTER}s»\n  name: c\n`, `Change to "${CLUSTER}"`],
  ['a type of the v2 API', 'unknown-type', 'resources:\n- "@type": «type.googleapis.com/envoy.api.v2.Cluster»\n', `Change to "${CLUSTER}"`],
  // Fields
  ['a misspelt field', 'unknown-field', goodCluster('«conect_timeout»: 1s'), 'Change to "connect_timeout"'],
  ['a misspelt field in camelCase', 'unknown-field', goodCluster('«conectTimeout»: 1s'), 'Change to "connectTimeout"'],
  ['a misspelt field in braces', 'unknown-field', match('{ «perfix»: / }'), 'Change to "prefix"'],
  ['a misspelt field of a filter', 'unknown-field', goodManager('«stat_prefx»: x').replace('        stat_prefix: s\n', ''), 'Change to "stat_prefix"'],
  ['a field that there never was', 'unknown-field', goodCluster('«colour»: red'), 'Remove the field'],
  ['a field in both spellings', 'duplicate-field', goodCluster('connect_timeout: 1s\n«connectTimeout»: 2s'), 'Remove this one'],
  ['a number where text belongs', 'wrong-type', goodManager('server_name: «5»'), 'Change to "5"'],
  ['a word that YAML reads as a boolean', 'wrong-type', goodManager('server_name: «on»'), "Change to 'on'"],
  ['text where a list belongs', 'wrong-type', routeConfiguration('name: r\nvirtual_hosts:\n- name: v\n  domains: «example.com»'), 'Make it a list of one'],
  ['a list where a mapping belongs', 'wrong-type', goodCluster('«eds_cluster_config»: []')],
  ['a misspelt value', 'bad-enum', goodCluster('lb_policy: «ROUND_ROBBIN»'), 'Change to "ROUND_ROBIN"'],
  ['a duration without its unit', 'bad-duration', goodCluster('connect_timeout: «5»'), 'Change to "5s"'],
  ['a duration in milliseconds', 'bad-duration', goodCluster('connect_timeout: «250ms»'), 'Change to "0.25s"'],
  ['a duration in words', 'bad-duration', goodCluster('connect_timeout: «soon»')],
  ['a number that is too large', 'bad-number', goodCluster('per_connection_buffer_limit_bytes: «4294967296»')],
  ['bytes that are not base64', 'bad-bytes', routes('- match: { prefix: / }\n  direct_response: { status: 200, body: { inline_bytes: «"??"» } }')],
  ['a filter without its type', 'bad-any', filter('«typed_config»: { stat_prefix: x, cluster: c }'), `Add '@type': ${TCP_PROXY}`],
  ['a misspelt type of a filter', 'unknown-type', filter(`typed_config: { "@type": «${TCP_PROXY}i», stat_prefix: x, cluster: c }`), `Change to "${TCP_PROXY}"`],
  // Rules
  ['two of one oneof', 'oneof', match('{ prefix: /, «path»: / }')],
  ['no path in a match', 'oneof', match('{ headers: [] }').replace('match', '«match»'), 'Add prefix: /'],
  ['a port without a number', 'oneof', listener('name: l\naddress: { «socket_address»: { address: 1.2.3.4 } }'), 'Add port_value: 9080'],
  ['no action', 'oneof', routes('- «match»: { prefix: / }')],
  ['a cluster without a name', 'required', cluster('«type»: STATIC'), 'Add name: new'],
  ['an empty name', 'required', cluster('name: «""»')],
  ['a manager without stat_prefix', 'required', manager('route_config: { name: r }\nhttp_filters: []').replace('typed_config', '«typed_config»'), 'Add stat_prefix: l'],
  ['a virtual host without domains', 'required', routeConfiguration('name: r\nvirtual_hosts:\n- «name»: v\n  routes: []'), "Add domains: ['*']"],
  ['endpoints without the name of their cluster', 'required', assignment('«endpoints»: []'), 'Add cluster_name: new'],
  ['a port above 65535', 'out-of-range', listener('name: l\naddress: { socket_address: { address: 1.1.1.1, port_value: «70000» } }')],
  ['an empty regular expression', 'required', match('{ safe_regex: { regex: «""» } }')],
  ['a regular expression that RE2 refuses', 'bad-regex', match('{ safe_regex: { regex: «"/(?=a)"» } }')],
  // Between resources
  ['a misspelt cluster', 'dangling-cluster', BOOKINFO.replace('cluster: reviews-v2', 'cluster: «reviews-v4»'), 'Change to "reviews-v1"'],
  ['a cluster that is still to be made', 'dangling-cluster', BOOKINFO.replace('cluster: reviews-v2', 'cluster: «reviews-v4»'), 'Add a cluster "reviews-v4"'],
  ['a cluster that is like no other', 'dangling-cluster', BOOKINFO.replace('        cluster: ratings-db', '        cluster: «elsewhere»'), 'Add a cluster "elsewhere"'],
  ['a misspelt cluster of a split', 'dangling-cluster', BOOKINFO.replace('name: reviews-v3, weight', 'name: «review-v3», weight'), 'Change to "reviews-v3"'],
  ['a misspelt route configuration', 'dangling-route-config', BOOKINFO.replace('route_config_name: reviews', 'route_config_name: «review»'), 'Change to "reviews"'],
  ['no route configuration', 'dangling-route-config', BOOKINFO.replace('route_config_name: reviews', 'route_config_name: «all»'), 'Add a route configuration "all"'],
  ['an EDS cluster without endpoints', 'dangling-endpoints', BOOKINFO.replace(`- "@type": ${CLUSTER}\n  name: reviews-v1`, `- "@type": ${CLUSTER}\n  name: «reviews-v1»`).replace('cluster_name: reviews-v1', 'cluster_name: other'), 'Add a ClusterLoadAssignment for "reviews-v1"'],
  ['a name twice', 'duplicate-name', `${goodCluster('')}${goodCluster('').replace('resources:\n', '').replace('name: c', 'name: «c»')}`, 'Remove the resource'],
  ['an address twice', 'address-conflict', `${goodManager('')}\n${goodManager('').replace('resources:\n', '').replace('name: l', 'name: m').replace('port_value: 80', 'port_value: «80»')}`],
  ['a domain twice', 'domain-conflict', routeConfiguration(`name: r\nvirtual_hosts:\n- name: v\n  domains: [a.com]\n  routes: []\n- name: w\n  domains: [b.com, «a.com»]\n  routes: []`), 'Remove this one'],
  ['a route that no request comes to', 'shadowed-route', routes(`- match: { prefix: / }\n  ${OK}\n- «match»: { prefix: /api }\n  ${OK}`), 'Remove the route'],
  ['a route that nothing can match', 'unreachable-route', routes(`- «match»: { prefix: /, headers: [{ name: a, string_match: { exact: p } }, { name: a, string_match: { exact: q } }] }\n  ${OK}\n- match: { prefix: / }\n  ${OK}`), 'Remove the route'],
  ['a deprecated match', 'deprecated-field', match('{ prefix: /, headers: [{ name: a, «exact_match»: x }] }'), 'Use "string_match"'],
  ['a deprecated field with another name', 'deprecated-field', goodManager('').replace('filter_chains', '«reuse_port»: true\n  filter_chains'), 'Use "enable_reuse_port"'],
  ['a share that is never drawn', 'zero-weight', BOOKINFO.replace('weight: 10', 'weight: «0»'), 'Remove the cluster from the split'],
  ['a cluster that nothing uses', 'unused-resource', `${BOOKINFO}- "@type": ${CLUSTER}\n  name: «spare»\n  type: STATIC\n  load_assignment: { cluster_name: spare }\n`, 'Remove the resource'],
  // What OneHop does not do
  ['something that OneHop does not do', 'not-supported', goodManager('«original_ip_detection_extensions»: [{ name: a, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }]'), 'Remove the field'],
  ['something that has no effect', 'not-enforced', goodManager('max_request_headers_kb: «8»'), 'Remove the field'],
  ['a route that the agent answers', 'in-relay', routes(`- match: { prefix: / }\n  «direct_response»: { status: 200 }`)],
  ['an address that is a name', 'bad-address', goodManager('').replace('198.18.100.1', '«localhost»')],
  // Comments
  ['a suppression without a reason', 'bad-suppression', match('{ prefix: /, headers: [{ name: a, exact_match: x }] } «# onehop-ignore deprecated-field»')],
  ['a suppression of a misspelt rule', 'bad-suppression', match('{ prefix: / } «# onehop-ignore zero-wight: why»'), 'Change to "zero-weight"'],
  ['a suppression of nothing', 'unused-suppression', match('{ prefix: / } «# onehop-ignore zero-weight: why»'), 'Remove the comment'],
];

export const BROKEN_CONFIGURATIONS: readonly BrokenConfiguration[] = ROWS.map(
  ([title, rule, marked, fix]) => ({ title, rule, marked, ...(fix === undefined ? {} : { fix }) }),
);
