import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeBtf } from '@onehop/core/btf/decode.js';
import { decodeBase64 } from '@onehop/core/envoy/base64.js';
import {
  CLUSTER_TYPE,
  LISTENER_TYPE,
  type JsonObject,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { wireBtf } from '@onehop/core/wire/wire.generated.js';
import { ensureEnvoy } from '@onehop/lab/bench/envoy.js';
import { freePort } from '../../src/interop/envoy.js';
import { eventually } from '../../src/interop/eventually.js';
import { ask, HeadServer, RouterUnderTest } from '../../src/interop/routeActions.js';

const add = (key: string, value: string, appendAction?: string, more: JsonObject = {}): JsonObject => ({
  header: { key, value },
  ...(appendAction === undefined ? {} : { appendAction }),
  ...more,
});
const at = (prefix: string, action: JsonObject, more: JsonObject = {}): JsonObject => ({
  match: { prefix },
  ...action,
  ...more,
});
const redirect = (prefix: string, fields: JsonObject, more: JsonObject = {}): JsonObject =>
  at(prefix, { redirect: fields }, more);
const forward = (prefix: string, fields: JsonObject, more: JsonObject = {}): JsonObject =>
  at(prefix, { route: { cluster: 'up', ...fields } }, more);
const replacing = (regex: string, substitution: string): JsonObject => ({ pattern: { regex }, substitution });
const text = (status: number, inlineString?: string): JsonObject => ({
  directResponse: { status, ...(inlineString === undefined ? {} : { body: { inlineString } }) },
});
const told = { responseHeadersToAdd: [add('x-resp', '1')] };

const routes: readonly JsonObject[] = [
  { match: { safeRegex: { regex: '/re[0-9]+(/[a-z]*)?' } }, ...text(200, 'regex') },
  {
    match: {
      prefix: '/q',
      queryParameters: [{ name: 'v', stringMatch: { safeRegex: { regex: '[0-9]+|x{2,3}' } } }],
    },
    ...text(200, 'query regex'),
  },
  {
    match: {
      prefix: '/q',
      queryParameters: [{ name: 'v', stringMatch: { prefix: 'Ab', ignoreCase: true } }],
    },
    ...text(200, 'query'),
  },
  { match: { prefix: '/q', queryParameters: [{ name: 'w', presentMatch: false }] }, ...text(200, 'no w') },
  {
    match: { prefix: '/h', headers: [{ name: 'x', rangeMatch: { start: '-3', end: '7' } }] },
    ...text(200, 'range'),
  },
  {
    match: { prefix: '/h', headers: [{ name: 'x', stringMatch: { safeRegex: { regex: '(?i)ab+c?' } } }] },
    ...text(200, 'header'),
  },
  {
    match: {
      prefix: '/h',
      headers: [{ name: 'x', stringMatch: { safeRegex: { regex: '[^a]*' } }, invertMatch: true }],
    },
    ...text(200, 'inverted'),
  },
  {
    match: { prefix: '/s', headers: [{ name: ':scheme', stringMatch: { exact: 'https' } }] },
    ...text(200, 'https'),
  },
  {
    match: { prefix: '/s', headers: [{ name: 'x-forwarded-proto', stringMatch: { exact: 'http' } }] },
    ...text(200, 'http'),
  },
  { match: { prefix: '/t', tlsContext: { presented: true } }, ...text(200, 'never') },
  { match: { prefix: '/p0', runtimeFraction: { defaultValue: { numerator: 0 } } }, ...text(200, 'no') },
  { match: { prefix: '/p', runtimeFraction: { defaultValue: { numerator: 100 } } }, ...text(200, 'yes') },
  redirect('/r1', { hostRedirect: 'new.com' }),
  redirect('/r2', { httpsRedirect: true }),
  redirect('/r3', { portRedirect: 8080 }),
  redirect('/r4', { pathRedirect: '/n' }),
  redirect('/r5', { pathRedirect: '/n?z=1', stripQuery: true }),
  redirect('/r6', { prefixRewrite: '/pre' }),
  redirect('/r7', { regexRewrite: replacing('/([a-z0-9]+)', '/<\\1>') }),
  redirect('/r8', { stripQuery: true, responseCode: 'FOUND' }),
  redirect('/r9', { schemeRedirect: 'ftp', responseCode: 'PERMANENT_REDIRECT' }),
  redirect('/ra', { pathRedirect: 'nolead', responseCode: 'SEE_OTHER' }),
  redirect(
    '/rb',
    { hostRedirect: 'h', portRedirect: 443 },
    { responseHeadersToAdd: [add('location', 'more')] },
  ),
  at('/d1', text(200, '{}'), {
    responseHeadersToAdd: [
      add('content-type', 'application/json'),
      add('X-Case', '%REQ(x-in?x-or)%-%PROTOCOL%-%RESPONSE_CODE%-%REQ(x-in):2%-%%'),
      add('x-empty', '%REQ(nope)%'),
      add('x-keep', '%REQ(nope)%', undefined, { keepEmptyValue: true }),
    ],
  }),
  at('/d2', text(204)),
  at('/d3', text(503, 'no: ~%é')),
  at('/d4', text(304)),
  at('/d5', text(201, 'made')),
  forward('/f1', { prefixRewrite: '/new/' }),
  forward('/f2', { regexRewrite: replacing('a*', '<\\0>') }),
  forward('/f3', { hostRewriteLiteral: 'other', appendXForwardedHost: true }),
  forward('/f4', { hostRewriteHeader: 'x-h' }),
  forward('/f5', { hostRewritePathRegex: replacing('^/([^/]+)/.*$', '\\1.com') }),
  forward(
    '/f6',
    {},
    {
      requestHeadersToAdd: [
        add('x-a', '1'),
        add('x-a', '2', 'OVERWRITE_IF_EXISTS_OR_ADD'),
        add('x-b', '3', 'ADD_IF_ABSENT'),
        add('x-c', '4', 'OVERWRITE_IF_EXISTS'),
        add('accept', 'q'),
        add('cookie', 'c=2'),
      ],
      requestHeadersToRemove: ['x-del'],
      responseHeadersToAdd: [
        add('x-up', 'three'),
        add(
          'X-St',
          '%RESPONSE_CODE% %RESP(x-up)% %UPSTREAM_CLUSTER% %ROUTE_NAME%|%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %UPSTREAM_HOST%',
        ),
      ],
      responseHeadersToRemove: ['x-del'],
      name: 'six',
    },
  ),
  forward('/f7', { cluster: 'empty' }, told),
  forward('/f8', { cluster: 'nope', clusterNotFoundResponseCode: 'NOT_FOUND' }, told),
  at('/f9', { route: { clusterHeader: 'x-cl' } }),
  at('/fb', {
    route: {
      weightedClusters: {
        clusters: [
          {
            name: 'up',
            weight: 1,
            hostRewriteLiteral: 'wh',
            requestHeadersToAdd: [add('x-w', 'cl')],
            responseHeadersToAdd: [add('x-w', 'cl')],
          },
          { name: 'empty', weight: 0 },
        ],
      },
    },
    requestHeadersToAdd: [add('x-w', 'rt')],
    responseHeadersToAdd: [add('x-w', 'rt')],
  }),
  { match: { pathSeparatedPrefix: '/fc' }, route: { cluster: 'up', prefixRewrite: '/' } },
  { match: { path: '/fd' }, route: { cluster: 'up', prefixRewrite: '/exact' } },
  { match: { safeRegex: { regex: '/fe.*' } }, route: { cluster: 'up', prefixRewrite: '/all' } },
  { match: { prefix: '/FF', caseSensitive: false }, route: { cluster: 'up', prefixRewrite: '/x' } },
];

const get = (path: string, headers: readonly string[] = [], host = 'a:80', method = 'GET'): string =>
  `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n`;

const requests: readonly string[] = [
  ...['/re1', '/re22/abc', '/re1/A', '/re', '/re1/abc?x', '/xre1'].map((path) => get(path)),
  ...[
    '/q?v=12',
    '/q?v=xxx',
    '/q?v=xxxx',
    '/q?v=aBc&w',
    '/q?v=1a',
    '/q?w',
    '/q?v=z&w=1&v=1',
    '/q',
    '/q?&v=7&w',
  ].map((path) => get(path)),
  ...['3', '-3', '7', '+6', '007', '3.0', '', 'abbb', 'ABC', 'abx', 'bbb', 'é'].map((value) =>
    get('/h', [`x: ${value}`]),
  ),
  get('/h', ['x: a', 'x: 5']),
  get('/h', ['x: q', 'x: ab']),
  get('/h'),
  ...['https', 'HTTPS', 'http', 'x'].map((value) => get('/s', [`x-forwarded-proto: ${value}`])),
  ...['/s', '/t', '/p0', '/p1', '/nothing'].map((path) => get(path)),
  ...[
    '/r1/x?q=1',
    '/r1',
    '/r2',
    '/r3?',
    '/r4/x?q=1',
    '/r5?q=1',
    '/r6/rest?q=1',
    '/r7/rest?q=1',
    '/r8?q=1',
    '/r9',
    '/ra?x',
    '/rb?y',
  ].map((path) => get(path)),
  get('/r2', ['x-forwarded-proto: https']),
  get('/r9', ['x-forwarded-proto: https'], 'a:443'),
  get('/r9', [], '[::1]:80'),
  get('/r3', [], '[::1]'),
  get('/r2', [], 'a:8080'),
  get('/d1', ['x-in: value']),
  get('/d1', ['x-or: o']),
  get('/d1', [], 'a', 'HEAD'),
  ...['/d2', '/d3', '/d4', '/d5?x'].map((path) => get(path)),
  ...[
    '/f1/x?q',
    '/f2/aa/b?q=a',
    '/f3',
    '/f4',
    '/f5/zz',
    '/f5',
    '/f6',
    '/f7',
    '/f8',
    '/f9',
    '/fb',
    '/fc/x?y',
    '/fc',
    '/fcx',
    '/fd?z',
    '/fe/a?b',
    '/ff/1',
    '/FF',
  ].map((path) => get(path)),
  get('/f3', ['x-forwarded-host: a:80']),
  get('/f3', ['x-forwarded-host: z']),
  get('/f4', ['x-h: hh', 'x-h: second']),
  get('/f4', ['x-h:']),
  get('/f6', ['x-b: has', 'x-c: has', 'accept: p', 'Cookie: c=1', 'X-Del: z', 'x-a: 0']),
  ...['/nothing', '/d1', '/d3', '/d5', '/r1', '/f7', '/f8'].map((path) =>
    get(path, ['content-type: application/grpc'], 'a', 'POST'),
  ),
  get('/d3', ['content-type: application/grpc+proto']),
  get('/d3', ['content-type: application/grpc-web']),
  get('/f9', ['x-cl: up']),
  get('/f9', ['x-cl: zz']),
];

describe('actions of routes, beside Envoy', function () {
  this.timeout(300_000);
  let service: HeadServer;
  let router: RouterUnderTest;
  let envoy: ChildProcess;
  let folder: string;
  let port: number;

  before(async () => {
    const binary = await ensureEnvoy(() => undefined);
    service = await HeadServer.listen();
    port = await freePort();
    const resources = configuration(port, service.port);
    folder = mkdtempSync(join(tmpdir(), 'oh-actions-'));
    const file = join(folder, 'envoy.json');
    writeFileSync(file, JSON.stringify(bootstrap(resources)));
    envoy = spawn(binary, ['-c', file, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'error'], {
      stdio: 'inherit',
    });
    const module = readFileSync(new URL('../../../../bpf/build/router.wasm', import.meta.url));
    const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
    router = await RouterUnderTest.of(module, btf, resources, { ip: '127.0.0.1', port });
    await eventually(
      async () => (await ask(port, get('/nothing')).catch(() => undefined))?.status === '404',
      () => 'Envoy does not answer',
      20_000,
    );
  });
  after(() => {
    envoy?.kill('SIGKILL');
    service?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  for (const request of requests)
    it(request.slice(0, -4).replaceAll('\r\n', ', '), async () => {
      assert.deepEqual(router.ask(request), await ask(port, request));
    });
});

function configuration(port: number, service: number): XdsResource[] {
  const extensions = 'type.googleapis.com/envoy.extensions.filters';
  const level = (value: string): JsonObject => ({
    requestHeadersToAdd: [add('x-l', value)],
    responseHeadersToAdd: [add('x-l', value)],
  });
  const routeConfig = {
    name: 'routes',
    validateClusters: false,
    virtualHosts: [{ name: 'all', domains: ['*'], routes, ...level('host') }],
    ...level('config'),
  };
  const listener = {
    name: 'web',
    address: { socketAddress: { address: '127.0.0.1', portValue: port } },
    filterChains: [
      {
        filters: [
          {
            name: 'http',
            typedConfig: {
              '@type': `${extensions}.network.http_connection_manager.v3.HttpConnectionManager`,
              statPrefix: 'http',
              routeConfig,
              httpFilters: [
                { name: 'router', typedConfig: { '@type': `${extensions}.http.router.v3.Router` } },
              ],
            },
          },
        ],
      },
    ],
  };
  const cluster = (name: string, ports: readonly number[]): XdsResource => ({
    typeUrl: CLUSTER_TYPE,
    name,
    value: {
      name,
      type: 'STATIC',
      connectTimeout: '1s',
      loadAssignment: {
        clusterName: name,
        endpoints: [
          {
            lbEndpoints: ports.map((portValue) => ({
              endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue } } },
            })),
          },
        ],
      },
    },
  });
  return [
    { typeUrl: LISTENER_TYPE, name: 'web', value: listener },
    cluster('up', [service]),
    cluster('empty', []),
  ];
}

function bootstrap(resources: readonly XdsResource[]): JsonObject {
  const of = (type: string): JsonObject[] =>
    resources.filter(({ typeUrl }) => typeUrl === type).map(({ value }) => value);
  return { staticResources: { listeners: of(LISTENER_TYPE), clusters: of(CLUSTER_TYPE) } };
}
