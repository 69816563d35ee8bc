/**
 * The kinds of values that a notice brings to its text: how each is read from `parameters` of `notice.requested`, and as what the
 * text gets it. What cannot be read is an error that names template and parameter; it never becomes a gap in a letter.
 */
import type { Span } from '../../pipelines/domain/intervals.js';
import { parseMoney, type WireMoney } from '../../pipelines/domain/money.js';
import { type Instant, type Milliseconds, parseDuration, parseInstant } from '../../pipelines/domain/units.js';

/** How a value is read: undefined where it is not of this kind. */
export interface Kind<T> {
  /** In words that follow "is no". */
  readonly is: string;
  readonly read: (value: unknown) => T | undefined;
}

/** A parameter that a notice may leave out. */
export interface Maybe<T> extends Kind<T> {
  readonly maybe: true;
}

export function maybe<T>(kind: Kind<T>): Maybe<T> {
  return { ...kind, maybe: true };
}

/** A parameter that is not what its template needs: a fault of ours, the notice is not sent. */
export class ParameterError extends Error {
  readonly template: string;
  readonly parameter: string;

  constructor(template: string, parameter: string, why: string) {
    super(`text of ${template}: parameter ${parameter} ${why}`);
    this.name = 'ParameterError';
    this.template = template;
    this.parameter = parameter;
  }
}

export const text: Kind<string> = {
  is: 'text',
  read: (value) => (typeof value === 'string' && value.trim() !== '' ? value : undefined),
};
/** Text, or empty where nobody said anything. */
export const anyText: Kind<string> = { is: 'text', read: (value) => (typeof value === 'string' ? value : undefined) };
export const texts: Kind<readonly string[]> = {
  is: 'list of texts',
  read: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string') ? (value as readonly string[]) : undefined,
};
export const yesNo: Kind<boolean> = {
  is: 'boolean',
  read: (value) => (typeof value === 'boolean' ? value : undefined),
};
/** A number, whole or not, of any sign. */
export const number: Kind<number> = {
  is: 'number',
  read: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined),
};
/** A number from 0. */
export const amount: Kind<number> = {
  is: 'number from 0',
  read: (value) => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined),
};
/** RFC 3339 with an offset, or ms since the epoch. */
export const time: Kind<Instant> = {
  is: 'time',
  read: (value) =>
    typeof value === 'string'
      ? parseInstant(value)
      : typeof value === 'number' && Number.isSafeInteger(value)
        ? value
        : undefined,
};
/** `{ from, to }`, half-open. */
export const span: Kind<Span> = {
  is: 'span of time',
  read: (value) => {
    const { from, to } = (typeof value === 'object' && value ? value : {}) as Record<string, unknown>;
    const [first, last] = [time.read(from), time.read(to)];
    return first === undefined || last === undefined || last < first ? undefined : { from: first, to: last };
  },
};
export const money: Kind<WireMoney> = {
  is: 'money',
  read: (value) => (parseMoney(value).ok ? (value as WireMoney) : undefined),
};
/** Money, or null where the price list is not given. */
export const moneyOrNull: Kind<WireMoney | null> = {
  is: 'money, nor null',
  read: (value) => (value === null ? null : money.read(value)),
};
/** The value of a measure: a number, or money. */
export const quantity: Kind<number | WireMoney> = {
  is: 'number and no money',
  read: (value) => amount.read(value) ?? money.read(value),
};
/** ISO 8601 ("PT48H"), or as notices have it beside that: whole milliseconds. */
export const duration: Kind<Milliseconds> = {
  is: 'duration',
  read: (value) => (typeof value === 'string' ? parseDuration(value) : amount.read(value)),
};
/** One of these words, and no other. */
export function oneOf<const Words extends readonly string[]>(words: Words): Kind<Words[number]> {
  return {
    is: `one of ${words.join(', ')}`,
    read: (value) => words.find((word) => word === value),
  };
}
