import type { ClusterCounters, Counters, PoolCounters } from '@onehop/core/api/agent.generated.js';
import type { Allocation } from '@onehop/core/compile/allocate.js';
import { formatAddress } from '@onehop/core/wire/ip.js';
import { reasonId, reasonName } from '@onehop/core/wire/reasons.js';
import type { BpfMap } from 'libbpf-ts/map.js';
import type { OhPoolStat } from '../datapath/entries.js';
import type { PoolCount, RelayCount } from '../parts.js';

/** struct oh_hits on one CPU. */
export interface OhHits {
  readonly requests: bigint;
  readonly relayed: bigint;
}

export interface Hits {
  readonly requests: number;
  readonly relayed: number;
}

/** The maps that programs count in. */
export interface CounterMaps {
  readonly reasons: BpfMap<number, readonly bigint[]>;
  readonly listeners: BpfMap<number, readonly OhHits[]>;
  readonly routes: BpfMap<number, readonly OhHits[]>;
  readonly clusters: BpfMap<number, readonly OhHits[]>;
  readonly poolStat: BpfMap<number, OhPoolStat>;
}

export interface CounterSources {
  readonly maps: CounterMaps;
  readonly allocation: () => Allocation | undefined;
  readonly relay: () => RelayCount;
  readonly pools: () => readonly PoolCount[];
}

const eventLost = reasonId('event-lost');

/** What programs, relay and pools have counted since the agent is up. */
export class Metrics {
  constructor(private readonly sources: CounterSources) {}

  counters(): Counters {
    return {
      reasons: this.#reasons(),
      relay: this.sources.relay(),
      pools: this.#pools(),
      clusters: this.#clusters(),
    };
  }

  /** Of a listener (by name) or a route (by the key of its node) in force. */
  hits(kind: 'route' | 'listener', key: string): Hits {
    const { maps, allocation } = this.sources;
    const id = allocation()?.idOf(kind, key);
    if (id === undefined) return { requests: 0, relayed: 0 };
    return sumHits((kind === 'route' ? maps.routes : maps.listeners).get(id));
  }

  /** Events that found the ring full. */
  lostEvents(): number {
    return sum(this.sources.maps.reasons.get(eventLost));
  }

  #reasons(): Record<string, number> {
    const counted: Record<string, number> = {};
    for (const [id, values] of this.sources.maps.reasons) {
      const n = sum(values);
      if (n > 0) counted[reasonName(id)] = n;
    }
    return counted;
  }

  #pools(): PoolCounters[] {
    const { maps, allocation, pools } = this.sources;
    const now = allocation();
    return pools().map(({ endpoint, open, idle }) => {
      const row = now?.entities.endpoint.at(endpoint, now.generation)?.row;
      const stat = maps.poolStat.get(endpoint);
      return {
        cluster: row?.cluster ?? '',
        endpoint: row === undefined ? `#${endpoint}` : formatAddress(row.ip, row.port),
        open,
        idle,
        used: Number(stat?.pops ?? 0n),
        dry: Number(stat?.dry ?? 0n),
      };
    });
  }

  #clusters(): ClusterCounters[] {
    const { maps, allocation } = this.sources;
    const clusters = allocation()?.entities.cluster.values() ?? [];
    return [...clusters].map(({ id, row }) => ({ cluster: row.name, ...sumHits(maps.clusters.get(id)) }));
  }
}

function sum(values: readonly bigint[] | undefined): number {
  return Number((values ?? []).reduce((total, n) => total + n, 0n));
}

function sumHits(values: readonly OhHits[] | undefined): Hits {
  const list = values ?? [];
  return {
    requests: sum(list.map(({ requests }) => requests)),
    relayed: sum(list.map(({ relayed }) => relayed)),
  };
}
