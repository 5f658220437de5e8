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
    'refuses ignore_port_in_host_matching',
    oneRoute(route(PREFIX, 'a'), { ignorePortInHostMatching: true }),
    /^error ignorePortInHostMatching: OneHop does not do matching of domains without the port/,
  );
  check(
    'refuses redirects',
    oneRoute({ match: PREFIX, redirect: { pathRedirect: '/x' } }),
    /routes\[0\]\.redirect: OneHop does not do redirects/,
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
    ['safeRegex', { regex: '.*' }],
    ['connectMatcher', {}],
    ['queryParameters', [{ name: 'a', presentMatch: true }]],
    ['runtimeFraction', { defaultValue: { numerator: 10 } }],
    ['grpc', {}],
    ['tlsContext', {}],
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
    ['timeout', '15s'],
    ['idleTimeout', '1s'],
    ['retryPolicy', { retryOn: '5xx' }],
    ['prefixRewrite', '/x'],
    ['regexRewrite', {}],
    ['hostRewriteLiteral', 'x'],
    ['autoHostRewrite', true],
    ['requestMirrorPolicies', [{ cluster: 'b' }]],
    ['hashPolicy', [{ header: { headerName: 'x' } }]],
    ['priority', 'HIGH'],
    ['clusterNotFoundResponseCode', 'NOT_FOUND'],
    ['maxStreamDuration', {}],
    ['metadataMatch', {}],
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
  for (const field of [
    'requestHeadersToAdd',
    'requestHeadersToRemove',
    'responseHeadersToAdd',
    'responseHeadersToRemove',
  ]) {
    check(
      `refuses ${field} of a route`,
      oneRoute({ ...route(PREFIX, 'a'), [field]: ['x'] }),
      new RegExp(`routes\\[0\\]\\.${field}: OneHop does not do changes of headers`),
    );
    check(
      `refuses ${field} of a virtual host`,
      routeConfiguration('rc', [virtualHost('v', ['*'], [], { [field]: ['x'] })]),
      new RegExp(`virtualHosts\\[0\\]\\.${field}`),
    );
    check(
      `refuses ${field} of a route configuration`,
      routeConfiguration('rc', [], { [field]: ['x'] }),
      new RegExp(`error ${field}`),
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
    'refuses clusters by header',
    oneRoute({ match: PREFIX, route: { clusterHeader: 'x' } }),
    /route\.clusterHeader: OneHop does not do clusters named by a header/,
  );
  check(
    'refuses regular expressions on headers',
    withHeader({ name: 'a', stringMatch: { safeRegex: { regex: 'x' } } }),
    /headers\[0\]\.stringMatch\.safeRegex: OneHop does not do regular expressions/,
  );
  check('refuses ranges', withHeader({ name: 'a', rangeMatch: { start: '0', end: '2' } }), /rangeMatch/);
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
  for (const name of [
    ':scheme',
    ':status',
    'Connection',
    'x-request-id',
    'X-Envoy-Internal',
    'x-forwarded-proto',
  ]) {
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
