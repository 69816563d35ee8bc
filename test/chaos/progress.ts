/** The pace of the story: it goes with the time and with the plan of the faults. */
import { type FaultKind, KINDS } from './plan.js';

/**
 * How much of the story may be told by now. It keeps pace with the time and with the plan, so that faults strike until its end;
 * and it never stands still, because what is not told cannot be seen to be decided.
 */
/** How fast the story goes on in a fault that takes longer than it should: a recovery is seen by what is told after it. */
const BEYOND = 0.05;

export class Progress {
  readonly #plan: readonly FaultKind[];
  readonly #seconds: number;
  readonly #now: () => number;
  readonly #total: number;
  #began: number | undefined;
  #done = 0;
  #fault: { readonly since: number; readonly seconds: number } | undefined;

  constructor(plan: readonly FaultKind[], seconds: number, now: () => number = () => performance.now() / 1_000) {
    this.#plan = plan;
    this.#seconds = seconds;
    this.#now = now;
    this.#total = plan.reduce((sum, kind) => sum + KINDS[kind], 0);
  }

  /** The n-th fault of the plan begins; those before it are over. */
  begins(n: number): void {
    this.#done = this.#plan.slice(0, n).reduce((sum, kind) => sum + KINDS[kind], 0);
    const kind = this.#plan[n];
    this.#fault = kind && { since: this.#now(), seconds: KINDS[kind] };
  }

  /** From 0 to 1. */
  get share(): number {
    const now = this.#now();
    this.#began ??= now;
    const { since, seconds } = this.#fault ?? { since: this.#began, seconds: 0 };
    // A fault that takes longer than it should is told more slowly, and never stops the story.
    const beyond = Math.max(0, now - since - seconds) * BEYOND;
    const within = seconds === 0 ? 0 : seconds * (1 - Math.exp((-2 * (now - since)) / seconds)) + beyond;
    return Math.min((now - this.#began) / this.#seconds, (this.#done + within) / this.#total);
  }
}
