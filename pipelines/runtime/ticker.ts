/**
 * The one writer of ticks. Numbers are reserved in the store before they are written, so that none is ever given twice, also
 * after a crash; a number that was reserved and not used is no harm, for a task takes any tick that is higher than its own.
 */
import type { Instant } from '../domain/units.js';
import { guardedCommit } from '../io/guarded-commit.js';
import type { Log, NewRecord, TopicPartition } from '../io/log.js';
import { FencedError, type Ownership, type Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { type Partitions, TICK_KEY, type Tick, TOPICS, toBytes } from './topics.js';

const TASK = 'ticks';
const BLOCK = 1_000;
/** A store may lose its last writes, and with them what was reserved: far more than could be used in that time is passed over. */
const LOST_MAX = 10 * BLOCK;

/** The partitions that tasks read events from: each gets every tick. */
export function tickedPartitions(partitions: Partitions): readonly TopicPartition[] {
  return [
    ...Array.from({ length: partitions.service }, (_, partition) => ({ topic: TOPICS.serviceEvents, partition })),
    ...Array.from({ length: partitions.element }, (_, partition) => ({ topic: TOPICS.elementEvents, partition })),
  ];
}

export class Ticker {
  readonly #store: Store;
  #own: Ownership;
  #next: number;
  #reserved: number;

  private constructor(store: Store, own: Ownership, next: number) {
    this.#store = store;
    this.#own = own;
    this.#next = next;
    this.#reserved = next;
  }

  /**
   * Takes the numbering over. It begins at the microsecond of the clock `now` (milliseconds), or after what was reserved, whichever
   * is more: a store may have lost all that the writer before ever reserved, and with it that there was one. Nobody writes a tick
   * in every microsecond, so the clock lies past the numbers of that writer; what is reserved, past those of a clock that is ahead.
   */
  static async acquire(store: Store, owner: string, now: () => number = Date.now): Promise<Ticker> {
    const own = await store.acquire(TASK, owner);
    const [held] = await store.get(TASK, ['reserved']);
    const after = held ? (unpack(held) as number) + LOST_MAX : 1;
    return new Ticker(store, own, Math.max(after, Math.floor(now() * 1_000)));
  }

  /** Whether nobody else numbers the ticks now. */
  async stands(): Promise<boolean> {
    const stands = await this.#store.ownership(TASK);
    return !stands || !isNewer(stands, this.#own);
  }

  /** A tick with the next number. `clock` is null in a live run: the log's append time counts. */
  async next(clock: Instant | null): Promise<NewRecord> {
    if (this.#next >= this.#reserved) {
      const reserved = this.#next + BLOCK;
      await this.#save(reserved);
      this.#reserved = reserved;
    }
    const tick: Tick = { tick: this.#next++, clock };
    return { key: TICK_KEY, value: toBytes(tick) };
  }

  async #save(reserved: number): Promise<void> {
    const change = { puts: new Map([['reserved', pack(reserved)]]), deletes: new Set<string>() };
    try {
      this.#own = await guardedCommit(this.#store, this.#own, change);
    } catch (error) {
      if (!(error instanceof FencedError)) throw error;
      const stands = await this.#store.ownership(TASK);
      // Refused by a store that has lost its last writes: what was ours is ours still, and our numbers are the newest.
      if (stands && isNewer(stands, this.#own)) throw error;
      this.#own = await guardedCommit(this.#store, await this.#store.acquire(TASK, this.#own.owner), change);
    }
  }

  /** Writes a live tick into every partition that a task reads events from. */
  async beat(log: Log, partitions: Partitions): Promise<void> {
    const tick = await this.next(null);
    await Promise.all(tickedPartitions(partitions).map((to) => log.append(to, [tick])));
  }
}

/** Whether somebody has taken over since. What is older came back with a store that has lost its last writes. */
function isNewer(stands: Ownership, own: Ownership): boolean {
  return stands.epoch > own.epoch || (stands.epoch === own.epoch && stands.owner !== own.owner);
}
