/** The parameters of GET /v1/decisions, each checked and named in its refusal. */
import { DECISION_TYPES } from '../domain/decision.js';
import { type Instant, parseInstant } from '../domain/units.js';
import type { DecisionQuery } from './ports.js';
import { Problem } from './problem.js';

/** How many decisions a page has unless told otherwise, and at most. */
export const LIMIT = 100;
export const LIMIT_MAX = 1_000;

const TEXTS = ['subject', 'incident', 'operator', 'clause', 'reason'] as const;
const NAMES = [...TEXTS, 'type', 'from', 'to', 'limit', 'after', 'order'];
const TEXT_MAX = 512;

/** Reads the query; throws a Problem (400) that names the first parameter that is bad. */
export function queryOf(parameters: URLSearchParams): DecisionQuery {
  checkNames(parameters, NAMES);
  const of = (name: string) => parameters.get(name) ?? undefined;
  const texts = Object.fromEntries(
    TEXTS.flatMap((name) => {
      const text = textOf(name, of(name));
      return text === undefined ? [] : [[name, text]];
    }),
  ) as Partial<Record<(typeof TEXTS)[number], string>>;
  const type = of('type');
  if (type !== undefined && !(DECISION_TYPES as readonly string[]).includes(type))
    throw bad('type', 'is no type of decision');
  const from = instantOf('from', of('from'));
  const to = instantOf('to', of('to'));
  if (from !== undefined && to !== undefined && to < from) throw bad('to', 'lies before from');
  const limit = limitOf(of('limit'));
  const after = textOf('after', of('after'));
  if (after !== undefined && !/^-?\d+:./.test(after)) throw bad('after', 'is none that a page before has given');
  const order = of('order');
  if (order !== undefined && order !== 'newest' && order !== 'oldest') throw bad('order', 'should be newest or oldest');
  return {
    limit,
    ...texts,
    ...(type !== undefined && { type }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(after !== undefined && { after }),
    ...(order !== undefined && { order }),
  };
}

/** Throws a Problem (400) for a parameter that is none of these, or is given twice. */
export function checkNames(parameters: URLSearchParams, names: readonly string[]): void {
  for (const name of parameters.keys()) {
    if (!names.includes(name)) throw bad(name, `is no parameter; there are ${names.join(', ')}`);
    if (parameters.getAll(name).length > 1) throw bad(name, 'is given more than once');
  }
}

function textOf(name: string, value: string | undefined): string | undefined {
  if (value === '') throw bad(name, 'is empty');
  if (value !== undefined && value.length > TEXT_MAX) throw bad(name, `is longer than ${TEXT_MAX} characters`);
  return value;
}

/** An RFC 3339 time; undefined where none is given. Throws a Problem (400) for another text. */
export function instantOf(name: string, value: string | undefined): Instant | undefined {
  if (value === undefined) return undefined;
  // In an address a plus that is not written %2B is a space.
  const at = parseInstant(value.replace(' ', '+'));
  if (at === undefined) throw bad(name, 'should be an RFC 3339 time with an offset, such as 2026-06-12T00:00:00+02:00');
  return at;
}

function limitOf(value: string | undefined): number {
  if (value === undefined) return LIMIT;
  const limit = Number(value);
  if (!/^\d+$/.test(value) || limit < 1 || limit > LIMIT_MAX)
    throw bad('limit', `should be a whole number from 1 to ${LIMIT_MAX}`);
  return limit;
}

function bad(name: string, why: string): Problem {
  return new Problem(400, 'bad-parameter', `${name.slice(0, 64)} ${why}`);
}
