/** The words of problems that the codec finds. */
import type { FieldPath, JsonValue } from '../resources/model.js';
import { nearestName } from './nearest.js';
import type { CodecProblem } from './problem.js';
import { type MessageDescriptor, messageNames } from './schema.js';

/** A problem with a type name that the table does not have: what it may have meant. */
export function unknownType(path: FieldPath, name: string): CodecProblem {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const near = namesByLast().get(last) ?? namesByLast().get(nearestName(last, namesByLast().keys()) ?? '');
  const hints: string[] = [];
  if (/^envoy\.(api\.v2|config\..*\.v2)\b/.test(name))
    hints.push('Envoy removed its v2 API: use the v3 type.');
  if (near !== undefined) hints.push(`Did you mean "type.googleapis.com/${near}"?`);
  const shown = name.length > 120 ? `${name.slice(0, 120)}…` : name;
  return {
    rule: 'unknown-type',
    path,
    message: `The type "${shown}" is not known.`,
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
  };
}

let lastNames: ReadonlyMap<string, string> | undefined;

/** Full names by what comes after the last dot. Comparing only that keeps a search among hundreds of names cheap. */
function namesByLast(): ReadonlyMap<string, string> {
  lastNames ??= new Map(
    [...messageNames()].reverse().map((name) => [name.slice(name.lastIndexOf('.') + 1), name]),
  );
  return lastNames;
}

/** "envoy.config.cluster.v3.Cluster.CommonLbConfig" → "Cluster.CommonLbConfig". */
export function shortName(messageName: string): string {
  const parts = messageName.split('.');
  const first = parts.findIndex((part) => /^[A-Z]/.test(part));
  return first < 0 ? messageName : parts.slice(first).join('.');
}

/** A duration that was written in another way, as proto3 JSON wants it. */
export function durationHint(json: JsonValue): { hint?: string } {
  if (typeof json === 'number') return { hint: `Write "${json}s".` };
  if (typeof json !== 'string') return {};
  const found = /^(\d+(?:\.\d+)?)\s*(ns|us|ms|s|sec|m|min|h|d)?$/.exec(json.trim());
  if (found === null) return {};
  const scale: Readonly<Record<string, number>> = {
    ns: 1e-9,
    us: 1e-6,
    ms: 1e-3,
    m: 60,
    min: 60,
    h: 3600,
    d: 86400,
  };
  const seconds = Number(found[1]) * (scale[found[2] ?? 's'] ?? 1);
  return { hint: `Write "${Number(seconds.toFixed(9))}s".` };
}

/** What to do about a field that a message does not have; `key` is as the author wrote it. */
export function unknownFieldHint(message: MessageDescriptor, key: string): string | undefined {
  const spelling = /[A-Z]/.test(key) ? ('jsonName' as const) : ('name' as const);
  const names = message.fields.map((field) => field[spelling]);
  const legacy = LEGACY[`${message.name} ${key}`];
  if (legacy !== undefined) return legacy;
  const near = nearestName(key, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (names.length === 0) return `${shortName(message.name)} has no fields.`;
  return names.length <= 6 ? `It has ${names.join(', ')}.` : undefined;
}

/** Fields of Envoy's v2 API that configurations found on the web still have. */
const LEGACY: Readonly<Record<string, string>> = {
  'envoy.config.cluster.v3.Cluster hosts': 'Use "load_assignment": "hosts" went away with the v2 API.',
  'envoy.config.cluster.v3.Cluster tls_context':
    'Use "transport_socket": "tls_context" went away with the v2 API.',
  'envoy.config.listener.v3.FilterChain tls_context':
    'Use "transport_socket": "tls_context" went away with the v2 API.',
  'envoy.config.listener.v3.Filter config':
    'Use "typed_config" with an "@type": "config" went away with the v2 API.',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter config':
    'Use "typed_config" with an "@type": "config" went away with the v2 API.',
  'envoy.config.route.v3.RouteMatch regex':
    'Use "safe_regex": { regex: … }: "regex" went away with the v2 API.',
  'envoy.config.route.v3.HeaderMatcher regex_match': 'Use "string_match": { safe_regex: { regex: … } }.',
};
