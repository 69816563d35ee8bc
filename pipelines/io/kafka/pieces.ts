/** What is asked of the appender, cut into runs of records of which each becomes one record batch. */
import type { Message } from 'kafkajs';
import { LogError, type NewRecord, type TopicPartition } from '../log.js';
import { MESSAGE_BYTES_MAX } from './topic-policy.js';

/** One record batch: below what brokers take unless told otherwise, a megabyte. */
export const BATCH_BYTES_MAX = 900_000;
/** kafkajs sorts messages by partition in a time that grows with the square of their number. */
export const BATCH_RECORDS_MAX = 4_000;
/** What a record costs in a batch beside key and value, at most. */
const RECORD_BYTES = 40;

/** A run of records that becomes one record batch; a large append is several of them, one after the other. */
export interface Piece {
  readonly append: Append;
  readonly to: TopicPartition;
  readonly messages: Message[];
  readonly bytes: number;
  readonly last: boolean;
}

/** An append, from being asked for until it is answered. */
export class Append {
  readonly until: number;
  first: number | undefined;
  settled = false;
  readonly done: Promise<number>;
  resolve!: (first: number) => void;
  #reject!: (error: Error) => void;

  constructor(until: number) {
    this.until = until;
    this.done = new Promise((resolve, reject) => {
      this.resolve = (first) => {
        this.settled = true;
        resolve(first);
      };
      this.#reject = reject;
    });
  }

  reject(error: Error): void {
    this.settled = true;
    this.#reject(error);
  }
}

/** Copies records, in pieces of which each fits into one batch. */
export function cut(append: Append, to: TopicPartition, records: readonly NewRecord[]): readonly Piece[] {
  const pieces: { messages: Message[]; bytes: number }[] = [];
  let piece = { messages: [] as Message[], bytes: 0 };
  for (const { key, value } of records) {
    const bytes = Buffer.byteLength(key) + value.length + RECORD_BYTES;
    if (bytes > MESSAGE_BYTES_MAX) {
      throw new LogError(`A record of ${bytes} bytes is too large for ${to.topic}: at most ${MESSAGE_BYTES_MAX}.`);
    }
    const full = piece.messages.length >= BATCH_RECORDS_MAX || piece.bytes + bytes > BATCH_BYTES_MAX;
    if (full && piece.messages.length > 0) {
      pieces.push(piece);
      piece = { messages: [], bytes: 0 };
    }
    piece.messages.push({ key, value: Buffer.from(value), partition: to.partition });
    piece.bytes += bytes;
  }
  pieces.push(piece);
  return pieces.map((one, at) => ({ ...one, append, to, last: at === pieces.length - 1 }));
}
