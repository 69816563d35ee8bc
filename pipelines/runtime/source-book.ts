/**
 * When each source of events was heard last, and how long it is silent at the most: the door notes it, and the wall says which is silent.
 * Bounded: of very many sources those heard last are kept.
 */
import { DAY, HOUR, type Instant } from '../domain/units.js';
import type { WallSource } from '../domain/wall.js';

/** How many sources are kept. */
const SOURCES_MAX = 500;
/** A long gap is forgotten by two thirds in so long. */
const FORGETS_MS = 3 * DAY;
/** Who is known for a shorter time, such as that of a first load, has no rhythm yet. */
const KNOWN_MIN_MS = HOUR;

interface Heard {
  readonly first: Instant;
  last: Instant;
  events: number;
  /** The longest gap of late, in ms: what comes in bursts is not late between them. */
  longest: number;
}

export class SourceBook {
  readonly #sources = new Map<string, Heard>();

  /** Notes that an event was let in, with when the operator got to know of it (`recordedtime`). */
  heard(source: string, at: Instant): void {
    const held = this.#sources.get(source);
    if (!held) {
      this.#sources.set(source, { first: at, last: at, events: 1, longest: 0 });
      if (this.#sources.size > SOURCES_MAX) this.#forget();
      return;
    }
    held.events += 1;
    if (at <= held.last) return;
    const gap = at - held.last;
    held.longest = Math.max(gap, held.longest * Math.exp(-gap / FORGETS_MS));
    held.last = at;
  }

  /** All that are kept, in the order in which they came first. */
  all(): readonly WallSource[] {
    return [...this.#sources].map(([name, { first, last, events, longest }]) => ({
      name,
      last,
      usual: last - first < KNOWN_MIN_MS ? null : Math.round(longest),
      events,
    }));
  }

  #forget(): void {
    let oldest: string | undefined;
    for (const [name, { last }] of this.#sources)
      if (oldest === undefined || last < this.#sources.get(oldest)!.last) oldest = name;
    if (oldest !== undefined) this.#sources.delete(oldest);
  }
}
