/**
 * What an indicator usually is at this time of day: for each half hour of the local day the means of the last fourteen days,
 * and of them the median, so that one bad day does not become what is usual. Days of the same kind (working day, weekend) alone
 * count once three of them are known.
 *
 * The numbers live in buffers that the owner lends: a scorer copies all of a series at once.
 */
import { DAY } from '../units.js';

export const SLOTS = 48;
export const DAYS_KEPT = 14;
const ALIKE_MIN = 3;
const DAYS_MIN = 2;
const SLOT_LENGTH = DAY / SLOTS;
/** The day of a slot that has no value yet: before every day that a calendar has. */
export const NO_DAY = -0x80000000;

/** Places in `scalars` of what is not kept for each slot. */
const OPEN_SLOT = 0;
const OPEN_DAY = 1;
const OPEN_SUM = 2;
const OPEN_COUNT = 3;
const USUAL = 4;
export const SEASON_SCALARS = 5;

export class Season {
  readonly #means: Float32Array;
  readonly #lastDay: Int32Array;
  readonly #scalars: Float64Array;

  /** `means`: SLOTS x DAYS_KEPT, by slot, then day; `lastDay`: SLOTS, NO_DAY at first; `scalars`: SEASON_SCALARS, zeros at first. */
  constructor(means: Float32Array, lastDay: Int32Array, scalars: Float64Array) {
    this.#means = means;
    this.#lastDay = lastDay;
    this.#scalars = scalars;
  }

  /** What is usual at this local time (ms on the wall) from the days before it; NaN while too few are known. Then takes the value in. */
  take(wallMs: number, value: number): number {
    const scalars = this.#scalars;
    const day = Math.floor(wallMs / DAY);
    const slot = Math.floor((wallMs - day * DAY) / SLOT_LENGTH);
    if (scalars[OPEN_COUNT] === 0 || scalars[OPEN_SLOT] !== slot || scalars[OPEN_DAY] !== day) {
      this.#close();
      scalars[OPEN_SLOT] = slot;
      scalars[OPEN_DAY] = day;
      scalars[OPEN_SUM] = 0;
      scalars[OPEN_COUNT] = 0;
      scalars[USUAL] = this.#usual(slot, day);
    }
    scalars[OPEN_SUM]! += value;
    scalars[OPEN_COUNT]! += 1;
    return scalars[USUAL]!;
  }

  /** Puts the mean of the slot that is over into its place. */
  #close(): void {
    const scalars = this.#scalars;
    const count = scalars[OPEN_COUNT]!;
    if (count === 0) return;
    const [slot, day] = [scalars[OPEN_SLOT]!, scalars[OPEN_DAY]!];
    // The places of days without a value hold what was there fourteen days before.
    for (let gap = Math.max(this.#lastDay[slot]! + 1, day - DAYS_KEPT + 1); gap < day; gap++)
      this.#means[place(slot, gap)] = Number.NaN;
    this.#means[place(slot, day)] = scalars[OPEN_SUM]! / count;
    this.#lastDay[slot] = day;
  }

  #usual(slot: number, day: number): number {
    const last = this.#lastDay[slot]!;
    if (last === NO_DAY) return Number.NaN;
    const alike: number[] = [];
    const all: number[] = [];
    for (let past = Math.max(day, last + 1) - DAYS_KEPT; past < day && past <= last; past++) {
      const mean = this.#means[place(slot, past)]!;
      if (Number.isNaN(mean)) continue;
      all.push(mean);
      if (isWeekend(past) === isWeekend(day)) alike.push(mean);
    }
    const used = alike.length >= ALIKE_MIN ? alike : all;
    return used.length < DAYS_MIN ? Number.NaN : median(used);
  }
}

function place(slot: number, day: number): number {
  return slot * DAYS_KEPT + (((day % DAYS_KEPT) + DAYS_KEPT) % DAYS_KEPT);
}

/** Whether a local day (days since 1970) is a Saturday or a Sunday; day 0 was a Thursday. */
export function isWeekend(day: number): boolean {
  return (((day + 3) % 7) + 7) % 7 >= 5;
}

/** The middle of the values; sorts them in place. */
export function median(values: number[]): number {
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
