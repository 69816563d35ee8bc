/** The rating written as one would do it by hand: step after step, each looking at the wall clock. Slow, and plain to see. */
import { wall } from '../../../../pipelines/domain/calendar.js';
import { addFractions, type Fraction, fraction, ZERO_FRACTION } from '../../../../pipelines/domain/money.js';
import { DAY, type Instant } from '../../../../pipelines/domain/units.js';

export interface PlainSlot {
  readonly from: number;
  /** Whole units of money, so that no decimal has to be read. */
  readonly rate: number;
  readonly unit: number;
  readonly increment: number;
}

export interface PlainBand {
  readonly weekdays?: number[];
  /** Minutes after midnight. */
  readonly minutes: number;
  readonly connectFee: number;
  readonly slots: PlainSlot[];
}

export function clockTime(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}

/** The same bands as they stand on the wire. */
export function wireOf(bands: readonly PlainBand[]) {
  return { bands: bands.map(({ minutes, ...band }) => ({ ...band, from: clockTime(minutes) })) };
}

function bandAt(bands: readonly PlainBand[], at: Instant, zone: string): PlainBand {
  const shown = wall(at, zone);
  const today = Math.floor(shown / DAY);
  for (let back = 0; ; back += 1) {
    const weekday = ((((today - back + 3) % 7) + 7) % 7) + 1;
    const upTo = back === 0 ? shown - today * DAY : DAY;
    const begun = bands
      .filter(({ weekdays, minutes }) => (weekdays?.includes(weekday) ?? true) && minutes * 60_000 <= upTo)
      .sort((a, b) => b.minutes - a.minutes || (a.weekdays?.length ?? 7) - (b.weekdays?.length ?? 7));
    if (begun[0]) return begun[0];
  }
}

export function walk(bands: readonly PlainBand[], start: Instant, seconds: number, zone: string): Fraction {
  if (seconds <= 0) return ZERO_FRACTION;
  const times = new Map<PlainSlot, number>();
  for (let at = 0; at < seconds; ) {
    const slot = bandAt(bands, start + at * 1000, zone).slots.findLast(({ from }) => from <= at)!;
    times.set(slot, (times.get(slot) ?? 0) + 1);
    at += slot.increment;
  }
  let cost = fraction(bandAt(bands, start, zone).connectFee);
  for (const [{ rate, increment, unit }, n] of times) cost = addFractions(cost, fraction(n * rate * increment, unit));
  return cost;
}
