/**
 * Which band holds when. A band begins at a local time of day on its weekdays and holds until the next one begins, be that
 * tomorrow. It is what the clock on the wall says: in an hour that comes twice its bands come twice, one left out has none.
 */
import { steadyUntil, wall } from '../calendar.js';
import { DAY, FOREVER, type Instant, type Milliseconds, type Zone } from '../units.js';

/** Where the wall hangs: in a zone, or at a fixed offset (local time minus UTC) where only that is known. */
export type Wall = { readonly zone: Zone } | { readonly offset: Milliseconds };

export const WEEK: Milliseconds = 7 * DAY;

/** From `at`, ms after local Monday 00:00, on. */
export interface Start<Band> {
  readonly at: Milliseconds;
  readonly band: Band;
}

/** All starts of a week in order; one alone holds always. */
export type Week<Band> = readonly [Start<Band>, ...Start<Band>[]];

/** A band, and up to when nothing changes. */
export interface Stay<Band> {
  readonly band: Band;
  /** Its place in the week. */
  readonly index: number;
  readonly until: Instant;
  /** What the wall shows, ms after Monday 00:00, and up to when it runs without a jump. */
  readonly shown: Milliseconds;
  readonly steadyUntil: Instant;
}

/** The band that holds at an instant. */
export function stayAt<Band>(week: Week<Band>, at: Instant, where: Wall): Stay<Band> {
  const local = 'zone' in where ? wall(at, where.zone) : at + where.offset;
  const steady = 'zone' in where ? steadyUntil(at, where.zone) : FOREVER;
  // Day 0, 1 January 1970, was a Thursday.
  const shown = modulo(local + 3 * DAY, WEEK);
  // Before the first start of the week the last one of the week before still holds.
  const found = week.findLastIndex((start) => start.at <= shown);
  const index = found < 0 ? week.length - 1 : found;
  const next = found + 1 < week.length ? week[found + 1]!.at : week[0].at + WEEK;
  const until = week.length === 1 ? FOREVER : Math.min(at + next - shown, steady);
  return { band: week[index]!.band, index, until, shown, steadyUntil: steady };
}

function modulo(n: number, d: number): number {
  return ((n % d) + d) % d;
}
