/** What one end of a connection does, step by step. Both ends of a shape are such lists; only bytes tie them together. */

/** Octets: latin-1 text, so many that follow from a seed, or several of these behind each other. */
export type Bytes = string | Fill | { readonly all: readonly Bytes[] };

export interface Fill {
  readonly fill: number;
  readonly seed: number;
  /** Octets of the seed that are left out before. */
  readonly from?: number;
}

export type Step =
  /** Each piece in a write() of its own; `gap` ms between two of them, 0: as fast as can be. */
  | { readonly do: 'send'; readonly pieces: readonly Bytes[]; readonly gap: number }
  | { readonly do: 'pause'; readonly ms: number }
  /** Waits for so many bytes more. */
  | { readonly do: 'read'; readonly count: number }
  /** Waits for a text after what was waited for before. */
  | { readonly do: 'until'; readonly text: string }
  /** Waits for the end of what the other side sends, and lets how it ended be compared. */
  | { readonly do: 'ending' }
  /** FIN, and goes on reading. */
  | { readonly do: 'finish' }
  /** RST. */
  | { readonly do: 'reset' }
  /** close(): FIN when everything that came was read. */
  | { readonly do: 'close' }
  /** close(), whatever came and was not waited for: a server that ends an idle connection does not look. */
  | { readonly do: 'abandon' }
  /** Reads nothing from here on: the window fills up. */
  | { readonly do: 'hold' }
  | { readonly do: 'resume' };

export const send = (...pieces: Bytes[]): Step => ({ do: 'send', pieces, gap: 2 });
/** The pieces follow each other as fast as can be. */
export const rush = (...pieces: Bytes[]): Step => ({ do: 'send', pieces, gap: 0 });
export const slowly = (gap: number, ...pieces: Bytes[]): Step => ({ do: 'send', pieces, gap });
export const pause = (ms: number): Step => ({ do: 'pause', ms });
export const read = (count: number): Step => ({ do: 'read', count });
export const until = (text: string): Step => ({ do: 'until', text });
export const ending: Step = { do: 'ending' };
export const finish: Step = { do: 'finish' };
export const reset: Step = { do: 'reset' };
export const close: Step = { do: 'close' };
export const abandon: Step = { do: 'abandon' };
export const hold: Step = { do: 'hold' };
export const resume: Step = { do: 'resume' };

/** Several as one piece. */
export const join = (...all: readonly Bytes[]): Bytes => ({ all });

export function lengthOf(...pieces: readonly Bytes[]): number {
  let sum = 0;
  for (const piece of pieces)
    if (typeof piece === 'string') sum += piece.length;
    else sum += 'fill' in piece ? piece.fill : lengthOf(...piece.all);
  return sum;
}

/** Cuts bytes at the places given, which rise and lie inside. */
export function cutAt(bytes: Bytes, places: readonly number[]): Bytes[] {
  const flat = flatten(bytes);
  const length = lengthOf(bytes);
  return [...places, length].map((to, i) => {
    const parts = slice(flat, places[i - 1] ?? 0, to);
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : join(...parts);
  });
}

function flatten(bytes: Bytes): (string | Fill)[] {
  return typeof bytes === 'object' && 'all' in bytes ? bytes.all.flatMap(flatten) : [bytes];
}

function slice(parts: readonly (string | Fill)[], from: number, to: number): Bytes[] {
  const found: Bytes[] = [];
  let at = 0;
  for (const part of parts) {
    const length = lengthOf(part);
    const begin = Math.max(0, from - at);
    const end = Math.min(length, to - at);
    at += length;
    if (begin >= end) continue;
    if (typeof part === 'string') found.push(part.slice(begin, end));
    else found.push({ fill: end - begin, seed: part.seed, from: (part.from ?? 0) + begin });
  }
  return found;
}

const pattern = makePattern();

export function octets(bytes: Bytes): Buffer {
  if (typeof bytes === 'string') return Buffer.from(bytes, 'latin1');
  if ('all' in bytes) return Buffer.concat(bytes.all.map(octets));
  const made = Buffer.allocUnsafe(bytes.fill);
  const from = (bytes.seed * 7919 + (bytes.from ?? 0)) % pattern.length;
  for (let at = 0; at < made.length;) at += pattern.copy(made, at, at === 0 ? from : 0);
  return made;
}

/** 65,521 octets (a prime number: blocks of a power of two all differ), each of the 256 values in no order. */
function makePattern(): Buffer {
  const made = Buffer.allocUnsafe(65_521);
  let x = 0x9e3779b9;
  for (let i = 0; i < made.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    made[i] = x & 0xff;
  }
  return made;
}
