/** When to look at which entry again: a heap by time. An entry stands in it once; moving it leaves a stale place that is skipped. */
import { FOREVER, type Instant } from '../../pipelines/domain/units.js';

interface Place {
  readonly at: Instant;
  readonly id: string;
}

export class Agenda {
  readonly #heap: Place[] = [];
  readonly #due = new Map<string, Instant>();

  get size(): number {
    return this.#due.size;
  }

  /** When the first of them is due; FOREVER where nothing is. */
  get next(): Instant {
    this.#dropStale();
    return this.#heap[0]?.at ?? FOREVER;
  }

  /** Puts an entry down for an instant in place of the one before; FOREVER takes it out. */
  set(id: string, at: Instant): void {
    if (at === FOREVER) {
      this.#due.delete(id);
      return;
    }
    if (this.#due.get(id) === at) return;
    this.#due.set(id, at);
    this.#push({ at, id });
  }

  /** Takes up to `max` entries that are due at `now`, the earliest first. */
  take(now: Instant, max: number): readonly string[] {
    const taken: string[] = [];
    while (taken.length < max) {
      this.#dropStale();
      const first = this.#heap[0];
      if (!first || first.at > now) break;
      this.#pop();
      this.#due.delete(first.id);
      taken.push(first.id);
    }
    return taken;
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first && this.#due.get(first.id) !== first.at; first = this.#heap[0]) this.#pop();
  }

  #push(place: Place): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(place);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.at <= place.at) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = place;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.at < heap[child]!.at) child += 1;
      if (heap[child]!.at >= last.at) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}
