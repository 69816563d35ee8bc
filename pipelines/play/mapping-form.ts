/**
 * The form of a mapping: how files as operators and researchers have them become events of the contract. A mapping is data;
 * nobody writes code for a set of files. `mapping.ts` says what is wrong with one, `convert.ts` carries it out, and
 * docs/inventory.md explains it to operators.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { EVENT_TYPES } from '../domain/event.js';
import { oneOf } from '../domain/schema.js';
import { TIME_FORMATS } from './moment.js';

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
const moment = closed(
  { at: may(text), column: may(text), ...timeText },
  'a stated instant (`at`), or a column and its format',
);

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

export type FieldObject = Omit<Static<typeof fieldObject>, 'object'> & {
  readonly object?: Readonly<Record<string, Field>>;
};
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
  number: may(
    closed({ as: text, within: texts }, "a further column: the row's number among those that share these cells"),
  ),
  identity: may(
    closed(
      { imsi: may(text), msisdn: may(text), userName: may(text), callingStationId: may(text), as: text },
      'columns that name a subscriber, and a further column: the service that it is by the list of identities',
    ),
  ),
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
export type Csv = Static<typeof csv>;
export type Moment = Static<typeof moment>;

// --- What a mapping reads ---

/** The columns by which a table names its subscribers. */
export function identityColumns({ identity }: Table): readonly string[] {
  const { as: _, ...columns } = identity ?? { as: '' };
  return Object.values(columns);
}

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
