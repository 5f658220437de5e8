/** What an editor offers to do about the problems of a text. */
import type { CodeAction } from './codeAction.js';
import type { Diagnostic } from '../diagnostics/diagnostic.js';
import { suppressionFix } from '../diagnostics/fixes.js';
import { applyEdits, type TextEdit } from '../yaml/edits.js';
import type { SourceRange } from '../yaml/parse.js';
import type { Span } from '../yaml/tree.js';
import { LineIndex } from './lineIndex.js';
import { moreFixes } from './moreFixes.js';
import type { LanguageFile } from './workspace.js';

/** What stands in a suppression until the author says why. */
export const REASON = 'why this is right here';

/** For the problems given, which are of this file; the first of each is the one that most likely is meant. */
export function codeActions(file: LanguageFile, problems: readonly Diagnostic[]): CodeAction[] {
  const lines = new LineIndex(file.text);
  return problems.flatMap((problem) => fixesOf(file, lines, problem));
}

/** Every fix that leaves nothing to decide, as one; undefined when there is none. Of two that overlap, the first. */
export function fixAll(file: LanguageFile, problems: readonly Diagnostic[]): CodeAction | undefined {
  const lines = new LineIndex(file.text);
  const edits: TextEdit[] = [];
  for (const { fix } of problems) {
    if (fix?.isPreferred !== true) continue;
    const own = fix.edits.map(({ range, newText }) => ({ span: spanOf(lines, range), newText }));
    if (!own.some(({ span }) => edits.some((other) => overlaps(span, other.span)))) edits.push(...own);
  }
  if (edits.length === 0) return undefined;
  return { title: 'Fix all problems with a sure fix', kind: 'fixAll', edits, isPreferred: false };
}

/** The text after an action. */
export function applyAction(text: string, { edits }: CodeAction): string {
  return applyEdits(text, edits);
}

/** A link to the page of a rule in the documentation. `base` is the address of the folder docs/rules. */
export function rulePage(base: string, rule: string): string {
  return `${base.replace(/\/$/, '')}/${rule}.md`;
}

function fixesOf(file: LanguageFile, lines: LineIndex, problem: Diagnostic): CodeAction[] {
  const actions: CodeAction[] = [];
  if (problem.fix !== undefined) {
    const { title, edits, isPreferred } = problem.fix;
    actions.push({
      title,
      kind: 'fix',
      edits: edits.map(({ range, newText }) => ({ span: spanOf(lines, range), newText })),
      // A problem has one preferred fix at most, and removing is for the author to decide.
      isPreferred: isPreferred || /^(?:Add|Use) /.test(title),
      diagnostic: problem,
    });
  }
  actions.push(...moreFixes(file, spanOf(lines, problem.range), problem).filter(isNew(actions)));
  const suppression = suppressionFix(file.text, problem, REASON);
  if (suppression !== undefined)
    actions.push({
      title: suppression.title,
      kind: 'suppress',
      edits: suppression.edits.map(({ range, newText }) => ({ span: spanOf(lines, range), newText })),
      isPreferred: false,
      diagnostic: problem,
      fillIn: REASON,
    });
  return actions;
}

function isNew(actions: readonly CodeAction[]): (action: CodeAction) => boolean {
  const shown = (edits: readonly TextEdit[]): string => JSON.stringify(edits);
  return ({ title, edits }) =>
    !actions.some((other) => other.title === title || shown(other.edits) === shown(edits));
}

function spanOf(lines: LineIndex, { start, end }: SourceRange): Span {
  return { start: lines.offsetOf(start), end: lines.offsetOf(end) };
}

function overlaps(a: Span, b: Span): boolean {
  if (a.start === b.start && a.end === b.end) return true;
  return a.start < b.end && b.start < a.end;
}

/** Rules of what nobody needs: editors grey it out. */
export const UNNECESSARY: ReadonlySet<string> = new Set([
  'shadowed-route',
  'unreachable-route',
  'unused-resource',
  'unused-suppression',
  'zero-weight',
]);

/** Rules of what is on its way out: editors strike it through. */
export const DEPRECATED: ReadonlySet<string> = new Set(['deprecated-field']);
