/**
 * The log on Kafka. Appends go through one idempotent producer, questions through one admin client, and what is read comes
 * through channels that consumers fill: those of the group memberships of this process, and one of its own for the rest.
 *
 * What Kafka cannot promise: offsets rise but have gaps where compaction or a foreign transaction left no record; an append of
 * more than 900 kB or 4,000 records is several batches, so that others may write between them, and a failed one may leave a
 * first part; `appendedAt` is the clock of the broker, as good as that is.
 */
import type { Logger } from 'pino';
import { type Log, LogError, type LogRecord, type NewRecord, type TopicPartition } from '../log.js';
import { checkCount, checkOpen, checkPartition } from '../log-memory.js';
import { type Bounds, KafkaAdmin, type Leader } from './admin.js';
import { Appender } from './appender.js';
import { Channels } from './channels.js';
import {
  backOff,
  isFinal,
  KafkaAway,
  type KafkaSettings,
  pause,
  protocolError,
  reasonOf,
  type Settled,
  settle,
  topicName,
} from './client.js';
import { registerCodecs } from './codecs.js';
import { PrivateReader } from './reader.js';
import { checkConfig, configOf, policyOf } from './topic-policy.js';

const CONNECT_FIRST_MS = 200;
const CONNECT_MAX_MS = 2_000;
/** A partition that a group has moved away is read by ourselves where somebody still wants it after so long. */
const LINGER_MS = 10_000;
const CREATE_AGAIN_MS = 200;

export interface KafkaLogGiven {
  readonly logger: Logger;
  /** Ends the waiting for a broker. */
  readonly signal?: AbortSignal | undefined;
  /** Told what it waits for, and undefined when it waits no more. */
  readonly waitingFor?: ((words: string | undefined) => void) | undefined;
}

/** Who shares topics out among processes: partitions of them are not read behind its back. */
export interface Claimant {
  readonly topics: ReadonlySet<string>;
  leave(): Promise<void>;
}

export class KafkaLog implements Log {
  readonly settings: Settled;
  readonly logger: Logger;
  readonly admin: KafkaAdmin;
  readonly channels: Channels;
  readonly #appender: Appender;
  readonly #reader: PrivateReader;
  readonly #counts = new Map<string, number>();
  readonly #ensuring = new Map<string, Promise<void>>();
  readonly #claimants = new Set<Claimant>();
  /** Since when a partition that is wanted is held by no member here, ms. */
  readonly #lostAt = new Map<string, number>();
  readonly #lingering = new Set<NodeJS.Timeout>();
  #closing: Promise<void> | undefined;

  private constructor(settings: Settled, logger: Logger, admin: KafkaAdmin) {
    this.settings = settings;
    this.logger = logger;
    this.admin = admin;
    this.channels = new Channels({ bounds: (of) => this.#bounds(of), unfed: (of) => this.#unfed(of) });
    this.#appender = new Appender({
      settings,
      logger,
      leaders: (topic, timeoutMs) => this.#leaders(topic, timeoutMs),
      reached: (of, end) => this.channels.of(of).reaches(end),
    });
    this.#reader = new PrivateReader({ settings, channels: this.channels, admin, logger });
  }

  /** Connects, however long that takes; rejects when the signal is aborted before. */
  static async connect(settings: KafkaSettings, { logger, signal, waitingFor }: KafkaLogGiven): Promise<KafkaLog> {
    registerCodecs();
    const settled = settle(settings);
    const admin = new KafkaAdmin(settled, logger);
    for (const again = backOff(CONNECT_FIRST_MS, CONNECT_MAX_MS); ; ) {
      try {
        signal?.throwIfAborted();
        await admin.connect();
        waitingFor?.(undefined);
        return new KafkaLog(settled, logger, admin);
      } catch (error) {
        if (signal?.aborted) {
          await admin.close();
          throw signal.reason;
        }
        waitingFor?.(`Kafka at ${settled.brokers.join(', ')}: ${reasonOf(error)}`);
        await pause(again(), signal);
      }
    }
  }

  async ensureTopic(topic: string, partitions: number): Promise<void> {
    checkOpen(this.#closing !== undefined);
    checkCount(topic, 0, partitions);
    // One at a time for a topic: the second finds what the first has made.
    const before = this.#ensuring.get(topic) ?? Promise.resolve();
    const ensuring = before.catch(() => {}).then(() => this.#ensure(topic, partitions));
    this.#ensuring.set(topic, ensuring);
    try {
      await ensuring;
    } finally {
      if (this.#ensuring.get(topic) === ensuring) this.#ensuring.delete(topic);
    }
  }

  async #ensure(topic: string, partitions: number): Promise<void> {
    const { replication, patienceMs, brokers } = this.settings;
    const name = topicName(this.settings, topic);
    const wanted = configOf(policyOf(topic, this.settings), replication);
    const until = performance.now() + patienceMs;
    for (;;) {
      const has = (await this.admin.leaders(topic)).length;
      if (has > 0) {
        checkCount(topic, has, partitions);
        const found = await this.admin.config(topic, Object.keys(wanted));
        checkConfig({ name, wanted, found, broker: brokers[0] ?? 'HOST:PORT' });
        this.#counts.set(topic, has);
        return;
      }
      try {
        const configEntries = Object.entries(wanted).map(([setting, value]) => ({ name: setting, value }));
        const copies = replication === undefined ? {} : { replicationFactor: replication };
        await this.admin.create({ topic: name, numPartitions: partitions, configEntries, ...copies });
      } catch (error) {
        if (isFinal(error))
          throw new LogError(`Topic ${name} cannot be made: ${reasonOf(error)} (${protocolError(error)})`);
        // Brokers that are still to come may be needed for the copies.
        if (performance.now() > until) throw error;
        await pause(CREATE_AGAIN_MS);
      }
      // Made by now, by us or by others; not every broker knows at once.
      if (performance.now() > until) throw new KafkaAway(`Topic ${name} was made, and is not to be seen yet.`);
      await pause(CREATE_AGAIN_MS / 4);
    }
  }

  /**
   * The leaders of a topic. A broker that has just come up, or a topic that has just been made, may not be known everywhere yet:
   * for a topic that was there before, that is waited for.
   */
  async #leaders(topic: string, timeoutMs: number): Promise<readonly Leader[]> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const found = await this.admin.leaders(topic, Math.max(0, until - performance.now()));
      if (found.length >= (this.#counts.get(topic) ?? 0)) return found;
      if (performance.now() + CREATE_AGAIN_MS >= until) {
        throw new KafkaAway(`the broker does not know topic ${topicName(this.settings, topic)} at the moment`);
      }
      await pause(CREATE_AGAIN_MS);
    }
  }

  async partitions(topic: string): Promise<number> {
    checkOpen(this.#closing !== undefined);
    const known = this.#counts.get(topic);
    if (known !== undefined) return known;
    const count = (await this.admin.leaders(topic)).length;
    if (count > 0) this.#counts.set(topic, count);
    return count;
  }

  async append(to: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    checkOpen(this.#closing !== undefined);
    if (records.length === 0) return this.end(to);
    return this.#appender.append(to, records);
  }

  /** Has these topics read by a consumer that is made at once, and not topic by topic as they are first read. */
  async reads(topics: readonly string[]): Promise<void> {
    checkOpen(this.#closing !== undefined);
    const there = await Promise.all(topics.map(async (topic) => ((await this.partitions(topic)) > 0 ? [topic] : [])));
    await this.#reader.include(there.flat());
  }

  async read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]> {
    const checked = this.#check(of);
    if (checked) await checked;
    return this.channels.of(of).read(from, max);
  }

  async start(of: TopicPartition): Promise<number> {
    return (await this.#bounds(of)).start;
  }

  async end(of: TopicPartition): Promise<number> {
    return (await this.#bounds(of)).end;
  }

  async wait(of: TopicPartition, from: number, timeoutMs: number): Promise<void> {
    const checked = this.#check(of);
    if (checked) await checked;
    await this.channels.of(of).wait(from, timeoutMs);
  }

  /** Sends what is under way, and closes; memberships that were not left are left. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const appended = this.#appender.close();
    this.channels.close();
    for (const timer of this.#lingering) clearTimeout(timer);
    await Promise.all([appended, this.#reader.stop(), ...[...this.#claimants].map((one) => one.leave())]);
    await this.admin.close();
  }

  /** Nothing where the partition is known to be there; else asks, and refuses one that is not. */
  #check(of: TopicPartition): Promise<void> | undefined {
    checkOpen(this.#closing !== undefined);
    const known = this.#counts.get(of.topic);
    if (known === undefined) return this.partitions(of.topic).then((count) => checkPartition(of, count));
    checkPartition(of, known);
    return undefined;
  }

  async #bounds(of: TopicPartition): Promise<Bounds> {
    const checked = this.#check(of);
    if (checked) await checked;
    const bounds = (await this.admin.bounds(of.topic)).get(of.partition);
    checkOpen(this.#closing !== undefined);
    if (!bounds) throw new KafkaAway(`the broker does not know ${of.topic}[${of.partition}] at the moment`);
    return bounds;
  }

  // ── for memberships ──

  /** Says that these topics are shared out by a group, until `unclaim`. */
  claim(claimant: Claimant): void {
    this.#claimants.add(claimant);
  }

  unclaim(claimant: Claimant): void {
    this.#claimants.delete(claimant);
  }

  /** A partition was moved to another member: what is held of it here is let go, if nobody reads it. */
  lost(of: TopicPartition): void {
    this.#lostAt.set(nameOf(of), performance.now());
    const timer = setTimeout(() => {
      this.#lingering.delete(timer);
      this.channels.of(of).release();
    }, LINGER_MS);
    timer.unref();
    this.#lingering.add(timer);
  }

  #unfed(of: TopicPartition): 'soon' | 'lost' {
    const name = nameOf(of);
    const claimed = [...this.#claimants].some(({ topics }) => topics.has(of.topic));
    if (claimed) {
      const since = this.#lostAt.get(name) ?? performance.now();
      this.#lostAt.set(name, since);
      if (performance.now() - since < LINGER_MS) return 'lost';
    }
    this.#lostAt.delete(name);
    this.#reader.include([of.topic]).catch((error: Error) => {
      this.logger.warn({ topic: of.topic, error: error.message }, 'a topic cannot be read');
    });
    return 'soon';
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
