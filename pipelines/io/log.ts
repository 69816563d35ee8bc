/**
 * The log port: ordered, durable partitions of records. Its adapters are `log-memory.ts`, `log-lmdb.ts` and `kafka/log-kafka.ts`.
 * One suite of promises, `test/pipelines/io/log.suite.ts`, is asked of each of them.
 */

/** A named partition of a topic. Partitions count from 0. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What a producer hands over. The key says which subject it belongs to; the value is opaque bytes. */
export interface NewRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * What a reader gets back. Offsets rise and never change; where the log holds no record for readers (it was compacted, or a
 * foreign producer's transaction ended there) they have gaps, so a reader goes on at `offset + 1` of the last record.
 * `appendedAt` is the log's own time (ms, UTC).
 */
export interface LogRecord {
  readonly offset: number;
  readonly key: string;
  readonly value: Uint8Array;
  readonly appendedAt: number;
}

/** The wish was refused for good: trying again changes nothing. */
export class LogError extends Error {
  override readonly name = 'LogError';
}

/**
 * Promises of every adapter:
 * 1. `append` resolves only when the records are durable, in their order and side by side, and returns the first one's offset.
 * 2. A rejected `append` may or may not have happened (the lost reply); all records are then there, or none, or the first few.
 * 3. `read` returns records from `from` on, at most `max`, in order, none left out. An empty list says that no more has been
 *    delivered yet: with the log in good order that is its end.
 * 4. `read` below `start` rejects with a LogError that names both offsets: nothing is skipped in silence.
 * 5. `appendedAt` never falls along one partition, as long as the log's own clock does not.
 */
export interface Log {
  /** Makes the topic with that many partitions, or checks that it has them: a changed count is a LogError. */
  ensureTopic(topic: string, partitions: number): Promise<void>;
  /** The number of partitions of a topic, 0 where there is none. */
  partitions(topic: string): Promise<number>;
  append(to: TopicPartition, records: readonly NewRecord[]): Promise<number>;
  read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]>;
  /** The first offset that can still be read. */
  start(of: TopicPartition): Promise<number>;
  /** The offset after the last record that can be read: where the next one will be, or after. */
  end(of: TopicPartition): Promise<number>;
  /** Resolves when the partition may hold a record at `from` or after, or after `timeoutMs`, whichever is first. */
  wait(of: TopicPartition, from: number, timeoutMs: number): Promise<void>;
  /** Lets go of the records below `before`, where the log has no retention of its own. Offsets stay as they are. */
  trim?(of: TopicPartition, before: number): Promise<void>;
  close(): Promise<void>;
}
