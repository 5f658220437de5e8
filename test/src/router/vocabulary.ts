/** Few words, so that generated requests meet generated configurations often. */

export const segments = ['a', 'api', 'API', 'v1', 'reviews', 'x-y', '%7e', 'deep'] as const;
export const headerNames = [
  'end-user',
  'x-a',
  'x_b',
  'a-header-with-a-longer-name',
  'accept',
  'cookie',
  'x-exactly-16-byte',
] as const;
export const values = [
  '1',
  'jason',
  'Jason',
  'jas',
  'son',
  'a, b',
  'abcabc',
  'é',
  '"q"',
  '',
  '-3',
  '+4',
  '007',
  '99999999999999999999',
] as const;
/** What RE2 and JavaScript read alike: the second opinion is JavaScript's. */
export const pathRegexes = [
  '/(?:a|api)(?:/.*)?',
  '/[^/]+/v[0-9]',
  '.*',
  '/\\w+',
  '(?:/[a-z]{1,6})+/?',
  '/[A-Z]+.*',
  '^/.*deep$',
  '.*\\bv1\\b.*',
  '/.{4}',
  '/x-y(?:/%[0-9a-f]{2})*',
] as const;
export const valueRegexes = [
  '[a-z]+',
  'jas(?:on)?',
  '(?:abc){2}',
  '.*, .*',
  '[-+]?[0-9]+',
  '[^a-z]*',
  '.?.?[^\\x00-\\x7f].*',
  '"[^"]*"',
  '(?:v|x)=?.*',
  '.+',
] as const;
export const parameters = ['k', 'K', 'a', 'long-parameter'] as const;
export const queries = [
  '?k=v',
  '?K=v1&k=V',
  '?&&a',
  '?a=/api?b',
  '?k=x=y&long-parameter=v',
  '?=&a=&k',
  '?k',
] as const;
export const hosts = [
  'reviews',
  'reviews:9080',
  'a.example.com',
  'b.a.example.com',
  'example.com',
  '.example.com',
  'api.internal',
  'api.',
  'api.example.com',
  'API.Example.COM',
  '[fd00::1]:80',
  '198.18.100.1',
  'x',
] as const;
export const methods = ['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'TRACE'] as const;
export const addresses = ['198.18.100.1', '198.18.100.2', 'fd00:198:18:100::1'] as const;
export const ports = [80, 9080] as const;
