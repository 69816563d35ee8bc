/**
 * The vocabulary of the wire: TypeBox schemas that describe JSON as it comes in, while their static type is what the code works
 * with. The places where the two differ carry the mark `x-dozor` (instant, money, quantity, duration); `decoder` and `encoder`
 * compile, once for each schema, the check and the conversion of just those places. Types, JSON Schemas and AsyncAPI come from
 * the same source. A marked place is checked by its conversion alone, all else by the compiled validator.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { formatLocal } from './calendar.js';
import { decimalsOf, formatMoney, type Money, parseMoney } from './money.js';
import { formatDuration, type Instant, type Milliseconds, parseDuration, parseInstant, type Zone } from './units.js';

/** Money as an event gives it: with VAT, unless `vat` says that it has still to be added. */
export interface Price extends Money {
  readonly vat?: 'excluded';
}

/** What is wrong with a value: of which sort, in which field ("limits.daily.charge.amount"), and in words that follow the field's name. */
export interface Problem {
  readonly what: 'missing' | 'malformed' | 'negative' | 'decimals';
  readonly field: string;
  readonly why: string;
}

export type Decoding<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

/** Read-only all the way down: a decoded value shares its unmarked parts with the wire, so nobody may write to it. */
export type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: Frozen<T[K]> }
    : T;

// --- The words ---

const moneyProperties = {
  amount: {
    type: 'string',
    pattern: '^-?[0-9]+(\\.[0-9]+)?$',
    maxLength: 32,
    description: 'decimal, in major units, with no more decimals than the currency has',
  },
  currency: { type: 'string', pattern: '^[A-Z]{3}$', description: 'ISO 4217' },
  vat: { enum: ['excluded', 'included'], description: 'absent: included' },
} as const;
const moneyWire = { type: 'object', required: ['amount', 'currency'], properties: moneyProperties } as const;

/** RFC 3339 with an offset. */
export const instant = Type.Unsafe<Instant>({ type: 'string', format: 'date-time', 'x-dozor': 'instant' });
/** `{ amount: "5000.00", currency: "RSD" }`. */
export const money = Type.Unsafe<Price>({ ...moneyWire, 'x-dozor': 'money' });
/** Money, or null where the terms fix none. */
export const moneyOrNull = Type.Unsafe<Price | null>({ ...moneyWire, type: ['object', 'null'], 'x-dozor': 'money' });
/** The value of a measure: a number, or Money for the measure `charge`. */
export const quantity = Type.Unsafe<number | Money>({ anyOf: [{ type: 'number' }, moneyWire], 'x-dozor': 'quantity' });
/** ISO 8601 of days and less, or seconds. */
export const duration = Type.Unsafe<Milliseconds>({
  anyOf: [
    { type: 'string', format: 'duration' },
    { type: 'number', minimum: 0 },
  ],
  'x-dozor': 'duration',
});
/** An opaque id or another short name that must not be empty. */
export const name = Type.String({ minLength: 1 });
/** Text for people. */
export const text = Type.String();
/** ISO 3166-1 alpha-2, XK for Kosovo*. */
export const country = Type.String({ pattern: '^[A-Z]{2}$' });
/** ISO 4217. */
export const currency = Type.String({ pattern: '^[A-Z]{3}$' });
/** A local date: 2026-06-12. */
export const date = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
/** A local month: 2026-06. */
export const month = Type.String({ pattern: '^\\d{4}-\\d{2}$' });
/** A whole number from 0 that a double holds exactly: seconds, bytes, messages, pieces. */
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
/** A number from 0 that need not be whole: a rate, a mean, a measured time. */
export const measure = Type.Number({ minimum: 0 });
/** From 0 to 1. */
export const ratio = Type.Number({ minimum: 0, maximum: 1 });
/** The place of a part in a whole: a number, or the name that the source gives it. */
export const part = Type.Unsafe<number | string>({ type: ['integer', 'string'] });
/** From the first instant to the one after the last. */
export const span = Type.Object({ from: instant, to: instant });
/** Any JSON object. */
export const anyObject = Type.Unsafe<Record<string, unknown>>({ type: 'object' });

/** One of these words, and no other. */
export function oneOf<const Values extends readonly string[]>(values: Values) {
  return Type.Unsafe<Values[number]>({ enum: [...values] });
}

// --- Wire to decoded, and back ---

/** Compiles check and conversion of a schema. The wire value is not changed; what has no marked place in it is shared with it. */
export function decoder<S extends TSchema>(schema: S): (wire: unknown) => Decoding<Static<S>> {
  const validator = Compile(unmarked(schema) as TSchema);
  const convert = conversion(schema, 'decode');
  return (wire) => {
    if (!validator.Check(wire)) return { ok: false, problem: firstProblem(validator.Errors(wire)) };
    if (!convert) return { ok: true, value: wire as Static<S> };
    const value = convert(wire, 'UTC');
    if (value instanceof Failure) return { ok: false, problem: value.problem() };
    return { ok: true, value: value as Static<S> };
  };
}

/** Compiles the way back: times in the zone's offset, money as decimal strings, durations as ISO 8601; the order of keys stays. */
export function encoder<S extends TSchema>(schema: S): (value: Static<S>, zone: Zone) => unknown {
  const convert = conversion(schema, 'encode');
  return (value, zone) => (convert ? convert(value, zone) : value);
}

/** The paths of all money in a schema, outside lists: `[['monthlyFee'], ['limits', 'daily', 'charge']]`. */
export function moneyPaths(schema: TSchema): readonly (readonly string[])[] {
  const node = schema as Node;
  if (node['x-dozor'] === 'money') return [[]];
  return Object.entries(node.properties ?? {}).flatMap(([key, inner]) =>
    moneyPaths(inner as TSchema).map((path) => [key, ...path]),
  );
}

/** JSON with sorted keys and no spaces: equal values give equal text, whatever order their keys came in. */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const record = value as Record<string, unknown>;
  let members = '';
  for (const key of Object.keys(record).sort()) {
    const inner = record[key];
    if (inner !== undefined) members += `${members === '' ? '' : ','}${quoted(key)}:${canonicalJson(inner)}`;
  }
  return `{${members}}`;
}

/** Text of these characters alone is its own JSON; nearly all is, and asking costs a third of a call to `JSON.stringify`. */
const NO_ESCAPES = /^[\w .:+@/-]*$/;

function quoted(text: string): string {
  return NO_ESCAPES.test(text) ? `"${text}"` : JSON.stringify(text);
}

// --- Conversion ---

/** The parts of JSON Schema that conversions look at. */
interface Node {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly 'x-dozor'?: string;
}

type Direction = 'decode' | 'encode';
/** Takes what the validator let through; may give back a Failure when decoding. */
type Convert = (value: unknown, zone: Zone) => unknown;

/** A problem on its way up: each container puts its key before the path, so a good value costs no path. */
class Failure {
  readonly #what: Problem['what'];
  readonly #why: string;
  readonly #path: string[];

  constructor(what: Problem['what'], why: string, ...path: string[]) {
    this.#what = what;
    this.#why = why;
    this.#path = path;
  }

  under(key: string | number): this {
    this.#path.unshift(String(key));
    return this;
  }

  problem(): Problem {
    return { what: this.#what, field: this.#path.join('.'), why: this.#why };
  }
}

const marks: Readonly<Record<string, Readonly<Record<Direction, Convert>>>> = {
  instant: {
    decode: (wire) =>
      (typeof wire === 'string' ? parseInstant(wire) : undefined) ??
      new Failure('malformed', 'is no RFC 3339 time with an offset'),
    encode: (value, zone) => formatLocal(value as Instant, zone),
  },
  money: { decode: decodeMoney, encode: encodeMoney },
  quantity: {
    decode: (wire) => (typeof wire === 'number' ? wire : decodeMoney(wire)),
    encode: (value) => (typeof value === 'number' ? value : encodeMoney(value)),
  },
  duration: {
    decode: (wire) =>
      (typeof wire === 'string' || typeof wire === 'number' ? parseDuration(wire) : undefined) ??
      new Failure('malformed', 'is no ISO 8601 duration of days or less, and no number of seconds'),
    encode: (value) => formatDuration(value as Milliseconds),
  },
};

function decodeMoney(wire: unknown): Price | Failure {
  const parsed = parseMoney(wire);
  if (parsed.ok) return parsed.vat ? { ...parsed.money, vat: parsed.vat } : parsed.money;
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) return new Failure('malformed', 'is no money');
  const { amount, currency: code } = wire as Record<string, unknown>;
  if (amount === undefined) return new Failure('missing', 'is missing', 'amount');
  if (code === undefined) return new Failure('missing', 'is missing', 'currency');
  const decimals = typeof code === 'string' ? decimalsOf(code) : undefined;
  if (decimals === undefined) return new Failure('malformed', `is no known currency`, 'currency');
  if (parseMoney({ amount, currency: code }).ok) return new Failure('malformed', `is wrong: ${parsed.why}`, 'vat');
  const tooFine = typeof amount === 'string' && /^-?\d+\.\d+$/.test(amount) && amount.split('.')[1]!.length > decimals;
  return new Failure(tooFine ? 'decimals' : 'malformed', `is wrong: ${parsed.why}`, 'amount');
}

function encodeMoney(value: unknown): unknown {
  const price = value as Price;
  return price.vat ? { ...formatMoney(price), vat: price.vat } : formatMoney(price);
}

/** The conversion of a schema, or undefined where nothing in it is marked. */
function conversion(schema: TSchema | Node, direction: Direction): Convert | undefined {
  const node = schema as Node;
  const mark = node['x-dozor'];
  if (mark !== undefined) {
    const convert = marks[mark]?.[direction];
    if (!convert) throw new TypeError(`unknown mark ${mark}`);
    return node.type?.includes('null') ? (value, zone) => (value === null ? null : convert(value, zone)) : convert;
  }
  if (node.anyOf) return variants(node.anyOf, direction);
  if (node.items) return list(node.items, direction);
  const fields = Object.entries(node.properties ?? {}).flatMap(([key, inner]) => {
    const convert = conversion(inner, direction);
    return convert ? [[key, convert] as const] : [];
  });
  if (fields.length > 0) return record(fields);
  const [rest] = Object.values(node.patternProperties ?? {});
  return rest ? values(rest, direction) : undefined;
}

function record(fields: readonly (readonly [string, Convert])[]): Convert {
  return (value, zone) => {
    if (value === null) return null;
    let copy: Record<string, unknown> | undefined;
    for (const [key, convert] of fields) {
      const inner = (value as Record<string, unknown>)[key];
      if (inner === undefined) continue;
      const converted = convert(inner, zone);
      if (converted instanceof Failure) return converted.under(key);
      copy ??= { ...(value as Record<string, unknown>) };
      copy[key] = converted;
    }
    return copy ?? value;
  };
}

function list(item: Node, direction: Direction): Convert | undefined {
  const convert = conversion(item, direction);
  if (!convert) return undefined;
  return (value, zone) => {
    const converted: unknown[] = [];
    for (const [i, inner] of (value as unknown[]).entries()) {
      const made = convert(inner, zone);
      if (made instanceof Failure) return made.under(i);
      converted.push(made);
    }
    return converted;
  };
}

function values(inner: Node, direction: Direction): Convert | undefined {
  const convert = conversion(inner, direction);
  if (!convert) return undefined;
  return (value, zone) => {
    const converted: [string, unknown][] = [];
    for (const [key, one] of Object.entries(value as Record<string, unknown>)) {
      const made = convert(one, zone);
      if (made instanceof Failure) return made.under(key);
      converted.push([key, made]);
    }
    return Object.fromEntries(converted);
  };
}

/** Of several shapes the first that fits; marked places fit anything, so the check tells shapes apart in both directions. */
function variants(shapes: readonly Node[], direction: Direction): Convert | undefined {
  const choices = shapes.map((shape) => ({
    validator: Compile(unmarked(shape) as TSchema),
    convert: conversion(shape, direction),
  }));
  if (choices.every(({ convert }) => !convert)) return undefined;
  return (value, zone) => {
    let failure: unknown = value;
    for (const { validator, convert } of choices) {
      if (!validator.Check(value)) continue;
      const made = convert ? convert(value, zone) : value;
      if (!(made instanceof Failure)) return made;
      failure = made;
    }
    return failure;
  };
}

/** The schema for the validator: a marked place takes anything, because its conversion looks at it. */
function unmarked(schema: unknown): unknown {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(unmarked);
  if ('x-dozor' in schema) return {};
  return Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, unmarked(value)]));
}

// --- Problems in words ---

/** What this file reads of a validator's errors. */
interface Complaint {
  readonly keyword: string;
  readonly schemaPath: string;
  readonly instancePath: string;
  readonly params: object;
  readonly message: string;
}

function firstProblem(complaints: readonly Complaint[]): Problem {
  const first = complaints[0];
  if (!first) return { what: 'malformed', field: '', why: 'is not as it should be' };
  const field = first.instancePath.slice(1).replaceAll('/', '.');
  if (first.keyword === 'required') {
    const [missing = ''] = (first.params as { requiredProperties: string[] }).requiredProperties;
    return { what: 'missing', field: field ? `${field}.${missing}` : missing, why: 'is missing' };
  }
  const choice = complaints.find(
    ({ keyword, schemaPath }) => keyword === 'anyOf' && first.schemaPath.startsWith(`${schemaPath}/anyOf`),
  );
  if (choice) {
    const wishes = complaints.filter(({ schemaPath }) => schemaPath.startsWith(`${choice.schemaPath}/anyOf`)).map(wish);
    return { what: 'malformed', field: choice.instancePath.slice(1).replaceAll('/', '.'), why: wishes.join(' or ') };
  }
  const negative = first.keyword === 'minimum' && (first.params as { limit: number }).limit === 0;
  return { what: negative ? 'negative' : 'malformed', field, why: negative ? 'is negative' : wish(first) };
}

function wish({ keyword, params, message }: Complaint): string {
  if (keyword === 'enum') return `must be one of ${(params as { allowedValues: unknown[] }).allowedValues.join(', ')}`;
  if (keyword === 'const') return `must be ${JSON.stringify((params as { allowedValue: unknown }).allowedValue)}`;
  return message;
}
