import type { Dfa } from './determinise.js';

/** The smallest automaton that accepts the same texts: states that no text tells apart become one (Hopcroft's algorithm). */
export function minimise({ start, accepts, next }: Dfa): Dfa {
  const blockOf = partition(accepts, next);
  const first = new Map<number, number>();
  for (const [state, block] of blockOf.entries()) if (!first.has(block)) first.set(block, state);
  const ids = new Map([...first.keys()].map((block, id) => [block, id]));
  const idOf = (state: number): number => ids.get(blockOf[state] ?? 0) ?? 0;
  const states = [...first.values()];
  return {
    start: idOf(start),
    accepts: states.map((state) => accepts[state] === true),
    next: states.map((state) => (next[state] ?? []).map(idOf)),
  };
}

/** The block of each state. */
function partition(accepts: Dfa['accepts'], next: Dfa['next']): readonly number[] {
  const blockOf = accepts.map(Number);
  const blocks: Set<number>[] = [new Set(), new Set()];
  for (const [state, block] of blockOf.entries()) blocks[block]?.add(state);
  const into = predecessors(next);
  // By which blocks others are still to be split.
  const waiting = new Set([0, 1]);
  for (const splitter of waiting) {
    waiting.delete(splitter);
    const members = [...(blocks[splitter] ?? [])];
    for (const from of into) {
      const entering = new Map<number, number[]>();
      for (const member of members)
        for (const state of from[member] ?? []) {
          const block = blockOf[state] as number;
          const list = entering.get(block);
          if (list === undefined) entering.set(block, [state]);
          else list.push(state);
        }
      for (const [block, states] of entering) {
        const whole = blocks[block] as Set<number>;
        if (states.length === whole.size) continue;
        const other = blocks.push(new Set(states)) - 1;
        for (const state of states) {
          whole.delete(state);
          blockOf[state] = other;
        }
        waiting.add(waiting.has(block) || states.length <= whole.size ? other : block);
      }
    }
  }
  return blockOf;
}

/** By class, then state: the states that lead there. */
function predecessors(next: Dfa['next']): readonly (readonly (readonly number[])[])[] {
  const classes = next[0]?.length ?? 0;
  return Array.from({ length: classes }, (_, one) => {
    const from: number[][] = next.map(() => []);
    for (const [state, targets] of next.entries()) from[targets[one] ?? 0]?.push(state);
    return from;
  });
}
