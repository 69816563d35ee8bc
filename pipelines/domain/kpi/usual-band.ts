/**
 * Where an indicator usually lies at a time of day, for charts: nine of ten samples of the same local hour, on days before. Days of
 * the same kind (working day, weekend) alone count once three of them are known, as in `season.ts`. Worked out from the roll-ups
 * that are kept anyway; what scores say of single samples (`score.ts`) is finer, and is not kept.
 */
import { dayNumber, wall } from '../calendar.js';
import { DAY, HOUR, type Instant, type Zone } from '../units.js';
import type { KpiBand } from './chart.js';
import type { WindowRollup } from './open-quarter.js';
import { mergeAll, type Rollup, statistic } from './rollup.js';
import { isWeekend } from './season.js';

/** So many days back are what is usual, for hours and shorter windows, and for days. */
export const BAND_DAYS = { hour: 14, day: 28 } as const;
/** With fewer days nothing is called usual. */
const DAYS_MIN = 3;

/** The band at each of some instants (in order), from the hours or the days before them. Only what came before a day counts for it. */
export function usualBand(
  at: readonly Instant[],
  past: readonly WindowRollup[],
  given: { readonly of: 'hour' | 'day'; readonly zone: Zone },
): KpiBand | null {
  const { of, zone } = given;
  const slotOf = (instant: Instant) => (of === 'day' ? 0 : Math.floor((wall(instant, zone) % DAY) / HOUR));
  const bySlot = new Map<number, { readonly day: number; readonly rollup: Rollup }[]>();
  for (const { from, rollup } of past) {
    const slot = slotOf(from);
    const days = bySlot.get(slot) ?? [];
    days.push({ day: dayNumber(from, zone), rollup });
    bySlot.set(slot, days);
  }
  const known = new Map<string, readonly [low: number, high: number] | undefined>();
  const rangeAt = (instant: Instant) => {
    const [slot, day] = [slotOf(instant), dayNumber(instant, zone)];
    const key = `${slot} ${day}`;
    if (!known.has(key)) known.set(key, rangeOf(bySlot.get(slot) ?? [], day, BAND_DAYS[of]));
    return known.get(key);
  };
  const ranges = at.map(rangeAt);
  if (ranges.every((range) => range === undefined)) return null;
  return { low: ranges.map((range) => range?.[0] ?? null), high: ranges.map((range) => range?.[1] ?? null) };
}

function rangeOf(
  days: readonly { readonly day: number; readonly rollup: Rollup }[],
  day: number,
  back: number,
): readonly [number, number] | undefined {
  const before = days.filter((one) => one.day < day && one.day >= day - back);
  const alike = before.filter((one) => isWeekend(one.day) === isWeekend(day));
  const used = alike.length >= DAYS_MIN ? alike : before;
  if (used.length < DAYS_MIN) return undefined;
  const all = mergeAll(used.map(({ rollup }) => rollup))!;
  return [statistic(all, 'p5'), statistic(all, 'p95')];
}
