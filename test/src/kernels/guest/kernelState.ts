/** What the kernel holds of the datapath, read beside the agent: by the ids of its maps. */
import { reasonName } from '@onehop/core/wire/reasons.js';
import { BpfError } from 'libbpf-ts/errors.js';
import { BpfMap } from 'libbpf-ts/map.js';
import { listIds } from 'libbpf-ts/probe.js';
import { BpfProgram } from 'libbpf-ts/program.js';

interface Hits {
  readonly requests: bigint;
}

export interface KernelCounts {
  /** Requests that programs carried. */
  readonly carried: number;
  /** Negative paths by the name of their reason, those that are not zero. */
  readonly reasons: Readonly<Record<string, number>>;
}

export class KernelState {
  readonly #maps = new Map<string, BpfMap<unknown, unknown>>();

  /** @throws Error when no datapath is loaded */
  constructor() {
    for (const id of listIds('map')) {
      const map = BpfMap.fromId<unknown, unknown>(id);
      if (map.name.startsWith('oh_') && !this.#maps.has(map.name)) this.#maps.set(map.name, map);
      else map.close();
    }
  }

  counts(): KernelCounts {
    const reasons: Record<string, number> = {};
    for (const [id, perCpu] of this.map<number, readonly bigint[]>('oh_reason_n')) {
      const sum = total(perCpu);
      if (sum > 0) reasons[reasonName(id)] = sum;
    }
    let carried = 0;
    for (const [, perCpu] of this.map<number, readonly Hits[]>('oh_route_n'))
      carried += total(perCpu.map((hits) => hits.requests));
    return { carried, reasons };
  }

  /** What counted up while `action` ran. */
  async during(action: () => Promise<void>): Promise<KernelCounts> {
    const before = this.counts();
    await action();
    const after = this.counts();
    const grown = Object.entries(after.reasons).map(([name, n]): [string, number] => [
      name,
      n - (before.reasons[name] ?? 0),
    ]);
    return {
      carried: after.carried - before.carried,
      reasons: Object.fromEntries(grown.filter(([, n]) => n > 0)),
    };
  }

  map<K, V>(name: string): BpfMap<K, V> {
    const map = this.#maps.get(name);
    if (map === undefined) throw new Error(`the kernel has no map ${name}: is the datapath loaded?`);
    return map as unknown as BpfMap<K, V>;
  }

  close(): void {
    for (const map of this.#maps.values()) map.close();
    this.#maps.clear();
  }
}

/** Programs, maps and links of the datapath that the kernel holds now: `map oh_addr`. */
export function heldByKernel(): string[] {
  return [
    ...named('program', (id) => BpfProgram.fromId(id)),
    ...named('map', (id) => BpfMap.fromId(id)),
    ...[...listIds('link')].map((id) => `link ${id}`),
  ];
}

function named(
  kind: 'program' | 'map',
  open: (id: number) => { readonly name: string; close(): void },
): string[] {
  const names: string[] = [];
  for (const id of listIds(kind)) {
    try {
      const { name } = opened(open(id));
      if (/^(oh_|onehop)/.test(name)) names.push(`${kind} ${name}`);
    } catch (error) {
      // It went away after it was listed.
      if (!(error instanceof BpfError && error.code === 'ENOENT')) throw error;
    }
  }
  return names;
}

function opened<T extends { close(): void }>(handle: T): T {
  handle.close();
  return handle;
}

function total(perCpu: readonly bigint[]): number {
  return Number(perCpu.reduce((sum, n) => sum + n, 0n));
}
