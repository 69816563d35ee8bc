/**
 * The log on LMDB, for an installation without a broker. Records stand under [topic id, partition, offset], so a partition
 * is one stretch of keys; its end and last append time stand apart, and every append reads them inside its transaction.
 *
 * The environment runs without `overlappingSync`: a transaction can be read only when it is on disk, so no reader acts on a
 * record that a power cut could take back. A partition starts at 0 until it is trimmed.
 */
import { setImmediate } from 'node:timers/promises';
import type { Database, RootDatabase } from 'lmdb';
import { type Log, LogError, type LogRecord, type NewRecord, type TopicPartition } from './log.js';
import { checkCount, checkOffset, checkOpen, checkPartition, Waiters } from './log-memory.js';

interface Topic {
  readonly id: number;
  readonly partitions: number;
}

/** The end of a partition, and the append time that the next record must not fall below. */
interface Head {
  readonly end: number;
  readonly appendedAt: number;
  /** What lies below was let go; absent: nothing was. */
  readonly start?: number;
}

const EMPTY: Head = { end: 0, appendedAt: 0 };
/** So many records are removed in one transaction: others wait for it. */
const TRIM_MAX = 1_000;
const READ_BYTES_MAX = 16 * 1024 * 1024;
// Another process writes: LMDB cannot tell us when.
const POLL_MS = 200;

/** The log of an open environment. With `readOnly` it follows what another process writes, and writes nothing. */
export class LmdbLog implements Log {
  readonly #env: RootDatabase;
  readonly #topics: Database<Topic, string>;
  readonly #heads: Database<Head, number[]>;
  readonly #records: Database<Uint8Array, number[]>;
  readonly #now: () => number;
  readonly #readOnly: boolean;
  readonly #waiters = new Waiters();
  #closed = false;

  constructor(env: RootDatabase, { now, readOnly }: { readonly now: () => number; readonly readOnly: boolean }) {
    this.#env = env;
    this.#topics = env.openDB({ name: 'topics' });
    this.#heads = env.openDB({ name: 'heads' });
    this.#records = env.openDB({ name: 'records', encoding: 'binary' });
    this.#now = now;
    this.#readOnly = readOnly;
  }

  async ensureTopic(topic: string, partitions: number): Promise<void> {
    checkOpen(this.#closed);
    checkCount(topic, this.#topics.get(topic)?.partitions ?? 0, partitions);
    if (this.#topics.get(topic)) return;
    this.#checkWritable();
    await durably(this.#env, () => {
      const made = this.#topics.get(topic);
      checkCount(topic, made?.partitions ?? 0, partitions);
      if (!made) this.#topics.put(topic, { id: this.#topics.getKeysCount(), partitions });
    });
  }

  async partitions(topic: string): Promise<number> {
    checkOpen(this.#closed);
    return this.#topics.get(topic)?.partitions ?? 0;
  }

  async append(to: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    const id = this.#idOf(to);
    this.#checkWritable();
    if (records.length === 0) return this.#head(id, to).end;
    const frames = records.map(encode);
    const first = await durably(this.#env, () => {
      const head = this.#head(id, to);
      const { end, appendedAt: last } = head;
      const appendedAt = Math.max(this.#now(), last);
      let offset = end;
      for (const frame of frames) this.#records.put([id, to.partition, offset++], stamp(frame, appendedAt));
      this.#heads.put([id, to.partition], { ...head, end: offset, appendedAt });
      return end;
    });
    this.#waiters.wake(to, first + frames.length);
    return first;
  }

  /** Stops early once it has 16 MiB: a batch of large records must fit in memory. */
  async read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]> {
    const id = this.#idOf(of);
    checkOffset(of, from, this.#head(id, of).start ?? 0);
    const found: LogRecord[] = [];
    if (max <= 0) return found;
    let bytes = 0;
    const range = { start: [id, of.partition, from], end: [id, of.partition + 1], limit: max };
    for (const { key, value } of this.#records.getRange(range)) {
      found.push(decode(key[2]!, value));
      if ((bytes += value.length) >= READ_BYTES_MAX) break;
    }
    return found;
  }

  async start(of: TopicPartition): Promise<number> {
    return this.#head(this.#idOf(of), of).start ?? 0;
  }

  async end(of: TopicPartition): Promise<number> {
    return this.#head(this.#idOf(of), of).end;
  }

  async wait(of: TopicPartition, from: number, timeoutMs: number): Promise<void> {
    const id = this.#idOf(of);
    const isThere = () => this.#closed || this.#head(id, of).end > from;
    if (!this.#readOnly) {
      if (!isThere()) await this.#waiters.wait(of, from, timeoutMs);
      return;
    }
    for (let left = timeoutMs; left > 0 && !isThere(); left -= POLL_MS) {
      await this.#waiters.wait(of, Number.POSITIVE_INFINITY, Math.min(left, POLL_MS));
    }
  }

  async trim(of: TopicPartition, before: number): Promise<void> {
    const id = this.#idOf(of);
    this.#checkWritable();
    for (let more = true; more; ) {
      more = await durably(this.#env, () => {
        const head = this.#head(id, of);
        const { start = 0, end } = head;
        const upTo = Math.min(before, end, start + TRIM_MAX);
        if (upTo <= start) return false;
        for (let offset = start; offset < upTo; offset++) this.#records.remove([id, of.partition, offset]);
        this.#heads.put([id, of.partition], { ...head, start: upTo });
        return true;
      });
    }
  }

  /** Ends every wait. Whoever opened the environment closes it, and that lets the appends that are under way finish. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#waiters.wakeAll();
  }

  #idOf(of: TopicPartition): number {
    checkOpen(this.#closed);
    const topic = this.#topics.get(of.topic);
    checkPartition(of, topic?.partitions ?? 0);
    return topic!.id;
  }

  #head(id: number, of: TopicPartition): Head {
    return this.#heads.get([id, of.partition]) ?? EMPTY;
  }

  #checkWritable(): void {
    if (this.#readOnly) throw new LogError('This log is open for reading only: the process that runs it writes.');
  }
}

/**
 * Runs `action` in the environment's next write transaction and resolves when that is on disk. What is asked for while
 * another transaction is being written shares one. An action that throws must do so before its first put.
 */
export async function durably<T>(env: RootDatabase, action: () => T): Promise<T> {
  try {
    return await env.transaction(action);
  } catch (error) {
    const { commitError } = error as { commitError?: Promise<unknown> };
    if (!commitError) throw error;
    // lmdb rejects a second promise with the reason, and one that nobody hears ends the process.
    const reason = await Promise.race([commitError.catch((cause: unknown) => cause), setImmediate(error)]);
    throw new Error(`LMDB could not write: ${(reason as Error).message}`, { cause: reason });
  }
}

// A record's value: append time (8 bytes), length of the key (4), key in UTF-8, value.
const HEADER = 12;

function encode({ key, value }: NewRecord): Buffer {
  const keyLength = Buffer.byteLength(key);
  const frame = Buffer.allocUnsafe(HEADER + keyLength + value.length);
  frame.writeUInt32LE(keyLength, 8);
  frame.write(key, HEADER);
  frame.set(value, HEADER + keyLength);
  return frame;
}

function stamp(frame: Buffer, appendedAt: number): Buffer {
  frame.writeDoubleLE(appendedAt, 0);
  return frame;
}

function decode(offset: number, bytes: Uint8Array): LogRecord {
  const frame = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const valueAt = HEADER + frame.readUInt32LE(8);
  return {
    offset,
    key: frame.toString('utf8', HEADER, valueAt),
    value: bytes.subarray(valueAt),
    appendedAt: frame.readDoubleLE(0),
  };
}
