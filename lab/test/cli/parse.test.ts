import assert from 'node:assert/strict';
import { parseKnobs } from '../../src/cli/commands/knobs.js';
import { Failure } from '../../src/cli/failure.js';
import { parseRequest, type ParsedRequest, type RequestOptions } from '../../src/cli/request/parse.js';

const plain: RequestOptions = { from: 'productpage-v1', requests: '1', connections: '1', timeout: '10' };
const url = 'http://reviews:9080/reviews/1';

describe('request: words and options', () => {
  const good: [
    words: string[],
    options: Partial<RequestOptions>,
    expected: Partial<ParsedRequest['spec']>,
  ][] = [
    [[url], {}, { method: 'GET', url, count: 1, connections: 1, timeoutMs: 10_000, headers: [] }],
    [['POST', url], {}, { method: 'POST' }],
    [['post', url], {}, { method: 'POST' }],
    [['M-SEARCH', url], {}, { method: 'M-SEARCH' }],
    [[url], { data: 'x=1' }, { method: 'POST', body: 'x=1' }],
    [['PUT', url], { data: '' }, { method: 'PUT', body: '' }],
    [
      [url],
      { header: ['end-user: jason', 'X-A:b:c', 'x-empty:'] },
      {
        headers: [
          ['end-user', 'jason'],
          ['X-A', 'b:c'],
          ['x-empty', ''],
        ],
      },
    ],
    [[url], { requests: '10_000', connections: '16' }, { count: 10_000, connections: 16, maxBody: 0 }],
    [[url], { requests: '3', connections: '16' }, { count: 3, connections: 3 }],
    [[url], { ipv6: true }, { family: 6 }],
    [[url], { timeout: '0.5' }, { timeoutMs: 500 }],
    [['http://[fd00:198:18:100::3]:9080/'], {}, { url: 'http://[fd00:198:18:100::3]:9080/' }],
  ];
  for (const [words, options, expected] of good)
    it(`${words.join(' ')} ${JSON.stringify(options)}`, () => {
      const { spec } = parseRequest(words, { ...plain, ...options });
      assert.deepEqual({ ...spec, ...expected }, spec);
    });

  const bad: [words: string[], options: Partial<RequestOptions>, message: RegExp][] = [
    [[], {}, /URL is missing/],
    [['GET', url, 'again'], {}, /Unexpected argument "again"/],
    [['reviews:9080/reviews/1'], {}, /has the scheme reviews/],
    [['reviews/1'], {}, /"reviews\/1" is not a URL/],
    [['https://reviews/'], {}, /scheme https; the lab speaks http/],
    [['GE T', url], {}, /"GE T" is not a method/],
    [[url], { header: ['no colon'] }, /"no colon" is not a header/],
    [[url], { header: [': value'] }, /is not a header/],
    [[url], { header: ['a: b\r\nc: d'] }, /is not a header/],
    [[url], { requests: '0' }, /-n "0"/],
    [[url], { requests: '1.5' }, /-n "1.5"/],
    [[url], { connections: 'many' }, /-c "many"/],
    [[url], { timeout: '-1' }, /--timeout "-1"/],
  ];
  for (const [words, options, message] of bad)
    it(`refuses ${words.join(' ')} ${JSON.stringify(options)}`, () =>
      assert.throws(
        () => parseRequest(words, { ...plain, ...options }),
        (error) =>
          error instanceof Failure &&
          error.exitCode === 2 &&
          message.test(error.message) &&
          error.hint !== '',
      ));
});

describe('knobs', () => {
  for (const [words, expected] of [
    [[], {}],
    [['force-relay=on'], { forceRelay: true }],
    [['force-relay=0', 'sample-every=100'], { forceRelay: false, sampleEvery: 100 }],
    [['rate-per-sec=0'], { ratePerSec: 0 }],
  ] as const)
    it(`understands ${words.join(' ') || 'nothing'}`, () => assert.deepEqual(parseKnobs(words), expected));

  for (const [word, message] of [
    ['relay=on', /no knob "relay"/],
    ['force-relay', /"force-relay" sets nothing/],
    ['force-relay=maybe', /"maybe" is no value of force-relay/],
    ['sample-every=0', /"0" is no value of sample-every/],
    ['rate-per-sec=1e3', /"1e3" is no value/],
  ] as const)
    it(`refuses ${word}`, () =>
      assert.throws(
        () => parseKnobs([word]),
        (error) => error instanceof Failure && error.exitCode === 2 && message.test(error.message),
      ));
});
