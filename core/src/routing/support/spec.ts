import type { JsonObject, JsonValue } from '../../resources/model.js';

/**
 * What OneHop does with each field of a message. A field that a table does not name is refused, so a field
 * that Envoy gets tomorrow is refused until somebody decides about it here.
 */
export interface MessageSpec {
  readonly [field: string]: FieldSpec;
}

export type FieldSpec =
  /** Somebody reads it: routing/read*.ts. `where` it is done, when that is not the kernel alone. */
  | { readonly kind: 'read'; readonly where?: 'relay' | 'kernel or relay'; readonly note?: string }
  /** A message, or a list of them, that is looked into. */
  | { readonly kind: 'message'; readonly spec: MessageSpec }
  /** Items of which `idle` says something are not looked into: "" is nothing to tell, else what becomes of it. */
  | {
      readonly kind: 'list';
      readonly spec: MessageSpec;
      readonly idle?: (item: JsonObject) => string | undefined;
    }
  /** A map whose keys are looked up like fields. */
  | { readonly kind: 'map'; readonly spec: MessageSpec; readonly what: string; readonly instead: string }
  /** A map of which every value is of this kind, whatever its key. */
  | { readonly kind: 'each'; readonly of: FieldSpec }
  /** An Any of one of these types. `what` is a clause: "the only HTTP filter is router". */
  | {
      readonly kind: 'any';
      readonly types: Readonly<Record<string, MessageSpec>>;
      readonly what: string;
      readonly instead: string;
      /** Where what is of these types is done; absent: as their fields say. */
      readonly where?: 'relay';
    }
  /** Fine with one of these values, which are what OneHop does anyway. */
  | {
      readonly kind: 'only';
      readonly values: readonly JsonValue[];
      readonly what: string;
      readonly instead: string;
    }
  /** Where the bytes go does not depend on it, and nobody misses it. `why` is for the parity report. */
  | { readonly kind: 'harmless'; readonly why: string }
  /** Where the bytes go does not depend on it, but who wrote it wants to know that nothing happens. */
  | { readonly kind: 'noted'; readonly message: string }
  | { readonly kind: 'refused'; readonly what: string; readonly instead: string };

export const read: FieldSpec = { kind: 'read' };

/** The agent's relay does it: a route that has it leaves the kernel path. `note` is for the table of features. */
export function inRelay(note: string): FieldSpec {
  return { kind: 'read', where: 'relay', note };
}

/** The kernel does it where it can, and the relay the rest. `note` says where the border is. */
export function whereItFits(note: string): FieldSpec {
  return { kind: 'read', where: 'kernel or relay', note };
}

export function message(spec: MessageSpec): FieldSpec {
  return { kind: 'message', spec };
}

export function list(spec: MessageSpec, idle?: (item: JsonObject) => string | undefined): FieldSpec {
  return idle === undefined ? { kind: 'list', spec } : { kind: 'list', spec, idle };
}

export function mapOf(spec: MessageSpec, what: string, instead = 'Leave it out.'): FieldSpec {
  return { kind: 'map', spec, what, instead };
}

export function each(of: FieldSpec): FieldSpec {
  return { kind: 'each', of };
}

export function any(
  types: Readonly<Record<string, MessageSpec>>,
  what: string,
  instead: string,
  where?: 'relay',
): FieldSpec {
  return { kind: 'any', types, what, instead, ...(where === undefined ? {} : { where }) };
}

export function only(values: readonly JsonValue[], what: string, instead: string): FieldSpec {
  return { kind: 'only', values, what, instead };
}

export function harmless(why: string): FieldSpec {
  return { kind: 'harmless', why };
}

export function noted(text: string): FieldSpec {
  return { kind: 'noted', message: text };
}

/** `what` is plural or a mass noun: "retries". `instead` is a sentence. */
export function refused(what: string, instead = 'Leave it out.'): FieldSpec {
  return { kind: 'refused', what, instead };
}

/** Durations: absent and 0 mean "no limit", and that is what happens. */
export function noTimeout(what: string): FieldSpec {
  return only(['0s', '0.0s', '-0s'], what, 'Leave it out, or set it to 0s.');
}

export const EMPTY: MessageSpec = {};
export const METADATA = harmless(
  'metadata steers nothing without the features that read it, which are refused',
);
export const STATISTICS = harmless('names of statistics that OneHop does not keep');
