/**
 * Where a SIM was, for its customer's collector: A1 9.1.3.
 *
 * Several SIMs of one customer may be used abroad in turn, so that none of them shows the risk that they show together. A mobile
 * service with roaming days tells, at the beginning of each local day and right after late records, on which days of the window of
 * fair use it was at home and on which in the zone, and the use on them. `collectors/customer-sims.ts` decides. Of a service that
 * was never in the zone nothing is told; one that has ended is told of for as long as its days are in the window.
 */
import { beginOf, dayNumber, monthsAfter, monthsBefore } from '../domain/calendar.js';
import { decisionId } from '../domain/decision.js';
import { atEachTick, type CustomerTale, type Effect, type Given, type ServiceDetector } from '../domain/detector.js';
import { keyName } from '../domain/fact.js';
import type { Pack } from '../domain/pack.js';
import { activeSince, heldSince, holderAt, profileAt } from '../domain/service.js';
import { NO_USE, showsRisk, stayOf } from '../domain/stay.js';
import type { Instant, Zone } from '../domain/units.js';
import { useOn } from '../domain/usage/days.js';

export interface RoamingDaysState {
  /** The day at whose beginning it is looked at next; 0: with the next use in the zone. */
  readonly next: number;
  /** The last fact told. */
  readonly told: {
    readonly revision: number;
    readonly operator: string;
    readonly customer: string;
    /** What tells it from another; nothing where it was the last for that customer. */
    readonly print: string;
  } | null;
}

export const roamingDays: ServiceDetector<RoamingDaysState> = {
  name: 'roaming-days',
  hears: [],
  reads: ['simsInTurn'],
  start: { next: 0, told: null },
  step: atEachTick(look),
};

const GONE = '';
const PRINT_LENGTH = 16;

function look(state: RoamingDaysState, given: Given, now: Instant): readonly [RoamingDaysState, readonly Effect[]] {
  const { days, touched } = given.usage;
  // Most services are never abroad.
  if (state.next === 0 && !touched.some((day) => (useOn(days, day)?.zoneSeen ?? 0) > 0)) return [state, []];
  const pack = given.pack(now);
  if (!pack.rules.simsInTurn || !pack.rules.roaming) return [state, []];
  const today = dayNumber(now, pack.zone);
  const holder = profileAt(given.facts, now).kind === 'mobile' ? holderAt(given.facts, now) : undefined;
  const customer = holder === undefined ? undefined : keyName(holder);
  const head = { is: 'roaming-days', service: given.facts.id, at: now } as const;
  const effects: Effect[] = [];
  let { told } = state;
  const shown = shownOn(today, given, pack, now);
  const abroad = customer !== undefined && shown.roaming.length > 0;
  if (told && told.print !== GONE && !(abroad && told.customer === customer && told.operator === pack.operator)) {
    const { operator, customer: last } = told;
    told = { ...told, revision: told.revision + 1, print: GONE };
    const tale = { ...head, ...NOWHERE, operator, customer: last, revision: told.revision, look: today, stands: false };
    effects.push({ do: 'tell', tale });
  }
  if (abroad) {
    const print = decisionId([customer, shown]).slice(0, PRINT_LENGTH);
    if (told?.print !== print) {
      told = { revision: (told?.revision ?? 0) + 1, operator: pack.operator, customer, print };
      const { operator, revision } = told;
      effects.push({ do: 'tell', tale: { ...head, ...shown, operator, customer, revision, stands: true } });
    }
  }
  // The window of tomorrow has today in it.
  const from = monthsBefore(today + 1, pack.rules.roaming.months);
  const comes = days.some(({ day, zoneSeen }) => zoneSeen > 0 && day >= from);
  const next = comes || (told && told.print !== GONE) ? today + 1 : 0;
  if (next) effects.push({ do: 'wake', at: beginOf(next, pack.zone) });
  return [next === state.next && told === state.told ? state : { next, told }, effects];
}

type Shown = Omit<
  CustomerTale & { readonly is: 'roaming-days' },
  'is' | 'operator' | 'customer' | 'service' | 'revision' | 'at' | 'stands'
>;

const NOWHERE: Omit<Shown, 'look'> = {
  since: 0,
  domestic: [],
  roaming: [],
  domesticUse: NO_USE,
  roamingUse: NO_USE,
  risk: false,
};

/** What the look of a day sees: of the window before it the days on which the service was its holder's. */
function shownOn(day: number, { facts, usage }: Given, pack: Pack, now: Instant): Shown {
  const { zone } = pack;
  const rules = pack.rules.roaming!;
  const window = monthsBefore(day, rules.months);
  const since = wholeDay(heldSince(facts, now), zone);
  // By itself it shows risk where the rule finds it: whoever holds it, and not before it was active for so long.
  const active = activeSince(facts);
  const looked =
    day >= monthsAfter(dayNumber(active, zone), rules.months) + wholeDay(active, zone) - dayNumber(active, zone);
  const risk = looked && showsRisk(stayOf(usage.days, window, day, rules), pack);
  return { look: day, since, ...stayOf(usage.days, Math.max(window, since), day, rules), risk };
}

/** The first day that is whole from an instant on. */
function wholeDay(from: Instant, zone: Zone): number {
  const day = dayNumber(from, zone);
  return beginOf(day, zone) === from ? day : day + 1;
}
