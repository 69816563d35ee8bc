/**
 * A channel holds what a consumer has delivered of one partition, in order and without holes, until it is read. Who reads in
 * sequence never makes the consumer seek; who jumps does. The buffer has a limit: past it the partition is paused.
 *
 *        from                 position                 end
 *   ┄┄┄┄┄┄▼────────────────────▼┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄▼
 *         │ delivered, unread  │ comes next            │ known to be there
 *
 * A consumer that falls out of the log's range is put back to its beginning by kafkajs without a word; so a batch that begins
 * later than the position is taken only when nothing can be missing.
 *
 * It is a long file: what readers and what consumers do to a channel is only right together.
 */
import type { KafkaMessage } from 'kafkajs';
import { LogError, type LogRecord, type TopicPartition } from '../log.js';
import { checkOffset, checkOpen } from '../log-memory.js';
import type { Bounds } from './admin.js';

const BYTES_MAX = 4 * 1024 * 1024;
const RECORDS_MAX = 5_000;
/** So many records that were read may stand before the next one. */
const HEAD_MAX = 1_024;
/** What a record costs beside its key and value, roughly. */
const RECORD_BYTES = 64;
/** A reader that is nearly as fast as the consumer is waited for: after a pause it would wait for a whole round of fetching. */
const DRAIN_MS = 50;
/** How long a read waits for records that are there and were not delivered yet. */
const DELIVERY_MS = 3_000;
/** The same where a consumer has still to be made. */
const JOIN_MS = 30_000;
/** The same where the partition is on its way to another member of the group. */
const LOST_MS = 250;
/** How long a log may seem shorter than it was before that is believed, and how long between two looks. */
const SHORT_MS = 3_000;
const SHORT_LOOK_MS = 200;

const NOTHING = new Uint8Array();

/** What feeds channels: a consumer that holds their partitions. */
export interface Feed {
  /** Of two that hold a partition the one of the higher rank is used first; one of the same rank takes the other's place. */
  readonly rank: number;
  seek(of: TopicPartition, offset: number): void;
  pause(of: TopicPartition): void;
  resume(of: TopicPartition): void;
}

/** What a consumer hands over at once. */
export interface Delivery {
  /** At least one, by offset. */
  readonly messages: readonly Pick<KafkaMessage, 'offset' | 'key' | 'value' | 'timestamp'>[];
  /** The offset from which the consumer would go on. */
  readonly next: number;
  /** The offset that the partition's next record will get. */
  readonly end: number;
}

export interface ChannelGiven {
  readonly of: TopicPartition;
  readonly bounds: () => Promise<Bounds>;
  /** Nobody feeds it: whether somebody will ('soon'), or a group's member may still have it ('lost'). */
  readonly unfed: () => 'soon' | 'lost';
}

interface Waiter {
  readonly from: number;
  readonly ring: () => void;
}

export class Channel {
  readonly of: TopicPartition;
  readonly #given: ChannelGiven;
  readonly #waiters = new Set<Waiter>();
  #feed: Feed | undefined;
  #records: LogRecord[] = [];
  /** Those before it have been read. */
  #head = 0;
  #bytes = 0;
  /** Undefined: nobody has asked yet, and nothing is fetched. */
  #from: number | undefined;
  #position = 0;
  #end = 0;
  /** The end at which a wait for delivery was in vain: what lies before it is no record for readers, or cannot be had now. */
  #vainEnd: number | undefined;
  #paused = true;
  /** The offset with which a batch began later than expected: seen twice in a row, nothing lies before it. */
  #gapTo: number | undefined;
  /** Since when the log seems shorter than it was. */
  #shortSince: number | undefined;
  #fault: LogError | undefined;
  /** Raised by every seek: what was on its way before belongs elsewhere. */
  #turn = 0;
  #reading: Promise<unknown> = Promise.resolve();
  #readers = 0;
  #changed = signal();
  #drained = signal();
  #closed = false;

  constructor(given: ChannelGiven) {
    this.of = given.of;
    this.#given = given;
  }

  /** Whether somebody has asked for records, so that they are fetched. */
  get isWanted(): boolean {
    return this.#from !== undefined;
  }

  get feed(): Feed | undefined {
    return this.#feed;
  }

  /** The known end: the greatest that anybody has told. */
  get end(): number {
    return this.#end;
  }

  /** The offset that was not read yet, where this one can be read without a jump. */
  nextFor(from: number): number | undefined {
    return this.#covers(from) ? this.#from : undefined;
  }

  // ── for readers ──

  /** Records from this offset on, at most `max`; see `Log.read`. */
  async read(from: number, max: number): Promise<readonly LogRecord[]> {
    if (this.#readers === 0 && this.#covers(from)) {
      const ready = this.#take(from, max);
      if (ready.length > 0 || max <= 0 || !this.#mayCome()) return ready;
    }
    this.#readers += 1;
    const turn = this.#reading.then(() => this.#readInTurn(from, max));
    this.#reading = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#readers -= 1;
    }
  }

  async #readInTurn(from: number, max: number): Promise<readonly LogRecord[]> {
    checkOpen(this.#closed);
    const fault = this.#fault;
    if (fault) {
      // Told once: whoever goes on after it is measured against the log as it is then.
      this.#fault = undefined;
      this.#forget();
      throw fault;
    }
    if (!this.#covers(from) && !(await this.#place(from))) return [];
    const since = performance.now();
    for (;;) {
      const taken = this.#take(from, max);
      if (taken.length > 0 || max <= 0 || !this.#mayCome()) return taken;
      const left = since + this.#patienceMs() - performance.now();
      if (left <= 0) {
        this.#vainEnd = this.#end;
        return [];
      }
      await this.#changed.wait(left);
      checkOpen(this.#closed);
      // Moved away by a jump of another reader's wait.
      if (!this.#covers(from)) return [];
    }
  }

  /** Resolves when there may be a record at this offset or after; see `Log.wait`. */
  async wait(from: number, timeoutMs: number): Promise<void> {
    const until = performance.now() + timeoutMs;
    if (this.#fault || this.#mayHold(from)) return;
    if (!this.#covers(from) && (this.#from === undefined || from < this.#from || this.#paused)) {
      const turn = this.#reading.then(() => this.#place(from, 'or its end'));
      this.#reading = turn.catch(() => {});
      await turn.catch((error: unknown) => {
        if (!this.#closed) throw error;
      });
    }
    if (this.#closed || this.#fault || this.#mayHold(from)) return;
    await new Promise<void>((resolve) => {
      const ring = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { from, ring };
      // Node rings a longer timer at once.
      const timer = setTimeout(ring, Math.min(Math.max(0, until - performance.now()), 2 ** 31 - 1));
      this.#waiters.add(waiter);
    });
  }

  /** The partition is known to reach to this offset. */
  reaches(end: number): void {
    if (end <= this.#end) return;
    this.#end = end;
    this.#ring();
  }

  close(): void {
    this.#closed = true;
    this.#forget();
    for (const waiter of this.#waiters) waiter.ring();
    this.#changed.ring();
  }

  #covers(from: number): boolean {
    if (this.#from === undefined || this.#fault || !Number.isSafeInteger(from)) return false;
    return from >= this.#from && from <= this.#position;
  }

  /** Whether records are known to be there that were not delivered. */
  #mayCome(): boolean {
    return this.#position < this.#end && this.#end !== this.#vainEnd;
  }

  #mayHold(from: number): boolean {
    const last = this.#records.at(-1);
    if (last && last.offset >= from && this.#covers(from)) return true;
    return from < this.#end && this.#end !== this.#vainEnd;
  }

  #patienceMs(): number {
    if (this.#feed) return DELIVERY_MS;
    return this.#given.unfed() === 'lost' ? LOST_MS : JOIN_MS;
  }

  /** Has the partition fetched from this offset on. False where it ends before that, and nothing is moved. */
  async #place(from: number, fallback?: 'or its end'): Promise<boolean> {
    const { start, end } = await this.#given.bounds();
    checkOpen(this.#closed);
    checkOffset(this.of, from, start);
    this.reaches(end);
    if (from > end && !fallback) return false;
    this.#moveTo(Math.min(from, end));
    return true;
  }

  #moveTo(offset: number): void {
    this.#forget();
    this.#from = this.#position = offset;
    if (!this.#feed) {
      this.#given.unfed();
      return;
    }
    this.#feed.seek(this.of, offset);
    this.#resume();
  }

  #forget(): void {
    this.#turn += 1;
    this.#records = [];
    this.#head = 0;
    this.#bytes = 0;
    this.#from = undefined;
    this.#gapTo = undefined;
    this.#shortSince = undefined;
    this.#vainEnd = undefined;
    this.#drained.ring();
  }

  #take(from: number, max: number): readonly LogRecord[] {
    const records = this.#records;
    let first = this.#head;
    while (first < records.length && records[first]!.offset < from) first += 1;
    const end = Math.min(records.length, first + Math.max(0, max));
    const taken = first === 0 && end === records.length ? records : records.slice(first, end);
    for (let at = this.#head; at < end; at++) this.#bytes -= sizeOf(records[at]!);
    this.#head = end;
    this.#from = taken.length > 0 ? taken.at(-1)!.offset + 1 : from;
    if (end === records.length) {
      this.#records = [];
      this.#head = 0;
    } else if (end >= HEAD_MAX) {
      this.#records = records.slice(end);
      this.#head = 0;
    }
    if (this.#bytes <= BYTES_MAX / 2 && this.#records.length - this.#head <= RECORDS_MAX / 2) {
      this.#drained.ring();
      this.#resume();
    }
    return taken;
  }

  #resume(): void {
    if (!this.#paused || !this.#feed) return;
    this.#paused = false;
    this.#feed.resume(this.of);
  }

  #pause(): void {
    this.#paused = true;
    this.#feed?.pause(this.of);
  }

  #ring(): void {
    for (const waiter of this.#waiters) if (this.#mayHold(waiter.from)) waiter.ring();
    this.#changed.ring();
  }

  // ── for feeds ──

  /** A consumer holds the partition now, or again: where it stood it has forgotten. */
  attach(feed: Feed): void {
    if (this.#feed !== feed) this.#feed?.pause(this.of);
    this.#feed = feed;
    this.#turn += 1;
    this.#drained.ring();
    if (this.#from === undefined || this.#isFull()) return this.#pause();
    feed.seek(this.of, this.#position);
    this.#paused = true;
    this.#resume();
  }

  /** No consumer holds it for the time being. */
  detach(): void {
    this.#feed = undefined;
    this.#turn += 1;
    this.#drained.ring();
  }

  /** What it holds is let go, where nobody reads it. */
  release(): void {
    if (this.#readers > 0 || this.#waiters.size > 0) return;
    this.#forget();
    this.#pause();
  }

  #isFull(): boolean {
    return this.#bytes >= BYTES_MAX || this.#records.length - this.#head >= RECORDS_MAX;
  }

  /**
   * Takes what a consumer fetched, and calls `taken` when the consumer is to go on behind it. Resolves when it may bring more.
   */
  async deliver(feed: Feed, delivery: Delivery, taken: () => void): Promise<void> {
    if (this.#from === undefined || this.#fault) return feed.pause(this.of);
    const first = Number(delivery.messages[0]!.offset);
    const turn = this.#turn;
    if (delivery.next <= this.#position) return this.#lookBack(feed, turn);
    if (first > this.#position && !(await this.#nothingBefore(first, turn))) return;
    if (turn !== this.#turn) return;
    this.#gapTo = undefined;
    this.#shortSince = undefined;
    for (const { offset, key, value, timestamp } of delivery.messages) {
      const record: LogRecord = {
        offset: Number(offset),
        key: key ? key.toString() : '',
        value: value ?? NOTHING,
        appendedAt: Number(timestamp),
      };
      if (record.offset < this.#position) continue;
      this.#records.push(record);
      this.#bytes += sizeOf(record);
    }
    this.#position = delivery.next;
    this.#vainEnd = undefined;
    this.#end = Math.max(this.#end, delivery.end, delivery.next);
    taken();
    this.#ring();
    if (!this.#isFull()) return;
    await this.#drained.wait(DRAIN_MS);
    if (turn === this.#turn && this.#isFull()) this.#pause();
  }

  /** What was fetched lies before what is wanted: it was on its way, or the log is shorter than it was. */
  async #lookBack(feed: Feed, turn: number): Promise<void> {
    const { end } = await this.#given.bounds();
    if (turn !== this.#turn) return;
    if (end < this.#position) {
      // A broker that has just come back may not know its end yet.
      this.#shortSince ??= performance.now();
      if (performance.now() - this.#shortSince > SHORT_MS) {
        const { topic, partition } = this.of;
        const words = `${topic}[${partition}] ends at offset ${end}, and was read to ${this.#position} before`;
        return this.#break(`${words}: the log has lost records.`);
      }
      await this.#drained.wait(SHORT_LOOK_MS);
      if (turn !== this.#turn) return;
    }
    feed.seek(this.of, this.#position);
  }

  /** Whether what begins at `first` may follow the position: it does when the log says so twice, and still reaches back so far. */
  async #nothingBefore(first: number, turn: number): Promise<boolean> {
    const { start } = await this.#given.bounds();
    if (turn !== this.#turn) return false;
    if (start > this.#position) {
      try {
        checkOffset(this.of, this.#position, start);
      } catch (error) {
        this.#break((error as Error).message);
      }
      return false;
    }
    if (this.#gapTo === first) return true;
    this.#gapTo = first;
    this.#feed?.seek(this.of, this.#position);
    return false;
  }

  #break(words: string): void {
    this.#fault = new LogError(words);
    this.#pause();
    for (const waiter of this.#waiters) waiter.ring();
    this.#changed.ring();
  }
}

function sizeOf({ key, value }: LogRecord): number {
  return value.length + key.length + RECORD_BYTES;
}

/** Something that happens now and then, and can be waited for. */
function signal(): { ring(): void; wait(timeoutMs: number): Promise<void> } {
  const waiting = new Set<() => void>();
  return {
    ring() {
      for (const one of waiting) one();
    },
    wait: (timeoutMs) =>
      new Promise((resolve) => {
        const one = () => {
          clearTimeout(timer);
          waiting.delete(one);
          resolve();
        };
        const timer = setTimeout(one, timeoutMs);
        waiting.add(one);
      }),
  };
}
