/** What is wrong with a BTF blob, an ELF file, or a value. */
export type BtfErrorReason =
  /** The blob is not what the format says: magic, kind, reference or name out of place. */
  | 'format'
  /** Something lies outside of the bytes that hold it. */
  | 'bounds'
  /** A type contains itself by value, or a chain of typedefs never ends. */
  | 'cycle'
  /** Larger or deeper than anything a kernel accepts. */
  | 'limit'
  /** No type has this id or name. */
  | 'no-type'
  /** The type has no bytes of its own (void, functions, forward declarations). */
  | 'no-value'
  /** A JavaScript value does not fit the type it is to be encoded as. */
  | 'value';

/** The only error that this folder throws, whatever bytes it is given. */
export class BtfError extends Error {
  override readonly name = 'BtfError';

  constructor(
    readonly reason: BtfErrorReason,
    message: string,
  ) {
    super(message);
  }
}
