/** What core really says, put together from many parts, is found in the table as a whole. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBase64 } from '@onehop/core/envoy/base64.js';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import { explainChoice } from '@onehop/core/decision/choice.js';
import { explainMatch } from '@onehop/core/decision/explain.js';
import { conditionFailure, kernelFailure, pathFailure, relayFailure } from '@onehop/core/decision/failure.js';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import { validateFiles } from '@onehop/core/diagnostics/validate.js';
import { rulesOf } from '@onehop/core/envoy/rules.js';
import { findMessage, messageNames } from '@onehop/core/envoy/schema.js';
import { typeName } from '@onehop/core/language/completeFields.js';
import { SNIPPETS } from '@onehop/core/language/completeSnippets.js';
import { typeText } from '@onehop/core/language/completionItem.js';
import { codeActions } from '@onehop/core/language/codeActions.js';
import { ruleClauses } from '@onehop/core/language/ruleText.js';
import { LanguageFile } from '@onehop/core/language/workspace.js';
import { parseRouteTests } from '@onehop/core/routetests/parse.js';
import { askOffline } from '@onehop/core/routetests/offline.js';
import { runTests } from '@onehop/core/routetests/run.js';
import type { HeaderCondition, PathMatch, QueryCondition } from '@onehop/core/routing/model.js';
import { parseTopology } from '@onehop/core/topology/parse.js';
import { wireBtf } from '@onehop/core/wire/wire.generated.js';
import { BROKEN_CONFIGURATIONS } from '@onehop/core/test/diagnostics/brokenConfigurations.js';
import { unmark } from '@onehop/core/test/diagnostics/marked.js';
import { type Table, Translator } from '../src/translation/translator.js';

const repository = join(import.meta.dirname, '../../..');
const chinese = new Translator(
  JSON.parse(readFileSync(join(repository, 'extension/l10n/texts.zh-cn.json'), 'utf8')) as Table,
);

/** No part of it is left as it was: neither a sentence nor words that were filled in. */
function assertKnown(text: string, context = ''): void {
  if (text === '') return;
  const found = chinese.find(text);
  assert.ok(found !== undefined, `${text} ${context}`);
  assert.match(found, /[\p{Script=Han}]|^gRPC$/u, text);
  const bare = found.replace(/"(?:[^"\\]|\\.)*"|“[^”]*”|`[^`]*`/g, '');
  assert.doesNotMatch(bare, /(?<![\w.])[a-z]{2,} [a-z]{2,}\b/, `${text} → ${found}`);
}

function assertAllKnown({ message, hint = '', related = [], fix }: Diagnostic): void {
  for (const one of [message, hint, fix?.title ?? '', ...related.map((other) => other.message)])
    assertKnown(one, `(${message})`);
}

describe('what core says, in Chinese', function () {
  this.timeout(30_000);
  for (const { title, marked } of BROKEN_CONFIGURATIONS)
    it(title, () => {
      const path = 'x.xds.yaml';
      const { text } = unmark(marked);
      const { problems } = validateFiles([{ path, text }]);
      assert.ok(problems.length > 0);
      problems.forEach(assertAllKnown);
      for (const action of codeActions(new LanguageFile(path, text), problems)) assertKnown(action.title);
    });

  it('rules of fields, and types of completion', () => {
    let rules = 0;
    for (const name of messageNames()) {
      const message = findMessage(name);
      for (const field of message?.fields ?? []) {
        const clauses = ruleClauses(field, rulesOf(name)?.fields.get(field.name) ?? {});
        if (clauses.length > 0) {
          assertKnown(`Must ${clauses.join(', and ')}.`, `${name} ${field.name}`);
          rules++;
        }
        const type = typeText(field, typeName(field));
        // A message or enum is called by its name.
        if (field.typeName === undefined) assertKnown(type, `${name} ${field.name}`);
      }
    }
    assert.ok(rules > 300, String(rules));
    for (const { detail } of Object.values(SNIPPETS).flat()) assertKnown(detail);
  });

  it('conditions of routes, and why they do not hold', () => {
    const flags = [true, false];
    const request = {
      method: 'GET',
      target: '/a?q=1',
      host: 'x:80',
      headers: [
        ['end-user', 'bob'],
        ['end-user', 'eve'],
      ],
    } as const;
    const match = { fraction: undefined, grpc: false, headers: [], query: [] };
    const paths = (['any', 'exact', 'prefix', 'segments', 'regex', 'connect', 'never'] as const).flatMap(
      (kind) => flags.map((ignoreCase): PathMatch => ({ kind, value: '/a, and "b"', ignoreCase })),
    );
    const anyPath: PathMatch = { kind: 'any', value: '', ignoreCase: false };
    for (const path of paths) {
      assertKnown(explainMatch({ ...match, path } as unknown as Parameters<typeof explainMatch>[0]));
      assertKnown(pathFailure(path, request));
    }
    const kinds = ['exact', 'prefix', 'suffix', 'contains', 'regex', 'present'] as const;
    const subjects = [
      ['header', 'end-user'],
      ['header', 'absent'],
      ['method', ':method'],
      ['authority', ':authority'],
      ['path', ':path'],
    ] as const;
    for (const kind of [...kinds, 'range'] as const)
      for (const invert of flags)
        for (const ignoreCase of flags)
          for (const missingIsEmpty of flags)
            for (const [subject, name] of subjects) {
              const value = kind === 'range' ? '1 to 5' : 'jason or "so"';
              const header: HeaderCondition = {
                subject,
                name,
                kind,
                value,
                ignoreCase,
                invert,
                missingIsEmpty,
              };
              const all = { ...match, path: anyPath, headers: [header, header] };
              assertKnown(explainMatch(all as unknown as Parameters<typeof explainMatch>[0]));
              assertKnown(conditionFailure(header, request));
            }
    for (const kind of kinds)
      for (const invert of flags)
        for (const name of ['q', 'none']) {
          const query: QueryCondition = { name, kind, value: 'x', ignoreCase: invert, invert };
          const all = { ...match, grpc: true, path: anyPath, query: [query] };
          assertKnown(explainMatch(all as unknown as Parameters<typeof explainMatch>[0]));
          assertKnown(kernelFailure({ kind: 'query', query }, request));
        }
    assertKnown(kernelFailure({ kind: 'fraction', fraction: { numerator: 1, denominator: 100 } }, request));
    assertKnown(relayFailure({ kind: 'grpc' }, anyPath, { ...request, scheme: 'http' }));
  });

  it('choices of endpoints', () => {
    const chosen = { level: 73, turn: 1, hash: 255n };
    for (const health of ['healthy', 'degraded', 'panic'] as const)
      for (let kind = 0; kind < 8; kind++)
        for (const choices of [0, 2])
          for (const endpoints of [['a'], ['a', 'b', 'c']]) {
            const group = { kind, choices, total: 3, step: 1, members: { kind: 'list', endpoints } } as const;
            const outer = { ...group, members: { kind: 'groups', groups: [{ group, upto: 1 }] } } as const;
            const tiers = [
              { priority: 0, health, upto: 60, group },
              { priority: 1, health, upto: 100, group: outer },
            ];
            for (const some of [tiers, tiers.slice(1)])
              assertKnown(
                explainChoice(
                  { tiers: some } as unknown as Parameters<typeof explainChoice>[0],
                  group,
                  chosen,
                ),
              );
          }
  });

  it('route tests of the sample that fail, step by step', async () => {
    const sample = (name: string): string =>
      readFileSync(join(repository, 'lab/samples/bookinfo', name), 'utf8');
    const { set } = validateFiles([{ path: 'a.xds.yaml', text: sample('bookinfo.xds.yaml') }]);
    const module = readFileSync(join(repository, 'bpf/build/router.wasm'));
    const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
    const { topology } = parseTopology(sample('bookinfo.lab.yaml'));
    const ask = await askOffline({ set, module, btf, names: topology?.services ?? [] });
    const wrong = sample('bookinfo.routes.test.yaml').replace(
      /(?<=\b(?:cluster|route|virtual_host): ['"]?)[\w.-]+/g,
      'wrong',
    );
    const { file, problems } = parseRouteTests(wrong);
    assert.ok(file !== undefined, JSON.stringify(problems));
    const results = await runTests(file, ask);
    const failures = results.flatMap((result) => result.failures);
    assert.ok(failures.length > 5, String(failures.length));
    for (const { message } of failures) assertKnown(message);
    const steps = results.flatMap(({ outcome }) => outcome?.steps ?? []);
    assert.ok(steps.length > 20, String(steps.length));
    for (const { kind, detail } of steps) {
      assertKnown(kind.replaceAll('-', ' '));
      assertKnown(detail);
    }
  });
});
