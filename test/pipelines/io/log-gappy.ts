/** A log as Kafka's may be: its offsets have gaps, its reads are short, and its oldest records are removed. */
import type { Log, LogRecord, NewRecord, TopicPartition } from '../../../pipelines/io/log.js';
import { checkOffset, MemoryLog } from '../../../pipelines/io/log-memory.js';

const FIRST = 2;
const STEP = 3;

export class GappyLog implements Log {
  readonly #log = new MemoryLog({ now: () => 0 });
  readonly #starts = new Map<string, number>();
  readonly #readMax: number;
  /** From where every read began, in order. */
  readonly reads: { readonly topic: string; readonly partition: number; readonly from: number }[] = [];
  /** Partitions whose next read or wait fails, as `topic/partition`. */
  readonly failing = new Set<string>();
  /** How many waits were begun. */
  waits = 0;

  constructor({ readMax = 7 }: { readonly readMax?: number } = {}) {
    this.#readMax = readMax;
  }

  ensureTopic(topic: string, partitions: number): Promise<void> {
    return this.#log.ensureTopic(topic, partitions);
  }

  partitions(topic: string): Promise<number> {
    return this.#log.partitions(topic);
  }

  async append(to: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    return offsetOf(await this.#log.append(to, records));
  }

  async read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]> {
    this.#fail(of);
    checkOffset(of, from, await this.start(of));
    this.reads.push({ topic: of.topic, partition: of.partition, from });
    const records = await this.#log.read(of, placeOf(from), Math.min(max, this.#readMax));
    return records.map((record) => ({ ...record, offset: offsetOf(record.offset) }));
  }

  async start(of: TopicPartition): Promise<number> {
    return this.#starts.get(`${of.topic}/${of.partition}`) ?? 0;
  }

  async end(of: TopicPartition): Promise<number> {
    const count = await this.#log.end(of);
    return count === 0 ? 0 : offsetOf(count - 1) + 1;
  }

  async wait(of: TopicPartition, from: number, timeoutMs: number): Promise<void> {
    this.#fail(of);
    this.waits += 1;
    return this.#log.wait(of, placeOf(from), timeoutMs);
  }

  #fail({ topic, partition }: TopicPartition): void {
    if (this.failing.delete(`${topic}/${partition}`)) throw new Error('the log is away');
  }

  close(): Promise<void> {
    return this.#log.close();
  }

  /** Removes all that is there, as a retention does. */
  async removeAll(of: TopicPartition): Promise<void> {
    this.#starts.set(`${of.topic}/${of.partition}`, await this.end(of));
  }
}

function offsetOf(place: number): number {
  return FIRST + place * STEP;
}

/** The place of the first record at this offset or after. */
function placeOf(offset: number): number {
  return Math.max(0, Math.ceil((offset - FIRST) / STEP));
}
