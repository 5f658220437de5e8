/**
 * Bodies from an endpoint to a client without JavaScript (agent/native/pump.c). A piece of 64 KiB costs a socket of Node
 * three times what the kernel needs for it: 1 MiB through JavaScript took 880 us of CPU, through a pump 300 us.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { getSystemErrorName } from 'node:util';

/** How a pump ended; all bytes were moved when both are undefined. */
export interface PumpEnd {
  /** `end`: the source ended its side; else the errno name of its error, which it does not tell a second time. */
  readonly source?: string;
  /** errno name: the target takes nothing any more. */
  readonly target?: string;
}

export interface Pump {
  /** Ends it at once; its callback is not called. Returns the bytes that were moved. */
  stop(): number;
}

export interface PumpJob {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  /** One of the sockets is in a socket map. */
  readonly mapped: boolean;
  readonly ended: (moved: number, end: PumpEnd) => void;
}

type Native = Readonly<{
  newLoop(ended: (slot: number, moved: number, source: number, target: number) => void): object | number;
  start(loop: object, from: number, to: number, bytes: number, copy: boolean): number;
  stop(loop: object, slot: number): number;
}>;

export class BodyPumps {
  readonly #native = load();
  readonly #loop: object;
  readonly #jobs = new Map<number, PumpJob>();

  /** Throws when the addon is not built. */
  constructor() {
    const loop = this.#native.newLoop((slot, moved, source, target) =>
      this.#ended(slot, moved, source, target),
    );
    if (typeof loop === 'number')
      throw new Error(`The relay cannot watch sockets (${getSystemErrorName(loop)}).`);
    this.#loop = loop;
  }

  /** Moves bytes between two sockets that nobody else reads from or writes to meanwhile. Undefined: no descriptor is left. */
  start(job: PumpJob): Pump | undefined {
    const slot = this.#native.start(this.#loop, job.from, job.to, job.bytes, job.mapped);
    if (slot < 0) return undefined;
    this.#jobs.set(slot, job);
    return {
      stop: () => {
        if (this.#jobs.get(slot) !== job) return 0;
        this.#jobs.delete(slot);
        return this.#native.stop(this.#loop, slot);
      },
    };
  }

  #ended(slot: number, moved: number, source: number, target: number): void {
    const job = this.#jobs.get(slot);
    this.#jobs.delete(slot);
    job?.ended(moved, {
      ...(source === 0 ? {} : { source: source < 0 ? 'end' : getSystemErrorName(-source) }),
      ...(target === 0 ? {} : { target: getSystemErrorName(-target) }),
    });
  }
}

function load(): Native {
  const path = fileURLToPath(new URL('../../../build/pump.node', import.meta.url));
  try {
    return createRequire(import.meta.url)(path) as Native;
  } catch (cause) {
    throw new Error(`The relay cannot load its addon ${path}: build it with npm run build.`, { cause });
  }
}
