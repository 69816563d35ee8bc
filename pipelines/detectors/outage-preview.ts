/**
 * What an outage would be worth if it ended at an instant: the same arithmetic as the credits, on the same facts, decided by
 * nobody. Other outages of the service and what was granted before do not enter.
 */
import type { Draft } from '../domain/decision.js';
import type { Given } from '../domain/detector.js';
import { faultName } from '../domain/fault.js';
import { type DownPart, faultsOf, lineParts, type Outage } from '../domain/outage.js';
import { activeSpans, lineFaults, parkedSpans, suspendedSpans } from '../domain/service.js';
import { FOREVER, type Instant } from '../domain/units.js';
import { claimsOf, outagesFrom } from './outage.js';
import { settle } from './remedy.js';

export interface OutagePreview {
  readonly outage: Outage;
  /** The credits and extensions that would follow. */
  readonly due: readonly Draft[];
}

/** The outage of a service to which this fault belongs, as if all that is down came back at `endsAt`; undefined: there is none. */
export function previewOutage(given: Given, incident: string, endsAt: Instant): OutagePreview | undefined {
  const ending = (parts: readonly DownPart[]) =>
    parts.filter((part) => part.from < endsAt).map((part) => (part.to > endsAt ? { ...part, to: endsAt } : part));
  const own = lineFaults(given.facts);
  const outages = outagesFrom((rules) => ending([...given.parts(rules), ...lineParts(own, rules)]), given.pack, {
    active: activeSpans(given.facts),
    parked: parkedSpans(given.facts),
    suspended: suspendedSpans(given.facts),
  });
  const outage = outages.find((one) => faultsOf(one, FOREVER).some((fault) => faultName(fault) === incident));
  if (!outage) return undefined;
  if (outage.confirmedAt === undefined) return { outage, due: [] };
  const held = { id: 'preview', from: outage.from, to: outage.to };
  // When the end is certain all of it is due.
  const now = outage.endKnown;
  const [, effects] = settle([], claimsOf(held, outage, given, now), given, now);
  return { outage, due: effects.flatMap((effect) => (effect.do === 'decide' ? [effect.draft] : [])) };
}
