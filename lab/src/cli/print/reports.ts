/** Diagnostics in the forms that other tools read. */
import { pathToFileURL } from 'node:url';
import type { Diagnostic, Location } from '@onehop/core/diagnostics/diagnostic.js';
import { RULES } from '@onehop/core/diagnostics/rules.js';
import type { Severity } from '@onehop/core/resources/model.js';

/**
 * A log of SARIF 2.1.0 (docs.oasis-open.org/sarif) with one run. Lines and columns count from 1, columns in UTF-16 units, which is
 * what SARIF has when it is not told otherwise; the end is exclusive. Relative files stay relative.
 */
export function sarifLog(problems: readonly Diagnostic[]): object {
  const rules = [...new Set(problems.map(({ rule }) => rule))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'onehop',
            rules: rules.map((id) => ({ id, shortDescription: { text: descriptionOf(id) } })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: problems.map((problem) => ({
          ruleId: problem.rule,
          ruleIndex: rules.indexOf(problem.rule),
          level: LEVELS[problem.severity],
          message: { text: textOf(problem) },
          locations: [{ physicalLocation: placeOf(problem) }],
          ...(problem.related === undefined
            ? {}
            : {
                relatedLocations: problem.related.map((other, id) => ({
                  id,
                  message: { text: other.message },
                  physicalLocation: placeOf(other),
                })),
              }),
        })),
      },
    ],
  };
}

/** `::error file=a.yaml,line=3,col=5,endLine=3,endColumn=9,title=dangling-cluster::Cluster "x" is not defined.` */
export function githubAnnotation(problem: Diagnostic): string {
  const { file, range, severity, rule } = problem;
  const { start, end } = range;
  const fields = {
    file,
    line: start.line,
    col: start.column,
    endLine: end.line,
    endColumn: end.column,
    title: `onehop ${rule}`,
  };
  const properties = Object.entries(fields).map(
    ([name, value]) => `${name}=${escapeProperty(String(value))}`,
  );
  return `::${COMMANDS[severity]} ${properties.join(',')}::${escapeData(textOf(problem))}`;
}

const LEVELS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'note' };
const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', info: 'notice' };

function textOf({ message, hint }: Diagnostic): string {
  return hint === undefined ? message : `${message} ${hint}`;
}

function descriptionOf(rule: string): string {
  return Object.hasOwn(RULES, rule) ? String((RULES as Readonly<Record<string, unknown>>)[rule]) : rule;
}

function placeOf({ file, range: { start, end } }: Location): object {
  return {
    artifactLocation: { uri: file.startsWith('/') ? pathToFileURL(file).href : encodeURI(file) },
    region: {
      startLine: start.line,
      startColumn: start.column,
      endLine: end.line,
      endColumn: end.column,
    },
  };
}

/** As the toolkit of GitHub's actions escapes them (actions/toolkit, command.ts). */
function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
