/** A JSON Schema of xDS files, made of the tables, for editors that know YAML by schemas. It says less than the diagnostics do. */
import { docsOf, memberDocsOf } from '../envoy/docs.js';
import { rulesOf } from '../envoy/rules.js';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  findMessage,
  type MessageDescriptor,
} from '../envoy/schema.js';
import { wellKnownKind } from '../envoy/wellKnown.js';
import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, messageNameOf, ROUTE_TYPE } from '../resources/model.js';
import { isRequiredByRules } from './completeFields.js';
import { markdownOfRst } from './docs.js';
import { SECRET_TYPE } from './names.js';
import { BOOTSTRAP } from './slot.js';

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Messages that an Any of a configuration mostly holds; of others any field is taken. */
const ANYS = [
  'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
  'envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy',
  'envoy.extensions.filters.http.router.v3.Router',
  'envoy.extensions.filters.http.fault.v3.HTTPFault',
];

const RESOURCES = [LISTENER_TYPE, ROUTE_TYPE, CLUSTER_TYPE, ENDPOINT_TYPE, SECRET_TYPE];

/** Draft 7, which every YAML extension reads. */
export function xdsJsonSchema(): JsonSchema {
  const maker = new SchemaMaker();
  const resources = {
    type: 'array',
    items: maker.any(
      RESOURCES.map((url) => messageNameOf(url) ?? ''),
      false,
    ),
  };
  const bootstrap = maker.ref(BOOTSTRAP);
  const any = maker.any(ANYS, true);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'xDS resources, or an Envoy bootstrap',
    if: { required: ['resources'] },
    then: { type: 'object', properties: { resources, version_info: { type: 'string' } } },
    else: { if: { required: ['@type'] }, then: resources.items, else: bootstrap },
    definitions: { ...maker.finish(), Any: any },
  };
}

/** The text of a schema file. */
export function xdsJsonSchemaText(): string {
  return `${JSON.stringify(xdsJsonSchema())}\n`;
}

class SchemaMaker {
  readonly #made = new Map<string, JsonSchema>();
  readonly #wanted: string[] = [];

  ref(messageName: string): JsonSchema {
    if (!this.#made.has(messageName) && !this.#wanted.includes(messageName)) this.#wanted.push(messageName);
    return { $ref: `#/definitions/${messageName}` };
  }

  /** One of the messages, by its "@type". `open`: others are taken as they are. */
  any(messages: readonly string[], open: boolean): JsonSchema {
    const urls = messages.map((name) => `type.googleapis.com/${name}`);
    return {
      type: 'object',
      required: ['@type'],
      properties: { '@type': open ? { type: 'string', examples: urls } : { enum: urls } },
      allOf: messages.map((name, index) => ({
        if: { properties: { '@type': { const: urls[index] } }, required: ['@type'] },
        then: this.ref(name),
      })),
    };
  }

  /** The definitions of all messages that were named, and of those that they name. */
  finish(): Readonly<Record<string, JsonSchema>> {
    for (let name = this.#wanted.pop(); name !== undefined; name = this.#wanted.pop()) {
      const message = findMessage(name);
      if (message === undefined || this.#made.has(name)) continue;
      this.#made.set(name, {});
      this.#made.set(name, this.#message(message));
    }
    return Object.fromEntries([...this.#made].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #message(message: MessageDescriptor): JsonSchema {
    const properties: Record<string, JsonSchema> = { '@type': { type: 'string' } };
    for (const field of message.fields) {
      const schema = this.#field(message, field);
      properties[field.name] = schema;
      if (field.jsonName !== field.name) properties[field.jsonName] = schema;
    }
    const description = firstSentence(docsOf(message.name));
    const required = this.#required(message);
    return {
      type: 'object',
      ...(description === undefined ? {} : { description }),
      properties,
      additionalProperties: false,
      ...(required.length === 0 ? {} : { allOf: required }),
    };
  }

  /** In either spelling. */
  #required(message: MessageDescriptor): JsonSchema[] {
    const either = (fields: readonly FieldDescriptor[]): JsonSchema => ({
      anyOf: fields.flatMap(({ name, jsonName }) =>
        [...new Set([name, jsonName])].map((spelling) => ({ required: [spelling] })),
      ),
    });
    const single = message.fields.filter(
      (field) => field.oneof === undefined && isRequiredByRules(message, field),
    );
    const groups = (rulesOf(message.name)?.required ?? []).map((oneof) =>
      message.fields.filter((field) => field.oneof === oneof),
    );
    return [
      ...single.map((field) => either([field])),
      ...groups.filter((group) => group.length > 0).map(either),
    ];
  }

  #field(message: MessageDescriptor, field: FieldDescriptor): JsonSchema {
    const one = this.#value(field);
    const description = firstSentence(memberDocsOf(message.name, field.name));
    const schema =
      field.presence === 'repeated'
        ? { type: 'array', items: one }
        : field.presence === 'map'
          ? { type: 'object', additionalProperties: one }
          : one;
    const notes = {
      ...(description === undefined ? {} : { description }),
      ...(field.deprecated ? { deprecationMessage: 'Deprecated.' } : {}),
    };
    if (Object.keys(notes).length === 0) return schema;
    return '$ref' in schema ? { allOf: [schema], ...notes } : { ...schema, ...notes };
  }

  #value(field: FieldDescriptor): JsonSchema {
    if (field.type === FieldType.enum) return { enum: [...enumOf(field).byName.keys()] };
    if (field.type !== FieldType.message) return scalarSchema(field.type);
    const name = field.typeName ?? '';
    switch (wellKnownKind(name)) {
      case 'any':
        return { $ref: '#/definitions/Any' };
      case 'duration':
      case 'timestamp':
        return { type: 'string' };
      case 'wrapper':
        return wrapperSchema(name);
      case undefined:
        return this.ref(name);
      default:
        return {};
    }
  }
}

function scalarSchema(type: FieldType): JsonSchema {
  if (type === FieldType.bool) return { type: 'boolean' };
  return { type: type === FieldType.string || type === FieldType.bytes ? 'string' : ['number', 'string'] };
}

function wrapperSchema(name: string): JsonSchema {
  if (name.endsWith('.BoolValue')) return { type: 'boolean' };
  return { type: /\.(?:String|Bytes)Value$/.test(name) ? 'string' : ['number', 'string'] };
}

/** Enough for a hover; the whole text is a link away in our own. */
function firstSentence(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const plain = markdownOfRst(text).replace(/\s+/g, ' ');
  const sentence = /^.{10,200}?[.:](?=\s|$)/.exec(plain)?.[0] ?? plain.slice(0, 160);
  return sentence === '' ? undefined : sentence;
}
