import { existsSync, watch, type FSWatcher } from 'node:fs';
import type { LabState } from '@onehop/lab/backends/backend.js';
import { existingLabs, inspectLab } from '@onehop/lab/backends/local/inspect.js';
import { labNames, RUN_DIRECTORY } from '@onehop/lab/backends/local/names.js';
import { absentLab } from '../store/state.js';

/** That a process of a lab has ended is no event of a file: looked at this often while a lab exists. */
const livenessMs = 1_000;
/** File events closer together than this are one. */
const settleMs = 50;

export interface LabsSeen {
  readonly labs: readonly string[];
  readonly lab: LabState;
  /** The lab exists, but another user's files say how it is. */
  readonly hidden: boolean;
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
    const labs = existingLabs();
    const states = labs.flatMap((lab) => inspectOwn(lab) ?? []);
    const chosen = this.#choose(states);
    const own = states.find((state) => state.lab === chosen) ?? inspectOwn(chosen);
    const seen = { labs, lab: own ?? absentLab(chosen), hidden: own === undefined };
    this.#checkLiveness(labs.length > 0);
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

/** Undefined: this user may not read what was recorded of the lab. */
function inspectOwn(lab: string): LabState | undefined {
  try {
    return inspectLab(labNames(lab));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}
