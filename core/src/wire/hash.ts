/**
 * The hash of a header name by which the datapath finds it: oh_name_hash() of bpf/lib/scan.h. ASCII letters count alike in
 * both cases. Different names may have the same hash; the datapath compares them in full, too.
 */
export function headerNameHash(name: Uint8Array): number {
  let hash = 0n;
  for (let at = 0; at < name.length; at += 8) {
    let chunk = 0n;
    for (let i = Math.min(name.length - at, 8) - 1; i >= 0; i--) {
      chunk = (chunk << 8n) | BigInt((name[at + i] ?? 0) | 0x20);
    }
    hash = BigInt.asUintN(64, (hash ^ chunk) * 0x9e3779b97f4a7c15n);
    hash ^= hash >> 29n;
  }
  return Number(hash >> 32n);
}
