import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasons } from '@onehop/core/wire/wire.generated.js';
import { type Table, Translator } from '../src/translation/translator.js';
import { isProse, textsIn } from './sourceTexts.js';

const table = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../l10n/texts.zh-cn.json'), 'utf8'),
) as Table;
const chinese = new Translator(table);

/** What a person meets in the editor comes from these. */
const SPEAKING = [
  'core/src',
  ...['features', 'probe'].map((name) => `agent/src/probe/${name}.ts`),
  ...['askedHead', 'explain', 'handlers'].map((name) => `agent/src/api/${name}.ts`),
  ...['compile', 'decode', 'write'].map((name) => `agent/src/apply/${name}.ts`),
  'agent/src/datapath/explainer.ts',
  ...['labs', 'machine', 'compileFiles', 'topologyFile'].map((name) => `lab/src/cli/${name}.ts`),
  ...['up', 'starting', 'helpers', 'lock', 'mesh', 'backend', 'remove', 'cgroups'].map(
    (name) => `lab/src/backends/local/${name}.ts`,
  ),
  'lab/src/agent/errors.ts',
  ...['failure', 'configuration', 'request/join', 'request/resolve'].map((name) => `lab/src/cli/${name}.ts`),
  ...['client', 'errors', 'snapshot'].map((name) => `lab/src/controlplane/${name}.ts`),
  ...['hints', 'connection'].map((name) => `lab/src/traffic/${name}.ts`),
  'extension/src/lab/cli.ts',
  'extension/src/agent/agentLink.ts',
  'extension/src/requests/decision.ts',
];

/** These parts of core say nothing, or only what a defect of ours would make them say. */
const SILENT =
  /^core\/src\/(?:btf|api|compile\/(?:clusterRows|interned|writes|allocate)|wire|balance|maps|offline|language\/(?:jsonSchema|format|lineIndex)|envoy\/(?:encode|schema|codec|time)|yaml\/(?:edits|simpleLine)|evaluate\/(?:changedHead|redirect|format)|router|routing\/supportTable|resources\/names)\b/;

/** Not shown: keys, names in code, and what only `onehop` and logs say. */
const NOT_SHOWN = new Set([
  'does not know',
  '{0} access_log_flush_interval',
  '{0} flush_access_log_on_new_request',
  '{0} flush_access_log_on_connected',
  '{0}:{1}:{2}: {3}: {4} onehop({5})',
  'onehop-ignore {0}: {1}',
  '{0} entry',
  // Goes into the file, where it is to be replaced.
  'why this is right here',
  'Fix all problems with a sure fix',
  // Names of snippets, by which they are found.
  'TCP listener',
  'header route',
  'direct response',
  'endpoint address',
  // Places of route tests and topologies.
  'expect cluster',
  'weights *',
  'request listener',
  'OneHop route tests',
  'OneHop lab',
  'Linux {0}',
  '{0} {1} HTTP/1.1\r\n{2}\r\n',
  '{0}\r\nHost: {1}\r\n{2}',
  'knobs set',
  'log level set',
  'onehop up',
  'onehop up --name {0}',
  // In the table of features.
  'the relay changes it; requests of the route leave the kernel path',
  'the relay keeps the time; requests of the route leave the kernel path',
  'the relay sends requests again; requests of the route leave the kernel path',
  'the relay answers',
  'the relay changes the Host header; all requests of the listener leave the kernel path',
]);

/** Between the items of lists. */
const SEPARATORS = [', and ', '; ', ' → ', ', ', ' and ', ' or '];

/** What the package `yaml` says of a text, as core's sentences. */
const YAML = ['compose', 'doc/directives.js', 'parse/parser.js'].map(
  (path) => `node_modules/yaml/dist/${path}`,
);
const ofYaml = textsIn(YAML).map(({ text, at }) => ({ text: `${text.replace(/[.:]$/, '')}.`, at }));
/** Its own defects, and words that only look like sentences. */
const NOT_SAID_OF_YAML =
  /^(?:use strict|Tried to pop an empty stack|Missing closing ["']quote|%(?:YAML|TAG) \{0\}.*)\.$/;

/** What parts of resources are called in the outline: their messages in lower case. */
const PARTS = ['secret', 'filter', 'lb endpoint', 'http filter'];

const prose = textsIn(SPEAKING, (path) => SILENT.test(path)).filter(({ text }) => isProse(text));

describe('texts of core, agent and command line in Chinese', function () {
  this.timeout(30_000);
  it('every one is in the table', () => {
    const sayable = ofYaml.filter(
      ({ text }) => /^(?:[A-Z%]|\{0\} ).* /.test(text) && !NOT_SAID_OF_YAML.test(text),
    );
    assert.ok(sayable.length > 50, 'the messages of yaml are found');
    const missing = [...prose, ...sayable].filter(
      ({ text }) => !NOT_SHOWN.has(text) && table[text] === undefined,
    );
    assert.ok(prose.length > 1_000, 'the sources are found');
    assert.deepEqual(
      missing.map(({ text, at }) => `${at}: ${text}`),
      [],
    );
    for (const { id, text } of reasons) assert.ok(id === 0 || table[text] !== undefined, text);
  });

  it('the table has nothing else', () => {
    const all = textsIn(['core/src', 'agent/src', 'lab/src', 'extension/src']).map(({ text }) => text);
    const words = all.map((text) =>
      text
        .replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`)
        .replaceAll('-', ' ')
        .toLowerCase(),
    );
    const yaml = ofYaml.flatMap(({ text }) => [text, text.slice(0, -1), capitalized(text.slice(0, -1))]);
    const known = new Set([
      ...all,
      ...PARTS,
      ...words,
      ...yaml,
      ...reasons.map(({ text }) => text),
      ...SEPARATORS,
    ]);
    assert.deepEqual(
      Object.keys(table).filter((text) => !known.has(text)),
      [],
    );
  });

  it('with the same placeholders', () => {
    const numbers = (text: string): string[] =>
      [...new Set([...text.matchAll(/\{(\d+)(?::[wnto])?\}/g)].map(([, number]) => number ?? ''))].sort();
    for (const [text, translation] of Object.entries(table)) {
      assert.deepEqual(numbers(translation), numbers(text), text);
      assert.notEqual(translation.trim(), '', text);
    }
  });

  it('each is found again, with what was filled in', () => {
    const filled = { w: 'w-', n: '4', t: '', o: '', '': 'Xy-' };
    for (const [text, translation] of Object.entries(table)) {
      if (!text.includes('{0}')) continue;
      const kindAt = (index: string): keyof typeof filled =>
        (new RegExp(`\\{${index}:(\\w)\\}`).exec(translation)?.[1] ?? '') as keyof typeof filled;
      const value = (_: string, index: string): string => {
        const kind = kindAt(index);
        return kind === 't' || kind === 'o' ? `"${index}"` : `${filled[kind]}${index}`;
      };
      const said = text.replace(/\{(\d+)\}/g, value);
      const expected = translation.replace(/\{(\d+)(?::\w)?\}/g, value);
      assert.equal(chinese.translated(said).replaceAll(' ', ''), expected.replaceAll(' ', ''), said);
    }
  });

  it('a long text of somebody else stays as it is, after little work', () => {
    const words = 'the kernel and a route, path in of to is not "x" must be header one of 3 list or'.split(
      ' ',
    );
    const text = Array.from({ length: 400 }, (_, index) => words[(index * 7) % words.length]).join(' ');
    const before = process.cpuUsage();
    assert.equal(new Translator(table).translated(text), text);
    const { user } = process.cpuUsage(before);
    // Some tenths of a second; without a bound it is minutes.
    assert.ok(user < 5_000_000, `${user} µs`);
  });
});

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
