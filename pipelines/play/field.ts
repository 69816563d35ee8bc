/**
 * One value of an event, from one row: a field of a mapping becomes a function, once, that reads it from any row. What is
 * wrong with a cell is told with its column; the value is then missing, and the row is bad.
 */
import { formatLocal } from '../domain/calendar.js';
import { formatMoney, parseMoney } from '../domain/money.js';
import type { Instant, Zone } from '../domain/units.js';
import type { Row } from './csv.js';
import { type Condition, type Field, type FieldObject, type Moment, placeholders } from './mapping-form.js';
import { timeReader } from './moment.js';

/** What is wrong with a row; without a column it is the row as a whole. */
export interface Found {
  readonly column?: string;
  readonly why: string;
}

/** A row as a template sees it: `n` counts the repetitions of one event, from 1. */
export interface Reading {
  readonly row: Row;
  readonly n: number;
  /** What is found wrong on the way. */
  readonly found: Found[];
}

/** Reads a value; undefined: the field is left out. */
export type Read = (reading: Reading) => unknown;

/** The values of each key of each lookup. */
export type Lookups = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** What fields are read with. */
export interface Surroundings {
  readonly zone: Zone;
  readonly lookups: Lookups;
}

/** A cell; a column that the file need not have counts as empty. */
export function cellOf(row: Row, column: string, n = 1): string {
  if (column === '#') return String(n);
  if (column === '#line') return String(row.line);
  if (column === '#file') return row.file;
  return Object.hasOwn(row.cells, column) ? row.cells[column]! : '';
}

// --- Templates ---

/** A template as a function; undefined where a cell in it is empty, which is told. */
export function templateReader(template: string): (reading: Reading) => string | undefined {
  const columns = placeholders(template);
  const texts = template.split(/\{[^{}]+\}/);
  return ({ row, n, found }) => {
    let text = texts[0]!;
    let whole = true;
    for (const [i, column] of columns.entries()) {
      const cell = cellOf(row, column, n);
      if (cell === '') {
        found.push({ column, why: `is empty, and ${template} needs it` });
        whole = false;
      }
      text += cell + texts[i + 1]!;
    }
    return whole ? text : undefined;
  };
}

// --- Conditions ---

/** Whether all conditions hold for a row. */
export function conditionsReader(conditions: readonly Condition[] = []): (row: Row, n?: number) => boolean {
  const tests = conditions.map(({ column, filled, in: among, notIn, matches }) => {
    const expression = matches === undefined ? undefined : new RegExp(matches, 'u');
    return (row: Row, n?: number) => {
      const cell = cellOf(row, column, n);
      if (filled !== undefined && (cell !== '') !== filled) return false;
      if (among && !among.includes(cell)) return false;
      if (notIn?.includes(cell)) return false;
      return expression?.test(cell) ?? true;
    };
  });
  return (row, n) => tests.every((test) => test(row, n));
}

// --- Times ---

/** An instant of an event; undefined where there is none, which is told. */
export function momentReader(moment: Moment, zone: Zone): (reading: Reading) => Instant | undefined {
  const { at, column } = moment;
  if (column === undefined) {
    const stated = timeReader({}) as (text: string) => Instant;
    const instant = stated(at!);
    return () => instant;
  }
  const read = timeReader(moment, zone);
  if (typeof read === 'object') throw new TypeError(`${read.key} ${read.why}`);
  return ({ row, n, found }) => {
    const cell = cellOf(row, column, n);
    const instant = cell === '' ? 'is empty, and a time must be there' : read(cell);
    if (typeof instant === 'number') return instant;
    found.push({ column, why: cell === '' ? instant : `${told(cell)} ${instant}` });
    return undefined;
  };
}

// --- Fields ---

/** A field as a function. */
export function fieldReader(field: Field, given: Surroundings): Read {
  if (typeof field !== 'object' || field === null) return () => field;
  if (field.constant !== undefined) return () => field.constant;
  if (field.object !== undefined) return objectReader(field.object, given);
  const source = sourceOf(field, given);
  const convert = conversionOf(field, given);
  const { whenEmpty, column } = field;
  return (reading) => {
    const text = source(reading);
    if (text === undefined) return undefined;
    if (text.length === 0) return whenEmpty;
    const value = convert(text, reading);
    if (!(value instanceof Bad)) return value;
    const why = `${told(text.join(', '))} ${value.why}`;
    reading.found.push(column === undefined ? { why } : { column, why });
    return undefined;
  };
}

function objectReader(fields: Readonly<Record<string, Field>>, given: Surroundings): Read {
  const readers = Object.entries(fields).map(([name, field]) => [name, fieldReader(field, given)] as const);
  return (reading) => {
    const object = objectOf(readers, reading);
    return Object.keys(object).length === 0 ? undefined : object;
  };
}

/** The fields that have a value, as an object. */
export function objectOf(readers: readonly (readonly [string, Read])[], reading: Reading): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, read] of readers) {
    const value = read(reading);
    if (value !== undefined) object[name] = value;
  }
  return object;
}

/** The texts that a field starts from: none where the cell is empty; undefined where that is wrong, and told. */
function sourceOf(field: FieldObject, { lookups }: Surroundings): (reading: Reading) => readonly string[] | undefined {
  if (field.template !== undefined) {
    const read = templateReader(field.template);
    return (reading) => {
      const text = read(reading);
      return text === undefined ? undefined : [text];
    };
  }
  const column = field.column!;
  const { lookup } = field;
  if (lookup !== undefined) return ({ row, n }) => lookups.get(lookup)?.get(cellOf(row, column, n)) ?? [];
  return ({ row, n }) => {
    const cell = cellOf(row, column, n);
    return cell === '' ? [] : [cell];
  };
}

/** A text that is not what the mapping takes it for. */
class Bad {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

type Convert = (texts: readonly string[], reading: Reading) => unknown;

function conversionOf(field: FieldObject, { zone }: Surroundings): Convert {
  const one = (convert: (text: string, reading: Reading) => unknown): Convert => {
    return ([text], reading) => convert(text!, reading);
  };
  switch (field.as ?? (field.lookup !== undefined && field.each !== undefined ? 'list' : 'text')) {
    case 'text':
      return one((text) => text);
    case 'number':
      return one((text) => numberOf(text, field));
    case 'boolean': {
      const yes = (field.true ?? ['true', 'yes', '1']).map((word) => word.toLowerCase());
      const no = (field.false ?? ['false', 'no', '0']).map((word) => word.toLowerCase());
      return one((text) => {
        const word = text.toLowerCase();
        if (yes.includes(word)) return true;
        return no.includes(word) ? false : new Bad(`is neither ${yes.join(', ')} nor ${no.join(', ')}`);
      });
    }
    case 'map': {
      const values = new Map(Object.entries(field.values ?? {}));
      return one((text) => {
        if (values.has(text)) return values.get(text);
        return field.otherwise !== undefined ? field.otherwise : new Bad(`is none of ${[...values.keys()].join(', ')}`);
      });
    }
    case 'money':
      return one((text, reading) => moneyOf(text, field, reading));
    case 'list':
      return listConversion(field);
    case 'json':
      return one((text) => {
        try {
          return JSON.parse(text);
        } catch (error) {
          return new Bad(`is no JSON: ${(error as Error).message}`);
        }
      });
    case 'time': {
      const read = timeReader(field, zone);
      if (typeof read === 'object') throw new TypeError(`${read.key} ${read.why}`);
      return one((text) => {
        const at = read(text);
        return typeof at === 'string' ? new Bad(at) : formatLocal(at, zone);
      });
    }
  }
}

function listConversion({ separator = ',', each, lookup }: FieldObject): Convert {
  const put = each === undefined ? undefined : templateReader(each);
  return (texts, reading) => {
    const items = lookup === undefined ? texts.flatMap((text) => text.split(separator)) : texts;
    const filled = items.map((item) => item.trim()).filter((item) => item !== '');
    if (!put) return filled;
    return filled.map((value) => {
      const { row } = reading;
      return put({ ...reading, row: { ...row, cells: { ...row.cells, value } } });
    });
  };
}

// --- Numbers and money ---

const PLAIN = /^[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const WITH_COMMA = /^[+-]?(?:\d{1,3}(?:[. \u00A0]\d{3})+|\d+)(?:,\d+)?$/;

/** The number as a programmer writes it, or what is wrong. */
function plainOf(text: string, decimalComma: boolean | undefined): string | Bad {
  if (decimalComma) {
    if (!WITH_COMMA.test(text)) return new Bad('is no number with a decimal comma');
    return text.replace(/[. \u00A0]/g, '').replace(',', '.');
  }
  if (PLAIN.test(text)) return text;
  return new Bad(WITH_COMMA.test(text) ? 'is no number (with a decimal comma? then say decimalComma)' : 'is no number');
}

function numberOf(text: string, { decimalComma, factor = 1, round }: FieldObject): number | Bad {
  const plain = plainOf(text, decimalComma);
  if (plain instanceof Bad) return plain;
  const number = times(plain, factor);
  if (!Number.isFinite(number)) return new Bad('is too large');
  return round ? Math.round(number) : number;
}

/** A power of ten moves the point, and nothing is rounded on the way: 57 x 0.01 is 0.57. */
function times(plain: string, factor: number): number {
  const power = /^1e([+-]\d+)$/.exec(factor.toExponential());
  return power && !/e/i.test(plain) ? Number(`${plain}e${power[1]}`) : Number(plain) * factor;
}

function moneyOf(text: string, field: FieldObject, { row, n, found }: Reading): unknown {
  const plain = plainOf(text, field.decimalComma);
  if (plain instanceof Bad) return plain;
  const given = field.currency!;
  const [column] = placeholders(given);
  const currency = column === undefined ? given : cellOf(row, column, n);
  if (currency === '') {
    found.push({ column: column!, why: 'is empty, and the money needs a currency' });
    return undefined;
  }
  const amount = plain.replace(/^\+/, '');
  const vat = field.vat === undefined ? {} : { vat: field.vat };
  if (field.minor) {
    if (!/^-?\d+$/.test(amount)) return new Bad('is no whole number of minor units');
    // The currency is checked by the reading of nothing in it.
    const known = parseMoney({ amount: '0', currency });
    return known.ok
      ? { ...formatMoney({ minor: Number(amount), currency }), ...vat }
      : new Bad(`is no money: ${known.why}`);
  }
  const parsed = parseMoney({ amount, currency });
  return parsed.ok ? { ...formatMoney(parsed.money), ...vat } : new Bad(`is no money: ${parsed.why}`);
}

/** What a cell says, cut short; a phone number or an address is not repeated in a message. */
function told(text: string): string {
  if (/^\+?[\d /()-]{8,}$/.test(text) || text.includes('@')) return 'what stands here';
  return JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}...`);
}
