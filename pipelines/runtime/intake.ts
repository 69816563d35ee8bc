/**
 * What every task that reads events does with a record before its logic hears it: decode, send on what belongs to another
 * partition, drop what was seen, refuse what is bad. What was seen is committed with what it guards.
 */
import { encodeDecision } from '../domain/decision.js';
import type { DozorEvent } from '../domain/event.js';
import type { Packs } from '../domain/pack.js';
import { DAY, type Instant, MINUTE } from '../domain/units.js';
import type { LogRecord } from '../io/log.js';
import type { Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { type Decoded, decodeLine, fingerprint, MEMORY, type Rejection, rejected } from './decode.js';
import type { Changes } from './service-logic.js';
import type { Letter, Tally } from './task.js';
import { type Partitions, partitionOf, TICK_KEY, TOPICS, toBytes } from './topics.js';

/** How far a `recordedtime` may lie past the instant at which the log took the record, in a live run. */
const RECORDED_AHEAD_MAX = 5 * MINUTE;

/** Makes bytes unreadable to all but `dozor dead-letters`. */
export type Sealer = (bytes: Uint8Array) => Uint8Array;

interface Seen {
  readonly content: string;
  /** The day on which it was seen, counted from the epoch: what is older than the memory is forgotten. */
  readonly day: number;
}

interface Prepared {
  readonly decoded: Decoded;
  readonly print: { readonly id: string; readonly content: string } | undefined;
}

export interface IntakeGiven {
  readonly task: string;
  readonly topic: string;
  readonly partition: number;
  /** How many partitions the topic has. */
  readonly count: number;
  readonly partitions: Partitions;
  readonly packs: Packs;
  readonly store: Store;
  readonly seal: Sealer;
  /** In a live run a record that claims to be known from the future is refused. */
  readonly live: boolean;
}

export class Intake {
  readonly #given: IntakeGiven;
  readonly #operators: ReadonlyMap<string, { readonly currency: string }>;
  readonly #prepared = new Map<number, Prepared>();
  /** What was seen since the last commit, and what this batch may meet. */
  readonly #seen = new Map<string, Seen | undefined>();
  #changes: Changes = new Map();
  #letters: Letter[] = [];
  #sweptDay = 0;
  readonly counts = { taken: 0, duplicates: 0, strays: 0, rejected: new Map<string, number>() };

  constructor(given: IntakeGiven) {
    this.#given = given;
    this.#operators = given.packs.operators();
  }

  /** Decodes a batch and fetches what is remembered of its events, in one go. */
  async prepare(records: readonly LogRecord[]): Promise<void> {
    this.#prepared.clear();
    const asked: string[] = [];
    for (const { offset, key, value } of records) {
      if (key === TICK_KEY) continue;
      const decoded = decodeLine(Buffer.from(value).toString('utf8'), offset, { operators: this.#operators });
      const print = decoded.ok ? fingerprint(decoded.wire) : undefined;
      this.#prepared.set(offset, { decoded, print });
      if (print && !this.#changes.has(`n/${print.id}`)) asked.push(print.id);
    }
    const held = await this.#given.store.get(
      this.#given.task,
      asked.map((id) => `n/${id}`),
    );
    this.#seen.clear();
    asked.forEach((id, i) => {
      const value = held[i];
      this.#seen.set(id, value ? (unpack(value) as Seen) : undefined);
    });
  }

  /** The event of a record, if its logic is to hear it. `now` is the clock. */
  admit(record: LogRecord, now: Instant): DozorEvent | undefined {
    const prepared = this.#prepared.get(record.offset);
    if (!prepared) throw new Error(`record ${record.offset} was not prepared`);
    const { decoded, print } = prepared;
    if (!decoded.ok) {
      this.#reject(decoded.rejection, now);
      return undefined;
    }
    const { event, wire } = decoded;
    const home = partitionOf(event.subject, this.#given.count);
    if (home !== this.#given.partition) {
      this.counts.strays += 1;
      this.#letters.push({ topic: this.#given.topic, partition: home, key: event.subject, value: record.value });
      return undefined;
    }
    const before = this.#remembered(print!.id);
    if (before?.content === print!.content) {
      this.counts.duplicates += 1;
      return undefined;
    }
    if (before) {
      const message = `source ${event.source} and id ${event.id} named another event before`;
      this.#reject({ reason: 'id-reused', field: 'id', message, event: wire }, now);
      return undefined;
    }
    if (this.#given.live && event.recordedtime > record.appendedAt + RECORDED_AHEAD_MAX) {
      const message = 'recordedtime lies more than 5 minutes past the instant at which it came in';
      this.#reject({ reason: 'time-ahead', field: 'recordedtime', message, event: wire }, now);
      return undefined;
    }
    const day = Math.floor(record.appendedAt / DAY);
    this.#changes.set(`n/${print!.id}`, pack({ content: print!.content, day }));
    this.#seen.set(print!.id, { content: print!.content, day });
    this.counts.taken += 1;
    return event;
  }

  #remembered(id: string): Seen | undefined {
    const fresh = this.#changes.get(`n/${id}`);
    return fresh ? (unpack(fresh) as Seen) : this.#seen.get(id);
  }

  /** An event that its logic found bad: it does not take its id. */
  refuse(event: DozorEvent, wire: unknown, rejection: Omit<Rejection, 'event'>, now: Instant): void {
    const { id } = fingerprint({ source: event.source, id: event.id });
    this.#changes.set(`n/${id}`, undefined);
    this.#seen.set(id, undefined);
    this.counts.taken -= 1;
    this.#reject({ ...rejection, event: wire }, now);
  }

  /** The wire form of a record of this batch. */
  wireOf(record: LogRecord): unknown {
    const decoded = this.#prepared.get(record.offset)?.decoded;
    return decoded?.ok ? decoded.wire : undefined;
  }

  #reject(rejection: Rejection, now: Instant): void {
    this.counts.rejected.set(rejection.reason, (this.counts.rejected.get(rejection.reason) ?? 0) + 1);
    this.#letters.push(...rejectionLetters(rejection, now, this.#given));
  }

  /** Forgets what is older than the memory, once a day. Such events are refused or change nothing. */
  async sweep(now: number): Promise<void> {
    const today = Math.floor(now / DAY);
    if (today <= this.#sweptDay) return;
    const first = this.#sweptDay === 0;
    this.#sweptDay = today;
    if (first) return;
    const oldest = today - Math.ceil(MEMORY / DAY) - 1;
    for await (const [key, value] of this.#given.store.entries(this.#given.task, 'n/')) {
      if ((unpack(value) as Seen).day < oldest && !this.#changes.has(key)) this.#changes.set(key, undefined);
    }
  }

  /** What it has counted: taken, duplicates, strays, and the rejected by reason. */
  tally(): Tally {
    const { taken, duplicates, strays, rejected } = this.counts;
    const reasons = [...rejected].map(([reason, count]) => [`rejected/${reason}`, count] as const);
    return { taken, duplicates, strays, ...Object.fromEntries(reasons) };
  }

  countOn({ taken = 0, duplicates = 0, strays = 0, ...rest }: Tally): void {
    this.counts.taken += taken;
    this.counts.duplicates += duplicates;
    this.counts.strays += strays;
    for (const [name, count] of Object.entries(rest)) {
      if (name.startsWith('rejected/')) this.counts.rejected.set(name.slice('rejected/'.length), count);
    }
  }

  takeLetters(): readonly Letter[] {
    const letters = this.#letters;
    this.#letters = [];
    return letters;
  }

  takeChanges(): Changes {
    // What was just saved must still be known to the rest of the batch.
    for (const [key, value] of this.#changes) {
      if (key.startsWith('n/')) this.#seen.set(key.slice(2), value ? (unpack(value) as Seen) : undefined);
    }
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }

  get changed(): number {
    return this.#changes.size;
  }
}

/** A refused event goes out twice: the decision without its content, and the whole of it, sealed. */
export function rejectionLetters(
  rejection: Rejection,
  now: Instant,
  { seal, partitions }: { readonly seal: Sealer; readonly partitions: Partitions },
): readonly Letter[] {
  const decision = rejected(rejection, now);
  const wire = encodeDecision(decision, 'UTC');
  const open = { ...wire, data: { ...decision.data, event: nameOf(rejection.event) } };
  const key = decision.subject ?? '';
  return [
    { topic: TOPICS.decisions, partition: partitionOf(key, partitions.decisions), key, value: toBytes(open) },
    { topic: TOPICS.rejected, partition: 0, key: decision.id, value: seal(toBytes(wire)) },
  ];
}

/** What may be shown of a refused event: which one it was, not what it said. */
function nameOf(event: unknown): unknown {
  if (typeof event !== 'object' || event === null) return null;
  const { id, source, type } = event as Record<string, unknown>;
  return { id, source, type };
}
