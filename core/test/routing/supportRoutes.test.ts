import { type JsonObject, type XdsResource } from '../../src/resources/model.js';
import { check } from './checking.js';
import { route, routeConfiguration, virtualHost } from './configuration.js';

const PREFIX: JsonObject = { prefix: '/' };

function oneRoute(value: JsonObject, more: JsonObject = {}): XdsResource {
  return routeConfiguration('rc', [virtualHost('v', ['*'], [value])], more);
}

function matching(match: JsonObject): XdsResource {
  return oneRoute(route(match, 'a'));
}

function withHeader(header: JsonObject): XdsResource {
  return matching({ prefix: '/', headers: [header] });
}

function acting(more: JsonObject): XdsResource {
  return oneRoute({ match: PREFIX, route: { cluster: 'a', ...more } });
}

function domains(...lists: string[][]): XdsResource {
  return routeConfiguration(
    'rc',
    lists.map((list, i) => virtualHost(`v${i}`, list, [])),
  );
}

describe('routing: checkSupport of routes', () => {
  check(
    'takes prefix, path and path_separated_prefix',
    routeConfiguration('rc', [
      virtualHost(
        'v',
        ['*'],
        [
          route({ path: '/a' }, 'a'),
          route({ pathSeparatedPrefix: '/a', caseSensitive: false }, 'a'),
          route(PREFIX, { a: 90, b: 10 }),
        ],
      ),
    ]),
  );
  check(
    'takes all headers that the kernel compares',
    matching({
      prefix: '',
      headers: [
        { name: 'a', exactMatch: 'x' },
        { name: 'b', stringMatch: { prefix: 'x', ignoreCase: true } },
        { name: 'c', suffixMatch: 'x', invertMatch: true },
        { name: 'd', containsMatch: 'x', treatMissingHeaderAsEmpty: true },
        { name: 'e', presentMatch: false },
        { name: 'f' },
        { name: ':method', exactMatch: 'GET' },
        { name: ':authority', stringMatch: { suffix: 'x' } },
      ],
    }),
  );
  check(
    'takes what is harmless',
    oneRoute({
      match: PREFIX,
      route: { cluster: 'a', timeout: '0s', priority: 'DEFAULT' },
      metadata: { filterMetadata: { a: {} } },
      statPrefix: 'x',
      decorator: { operation: 'x' },
    }),
  );
  check('takes weights with any total', oneRoute(route(PREFIX, { a: 0, b: 1, c: 4294967294 })));
  check(
    'says that direct responses come from the agent',
    oneRoute({ match: PREFIX, directResponse: { status: 418, body: { inlineString: 'tea' } } }),
    /^info virtualHosts\[0\]\.routes\[0\]\.directResponse: The agent writes this answer/,
  );
  check(
    'refuses an empty list of domains',
    domains([]),
    'error virtualHosts[0].domains: The virtual host has no domain.',
  );
  check(
    'refuses one domain twice',
    domains(['a', 'A'], ['*.b'], ['*.B']),
    /domains\[1\]: Domain "A" is already one of virtual host v0/,
    /virtualHosts\[2\]\.domains\[0\]: Domain "\*\.B" is already one of virtual host v1/,
  );
  check('refuses two stars', domains(['*'], ['*']), /"\*" is already/);
  check(
    'takes ignore_port_in_host_matching',
    oneRoute(route(PREFIX, 'a'), { ignorePortInHostMatching: true }),
  );
  check(
    'says that redirects come from the agent',
    oneRoute({ match: PREFIX, redirect: { pathRedirect: '/x' } }),
    /^info virtualHosts\[0\]\.routes\[0\]\.redirect: The agent writes this redirect/,
  );
  check(
    'refuses a route that does nothing',
    oneRoute({ match: PREFIX }),
    /routes\[0\]: The route does nothing/,
  );
  check(
    'refuses a match without a path',
    matching({ headers: [{ name: 'a', exactMatch: 'x' }] }),
    /routes\[0\]\.match: The match says nothing about the path/,
  );
  for (const bad of ['/', '/a/', '/a?b', '/a#b', 'a'])
    check(
      `refuses path_separated_prefix ${bad}`,
      matching({ pathSeparatedPrefix: bad }),
      /pathSeparatedPrefix: ".*" must be/,
    );
  const refusedMatches: readonly (readonly [string, JsonObject[string]])[] = [
    ['dynamicMetadata', [{}]],
    ['pathMatchPolicy', {}],
  ];
  for (const [field, value] of refusedMatches)
    check(
      `refuses match.${field}`,
      matching({ prefix: '/', [field]: value }),
      new RegExp(`^error virtualHosts\\[0\\]\\.routes\\[0\\]\\.match\\.${field}: OneHop does not do `),
    );
  const refusedActions: readonly (readonly [string, JsonObject[string]])[] = [
    ['autoHostRewrite', true],
    ['requestMirrorPolicies', [{ cluster: 'b' }]],
    ['priority', 'HIGH'],
    ['maxGrpcTimeout', '1s'],
    ['rateLimits', [{}]],
    ['upgradeConfigs', [{ upgradeType: 'websocket' }]],
    ['cors', {}],
    ['hedgePolicy', {}],
  ];
  for (const [field, value] of refusedActions)
    check(
      `refuses route.${field}`,
      acting({ [field]: value }),
      new RegExp(`^error virtualHosts\\[0\\]\\.routes\\[0\\]\\.route\\.${field}: OneHop does not do `),
    );
  for (const [what, more] of [
    ['a timeout', { timeout: '15s' }],
    ['an idle timeout', { idleTimeout: '1s' }],
    ['retries', { retryPolicy: { retryOn: '5xx, connect-failure', numRetries: 2, perTryTimeout: '1s' } }],
  ] as const)
    check(
      `says that the agent does ${what}`,
      acting(more),
      /^info virtualHosts\[0\]\.routes\[0\]\.route: The agent keeps the time of this route/,
    );
  check('takes no timeout as no limit', acting({ timeout: '0s', idleTimeout: '0s', maxStreamDuration: {} }));
  check(
    'refuses a cause of retries that nobody knows',
    acting({ retryPolicy: { retryOn: '5xx,sometimes' } }),
    /^error .*\.route\.retryPolicy\.retryOn: OneHop does not send requests again on "sometimes"/,
  );
  check(
    'says that the agent does the retries of the virtual host',
    routeConfiguration('rc', [
      { ...virtualHost('v', ['*'], [route(PREFIX, 'a')]), retryPolicy: { retryOn: 'reset' } },
    ]),
    /^info virtualHosts\[0\]\.routes\[0\]\.route: The agent keeps the time/,
  );
  const kernelMatches: readonly (readonly [string, JsonObject])[] = [
    [
      'query parameters',
      {
        queryParameters: [
          { name: 'a', presentMatch: true },
          { name: 'b', stringMatch: { exact: 'x' } },
        ],
      },
    ],
    [
      'a fraction',
      { runtimeFraction: { runtimeKey: 'k', defaultValue: { numerator: 10, denominator: 'MILLION' } } },
    ],
    ['a TLS context', { tlsContext: { presented: true } }],
    ['a range', { headers: [{ name: 'a', rangeMatch: { start: '-1', end: '2' } }] }],
  ];
  for (const [what, match] of kernelMatches) check(`takes ${what}`, matching({ prefix: '/', ...match }));
  const long = 'x'.repeat(193);
  const relayMatches: readonly (readonly [string, JsonObject])[] = [
    ['gRPC', { prefix: '/', grpc: {} }],
    ['a long path', { prefix: `/${long}` }],
    ['a long value', { prefix: '/', headers: [{ name: 'a', exactMatch: long }] }],
    ['a long parameter', { prefix: '/', queryParameters: [{ name: long }] }],
    ['nine conditions', { prefix: '/', headers: Array.from({ length: 9 }, (_, i) => ({ name: `x${i}` })) }],
    [':scheme', { prefix: '/', headers: [{ name: ':scheme', exactMatch: 'http' }] }],
    ['x-forwarded-proto', { prefix: '/', headers: [{ name: 'x-forwarded-proto', exactMatch: 'http' }] }],
  ];
  for (const [what, match] of relayMatches)
    check(
      `says that the agent checks ${what}`,
      matching(match),
      /^info virtualHosts\[0\]\.routes\[0\]\.match: The agent checks what the kernel cannot/,
    );
  for (const [what, match] of [
    ['path', { safeRegex: { regex: '(' } }],
    ['path of nothing', { safeRegex: { regex: '' } }],
    ['single byte', { safeRegex: { regex: '\\C' } }],
    ['look-ahead', { safeRegex: { regex: '(?=a)' } }],
    [
      'parameter',
      { prefix: '/', queryParameters: [{ name: 'a', stringMatch: { safeRegex: { regex: '[' } } }] },
    ],
    ['header', { prefix: '/', headers: [{ name: 'a', stringMatch: { safeRegex: { regex: '*' } } }] }],
  ] as const)
    check(
      `refuses a regular expression that RE2 refuses: ${what}`,
      matching(match),
      /^error .*[rR]egex\.regex: /,
    );
  const changed = /^info virtualHosts\[0\]\.routes\[0\]: The agent changes requests or responses/;
  const changes: readonly (readonly [string, JsonObject[string]])[] = [
    ['requestHeadersToAdd', [{ header: { key: 'x', value: 'y' } }]],
    ['requestHeadersToRemove', ['x']],
    [
      'responseHeadersToAdd',
      [{ header: { key: 'x', value: '%REQ(a?b)% %%' }, appendAction: 'ADD_IF_ABSENT' }],
    ],
    ['responseHeadersToRemove', ['x']],
  ];
  for (const [field, value] of changes) {
    const one = route(PREFIX, 'a');
    check(`takes ${field} of a route`, oneRoute({ ...one, [field]: value }), changed);
    check(
      `takes ${field} of a virtual host`,
      routeConfiguration('rc', [virtualHost('v', ['*'], [one], { [field]: value })]),
      changed,
    );
    check(`takes ${field} of a route configuration`, oneRoute(one, { [field]: value }), changed);
  }
  const pattern = { pattern: { regex: 'a' }, substitution: 'b' };
  for (const more of [
    { prefixRewrite: '/x' },
    { regexRewrite: pattern },
    { hostRewriteLiteral: 'x' },
    { hostRewriteHeader: 'x' },
    { hostRewritePathRegex: pattern },
  ])
    check(`takes ${Object.keys(more).join()}`, acting(more), changed);
  check(
    'refuses two rewrites',
    acting({ prefixRewrite: '/x', regexRewrite: pattern }),
    /The path is rewritten twice/,
  );
  check('takes cluster_not_found_response_code', acting({ clusterNotFoundResponseCode: 'NOT_FOUND' }));
  for (const [key, message] of [
    [':path', /":path" is not changed this way/],
    ['Host', /"host" is not changed this way/],
    ['content-length', /content-length says how the message is framed/],
    ['a b', /is no name of a header/],
  ] as const) {
    const header = { key, value: '' };
    check(
      `refuses changes of ${key}`,
      oneRoute({ ...route(PREFIX, 'a'), requestHeadersToAdd: [{ header }] }),
      message,
    );
  }
  for (const [value, message] of [
    ['100%', /has a "%" that begins no operator/],
    ['%DYNAMIC_METADATA(a)%', /does not do the operator %DYNAMIC_METADATA\(a\)%/],
    ['%REQ()%', /%REQ% names no header/],
    ['a\nb', /has a line end/],
  ] as const) {
    const header = { key: 'x', value };
    check(
      `refuses the value ${JSON.stringify(value)}`,
      oneRoute({ ...route(PREFIX, 'a'), responseHeadersToAdd: [{ header }] }),
      message,
    );
  }
  check(
    'refuses settings of filters',
    oneRoute({ ...route(PREFIX, 'a'), typedPerFilterConfig: { x: {} } }),
    /typedPerFilterConfig/,
  );
  check('takes an empty map of settings', oneRoute({ ...route(PREFIX, 'a'), typedPerFilterConfig: null }));
  check(
    'refuses weights that add up to 0',
    oneRoute(route(PREFIX, { a: 0, b: 0 })),
    /weightedClusters\.clusters: The weights add up to 0/,
  );
  check(
    'refuses weights that add up to too much',
    oneRoute(route(PREFIX, { a: 1, b: 4294967295 })),
    /The weights add up to 4294967296/,
  );
  check(
    'refuses a missing weight',
    oneRoute({ match: PREFIX, route: { weightedClusters: { clusters: [{ name: 'a' }] } } }),
    /clusters\[0\]: The weight is missing/,
  );
  check(
    'refuses a split without names',
    oneRoute({ match: PREFIX, route: { weightedClusters: { clusters: [{ weight: 1 }] } } }),
    /clusters\[0\]: No cluster is named/,
  );
  check(
    'says that the agent reads the name of a cluster',
    oneRoute({ match: PREFIX, route: { clusterHeader: 'x' } }),
    /^info .*route\.clusterHeader: The agent reads the name/,
  );
  check(
    'refuses an empty prefix of a header',
    withHeader({ name: 'a', stringMatch: { prefix: '' } }),
    /stringMatch\.prefix: An empty prefix is no condition/,
  );
  check(
    'refuses a string match that says nothing',
    withHeader({ name: 'a', stringMatch: {} }),
    /stringMatch: The string match says nothing/,
  );
  check(
    'refuses a header without a name',
    withHeader({ exactMatch: 'x' }),
    /headers\[0\]\.name: The header has no name/,
  );
  for (const name of [':status', 'Connection', 'x-request-id', 'X-Envoy-Internal']) {
    check(
      `refuses matches of ${name}`,
      withHeader({ name, presentMatch: true }),
      /^error .*headers\[0\]\.name: /,
    );
  }
  check(
    'refuses a status that is none',
    oneRoute({ match: PREFIX, directResponse: { status: 99 } }),
    /directResponse\.status: Status 99 is not/,
  );
  check(
    'refuses a body that Envoy refuses',
    oneRoute({ match: PREFIX, directResponse: { status: 200, body: { inlineString: 'é'.repeat(2049) } } }),
    /directResponse\.body: The body has 4098 bytes; at most 4096/,
  );
  check(
    'takes a longer body where it is allowed',
    oneRoute(
      { match: PREFIX, directResponse: { status: 200, body: { inlineString: 'é'.repeat(2049) } } },
      { maxDirectResponseBodySizeBytes: 5000 },
    ),
    /^info/,
  );
  check(
    'refuses a body from a file',
    oneRoute({ match: PREFIX, directResponse: { status: 200, body: { filename: '/x' } } }),
    /body\.filename: OneHop does not do bodies from a file/,
  );
});
