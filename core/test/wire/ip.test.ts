import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import fc from 'fast-check';
import { canonicalIp, formatAddress, formatIp, parseIp } from '../../src/wire/ip.js';

describe('wire: IP addresses', () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['10.0.0.1', '10.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['::1', '::1'],
    ['fd00:198:18:100::3', 'fd00:198:18:100::3'],
    ['FD00:0198:0018:0100:0000:0000:0000:0003', 'fd00:198:18:100::3'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['0:0:1::', '0:0:1::'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['', undefined],
    ['10.0.0', undefined],
    ['10.0.0.256', undefined],
    ['10.0.0.01', undefined],
    ['10.0.0.1 ', undefined],
    ['reviews', undefined],
    [':', undefined],
    [':::', undefined],
    ['1::2::3', undefined],
    ['1:2:3:4:5:6:7', undefined],
    ['1:2:3:4:5:6:7:8:9', undefined],
    ['1:2:3:4:5:6:7::8', undefined],
    ['12345::', undefined],
    ['fe80::1%eth0', undefined],
    ['1.2.3.4::', undefined],
    ['::1.2.3', undefined],
  ];
  for (const [text, expected] of cases) {
    it(`"${text}": ${expected ?? 'none'}`, () => {
      // 1:2:3:4:5:6:7::8 has nothing left for "::" to stand for; net.isIP takes it, RFC 4291 does not.
      assert.equal(canonicalIp(text), expected);
    });
  }

  it('reads what it writes, and what net.isIP takes', () => {
    const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const sparse = sixteen.map((bytes) => bytes.map((b) => (b > 96 ? 0 : b)));
    fc.assert(
      fc.property(fc.oneof(sixteen, sparse), (bytes) => {
        const text = formatIp(bytes);
        assert.ok(isIP(text) !== 0, text);
        assert.deepEqual(parseIp(text), Uint8Array.from(bytes));
      }),
      { numRuns: 500, seed: 4 },
    );
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
        assert.ok(parseIp(text), text);
      }),
      { numRuns: 500, seed: 5 },
    );
  });

  it('writes addresses with ports', () => {
    assert.equal(formatAddress('10.0.0.1', 80), '10.0.0.1:80');
    assert.equal(formatAddress('::1', 80), '[::1]:80');
  });
});
