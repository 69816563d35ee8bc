/** The hours in which a message of a class may leave, in the subscriber's local time. */
import { beginOf, dayNumber, fromWall } from '../../pipelines/domain/calendar.js';
import type { SendingHours } from '../../pipelines/domain/pack.js';
import { DAY, type Instant, MINUTE, type Zone } from '../../pipelines/domain/units.js';

const DAYS_IN_WEEK = 7;
/** 1 January 1970 was a Thursday; Monday is 0. */
const FIRST_WEEKDAY = 3;
const SATURDAY = 5;

/** Whether a local day, counted from 1970, is a Saturday or a Sunday. */
export function isWeekend(day: number): boolean {
  return (((day + FIRST_WEEKDAY) % DAYS_IN_WEEK) + DAYS_IN_WEEK) % DAYS_IN_WEEK >= SATURDAY;
}

/** The first instant, `at` or later, at which a message may leave. No hours: at once. */
export function mayLeaveAt(at: Instant, hours: SendingHours | null, zone: Zone): Instant {
  if (!hours) return at;
  const today = dayNumber(at, zone);
  for (let day = today; day <= today + DAYS_IN_WEEK; day++) {
    const { from, to } = isWeekend(day) ? hours.weekends : hours.weekdays;
    const opens = onDay(day, from, zone);
    // An empty day never opens.
    if (opens < onDay(day, to, zone) && at < onDay(day, to, zone)) return Math.max(at, opens);
  }
  throw new RangeError('hours in which nothing may ever leave');
}

/** "HH:MM" on a local day; "24:00" is its end. */
function onDay(day: number, time: string, zone: Zone): Instant {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  if (hour === 24) return beginOf(day + 1, zone);
  return fromWall(day * DAY + (hour * 60 + minute) * MINUTE, zone);
}
