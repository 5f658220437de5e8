/**
 * What a value of a BTF type is in JavaScript.
 *
 * | C | JavaScript |
 * |---|---|
 * | integers up to 32 bits, enums, floats | `number` |
 * | 64- and 128-bit integers, 64-bit enums, pointers | `bigint` |
 * | `bool` | `boolean` |
 * | `char[n]` | `string`, UTF-8, up to the first NUL |
 * | `unsigned char[n]`, `__u8[n]` | `Uint8Array` (a copy) |
 * | other arrays | array |
 * | struct, union, data section | object; members of anonymous ones belong to the parent |
 * | bitfields | as their type |
 */
export type BtfValue =
  | number
  | bigint
  | boolean
  | string
  | Uint8Array
  | readonly BtfValue[]
  | { readonly [field: string]: BtfValue };
