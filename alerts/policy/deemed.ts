/**
 * When a notice counts as delivered by the operator's terms (Truf 98 and 100): a legal state that stands beside what the gateway
 * says. Electronic messages count from the beginning of the next local day, a publication on the web from that of the next working
 * day, a letter from that of the second.
 */
import { beginOf, dayNumber, dayOf } from '../../pipelines/domain/calendar.js';
import type { NoticeRules } from '../../pipelines/domain/pack.js';
import type { Instant, Zone } from '../../pipelines/domain/units.js';
import { isWeekend } from './hours.js';

export type Way = 'electronic' | 'web' | 'post';

/** Which way a channel goes; undefined for what is no delivery to a subscriber, such as the page of the operations centre. */
export function wayOf(channel: string): Way | undefined {
  if (channel === 'sms' || channel === 'email') return 'electronic';
  return channel === 'web' ? 'web' : channel === 'letter' ? 'post' : undefined;
}

/** When what was sent at `sentAt` counts as delivered; undefined where the terms do not say. */
export function deemedAt(
  way: Way,
  sentAt: Instant,
  rules: Pick<NoticeRules, 'deemed' | 'holidays'>,
  zone: Zone,
): Instant | undefined {
  const today = dayNumber(sentAt, zone);
  switch (rules.deemed[way]) {
    case 'next-day':
      return beginOf(today + 1, zone);
    case 'next-working-day':
      return beginOf(workingDayAfter(today, 1, rules.holidays, zone), zone);
    case 'second-working-day':
      return beginOf(workingDayAfter(today, 2, rules.holidays, zone), zone);
    case null:
      return undefined;
  }
}

function workingDayAfter(day: number, count: number, holidays: readonly string[], zone: Zone): number {
  let found = day;
  for (let left = count; left > 0; ) {
    found += 1;
    if (!isWeekend(found) && !holidays.includes(dayOf(beginOf(found, zone), zone))) left -= 1;
  }
  return found;
}
