/**
 * How much of the time that a network should have served it did, weighted by users or by elements: sums of whole milliseconds,
 * exact however many there are, which add up over tasks, districts and technologies in any order.
 */
import { clip, length, type Span } from '../intervals.js';
import type { Instant } from '../units.js';

/** So many alike, in service for one span of time. */
export interface InService extends Span {
  readonly count: number;
}

/** Time in service and time down within a period, each times the number of users or elements, in ms. */
export interface Time {
  readonly inService: bigint;
  readonly down: bigint;
}

export const NO_TIME: Time = { inService: 0n, down: 0n };

/**
 * The time of those that are down together: who is in service for how long, and when all of them were down. Spans that overlap
 * count once.
 */
export function timeOf(period: Span, members: readonly InService[], down: readonly Span[]): Time {
  const dark = clip(down, period);
  let inService = 0n;
  let lost = 0n;
  for (const { from, to, count } of members) {
    const begins = Math.max(from, period.from);
    const ends = Math.min(to, period.to);
    if (begins >= ends) continue;
    inService += BigInt(count) * BigInt(ends - begins);
    lost += BigInt(count) * BigInt(length(clip(dark, { from: begins, to: ends })));
  }
  return { inService, down: lost };
}

export function plus(a: Time, b: Time): Time {
  return { inService: a.inService + b.inService, down: a.down + b.down };
}

/** The share of the time in service that was not down; null where nothing was in service. */
export function availabilityOf({ inService, down }: Time): number | null {
  return inService === 0n ? null : shareOf(inService - down, inService);
}

/** Whether at least so many hundredths of the time in service were not down: exactly. */
export function isAtLeast({ inService, down }: Time, percent: number): boolean {
  return 100n * (inService - down) >= BigInt(percent) * inService;
}

/** A share of whole numbers, to the nearest number; parts of a whole that a double does not hold are scaled down together. */
export function shareOf(part: bigint, whole: bigint): number {
  const bits = Math.max(0, whole.toString(2).length - 1_000);
  return Number(part >> BigInt(bits)) / Number(whole >> BigInt(bits));
}

// --- How the year goes on ---

export interface Forecast {
  /** The share of the whole year, if it goes on as it went so far. */
  readonly value: number;
  readonly met: boolean;
  /** When so much is lost that the year misses, whatever follows; undefined where it does not come to that within the year. */
  readonly missedAt: Instant | undefined;
  /** Whether that has already happened. */
  readonly isCertain: boolean;
}

/**
 * The year at the present rate: as much is lost in each hour to come as in those so far, of as many users or elements as there
 * are now. `so far` is the time from the year's beginning to `now`.
 */
export function forecastOf(year: Span, now: Instant, soFar: Time, count: number, percent: number): Forecast {
  const rest = BigInt(count) * BigInt(Math.max(0, year.to - now));
  const whole = soFar.inService + rest;
  const rate = soFar.inService === 0n ? 0 : shareOf(soFar.down, soFar.inService);
  const lost = Number(soFar.down) + rate * Number(rest);
  const allowed = Number(whole) * (1 - percent / 100);
  const value = whole === 0n ? 1 : 1 - lost / Number(whole);
  // What is lost is lost: with all the rest in service the year would still miss.
  const isCertain = 100n * soFar.down > BigInt(100 - percent) * whole;
  if (isCertain) return { value, met: false, missedAt: now, isCertain };
  if (lost <= allowed) return { value, met: true, missedAt: undefined, isCertain };
  const hence = (allowed - Number(soFar.down)) / (rate * count);
  return { value, met: false, missedAt: Math.min(year.to - 1, now + Math.ceil(hence)), isCertain };
}
