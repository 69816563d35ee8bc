/** Reads the roll-ups of network tasks back, for charts; and lets those go that are older than what is kept. */

import type { Span } from '../domain/intervals.js';
import { OpenQuarter, type PlainQuarter, type WindowRollup } from '../domain/kpi/open-quarter.js';
import { merge, type Rollup, readRollup } from '../domain/kpi/rollup.js';
import {
  bucketKey,
  bucketOfInstant,
  KEEP,
  type Keep,
  OPEN,
  type Piece,
  type PlainSums,
  pieceKey,
  type Series,
  SUMS,
  seriesKey,
} from '../domain/kpi/series.js';
import { floorTo, LENGTHS, WIDTHS, type Width, windowAt } from '../domain/kpi/windows.js';
import { DAY, HOUR, type Instant, MINUTE, type Zone } from '../domain/units.js';
import type { Store } from '../io/store.js';
import { decode as unpack } from './codec.js';
import type { Changes } from './service-logic.js';

/** What a chart asks for: windows of one width that begin within a span. `now` is the clock: what is open lies around it. */
export interface ChartAsked extends Span {
  readonly series: Series;
  readonly width: Width;
  readonly zone: Zone;
  readonly now: Instant;
}

/** Quarters that begin this long before the clock may still be open. */
const OPEN_FOR = 2 * HOUR;
/** A sample may be this much ahead of the clock. */
const AHEAD = 5 * MINUTE;

/**
 * The windows with samples, in order, from all tasks that may hold a part (an element has one, the levels above have one in each).
 * Minutes are kept of elements alone. Windows of what is kept no longer are absent.
 */
export async function kpiChart(
  store: Store,
  tasks: readonly string[],
  asked: ChartAsked,
): Promise<readonly WindowRollup[]> {
  const { series, width, zone, now } = asked;
  const key = seriesKey(series);
  const found = new Map<Instant, Rollup>();
  const add = (from: Instant, rollup: Rollup) => {
    if (from < asked.from || from >= asked.to) return;
    const held = found.get(from);
    found.set(from, held ? merge(held, rollup) : rollup);
  };
  const quarters = quartersAround(now);
  for (const task of tasks) {
    for (let day = bucketOfInstant(asked.from); day <= bucketOfInstant(asked.to - 1); day++) {
      for await (const [, value] of store.entries(task, pieceKey(width, day * DAY, key))) {
        for (const [from, rollup] of unpack(value) as Piece) add(from, readRollup(rollup));
      }
    }
    const [sums, ...open] = await store.get(task, [
      `${SUMS}${key}`,
      ...quarters.map((from) => `${OPEN}${from}\n${key}`),
    ]);
    if (sums && (width === 'hour' || width === 'day')) {
      const [from, rollup] = (unpack(sums) as PlainSums)[width] ?? [];
      if (from !== undefined && rollup !== undefined) add(from, readRollup(rollup));
    }
    open.forEach((value, i) => {
      if (!value) return;
      const quarter = new OpenQuarter(quarters[i]!, unpack(value) as PlainQuarter);
      if (width === 'minute') {
        if (series.level === 'element') for (const { from, rollup } of quarter.minutes()) add(from, rollup);
        return;
      }
      const rollup = quarter.rollup();
      if (rollup) add(windowAt(width, quarter.from, zone).from, rollup);
    });
  }
  return [...found].sort(([a], [b]) => a - b).map(([from, rollup]) => ({ from, rollup }));
}

/** The quarters that may be open by this clock. */
export function quartersAround(now: Instant): readonly Instant[] {
  const quarters: Instant[] = [];
  for (let from = floorTo(now - OPEN_FOR, LENGTHS.quarter); from <= now + AHEAD; from += LENGTHS.quarter)
    quarters.push(from);
  return quarters;
}

/** How many pieces are let go of in one commit, and how many days back from what is kept are looked at. */
const SWEPT_AT_ONCE = 1_000;
const DAYS_SWEPT = 40;

/** Lets a task's old pieces go, a bounded number at a time, once a day of its clock. */
export class RollupSweep {
  readonly #store: Store;
  readonly #task: string;
  readonly #keep: Keep;
  readonly #gone = new Set<string>();
  #sweptDay = Number.NEGATIVE_INFINITY;

  constructor(store: Store, task: string, keep: Keep = KEEP) {
    this.#store = store;
    this.#task = task;
    this.#keep = keep;
  }

  /** Looks for what is to go by this clock. What it finds leaves with the next commit. */
  async sweep(now: Instant): Promise<void> {
    const today = bucketOfInstant(now);
    if (!Number.isFinite(now) || today <= this.#sweptDay || this.#gone.size > 0) return;
    for (const width of WIDTHS) {
      const oldest = today - this.#keep[width] - 1;
      for (let day = oldest - DAYS_SWEPT; day < oldest; day++) {
        for await (const [key] of this.#store.entries(this.#task, bucketKey(width, day))) {
          this.#gone.add(key);
          if (this.#gone.size >= SWEPT_AT_ONCE) return;
        }
      }
    }
    this.#sweptDay = today;
  }

  takeChanges(): Changes {
    const changes: Changes = new Map([...this.#gone].map((key) => [key, undefined]));
    this.#gone.clear();
    return changes;
  }

  get changed(): number {
    return this.#gone.size;
  }
}
