/**
 * Loss in the busiest hours: of each clock hour what was offered to the network and what of it was served, as exact sums; of the
 * hours in which most was offered the mean of their losses, each hour alike.
 */
import { wall } from '../calendar.js';
import { HOUR, type Instant, type Zone } from '../units.js';
import { shareOf } from './availability.js';

/** Thousandths of an attempt (or of whatever the counter counts), so that sums are exact in any order. */
const FINE = 1_000;

/** One clock hour of a network. */
export interface Hour {
  readonly at: Instant;
  readonly offered: bigint;
  readonly served: bigint;
}

/** The beginning of the local clock hour; of the hour that a clock shows twice each is one of its own. */
export function hourOf(at: Instant, zone: Zone): Instant {
  const into = wall(at, zone) % HOUR;
  return at - (into < 0 ? into + HOUR : into);
}

/** A counter's value as it is added up. */
export function fineOf(value: number): bigint {
  return BigInt(Math.round(value * FINE));
}

/** Hours of several tasks, or of several parts of a day, as one; by time. */
export function joined(hours: Iterable<Hour>): readonly Hour[] {
  const sums = new Map<Instant, Hour>();
  for (const { at, offered, served } of hours) {
    const held = sums.get(at);
    sums.set(
      at,
      held ? { at, offered: held.offered + offered, served: held.served + served } : { at, offered, served },
    );
  }
  return [...sums.values()].sort((a, b) => a.at - b.at);
}

export interface BusyHour {
  readonly at: Instant;
  readonly offered: number;
  readonly loss: number;
}

export interface BusyLoss {
  readonly mean: number;
  /** By what was offered, of two alike the earlier first. */
  readonly hours: readonly BusyHour[];
}

/** The busiest hours, by what was offered, of two alike the earlier first; those in which nothing was offered are none. */
export function busiestOf(hours: readonly Hour[], count: number): readonly Hour[] {
  return hours
    .filter(({ offered }) => offered > 0n)
    .toSorted((a, b) => (a.offered === b.offered ? a.at - b.at : a.offered > b.offered ? -1 : 1))
    .slice(0, count);
}

/** The mean loss of the busiest hours; undefined where nothing was offered. Fewer hours than asked for are all there are. */
export function busyLossOf(hours: readonly Hour[], count: number): BusyLoss | undefined {
  const busiest = busiestOf(hours, count).map(({ at, offered, served }) => ({
    at,
    offered: Number(offered) / FINE,
    // Where more was served than offered the counters are not of one interval: nothing was lost.
    loss: served >= offered ? 0 : shareOf(offered - served, offered),
  }));
  if (busiest.length === 0) return undefined;
  return { mean: busiest.reduce((sum, { loss }) => sum + loss, 0) / busiest.length, hours: busiest };
}
