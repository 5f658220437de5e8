/** Results as the XML that build servers read (JUnit's, as Jenkins and GitLab document it). */
import type { CaseResult } from '@onehop/core/routetests/run.js';

export interface SuiteResult {
  /** Of the test file. */
  readonly path: string;
  readonly results: readonly CaseResult[];
  /** Why the file could not be run; "" when it was. */
  readonly error: string;
  readonly ms: number;
}

export function junitXml(suites: readonly SuiteResult[]): string {
  const tests = sum(suites, ({ results, error }) => results.length + (error === '' ? 0 : 1));
  const failed = sum(suites, ({ results }) => results.filter(({ failures }) => failures.length > 0).length);
  const errors = sum(suites, ({ error }) => (error === '' ? 0 : 1));
  const time = sum(suites, ({ ms }) => ms);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="onehop" tests="${tests}" failures="${failed}" errors="${errors}" time="${seconds(time)}">`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines({ path, results, error, ms }: SuiteResult): string[] {
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  const count = results.length + (error === '' ? 0 : 1);
  return [
    `  <testsuite name="${escaped(path)}" tests="${count}" failures="${failed}" errors="${error === '' ? 0 : 1}" time="${seconds(ms)}">`,
    ...results.flatMap((result) => caseLines(path, result)),
    ...(error === ''
      ? []
      : [
          `    <testcase name="${escaped(path)}" classname="${escaped(path)}">`,
          `      <error message="${escaped(error)}"/>`,
          '    </testcase>',
        ]),
    '  </testsuite>',
  ];
}

function caseLines(path: string, { title, range, failures }: CaseResult): string[] {
  const head = `    <testcase name="${escaped(title)}" classname="${escaped(path)}" file="${escaped(path)}" line="${range.start.line}"`;
  if (failures.length === 0) return [`${head}/>`];
  const messages = failures.map(
    ({ message, range: { start } }) => `${path}:${start.line}:${start.column}: ${message}`,
  );
  return [
    `${head}>`,
    `      <failure message="${escaped(failures[0]?.message ?? '')}">${escaped(messages.join('\n'))}</failure>`,
    '    </testcase>',
  ];
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

/** XML 1.0 has no control characters at all. */
function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
