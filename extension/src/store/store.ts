import type { NodeState, State } from './state.js';

export type StateListener = (state: State, before: State) => void;

/** The one place that holds what was pushed to this window. Sources write to it, views listen to it. */
export class Store {
  #state: State;
  readonly #listeners = new Set<StateListener>();
  #told: State;
  #pending = false;

  constructor(initial: State) {
    this.#state = initial;
    this.#told = initial;
  }

  get state(): State {
    return this.#state;
  }

  /** Changes some fields. Listeners hear of all changes of one turn of the event loop at once. */
  update(change: Partial<State>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#pending) return;
    this.#pending = true;
    queueMicrotask(() => this.#tell());
  }

  /** Changes some fields of one node. A node that is not in the store (any more) is left alone. */
  updateNode(name: string, change: Partial<NodeState>): void {
    const node = this.#state.nodes.get(name);
    if (node === undefined) return;
    this.update({ nodes: new Map(this.#state.nodes).set(name, { ...node, ...change }) });
  }

  /** Calls back after every change, until the function returned is called. */
  onChange(listener: StateListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tell(): void {
    this.#pending = false;
    const before = this.#told;
    this.#told = this.#state;
    for (const listener of this.#listeners) listener(this.#told, before);
  }
}
