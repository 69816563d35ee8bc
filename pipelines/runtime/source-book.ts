/**
 * When each source of events was heard last, and how often it usually is: the door notes it, and the wall says which is silent.
 * Bounded: of very many sources those heard last are kept.
 */
import type { WallSource } from '../domain/wall.js';

/** How many sources are kept. */
const SOURCES_MAX = 500;
/** Each further gap counts so much in what is usual. */
const NEWEST_SHARE = 0.1;
/** Before so many gaps nothing is called usual. */
const GAPS_MIN = 5;

interface Heard {
  last: number;
  events: number;
  gaps: number;
  usual: number;
}

export class SourceBook {
  readonly #sources = new Map<string, Heard>();

  /** Notes that an event was let in, with when the operator got to know of it (`recordedtime`). */
  heard(source: string, at: number): void {
    const held = this.#sources.get(source);
    if (!held) {
      this.#sources.set(source, { last: at, events: 1, gaps: 0, usual: 0 });
      if (this.#sources.size > SOURCES_MAX) this.#forget();
      return;
    }
    held.events += 1;
    if (at <= held.last) return;
    const gap = at - held.last;
    held.gaps += 1;
    held.usual += (gap - held.usual) * Math.max(NEWEST_SHARE, 1 / held.gaps);
    held.last = at;
  }

  /** All that are kept, in the order in which they came first. */
  all(): readonly WallSource[] {
    return [...this.#sources].map(([name, { last, events, gaps, usual }]) => ({
      name,
      last,
      usual: gaps < GAPS_MIN ? null : Math.round(usual),
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
