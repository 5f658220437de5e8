import type { Diagnostic, Location } from '@onehop/core/diagnostics/diagnostic.js';
import type { Severity } from '@onehop/core/resources/model.js';
import { displayWidth, printable, type Style, type Tone } from './style.js';
import { count } from './units.js';

const tones: Readonly<Record<Severity, Tone>> = { error: 'bad', warning: 'warning', info: 'kernel' };

/** Texts of files by path, for the lines that are shown. */
export type Sources = ReadonlyMap<string, string>;

/**
 * A problem as compilers print it:
 *
 *     routes.xds.yaml:49:15: error: RouteMatch has no field "prefx". [unknown-field]
 *      49 |             match: { prefx: / }
 *         |                      ^^^^^ Did you mean "prefix"?
 *      fix: Change to "prefix"
 */
export function diagnosticText(diagnostic: Diagnostic, sources: Sources, style: Style): string {
  const { severity, message, hint, rule, related } = diagnostic;
  const head = `${style('strong', place(diagnostic))} ${style(tones[severity], `${severity}:`)} ${message} ${style('faint', `[${rule}]`)}`;
  const more = (related ?? []).map(
    (other) =>
      `${style('strong', place(other))} ${style('faint', 'note:')} ${other.message}\n${excerpt(other, '', sources, 'kernel', style)}`,
  );
  const fix =
    diagnostic.fix === undefined ? '' : ` ${style('good', 'fix:')} ${printable(diagnostic.fix.title)}\n`;
  return [`${head}\n`, excerpt(diagnostic, hint ?? '', sources, tones[severity], style), fix, ...more].join(
    '',
  );
}

/** `2 errors, 1 warning` */
export function severityCounts(problems: readonly Diagnostic[]): string {
  const of = (severity: Severity): number => problems.filter((one) => one.severity === severity).length;
  const parts = [
    of('error') > 0 ? count(of('error'), 'error') : '',
    of('warning') > 0 ? count(of('warning'), 'warning') : '',
    of('info') > 0 ? count(of('info'), 'note') : '',
  ];
  return parts.filter((part) => part !== '').join(', ') || 'no problems';
}

/** A problem for --json. Lines and columns count from 1; the end is exclusive. */
export function diagnosticJson(diagnostic: Diagnostic): object {
  const { severity, message, hint, rule, resource, related, fix } = diagnostic;
  return {
    ...placeJson(diagnostic),
    severity,
    rule,
    message,
    hint: hint ?? null,
    resource: resource?.name ?? null,
    typeUrl: resource?.typeUrl ?? null,
    related: (related ?? []).map((other) => ({ ...placeJson(other), message: other.message })),
    fix: fix ?? null,
  };
}

function placeJson({ file, range: { start, end } }: Location): object {
  return {
    file,
    line: start.line,
    column: start.column,
    endLine: end.line,
    endColumn: end.column,
  };
}

function place({ file, range: { start } }: Location): string {
  return `${file}:${start.line}:${start.column}:`;
}

/** Characters of a line that are shown around its mark. */
const shownColumns = 120;

function excerpt(
  { file, range }: Location,
  hint: string,
  sources: Sources,
  tone: Tone,
  style: Style,
): string {
  const line = sources.get(file)?.split('\n')[range.start.line - 1]?.replace(/\r$/, '');
  if (line === undefined) return hint === '' ? '' : `  ${hint}\n`;
  const first = range.start.column - 1;
  const last = range.end.line === range.start.line ? Math.max(range.end.column - 1, first + 1) : line.length;
  const from = first > shownColumns - 20 ? first - 40 : 0;
  const shown = printable(line.slice(from, from + shownColumns).replaceAll('\t', ' '));
  const before = displayWidth(printable(line.slice(from, first).replaceAll('\t', ' ')));
  const width = Math.max(
    1,
    displayWidth(printable(line.slice(first, Math.min(last, from + shownColumns)).replaceAll('\t', ' '))),
  );
  const number = String(range.start.line);
  const bar = style('faint', '|');
  const mark = style(tone, '^'.repeat(width));
  return (
    ` ${style('faint', number)} ${bar} ${from > 0 ? '…' : ''}${shown}\n` +
    ` ${' '.repeat(number.length)} ${bar} ${' '.repeat(before + (from > 0 ? 1 : 0))}${mark}${hint === '' ? '' : ` ${hint}`}\n`
  );
}
