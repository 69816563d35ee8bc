/**
 * A member of a consumer group that feeds channels, and is made anew when it dies. kafkajs forgets where it stood at every
 * rebalance; so at each join every channel says again what it wants. What the group has committed is never read from here: it is
 * only written, for tools that show how far behind a group is.
 */
import type {
  Consumer,
  ConsumerCrashEvent,
  ConsumerGroupJoinEvent,
  EachBatchPayload,
  PartitionAssigner,
} from 'kafkajs';
import type { Logger } from 'pino';
import type { TopicPartition } from '../log.js';
import type { KafkaAdmin } from './admin.js';
import type { Feed } from './channel.js';
import type { Channels } from './channels.js';
import { backOff, KafkaClient, pause, reasonOf, type Settled, topicName, within } from './client.js';

/** A fetch comes back at the latest after so long: a seek or a sign of life waits for that. */
const FETCH_WAIT_MS = 200;
// Compressed: of records that are much alike fifteen times as much comes out, and several times that as objects.
const FETCH_BYTES = 2 * 1024 * 1024;
const FETCH_PARTITION_BYTES = 256 * 1024;
/** kafkajs itself goes on through any outage. */
const RETRIES = 1_000_000;
/** One slow reader must not hold up what was fetched with it. */
const AT_ONCE = 64;
const LEAVE_MS = 3_000;
const LOOK_MS = 1_000;
const AGAIN_FIRST_MS = 100;
const AGAIN_MAX_MS = 5_000;

export interface ConsumerGiven {
  readonly groupId: string;
  readonly rank: number;
  readonly topics: readonly string[];
  readonly assigner: PartitionAssigner;
  readonly settings: Settled;
  readonly channels: Channels;
  readonly admin: KafkaAdmin;
  readonly logger: Logger;
  /** It has joined, and holds these partitions now. */
  readonly onJoin?: (held: ReadonlyMap<string, readonly number[]>) => void;
  /** The broker knows it as a member of this generation: it has answered a sign of life sent at `sentAt` (ms, UTC). */
  readonly onBeat?: (generation: number, sentAt: number) => void;
  /** It died, holds nothing any more, and is made anew. */
  readonly onRebuild?: (why: string) => void;
  /** What it waits for before it joins; undefined: nothing. */
  readonly waitingFor?: (words: string | undefined) => void;
}

/** One kafkajs consumer, from being made until it ends. */
interface Built {
  readonly client: KafkaClient;
  readonly consumer: Consumer;
  /** Resolves with the reason when it will do nothing more. */
  readonly ended: Promise<string>;
  readonly end: (why: string) => void;
}

export class FeedingConsumer implements Feed {
  readonly rank: number;
  readonly #given: ConsumerGiven;
  readonly #bare: ReadonlyMap<string, string>;
  readonly #stopping = new AbortController();
  readonly #joined: Promise<void>;
  #onJoined: () => void = () => {};
  #built: Built | undefined;
  /** The client that has joined. */
  #member: KafkaClient | undefined;
  #lastWords = '';
  #held = new Map<string, readonly number[]>();
  #beatSentAt = 0;
  #signAt = 0;
  #rebuilt = 0;
  #work: Promise<void> = Promise.resolve();

  constructor(given: ConsumerGiven) {
    this.#given = given;
    this.rank = given.rank;
    this.#bare = new Map(given.topics.map((topic) => [topicName(given.settings, topic), topic]));
    this.#joined = new Promise((resolve) => (this.#onJoined = resolve));
  }

  /** How often it has been made anew. */
  get rebuilt(): number {
    return this.#rebuilt;
  }

  /** Begins; resolves when it has joined its group for the first time, or was stopped before. */
  start(): Promise<void> {
    this.#work = this.#keep();
    return this.#joined;
  }

  /** Leaves the group, so that others have its partitions at once. Resolves within a few seconds. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#built?.end('it was stopped');
    await this.#work;
    this.#onJoined();
  }

  seek(of: TopicPartition, offset: number): void {
    this.#tell((consumer, topic) => consumer.seek({ topic, partition: of.partition, offset: `${offset}` }), of);
  }

  pause(of: TopicPartition): void {
    this.#tell((consumer, topic) => consumer.pause([{ topic, partitions: [of.partition] }]), of);
  }

  resume(of: TopicPartition): void {
    this.#tell((consumer, topic) => consumer.resume([{ topic, partitions: [of.partition] }]), of);
  }

  /** Writes offsets for the group; rejects where it is no member at the moment. */
  async commit(
    offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata: string })[],
  ): Promise<void> {
    const { settings } = this.#given;
    await this.#built?.consumer.commitOffsets(
      offsets.map(({ topic, partition, offset, metadata }) => ({
        topic: topicName(settings, topic),
        partition,
        offset: `${offset}`,
        metadata,
      })),
    );
  }

  #tell(wish: (consumer: Consumer, topic: string) => void, { topic }: TopicPartition): void {
    if (!this.#built) return;
    try {
      wish(this.#built.consumer, topicName(this.#given.settings, topic));
    } catch {
      // Between a crash and its restart it can be told nothing; when it joins it is told everything.
    }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopping;
    let again = backOff(AGAIN_FIRST_MS, AGAIN_MAX_MS);
    while (!signal.aborted) {
      const since = performance.now();
      await this.#live();
      if (performance.now() - since > AGAIN_MAX_MS * 4) again = backOff(AGAIN_FIRST_MS, AGAIN_MAX_MS);
      await pause(again(), signal);
    }
  }

  /** Makes a consumer and lets it work until it ends. */
  async #live(): Promise<void> {
    const built = this.#build();
    this.#built = built;
    const watch = this.#watch(built);
    this.#run(built.consumer).catch((error) => built.end(reasonOf(error)));
    const why = await built.ended;
    clearInterval(watch);
    if (!this.#stopping.signal.aborted) this.#died(built, why);
    // Not from within one of its own handlers, where it would wait for itself; what hangs is cut off.
    await within(
      LEAVE_MS,
      built.consumer.disconnect().catch(() => {}),
    );
    built.client.cut();
    this.#built = undefined;
    this.#lose();
  }

  /** One that had joined is missed; one that never did is still waited for. */
  #died({ client }: Built, why: string): void {
    const { logger, onRebuild, waitingFor, groupId } = this.#given;
    if (this.#member !== client) {
      waitingFor?.(`${this.#waitWords()}: ${why}`);
      if (why !== this.#lastWords) logger.warn({ group: groupId, why }, 'a Kafka consumer could not join its group');
      this.#lastWords = why;
      return;
    }
    this.#rebuilt += 1;
    this.#lose();
    onRebuild?.(why);
    logger.warn({ group: groupId, why }, 'a Kafka consumer stopped and is made anew');
  }

  #waitWords(): string {
    const { settings, groupId } = this.#given;
    return `the group ${groupId} at Kafka ${settings.brokers.join(', ')}`;
  }

  #build(): Built {
    const { settings, logger, groupId, assigner } = this.#given;
    const client = new KafkaClient(settings, logger, { retries: RETRIES });
    const consumer = client.kafka.consumer({
      groupId,
      partitionAssigners: [assigner],
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: settings.sessionTimeoutMs * 2,
      heartbeatInterval: settings.heartbeatIntervalMs,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      maxBytes: FETCH_BYTES,
      maxBytesPerPartition: FETCH_PARTITION_BYTES,
      allowAutoTopicCreation: false,
      retry: { retries: RETRIES },
    });
    let end: (why: string) => void = () => {};
    const ended = new Promise<string>((resolve) => (end = resolve));
    return { client, consumer, ended, end };
  }

  async #run(consumer: Consumer): Promise<void> {
    this.#given.waitingFor?.(this.#waitWords());
    await consumer.connect();
    await consumer.subscribe({ topics: [...this.#bare.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: AT_ONCE,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  async #eachBatch({ batch, resolveOffset, isStale, isRunning }: EachBatchPayload): Promise<void> {
    const topic = this.#bare.get(batch.topic);
    if (topic === undefined || isStale() || !isRunning()) return;
    const last = batch.lastOffset();
    const delivery = { messages: batch.messages, next: Number(last) + 1, end: Number(batch.highWatermark) };
    await this.#given.channels
      .of({ topic, partition: batch.partition })
      .deliver(this, delivery, () => resolveOffset(last));
  }

  /** Listens to a consumer, and looks now and then whether it still gives signs of life. */
  #watch(built: Built): NodeJS.Timeout {
    const { consumer, client } = built;
    const { events } = consumer;
    const { settings, onBeat } = this.#given;
    const sign = () => (this.#signAt = performance.now());
    sign();
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      sign();
      if (this.#built !== built) return;
      this.#member = client;
      this.#join(payload);
    });
    consumer.on(events.FETCH, sign);
    consumer.on(events.REQUEST, ({ payload }) => {
      if (payload.apiName === 'Heartbeat') this.#beatSentAt = payload.sentAt;
    });
    consumer.on(events.HEARTBEAT, ({ payload }) => {
      sign();
      if (this.#built === built) onBeat?.(payload.groupGenerationId, this.#beatSentAt);
    });
    // A connection that swallows a request may be half of one: kafkajs would go on using it.
    consumer.on(events.REQUEST_TIMEOUT, () => client.drop('a request was not answered'));
    consumer.on(events.CRASH, ({ payload }: ConsumerCrashEvent) => {
      if (!payload.restart) built.end(reasonOf(payload.error));
    });
    let silentMs = 0;
    let answeredMs = 0;
    let seen = this.#signAt;
    return setInterval(async () => {
      // Counted in looks: a process that was stopped and goes on has not been silent.
      silentMs = this.#signAt === seen ? silentMs + LOOK_MS : 0;
      seen = this.#signAt;
      if (silentMs < settings.sessionTimeoutMs * 3) return (answeredMs = 0);
      // While no broker answers it waits as everybody does, and is given time to find back.
      const answers = await this.#given.admin.answers(LOOK_MS);
      answeredMs = answers ? answeredMs + LOOK_MS : 0;
      if (answeredMs >= settings.sessionTimeoutMs) built.end(`no sign of life for ${Math.round(silentMs / 1000)} s`);
      return answeredMs;
    }, LOOK_MS);
  }

  #join({ memberAssignment }: ConsumerGroupJoinEvent['payload']): void {
    const { channels, onJoin, waitingFor } = this.#given;
    const before = this.#held;
    this.#held = new Map();
    for (const [name, partitions] of Object.entries(memberAssignment)) {
      const topic = this.#bare.get(name);
      if (topic !== undefined)
        this.#held.set(
          topic,
          [...partitions].sort((a, b) => a - b),
        );
    }
    for (const [topic, partitions] of before) {
      const kept = new Set(this.#held.get(topic));
      for (const partition of partitions) if (!kept.has(partition)) channels.of({ topic, partition }).detach(this);
    }
    for (const [topic, partitions] of this.#held) {
      for (const partition of partitions) channels.of({ topic, partition }).attach(this);
    }
    waitingFor?.(undefined);
    onJoin?.(this.#held);
    this.#onJoined();
  }

  #lose(): void {
    const { channels } = this.#given;
    for (const [topic, partitions] of this.#held) {
      for (const partition of partitions) channels.of({ topic, partition }).detach(this);
    }
    this.#held = new Map();
  }
}
