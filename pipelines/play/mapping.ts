/**
 * Mappings: how files as operators and researchers have them become events of the contract. A mapping is data; nobody writes
 * code for a set of files. This file says what a mapping may hold and finds all that is wrong with one at once, each problem
 * with its path; `convert.ts` carries it out. docs/inventory.md explains it to operators.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { EVENT_TYPES, type EventType, eventSchemas } from '../domain/event.js';
import { decimalsOf } from '../domain/money.js';
import { oneOf } from '../domain/schema.js';
import { parseInstant } from '../domain/units.js';
import { isZone, TIME_FORMATS, timeReader } from './moment.js';

export { convert, type Converted, eventsOf, type WireEvent } from './convert.js';

// --- What a mapping holds ---

const may = Type.Optional;
const text = Type.String({ minLength: 1 });
const texts = Type.Array(text, { minItems: 1 });
const closed = <T extends Record<string, TSchema>>(properties: T, about?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(about !== undefined && { description: about }) });

const timeText = {
  format: may(oneOf(TIME_FORMATS)),
  pattern: may(text),
  zone: may(text),
  origin: may(text),
  twice: may(oneOf(['earlier', 'later'])),
};

/** An instant: stated, or from a column. */
const moment = closed({ at: may(text), column: may(text), ...timeText }, 'a stated instant (`at`), or a column and its format');

/** What becomes of a text: text (unless said otherwise), number, ... */
export const CONVERSIONS = ['text', 'number', 'boolean', 'map', 'money', 'list', 'json', 'time'] as const;
export type Conversion = (typeof CONVERSIONS)[number];

/** Fields hold fields: the schema names itself. */
const FIELD = { $ref: '#/$defs/Field' };

const fieldObject = closed({
  // Where it comes from: one of these.
  constant: may(Type.Unknown({ description: 'this value, whatever the row says' })),
  column: may(text),
  template: may(Type.String({ minLength: 1, description: 'text with {column} in it' })),
  object: may(Type.Record(Type.String(), Type.Unsafe<unknown>(FIELD), { description: 'fields of an object inside' })),
  // Beside `column`: what a lookup table says of the cell.
  lookup: may(text),
  // What becomes of it.
  as: may(oneOf(CONVERSIONS)),
  whenEmpty: may(Type.Unknown({ description: 'the value of an empty cell; without it the field is left out' })),
  factor: may(Type.Number({ description: 'number: times this; powers of ten are exact' })),
  round: may(Type.Boolean({ description: 'number: to whole ones' })),
  decimalComma: may(Type.Boolean({ description: 'number, money: 1.999,00 is 1999.00' })),
  true: may(texts),
  false: may(texts),
  values: may(Type.Record(Type.String(), Type.Unknown(), { description: 'map: what each text means' })),
  otherwise: may(Type.Unknown({ description: 'map: any other text' })),
  currency: may(text),
  minor: may(Type.Boolean({ description: 'money: given in para or cents' })),
  vat: may(oneOf(['excluded', 'included'])),
  separator: may(text),
  each: may(Type.String({ minLength: 1, description: 'list: what becomes of each {value}' })),
  ...timeText,
});

export type FieldObject = Omit<Static<typeof fieldObject>, 'object'> & { readonly object?: Readonly<Record<string, Field>> };
/** Where a value comes from. A plain value stands for itself. */
export type Field = string | number | boolean | null | FieldObject;

const fieldSchema = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null(), fieldObject]);
const field = Type.Unsafe<Field>(FIELD);

const condition = closed(
  {
    column: text,
    filled: may(Type.Boolean()),
    in: may(Type.Array(Type.String(), { minItems: 1 })),
    notIn: may(Type.Array(Type.String(), { minItems: 1 })),
    matches: may(text),
  },
  'holds where all of it holds',
);

const eventTemplate = closed({
  type: oneOf(EVENT_TYPES),
  subject: Type.String({ minLength: 1, description: 'an opaque id: text with {column} in it' }),
  subjectkind: may(oneOf(['service', 'element'])),
  id: may(Type.String({ minLength: 1, description: 'unique in the source; without it `ids` says' })),
  time: may(moment),
  recordedtime: may(moment),
  when: may(Type.Array(condition)),
  repeat: may(Type.Integer({ minimum: 1, maximum: 1_000, description: 'so many events, {#} is 1 to this' })),
  data: Type.Record(Type.String(), field),
  extra: may(Type.Array(text, { description: 'fields of data that the contract does not list' })),
});

const csv = closed({
  separator: may(Type.String({ minLength: 1, maxLength: 1 })),
  encoding: may(text),
  skipLines: may(Type.Integer({ minimum: 0 })),
  columns: may(texts),
});

const table = closed({
  files: texts,
  csv: may(csv),
  /** Columns that a file need not have: they count as empty. */
  optional: may(texts),
  time: may(moment),
  when: may(Type.Array(condition)),
  number: may(closed({ as: text, within: texts }, 'a further column: the row\'s number among those that share these cells')),
  group: may(
    closed(
      { by: texts, list: text, of: Type.Record(Type.String(), field) },
      'one event for all rows that share these cells, with a list of what each says',
    ),
  ),
  once: may(
    Type.Array(
      closed(
        { by: may(Type.Array(text)), events: Type.Array(eventTemplate, { minItems: 1 }) },
        'events for each new value of these columns; without columns once for all',
      ),
    ),
  ),
  events: may(Type.Array(eventTemplate)),
});

const lookup = closed({ files: texts, csv: may(csv), key: text, value: text, bothWays: may(Type.Boolean()) });

const mappingForm = closed({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]*$' }),
  about: text,
  assumed: may(Type.Array(text, { description: 'what is made up or assumed, for people' })),
  operators: may(texts),
  source: Type.String({ minLength: 1, description: 'the `source` of every event' }),
  zone: Type.String({ minLength: 1, description: 'of local times, and of the times written' }),
  ids: may(oneOf(['line', 'content'])),
  order: may(oneOf(['time', 'file'])),
  lookups: may(Type.Record(Type.String(), lookup)),
  tables: Type.Array(table, { minItems: 1 }),
});

/** The schema of a mapping file. */
export const mappingSchema = { ...mappingForm, $defs: { Field: fieldSchema } };

export type Mapping = Static<typeof mappingForm>;
export type Table = Static<typeof table>;
export type Lookup = Static<typeof lookup>;
export type EventTemplate = Static<typeof eventTemplate>;
export type Condition = Static<typeof condition>;
export type Moment = Static<typeof moment>;
/** What is wrong with a mapping, and where in it: `tables.0.events.1.data.value.as`. */
export interface MappingProblem {
  readonly path: string;
  readonly why: string;
}

// --- Loading ---

/** Reads a mapping file. Throws one error that lists every problem of it. */
export function loadMapping(path: string): Mapping {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`the mapping ${basename(path)} cannot be read: ${(error as Error).message}`);
  }
  return asMapping(json, basename(path));
}

/** A mapping from JSON. Throws one error that lists every problem of it. */
export function asMapping(json: unknown, name = 'given'): Mapping {
  const problems = mappingProblems(json);
  if (problems.length === 0) return json as Mapping;
  const lines = problems.map(({ path, why }) => `${path === '' ? 'the mapping' : path} ${why}`);
  throw new Error(`the mapping ${name} cannot be used:\n  ${lines.join('\n  ')}`);
}

const validator = Compile(mappingSchema);

/** Everything that is wrong with a mapping. What the schema finds comes alone: the rest is only asked of a sound form. */
export function mappingProblems(json: unknown): readonly MappingProblem[] {
  return validator.Check(json) ? new Inspection(json as Mapping).problems : formProblems(json);
}

/** So many errors of the form are told of one file. */
const ERRORS_MAX = 10_000;

function formProblems(json: unknown): readonly MappingProblem[] {
  const errors = allErrors(json);
  const found: MappingProblem[] = [];
  /** Of a field the shapes it may have, where it has none of them. */
  const shapes = new Map<string, string[]>();
  for (const { keyword, instancePath, params, message } of errors) {
    const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
    const under = path === '' ? '' : `${path}.`;
    const given = params as Record<string, unknown>;
    if (keyword === 'required') {
      for (const key of given['requiredProperties'] as string[]) found.push({ path: under + key, why: 'is missing' });
    } else if (keyword === 'additionalProperties') {
      for (const key of given['additionalProperties'] as string[]) {
        found.push({ path: under + key, why: 'is nothing that a mapping holds here' });
      }
    } else if (keyword === 'enum') {
      found.push({ path, why: `must be one of ${(given['allowedValues'] as string[]).join(', ')}` });
    } else if (keyword === 'type' && inData(instancePath)) {
      shapes.set(path, [...(shapes.get(path) ?? []), String(given['type'])]);
    } else if (keyword !== 'boolean' && keyword !== 'anyOf') {
      found.push({ path, why: message });
    }
  }
  for (const [path, types] of shapes) {
    // An object that is a field with faults has its faults told above; that it is no text is none of them.
    if (types.includes('object') || types.length === 1) found.push({ path, why: `must be ${types.join(' or ')}` });
  }
  // Nothing found in a form that does not hold would let it pass.
  if (found.length === 0) found.push({ path: '', why: 'is not in the form of a mapping' });
  const seen = new Set<string>();
  return found.filter(({ path, why }) => !seen.has(`${path} ${why}`) && seen.add(`${path} ${why}`));
}

/** TypeBox stops at eight errors, by a setting that all its users share. */
function allErrors(json: unknown): ReturnType<typeof validator.Errors> {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: ERRORS_MAX });
  try {
    return validator.Errors(json);
  } finally {
    Settings.Set({ maxErrors });
  }
}

function inData(instancePath: string): boolean {
  return /\/(data|of|object)\//.test(instancePath);
}

// --- What the form alone cannot say ---

/** Which conversions an option belongs to. */
const OPTION_OF: Readonly<Record<string, readonly Conversion[]>> = {
  factor: ['number'],
  round: ['number'],
  decimalComma: ['number', 'money'],
  true: ['boolean'],
  false: ['boolean'],
  values: ['map'],
  otherwise: ['map'],
  currency: ['money'],
  minor: ['money'],
  vat: ['money'],
  separator: ['list'],
  each: ['list'],
  format: ['time'],
  pattern: ['time'],
  zone: ['time'],
  origin: ['time'],
  twice: ['time'],
};

class Inspection {
  readonly problems: MappingProblem[] = [];
  readonly #mapping: Mapping;

  constructor(mapping: Mapping) {
    this.#mapping = mapping;
    if (!isZone(mapping.zone)) this.#say('zone', `is no zone: ${mapping.zone}`);
    for (const [name, { csv: options }] of Object.entries(mapping.lookups ?? {})) this.#csv(options, `lookups.${name}.csv`);
    mapping.tables.forEach((one, i) => this.#table(one, `tables.${i}`));
  }

  #say(path: string, why: string): void {
    this.problems.push({ path, why });
  }

  #csv(options: Static<typeof csv> | undefined, path: string): void {
    if (options?.encoding === undefined) return;
    try {
      new TextDecoder(options.encoding);
    } catch {
      this.#say(`${path}.encoding`, `is no encoding: ${options.encoding}`);
    }
  }

  #table(one: Table, path: string): void {
    this.#csv(one.csv, `${path}.csv`);
    if (one.time) this.#moment(one.time, `${path}.time`);
    this.#conditions(one.when, `${path}.when`);
    if (!one.events?.length && !one.once?.length) this.#say(`${path}.events`, 'are missing, and so is once: it makes nothing');
    for (const [name, value] of Object.entries(one.group?.of ?? {})) this.#field(value, `${path}.group.of.${name}`);
    const timed = one.time !== undefined;
    one.events?.forEach((event, i) => this.#event(event, `${path}.events.${i}`, timed, one.group?.list));
    one.once?.forEach(({ events }, i) => {
      events.forEach((event, j) => this.#event(event, `${path}.once.${i}.events.${j}`, timed));
    });
    this.#personal(one, path);
  }

  #event(event: EventTemplate, path: string, timed: boolean, list?: string): void {
    if (event.time) this.#moment(event.time, `${path}.time`);
    else if (!timed) this.#say(`${path}.time`, 'is missing, and the table has none');
    if (event.recordedtime) this.#moment(event.recordedtime, `${path}.recordedtime`);
    this.#conditions(event.when, `${path}.when`);
    this.#template(event.subject, `${path}.subject`);
    if (event.id !== undefined) this.#template(event.id, `${path}.id`);
    for (const [name, value] of Object.entries(event.data)) this.#field(value, `${path}.data.${name}`);
    this.#against(event, path, list);
  }

  /** A misspelt field would be taken and kept, and do nothing: better said here. */
  #against({ type, data, extra = [] }: EventTemplate, path: string, list: string | undefined): void {
    const schema = eventSchemas[type] as unknown as { properties: Record<string, unknown>; required?: readonly string[] };
    const given = [...Object.keys(data), ...(list === undefined ? [] : [list])];
    for (const name of schema.required ?? []) {
      if (!given.includes(name)) this.#say(`${path}.data.${name}`, `is missing: ${type} needs it`);
    }
    for (const name of given) {
      if (Object.hasOwn(schema.properties, name) || extra.includes(name)) continue;
      this.#say(`${path}.data.${name}`, `is no field of ${type} (fields beside the contract are named in extra)`);
    }
    const { operators } = this.#mapping;
    const operator = constantOf(data['operator']);
    if (operators && typeof operator === 'string' && !operators.includes(operator)) {
      this.#say(`${path}.data.operator`, `is ${operator}, which is not among operators`);
    }
  }

  #field(value: Field, path: string): void {
    if (typeof value !== 'object' || value === null) return;
    const given = value;
    const from = (['constant', 'column', 'template', 'object'] as const).filter((key) => given[key] !== undefined);
    if (from.length !== 1) this.#say(path, 'must have one of constant, column, template, object');
    const as = given.as ?? (given.lookup !== undefined && given.each !== undefined ? 'list' : 'text');
    for (const [option, conversions] of Object.entries(OPTION_OF)) {
      if (given[option as keyof FieldObject] === undefined || conversions.includes(as)) continue;
      this.#say(`${path}.${option}`, `belongs to as ${conversions.join(' or ')}, not to ${as}`);
    }
    if (given.constant !== undefined || given.object !== undefined) {
      for (const key of ['as', 'lookup', 'whenEmpty'] as const) {
        if (given[key] !== undefined) this.#say(`${path}.${key}`, 'belongs to a column or a template');
      }
    }
    for (const [name, inner] of Object.entries(given.object ?? {})) this.#field(inner, `${path}.object.${name}`);
    if (given.template !== undefined) this.#template(given.template, `${path}.template`);
    if (given.each !== undefined) this.#template(given.each, `${path}.each`);
    if (given.lookup !== undefined) {
      if (given.column === undefined) this.#say(`${path}.lookup`, 'belongs to a column');
      if (!Object.hasOwn(this.#mapping.lookups ?? {}, given.lookup)) {
        this.#say(`${path}.lookup`, `is no lookup of this mapping: ${given.lookup}`);
      }
    }
    if (as === 'map' && given.values === undefined) this.#say(`${path}.values`, 'is missing: a map needs them');
    if (as === 'money') {
      if (given.currency === undefined) this.#say(`${path}.currency`, 'is missing: money needs one');
      else if (!/^\{.+\}$/.test(given.currency) && decimalsOf(given.currency) === undefined) {
        this.#say(`${path}.currency`, `is no known currency: ${given.currency}`);
      }
    }
    if (as === 'time') this.#timeText(given, path);
  }

  #moment(given: Moment, path: string): void {
    if ((given.at === undefined) === (given.column === undefined)) this.#say(path, 'must have one of at, column');
    if (given.at !== undefined && parseInstant(given.at) === undefined) {
      this.#say(`${path}.at`, 'is no RFC 3339 time with an offset');
    }
    if (given.column !== undefined) this.#timeText(given, path);
  }

  #timeText(given: Moment | FieldObject, path: string): void {
    if (given.zone !== undefined && !isZone(given.zone)) return this.#say(`${path}.zone`, `is no zone: ${given.zone}`);
    const reader = timeReader(given, this.#mapping.zone);
    if (typeof reader === 'object') this.#say(`${path}.${reader.key}`, reader.why);
    const format = given.format ?? 'rfc3339';
    if (given.pattern !== undefined && format !== 'local') this.#say(`${path}.pattern`, `belongs to local, not to ${format}`);
    if (given.origin !== undefined && format !== 'seconds-from') {
      this.#say(`${path}.origin`, `belongs to seconds-from, not to ${format}`);
    }
  }

  #template(template: string, path: string): void {
    if (/[{}]/.test(template.replace(/\{[^{}]+\}/g, ''))) this.#say(path, 'has a brace that names no column');
  }

  #conditions(conditions: readonly Condition[] | undefined, path: string): void {
    conditions?.forEach(({ column: _, ...tests }, i) => {
      if (Object.keys(tests).length === 0) this.#say(`${path}.${i}`, 'must have one of filled, in, notIn, matches');
      if (tests.matches === undefined) return;
      try {
        new RegExp(tests.matches, 'u');
      } catch (error) {
        this.#say(`${path}.${i}.matches`, (error as Error).message);
      }
    });
  }

  /** A phone number or an address goes to `alerts` alone: it may be no part of what names a service in every log. */
  #personal(one: Table, path: string): void {
    const templates = [
      ...(one.events ?? []).map((event, i) => ({ event, at: `${path}.events.${i}` })),
      ...(one.once ?? []).flatMap(({ events }, i) => events.map((event, j) => ({ event, at: `${path}.once.${i}.events.${j}` }))),
    ];
    const personal = new Set(templates.flatMap(({ event }) => personalColumns(event)));
    for (const { event, at } of templates) {
      for (const key of ['subject', 'id'] as const) {
        const found = placeholders(event[key] ?? '').find((column) => personal.has(column));
        if (found) this.#say(`${at}.${key}`, `holds the column ${found}, which is contact data: it must be an opaque id`);
      }
    }
  }
}

function personalColumns({ type, data }: EventTemplate): readonly string[] {
  const fields = type === 'contact.upserted' ? [data['msisdn'], data['email']] : [data['contact']];
  return fields.flatMap((one) => (one === undefined ? [] : columnsOf(one)));
}

function constantOf(value: Field | undefined): unknown {
  return typeof value === 'object' && value !== null ? value.constant : value;
}

// --- What a mapping reads ---

/** The columns named in a template: `{a}-{b}`. */
export function placeholders(template: string): readonly string[] {
  return [...template.matchAll(/\{([^{}]+)\}/g)].map(([, column]) => column!);
}

/** The columns that a field reads. */
export function columnsOf(value: Field): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return [
    ...(value.column === undefined ? [] : [value.column]),
    ...placeholders(value.template ?? ''),
    ...placeholders(value.currency ?? ''),
    ...placeholders(value.each ?? '').filter((name) => name !== 'value'),
    ...Object.values(value.object ?? {}).flatMap(columnsOf),
  ];
}

/** The type of event that each template of a table makes, in order. */
export function typesOf(one: Table): readonly EventType[] {
  return [...(one.once ?? []).flatMap(({ events }) => events), ...(one.events ?? [])].map(({ type }) => type);
}
