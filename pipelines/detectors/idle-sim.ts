/**
 * A SIM that is long inactive at home and used mostly in roaming: A1 9.1.3.
 *
 *   none ─inactive for so many days, and its use mostly in roaming─► found ─a look without it─► none
 *
 * Looked at the beginning of a local day, and right after late records: how many whole local days on end the SIM gave no sign at
 * home (no use, no presence), and of the days in the window on which it was seen at all, how many were in the countries of
 * roaming fair use. It is a flag for a person to judge: nobody is barred, warned or charged by it. Where late records show that it
 * was none, it is withdrawn.
 */
import { beginOf, dayNumber, formatLocal, monthsBefore } from '../domain/calendar.js';
import { type Draft, decide } from '../domain/decision.js';
import { atEachTick, type Effect, type Given, isLate, type ServiceDetector } from '../domain/detector.js';
import { contains, union } from '../domain/intervals.js';
import type { IdleSimRules, Pack } from '../domain/pack.js';
import { activeAt, parkedSpans, suspendedSpans } from '../domain/service.js';
import type { Instant } from '../domain/units.js';
import { useOn } from '../domain/usage/days.js';
import { knownFrom } from '../domain/usage/known.js';

/** The pattern that was found last: whether it stands, and the day whose look found it. */
interface Episode {
  readonly number: number;
  readonly day: number;
  readonly stands: boolean;
  readonly withdrawn: boolean;
}

export interface IdleSimState {
  /** The day whose look is due next; 0 where nothing shows that one is needed. */
  readonly next: number;
  readonly episode: Episode | null;
}

export const idleSim: ServiceDetector<IdleSimState> = {
  name: 'idle-sim',
  hears: [],
  reads: ['idleSim'],
  start: { next: 0, episode: null },
  step: atEachTick(look),
};

/** For how long late records can change what a look saw. */
const REMEMBERED_DAYS = 131;
/** Inactive for longer than this is not told apart: sums of days are forgotten then. */
const REACH_DAYS = 260;

function look(state: IdleSimState, given: Given, now: Instant): readonly [IdleSimState, readonly Effect[]] {
  const { days, touched } = given.usage;
  // Most services are never abroad. One that is judged goes on until its window is empty.
  if (state.next === 0 && !state.episode && !touched.some((day) => (useOn(days, day)?.zoneSeen ?? 0) > 0))
    return [state, []];
  const pack = given.pack(now);
  const rules = pack.rules.idleSim;
  if (!rules) return [state, []];
  const today = dayNumber(now, pack.zone);
  const effects: Effect[] = [];
  let { episode } = state;
  const late = touched.some((day) => day < today);
  if ((late || given.usage.imported) && episode && !episode.withdrawn && episode.day >= today - REMEMBERED_DAYS) {
    const shown = shownOn(episode.day, given, pack, rules);
    if (!shown.found) {
      effects.push(decided('roaming.pattern.withdrawn', episode, shown, given, pack, now));
      episode = { ...episode, stands: false, withdrawn: true };
    }
  }
  const shown = shownOn(today, given, pack, rules);
  // What today shows is not yet a whole day: a look is due at its beginning, and again where the days before it changed.
  if (late || (state.next !== 0 && state.next <= today)) {
    if (shown.found && !episode?.stands && activeAt(given.facts, now)) {
      episode = { number: (episode?.number ?? 0) + 1, day: today, stands: true, withdrawn: false };
      effects.push(decided('roaming.pattern.found', episode, shown, given, pack, now));
    } else if (!shown.found && episode?.stands) episode = { ...episode, stands: false };
  }
  const next = nextLook(today, shown, episode, given, rules);
  if (next) effects.push({ do: 'wake', at: beginOf(next, pack.zone) });
  return [next === state.next && episode === state.episode ? state : { next, episode }, effects];
}

/** What the look of a day sees. */
interface Shown {
  /** The window, in days. */
  readonly from: number;
  readonly to: number;
  readonly domesticDays: number;
  readonly roamingDays: number;
  /** The day after the last sign at home. */
  readonly inactiveFrom: number;
  readonly inactiveDays: number;
  readonly mostlyRoaming: boolean;
  readonly found: boolean;
}

function shownOn(day: number, { facts, usage }: Given, { zone, rules: all }: Pack, rules: IdleSimRules): Shown {
  const from = monthsBefore(day, rules.months);
  const elsewhereIsHome = all.roaming?.elsewhere === 'home';
  let inactiveFrom = Math.max(knownFrom(facts, usage.days, zone), day - REACH_DAYS);
  let domesticDays = 0;
  let roamingDays = 0;
  for (const { day: of, homeSeen, zoneSeen, elsewhereSeen } of usage.days) {
    if (of >= day) break;
    const isHome = homeSeen > 0 || (elsewhereIsHome && elsewhereSeen > 0);
    if (isHome) inactiveFrom = Math.max(inactiveFrom, of + 1);
    if (of < from) continue;
    if (isHome) domesticDays += 1;
    else if (zoneSeen > 0) roamingDays += 1;
  }
  const inactiveDays = Math.max(0, day - inactiveFrom) - daysOut(inactiveFrom, day, facts, zone);
  const mostlyRoaming = roamingDays * 100 > (domesticDays + roamingDays) * rules.roamingSharePercent;
  const found = mostlyRoaming && inactiveDays >= rules.inactiveDays;
  return { from, to: day, domesticDays, roamingDays, inactiveFrom, inactiveDays, mostlyRoaming, found };
}

/** Days at whose beginning the service was parked or suspended: nobody could use it. */
function daysOut(from: number, to: number, facts: Given['facts'], zone: string): number {
  if (facts.turns.length === 0) return 0;
  const out = union([...parkedSpans(facts), ...suspendedSpans(facts)]);
  let days = 0;
  for (let day = from; day < to; day++) if (contains(out, beginOf(day, zone))) days += 1;
  return days;
}

/** The next day on which time alone may change what is found; 0: none, as long as nothing more is heard. */
function nextLook(today: number, shown: Shown, episode: Episode | null, { usage }: Given, rules: IdleSimRules): number {
  if (episode?.stands) return today + 1;
  const from = monthsBefore(today + 1, rules.months);
  if (!usage.days.some(({ day, zoneSeen }) => zoneSeen > 0 && day >= from)) return 0;
  return Math.max(today + 1, shown.inactiveFrom + rules.inactiveDays);
}

function decided(
  type: 'roaming.pattern.found' | 'roaming.pattern.withdrawn',
  episode: Episode,
  shown: Shown,
  given: Given,
  pack: Pack,
  now: Instant,
): Effect {
  const { zone, operator } = pack;
  const { clause, inactiveDays, roamingSharePercent } = pack.rules.idleSim!;
  const due = beginOf(episode.day, zone);
  const draft: Draft<'roaming.pattern.found'> = {
    type: 'roaming.pattern.found',
    subject: given.facts.id,
    time: now,
    data: {
      operator,
      clause,
      because: {
        arithmetic:
          'days on end without a sign at home reach the bound, and of the days seen more than the share are in roaming',
        inactiveDaysMin: inactiveDays,
        roamingSharePercent,
        lookOf: formatLocal(due, zone),
      },
      pattern: 'long-inactivity',
      window: { from: beginOf(shown.from, zone), to: beginOf(shown.to, zone) },
      episode: episode.number,
      domesticDays: shown.domesticDays,
      roamingDays: shown.roamingDays,
      inactiveDays: shown.inactiveDays,
      inactiveFrom: beginOf(shown.inactiveFrom, zone),
      ...(isLate(due, now) && { late: true }),
    },
  };
  if (type === 'roaming.pattern.found') return { do: 'decide', draft };
  const because = { ...draft.data.because, arithmetic: 'late records show that the look found what was not so' };
  return { do: 'decide', draft: { ...draft, type, data: { ...draft.data, of: decide(draft).id, because } } };
}
