/**
 * `dozor rate`: a line `{ tariff, usage }` in, a line `{ cost, charge }` out. The numbers of the tariff are in the unit of the usage
 * unless they bring one ("50 KB", "1m"). The local time of day is that of the offset of `start`, or of a `zone` in the usage.
 */
import { fromWall } from '../domain/calendar.js';
import { formatFraction } from '../domain/money.js';
import {
  decimalsNeeded,
  formatExact,
  formatFixed,
  type Measure,
  ONE,
  readDecimal,
  readQuantity,
  unitOf,
} from '../domain/rating/quantity.js';
import { type Rating, rate, type Usage, VOICE_MAX } from '../domain/rating/rate.js';
import { readPrice } from '../domain/rating/tariff.js';
import type { Wall } from '../domain/rating/week.js';
import type { Problem } from '../domain/schema.js';
import { HOUR, MINUTE, parseInstant } from '../domain/units.js';
import { linesOf } from './replay.js';

export interface Rated {
  /** The exact decimal. */
  readonly cost: string;
  /** Rounded, with all its decimals. */
  readonly charge: string;
  /** Where the decimal has no end: what it is. */
  readonly costFraction?: string;
}

export type Line = { readonly ok: true; readonly rated: Rated } | { readonly ok: false; readonly problem: Problem };

/** Rates the lines of a file; the exit code is 1 where one was bad. */
export async function rateFile(
  file: string,
  out: (line: string) => undefined | Promise<void>,
  complain: (line: string) => void,
): Promise<0 | 1> {
  let number = 0;
  let bad = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    if (line.trim() === '') continue;
    const answer = rateLine(line);
    if (answer.ok) {
      await out(JSON.stringify(answer.rated));
      continue;
    }
    bad += 1;
    const { field, why } = answer.problem;
    complain(`line ${number}: ${field ? `${field} ` : ''}${why}`);
  }
  return bad > 0 ? 1 : 0;
}

/** Rates one line, or says which field is wrong. */
export function rateLine(line: string): Line {
  let wire: unknown;
  try {
    wire = JSON.parse(line);
  } catch {
    return refuse('', 'is no JSON');
  }
  if (!isObject(wire)) return refuse('', 'is no JSON object');
  const { tariff, usage } = wire;
  for (const [field, value] of [
    ['tariff', tariff],
    ['usage', usage],
  ] as const) {
    if (value === undefined) return refuse(field, 'is missing', 'missing');
    if (!isObject(value)) return refuse(field, 'is no object');
  }
  const read = readUsage(usage as Record<string, unknown>);
  if ('problem' in read) return read;
  const price = readPrice(tariff, read.measure, read.plain);
  if (!price.ok) return refuse(inside('tariff', price.problem.field), price.problem.why, price.problem.what);
  return { ok: true, rated: ratedOf(rate(price.value, read.usage), price.value.rounding.decimals) };
}

function ratedOf({ cost, charge }: Rating, decimals: number): Rated {
  const endless = decimalsNeeded(cost) === undefined;
  return {
    cost: formatExact(cost),
    charge: formatFixed(charge, decimals),
    ...(endless && { costFraction: formatFraction(cost) }),
  };
}

// --- The usage ---

/** What a type is measured in where no unit says so; the unit of anything but voice may say otherwise. */
const MEASURES: Readonly<Record<string, Measure>> = {
  voice: 'time',
  data: 'volume',
  sms: 'count',
  mms: 'count',
  premium: 'count',
  generic: 'count',
};

type UsageRead = { readonly usage: Usage; readonly measure: Measure; readonly plain: bigint };

function readUsage(wire: Record<string, unknown>): UsageRead | Extract<Line, { ok: false }> {
  const { type, unit, start, amount, zone } = wire;
  for (const field of ['type', 'start', 'amount']) {
    if (wire[field] === undefined) return refuse(`usage.${field}`, 'is missing', 'missing');
  }
  const kind = typeof type === 'string' ? type.toLowerCase().replace(/^\*/, '') : '';
  const usual = Object.hasOwn(MEASURES, kind) ? MEASURES[kind]! : undefined;
  if (!usual) return refuse('usage.type', `must be one of ${Object.keys(MEASURES).join(', ')}`);
  if (unit !== undefined && typeof unit !== 'string') return refuse('usage.unit', 'is no text');
  const { measure, size: plain } = unit === undefined ? { measure: usual, size: ONE } : unitOf(unit);
  if (kind === 'voice' && measure !== 'time') return refuse('usage.unit', 'is no unit of time');
  const quantity = readQuantity(amount, measure, plain);
  if (quantity === undefined) {
    const why = readDecimal(amount) ? 'is finer than a billionth' : 'is no number of units';
    return refuse('usage.amount', why);
  }
  if (kind === 'voice' && quantity > VOICE_MAX)
    return refuse('usage.amount', 'is a call of more than three hundred years');
  const at = typeof start === 'string' ? parseInstant(start) : undefined;
  if (at === undefined) return refuse('usage.start', 'is no RFC 3339 time with an offset');
  const wall = wallOf(start as string, zone);
  if (!wall) return refuse('usage.zone', 'is no time zone');
  return { usage: { kind, start: at, amount: quantity, wall }, measure, plain };
}

function wallOf(start: string, zone: unknown): Wall | undefined {
  if (zone === undefined) {
    const [, sign, hour, minute] = /([+-])(\d\d):(\d\d)$/.exec(start) ?? [];
    const offset = Number(hour ?? 0) * HOUR + Number(minute ?? 0) * MINUTE;
    return { offset: sign === '-' ? -offset : offset };
  }
  if (typeof zone !== 'string') return undefined;
  try {
    fromWall(0, zone);
    return { zone };
  } catch {
    return undefined;
  }
}

function inside(outer: string, field: string): string {
  return field ? `${outer}.${field}` : outer;
}

function refuse(field: string, why: string, what: Problem['what'] = 'malformed'): Extract<Line, { ok: false }> {
  return { ok: false, problem: { what, field, why } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
