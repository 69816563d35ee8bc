/**
 * The `network` topic, read and decoded once for all service tasks of a process. Frontiers, by far the most of it, are let go of
 * when no task here needs them any more; a task that is taken over and stands further back has the topic read anew.
 */
import type { NetworkRecord } from '../domain/network.js';
import type { Log } from '../io/log.js';
import { fromBytes, TOPICS, type Told } from './topics.js';

const NETWORK = { topic: TOPICS.network, partition: 0 };
const BATCH_MAX = 2_000;
/** Frontiers of so many ticks are kept though nobody asks: a task taken over from another process is seldom further behind. */
const KEPT_TICKS = 1_440;
const TRIM_AFTER = 10_000;

/** A record of `network` with its place on the log. */
export interface NetworkEntry {
  readonly offset: number;
  readonly told: Told<NetworkRecord>;
}

export class NetworkSource {
  readonly #log: Log;
  readonly #needs = new Map<object, number>();
  #entries: NetworkEntry[] = [];
  #next: number | undefined;
  /** Frontiers before this tick may be gone. */
  #floor = 0;
  #newest = 0;
  #fresh = 0;
  #reading: Promise<void> | undefined;

  constructor(log: Log) {
    this.#log = log;
  }

  /** A reader stands at this tick: it needs the frontiers from the last one at or before it. */
  needs(reader: object, tick: number): void {
    this.#needs.set(reader, tick);
    if (tick >= this.#floor) return;
    this.#entries = [];
    this.#next = undefined;
    this.#floor = 0;
    this.#newest = 0;
  }

  forget(reader: object): void {
    this.#needs.delete(reader);
  }

  /** Entries from this offset on, at most `max`; none: nothing more is on the log yet. */
  async read(from: number, max: number): Promise<readonly NetworkEntry[]> {
    for (;;) {
      const at = this.#find(from);
      if (at < this.#entries.length) return this.#entries.slice(at, at + max);
      const before = this.#next;
      await (this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined)));
      if (this.#next === before && this.#find(from) === this.#entries.length) return [];
    }
  }

  /** Resolves when there may be an entry at this offset or after, or after `timeoutMs`. */
  async wait(from: number, timeoutMs: number): Promise<void> {
    if (this.#find(from) < this.#entries.length) return;
    await this.#log.wait(NETWORK, Math.max(from, this.#next ?? 0), timeoutMs);
  }

  /** Whether nothing stands at this offset or after. */
  async endsBefore(from: number): Promise<boolean> {
    return (await this.#log.end(NETWORK)) <= from;
  }

  /** The place of the first entry at or after an offset. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#entries[middle]!.offset < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  async #readOn(): Promise<void> {
    const asked = this.#entries;
    const from = this.#next ?? (await this.#log.start(NETWORK));
    const records = await this.#log.read(NETWORK, from, BATCH_MAX);
    // Begun anew meanwhile: this belongs to the reading before.
    if (this.#entries !== asked) return;
    for (const { offset, value } of records) {
      const told = fromBytes(value) as Told<NetworkRecord>;
      if (told.told.is === 'frontier') this.#newest = Math.max(this.#newest, told.tick);
      this.#entries.push({ offset, told });
      this.#next = offset + 1;
    }
    this.#fresh += records.length;
    if (this.#fresh >= TRIM_AFTER) this.#trim();
  }

  #trim(): void {
    this.#fresh = 0;
    const floor = Math.min(this.#newest - KEPT_TICKS, ...this.#needs.values());
    if (floor <= this.#floor) return;
    const last = new Map<number, NetworkEntry>();
    for (const entry of this.#entries) {
      const { told } = entry.told;
      if (told.is === 'frontier' && told.tick <= floor) last.set(told.partition, entry);
    }
    this.#entries = this.#entries.filter((entry) => {
      const { told } = entry.told;
      return told.is !== 'frontier' || told.tick > floor || last.get(told.partition) === entry;
    });
    this.#floor = floor;
  }
}
