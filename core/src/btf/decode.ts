import { BtfError } from './error.js';
import { readType } from './readType.js';
import type { BtfKind, BtfType } from './model.js';

/**
 * Decodes a `.BTF` section, /sys/kernel/btf/*, or what BPF_BTF_GET_FD_BY_ID gives.
 *
 * @param base the BTF that a split blob (a kernel module's) builds upon
 * @throws BtfError when the headers are not sound; a type that is broken inside throws when it is read
 */
export function decodeBtf(bytes: Uint8Array, base?: Btf): Btf {
  return new Btf(bytes, base);
}

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const TYPE_BYTES = 12;
/** Twice the kernel's longest symbol name (KSYM_NAME_LEN): keeps broken blobs from costing quadratic time. */
const NAME_MAX = 1024;

/** Bytes that follow the common 12, by kind: fixed, then for each of `vlen`. */
const EXTRA: readonly (readonly [fixed: number, each: number])[] = [
  [-1, 0], // 0: not a kind
  [4, 0], // INT
  [0, 0], // PTR
  [12, 0], // ARRAY
  [0, 12], // STRUCT
  [0, 12], // UNION
  [0, 8], // ENUM
  [0, 0], // FWD
  [0, 0], // TYPEDEF
  [0, 0], // VOLATILE
  [0, 0], // CONST
  [0, 0], // RESTRICT
  [0, 0], // FUNC
  [0, 8], // FUNC_PROTO
  [4, 0], // VAR
  [0, 12], // DATASEC
  [0, 0], // FLOAT
  [4, 0], // DECL_TAG
  [0, 0], // TYPE_TAG
  [0, 12], // ENUM64
];

/**
 * A decoded BTF blob. Types are read when they are asked for, so opening the
 * kernel's own BTF (150,000 types) costs one pass over the headers.
 *
 * Every method throws `BtfError` and nothing else.
 */
export class Btf {
  /** Number of types, with those of the base and with `void`: ids are 0 … length - 1. */
  readonly length: number;
  /** First id that is not the base's; 1 without a base. */
  readonly firstId: number;
  readonly littleEndian: boolean;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #base: Btf | undefined;
  readonly #offsets: readonly number[];
  readonly #strings: { readonly start: number; readonly end: number; readonly first: number };
  readonly #types: (BtfType | undefined)[] = [];
  #byName: Map<string, number[]> | undefined;

  constructor(bytes: Uint8Array, base: Btf | undefined) {
    if (bytes.length < HEADER_BYTES) {
      throw new BtfError('bounds', `BTF header needs ${HEADER_BYTES} bytes, got ${bytes.length}`);
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const le = view.getUint16(0, true) === MAGIC;
    if (!le && view.getUint16(0, false) !== MAGIC) {
      throw new BtfError('format', 'not BTF: the first two bytes are not 0xeb9f in either byte order');
    }
    if (bytes[2] !== 1) throw new BtfError('format', `BTF version ${bytes[2]} is not known, only 1 is`);
    const headerBytes = view.getUint32(4, le);
    if (headerBytes < HEADER_BYTES)
      throw new BtfError('format', `BTF header length ${headerBytes} is too small`);
    const types = section('type', bytes.length, headerBytes, view.getUint32(8, le), view.getUint32(12, le));
    const strings = section(
      'string',
      bytes.length,
      headerBytes,
      view.getUint32(16, le),
      view.getUint32(20, le),
    );
    if (strings.end > strings.start && bytes[strings.end - 1] !== 0) {
      throw new BtfError('format', 'BTF string section does not end with NUL');
    }
    if (base !== undefined && base.littleEndian !== le) {
      throw new BtfError('format', 'split BTF and its base have different byte orders');
    }
    this.#view = view;
    this.#bytes = bytes;
    this.#base = base;
    this.littleEndian = le;
    this.firstId = base?.length ?? 1;
    this.#strings = { ...strings, first: base === undefined ? 0 : base.#strings.first + base.#stringBytes };
    this.#offsets = scan(view, le, types.start, types.end);
    this.length = this.firstId + this.#offsets.length;
  }

  get #stringBytes(): number {
    return this.#strings.end - this.#strings.start;
  }

  type(id: number): BtfType {
    if (!Number.isInteger(id) || id < 0 || id >= this.length) {
      throw new BtfError('no-type', `no BTF type has id ${id}: ids are 0 to ${this.length - 1}`);
    }
    if (id === 0) return VOID;
    if (id < this.firstId && this.#base !== undefined) return this.#base.type(id);
    const index = id - this.firstId;
    const known = this.#types[index];
    if (known !== undefined) return known;
    const type = readType({
      view: this.#view,
      littleEndian: this.littleEndian,
      offset: this.#offsets[index] ?? 0,
      id,
      idCount: this.length,
      string: (offset) => this.#string(offset),
    });
    this.#types[index] = type;
    return type;
  }

  /** The first type with this name (and kind), or undefined. */
  find(name: string, kind?: BtfKind): BtfType | undefined {
    if (name === '') return undefined;
    this.#byName ??= this.#indexNames();
    for (const id of this.#byName.get(name) ?? []) {
      const type = this.type(id);
      if (kind === undefined || type.kind === kind) return type;
    }
    return this.#base?.find(name, kind);
  }

  /** All types in order of id, without `void` and without the base's. */
  *types(): IterableIterator<BtfType> {
    for (let id = this.firstId; id < this.length; id++) yield this.type(id);
  }

  #indexNames(): Map<string, number[]> {
    const index = new Map<string, number[]>();
    this.#offsets.forEach((offset, i) => {
      const nameOffset = this.#view.getUint32(offset, this.littleEndian);
      if (nameOffset === 0) return;
      const name = this.#string(nameOffset);
      const ids = index.get(name);
      if (ids === undefined) index.set(name, [this.firstId + i]);
      else ids.push(this.firstId + i);
    });
    return index;
  }

  #string(offset: number): string {
    if (offset === 0) return '';
    const { start, end, first } = this.#strings;
    if (offset < first && this.#base !== undefined) return this.#base.#string(offset);
    const at = start + offset - first;
    if (at >= end)
      throw new BtfError('bounds', `BTF name at offset ${offset} lies outside of the string section`);
    const bytes = this.#bytes;
    let text = '';
    // The section ends with NUL, so this stops inside of it.
    for (let i = at; bytes[i] !== 0; i++) {
      if (i - at === NAME_MAX) throw new BtfError('limit', `BTF name at offset ${offset} has no end`);
      text += String.fromCharCode(bytes[i] ?? 0);
    }
    return text;
  }
}

const VOID: BtfType = { kind: 'void', id: 0, name: '' };

function section(
  what: string,
  total: number,
  header: number,
  offset: number,
  length: number,
): { start: number; end: number } {
  const start = header + offset;
  const end = start + length;
  if (end > total) {
    throw new BtfError('bounds', `BTF ${what} section ends at byte ${end}, the blob has ${total}`);
  }
  return { start, end };
}

function scan(view: DataView, le: boolean, start: number, end: number): number[] {
  const offsets: number[] = [];
  let at = start;
  while (at < end) {
    if (end - at < TYPE_BYTES) throw new BtfError('bounds', `BTF type at byte ${at} is cut off`);
    const info = view.getUint32(at + 4, le);
    const kind = (info >>> 24) & 0x1f;
    const extra = EXTRA[kind];
    if (extra === undefined || extra[0] < 0) {
      throw new BtfError('format', `BTF kind ${kind} at byte ${at} is not known`);
    }
    offsets.push(at);
    at += TYPE_BYTES + extra[0] + extra[1] * (info & 0xffff);
  }
  if (at > end) throw new BtfError('bounds', 'last BTF type is cut off');
  return offsets;
}
