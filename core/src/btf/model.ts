/**
 * Types as BTF describes them: plain data, referring to each other by id.
 *
 * Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of the kernel.
 * Id 0 is `void`. Names are empty for anonymous types.
 */
export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfPointer
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfEnum64
  | BtfForward
  | BtfModifier
  | BtfFunction
  | BtfFunctionProto
  | BtfVariable
  | BtfDataSection
  | BtfFloat
  | BtfDeclTag;

export type BtfKind = BtfType['kind'];

interface Named {
  readonly id: number;
  readonly name: string;
}

export interface BtfVoid extends Named {
  readonly kind: 'void';
}

export interface BtfInt extends Named {
  readonly kind: 'int';
  /** Bytes. */
  readonly size: number;
  /** Bits in use, at most `8 * size`. */
  readonly bits: number;
  /** Bits to skip before them (only very old compilers set this). */
  readonly bitOffset: number;
  readonly signed: boolean;
  readonly char: boolean;
  readonly bool: boolean;
}

/** `target` 0 is `void *`. */
export interface BtfPointer extends Named {
  readonly kind: 'pointer';
  readonly target: number;
}

export interface BtfArray extends Named {
  readonly kind: 'array';
  readonly element: number;
  readonly index: number;
  /** 0 for a flexible array member. */
  readonly length: number;
}

export interface BtfComposite extends Named {
  readonly kind: 'struct' | 'union';
  readonly size: number;
  readonly members: readonly BtfMember[];
}

export interface BtfMember {
  /** Empty for an anonymous struct or union: its members count as the parent's. */
  readonly name: string;
  readonly type: number;
  /** From the start of the struct. */
  readonly bitOffset: number;
  /** 0: no bitfield, the member is as large as its type. */
  readonly bitSize: number;
}

export interface BtfEnum extends Named {
  readonly kind: 'enum';
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: number }[];
}

export interface BtfEnum64 extends Named {
  readonly kind: 'enum64';
  readonly size: number;
  readonly signed: boolean;
  readonly values: readonly { readonly name: string; readonly value: bigint }[];
}

export interface BtfForward extends Named {
  readonly kind: 'forward';
  readonly union: boolean;
}

/** Another name for, or a qualifier of, `target`: the bytes are the same. */
export interface BtfModifier extends Named {
  readonly kind: 'typedef' | 'volatile' | 'const' | 'restrict' | 'typeTag';
  readonly target: number;
}

export interface BtfFunction extends Named {
  readonly kind: 'function';
  readonly proto: number;
  readonly linkage: 'static' | 'global' | 'extern';
}

/** `returns` 0 is `void`; a last parameter with type 0 and no name stands for `...`. */
export interface BtfFunctionProto extends Named {
  readonly kind: 'functionProto';
  readonly returns: number;
  readonly parameters: readonly { readonly name: string; readonly type: number }[];
}

export interface BtfVariable extends Named {
  readonly kind: 'variable';
  readonly type: number;
  readonly linkage: 'static' | 'global' | 'extern';
}

/** Variables of an ELF section (.data, .bss, .rodata, .maps). Offsets are 0 until libbpf fills them in. */
export interface BtfDataSection extends Named {
  readonly kind: 'dataSection';
  readonly size: number;
  readonly variables: readonly { readonly type: number; readonly offset: number; readonly size: number }[];
}

export interface BtfFloat extends Named {
  readonly kind: 'float';
  readonly size: number;
}

/** A `btf_decl_tag("…")` on `target`, or on its member or parameter `component` (-1: on the whole). */
export interface BtfDeclTag extends Named {
  readonly kind: 'declTag';
  readonly target: number;
  readonly component: number;
}
