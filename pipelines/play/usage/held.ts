/**
 * What is still to be told: five small integers a record, in a bucket for each hour. A record is not held as it will be
 * told but as what it is made of, so that weeks of TAP records of a million services fit in tens of megabytes.
 */

/** What is told of a happening; the second half of `what` (above `WHAT_BITS`) is a number that it needs. */
export const TOLD = {
  /** A record of the home network; the number is its part, 0 where there are none. */
  record: 0,
  nrtrde: 1,
  tap: 2,
  /** The number is `record` or `tap`: which record is withdrawn, and which one is put in its place. */
  cancelled: 3,
  corrected: 4,
  /** The number is the class of the fault. */
  faulty: 5,
  presence: 6,
  billIssued: 7,
  billPaid: 8,
  barRequested: 9,
  barWithdrawn: 10,
  notice: 11,
  /** The number is the version of the profile. */
  upserted: 12,
  ended: 13,
} as const;

export const WHAT_BITS = 4;

/** A thing to be told: what of it, and its number. */
export function what(told: number, number = 0): number {
  return told | (number << WHAT_BITS);
}

/** Takes a thing that became due: seconds are those of the story. */
export type Tell<T> = (due: number, service: number, start: number, seed: number, what: number) => T;

const HOUR = 3_600;
const FIELDS = 5;
const INDEX = 0x100000000;

/** What is held, by the hour in which it becomes known. */
export class Held {
  readonly #hours = new Map<number, number[]>();
  /** How many are held. */
  size = 0;

  /** `due`, `start`: seconds of the story. `seed` is a signed 32-bit integer: with it all five stay small integers in V8. */
  put(due: number, service: number, start: number, seed: number, what: number): void {
    const hour = Math.floor(due / HOUR);
    let bucket = this.#hours.get(hour);
    if (bucket === undefined) this.#hours.set(hour, (bucket = []));
    bucket.push(due, service, start, seed, what);
    this.size += 1;
  }

  /** All of an hour in the order in which they become known, of one second in the order in which they were put. */
  *take<T>(hour: number, tell: Tell<T>): Generator<T, void, undefined> {
    const bucket = this.#hours.get(hour);
    if (bucket === undefined) return;
    this.#hours.delete(hour);
    const count = bucket.length / FIELDS;
    const order = new Float64Array(count);
    for (let i = 0; i < count; i++) order[i] = (bucket[i * FIELDS]! - hour * HOUR) * INDEX + i;
    order.sort();
    for (let i = 0; i < count; i++) {
      const at = (order[i]! % INDEX) * FIELDS;
      this.size -= 1;
      yield tell(bucket[at]!, bucket[at + 1]!, bucket[at + 2]!, bucket[at + 3]!, bucket[at + 4]!);
    }
  }
}
