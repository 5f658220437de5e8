import type { FieldPath, JsonObject } from '../resources/model.js';

/** What proto3 JSON or the wire format can have wrong, whatever the message. Each is a rule id of `diagnostics/rules.ts`. */
export type CodecRule =
  | 'unknown-field'
  | 'duplicate-field'
  | 'wrong-type'
  | 'bad-enum'
  | 'bad-duration'
  | 'bad-number'
  | 'bad-bytes'
  | 'bad-any'
  | 'unknown-type'
  | 'oneof'
  | 'too-deep'
  | 'bad-wire';

/** Problems after which the rest of a value is not looked at. */
export const MAX_PROBLEMS = 500;

/** One thing wrong in a value. `key` is true when the name of the field is meant, not its value. */
export interface CodecProblem {
  readonly rule: CodecRule;
  readonly path: FieldPath;
  readonly message: string;
  readonly hint?: string;
  readonly key?: boolean;
}

export type DecodeResult =
  | { readonly ok: true; readonly value: JsonObject }
  | { readonly ok: false; readonly problems: readonly CodecProblem[] };

export type EncodeResult =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problems: readonly CodecProblem[] };
