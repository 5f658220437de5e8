import type { Host, HostSet } from './hostSet.js';
import { murmurHash2 } from './murmurHash.js';
import { xxHash64 } from './xxHash.js';

/** A host with its part of all weight; the parts add up to 1. */
export interface HostPart<H> {
  readonly host: H;
  readonly part: number;
}

/** ThreadAwareLoadBalancerBase: the hosts of a priority that a consistent hash chooses among. */
export function hostParts<H extends Host>(
  set: HostSet<H>,
  panic: boolean,
  byLocality: boolean,
): HostPart<H>[] {
  const hosts = panic ? 'all' : 'healthy';
  if (!byLocality || set.localities.length === 0) return partsOf(set[hosts], 1);
  const total = set.localities.reduce((sum, { weight }) => sum + weight, 0);
  return set.localities
    .filter(({ weight }) => weight > 0)
    .flatMap((locality) => partsOf(locality[hosts], locality.weight / total));
}

function partsOf<H extends Host>(hosts: readonly H[], part: number): HostPart<H>[] {
  const total = hosts.reduce((sum, { weight }) => sum + weight, 0);
  return hosts.map((host) => ({ host, part: (host.weight * part) / total }));
}

export interface RingOptions {
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly hash: 'xxHash64' | 'murmurHash2';
}

export interface RingPoint<H> {
  readonly hash: bigint;
  readonly host: H;
}

/** How many points a ring has: RingHashLoadBalancer::Ring. */
export function ringSize(
  parts: readonly HostPart<Host>[],
  { minimumSize, maximumSize }: Omit<RingOptions, 'hash'>,
): number {
  return Math.ceil(scaleOf(parts, minimumSize, maximumSize));
}

function scaleOf(parts: readonly HostPart<Host>[], minimum: number, maximum: number): number {
  const least = parts.reduce((min, { part }) => Math.min(min, part), 1);
  return Math.min(Math.ceil(least * minimum) / least, maximum);
}

/** The points of a ring, ascending: a request goes to the first that is not before its hash, or to the first of all. */
export function ringOf<H extends Host>(parts: readonly HostPart<H>[], options: RingOptions): RingPoint<H>[] {
  const { minimumSize, maximumSize } = options;
  const hashOf = options.hash === 'murmurHash2' ? murmurHash2 : xxHash64;
  const scale = scaleOf(parts, minimumSize, maximumSize);
  const points: RingPoint<H>[] = [];
  let target = 0;
  for (const { host, part } of parts) {
    target += scale * part;
    for (let i = 0; points.length < target; i++)
      points.push({ hash: hashOf(encoder.encode(`${host.hashKey}_${i}`)), host });
  }
  return points.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
}

/** The table of Maglev, `size` hosts: a request goes to the one at its hash modulo the size. MaglevTable. */
export function maglevTable<H extends Host>(parts: readonly HostPart<H>[], size: number): H[] {
  if (parts.length === 0) return [];
  const largest = parts.reduce((max, { part }) => Math.max(max, part), 0);
  const entries = parts
    .map(({ host, part }) => ({ host, part, key: encoder.encode(host.hashKey) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ host, part, key }) => ({
      host,
      part,
      at: Number(xxHash64(key) % BigInt(size)),
      skip: Number(xxHash64(key, 1n) % BigInt(size - 1)) + 1,
      target: 0,
    }));
  const table = new Array<H | undefined>(size).fill(undefined);
  let filled = 0;
  for (let round = 1; filled < size; round++) {
    for (const entry of entries) {
      if (filled === size) break;
      if (round * entry.part < entry.target) continue;
      entry.target += largest;
      while (table[entry.at] !== undefined) entry.at = (entry.at + entry.skip) % size;
      table[entry.at] = entry.host;
      entry.at = (entry.at + entry.skip) % size;
      filled++;
    }
  }
  return table as H[];
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

const encoder = new TextEncoder();
