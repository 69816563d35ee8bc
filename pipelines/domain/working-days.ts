/** Working days: Monday to Friday without public holidays. */
import { beginOf, dayNumber, dayOf } from './calendar.js';
import type { Instant, Zone } from './units.js';

/** 1 January 1970 was a Thursday. */
const THURSDAY = 4;

/** Holidays as dates ("2026-04-10"), or of every year as month and day ("01-07"). */
export type Holidays = readonly string[];

/** The local date of the working day that many after the local day of `at`, which does not count itself. */
export function workingDayAfter(at: Instant, count: number, holidays: Holidays, zone: Zone): string {
  let day = dayNumber(at, zone);
  for (let left = count; left > 0; ) {
    day += 1;
    if (isWorkingDay(day, holidays, zone)) left -= 1;
  }
  return dayOf(beginOf(day, zone), zone);
}

function isWorkingDay(day: number, holidays: Holidays, zone: Zone): boolean {
  const weekday = (((day + THURSDAY) % 7) + 7) % 7;
  if (weekday === 0 || weekday === 6) return false;
  const date = dayOf(beginOf(day, zone), zone);
  return !holidays.includes(date) && !holidays.includes(date.slice(5));
}

/** The local date that many calendar days after the local day of `at`. */
export function dayAfter(at: Instant, count: number, zone: Zone): string {
  return dayOf(beginOf(dayNumber(at, zone) + count, zone), zone);
}
