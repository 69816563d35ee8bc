/** Since when the use of a service is known: a rule that looks back counts only from the first event known, not before. */
import { beginOf, dayNumber } from '../calendar.js';
import { activeSince, type ServiceFacts } from '../service.js';
import type { Instant, Zone } from '../units.js';
import type { DayUse } from './days.js';

/** The first whole local day on which it was active and heard of, be it by what was imported. `days` are those of its use, in order. */
export function knownFrom(facts: ServiceFacts, days: readonly DayUse[], zone: Zone): number {
  const heard = wholeFrom(Math.min(...facts.versions.map(({ known }) => known)), zone);
  // A day all of whose records were taken back says nothing.
  const first = days.find(({ homeSeen, zoneSeen, elsewhereSeen }) => homeSeen + zoneSeen + elsewhereSeen > 0);
  return Math.max(wholeFrom(activeSince(facts), zone), Math.min(heard, first?.day ?? heard));
}

/** The first local day all of which lies at or after an instant. */
function wholeFrom(at: Instant, zone: Zone): number {
  const day = dayNumber(at, zone);
  return beginOf(day, zone) === at ? day : day + 1;
}
