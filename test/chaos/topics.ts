/** Reads whole topics from Kafka with a client of its own: the verdict does not lean on the adapter that is being judged. */
import { randomUUID } from 'node:crypto';
import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { LogRecord } from '../../pipelines/io/log.js';

const SILENT_MAX_MS = 60_000;

/** The records of a topic by partition, each in the order of its offsets. */
export type Partitioned = readonly (readonly LogRecord[])[];

export class TopicReader {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #namespace: string;

  private constructor(kafka: Kafka, namespace: string) {
    this.#kafka = kafka;
    this.#admin = kafka.admin();
    this.#namespace = namespace;
  }

  static async open(brokers: string, namespace: string): Promise<TopicReader> {
    const retry = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 60 };
    const kafka = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING, retry });
    const reader = new TopicReader(kafka, namespace);
    await reader.#admin.connect();
    return reader;
  }

  close(): Promise<void> {
    return this.#admin.disconnect();
  }

  /** The name of a topic of the installation at the broker. */
  nameOf(topic: string): string {
    return `${this.#namespace}.${topic}`;
  }

  /** The offset after the last record of each partition. */
  async ends(topic: string): Promise<readonly number[]> {
    const offsets = await this.#admin.fetchTopicOffsets(this.nameOf(topic));
    const ends: number[] = [];
    for (const { partition, high } of offsets) ends[partition] = Number(high);
    return ends;
  }

  /** Everything on a topic, to the end that it has now. Rejects where nothing comes any more before that. */
  async read(topic: string): Promise<Partitioned> {
    const ends = await this.ends(topic);
    const found: LogRecord[][] = ends.map(() => []);
    const left = new Set(ends.flatMap((end, partition) => (end > 0 ? [partition] : [])));
    if (left.size === 0) return found;
    const consumer = this.#kafka.consumer({ groupId: `verdict-${randomUUID()}`, maxBytesPerPartition: 4_194_304 });
    await consumer.connect();
    await consumer.subscribe({ topics: [this.nameOf(topic)], fromBeginning: true });
    let heardAt = performance.now();
    const whole = new Promise<void>((done, failed) => {
      const watch = setInterval(() => {
        if (performance.now() - heardAt < SILENT_MAX_MS) return;
        clearInterval(watch);
        failed(new Error(`${topic} gives nothing more, and ${left.size} partitions are not at their end`));
      }, 1_000);
      const end = () => {
        clearInterval(watch);
        done();
      };
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch: { partition, messages } }) => {
            heardAt = performance.now();
            const records = found[partition]!;
            for (const { offset, key, value, timestamp } of messages) {
              const at = Number(offset);
              if (at >= ends[partition]! || at <= (records.at(-1)?.offset ?? -1)) continue;
              records.push({
                offset: at,
                key: key?.toString() ?? '',
                value: value ?? new Uint8Array(),
                appendedAt: Number(timestamp),
              });
            }
            if ((records.at(-1)?.offset ?? -1) + 1 >= ends[partition]!) left.delete(partition);
            if (left.size === 0) end();
          },
        })
        .catch(failed);
    });
    try {
      await whole;
    } finally {
      await consumer.disconnect();
    }
    return found;
  }
}
