/**
 * A series as a chart draws it: columns on an even grid of windows, null where nothing came, and fewer points than windows where
 * there are too many. Windows are put together by merging their roll-ups, so the least and the greatest of every one are still
 * there: a peak stays, however few points are drawn.
 */
import type { Span } from '../intervals.js';
import type { KpiThresholdRule } from '../pack.js';
import type { Instant, Milliseconds, Zone } from '../units.js';
import type { KpiColumns } from './columns.js';
import type { WindowRollup } from './open-quarter.js';
import { merge, type Rollup, statistic } from './rollup.js';
import type { Level, Series } from './series.js';
import { type Width, windowAt } from './windows.js';

export interface KpiGrid {
  readonly columns: KpiColumns;
  /** How many windows a point stands for; the last may stand for fewer. */
  readonly windowsPerPoint: number;
  /** How far apart windows with samples usually begin, in windows; null where there are fewer than two. */
  readonly usualStep: number | null;
  /** Where samples are missing for longer than is usual for the series, up to the clock. */
  readonly gaps: readonly Span[];
}

/** How much longer than usual nothing must have come for a gap. */
const GAP_STEPS = 1.5;

/** The windows of a width that begin within a span, in order. */
export function windowsIn({ from, to }: Span, width: Width, zone: Zone): readonly Instant[] {
  const starts: Instant[] = [];
  let window = windowAt(width, from, zone);
  if (window.from < from) window = windowAt(width, window.to, zone);
  for (; window.from < to; window = windowAt(width, window.to, zone)) starts.push(window.from);
  return starts;
}

/**
 * Puts what was found on the grid of a span, in at most `pointsMax` points. `found` is in order of time; a window of it that is
 * not on the grid (a day of another zone) counts in the window before.
 */
export function gridOf(
  found: readonly WindowRollup[],
  given: Span & { readonly width: Width; readonly zone: Zone; readonly pointsMax: number; readonly now: Instant },
): KpiGrid {
  const starts = windowsIn(given, given.width, given.zone);
  const windowsPerPoint = Math.max(1, Math.ceil(starts.length / given.pointsMax));
  const rollups = new Array<Rollup | undefined>(Math.ceil(starts.length / windowsPerPoint));
  const places: number[] = [];
  let place = 0;
  for (const { from, rollup } of found) {
    while (place + 1 < starts.length && starts[place + 1]! <= from) place += 1;
    if (places.at(-1) !== place) places.push(place);
    const point = Math.floor(place / windowsPerPoint);
    const held = rollups[point];
    rollups[point] = held ? merge(held, rollup) : rollup;
  }
  const figures = (name: 'mean' | 'min' | 'max') =>
    Array.from(rollups, (rollup) => (rollup ? statistic(rollup, name) : null));
  const usualStep = usualStepOf(places);
  return {
    columns: {
      at: starts.filter((_, i) => i % windowsPerPoint === 0),
      mean: figures('mean'),
      min: figures('min'),
      max: figures('max'),
      count: Array.from(rollups, (rollup) => rollup?.count ?? 0),
    },
    windowsPerPoint,
    usualStep,
    gaps: gapsOf(places, starts, usualStep ?? 1, given),
  };
}

/** The middle of the distances between windows with samples. */
function usualStepOf(places: readonly number[]): number | null {
  const steps = places.slice(1).map((place, i) => place - places[i]!);
  steps.sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? null;
}

function gapsOf(
  places: readonly number[],
  starts: readonly Instant[],
  usualStep: number,
  { to, now }: { readonly to: Instant; readonly now: Instant },
): readonly Span[] {
  const end = Math.min(to, now);
  // The window under way at the clock has not missed anything yet.
  const complete = starts.filter((_, i) => (starts[i + 1] ?? to) <= end).length;
  const gaps: Span[] = [];
  let before = -1;
  for (const place of [...places, complete]) {
    if (place - before > GAP_STEPS * usualStep) gaps.push({ from: starts[before + 1]!, to: starts[place] ?? end });
    before = place;
  }
  return gaps;
}

/** Where the figures of a point usually lie; null where too little is known. */
export interface KpiBand {
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

// --- What may be asked, and what is answered ---

/** No chart is of more windows than these, whatever its width. */
export const KPI_WINDOWS_MAX = 20_000;

export interface KpiAsked {
  readonly series: Series;
  /** `auto`: the finest that is kept for so long, and is not more than some windows a point. */
  readonly width: Width | 'auto';
  /** So long up to the clock, in place of `from` and `to`. */
  readonly last?: Milliseconds | undefined;
  /** Absent: a day before `to`. */
  readonly from?: Instant | undefined;
  /** Absent: what the clock says. */
  readonly to?: Instant | undefined;
  readonly pointsMax: number;
}

/** What was found of a series. */
export interface KpiAnswer extends KpiGrid, Span {
  readonly series: Series;
  readonly width: Width;
  readonly zone: Zone;
  /** The clock of the tasks that hold it. */
  readonly clock: Instant;
  /** Windows of this width that began before are kept no longer. */
  readonly keptFrom: Instant;
  readonly band: KpiBand | null;
  /** The rules in force that raise alarms by this indicator, for an element. */
  readonly thresholds: readonly KpiThresholdRule[];
}

/** A series that there is, and when the last window with samples began, as far as that is kept at hand. */
export interface KpiListed extends Series {
  readonly last: Instant | null;
}

/** What HTTP asks of the roll-ups. */
export interface KpiViews {
  /** Undefined: there is no such series. Throws a RangeError that begins with the name of a parameter for a span that cannot be. */
  chart(asked: KpiAsked): Promise<KpiAnswer | undefined>;
  /** The series of an element, a site, a district or a country, by indicator; without an id those of all of a level. */
  list(level: Level, id?: string): Promise<readonly KpiListed[]>;
}
