/** The oracle's fair use of roaming: contract 10. */
import { dayStart, fromWall, startOfDay, wall } from '../../pipelines/domain/calendar.js';
import type { Facts } from './facts.js';
import type { Look, Rule } from './oracle.js';
import type { Measure } from './wire.js';

const ZONE = ['BA', 'MK', 'ME', 'AL', 'XK'];
const USES = ['dataBytes', 'voiceSeconds', 'messages'] as const satisfies readonly Measure[];
const DAY = 86_400_000;
/** So many local days after a surcharge late records may still show that it was wrong. */
const MEMORY_DAYS = 130;
const TERM_DAYS = 15;

type Uses = Record<(typeof USES)[number], number>;

/** What a stretch of whole local days shows. */
interface Shown {
  readonly domesticDays: number;
  readonly roamingDays: number;
  readonly domesticUse: Uses;
  readonly roamingUse: Uses;
  readonly risky: readonly (typeof USES)[number][];
}

interface Episode {
  readonly number: number;
  readonly found: number;
  /** How many receipts had come before. */
  readonly receipts: number;
  readonly measures: readonly (typeof USES)[number][];
}
interface Surcharge extends Episode {
  readonly from: number;
  /** The midnight of the look that started it. */
  readonly look: number;
  /** The first day of its term. */
  readonly term: string;
  stopped: number | undefined;
  refunded: number | undefined;
}

export class Roaming implements Rule {
  #episodes = 0;
  #warned: Episode | undefined;
  readonly #surcharges: Surcharge[] = [];

  look({ now, facts, touched, seen, imported, timer, decide }: Look): void {
    const today = startOfDay(now, facts.zone);
    const late = [...touched.map(({ at }) => at), ...seen].some((at) => at < today);
    const midnight = timer && now === today;
    const anew = late || imported;
    const isLooked = (midnight || late) && today >= monthsLater(facts.since, 4, facts.zone);

    for (const one of this.#surcharges) {
      const running = one.stopped === undefined;
      const until = one.stopped ?? now;
      const from = anew || (running && midnight) ? this.#wrongFrom(one, until, today, anew, facts) : undefined;
      if (from === undefined || facts.day(now) > nextDate(facts.day(until), MEMORY_DAYS)) continue;
      if (running) {
        one.stopped = now;
        decide('roaming.surcharge.stopped', { episode: one.number });
      }
      // A look at the very instant of the stop leaves nothing to refund.
      if ((from !== one.from && from === until) || from >= (one.refunded ?? Infinity)) continue;
      one.refunded = from;
      decide('roaming.surcharge.refunded', { episode: one.number, from });
    }
    if (this.#surcharges.some((one) => one.stopped === undefined)) return;

    const warned = this.#warned;
    if (warned) {
      const receipt = receiptOf(facts, warned);
      const term = receipt === undefined ? undefined : nextDate(facts.day(receipt), 1);
      if (term !== undefined && now >= dayStart(nextDate(term, TERM_DAYS), facts.zone)) {
        this.#warned = undefined;
        if (!startHolds(facts, warned, term, today)) return;
        const given = { from: now, look: today, term, stopped: undefined, refunded: undefined };
        this.#surcharges.push({ ...warned, ...given });
        decide('roaming.surcharge.started', { episode: warned.number, from: now });
      } else if (isLooked && riskAt(facts, today).risky.length === 0) this.#warned = undefined;
      return;
    }
    if (!isLooked) return;
    const { risky, ...shown } = riskAt(facts, today);
    if (risky.length === 0) return;
    this.#episodes += 1;
    const receipts = facts.of('notice.progressed').length;
    this.#warned = { number: this.#episodes, found: now, receipts, measures: risky };
    const { domesticDays, roamingDays, domesticUse, roamingUse } = shown;
    const window = { from: monthsBefore(today, 4, facts.zone), to: today };
    const data = { window, domesticDays, roamingDays, domesticUse, roamingUse };
    decide('roaming.risk.found', { ...data, episode: this.#episodes });
  }

  /** From when on a surcharge should not be, by what is known now: its start, or the first look since without risk. */
  #wrongFrom(one: Surcharge, until: number, today: number, anew: boolean, facts: Facts): number | undefined {
    if (anew && !startHolds(facts, one, one.term, one.look)) return one.from;
    const last = Math.min(until, today);
    // Without anything late only today's look can say something new.
    for (let look = anew ? nextMidnight(one.look, facts) : today; look <= last; look = nextMidnight(look, facts)) {
      if (look > one.look && riskAt(facts, look).risky.length === 0) return look;
    }
    return undefined;
  }
}

/** The warning's receipt, by the clock of who received it; the first one that is known. */
function receiptOf(facts: Facts, { found, receipts }: Episode): number | undefined {
  const times = facts
    .of('notice.progressed')
    .slice(receipts)
    .filter(({ at, data }) => data['template'] === 'roaming-warning' && at >= found)
    .filter(({ data }) => data['state'] === 'delivered' || data['state'] === 'read')
    .map(({ at }) => at);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Whether, after a term without a change of behaviour, the window of a look still shows risk. */
function startHolds(facts: Facts, episode: Episode, term: string, look: number): boolean {
  const to = dayStart(nextDate(term, TERM_DAYS), facts.zone);
  const { domesticDays, roamingDays, domesticUse, roamingUse } = shownOver(facts, dayStart(term, facts.zone), to);
  if (domesticDays > roamingDays) return false;
  if (episode.measures.some((measure) => domesticUse[measure] > roamingUse[measure])) return false;
  return riskAt(facts, look).risky.length > 0;
}

/** What the look of a midnight sees; `risky` is empty where there is no risk. */
function riskAt(facts: Facts, midnight: number): Shown {
  return shownOver(facts, monthsBefore(midnight, 4, facts.zone), midnight);
}

function shownOver(facts: Facts, from: number, to: number): Shown {
  let [domesticDays, roamingDays] = [0, 0];
  const domesticUse = { ...UNUSED };
  const roamingUse = { ...UNUSED };
  for (const { at, isHome, home, away } of daysOf(facts)) {
    if (at < from || at >= to) continue;
    if (isHome) domesticDays += 1;
    else roamingDays += 1;
    if (home) for (const use of USES) domesticUse[use] += home[use];
    if (away) for (const use of USES) roamingUse[use] += away[use];
  }
  const risky = roamingDays > domesticDays ? USES.filter((use) => roamingUse[use] > domesticUse[use]) : [];
  return { domesticDays, roamingDays, domesticUse, roamingUse, risky };
}

/** A local day on which somebody was, or used something, at home or in the zone. */
interface Day {
  /** An instant of it: windows and terms are whole local days. */
  readonly at: number;
  isHome: boolean;
  home: Uses | undefined;
  away: Uses | undefined;
}

const UNUSED: Readonly<Uses> = { dataBytes: 0, voiceSeconds: 0, messages: 0 };
const known = new WeakMap<Facts, readonly Day[]>();

/** What is known at one time is gone through once. */
function daysOf(facts: Facts): readonly Day[] {
  const held = known.get(facts);
  if (held) return held;
  const days = new Map<string, Day>();
  const seen = facts.of('presence.observed').map(({ at, data }) => ({ at, country: data['country'], uses: undefined }));
  const used = facts.live.filter(({ counts }) => counts !== 'cycles');
  for (const { at, country, uses } of [...seen, ...used]) {
    const isHome = country === facts.home;
    if (!isHome && !ZONE.includes(country as string)) continue;
    const date = facts.day(at);
    let day = days.get(date);
    if (!day) days.set(date, (day = { at, isHome: false, home: undefined, away: undefined }));
    day.isHome ||= isHome;
    if (!uses) continue;
    const sum = (day[isHome ? 'home' : 'away'] ??= { ...UNUSED });
    for (const use of USES) sum[use] += Number(uses[use]);
  }
  const found = [...days.values()];
  known.set(facts, found);
  return found;
}

// --- Dates ---

function nextMidnight(at: number, facts: Facts): number {
  return dayStart(nextDate(facts.day(at), 1), facts.zone);
}

function nextDate(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** The same wall clock so many calendar months on; a day that the month does not have is its last one. */
function monthsLater(at: number, months: number, zone: string): number {
  const shown = new Date(wall(at, zone));
  const day = shown.getUTCDate();
  const moved = new Date(shown);
  moved.setUTCDate(1);
  moved.setUTCMonth(moved.getUTCMonth() + months);
  const last = new Date(Date.UTC(moved.getUTCFullYear(), moved.getUTCMonth() + 1, 0)).getUTCDate();
  moved.setUTCDate(Math.min(day, last));
  return fromWall(moved.getTime(), zone);
}

function monthsBefore(midnight: number, months: number, zone: string): number {
  return monthsLater(midnight, -months, zone);
}
