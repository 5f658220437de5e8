import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { codeActions } from '../../src/language/codeActions.js';
import { complete } from '../../src/language/completion.js';
import { folds } from '../../src/language/folding.js';
import { format } from '../../src/language/format.js';
import { hover } from '../../src/language/hover.js';
import { links } from '../../src/language/links.js';
import { type LooseNode, looseTree } from '../../src/language/looseTree.js';
import { referencesAt } from '../../src/language/references.js';
import { outline } from '../../src/language/symbols.js';
import { applyEdits } from '../../src/yaml/edits.js';
import { parseYaml } from '../../src/yaml/parse.js';
import type { YamlNode } from '../../src/yaml/tree.js';
import { BOOKINFO } from '../samples.js';
import { clusterNamed, ROUTES, workspaceOf } from './cursorText.js';

const PATH = 'a/x.xds.yaml';
const SAMPLE = readFileSync(
  fileURLToPath(new URL('../../../../lab/samples/bookinfo/bookinfo.xds.yaml', import.meta.url)),
  'utf8',
);

/** Keys, texts and where they stand: what both trees must agree on. */
function shapeOfLoose(node: LooseNode | undefined): unknown {
  if (node === undefined) return '';
  if (node.kind === 'scalar') return [node.span.start, node.text];
  if (node.kind === 'sequence') return node.items.map(shapeOfLoose);
  return node.entries.map(({ key, keySpan, value }) => [key, keySpan.start, shapeOfLoose(value)]);
}

function shapeOfYaml(node: YamlNode, text: string): unknown {
  if (node.kind === 'scalar') {
    const raw = text.slice(node.span.start, node.span.end).trimEnd();
    return raw === '' ? '' : [node.span.start, /^["']/.test(raw) ? String(node.value) : raw];
  }
  if (node.kind === 'sequence') return node.items.map((item) => shapeOfYaml(item, text));
  return node.entries.map(({ key, keySpan, value }) => [key, keySpan.start, shapeOfYaml(value, text)]);
}

describe('the loose tree', () => {
  for (const [name, text] of Object.entries({ SAMPLE, BOOKINFO }))
    it(`of ${name} is that of the parser`, () => {
      const roots = parseYaml(text).documents.map(({ root }) => root && shapeOfYaml(root, text));
      assert.deepEqual(looseTree(text).map(shapeOfLoose), roots);
    });

  it('reads over anchors and tags', () => {
    const text = 'a: &x\n  b: !t 1\n- &y\n  c: *x\n!ignore d: &z { e: 1 }\n';
    assert.deepEqual(looseTree(text.replace('- &y\n', 'l:\n- &y\n')).map(shapeOfLoose), [
      [
        ['a', 0, [['b', 8, [14, '1']]]],
        ['l', 16, [[['c', 26, [29, '*x']]]]],
        ['d', 40, [['e', 48, [51, '1']]]],
      ],
    ]);
  });

  it('spans are inside of those around them, whatever the text', () => {
    const within = (node: LooseNode, start: number, end: number): void => {
      assert.ok(start <= node.span.start && node.span.start <= node.span.end && node.span.end <= end);
      if (node.kind === 'sequence')
        for (const item of node.items) if (item !== undefined) within(item, node.span.start, node.span.end);
      if (node.kind === 'mapping')
        for (const { keySpan, value } of node.entries) {
          assert.ok(node.span.start <= keySpan.start && keySpan.end <= node.span.end);
          if (value !== undefined) within(value, keySpan.end, node.span.end);
        }
    };
    const piece = fc.constantFrom(
      '\n',
      '\n  ',
      '\n    ',
      '- ',
      'a: ',
      'b:',
      '{',
      '}',
      '[',
      ']',
      ',',
      '"',
      "'",
      ' # x',
      '|',
      '&x ',
      '---\n',
      '\t',
      'name',
      ': ',
      '\r\n',
      '<<: *x',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const text = pieces.join('');
        for (const root of looseTree(text)) if (root !== undefined) within(root, 0, text.length);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('every capability', () => {
  it('answers on the sample cut off anywhere, and with anything typed into it', function () {
    this.timeout(30_000);
    const typed = ['', '{', '[', '"', "'", '- ', ': ', '\t', '#', '&', '*', '|', '\n'];
    for (let at = 0; at < SAMPLE.length; at += 193) {
      const word = typed[(at / 193) % typed.length] ?? '';
      const text = at % 2 === 0 ? SAMPLE.slice(0, at) + word : SAMPLE.slice(0, at) + word + SAMPLE.slice(at);
      const offset = at + word.length;
      const workspace = workspaceOf({ [PATH]: text });
      const file = workspace.file(PATH);
      assert.ok(file !== undefined);
      complete(workspace, PATH, text, offset);
      hover(workspace, PATH, offset);
      referencesAt(workspace, PATH, offset);
      outline(file.roots);
      folds(text, file.roots);
      links(text, file.roots);
      format(text);
    }
  });

  it('offers fixes whose edits fit the text, for every problem of a damaged sample', function () {
    this.timeout(30_000);
    let count = 0;
    for (let at = 0; at < SAMPLE.length; at += 211) {
      const text = SAMPLE.slice(0, at) + SAMPLE.slice(at + 3);
      const file = workspaceOf({ [PATH]: text }).file(PATH);
      assert.ok(file !== undefined);
      const { problems } = validateFiles([{ path: PATH, text }]);
      for (const { edits } of codeActions(file, problems)) {
        applyEdits(text, edits);
        count++;
      }
    }
    assert.ok(count > 20, String(count));
  });
});

describe('on a file of 5,000 lines', function () {
  const list = Array.from({ length: 1000 }, (_, i) => clusterNamed(`c${i}`)).join('');
  const text = `${ROUTES}          - route: { cluster: c }\n${list}`;
  const lines = text.split('\n').length;

  /** Milliseconds of the processor, the least of several runs: others use this machine, too. */
  const cost = (run: (i: number) => void): number =>
    Math.min(
      ...Array.from({ length: 9 }, (_, i) => {
        const start = process.cpuUsage();
        run(i);
        const { user, system } = process.cpuUsage(start);
        return (user + system) / 1000;
      }),
    );

  it('completion takes at most 50 ms', () => {
    assert.ok(lines >= 4000, String(lines));
    const at = text.indexOf('cluster: c }') + 10;
    const workspace = workspaceOf({ [PATH]: text });
    const took = cost((i) => {
      const now = `${text.slice(0, at)}${'x'.repeat(i)}${text.slice(at)}`;
      workspace.set(PATH, now);
      assert.equal(complete(workspace, PATH, now, at + i).length, 1000);
    });
    console.log(`      completion: ${took.toFixed(1)} ms on ${lines} lines`);
    assert.ok(took <= 50, `${took} ms`);
  });

  it('outline, folding and links take at most 50 ms each', () => {
    const workspace = workspaceOf({ [PATH]: text });
    for (const [name, run] of Object.entries({
      outline: () => outline(looseTree(text)),
      folds: () => folds(text, looseTree(text)),
      links: () => links(text, looseTree(text)),
      hover: () => hover(workspace, PATH, 100),
    })) {
      const took = cost(run);
      console.log(`      ${name}: ${took.toFixed(1)} ms`);
      assert.ok(took <= 50, `${name}: ${took} ms`);
    }
  });
});
