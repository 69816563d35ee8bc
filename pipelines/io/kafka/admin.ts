/**
 * Questions to the cluster: which topics there are, where they begin and end, how they are kept, what groups have committed.
 * Each is tried again while brokers are away, for a bounded time. Questions of many about the same topic become one.
 */
import kafkajs, { type Admin, type ITopicConfig } from 'kafkajs';
import type { Logger } from 'pino';
import { checkOpen } from '../log-memory.js';
import {
  backOff,
  isFinal,
  KafkaAway,
  KafkaClient,
  pause,
  protocolError,
  reasonOf,
  type Settled,
  topicName,
} from './client.js';

// Each attempt fails soon: the next one has new connections.
const RETRIES = 2;
const ATTEMPT_MS = 8_000;
const AGAIN_FIRST_MS = 50;
const AGAIN_MAX_MS = 1_000;

/** Where a partition begins and ends: `end` is the offset after the last record that can be read. */
export interface Bounds {
  readonly start: number;
  readonly end: number;
}

/** A partition of a topic, with the broker that leads it; -1 while none does. */
export interface Leader {
  readonly partition: number;
  readonly leader: number;
}

interface Connected {
  readonly client: KafkaClient;
  readonly admin: Admin;
  readonly ready: Promise<void>;
}

export class KafkaAdmin {
  readonly #settings: Settled;
  readonly #logger: Logger;
  readonly #bounds: (topic: string) => Promise<ReadonlyMap<number, Bounds>>;
  readonly #closing = new AbortController();
  #connected: Connected | undefined;

  constructor(settings: Settled, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
    this.#bounds = together((topic) => this.#fetchBounds(topic));
  }

  /** Connects once, or rejects with the reason. */
  async connect(): Promise<void> {
    await this.#attempt((admin) => admin.describeCluster());
  }

  /** Whether a broker answers now. */
  async answers(timeoutMs: number): Promise<boolean> {
    return this.ask((admin) => admin.describeCluster(), timeoutMs).then(
      () => true,
      () => false,
    );
  }

  /** The partitions of a topic with their leaders, none where there is no such topic. */
  async leaders(topic: string, timeoutMs?: number): Promise<readonly Leader[]> {
    const name = topicName(this.#settings, topic);
    const { topics } = await this.ask(async (admin) => {
      try {
        return await admin.fetchTopicMetadata({ topics: [name] });
      } catch (error) {
        if (protocolError(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return { topics: [] };
        throw error;
      }
    }, timeoutMs);
    const found = topics.find((one) => one.name === name)?.partitions ?? [];
    return found.map(({ partitionId, leader }) => ({ partition: partitionId, leader }));
  }

  /** Where each partition of a topic begins and ends, asked after this call began. */
  bounds(topic: string): Promise<ReadonlyMap<number, Bounds>> {
    return this.#bounds(topic);
  }

  async #fetchBounds(topic: string): Promise<ReadonlyMap<number, Bounds>> {
    const found = await this.ask((admin) => admin.fetchTopicOffsets(topicName(this.#settings, topic)));
    return new Map(found.map(({ partition, low, high }) => [partition, { start: Number(low), end: Number(high) }]));
  }

  /** Makes a topic; false where it is there already. */
  async create(topic: ITopicConfig): Promise<boolean> {
    return this.ask((admin) => admin.createTopics({ topics: [topic], waitForLeaders: true }));
  }

  /** The values of these settings of a topic that are in force. */
  async config(topic: string, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const resource = { type: kafkajs.ConfigResourceTypes.TOPIC, name: topicName(this.#settings, topic) };
    const { resources } = await this.ask((admin) =>
      admin.describeConfigs({ resources: [{ ...resource, configNames: [...names] }], includeSynonyms: false }),
    );
    return new Map(resources[0]?.configEntries.map(({ configName, configValue }) => [configName, configValue]));
  }

  /**
   * Asks until there is an answer. Rejects with KafkaAway after `timeoutMs`, at once with what kafkajs said where asking again
   * mends nothing, and with a LogError once closed.
   */
  async ask<T>(question: (admin: Admin) => Promise<T>, timeoutMs = this.#settings.patienceMs): Promise<T> {
    const until = performance.now() + timeoutMs;
    for (const again = backOff(AGAIN_FIRST_MS, AGAIN_MAX_MS); ; ) {
      checkOpen(this.#closing.signal.aborted);
      const againMs = again();
      try {
        return await this.#attempt(question, Math.min(ATTEMPT_MS, until - performance.now()));
      } catch (error) {
        checkOpen(this.#closing.signal.aborted);
        if (isFinal(error)) throw error;
        if (performance.now() + againMs >= until) {
          throw new KafkaAway(`Kafka did not answer in ${timeoutMs / 1000} s: ${reasonOf(error)}`, { cause: error });
        }
      }
      await pause(againMs, this.#closing.signal);
    }
  }

  async #attempt<T>(question: (admin: Admin) => Promise<T>, timeoutMs = ATTEMPT_MS): Promise<T> {
    const connected = (this.#connected ??= this.#open());
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), Math.max(0, timeoutMs));
    });
    try {
      return await Promise.race([connected.ready.then(() => question(connected.admin)), tooLong]);
    } catch (error) {
      if (protocolError(error) === undefined) this.#giveUp(connected);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  #open(): Connected {
    const client = new KafkaClient(this.#settings, this.#logger, { retries: RETRIES });
    const admin = client.kafka.admin();
    const ready = admin.connect();
    ready.catch(() => {});
    return { client, admin, ready };
  }

  /** What has gone wrong once may hang: the next question gets new connections. */
  #giveUp(connected: Connected): void {
    connected.client.cut();
    if (this.#connected === connected) this.#connected = undefined;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const connected = this.#connected;
    if (connected) this.#giveUp(connected);
  }
}

/**
 * Makes one question of those about the same thing that are waiting to be asked. A question that is under way is never joined:
 * its answer may be older than the wish to know.
 */
export function together<T>(ask: (about: string) => Promise<T>): (about: string) => Promise<T> {
  const asking = new Map<string, { running: Promise<unknown>; next: Promise<T> | undefined }>();
  return (about) => {
    const one = asking.get(about) ?? { running: Promise.resolve(), next: undefined };
    asking.set(about, one);
    return (one.next ??= one.running.then(() => {
      const answer = ask(about);
      one.next = undefined;
      one.running = answer
        .catch(() => {})
        .then(() => {
          if (!one.next) asking.delete(about);
        });
      return answer;
    }));
  };
}
