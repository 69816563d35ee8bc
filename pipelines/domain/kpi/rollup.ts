/**
 * A number of samples as one: count, sum, least, greatest and percentiles. Roll-ups merge in any order, and in any grouping, to
 * the same roll-up, to the last digit: sums are kept in whole numbers, fractions in units of 10^-12, each value rounded to them
 * once. So a replay, a late sample and a restart leave no trace.
 */
import { bucketOf, mergeSketches, plainSketch, quantile, readSketch, type Sketch } from './sketch.js';

/** A fraction of one is kept in this many parts. */
const PARTS = 1e12;

export interface Rollup {
  readonly count: number;
  /** The whole part of the sum, rounded down; a bigint where a number would not be exact. */
  readonly whole: number | bigint;
  /** The rest of the sum, 0 to 10^12 - 1 parts of 10^-12. */
  readonly parts: number;
  readonly min: number;
  readonly max: number;
  /** Absent for a single sample: it says itself. */
  readonly sketch?: Sketch | undefined;
}

/** The roll-up of one finite sample. */
export function rollupOf(value: number): Rollup {
  const floor = Math.floor(value);
  return { count: 1, ...carried(asWhole(floor), Math.round((value - floor) * PARTS)), min: value, max: value };
}

/** The roll-up of both. */
export function merge(a: Rollup, b: Rollup): Rollup {
  return {
    count: a.count + b.count,
    ...carried(add(a.whole, b.whole), a.parts + b.parts),
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
    sketch: mergeSketches(sketchOf(a), sketchOf(b)),
  };
}

export function mergeAll(rollups: Iterable<Rollup>): Rollup | undefined {
  let all: Rollup | undefined;
  for (const one of rollups) all = all ? merge(all, one) : one;
  return all;
}

function sketchOf({ sketch, min }: Rollup): Sketch {
  return sketch ?? new Map([[bucketOf(min), 1]]);
}

function carried(whole: number | bigint, parts: number): Pick<Rollup, 'whole' | 'parts'> {
  return parts >= PARTS ? { whole: add(whole, 1), parts: parts - PARTS } : { whole, parts };
}

function asWhole(value: number): number | bigint {
  // Without a negative zero, which would compare unlike zero.
  return Number.isSafeInteger(value) ? value + 0 : BigInt(value);
}

function add(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  return sum >= Number.MIN_SAFE_INTEGER && sum <= Number.MAX_SAFE_INTEGER ? Number(sum) : sum;
}

// --- What it says ---

export const STATISTICS = ['mean', 'min', 'max', 'sum', 'count', 'p5', 'p50', 'p95', 'p99'] as const;
export type Statistic = (typeof STATISTICS)[number];

/** One figure of a roll-up. Percentiles are within 1 % of the value, the others exact but for the last rounding to a double. */
export function statistic(rollup: Rollup, name: Statistic): number {
  switch (name) {
    case 'count':
      return rollup.count;
    case 'min':
      return rollup.min;
    case 'max':
      return rollup.max;
    case 'sum':
      return sumOf(rollup);
    case 'mean':
      // Rounding must not carry a mean out of what was seen.
      return within(sumOf(rollup) / rollup.count, rollup);
    default:
      return within(quantile(sketchOf(rollup), Number(name.slice(1)) / 100), rollup);
  }
}

function sumOf({ whole, parts }: Rollup): number {
  return Number(whole) + parts / PARTS;
}

function within(value: number, { min, max }: Rollup): number {
  return Math.min(max, Math.max(min, value));
}

// --- As plain data ---

/** A roll-up as it is stored: a number for one sample; else count, whole (text where large), parts, least, greatest, sketch. */
export type PlainRollup = number | readonly [number, number | string, number, number, number, readonly number[]];

export function plainRollup(rollup: Rollup): PlainRollup {
  const { count, whole, parts, min, max, sketch } = rollup;
  if (count === 1) return min;
  const wholePlain = typeof whole === 'bigint' ? String(whole) : whole;
  return [count, wholePlain, parts, min, max, plainSketch(sketch!)];
}

export function readRollup(plain: PlainRollup): Rollup {
  if (typeof plain === 'number') return rollupOf(plain);
  const [count, whole, parts, min, max, sketch] = plain;
  const wholeRead = typeof whole === 'string' ? BigInt(whole) : whole;
  return { count, whole: wholeRead, parts, min, max, sketch: readSketch(sketch) };
}
