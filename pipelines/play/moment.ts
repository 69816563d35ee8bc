/**
 * The times of other people's files: each format becomes a reader from text to an instant, or to words that say why not. A
 * local time is read in a named zone: one that the clock skips is refused, of one that it shows twice the mapping says which.
 */
import { dayStart, fromWall, wall } from '../domain/calendar.js';
import { DAY, type Instant, parseInstant, SECOND, type Zone } from '../domain/units.js';

export const TIME_FORMATS = [
  'rfc3339',
  'unix-seconds',
  'unix-milliseconds',
  'local',
  'local-seconds',
  'seconds-from',
] as const;
export type TimeFormat = (typeof TIME_FORMATS)[number];

/** How a column's text is a time. */
export interface TimeText {
  readonly format?: TimeFormat;
  /** Of `local`: such as `dd.MM.yyyy HH:mm`. */
  readonly pattern?: string;
  /** Of `local` and `local-seconds`. */
  readonly zone?: string;
  /** Of `seconds-from`: the instant of second 0. */
  readonly origin?: string;
  /** Which of two, where the clock is put back; the earlier unless given. */
  readonly twice?: 'earlier' | 'later';
}

/** Text to an instant, or to what is wrong with it, in words that follow the column's name. */
export type ReadTime = (text: string) => Instant | string;

const YEAR_1: Instant = Date.parse('0001-01-01T00:00:00Z');
const YEAR_9999: Instant = Date.parse('9999-12-30T00:00:00Z');

/** The reader of a format, or what is wrong with the format itself: the key it is said with, and why. */
export function timeReader(
  spec: TimeText,
  zoneGiven?: Zone,
): ReadTime | { readonly key: string; readonly why: string } {
  const zone = spec.zone ?? zoneGiven;
  switch (spec.format ?? 'rfc3339') {
    case 'rfc3339':
      return (text) => parseInstant(text) ?? 'is no RFC 3339 time with an offset, such as 2026-06-12T00:00:00+02:00';
    case 'unix-seconds':
      return numbered((n) => n * SECOND);
    case 'unix-milliseconds':
      return numbered((n) => n);
    case 'seconds-from': {
      const origin = spec.origin === undefined ? undefined : parseInstant(spec.origin);
      if (origin === undefined) return { key: 'origin', why: 'must be the instant of second 0 in RFC 3339' };
      return numbered((n) => origin + n * SECOND);
    }
    case 'local-seconds': {
      if (zone === undefined) return { key: 'zone', why: 'is missing: a local time needs one' };
      const read = numbered((n) => n * SECOND);
      return (text) => {
        const wallMs = read(text);
        return typeof wallMs === 'string' ? wallMs : inZone(wallMs, zone, spec.twice);
      };
    }
    case 'local': {
      if (zone === undefined) return { key: 'zone', why: 'is missing: a local time needs one' };
      if (spec.pattern === undefined) return { key: 'pattern', why: 'is missing: a local time needs one' };
      const pattern = compile(spec.pattern);
      if (typeof pattern === 'string') return { key: 'pattern', why: pattern };
      return (text) => readLocal(text, pattern, zone, spec);
    }
  }
}

/** Whether the zone is one that the calendar knows. */
export function isZone(zone: Zone): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function numbered(instantOf: (n: number) => number): ReadTime {
  return (text) => {
    if (!/^-?\d+(\.\d+)?$/.test(text)) return 'is no number, and so no time';
    const at = Math.round(instantOf(Number(text)));
    // Milliseconds taken for seconds lie thousands of years ahead.
    if (!(at >= YEAR_1 && at <= YEAR_9999)) return 'lies outside the years 1 to 9999: is the unit right?';
    return at;
  };
}

/** The instant at which the wall of a zone shows this, or why there is none. */
function inZone(wallMs: number, zone: Zone, twice: TimeText['twice']): Instant | string {
  const at = fromWall(wallMs, zone);
  if (wall(at, zone) !== wallMs) return `is no time in ${zone}: the clock skips it`;
  if (twice !== 'later') return at;
  // The offset a day on is the one after any change that shows the time again.
  const later = wallMs - (wall(at + DAY, zone) - (at + DAY));
  return later > at && wall(later, zone) === wallMs ? later : at;
}

// --- Patterns ---

interface Pattern {
  readonly text: string;
  readonly expression: RegExp;
  /** What the groups of the expression are, in order. */
  readonly parts: readonly Part[];
}

type Part = 'year' | 'month' | 'monthName' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

const TOKENS: Readonly<Record<string, readonly [part: Part, expression: string]>> = {
  yyyy: ['year', '(\\d{4})'],
  MMM: ['monthName', '([A-Za-z]{3})'],
  MM: ['month', '(\\d{2})'],
  M: ['month', '(\\d{1,2})'],
  dd: ['day', '(\\d{2})'],
  d: ['day', '(\\d{1,2})'],
  HH: ['hour', '(\\d{2})'],
  H: ['hour', '(\\d{1,2})'],
  mm: ['minute', '(\\d{2})'],
  ss: ['second', '(\\d{2})'],
  S: ['fraction', '(\\d{1,9})'],
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

function compile(text: string): Pattern | string {
  const parts: Part[] = [];
  let expression = '';
  for (const [piece, quoted] of text.matchAll(/'([^']*)'|([A-Za-z])\2*|[^A-Za-z]/g)) {
    const token = TOKENS[piece] ?? (/^S+$/.test(piece) ? TOKENS['S'] : undefined);
    if (quoted === undefined && !token && /^[A-Za-z]/.test(piece)) {
      return `has ${piece}, which is none of ${Object.keys(TOKENS).join(', ')} (text stands in 'quotes')`;
    }
    if (token) parts.push(token[0]);
    expression += token ? token[1] : (quoted ?? piece).replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  }
  for (const [part, token] of [
    ['year', 'yyyy'],
    ['day', 'dd'],
  ] as const) {
    if (!parts.includes(part)) return `has no ${token}`;
  }
  if (!parts.includes('month') && !parts.includes('monthName')) return 'has no MM';
  const twice = parts.find((part, i) => parts.indexOf(part) !== i);
  if (twice) return `has the ${twice} twice`;
  if (parts.includes('minute') && !parts.includes('hour')) return 'has minutes without hours';
  return { text, expression: new RegExp(`^${expression}$`), parts };
}

function readLocal(text: string, pattern: Pattern, zone: Zone, { twice }: TimeText): Instant | string {
  const found = pattern.expression.exec(text);
  if (!found) return `does not look like ${pattern.text}`;
  const of = (part: Part) => found[pattern.parts.indexOf(part) + 1];
  const has = (part: Part) => pattern.parts.includes(part);
  const number = (part: Part) => (has(part) ? Number(of(part)) : 0);
  const month = has('monthName') ? MONTHS.indexOf(of('monthName')!.toLowerCase()) + 1 : number('month');
  const [year, day, hour, minute, second] = [
    number('year'),
    number('day'),
    number('hour'),
    number('minute'),
    number('second'),
  ];
  const milliseconds = has('fraction') ? Number(of('fraction')!.padEnd(3, '0').slice(0, 3)) : 0;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (year < 1 || month < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return 'is no date';
  if (hour > 23 || minute > 59 || second > 59) return 'is no time of a day';
  // A day begins at its first instant, also where the clock skips midnight.
  if (!has('hour')) return dayStart(date.toISOString().slice(0, 10), zone);
  return inZone(date.getTime() + ((hour * 60 + minute) * 60 + second) * SECOND + milliseconds, zone, twice);
}
