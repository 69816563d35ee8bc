/** What waits for an instant, the earliest first; of one instant in the order of the keys, so that a run can be repeated. */
import type { Instant } from '../domain/units.js';

interface Entry {
  readonly at: Instant;
  readonly key: string;
}

/** A binary heap of timers. A timer that no longer holds is left in it; who takes it out looks whether it still stands. */
export class Timers {
  readonly #entries: Entry[] = [];

  get size(): number {
    return this.#entries.length;
  }

  /** The earliest instant, or undefined. */
  peek(): Instant | undefined {
    return this.#entries[0]?.at;
  }

  add(at: Instant, key: string): void {
    const entries = this.#entries;
    let i = entries.length;
    entries.push({ at, key });
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entries[i]!, entries[parent]!)) break;
      [entries[i], entries[parent]] = [entries[parent]!, entries[i]!];
      i = parent;
    }
  }

  /** Takes the earliest out if it is due at or before `now`. */
  take(now: Instant): Entry | undefined {
    const entries = this.#entries;
    const first = entries[0];
    if (!first || first.at > now) return undefined;
    const last = entries.pop()!;
    if (entries.length > 0) {
      entries[0] = last;
      let i = 0;
      for (;;) {
        const left = 2 * i + 1;
        let least = i;
        if (left < entries.length && before(entries[left]!, entries[least]!)) least = left;
        if (left + 1 < entries.length && before(entries[left + 1]!, entries[least]!)) least = left + 1;
        if (least === i) break;
        [entries[i], entries[least]] = [entries[least]!, entries[i]!];
        i = least;
      }
    }
    return first;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.key < b.key);
}
