/** A member of a range with weights, and the running sum of the weights up to and with it. */
export interface WeightedTurns<T> {
  readonly members: readonly { readonly item: T; readonly upto: number }[];
  readonly total: number;
  /** Turn t falls at t · step mod total. */
  readonly step: number;
}

/**
 * Turns by weight without a schedule: each of `total` places once in `total` turns, and neighbours far apart, because the
 * step is coprime to the total and near its golden section. So of any run of turns each member gets its part, give or take
 * a few, as with the earliest deadline first of Envoy's round robin; the order within is not Envoy's, whose begin is random.
 *
 * @param weights whole numbers from 0 on, which may add up to 2^32 - 1; members of weight 0 get no turn
 */
export function weightedTurns<T>(items: readonly T[], weights: readonly number[]): WeightedTurns<T> {
  const common = weights.reduce(divisor, 0) || 1;
  const members: { item: T; upto: number }[] = [];
  let total = 0;
  for (const [i, item] of items.entries()) {
    const weight = (weights[i] ?? 0) / common;
    if (weight === 0) continue;
    total += weight;
    members.push({ item, upto: total });
  }
  return { members, total, step: stepOf(total) };
}

/** The item whose turn it is: oh_weighted_turn() of bpf/lib/balance.h. */
export function turnOf<T>({ members, total, step }: WeightedTurns<T>, turn: bigint): T | undefined {
  if (total === 0) return undefined;
  const place = Number(((turn % BigInt(total)) * BigInt(step)) % BigInt(total));
  return members.find(({ upto }) => place < upto)?.item;
}

const GOLDEN = (Math.sqrt(5) - 1) / 2;

function stepOf(total: number): number {
  let step = Math.max(1, Math.round(total * GOLDEN));
  while (divisor(step, total) > 1) step++;
  return total < 2 ? 0 : step;
}

/** Greatest common divisor; of 0 and n it is n. */
function divisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
