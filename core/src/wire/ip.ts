/**
 * The 16 bytes of an IP address as the kernel side holds it: IPv4 as ::ffff:a.b.c.d. Undefined for
 * anything that inet_pton would not take (names, leading zeros, zone ids).
 */
export function parseIp(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(16);
  if (!text.includes(':')) {
    const four = parseFour(text);
    if (four === undefined) return undefined;
    bytes.fill(0xff, 10, 12);
    bytes.set(four, 12);
    return bytes;
  }
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? groupsOf(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const known = head.length + tail.length;
  if (halves.length === 2 ? known > 14 : known !== 16) return undefined;
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The text of 16 bytes: dotted for IPv4, RFC 5952 for IPv6. */
export function formatIp(bytes: Uint8Array): string {
  if (isMappedFour(bytes)) return bytes.subarray(12, 16).join('.');
  const groups = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  const { start, length } = longestZeros(groups);
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  return length < 2 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function formatAddress(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** One spelling for one address; undefined when it is none. */
export function canonicalIp(text: string): string | undefined {
  if (PLAIN_FOUR.test(text)) return text;
  const bytes = parseIp(text);
  return bytes === undefined ? undefined : formatIp(bytes);
}

const PLAIN_FOUR = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

function parseFour(text: string): number[] | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const numbers = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256));
  return numbers.every((n) => n < 256) ? numbers : undefined;
}

/** Bytes of colon-separated groups; the last may be a dotted IPv4 address where that is allowed. */
function groupsOf(text: string, dottedAllowed: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [i, part] of parts.entries()) {
    if (dottedAllowed && i === parts.length - 1 && part.includes('.')) {
      const four = parseFour(part);
      if (four === undefined) return undefined;
      bytes.push(...four);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      const group = parseInt(part, 16);
      bytes.push(group >> 8, group & 0xff);
    }
  }
  return bytes;
}

function isMappedFour(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((b) => b === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let length = 0;
  for (const [i, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > best.length) best = { start: i - length + 1, length };
  }
  return best;
}
