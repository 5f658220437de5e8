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
  const of = new Uint8Array(256);
  let samples = [0];
  const split = (partOf: (octet: number) => string | number): void => {
    const ids = new Map<string, number>();
    const found: number[] = [];
    for (let octet = 0; octet < 256; octet++) {
      const key = `${of[octet]} ${partOf(octet)}`;
      let id = ids.get(key);
      if (id === undefined) {
        ids.set(key, (id = found.length));
        found.push(octet);
      }
      of[octet] = id;
    }
    samples = found;
  };
  for (const set of sets) split((octet) => set[octet] ?? 0);
  if (nodes.some(({ kind }) => kind === 'assertion')) split(neighbourOf);
  return { of, samples };
}
