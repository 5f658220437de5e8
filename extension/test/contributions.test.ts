import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  commands,
  contexts,
  languages,
  settings,
  viewContainer,
  views,
  walkthrough,
} from '../src/contributions.js';

const root = join(import.meta.dirname, '../..');
const json = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'));

interface Manifest {
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category: string;
    }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly icon?: string }[]>>;
    readonly menus: Readonly<Record<string, readonly { readonly command: string }[]>>;
    readonly languages: readonly { readonly id: string }[];
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly { readonly id: string; readonly completionEvents: readonly string[] }[];
    }[];
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
  };
}

const manifest = json('package.json') as Manifest;
const { contributes } = manifest;
const sorted = (values: Iterable<string>): string[] => [...values].sort();

describe('contributions', () => {
  it('package.json and the table of ids name the same commands', () => {
    assert.deepEqual(
      sorted(contributes.commands.map(({ command }) => command)),
      sorted(Object.values(commands)),
    );
    assert.ok(contributes.commands.every(({ category }) => category === 'OneHop'));
  });

  it('the same views', () => {
    const declared = contributes.views[viewContainer] ?? [];
    assert.deepEqual(sorted(declared.map(({ id }) => id)), sorted(Object.values(views)));
  });

  it('the same settings, at most 25', () => {
    const declared = Object.keys(contributes.configuration.properties);
    assert.deepEqual(sorted(declared), sorted(Object.values(settings).map((name) => `onehop.${name}`)));
    assert.ok(declared.length <= 25);
  });

  it('the same languages and walkthrough', () => {
    assert.deepEqual(sorted(contributes.languages.map(({ id }) => id)), sorted(Object.values(languages)));
    assert.deepEqual(
      contributes.walkthroughs.map(({ id }) => id),
      [walkthrough],
    );
  });

  it('when clauses ask for context keys that somebody sets', () => {
    const text = readFileSync(join(root, 'package.json'), 'utf8');
    const known = new Set<string>([...Object.values(commands), ...Object.values(views)]);
    const asked = [
      ...JSON.stringify(contributes.menus).matchAll(/onehop\.\w+(?:\.\w+)?/g),
      ...text.matchAll(/(?<="(?:when|enablement)": ".*)onehop\.\w+(?:\.\w+)?/g),
      ...text.matchAll(/(?<=onContext:)[\w.]+/g),
    ].flatMap(([key]) => (known.has(key) ? [] : [key]));
    const set = new Set<string>(Object.values(contexts));
    assert.ok(asked.length > 20);
    assert.deepEqual(
      asked.filter((key) => !set.has(key)),
      [],
    );
    const source = textsBelow(join(root, 'src')).join('\n');
    for (const name of Object.keys(contexts))
      assert.match(source, new RegExp(`'setContext',\\s*contexts\\.${name}\\b`), name);
  });

  it('what completes a step of the walkthrough can happen', () => {
    const known = new Set<string>([...Object.values(commands), ...Object.values(contexts)]);
    for (const { steps } of contributes.walkthroughs)
      for (const { id, completionEvents } of steps) {
        assert.ok(completionEvents.length > 0, id);
        for (const event of completionEvents)
          assert.ok(known.has(event.replace(/^on(?:Context|Command):/, '')), `${id}: ${event}`);
      }
  });

  it('menus run commands that exist', () => {
    const known = new Set<string>(Object.values(commands));
    for (const items of Object.values(contributes.menus))
      for (const { command } of items) assert.ok(known.has(command), command);
  });

  it('every command of the table is registered somewhere', () => {
    const source = textsBelow(join(root, 'src')).join('\n');
    for (const name of Object.keys(commands))
      assert.match(source, new RegExp(`registerCommand\\(\\s*commands\\.${name}\\b`), name);
  });
});

describe('languages', () => {
  const english = json('package.nls.json') as Record<string, string>;
  const chinese = json('package.nls.zh-cn.json') as Record<string, string>;

  it('every text of package.json exists in both', () => {
    const used = [...readFileSync(join(root, 'package.json'), 'utf8').matchAll(/%([\w.-]+)%/g)].map(
      ([, key]) => key ?? '',
    );
    assert.deepEqual(sorted(new Set(used)), sorted(Object.keys(english)));
    assert.deepEqual(sorted(Object.keys(chinese)), sorted(Object.keys(english)));
    for (const [key, text] of Object.entries(chinese)) assert.notEqual(text.trim(), '', key);
  });

  it('every text of the code is translated, with the same placeholders', () => {
    const bundle = json('l10n/bundle.l10n.zh-cn.json') as Record<string, string>;
    const used = new Set(textsBelow(join(root, 'src')).flatMap(textsIn));
    assert.ok(used.size > 20, 'the pattern finds the texts');
    assert.deepEqual(sorted(Object.keys(bundle)), sorted(used));
    const placeholders = (text: string): string[] => sorted(new Set(text.match(/\{\d+\}/g) ?? []));
    for (const [text, translated] of Object.entries(bundle))
      assert.deepEqual(placeholders(translated), placeholders(text), text);
  });
});

function textsBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

/** First arguments of `l10n.t(…)`. */
function textsIn(source: string): string[] {
  return [...source.matchAll(/\bl10n\.t\(\s*('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`)/g)].map(
    ([, literal]) => {
      const text = literal ?? '';
      assert.ok(!text.includes('${'), `${text}: use placeholders`);
      return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    },
  );
}
