/**
 * The log in memory, for tests, replays and simulated crashes: what is appended lasts as long as the object.
 * It is the plain reading of the port; the checks and the waiting list are shared with `log-lmdb.ts`.
 */
import { type Log, LogError, type LogRecord, type NewRecord, type TopicPartition } from './log.js';

/** The records from offset `start` on. */
interface Partition {
  start: number;
  readonly records: LogRecord[];
  appendedAt: number;
}

/** What stands in for the disk: it outlives each handle on it. */
interface Disk {
  readonly topics: Map<string, Partition[]>;
  readonly waiters: Waiters;
}

/** A log without a disk. `now` is the log's own clock, the source of `appendedAt`. */
export class MemoryLog implements Log {
  readonly #now: () => number;
  #disk: Disk = { topics: new Map(), waiters: new Waiters() };
  #closed = false;

  constructor({ now }: { readonly now: () => number } = { now: Date.now }) {
    this.#now = now;
  }

  /** What the next process finds: the same records under a handle of its own. This one is not closed by it. */
  reopen(): MemoryLog {
    const next = new MemoryLog({ now: this.#now });
    next.#disk = this.#disk;
    return next;
  }

  async ensureTopic(topic: string, partitions: number): Promise<void> {
    checkOpen(this.#closed);
    const has = this.#disk.topics.get(topic)?.length ?? 0;
    checkCount(topic, has, partitions);
    if (has === 0) {
      this.#disk.topics.set(
        topic,
        Array.from({ length: partitions }, () => ({ start: 0, records: [], appendedAt: 0 })),
      );
    }
  }

  async partitions(topic: string): Promise<number> {
    checkOpen(this.#closed);
    return this.#disk.topics.get(topic)?.length ?? 0;
  }

  async append(to: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    const partition = this.#partition(to);
    const first = endOf(partition);
    partition.appendedAt = Math.max(this.#now(), partition.appendedAt);
    const { appendedAt } = partition;
    for (const { key, value } of records) {
      partition.records.push({ offset: endOf(partition), key, value: new Uint8Array(value), appendedAt });
    }
    this.#disk.waiters.wake(to, endOf(partition));
    return first;
  }

  async read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]> {
    const { start, records } = this.#partition(of);
    checkOffset(of, from, start);
    const found = records.slice(from - start, from - start + Math.max(0, max));
    return found.map((record) => ({ ...record, value: record.value.slice() }));
  }

  async start(of: TopicPartition): Promise<number> {
    return this.#partition(of).start;
  }

  async end(of: TopicPartition): Promise<number> {
    return endOf(this.#partition(of));
  }

  async wait(of: TopicPartition, from: number, timeoutMs: number): Promise<void> {
    if (endOf(this.#partition(of)) <= from) await this.#disk.waiters.wait(of, from, timeoutMs);
  }

  async trim(of: TopicPartition, before: number): Promise<void> {
    const partition = this.#partition(of);
    const upTo = Math.min(before, endOf(partition));
    if (upTo <= partition.start) return;
    partition.records.splice(0, upTo - partition.start);
    partition.start = upTo;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#disk.waiters.wakeAll();
  }

  #partition(of: TopicPartition): Partition {
    checkOpen(this.#closed);
    const partitions = this.#disk.topics.get(of.topic) ?? [];
    checkPartition(of, partitions.length);
    return partitions[of.partition]!;
  }
}

function endOf({ start, records }: Partition): number {
  return start + records.length;
}

// Node rings a longer timer at once.
const TIMEOUT_MAX = 2 ** 31 - 1;

interface Waiter {
  readonly of: TopicPartition;
  readonly from: number;
  readonly ring: () => void;
}

/** Who waits for a partition to grow, within this process. */
export class Waiters {
  readonly #waiting = new Set<Waiter>();

  /** Resolves at the first `wake` past `from`, or after `timeoutMs`. */
  wait(of: TopicPartition, from: number, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const ring = () => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { of, from, ring };
      const timer = setTimeout(ring, Math.min(timeoutMs, TIMEOUT_MAX));
      this.#waiting.add(waiter);
    });
  }

  /** The partition now ends at `end`. */
  wake(of: TopicPartition, end: number): void {
    for (const waiter of this.#waiting) {
      if (waiter.of.topic === of.topic && waiter.of.partition === of.partition && waiter.from < end) waiter.ring();
    }
  }

  /** The log closes: nobody is left waiting for what cannot come. */
  wakeAll(): void {
    for (const waiter of this.#waiting) waiter.ring();
  }
}

/** Refuses the use of a closed log. */
export function checkOpen(closed: boolean): void {
  if (closed) throw new LogError('This log is closed: open it again to use it.');
}

/** Refuses a number of partitions that is none, or not the one that the topic was made with (0: not made yet). */
export function checkCount(topic: string, has: number, wanted: number): void {
  if (!Number.isSafeInteger(wanted) || wanted < 1) {
    throw new LogError(`Topic ${topic} cannot have ${wanted} partitions: it needs a whole number, at least 1.`);
  }
  if (has !== 0 && has !== wanted) {
    throw new LogError(
      `Topic ${topic} has ${has} partitions, and ${wanted} are asked for. Its keys would change places, and their ` +
        `state with them: set the count back to ${has}, or start anew in an empty place with ${wanted}.`,
    );
  }
}

/** Refuses a topic or a partition that the log does not have. */
export function checkPartition(of: TopicPartition, partitions: number): void {
  if (partitions === 0) throw new LogError(`The log has no topic ${of.topic}: make it with ensureTopic first.`);
  if (!Number.isSafeInteger(of.partition) || of.partition < 0 || of.partition >= partitions) {
    throw new LogError(`Topic ${of.topic} has the partitions 0 to ${partitions - 1}, and no ${of.partition}.`);
  }
}

/** Refuses to read from before the first record that is left, or from what is no offset. */
export function checkOffset(of: TopicPartition, from: number, start: number): void {
  if (!Number.isSafeInteger(from) || from < start) {
    throw new LogError(
      `${of.topic}[${of.partition}] cannot be read from offset ${from}: it starts at ${start}. What lay between is ` +
        'gone: go on only if it was not needed.',
    );
  }
}
