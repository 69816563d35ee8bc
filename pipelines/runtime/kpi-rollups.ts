/**
 * Roll-ups of indicators for charts: 1 min, 15 min, 1 h and local days, of elements, sites, districts and countries.
 *
 * A sample goes into the open quarter of its element. When its time is over (its end and what `lateness` allows) the quarter is
 * closed in one step: its minutes and itself leave as pieces, and it counts in the hour and the day under way and in the quarters
 * of the levels above. Those close when all their elements have. A sample that comes after that opens its
 * quarter again, which leaves as a further piece: roll-ups add up in any order, so nothing has to be read back and nothing late
 * is lost, up to what is kept at all. What is open is restored with the task; pieces are not.
 */

import { OpenQuarter, type PlainQuarter, type WindowRollup } from '../domain/kpi/open-quarter.js';
import { merge, plainRollup, type Rollup, readRollup } from '../domain/kpi/rollup.js';
import {
  KEEP,
  type Keep,
  OPEN,
  type Piece,
  type PlainSums,
  pieceKey,
  type Series,
  SUMS,
  seriesKey,
  seriesOf,
} from '../domain/kpi/series.js';
import { floorTo, LENGTHS, type Width, windowAt } from '../domain/kpi/windows.js';
import type { ElementVersion } from '../domain/network.js';
import { DAY, EVER, type Instant, MINUTE, type Milliseconds, type Zone } from '../domain/units.js';
import { Timers } from './heap.js';

/** How long after its end a quarter waits for what is on its way. */
export const LATENESS: Milliseconds = 5 * MINUTE;
/** Over so long the quarters of all series close, so that they do not all do so at once. */
export const SPREAD: Milliseconds = 4 * MINUTE;

/** Where an element stands at an instant; undefined for one not known. */
export type PlaceOf = (
  element: string,
  at: Instant,
) => { readonly version: ElementVersion; readonly districtOfParent: string | undefined } | undefined;

export interface RollupsGiven {
  readonly placeOf: PlaceOf;
  readonly zoneOf: (operator: string, at: Instant) => Zone;
  /** Puts a change under a key; undefined takes it away. */
  readonly save: (key: string, make: (() => unknown) | undefined) => void;
  readonly keep?: Keep;
  readonly lateness?: Milliseconds;
}

interface Open {
  readonly quarter: OpenQuarter;
  due: Instant;
  /** Whose local days its day is one of. */
  readonly operator: string;
}

export class KpiRollups {
  readonly #given: RollupsGiven;
  readonly #keep: Keep;
  readonly #lateness: Milliseconds;
  /** By quarter and series. */
  readonly #open = new Map<string, Open>();
  /** Plain, which is the smallest: there is one for every series. */
  readonly #sums = new Map<string, PlainSums>();
  readonly #timers = new Timers();
  #now: Instant = EVER;
  readonly counts = { tooOld: 0, late: 0 };

  constructor(given: RollupsGiven) {
    this.#given = given;
    this.#keep = given.keep ?? KEEP;
    // A quarter that is opened again must close at a later instant than before.
    this.#lateness = Math.max(MINUTE, given.lateness ?? LATENESS);
  }

  get size(): { readonly open: number; readonly series: number } {
    return { open: this.#open.size, series: this.#sums.size };
  }

  /** Takes a sample of a known element in. */
  take(element: string, kpi: string, at: Instant, value: number): void {
    if (at < this.#now - this.#keep.day * DAY) {
      this.counts.tooOld += 1;
      return;
    }
    const operator = this.#given.placeOf(element, at)?.version.operator;
    if (operator === undefined) return;
    if (this.#now >= floorTo(at, LENGTHS.quarter) + LENGTHS.quarter + this.#lateness) this.counts.late += 1;
    const series = seriesKey({ level: 'element', id: element, kpi });
    const end = floorTo(at, LENGTHS.quarter) + LENGTHS.quarter;
    const due = Math.max(end + spreadOf(series), this.#now) + this.#lateness;
    this.#at(series, at, operator, due).quarter.add(at, value);
  }

  /** The open quarter of a series; opened where there is none, to close at `due`. */
  #at(series: string, at: Instant, operator: string, due: Instant): Open {
    const from = floorTo(at, LENGTHS.quarter);
    const key = `${from}\n${series}`;
    let open = this.#open.get(key);
    if (!open) {
      open = { quarter: new OpenQuarter(from), due, operator };
      this.#open.set(key, open);
      this.#timers.add(due, key);
    }
    this.#given.save(`${OPEN}${key}`, () => {
      const held = this.#open.get(key);
      return held && { due: held.due, operator: held.operator, ...held.quarter.plain() };
    });
    return open;
  }

  /** Closes what is due by then; yields between quarters. */
  *advance(to: Instant): Generator<void, void, void> {
    for (let entry = this.#timers.take(to); entry; entry = this.#timers.take(to)) {
      const open = this.#open.get(entry.key);
      if (open?.due !== entry.at) continue;
      this.#now = Math.max(this.#now, entry.at);
      this.#close(entry.key, open, entry.at);
      yield;
    }
    this.#now = Math.max(this.#now, to);
  }

  #close(key: string, { quarter, operator }: Open, now: Instant): void {
    this.#open.delete(key);
    this.#given.save(`${OPEN}${key}`, undefined);
    const series = key.slice(key.indexOf('\n') + 1);
    const { level, id, kpi } = seriesOf(series);
    const rollup = quarter.rollup()!;
    // What closed, and when, names a piece once for all.
    const name = `${quarter.from}.${now}`;
    if (level === 'element') {
      this.#leave('minute', series, name, plainWindows(quarter.minutes()));
      const due = Math.max(quarter.from + LENGTHS.quarter + this.#lateness + SPREAD, now) + 1;
      for (const group of this.#groupsOf(id, quarter.from))
        this.#at(seriesKey({ ...group, kpi }), quarter.from, operator, due).quarter.addRollup(rollup);
    }
    this.#leave('quarter', series, name, [[quarter.from, plainRollup(rollup)]]);
    this.#sum(series, quarter.from, rollup, this.#given.zoneOf(operator, quarter.from), name);
  }

  /** Where an element counts: its site, the district of either, the country. As far as this task knows them. */
  #groupsOf(element: string, at: Instant): readonly Omit<Series, 'kpi'>[] {
    const place = this.#given.placeOf(element, at);
    if (!place) return [];
    const { parent, operator, district = place.districtOfParent } = place.version;
    return [
      ...(parent === undefined ? [] : [{ level: 'site' as const, id: parent }]),
      ...(district === undefined ? [] : [{ level: 'district' as const, id: district }]),
      { level: 'country' as const, id: operator },
    ];
  }

  /** Counts a quarter in its hour and day. The one under way grows; what is over, or comes late, leaves as a piece. */
  #sum(series: string, from: Instant, rollup: Rollup, zone: Zone, name: string): void {
    let sums = this.#sums.get(series) ?? {};
    for (const width of ['hour', 'day'] as const) {
      const window = windowAt(width, from, zone);
      const [heldFrom, held] = sums[width] ?? [];
      const one = [window.from, plainRollup(rollup)] as const;
      if (heldFrom === undefined || held === undefined) sums = { ...sums, [width]: one };
      else if (heldFrom === window.from)
        sums = { ...sums, [width]: [heldFrom, plainRollup(merge(readRollup(held), rollup))] };
      else if (window.from < heldFrom) this.#leave(width, series, name, [one]);
      else {
        this.#leave(width, series, name, [[heldFrom, held]]);
        sums = { ...sums, [width]: one };
      }
    }
    this.#sums.set(series, sums);
    this.#given.save(`${SUMS}${series}`, () => this.#sums.get(series));
  }

  #leave(width: Width, series: string, name: string, windows: Piece): void {
    const piece = windows.filter(([from]) => from >= this.#now - this.#keep[width] * DAY);
    if (piece.length > 0) this.#given.save(`${pieceKey(width, piece[0]![0], series)}${name}`, () => piece);
  }

  /** Takes back what was open. */
  restore(key: string, held: unknown): void {
    if (key.startsWith(SUMS)) {
      this.#sums.set(key.slice(SUMS.length), held as PlainSums);
      return;
    }
    const id = key.slice(OPEN.length);
    const { due, operator, ...plain } = held as PlainQuarter & { due: Instant; operator: string };
    const quarter = new OpenQuarter(Number(id.slice(0, id.indexOf('\n'))), plain);
    this.#open.set(id, { quarter, due, operator });
    this.#timers.add(due, id);
  }

  resume(now: Instant): void {
    this.#now = now;
  }
}

function plainWindows(windows: readonly WindowRollup[]): Piece {
  return windows.map(({ from, rollup }) => [from, plainRollup(rollup)]);
}

/** When within SPREAD a series closes its quarters: always at the same time, and all of them evenly. */
function spreadOf(series: string): Milliseconds {
  let hash = 0;
  for (let i = 0; i < series.length; i++) hash = (Math.imul(hash, 31) + series.charCodeAt(i)) | 0;
  return (hash >>> 0) % SPREAD;
}
