/**
 * A mapping made ready: each table, event and lookup of it as functions, once, that then read any row.
 */
import type { EventType } from '../domain/event.js';
import type { Instant } from '../domain/units.js';
import type { Row } from './csv.js';
import {
  cellOf,
  conditionsReader,
  fieldReader,
  type Lookups,
  momentReader,
  type Read,
  type Reading,
  type Surroundings,
  templateReader,
} from './field.js';
import { fileMatcher } from './files.js';
import {
  columnsOf,
  type EventTemplate,
  type Field,
  identityColumns,
  type Lookup,
  type Mapping,
  type Moment,
  placeholders,
  type Table,
} from './mapping-form.js';

/** An event as it goes over the wire: one CloudEvent of the contract. */
export interface WireEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: EventType;
  readonly subject: string;
  readonly subjectkind?: 'service' | 'element';
  readonly time: string;
  readonly recordedtime?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event and where it came from. */
export interface Converted {
  readonly event: WireEvent;
  readonly at: Instant;
  readonly file: string;
  readonly line: number;
}

/** An event on its way out of the conversion. */
export interface Made extends Converted {
  /** Made for a new value of a column, not of the row itself. */
  readonly around: boolean;
}

/** Reads an instant; undefined where there is none, which is told. */
export type ReadMoment = (reading: Reading) => Instant | undefined;

/** One event of a table. */
export interface EventMaker {
  readonly template: EventTemplate;
  readonly subject: (reading: Reading) => string | undefined;
  readonly id: ((reading: Reading) => string | undefined) | undefined;
  readonly time: ReadMoment;
  readonly recordedtime: ReadMoment | undefined;
  readonly holds: (row: Row, n?: number) => boolean;
  readonly data: readonly (readonly [string, Read])[];
  /** What the id says beside the line. */
  readonly mark: string;
}

/** Events for each new value of some columns. */
export interface OnceMaker {
  readonly by: readonly string[];
  readonly makers: readonly EventMaker[];
  /** What was made for each value, and when the row was that it was made of. */
  readonly made: Map<string, { readonly at: Instant | undefined; readonly events: readonly Made[] }>;
}

/** The rows that make one event together. Those without an item were bad. */
export interface Group {
  readonly first: Row;
  readonly items: unknown[];
  rows: number;
}

/** A table, and what it has seen so far. */
export interface TableMaker {
  readonly table: Table;
  readonly takes: (file: string) => boolean;
  readonly columns: readonly string[];
  readonly holds: (row: Row) => boolean;
  readonly time: ReadMoment | undefined;
  readonly numbers: Map<string, number>;
  readonly item: readonly (readonly [string, Read])[];
  readonly groups: Map<string, Group>;
  readonly events: readonly EventMaker[];
  readonly once: readonly OnceMaker[];
}

/** A lookup, to be filled row by row. */
export interface LookupMaker {
  readonly takes: (file: string) => boolean;
  readonly columns: readonly string[];
  readonly put: (row: Row) => void;
}

/** A table made ready; `i` is its place in the mapping. */
export function tableMaker(table: Table, i: number, mapping: Mapping, lookups: Lookups): TableMaker {
  const given = { zone: mapping.zone, lookups };
  const events = table.events ?? [];
  // A row makes one event in most mappings: its line says enough then. Of several, table and place tell them apart.
  const markOf = (...places: readonly number[]) => {
    const counts = [mapping.tables.length, events.length];
    return places.flatMap((place, k) => (counts[k]! > 1 ? place + 1 : [])).join('.');
  };
  return {
    table,
    takes: fileMatcher(table.files),
    columns: columnsRead(table),
    holds: conditionsReader(table.when),
    time: table.time && momentReader(table.time, mapping.zone),
    numbers: new Map(),
    item: readersOf(table.group?.of ?? {}, given),
    groups: new Map(),
    events: events.map((event, j) => eventMaker(event, markOf(i, j), table.time, given)),
    once: (table.once ?? []).map(({ by = [], events: around }, j) => ({
      by,
      makers: around.map((event, k) => eventMaker(event, `once.${i}.${j}.${k}`, table.time, given)),
      made: new Map(),
    })),
  };
}

function eventMaker(template: EventTemplate, mark: string, time: Moment | undefined, given: Surroundings): EventMaker {
  return {
    template,
    mark,
    subject: templateReader(template.subject),
    id: template.id === undefined ? undefined : templateReader(template.id),
    time: momentReader((template.time ?? time)!, given.zone),
    recordedtime: template.recordedtime && momentReader(template.recordedtime, given.zone),
    holds: conditionsReader(template.when),
    data: readersOf(template.data, given),
  };
}

function readersOf(fields: Readonly<Record<string, Field>>, given: Surroundings): readonly (readonly [string, Read])[] {
  return Object.entries(fields).map(([name, field]) => [name, fieldReader(field, given)] as const);
}

/** Every column that a table reads and a file must have. */
function columnsRead(table: Table): readonly string[] {
  const moments = (all: readonly (Moment | undefined)[]) => all.flatMap((one) => one?.column ?? []);
  const templates = [...(table.events ?? []), ...(table.once ?? []).flatMap(({ events }) => events)];
  const columns = [
    ...moments([table.time, ...templates.flatMap(({ time, recordedtime }) => [time, recordedtime])]),
    ...[...(table.when ?? []), ...templates.flatMap(({ when = [] }) => when)].map(({ column }) => column),
    ...(table.number?.within ?? []),
    ...identityColumns(table),
    ...(table.group?.by ?? []),
    ...(table.once ?? []).flatMap(({ by = [] }) => by),
    ...templates.flatMap(({ subject, id = '' }) => [...placeholders(subject), ...placeholders(id)]),
    ...[table.group?.of ?? {}, ...templates.map(({ data }) => data)].flatMap((data) =>
      Object.values(data).flatMap(columnsOf),
    ),
  ];
  const made = ['#', '#line', '#file', table.number?.as, table.identity?.as, ...(table.optional ?? [])];
  return [...new Set(columns)].filter((column) => !made.includes(column));
}

/** A lookup that puts what it reads into `values`. */
export function lookupMaker({ files, key, value, bothWays }: Lookup, values: Map<string, string[]>): LookupMaker {
  return {
    takes: fileMatcher(files),
    columns: [key, value],
    put: (row) => {
      const [from, to] = [cellOf(row, key), cellOf(row, value)];
      if (from === '' || to === '') return;
      add(values, from, to);
      if (bothWays) add(values, to, from);
    },
  };
}

function add(values: Map<string, string[]>, key: string, value: string): void {
  const held = values.get(key);
  if (!held) values.set(key, [value]);
  else if (!held.includes(value)) held.push(value);
}
