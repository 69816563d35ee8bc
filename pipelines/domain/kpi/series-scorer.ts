/** Scores the samples of a series in whatever order they come, around `score.ts`, which takes them by time. */
import type { Instant, Zone } from '../units.js';
import { MODEL_BYTES, type Scored, ScoreModel } from './score.js';

/** How many samples are kept so that a late one finds its place, and after how many the model is remembered. */
export const PLACES_KEPT = 64;
const HALF = PLACES_KEPT / 2;

interface Sample {
  readonly at: Instant;
  readonly value: number;
}

/** What is held of one series at most, in bytes of numbers: three models and the samples between them. */
export const SERIES_BYTES = 3 * MODEL_BYTES + PLACES_KEPT * 16;

/**
 * Scores the samples of one series, in whatever order they come: a late one is scored from the samples before it in time alone,
 * and counts for those that come after. What was scored is not scored again. One older than the memory says so.
 */
export class SeriesScorer {
  readonly #now: ScoreModel;
  /** As it was before the first sample kept, and before the one in the middle. */
  readonly #base: ScoreModel;
  readonly #middle: ScoreModel;
  readonly #kept: Sample[] = [];
  /** Whether samples before those kept were let go. */
  #forgot = false;

  constructor(zone: Zone) {
    this.#now = new ScoreModel(zone);
    this.#base = new ScoreModel(zone);
    this.#middle = new ScoreModel(zone);
  }

  /** What is to be said of this sample; undefined where it lies before everything that is remembered. */
  take(at: Instant, value: number): Scored | undefined {
    const last = this.#kept.at(-1);
    if (!last || at >= last.at) {
      this.#makeRoom();
      this.#kept.push({ at, value });
      return this.#now.take(at, value);
    }
    const place = this.#kept.findLastIndex((held) => held.at <= at) + 1;
    if (place === 0 && this.#forgot) return undefined;
    return this.#insert(place, { at, value });
  }

  #makeRoom(): void {
    if (this.#kept.length === HALF) this.#middle.become(this.#now);
    if (this.#kept.length < PLACES_KEPT) return;
    this.#base.become(this.#middle);
    this.#middle.become(this.#now);
    this.#kept.splice(0, HALF);
    this.#forgot = true;
  }

  /** Goes back to before the place, scores, and tells the model the rest anew. */
  #insert(place: number, sample: Sample): Scored {
    const rest = this.#kept.splice(place);
    const from = place >= HALF ? HALF : 0;
    this.#now.become(from === HALF ? this.#middle : this.#base);
    for (const held of this.#kept.splice(from)) {
      this.#now.take(held.at, held.value);
      this.#kept.push(held);
    }
    this.#makeRoom();
    this.#kept.push(sample);
    const scored = this.#now.take(sample.at, sample.value);
    for (const held of rest) {
      this.#makeRoom();
      this.#kept.push(held);
      this.#now.take(held.at, held.value);
    }
    return scored;
  }
}
