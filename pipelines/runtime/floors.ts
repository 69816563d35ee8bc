/**
 * How far a task's state had been saved a while ago. Redis may lose its last writes in a crash, and then state and offsets fall
 * back together, which mends itself; but a store that is further back than it may be has lost more than that. So the offset that
 * was saved before the loss window is written down at the broker, and a task that finds its state before it does not start.
 */
interface Sample {
  readonly at: number;
  readonly offset: number;
}

const EVERY_MS = 500;

export class Floors {
  readonly #windowMs: number;
  readonly #now: () => number;
  readonly #samples = new Map<string, Sample[]>();
  readonly #floors = new Map<string, number>();

  /** `windowMs`: how much the store may lose. */
  constructor(windowMs: number, now: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** A task was taken over, with the floor that its last owner had written down. */
  begin(task: string, floor: number): void {
    this.#samples.set(task, []);
    this.#floors.set(task, floor);
  }

  forget(task: string): void {
    this.#samples.delete(task);
    this.#floors.delete(task);
  }

  /** The task's last commit stands at this offset. Returns the offset below which the store can never be again. */
  saved(task: string, offset: number): number {
    const now = this.#now();
    const samples = this.#samples.get(task) ?? [];
    this.#samples.set(task, samples);
    const last = samples[samples.length - 1];
    if (!last || now - last.at >= EVERY_MS) samples.push({ at: now, offset });
    const old = samples.findLastIndex(({ at }) => now - at >= this.#windowMs);
    if (old >= 0) {
      this.#floors.set(task, Math.max(this.#floors.get(task) ?? 0, samples[old]!.offset));
      samples.splice(0, old);
    }
    return this.#floors.get(task) ?? 0;
  }
}
