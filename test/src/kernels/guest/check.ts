import type { KernelState } from './kernelState.js';

export interface Check {
  readonly name: string;
  /** Why it is not run yet. */
  readonly pending?: string;
  /** Rejects when the kernel, or what runs on it, did something else. */
  readonly run: (kernel: KernelState) => Promise<void>;
}
