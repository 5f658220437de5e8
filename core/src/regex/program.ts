/**
 * A regular expression as the program that RE2 compiles it to, over octets. re2js is a port of RE2 and keeps its instructions
 * (src/Inst.js and src/Utils.js there); nothing else of OneHop looks into them.
 */
import { compiled } from '../evaluate/regex.js';

export interface Program {
  /** Index of a node. */
  readonly start: number;
  readonly nodes: readonly ProgramNode[];
}

export type ProgramNode =
  /** Reads an octet that `set` has a 1 for. */
  | { readonly kind: 'octet'; readonly set: Uint8Array; readonly to: number }
  /** Goes on at any of these, and reads nothing. */
  | { readonly kind: 'choice'; readonly to: readonly number[] }
  /** Goes on only where all of `assertions` (bits of ASSERTION) hold, and reads nothing. */
  | { readonly kind: 'assertion'; readonly assertions: number; readonly to: number }
  | { readonly kind: 'match' }
  | { readonly kind: 'fail' };

/** What may be asked of the place between two octets. */
export const ASSERTION = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const;

/** Undefined: it has an instruction that is not one of RE2. The pattern is one that RE2 takes. */
export function programOf(pattern: string): Program | undefined {
  const { inst: instructions, start } = compiled(pattern).re2Input.prog as Re2Program;
  const nodes = instructions.map(nodeOf);
  const all = nodes.filter((node) => node !== undefined);
  return all.length === nodes.length ? { start, nodes: all } : undefined;
}

/** re2js has no types for these. */
interface Re2Program {
  readonly start: number;
  readonly inst: readonly Re2Instruction[];
}

interface Re2Instruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: Int32Array;
  matchRune(rune: number): boolean;
}

const OP = {
  ALT: 1,
  ALT_MATCH: 2,
  CAPTURE: 3,
  EMPTY_WIDTH: 4,
  FAIL: 5,
  MATCH: 6,
  NOP: 7,
  RUNE: 8,
  RUNE1: 9,
  RUNE_ANY: 10,
  RUNE_ANY_NOT_NL: 11,
} as const;

function nodeOf(instruction: Re2Instruction): ProgramNode | undefined {
  const { op, out, arg } = instruction;
  switch (op) {
    case OP.ALT:
    case OP.ALT_MATCH:
      return { kind: 'choice', to: [out, arg] };
    case OP.CAPTURE:
    case OP.NOP:
      return { kind: 'choice', to: [out] };
    case OP.EMPTY_WIDTH:
      return { kind: 'assertion', assertions: arg, to: out };
    case OP.FAIL:
      return { kind: 'fail' };
    case OP.MATCH:
      return { kind: 'match' };
    case OP.RUNE:
    case OP.RUNE1:
    case OP.RUNE_ANY:
    case OP.RUNE_ANY_NOT_NL:
      return { kind: 'octet', set: setOf(instruction), to: out };
    default:
      return undefined;
  }
}

function setOf(instruction: Re2Instruction): Uint8Array {
  // Of one rune, `arg` says whether its case counts.
  const key = `${instruction.arg} ${instruction.runes.join()}`;
  let set = known.get(key);
  if (set === undefined) {
    set = Uint8Array.from({ length: 256 }, (_, octet) => (instruction.matchRune(octet) ? 1 : 0));
    if (known.size >= KNOWN_MOST) known.clear();
    known.set(key, set);
  }
  return set;
}

/** Expressions have many sets in common. */
const known = new Map<string, Uint8Array>();
const KNOWN_MOST = 1024;
