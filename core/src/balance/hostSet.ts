/** What choosing among endpoints needs to know of one. */
export interface Host {
  readonly weight: number;
  readonly priority: number;
  readonly health: HealthStatus;
  /** Hosts without one are a locality, too. */
  readonly locality?: Locality;
  /** Of its locality in its priority; 0 or absent: no requests, where localities have weights. */
  readonly localityWeight?: number;
  /** What consistent hashing hashes. */
  readonly hashKey: string;
}

/** Of envoy.config.core.v3.HealthStatus. */
export type HealthStatus = 'UNKNOWN' | 'HEALTHY' | 'UNHEALTHY' | 'DRAINING' | 'TIMEOUT' | 'DEGRADED';

export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** The hosts of one priority: Envoy's HostSet. */
export interface HostSet<H> extends Hosts<H> {
  /** In Envoy's order: the one without a name first, then by region, zone and sub-zone. */
  readonly localities: readonly LocalityHosts<H>[];
}

export interface Hosts<H> {
  /** In the order of the configuration. */
  readonly all: readonly H[];
  readonly healthy: readonly H[];
  readonly degraded: readonly H[];
  /** Hosts that count in no ratio: those that drain. */
  readonly excluded: number;
}

export interface LocalityHosts<H> extends Hosts<H> {
  readonly weight: number;
}

/** By priority, from 0 on without gaps; there is always a priority 0. */
export function hostSets<H extends Host>(hosts: readonly H[]): HostSet<H>[] {
  const priorities = hosts.reduce((most, { priority }) => Math.max(most, priority), 0) + 1;
  const found: H[][] = Array.from({ length: priorities }, () => []);
  for (const host of hosts) found[host.priority]?.push(host);
  return found.map((own) => ({ ...hostsOf(own), localities: localitiesOf(own) }));
}

function hostsOf<H extends Host>(all: readonly H[]): Hosts<H> {
  return {
    all,
    healthy: all.filter(({ health }) => health === 'UNKNOWN' || health === 'HEALTHY'),
    degraded: all.filter(({ health }) => health === 'DEGRADED'),
    excluded: all.filter(({ health }) => health === 'DRAINING').length,
  };
}

function localitiesOf<H extends Host>(hosts: readonly H[]): LocalityHosts<H>[] {
  const found = new Map<string, H[]>();
  for (const host of hosts) {
    const { region = '', zone = '', subZone = '' } = host.locality ?? {};
    // NUL sorts before everything, so a name sorts before those that it begins.
    const key = [region, zone, subZone].join('\0');
    const own = found.get(key);
    if (own === undefined) found.set(key, [host]);
    else own.push(host);
  }
  return [...found]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, own]) => ({ ...hostsOf(own), weight: own[0]?.localityWeight ?? 0 }));
}
