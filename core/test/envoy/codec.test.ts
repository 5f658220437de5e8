import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canonicalJson } from '../../src/envoy/canonical.js';
import { decodeAny, encodeAny } from '../../src/envoy/codec.js';
import { encodeMessage } from '../../src/envoy/encode.js';
import { findMessage, type MessageDescriptor, messageNames } from '../../src/envoy/schema.js';
import { wellKnownKind } from '../../src/envoy/wellKnown.js';
import type { JsonObject } from '../../src/resources/model.js';
import { anyMessage } from './anyMessage.js';

describe('JSON ⇄ bytes', () => {
  const names = messageNames().filter((name) => wellKnownKind(name) === undefined);

  it('reads back what it wrote, for every message of the table', function () {
    this.timeout(60_000);
    for (const [seed, name] of names.entries()) {
      const message = findMessage(name) as MessageDescriptor;
      fc.assert(
        fc.property(anyMessage(message, 3), (json) => {
          const { value, problems } = canonicalJson(name, json);
          assert.deepEqual(problems, []);
          const encoded = encodeAny(`x/${name}`, json as JsonObject);
          assert.ok(encoded.ok);
          assert.deepEqual(decodeAny(`x/${name}`, encoded.bytes), { ok: true, value });
        }),
        { numRuns: 20, seed },
      );
    }
  });

  it('writes equal values as equal bytes, in whatever order their maps are', () => {
    const metadata = findMessage('envoy.config.core.v3.Metadata') as MessageDescriptor;
    const one = { filterMetadata: { a: { x: 1, y: 2 }, b: {} } };
    const other = { filterMetadata: { b: {}, a: { y: 2, x: 1 } } };
    assert.deepEqual(encodeMessage(metadata, other), encodeMessage(metadata, one));
  });
});
