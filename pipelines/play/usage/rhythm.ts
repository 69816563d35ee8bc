/**
 * How many happenings an hour brings: low at four in the morning, high in the evening, less on weekends. The shape is that of
 * published day curves of mobile traffic; it says nothing about any operator.
 */
import { HOUR } from './places.js';

/** By the local hour of the day, in arbitrary units. */
const DAY_SHAPE = [
  35, 22, 15, 12, 13, 22, 45, 80, 105, 120, 125, 130, 135, 130, 125, 125, 130, 140, 155, 165, 160, 140, 100, 60,
];
const DAY_SUM = DAY_SHAPE.reduce((sum, part) => sum + part, 0);
/** Saturday and Sunday; the other days have what makes the mean of a week 1. */
const WEEKEND = 0.86;
const WORKDAY = (7 - 2 * WEEKEND) / 5;
const COUNT_MAX = 1_024;

/** For each sort of service the bounds between no happening, one, two, ... for a draw of 32 bits. */
export type Bounds = readonly Float64Array[];

export class Rhythm {
  readonly #perDay: number;
  readonly #activity: readonly number[];
  /** By hour of the day and whether it is a weekend: a week has 48 different hours. */
  readonly #known = new Map<number, Bounds>();

  constructor(perDay: number, activity: readonly number[]) {
    this.#perDay = perDay;
    this.#activity = activity;
  }

  /** For the hour that a clock on the wall shows, in ms as if it were UTC. */
  at(wallMs: number): Bounds {
    const hours = Math.floor(wallMs / (HOUR * 1_000));
    const hour = ((hours % 24) + 24) % 24;
    // Day 0, 1 January 1970, was a Thursday; Monday is 0.
    const weekday = (((Math.floor(hours / 24) + 3) % 7) + 7) % 7;
    const weekend = weekday >= 5;
    const key = hour + (weekend ? 24 : 0);
    let bounds = this.#known.get(key);
    if (bounds === undefined) {
      const mean = ((this.#perDay * DAY_SHAPE[hour]!) / DAY_SUM) * (weekend ? WEEKEND : WORKDAY);
      bounds = this.#activity.map((factor) => poissonBounds(mean * factor));
      this.#known.set(key, bounds);
    }
    return bounds;
  }
}

/** The distribution of Poisson, summed up and scaled to 32 bits. */
function poissonBounds(mean: number): Float64Array {
  const bounds: number[] = [];
  let term = Math.exp(-mean);
  let sum = term;
  for (let count = 1; count <= COUNT_MAX && sum < 1; count++) {
    bounds.push(Math.round(sum * 0x100000000));
    term *= mean / count;
    // Beyond here a draw of 32 bits sees no difference.
    if (term < 1e-12 && count > mean) break;
    sum += term;
  }
  return Float64Array.from(bounds);
}
