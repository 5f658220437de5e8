import assert from 'node:assert/strict';
import fc from 'fast-check';
import { validateFiles } from '../../src/diagnostics/validate.js';
import { Workspace } from '../../src/workspace/workspace.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';
import { largeConfiguration } from './large.js';

/** Pieces of text that an author may put anywhere. */
const PIECES = ['\n', ' ', '  ', '- ', '#', '# onehop-ignore unused-resource: kept\n', 'x', '"', 'name: ', 'reviews-v1', 'resources:\n', '&a ', '*a', '{', ']', ': ', '\t', '---\n', '  - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster\n    name: c\n', 'weight: 0', 'prefix: /\n']; // prettier-ignore

interface Edit {
  readonly file: number;
  readonly at: number;
  readonly remove: number;
  readonly insert: readonly string[];
  /** Cut lines and put them in somewhere else. */
  readonly move: boolean;
}

const edits: fc.Arbitrary<Edit[]> = fc.array(
  fc.record({
    file: fc.nat(1),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    remove: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 600 })),
    insert: fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }),
    move: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

function edited(text: string, { at, remove, insert, move }: Edit): string {
  const start = Math.floor(at * text.length);
  const cut = text.slice(start, start + remove);
  const rest = text.slice(0, start) + insert.join('') + text.slice(start + remove);
  return move && remove > 20 ? rest + cut : rest;
}

describe('Workspace, change after change', () => {
  it('says what a look at everything anew says', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const texts = [BOOKINFO.slice(0, BOOKINFO.length), BOOTSTRAP];
        const workspace = new Workspace();
        const agree = (): void => {
          const cold = validateFiles(texts.map((text, index) => ({ path: `f${index}`, text })));
          assert.deepEqual(workspace.validation().problems, cold.problems);
          assert.deepEqual(workspace.set, cold.set);
        };
        for (const [index, text] of texts.entries()) workspace.open(`f${index}`, text);
        agree();
        for (const change of changes) {
          texts[change.file] = edited(texts[change.file] as string, change);
          workspace.change(`f${change.file}`, texts[change.file] as string);
          agree();
        }
      }),
      { numRuns: 150 },
    );
  }).timeout(120_000);

  it('does not look again at what did not change', () => {
    const { text, change } = largeConfiguration({ clusters: 20, endpoints: 2, routes: 100, hosts: 1 });
    const workspace = new Workspace();
    workspace.open('f', text);
    const before = workspace.set;
    workspace.change('f', `# a comment\n${change('prefix: /r7/', 'prefix: /r7-new/')}`);
    const after = workspace.set;
    assert.equal(after.clusters.get('c3'), before.clusters.get('c3'));
    const routesOf = (set: typeof after): unknown[] =>
      ((set.routes.get('rc')?.value['virtualHosts'] as { routes: unknown[] }[])[0] as { routes: unknown[] })
        .routes;
    const changed = routesOf(after).filter((route, index) => route !== routesOf(before)[index]);
    assert.equal(changed.length, 1);
  });
});

for (const hosts of [1, 200])
  describe(`1,000 clusters, 10,000 endpoints, 2,000 routes in ${hosts} virtual host(s)`, function () {
    this.timeout(120_000);
    const { text, change } = largeConfiguration({ clusters: 1000, endpoints: 10, routes: 2000, hosts });

    it('are validated again in 100 ms after a line was changed', () => {
      const workspace = new Workspace();
      const cold = cpu(() => workspace.open('f', text) ?? workspace.validation());
      assert.deepEqual(workspace.problems('f'), []);
      const lines = [
        'prefix: /r7/',
        'address: 10.2.3.4',
        'connect_timeout: 1s',
        'name: c500',
        'exact: jason5',
      ];
      const times: number[] = [];
      for (let round = 0; round < 4; round++)
        for (const line of lines) {
          const next = change(line, `${line} # ${round}`);
          times.push(cpu(() => workspace.change('f', next) ?? workspace.validation()));
          const wrong = change(line, `${line} "`);
          times.push(cpu(() => workspace.change('f', wrong) ?? workspace.validation()));
        }
      times.sort((a, b) => a - b);
      const [median, worst] = [times[times.length >> 1] as number, times.at(-1) as number];
      console.log(
        `      cold ${cold} ms, after a changed line ${median} ms (median), ${worst} ms (worst), of CPU`,
      );
      assert.ok(median <= 100, `${median} ms`);
    });
  });

/** Milliseconds of this process's CPU, which other processes do not lengthen. */
function cpu(work: () => unknown): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return Math.round((user + system) / 1000);
}
