/**
 * How unusual each sample of an indicator is: `kpi.scored`, only where asked for. No operator's term asks for it, so it follows
 * no clause of theirs; what the score means stands in `domain/kpi/score.ts`.
 */
import type { Draft } from '../domain/decision.js';
import { refOf } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import type { Scored } from '../domain/kpi/score.js';
import type { Instant } from '../domain/units.js';

/** Stands where other decisions name a clause. */
export const SCORE_CLAUSE = 'kpi-score';

/** The decision on one sample; `scored` undefined: it came when everything around it was forgotten, and no score can be given. */
export function kpiScored(
  event: EventOf<'kpi.sampled'>,
  scored: Scored | undefined,
  operator: string,
  now: Instant,
): Draft<'kpi.scored'> {
  const { kpi, value } = event.data;
  const { score = 0, expectedLow = null, expectedHigh = null } = scored ?? {};
  const because = scored
    ? {
        ref: refOf(event),
        history: scored.history,
        ratios: scored.ratios,
        surprise: scored.surprise,
        told: scored.told,
      }
    : { ref: refOf(event), beyondMemory: true };
  const sample = { sample: event.id, sampleSource: event.source };
  const data = { operator, clause: SCORE_CLAUSE, because, kpi, value, score, expectedLow, expectedHigh, ...sample };
  return { type: 'kpi.scored', subject: event.subject, time: now, data };
}
