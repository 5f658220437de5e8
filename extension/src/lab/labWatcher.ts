import { existsSync, watch, type FSWatcher } from 'node:fs';
import type { LabState } from '@onehop/lab/backends/backend.js';
import { existingLabs, inspectLab } from '@onehop/lab/backends/local/inspect.js';
import { labNames, RUN_DIRECTORY } from '@onehop/lab/backends/local/names.js';

/** That a process of a lab has ended is no event of a file: looked at this often while a lab exists. */
const livenessMs = 1_000;
/** File events closer together than this are one. */
const settleMs = 50;

export interface LabsSeen {
  readonly labs: readonly string[];
  readonly lab: LabState;
}

/** Tells what exists of the labs of this machine, in a moment and after every change. `choose` names the lab of this window. */
export class LabWatcher {
  readonly #choose: (states: readonly LabState[]) => string;
  readonly #onSeen: (seen: LabsSeen) => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #settling: NodeJS.Timeout | undefined;
  #liveness: NodeJS.Timeout | undefined;
  #last = '';

  constructor(choose: (states: readonly LabState[]) => string, onSeen: (seen: LabsSeen) => void) {
    this.#choose = choose;
    this.#onSeen = onSeen;
    // Not at once: activation does not wait for it.
    this.#settling = setTimeout(() => this.look());
  }

  /** Looks now, for example after the choice changed. */
  look(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    this.#watch();
    const states = existingLabs().map((lab) => inspectLab(labNames(lab)));
    const chosen = this.#choose(states);
    const lab = states.find((state) => state.lab === chosen) ?? inspectLab(labNames(chosen));
    const seen = { labs: states.map((state) => state.lab), lab };
    this.#checkLiveness(states.length > 0);
    const text = JSON.stringify(seen);
    if (text === this.#last) return;
    this.#last = text;
    this.#onSeen(seen);
  }

  dispose(): void {
    clearTimeout(this.#settling);
    clearInterval(this.#liveness);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Of directories that do not exist yet the parent is watched. */
  #watch(): void {
    const wanted = existsSync(RUN_DIRECTORY)
      ? [RUN_DIRECTORY, ...existingLabs().map((lab) => labNames(lab).stateDirectory)]
      : ['/run'];
    for (const [path, watcher] of this.#watchers) {
      if (wanted.includes(path) && existsSync(path)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    for (const path of wanted) if (!this.#watchers.has(path) && existsSync(path)) this.#open(path);
  }

  #open(path: string): void {
    try {
      const watcher = watch(path, (_event, name) => {
        if (path !== '/run' || name === 'onehop') this.#soon();
      });
      watcher.on('error', () => {
        watcher.close();
        this.#watchers.delete(path);
        this.#soon();
      });
      this.#watchers.set(path, watcher);
    } catch {
      // It went away, or may not be read: the next look tries again.
    }
  }

  #soon(): void {
    this.#settling ??= setTimeout(() => this.look(), settleMs);
  }

  #checkLiveness(on: boolean): void {
    if (on === (this.#liveness !== undefined)) return;
    clearInterval(this.#liveness);
    this.#liveness = on ? setInterval(() => this.look(), livenessMs) : undefined;
  }
}
