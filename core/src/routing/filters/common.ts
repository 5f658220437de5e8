import { parseDuration } from '../../envoy/time.js';
import { numberOf, objectOf, textOf, type Json } from '../fields.js';
import type { Fraction } from './model.js';

const DENOMINATORS: Readonly<Record<string, number>> = { TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

/** envoy.type.v3.FractionalPercent; absent: nothing. */
export function readFraction(value: Json): Fraction {
  const percent = objectOf(value);
  return {
    numerator: numberOf(percent['numerator']) ?? 0,
    denominator: DENOMINATORS[textOf(percent['denominator']) ?? ''] ?? 100,
  };
}

/** RuntimeFractionalPercent: its default, as there is no runtime. */
export function readRuntimeFraction(value: Json, absent: number): Fraction {
  const runtime = objectOf(value)['defaultValue'];
  return value === undefined ? { numerator: absent, denominator: 100 } : readFraction(runtime);
}

/** Milliseconds of a duration, with fractions. */
export function readMs(value: Json): number {
  return Number(parseDuration(textOf(value) ?? '0s') ?? 0n) / 1e6;
}
