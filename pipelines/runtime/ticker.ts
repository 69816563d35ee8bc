/**
 * The one writer of ticks. Numbers are reserved in the store before they are written, so that none is ever given twice, also
 * after a crash; a number that was reserved and not used is no harm, for a task takes any tick that is higher than its own.
 */
import type { Instant } from '../domain/units.js';
import type { Log, NewRecord, TopicPartition } from '../io/log.js';
import type { Ownership, Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { guardedCommit } from './task.js';
import { type Partitions, TICK_KEY, type Tick, TOPICS, toBytes } from './topics.js';

const TASK = 'ticks';
const BLOCK = 1_000;

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

  static async acquire(store: Store, owner: string): Promise<Ticker> {
    const own = await store.acquire(TASK, owner);
    const [held] = await store.get(TASK, ['reserved']);
    return new Ticker(store, own, held ? (unpack(held) as number) : 1);
  }

  /** Whether nobody else numbers the ticks now. */
  async stands(): Promise<boolean> {
    const { epoch, owner } = this.#own;
    const stands = await this.#store.ownership(TASK);
    return stands?.epoch === epoch && stands.owner === owner;
  }

  /** A tick with the next number. `clock` is null in a live run: the log's append time counts. */
  async next(clock: Instant | null): Promise<NewRecord> {
    if (this.#next >= this.#reserved) {
      const reserved = this.#next + BLOCK;
      const change = { puts: new Map([['reserved', pack(reserved)]]), deletes: new Set<string>() };
      this.#own = await guardedCommit(this.#store, this.#own, change);
      this.#reserved = reserved;
    }
    const tick: Tick = { tick: this.#next++, clock };
    return { key: TICK_KEY, value: toBytes(tick) };
  }

  /** Writes a live tick into every partition that a task reads events from. */
  async beat(log: Log, partitions: Partitions): Promise<void> {
    const tick = await this.next(null);
    await Promise.all(tickedPartitions(partitions).map((to) => log.append(to, [tick])));
  }
}
