import type { GenerationPlan } from '@onehop/core/compile/plan.js';
import type { MapLimits } from '@onehop/core/compile/limits.js';
import type { MapDelete, MapWrite, StateReset } from '@onehop/core/compile/writes.js';

/** The maps of the loaded datapath, as far as configuration is written to them. */
export interface MapWriter {
  /** max_entries of the loaded maps. */
  readonly limits: MapLimits;
  /** Sets entries, in order. Throws when the kernel refuses one; those before it are set then. */
  write(entries: readonly MapWrite[]): void;
  /** Deletes keys of hash maps. One that is not there is fine. */
  delete(keys: readonly MapDelete[]): void;
  /** Sets entries of state to zero, on every CPU. */
  reset(entries: readonly StateReset[]): void;
  /** Sets the entry that makes a generation active. */
  flip(entry: MapWrite): void;
  /** Resolves when every program that ran when it was called has ended: an RCU grace period. */
  grace(): Promise<void>;
}

/** The kernel refused a generation. The one before is in force, untouched. */
export class WriteError extends Error {
  override readonly name = 'WriteError';
  readonly reason = 'kernel';
}

/** Puts a planned generation in force, as a whole or not at all. Throws WriteError. */
export function putInForce(
  { generation, resets, writes, flip, undo }: GenerationPlan,
  writer: MapWriter,
): void {
  try {
    writer.reset(resets);
    writer.write(writes);
    writer.flip(flip);
  } catch (cause) {
    throw new WriteError(
      `The kernel refused generation ${generation}: ${text(cause)}${takeBack(undo, writer)}`,
      { cause },
    );
  }
}

/** What nobody has read is made as it was: the next plan counts on it. */
function takeBack(undo: GenerationPlan['undo'], writer: MapWriter): string {
  try {
    writer.write(undo.filter((one): one is MapWrite => 'value' in one));
    writer.delete(undo.filter((one): one is MapDelete => !('value' in one)));
    return '';
  } catch (error) {
    return `; and what was written could not be taken back: ${text(error)}. Start the lab again.`;
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
