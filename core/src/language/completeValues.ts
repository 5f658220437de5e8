/** Values: of enums and booleans, type URLs, names of resources and of filters, usual durations. */
import { rulesOf } from '../envoy/rules.js';
import { enumOf, FieldType, messageNames } from '../envoy/schema.js';
import { typeUrlOfExtension } from '../envoy/extensions.js';
import { shortName } from '../envoy/wording.js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, messageNameOf, ROUTE_TYPE } from '../resources/model.js';
import { flowText } from '../yaml/edits.js';
import type { Completion, CompletionContext } from './completionItem.js';
import { looseText } from './looseTree.js';
import { kindOfType, SECRET_TYPE, typeOfReference } from './names.js';
import type { MessageSlot, Slot } from './slot.js';

export function valueItems(context: CompletionContext): Completion[] {
  const { slot } = context;
  if (slot.kind === 'type') return typeItems(context, slot.of);
  return slot.kind === 'scalar' ? scalarItems(context, slot) : [];
}

function scalarItems(context: CompletionContext, { field, holder }: Slot & { kind: 'scalar' }): Completion[] {
  const referenced = typeOfReference(holder.name, field.name);
  if (referenced !== undefined) return referenceItems(context, referenced);
  const isAssignment = holder.name === ASSIGNMENT && field.name === 'cluster_name';
  if (isAssignment) return assignmentItems(context);
  if (field.type === FieldType.enum) return enumItems(context, { kind: 'scalar', field, holder });
  const isBool = field.type === FieldType.bool || field.typeName === 'google.protobuf.BoolValue';
  if (isBool)
    return ['true', 'false'].map((text, index) => item(context, text, { sort: String(index), raw: true }));
  if (field.typeName === 'google.protobuf.Duration')
    return ['0.25s', '1s', '5s', '30s'].map((text, index) =>
      item(context, text, { sort: String(index), raw: true, detail: 'duration' }),
    );
  const isFilter = field.name === 'name' && holder.byName.has('typed_config');
  return isFilter ? filterNames(context, holder.name) : [];
}

function referenceItems(context: CompletionContext, typeUrl: string): Completion[] {
  const { workspace, path } = context;
  return workspace.definitions(path, typeUrl).map(({ name, file }, index) =>
    item(context, name, {
      kind: 'reference',
      detail: file.path === path ? kindOfType(typeUrl) : `${kindOfType(typeUrl)} in ${baseName(file.path)}`,
      sort: String(index).padStart(4, '0'),
    }),
  );
}

/** Clusters whose endpoints are a resource of their own; those that have none yet come first. */
function assignmentItems(context: CompletionContext): Completion[] {
  const { workspace, path, writing } = context;
  const own = writing.steps.map(({ node }) => looseText(node, 'name')).findLast((name) => name !== undefined);
  const inCluster = writing.steps.some(
    ({ slot }) => slot.kind === 'message' && slot.message?.name === messageNameOf(CLUSTER_TYPE),
  );
  if (inCluster) return own === undefined ? [] : [item(context, own, { kind: 'reference', sort: '0' })];
  const has = new Set(workspace.definitions(path, ENDPOINT_TYPE).map(({ name }) => name));
  const tied = workspace.configuration(path).flatMap(({ names }) => [...names.tied]);
  return tied.map((name, index) =>
    item(context, name, {
      kind: 'reference',
      detail: has.has(name) ? 'EDS cluster' : 'EDS cluster without endpoints',
      sort: `${has.has(name) ? 1 : 0}${String(index).padStart(4, '0')}`,
    }),
  );
}

function enumItems(context: CompletionContext, { field, holder }: Slot & { kind: 'scalar' }): Completion[] {
  const { byName, deprecated } = enumOf(field);
  const rules = rulesOf(holder.name)?.fields.get(field.name)?.['enum'];
  const denied = Array.isArray(rules?.['not_in']) ? rules['not_in'].map(Number) : [];
  return [...byName]
    .filter(([, number]) => !denied.includes(number))
    .map(([name, number], index) =>
      item(context, name, {
        kind: 'enum',
        ...(number === 0 ? { detail: 'default' } : {}),
        docs: { type: field.typeName ?? '', member: name },
        sort: `${deprecated.has(name) ? 1 : 0}${String(index).padStart(3, '0')}`,
        isDeprecated: deprecated.has(name),
      }),
    );
}

function typeItems(context: CompletionContext, slot: MessageSlot): Completion[] {
  if (slot.isResource) return SERVED.map((typeUrl, index) => typeItem(context, typeUrl, `0${index}`));
  const name = looseText(context.writing.steps.at(-3)?.node, 'name');
  const meant = name === undefined ? undefined : typeUrlOfExtension(name);
  const taken = slot.types ?? [];
  const family = FAMILIES[`${slot.holder?.name ?? ''} ${slot.field?.name ?? ''}`] ?? 'envoy.extensions.';
  const others = messageNames()
    .filter((message) => message.startsWith(family) && /\.v\d\w*\.[A-Z]\w*$/.test(message))
    .map((message) => `type.googleapis.com/${message}`);
  const all = new Set([...(meant === undefined ? [] : [meant]), ...taken, ...others]);
  return [...all].map((typeUrl, index) => {
    const rank = typeUrl === meant ? 0 : taken.includes(typeUrl) ? 1 : 2;
    return typeItem(context, typeUrl, `${rank}${String(index).padStart(4, '0')}`);
  });
}

const SERVED = [LISTENER_TYPE, ROUTE_TYPE, CLUSTER_TYPE, ENDPOINT_TYPE, SECRET_TYPE];

/** The packages of what can stand in an Any. */
const FAMILIES: Readonly<Record<string, string>> = {
  'envoy.config.listener.v3.Filter typed_config': 'envoy.extensions.filters.network.',
  'envoy.config.listener.v3.ListenerFilter typed_config': 'envoy.extensions.filters.listener.',
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter typed_config':
    'envoy.extensions.filters.http.',
  'envoy.config.core.v3.TransportSocket typed_config': 'envoy.extensions.transport_sockets.',
  'envoy.config.accesslog.v3.AccessLog typed_config': 'envoy.extensions.access_loggers.',
  'envoy.config.route.v3.VirtualHost typed_per_filter_config': 'envoy.extensions.filters.http.',
  'envoy.config.route.v3.Route typed_per_filter_config': 'envoy.extensions.filters.http.',
  'envoy.config.cluster.v3.Cluster typed_extension_protocol_options': 'envoy.extensions.upstreams.',
};

function typeItem(context: CompletionContext, typeUrl: string, sort: string): Completion {
  const message = messageNameOf(typeUrl) ?? '';
  return {
    ...item(context, typeUrl, { kind: 'type', sort, raw: true, docs: { type: message } }),
    label: shortName(message),
    detail: message,
    // Found by the short name and by the whole one.
    filter: `${context.writing.quote ?? ''}${context.writing.typed.includes('/') ? typeUrl : `${shortName(message)} ${typeUrl}`}`,
  };
}

function filterNames(context: CompletionContext, holder: string): Completion[] {
  const names = NAMES[holder] ?? [];
  return names.map((name, index) => item(context, name, { sort: String(index), raw: true }));
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'envoy.config.listener.v3.Filter': [
    'envoy.filters.network.http_connection_manager',
    'envoy.filters.network.tcp_proxy',
  ],
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter': [
    'envoy.filters.http.router',
    'envoy.filters.http.fault',
    'envoy.filters.http.cors',
    'envoy.filters.http.rbac',
  ],
  'envoy.config.core.v3.TransportSocket': [
    'envoy.transport_sockets.tls',
    'envoy.transport_sockets.raw_buffer',
  ],
};

const ASSIGNMENT = 'envoy.config.endpoint.v3.ClusterLoadAssignment';

/** `raw`: as it is, whatever YAML makes of it. */
function item(
  { writing }: CompletionContext,
  text: string,
  { raw = false, ...more }: Partial<Completion> & { readonly sort: string; readonly raw?: boolean },
): Completion {
  const { quote } = writing;
  const value = quote === '"' ? JSON.stringify(text) : quote === "'" || !raw ? flowText(text, false) : text;
  const quoted = quote === "'" && !value.startsWith("'") ? `'${value}'` : value;
  return {
    label: text,
    kind: 'value',
    insert: quoted.replace(/[$}\\]/g, '\\$&'),
    replace: writing.replace,
    filter: `${quote ?? ''}${text}`,
    ...more,
  };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
