import type { Program } from './program.js';

/** Octets that a program cannot tell apart are one class. */
export interface OctetClasses {
  /** By octet. */
  readonly of: Uint8Array;
  /** An octet of each class. */
  readonly samples: readonly number[];
}

/** What assertions ask about an octet, or about the edge of the text. */
export type Neighbour = 'edge' | 'newline' | 'word' | 'other';

export function neighbourOf(octet: number): Neighbour {
  if (octet === 0x0a) return 'newline';
  return /\w/.test(String.fromCharCode(octet)) ? 'word' : 'other';
}

export function octetClasses({ nodes }: Program): OctetClasses {
  const sets = new Set<Uint8Array>();
  for (const node of nodes) if (node.kind === 'octet') sets.add(node.set);
  if (nodes.some(({ kind }) => kind === 'assertion')) sets.add(NEIGHBOURS);
  const of = new Uint8Array(256);
  let samples = [0];
  for (const set of sets) samples = split(of, set);
  return { of, samples };
}

/** By octet: the number of what assertions see in it. */
const NEIGHBOURS = Uint8Array.from({ length: 256 }, (_, octet) =>
  (['newline', 'word', 'other'] as const).findIndex((one) => one === neighbourOf(octet)),
);

/** Splits classes by the parts, 0 to 2, that a set divides the octets into. Returns an octet of each class. */
function split(of: Uint8Array, parts: Uint8Array): number[] {
  const ids = new Int16Array(3 * 256).fill(-1);
  const samples: number[] = [];
  for (let octet = 0; octet < 256; octet++) {
    const key = 3 * (of[octet] ?? 0) + (parts[octet] ?? 0);
    let id = ids[key] ?? -1;
    if (id < 0) {
      ids[key] = id = samples.length;
      samples.push(octet);
    }
    of[octet] = id;
  }
  return samples;
}
