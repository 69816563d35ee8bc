/**
 * What missing the limit of an outage would cost. It is a projection, made before anything is decided: services that are out, times
 * the mean fee of services like them, by the operator's rule on credits. Parked and suspended services, changes of fees and billing
 * days of their own are what it does not know.
 */
import { daysTouched, startOfMonth } from '../../domain/calendar.js';
import type { Packs } from '../../domain/pack.js';
import { DAY, type Instant, type Zone } from '../../domain/units.js';
import type { Miss, MissBasis } from '../../domain/wall.js';
import type { OutageView } from '../../http/ports.js';

/** Fees of some services of one operator, in minor units of its currency. */
export interface Fees {
  readonly services: number;
  /** The sum of the monthly fees, with VAT; a service for which none is fixed adds nothing. */
  readonly monthly: number;
  readonly currency: string;
}

/** What services pay, as far as it was looked at. */
export interface FeeSample {
  /** Whether every service there is was looked at. */
  readonly isWhole: boolean;
  /** Of services that one of these elements serves. */
  below(operator: string, elements: ReadonlySet<string>): Fees | undefined;
  of(operator: string): Fees | undefined;
}

/** Fewer services of a sample say less than all of the operator's. */
const SAMPLE_MIN = 30;

/** The projection of an outage that runs to a limit; `below` are the element and all that hang on it. */
export function missOf(
  outage: OutageView,
  below: ReadonlySet<string> | undefined,
  { packs, fees, now }: { readonly packs: Packs; readonly fees: FeeSample; readonly now: Instant },
): Miss | null {
  const { operator, from, services, confirmedAt: limitAt } = outage;
  const pack = packs.at(operator, from);
  const rules = pack?.rules.outage;
  if (!pack || !rules?.credit || limitAt === null) return null;
  const rested = restedOn(operator, below, fees);
  if (!rested || rested.fees.monthly === 0) return null;
  const { basis, fees: of } = rested;
  const fee = of.monthly / of.services;
  const past = Math.max(0, now - limitAt);
  const until = Math.max(limitAt, now);
  const shares =
    rules.credit.by === 'elapsed-share'
      ? { sum: (rules.limit + past) / monthAt(limitAt, pack.zone), day: DAY / monthAt(limitAt, pack.zone) }
      : {
          sum: daysTouched([{ from, to: until }], pack.zone).length / rules.credit.days,
          day: 1 / rules.credit.days,
        };
  const { currency } = of;
  return {
    amount: { minor: Math.round(services * fee * shares.sum), currency },
    perDay: { minor: Math.round(services * fee * shares.day), currency },
    limitAt,
    clause: rules.clauses['credit'] ?? rules.clause,
    basis,
    fees: of.services,
  };
}

function restedOn(
  operator: string,
  below: ReadonlySet<string> | undefined,
  fees: FeeSample,
): { readonly basis: MissBasis; readonly fees: Fees } | undefined {
  const served = below && fees.below(operator, below);
  if (served && fees.isWhole) return { basis: 'all', fees: served };
  if (served && served.services >= SAMPLE_MIN) return { basis: 'sample', fees: served };
  const all = fees.of(operator);
  return all && { basis: 'operator', fees: all };
}

/** How long the calendar month is in which an instant lies. */
function monthAt(at: Instant, zone: Zone): number {
  const from = startOfMonth(at, zone);
  return startOfMonth(from + 32 * DAY, zone) - from;
}
