/** How histories become lines: local times, delays until a record is known, copies, and the order of the clock. */
import { fromWall, nextDay } from '../../pipelines/domain/calendar.js';
import type { Data, Wire } from './wire.js';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
export const ZONE = 'Europe/Belgrade';

/** So many local days after a date, at a local time of day in ms. */
export function instant(date: string, day: number, time: number): number {
  return fromWall(Date.parse(`${date}T00:00:00Z`) + day * DAY + time, ZONE);
}

/** How long after it happened something is known: so many ms, or with the next local midnight or noon. */
export type Delay = number | 'midnight' | 'noon';

export function knownAfter(at: number, delay: Delay): number {
  if (typeof delay === 'number') return at + delay;
  const midnight = nextDay(at, ZONE);
  return delay === 'midnight' ? midnight : midnight + 12 * HOUR;
}

/** What happened, and when it is known. */
export interface Item {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly known: number;
  readonly data: Data;
}

/** A copy of the so-many-th line, known later by so much. */
export interface Copy {
  readonly of: number;
  readonly later: number;
}

const iso = (at: number) => new Date(at).toISOString();

/** The lines in the order in which they are known; of one instant as they stand. */
export function linesOf(items: readonly Item[], copies: readonly Copy[] = []): Wire[] {
  const all = [...items];
  for (const { of, later } of copies) {
    const item = items[of % items.length];
    if (item) all.push({ ...item, known: item.known + later });
  }
  return all
    .sort((a, b) => a.known - b.known)
    .map(({ id, type, subject, at, known, data }) => ({
      specversion: '1.0',
      id,
      source: 'history',
      type,
      subject,
      time: iso(at),
      ...(known !== at && { recordedtime: iso(known) }),
      data,
    }));
}

/** A history that can be told. */
export interface Told {
  readonly lines: readonly Wire[];
  readonly until: number;
}

/** Without the fields that say nothing. */
export function trimmed(data: Data): Data {
  return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
}
