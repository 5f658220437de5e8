/** FNV-1a, 32 bits: how the kernel's parser hashes lower-case header names (bpf/lib/http.h). */
export function fnv1a(bytes: Uint8Array): number {
  let hash = 2166136261;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
  return hash >>> 0;
}
