/** Answers what charts ask, from the store: which series there are, and one of them in columns. */
import { startOfDay } from '../../domain/calendar.js';
import type { Span } from '../../domain/intervals.js';
import {
  gridOf,
  KPI_WINDOWS_MAX,
  type KpiAnswer,
  type KpiAsked,
  type KpiBand,
  type KpiListed,
  type KpiViews,
} from '../../domain/kpi/chart.js';
import {
  bucketOfInstant,
  KEEP,
  type Level,
  OPEN,
  type PlainSums,
  type Series,
  SUMS,
  seriesKey,
  seriesOf,
} from '../../domain/kpi/series.js';
import { BAND_DAYS, usualBand } from '../../domain/kpi/usual-band.js';
import { LENGTHS, WIDTHS, type Width } from '../../domain/kpi/windows.js';
import type { ElementVersion } from '../../domain/network.js';
import type { KpiThresholdRule, Packs } from '../../domain/pack.js';
import { DAY, EVER, type Instant, type Zone } from '../../domain/units.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import { kpiChart, quartersAround } from '../kpi-chart.js';
import { taskNames } from '../status.js';
import { standOf } from '../task.js';
import { type Partitions, partitionOf } from '../topics.js';

/** A chart of `auto` width has at most so many windows for each point. */
const WINDOWS_PER_POINT = 4;
/** How many series one answer lists. */
const LISTED_MAX = 5_000;

export interface KpiReaderGiven {
  readonly store: Store;
  readonly packs: Packs;
  readonly partitions: Partitions;
}

export class KpiReader implements KpiViews {
  readonly #given: KpiReaderGiven;
  readonly #tasks: readonly string[];

  constructor(given: KpiReaderGiven) {
    this.#given = given;
    this.#tasks = taskNames(given.partitions).network;
  }

  async chart(asked: KpiAsked): Promise<KpiAnswer | undefined> {
    const { series, pointsMax } = asked;
    const tasks = this.#tasksOf(series.level, series.id);
    const clock = await this.#clockOf(tasks);
    if (!(await this.#has(tasks, series, clock))) return undefined;
    const operator = await this.#operatorOf(series);
    const zone = this.#zoneOf(operator, clock);
    const to = asked.to ?? clock;
    const from = asked.from ?? to - (asked.last ?? DAY);
    if (from >= to) throw new RangeError('from should lie before to');
    const width = asked.width === 'auto' ? widthFor(series.level, { from, to }, clock, pointsMax) : asked.width;
    if (width === 'minute' && series.level !== 'element')
      throw new RangeError('width minute is kept of elements alone: ask for quarter, hour or day');
    const length = width === 'day' ? DAY : LENGTHS[width];
    if ((to - from) / length > KPI_WINDOWS_MAX)
      throw new RangeError(`from and to may lie ${KPI_WINDOWS_MAX} windows of a ${width} apart`);
    const keptFrom = bucketOfInstant(clock - KEEP[width] * DAY) * DAY;
    const reading = { series, width, zone, now: clock, from: Math.max(from, keptFrom), to };
    const found = reading.from < to ? await kpiChart(this.#given.store, tasks, reading) : [];
    const grid = gridOf(found, { from, to, width, zone, pointsMax, now: clock });
    const band = await this.#bandOf(tasks, { series, width, zone, clock, at: grid.columns.at });
    return {
      series,
      width,
      zone,
      clock,
      from,
      to,
      keptFrom,
      ...grid,
      band,
      thresholds: this.#rulesOf(series, operator, clock),
    };
  }

  async list(level: Level, id?: string): Promise<readonly KpiListed[]> {
    const tasks = this.#tasksOf(level, id);
    const clock = await this.#clockOf(tasks);
    const begins = id === undefined ? `${level}\n` : `${level}\n${id}\n`;
    const found = new Map<string, Instant>();
    const add = (key: string, from: Instant) => {
      if (found.size < LISTED_MAX || found.has(key)) found.set(key, Math.max(found.get(key) ?? EVER, from));
    };
    for (const task of tasks) {
      for await (const [key, value] of this.#given.store.entries(task, SUMS + begins))
        add(key.slice(SUMS.length), (unpack(value) as PlainSums).hour?.[0] ?? EVER);
      for (const from of quartersAround(clock)) {
        const open = `${OPEN}${from}\n`;
        for await (const [key] of this.#given.store.entries(task, open + begins)) add(key.slice(open.length), from);
      }
    }
    return [...found]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, last]) => ({ ...seriesOf(key), last: last === EVER ? null : last }));
  }

  /** An element has one task; of what stands above it each task may hold a part. */
  #tasksOf(level: Level, id: string | undefined): readonly string[] {
    if (level !== 'element' || id === undefined) return this.#tasks;
    return [this.#tasks[partitionOf(id, this.#given.partitions.element)]!];
  }

  /** The least clock of the tasks: what all of them have told is there. */
  async #clockOf(tasks: readonly string[]): Promise<Instant> {
    const stands = await Promise.all(tasks.map((task) => standOf(this.#given.store, task)));
    const clocks = stands.flatMap((stand) => (stand && stand.clock !== EVER ? [stand.clock] : []));
    return clocks.length === 0 ? EVER : Math.min(...clocks);
  }

  async #has(tasks: readonly string[], series: Series, clock: Instant): Promise<boolean> {
    if (clock === EVER) return false;
    const key = seriesKey(series);
    const keys = [`${SUMS}${key}`, ...quartersAround(clock).map((from) => `${OPEN}${from}\n${key}`)];
    for (const task of tasks) {
      const values = await this.#given.store.get(task, keys);
      if (values.some((value) => value !== undefined)) return true;
    }
    return false;
  }

  /** Whose a series is; undefined for a district, in which several operators may have elements. */
  async #operatorOf({ level, id }: Series): Promise<string | undefined> {
    if (level === 'country') return id;
    if (level === 'district') return undefined;
    const [task] = this.#tasksOf('element', id);
    const [value] = await this.#given.store.get(task!, [`e/${id}`]);
    return value && (unpack(value) as { versions: readonly ElementVersion[] }).versions.at(-1)?.operator;
  }

  #zoneOf(operator: string | undefined, at: Instant): Zone {
    const { packs } = this.#given;
    const pack = operator === undefined ? packs.all()[0] : packs.at(operator, at);
    return pack?.zone ?? 'UTC';
  }

  #rulesOf({ level, kpi }: Series, operator: string | undefined, at: Instant): readonly KpiThresholdRule[] {
    if (level !== 'element' || operator === undefined) return [];
    const rules = this.#given.packs.at(operator, at)?.rules.kpi?.thresholds ?? [];
    return rules.filter((rule) => rule.kpi === kpi);
  }

  async #bandOf(
    tasks: readonly string[],
    given: {
      readonly series: Series;
      readonly width: Width;
      readonly zone: Zone;
      readonly clock: Instant;
      readonly at: readonly Instant[];
    },
  ): Promise<KpiBand | null> {
    const { series, width, zone, clock, at } = given;
    const [first, last] = [at[0], at.at(-1)];
    if (first === undefined || last === undefined) return null;
    const of = width === 'day' ? 'day' : 'hour';
    const oldest = bucketOfInstant(clock - KEEP[of] * DAY) * DAY;
    const from = Math.max(oldest, startOfDay(first, zone) - BAND_DAYS[of] * DAY);
    const to = startOfDay(Math.min(last, clock), zone);
    if (from >= to) return null;
    const past = await kpiChart(this.#given.store, tasks, { series, width: of, zone, now: clock, from, to });
    return usualBand(at, past, { of, zone });
  }
}

/** The finest width that is still kept at the beginning of the span, in not too many windows; days where none is. */
function widthFor(level: Level, { from, to }: Span, clock: Instant, pointsMax: number): Width {
  const fits = (width: Width) => {
    const length = width === 'day' ? DAY : LENGTHS[width];
    return from >= clock - KEEP[width] * DAY && (to - from) / length <= WINDOWS_PER_POINT * pointsMax;
  };
  return WIDTHS.find((width) => (width !== 'minute' || level === 'element') && fits(width)) ?? 'day';
}
