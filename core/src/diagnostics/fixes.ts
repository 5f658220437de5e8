/** What makes a diagnostic go away, as edits of the text of its file. */
import type { LoadedFile, LoadedMessage } from '../resources/load.js';
import type { FieldPath } from '../resources/model.js';
import {
  appendItem,
  applyEdits,
  type EditedDocument,
  insertComment,
  insertField,
  removeAt,
  renameField,
  replaceField,
  replaceValue,
  type TextEdit,
} from '../yaml/edits.js';
import type { SourcePosition, SourceRange } from '../yaml/parse.js';
import { placeOf } from '../yaml/tree.js';
import type { Diagnostic, Fix, RangeEdit } from './diagnostic.js';
import type { Change, Finding } from './finding.js';
import { suppressionComment } from './suppressions.js';

/** The fix of a problem with a field of `message`; `path` is that of the problem in it, `base` where the finding's paths begin. */
export function fixOf(
  file: LoadedFile,
  message: LoadedMessage,
  base: FieldPath,
  finding: Finding,
  resourceName: string,
): Fix | undefined {
  const change = finding.change ?? impliedChange(finding, message, base, resourceName);
  if (change === undefined) return undefined;
  const edits = editsOf(file, message, [...base, ...change.path], change);
  if (edits === undefined) return undefined;
  return {
    title: change.title,
    // Another name for a reference sends requests somewhere else.
    isPreferred: PREFERRED.has(change.kind) && !finding.rule.startsWith('dangling-'),
    edits: edits.map(({ span, newText }) => ({ range: file.yaml.rangeOf(span), newText })),
  };
}

/** A resource behind the last one of a part that is cut out of a list. */
export function appendResource(
  file: LoadedFile,
  { title, value }: Change & { readonly kind: 'add-resource' },
): Fix | undefined {
  const root = file.yaml.documents[0]?.root;
  const edits = root && appendItem({ text: file.yaml.text, root, isJson: false }, [], value);
  if (edits === undefined) return undefined;
  const range = ({ span, newText }: TextEdit): RangeEdit => ({ range: file.yaml.rangeOf(span), newText });
  return { title, isPreferred: false, edits: edits.map(range) };
}

/** Removing and adding are for the author to decide. */
const PREFERRED: ReadonlySet<Change['kind']> = new Set(['rename', 'replace', 'replace-field']);

/** A comment that suppresses a diagnostic, on the line before it; undefined for an error, and for JSON, which has no comments. */
export function suppressionFix(text: string, diagnostic: Diagnostic, reason: string): Fix | undefined {
  const { file, rule, severity, range } = diagnostic;
  if (severity === 'error' || file.endsWith('.json') || rule.endsWith('-suppression')) return undefined;
  const { line } = range.start;
  const edit = insertComment(text, offsetOf(text, { line, column: 1 }), suppressionComment(rule, reason));
  const start = { line, column: 1 };
  return {
    title: `Suppress ${rule} with a reason`,
    isPreferred: false,
    edits: [{ range: { start, end: start }, newText: edit.newText }],
  };
}

/** The text after the edits of some fixes. Of two that overlap only the first is applied; `applied` are those that were. */
export function applyFixes(
  text: string,
  fixes: readonly Fix[],
): { readonly text: string; readonly applied: readonly Fix[] } {
  const offsets = lineOffsets(text);
  const edits: TextEdit[] = [];
  const applied: Fix[] = [];
  for (const fix of fixes) {
    const own = fix.edits.map(({ range, newText }) => ({ span: spanOf(offsets, range), newText }));
    if (own.some((edit) => edits.some((other) => overlaps(edit, other)))) continue;
    edits.push(...own);
    applied.push(fix);
  }
  return { text: applyEdits(text, edits), applied };
}

function overlaps({ span: a }: TextEdit, { span: b }: TextEdit): boolean {
  if (a.start === b.start && a.end === b.end) return true;
  return a.start < b.end && b.start < a.end;
}

/** What the hint of a problem says to do. */
function impliedChange(
  finding: Finding,
  message: LoadedMessage,
  base: FieldPath,
  resourceName: string,
): Change | undefined {
  const { rule, path, hint } = finding;
  const meant = /^(?:Did you mean|Write) "([^"]+)"[?.]$/.exec(hint ?? '')?.[1];
  if (meant !== undefined && rule === 'unknown-field')
    return { kind: 'rename', title: `Change to "${meant}"`, path, to: meant };
  if (meant !== undefined && REPLACED.has(rule))
    return { kind: 'replace', title: `Change to "${meant}"`, path, by: meant };
  const name = path.at(-1);
  const value = typeof name === 'string' ? NAMES[name] : undefined;
  if (rule !== 'required' || value === undefined || resourceName === '') return undefined;
  const holder = placeOf(message.node, [...base, ...path.slice(0, -1)]);
  const isThere = placeOf(message.node, [...base, ...path]).depth > base.length + path.length - 1;
  if (isThere || holder.depth < base.length + path.length - 1) return undefined;
  const title = `Add ${value}: ${resourceName}`;
  return { kind: 'insert', title, path: path.slice(0, -1), field: value, value: resourceName };
}

/** Rules whose problem marks a text, and whose hint says which other text was meant. */
const REPLACED: ReadonlySet<string> = new Set([
  'bad-enum',
  'bad-duration',
  'dangling-cluster',
  'dangling-route-config',
  'unknown-type',
]);

/** Required fields for which the name of the resource is a good value. */
const NAMES: Readonly<Record<string, string>> = { statPrefix: 'stat_prefix', clusterName: 'cluster_name' };

function editsOf(
  file: LoadedFile,
  message: LoadedMessage,
  path: FieldPath,
  change: Change,
): readonly TextEdit[] | undefined {
  const document: EditedDocument = {
    text: file.yaml.text,
    root: message.node,
    isJson: file.path.endsWith('.json'),
  };
  switch (change.kind) {
    case 'rename':
      return renameField(document, path, change.to);
    case 'replace':
      return replaceValue(document, path, change.by);
    case 'replace-field':
      return replaceField(document, path, change.field, change.value);
    case 'insert':
      return insertField(document, path, change.field, change.value);
    case 'remove':
      return removeAt(document, path);
    case 'add-resource': {
      const root = file.yaml.documents.find(
        (one) =>
          one.root !== undefined &&
          one.root.span.start <= message.node.span.start &&
          message.node.span.end <= one.root.span.end,
      )?.root;
      return root && appendItem({ ...document, root }, ['resources'], change.value);
    }
  }
}

function spanOf(offsets: readonly number[], { start, end }: SourceRange): TextEdit['span'] {
  const at = ({ line, column }: SourcePosition): number => (offsets[line - 1] ?? 0) + column - 1;
  return { start: at(start), end: at(end) };
}

function offsetOf(text: string, { line, column }: SourcePosition): number {
  return (lineOffsets(text)[line - 1] ?? text.length) + column - 1;
}

function lineOffsets(text: string): number[] {
  const offsets = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) offsets.push(at + 1);
  return offsets;
}
