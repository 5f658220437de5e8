import assert from 'node:assert/strict';
import { parseArguments, toArguments, UsageError } from '../../src/traffic/options.js';
import type { RequestSpec } from '../../src/traffic/requestSpec.js';

describe('arguments of the request runner', () => {
  const defaults = {
    method: 'GET',
    headers: [],
    count: 1,
    connections: 1,
    gate: false,
    quiet: false,
    maxBody: 65_536,
    timeoutMs: 10_000,
    family: undefined,
  };

  describe('say what a spec says', () => {
    const cases: [string, RequestSpec, object, number | undefined][] = [
      ['only a URL', { url: 'http://reviews:9080/reviews/1' }, {}, undefined],
      [
        'everything',
        {
          url: 'http://a/',
          method: 'PUT',
          count: 7,
          connections: 3,
          gate: true,
          quiet: true,
          maxBody: 0,
          timeoutMs: 5,
          family: 6,
        },
        {
          method: 'PUT',
          count: 7,
          connections: 3,
          gate: true,
          quiet: true,
          maxBody: 0,
          timeoutMs: 5,
          family: 6,
        },
        undefined,
      ],
      [
        'headers in order',
        {
          url: 'http://a/',
          headers: [
            ['a', '1'],
            ['-b', '--x: y'],
            ['a', ''],
          ],
        },
        {
          headers: [
            ['a', '1'],
            ['-b', '--x: y'],
            ['a', ''],
          ],
        },
        undefined,
      ],
      ['a body by its bytes', { url: 'http://a/', method: 'POST', body: 'zwölf' }, { method: 'POST' }, 6],
      ['an empty body', { url: 'http://a/', body: new Uint8Array() }, {}, 0],
    ];
    for (const [what, spec, expected, bodyLength] of cases) {
      it(what, () => {
        const parsed = parseArguments(toArguments(spec));
        assert.deepEqual(parsed, {
          options: { ...defaults, url: new URL(spec.url), ...expected },
          bodyLength,
        });
      });
    }
  });

  describe('are refused', () => {
    const cases: [string, string[], RegExp][] = [
      ['no URL', [], /exactly one URL/],
      ['two', ['http://a/', 'http://b/'], /exactly one URL/],
      ['no URL but a name', ['reviews:9080/reviews'], /only http:/],
      ['nonsense', ['///'], /no URL/],
      ['another scheme', ['https://a/'], /only http:/],
      ['a header without a colon', ['--header', 'x', 'http://a/'], /no colon/],
      ['a count that is none', ['--count', '1.5', 'http://a/'], /--count is a whole number from 1, not 1\.5/],
      [
        'too many connections',
        ['--connections', '10001', 'http://a/'],
        /--connections is a whole number from 1 to 10000/,
      ],
      ['a family between', ['--family', '5', 'http://a/'], /4 or 6/],
      ['an unknown flag', ['--fast', 'http://a/'], /--fast/],
    ];
    for (const [what, argv, message] of cases) {
      it(what, () =>
        assert.throws(
          () => parseArguments(argv),
          (error) => error instanceof UsageError && message.test(error.message),
        ),
      );
    }
  });
});
