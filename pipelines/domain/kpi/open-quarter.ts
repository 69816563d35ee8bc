/**
 * The samples of one indicator in one quarter of an hour, until it is closed. Few samples are kept as they are, which is the
 * smallest; many are folded into roll-ups of their minutes, so that it is bounded whatever comes. Both say the same.
 */
import { type Instant, MINUTE } from '../units.js';
import { merge, mergeAll, type PlainRollup, plainRollup, type Rollup, readRollup, rollupOf } from './rollup.js';

/** More samples than this are folded. */
export const SAMPLES_MAX = 256;

/** As it is stored: offset and value of each sample in turn, and minute and roll-up of each folded one. */
export interface PlainQuarter {
  readonly samples: readonly number[];
  readonly minutes?: readonly (readonly [minute: number, rollup: PlainRollup])[];
}

/** A window that begins at `from`. */
export interface WindowRollup {
  readonly from: Instant;
  readonly rollup: Rollup;
}

export class OpenQuarter {
  readonly from: Instant;
  #samples: number[] = [];
  readonly #minutes = new Map<number, Rollup>();

  constructor(from: Instant, plain?: PlainQuarter) {
    this.from = from;
    if (!plain) return;
    this.#samples = [...plain.samples];
    for (const [minute, rollup] of plain.minutes ?? []) this.#minutes.set(minute, readRollup(rollup));
  }

  /** Takes a sample of this quarter in. */
  add(at: Instant, value: number): void {
    this.#samples.push(at - this.from, value);
    if (this.#samples.length <= 2 * SAMPLES_MAX) return;
    for (const [minute, rollup] of this.#folded()) this.#minutes.set(minute, rollup);
    this.#samples = [];
  }

  /** Takes the roll-up of a whole quarter in, as that of an element into its site. */
  addRollup(rollup: Rollup): void {
    const held = this.#minutes.get(0);
    this.#minutes.set(0, held ? merge(held, rollup) : rollup);
  }

  #folded(): Map<number, Rollup> {
    const minutes = new Map(this.#minutes);
    for (let i = 0; i < this.#samples.length; i += 2) {
      const minute = Math.floor(this.#samples[i]! / MINUTE);
      const held = minutes.get(minute);
      const one = rollupOf(this.#samples[i + 1]!);
      minutes.set(minute, held ? merge(held, one) : one);
    }
    return minutes;
  }

  /** The roll-ups of its minutes, in order. */
  minutes(): readonly WindowRollup[] {
    const minutes = [...this.#folded()].sort(([a], [b]) => a - b);
    return minutes.map(([minute, rollup]) => ({ from: this.from + minute * MINUTE, rollup }));
  }

  /** The roll-up of all of it; undefined while it is empty. */
  rollup(): Rollup | undefined {
    return mergeAll(this.minutes().map(({ rollup }) => rollup));
  }

  plain(): PlainQuarter {
    const minutes = [...this.#minutes].map(([minute, rollup]) => [minute, plainRollup(rollup)] as const);
    return { samples: this.#samples, ...(minutes.length > 0 ? { minutes } : {}) };
  }
}
