import assert from 'node:assert/strict';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { loadFile } from '../../src/resources/load.js';
import {
  CLUSTER_TYPE,
  ENDPOINT_TYPE,
  formatFieldPath,
  LISTENER_TYPE,
  ROUTE_TYPE,
} from '../../src/resources/model.js';
import { referencesOf } from '../../src/resources/names.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';

describe('files', () => {
  it('hold resources in the order they are written', () => {
    const { resources, problems } = loadFile('x.yaml', BOOKINFO);
    assert.deepEqual(problems, []);
    assert.deepEqual(
      resources.map(({ resource }) => [resource.typeUrl, resource.name]),
      [
        [LISTENER_TYPE, 'reviews'],
        [LISTENER_TYPE, 'ratings-db'],
        [ROUTE_TYPE, 'reviews'],
        [CLUSTER_TYPE, 'reviews-v1'],
        [ENDPOINT_TYPE, 'reviews-v1'],
        [CLUSTER_TYPE, 'reviews-v2'],
        [CLUSTER_TYPE, 'reviews-v3'],
        [CLUSTER_TYPE, 'ratings-db'],
      ],
    );
  });

  it('have canonical values, whatever the spelling', () => {
    const { resources } = loadFile('x.yaml', BOOKINFO);
    assert.deepEqual(resources[5]?.resource.value, {
      name: 'reviews-v2',
      type: 'STATIC',
      connectTimeout: '0.25s',
      loadAssignment: {
        clusterName: 'reviews-v2',
        endpoints: [
          {
            lbEndpoints: ['198.18.2.11', 'fd00:198:18:2::11'].map((address) => ({
              endpoint: { address: { socketAddress: { address, portValue: 9080 } } },
            })),
          },
        ],
      },
    });
    const snake = loadFile(
      'x.yaml',
      BOOKINFO.replaceAll(
        /^([ \-]*)([a-z_]+):/gm,
        (_, space: string, key: string) =>
          `${space}${key.replace(/_(.)/g, (__, letter: string) => letter.toUpperCase())}:`,
      ),
    );
    assert.deepEqual(
      snake.resources.map(({ resource }) => resource),
      resources.map(({ resource }) => resource),
    );
  });

  it('give what bytes of the wire give back', () => {
    for (const text of [BOOKINFO, BOOTSTRAP]) {
      for (const { resource } of loadFile('x.yaml', text).resources) {
        const encoded = encodeAny(resource.typeUrl, resource.value);
        assert.ok(encoded.ok);
        assert.deepEqual(decodeAny(resource.typeUrl, encoded.bytes), { ok: true, value: resource.value });
      }
    }
  });

  it('may be a bootstrap; a listener without a name is called by its address', () => {
    const { resources } = loadFile('x.yaml', BOOTSTRAP);
    assert.deepEqual(
      resources.map(({ resource, base }) => [resource.name, resource.value['name'], formatFieldPath(base)]),
      [
        ['127.0.0.1:18080', '127.0.0.1:18080', 'staticResources.listeners[0]'],
        ['web', 'web', 'staticResources.clusters[0]'],
      ],
    );
  });

  it('may have an empty list, or nothing', () => {
    for (const text of [
      'resources: []\n',
      'resources:\n',
      '',
      '---\n',
      'version_info: "1"\nresources: []\n',
    ]) {
      const { resources, problems, messages } = loadFile('x.yaml', text);
      assert.deepEqual([resources, problems, messages], [[], [], []], text);
    }
  });
});

describe('references', () => {
  const cases: [name: string, text: string, expected: [string, string, string][]][] = [
    [
      'a listener',
      BOOKINFO,
      [[ROUTE_TYPE, 'reviews', 'filterChains[0].filters[0].typedConfig.rds.routeConfigName']],
    ],
    [
      'an inline route configuration',
      BOOTSTRAP,
      [
        [
          CLUSTER_TYPE,
          'web',
          'filterChains[0].filters[0].typedConfig.routeConfig.virtualHosts[0].routes[1].route.cluster',
        ],
      ],
    ],
  ];
  for (const [name, text, expected] of cases) {
    it(`of ${name}`, () => {
      const resource = loadFile('x.yaml', text).resources[0]?.resource;
      assert.ok(resource);
      assert.deepEqual(
        referencesOf(resource).map((reference) => [
          reference.typeUrl,
          reference.name,
          formatFieldPath(reference.path),
        ]),
        expected,
      );
    });
  }

  it('of all the others', () => {
    const { resources } = loadFile('x.yaml', BOOKINFO);
    assert.deepEqual(
      resources
        .slice(1)
        .map(({ resource }) =>
          referencesOf(resource).map((reference) => `${reference.name} ${formatFieldPath(reference.path)}`),
        ),
      [
        ['ratings-db filterChains[0].filters[0].typedConfig.cluster'],
        ['reviews-v2 virtualHosts[0].routes[0].route.cluster', 'reviews-v1 virtualHosts[0].routes[1].route.weightedClusters.clusters[0].name', 'reviews-v3 virtualHosts[0].routes[1].route.weightedClusters.clusters[1].name'], // prettier-ignore
        ['reviews-v1 name'],
        [],
        [],
        [],
        [],
      ],
    );
  });

  it('inside of filters', () => {
    const jwks = {
      '@type': 'type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
      providers: { p: { remoteJwks: { httpUri: { uri: 'https://a/', cluster: 'keys', timeout: '1s' } } } },
    };
    const manager = {
      '@type':
        'type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager',
      httpFilters: [{ name: 'j', typedConfig: jwks }],
    };
    const value = { name: 'l', filterChains: [{ filters: [{ name: 'h', typedConfig: manager }] }] };
    assert.deepEqual(
      referencesOf({ typeUrl: LISTENER_TYPE, name: 'l', value }).map(
        ({ name, path }) => `${name} ${formatFieldPath(path)}`,
      ),
      [
        'keys filterChains[0].filters[0].typedConfig.httpFilters[0].typedConfig.providers.p.remoteJwks.httpUri.cluster',
      ],
    );
  });
});
