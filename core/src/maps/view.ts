import { codecOf } from '../btf/codec.js';
import type { BtfValue } from '../btf/value.js';
import type { Btf } from '../btf/decode.js';
import { resolveType } from '../btf/layout.js';
import type { BtfComposite, BtfDataSection } from '../btf/model.js';
import type { JsonValue } from '../resources/model.js';
import { formatIp } from '../wire/ip.js';

/** How a value that was decoded by its type is shown. */
export type Presenter = (value: BtfValue) => JsonValue;

export interface ViewOptions {
  /** By typedef name; added to `TYPEDEF_VIEWS`. */
  readonly typedefs?: Readonly<Record<string, Presenter>>;
  /**
   * By field, `struct.field` or only `field`, for what BTF does not say: a `__u8` that
   * holds an enum, an id that has a name.
   */
  readonly fields?: Readonly<Record<string, Presenter>>;
}

/**
 * Typedefs whose name says more than their bytes:
 *
 * | typedef | shown as |
 * |---|---|
 * | `oh_ip` (16 bytes) | `198.18.1.10` for ::ffff:a.b.c.d, `fd00::1`, `::` for all zero (any address) |
 * | `oh_port` | number (it is in host byte order) |
 * | `__be16` | number in host byte order: a port |
 * | `__be32` | `198.18.1.10` |
 */
export const TYPEDEF_VIEWS: Readonly<Record<string, Presenter>> = {
  oh_ip: viewIp,
  oh_port: plain,
  __be16: (value) => fromNetwork(value, 2),
  __be32: (value) => fourOf(fromNetwork(value, 4)),
};

/** Shows values of one BTF to people and as JSON. Compiles each type once. */
export class Viewer {
  readonly #btf: Btf;
  readonly #typedefs: Readonly<Record<string, Presenter>>;
  readonly #fields: Readonly<Record<string, Presenter>>;
  readonly #presenters = new Map<number, Presenter>();

  constructor(btf: Btf, options: ViewOptions = {}) {
    this.#btf = btf;
    this.#typedefs = { ...TYPEDEF_VIEWS, ...options.typedefs };
    this.#fields = options.fields ?? {};
  }

  /**
   * Text as text, integers of 64 bits and more as decimal text, enums by name (by number when the
   * number has none), other bytes as hex pairs, pointers as `0x…`, structs as objects in the order
   * of their fields.
   *
   * @throws BtfError when the type has no value or `bytes` are too few
   */
  view(typeId: number, bytes: Uint8Array): JsonValue {
    return this.present(typeId, codecOf(this.#btf, typeId).decode(bytes));
  }

  /** As `view`, of a value that is decoded already. */
  present(typeId: number, value: BtfValue): JsonValue {
    // Compiling a codec refuses types that contain themselves, so the walk below ends.
    codecOf(this.#btf, typeId);
    return this.#presenter(typeId)(value);
  }

  #presenter(typeId: number): Presenter {
    let presenter = this.#presenters.get(typeId);
    if (presenter === undefined) {
      presenter = this.#byTypedef(typeId) ?? this.#byKind(typeId);
      this.#presenters.set(typeId, presenter);
    }
    return presenter;
  }

  #byTypedef(typeId: number): Presenter | undefined {
    let type = this.#btf.type(typeId);
    // codecOf has followed the chain to its end before.
    while ('target' in type && type.kind !== 'pointer' && type.kind !== 'declTag') {
      const presenter = type.kind === 'typedef' ? own(this.#typedefs, type.name) : undefined;
      if (presenter !== undefined) return presenter;
      type = this.#btf.type(type.target);
    }
    return type.kind === 'variable' ? this.#presenter(type.type) : undefined;
  }

  #byKind(typeId: number): Presenter {
    const type = resolveType(this.#btf, typeId);
    switch (type.kind) {
      case 'enum':
      case 'enum64': {
        // The first of several names for a number, as the C source lists them.
        const names = new Map<BtfValue, string>();
        for (const { name, value } of type.values) if (!names.has(value)) names.set(value, name);
        return (value) => names.get(value) ?? plain(value);
      }
      case 'pointer':
        return (value) => `0x${BigInt(value as bigint).toString(16)}`;
      case 'array': {
        const element = this.#presenter(type.element);
        return (value) => (Array.isArray(value) ? value.map(element) : plain(value));
      }
      case 'struct':
      case 'union':
        return this.#object(this.#members(type));
      case 'dataSection':
        return this.#object(this.#variables(type));
      default:
        return plain;
    }
  }

  #object(fields: readonly (readonly [name: string, presenter: Presenter])[]): Presenter {
    return (value) => {
      const object = value as { readonly [field: string]: BtfValue };
      const shown: Record<string, JsonValue> = {};
      for (const [name, present] of fields) {
        const view = present(object[name] ?? 0);
        if (name === '__proto__') Object.defineProperty(shown, name, { value: view, enumerable: true });
        else shown[name] = view;
      }
      return shown;
    };
  }

  #members(type: BtfComposite): (readonly [string, Presenter])[] {
    return type.members.flatMap((member) => {
      if (member.name !== '') {
        const given = own(this.#fields, `${type.name}.${member.name}`) ?? own(this.#fields, member.name);
        return [[member.name, given ?? this.#presenter(member.type)] as const];
      }
      const inner = resolveType(this.#btf, member.type);
      return inner.kind === 'struct' || inner.kind === 'union' ? this.#members(inner) : [];
    });
  }

  #variables(type: BtfDataSection): (readonly [string, Presenter])[] {
    return type.variables.map((variable) => {
      const { name } = this.#btf.type(variable.type);
      return [name, own(this.#fields, name) ?? this.#presenter(variable.type)] as const;
    });
  }
}

/** One value, shown without options: see `Viewer.view`. */
export function viewValue(btf: Btf, typeId: number, bytes: Uint8Array): JsonValue {
  let viewer = viewers.get(btf);
  if (viewer === undefined) viewers.set(btf, (viewer = new Viewer(btf)));
  return viewer.view(typeId, bytes);
}

/** Bytes as hex pairs with spaces: `0a 00 ff`. */
export function viewBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}

const viewers = new WeakMap<Btf, Viewer>();

function plain(value: BtfValue): JsonValue {
  switch (typeof value) {
    case 'bigint':
      return value.toString();
    case 'number':
      // JSON has no NaN and no infinities.
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    default:
      return value instanceof Uint8Array ? viewBytes(value) : null;
  }
}

function viewIp(value: BtfValue): JsonValue {
  const bytes = typeof value === 'object' && 'b' in value ? value.b : value;
  return bytes instanceof Uint8Array && bytes.length === 16 ? formatIp(bytes) : plain(value);
}

/** What is in network byte order, read as the host's (BPF objects of this project are little-endian). */
function fromNetwork(value: BtfValue, size: 2 | 4): number {
  const view = new DataView(new ArrayBuffer(4));
  if (size === 2) {
    view.setUint16(0, Number(value), true);
    return view.getUint16(0, false);
  }
  view.setUint32(0, Number(value), true);
  return view.getUint32(0, false);
}

function fourOf(address: number): string {
  return [address >>> 24, (address >>> 16) & 0xff, (address >>> 8) & 0xff, address & 0xff].join('.');
}

/** Names come from C: `constructor` is a fine field there. */
function own(table: Readonly<Record<string, Presenter>>, name: string): Presenter | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
