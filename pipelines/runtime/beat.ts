/** The writer of live ticks among several processes: the one that runs task network-0. The store refuses who thinks it still is. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../io/log.js';
import type { Store } from '../io/store.js';
import { Ticker } from './ticker.js';
import type { Partitions } from './topics.js';

export interface BeatGiven {
  readonly log: Log;
  readonly store: Store;
  readonly partitions: Partitions;
  readonly owner: string;
  readonly tickSeconds: number;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

export class Beat {
  readonly #given: BeatGiven;
  #beating: { readonly stop: AbortController; readonly ended: Promise<void> } | undefined;

  constructor(given: BeatGiven) {
    this.#given = given;
  }

  /** Begins to write ticks, where it does not. */
  start(): void {
    if (this.#beating) return;
    const stop = new AbortController();
    this.#beating = { stop, ended: this.#run(stop.signal) };
  }

  async stop(): Promise<void> {
    const beating = this.#beating;
    this.#beating = undefined;
    beating?.stop.abort();
    await beating?.ended;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { log, store, partitions, owner, tickSeconds, warn } = this.#given;
    let ticker: Ticker | undefined;
    while (!signal.aborted) {
      try {
        if (!ticker || !(await ticker.stands())) ticker = await Ticker.acquire(store, owner);
        await ticker.beat(log, partitions);
      } catch (error) {
        // A tick that did not go out is no harm: the next one says more.
        warn('a tick could not be written', { error: (error as Error).message });
        ticker = undefined;
      }
      await sleep(tickSeconds * 1_000, undefined, { signal }).catch(() => {});
    }
  }
}
