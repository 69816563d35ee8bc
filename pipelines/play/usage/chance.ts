/**
 * Chance that costs a few nanoseconds and no memory. `Random` (`../random.ts`) carries a state; here every draw is a function
 * of a 32-bit seed and of what is drawn, so that a service and what befalls it are worked out anew wherever they are asked
 * for, in any order. The mixing is lowbias32 (Wellons): a bijection, so that different numbers have different seeds.
 */
import { Random } from '../random.js';

/** Mixes 32 bits. A bijection of the signed 32-bit integers. */
export function mix(bits: number): number {
  let z = bits ^ (bits >>> 16);
  z = Math.imul(z, 0x21f0aaad);
  z ^= z >>> 15;
  z = Math.imul(z, 0x735a2d97);
  return z ^ (z >>> 15);
}

/** The seed of one thing among many: another one for each number. */
export function seedOf(seed: number, number: number): number {
  return mix((seed + Math.imul(number, 0x9e3779b1)) | 0);
}

/** What is drawn from one seed: each name is a stream of its own, so that a new one changes nothing that is there. */
export const DRAWS = {
  operator: 1,
  activity: 2,
  tariff: 3,
  charged: 4,
  joins: 5,
  ends: 6,
  changes: 7,
  profile: 8,
  limits: 9,
  spend: 10,
  billing: 11,
  language: 12,
  age: 13,
  travel: 14,
  residence: 15,
  trip: 16,
  tripDay: 17,
  tripLength: 18,
  destination: 19,
  kind: 20,
  direction: 21,
  amount: 22,
  detail: 23,
  parts: 24,
  network: 25,
  delay: 26,
  copy: 27,
  copyDelay: 28,
  correction: 29,
  correctionDelay: 30,
  faulty: 31,
  fault: 32,
  presence: 33,
  bar: 34,
  notice: 35,
  payment: 36,
  bill: 37,
  late: 38,
  history: 39,
  second: 40,
  endDay: 41,
  changeDay: 42,
  customer: 43,
  prepaid: 44,
  withdrawn: 45,
} as const;

/** 32 bits, as a whole number from 0. */
export function draw(seed: number, what: number): number {
  return mix((seed + Math.imul(what, 0x85ebca6b)) ^ 0x5bd1e995) >>> 0;
}

/** From 0 up to, and without, 1. */
export function unit(seed: number, what: number): number {
  return draw(seed, what) / 0x100000000;
}

/** A whole number from `min` to `max`, both included. */
export function whole(seed: number, what: number, min: number, max: number): number {
  return min + Math.floor(unit(seed, what) * (max - min + 1));
}

const QUANTILES = 4096;

/** Sizes as measured sizes are: half below the median, a few very large. The same name gives the same table. */
export class Sizes {
  readonly #table: Float64Array;

  constructor(name: string, median: number, sigma: number, min: number, max: number) {
    const random = new Random(`usage-year/${name}`);
    const size = () => Math.min(max, Math.max(min, random.logNormal(median, sigma)));
    this.#table = Float64Array.from({ length: QUANTILES }, size);
  }

  /** A whole number; it may lie an eighth above the greatest of the table, so that not every large one is the same. */
  of(bits: number): number {
    return Math.floor(this.#table[bits & (QUANTILES - 1)]! * (1 + (bits >>> 12) / 0x800000));
  }
}
