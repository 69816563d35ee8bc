/**
 * Several SIMs of one customer used abroad in turn: A1 9.1.3.
 *
 * Taken together, the SIMs that roamed in the window of fair use show its risk: more days and more use in the zone than at home.
 * None of them shows it alone, because no two were abroad on one day. It is a flag for a person to judge: nobody is barred, warned or
 * charged by it. It is looked at with the beginning of each local day, and right after late records; a look that finds nothing ends
 * it, and where that is one after late records, or after a SIM left the customer, the flag is withdrawn.
 */
import { beginOf, formatLocal, monthsBefore } from '../domain/calendar.js';
import { type Draft, decide } from '../domain/decision.js';
import { isLate } from '../domain/detector.js';
import { customerKey, type RoamingDaysFact } from '../domain/fact.js';
import type { Pack, Packs } from '../domain/pack.js';
import { lengthOf, prevailing, type Stay, showsRisk, together } from '../domain/stay.js';
import type { Instant } from '../domain/units.js';
import { type Collector, earliest, upTo } from './collector.js';

export interface CustomerSims {
  readonly operator: string;
  readonly customer: string;
  readonly sims: ReadonlyMap<string, RoamingDaysFact>;
  readonly waiting: readonly RoamingDaysFact[];
  readonly episodes: number;
  /** What was found and still stands: on whom it was said, and its id. */
  readonly open: { readonly subject: string; readonly id: string } | null;
}

export const customerSims: Collector<RoamingDaysFact, CustomerSims> = {
  name: 'customer-sims',
  hears: 'roaming-days',
  reads: ['simsInTurn', 'roaming'],
  prefix: 'cs',
  keyOf: customerKey,
  start: ({ operator, customer }) => ({
    operator,
    customer,
    sims: new Map(),
    waiting: [],
    episodes: 0,
    open: null,
  }),
  hear(state, fact) {
    const held = state.sims.get(fact.service)?.revision ?? 0;
    const same = (one: RoamingDaysFact) => one.service === fact.service && one.revision === fact.revision;
    if (held >= fact.revision || state.waiting.some(same)) return state;
    return { ...state, waiting: [...state.waiting, fact] };
  },
  judge(state, { clock, packs }) {
    const { due, rest } = upTo(state.waiting, clock);
    const drafts: Draft[] = [];
    let held: CustomerSims = { ...state, waiting: rest };
    for (const [at, facts] of due) {
      const sims = new Map(held.sims);
      for (const fact of facts) {
        if ((sims.get(fact.service)?.revision ?? 0) >= fact.revision) continue;
        if (fact.stands) sims.set(fact.service, fact);
        else sims.delete(fact.service);
      }
      held = look({ ...held, sims }, at, packs, drafts);
    }
    return { state: held, drafts, next: earliest(rest.map(({ at }) => at)) };
  },
  keep({ sims, ...head }) {
    if (sims.size === 0 && head.waiting.length === 0 && head.episodes === 0) return undefined;
    return { head, parts: sims };
  },
  take: ({ head, parts }) => ({ ...(head as unknown as CustomerSims), sims: parts as CustomerSims['sims'] }),
};

/** What a look sees. */
interface Shown {
  readonly look: number;
  readonly sims: readonly RoamingDaysFact[];
  readonly all: Stay;
  readonly found: boolean;
}

function look(state: CustomerSims, at: Instant, packs: Packs, drafts: Draft[]): CustomerSims {
  const pack = packs.at(state.operator, at);
  if (!pack?.rules.simsInTurn || !pack.rules.roaming) return state;
  const shown = shownOf([...state.sims.values()], pack);
  const begin = shown ? beginOf(shown.look, pack.zone) : at;
  if (shown?.found && !state.open) {
    const episodes = state.episodes + 1;
    const draft = found(state.customer, shown, episodes, at, pack);
    drafts.push(draft);
    return { ...state, episodes, open: { subject: draft.subject, id: decide(draft).id } };
  }
  if (shown?.found || !state.open) return state;
  // A day that went by ends it; what takes it away within the day was not known when it was found.
  if (shown && at !== begin) drafts.push(withdrawn(state, shown, at, pack));
  return { ...state, open: null };
}

/** Of the SIMs that have told of the latest look; undefined where there is none. */
function shownOf(all: readonly RoamingDaysFact[], pack: Pack): Shown | undefined {
  if (all.length === 0) return undefined;
  const latest = Math.max(...all.map((sim) => sim.look));
  const sims = all.filter((sim) => sim.look === latest).sort((a, b) => (a.service < b.service ? -1 : 1));
  const { simsMin, roamingDaysMin } = pack.rules.simsInTurn!;
  const merged = together(sims);
  const used = sims.filter(({ roaming }) => lengthOf(roaming) >= roamingDaysMin);
  const each = sims.reduce((days, { roaming }) => days + lengthOf(roaming), 0);
  const abroad = lengthOf(together(sims.map((sim) => ({ ...sim, domestic: [] }))).roaming);
  const from = monthsBefore(latest, pack.rules.roaming!.months);
  const found =
    used.length >= simsMin &&
    // Each day abroad is one of one SIM alone.
    each === abroad &&
    sims.some(({ since }) => since <= from) &&
    !sims.some(({ risk }) => risk) &&
    showsRisk(merged, pack);
  return { look: latest, sims, all: merged, found };
}

function found(
  customer: string,
  { look: day, sims, all }: Shown,
  episode: number,
  at: Instant,
  { operator, zone, rules }: Pack,
): Draft<'roaming.pattern.found'> {
  const due = beginOf(day, zone);
  const date = (of: number) => formatLocal(beginOf(of, zone), zone).slice(0, 'yyyy-mm-dd'.length);
  return {
    type: 'roaming.pattern.found',
    // One of them has to be the subject: the first by name of those that roamed.
    subject: sims[0]!.service,
    time: at,
    data: {
      operator,
      clause: rules.simsInTurn!.clause,
      because: {
        arithmetic:
          'together more roaming than domestic days and more use in these measures; no SIM alone; no two in roaming on one day',
        measures: [...prevailing(all)],
        lookOf: formatLocal(due, zone),
        sims: sims.map(({ service, domestic, roaming, domesticUse, roamingUse }) => ({
          service,
          domesticDays: lengthOf(domestic),
          roamingDays: lengthOf(roaming),
          // The first and the last day of each stay.
          roaming: roaming.map(([from, to]) => [date(from), date(to - 1)]),
          domesticUse,
          roamingUse,
        })),
      },
      pattern: 'sims-in-turn',
      customerId: customer,
      window: { from: beginOf(monthsBefore(day, rules.roaming!.months), zone), to: due },
      episode,
      domesticDays: lengthOf(all.domestic),
      roamingDays: lengthOf(all.roaming),
      domesticUse: all.domesticUse,
      roamingUse: all.roamingUse,
      services: sims.map(({ service }) => service),
      ...(isLate(due, at) && { late: true }),
    },
  };
}

function withdrawn(state: CustomerSims, shown: Shown, at: Instant, pack: Pack): Draft<'roaming.pattern.withdrawn'> {
  const { subject, id } = state.open!;
  const { data } = found(state.customer, shown, state.episodes, at, pack);
  const arithmetic = 'late records, or a SIM that left the customer, show that the pattern is none';
  return {
    type: 'roaming.pattern.withdrawn',
    subject,
    time: at,
    data: { ...data, of: id, because: { ...data.because, arithmetic } },
  };
}
