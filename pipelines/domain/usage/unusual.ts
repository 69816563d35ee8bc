/**
 * What makes a day's use unusual, worked out from the day's sums or records alone. An engineer judges what it means; nothing here
 * is a decision. All comparisons are on whole numbers.
 */
import { touches } from '../borders.js';
import { assertNever, SECOND } from '../units.js';
import { HOME, type UsageRecord } from './record.js';

/** What was seen, what it passed, and the records by which a person can judge. */
export interface Sign {
  readonly value: number;
  readonly bound: number;
  readonly evidence: readonly UsageRecord[];
}

/** A median, and the median of the distances from it; `times` is what both are multiplied by to be whole. */
interface Spread {
  readonly median: number;
  readonly mad: number;
}

/** As many records as a decision names at most. */
const EVIDENCE_MAX = 20;

/**
 * Whether a day's sum is more than median + factor x MAD of the days before it. Sums are whole and below 2^51: four times one is
 * exact.
 */
export function deviates(value: number, before: readonly number[], factor: number): boolean {
  // More than half of them at least as high: then so is the median.
  let atLeast = 0;
  for (const sum of before) if (sum >= value) atLeast += 1;
  if (2 * atLeast > before.length) return false;
  const { median, mad } = spreadInQuarters(before);
  return 4 * value > median + factor * mad;
}

/** Median and MAD of sums, rounded half up to whole units, for people. */
export function spreadOf(sums: readonly number[]): Spread {
  const { median, mad } = spreadInQuarters(sums);
  return { median: Math.floor((median + 2) / 4), mad: Math.floor((mad + 2) / 4) };
}

/** Four times the median and the MAD: a median of an even count is a mean of two, and so may be a distance from it. */
function spreadInQuarters(sums: readonly number[]): Spread {
  const twice = doubledMedian(sums);
  return { median: 2 * twice, mad: doubledMedian(sums.map((sum) => Math.abs(2 * sum - twice))) };
}

function doubledMedian(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? 2 * sorted[middle]! : sorted[middle - 1]! + sorted[middle]!;
}

/**
 * More than `most` calls at one moment that began in a stretch of time. Parts of one session are one call; a call that ends
 * when another begins does not overlap it.
 */
export function overlapping(
  records: readonly UsageRecord[],
  { from, to }: { readonly from: number; readonly to: number },
  most: number,
): Sign | undefined {
  const calls = records.filter(isCall).sort(byTime);
  let running: UsageRecord[] = [];
  let found: Sign | undefined;
  for (const call of calls) {
    running = running.filter((one) => endOf(one) > call.at);
    running.push(call);
    if (running.length <= most || call.at < from || call.at >= to) continue;
    const sessions = new Map(running.map((one) => [one.session ?? one.print, one]));
    const value = sessions.size;
    if (value > most && value > (found?.value ?? 0))
      found = { value, bound: most, evidence: running.slice(-EVIDENCE_MAX) };
  }
  return found;
}

/**
 * Use in two countries with less time between them than it takes to travel, the later of it in a stretch of time. Where the
 * countries touch, only use at one and the same time is impossible. `home` is the code of the operator's country.
 */
export function twoCountries(
  records: readonly UsageRecord[],
  { from, to }: { readonly from: number; readonly to: number },
  { travelMin, home }: { readonly travelMin: number; readonly home: string },
): Sign | undefined {
  const named = records.filter(({ country }) => country !== undefined);
  if (named.every(({ country }) => country === named[0]!.country)) return undefined;
  // Of one instant the longer first: what lasts overlaps what does not, whichever stands first.
  named.sort((a, b) => a.at - b.at || endOf(b) - endOf(a) || byTime(a, b));
  const code = ({ country }: UsageRecord) => (country === HOME ? home : country!);
  let recent: UsageRecord[] = [];
  for (const later of named) {
    // What is longer ago than any way takes is longer ago for all that follow.
    recent = recent.filter((one) => later.at - endOf(one) < travelMin);
    const others = recent;
    recent = [...recent, later];
    if (later.at < from || later.at >= to) continue;
    let closest: Sign | undefined;
    for (const earlier of others) {
      if (earlier.country === later.country || isOneSession(earlier, later)) continue;
      const needed = touches(code(earlier), code(later)) ? 0 : travelMin;
      const gap = later.at - endOf(earlier);
      if (gap < needed && gap < (closest ? closest.value * SECOND : Infinity)) {
        closest = { value: Math.floor(gap / SECOND), bound: Math.ceil(needed / SECOND), evidence: [earlier, later] };
      }
    }
    if (closest) return closest;
  }
  return undefined;
}

/** At least so many short calls to numbers of a listed range. */
export function shortCalls(
  records: readonly UsageRecord[],
  { secondsMax, callsMin }: { readonly secondsMax: number; readonly callsMin: number },
): Sign | undefined {
  const short = records.filter((one) => isShort(one, secondsMax)).sort(byTime);
  if (short.length < callsMin) return undefined;
  return { value: short.length, bound: callsMin, evidence: short.slice(0, EVIDENCE_MAX) };
}

/** Whether a record is a short outgoing call to a listed range. */
export function isShort(record: UsageRecord, secondsMax: number): boolean {
  return isCall(record) && !record.incoming && record.listed === true && record.amount <= secondsMax;
}

/** Whether a record is of a call that was answered. */
export function isCall({ kind, amount }: UsageRecord): boolean {
  return kind === 'voice' && amount > 0;
}

/** When the use that a record tells of was over, as far as it says: of a call. */
export function endOf(record: UsageRecord): number {
  return record.kind === 'voice' ? record.at + record.amount * SECOND : record.at;
}

/** The records of a measure that make a day what it is, the largest first. */
export function largest(
  records: readonly UsageRecord[],
  measure: 'charge' | 'voiceSeconds' | 'messages' | 'dataBytes',
): readonly UsageRecord[] {
  const sized = records.map((record) => ({ record, size: sizeOf(record, measure) })).filter(({ size }) => size > 0);
  sized.sort((a, b) => b.size - a.size || byTime(a.record, b.record));
  return sized.slice(0, EVIDENCE_MAX / 4).map(({ record }) => record);
}

/** What a record adds to the sum of a measure: of volumes what goes out. */
function sizeOf(
  { kind, incoming, amount, charge }: UsageRecord,
  measure: 'charge' | 'voiceSeconds' | 'messages' | 'dataBytes',
): number {
  switch (measure) {
    case 'charge':
      return charge;
    case 'voiceSeconds':
      return kind === 'voice' && !incoming ? amount : 0;
    case 'messages':
      return (kind === 'sms' || kind === 'mms') && !incoming ? amount : 0;
    case 'dataBytes':
      return kind === 'data' && !incoming ? amount : 0;
    default:
      return assertNever(measure);
  }
}

function isOneSession(a: UsageRecord, b: UsageRecord): boolean {
  return a.session !== undefined && a.session === b.session;
}

/** In the order of their times; of one instant in an order that does not hang on which came first. */
function byTime(a: UsageRecord, b: UsageRecord): number {
  return a.at - b.at || (a.print < b.print ? -1 : a.print > b.print ? 1 : 0);
}
