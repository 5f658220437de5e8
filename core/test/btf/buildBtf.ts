/** A type as it lies in a blob: `extra` are the words behind `struct btf_type`; strings among them become name offsets. */
export interface RawType {
  readonly kind: number;
  readonly name?: string;
  readonly size?: number;
  readonly flag?: boolean;
  readonly vlen?: number;
  readonly extra?: readonly (number | string)[];
}

export const KIND = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  functionProto: 13,
  variable: 14,
  dataSection: 15,
  float: 16,
  declTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

const SIGNED = 1 << 24;
const BOOL = 4 << 24;

export const int = (name: string, size: number, signed = false): RawType => ({
  kind: KIND.int,
  name,
  size,
  extra: [(signed ? SIGNED : 0) | (size * 8)],
});
export const bool: RawType = { kind: KIND.int, name: '_Bool', size: 1, extra: [BOOL | 8] };
export const typedef = (name: string, target: number): RawType => ({
  kind: KIND.typedef,
  name,
  size: target,
});
export const array = (element: number, length: number): RawType => ({
  kind: KIND.array,
  extra: [element, element, length],
});
/** Members as name, type, bit offset. */
export const struct = (
  name: string,
  size: number,
  members: readonly (readonly [string, number, number])[],
  kind: number = KIND.struct,
): RawType => ({ kind, name, size, vlen: members.length, extra: members.flat() });

/** Lays types (ids from 1) out as a BTF blob. */
export function buildBtf(
  types: readonly RawType[],
  options: { readonly bigEndian?: boolean; readonly firstString?: number } = {},
): Uint8Array {
  const le = options.bigEndian !== true;
  const strings: number[] = [0];
  const offsetOf = (text: string): number => {
    if (text === '') return 0;
    const at = (options.firstString ?? 0) + strings.length;
    strings.push(...new TextEncoder().encode(text), 0);
    return at;
  };
  const words = types.flatMap((type) => {
    const info = (type.kind << 24) | (type.vlen ?? 0) | (type.flag === true ? 1 << 31 : 0);
    const extra = (type.extra ?? []).map((word) => (typeof word === 'string' ? offsetOf(word) : word));
    return [offsetOf(type.name ?? ''), info, type.size ?? 0, ...extra];
  });
  const bytes = new Uint8Array(24 + words.length * 4 + strings.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, le);
  bytes[2] = 1;
  [24, 0, words.length * 4, words.length * 4, strings.length].forEach((n, i) =>
    view.setUint32(4 + 4 * i, n, le),
  );
  words.forEach((word, i) => view.setUint32(24 + 4 * i, word >>> 0, le));
  bytes.set(strings, 24 + words.length * 4);
  return bytes;
}
