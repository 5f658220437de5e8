/** Drops a map without closing it, and says what the process was warned of. Needs --expose-gc. */
import { setTimeout } from 'node:timers/promises';
import { BpfMap } from '../../src/map.js';

const warnings: string[] = [];
process.removeAllListeners('warning');
process.on('warning', (warning) => warnings.push(`${warning.name}: ${warning.message}`));
const create = (name: string): BpfMap =>
  BpfMap.create({ type: 'array', keySize: 4, valueSize: 4, maxEntries: 1, name });

((): void => {
  create('dropped');
  create('closed').close();
})();
for (let i = 0; i < 50 && warnings.length === 0; i++) {
  (globalThis as unknown as { gc(): void }).gc();
  await setTimeout(10);
}
console.log(JSON.stringify(warnings));
