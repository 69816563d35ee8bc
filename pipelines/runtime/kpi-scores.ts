/** The scores of a replay: one scorer for each indicator of each element, and what waits for the element to be known. */
import { kpiScored } from '../detectors/kpi-score.js';
import { type Decision, decide } from '../domain/decision.js';
import type { EventOf } from '../domain/event.js';
import type { Scored } from '../domain/kpi/score.js';
import { SeriesScorer } from '../domain/kpi/series-scorer.js';
import type { Instant, Zone } from '../domain/units.js';

/** Whose an element is, and the zone of its days; undefined while it is not known. */
export type OwnerOf = (element: string, at: Instant) => { readonly operator: string; readonly zone: Zone } | undefined;

/** Who is named where a sample's element never becomes known. */
export const NOBODY = 'unknown';

interface Waiting {
  readonly event: EventOf<'kpi.sampled'>;
  readonly scored: Scored | undefined;
  readonly now: Instant;
}

export class KpiScores {
  readonly #ownerOf: OwnerOf;
  readonly #scorers = new Map<string, SeriesScorer>();
  readonly #waiting = new Map<string, Waiting[]>();

  constructor(ownerOf: OwnerOf) {
    this.#ownerOf = ownerOf;
  }

  /** Scores a sample. What is said of an element that is not known yet waits for its record. */
  take(event: EventOf<'kpi.sampled'>, now: Instant): readonly Decision[] {
    const owner = this.#ownerOf(event.subject, event.time);
    const key = `${event.subject}\n${event.data.kpi}`;
    let scorer = this.#scorers.get(key);
    if (!scorer) this.#scorers.set(key, (scorer = new SeriesScorer(owner?.zone ?? 'UTC')));
    const scored = scorer.take(event.time, event.data.value);
    if (owner) return [decide(kpiScored(event, scored, owner.operator, now))];
    const waiting = this.#waiting.get(event.subject) ?? [];
    waiting.push({ event, scored, now });
    this.#waiting.set(event.subject, waiting);
    return [];
  }

  /** What waited for this element, now that it is known. */
  known(element: string): readonly Decision[] {
    const waiting = this.#waiting.get(element) ?? [];
    this.#waiting.delete(element);
    return waiting.map(({ event, scored, now }) => {
      const operator = this.#ownerOf(element, event.time)?.operator ?? NOBODY;
      return decide(kpiScored(event, scored, operator, now));
    });
  }

  /** What still waits at the end of the story: every sample is scored. */
  rest(): readonly Decision[] {
    return [...this.#waiting.keys()].flatMap((element) => this.known(element));
  }
}
