import { mapBytes, residentBytes } from './accounting.js';
import type { Environment } from './environment.js';
import type { MemoryRow } from './results.js';

/** Memory of agents, their kernel maps and of the Envoys now. */
export function measureMemory(environment: Environment, when: MemoryRow['when']): MemoryRow[] {
  const rows: MemoryRow[] = [];
  for (const { kind, name, pid } of environment.mesh.state.processes) {
    if (kind !== 'agent') continue;
    const { bytes, maps } = mapBytes(pid);
    rows.push(
      { what: `agent of ${name}, resident`, when, bytes: residentBytes(pid) },
      { what: `kernel maps of ${name} (${maps})`, when, bytes },
    );
  }
  for (const { name, pid } of environment.plain.state.processes)
    if (name.startsWith('envoy')) rows.push({ what: `${name}, resident`, when, bytes: residentBytes(pid) });
  return rows;
}
