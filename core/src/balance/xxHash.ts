const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;

/** XXH64 of bytes, as doc/xxhash_spec.md of xxHash has it: what Envoy hashes requests and endpoints with. */
export function xxHash64(bytes: Uint8Array, seed = 0n): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { length } = bytes;
  let at = 0;
  let hash = u64(seed + P5);
  if (length >= 32) {
    const lanes: [bigint, bigint, bigint, bigint] = [
      u64(seed + P1 + P2),
      u64(seed + P2),
      seed,
      u64(seed - P1),
    ];
    for (; at + 32 <= length; at += 32) {
      lanes[0] = round(lanes[0], view.getBigUint64(at, true));
      lanes[1] = round(lanes[1], view.getBigUint64(at + 8, true));
      lanes[2] = round(lanes[2], view.getBigUint64(at + 16, true));
      lanes[3] = round(lanes[3], view.getBigUint64(at + 24, true));
    }
    const [a, b, c, d] = lanes;
    hash = u64(rotate(a, 1n) + rotate(b, 7n) + rotate(c, 12n) + rotate(d, 18n));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * P1 + P4);
  }
  hash = u64(hash + BigInt(length));
  for (; at + 8 <= length; at += 8)
    hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * P1 + P4);
  if (at + 4 <= length) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * P1), 23n) * P2 + P3);
    at += 4;
  }
  for (; at < length; at++) hash = u64(rotate(hash ^ u64(BigInt(view.getUint8(at)) * P5), 11n) * P1);
  hash = u64((hash ^ (hash >> 33n)) * P2);
  hash = u64((hash ^ (hash >> 29n)) * P3);
  return hash ^ (hash >> 32n);
}

/** The hash of a client's address, as text, by which connection_properties.source_ip chooses. */
export function addressHash(address: string): bigint {
  return xxHash64(new TextEncoder().encode(address));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, by: bigint): bigint {
  return u64(value << by) | (value >> (64n - by));
}

function round(lane: bigint, input: bigint): bigint {
  return u64(rotate(u64(lane + input * P2), 31n) * P1);
}
