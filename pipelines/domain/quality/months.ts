/**
 * What was measured in a local calendar month, as exact sums: a function of the set of measurements, in a few bytes. A sum stands
 * as a decimal text, for it may be larger than a double holds.
 */
import { dayOf, dayStart, startOfMonth } from '../calendar.js';
import type { Span } from '../intervals.js';
import { DAY, type Instant, type Milliseconds, type Zone } from '../units.js';
import type { MilliRate } from './series.js';

/** Samples of one measure. `required` sums what a session should have had; a line has that from its contract. */
export interface Sums {
  readonly samples: number;
  readonly sum: string;
  readonly required: string;
  /** The same, each times the ms for which it was played. */
  readonly weighted: string;
  readonly weightedRequired: string;
}

export const NO_SUMS: Sums = { samples: 0, sum: '0', required: '0', weighted: '0', weightedRequired: '0' };

/** The sums with one sample more. */
export function withSample(
  sums: Sums,
  sample: { readonly rate: MilliRate; readonly required: MilliRate; readonly length: Milliseconds },
): Sums {
  const { rate, required, length } = sample;
  return {
    samples: sums.samples + 1,
    sum: plus(sums.sum, BigInt(rate)),
    required: plus(sums.required, BigInt(required)),
    weighted: plus(sums.weighted, BigInt(rate) * BigInt(length)),
    weightedRequired: plus(sums.weightedRequired, BigInt(required) * BigInt(length)),
  };
}

function plus(sum: string, more: bigint): string {
  return more === 0n ? sum : String(BigInt(sum) + more);
}

/** The local calendar month that holds an instant: "2026-06". */
export function monthOf(at: Instant, zone: Zone): string {
  return dayOf(at, zone).slice(0, 7);
}

/** The instants of a local calendar month. */
export function monthSpan(month: string, zone: Zone): Span {
  const from = dayStart(`${month}-01`, zone);
  // No month is longer than 31 days, and none as short as 27.
  return { from, to: startOfMonth(from + 32 * DAY, zone) };
}

/** The exact mean of rates in thousandths of a bit/s, as the nearest number of bit/s. */
export function meanOf(sum: bigint, parts: bigint): number {
  // Whole bit/s divide as doubles without an error of their own.
  return sum % 1_000n === 0n ? Number(sum / 1_000n) / Number(parts) : Number(sum) / 1_000 / Number(parts);
}

/** Thousandths of a bit/s as a decimal text: exact, also where a double is not. */
export function decimalOf(milli: bigint): string {
  const fraction = milli % 1_000n;
  return fraction === 0n ? String(milli / 1_000n) : `${milli / 1_000n}.${String(fraction).padStart(3, '0')}`;
}

/** A ratio of whole numbers, as the nearest number. */
export function ratioOf(part: bigint, whole: bigint): number {
  const divisor = gcd(part, whole);
  return divisor === 0n ? 0 : Number(part / divisor) / Number(whole / divisor);
}

function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y > 0n) [x, y] = [y, x % y];
  return x;
}
