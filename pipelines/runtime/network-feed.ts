/**
 * The `network` topic as a service task takes it in: tick by tick, and only when every network task has told that it has read
 * its input up to that tick. So what a service task knows at a tick is a function of the logs alone.
 */
import type { NetworkRecord, NetworkView } from '../domain/network.js';
import { EVER, type Instant } from '../domain/units.js';
import type { NetworkSource } from './network-source.js';
import type { Told } from './topics.js';

const BATCH_MAX = 500;

/** How far a network task has read, and what its clock said there. */
export type Frontier = Extract<NetworkRecord, { is: 'frontier' }> & { readonly clock: Instant };

export class NetworkFeed {
  readonly #source: NetworkSource;
  readonly #view: NetworkView;
  /** The last tick that each network task has told to its end. */
  readonly #frontiers: number[];
  /** What each network task's clock said at the ticks that it told: at the last one taken, and at those ahead. */
  readonly #clocks: Frontier[][];
  #offset = 0;
  #ahead: Told<NetworkRecord>[] = [];

  constructor(given: { readonly source: NetworkSource; readonly view: NetworkView; readonly tasks: number }) {
    this.#source = given.source;
    this.#view = given.view;
    this.#frontiers = new Array<number>(given.tasks).fill(0);
    this.#clocks = Array.from({ length: given.tasks }, () => []);
  }

  /** The tick to which all network tasks have told. */
  get frontier(): number {
    return Math.min(...this.#frontiers);
  }

  /**
   * The least that the network's clocks say at this tick. A tick's time differs by partition, by hours where its writer died
   * half way: what was written into the others before a service's own tick came is read only with the next one.
   */
  clockAt(tick: number): Instant {
    return Math.min(...this.#clocks.map((told) => told.findLast((one) => one.tick <= tick)?.clock ?? EVER));
  }

  /** Which network tasks have not told this tick yet: what holds the clock. */
  behind(tick: number): readonly string[] {
    return this.#frontiers.flatMap((told, partition) =>
      told < tick ? [`network-${partition} (at tick ${told})`] : [],
    );
  }

  /** Reads until all have told this tick; false where there is nothing more to read yet. */
  async reach(tick: number): Promise<boolean> {
    while (this.frontier < tick) {
      const entries = await this.#source.read(this.#offset, BATCH_MAX);
      if (entries.length === 0) return false;
      for (const { offset, told } of entries) {
        if (told.told.is === 'frontier') {
          const frontier = told.told as Frontier;
          const { partition, tick: reached } = frontier;
          // Told again by a task that came back: nothing new.
          if (reached > (this.#frontiers[partition] ?? 0)) {
            this.#frontiers[partition] = reached;
            this.#clocks[partition]!.push(frontier);
          }
        } else this.#ahead.push(told);
        this.#offset = offset + 1;
      }
    }
    return true;
  }

  /** Stands at this tick now: what was told before it is not asked for again. */
  standAt(tick: number): void {
    this.#source.needs(this, tick);
  }

  /** Resolves when the network may have more to read, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void> {
    return this.#source.wait(this.#offset, timeoutMs);
  }

  /** Whether all that is on the network topic has been read. */
  ended(): Promise<boolean> {
    return this.#source.endsBefore(this.#offset);
  }

  close(): void {
    this.#source.forget(this);
  }

  /** Takes into the view what was told up to this tick, and says which elements and tariffs it touches. */
  take(tick: number): ReadonlySet<string> {
    this.standAt(tick);
    const touched = new Set<string>();
    const later: Told<NetworkRecord>[] = [];
    for (const told of this.#ahead) {
      if (told.tick > tick) {
        later.push(told);
        continue;
      }
      const record = told.told;
      if (!this.#view.apply(record)) continue;
      if (record.is === 'element') touched.add(record.id);
      else if (record.is === 'fault') touched.add(record.subject);
      else if (record.is === 'works') touched.add(record.element);
      else if (record.is === 'tariff') touched.add(record.id);
    }
    this.#ahead = later;
    for (const told of this.#clocks)
      told.splice(
        0,
        Math.max(
          0,
          told.findLastIndex((one) => one.tick <= tick),
        ),
      );
    return touched;
  }
}
