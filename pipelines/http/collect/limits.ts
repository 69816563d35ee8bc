/** How much is taken: so many requests a second in all and from one client, each request once, and a session for a day. */

/** Requests a second, and how many may come at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A bucket that fills by the second; each request takes one. `now` in ms of a clock that never falls. */
class Bucket {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = now;
  }

  /** How long to wait, in ms, until there is one; 0: there is. */
  waitMs(now: number): number {
    const { perSecond, burst } = this.#rate;
    this.#left = Math.min(burst, this.#left + ((now - this.#at) / 1_000) * perSecond);
    this.#at = now;
    return this.#left >= 1 ? 0 : ((1 - this.#left) / perSecond) * 1_000;
  }

  take(): void {
    this.#left -= 1;
  }
}

/** Both limits at once. Of clients so many are remembered; who was not heard for the longest is forgotten. */
export class Allowance {
  readonly #each: Rate;
  readonly #all: Bucket;
  readonly #clients = new Map<string, Bucket>();
  readonly #clientsMax: number;

  constructor(rates: { readonly all: Rate; readonly each: Rate }, now: number, clientsMax = 1_000) {
    this.#each = rates.each;
    this.#all = new Bucket(rates.all, now);
    this.#clientsMax = clientsMax;
  }

  /** Takes one for this client; or how long it should wait, in ms. */
  take(client: string, now: number): number {
    const bucket = this.#clients.get(client) ?? new Bucket(this.#each, now);
    this.#clients.delete(client);
    this.#clients.set(client, bucket);
    if (this.#clients.size > this.#clientsMax) this.#clients.delete(this.#clients.keys().next().value!);
    // Who asks too often takes nothing from the others.
    const wait = bucket.waitMs(now) || this.#all.waitMs(now);
    if (wait > 0) return wait;
    bucket.take();
    this.#all.take();
    return 0;
  }
}

/** The newest of so many keys: the oldest is forgotten. */
export class Recent<V> {
  readonly #held = new Map<string, V>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): V | undefined {
    return this.#held.get(key);
  }

  set(key: string, value: V): void {
    this.#held.set(key, value);
    if (this.#held.size > this.#max) this.#held.delete(this.#held.keys().next().value!);
  }
}
