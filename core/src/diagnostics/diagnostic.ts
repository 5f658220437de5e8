import { formatFieldPath, type FieldPath, type Severity } from '../resources/model.js';
import type { SourcePosition, SourceRange } from '../yaml/parse.js';

/** A place in a file. Lines and columns count from 1, columns in UTF-16 units; the end is exclusive. */
export interface Location {
  readonly file: string;
  readonly range: SourceRange;
}

export interface Related extends Location {
  readonly message: string;
}

/** A change of files that makes a diagnostic go away and changes nothing else: comments stay. */
export interface Fix {
  /** What it does: "Change to \"prefix\"". */
  readonly title: string;
  /** They do not overlap; all are in the file of the diagnostic. */
  readonly edits: readonly RangeEdit[];
  /** True when there is nothing to think about, so that it may be applied with others at once. */
  readonly isPreferred: boolean;
}

export interface RangeEdit {
  readonly range: SourceRange;
  readonly newText: string;
}

/** Something to say about a place in a file. */
export interface Diagnostic extends Location {
  readonly rule: string;
  readonly severity: Severity;
  /** What is wrong, and why. A whole sentence. */
  readonly message: string;
  /** What to do. A whole sentence. */
  readonly hint?: string;
  readonly related?: readonly Related[];
  readonly fix?: Fix;
  /** The resource and field that it is about, when it is about one. */
  readonly resource?: { readonly typeUrl: string; readonly name: string; readonly path: FieldPath };
}

/** `routes.xds.yaml:31:9: error: Cluster "reviews-v4" is not defined. Did you mean "reviews-v3"? onehop(dangling-cluster)` */
export function formatDiagnostic(diagnostic: Diagnostic): string {
  const { file, range, severity, message, hint, rule } = diagnostic;
  const text = hint === undefined ? message : `${message} ${hint}`;
  return `${file}:${range.start.line}:${range.start.column}: ${severity}: ${text} onehop(${rule})`;
}

/** The range some lines further down. */
export function moveRange({ start, end }: SourceRange, lines: number): SourceRange {
  const move = ({ line, column }: SourcePosition): SourcePosition => ({ line: line + lines, column });
  return { start: move(start), end: move(end) };
}

/** The field as the agent and the control plane name it; "" when it is not about a field. */
export function fieldOf(diagnostic: Diagnostic): string {
  return diagnostic.resource === undefined ? '' : formatFieldPath(diagnostic.resource.path);
}

/** By file (in the order given), then by place. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[], files: readonly string[]): Diagnostic[] {
  const order = new Map(files.map((file, index) => [file, index]));
  return [...diagnostics].sort(
    (a, b) =>
      (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) ||
      a.range.start.line - b.range.start.line ||
      a.range.start.column - b.range.start.column,
  );
}
