import { randomPathRegexes, randomValueRegexes, type RegexWords } from './randomRegexes.js';

/** Few words, so that requests meet configurations often, and words that differ in little, so that edges are hit. */

export const segments = [
  ...[
    'a',
    'ab',
    'api',
    'API',
    'apis',
    'v1',
    'v2',
    'v10',
    'reviews',
    'Reviews',
    'x-y',
    'x_y',
    'deep',
    '1',
    '42',
  ],
  ...['a.b', '%2F', '%7e', 'caf%C3%A9', 'a;p=1', '..', '.', '~', '(a)', 'a+b'],
] as const;

/** The lists that a header name of configurations comes from; of one name requests may carry several. */
export const headerNames = [
  'end-user',
  'x-a',
  'x_b',
  'x-version',
  'a-header-with-a-longer-name',
  'accept',
  'user-agent',
  'cookie',
  'x-16-bytes-name1',
] as const;

export const values = [
  ...[
    '1',
    '10',
    '-7',
    '42',
    '100',
    'jason',
    'Jason',
    'JASON',
    'jas',
    'son',
    'json',
    'a',
    'a,b',
    'a, b',
    'abcabc',
  ],
  ...['v1', 'v1.2', 'v10', 'dark', 'x y', '"q"', 'gold;q=1', '0', '+5', '007', '9223372036854775807'],
] as const;

export const domains = [
  ...['reviews', 'Reviews:9080', 'reviews:9080', 'ratings', 'example.com', 'api.example.com', 'API.internal'],
  ...['*.example.com', '*.a.example.com', '*-x.example.com', '*.com', '*e.com', '*.internal:8080', '*:9080'],
  ...[
    'api.*',
    'api.e*',
    'a*',
    'rev*',
    'reviews.*',
    '198.18.100.20',
    '198.18.100.20:9080',
    '[fd00::1]:80',
    '[fd00::1]',
    'x',
  ],
] as const;

/** Hosts that no domain was written for. */
export const hosts = [
  ...[
    'reviews',
    'reviews:9080',
    'reviews:80',
    'reviews.default.svc',
    'a.example.com',
    'b.a.example.com',
    'q-x.example.com',
  ],
  ...[
    'example.com',
    '.example.com',
    'a.com',
    'e.com',
    'some.com',
    'api.',
    'api',
    'api.e',
    'api.internal',
    'API.Example.COM',
  ],
  ...['a.internal:8080', '198.18.100.20', '[fd00::1]:80', 'x', 'xx', 'unknown.org'],
] as const;

export const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE'] as const;
export const queryNames = ['k', 'user', 'v', 'empty', 'K', 'a-b'] as const;
export const cookieNames = ['session', 'user', 's'] as const;

/** RE2 expressions; Envoy wants the whole text to match. */
export const pathRegexes: readonly RegexWords[] = [
  {
    regex: '/api/v[0-9]+',
    hits: ['/api/v1', '/api/v10'],
    misses: ['/api/v', '/api/v1/', '/api/v1x', '/API/v1'],
  },
  { regex: '/api/.*', hits: ['/api/', '/api/v1/a'], misses: ['/api', '/apis/', 'x/api/'] },
  { regex: '/(a|ab|reviews)(/.*)?', hits: ['/a', '/ab/x', '/reviews/1'], misses: ['/abc', '/reviews1', '/'] },
  {
    regex: '(?i)/reviews/\\d{1,3}',
    hits: ['/Reviews/1', '/REVIEWS/123'],
    misses: ['/reviews/', '/reviews/1234', '/reviews/1a'],
  },
  { regex: '/[^/]+/[^/]+', hits: ['/a/b', '/x-y/%7e'], misses: ['/a', '/a/b/c', '//b', '/a/'] },
  { regex: '.*', hits: ['/', '/a/b'], misses: [] },
  { regex: '/a\\.b', hits: ['/a.b'], misses: ['/aab', '/a.bb'] },
  { regex: '/(?:x-y|x_y)?/?v[12]', hits: ['/x-y/v1', '/v2', '/x_yv1'], misses: ['/v3', '/x-y/x_y/v1'] },
  { regex: '/\\w+', hits: ['/api', '/x_y', '/42'], misses: ['/x-y', '/', '/a.b'] },
  { regex: '^/deep/?$', hits: ['/deep', '/deep/'], misses: ['/deep//', '/a/deep'] },
  // 1,024 states, which are more than the kernel's tables have.
  {
    regex: '/[ab]*a[ab]{9}',
    hits: ['/abababbbbb', '/baaaaaaaaaaa'],
    misses: ['/bbbbbbbbbb', '/ababababa', '/a'],
  },
  ...randomPathRegexes(1, 500),
];

export const valueRegexes: readonly RegexWords[] = [
  { regex: 'v[0-9]+(\\.[0-9]+)?', hits: ['v1', 'v1.2', 'v10'], misses: ['v', 'v1.', 'V1', 'xv1'] },
  { regex: '(?i)jason', hits: ['jason', 'JASON', 'Jason'], misses: ['jaso', 'jasonx'] },
  { regex: '[a-z]+', hits: ['a', 'jason', 'dark'], misses: ['Jason', '', 'a1'] },
  { regex: '.*,.*', hits: ['a,b', 'a, b', ','], misses: ['ab', ''] },
  { regex: '\\d*', hits: ['1', '42', ''], misses: ['-7', '1a'] },
  { regex: '.+', hits: ['1', 'x y'], misses: [''] },
  { regex: 'gold|dark;?.*', hits: ['gold', 'dark;q', 'dark'], misses: ['gold;q=1', 'goldx'] },
  { regex: '(abc){2}', hits: ['abcabc'], misses: ['abc', 'abcabcabc'] },
  ...randomValueRegexes(2, 500),
];
