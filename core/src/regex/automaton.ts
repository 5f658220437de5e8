/**
 * Regular expressions in the form in which programs decide them: a table of states (struct oh_regex and struct oh_dfa in
 * bpf/lib/wire.h). Pattern → program of RE2 → automaton → smallest automaton → table.
 */
import { determinise, type Dfa } from './determinise.js';
import { minimise } from './minimise.js';
import { octetClasses, type OctetClasses } from './octetClasses.js';
import { programOf } from './program.js';

/** Whether a whole text matches. State 0 never matches, whatever follows; the text matches in states from `accept` on. */
export interface Automaton {
  /** By octet: its class, below `classes`. */
  readonly classOf: Uint8Array;
  readonly classes: number;
  readonly start: number;
  readonly accept: number;
  /** The next state by `state * classes + class`. */
  readonly cells: Uint8Array;
}

/**
 * A state is a byte; and of tables of 8 KiB, 128 entries, the kernel's map has room for 512. Those of everyday are much smaller:
 * /api/v[0-9]+/users/[^/]+ has 17 states and 11 classes, 187 bytes in 3 entries.
 */
const STATES_MOST = 256;
const CELLS_MOST = 8192;

/** Undefined: it is too large, and the relay decides. The pattern is one that RE2 takes. */
export function automatonOf(pattern: string): Automaton | undefined {
  if (known.has(pattern)) return known.get(pattern);
  const made = build(pattern);
  if (known.size >= KNOWN_MOST) known.clear();
  known.set(pattern, made);
  return made;
}

const known = new Map<string, Automaton | undefined>();
const KNOWN_MOST = 4096;

function build(pattern: string): Automaton | undefined {
  const program = programOf(pattern);
  if (program === undefined) return undefined;
  const classes = octetClasses(program);
  const dfa = determinise(program, classes);
  return dfa && table(minimise(dfa), classes);
}

function table(dfa: Dfa, classes: OctetClasses): Automaton | undefined {
  const order = stateOrder(dfa);
  const columns = mergedColumns(dfa);
  const width = Math.max(...columns) + 1;
  if (order.states.length > STATES_MOST || order.states.length * width > CELLS_MOST) return undefined;
  const cells = new Uint8Array(order.states.length * width);
  for (const [id, state] of order.states.entries()) {
    const next = state === undefined ? [] : (dfa.next[state] ?? []);
    for (const [one, column] of columns.entries()) cells[id * width + column] = order.idOf(next[one]);
  }
  return {
    classOf: classes.of.map((one) => columns[one] ?? 0),
    classes: width,
    start: order.idOf(dfa.start),
    accept: order.accept,
    cells,
  };
}

interface StateOrder {
  /** By id in the table; undefined: the automaton has no state that never matches, which is 0 all the same. */
  readonly states: readonly (number | undefined)[];
  readonly accept: number;
  idOf(state: number | undefined): number;
}

function stateOrder({ accepts, next }: Dfa): StateOrder {
  const all = accepts.map((_, state) => state);
  const dead = all.find((state) => accepts[state] !== true && next[state]?.every((one) => one === state));
  const live = all.filter((state) => state !== dead);
  const [open, ended] = [false, true].map((end) => live.filter((state) => accepts[state] === end));
  const states = [dead, ...(open ?? []), ...(ended ?? [])];
  const ids = new Map(states.map((state, id) => [state, id]));
  return { states, accept: states.length - (ended ?? []).length, idOf: (state) => ids.get(state) ?? 0 };
}

/** By class: where it is in the table. Classes that lead from every state to the same one are there once. */
function mergedColumns({ next }: Dfa): readonly number[] {
  const ids = new Map<string, number>();
  return (next[0] ?? []).map((_, one) => {
    const key = next.map((targets) => targets[one]).join();
    let id = ids.get(key);
    if (id === undefined) ids.set(key, (id = ids.size));
    return id;
  });
}
