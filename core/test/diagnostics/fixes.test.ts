import assert from 'node:assert/strict';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.js';
import { applyFixes, suppressionFix } from '../../src/diagnostics/fixes.js';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { cluster, goodCluster, goodManager, match, routes } from './marked.js';

const OK = 'direct_response: { status: 200 }';

function problemsOf(text: string, path = 'x.yaml'): readonly Diagnostic[] {
  return validateFiles([{ path, text }]).problems;
}

/** The fix of the first problem of a rule takes away that problem and no comment; other rules say what they said before, but for the
 * information about answers of the agent, which errors keep back. */
function checkFix(rule: string, text: string, expected: string, path = 'x.yaml'): void {
  const before = problemsOf(text, path);
  const found = before.find((problem) => problem.rule === rule);
  assert.ok(found?.fix !== undefined, JSON.stringify(before));
  const { text: after } = applyFixes(text, [found.fix]);
  assert.equal(after, expected);
  const rules = (problems: readonly Diagnostic[]): string[] =>
    problems.flatMap((problem) => (problem.rule === 'in-relay' ? [] : [problem.rule])).sort();
  const left = rules(before);
  left.splice(left.indexOf(rule), 1);
  assert.deepEqual(rules(problemsOf(after, path)), left);
  const comments = (of: string): string[] => of.match(/#[^\n]*/g) ?? [];
  assert.deepEqual(comments(after), comments(text));
}

const COMMENTED = '# first\n- match: # about the match\n    { prefix: /a } # behind\n  # inside\n';

// prettier-ignore
const REPLACED: [title: string, rule: string, text: string, from: string, to: string][] = [
  ['a misspelt field', 'unknown-field', match('{ prefx: / } # why'), 'prefx', 'prefix'],
  ['a misspelt field in camelCase', 'unknown-field', goodCluster('conectTimeout: 1s # why'), 'conectTimeout', 'connectTimeout'],
  ['a misspelt field in quotes', 'unknown-field', match('{ "prefx": / }'), '"prefx"', '"prefix"'],
  ['a misspelt value', 'bad-enum', goodCluster('lb_policy: ROUND_ROBBIN # why'), 'ROUND_ROBBIN', 'ROUND_ROBIN'],
  ['a misspelt value in quotes', 'bad-enum', goodCluster("lb_policy: 'ROUND_ROBBIN' # why"), "'ROUND_ROBBIN'", "'ROUND_ROBIN'"],
  ['a duration without its unit', 'bad-duration', goodCluster('connect_timeout: 5 # why'), '5 #', "'5s' #"],
  ['a misspelt reference', 'dangling-cluster', `${routes('- match: { prefix: / }\n  route: { cluster: reviws } # why')}\n---\n${goodCluster('').replace('name: c\n', 'name: reviews\n')}`, 'reviws', 'reviews'],
  ['an old header match', 'deprecated-field', match('{ prefix: /, headers: [{ name: a, exact_match: x }] } # why'), 'exact_match: x', 'string_match: { exact: x }'],
  ['an old header match with letters to quote', 'deprecated-field', match('{ prefix: /, headers: [{ name: a, prefix_match: "a: b" }] }'), 'prefix_match: "a: b"', "string_match: { prefix: 'a: b' }"],
  ['a field that has a new name', 'deprecated-field', goodManager('').replace('filter_chains', 'reuse_port: true # why\n  filter_chains'), 'reuse_port', 'enable_reuse_port'],
  ['a total that is not needed', 'deprecated-field', `${routes('- match: { prefix: / }\n  route: { weighted_clusters: { total_weight: 1, clusters: [{ name: c, weight: 1 }] } }')}\n---\n${goodCluster('')}`, 'total_weight: 1, ', ''],
  ['a required field in a block', 'required', goodManager('').replace(/ *stat_prefix: s\n/, '').replace(/\n*$/, ' # last\n# below\n'), ' # last', ' # last\n        stat_prefix: l'],
  ['a required field in braces', 'required', cluster('name: c\ntype: STATIC\nload_assignment: { endpoints: [] } # why'), '{ endpoints: [] }', '{ endpoints: [], cluster_name: c }'],
  ['a required field in empty braces', 'required', cluster('name: c\ntype: STATIC\nload_assignment: {} # why'), '{}', '{ cluster_name: c }'],
  ['a route that no request comes to', 'shadowed-route', routes(`${COMMENTED}  ${OK}\n# second\n- match: { prefix: /ab }\n  ${OK}\n# third\n- match: { prefix: /c }\n  ${OK} # end`), `    - match: { prefix: /ab }\n      ${OK}\n`.replaceAll('    -', '  -').replaceAll('      d', '    d'), ''],
];

describe('fixes', () => {
  for (const [title, rule, text, from, to] of REPLACED)
    it(title, () => {
      // A block of the helpers above is indented as the file is.
      const at = text.includes(from) ? from : from.replace(/^ {2}/gm, '    ');
      assert.equal(text.split(at).length, 2, `"${at}" is there once in\n${text}`);
      checkFix(
        rule,
        text,
        text.replace(at, () => to),
      );
    });

  it('a cluster that is missing', () => {
    const text = `${routes('- match: { prefix: / }\n  route: { cluster: new } # why')}\n# the end\n`;
    const added = `\n- '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n  name: new\n  type: STATIC\n  connect_timeout: '1s'\n  load_assignment: { cluster_name: new, endpoints: [] }`;
    checkFix('dangling-cluster', text, text.replace(' # why', ` # why${added}`));
  });

  it('JSON stays JSON', () => {
    const text = JSON.stringify(
      {
        resources: [
          { '@type': 'type.googleapis.com/envoy.config.cluster.v3.Cluster', name: 'c', conect_timeout: '1s' },
        ],
      },
      null,
      1,
    );
    checkFix('unknown-field', text, text.replace('conect', 'connect'), 'x.json');
  });

  it('what an alias repeats is left alone', () => {
    const text = routes(
      `- match: &m { prefix: /, headers: [{ name: a, exact_match: x }] }\n  ${OK}\n- match: *m\n  ${OK}`,
    );
    const found = problemsOf(text).filter(({ rule }) => rule === 'deprecated-field');
    assert.deepEqual(
      found.map(({ fix }) => fix !== undefined),
      [true, false],
    );
  });

  it('of two at one place only one is applied', () => {
    const text = match('{ prefix: /, headers: [{ name: a, exact_match: x }] }');
    const fix = problemsOf(text).find(({ rule }) => rule === 'deprecated-field')?.fix;
    assert.ok(fix !== undefined);
    const { applied, text: after } = applyFixes(text, [fix, fix]);
    assert.equal(applied.length, 1);
    assert.ok(!problemsOf(after).some(({ rule }) => rule === 'deprecated-field'));
  });
});

describe('suppressions', () => {
  const old = 'match: { prefix: /, headers: [{ name: a, exact_match: x }] }';
  /** `rule@line` of everything but what the agent answers itself. */
  const check = (list: string, expected: readonly string[]): void => {
    const found = problemsOf(routes(list)).filter(({ rule }) => rule !== 'in-relay');
    assert.deepEqual(
      found.map(({ rule, range }) => `${rule}@${range.start.line}`),
      expected,
    );
  };

  // prettier-ignore
  const cases: [title: string, list: string, expected: string[]][] = [
    ['on the line before', `# onehop-ignore deprecated-field: old proxies\n- ${old}\n  ${OK}`, []],
    ['at the end of the line', `- ${old} # onehop-ignore deprecated-field: old proxies\n  ${OK}`, []],
    ['with other comments and blank lines between', `# onehop-ignore deprecated-field: old proxies\n\n# and more\n- ${old}\n  ${OK}`, []],
    ['without a reason', `- ${old} # onehop-ignore deprecated-field\n  ${OK}`, ['deprecated-field@8', 'bad-suppression@8']],
    ['with an empty reason', `- ${old} # onehop-ignore deprecated-field:\n  ${OK}`, ['deprecated-field@8', 'bad-suppression@8']],
    ['of a rule that there is not', `- ${old} # onehop-ignore deprecated: x\n  ${OK}`, ['deprecated-field@8', 'bad-suppression@8']],
    ['without a rule', `- ${old} # onehop-ignore\n  ${OK}`, ['deprecated-field@8', 'bad-suppression@8']],
    ['of another rule', `- ${old} # onehop-ignore zero-weight: x\n  ${OK}`, ['deprecated-field@8', 'unused-suppression@8']],
    ['two lines too early', `# onehop-ignore deprecated-field: x\n- name: a\n  ${old}\n  ${OK}`, ['unused-suppression@8', 'deprecated-field@10']],
    ['of an error', `- match: { prefx: / } # onehop-ignore unknown-field: x\n  ${OK}`, ['unknown-field@8', 'bad-suppression@8']],
    ['in a text', `- name: "a # onehop-ignore zero-weight: x"\n  match: { prefix: / }\n  ${OK}`, []],
    ['of another tool', `- ${old} # onehop-ignored deprecated-field: x\n  ${OK}`, ['deprecated-field@8']],
  ];
  for (const [title, list, expected] of cases) it(title, () => check(list, expected));

  it('are written for a reason', () => {
    const text = routes(`- ${old} # keep\n  ${OK}`).replaceAll('\n', '\r\n');
    const found = problemsOf(text).find(({ rule }) => rule === 'deprecated-field');
    assert.ok(found !== undefined);
    const fix = suppressionFix(text, found, 'old proxies');
    assert.ok(fix !== undefined);
    const { text: after } = applyFixes(text, [fix]);
    assert.ok(
      after.includes('\r\n  # onehop-ignore deprecated-field: old proxies\r\n  - match') ||
        after.includes('\r\n    # onehop-ignore deprecated-field: old proxies\r\n    - match'),
      after,
    );
    assert.deepEqual(
      problemsOf(after).map(({ rule }) => rule),
      ['in-relay'],
    );
  });

  it('are not offered for errors', () => {
    const text = match('{ prefx: / }');
    const [found] = problemsOf(text);
    assert.ok(found !== undefined);
    assert.equal(suppressionFix(text, found, 'x'), undefined);
  });
});
