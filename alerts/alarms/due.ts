/** What is to be looked at again and when: the earliest first, and of one instant in the order of the names. */
import type { Instant } from '../../pipelines/domain/units.js';

export class DueList {
  /** In order; few, because much falls due together. */
  readonly #instants: Instant[] = [];
  readonly #names = new Map<Instant, Set<string>>();

  add(at: Instant, name: string): void {
    const names = this.#names.get(at);
    if (names) {
      names.add(name);
      return;
    }
    this.#names.set(at, new Set([name]));
    let low = 0;
    for (let high = this.#instants.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (this.#instants[middle]! < at) low = middle + 1;
      else high = middle;
    }
    this.#instants.splice(low, 0, at);
  }

  /** Takes all of the earliest instant out, if it is due at or before `now`. */
  take(now: Instant): { readonly at: Instant; readonly names: readonly string[] } | undefined {
    const at = this.#instants[0];
    if (at === undefined || at > now) return undefined;
    this.#instants.shift();
    const names = [...this.#names.get(at)!].sort();
    this.#names.delete(at);
    return { at, names };
  }
}
