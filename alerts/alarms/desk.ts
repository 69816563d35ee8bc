/**
 * The desk keeps the list of alarms up from the log, and durable. It owns the task `alarms` of the store: entries, offsets and calls
 * to be sent are one guarded write, and a call leaves only when it is saved, so a crash can only repeat, and what repeats has the
 * same id.
 *
 * Its clock is the one that all service tasks have told on `facts`: what was due before it has been read by them, and was written
 * to `decisions` before they told it. The desk reads every input to its end after it has heard of the clock, and only then moves.
 */
import { isAlarmAct } from '../../pipelines/domain/alarm.js';
import { decodeDecision, encodeDecision } from '../../pipelines/domain/decision.js';
import { type DozorEvent, decodeData } from '../../pipelines/domain/event.js';
import type { NetworkRecord } from '../../pipelines/domain/network.js';
import { EVER, HOUR, type Instant, parseInstant } from '../../pipelines/domain/units.js';
import { guardedCommit } from '../../pipelines/io/guarded-commit.js';
import { type Log, LogError, type LogRecord, type TopicPartition } from '../../pipelines/io/log.js';
import type { Ownership, Store } from '../../pipelines/io/store.js';
import { decisionOf, type ZoneOf } from './calls.js';
import type { Catalogue } from './catalogue.js';
import { AlarmList, type Call, type DecidedAlarm } from './list.js';

/** The task of the store that holds the list. */
export const TASK = 'alarms';
/** Records of each partition in one go. */
const BATCH_MAX = 2_000;
/** What a call is good for. */
const HISTORY = HOUR;

export interface DeskGiven {
  readonly log: Log;
  readonly store: Store;
  /** Names this process. */
  readonly owner: string;
  readonly catalogue: Catalogue;
  /** Whether people are called: a decision for each call; else alarms are only listed. */
  readonly calls: boolean;
  readonly zoneOf: ZoneOf;
  readonly partitions: { readonly service: number; readonly element: number; readonly decisions: number };
  /** In which partition of `decisions` a subject lies. */
  readonly partitionOf: (subject: string, count: number) => number;
}

interface Reader extends TopicPartition {
  next: number;
}

interface Letter {
  readonly key: string;
  readonly partition: number;
  readonly value: string;
}

interface Meta {
  readonly offsets: Readonly<Record<string, number>>;
  /** null: it has not begun. */
  readonly clock: Instant | null;
  readonly letters: number;
}

export class AlarmDesk {
  readonly list: AlarmList;
  readonly #given: DeskGiven;
  #own: Ownership;
  readonly #readers: readonly Reader[];
  readonly #network: Reader = { topic: 'network', partition: 0, next: 0 };
  readonly #facts: Reader = { topic: 'facts', partition: 0, next: 0 };
  /** What each service task's clock has told. */
  readonly #clocks = new Map<string, Instant>();
  /** The clock to go to, and how far every input has to be read before. */
  #target: { readonly clock: Instant; readonly ends: readonly number[] } | undefined;
  #letters = 0;
  /** Nothing was kept of it: it was never opened, or the store is another one. */
  #anew = false;
  #calls: Call[] = [];
  #outbox: { readonly key: string; readonly letter: Letter }[] = [];
  #sent: string[] = [];
  #savedOffsets = '';
  /** Records that were gone from the log before the desk had read them: alarms may be missing. */
  #missed = 0;

  private constructor(given: DeskGiven, own: Ownership) {
    const { catalogue, partitions } = given;
    this.#given = given;
    this.#own = own;
    this.list = new AlarmList(catalogue);
    const readers = (topic: string, count: number) =>
      Array.from({ length: count }, (_, partition): Reader => ({ topic, partition, next: 0 }));
    this.#readers = [...readers('element-events', partitions.element), ...readers('decisions', partitions.decisions)];
  }

  /** Takes the list over from whoever kept it, and goes on where the last commit stands. */
  static async open(given: DeskGiven): Promise<AlarmDesk> {
    const desk = new AlarmDesk(given, await given.store.acquire(TASK, given.owner));
    await desk.#restore();
    return desk;
  }

  async #restore(): Promise<void> {
    const { log, store } = this.#given;
    let meta: Meta | undefined;
    for await (const [key, value] of store.entries(TASK, '')) {
      const kept: unknown = JSON.parse(Buffer.from(value).toString('utf8'));
      if (key === 'meta') meta = kept as Meta;
      else if (key.startsWith('outbox/')) this.#outbox.push({ key, letter: kept as Letter });
      else this.list.restore(key, kept);
    }
    this.#letters = meta?.letters ?? 0;
    this.#anew = meta === undefined || meta.clock === null;
    for (const reader of [...this.#readers, this.#facts]) {
      const start = await log.start(reader);
      const held = meta?.offsets[nameOf(reader)];
      reader.next = Math.max(start, held ?? 0);
      if (held !== undefined && held < start) this.#missed += start - held;
    }
    // Elements, works and faults are told as whole records: they are read anew.
    this.#network.next = await log.start(this.#network);
    await this.#readNetwork();
    this.list.resume(meta?.clock ?? EVER);
    this.list.refresh();
  }

  /** How the desk stands, for those who look after it. */
  get stand(): { readonly clock: Instant; readonly alarms: number; readonly missed: number; readonly unsent: number } {
    return { clock: this.list.now, alarms: this.list.size, missed: this.#missed, unsent: this.#outbox.length };
  }

  /**
   * Reads on, judges, saves and sends: one bounded piece of work. True where there was something to do. After a rejection the desk
   * is to be opened anew: what it had not saved it does again.
   */
  async work(): Promise<boolean> {
    if (this.#outbox.length > 0) await this.#send();
    const news = [await this.#readClock(), await this.#readNetwork()];
    const { log } = this.#given;
    const clock = this.#reached();
    if (!this.#target && clock > this.list.now) {
      const ends = await Promise.all(this.#readers.map((reader) => log.end(reader)));
      this.#target = { clock, ends };
    }
    for (const reader of this.#readers) news.push(await this.#read(reader, (record) => this.#take(reader, record)));
    const target = this.#target;
    if (target && this.#readers.every(({ next }, i) => next >= target.ends[i]!)) {
      this.list.advance(target.clock);
      // A list that is made from an old log anew knows whom it would have called: that is history, and wakes nobody.
      if (this.#anew) this.#calls = this.list.takeCalls().filter(({ at }) => at > target.clock - HISTORY);
      this.#anew = false;
      this.#target = undefined;
      news.push(true);
    } else this.list.refresh();
    await this.#commit();
    if (this.#outbox.length > 0) await this.#send();
    return news.includes(true);
  }

  /** Saves though nothing has changed: who waits for the list sees that it is kept. */
  beat(): Promise<void> {
    return this.#commit(true);
  }

  /** Whether everything on the log is read and everything to be told is sent. */
  async caughtUp(): Promise<boolean> {
    const { log } = this.#given;
    const all = [...this.#readers, this.#facts, this.#network];
    const ends = await Promise.all(all.map((reader) => log.end(reader)));
    return all.every(({ next }, i) => next >= ends[i]!) && !this.#target && this.#outbox.length === 0;
  }

  // --- Reading ---

  async #read(reader: Reader, take: (record: LogRecord) => void): Promise<boolean> {
    const { log } = this.#given;
    let records: readonly LogRecord[];
    try {
      records = await log.read(reader, reader.next, BATCH_MAX);
    } catch (error) {
      const start = error instanceof LogError ? await log.start(reader) : reader.next;
      if (start <= reader.next) throw error;
      this.#missed += start - reader.next;
      reader.next = start;
      return true;
    }
    for (const record of records) take(record);
    const last = records.at(-1);
    if (last) reader.next = last.offset + 1;
    return last !== undefined;
  }

  #readClock(): Promise<boolean> {
    return this.#read(this.#facts, ({ value }) => {
      const { told } = jsonOf(value) as { told: { is: string; from: string; clock: Instant | null } };
      if (told.is === 'frontier' && told.clock !== null) this.#clocks.set(told.from, told.clock);
    });
  }

  async #readNetwork(): Promise<boolean> {
    let news = false;
    while (
      await this.#read(this.#network, ({ value }) => {
        const { told } = jsonOf(value) as { told: NetworkRecord };
        if (told.is !== 'frontier') this.list.network(told);
      })
    )
      news = true;
    return news;
  }

  /** The clock that all service tasks have told; EVER before they all have. */
  #reached(): Instant {
    if (this.#clocks.size < this.#given.partitions.service) return EVER;
    return Math.min(...this.#clocks.values());
  }

  #take({ topic }: Reader, { value }: LogRecord): void {
    const wire = jsonOf(value) as Record<string, unknown> | undefined;
    if (typeof wire?.['type'] !== 'string') return;
    if (topic === 'decisions') {
      if (!wire['type'].startsWith('alarm.')) return;
      const decoded = decodeDecision(wire);
      if (decoded.ok) this.list.decided(decoded.value as DecidedAlarm);
      return;
    }
    const event = eventOf(wire);
    if (event) this.list.hear(event);
  }

  // --- Saving and sending ---

  async #commit(always = false): Promise<void> {
    const due = [...this.#calls.splice(0), ...this.list.takeCalls()];
    const calls = (this.#given.calls ? due : []).map((call) => {
      const operator = this.list.view.element(call.entry.resource, call.at)?.operator;
      return this.#letterOf(decisionOf(call, { ...this.#given, operator }));
    });
    const changes = this.list.takeChanges();
    const offsets = Object.fromEntries([...this.#readers, this.#facts].map((reader) => [nameOf(reader), reader.next]));
    const saved = JSON.stringify([offsets, this.list.now]);
    if (!always && calls.length === 0 && changes.size === 0 && this.#sent.length === 0 && saved === this.#savedOffsets)
      return;
    const puts = new Map<string, Uint8Array>();
    const deletes = new Set(this.#sent);
    for (const [key, value] of changes) {
      if (value === undefined) deletes.add(key);
      else puts.set(key, bytesOf(value));
    }
    const outbox = calls.map((letter) => {
      const key = `outbox/${String(this.#letters++).padStart(15, '0')}`;
      puts.set(key, bytesOf(letter));
      return { key, letter };
    });
    const clock = this.list.now === EVER ? null : this.list.now;
    puts.set('meta', bytesOf({ offsets, clock, letters: this.#letters } satisfies Meta));
    this.#own = await guardedCommit(this.#given.store, this.#own, { puts, deletes });
    this.#sent = [];
    this.#savedOffsets = saved;
    this.#outbox.push(...outbox);
  }

  #letterOf(decision: ReturnType<typeof decisionOf>): Letter {
    const { zoneOf, partitionOf, partitions } = this.#given;
    const key = decision.subject!;
    const value = JSON.stringify(encodeDecision(decision, zoneOf(key) ?? 'UTC'));
    return { key, value, partition: partitionOf(key, partitions.decisions) };
  }

  async #send(): Promise<void> {
    for (const { letter } of this.#outbox) {
      const { key, partition, value } = letter;
      await this.#given.log.append({ topic: 'decisions', partition }, [{ key, value: Buffer.from(value) }]);
    }
    this.#sent.push(...this.#outbox.map(({ key }) => key));
    this.#outbox = [];
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    // The task that owns the partition refuses it, and keeps it whole.
    return undefined;
  }
}

function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

/** An event about an alarm; undefined for another, and for one that its task refuses. */
function eventOf(wire: Record<string, unknown>): DozorEvent | undefined {
  const { id, source, type, subject, time, recordedtime } = wire as Record<string, string>;
  if (type !== 'alarm.reported' && type !== 'alarm.ended' && !isAlarmAct(type ?? '')) return undefined;
  const data = decodeData(type as 'alarm.reported', wire['data']);
  const at = parseInstant(time ?? '');
  if (!data.ok || at === undefined || !id || !source || !subject) return undefined;
  const known = (recordedtime !== undefined && parseInstant(recordedtime)) || at;
  return {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time: at,
    recordedtime: known,
    data: data.value,
  } as DozorEvent;
}
