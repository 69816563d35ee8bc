/**
 * Measurements of a line as a set: packed by UTC day, sorted, so that the same measurements make the same bytes in whatever
 * order they came. One of a whole number of seconds and of bit/s takes six or seven bytes: a month of one every five minutes
 * 60 KB.
 *
 * Rates are held in thousandths of a bit/s, as whole numbers: their sums are exact and do not depend on an order.
 */
import { DAY, type Instant } from '../units.js';
import { Packer, Unpacker } from '../usage/packed.js';

/** A rate in thousandths of a bit/s: a whole number up to 10^14. */
export type MilliRate = number;

/** No access line carries more than 100 Gbit/s: what claims to counts as that, so that whatever is summed stays exact. */
const RATE_MAX = 1e11;
const MILLI = 1_000;

/** A measurement, or the rate of a contract: bit/s, rounded half up to a thousandth. */
export function milliOf(bitsPerSecond: number): MilliRate {
  return Math.round(Math.min(bitsPerSecond, RATE_MAX) * MILLI);
}

export interface Measurement {
  readonly at: Instant;
  readonly rate: MilliRate;
}

/** The measurements of one UTC day (days since 1970), packed. */
export interface MeasuredDay {
  readonly day: number;
  readonly packed: Uint8Array;
}

/** Sorted by day; a day without a measurement is absent. */
export type MeasuredDays = readonly MeasuredDay[];

/** The UTC day that holds an instant: storage has no zone, and so no short or long day. */
export function utcDay(at: Instant): number {
  return Math.floor(at / DAY);
}

/** The days with one measurement more. */
export function withMeasurement(days: MeasuredDays, measurement: Measurement): MeasuredDays {
  const day = utcDay(measurement.at);
  const i = days.findLastIndex((one) => one.day <= day);
  const held = days[i]?.day === day ? days[i] : undefined;
  const measurements = held ? [...unpacked(held), measurement].sort(inOrder) : [measurement];
  const next = { day, packed: packedOf(day, measurements) };
  return held ? days.with(i, next) : days.toSpliced(i + 1, 0, next);
}

/** All measurements of a half-open span of time, by time and rate. */
export function measurementsIn(days: MeasuredDays, from: Instant, to: Instant): readonly Measurement[] {
  const found: Measurement[] = [];
  for (const one of days) {
    if ((one.day + 1) * DAY <= from || one.day * DAY >= to) continue;
    for (const measurement of unpacked(one)) {
      if (from <= measurement.at && measurement.at < to) found.push(measurement);
    }
  }
  return found;
}

/** The time of the last measurement. */
export function lastMeasured(days: MeasuredDays): Instant | undefined {
  const last = days.at(-1);
  return last && unpacked(last).at(-1)!.at;
}

function inOrder(a: Measurement, b: Measurement): number {
  return a.at - b.at || a.rate - b.rate;
}

// Times as steps from the one before, from the day's beginning on; the lowest bit says whether the unit is the finer one.

function packedOf(day: number, measurements: readonly Measurement[]): Uint8Array {
  const packer = new Packer();
  let before = day * DAY;
  for (const { at, rate } of measurements) {
    fine(packer, at - before);
    fine(packer, rate);
    before = at;
  }
  return Buffer.from(packer.take(), 'latin1');
}

function unpacked({ day, packed }: MeasuredDay): Measurement[] {
  const reader = new Unpacker(Buffer.from(packed).toString('latin1'));
  const measurements: Measurement[] = [];
  for (let at = day * DAY; !reader.done; ) {
    at += unfine(reader);
    measurements.push({ at, rate: unfine(reader) });
  }
  return measurements;
}

function fine(packer: Packer, value: number): void {
  packer.count(value % MILLI === 0 ? 2 * (value / MILLI) : 2 * value + 1);
}

function unfine(reader: Unpacker): number {
  const value = reader.count();
  return value % 2 === 0 ? (value / 2) * MILLI : (value - 1) / 2;
}
