import assert from 'node:assert/strict';
import { violationsOf } from '../../src/diagnostics/constraints.js';
import { validateMessage } from '../../src/diagnostics/validateMessage.js';
import { type FieldRules, messagesWithRules, rulesOf } from '../../src/envoy/rules.js';
import { type FieldDescriptor, FieldType, findMessage, messageNames } from '../../src/envoy/schema.js';
import type { JsonObject, JsonValue } from '../../src/resources/model.js';

const FIELD: FieldDescriptor = { number: 1, name: 'f', jsonName: 'f', type: FieldType.string, presence: 'implicit', deprecated: false, sensitive: false, unpacked: false }; // prettier-ignore
const STATUS = 'envoy.config.core.v3.HealthStatus';

/** Values that a rule takes, and values that it refuses. */
// prettier-ignore
const KINDS: [rules: FieldRules, good: JsonValue[], bad: JsonValue[]][] = [
  [{ string: { min_len: 2 } }, ['ab', '日本', '😀😀'], ['', 'a', '😀']],
  [{ string: { max_len: 2 } }, ['', 'ab', '😀😀'], ['abc']],
  [{ string: { len: 2 } }, ['ab'], ['a', 'abc']],
  [{ string: { min_bytes: 3 } }, ['abc', '日'], ['', 'ab']],
  [{ string: { max_bytes: 3 } }, ['abc', '日'], ['abcd', '日a']],
  [{ string: { len_bytes: 3 } }, ['日'], ['ab']],
  [{ string: { min_len: 2, ignore_empty: true } }, ['', 'ab'], ['a']],
  [{ string: { const: 'a' } }, ['a'], ['b']],
  [{ string: { in: ['a', ''] } }, ['a', ''], ['b']],
  [{ string: { not_in: ['a'] } }, ['b'], ['a']],
  [{ string: { pattern: '^[^?#]+[^?#/]$' } }, ['/a', 'ab'], ['/a/', '/', '/a?b']],
  [{ string: { prefix: 'a' } }, ['ab'], ['ba']],
  [{ string: { suffix: 'a' } }, ['ba'], ['ab']],
  [{ string: { contains: 'a' } }, ['bab'], ['b']],
  [{ string: { not_contains: 'a' } }, ['b'], ['bab']],
  [{ string: { well_known_regex: 'HTTP_HEADER_NAME' } }, ['x-a', ':path', 'a~b'], ['', 'a b', 'a:b', 'é', 'a\n']],
  [{ string: { well_known_regex: 'HTTP_HEADER_NAME', strict: false } }, ['', 'a b', 'é'], ['a\n', 'a\r', 'a\0']],
  [{ string: { well_known_regex: 'HTTP_HEADER_VALUE' } }, ['', 'a\tb', 'é'], ['a\n', '\x01', '\x7f']],
  [{ string: { well_known_regex: 'HTTP_HEADER_VALUE', strict: false } }, ['', '\x01'], ['a\n', '\0']],
  [{ bytes: { min_len: 1 } }, ['YQ=='], ['']],
  [{ bytes: { max_len: 1 } }, ['', 'YQ=='], ['YWE=']],
  [{ bool: { const: true } }, [true], [false]],
  [{ uint32: { gt: 1 } }, [2], [0, 1]],
  [{ uint32: { gte: 1 } }, [1, 2], [0]],
  [{ uint32: { lt: 3 } }, [0, 2], [3]],
  [{ uint32: { lte: 3 } }, [3], [4]],
  [{ uint32: { gte: 1, lte: 3 } }, [1, 3], [0, 4]],
  [{ uint32: { gt: 5, lt: 3 } }, [2, 6], [3, 4, 5]],
  [{ uint32: { gte: 1, ignore_empty: true } }, [0, 1], []],
  [{ uint32: { in: [1, 2] } }, [1], [0, 3]],
  [{ int32: { gt: -1 } }, [0], [-1]],
  [{ uint64: { lte: '9223372036854775807' } }, ['9223372036854775807'], ['9223372036854775808']],
  [{ int64: { gte: 0 } }, ['0'], ['-1']],
  [{ double: { gte: 0, lte: 100 } }, [0, 99.9, 100], [-0.1, 100.1, 'NaN', 'Infinity', '-Infinity']],
  [{ float: { gte: 1 } }, [1], [0.5]],
  [{ enum: { defined_only: true } }, ['HEALTHY', 'UNKNOWN'], [99]],
  [{ enum: { not_in: [0] } }, ['HEALTHY'], ['UNKNOWN']],
  [{ enum: { in: [1] } }, ['HEALTHY'], ['UNKNOWN', 99]],
  [{ enum: { const: 1 } }, ['HEALTHY'], ['UNKNOWN']],
  [{ duration: { gt: {} } }, ['0.000000001s'], ['0s', '-1s']],
  [{ duration: { gte: { seconds: 5 } } }, ['5s'], ['4.999999999s']],
  [{ duration: { lt: { seconds: 1, nanos: 500000000 } } }, ['1.499999999s'], ['1.5s']],
  [{ duration: { lte: { seconds: 1 } } }, ['1s'], ['1.000000001s']],
  [{ any: { in: ['x/a'] } }, [{ '@type': 'x/a' }], [{ '@type': 'x/b' }]],
  [{ any: { not_in: ['x/a'] } }, [{ '@type': 'x/b' }], [{ '@type': 'x/a' }]],
  [{ repeated: { min_items: 1 } }, [[1]], [[]]],
  [{ repeated: { max_items: 1 } }, [[], [1]], [[1, 2]]],
  [{ repeated: { unique: true } }, [[1, 2], [{ a: 1 }, { a: 2 }]], [[1, 1], [{ a: 1 }, { a: 1 }]]],
  [{ map: { min_pairs: 1 } }, [{ a: 1 }], [{}]],
  [{ map: { max_pairs: 1 } }, [{}], [{ a: 1, b: 2 }]],
];

describe('protoc-gen-validate', () => {
  for (const [rules, good, bad] of KINDS) {
    it(JSON.stringify(rules), () => {
      const field = 'enum' in rules ? { ...FIELD, type: FieldType.enum, typeName: STATUS } : FIELD;
      for (const value of good)
        assert.deepEqual(violationsOf(field, rules, value), [], JSON.stringify(value));
      for (const value of bad) {
        const [violation] = violationsOf(field, rules, value);
        assert.match(violation?.must ?? 'accepted', /^(must|is required)/, JSON.stringify(value));
      }
    });
  }

  it('is known in every kind that the protos use', () => {
    const tried = new Set(
      KINDS.flatMap(([rules]) =>
        Object.entries(rules).flatMap(([kind, inner]) =>
          Object.keys(inner).map((name) => `${generic(kind)}.${name}`),
        ),
      ),
    );
    // Looked at where a field or its elements are, not at a value.
    for (const name of [
      'message.required',
      'any.required',
      'duration.required',
      'repeated.items',
      'map.keys',
      'string.strict',
    ])
      tried.add(name);
    const used = new Set<string>();
    for (const message of messagesWithRules())
      for (const rules of rulesOf(message)?.fields.values() ?? []) collect(rules, used);
    assert.deepEqual(
      [...used].filter((name) => !tried.has(name)),
      [],
    );
    assert.equal(used.size, 30);
  });

  it('has rules only for messages and fields that exist', () => {
    const known = new Set(messageNames());
    for (const name of messagesWithRules()) {
      assert.ok(known.has(name), name);
      for (const field of rulesOf(name)?.fields.keys() ?? [])
        assert.ok(findMessage(name)?.byName.has(field), `${name}.${field}`);
      for (const oneof of rulesOf(name)?.required ?? [])
        assert.ok(findMessage(name)?.oneofs.includes(oneof), `${name}.${oneof}`);
    }
    assert.ok(messagesWithRules().length > 400);
  });

  it('has patterns that compile, and affect what they say', () => {
    const patterns = messagesWithRules().flatMap((name) =>
      [...(rulesOf(name)?.fields.values() ?? [])]
        .map((rules) => rules['string']?.['pattern'])
        .filter((pattern) => typeof pattern === 'string'),
    );
    assert.equal(patterns.length, 3);
    for (const pattern of patterns) assert.ok(new RegExp(pattern, 'u'));
  });
});

describe('messages', () => {
  const cases: [title: string, message: string, value: JsonObject, expected: string[]][] = [
    ['asks for nothing of an empty listener', 'envoy.config.listener.v3.Listener', {}, []],
    [
      'looks below fields, lists and maps',
      'envoy.config.core.v3.Metadata',
      {
        filterMetadata: { '': {} },
        typedFilterMetadata: { a: { '@type': 'x/envoy.config.route.v3.RouteMatch' } },
      },
      ['filterMetadata[""] required', 'typedFilterMetadata.a oneof'],
    ],
    [
      'looks at elements',
      'envoy.config.route.v3.VirtualHost',
      { name: 'v', domains: ['a', 'b\n'] },
      ['domains[1] bad-format'],
    ],
    [
      'minds a oneof only where it is chosen',
      'envoy.config.route.v3.RouteMatch',
      { safeRegex: {} },
      ['safeRegex.regex required'],
    ],
    [
      'minds a wrapper only when it is set',
      'envoy.config.cluster.v3.OutlierDetection',
      { consecutive5xx: 0, maxEjectionPercent: 101 },
      ['maxEjectionPercent out-of-range'],
    ],
    ['takes a default for what it is', 'envoy.type.v3.HttpStatus', {}, ['code bad-value']],
    ['minds a required duration', 'envoy.config.core.v3.BackoffStrategy', {}, ['baseInterval required']],
    [
      'minds a duration that is set',
      'envoy.config.core.v3.BackoffStrategy',
      { baseInterval: '0s' },
      ['baseInterval out-of-range'],
    ],
    [
      'minds a required Any',
      'envoy.config.core.v3.TypedExtensionConfig',
      { name: 'a' },
      ['typedConfig required'],
    ],
    ['does not mind an unknown message', 'no.such.Message', { a: 1 }, []],
    [
      'survives what is not canonical',
      'envoy.config.route.v3.VirtualHost',
      { name: 5, domains: {}, routes: [null, 5, { match: [] }] } as unknown as JsonObject,
      ['domains required', 'routes[2] oneof'],
    ],
  ];
  for (const [title, message, value, expected] of cases) {
    it(title, () =>
      assert.deepEqual(
        validateMessage(message, value).map(({ path, rule }) => `${text(path)} ${rule}`),
        expected,
      ),
    );
  }
});

function text(path: readonly (string | number)[]): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : step === '' ? '[""]' : `.${step}`))
    .join('')
    .slice(1);
}

/** Rules of all kinds of numbers are one. */
function generic(kind: string): string {
  return /^(u?int|s?fixed|float|double)/.test(kind) ? 'number' : kind;
}

function collect(rules: FieldRules, used: Set<string>): void {
  for (const [kind, inner] of Object.entries(rules)) {
    for (const [name, value] of Object.entries(inner)) {
      used.add(`${generic(kind)}.${name}`);
      if (['items', 'keys', 'values'].includes(name)) collect(value as FieldRules, used);
    }
  }
}
