/** The thread of grace.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { BpfMap } from 'libbpf-ts/map.js';
import type { GraceRequest, PoolChange } from './grace.js';

const { mapOfMaps } = workerData as { readonly mapOfMaps: number };
const outer = BpfMap.fromId<number, number>(mapOfMaps);
const inner = BpfMap.create<never, bigint>({
  type: 'stack',
  keySize: 0,
  valueSize: 8,
  maxEntries: 256,
  name: 'oh_grace',
});

parentPort?.on('message', (request: GraceRequest) => {
  if (request.type === 'wait') outer.set(0, inner);
  else update(request.changes);
  parentPort?.postMessage('over');
});

/** An entry that changes twice becomes what it was asked for last. */
function update(changes: readonly PoolChange[]): void {
  const last = new Map(changes.map(({ key, fd }) => [key, fd]));
  const placed: [number, number][] = [];
  for (const [key, fd] of last) {
    if (fd === undefined) outer.delete(key);
    else placed.push([key, fd]);
  }
  if (placed.length > 0) outer.setBatch(placed);
}
