/** Times and lengths of time for people. Every time is shown in one zone, which the page names. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** The terms speak of 48 and 72 hours. */
const DAYS_FROM = 100 * HOUR;

let zone = 'UTC';
let parts = formatIn(zone);

function formatIn(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

let told: () => void = () => {};
/** Kept when the server has said in which zone times are shown: before that they would be those of another. */
export const zoneKnown = new Promise<void>((done) => {
  told = done;
});

/** Sets the zone in which all times are shown. */
export function showIn(timeZone: string): void {
  told();
  if (timeZone === zone) return;
  parts = formatIn(timeZone);
  zone = timeZone;
}

/** The zone in which all times are shown. */
export function shownIn(): string {
  return zone;
}

/** A time in its parts: `12 Jun`, `2026`, `00:00:05`. */
export function partsOf(at: number): { readonly day: string; readonly year: string; readonly time: string } {
  const of: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
  for (const { type, value } of parts.formatToParts(at)) of[type] = value;
  // Some browsers say "Sept": the columns are made for three letters.
  const month = of.month?.slice(0, 3);
  return { day: `${of.day} ${month}`, year: of.year ?? '', time: `${of.hour}:${of.minute}:${of.second}` };
}

/** `12 Jun 2026 00:00:05`. */
export function dateTime(at: number): string {
  const { day, year, time } = partsOf(at);
  return `${day} ${year} ${time}`;
}

/** An RFC 3339 time as the page shows it. */
export function when(time: string): string {
  return dateTime(Date.parse(time));
}

/** A running clock: hours and minutes, and seconds apart, which are shown smaller. */
export function runningOf(ms: number): { readonly minutes: string; readonly seconds: string } {
  const length = Math.max(0, ms);
  const hours = Math.floor(length / HOUR);
  const minutes = Math.floor((length % HOUR) / MINUTE);
  return {
    minutes: `${two(hours)}:${two(minutes)}`,
    seconds: `:${two(Math.floor((length % MINUTE) / SECOND))}`,
  };
}

/** A length of time in its two largest units: `13 h 48 min`, `2 min 3 s`, `5 s`; in days only where hours say little. */
export function lengthOf(ms: number): string {
  const length = Math.max(0, ms);
  if (length >= DAYS_FROM) return inTwo(length, DAY, 'd', HOUR, 'h');
  if (length >= HOUR) return inTwo(length, HOUR, 'h', MINUTE, 'min');
  if (length >= MINUTE) return inTwo(length, MINUTE, 'min', SECOND, 's');
  return `${Math.floor(length / SECOND)} s`;
}

/** A length of time to the second, in hours: `48 h 1 s`. */
export function exactly(ms: number): string {
  const hours = Math.floor(ms / HOUR);
  const minutes = Math.floor((ms % HOUR) / MINUTE);
  const seconds = (ms % MINUTE) / SECOND;
  const parts = [hours && `${hours} h`, minutes && `${minutes} min`, seconds && `${seconds} s`].filter(Boolean);
  return parts.length > 0 ? parts.join(' ') : '0 s';
}

function inTwo(length: number, size: number, name: string, smaller: number, smallerName: string): string {
  const left = Math.floor((length % size) / smaller);
  const whole = `${Math.floor(length / size)} ${name}`;
  return left > 0 ? `${whole} ${left} ${smallerName}` : whole;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
