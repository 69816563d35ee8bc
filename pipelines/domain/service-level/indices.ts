/**
 * Outage indices weighted by users (the idea of IEEE 1366), over any period, by district and technology:
 *
 *   SAIDI  time without service of the mean user         sum(Ni di) / N
 *   SAIFI  interruptions of the mean user                sum(Ni) / N
 *   CAIDI  length of an interruption, each user's alike  SAIDI / SAIFI
 *   MTTR   length of a repair, each fault alike          sum(di) / n
 *
 * N is the mean number of users in service. A user counts once at a moment, however many faults overlap. Time counts in the period
 * in which it passes; an interruption in the period in which it begins, where it began for this user (who comes into service while
 * it lasts is interrupted then); a repair in that in which it ends, with its whole length. So CAIDI of a short period, in which an
 * interruption of before goes on, is not the length of any one: where none begins it is null.
 */
import { clip, length, type Span, union } from '../intervals.js';
import { MINUTE } from '../units.js';
import { type InService, NO_TIME, plus, shareOf, type Time, timeOf } from './availability.js';

/** Users that are down together, of one district and technology. */
export interface Users {
  readonly district: string | undefined;
  readonly technology: string | undefined;
  readonly members: readonly InService[];
  /** When a fault of what serves them lay open. */
  readonly down: readonly Span[];
}

/** A fault of an element, from its opening to its clearing. */
export interface Repair extends Span {
  readonly district: string | undefined;
  readonly technology: string | undefined;
}

/** Sums that add up over districts, technologies and tasks. */
export interface IndexSums extends Time {
  readonly interruptions: bigint;
  readonly repairs: number;
  readonly repairTime: bigint;
}

export const NO_SUMS: IndexSums = { ...NO_TIME, interruptions: 0n, repairs: 0, repairTime: 0n };

export interface Indices {
  /** The mean number in service. */
  readonly users: number;
  readonly saidiMinutes: number | null;
  readonly saifi: number | null;
  readonly caidiMinutes: number | null;
  readonly mttrMinutes: number | null;
  readonly availability: number | null;
  readonly interruptions: number;
  readonly repairs: number;
}

/** What one set of users adds to the indices of a period. */
export function sumsOfUsers(period: Span, { members, down }: Users): IndexSums {
  const dark = union(down);
  let interruptions = 0n;
  for (const member of members) {
    const felt = clip(dark, member).filter(({ from }) => period.from <= from && from < period.to);
    interruptions += BigInt(member.count) * BigInt(felt.length);
  }
  return { ...timeOf(period, members, dark), interruptions, repairs: 0, repairTime: 0n };
}

/** What the repairs that ended in a period add. */
export function sumsOfRepairs(period: Span, repairs: readonly Repair[]): IndexSums {
  const ended = repairs.filter(({ from, to }) => from < to && period.from < to && to <= period.to);
  const repairTime = ended.reduce((sum, repair) => sum + BigInt(length([repair])), 0n);
  return { ...NO_SUMS, repairs: ended.length, repairTime };
}

export function plusSums(a: IndexSums, b: IndexSums): IndexSums {
  return {
    ...plus(a, b),
    interruptions: a.interruptions + b.interruptions,
    repairs: a.repairs + b.repairs,
    repairTime: a.repairTime + b.repairTime,
  };
}

/** The indices of a period from their sums; null where nobody was in service, nothing began or nothing was repaired. */
export function indicesOf(period: Span, sums: IndexSums): Indices {
  const { inService, down, interruptions, repairs, repairTime } = sums;
  const whole = BigInt(period.to - period.from);
  // Both are shares of user-time: times the length of the period they are those of the mean user.
  const saidi = inService === 0n ? null : shareOf(down * whole, inService) / MINUTE;
  const saifi = inService === 0n ? null : shareOf(interruptions * whole, inService);
  return {
    users: shareOf(inService, whole),
    saidiMinutes: saidi,
    saifi,
    caidiMinutes: interruptions === 0n ? null : shareOf(down, interruptions) / MINUTE,
    mttrMinutes: repairs === 0 ? null : Number(repairTime) / repairs / MINUTE,
    availability: inService === 0n ? null : shareOf(inService - down, inService),
    interruptions: Number(interruptions),
    repairs,
  };
}
