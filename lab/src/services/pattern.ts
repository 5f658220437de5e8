/** Not a divisor of any buffer or page size: bytes that were moved, doubled or lost do not fit. */
const PERIOD = 251;

/** Byte `i` of the bodies of `/bytes/N` and `/chunked/N` is `i % 251`. */
export function patternBytes(length: number, offset = 0): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let index = 0; index < length; index++) bytes[index] = (offset + index) % PERIOD;
  return bytes;
}
