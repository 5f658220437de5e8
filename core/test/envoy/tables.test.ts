import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { docsOf, memberDocsOf } from '../../src/envoy/docs.js';
import {
  enumOf,
  type FieldDescriptor,
  FieldType,
  findEnum,
  findMessage,
  type MessageDescriptor,
  messageNames,
  messageOf,
} from '../../src/envoy/schema.js';

describe('generated tables', () => {
  it('are closed: every field has its message or enum', () => {
    assert.ok(messageNames().length > 800);
    for (const name of messageNames()) {
      for (const field of (findMessage(name) as MessageDescriptor).fields) {
        if (field.type === FieldType.message) assert.ok(messageOf(field).name.length > 0);
        if (field.type === FieldType.enum) assert.ok(enumOf(field).byNumber.has(0), `${name}.${field.name}`);
      }
    }
  });

  it('know what a field is', () => {
    const field = (message: string, name: string): FieldDescriptor | undefined =>
      findMessage(message)?.byName.get(name);
    assert.deepEqual(field('envoy.config.cluster.v3.Cluster', 'connectTimeout'), { number: 4, name: 'connect_timeout', jsonName: 'connectTimeout', type: FieldType.message, presence: 'implicit', typeName: 'google.protobuf.Duration', deprecated: false, sensitive: false, unpacked: false }); // prettier-ignore
    assert.equal(field('envoy.config.cluster.v3.Cluster', 'type')?.oneof, 'cluster_discovery_type');
    assert.deepEqual(
      [
        field('envoy.config.core.v3.Metadata', 'filter_metadata')?.presence,
        field('envoy.config.core.v3.Metadata', 'filter_metadata')?.keyType,
      ],
      ['map', FieldType.string],
    );
    assert.equal(field('envoy.config.route.v3.VirtualHost', 'domains')?.presence, 'repeated');
    assert.equal(field('envoy.config.route.v3.RouteAction', 'max_grpc_timeout')?.deprecated, true);
    assert.equal(
      field('envoy.extensions.transport_sockets.tls.v3.TlsCertificate', 'private_key')?.sensitive,
      true,
    );
    assert.equal(findEnum('envoy.config.cluster.v3.Cluster.LbPolicy')?.byName.get('MAGLEV'), 5);
    assert.equal(findMessage('envoy.Nope'), undefined);
    assert.equal(findMessage('toString'), undefined);
  });

  it('have the comments of the protos', () => {
    assert.match(
      docsOf('envoy.config.route.v3.VirtualHost') ?? '',
      /^The top level element in the routing configuration is a virtual host/,
    );
    assert.match(
      memberDocsOf('envoy.config.route.v3.VirtualHost', 'domains') ?? '',
      /host\/authority header/,
    );
    assert.match(
      memberDocsOf('envoy.config.cluster.v3.Cluster.LbPolicy', 'ROUND_ROBIN') ?? '',
      /round robin/,
    );
    assert.equal(memberDocsOf('envoy.config.route.v3.VirtualHost', 'constructor'), undefined);
    assert.equal(docsOf('envoy.Nope'), undefined);
  });

  it('are small enough to ship', () => {
    const size = ['descriptors', 'rules', 'docs'].map(
      (name) =>
        gzipSync(readFileSync(new URL(`../../src/envoy/${name}.generated.js`, import.meta.url))).length,
    );
    assert.ok(size.reduce((sum, one) => sum + one, 0) <= 200_000, size.join(' + '));
  });
});
