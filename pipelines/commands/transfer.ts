/** What `migrate`, `backup` and `restore` share: entries and records taken from one place to another, and compared there. */
import { SingleBar } from 'cli-progress';
import type { Instant } from '../domain/units.js';
import type { Frame } from '../io/archive.js';
import { guardedCommit } from '../io/guarded-commit.js';
import type { Log, LogRecord, NewRecord, TopicPartition } from '../io/log.js';
import type { Memo } from '../io/memo.js';
import type { Store } from '../io/store.js';
import { encode as pack, decode as unpack } from '../runtime/codec.js';
import { taskNames } from '../runtime/status.js';
import { fromBytes, type Partitions, TICK_KEY, type Tick, TOPICS } from '../runtime/topics.js';
import { recordsOf } from './parts.js';

/** Under which name the numbers of ticks are kept. */
export const TICKS = 'ticks';
/** The entry of a task that says where it stands. */
export const META = 'meta';

/** Where a task stands: the offset of its input at which it goes on, the last tick that it has worked on, and its clock. */
export interface TaskStand {
  readonly offset: number;
  readonly tick: number;
  readonly clock: Instant | 'ever';
}

/** Where a task stands, out of that entry. */
export function standIn(value: Uint8Array): TaskStand {
  const { offset, tick, clock } = unpack(value) as TaskStand;
  return { offset, tick, clock };
}

/** That entry with another offset. */
export function standingAt(offset: number, value: Uint8Array): Uint8Array {
  return pack({ ...(unpack(value) as TaskStand), offset });
}

/** Topics of which Kafka keeps only the last record of each key, sooner or later. */
export const COMPACTED: ReadonlySet<string> = new Set([TOPICS.network, TOPICS.contacts]);

const ENTRIES_MAX = 2_000;
const RECORDS_MAX = 500;
const BYTES_MAX = 2 * 1024 * 1024;

export type Entry = readonly [key: string, value: Uint8Array];
type Entries = AsyncIterable<Entry>;

/** Told of work as it is done: how much more of it. */
export type Count = (amount: number) => void;

/** A task with what it reads: `dozor.ts` and the groups of Kafka share partitions out by the same pairs. */
export interface TaskInput {
  readonly name: string;
  readonly role: 'network' | 'service' | 'collector';
  readonly input: TopicPartition;
}

/** Every task of an installation with its input. */
export function tasksOf(partitions: Partitions): readonly TaskInput[] {
  const names = taskNames(partitions);
  const topics = { network: TOPICS.elementEvents, service: TOPICS.serviceEvents, collector: TOPICS.facts } as const;
  return (['network', 'service', 'collector'] as const).flatMap((role) =>
    names[role].map((name, partition) => ({ name, role, input: { topic: topics[role], partition } })),
  );
}

/** A list in pieces, each of a bounded number and size. */
async function* pieces<T>(
  all: AsyncIterable<T>,
  max: number,
  bytesOf: (one: T) => number,
): AsyncGenerator<readonly T[]> {
  let held: T[] = [];
  let bytes = 0;
  for await (const one of all) {
    held.push(one);
    bytes += bytesOf(one);
    if (held.length < max && bytes < BYTES_MAX) continue;
    yield held;
    held = [];
    bytes = 0;
  }
  if (held.length > 0) yield held;
}

const entryPieces = (entries: Entries) => pieces(entries, ENTRIES_MAX, ([key, value]) => key.length + value.length);

/** Puts entries into a task of a store that has none yet. */
export async function putEntries(
  store: Store,
  task: string,
  owner: string,
  entries: Entries,
  count: Count,
): Promise<void> {
  let own = await store.acquire(task, owner);
  for await (const some of entryPieces(entries)) {
    own = await guardedCommit(store, own, { puts: new Map(some), deletes: new Set() });
    count(some.length);
  }
}

/** Puts entries into a memo. */
export async function putMemo(memo: Memo, entries: Entries, count: Count): Promise<void> {
  for await (const some of entryPieces(entries)) {
    await memo.put(new Map(some), new Set());
    count(some.length);
  }
}

/** Asks a place for the value of each key, and throws where one is another. Returns how many there are. */
export async function compareEntries(
  what: string,
  entries: Entries,
  get: (keys: readonly string[]) => Promise<readonly (Uint8Array | undefined)[]>,
): Promise<number> {
  let compared = 0;
  for await (const some of entryPieces(entries)) {
    const found = await get(some.map(([key]) => key));
    some.forEach(([key, value], at) => {
      const stands = found[at];
      if (stands && Buffer.compare(stands, value) === 0) return;
      throw new Error(`${what}: the entry ${key} ${stands ? 'has another content' : 'is missing'} where it was put`);
    });
    compared += some.length;
  }
  return compared;
}

/** What was seen is most of a state, and is not read a second time only to be counted. */
const SEEN = 'n/';

/** Compares a task of a store with the entries that were put there, both ways. Returns how many there are. */
export async function compareTask(store: Store, task: string, entries: () => Entries): Promise<number> {
  const compared = await compareEntries(task, entries(), (keys) => store.get(task, keys));
  const others = new Set<string>();
  for await (const [key] of store.entries(task, '', [SEEN])) others.add(key);
  for await (const [key] of entries()) others.delete(key);
  for (const key of others) throw new Error(`${task}: there is an entry ${key} that nobody put there`);
  return compared;
}

/** The frames of a task's entries. */
export async function* entryFrames(entries: Entries): AsyncGenerator<Frame> {
  for await (const [key, value] of entries) yield [key, value];
}

/** The frames of records, with their offsets. */
export async function* recordFrames(records: AsyncIterable<LogRecord>): AsyncGenerator<Frame> {
  for await (const { offset, key, value } of records) yield [offset, key, value];
}

/** A record with the offset at which it lies, or is to lie. */
type Placed = NewRecord & { readonly offset: number };

/** Appends records to an empty partition, each of which must come to lie where it says, from 0 on without a gap. */
export async function putRecords(
  log: Log,
  to: TopicPartition,
  records: AsyncIterable<Placed>,
  count: Count,
): Promise<void> {
  const { topic, partition } = to;
  let next = 0;
  for await (const some of pieces(records, RECORDS_MAX, ({ key, value }) => key.length + value.length)) {
    const last = some.at(-1)!.offset;
    if (last !== next + some.length - 1)
      throw new Error(`${topic}[${partition}] has a gap between ${next} and ${last}`);
    const first = await log.append(to, some);
    if (first !== next) {
      throw new Error(
        `${topic}[${partition}]: what belongs to offset ${next} came to lie at ${first}: somebody else writes to it`,
      );
    }
    next += some.length;
    count(some.length);
  }
}

/**
 * Compares a partition with what was put there, record by record, and throws where one differs. Of a compacted topic a record may
 * be missing if a later one has its key.
 */
export async function compareRecords(
  log: Log,
  of: TopicPartition,
  expected: AsyncIterable<Placed>,
  { end, compacted, count }: { readonly end: number; readonly compacted: boolean; readonly count: Count },
): Promise<void> {
  const where = `${of.topic}[${of.partition}]`;
  const found = recordsOf(log, of, await log.start(of), end);
  const gone = new Set<string>();
  let there = await found.next();
  for await (const { offset, key, value } of expected) {
    count(1);
    if (!there.done && there.value.offset === offset) {
      if (there.value.key !== key || Buffer.compare(there.value.value, value) !== 0) {
        throw new Error(`${where}: the record at offset ${offset} is not the one that was put there`);
      }
      gone.delete(key);
      there = await found.next();
    } else if (compacted) gone.add(key);
    else throw new Error(`${where}: the record at offset ${offset} is missing`);
  }
  if (!there.done) throw new Error(`${where}: there is a record at offset ${there.value.offset} that nobody put there`);
  if (gone.size > 0) throw new Error(`${where}: ${gone.size} keys are missing altogether`);
}

const LOOK_BACK = 256;

/** The last tick of a partition, sought from its end backwards in growing steps; none where there is no tick in it. */
export async function lastTick(log: Log, of: TopicPartition): Promise<readonly Tick[]> {
  const start = await log.start(of);
  let end = await log.end(of);
  for (let step = LOOK_BACK; end > start; step *= 4) {
    const from = Math.max(start, end - step);
    let found: Tick | undefined;
    for await (const { key, value } of recordsOf(log, of, from, end, { markAtEnd: true })) {
      if (key === TICK_KEY) found = fromBytes(value) as Tick;
    }
    if (found) return [found];
    end = from;
  }
  return [];
}

/** Runs work over all of a list, so many at a time; the first failure ends it. */
export async function each<T>(all: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const left = [...all];
  const lane = async () => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      try {
        await lane();
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }),
  );
}

/** Counts on a terminal, with the phase in front; elsewhere it is silent. */
export interface Progress {
  /** Another phase begins; `total` where it is known. */
  phase(name: string, total?: number): void;
  readonly count: Count;
  stop(): void;
}

/** A progress bar on standard error, where that is a terminal. */
export function progressBar(): Progress {
  if (!process.stderr.isTTY) return { phase: () => {}, count: () => {}, stop: () => {} };
  let bar: SingleBar | undefined;
  return {
    phase(name, total) {
      bar?.stop();
      const format = total === undefined ? `${name}: {value}` : `${name} {bar} {percentage}% | {eta_formatted} left`;
      bar = new SingleBar({ format, stream: process.stderr, hideCursor: true });
      bar.start(total ?? 0, 0);
    },
    count: (amount) => bar?.increment(amount),
    stop: () => bar?.stop(),
  };
}
