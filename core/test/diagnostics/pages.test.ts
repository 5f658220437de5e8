import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RULES, type RuleId } from '../../src/diagnostics/rules.js';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { buildRouting } from '../../src/routing/build.js';
import { parseTopology } from '../../src/topology/parse.js';

/** docs/rules, seen from core/dist/test/diagnostics. */
const folder = fileURLToPath(new URL('../../../../docs/rules/', import.meta.url));

/** No text has it: only what comes over the network. */
const WITHOUT_EXAMPLE: readonly string[] = ['bad-wire'];

interface Found {
  readonly rule: string;
  readonly severity: string;
  readonly line: number;
}

/** What a file or a node says of a text, each with its line. */
function problemsOf(text: string): Found[] {
  if (/^nodes:/m.test(text))
    return parseTopology(text).problems.map(({ rule, range }) => ({
      rule,
      severity: 'error',
      line: range.start.line,
    }));
  const { problems, set, locate } = validateFiles([{ path: 'x.yaml', text }]);
  return [
    ...problems.map(({ rule, severity, range }) => ({ rule, severity, line: range.start.line })),
    ...buildRouting(set).problems.map(({ rule, severity, typeUrl, resource, path }) => ({
      rule,
      severity,
      line: locate(typeUrl, resource, path)?.range.start.line ?? 0,
    })),
  ];
}

function checkPage(rule: RuleId): void {
  const page = readFileSync(join(folder, `${rule}.md`), 'utf8');
  assert.ok(page.startsWith(`# ${rule}\n\n${RULES[rule]}\n`), 'the page begins with what the rule is about');
  assert.match(page, /\n## Suppress\n/);
  if (WITHOUT_EXAMPLE.includes(rule)) return;
  const example =
    /\n## Wrong\n\nLine (\d+) is marked:\n\n```yaml\n([^]*?)```\n\n## Right\n\n```yaml\n([^]*?)```\n/.exec(
      page,
    );
  assert.ok(example !== null, 'the page has a wrong and a right example');
  const [, line, wrong = '', right = ''] = example;
  const severity = /\nSeverity: (error|warning|info)\.\n/.exec(page)?.[1];
  const found = problemsOf(wrong);
  assert.ok(
    found.some((one) => one.rule === rule && one.line === Number(line) && one.severity === severity),
    `${rule} (${severity}) is not at line ${line}: ${JSON.stringify(found)}`,
  );
  assert.deepEqual(
    problemsOf(right).filter((one) => one.rule === rule || one.severity === 'error'),
    [],
    'the right example',
  );
}

describe('pages of rules', () => {
  for (const rule of Object.keys(RULES) as RuleId[]) it(rule, () => checkPage(rule));

  it('are of rules that there are, and the index lists them all', () => {
    const rules = Object.keys(RULES).sort();
    const pages = readdirSync(folder).filter((name) => name !== 'README.md');
    assert.deepEqual(pages.sort(), rules.map((rule) => `${rule}.md`).sort());
    const index = readFileSync(join(folder, 'README.md'), 'utf8');
    assert.equal(
      index.slice(index.indexOf('\n- ') + 1),
      rules.map((rule) => `- [${rule}](${rule}.md): ${RULES[rule as RuleId]}\n`).join(''),
    );
  });
});
