/**
 * Plays: public data as events. A set is a mapping whose files lie below a folder; its operators, fees and services are made
 * up and say so (`assumed`), its samples, alarms and measurements are what somebody measured. The operators' packs are in
 * `packs/`: they are no operators of an installation unless it asks for plays.
 */
import { fileURLToPath } from 'node:url';
import { formatLocal } from '../domain/calendar.js';
import { eventSchemas } from '../domain/event.js';
import { date } from '../domain/schema.js';
import { DAY, type Instant, type Milliseconds, parseInstant, type Zone } from '../domain/units.js';
import { type Converted, convert, type WireEvent } from './convert.js';
import type { CsvFile } from './csv.js';
import { fileMatcher, filesBelow, rowsOf } from './files.js';
import { asMapping, type Mapping } from './mapping.js';
import alarmsMicrowave from './mappings/alarms-microwave.json' with { type: 'json' };
import alarmsWireless from './mappings/alarms-wireless.json' with { type: 'json' };
import cellsDaily from './mappings/cells-daily.json' with { type: 'json' };
import lteHourly from './mappings/lte-hourly.json' with { type: 'json' };
import regionalOutages from './mappings/regional-outages.json' with { type: 'json' };
import speedTests from './mappings/speed-tests.json' with { type: 'json' };
import { Tally } from './tally.js';

/** The folder of the packs of the made-up operators: one more folder for the loader of packs. */
export const PLAY_PACKS = fileURLToPath(new URL('./packs', import.meta.url));

/** The mappings of all known sets. */
export function playMappings(): readonly Mapping[] {
  return [regionalOutages, cellsDaily, alarmsWireless, alarmsMicrowave, speedTests, lteHourly].map((json) =>
    asMapping(json, json.name),
  );
}

/** A set that is there: a mapping, and its files. */
export interface PlaySet {
  readonly name: string;
  readonly about: string;
  /** What is made up or assumed in it, for people. */
  readonly assumed: readonly string[];
  readonly operators: readonly string[];
  readonly mapping: Mapping;
  readonly files: readonly CsvFile[];
}

/** How a set is played. */
export interface PlayOptions {
  /** Moves the set by whole days, so that its last event lies at most a day before this. Without it times stay. */
  readonly endAt?: Instant;
  readonly tally?: Tally;
}

/** The known sets below a folder; one of which a file is missing is not there. */
export async function playSets(folder: string): Promise<PlaySet[]> {
  const all = filesBelow(folder);
  return playMappings().flatMap((mapping) => {
    const needed = [...Object.values(mapping.lookups ?? {}), ...mapping.tables].map(({ files }) => fileMatcher(files));
    const taken = needed.map((takes) => all.filter(({ name }) => takes(name)));
    if (taken.some((files) => files.length === 0)) return [];
    const { name, about, assumed = [], operators = [] } = mapping;
    return [{ name, about, assumed, operators, mapping, files: [...new Set(taken.flat())] }];
  });
}

/** The events of a set, in order of their time. */
export async function* playEvents(set: PlaySet, options: PlayOptions = {}): AsyncGenerator<WireEvent> {
  for await (const { event } of timed(set, options)) yield event;
}

/** Several sets: by time as if they were one, or one after another. Each is moved by itself where `endAt` is given. */
export async function* playAll(
  sets: readonly PlaySet[],
  options: PlayOptions & { readonly order?: 'time' | 'set' } = {},
): AsyncGenerator<WireEvent> {
  const streams = sets.map((set) => timed(set, options));
  if (options.order === 'set') {
    for (const stream of streams) for await (const { event } of stream) yield event;
  } else {
    for await (const { event } of mergeByTime(streams)) yield event;
  }
}

type Timed = Pick<Converted, 'event' | 'at'>;

/** One stream of many that are each in order; at the same time the earlier stream comes first. */
async function* mergeByTime(streams: readonly AsyncIterator<Timed>[]): AsyncGenerator<Timed> {
  const heads = await Promise.all(streams.map(async (stream) => ({ stream, head: await stream.next() })));
  for (;;) {
    const [first, ...others] = heads.filter(({ head }) => !head.done);
    if (!first) return;
    const next = others.reduce((least, other) => (other.head.value.at < least.head.value.at ? other : least), first);
    yield next.head.value;
    next.head = await next.stream.next();
  }
}

async function* timed({ mapping, files }: PlaySet, { endAt, tally = new Tally() }: PlayOptions): AsyncGenerator<Timed> {
  const events = convert(mapping, rowsOf(mapping, files, tally), tally);
  if (endAt === undefined) return yield* events;
  const held: Converted[] = [];
  for await (const event of events) held.push(event);
  const end = held.at(-1)?.at ?? endAt;
  const days = Math.floor((endAt - end) / DAY);
  for (const { event, at } of held) yield { event: shiftEvent(event, days, mapping.zone), at: at + days * DAY };
}

// --- Moving in time ---

/**
 * An event, so many days (24 h) later, with every time in it. It is another event, so its source says that it was moved: the
 * same id with other content would be refused where both are played.
 */
export function shiftEvent(event: WireEvent, days: number, zone: Zone): WireEvent {
  if (days === 0) return event;
  const by = days * DAY;
  const { time, recordedtime } = event;
  return {
    ...event,
    source: `${event.source}/moved-${days}-days`,
    time: moved(time, by, zone),
    ...(recordedtime !== undefined && { recordedtime: moved(recordedtime, by, zone) }),
    data: shifted(eventSchemas[event.type] as unknown as Node, event.data, by, zone) as Readonly<
      Record<string, unknown>
    >,
  };
}

function moved(text: string, by: Milliseconds, zone: Zone): string {
  const at = parseInstant(text);
  return at === undefined ? text : formatLocal(at + by, zone);
}

/** What this file reads of a schema. */
interface Node {
  readonly 'x-dozor'?: string;
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

function shifted(node: Node | undefined, value: unknown, by: Milliseconds, zone: Zone): unknown {
  if (typeof value === 'string') {
    if (node?.['x-dozor'] === 'instant') return moved(value, by, zone);
    // Local dates are moved by the same days.
    if (node?.pattern === (date as Node).pattern) return moved(`${value}T00:00:00Z`, by, 'UTC').slice(0, 10);
    return value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => shifted(node?.items, item, by, zone));
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, shifted(node?.properties?.[key], one, by, zone)]),
  );
}
