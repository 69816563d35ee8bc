/**
 * Appends through one idempotent producer. What is asked for in the same turn, or while a send is under way, goes out together:
 * one request to each broker that leads one of the partitions. After a failure nobody knows what became of it; the producer is
 * thrown away with its connections, so that nothing of it can arrive later, and the next one is another to the broker.
 */
import kafkajs, { type Message, type Producer, type RecordMetadata } from 'kafkajs';
import type { Logger } from 'pino';
import { LogError, type NewRecord, type TopicPartition } from '../log.js';
import { checkOpen, checkPartition } from '../log-memory.js';
import type { Leader } from './admin.js';
import {
  backOff,
  KafkaAway,
  KafkaClient,
  pause,
  protocolError,
  reasonOf,
  type Settled,
  topicName,
  within,
} from './client.js';
import { Append, BATCH_BYTES_MAX, BATCH_RECORDS_MAX, cut, type Piece } from './pieces.js';

/** One send, over all partitions. */
const SEND_BYTES_MAX = 8 * 1024 * 1024;
/** What waits to be sent; past it an append is refused for the time being. */
const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Less is not worth compressing. */
const COMPRESS_BYTES = 2_048;
const LEADERS_MS = 60_000;
/** How long closing waits for what is under way, and then for the connections to end. */
const FINISH_MS = 5_000;
const CLOSE_MS = 1_000;
const AGAIN_FIRST_MS = 50;
const AGAIN_MAX_MS = 1_000;
// While no broker answers kafkajs ends a send after so many attempts, a second apart: later than our patience.
const RETRIES = 1_000;

export interface AppenderGiven {
  readonly settings: Settled;
  readonly logger: Logger;
  /** The partitions of a topic with their leaders, none where there is no such topic. */
  readonly leaders: (topic: string, timeoutMs: number) => Promise<readonly Leader[]>;
  /** A partition reaches to this offset now. */
  readonly reached: (of: TopicPartition, end: number) => void;
}

interface Connected {
  readonly client: KafkaClient;
  readonly producer: Producer;
}

interface Known {
  readonly leaders: ReadonlyMap<number, number>;
  readonly at: number;
}

export class Appender {
  readonly #given: AppenderGiven;
  readonly #known = new Map<string, Known>();
  #queue: Piece[] = [];
  #bytes = 0;
  #connected: Connected | undefined;
  #working: Promise<void> | undefined;
  /** What is being connected, or is connected. */
  #client: KafkaClient | undefined;
  #closed = false;
  /** Closing has waited long enough. */
  #hurried = false;

  constructor(given: AppenderGiven) {
    this.#given = given;
  }

  /** Appends records, at least one; resolves with the first one's offset. What is handed over is copied at once. */
  append(to: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    const { patienceMs } = this.#given.settings;
    const append = new Append(performance.now() + patienceMs);
    try {
      checkOpen(this.#closed);
      const pieces = cut(append, to, records);
      const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
      if (this.#bytes > 0 && this.#bytes + bytes > WAITING_BYTES_MAX) {
        throw new KafkaAway(`${this.#bytes} bytes wait to be sent to Kafka already: try again later`);
      }
      this.#queue.push(...pieces);
      this.#bytes += bytes;
    } catch (error) {
      append.reject(error as Error);
    }
    this.#working ??= this.#work();
    return append.done;
  }

  /** Sends what was asked for, for a few seconds at most, and closes. */
  async close(): Promise<void> {
    this.#closed = true;
    const finished = Promise.resolve(this.#working).then(() => true);
    if (!(await within(FINISH_MS, finished))) {
      this.#hurried = true;
      this.#client?.cut();
      await within(CLOSE_MS, finished);
    }
    const connected = this.#connected;
    this.#connected = undefined;
    if (connected)
      await within(
        CLOSE_MS,
        connected.producer.disconnect().catch(() => {}),
      );
    this.#client?.cut();
  }

  async #work(): Promise<void> {
    // After this turn, so that what is asked for in it goes out together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const connected = await this.#connect();
      if (!connected || !(await this.#locate())) continue;
      const groups = groupByLeader(this.#next(), this.#known);
      const outcomes = await Promise.all(groups.map((group) => this.#send(connected, group)));
      if (outcomes.includes(false)) this.#discard(connected);
    }
    // In the same breath as the last look at the queue: nothing that is asked for can fall in between.
    this.#working = undefined;
  }

  /** A producer that has its id. Undefined where none could be had: what has waited too long is rejected meanwhile. */
  async #connect(): Promise<Connected | undefined> {
    if (this.#connected) return this.#connected;
    const { settings, logger } = this.#given;
    for (const again = backOff(AGAIN_FIRST_MS, AGAIN_MAX_MS); this.#queue.length > 0; ) {
      const client = new KafkaClient(settings, logger, { retries: RETRIES });
      this.#client = client;
      const producer = client.kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: () => partitioner(client),
        retry: { retries: Number.MAX_SAFE_INTEGER },
      });
      const { REQUEST_TIMEOUT } = producer.events;
      producer.on(REQUEST_TIMEOUT, () => client.drop('a request was not answered'));
      let failure: unknown = new Error('no broker answers');
      const connecting = producer.connect().then(
        () => true,
        (error: unknown) => {
          failure = error;
          return false;
        },
      );
      if (await within(this.#leftMs(), connecting)) return (this.#connected = { client, producer });
      client.cut();
      this.#expire(failure);
      await pause(Math.min(again(), this.#leftMs()));
    }
    return undefined;
  }

  /** How long the append that waits longest may still wait. */
  #leftMs(): number {
    if (this.#hurried) return 0;
    return Math.max(0, Math.min(...this.#queue.map(({ append }) => append.until)) - performance.now());
  }

  #expire(failure: unknown): void {
    const now = performance.now();
    for (const { append } of this.#queue) {
      if (this.#hurried || append.until <= now) append.reject(away(this.#given.settings, failure));
    }
    this.#forgetSettled();
  }

  /** Finds the leaders of what waits, and refuses what is for no partition. False where they could not be had. */
  async #locate(): Promise<boolean> {
    const asked = new Set<string>();
    const unknown = () => this.#queue.map(({ to }) => to.topic).find((topic) => !asked.has(topic));
    // While one topic is asked about, appends for another may come.
    for (let topic = unknown(); topic !== undefined; topic = unknown()) {
      asked.add(topic);
      const known = this.#known.get(topic);
      const now = performance.now();
      if (known && now - known.at < LEADERS_MS) continue;
      try {
        const found = await this.#given.leaders(topic, this.#leftMs());
        this.#known.set(topic, { leaders: new Map(found.map((one) => [one.partition, one.leader])), at: now });
      } catch (error) {
        for (const { append, to } of this.#queue)
          if (to.topic === topic) append.reject(away(this.#given.settings, error));
      }
    }
    for (const { append, to } of this.#queue) {
      if (append.settled) continue;
      const partitions = this.#known.get(to.topic)?.leaders;
      if (partitions?.has(to.partition)) continue;
      try {
        checkPartition(to, partitions?.size ?? 0);
      } catch (error) {
        append.reject(error as Error);
        // It may be made later.
        this.#known.delete(to.topic);
      }
    }
    this.#forgetSettled();
    return this.#queue.length > 0;
  }

  /** What goes out next: of each partition one batch, and what is left keeps its order. */
  #next(): readonly Piece[] {
    const taken: Piece[] = [];
    const left: Piece[] = [];
    const full = new Map<string, { bytes: number; records: number; closed: boolean }>();
    let bytes = 0;
    for (const piece of this.#queue) {
      const name = `${piece.to.topic}/${piece.to.partition}`;
      const batch = full.get(name) ?? { bytes: 0, records: 0, closed: false };
      full.set(name, batch);
      const fits =
        !batch.closed &&
        (batch.records === 0 ||
          (batch.bytes + piece.bytes <= BATCH_BYTES_MAX &&
            batch.records + piece.messages.length <= BATCH_RECORDS_MAX)) &&
        (bytes === 0 || bytes + piece.bytes <= SEND_BYTES_MAX);
      if (!fits) {
        batch.closed = true;
        left.push(piece);
        continue;
      }
      taken.push(piece);
      batch.bytes += piece.bytes;
      batch.records += piece.messages.length;
      // The rest of an append follows it in the next send, and nothing of others comes between.
      batch.closed = !piece.last;
      bytes += piece.bytes;
    }
    this.#queue = left;
    this.#bytes -= bytes;
    return taken;
  }

  /** Sends to one broker. False: nobody knows what became of it. */
  async #send({ client, producer }: Connected, pieces: readonly Piece[]): Promise<boolean> {
    const { settings, reached } = this.#given;
    const byPartition = new Map<string, Piece[]>();
    const byTopic = new Map<string, Message[]>();
    let bytes = 0;
    for (const piece of pieces) {
      const { topic, partition } = piece.to;
      const name = topicName(settings, topic);
      const key = `${name}/${partition}`;
      const own = byPartition.get(key);
      if (own) own.push(piece);
      else byPartition.set(key, [piece]);
      const messages = byTopic.get(name);
      if (messages) messages.push(...piece.messages);
      else byTopic.set(name, [...piece.messages]);
      bytes += piece.bytes;
    }
    const { GZIP, None } = kafkajs.CompressionTypes;
    let failure: unknown = new Error('no answer in time');
    const sending = producer
      .sendBatch({
        acks: -1,
        compression: bytes >= COMPRESS_BYTES ? GZIP : None,
        topicMessages: [...byTopic].map(([topic, messages]) => ({ topic, messages })),
      })
      .catch((error: unknown) => {
        failure = error;
        return undefined;
      });
    const until = Math.min(...pieces.map(({ append }) => append.until));
    const answers = await within(Math.max(0, until - performance.now()), sending);
    if (answers && complete(answers, byPartition)) {
      for (const { topicName: name, partition, baseOffset } of answers) {
        let offset = Number(baseOffset);
        for (const { append, messages, last, to } of byPartition.get(`${name}/${partition}`)!) {
          append.first ??= offset;
          offset += messages.length;
          reached(to, offset);
          if (last && !append.settled) append.resolve(append.first);
        }
      }
      return true;
    }
    client.cut();
    const error = this.#refusal(failure, pieces);
    for (const { append } of pieces) append.reject(error);
    return false;
  }

  #refusal(failure: unknown, pieces: readonly Piece[]): Error {
    const type = protocolError(failure);
    if (pieces.length === 1 && (type === 'MESSAGE_TOO_LARGE' || type === 'RECORD_LIST_TOO_LARGE')) {
      const { to, bytes } = pieces[0]!;
      return new LogError(
        `${to.topic}[${to.partition}] does not take a batch of ${bytes} bytes: raise max.message.bytes of the topic`,
      );
    }
    return away(this.#given.settings, failure);
  }

  #discard({ client }: Connected): void {
    client.cut();
    this.#connected = undefined;
    this.#known.clear();
    this.#forgetSettled();
  }

  /** What was settled before its turn, or the rest of an append of which a part has failed, is not sent. */
  #forgetSettled(): void {
    this.#queue = this.#queue.filter(({ append }) => !append.settled);
    this.#bytes = this.#queue.reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** A send to several brokers that is tried again may send twice what one of them has taken: so each gets its own. */
function groupByLeader(pieces: readonly Piece[], known: ReadonlyMap<string, Known>): readonly (readonly Piece[])[] {
  const groups = new Map<number, Piece[]>();
  for (const piece of pieces) {
    const leader = known.get(piece.to.topic)?.leaders.get(piece.to.partition) ?? -1;
    const group = groups.get(leader);
    if (group) group.push(piece);
    else groups.set(leader, [piece]);
  }
  return [...groups.values()];
}

function complete(answers: readonly RecordMetadata[], wanted: ReadonlyMap<string, unknown>): boolean {
  const answered = new Set(answers.map(({ topicName: name, partition }) => `${name}/${partition}`));
  return answers.length === wanted.size && [...wanted.keys()].every((name) => answered.has(name));
}

/** Every message says where it goes. A send of a client that was given up ends here. */
function partitioner(client: KafkaClient): (given: { readonly message: Message }) => number {
  return ({ message }) => {
    if (client.isCut) throw new TypeError('this producer was given up');
    return message.partition!;
  };
}

function away({ patienceMs }: Settled, failure: unknown): KafkaAway {
  return new KafkaAway(
    `Kafka did not take the records within ${patienceMs / 1000} s, or not for sure: ${reasonOf(failure)}`,
    {
      cause: failure,
    },
  );
}
