/**
 * Time as numbers: an instant is whole milliseconds since 1970-01-01T00:00:00Z, a duration whole milliseconds.
 * Only `calendar.ts` knows of days, months and zones.
 */

/** A point in time, ms since the epoch, UTC. */
export type Instant = number;
/** A length of time in ms. */
export type Milliseconds = number;
/** An IANA zone, such as Europe/Belgrade. */
export type Zone = string;

export const SECOND: Milliseconds = 1_000;
export const MINUTE: Milliseconds = 60 * SECOND;
export const HOUR: Milliseconds = 60 * MINUTE;
/** Twenty-four hours of elapsed time: not a local day, which may have 23 or 25. */
export const DAY: Milliseconds = 24 * HOUR;

/** The end of what has no end. It compares, and never leaves the process. */
export const FOREVER: Instant = Number.POSITIVE_INFINITY;
/** The beginning of what has no beginning. */
export const EVER: Instant = Number.NEGATIVE_INFINITY;

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/**
 * Reads an RFC 3339 time with offset or Z; undefined where it is none (no offset, 30 February, hour 24).
 * Fractions finer than a millisecond are cut off. A leap second (`:60`) is read as the second after `:59`.
 */
export function parseInstant(text: string): Instant | undefined {
  const found = RFC_3339.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = found;
  const y = Number(year);
  const m = Number(month);
  const d = Number(day);
  if (m < 1 || m > 12 || d < 1 || d > daysInMonth(y, m)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return undefined;
  const milliseconds = fraction ? Number(fraction.padEnd(3, '0').slice(0, 3)) : 0;
  const local = utc(y, m, d) + Number(hour) * HOUR + Number(minute) * MINUTE + Number(second) * SECOND + milliseconds;
  const offset = Number(offsetHour ?? 0) * HOUR + Number(offsetMinute ?? 0) * MINUTE;
  return sign === '-' ? local + offset : local - offset;
}

/** `Date.UTC` without its reading of the years 0 to 99 as 1900 to 1999. */
function utc(year: number, month: number, day: number): Instant {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime();
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const ISO_DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;

/** Reads an ISO 8601 duration of days (24 h each), hours, minutes and seconds, or plain seconds; undefined where it is none. */
export function parseDuration(value: string | number): Milliseconds | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? Math.round(value * SECOND) : undefined;
  const found = ISO_DURATION.exec(value);
  if (!found || value === 'P' || value.endsWith('T')) return undefined;
  const [, days, hours, minutes, seconds] = found;
  const parts = Number(days ?? 0) * DAY + Number(hours ?? 0) * HOUR + Number(minutes ?? 0) * MINUTE;
  return parts + Math.round(Number(seconds ?? 0) * SECOND);
}

/** A duration for people and for decisions: `PT48H`, `P14D` stays `PT336H`: hours say elapsed time without a doubt. */
export function formatDuration(length: Milliseconds): string {
  const hours = Math.floor(length / HOUR);
  const minutes = Math.floor((length % HOUR) / MINUTE);
  const seconds = (length % MINUTE) / SECOND;
  const text = `PT${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds ? `${seconds}S` : ''}`;
  return text === 'PT' ? 'PT0S' : text;
}

/** The compiler's proof that every case was handled; at run time an error that names the stranger. */
export function assertNever(stranger: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(stranger)}`);
}
