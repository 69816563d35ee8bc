/**
 * Local days, weeks, months, years and billing cycles: the one place that knows of daylight saving.
 * Temporal is asked only where a zone's offset changes; what it says is kept as stretches of one offset, and all else
 * is arithmetic on integers. A local day has 23, 24 or 25 hours, and starts at the first instant of its date.
 */

import { Temporal } from 'temporal-polyfill';
import type { Span } from './intervals.js';
import { union } from './intervals.js';
import type { Instant, Milliseconds, Zone } from './units.js';
import { DAY, EVER, MINUTE } from './units.js';

/** The day of the month at whose end the cycle is cut: 1 to 28, or "last" for the calendar month. */
export type BillingDay = number | 'last';

/** A billing day as known from `from` on. It takes effect at the end of the cycle that runs then. */
export interface BillingChange {
  readonly from: Instant;
  readonly day: BillingDay;
}

// --- Days ---

/** The first instant of the local day that holds `at`. */
export function startOfDay(at: Instant, zone: Zone): Instant {
  return beginOf(dayNumber(at, zone), zone);
}

/** The first instant of the local day after the one that holds `at`. */
export function nextDay(at: Instant, zone: Zone): Instant {
  // A date that the zone left out (Samoa, 30 December 2011) begins and ends where the one after it begins.
  return beginOf(dayNumber(at, zone) + 1, zone);
}

/** The local date that holds `at`: "2026-03-29". */
export function dayOf(at: Instant, zone: Zone): string {
  return dateOf(dayNumber(at, zone));
}

const DATE = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)$/;

/** The first instant of a local date such as "2026-03-29"; throws where there is no such date. */
export function dayStart(day: string, zone: Zone): Instant {
  const found = DATE.exec(day);
  const number = found ? dayOfDate(Number(found[1]), Number(found[2]), Number(found[3])) : Number.NaN;
  if (!found || dateOf(number) !== day) throw new RangeError(`no date: ${day}`);
  return beginOf(number, zone);
}

/** Each local day that the (finite) spans touch, once, in order: its bounds, and its first touched instant. */
export function daysTouched(
  spans: readonly Span[],
  zone: Zone,
): { day: string; from: Instant; to: Instant; first: Instant }[] {
  const days: { day: string; from: Instant; to: Instant; first: Instant }[] = [];
  let done: Instant = EVER;
  for (const span of union(spans)) {
    finite(span.from);
    finite(span.to);
    for (let at = Math.max(span.from, done); at < span.to; at = done) {
      done = nextDay(at, zone);
      days.push({ day: dayOf(at, zone), from: startOfDay(at, zone), to: done, first: at });
    }
  }
  return days;
}

// --- Weeks, months, years ---

/** The first instant of the local Monday of the week that holds `at`. */
export function startOfWeek(at: Instant, zone: Zone): Instant {
  const day = dayNumber(at, zone);
  // Day 0, 1 January 1970, was a Thursday.
  return beginOf(day - modulo(day + 3, 7), zone);
}

/** The first instant of the local calendar month that holds `at`. */
export function startOfMonth(at: Instant, zone: Zone): Instant {
  return beginOf(dayOfMonth(monthOf(dayNumber(at, zone))), zone);
}

/** The local calendar year that holds `at`. */
export function yearOf(at: Instant, zone: Zone): number {
  return Math.floor(monthOf(dayNumber(at, zone)) / 12);
}

/** The first instant of a local calendar year. */
export function startOfYear(year: number, zone: Zone): Instant {
  return beginOf(dayOfMonth(12 * year), zone);
}

// --- The clock on the wall ---

/** What a clock on the wall shows at `at`, in ms as if it were UTC: two local midnights lie whole days apart. */
export function wall(at: Instant, zone: Zone): number {
  return at + stretchAt(at, zone).offset;
}

/** The instant at which the wall shows `wallMs`: one left out is moved on by the gap, of two the earlier is taken. */
export function fromWall(wallMs: number, zone: Zone): Instant {
  return find(wallMs, zone).at;
}

/** Up to when (not included) the zone's offset stays what it is at `at`; beyond all instants where it never changes again. */
export function steadyUntil(at: Instant, zone: Zone): Instant {
  return stretchAt(at, zone).to;
}

/** RFC 3339 in the zone's offset, never "Z", ms only where there are some: "2026-06-12T00:00:01+02:00". */
export function formatLocal(at: Instant, zone: Zone): string {
  // Offsets of before 1900 have seconds, RFC 3339 has none there: the clock is set to the minute, the instant stays.
  const offset = Math.round(stretchAt(at, zone).offset / MINUTE);
  const text = new Date(at + offset * MINUTE).toISOString().replace(/(?:\.000)?Z$/, '');
  const size = Math.abs(offset);
  return `${text}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

// --- Billing cycles ---

/**
 * The billing cycle that holds `at`. It is cut at the END of the billing day: day 5 runs from the 6th 00:00 to the
 * next 6th 00:00, day 28 of a common February ends at 1 March 00:00. `billing` is sorted by `from`; its first entry
 * holds for all time before it too; without one the cycle is the calendar month. A change takes effect at the end of
 * the cycle running at its `from` (one exactly at a cut: of the cycle that begins there), the last one where a cycle
 * sees several; then comes a short cycle, up to the next cut of the new day. Cycles tile time.
 */
export function cycleOf(at: Instant, billing: readonly BillingChange[], zone: Zone): Span {
  finite(at);
  let day = billing[0]?.day ?? 'last';
  // Where `day` took effect; never after `at`.
  let since: Instant = EVER;
  for (let i = 1; i < billing.length; i += 1) {
    const change = billing[i]!;
    // Only in the cycle that ended at `since`, which has seen a change already, can this one lie before it.
    if (change.from >= since) {
      const end = cutAfter(change.from, day, zone);
      if (at < end) break;
      since = end;
    }
    day = change.day;
  }
  return { from: Math.max(since, cutUpTo(at, day, zone)), to: cutAfter(at, day, zone) };
}

/** All cycles that the (finite) span touches, in order, each whole. */
export function cyclesOver(span: Span, billing: readonly BillingChange[], zone: Zone): Span[] {
  finite(span.from);
  finite(span.to);
  const cycles: Span[] = [];
  for (let at = span.from; at < span.to; ) {
    const cycle = cycleOf(at, billing, zone);
    cycles.push(cycle);
    at = cycle.to;
  }
  return cycles;
}

/** The first cut after `at`. */
function cutAfter(at: Instant, day: BillingDay, zone: Zone): Instant {
  const month = monthOf(dayNumber(at, zone));
  const cut = cutOf(month, day, zone);
  return at < cut ? cut : cutOf(month + 1, day, zone);
}

/** The last cut at or before `at`. */
function cutUpTo(at: Instant, day: BillingDay, zone: Zone): Instant {
  const month = monthOf(dayNumber(at, zone));
  const cut = cutOf(month, day, zone);
  if (cut <= at) return cut;
  // Even the cut of 28 February lies at the start of the next month at the latest.
  return cutOf(month - 1, day, zone);
}

/** The same date so many calendar months before a day; where that month is too short, its last day. */
export function monthsBefore(day: number, months: number): number {
  const month = monthOf(day);
  const date = day - dayOfMonth(month);
  return Math.min(dayOfMonth(month - months) + date, dayOfMonth(month - months + 1) - 1);
}

/** The same date so many calendar months after a day; where that month is too short, its last day. */
export function monthsAfter(day: number, months: number): number {
  return monthsBefore(day, -months);
}

/** The cut of a month: the end of its billing day, counted from the month, not from the last cut: nothing drifts. */
function cutOf(month: number, day: BillingDay, zone: Zone): Instant {
  return beginOf(day === 'last' ? dayOfMonth(month + 1) : dayOfMonth(month) + day, zone);
}

// --- Dates as numbers: days since 1 January 1970, months since January of the year 0 ---

/** Names of dates, made once; dropped all together when there are too many. */
const names = new Map<number, string>();
const NAMES_MAX = 4_096;

function dateOf(day: number): string {
  let name = names.get(day);
  if (name === undefined) {
    const text = new Date(day * DAY).toISOString();
    name = text.slice(0, text.indexOf('T'));
    if (names.size >= NAMES_MAX) names.clear();
    names.set(day, name);
  }
  return name;
}

/** The day on which a date falls in the calendar of Gregory; one that does not exist runs over into what follows it. */
function dayOfDate(year: number, month: number, day: number): number {
  return dayOfMonth(12 * year + month - 1) + day - 1;
}

// Years counted from March: the leap day is then the last of its year. 719468 days lie between 1 March 0000 and day 0.
function dayOfMonth(month: number): number {
  const year = Math.floor((month - 2) / 12);
  const inYear = month - 2 - 12 * year;
  const leaps = Math.floor(year / 4) - Math.floor(year / 100) + Math.floor(year / 400);
  return 365 * year + leaps + Math.floor((153 * inYear + 2) / 5) - 719_468;
}

function monthOf(day: number): number {
  // A guess by the mean length of a month is at most one off.
  let month = Math.floor((day + 719_528) / 30.436875);
  while (dayOfMonth(month) > day) month -= 1;
  while (dayOfMonth(month + 1) <= day) month += 1;
  return month;
}

/** The local day that holds an instant, as days since 1 January 1970. */
export function dayNumber(at: Instant, zone: Zone): number {
  const stretch = stretchAt(at, zone);
  const day = Math.floor((at + stretch.offset) / DAY);
  // A clock put back over midnight would show yesterday again: the day that has begun goes on.
  return at - stretch.from < DAY && beginOf(day + 1, zone) <= at ? day + 1 : day;
}

/** The first instant of a day: local midnight, or where the clock skips that, the instant of the skip. */
export function beginOf(day: number, zone: Zone): Instant {
  const found = find(day * DAY, zone);
  return found.skipped ? stretchAt(found.at, zone).from : found.at;
}

function find(wallMs: number, zone: Zone): { at: Instant; skipped: boolean } {
  // No offset is as much as a day: the offset before and the one after any change are among these two.
  const before = stretchAt(wallMs - DAY, zone);
  const early = wallMs - before.offset;
  if (early < before.to) return { at: early, skipped: false };
  const after = stretchAt(wallMs + DAY, zone);
  const late = wallMs - after.offset;
  if (late >= after.from) return { at: late, skipped: false };
  return { at: early, skipped: true };
}

// --- Stretches of one offset ---

interface Stretch extends Span {
  /** Local time minus UTC. */
  readonly offset: Milliseconds;
}

/** Per zone the stretches asked for so far, sorted. Both bounds are far beyond need: two a year, a zone an operator. */
const zones = new Map<Zone, Stretch[]>();
const ZONES_MAX = 64;
const STRETCHES_MAX = 1_024;
/** The first and last instant that Temporal and Date know. No stretch holds EVER or FOREVER, so both are refused. */
const INSTANT_MIN: Instant = -8.64e15;
const INSTANT_MAX: Instant = 8.64e15;

function stretchAt(at: Instant, zone: Zone): Stretch {
  let known = zones.get(zone);
  if (!known) {
    if (zones.size >= ZONES_MAX) zones.clear();
    known = [];
    zones.set(zone, known);
  }
  // The index of the first stretch that ends after `at`.
  let low = 0;
  for (let high = known.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (known[middle]!.to <= at) low = middle + 1;
    else high = middle;
  }
  const found = known[low];
  if (found && found.from <= at) return found;
  const stretch = ask(at, zone);
  if (known.length >= STRETCHES_MAX) zones.set(zone, [stretch]);
  else known.splice(low, 0, stretch);
  return stretch;
}

function ask(at: Instant, zone: Zone): Stretch {
  finite(at);
  // Temporal refuses parts of a ms; whether it is asked must not show.
  const here = Temporal.Instant.fromEpochMilliseconds(Math.floor(at)).toZonedDateTimeISO(zone);
  // "previous" leaves out a change at the very instant that is asked for.
  const from = here.add({ milliseconds: 1 }).getTimeZoneTransition('previous')?.epochMilliseconds ?? INSTANT_MIN;
  const to = here.getTimeZoneTransition('next')?.epochMilliseconds ?? INSTANT_MAX + 1;
  return { from, to, offset: here.offsetNanoseconds / 1_000_000 };
}

function finite(at: Instant): void {
  if (!(at >= INSTANT_MIN && at <= INSTANT_MAX)) throw new RangeError(`no instant of the calendar: ${at}`);
}

function modulo(n: number, d: number): number {
  return ((n % d) + d) % d;
}

function two(n: number): string {
  return String(n).padStart(2, '0');
}
