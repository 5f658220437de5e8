const MULTIPLIER = 0xc6a4a7935bd1e995n;
/** std::hash of libstdc++, which Envoy's hash rings are compatible with. */
const SEED = 0xc70f6907n;

/** MurmurHash2 for 64 bits, with the seed of Envoy (source/common/common/murmur_hash.cc). */
export function murmurHash2(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const whole = bytes.length & ~7;
  let hash = SEED ^ u64(BigInt(bytes.length) * MULTIPLIER);
  for (let at = 0; at < whole; at += 8) {
    const data = u64(mixed(u64(view.getBigUint64(at, true) * MULTIPLIER)) * MULTIPLIER);
    hash = u64((hash ^ data) * MULTIPLIER);
  }
  if (whole < bytes.length) {
    let data = 0n;
    for (let at = bytes.length - 1; at >= whole; at--) data = (data << 8n) | BigInt(view.getUint8(at));
    hash = u64((hash ^ data) * MULTIPLIER);
  }
  return mixed(u64(mixed(hash) * MULTIPLIER));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function mixed(value: bigint): bigint {
  return value ^ (value >> 47n);
}
