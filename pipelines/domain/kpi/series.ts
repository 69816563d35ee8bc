/** What is rolled up: an indicator of an element, or of all elements of a site, a district or an operator's country. */
import { DAY, type Instant } from '../units.js';
import type { PlainRollup } from './rollup.js';
import type { Width } from './windows.js';

export const LEVELS = ['element', 'site', 'district', 'country'] as const;
export type Level = (typeof LEVELS)[number];

export interface Series {
  readonly level: Level;
  /** The element, the site's element, the district's name, or the operator. */
  readonly id: string;
  readonly kpi: string;
}

/** A series as a key: a line break is in no element's id that the door lets in. */
export function seriesKey({ level, id, kpi }: Series): string {
  return `${level}\n${id}\n${kpi}`;
}

export function seriesOf(key: string): Series {
  const [level, id, ...kpi] = key.split('\n') as [Level, string, ...string[]];
  return { level, id, kpi: kpi.join('\n') };
}

/** How long roll-ups are kept, in days of their own time, by width. */
export type Keep = Readonly<Record<Width, number>>;

export const KEEP: Keep = { minute: 1, quarter: 3, hour: 14, day: 400 };

// --- Where they lie in the store of a network task ---

/** Closed windows: read for charts alone, never restored with the task. */
export const PIECES = 'p/';
/** Quarters that are open, and the hour and the day under way. */
export const OPEN = 'k/';
export const SUMS = 'ks/';

/** A piece: one or more windows of a width. Pieces add up, in any order. */
export type Piece = readonly (readonly [from: Instant, rollup: PlainRollup])[];

/** The hour and the day under way, of the quarters closed so far. */
export interface PlainSums {
  readonly hour?: readonly [from: Instant, rollup: PlainRollup];
  readonly day?: readonly [from: Instant, rollup: PlainRollup];
}

/** Pieces of a width whose windows began on one day (UTC) lie together, so that a day is let go of at once. */
export function bucketKey(width: Width, day: number): string {
  return `${PIECES}${width}/${String(day).padStart(6, '0')}/`;
}

export function bucketOfInstant(at: Instant): number {
  return Math.floor(at / DAY);
}

/** All pieces of a series in a bucket begin so. */
export function pieceKey(width: Width, from: Instant, key: string): string {
  return `${bucketKey(width, bucketOfInstant(from))}${key}\n`;
}
