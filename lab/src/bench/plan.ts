/** What is measured, for how long, in which order of rounds. */
import type { ArmName, Mode, Placement } from './results.js';

export interface Cell {
  readonly connections: number;
  readonly mode: Mode;
  readonly responseBytes: number;
  /** Milliseconds before the window, and of the window. */
  readonly warmMs: number;
  readonly ms: number;
}

/** A way from the client to the server. */
export interface Arm {
  readonly name: ArmName;
  readonly placement: Placement;
  readonly variant?: 'all-cores';
}

export interface Plan {
  readonly quick: boolean;
  readonly rounds: number;
  readonly cells: readonly Cell[];
  readonly variantCells: readonly Cell[];
  readonly latency: { readonly rounds: number; readonly ms: number; readonly warmMs: number };
  readonly bulk: { readonly rounds: number; readonly ms: number; readonly streams: readonly number[] };
  /** nginx and wrk, a second each; no rounds: without them. */
  readonly familiar: { readonly rounds: number; readonly connections: readonly number[] };
  /** Milliseconds of each arm while the run time of programs is counted. */
  readonly programsMs: number;
}

export const KIB = 1024;
export const MIB = 1024 * KIB;

export const noMesh: Readonly<Record<Placement, Arm>> = {
  'same-node': { name: 'no-mesh', placement: 'same-node' },
  'cross-node': { name: 'no-mesh', placement: 'cross-node' },
};

/** In the order in which they are shown. */
export const matrixArms: readonly Arm[] = [
  noMesh['same-node'],
  noMesh['cross-node'],
  { name: 'kernel-same-node', placement: 'same-node' },
  { name: 'kernel-cross-node', placement: 'cross-node' },
  { name: 'direct', placement: 'same-node' },
  { name: 'relay', placement: 'same-node' },
  { name: 'envoy-hop', placement: 'same-node' },
  { name: 'envoy-pair', placement: 'same-node' },
];

/** Measured in the variant cells only, beside no mesh and the arms that they are compared with. */
export const variantArms: readonly Arm[] = [
  { name: 'envoy-hop', placement: 'same-node', variant: 'all-cores' },
  { name: 'envoy-pair', placement: 'same-node', variant: 'all-cores' },
  { name: 'envoy-hop', placement: 'cross-node' },
  { name: 'envoy-pair', placement: 'cross-node' },
  { name: 'relay', placement: 'cross-node' },
];

/** Arms whose fixed rate is half of what the slowest of them can do. */
export const latencyGroups: readonly { readonly name: string; readonly arms: readonly Arm[] }[] = [
  { name: 'all', arms: matrixArms },
  {
    name: 'kernel',
    arms: matrixArms.filter(({ name }) => !['relay', 'envoy-hop', 'envoy-pair'].includes(name)),
  },
];

export const latencyConnections = 16;
export const latencyBytes = KIB;

export function armKey({ name, placement, variant }: Arm): string {
  return [name, placement, variant].filter((part) => part !== undefined).join('/');
}

export function cellKey({ connections, mode, responseBytes }: Omit<Cell, 'warmMs' | 'ms'>): string {
  return `${connections}/${mode}/${responseBytes}`;
}

export function makePlan(quick: boolean, rounds: number = quick ? 3 : 5): Plan {
  return quick
    ? {
        quick,
        rounds,
        cells: [
          cell(1, 'keep', KIB, 100),
          cell(16, 'keep', KIB, 150),
          cell(64, 'keep', KIB, 150),
          cell(16, 'keep', 64 * KIB, 100),
          cell(16, 'close', KIB, 100),
        ],
        variantCells: [],
        latency: { rounds: 2, ms: 300, warmMs: 60 },
        bulk: { rounds: Math.min(rounds, 3), ms: 150, streams: [1] },
        familiar: { rounds: 0, connections: [] },
        programsMs: 200,
      }
    : {
        quick,
        rounds,
        cells: fullMatrix(),
        variantCells: [cell(16, 'keep', KIB, 300), cell(64, 'keep', KIB, 300), cell(16, 'hangup', KIB, 100)],
        latency: { rounds, ms: 900, warmMs: 120 },
        bulk: { rounds, ms: 300, streams: [1, 4] },
        familiar: { rounds, connections: [16, 64] },
        programsMs: 400,
      };
}

function fullMatrix(): Cell[] {
  return (['keep', 'close'] as const).flatMap((mode) =>
    [100, KIB, 16 * KIB, 64 * KIB, MIB].flatMap((bytes) =>
      [1, 16, 64, 256].map((connections) => {
        // The points at which goals are set get longer windows.
        const wide = bytes <= KIB && (connections === 16 || connections === 64);
        return cell(connections, mode, bytes, wide ? 400 : 150);
      }),
    ),
  );
}

function cell(connections: number, mode: Mode, responseBytes: number, ms: number): Cell {
  return { connections, mode, responseBytes, warmMs: connections >= 64 ? 100 : 60, ms };
}

/** Arms of a cell with client hang-up: without the variants that differ in Envoy only. */
export function armsOfVariantCell({ mode }: Cell): readonly Arm[] {
  return mode === 'hangup'
    ? matrixArms
    : [
        ...matrixArms.filter(({ name }) => name.startsWith('no-mesh') || name.startsWith('kernel')),
        ...variantArms,
      ];
}

/** Expected duration in milliseconds, for the remaining time that progress shows before anything was measured. */
export function expectedMs(plan: Plan): number {
  const overheadMs = 45;
  const run = ({ warmMs, ms }: { warmMs: number; ms: number }): number => warmMs + ms * 1.15 + overheadMs;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return (
    plan.rounds * sum(plan.cells.map((one) => run(one) * matrixArms.length)) +
    plan.rounds * sum(plan.variantCells.map((one) => run(one) * armsOfVariantCell(one).length)) +
    plan.latency.rounds * sum(latencyGroups.map(({ arms }) => arms.length * run(plan.latency))) +
    plan.bulk.rounds * plan.bulk.streams.length * 2 * 4 * run({ warmMs: 80, ms: plan.bulk.ms }) +
    plan.familiar.rounds * plan.familiar.connections.length * 4 * 1200 +
    3 * run({ warmMs: 50, ms: plan.programsMs })
  );
}
