import { BpfError } from './errors.js';

/**
 * Something that owns a file descriptor or native memory.
 *
 * `close()` gives it back; everything afterwards throws `BpfError` with reason
 * `closed`. A handle that is collected without `close()` makes a process
 * warning and is *not* closed: what the collector decides is no time to detach
 * a program.
 */
export abstract class OwnedHandle<H> {
  #handle: H | undefined;
  /** `map oh_addr`, for messages. */
  readonly #label: string;
  readonly #release: (handle: H) => void;

  protected constructor(label: string, handle: H, release: (handle: H) => void) {
    this.#label = label;
    this.#handle = handle;
    this.#release = release;
    leaks.register(this, label, this);
  }

  get closed(): boolean {
    return this.#handle === undefined;
  }

  /** Closing twice does nothing. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    leaks.unregister(this);
    this.#release(handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** For messages: `map oh_addr`. */
  toString(): string {
    return this.#label;
  }

  /** @internal The native handle, for an operation named by a verb. */
  use(verb: string): H {
    if (this.#handle !== undefined) return this.#handle;
    throw new BpfError({
      reason: 'closed',
      operation: `${verb} ${this.#label}`,
      message: 'it is closed',
    });
  }
}

const leaks = new FinalizationRegistry<string>((label) => {
  process.emitWarning(`${label} was dropped without close(): its file descriptor stays open`, {
    type: 'BpfLeakWarning',
  });
});
