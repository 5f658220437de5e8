import assert from 'node:assert/strict';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';
import { assignment, type Case, check, cluster, goodCluster, goodManager, listener, manager, match, resource, routeConfiguration, routes, sentence } from './marked.js'; // prettier-ignore

const HCM =
  'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const ROUTER = 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router';

// prettier-ignore
const SYNTAX: Case[] = [
  ['a tab as indentation', 'resources:\n«\t»- a: 1\n', ['syntax', 'Indent with spaces']],
  ['a mapping in a compact mapping', 'resources: «a»: b\n', ['syntax', 'Put a value that contains ": " in quotes']],
  ['an open flow sequence', 'resources: [1, 2\n«f»oo: 1\n', ['syntax', 'must be sufficiently indented and end with a ]']],
  ['a reserved character', 'resources:\n- name: «@»x\n', ['syntax', 'Put the value in quotes']],
  ['siblings that do not align', 'a:\n  b: 1\n« »c: 2\n', ['syntax', 'Align the line with its siblings']],
  ['an alias without an anchor', 'resources: «*nope»\n', ['syntax', 'No anchor "&nope"']],
  ['an alias inside of what it repeats', 'resources: &x [«*x»]\n', ['syntax', 'stands inside of what it repeats']],
  ['a key that is a list', '«[a, b]»: 1\n', ['syntax', 'A key must be a single word']],
  ['a merge of a text', 'resources:\n- «<<»: text\n', ['syntax', 'merges a mapping']],
  ['a key twice', goodCluster('lb_policy: RANDOM\n«lb_policy»: RANDOM'), ['duplicate-key', '"lb_policy" stands twice']],
  ['an error in the second document only', `${goodCluster('')}\n---\nresources: [\n«»`, ['syntax', 'end with a ]']],
];

// prettier-ignore
const FORM: Case[] = [
  ['a file of something else', '«services»:\n- web\n', ['not-xds', 'Begin it with "resources:"']],
  ['a misspelt beginning', '«resource»: []\n', ['not-xds', 'Did you mean "resources"?']],
  ['a misspelt bootstrap', '«static_resource»: {}\n', ['not-xds', 'Did you mean "static_resources"?']],
  ['a Kubernetes object', '«apiVersion»: v1\nkind: Service\n', ['not-xds', 'a Kubernetes object']],
  ['a list as the document', '- «a»: 1\n', ['not-xds', 'is a mapping']],
  ['a text as the document', '«hello»\n', ['not-xds', 'is a mapping']],
  ['resources that are no list', '«resources»: { a: 1 }\n', ['wrong-type', 'Begin each resource with "- "']],
  ['an unknown field beside resources', 'resources: []\n«resource_list»: []\n', ['unknown-field', 'DiscoveryResponse has no field "resource_list"']],
  ['a resource without "@type"', 'resources:\n- «name»: c\n  lb_policy: RANDOM\n', ['bad-any', 'Add "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster']],
  ['a resource that is a text', 'resources:\n- «c»\n', ['bad-any', 'does not say which resource it is']],
  ['an unknown type', 'resources:\n- "@type": «type.googleapis.com/envoy.config.cluster.v3.Clusters»\n', ['unknown-type', 'Did you mean "type.googleapis.com/envoy.config.cluster.v3.Cluster"?']],
  ['a type of the v2 API', 'resources:\n- "@type": «type.googleapis.com/envoy.api.v2.Cluster»\n', ['unknown-type', 'Envoy removed its v2 API']],
  ['a type without a slash', 'resources:\n- "@type": «envoy.config.cluster.v3.Cluster»\n', ['bad-any', 'Write "type.googleapis.com/envoy.config.cluster.v3.Cluster"']],
  ['a message that is no resource', `resources:\n- "@type": «${HCM}»\n`, ['bad-any', 'not a resource that a control plane serves']],
  ['an unknown field of a bootstrap', 'static_resources: {}\n«clusters»: []\n', ['unknown-field', 'Bootstrap has no field "clusters"']],
];

// prettier-ignore
const FIELDS: Case[] = [
  ['an unknown field', goodCluster('«conect_timeout»: 1s'), ['unknown-field', 'Cluster has no field "conect_timeout". Did you mean "connect_timeout"?']],
  ['an unknown field in camelCase', goodCluster('«conectTimeout»: 1s'), ['unknown-field', 'Did you mean "connectTimeout"?']],
  ['an unknown field with letters swapped', match('{ «perfix»: / }'), ['unknown-field', 'Did you mean "prefix"?']],
  ['an unknown field of an Any', goodManager('«stat_prefx»: x'), ['unknown-field', 'HttpConnectionManager has no field "stat_prefx"']],
  ['a required field that is misspelt is told once', manager('«stat_prefix_»: s\nroute_config: { name: r }'), ['unknown-field', 'Did you mean "stat_prefix"?']],
  ['an unknown field of a small message', match('{ prefix: /, headers: [{ name: a, string_match: { «exactly»: x } }] }'), ['unknown-field', 'Did you mean "exact"?']],
  ['an unknown field of a message without fields', goodCluster('eds_cluster_config: { eds_config: { ads: { «x»: 1 }, resource_api_version: V3 } }'), ['unknown-field', 'AggregatedConfigSource has no fields']],
  ['a field of the v2 API', goodCluster('«hosts»: []'), ['unknown-field', 'Use "load_assignment"']],
  ['both spellings of a field', goodCluster('connect_timeout: 1s\n«connectTimeout»: 2s'), ['duplicate-field', '"connectTimeout" and "connect_timeout" are the same field']],
  ['a number where text belongs', goodManager('server_name: «5»'), ['wrong-type', '"server_name" must be text, not the number 5. Put it in quotes: "5"']],
  ['a YAML boolean where text belongs', goodManager('server_name: «on»'), ['wrong-type', 'YAML reads true, yes, on and y as booleans']],
  ['text where a boolean belongs', goodManager('generate_request_id: «maybe»'), ['wrong-type', 'must be true or false, not the text "maybe"']],
  ['a number where a boolean belongs', goodManager('generate_request_id: «1»'), ['wrong-type', 'must be true or false']],
  ['text where a mapping belongs', match('«any»'), ['wrong-type', '"match" must be a mapping with the fields of RouteMatch']],
  ['a list where a mapping belongs', goodCluster('«eds_cluster_config»: []'), ['wrong-type', 'not a list']],
  ['a mapping where a list belongs', routeConfiguration('name: r\n«virtual_hosts»: { name: v }'), ['wrong-type', 'Begin each element with "- "']],
  ['text where a list belongs', routeConfiguration('name: r\nvirtual_hosts:\n- name: v\n  domains: «example.com»'), ['wrong-type', '"domains" must be a list']],
  ['an empty element', routeConfiguration('name: r\nvirtual_hosts:\n- name: v\n  domains: ["*", «~»]'), ['wrong-type', 'Remove the empty element']],
  ['a wrong element of a list', routeConfiguration('name: r\nvirtual_hosts:\n- name: v\n  domains: ["a", «5»]'), ['wrong-type', '"domains[1]" must be text']],
  ['a mapping where a number belongs', listener('name: l\naddress: { socket_address: { address: 1.1.1.1, «port_value»: {} } }'), ['wrong-type', 'a whole number from 0 to 4294967295']],
  ['a negative number', goodCluster('per_connection_buffer_limit_bytes: «-1»'), ['bad-number', 'from 0 to 4294967295']],
  ['a number that is too large', goodCluster('per_connection_buffer_limit_bytes: «4294967296»'), ['bad-number', 'from 0 to 4294967295']],
  ['a fraction where a whole number belongs', goodCluster('per_connection_buffer_limit_bytes: «1.5»'), ['bad-number', 'a whole number']],
  ['text where a number belongs', goodCluster('common_lb_config: { healthy_panic_threshold: { value: «half» } }'), ['bad-number', 'must be a number, not the text "half"']],
  ['a value that an enum does not have', goodCluster('lb_policy: «ROUND_ROBBIN»'), ['bad-enum', 'Did you mean "ROUND_ROBIN"?']],
  ['a boolean where an enum belongs', goodCluster('lb_policy: «yes»'), ['wrong-type', 'must be one of ROUND_ROBIN']],
  ['a number that an enum does not have', goodCluster('lb_policy: «77»'), ['bad-value', 'must be one of ROUND_ROBIN']],
  ['a duration without a unit', goodCluster('connect_timeout: «5»'), ['bad-duration', 'Write "5s"']],
  ['a duration in milliseconds', goodCluster('connect_timeout: «250ms»'), ['bad-duration', 'Write "0.25s"']],
  ['a duration in minutes', goodCluster('connect_timeout: «2m»'), ['bad-duration', 'Write "120s"']],
  ['a duration that is no such thing', goodCluster('connect_timeout: «soon»'), ['bad-duration', 'such as "1.5s"']],
  ['a duration over 10,000 years', goodCluster('connect_timeout: «315576000001s»'), ['bad-duration', 'such as "1.5s"']],
  ['bytes that are not base64', routes('- match: { prefix: / }\n  direct_response: { status: 200, body: { inline_bytes: «"??"» } }'), ['bad-bytes', 'base64']],
  ['half of a surrogate pair', goodManager('server_name: «"\\uD800"»'), ['wrong-type', 'valid Unicode']],
  ['an Any without "@type"', listener('name: l\nfilter_chains:\n- filters:\n  - name: envoy.filters.network.tcp_proxy\n    «typed_config»: { stat_prefix: x }'), ['bad-any', 'Add "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy']],
  ['an Any of an unknown type', listener('name: l\nfilter_chains:\n- filters:\n  - name: f\n    typed_config: { "@type": «type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxi» }'), ['unknown-type', 'Did you mean']],
  ['an Any whose "@type" is no URL', listener('name: l\nfilter_chains:\n- filters:\n  - name: f\n    typed_config: { "@type": «TcpProxy» }'), ['bad-any', 'is not a type URL']],
  ['a Struct that is a list', goodCluster('metadata: { filter_metadata: { «envoy.lb»: [] } }'), ['wrong-type', '"envoy.lb" must be a mapping, not a list']],
  ['a wrapper with an unknown member', goodManager('«use_remote_address»: { val: true }'), ['wrong-type', 'must be true or false, not a mapping']],
];

// prettier-ignore
const ONEOF: Case[] = [
  ['two of one oneof', match('{ prefix: /, «path»: / }'), ['oneof', '"path" and "prefix" exclude each other']],
  ['two actions', routes('- match: { prefix: / }\n  direct_response: { status: 200 }\n  «redirect»: { host_redirect: h }'), ['oneof', '"redirect" and "direct_response" exclude each other']],
  ['no match', match('{ headers: [] }').replace('match', '«match»'), ['oneof', 'RouteMatch needs one path_specifier. Add one of prefix, path,']],
  ['no action', routes('- «match»: { prefix: / }'), ['oneof', 'Route needs one action']],
  ['no cluster of a route', routes('- match: { prefix: / }\n  «route»: { timeout: 1s }'), ['oneof', 'RouteAction needs one cluster_specifier']],
  ['no route specifier', manager('stat_prefix: s').replace('typed_config', '«typed_config»'), ['oneof', 'HttpConnectionManager needs one route_specifier']],
  ['an address without its kind', listener('name: l\n«address»: {}'), ['oneof', 'Address needs one address']],
  ['a port without its kind', listener('name: l\naddress: { «socket_address»: { address: 1.2.3.4 } }'), ['oneof', 'SocketAddress needs one port_specifier']],
];

// prettier-ignore
const RULES: Case[] = [
  ['a missing name', cluster('«type»: STATIC'), ['required', '"name" is required']],
  ['an empty name', cluster('name: «""»'), ['required', '"name" is required and must not be empty']],
  ['a missing stat_prefix', manager('route_config: { name: r }').replace('typed_config', '«typed_config»'), ['required', '"stat_prefix" is required']],
  ['a route configuration without a name', routeConfiguration('«virtual_hosts»: []'), ['required', 'asked for by its name']],
  ['a virtual host without domains', routeConfiguration('name: r\nvirtual_hosts:\n- «name»: v'), ['required', '"domains" is required']],
  ['a virtual host with no domain', routeConfiguration('name: r\nvirtual_hosts:\n- name: v\n  «domains»: []'), ['required', '"domains" is required']],
  ['an assignment without a name', assignment('«endpoints»: []'), ['required', '"cluster_name" is required']],
  ['a missing match', routes('- «direct_response»: { status: 200 }'), ['required', '"match" is required']],
  ['a missing message field', goodCluster('health_checks:\n- «interval»: 1s\n  unhealthy_threshold: 1\n  healthy_threshold: 1\n  tcp_health_check: {}'), ['required', '"timeout" is required']],
  ['a port out of range', listener('name: l\naddress: { socket_address: { address: 1.2.3.4, port_value: «70000» } }'), ['out-of-range', '"port_value" must be at most 65535, not 70000']],
  ['a percentage out of range', goodCluster('common_lb_config: { healthy_panic_threshold: { value: «101» } }'), ['out-of-range', 'must be at least 0 and at most 100']],
  ['a percentage that is not a number', goodCluster('common_lb_config: { healthy_panic_threshold: { value: «NaN» } }'), ['out-of-range', 'not NaN']],
  ['a status out of range', routes('- match: { prefix: / }\n  direct_response: { status: «99» }'), ['out-of-range', '"status" must be at least 200 and less than 600']],
  ['a duration that must be positive', goodCluster('connect_timeout: «0s»'), ['out-of-range', 'must be more than 0s, not 0s']],
  ['a negative duration', routes('- match: { prefix: / }\n  route: { cluster: «c», timeout: «-1s» }'), ['dangling-cluster', ''], ['out-of-range', 'must not be negative, not -1s']],
  ['a duration under its limit', goodCluster('dns_refresh_rate: «0.0001s»'), ['out-of-range', 'more than 0.001s']],
  ['a wrapper out of range', goodCluster('outlier_detection: { max_ejection_percent: «101» }'), ['out-of-range', 'must be at most 100']],
  ['a 64-bit number out of range', goodCluster('ring_hash_lb_config: { minimum_ring_size: «8388609» }'), ['out-of-range', 'at most 8388608']],
  ['a priority out of range', assignment('cluster_name: c\nendpoints:\n- priority: «129»'), ['out-of-range', 'at most 128']],
  ['a weight of zero', assignment('cluster_name: c\nendpoints:\n- lb_endpoints:\n  - load_balancing_weight: «0»\n    endpoint: {}'), ['out-of-range', 'at least 1']],
  ['a header name with a line feed', match('{ prefix: /, headers: [{ name: «"a\\nb"», present_match: true }] }'), ['bad-format', 'a valid header name']],
  ['a header value with a line feed', goodManager('server_name: «"a\\nb"»'), ['bad-format', 'a valid header value']],
  ['a domain with a line feed', routeConfiguration('name: r\nvirtual_hosts:\n- name: v\n  domains: [«"a\\nb"»]'), ['bad-format', '"domains[0]" must be a valid header value']],
  ['a path_separated_prefix that ends with a slash', match('{ path_separated_prefix: «/api/» }'), ['bad-format', 'must match ^[^?#]+[^?#/]$']],
  ['an enum value that is not allowed', goodCluster('health_checks:\n- timeout: 1s\n  interval: 1s\n  unhealthy_threshold: 1\n  healthy_threshold: 1\n  http_health_check: { path: /, method: «CONNECT» }'), ['bad-value', '"method" must not be CONNECT']],
  ['an rbac permission that must be true', goodManager('').replace('http_filters:', `http_filters:\n        - name: envoy.filters.http.rbac\n          typed_config:\n            "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC\n            rules: { policies: { p: { permissions: [{ any: «false» }], principals: [{ any: true }] } } }`), ['bad-value', '"any" must be true']],
  ['an empty list that must not be', goodCluster('').replace('type: STATIC', 'type: STATIC\n  transport_socket_matches:\n  - { name: «""» }'), ['required', '"name" is required and must not be empty']],
  ['an empty regular expression', match('{ safe_regex: { regex: «""» } }'), ['required', '"regex" is required and must not be empty']],
  ['too few of a set', goodManager('access_log:\n- name: a\n  filter:\n    and_filter: { «filters»: [] }\n  typed_config: { "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog }'), ['bad-length', '"filters" must have at least 2 elements, not 0']],
  ['an unknown response flag', goodManager('access_log:\n- name: a\n  filter:\n    response_flag_filter: { flags: [UH, «XX»] }\n  typed_config: { "@type": type.googleapis.com/envoy.extensions.access_loggers.stream.v3.StdoutAccessLog }'), ['bad-value', '"flags[1]" must be one of "LH"']],
  ['a header given twice', routes('- match: { prefix: / }\n  route: { cluster: «c», internal_redirect_policy: { «response_headers_to_copy»: [a, a] } }'), ['dangling-cluster', ''], ['not-unique', 'must not have "a" twice']],
];

// prettier-ignore
const NAMES: Case[] = [
  ['a route to no cluster', BOOKINFO.replace('cluster: reviews-v2', 'cluster: «reviews-v4»'), ['dangling-cluster', 'Cluster "reviews-v4" is not defined. Did you mean "reviews-v1"?']],
  ['a split to no cluster', BOOKINFO.replace('name: reviews-v3, weight', 'name: «review-v3», weight'), ['dangling-cluster', 'Did you mean "reviews-v3"?']],
  ['a tcp_proxy to no cluster', BOOKINFO.replace('        cluster: ratings-db', '        cluster: «elsewhere»'), ['dangling-cluster', 'Add a Cluster with that name']],
  ['a mirror to no cluster', BOOKINFO.replace('route: { cluster: reviews-v2 }', 'route: { cluster: reviews-v2, request_mirror_policies: [{ cluster: «shadow» }] }'), ['dangling-cluster', '"shadow" is not defined']],
  ['no route configuration', BOOKINFO.replace('route_config_name: reviews', 'route_config_name: «review»'), ['dangling-route-config', 'Route configuration "review" is not defined. Did you mean "reviews"?']],
  ['no endpoints for an EDS cluster', BOOKINFO.replace('- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: reviews-v1', '- "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: «reviews-v1»').replace('cluster_name: reviews-v1', 'cluster_name: other'), ['dangling-endpoints', 'no ClusterLoadAssignment is called "reviews-v1"']],
  ['no endpoints by service name', BOOKINFO.replace('  eds_cluster_config:\n', '  eds_cluster_config:\n    service_name: «reviews-one»\n'), ['dangling-endpoints', 'is called "reviews-one". Did you mean "reviews-v1"?']],
  ['a name twice', BOOKINFO.replace('  name: reviews-v3\n', '  name: «reviews-v2»\n').replace(', weight: 10', ', weight: 10').replace('name: reviews-v3, weight', 'name: reviews-v1, weight'), ['duplicate-name', 'two resources of type Cluster with the name "reviews-v2"']],
];

describe('diagnostics of files', () => {
  for (const [group, cases] of Object.entries({ SYNTAX, FORM, FIELDS, ONEOF, RULES, NAMES })) {
    describe(group.toLowerCase(), () => {
      for (const one of cases) it(one[0], () => check(one));
    });
  }

  it('has nothing against the samples', () => {
    for (const text of [BOOKINFO, BOOTSTRAP]) check(['', text]);
  });

  it('reads a .json file as JSON', () => {
    check(
      [
        '',
        '{"resources": [{"@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", "name": "c", "connect_timeout": «tru»}]}',
        ['syntax', 'tru is not JSON'],
      ],
      'x.json',
    );
    check(
      [
        '',
        '{"resources": [{"@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment", "cluster_name": «5»}]}',
        ['wrong-type', 'must be text'],
      ],
      'x.json',
    );
  });

  it('knows the resources of all files, and names the first place of a duplicate', () => {
    const parts = BOOKINFO.split('- "@type": type.googleapis.com/envoy.config.cluster').map((part, index) =>
      index === 0 ? part : `resources:\n- "@type": type.googleapis.com/envoy.config.cluster${part}`,
    );
    const files = parts.map((text, index) => ({ path: `${index}.yaml`, text }));
    assert.deepEqual(validateFiles(files).problems, []);
    const again = validateFiles([...files, { path: 'again.yaml', text: files[2]?.text ?? '' }]).problems;
    assert.deepEqual(
      again.map(({ file, rule, range, related }) => [
        file,
        rule,
        range.start,
        related?.map((place) => [place.file, place.range.start]),
      ]),
      [['again.yaml', 'duplicate-name', { line: 3, column: 9 }, [['2.yaml', { line: 3, column: 9 }]]]],
    );
  });

  it('looks into a wrapped resource and a resource by itself', () => {
    check([
      '',
      resource(
        'type.googleapis.com/envoy.service.discovery.v3.Resource',
        'name: c\n«resource»:\n  "@type": type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment\n  endpoints: []',
      ),
      ['required', '"cluster_name" is required'],
    ]);
    check([
      '',
      `"@type": ${ROUTER.replace('extensions.filters.http.router.v3.Router', 'config.endpoint.v3.ClusterLoadAssignment')}\ncluster_name: c\n---\n"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\nname: c\ntype: EDS\n«edz»: 1\n`,
      ['unknown-field', 'Cluster has no field "edz"'],
    ]);
  });

  it('points at the key of a field of an anchored mapping', () => {
    check([
      '',
      'resources:\n- &one\n  "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: a\n  type: STATIC\n  «x»: 1\n',
      ['unknown-field', '"x"'],
    ]);
  });

  it('locates a field in either spelling, and what would hold a missing one', () => {
    const { locate } = validateFiles([{ path: 'a.yaml', text: BOOTSTRAP }]);
    const place = locate('type.googleapis.com/envoy.config.cluster.v3.Cluster', 'web', [
      'loadAssignment',
      'clusterName',
    ]);
    assert.deepEqual(place, {
      file: 'a.yaml',
      range: { start: { line: 30, column: 20 }, end: { line: 30, column: 23 } },
    });
    const missing = locate('type.googleapis.com/envoy.config.cluster.v3.Cluster', 'web', [
      'loadAssignment',
      'policy',
      'x',
    ]);
    assert.deepEqual(missing?.range.start, { line: 29, column: 5 });
    assert.equal(locate('type.googleapis.com/envoy.config.cluster.v3.Cluster', 'nope', []), undefined);
  });

  it('keeps the first of two resources with one name', () => {
    const files = ['a', 'b'].map((path) => ({ path, text: goodCluster(`alt_stat_name: ${path}`) }));
    const { set, locate } = validateFiles(files);
    assert.equal(set.clusters.get('c')?.value['altStatName'], 'a');
    assert.equal(locate('type.googleapis.com/envoy.config.cluster.v3.Cluster', 'c', ['name'])?.file, 'a');
  });

  it('says each thing once', () => {
    const { problems } = validateFiles([
      {
        path: 'a.yaml',
        text: cluster(
          'name: c\nconnect_timeout: 5\nlb_policy: X\ntype: Q\nload_assignment: { endpoints: 5 }',
        ),
      },
    ]);
    assert.deepEqual(
      problems.map(sentence).filter((text, index, all) => all.indexOf(text) !== index),
      [],
    );
    assert.deepEqual(
      problems.map(({ rule }) => rule),
      ['bad-duration', 'bad-enum', 'bad-enum', 'required', 'wrong-type'],
    );
  });
});
