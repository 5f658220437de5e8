// Turns the Envoy protos that @grpc/grpc-js-xds ships into three generated modules of core/src/envoy:
//   descriptors.generated.ts  messages, fields and enums (what a JSON ⇄ wire codec needs)
//   rules.generated.ts        protoc-gen-validate rules by message and field
//   docs.generated.ts         comments of messages, fields and enum values, for hovers
// Each holds one JSON text: parsing a string is an order faster for tsc and for node than a literal of this size.
//
// Run: node core/tools/generate-envoy.mjs [--force]. Skips its work when the outputs carry the stamp of the inputs.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const outDir = path.join(here, '../src/envoy');
const require = createRequire(import.meta.url);

/** What people put into a configuration: the roots of the closure. A folder stands for all v3 protos below it. */
const ROOTS = [
  'envoy/config/bootstrap/v3',
  'envoy/config/listener/v3',
  'envoy/config/route/v3',
  'envoy/config/cluster/v3',
  'envoy/config/endpoint/v3',
  'envoy/service/discovery/v3',
  'envoy/service/runtime/v3',
  'envoy/data/accesslog/v3',
  'envoy/extensions/access_loggers',
  'envoy/extensions/clusters',
  'envoy/extensions/compression',
  'envoy/extensions/early_data',
  'envoy/extensions/filters/common',
  'envoy/extensions/filters/http',
  'envoy/extensions/filters/listener',
  'envoy/extensions/filters/network/connection_limit',
  'envoy/extensions/filters/network/direct_response',
  'envoy/extensions/filters/network/echo',
  'envoy/extensions/filters/network/ext_authz',
  'envoy/extensions/filters/network/http_connection_manager',
  'envoy/extensions/filters/network/local_ratelimit',
  'envoy/extensions/filters/network/ratelimit',
  'envoy/extensions/filters/network/rbac',
  'envoy/extensions/filters/network/redis_proxy',
  'envoy/extensions/filters/network/set_filter_state',
  'envoy/extensions/filters/network/sni_cluster',
  'envoy/extensions/filters/network/tcp_proxy',
  'envoy/extensions/filters/network/wasm',
  'envoy/extensions/formatter',
  'envoy/extensions/health_check',
  'envoy/extensions/health_checkers',
  'envoy/extensions/http',
  'envoy/extensions/internal_redirect',
  'envoy/extensions/load_balancing_policies',
  'envoy/extensions/matching',
  'envoy/extensions/network',
  'envoy/extensions/path',
  'envoy/extensions/rate_limit_descriptors',
  'envoy/extensions/rbac',
  'envoy/extensions/regex_engines',
  'envoy/extensions/request_id',
  'envoy/extensions/retry',
  'envoy/extensions/string_matcher',
  'envoy/extensions/transport_sockets/http_11_proxy',
  'envoy/extensions/transport_sockets/internal_upstream',
  'envoy/extensions/transport_sockets/proxy_protocol',
  'envoy/extensions/transport_sockets/quic',
  'envoy/extensions/transport_sockets/raw_buffer',
  'envoy/extensions/transport_sockets/starttls',
  'envoy/extensions/transport_sockets/tls',
  'envoy/extensions/upstreams',
  'udpa/type/v1',
  'xds/type',
];

/** Protos whose imports the package does not carry. */
const LEFT_OUT = /open_telemetry|opentelemetry/;

/** protobuf's FieldDescriptorProto.Type numbers; the codec speaks in them. */
const SCALARS = {
  double: 1, float: 2, int64: 3, uint64: 4, int32: 5, fixed64: 6, fixed32: 7, bool: 8, string: 9,
  bytes: 12, uint32: 13, sfixed32: 15, sfixed64: 16, sint32: 17, sint64: 18,
}; // prettier-ignore
const MESSAGE = 11;
const ENUM = 14;

const PRESENCE = { implicit: 0, repeated: 1, optional: 2, map: 3 };
const FLAG = { deprecated: 1, sensitive: 2, unpacked: 4 };

/**
 * What people hover over: the resources and the filters that a lab knows about. The rest of the protos would double what ships.
 */
const DOCUMENTED = new RegExp(
  `^envoy\\.(config\\.(listener|route|cluster|endpoint|core|accesslog|rbac|common\\.matcher)\\.v3|type\\.|${[
    'filters\\.network\\.(http_connection_manager|tcp_proxy)',
    'filters\\.http\\.(router|fault|local_ratelimit|rbac|jwt_authn|cors|health_check|header_mutation)',
    'filters\\.common\\.fault',
    'common\\.ratelimit',
    'access_loggers\\.(file|stream)',
    'transport_sockets\\.tls',
    'load_balancing_policies\\.(common|round_robin|random|least_request|ring_hash|maglev|subset)',
    'upstreams\\.http\\.v3',
  ]
    .map((name) => `extensions\\.${name}\\.`)
    .join('|')})`,
);

/** Letters of a comment that are kept, to the end of a paragraph. */
const DOC_LENGTH = 1000;

main();

function main() {
  const protoDir = path.join(path.dirname(require.resolve('@grpc/grpc-js-xds/package.json')), 'deps');
  const stamp = stampOf();
  const outputs = ['descriptors', 'rules', 'docs'].map((name) => path.join(outDir, `${name}.generated.ts`));
  if (!process.argv.includes('--force') && outputs.every((file) => carries(file, stamp))) return;

  const root = load(protoDir);
  const { messages, enums } = collect(root);
  const tables = [
    ['descriptors', 'DESCRIPTORS', descriptorTable(messages, enums)],
    ['rules', 'RULES', ruleTable(messages)],
    ['docs', 'DOCS', docTable(messages, enums)],
  ];
  for (const [index, [, constant, table]] of tables.entries()) {
    const json = JSON.stringify(table);
    const text = `// Generated by core/tools/generate-envoy.mjs; do not edit. ${stamp}\nexport const ${constant}_JSON =\n  ${quote(json)};\n`;
    const temporary = `${outputs[index]}.${process.pid}`;
    writeFileSync(temporary, text);
    renameSync(temporary, outputs[index]);
  }
  const fields = messages.reduce((sum, type) => sum + type.fieldsArray.length, 0);
  process.stdout.write(
    `envoy descriptors: ${messages.length} messages, ${fields} fields, ${enums.length} enums\n`,
  );
}

function stampOf() {
  const hash = createHash('sha256');
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  for (const name of ['@grpc/grpc-js-xds', 'protobufjs'])
    hash.update(JSON.parse(readFileSync(require.resolve(`${name}/package.json`))).version);
  return `inputs ${hash.digest('hex').slice(0, 16)}`;
}

function carries(file, stamp) {
  return existsSync(file) && readFileSync(file, 'utf8').split('\n', 1)[0].endsWith(stamp);
}

function load(protoDir) {
  const includes = [
    ...['envoy-api', 'xds', 'googleapis', 'protoc-gen-validate'].map((name) => path.join(protoDir, name)),
    path.dirname(require.resolve('protobufjs/package.json')), // google/protobuf/descriptor.proto
  ];
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    for (const folder of includes) {
      const file = path.join(folder, target);
      if (existsSync(file)) return file;
    }
    if (protobuf.common.get(target)) return target;
    throw new Error(`proto not found: ${target}`);
  };
  const files = ROOTS.flatMap((name) => {
    const folder = includes
      .map((include) => path.join(include, name))
      .find((candidate) => existsSync(candidate));
    if (folder === undefined) throw new Error(`no such folder among the protos: ${name}`);
    return protosBelow(folder, name);
  });
  root.loadSync(files, { keepCase: true, alternateCommentMode: true, preferTrailingComment: false });
  root.resolveAll();
  return root;
}

/** Sorted; only v3 and later of packages that have versions. */
function protosBelow(folder, name) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory())
        return /^v2/.test(entry.name)
          ? []
          : protosBelow(path.join(folder, entry.name), `${name}/${entry.name}`);
      return entry.name.endsWith('.proto') && !LEFT_OUT.test(`${name}/`) ? [`${name}/${entry.name}`] : [];
    });
}

/** Messages and enums that configuration can hold; what describes protos themselves is left out. */
function collect(root) {
  const messages = [];
  const enums = [];
  const visit = (namespace) => {
    for (const item of namespace.nestedArray) {
      const name = fullNameOf(item);
      if (
        /^(validate|google\.api\.(?!expr)|udpa\.annotations|envoy\.annotations|xds\.annotations)/.test(name)
      )
        continue;
      if (
        /^google\.protobuf\.(File|Descriptor|Enum|Method|Service|Extension|Field(?!Mask)|Oneof|Message|Uninterpreted|Source|Generated|Feature|Edition|SymbolVis)/.test(
          name,
        )
      )
        continue;
      if (item instanceof protobuf.Type) messages.push(item);
      if (item instanceof protobuf.Enum) enums.push(item);
      if (item.nestedArray) visit(item);
    }
  };
  visit(root);
  const byName = (a, b) => (fullNameOf(a) < fullNameOf(b) ? -1 : 1);
  return { messages: messages.sort(byName), enums: enums.sort(byName) };
}

function descriptorTable(messages, enums) {
  const messageIndex = new Map(messages.map((type, index) => [type, index]));
  const enumIndex = new Map(enums.map((type, index) => [type, index]));
  return {
    // [name, [[number, proto name, type, presence, index of message or enum | -1, index of oneof | -1, flags, key type of a map]…], [oneof…]]
    messages: messages.map((type) => {
      const oneofs = type.oneofsArray.filter((oneof) => !isSynthetic(oneof));
      const fields = type.fieldsArray.map((field) => {
        if (field.options?.json_name !== undefined)
          throw new Error(`${field.fullName} has a json_name; the codec derives JSON names`);
        if (field.type === 'group' || field.required)
          throw new Error(`${field.fullName}: proto2 is not supported`);
        const [typeNumber, index] = typeOf(field);
        const row = [
          field.id,
          field.name,
          typeNumber,
          presenceOf(field),
          index,
          oneofs.indexOf(field.partOf),
          flagsOf(field),
        ];
        if (field.map) row.push(SCALARS[field.keyType]);
        while (
          row.length > 5 &&
          [0, -1].includes(row.at(-1)) &&
          (row.length !== 7 || row[6] === 0) &&
          (row.length !== 6 || row[5] === -1)
        )
          row.pop();
        return row;
      });
      return [fullNameOf(type), fields.sort((a, b) => a[0] - b[0]), oneofs.map((oneof) => oneof.name)];
    }),
    // [name, [[value name, number, deprecated]…]]
    enums: enums.map((type) => [
      fullNameOf(type),
      Object.entries(type.values).map(([name, number]) =>
        isTrue(type.valuesOptions?.[name]?.deprecated) ? [name, number, 1] : [name, number],
      ),
    ]),
  };

  function typeOf(field) {
    if (SCALARS[field.type] !== undefined) return [SCALARS[field.type], -1];
    const type = field.resolvedType;
    if (messageIndex.has(type)) return [MESSAGE, messageIndex.get(type)];
    if (enumIndex.has(type)) return [ENUM, enumIndex.get(type)];
    throw new Error(`${field.fullName} has the type ${field.type}, which is not in the table`);
  }
}

function presenceOf(field) {
  if (field.map) return PRESENCE.map;
  if (field.repeated) return PRESENCE.repeated;
  return field.partOf !== null && isSynthetic(field.partOf) ? PRESENCE.optional : PRESENCE.implicit;
}

function flagsOf(field) {
  const options = mergedOptions(field);
  return (
    (isTrue(options.deprecated) ? FLAG.deprecated : 0) |
    (isTrue(options['(udpa.annotations.sensitive)']) ? FLAG.sensitive : 0) |
    (options.packed === false || options.packed === 'false' ? FLAG.unpacked : 0)
  );
}

/** name → { f: { field: rules }, o: [required oneof…] }; rules as in validate.proto. */
function ruleTable(messages) {
  const table = {};
  for (const type of messages) {
    const entry = {};
    const own = mergedOptions(type);
    for (const name of ['(validate.disabled)', '(validate.ignored)']) if (isTrue(own[name])) entry.off = true;
    for (const field of type.fieldsArray) {
      const rules = mergedOptions(field)['(validate.rules)'];
      if (rules !== undefined) (entry.f ??= {})[field.name] = normalise(rules);
    }
    const required = type.oneofsArray.filter((oneof) => isTrue(mergedOptions(oneof)['(validate.required)']));
    if (required.length > 0) entry.o = required.map((oneof) => oneof.name);
    if (Object.keys(entry).length > 0) table[fullNameOf(type)] = entry;
  }
  return table;
}

/** `in` and `not_in` are lists in validate.proto; the parser leaves a single value bare. 2^63-1 does not fit its numbers. */
function normalise(rules) {
  if (Array.isArray(rules)) return rules.map(normalise);
  if (rules === 2 ** 63) return String(2n ** 63n - 1n);
  if (typeof rules === 'number' && Math.abs(rules) > Number.MAX_SAFE_INTEGER)
    throw new Error(`a rule holds ${rules}, which a number cannot hold exactly`);
  if (typeof rules !== 'object' || rules === null) return rules;
  return Object.fromEntries(
    Object.entries(rules).map(([key, value]) => [
      key,
      ['in', 'not_in'].includes(key) && !Array.isArray(value) ? [normalise(value)] : normalise(value),
    ]),
  );
}

/** [message docs, { field: docs }], by message; enums as [docs, { value: docs }]. */
function docTable(messages, enums) {
  const table = {};
  const add = (name, comment, members) => {
    if (!DOCUMENTED.test(name)) return;
    const own = docOf(comment);
    const documented = members
      .map(([member, text]) => [member, docOf(text)])
      .filter(([, text]) => text !== '');
    if (own === '' && documented.length === 0) return;
    table[name] = documented.length === 0 ? [own] : [own, Object.fromEntries(documented)];
  };
  for (const type of messages) {
    add(
      fullNameOf(type),
      type.comment,
      type.fieldsArray.map((field) => [field.name, field.comment]),
    );
  }
  for (const type of enums) add(fullNameOf(type), type.comment, Object.entries(type.comments ?? {}));
  return table;
}

/** Without notes to the authors of the protos; "[#not-implemented-hide:]" stays, it tells readers something. */
function docOf(comment) {
  const text = (comment ?? '')
    .replace(/\[#(next-free-field|protodoc-title|extension|comment|alpha|next-major)[^\]]*\]/g, '')
    .trim();
  if (text.length <= DOC_LENGTH) return text;
  const end = text.lastIndexOf('\n\n', DOC_LENGTH);
  return end > DOC_LENGTH / 4 ? text.slice(0, end) : `${text.slice(0, text.lastIndexOf(' ', DOC_LENGTH))} …`;
}

/**
 * The options of an item as one object. They come as a list of fragments, one a `[(a).b = c, (a).d = e]` entry;
 * `item.options` alone lacks some of them, and Root.toJSON loses the list.
 */
function mergedOptions(item) {
  const merged = {};
  for (const fragment of item.parsedOptions ?? []) deepMerge(merged, fragment);
  for (const [name, value] of Object.entries(item.options ?? {}))
    if (!name.includes('.') && merged[name] === undefined) merged[name] = value;
  return merged;
}

function deepMerge(target, source) {
  for (const [key, value] of Object.entries(source)) {
    if (isPlain(value) && isPlain(target[key])) deepMerge(target[key], value);
    else if (isPlain(value)) deepMerge((target[key] = {}), value);
    else target[key] = value;
  }
}

function isPlain(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTrue(value) {
  return value === true || value === 'true';
}

function isSynthetic(oneof) {
  return oneof.fieldsArray.length === 1 && isTrue(oneof.fieldsArray[0].options?.proto3_optional);
}

function fullNameOf(item) {
  return item.fullName.replace(/^\./, '');
}

function quote(json) {
  return `'${json.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
