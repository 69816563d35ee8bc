/**
 * Reads what no group membership of this process holds: one consumer, alone in a group of a random name, for all topics that were
 * asked for. A new topic needs a new consumer; the old one works until that has joined. What it leaves behind is deleted.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { KafkaAdmin } from './admin.js';
import { everythingAssigner } from './assigner.js';
import type { Channels } from './channels.js';
import { groupName, pause, type Settled } from './client.js';
import { FeedingConsumer } from './consumer.js';

/** Topics that are asked for in so short a time come into one consumer. */
const GATHER_MS = 10;
const DELETE_MS = 2_000;

export interface ReaderGiven {
  readonly settings: Settled;
  readonly channels: Channels;
  readonly admin: KafkaAdmin;
  readonly logger: Logger;
}

interface Working {
  readonly groupId: string;
  readonly consumer: FeedingConsumer;
}

export class PrivateReader {
  readonly #given: ReaderGiven;
  readonly #topics = new Set<string>();
  readonly #ending = new Set<Promise<void>>();
  #working: Working | undefined;
  #joined = new Set<string>();
  #gathering: Promise<void> | undefined;
  #stopped = false;
  #tellStopped: () => void = () => {};
  readonly #whenStopped = new Promise<void>((resolve) => (this.#tellStopped = resolve));

  constructor(given: ReaderGiven) {
    this.#given = given;
  }

  /** Has these topics read; resolves when a consumer has them. They must be there. */
  async include(topics: readonly string[]): Promise<void> {
    while (!this.#stopped && !topics.every((topic) => this.#joined.has(topic))) {
      for (const topic of topics) this.#topics.add(topic);
      await (this.#gathering ??= this.#gather().finally(() => (this.#gathering = undefined)));
    }
  }

  async #gather(): Promise<void> {
    await pause(GATHER_MS);
    if (this.#stopped) return;
    const { settings, channels, admin, logger } = this.#given;
    const topics = [...this.#topics];
    const groupId = groupName(settings, `reader-${randomUUID()}`);
    const next: Working = {
      groupId,
      consumer: new FeedingConsumer({
        groupId,
        rank: 0,
        topics,
        assigner: everythingAssigner,
        settings,
        channels,
        admin,
        logger,
      }),
    };
    const before = this.#working;
    this.#working = next;
    const joined = next.consumer.start();
    const overtaken = joined.then(() => before && this.#end(before));
    await Promise.race([joined, this.#whenStopped]);
    if (this.#stopped) {
      if (before) this.#end(before);
      return;
    }
    await joined;
    this.#joined = new Set(topics);
    void overtaken;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#tellStopped();
    await this.#gathering;
    if (this.#working) this.#end(this.#working);
    await Promise.all(this.#ending);
  }

  #end({ groupId, consumer }: Working): void {
    const { admin } = this.#given;
    const ending = consumer
      .stop()
      .then(() => admin.ask((client) => client.deleteGroups([groupId]), DELETE_MS))
      // The broker forgets an empty group by itself, after a week.
      .catch(() => {})
      .then(() => void this.#ending.delete(ending));
    this.#ending.add(ending);
  }
}
