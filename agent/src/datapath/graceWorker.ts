/** The threads of grace.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { BpfMap } from 'libbpf-ts/map.js';
import type { GraceRequest } from './grace.js';

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
  answer(request);
  parentPort?.postMessage('over');
});

function answer(request: GraceRequest): void {
  switch (request.type) {
    case 'wait':
      return outer.set(0, inner);
    case 'place':
      return outer.setBatch(request.entries);
    case 'remove':
      outer.delete(request.key);
  }
}
