/** The subset construction: a program as an automaton that is in one state at a time. */
import { neighbourOf, type Neighbour, type OctetClasses } from './octetClasses.js';
import { ASSERTION, type Program } from './program.js';

/** States are numbers, and so are classes of octets. Every state has a next one for every class. */
export interface Dfa {
  readonly start: number;
  /** By state: whether the text may end there. */
  readonly accepts: readonly boolean[];
  /** By state, then class. */
  readonly next: readonly (readonly number[])[];
}

/** Beyond that the automaton is given up: it could have two to the power of the program's length states. */
const STATES_MOST = 1024;
/** Nodes looked at, over all states: some 10 ms. */
const WORK_MOST = 500_000;

/** The automaton that accepts the texts that the program matches from their beginning to their end; undefined: it is too large. */
export function determinise(program: Program, classes: OctetClasses): Dfa | undefined {
  return new Construction(program, classes).run();
}

/** Where the program may be, and what stands before that, if an assertion asks. */
interface Subset {
  /** Nodes that read, assert or match, ascending. */
  readonly nodes: readonly number[];
  readonly before: Neighbour | undefined;
}

class Construction {
  readonly #program: Program;
  readonly #neighbours: readonly Neighbour[];
  readonly #samples: readonly number[];
  readonly #ids = new Map<string, number>();
  readonly #subsets: Subset[] = [];
  #work = 0;

  constructor(program: Program, { samples }: OctetClasses) {
    this.#program = program;
    this.#samples = samples;
    this.#neighbours = samples.map(neighbourOf);
  }

  run(): Dfa | undefined {
    const start = this.#idOf([this.#program.start], 'edge');
    const accepts: boolean[] = [];
    const next: number[][] = [];
    for (let at = 0; at < this.#subsets.length; at++) {
      const subset = this.#subsets[at] as Subset;
      accepts.push(this.#asserted(subset, 'edge').some((node) => this.#kindOf(node) === 'match'));
      next.push(this.#nextOf(subset));
      if (this.#subsets.length > STATES_MOST || this.#work > WORK_MOST) return undefined;
    }
    return { start, accepts, next };
  }

  #nextOf(subset: Subset): number[] {
    const reached = new Map<Neighbour, readonly number[]>();
    return this.#samples.map((octet, index) => {
      if (this.#work > WORK_MOST) return 0; // run() gives up
      const after = this.#neighbours[index] as Neighbour;
      let nodes = reached.get(after);
      if (nodes === undefined) reached.set(after, (nodes = this.#asserted(subset, after)));
      this.#work += nodes.length;
      const targets: number[] = [];
      for (const at of nodes) {
        const node = this.#program.nodes[at];
        if (node?.kind === 'octet' && node.set[octet] === 1) targets.push(node.to);
      }
      return this.#idOf(targets, after);
    });
  }

  #idOf(targets: readonly number[], before: Neighbour): number {
    const nodes = this.#closure(targets, () => false).sort((a, b) => a - b);
    const asks = nodes.some((node) => this.#kindOf(node) === 'assertion');
    const key = `${asks ? before : ''} ${nodes.join()}`;
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#subsets.push({ nodes, before: asks ? before : undefined }) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  /** The nodes of a subset and those behind its assertions that hold before `after`. */
  #asserted({ nodes, before }: Subset, after: Neighbour): readonly number[] {
    if (before === undefined) return nodes;
    const held = heldBetween(before, after);
    return this.#closure(nodes, (assertions) => (assertions & ~held) === 0);
  }

  /** What can be reached without reading, through assertions that hold. */
  #closure(from: readonly number[], holds: (assertions: number) => boolean): number[] {
    const found: number[] = [];
    const seen = new Set(from);
    const open = [...seen];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      this.#work++;
      const node = this.#program.nodes[at];
      if (node === undefined || node.kind === 'fail') continue;
      if (node.kind !== 'choice') found.push(at);
      const more = node.kind === 'choice' ? node.to : [];
      const behind = node.kind === 'assertion' && holds(node.assertions) ? [node.to] : more;
      for (const one of behind) {
        if (seen.has(one)) continue;
        seen.add(one);
        open.push(one);
      }
    }
    return found;
  }

  #kindOf(node: number): string | undefined {
    return this.#program.nodes[node]?.kind;
  }
}

/** Bits of ASSERTION that hold between two octets. */
function heldBetween(before: Neighbour, after: Neighbour): number {
  const ends = (one: Neighbour): boolean => one === 'edge' || one === 'newline';
  return (
    (ends(before) ? ASSERTION.beginLine : 0) |
    (ends(after) ? ASSERTION.endLine : 0) |
    (before === 'edge' ? ASSERTION.beginText : 0) |
    (after === 'edge' ? ASSERTION.endText : 0) |
    ((before === 'word') === (after === 'word') ? ASSERTION.noWordBoundary : ASSERTION.wordBoundary)
  );
}
