/**
 * Membership of a consumer group of tasks: Kafka says which partitions this process holds, and it reads them (and some topics
 * wholly) through the log while it does. Two members that hold the same partition for a moment do no harm, because the store
 * refuses one of them; a partition that nobody holds would. So nothing is given up before others have it, except by leaving.
 */
import type { Logger } from 'pino';
import { type OwnClaim, taskAssigner } from './assigner.js';
import { groupName, pause, reasonOf, topicName, within } from './client.js';
import { FeedingConsumer } from './consumer.js';
import { type Hint, hintsOf, metadataOf } from './hints.js';
import type { KafkaLog } from './log-kafka.js';

const HINTS_MS = 5_000;
/** How long leaving waits for the last of them. */
const LAST_HINTS_MS = 1_000;

export interface MembershipGiven {
  readonly log: KafkaLog;
  /** The bare name of the group, such as `service`. */
  readonly group: string;
  /** Topics with the same number of partitions, of which partition p goes to the same member. */
  readonly partitioned: readonly string[];
  /** Topics that every member reads wholly. */
  readonly everywhere: readonly string[];
  /**
   * Told what this member holds whenever that changes, for the first time after `join` has resolved. Not told on leaving.
   */
  readonly onChange: (held: ReadonlySet<number>) => void;
  /** What has been saved: committed to the group every 5 s, for tools that show lag and for `floorOf`. */
  readonly hints?: () => readonly Hint[];
  /** Its consumer died; `onChange` was told that nothing is held. */
  readonly onRebuilt?: () => void;
  readonly logger: Logger;
  /** Ends the joining. */
  readonly signal?: AbortSignal | undefined;
  /** Told what it waits for, and undefined when it waits no more. */
  readonly waitingFor?: ((words: string | undefined) => void) | undefined;
}

export class Membership {
  readonly #given: MembershipGiven;
  readonly #groupId: string;
  readonly #consumer: FeedingConsumer;
  /** The topics that this group shares out or reads. */
  readonly topics: ReadonlySet<string>;
  readonly #confirming = new Set<{ readonly askedAt: number; readonly resolve: () => void }>();
  readonly #leaving = new AbortController();
  #held: ReadonlySet<number> = new Set();
  #told = '';
  #claim: OwnClaim = { generation: 0, partitions: [] };
  #begun = false;
  #committing: Promise<void> | undefined;
  #left: Promise<void> | undefined;

  private constructor(given: MembershipGiven) {
    const { log, group, partitioned, everywhere, logger } = given;
    const { settings, channels, admin } = log;
    const name = (topic: string) => topicName(settings, topic);
    this.#given = given;
    this.#groupId = groupName(settings, group);
    this.topics = new Set([...partitioned, ...everywhere]);
    this.#consumer = new FeedingConsumer({
      groupId: this.#groupId,
      rank: 1,
      topics: [...this.topics],
      assigner: taskAssigner({
        partitioned: partitioned.map(name),
        everywhere: everywhere.map(name),
        claim: () => this.#claim,
      }),
      settings,
      channels,
      admin,
      logger,
      onJoin: (held) => this.#joined(held),
      onBeat: (generation, sentAt) => this.#beat(generation, sentAt),
      onRebuild: () => this.#rebuilt(),
      ...(given.waitingFor && { waitingFor: given.waitingFor }),
    });
  }

  /** Joins the group, however long that takes; rejects when the signal is aborted before. */
  static async join(given: MembershipGiven): Promise<Membership> {
    const { log, signal } = given;
    signal?.throwIfAborted();
    const membership = new Membership(given);
    log.claim(membership);
    const aborted = new Promise<'aborted'>((resolve) => {
      if (signal) signal.addEventListener('abort', () => resolve('aborted'), { once: true });
    });
    if ((await Promise.race([membership.#consumer.start(), aborted])) === 'aborted') {
      await membership.leave();
      throw signal!.reason;
    }
    // Whoever joins has the membership in hand when it hears what it holds.
    setImmediate(() => {
      membership.#begun = true;
      membership.#tell();
    });
    void membership.#keepHints();
    return membership;
  }

  /** The partitions that this member holds. */
  get held(): ReadonlySet<number> {
    return this.#held;
  }

  /** How often its consumer has been made anew. */
  get rebuilt(): number {
    return this.#consumer.rebuilt;
  }

  /**
   * Resolves when the group has said that this is a member, in answer to a question asked after this call, or when it has been
   * left. Then `held` is as good as it gets: a process that was stopped for a while learns here what it has lost.
   */
  confirmed(): Promise<void> {
    if (this.#left) return Promise.resolve();
    return new Promise((resolve) => this.#confirming.add({ askedAt: Date.now(), resolve }));
  }

  /** Leaves the group, so that others have its partitions at once. Resolves within a few seconds. */
  leave(): Promise<void> {
    return (this.#left ??= this.#leave());
  }

  async #leave(): Promise<void> {
    this.#leaving.abort();
    await within(LAST_HINTS_MS, this.#commitHints());
    const before = this.#held;
    await this.#consumer.stop();
    this.#held = new Set();
    this.#lose(before);
    this.#given.log.unclaim(this);
    this.#confirm(Number.POSITIVE_INFINITY);
  }

  /** The floor that was last committed for a partition of the group, by whoever held it; undefined where none was. */
  async floorOf(topic: string, partition: number): Promise<number | undefined> {
    const { log, group } = this.#given;
    const hints = await hintsOf(log, group, [topic]);
    return hints.find((one) => one.partition === partition)?.floor;
  }

  #joined(assigned: ReadonlyMap<string, readonly number[]>): void {
    const { partitioned } = this.#given;
    const before = this.#held;
    this.#held = new Set(partitioned.flatMap((topic) => assigned.get(topic) ?? []));
    // The generation is not told with the assignment; a sign of life tells it soon. It is at least one more.
    this.#claim = { generation: this.#claim.generation + 1, partitions: [...this.#held] };
    this.#lose(before);
    this.#tell();
    this.#confirm(Number.POSITIVE_INFINITY);
  }

  #beat(generation: number, sentAt: number): void {
    this.#claim = { ...this.#claim, generation };
    this.#confirm(sentAt);
  }

  #rebuilt(): void {
    // The claim stays: what it held it should get again, unless others have it by then.
    const before = this.#held;
    this.#held = new Set();
    this.#lose(before);
    this.#tell();
    this.#given.onRebuilt?.();
  }

  /** Lets go of the buffers of what it does not hold any more. */
  #lose(before: ReadonlySet<number>): void {
    const { log, partitioned } = this.#given;
    for (const partition of before) {
      if (!this.#held.has(partition)) for (const topic of partitioned) log.lost({ topic, partition });
    }
  }

  #tell(): void {
    if (!this.#begun || this.#leaving.signal.aborted) return;
    const now = [...this.#held].sort((a, b) => a - b).join();
    if (now === this.#told) return;
    this.#told = now;
    this.#given.onChange(this.#held);
  }

  /** Resolves what was asked before `sentAt`. */
  #confirm(sentAt: number): void {
    for (const one of this.#confirming) {
      if (one.askedAt > sentAt) continue;
      this.#confirming.delete(one);
      one.resolve();
    }
  }

  async #keepHints(): Promise<void> {
    const { signal } = this.#leaving;
    for (;;) {
      await pause(HINTS_MS, signal);
      if (signal.aborted) return;
      // One that hangs, because the broker is away, is not joined by more.
      this.#committing ??= this.#commitHints().finally(() => (this.#committing = undefined));
    }
  }

  async #commitHints(): Promise<void> {
    const hints = (this.#given.hints?.() ?? []).filter(({ partition }) => this.#held.has(partition));
    if (hints.length === 0) return;
    try {
      await this.#consumer.commit(hints.map((hint) => ({ ...hint, metadata: metadataOf(hint) })));
    } catch (error) {
      this.#given.logger.debug(
        { group: this.#groupId, error: reasonOf(error) },
        'the group does not know how far it is',
      );
    }
  }
}

export type { Hint };
