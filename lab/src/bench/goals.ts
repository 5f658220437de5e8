/** What OneHop sets itself, checked against one run. */
import { findRow } from './aggregate.js';
import { familiarVariant } from './familiar.js';
import { KIB } from './plan.js';
import type { BulkRow, Goal, LatencyRow, Row } from './results.js';
import { median } from './statistics.js';

export interface Measured {
  readonly rows: readonly Row[];
  readonly variants: readonly Row[];
  readonly latency: readonly LatencyRow[];
  readonly bulk: readonly BulkRow[];
}

const keep = (connections: number) => ({ connections, mode: 'keep', responseBytes: KIB }) as const;
const fresh = (connections: number) => ({ connections, mode: 'close', responseBytes: KIB }) as const;

/** In the order of the goals; a goal for which nothing was measured is left out. */
export function checkGoals(measured: Measured): Goal[] {
  const { rows, variants, latency, bulk } = measured;
  const ratio = (row: Row | undefined): Figure[] =>
    row === undefined ? [] : [{ at: point(row), value: row.ratioToNoMesh }];
  const arm = (name: Row['arm'], points: readonly ReturnType<typeof keep | typeof fresh>[]): Figure[] =>
    points.flatMap((at) => ratio(findRow(rows, name, at)));
  const familiar = (name: Row['arm']): Figure[] =>
    variants.filter((row) => row.arm === name && row.variant === familiarVariant).flatMap(ratio);
  const p99 = latency
    .filter(({ arm: name, group }) => name.startsWith('kernel') && group === 'kernel')
    .map((row) => ({ at: `${row.arm} at ${row.rate}/s`, value: row.p99RatioToNoMesh }));
  const streams = bulk
    .filter(({ arm: name }) => name === 'direct')
    .map((row) => ({
      at: `${row.placement}, ${row.direction}, ${streamsText(row.streams)}`,
      value: row.ratioToNoMesh,
    }));
  return [
    atLeast(
      1.5,
      'kernel same-node ≥ 1.5 × no mesh at 16–64 connections',
      arm('kernel-same-node', [keep(16), keep(64)]),
    ),
    atLeast(
      0.9,
      'kernel cross-node ≥ 0.9 × no mesh at 16–64 connections',
      arm('kernel-cross-node', [keep(16), keep(64)]),
    ),
    atLeast(1.5, 'between nginx and wrk: kernel same-node ≥ 1.5 × no mesh', familiar('kernel-same-node')),
    atLeast(0.9, 'between nginx and wrk: kernel cross-node ≥ 0.9 × no mesh', familiar('kernel-cross-node')),
    atLeast(0.98, 'direct L4 bulk ≥ 0.98 × no mesh', streams, 'median'),
    atLeast(
      0.8,
      'new connection per request ≥ 0.8 × no mesh',
      (['kernel-same-node', 'kernel-cross-node'] as const).flatMap((name) =>
        arm(name, [fresh(16), fresh(64)]),
      ),
    ),
    atLeast(
      15,
      'kernel same-node ≥ 15 × an Envoy pair',
      [keep(16), keep(64)].flatMap((at) => {
        const row = findRow(rows, 'kernel-same-node', at);
        return row === undefined || row.ratioToEnvoyPair === null
          ? []
          : [{ at: point(row), value: row.ratioToEnvoyPair }];
      }),
    ),
    atMost(1.1, 'p99 at a fixed rate ≤ 1.1 × no mesh', p99),
    atLeast(0.5, 'relay ≥ 0.5 × one Envoy hop on small requests', relayToHop(rows, KIB)),
    atLeast(0.8, 'relay ≥ 0.8 × one Envoy hop on 1 MiB responses', relayToHop(rows, KIB * KIB)),
  ].filter((goal) => goal !== undefined);
}

interface Figure {
  readonly at: string;
  readonly value: number;
}

function relayToHop(rows: readonly Row[], responseBytes: number): Figure[] {
  return [16, 64].flatMap((connections) => {
    const at = { connections, mode: 'keep', responseBytes } as const;
    const relay = findRow(rows, 'relay', at);
    const hop = findRow(rows, 'envoy-hop', at);
    return relay === undefined || hop === undefined
      ? []
      : [{ at: point(relay), value: relay.requestsPerSecond.median / hop.requestsPerSecond.median }];
  });
}

/** Every figure must reach it; `median`: the figures together, where each says the same and noise is larger than the margin. */
function atLeast(
  limit: number,
  goal: string,
  all: readonly Figure[],
  how: 'each' | 'median' = 'each',
): Goal | undefined {
  const figures = how === 'each' ? all : together(all);
  const worst = figures.toSorted((a, b) => a.value - b.value)[0];
  if (worst === undefined) return undefined;
  const met = worst.value >= limit;
  const missedBy = met
    ? ''
    : `${worst.at}: ${text(worst.value)} instead of ${limit}, ${percent(1 - worst.value / limit)} short`;
  return { goal, met, limit, value: worst.value, measured: listed(all), missedBy };
}

function atMost(limit: number, goal: string, figures: readonly Figure[]): Goal | undefined {
  const worst = figures.toSorted((a, b) => b.value - a.value)[0];
  if (worst === undefined) return undefined;
  const met = worst.value <= limit;
  const missedBy = met
    ? ''
    : `${worst.at}: ${text(worst.value)} instead of ${limit}, ${percent(worst.value / limit - 1)} over`;
  return { goal, met, limit, value: worst.value, measured: listed(figures), missedBy };
}

function together(figures: readonly Figure[]): Figure[] {
  return figures.length === 0
    ? []
    : [{ at: 'median of all', value: median(figures.map(({ value }) => value)) }];
}

function listed(figures: readonly Figure[]): string {
  return figures.map(({ at, value }) => `${at}: ${text(value)}`).join('; ');
}

function point(row: Row): string {
  const place = row.arm === 'kernel-cross-node' ? 'cross-node, ' : '';
  return `${place}${row.connections} connections`;
}

function streamsText(streams: number): string {
  return streams === 1 ? '1 stream' : `${streams} streams`;
}

function text(value: number): string {
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
