/** What the families of rules report, before it is known where in a file it stands. */
import type { Search } from '../envoy/walk.js';
import type { FieldPath, FieldProblem, JsonObject, JsonValue, XdsResource } from '../resources/model.js';

/** Another field that a problem is about. */
export interface RelatedField {
  readonly path: FieldPath;
  readonly message: string;
  /** Absent: the same message. */
  readonly of?: XdsResource;
}

/** A change of the configuration that makes a problem go away. Paths begin where those of the problem do. */
export type Change = { readonly title: string; readonly path: FieldPath } & (
  | { readonly kind: 'rename'; readonly to: string }
  | { readonly kind: 'replace'; readonly by: JsonValue }
  /** Another field with another value, in the place of the one at `path`. */
  | { readonly kind: 'replace-field'; readonly field: string; readonly value: JsonValue }
  /** `path` is that of the mapping. */
  | { readonly kind: 'insert'; readonly field: string; readonly value: JsonValue }
  /** An element of a list, or a field. */
  | { readonly kind: 'remove' }
  | /** A resource after the last one of the file; `value` has "@type". `path` is not looked at. */
    { readonly kind: 'add-resource'; readonly value: JsonObject }
);

/** A family of rules: what it has to say about one field. */
export type Family = Search<Finding>;

/** A problem that is about the name of a field has `key`. */
export interface Finding extends FieldProblem {
  readonly key?: boolean;
  readonly related?: readonly RelatedField[];
  readonly change?: Change;
}

/** The same finding of a message that stands at `base` in another one. */
export function movedFinding(finding: Finding, base: FieldPath): Finding {
  const { path, related, change } = finding;
  return {
    ...finding,
    path: [...base, ...path],
    ...(related === undefined
      ? {}
      : { related: related.map((one) => (one.of ? one : { ...one, path: [...base, ...one.path] })) }),
    ...(change === undefined ? {} : { change: { ...change, path: [...base, ...change.path] } }),
  };
}
