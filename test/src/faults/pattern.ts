/**
 * Bodies whose every byte is known: byte p of body `seed` is byte (p + seed * 4099) of a fixed random block that repeats.
 * Who reads one compares it as it comes, and needs no memory for it.
 */
const blockBytes = 1_000_003;
/** Bytes that are always there in one piece. */
const pieceMost = 256 * 1024;

const block = makeBlock();

/** Bytes `from` to `from + length` of body `seed`; fewer when `length` is above 256 KiB. */
export function piece(seed: number, from: number, length: number): Buffer {
  const at = (from + seed * 4099) % blockBytes;
  return block.subarray(at, at + Math.min(length, pieceMost));
}

/** Is `bytes` what body `seed` has from `from` on? */
export function matches(seed: number, from: number, bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += pieceMost) {
    const part = bytes.subarray(at, at + pieceMost);
    if (!part.equals(piece(seed, from + at, part.length))) return false;
  }
  return true;
}

/** xorshift32, twice around the edge so that every piece lies in one stretch. */
function makeBlock(): Buffer {
  const bytes = Buffer.alloc(blockBytes + pieceMost);
  let x = 0x9e3779b9;
  for (let i = 0; i < blockBytes; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x & 0xff;
  }
  bytes.copy(bytes, blockBytes, 0, pieceMost);
  return bytes;
}
