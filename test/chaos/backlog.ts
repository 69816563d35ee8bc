/**
 * Writes a past into Kafka: records with ticks among them, at the times at which a door and a beat would have written them. Kafka
 * keeps its own time on these topics (LogAppendTime), so for as long as the past is written they take the producer's.
 */
import kafkajs, { type Message, type Producer } from 'kafkajs';
import type { Packs } from '../../pipelines/domain/pack.js';
import type { Instant } from '../../pipelines/domain/units.js';
import { settle } from '../../pipelines/io/kafka/client.js';
import { configOf, policyOf } from '../../pipelines/io/kafka/topic-policy.js';
import type { Log, NewRecord } from '../../pipelines/io/log.js';
import { Door, TransientMemory } from '../../pipelines/runtime/door.js';
import { type Ticker, tickedPartitions } from '../../pipelines/runtime/ticker.js';
import { type Partitions, partitionOf, TOPICS, toBytes, topicCounts } from '../../pipelines/runtime/topics.js';
import type { Moment } from './story.js';

const MESSAGES_AT_ONCE = 2_000;

export interface BacklogGiven {
  readonly brokers: string;
  readonly namespace: string;
  readonly log: Log;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly ticker: Ticker;
}

export class Backlog {
  readonly #given: BacklogGiven;
  readonly #door: Door;
  readonly #producer: Producer;
  readonly #kafka: kafkajs.Kafka;
  /** Lines that the door let in, in their order: what a replay is told. */
  readonly lines: string[] = [];
  records = 0;

  private constructor(given: BacklogGiven) {
    this.#given = given;
    this.#door = new Door({ packs: given.packs, memory: new TransientMemory() });
    this.#kafka = new kafkajs.Kafka({ brokers: [given.brokers], logLevel: kafkajs.logLevel.NOTHING });
    this.#producer = this.#kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  }

  static async open(given: BacklogGiven): Promise<Backlog> {
    for (const [topic, count] of topicCounts(given.partitions)) await given.log.ensureTopic(topic, count);
    const backlog = new Backlog(given);
    await backlog.#producer.connect();
    return backlog;
  }

  close(): Promise<void> {
    return this.#producer.disconnect();
  }

  /** Whose time counts on the topics with events: the producer's, while the past is written, or Kafka's own. */
  async timeIs(whose: 'CreateTime' | 'LogAppendTime'): Promise<void> {
    const { brokers, namespace } = this.#given;
    const admin = this.#kafka.admin();
    await admin.connect();
    const settings = settle({ brokers: [brokers], namespace });
    try {
      for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) {
        const config = { ...configOf(policyOf(topic, settings), undefined), 'message.timestamp.type': whose };
        const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
        const type = kafkajs.ConfigResourceTypes.TOPIC;
        await admin.alterConfigs({
          validateOnly: false,
          resources: [{ type, name: `${namespace}.${topic}`, configEntries }],
        });
      }
    } finally {
      await admin.disconnect();
    }
  }

  /** Writes moments at their own times. With `ticks` each begins with one, as if a beat had come just before it. */
  async write(moments: readonly Moment[], ticks: boolean): Promise<void> {
    const { partitions, ticker } = this.#given;
    const waiting = new Map<string, Map<number, Message[]>>();
    let held = 0;
    const put = (topic: string, partition: number, record: NewRecord, at: Instant) => {
      const byPartition = waiting.get(topic) ?? new Map<number, Message[]>();
      waiting.set(topic, byPartition);
      const messages = byPartition.get(partition) ?? [];
      byPartition.set(partition, messages);
      messages.push({ key: record.key, value: Buffer.from(record.value), timestamp: String(at), partition });
      held += 1;
    };
    for (const { clock, lines } of moments) {
      if (ticks) {
        const tick = await ticker.next(null);
        for (const { topic, partition } of tickedPartitions(partitions)) put(topic, partition, tick, clock);
      }
      for (const line of lines) {
        const taken = this.#door.takeLine(line, 1);
        if (taken.is !== 'event') continue;
        this.lines.push(line);
        const { event, wire, sides } = taken;
        const record = { key: event.subject, value: toBytes(wire) };
        const { element, service } = partitions;
        if (sides.element) put(TOPICS.elementEvents, partitionOf(event.subject, element), record, clock);
        if (sides.service) put(TOPICS.serviceEvents, partitionOf(event.subject, service), record, clock);
      }
      if (held >= MESSAGES_AT_ONCE) {
        await this.#send(waiting);
        held = 0;
      }
    }
    await this.#send(waiting);
  }

  async #send(waiting: Map<string, Map<number, Message[]>>): Promise<void> {
    const topicMessages = [...waiting].map(([topic, byPartition]) => ({
      topic: `${this.#given.namespace}.${topic}`,
      messages: [...byPartition.values()].flat(),
    }));
    waiting.clear();
    if (topicMessages.length === 0) return;
    this.records += topicMessages.reduce((sum, { messages }) => sum + messages.length, 0);
    await this.#producer.sendBatch({ topicMessages, acks: -1 });
  }
}
