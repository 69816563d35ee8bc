/**
 * Mappings as files: loaded, and all that is wrong with one found at once, each problem with its path, so that one look is
 * enough to mend it.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { eventSchemas } from '../domain/event.js';
import { decimalsOf } from '../domain/money.js';
import { parseInstant } from '../domain/units.js';
import {
  type Condition,
  type Conversion,
  type Csv,
  columnsOf,
  type EventTemplate,
  type Field,
  type FieldObject,
  identityColumns,
  type Mapping,
  type Moment,
  mappingSchema,
  placeholders,
  type Table,
} from './mapping-form.js';
import { isZone, timeReader } from './moment.js';

export { type Converted, convert, eventsOf, type WireEvent } from './convert.js';
export { type Mapping, mappingSchema } from './mapping-form.js';

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
    for (const [name, { csv: options }] of Object.entries(mapping.lookups ?? {}))
      this.#csv(options, `lookups.${name}.csv`);
    for (const [i, one] of mapping.tables.entries()) this.#table(one, `tables.${i}`);
  }

  #say(path: string, why: string): void {
    this.problems.push({ path, why });
  }

  #csv(options: Csv | undefined, path: string): void {
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
    if (!one.events?.length && !one.once?.length)
      this.#say(`${path}.events`, 'are missing, and so is once: it makes nothing');
    for (const [name, value] of Object.entries(one.group?.of ?? {})) this.#field(value, `${path}.group.of.${name}`);
    const timed = one.time !== undefined;
    const all = templatesOf(one, path);
    this.#identity(one, all, path);
    for (const { event, at, once } of all) this.#event(event, at, timed, once ? undefined : one.group?.list);
    this.#personal(all);
  }

  /** What names a subscriber is looked up, and goes nowhere else. */
  #identity(table: Table, templates: readonly Template[], path: string): void {
    if (!table.identity) return;
    const columns = new Set(identityColumns(table));
    if (columns.size === 0)
      this.#say(`${path}.identity`, 'must name a column: imsi, msisdn, userName or callingStationId');
    if (!table.time) this.#say(`${path}.time`, 'is missing: which service an identity is hangs on the time');
    for (const { event, at } of templates) {
      const used = [
        ...[event.subject, event.id ?? ''].flatMap(placeholders),
        ...Object.values(event.data).flatMap(columnsOf),
      ].find((column) => columns.has(column));
      if (used) this.#say(at, `holds the column ${used}, which names a subscriber: use ${table.identity.as}`);
    }
    const grouped = [...(table.group?.by ?? []), ...Object.values(table.group?.of ?? {}).flatMap(columnsOf)];
    const held = grouped.find((column) => columns.has(column));
    if (held) this.#say(`${path}.group`, `holds the column ${held}, which names a subscriber`);
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
    const schema = eventSchemas[type] as unknown as {
      properties: Record<string, unknown>;
      required?: readonly string[];
    };
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
    if (given.zone !== undefined && !isZone(given.zone)) {
      this.#say(`${path}.zone`, `is no zone: ${given.zone}`);
      return;
    }
    const reader = timeReader(given, this.#mapping.zone);
    if (typeof reader === 'object') this.#say(`${path}.${reader.key}`, reader.why);
    const format = given.format ?? 'rfc3339';
    if (given.pattern !== undefined && format !== 'local')
      this.#say(`${path}.pattern`, `belongs to local, not to ${format}`);
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
  #personal(templates: readonly Template[]): void {
    const personal = new Set(templates.flatMap(({ event }) => personalColumns(event)));
    for (const { event, at } of templates) {
      for (const key of ['subject', 'id'] as const) {
        const found = placeholders(event[key] ?? '').find((column) => personal.has(column));
        if (found)
          this.#say(`${at}.${key}`, `holds the column ${found}, which is contact data: it must be an opaque id`);
      }
    }
  }
}

interface Template {
  readonly event: EventTemplate;
  readonly at: string;
  /** Made for a new value of a column. */
  readonly once: boolean;
}

/** Every event that a table makes, with its path. */
function templatesOf({ events = [], once = [] }: Table, path: string): readonly Template[] {
  return [
    ...events.map((event, i) => ({ event, at: `${path}.events.${i}`, once: false })),
    ...once.flatMap((one, i) =>
      one.events.map((event, j) => ({ event, at: `${path}.once.${i}.events.${j}`, once: true })),
    ),
  ];
}

function personalColumns({ type, data }: EventTemplate): readonly string[] {
  const fields = type === 'contact.upserted' ? [data['msisdn'], data['email']] : [data['contact']];
  return fields.flatMap((one) => (one === undefined ? [] : columnsOf(one)));
}

function constantOf(value: Field | undefined): unknown {
  return typeof value === 'object' && value !== null ? value.constant : value;
}
