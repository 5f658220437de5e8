import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import {
  decodeDiscoveryRequest,
  decodeDiscoveryResponse,
  decodeRpcStatus,
  encodeDiscoveryRequest,
  encodeDiscoveryResponse,
  encodeRpcStatus,
  type DiscoveryRequest,
  type DiscoveryResponse,
} from '../../src/api/ads.js';
import {
  formatRejection,
  rejectionsOfStatus,
  statusOfRejections,
  type Rejection,
} from '../../src/api/rejections.js';

const request: DiscoveryRequest = {
  versionInfo: 'v1',
  node: { id: 'lab.node-1', cluster: 'lab', userAgentName: 'onehop-agent', userAgentVersion: '0.1.0' },
  resourceNames: ['a', 'b'],
  typeUrl: 'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  responseNonce: 'n1',
  errorDetail: { code: 3, message: 'no', details: [{ typeUrl: 'x/y', value: Buffer.from([1, 2]) }] },
};
const response: DiscoveryResponse = {
  versionInfo: 'v2',
  resources: [{ typeUrl: 'x/y', value: Buffer.from([3]) }],
  typeUrl: 'x/y',
  nonce: 'n2',
  controlPlane: { identifier: 'onehop' },
};

/** A node that says nothing of itself. */
const noMetadata = Buffer.alloc(0);

/** Folders of the package that holds Envoy's .proto files, with what is in them. */
const prefixOf: Readonly<Record<string, string>> = {
  'envoy-api': 'envoy/',
  googleapis: 'google/',
  'protoc-gen-validate': 'validate/',
};

describe('ADS messages', () => {
  const envoy = envoyMessages();

  it('a request is the one of Envoy', () => {
    const type = envoy.lookupType('envoy.service.discovery.v3.DiscoveryRequest');
    const bytes = encodeDiscoveryRequest(request);
    assert.deepEqual(type.toObject(type.decode(bytes)), type.toObject(type.fromObject(asEnvoy(request))));
    assert.deepEqual(decodeDiscoveryRequest(type.encode(type.fromObject(asEnvoy(request))).finish()), {
      ...request,
      node: { ...request.node, metadata: noMetadata },
    });
  });

  it('a response is the one of Envoy', () => {
    const type = envoy.lookupType('envoy.service.discovery.v3.DiscoveryResponse');
    const bytes = encodeDiscoveryResponse(response);
    assert.deepEqual(type.toObject(type.decode(bytes)), type.toObject(type.fromObject(asEnvoy(response))));
    assert.deepEqual(
      decodeDiscoveryResponse(type.encode(type.fromObject(asEnvoy(response))).finish()),
      response,
    );
  });

  it('what is not there reads as empty', () => {
    assert.deepEqual(decodeDiscoveryRequest(new Uint8Array()), {
      versionInfo: '',
      node: null,
      resourceNames: [],
      typeUrl: '',
      responseNonce: '',
      errorDetail: null,
    });
  });

  it('fields that are not read are skipped', () => {
    const type = envoy.lookupType('envoy.service.discovery.v3.DiscoveryRequest');
    const node = { id: 'n', cluster: 'c', locality: { zone: 'z' }, client_features: ['f'] };
    const bytes = type
      .encode(type.fromObject({ node, type_url: 't', resource_locators: [{ name: 'x' }] }))
      .finish();
    assert.deepEqual(decodeDiscoveryRequest(bytes).node, {
      id: 'n',
      cluster: 'c',
      userAgentName: '',
      userAgentVersion: '',
      metadata: noMetadata,
    });
  });

  it('bytes that are no message are refused', () => {
    assert.throws(() => decodeDiscoveryResponse(Uint8Array.from([0x12, 0x7f])));
  });
});

describe('rejections', () => {
  const full: Rejection = {
    typeUrl: 'x/y',
    resource: 'reviews',
    field: 'virtualHosts[0].domains',
    message: 'must not be empty',
  };
  const lines: readonly [Rejection, string][] = [
    [full, 'resource reviews: virtualHosts[0].domains: must not be empty'],
    [{ ...full, field: '' }, 'resource reviews: must not be empty'],
    [{ ...full, resource: '', field: '' }, 'must not be empty'],
  ];
  for (const [rejection, line] of lines) {
    it(line, () => assert.equal(formatRejection(rejection), line));
  }

  it('come through a status as they were', () => {
    const rejections = lines.map(([rejection]) => rejection);
    const status = decodeRpcStatus(encodeRpcStatus(statusOfRejections(rejections)));
    assert.equal(status.code, 3);
    assert.equal(status.message, lines.map(([, line]) => line).join('\n'));
    assert.deepEqual(rejectionsOfStatus(status, 'other'), rejections);
  });

  const struct = 'type.googleapis.com/google.protobuf.Struct';
  const foreign: readonly [string, { typeUrl: string; value: Uint8Array }[]][] = [
    ['without details', []],
    ['with details of another kind', [{ typeUrl: 'x/y', value: Buffer.from([1]) }]],
    ['with a broken struct', [{ typeUrl: struct, value: Buffer.from([0x0a, 0x7f]) }]],
    ['with a struct of something else', [{ typeUrl: struct, value: new Uint8Array() }]],
  ];
  for (const [title, details] of foreign) {
    it(`a status ${title} is one rejection`, () => {
      assert.deepEqual(rejectionsOfStatus({ code: 13, message: 'it failed\n', details }, 'x/y'), [
        { typeUrl: 'x/y', resource: '', field: '', message: 'it failed' },
      ]);
    });
  }
});

/** The descriptors that Envoy itself is built from. */
function envoyMessages(): protobuf.Root {
  const folder = new URL('./deps/', import.meta.resolve('@grpc/grpc-js-xds/package.json'));
  const own = new URL('./', import.meta.resolve('protobufjs/package.json'));
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => {
    if (target.startsWith('google/protobuf/')) return fileURLToPath(new URL(target, own));
    const place = Object.keys(prefixOf).find((one) => target.startsWith(prefixOf[one] ?? ''));
    return fileURLToPath(new URL(`${place ?? 'xds'}/${target}`, folder));
  };
  return root.loadSync('envoy/service/discovery/v3/discovery.proto', { keepCase: true });
}

/** camelCase names as those of the .proto files. */
function asEnvoy(value: object): { [key: string]: unknown } {
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snake(key), convert(inner as unknown)] as const),
  );
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert);
  return typeof value === 'object' && value !== null && !(value instanceof Uint8Array)
    ? asEnvoy(value)
    : value;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
