/**
 * Rows become events, by a mapping. A row is taken whole or not at all: where any of its cells is bad it makes no event, and
 * the tally names file, line and column. Ids are a function of the file's name and line, or of the content: a second run makes
 * the same events. In the order "time" all events of the rows are held and sorted; in the order "file" nothing is.
 */
import { hash } from 'node:crypto';
import { formatLocal } from '../domain/calendar.js';
import { decodeData, type EventType } from '../domain/event.js';
import { canonicalJson } from '../domain/schema.js';
import type { Instant } from '../domain/units.js';
import type { Row } from './csv.js';
import { cellOf, type Found, objectOf, type Reading } from './field.js';
import {
  type Converted,
  type EventMaker,
  type Group,
  type LookupMaker,
  lookupMaker,
  type Made,
  type OnceMaker,
  type ReadMoment,
  type TableMaker,
  tableMaker,
  type WireEvent,
} from './makers.js';
import { type Field, type Mapping, placeholders } from './mapping-form.js';
import { Tally } from './tally.js';

export type { Converted, WireEvent } from './makers.js';

/**
 * The service that a subscriber had at that time; undefined where none is known. `undefined` in place of it: there is no list of
 * identities, and a mapping that needs one makes nothing.
 */
export type ResolveIdentity = (identity: IdentityCells, at: Instant) => string | undefined;

/** How a row names its subscriber. */
export interface IdentityCells {
  readonly imsi?: string;
  readonly msisdn?: string;
  readonly userName?: string;
  readonly callingStationId?: string;
}

/** The events of these rows: in order of their time, those made around a row before those of the row; else of the files. */
export async function* eventsOf(
  mapping: Mapping,
  rows: AsyncIterable<Row> | Iterable<Row>,
  tally = new Tally(),
): AsyncGenerator<WireEvent> {
  for await (const { event } of convert(mapping, rows, tally)) yield event;
}

/** The same, each event with its origin. */
export async function* convert(
  mapping: Mapping,
  rows: AsyncIterable<Row> | Iterable<Row>,
  tally = new Tally(),
  resolve?: ResolveIdentity,
): AsyncGenerator<Converted> {
  const run = new Run(mapping, tally, resolve);
  if (mapping.order === 'file') {
    for await (const row of rows) yield* run.take(row);
    yield* run.end();
    return;
  }
  const around: Converted[] = [];
  const made: Converted[] = [];
  const keep = (all: readonly Made[]) => {
    for (const one of all) (one.around ? around : made).push(one);
  };
  for await (const row of rows) keep(run.take(row));
  keep(run.end());
  // The sort is stable: events of one time stay in the order of files and lines, behind those that surround them.
  yield* [...around, ...made].sort((a, b) => a.at - b.at);
}

/** Which tables and lookups a file goes to; none where it cannot be used. */
interface FilePlan {
  readonly tables: readonly TableMaker[];
  readonly lookups: readonly LookupMaker[];
}

class Run {
  readonly #mapping: Mapping;
  readonly #tally: Tally;
  readonly #resolve: ResolveIdentity | undefined;
  readonly #tables: readonly TableMaker[];
  readonly #lookups: readonly LookupMaker[];
  readonly #plans = new Map<string, FilePlan | undefined>();
  /** The bad rows of each file that could at least be read. */
  readonly #badRows = new Map<string, number>();
  readonly #toldUnread = new Set<string>();

  constructor(mapping: Mapping, tally: Tally, resolve: ResolveIdentity | undefined) {
    this.#mapping = mapping;
    this.#tally = tally;
    this.#resolve = resolve;
    const lookups = new Map<string, Map<string, string[]>>();
    this.#lookups = Object.entries(mapping.lookups ?? {}).map(([name, lookup]) => {
      const values = new Map<string, string[]>();
      lookups.set(name, values);
      return lookupMaker(lookup, values);
    });
    this.#tables = mapping.tables.map((table, i) => tableMaker(table, i, mapping, lookups));
  }

  /** The events of a row. */
  take(row: Row): readonly Made[] {
    const count = this.#tally.file(row.file);
    const plan = this.#planOf(row);
    if (!plan) {
      count.bad += 1;
      return [];
    }
    for (const lookup of plan.lookups) lookup.put(row);
    if (plan.tables.length === 0) return [];
    const found: Found[] = [];
    const results = plan.tables.map((table) => this.#ofTable(table, row, found));
    if (found.length > 0) {
      count.bad += 1;
      this.#badRows.set(row.file, (this.#badRows.get(row.file) ?? 0) + 1);
      for (const one of found) this.#tally.problem({ file: row.file, line: row.line, ...one });
      return [];
    }
    const made = results.flatMap((settle) => settle?.() ?? []);
    if (results.every((settle) => settle === undefined)) count.skipped += 1;
    count.events += made.length;
    return made;
  }

  /** The events that could be made only when all rows were seen. */
  end(): readonly Made[] {
    const made = this.#tables.flatMap((table) => [
      ...[...table.groups.values()].flatMap((group) => this.#ofGroup(table, group)),
      ...(this.#inOrderOfTime()
        ? table.once.flatMap((once) => [...once.made.values()].flatMap(({ events }) => events))
        : []),
    ]);
    for (const { file } of made) this.#tally.file(file).events += 1;
    return made;
  }

  #inOrderOfTime(): boolean {
    return this.#mapping.order !== 'file';
  }

  /** Settled at the first row of a file: rows know their columns. */
  #planOf(row: Row): FilePlan | undefined {
    const { file } = row;
    if (this.#plans.has(file)) return this.#plans.get(file);
    const plan = {
      tables: this.#tables.filter(({ takes }) => takes(file)),
      lookups: this.#lookups.filter(({ takes }) => takes(file)),
    };
    const why = planTrouble(plan, row);
    if (why !== undefined) this.#tally.problem({ file, why });
    this.#plans.set(file, why === undefined ? plan : undefined);
    return this.#plans.get(file);
  }

  /** What a table makes of a row, to be settled once the whole row is known to be sound; undefined: nothing. */
  #ofTable(maker: TableMaker, rowGiven: Row, found: Found[]): (() => readonly Made[]) | undefined {
    const counted = numbered(maker, rowGiven);
    if (!maker.holds(counted)) return undefined;
    const row = this.#identified(maker, counted, found);
    if (!row) return undefined;
    const reading = { row, n: 1, found };
    if (maker.table.group) {
      const group = groupOf(maker, row, maker.table.group.by);
      const item = objectOf(maker.item, reading);
      group.rows += 1;
      return () => {
        group.items.push(item);
        return [];
      };
    }
    const made = maker.events.flatMap((event) => this.#make(event, row, found, false));
    const around = maker.once.flatMap((once) => this.#around(once, maker.time, reading) ?? []);
    if (made.length === 0 && around.length === 0) return undefined;
    return () => [...around.flatMap((settle) => settle()), ...made];
  }

  /** The row with its service; undefined where none is known, which is told without the identity. */
  #identified({ table: { identity }, time }: TableMaker, row: Row, found: Found[]): Row | undefined {
    if (!identity) return row;
    const { as, ...columns } = identity;
    const cells: Record<string, string> = {};
    for (const [kind, column] of Object.entries(columns)) {
      const cell = cellOf(row, column);
      if (cell !== '') cells[kind] = cell;
    }
    const column = Object.values(columns).join(', ');
    const at = time?.({ row, n: 1, found });
    if (at === undefined) return undefined;
    const service = Object.keys(cells).length === 0 ? undefined : this.#resolve?.(cells, at);
    if (service === undefined) {
      const why = Object.keys(cells).length === 0 ? 'is empty, and names nobody' : 'no service is known for it';
      found.push({ column, why });
      return undefined;
    }
    return { ...row, cells: { ...row.cells, [as]: service } };
  }

  /** Events for a new value of the columns; in order of time also for a row that is earlier than the one they were made of. */
  #around(once: OnceMaker, time: ReadMoment | undefined, reading: Reading): (() => readonly Made[]) | undefined {
    const { row, found } = reading;
    const cells = once.by.map((column) => cellOf(row, column));
    if (cells.includes('')) return undefined;
    const key = JSON.stringify(cells);
    const held = once.made.get(key);
    if (held && (!this.#inOrderOfTime() || held.at === undefined)) return undefined;
    const at = time?.({ ...reading, found: [] });
    if (held && !(at !== undefined && at < held.at!)) return undefined;
    const events = once.makers.flatMap((maker) => this.#make(maker, row, found, true));
    return () => {
      once.made.set(key, { at, events });
      return this.#inOrderOfTime() ? [] : events;
    };
  }

  #ofGroup({ table, events }: TableMaker, group: Group): readonly Made[] {
    const { file, line } = group.first;
    // A history with a hole in it would be taken for a whole one. Where a row cannot be read, nobody knows whose hole it is.
    const unread = this.#tally.file(file).bad - (this.#badRows.get(file) ?? 0);
    if (unread > 0) {
      if (!this.#toldUnread.has(file)) {
        this.#toldUnread.add(file);
        this.#tally.problem({ file, why: `no group of it is sent, because rows cannot be read: ${unread}` });
      }
      return [];
    }
    const bad = group.rows - group.items.length;
    if (bad > 0) {
      const why = `${bad} of ${group.rows} rows of its group are bad: none of it is sent`;
      this.#tally.problem({ file, line, why });
      return [];
    }
    const found: Found[] = [];
    const list = [table.group!.list, () => group.items] as const;
    const made = events.flatMap((event) => {
      return this.#make({ ...event, data: [...event.data, list] }, group.first, found, false);
    });
    for (const one of found) this.#tally.problem({ file, line, ...one });
    return found.length > 0 ? [] : made;
  }

  #make(maker: EventMaker, row: Row, found: Found[], around: boolean): readonly Made[] {
    const repeat = maker.template.repeat ?? 1;
    const made: Made[] = [];
    for (let n = 1; n <= repeat; n += 1) {
      if (!maker.holds(row, n)) continue;
      const event = this.#event(maker, { row, n, found }, around);
      if (event) made.push({ ...event, file: row.file, line: row.line, around });
    }
    return made;
  }

  #event(maker: EventMaker, reading: Reading, around: boolean): { event: WireEvent; at: Instant } | undefined {
    const { template } = maker;
    const { found } = reading;
    const before = found.length;
    const subject = maker.subject(reading);
    const at = maker.time(reading);
    const known = maker.recordedtime?.(reading);
    const data = objectOf(maker.data, reading);
    const named = maker.id?.(reading);
    if (subject !== undefined) found.push(...subjectTrouble(subject, template.subject, data));
    if (found.length > before || subject === undefined || at === undefined) return undefined;
    const decoded = decodeData(template.type, data);
    if (!decoded.ok) {
      const { field, why } = decoded.problem;
      const column = columnAt(template.data, field);
      found.push({ ...(column !== undefined && { column }), why: `data.${field} of ${template.type} ${why}` });
      return undefined;
    }
    const { zone, source } = this.#mapping;
    const said = { type: template.type, subject, time: formatLocal(at, zone), data };
    const id = named ?? this.#idOf(maker, reading, around, said);
    const event: WireEvent = {
      specversion: '1.0',
      id,
      source,
      type: template.type,
      subject,
      ...(template.subjectkind !== undefined && { subjectkind: template.subjectkind }),
      time: said.time,
      ...(known !== undefined && known !== at && { recordedtime: formatLocal(known, zone) }),
      data,
    };
    return { event, at };
  }

  #idOf({ mark, template }: EventMaker, { row, n }: Reading, around: boolean, said: Said): string {
    if (this.#mapping.ids === 'content') {
      // Ids stand in every log: what contact data says must not be guessed from one.
      const { contact: _, ...data } = said.type === 'contact.upserted' ? {} : said.data;
      return `${said.type}:${said.subject}:${hash('sha256', canonicalJson({ ...said, data }), 'hex').slice(0, 16)}`;
    }
    if (around) return `${mark}:${said.subject}`;
    const repeated = template.repeat === undefined ? '' : `.${n}`;
    return `${nameOf(row.file)}:${row.line}${mark === '' ? '' : `.${mark}`}${repeated}`;
  }
}

interface Said {
  readonly type: EventType;
  readonly subject: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A packed copy of a file is the same file. */
function nameOf(file: string): string {
  return file.replace(/\.gz$/, '');
}

/** Why a file cannot be used at all. */
function planTrouble({ tables, lookups }: FilePlan, { cells }: Row): string | undefined {
  if (tables.length === 0 && lookups.length === 0) return 'no table of the mapping takes this file';
  if (tables.length > 0 && lookups.length > 0) return 'is both a table and a lookup: a lookup needs a file of its own';
  const needed = new Set([...tables, ...lookups].flatMap(({ columns }) => columns));
  const missing = [...needed].filter((column) => !Object.hasOwn(cells, column));
  if (missing.length > 0) {
    const header = Object.keys(cells);
    const single = header.length === 1 && /[;\t|]/.exec(header[0]!)?.[0];
    const hint = single ? ` (is the separator ${JSON.stringify(single)}? then say csv.separator)` : '';
    return `has no column ${missing.join(', ')}; its columns are ${header.join(', ')}${hint}`;
  }
  const twice = tables.find(({ table }) => table.number && Object.hasOwn(cells, table.number.as));
  return twice && `has a column ${twice.table.number!.as} of its own, which the mapping uses for a number`;
}

// --- Rows ---

/** The row with its number among those that share some cells. */
function numbered({ table: { number }, numbers }: TableMaker, row: Row): Row {
  if (!number) return row;
  const key = JSON.stringify(number.within.map((column) => cellOf(row, column)));
  const n = (numbers.get(key) ?? 0) + 1;
  numbers.set(key, n);
  return { ...row, cells: { ...row.cells, [number.as]: String(n) } };
}

function groupOf({ groups }: TableMaker, row: Row, by: readonly string[]): Group {
  const key = JSON.stringify([row.file, ...by.map((column) => cellOf(row, column))]);
  let group = groups.get(key);
  if (!group) groups.set(key, (group = { first: row, items: [], rows: 0 }));
  return group;
}

/** The contract: an opaque id, never a phone number. A name of a person has a space, an address its sign. */
function subjectTrouble(subject: string, template: string, data: Readonly<Record<string, unknown>>): readonly Found[] {
  const [column] = placeholders(template);
  const at = column === undefined || column.startsWith('#') ? {} : { column };
  const { msisdn } = (data['contact'] ?? data) as { readonly msisdn?: unknown };
  // However a number is written, its last eight digits are the same.
  const number = typeof msisdn === 'string' ? msisdn.replace(/\D/g, '').slice(-8) : '';
  const known = number.length === 8 && subject.replace(/\D/g, '').includes(number);
  if (known || /^(?:\d{9,15}$|\+\d)/.test(subject) || /\+\d{8,}/.test(subject)) {
    return [{ ...at, why: 'gives a subject that looks like a phone number: it must be an opaque id' }];
  }
  if (/[\s@]/.test(subject)) return [{ ...at, why: 'gives a subject with a space or an @: it must be an opaque id' }];
  return [];
}

/** The column that a field of the data came from: `limits.daily.charge.amount`. */
function columnAt(data: Readonly<Record<string, Field>>, field: string): string | undefined {
  let fields: Readonly<Record<string, Field>> | undefined = data;
  for (const key of field.split('.')) {
    const found: Field | undefined = fields?.[key];
    if (typeof found !== 'object' || found === null) return undefined;
    if (found.column !== undefined) return found.column;
    fields = found.object;
  }
  return undefined;
}
