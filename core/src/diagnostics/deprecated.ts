/** Fields that Envoy's protos mark `deprecated`, with what takes their place. */
import type { Visited } from '../envoy/walk.js';
import { shortName } from '../envoy/wording.js';
import type { JsonValue } from '../resources/model.js';
import type { Change, Family, Finding } from './finding.js';

export const deprecatedField: Family = {
  concerns: (_, field) => field.deprecated,
  find: (visited) => (visited.field.deprecated ? deprecated(visited) : undefined),
};

function deprecated({ message, field, value, path }: Visited): Finding | undefined {
  // An element of a list: the field is told of once.
  const last = path.at(-1);
  if (typeof last === 'number' && last > 0) return undefined;
  const at = typeof last === 'number' ? path.slice(0, -1) : path;
  const known = REPLACEMENTS[`${message.name} ${field.name}`];
  const change = changeOf(known, value);
  return {
    rule: 'deprecated-field',
    severity: 'warning',
    key: true,
    path: at,
    message: `"${field.name}" of ${shortName(message.name)} is deprecated.`,
    hint: known?.hint ?? 'Leave it out: a later Envoy refuses it.',
    ...(change === undefined ? {} : { change: { ...change, path: at } as Change }),
  };
}

interface Replacement {
  readonly hint: string;
  readonly by?: (value: JsonValue) => { readonly field: string; readonly value: JsonValue } | undefined;
  readonly rename?: string;
  readonly remove?: true;
}

function changeOf(known: Replacement | undefined, value: JsonValue): object | undefined {
  if (known?.rename !== undefined)
    return { kind: 'rename', title: `Use "${known.rename}"`, to: known.rename };
  if (known?.remove === true) return { kind: 'remove', title: 'Remove the field' };
  const by = known?.by?.(value);
  return by && { kind: 'replace-field', title: `Use "${by.field}"`, ...by };
}

const stringMatch = (kind: string): Replacement => ({
  hint: `Use string_match: { ${kind}: … }.`,
  // An empty exact_match means something else than an empty string_match.
  by: (value) =>
    value === '' || typeof value !== 'string'
      ? undefined
      : { field: 'string_match', value: { [kind]: value } },
});

const HCM = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const TCP_PROXY = 'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy';
const UPSTREAM =
  'Use typed_extension_protocol_options with envoy.extensions.upstreams.http.v3.HttpProtocolOptions.';

/** What the comments of the protos name. A field that has none here has no successor there. */
export const REPLACEMENTS: Readonly<Record<string, Replacement>> = {
  'envoy.config.cluster.v3.Cluster max_requests_per_connection': { hint: UPSTREAM },
  'envoy.config.cluster.v3.Cluster http_protocol_options': { hint: UPSTREAM },
  'envoy.config.cluster.v3.Cluster http2_protocol_options': { hint: UPSTREAM },
  'envoy.config.cluster.v3.Cluster common_http_protocol_options': { hint: UPSTREAM },
  'envoy.config.cluster.v3.Cluster upstream_http_protocol_options': { hint: UPSTREAM },
  'envoy.config.cluster.v3.Cluster protocol_selection': { hint: UPSTREAM },
  'envoy.config.cluster.v3.Cluster dns_resolvers': { hint: 'Use typed_dns_resolver_config.' },
  'envoy.config.cluster.v3.Cluster dns_resolution_config': { hint: 'Use typed_dns_resolver_config.' },
  'envoy.config.cluster.v3.Cluster use_tcp_for_dns_lookups': { hint: 'Use typed_dns_resolver_config.' },
  'envoy.config.cluster.v3.Cluster track_timeout_budgets': {
    hint: 'Use track_cluster_stats: { timeout_budgets: true }.',
  },
  'envoy.config.core.v3.BindConfig additional_source_addresses': { hint: 'Use extra_source_addresses.' },
  'envoy.config.core.v3.ConfigSource path': {
    hint: 'Use path_config_source: { path: … }.',
    by: (value) => ({ field: 'path_config_source', value: { path: value } }),
  },
  'envoy.config.core.v3.HeaderValueOption append': { hint: 'Use append_action.' },
  'envoy.config.core.v3.HealthCheck event_log_path': { hint: 'Use event_logger.' },
  'envoy.config.core.v3.SubstitutionFormatString text_format': {
    hint: 'Use text_format_source: { inline_string: … }.',
    by: (value) => ({ field: 'text_format_source', value: { inline_string: value } }),
  },
  'envoy.config.listener.v3.Listener reuse_port': {
    hint: 'Use enable_reuse_port.',
    rename: 'enable_reuse_port',
  },
  'envoy.config.listener.v3.FilterChain use_proxy_proto': {
    hint: 'Add the listener filter envoy.filters.listener.proxy_protocol.',
  },
  'envoy.config.rbac.v3.Principal source_ip': { hint: 'Use remote_ip, or direct_remote_ip.' },
  'envoy.config.route.v3.HeaderMatcher exact_match': stringMatch('exact'),
  'envoy.config.route.v3.HeaderMatcher prefix_match': stringMatch('prefix'),
  'envoy.config.route.v3.HeaderMatcher suffix_match': stringMatch('suffix'),
  'envoy.config.route.v3.HeaderMatcher contains_match': stringMatch('contains'),
  'envoy.config.route.v3.HeaderMatcher safe_regex_match': { hint: 'Use string_match: { safe_regex: … }.' },
  'envoy.config.route.v3.RateLimit.Action dynamic_metadata': { hint: 'Use metadata.' },
  'envoy.config.route.v3.RouteAction cors': { hint: 'Use typed_per_filter_config with a CorsPolicy.' },
  'envoy.config.route.v3.VirtualHost cors': { hint: 'Use typed_per_filter_config with a CorsPolicy.' },
  'envoy.config.route.v3.RouteAction max_grpc_timeout': {
    hint: 'Use max_stream_duration: { grpc_timeout_header_max: … }.',
  },
  'envoy.config.route.v3.RouteAction grpc_timeout_offset': {
    hint: 'Use max_stream_duration: { grpc_timeout_header_offset: … }.',
  },
  'envoy.config.route.v3.RouteAction internal_redirect_action': { hint: 'Use internal_redirect_policy.' },
  'envoy.config.route.v3.RouteAction max_internal_redirects': { hint: 'Use internal_redirect_policy.' },
  'envoy.config.route.v3.WeightedCluster total_weight': {
    hint: 'Leave it out: the total is the sum of the weights.',
    remove: true,
  },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog format': { hint: 'Use log_format.' },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog json_format': { hint: 'Use log_format.' },
  'envoy.extensions.access_loggers.file.v3.FileAccessLog typed_json_format': { hint: 'Use log_format.' },
  'envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest enable_full_scan': {
    hint: 'Use selection_method: FULL_SCAN.',
  },
  'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash use_hostname_for_hashing': {
    hint: 'Use consistent_hashing_lb_config.',
  },
  'envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash hash_balance_factor': {
    hint: 'Use consistent_hashing_lb_config.',
  },
  [`${HCM} access_log_flush_interval`]: { hint: 'Use access_log_options.' },
  [`${HCM} flush_access_log_on_new_request`]: { hint: 'Use access_log_options.' },
  [`${TCP_PROXY} access_log_flush_interval`]: { hint: 'Use access_log_options.' },
  [`${TCP_PROXY} flush_access_log_on_connected`]: { hint: 'Use access_log_options.' },
  'envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext match_subject_alt_names': {
    hint: 'Use match_typed_subject_alt_names.',
  },
  'envoy.type.matcher.v3.RegexMatcher google_re2': {
    hint: 'Leave it out: RE2 is the only engine.',
    remove: true,
  },
};
