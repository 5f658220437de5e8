import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { folds } from '../../src/language/folding.js';
import { hover } from '../../src/language/hover.js';
import { links } from '../../src/language/links.js';
import { looseTree } from '../../src/language/looseTree.js';
import { definitionsAt, referencesAt, rename, renameProblem } from '../../src/language/references.js';
import { outline, type OutlineSymbol } from '../../src/language/symbols.js';
import { configurationOf } from '../../src/language/workspace.js';
import { applyEdits } from '../../src/yaml/edits.js';
import { BOOKINFO } from '../samples.js';
import { clusterNamed, cursorText, ROUTES, workspaceOf } from './cursorText.js';

const PATH = 'a/x.xds.yaml';
const SAMPLE = readFileSync(
  fileURLToPath(new URL('../../../../lab/samples/bookinfo/bookinfo.xds.yaml', import.meta.url)),
  'utf8',
);

function hoverAt(marked: string, live?: Parameters<typeof hover>[3]): string | undefined {
  const { text, offset } = cursorText(marked);
  return hover(workspaceOf({ [PATH]: text }), PATH, offset, live)?.markdown;
}

describe('hover', () => {
  // prettier-ignore
  const cases: [title: string, marked: string, ...parts: RegExp[]][] = [
    ['a field: type, default, documentation', `${ROUTES}          - match: { case_sen▮sitive: true }\n`, /\*\*case_sensitive\*\* · true or false/, /case sensitive/i],
    ['a rule', `resources:\n  - '@type': type.googleapis.com/envoy.config.listener.v3.Listener\n    address: { socket_address: { port_v▮alue: 1 } }\n`, /Must be at most 65535/],
    ['a required field', `resources:\n  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n    n▮ame: c\n`, /required/, /Must not be empty/],
    ['a deprecated field', `${ROUTES}          - match: { headers: [{ exact_ma▮tch: x }] }\n`, /Deprecated\. Use string_match/],
    ['a refused field', `${ROUTES}          - match: { dynamic_meta▮data: [] }\n`, /a configuration with it is refused/],
    ['an enum value', `resources:\n  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n    lb_policy: ROUND_▮ROBIN\n`, /\*\*ROUND_ROBIN\*\* · enum LbPolicy/, /round robin/i],
    ['a type', `resources:\n  - '@type': type.googleapis.com/envoy.config.cluster.v3.Clus▮ter\n`, /`envoy.config.cluster.v3.Cluster`/, /envoyproxy\.io/],
    ['a name', `${ROUTES}          - route: { cluster: c▮c }\n${clusterNamed('cc')}`, /cluster, which is defined in x\.xds\.yaml/],
    ['a name without a resource', `${ROUTES}          - route: { cluster: c▮c }\n`, /not defined here/],
    ['a suppression', `# onehop-ignore zero-w▮eight: x\n`, /zero-weight/],
  ];
  for (const [title, marked, ...parts] of cases)
    it(title, () => {
      const found = hoverAt(marked) ?? '';
      for (const part of parts) assert.match(found, part);
      assert.ok(!/:ref:|``|\.\. /.test(found), `reStructuredText is left in ${found}`);
    });

  it('says what runs now, for the field that is meant', () => {
    const asked: string[] = [];
    const found = hoverAt(
      `${ROUTES}          - name: a\n          - ro▮ute: { cluster: c }\n`,
      ({ typeUrl, name, path }) => {
        asked.push([typeUrl.replace(/.*\./, ''), name, ...path].join(' '));
        return '312 req/s';
      },
    );
    assert.ok(found?.startsWith('312 req/s'));
    assert.deepEqual(asked, ['RouteConfiguration r virtualHosts 0 routes 1 route']);
  });

  it('nothing where nothing is known', () => {
    assert.equal(hoverAt(`${ROUTES}          - nope▮: 1\n`), undefined);
    assert.equal(hoverAt(`# a co▮mment\n`), undefined);
  });
});

describe('names', () => {
  const routesOf = (cluster: string): string => `${ROUTES}          - route: { cluster: ${cluster} }\n`;
  const clusters = (name: string): string => `resources:\n${clusterNamed(name)}`;

  it('lead to where they are given, across files', () => {
    const { text, offset } = cursorText(routesOf('fo▮o'));
    const workspace = workspaceOf({ [PATH]: text, 'a/y.xds.yaml': clusters('foo') });
    const [found, ...more] = definitionsAt(workspace, PATH, offset);
    assert.deepEqual(more, []);
    assert.equal(found?.file.path, 'a/y.xds.yaml');
    assert.equal(found.file.text.slice(found.span.start, found.span.end), 'foo');
    assert.ok(found.whole !== undefined && found.whole.end > found.span.end);
  });

  it('every one of the sample is found', () => {
    const workspace = workspaceOf({ [PATH]: SAMPLE });
    const uses = workspace.file(PATH)?.names.uses ?? [];
    const references = uses.filter(({ role }) => role === 'reference');
    assert.ok(references.length >= 15, String(references.length));
    for (const use of references)
      assert.ok(definitionsAt(workspace, PATH, use.span.start).length > 0, `${use.typeUrl} ${use.name}`);
  });

  it('are renamed everywhere, a cluster with its endpoints, quotes and comments as they are', () => {
    const text = SAMPLE.replace('{ cluster: reviews-v2 }', '{ cluster: "reviews-v2" } # the new one');
    const workspace = workspaceOf({
      [PATH]: text,
      'a/other.xds.yaml': routesOf("'reviews-v2'"),
      'b/far.xds.yaml': routesOf('reviews-v2'),
    });
    const offset = text.indexOf('name: reviews-v2') + 8;
    const { edits } = rename(workspace, PATH, offset, 'reviews: v4');
    assert.deepEqual(edits.map(({ path }) => path).sort(), ['a/other.xds.yaml', PATH]);
    const after = edits.map(({ path, edits: own }) => ({
      path,
      text: applyEdits(workspace.file(path)?.text ?? '', own),
    }));
    const sample = after.find(({ path }) => path === PATH)?.text ?? '';
    assert.ok(sample.includes('{ cluster: "reviews: v4" } # the new one'));
    assert.ok(sample.includes("name: 'reviews: v4'"));
    assert.ok(sample.includes("cluster_name: 'reviews: v4'"));
    assert.ok(!sample.includes('reviews-v2'));
    const { problems } = validateFiles(after);
    assert.deepEqual(
      problems.filter(({ rule }) => rule.startsWith('dangling')),
      [],
    );
  });

  it('are not renamed to one that is taken, or to nothing', () => {
    const { text, offset } = cursorText(`${routesOf('fo▮o')}${clusterNamed('foo')}${clusterNamed('bar')}`);
    const workspace = workspaceOf({ [PATH]: text });
    assert.match(renameProblem(workspace, PATH, offset, 'bar') ?? '', /already/);
    assert.match(renameProblem(workspace, PATH, offset, ' ') ?? '', /needs a name/);
    assert.equal(renameProblem(workspace, PATH, offset, 'baz'), undefined);
    assert.match(renameProblem(workspace, PATH, 0, 'baz') ?? '', /No name/);
  });

  it('all places of one are found from each of them', () => {
    const workspace = workspaceOf({ [PATH]: SAMPLE });
    const places = [...SAMPLE.matchAll(/(?<=[ :])reviews-v2(?=\s)/g)].map(({ index }) => index);
    const expected = [...places].sort((a, b) => a - b);
    assert.ok(places.length >= 3);
    for (const at of places) {
      const found = referencesAt(workspace, PATH, at).map(({ span }) => span.start);
      assert.deepEqual(
        found.sort((a, b) => a - b),
        expected,
      );
    }
  });

  it('of a folder are one configuration, a bootstrap is one by itself', () => {
    const paths = ['a/x.xds.yaml', 'a/y.xds.yml', 'b/z.xds.yaml', 'a/envoy.yaml'];
    assert.deepEqual(configurationOf('a/x.xds.yaml', paths), ['a/x.xds.yaml', 'a/y.xds.yml']);
    assert.deepEqual(configurationOf('a/envoy.yaml', paths), ['a/envoy.yaml']);
  });
});

describe('outline', () => {
  const shown = (symbols: readonly OutlineSymbol[], depth = 0): string[] =>
    symbols.flatMap(({ name, detail, children }) => [
      `${'  '.repeat(depth)}${name} (${detail})`,
      ...shown(children, depth + 1),
    ]);

  it('shows resources and what has a name in them', () => {
    const found = shown(outline(looseTree(SAMPLE)));
    const at = found.indexOf('reviews (route configuration)');
    assert.deepEqual(found.slice(at, at + 6), [
      'reviews (route configuration)',
      '  reviews (virtual host)',
      '    jason (route)',
      '      end-user (header matcher)',
      '    canary (route)',
      '      reviews-v1 (cluster weight)',
    ]);
    assert.ok(found.includes('  198.18.1.13:9080 (lb endpoint)'), found.join('\n'));
  });

  it('shows what is there of a broken text, and routes without a name by their match', () => {
    const found = shown(outline(looseTree(`${ROUTES}          - match: { prefix: /api\n          - na`)));
    assert.deepEqual(found, ['r (route configuration)', '  v (virtual host)', '    prefix /api (route)']);
  });

  it('selections are inside of their symbols', () => {
    const visit = (symbols: readonly OutlineSymbol[]): void => {
      for (const { span, selection, children } of symbols) {
        assert.ok(span.start <= selection.start && selection.end <= span.end);
        visit(children);
      }
    };
    visit(outline(looseTree(SAMPLE)));
    visit(outline(looseTree(BOOKINFO)));
  });
});

describe('folding and links', () => {
  it('folds resources, fields and comments', () => {
    const found = folds(SAMPLE, looseTree(SAMPLE));
    const lines = SAMPLE.split('\n');
    const starts = found.map(({ start }) => lines[start]?.trim());
    assert.ok(starts.includes('filter_chains:'));
    assert.ok(found.some(({ kind, start }) => kind === 'comment' && start === 0));
    for (const { start, end } of found) assert.ok(end > start && end < lines.length);
  });

  it('links rules and files', () => {
    const text = `${ROUTES}          # onehop-ignore zero-weight: why\n          - direct_response: { status: 200, body: { filename: ./body.txt } }\n`;
    const found = links(text, looseTree(text));
    assert.deepEqual(
      found.map(({ span, to }) => [text.slice(span.start, span.end).replace(/.*\./, ''), to.kind]),
      [
        ['zero-weight', 'rule'],
        ['txt', 'file'],
      ],
    );
  });
});
