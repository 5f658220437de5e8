/** Which octets HTTP/1.1 allows where (RFC 9110 5.5 and 5.6.2, RFC 9112 3.2, RFC 3986 3.2). Index: octet; 1: allowed. */
export const tokenOctet = table("!#$%&'*+-.^_`|~", alphanumeric);
/** Field values: visible characters, blanks and obs-text. */
export const valueOctet = table('\t', (c) => (c >= 0x20 && c < 0x7f) || c >= 0x80);
/** A request target: visible ASCII. */
export const targetOctet = table('', (c) => c > 0x20 && c < 0x7f);
/** A Host value, percent-encoding and IPv6 brackets included. */
export const hostOctet = table("-._~!$&'()*+,;=:@[]%", alphanumeric);
/** Hexadecimal digits: their value plus 1. */
export const hexValue = table('', () => false);
for (let i = 0; i < 16; i++) {
  hexValue[i.toString(16).charCodeAt(0)] = i + 1;
  hexValue[i.toString(16).toUpperCase().charCodeAt(0)] = i + 1;
}

/** FNV-1a of a lower-case name, a signed 32-bit number: tells header names apart before their letters are compared. */
export function nameHash(name: string): number {
  let hash = hashStart;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), hashPrime);
  return hash;
}

export const hashStart = 2166136261 | 0;
export const hashPrime = 16777619;

/** Are the octets the ASCII text, upper and lower case alike? `text` is lower case. */
export function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let i = 0; i < text.length; i++) {
    const c = bytes[start + i]!;
    if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) !== text.charCodeAt(i)) return false;
  }
  return true;
}

function alphanumeric(c: number): boolean {
  return (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a);
}

function table(characters: string, also: (octet: number) => boolean): Uint8Array {
  const allowed = new Uint8Array(256);
  for (let c = 0; c < 256; c++) if (also(c)) allowed[c] = 1;
  for (const character of characters) allowed[character.charCodeAt(0)] = 1;
  return allowed;
}
