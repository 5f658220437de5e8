import assert from 'node:assert/strict';
import { memberDocsOf } from '../../src/envoy/docs.js';
import { findMessage } from '../../src/envoy/schema.js';
import { REPLACEMENTS } from '../../src/diagnostics/deprecated.js';
import { re2Fault } from '../../src/diagnostics/re2.js';
import { substitutionFault } from '../../src/diagnostics/substitution.js';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';
import { goodCluster, goodManager, match, routes } from './marked.js';

const OK = 'direct_response: { status: 200 }';

/** `rule@line` of all that is no error, but for what every direct response has. */
function advice(text: string): string[] {
  return validateFiles([{ path: 'x.yaml', text }])
    .problems.filter(({ rule, severity }) => severity !== 'error' && rule !== 'in-relay')
    .map(({ rule, range }) => `${rule}@${range.start.line}`);
}

/** Whether the second of two routes is told to be shadowed by the first. */
function checkShadow(first: string, second: string, expected: boolean): void {
  const text = routes(`- match: ${first}\n  ${OK}\n- match: ${second}\n  ${OK}`);
  const { problems } = validateFiles([{ path: 'x.yaml', text }]);
  const found = problems.filter(({ rule }) => rule === 'shadowed-route');
  assert.deepEqual(
    found.map(({ range, related }) => [range.start.line, related?.[0]?.range.start.line]),
    expected ? [[10, 8]] : [],
    JSON.stringify(problems),
  );
}

const header = (text: string): string => `headers: [${text}]`;

// prettier-ignore
const SHADOWS: [title: string, first: string, second: string, shadowed: boolean][] = [
  ['the same prefix', '{ prefix: /a }', '{ prefix: /a }', true],
  ['a longer prefix', '{ prefix: /a }', '{ prefix: /ab }', true],
  ['a shorter prefix', '{ prefix: /ab }', '{ prefix: /a }', false],
  ['a path under a prefix', '{ prefix: /a }', '{ path: /a/b }', true],
  ['a prefix after a path', '{ path: /a }', '{ prefix: /a }', false],
  ['the same path', '{ path: /a }', '{ path: /a }', true],
  ['a path in another case', '{ path: /a }', '{ path: /A }', false],
  ['a path where case does not count', '{ path: /a, case_sensitive: false }', '{ path: /A }', true],
  ['a path in any case after one in one case', '{ path: /a }', '{ path: /a, case_sensitive: false }', false],
  ['digits in any case', '{ path: /1 }', '{ path: /1, case_sensitive: false }', true],
  ['segments under segments', '{ path_separated_prefix: /api }', '{ path_separated_prefix: /api/v1 }', true],
  ['segments that only begin alike', '{ path_separated_prefix: /api }', '{ path_separated_prefix: /apis }', false],
  ['a prefix over segments', '{ prefix: /api }', '{ path_separated_prefix: /api }', true],
  ['segments before the same prefix', '{ path_separated_prefix: /api }', '{ prefix: /api }', false],
  ['segments before a prefix with a slash', '{ path_separated_prefix: /api }', '{ prefix: /api/ }', true],
  ['a regex under "/"', '{ prefix: / }', '{ safe_regex: { regex: "/a.*" } }', true],
  ['a regex with a choice', '{ prefix: / }', '{ safe_regex: { regex: "/a|b" } }', false],
  ['a regex whose slash is optional', '{ prefix: / }', '{ safe_regex: { regex: "/?a" } }', false],
  ['a regex before a prefix', '{ safe_regex: { regex: "/.*" } }', '{ prefix: /a }', false],
  ['"/" before everything', '{ prefix: / }', '{ prefix: "" }', false],
  ['a condition more', '{ prefix: / }', `{ prefix: /, ${header('{ name: a, present_match: true }')} }`, true],
  ['a condition less', `{ prefix: /, ${header('{ name: a, present_match: true }')} }`, '{ prefix: / }', false],
  ['the same condition', `{ prefix: /, ${header('{ name: a, string_match: { exact: x } }')} }`, `{ prefix: /b, ${header('{ name: A, string_match: { exact: x } }')} }`, true],
  ['another value', `{ prefix: /, ${header('{ name: a, string_match: { exact: x } }')} }`, `{ prefix: /, ${header('{ name: a, string_match: { exact: y } }')} }`, false],
  ['the opposite condition', `{ prefix: /, ${header('{ name: a, string_match: { exact: x } }')} }`, `{ prefix: /, ${header('{ name: a, string_match: { exact: x }, invert_match: true }')} }`, false],
  ['a value where the header only had to be there', `{ prefix: /, ${header('{ name: a, present_match: true }')} }`, `{ prefix: /, ${header('{ name: a, string_match: { prefix: x } }')} }`, true],
  ['a header that need not be there', `{ prefix: /, ${header('{ name: a, present_match: true }')} }`, `{ prefix: /, ${header('{ name: a, string_match: { exact: x }, treat_missing_header_as_empty: true }')} }`, false],
  ['a header that must be missing', `{ prefix: /, ${header('{ name: a, present_match: true }')} }`, `{ prefix: /, ${header('{ name: a, present_match: false }')} }`, false],
  ['a part of the requests', '{ prefix: /, runtime_fraction: { default_value: { numerator: 50 } } }', '{ prefix: / }', false],
  ['a query parameter', '{ prefix: /, query_parameters: [{ name: a, present_match: true }] }', '{ prefix: / }', false],
  ['gRPC only', '{ prefix: /, grpc: {} }', '{ prefix: / }', false],
  ['CONNECT', '{ prefix: / }', '{ connect_matcher: {} }', false],
];

// prettier-ignore
const REGEXES: [regex: string, part: string | undefined][] = [
  ['/a.*', undefined], ['(?i)a|b', undefined], ['(?P<x>a)(?<y>b)(?:c)', undefined], ['[[:alpha:]]+?', undefined],
  ['[]a]', undefined], ['[^]]', undefined], ['a{2,3}?', undefined], ['a{,3}', undefined], ['\\Q(?=\\E', undefined], ['\\p{Greek}\\x{10FFFF}\\d\\b', undefined],
  ['[(?=]', undefined], ['\\(?=', undefined], ['^*', undefined], ['\\101', undefined], ['x{1000}', undefined], ['', undefined], ['(|a)', undefined], ['(?s:.)*', undefined], ['a(?i)*', undefined], ['(?i)*', 'repeats nothing'], ['[\\b]', 'between'],
  ['a(?=b)', 'lookaround'], ['a(?!b)', 'lookaround'], ['(?<=a)b', 'lookaround'], ['(?<!a)b', 'lookaround'],
  ['(a)\\1', 'backreference'], ['(?P<x>a)(?P=x)', 'backreference'], ['(?<x>a)\\k<x>', 'backreference'],
  ['(?>a)', 'atomic'], ['a++', 'another repetition'], ['a**', 'another repetition'], ['a{2}{3}', 'another repetition'],
  ['*a', 'repeats nothing'], ['a|*', 'repeats nothing'], ['(+a)', 'repeats nothing'], ['a{1001}', 'more than 1000'], ['a{3,2}', 'wrong order'],
  ['(a', 'not closed'], ['a)', 'has no "("'], ['[a', 'not closed'], ['a\\', 'ends in'], ['a\\Z', 'end of the text'], ['(?R)', 'recursion'], ['(?#x)', 'comment'],
];

describe('families of rules', () => {
  for (const [title, first, second, shadowed] of SHADOWS)
    it(`shadowed routes: ${title}`, () => checkShadow(first, second, shadowed));

  for (const [regex, part] of REGEXES)
    it(`RE2 ${part === undefined ? 'takes' : 'refuses'} ${JSON.stringify(regex)}`, () => {
      const fault = re2Fault(regex);
      if (part === undefined) assert.equal(fault, undefined);
      else assert.ok(fault?.message.includes(part), JSON.stringify(fault));
    });

  it('regexes are checked wherever they stand', () => {
    const text = match(
      '{ prefix: /, headers: [{ name: a, string_match: { safe_regex: { regex: "(?=a)" } } }] }',
    );
    const rules = validateFiles([{ path: 'x.yaml', text }]).problems.map(({ rule }) => rule);
    assert.deepEqual(rules, ['bad-regex']);
  });

  it('say nothing about what is as it should be', () => {
    for (const text of [BOOKINFO, BOOTSTRAP]) assert.deepEqual(advice(text), []);
  });

  it('say nothing about a message of which a part was not understood', () => {
    const text = routes(
      `- match: { prefix: /, headers: [{ name: a, strin_match: x }] }\n  ${OK}\n- match: { prefix: /a }\n  ${OK}`,
    );
    assert.deepEqual(advice(text), []);
  });

  it('take a deprecated field once, in either spelling', () => {
    assert.deepEqual(advice(match('{ prefix: /, headers: [{ name: a, exactMatch: x }] }')), [
      'deprecated-field@8',
    ]);
    assert.deepEqual(
      advice(goodCluster('dns_resolvers: [{ pipe: { path: /a } }, { pipe: { path: /b } }]')).slice(0, 1),
      ['deprecated-field@6'],
    );
  });

  it('name successors of fields that are deprecated', () => {
    for (const key of Object.keys(REPLACEMENTS)) {
      const [message = '', name = ''] = key.split(' ');
      assert.equal(findMessage(message)?.byName.get(name)?.deprecated, true, key);
    }
    const documented = Object.entries(REPLACEMENTS).filter(([key, { hint }]) => {
      const [message = '', name = ''] = key.split(' ');
      const successor = /^Use ([a-z_]+)/.exec(hint)?.[1];
      return successor !== undefined && (memberDocsOf(message, name) ?? '').includes(successor);
    });
    assert.ok(documented.length >= 20, String(documented.length));
  });

  it('tell addresses that two listeners have, also additional ones, in any spelling', () => {
    const one = goodManager('').replace(
      'filter_chains',
      'additional_addresses: [{ address: { socket_address: { address: "fd00::1", port_value: 80 } } }]\n  filter_chains',
    );
    const other = one
      .replace('name: l', 'name: m')
      .replace('198.18.100.1', '198.18.100.2')
      .replace('fd00::1', 'fd00:0::0001');
    const { problems } = validateFiles([
      { path: 'a.yaml', text: one },
      { path: 'b.yaml', text: other },
    ]);
    const [found, ...more] = problems.filter(({ severity }) => severity === 'error');
    assert.deepEqual(more, []);
    assert.equal(found?.message, '[fd00::1]:80 is already an address of listener "l".');
    assert.deepEqual([found.file, found.related?.[0]?.file], ['b.yaml', 'a.yaml']);
  });

  it('tell unused clusters only where a listener is, and no route takes its cluster from the request', () => {
    assert.deepEqual(advice(goodCluster('connect_timeout: 1s')), []);
    const used = `${goodManager('')}\n---\n${goodCluster('connect_timeout: 1s')}`;
    assert.deepEqual(
      advice(used).map((one) => one.split('@')[0]),
      ['unused-resource'],
    );
  });

  it('point at the other place', () => {
    const text = `${routes('- match: { prefix: / }\n  route: { cluster: cc }')}\n---\n${goodCluster('connect_timeout: 1s')}`;
    const [found] = validateFiles([{ path: 'x.yaml', text }]).problems;
    assert.deepEqual(
      [found?.rule, found?.related?.[0]?.message, found?.related?.[0]?.range.start.line],
      ['dangling-cluster', '"c" is here.', 13],
    );
  });

  it('takes 5,000 lines in reasonable time', function () {
    this.timeout(20_000);
    const list = Array.from(
      { length: 1200 },
      (_, i) =>
        `- match:\n    prefix: /api/${i}/\n    headers: [{ name: x-a, string_match: { exact: "${i}" } }]\n  ${OK}`,
    );
    const text = routes(list.join('\n'));
    const begin = performance.now();
    assert.deepEqual(advice(text), []);
    // Many times what it takes; a search that is not quadratic in the wrong place.
    assert.ok(performance.now() - begin < 10_000);
  });
});

describe('texts with % commands', () => {
  const good = ['', 'a', '%%', '%PROTOCOL%', '%REQ(:METHOD)% %RESP(x):10%', '%START_TIME(%Y-%m)%', '100%%'];
  for (const text of good)
    it(`takes ${JSON.stringify(text)}`, () => assert.equal(substitutionFault(text), undefined));
  const bad = ['%', '100%', '%BAD%', '%REQ%', '%PROTOCOL(x)%', '%protocol%', '%REQ(x', '%%%', '%PROTOCOL% %'];
  for (const text of bad)
    it(`refuses ${JSON.stringify(text)}`, () => assert.notEqual(substitutionFault(text), undefined));
});
