/** Ways to spoil a configuration. */
import {
  enumOf,
  FieldType,
  findMessage,
  messageOf,
  type FieldDescriptor,
  type MessageDescriptor,
} from '@onehop/core/envoy/schema.js';
import { messageNameOf, type JsonObject, type JsonValue } from '@onehop/core/resources/model.js';
import { isObject } from '../parity/json.js';
import type { Random } from '../router/random.js';
import { domains, durations, numbers, regexes, texts, types } from './values.js';

export interface Mutant {
  readonly value: JsonObject;
  /** `remove staticResources.clusters[0].name` */
  readonly what: string;
}

export const bootstrapMessage = 'envoy.config.bootstrap.v3.Bootstrap';

/** The configuration with one to three things changed. */
export function mutate(random: Random, value: JsonObject): Mutant {
  const copy = JSON.parse(JSON.stringify(value)) as Json;
  const done: string[] = [];
  for (let n = random.chance(0.75) ? 1 : random.between(2, 3); n > 0;) {
    const spots = spotsOf(copy);
    const [name, change] = random.pick(changes);
    const what = change(random, spots);
    if (what === undefined) continue;
    done.push(`${name} ${what}`);
    n--;
  }
  return { value: copy as JsonObject, what: done.join(', ') };
}

type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

/** A field that is set, or an element of a list. */
interface Spot {
  readonly path: string;
  readonly holder: Json[] | { [key: string]: Json };
  readonly key: string | number;
  readonly value: Json;
  /** Undefined for keys of maps, "@type" and what is not known. */
  readonly field: FieldDescriptor | undefined;
  /** Of the value, when it is one. */
  readonly message: MessageDescriptor | undefined;
}

type Change = (random: Random, spots: readonly Spot[]) => string | undefined;

const changes: readonly (readonly [name: string, change: Change])[] = [
  [
    'remove',
    onOne(
      () => true,
      (_, spot) => removeAt(spot),
    ),
  ],
  [
    'remove',
    onOne(
      ({ field }) => field !== undefined,
      (_, spot) => removeAt(spot),
    ),
  ],
  [
    'rename',
    onOne(
      ({ key }) => typeof key === 'string',
      (random, { holder, key, value }) => {
        if (Array.isArray(holder)) return;
        delete holder[key];
        holder[random.pick([`${key}s`, String(key).slice(0, -1), `x${key}`, String(key).toUpperCase()])] =
          value;
      },
    ),
  ],
  [
    'retype',
    onOne(
      () => true,
      (random, { holder, key, value }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(otherTypes(value));
      },
    ),
  ],
  [
    'duplicate',
    onOne(
      ({ holder }) => Array.isArray(holder),
      (_, { holder, key, value }) => {
        if (Array.isArray(holder)) holder.splice(Number(key), 0, JSON.parse(JSON.stringify(value)) as Json);
      },
    ),
  ],
  [
    'empty',
    onOne(
      ({ value }) => Array.isArray(value) || isObject(value),
      (_, { holder, key, value }) => {
        (holder as Record<string | number, Json>)[key] = Array.isArray(value) ? [] : {};
      },
    ),
  ],
  [
    'swap',
    onOne(
      ({ value }) => Array.isArray(value) && value.length > 1,
      (_, { value }) => {
        if (Array.isArray(value)) value.reverse();
      },
    ),
  ],
  [
    'number',
    onOne(
      ({ value }) => typeof value === 'number',
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(numbers);
      },
    ),
  ],
  [
    'weight',
    onOne(
      ({ key }) => /[wW]eight$/.test(String(key)),
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick([0, 4294967295, 4294967296, 2147483648]);
      },
    ),
  ],
  [
    'text',
    onOne(
      ({ value }) => typeof value === 'string',
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(texts);
      },
    ),
  ],
  [
    'regex',
    onOne(
      ({ key }) => key === 'regex',
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(regexes);
      },
    ),
  ],
  [
    'domain',
    onOne(
      ({ path }) => /domains\[\d+\]$/.test(path),
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(domains);
      },
    ),
  ],
  [
    'cluster',
    onOne(
      ({ key }) => key === 'cluster' || key === 'clusterHeader',
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(['gone', '', 'x y', 'a'.repeat(300)]);
      },
    ),
  ],
  [
    'same name',
    onOne(
      ({ key, value }) => key === 'name' && typeof value === 'string',
      (random, { holder, key }, spots) => {
        const other = random.pick(spots.filter((one) => one.key === 'name' && typeof one.value === 'string'));
        (holder as Record<string | number, Json>)[key] = other.value;
      },
    ),
  ],
  [
    'type',
    onOne(
      ({ key }) => key === '@type',
      (random, { holder, key }) => {
        (holder as Record<string | number, Json>)[key] = random.pick(types);
      },
    ),
  ],
  ['add', onOne(({ message }) => message !== undefined, addField)],
  ['add', onOne(({ message }) => message !== undefined, addField)],
  ['add', onOne(({ message }) => message !== undefined && message.oneofs.length > 0, addMember)],
  [
    'replace',
    onOne(
      ({ field }) => field !== undefined,
      (random, { holder, key, field }) => {
        const value = field === undefined ? null : valueFor(random, field, 0);
        (holder as Record<string | number, Json>)[key] = value;
      },
    ),
  ],
];

function onOne(
  fits: (spot: Spot) => boolean,
  change: (random: Random, spot: Spot, spots: readonly Spot[]) => string | void,
): Change {
  return (random, spots) => {
    const fitting = spots.filter(fits);
    if (fitting.length === 0) return undefined;
    const spot = random.pick(fitting);
    const more = change(random, spot, spots);
    const now = (spot.holder as Record<string | number, Json>)[spot.key];
    return `${spot.path}${more ?? (now === undefined || Array.isArray(now) || isObject(now) ? '' : ` = ${JSON.stringify(now)}`)}`;
  };
}

function removeAt({ holder, key }: Spot): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

/** Any field of the message that is not set, with a value of its type. */
function addField(random: Random, spot: Spot): string | undefined {
  const { value, message } = spot;
  if (message === undefined || Array.isArray(value) || !isObject(value)) return undefined;
  const free = message.fields.filter(({ jsonName }) => !(jsonName in value));
  if (free.length === 0) return undefined;
  const field = random.pick(free);
  (value as { [key: string]: Json })[field.jsonName] = valueFor(random, field, 0);
  return `.${field.jsonName} = ${JSON.stringify((value as { [key: string]: Json })[field.jsonName])}`;
}

/** A second member of a oneof. */
function addMember(random: Random, spot: Spot): string | undefined {
  const { value, message } = spot;
  if (message === undefined || Array.isArray(value) || !isObject(value)) return undefined;
  const members = message.fields.filter(({ jsonName, oneof }) => oneof !== undefined && !(jsonName in value));
  if (members.length === 0) return undefined;
  const field = random.pick(members);
  (value as { [key: string]: Json })[field.jsonName] = valueFor(random, field, 0);
  return `.${field.jsonName} = ${JSON.stringify((value as { [key: string]: Json })[field.jsonName])}`;
}

function valueFor(random: Random, field: FieldDescriptor, depth: number): Json {
  if (field.presence === 'map') return random.chance(0.3) ? {} : { key: single(random, field, depth) };
  if (field.presence === 'repeated')
    return random.list(random.between(0, 2), () => single(random, field, depth));
  return single(random, field, depth);
}

function single(random: Random, field: FieldDescriptor, depth: number): Json {
  switch (field.type) {
    case FieldType.bool:
      return random.chance(0.8);
    case FieldType.string:
      return random.pick(texts);
    case FieldType.bytes:
      return random.pick(['', 'YQ==', 'a']);
    case FieldType.enum:
      return random.chance(0.1)
        ? random.pick(['NONE', 99, ''])
        : random.pick([...enumOf(field).byName.keys()]);
    case FieldType.message:
      return messageValue(random, field, depth);
    default:
      return random.pick(numbers);
  }
}

function messageValue(random: Random, field: FieldDescriptor, depth: number): Json {
  switch (field.typeName) {
    case 'google.protobuf.Duration':
      return random.pick(durations);
    case 'google.protobuf.UInt32Value':
    case 'google.protobuf.UInt64Value':
    case 'google.protobuf.Int64Value':
    case 'google.protobuf.DoubleValue':
      return random.pick(numbers);
    case 'google.protobuf.BoolValue':
      return random.chance(0.5);
    case 'google.protobuf.StringValue':
      return random.pick(texts);
    case 'google.protobuf.Any':
      return { '@type': random.pick(types) };
    case 'google.protobuf.Struct':
    case 'google.protobuf.Value':
      return { a: 1 };
  }
  const message = messageOf(field);
  if (depth > 2 || random.chance(0.15)) return {};
  const value: { [key: string]: Json } = {};
  const taken = new Set<string>();
  const chosen = random.some(message.fields, random.between(1, 3));
  for (const one of message.fields) {
    if (one.oneof !== undefined && taken.has(one.oneof)) continue;
    if (!chosen.includes(one) && !(one.name === 'name' || (one.oneof !== undefined && random.chance(0.5))))
      continue;
    if (one.oneof !== undefined) taken.add(one.oneof);
    value[one.jsonName] = valueFor(random, one, depth + 1);
  }
  return value;
}

function otherTypes(value: JsonValue): Json[] {
  const all: Json[] = ['text', 7, true, null, [], {}, ['a'], { a: 1 }, 1.5, -1, '7', [1], 'true'];
  return all.filter((one) => typeof one !== typeof value || Array.isArray(one) !== Array.isArray(value));
}

/** Every field and element below a bootstrap, with what the schema knows of it. */
function spotsOf(root: Json): Spot[] {
  const spots: Spot[] = [];
  const visit = (value: Json, path: string, message: MessageDescriptor | undefined): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    const type = value['@type'];
    const known = typeof type === 'string' ? findMessage(messageNameOf(type) ?? '') : message;
    for (const [key, item] of Object.entries(value)) {
      const field = known?.byName.get(key);
      const at = path === '' ? key : `${path}.${key}`;
      const own = field?.type === FieldType.message ? findMessage(field.typeName ?? '') : undefined;
      const isMap = field?.presence === 'map';
      spots.push({
        path: at,
        holder: value,
        key,
        value: item,
        field,
        message: Array.isArray(item) || isMap ? undefined : messageAt(item, own),
      });
      if (Array.isArray(item))
        item.forEach((one, i) => {
          spots.push({
            path: `${at}[${i}]`,
            holder: item,
            key: i,
            value: one,
            field: undefined,
            message: messageAt(one, own),
          });
          visit(one, `${at}[${i}]`, own);
        });
      else if (isMap && isObject(item))
        for (const [name, one] of Object.entries(item)) visit(one, `${at}.${name}`, own);
      else visit(item, at, own);
    }
  };
  visit(root, '', findMessage(bootstrapMessage));
  return spots;
}

function messageAt(value: Json, declared: MessageDescriptor | undefined): MessageDescriptor | undefined {
  if (!isObject(value)) return undefined;
  const type = value['@type'];
  return typeof type === 'string' ? findMessage(messageNameOf(type) ?? '') : declared;
}
