/**
 * Comments that suppress a rule: `# onehop-ignore <rule>: <reason>`, on a line of its own before the line that it is about, or
 * at the end of that line. Warnings and information only: what is an error here is refused by whoever gets it.
 */
import { nearestName } from '../envoy/nearest.js';
import type { LoadedFile } from '../resources/load.js';
import type { Span, YamlNode } from '../yaml/tree.js';
import { type Diagnostic, moveRange } from './diagnostic.js';
import { RULES } from './rules.js';

/**
 * Of the diagnostics of a part of a file, which begins after `line` lines: those that stay, and what is wrong with the
 * comments in the part.
 */
export function applySuppressions(
  file: LoadedFile,
  diagnostics: readonly Diagnostic[],
  line = 0,
): readonly Diagnostic[] {
  const comments = file.path.endsWith('.json') ? [] : commentsOf(file);
  if (comments.length === 0) return diagnostics;
  const used = new Set<Comment>();
  const about = new Map<string, Comment>();
  const more: Diagnostic[] = [];
  for (const comment of comments) {
    const fault = faultOf(comment);
    if (fault !== undefined) more.push(at(file, comment, line, 'bad-suppression', 'warning', fault));
    else about.set(`${line + comment.target} ${comment.rule}`, comment);
  }
  const kept = diagnostics.filter((diagnostic) => {
    const comment = about.get(`${diagnostic.range.start.line} ${diagnostic.rule}`);
    if (comment === undefined) return true;
    used.add(comment);
    if (diagnostic.severity === 'error') {
      more.push(
        at(file, comment, line, 'bad-suppression', 'warning', {
          message: `This ${comment.rule} is an error, and an error cannot be suppressed.`,
          hint: 'Correct it: the configuration would be refused.',
        }),
      );
      return true;
    }
    return false;
  });
  for (const comment of about.values()) {
    if (used.has(comment)) continue;
    more.push(
      at(file, comment, line, 'unused-suppression', 'info', {
        message: `${comment.rule} has nothing to say about line ${line + comment.target}.`,
        hint: 'Remove the comment.',
      }),
    );
  }
  return [...kept, ...more];
}

/** The text of a comment that suppresses a rule. */
export function suppressionComment(rule: string, reason: string): string {
  return `onehop-ignore ${rule}: ${reason}`;
}

interface Comment {
  readonly rule: string;
  readonly reason: string;
  /** The line that it is about, from 1. */
  readonly target: number;
  readonly span: Span;
}

const COMMENT = /(^|[ \t])#[ \t]*onehop-ignore\b[ \t]*([^\s:]*)[ \t]*(?::[ \t]*)?([^\r\n]*)/gm;

function commentsOf({ yaml }: LoadedFile): Comment[] {
  const { text } = yaml;
  if (!text.includes('onehop-ignore')) return [];
  const texts = yaml.documents.flatMap(({ root }) => (root === undefined ? [] : scalarSpans(root)));
  const lines = text.split('\n');
  return [...text.matchAll(COMMENT)].flatMap((found): Comment[] => {
    const [whole, blank = '', rule = '', reason = ''] = found;
    const start = found.index + blank.length;
    if (texts.some((span) => span.start <= start && start < span.end)) return [];
    const { line, column } = yaml.rangeOf({ start, end: start }).start;
    const isAlone = (lines[line - 1] ?? '').slice(0, column - 1).trim() === '';
    let target = line;
    if (isAlone)
      do target += 1;
      while (target <= lines.length && /^\s*(#.*)?$/.test(lines[target - 1] ?? ''));
    return [
      { rule, reason: reason.trim(), target, span: { start, end: found.index + whole.trimEnd().length } },
    ];
  });
}

/** Spans of the scalars that may hold a "#". */
function scalarSpans(root: YamlNode): Span[] {
  const spans: Span[] = [];
  const seen = new Set<YamlNode>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.kind === 'scalar') spans.push(node.span);
    else if (node.kind === 'sequence') for (const item of node.items) stack.push(item);
    else for (const { value } of node.entries) stack.push(value);
  }
  return spans;
}

interface Fault {
  readonly message: string;
  readonly hint: string;
}

function faultOf({ rule, reason }: Comment): Fault | undefined {
  const form = 'Write "# onehop-ignore <rule>: <reason>".';
  if (rule === '') return { message: 'The comment names no rule.', hint: form };
  if (!Object.hasOwn(RULES, rule)) {
    const near = nearestName(rule, Object.keys(RULES));
    return {
      message: `There is no rule "${rule}".`,
      hint: near === undefined ? form : `Did you mean "${near}"?`,
    };
  }
  if (rule === 'bad-suppression' || rule === 'unused-suppression')
    return { message: `${rule} cannot be suppressed.`, hint: 'Correct the comment that it is about.' };
  return reason === ''
    ? {
        message: `${rule} is suppressed without a reason.`,
        hint: `Say why: "# onehop-ignore ${rule}: <reason>".`,
      }
    : undefined;
}

function at(
  file: LoadedFile,
  { span }: Comment,
  line: number,
  rule: string,
  severity: Diagnostic['severity'],
  fault: Fault,
): Diagnostic {
  return { file: file.path, range: moveRange(file.yaml.rangeOf(span), line), rule, severity, ...fault };
}
