import type { Btf } from './decode.js';
import { BtfError } from './error.js';
import { POINTER_BYTES, resolveType, sizeOf } from './layout.js';
import type { BtfArray, BtfComposite, BtfDataSection, BtfMember } from './model.js';
import { ValueError, show, type Field, type Node } from './node.js';
import type { BtfValue } from './value.js';
import { bitfieldNode, boolNode, floatNode, integerNode } from './scalar.js';
import { byteArrayNode, charArrayNode } from './text.js';

/** Map values are far smaller (KMALLOC_MAX_SIZE); this keeps a broken type from asking for gigabytes. */
const SIZE_MAX = 1 << 26;
const DEPTH_MAX = 64;

/** Compiles the reader and writer of a type. Nodes of inner types are shared. */
export function compileNode(btf: Btf, typeId: number): Node {
  let state = states.get(btf);
  if (state === undefined) states.set(btf, (state = { nodes: new Map(), open: new Set() }));
  try {
    return nodeOf(btf, typeId, state);
  } finally {
    state.open.clear();
  }
}

interface State {
  readonly nodes: Map<number, Node>;
  /** Composites being compiled: meeting one again means that it contains itself. */
  readonly open: Set<number>;
}

const states = new WeakMap<Btf, State>();

function nodeOf(btf: Btf, typeId: number, state: State): Node {
  const type = resolveType(btf, typeId);
  const known = state.nodes.get(type.id);
  if (known !== undefined) return known;
  if (state.open.has(type.id))
    throw new BtfError('cycle', `BTF type ${type.id} (${type.name}) contains itself`);
  if (state.open.size >= DEPTH_MAX) throw new BtfError('limit', `BTF type ${type.id}: nested too deeply`);
  state.open.add(type.id);
  const node = build();
  state.open.delete(type.id);
  if (node.size > SIZE_MAX)
    throw new BtfError('limit', `BTF type ${type.id} (${type.name}) has ${node.size} bytes`);
  state.nodes.set(type.id, node);
  return node;

  function build(): Node {
    const le = btf.littleEndian;
    switch (type.kind) {
      case 'int':
        if (type.bits !== type.size * 8 && !type.bool) {
          const { bits: bitSize, signed, size } = type;
          const bitOffset = le ? type.bitOffset : size * 8 - bitSize - type.bitOffset;
          const node = bitfieldNode({
            bitOffset,
            bitSize,
            signed,
            bool: false,
            big: size > 4,
            littleEndian: le,
          });
          return { ...node, size };
        }
        return type.bool ? boolNode(type.size, le) : integerNode(type.size, type.signed, le);
      case 'enum':
      case 'enum64':
        return integerNode(type.size, type.signed, le);
      case 'pointer':
        return integerNode(POINTER_BYTES, false, le);
      case 'float':
        return type.size === 4 || type.size === 8 ? floatNode(type.size, le) : byteArrayNode(type.size);
      case 'array':
        return arrayNode(btf, type, state);
      case 'struct':
      case 'union':
        return compositeNode(compositeFields(btf, type, state), type.size);
      case 'dataSection':
        return compositeNode(sectionFields(btf, type, state), type.size);
      default:
        throw new BtfError('no-value', `BTF type ${type.id} (${type.kind} ${type.name}) has no value`);
    }
  }
}

function arrayNode(btf: Btf, type: BtfArray, state: State): Node {
  const { length } = type;
  const size = sizeOf(btf, type.id);
  if (size > SIZE_MAX) throw new BtfError('limit', `BTF array ${type.id} has ${size} bytes`);
  const target = resolveType(btf, type.element);
  if (target.kind === 'int' && target.size === 1 && target.bits === 8 && !target.bool) {
    if (target.char || target.name === 'char') return charArrayNode(length);
    if (!target.signed) return byteArrayNode(length);
  }
  const element = nodeOf(btf, type.element, state);
  return {
    size,
    weight: checkWeight(type.id, 1 + length * element.weight, size),
    read(view, at) {
      const items: BtfValue[] = [];
      for (let i = 0; i < length; i++) items.push(element.read(view, at + i * element.size));
      return items;
    },
    write(view, at, value) {
      if (!Array.isArray(value)) throw new ValueError(`expected an array, got ${show(value)}`);
      const items: readonly unknown[] = value;
      if (items.length > length) throw new ValueError(`expected up to ${length} items, got ${items.length}`);
      let i = 0;
      try {
        for (; i < items.length; i++) element.write(view, at + i * element.size, items[i]);
      } catch (error) {
        throw error instanceof ValueError ? error.within(i) : error;
      }
    },
  };
}

function compositeFields(btf: Btf, type: BtfComposite, state: State): Field[] {
  const fields: Field[] = [];
  let weight = 1;
  for (const member of type.members) {
    const { node, offset } = memberNode(btf, type, member, state);
    weight = checkWeight(type.id, weight + node.weight, type.size);
    if (member.name !== '') fields.push(fieldOf(member.name, offset, node));
    for (const inner of member.name === '' ? (node.fields ?? []) : []) {
      fields.push({ ...inner, offset: inner.offset + offset });
    }
  }
  return fields;
}

function memberNode(
  btf: Btf,
  type: BtfComposite,
  member: BtfMember,
  state: State,
): { readonly node: Node; readonly offset: number } {
  const target = resolveType(btf, member.type);
  const offset = member.bitOffset >>> 3;
  const bitSize =
    member.bitSize || (target.kind === 'int' && target.bits < target.size * 8 ? target.bits : 0);
  const byteNode = bitSize === 0 ? nodeOf(btf, member.type, state) : undefined;
  const bits = byteNode === undefined ? bitSize : byteNode.size * 8;
  const outside = member.bitOffset + bits > type.size * 8;
  if (outside) {
    throw new BtfError(
      'bounds',
      `BTF type ${type.id} (${type.name}): member ${member.name} lies outside of it`,
    );
  }
  if (byteNode !== undefined) {
    if (member.bitOffset % 8 !== 0) {
      throw new BtfError(
        'format',
        `BTF type ${type.id} (${type.name}): member ${member.name} starts inside a byte`,
      );
    }
    return { node: byteNode, offset };
  }
  if (target.kind !== 'int' && target.kind !== 'enum' && target.kind !== 'enum64') {
    throw new BtfError('format', `BTF type ${type.id} (${type.name}): bitfield ${member.name} is no integer`);
  }
  if (bitSize > target.size * 8) {
    throw new BtfError('format', `BTF type ${type.id} (${type.name}): bitfield ${member.name} is too wide`);
  }
  const start = member.bitOffset + (member.bitSize === 0 && target.kind === 'int' ? target.bitOffset : 0);
  if (start + bitSize > type.size * 8) {
    throw new BtfError(
      'bounds',
      `BTF type ${type.id} (${type.name}): member ${member.name} lies outside of it`,
    );
  }
  const node = bitfieldNode({
    bitOffset: start % 8,
    bitSize,
    signed: target.signed,
    bool: target.kind === 'int' && target.bool,
    big: target.size > 4,
    littleEndian: btf.littleEndian,
  });
  return { node, offset: start >>> 3 };
}

function sectionFields(btf: Btf, type: BtfDataSection, state: State): Field[] {
  let weight = 1;
  return type.variables.map(({ type: id, offset, size }) => {
    const variable = btf.type(id);
    const node = nodeOf(btf, id, state);
    if (node.size > size || offset + size > type.size) {
      throw new BtfError('bounds', `BTF section ${type.name}: variable ${variable.name} lies outside of it`);
    }
    weight = checkWeight(type.id, weight + node.weight, type.size);
    return fieldOf(variable.name, offset, node);
  });
}

function fieldOf(name: string, offset: number, node: Node): Field {
  return { name, offset, weight: node.weight, read: node.read, write: node.write };
}

function compositeNode(fields: readonly Field[], size: number): Node {
  const byName = new Map(fields.map((field) => [field.name, field]));
  return {
    size,
    weight: fields.reduce((sum, field) => sum + field.weight, 1),
    fields,
    read(view, at) {
      const object: Record<string, BtfValue> = {};
      for (const field of fields) {
        const value = field.read(view, at + field.offset);
        if (field.name === '__proto__')
          Object.defineProperty(object, field.name, { value, enumerable: true });
        else object[field.name] = value;
      }
      return object;
    },
    write(view, at, value) {
      if (
        typeof value !== 'object' ||
        value === null ||
        Array.isArray(value) ||
        value instanceof Uint8Array
      ) {
        throw new ValueError(`expected an object, got ${show(value)}`);
      }
      let name = '';
      try {
        const object = value as { readonly [key: string]: unknown };
        let next = 0;
        for (const key of Object.keys(object)) {
          const inner = object[key];
          if (inner === undefined) continue;
          name = key;
          // Objects mostly have their fields in the order of the type, and comparing is cheaper than hashing.
          const likely = fields[next++];
          const field = likely?.name === key ? likely : byName.get(key);
          if (field === undefined) throw new ValueError(unknownField(byName));
          field.write(view, at + field.offset, inner);
        }
      } catch (error) {
        throw error instanceof ValueError ? error.within(name) : error;
      }
    },
  };
}

function unknownField(known: ReadonlyMap<string, Field>): string {
  const names = [...known.keys()];
  const shown = names.slice(0, 12).join(', ');
  return `there is no such field; the type has ${shown}${names.length > 12 ? ', …' : ''}`;
}

/** Types of compilers have a leaf for every few bits at most; more means that members overlap without end. */
function checkWeight(id: number, weight: number, size: number): number {
  if (weight > 4096 + 64 * size)
    throw new BtfError('limit', `BTF type ${id} has too many members for its size`);
  return weight;
}
