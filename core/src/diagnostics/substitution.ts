/**
 * Texts in which Envoy replaces %COMMANDS%: added headers, formats of access logs and of its own answers. The commands are
 * those that Envoy 1.40 was seen to take.
 */
import type { FieldDescriptor } from '../envoy/schema.js';
import type { Visited } from '../envoy/walk.js';
import { isJsonObject } from '../envoy/wellKnown.js';
import type { FieldPath, JsonValue } from '../resources/model.js';
import type { Family, Finding } from './finding.js';

/** Fields that hold such a text, or a structure of them, by message. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  'envoy.config.core.v3.SubstitutionFormatString': ['text_format', 'json_format'],
  'envoy.extensions.access_loggers.file.v3.FileAccessLog': ['format', 'json_format', 'typed_json_format'],
};

/** Texts that Envoy cannot read. */
export const badSubstitution: Family = {
  concerns: (message, field) => holdsText(message.name, field),
  find: unreadable,
};

const FORMAT = 'envoy.config.core.v3.SubstitutionFormatString';
const HEADER = 'envoy.config.core.v3.HeaderValueOption';

function holdsText(message: string, { name, typeName }: FieldDescriptor): boolean {
  const isSource = message === FORMAT && name === 'text_format_source';
  return isSource || typeName === HEADER || TEXTS[message]?.includes(name) === true;
}

function unreadable({ message, field, value, path }: Visited): Finding[] {
  if (TEXTS[message.name]?.includes(field.name) === true) return inAll(value, path);
  if (message.name === FORMAT && field.name === 'text_format_source')
    return isJsonObject(value) ? inAll(value['inlineString'] ?? '', [...path, 'inlineString']) : [];
  if (field.typeName !== HEADER || !isJsonObject(value)) return [];
  const header = value['header'];
  return isJsonObject(header) ? inAll(header['value'] ?? '', [...path, 'header', 'value']) : [];
}

function inAll(value: JsonValue, path: FieldPath): Finding[] {
  if (typeof value === 'string') {
    const fault = substitutionFault(value);
    return fault === undefined ? [] : [{ rule: 'bad-substitution', severity: 'error', path, ...fault }];
  }
  if (Array.isArray(value))
    return (value as readonly JsonValue[]).flatMap((item, index) => inAll(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => inAll(item, [...path, key]));
}

/** undefined: Envoy reads the text. */
export function substitutionFault(
  text: string,
): { readonly message: string; readonly hint: string } | undefined {
  for (let at = text.indexOf('%'); at >= 0; at = text.indexOf('%', at)) {
    if (text[at + 1] === '%') {
      at += 2;
      continue;
    }
    const found = /^%([A-Z0-9_]+)(\(.*?\))?(?::[0-9]+)?%/s.exec(text.slice(at));
    if (found === null)
      return {
        message: 'A "%" begins no command such as %PROTOCOL%.',
        hint: 'Write "%%" for the character.',
      };
    const [whole, name = '', parameters] = found;
    const takes = COMMANDS.get(name);
    if (takes === undefined)
      return { message: `Envoy has no command %${name}%.`, hint: 'Write "%%" for a percent sign.' };
    if (takes === 'needs' && parameters === undefined)
      return { message: `%${name}% needs a parameter.`, hint: `Write %${name}(…)%.` };
    if (takes === 'none' && parameters !== undefined)
      return { message: `%${name}% takes no parameter.`, hint: `Write %${name}%.` };
    at += whole.length;
  }
  return undefined;
}

type Parameters = 'none' | 'may' | 'needs';

const COMMANDS: ReadonlyMap<string, Parameters> = new Map([
  ...named('needs', [
    'CEL CLUSTER_METADATA COALESCE COMMON_DURATION DYNAMIC_METADATA ENVIRONMENT FILTER_STATE METADATA',
    'QUERY_PARAM REQ REQUEST_HEADER RESP RESPONSE_HEADER RESPONSE_TRAILER STREAM_INFO_REQ TRAILER',
    'UPSTREAM_FILTER_STATE UPSTREAM_METADATA',
  ]),
  ...named('may', [
    'DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT',
    'DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT DOWNSTREAM_PEER_CERT_V_END DOWNSTREAM_PEER_CERT_V_START',
    'DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT EMIT_TIME EMIT_TIME_LOCAL RESPONSE_CODE_DETAILS START_TIME',
    'START_TIME_LOCAL UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT UPSTREAM_PEER_CERT_V_END',
    'UPSTREAM_PEER_CERT_V_START UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT',
  ]),
  ...named('none', [
    'ACCESS_LOG_TYPE BYTES_RECEIVED BYTES_RETRANSMITTED BYTES_SENT CONNECTION_ID',
    'CONNECTION_TERMINATION_DETAILS CUSTOM_FLAGS DOWNSTREAM_CX_RTT',
    'DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED DOWNSTREAM_DECOMPRESSED_HEADER_BYTES_SENT',
    'DOWNSTREAM_DETECTED_CLOSE_TYPE DOWNSTREAM_DIRECT_LOCAL_ADDRESS',
    'DOWNSTREAM_DIRECT_LOCAL_ADDRESS_ENDPOINT_ID DOWNSTREAM_DIRECT_LOCAL_PORT',
    'DOWNSTREAM_DIRECT_REMOTE_ADDRESS DOWNSTREAM_DIRECT_REMOTE_PORT DOWNSTREAM_HANDSHAKE_DURATION',
    'DOWNSTREAM_HEADER_BYTES_RECEIVED DOWNSTREAM_HEADER_BYTES_SENT DOWNSTREAM_LOCAL_ADDRESS',
    'DOWNSTREAM_LOCAL_ADDRESS_ENDPOINT_ID DOWNSTREAM_LOCAL_CLOSE_REASON DOWNSTREAM_LOCAL_DNS_SAN',
    'DOWNSTREAM_LOCAL_EMAIL_SAN DOWNSTREAM_LOCAL_IP_SAN DOWNSTREAM_LOCAL_OTHERNAME_SAN',
    'DOWNSTREAM_LOCAL_PORT DOWNSTREAM_LOCAL_SUBJECT DOWNSTREAM_LOCAL_URI_SAN DOWNSTREAM_PEER_CERT',
    'DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_1 DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256',
    'DOWNSTREAM_PEER_CHAIN_SERIALS DOWNSTREAM_PEER_DNS_SAN DOWNSTREAM_PEER_EMAIL_SAN',
    'DOWNSTREAM_PEER_FINGERPRINT_1 DOWNSTREAM_PEER_FINGERPRINT_256 DOWNSTREAM_PEER_IP_SAN',
    'DOWNSTREAM_PEER_ISSUER DOWNSTREAM_PEER_ISSUER_FINGERPRINT_256 DOWNSTREAM_PEER_ISSUER_SERIAL',
    'DOWNSTREAM_PEER_OTHERNAME_SAN DOWNSTREAM_PEER_SERIAL DOWNSTREAM_PEER_SUBJECT',
    'DOWNSTREAM_PEER_URI_SAN DOWNSTREAM_REMOTE_ADDRESS DOWNSTREAM_REMOTE_PORT DOWNSTREAM_TLS_CIPHER',
    'DOWNSTREAM_TLS_GROUP DOWNSTREAM_TLS_SESSION_ID DOWNSTREAM_TLS_VERSION',
    'DOWNSTREAM_TRANSPORT_FAILURE_REASON DOWNSTREAM_WIRE_BYTES_RECEIVED DOWNSTREAM_WIRE_BYTES_SENT',
    'DURATION FILTER_CHAIN_NAME GRPC_STATUS GRPC_STATUS_NUMBER HOSTNAME LISTENER_NAME LOCAL_REPLY_BODY',
    'PACKETS_RETRANSMITTED PATH PROTOCOL QUERY_PARAMS REQUESTED_SERVER_NAME REQUEST_DURATION',
    'REQUEST_HEADERS_BYTES REQUEST_TX_DURATION RESPONSE_CODE RESPONSE_DURATION RESPONSE_FLAGS',
    'RESPONSE_FLAGS_LONG RESPONSE_HEADERS_BYTES RESPONSE_TRAILERS_BYTES RESPONSE_TX_DURATION',
    'ROUNDTRIP_DURATION ROUTE_NAME ROUTE_RESOLUTION_COUNT ROUTE_RESOLUTION_TIME_US SPAN_ID STREAM_ID',
    'TLS_JA3_FINGERPRINT TLS_JA4_FINGERPRINT TRACE_ID UNIQUE_ID UPSTREAM_CLUSTER UPSTREAM_CLUSTER_RAW',
    'UPSTREAM_CONNECTION_ID UPSTREAM_CONNECTION_IDS_ATTEMPTED UPSTREAM_CONNECTION_POOL_READY_DURATION',
    'UPSTREAM_DECOMPRESSED_HEADER_BYTES_RECEIVED UPSTREAM_DECOMPRESSED_HEADER_BYTES_SENT',
    'UPSTREAM_DETECTED_CLOSE_TYPE UPSTREAM_HEADER_BYTES_RECEIVED UPSTREAM_HEADER_BYTES_SENT',
    'UPSTREAM_HOST UPSTREAM_HOSTS_ATTEMPTED UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT UPSTREAM_HOST_NAME',
    'UPSTREAM_HOST_NAMES_ATTEMPTED UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT',
    'UPSTREAM_HOST_NAME_WITHOUT_PORT UPSTREAM_LOCAL_ADDRESS UPSTREAM_LOCAL_CLOSE_REASON',
    'UPSTREAM_LOCAL_DNS_SAN UPSTREAM_LOCAL_IP_SAN UPSTREAM_LOCAL_PORT UPSTREAM_LOCAL_URI_SAN',
    'UPSTREAM_PEER_CERT UPSTREAM_PEER_DNS_SAN UPSTREAM_PEER_IP_SAN UPSTREAM_PEER_ISSUER',
    'UPSTREAM_PEER_SUBJECT UPSTREAM_PEER_URI_SAN UPSTREAM_PROTOCOL UPSTREAM_REMOTE_ADDRESS',
    'UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID UPSTREAM_REMOTE_PORT UPSTREAM_REQUEST_ATTEMPT_COUNT',
    'UPSTREAM_SERVER_NAME UPSTREAM_TLS_CIPHER UPSTREAM_TLS_GROUP UPSTREAM_TLS_SESSION_ID',
    'UPSTREAM_TLS_VERSION UPSTREAM_TRANSPORT_FAILURE_REASON UPSTREAM_WIRE_BYTES_RECEIVED',
    'UPSTREAM_WIRE_BYTES_SENT VIRTUAL_CLUSTER_NAME',
  ]),
]);

function named(takes: Parameters, lines: readonly string[]): [string, Parameters][] {
  return lines.flatMap((line) => line.split(' ')).map((name) => [name, takes]);
}
