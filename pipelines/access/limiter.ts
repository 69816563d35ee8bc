/**
 * How often something may be tried. Two kinds: a bucket that refills, for whoever asks too much; and a wait that doubles with each
 * failure, for whoever guesses. Each process keeps its own, in a memory with an end.
 */
import type { Instant } from '../domain/units.js';
import { HOUR, SECOND } from '../domain/units.js';

const ENTRIES_MAX = 20_000;

export interface Rate {
  /** So many at once, and so many more each second. */
  readonly burst: number;
  readonly perSecond: number;
}

/** Buckets by a key: an address, an account. */
export class Buckets {
  readonly #rate: Rate;
  readonly #now: () => Instant;
  readonly #held = new Map<string, { readonly left: number; readonly at: Instant }>();

  constructor(rate: Rate, now: () => Instant) {
    this.#rate = rate;
    this.#now = now;
  }

  /** Takes one; 0 where there was one, else after how many ms there is. */
  take(key: string): number {
    const { burst, perSecond } = this.#rate;
    const now = this.#now();
    const { left, at } = this.#held.get(key) ?? { left: burst, at: now };
    const full = Math.min(burst, left + (Math.max(0, now - at) / SECOND) * perSecond);
    remember(this.#held, key, { left: full >= 1 ? full - 1 : full, at: now });
    return full >= 1 ? 0 : Math.ceil(((1 - full) / perSecond) * SECOND);
  }
}

/** Failures by a key: the first few are free, then each doubles the wait. */
export class Failures {
  readonly #free: number;
  readonly #waitMaxMs: number;
  readonly #now: () => Instant;
  readonly #held = new Map<string, { readonly count: number; readonly at: Instant }>();

  constructor({ free, waitMaxMs }: { readonly free: number; readonly waitMaxMs: number }, now: () => Instant) {
    this.#free = free;
    this.#waitMaxMs = waitMaxMs;
    this.#now = now;
  }

  /** How long it is not tried again, in ms; 0: it may be now. */
  waitMs(key: string): number {
    const held = this.#held.get(key);
    if (!held || held.count < this.#free) return 0;
    return Math.max(0, held.at + this.#waitOf(held.count) - this.#now());
  }

  /** Counts a try before it is known whether it fails, so that many at once are counted too. */
  begin(key: string): void {
    const now = this.#now();
    const held = this.#held.get(key);
    const isOld = held !== undefined && now - held.at > Math.max(HOUR, 2 * this.#waitMaxMs);
    remember(this.#held, key, { count: isOld ? 1 : (held?.count ?? 0) + 1, at: now });
  }

  /** It was right: what failed before is forgotten. */
  succeed(key: string): void {
    this.#held.delete(key);
  }

  #waitOf(count: number): number {
    return Math.min(this.#waitMaxMs, SECOND * 2 ** Math.min(30, count - this.#free));
  }
}

/** The newest are kept: who would push one out has to come from very many places. */
function remember<T>(held: Map<string, T>, key: string, value: T): void {
  held.delete(key);
  held.set(key, value);
  if (held.size > ENTRIES_MAX) held.delete(held.keys().next().value!);
}
