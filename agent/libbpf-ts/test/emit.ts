import type { BpfObject } from '../src/object.js';

/** Makes the fixture `programs` submit records of a kind: 1 to `ring`, 2 to `other_ring`. Gives how many found no room. */
export function emit(object: BpfObject, count: number, kind: 1 | 2 = 1): bigint {
  const ctxIn = new Uint8Array(16);
  const view = new DataView(ctxIn.buffer);
  view.setUint32(0, count, true);
  view.setUint32(4, kind, true);
  const { returnValue, ctxOut } = object.program('emit').testRun({ ctxIn });
  if (returnValue !== 0) throw new Error(`emit answered ${returnValue}`);
  return new DataView(ctxOut.buffer).getBigUint64(8, true);
}
