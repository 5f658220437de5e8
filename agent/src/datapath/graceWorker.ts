/** The thread of grace.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { BpfMap } from 'libbpf-ts/map.js';

const { mapOfMaps } = workerData as { readonly mapOfMaps: number };
const outer = BpfMap.fromId<number, number>(mapOfMaps);
const inner = BpfMap.create<never, bigint>({
  type: 'stack',
  keySize: 0,
  valueSize: 8,
  maxEntries: 256,
  name: 'oh_grace',
});

parentPort?.on('message', () => {
  outer.set(0, inner);
  parentPort?.postMessage('over');
});
