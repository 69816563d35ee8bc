/**
 * Use that an engineer should look at, beside the limits of A1 14.1 and 14.2. It bars nobody, and nobody is told.
 *
 * - A day's sum is above median + factor x MAD of the days before it: one holiday does not blind it, as it does a mean.
 * - More calls of one number at one moment than call waiting allows.
 * - Use in two countries with less time between than it takes to travel.
 * - Short calls to ranges on the operator's list.
 *
 * Each is said once for a local day. A day is looked at when something came for it, and as far as sums go also when a day before it
 * changed; what was said and has no reason any more is withdrawn. A service of which nothing came is not looked at.
 */
import { beginOf, dayNumber } from '../domain/calendar.js';
import { type Draft, decide, MEASURES, type Measure, USAGE_FLAGS, type UsageFlag } from '../domain/decision.js';
import { atEachTick, type Effect, type Given, type ServiceDetector } from '../domain/detector.js';
import type { Money } from '../domain/money.js';
import type { Pack, UnusualUseRules } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';
import { useOn } from '../domain/usage/days.js';
import { knownFrom } from '../domain/usage/known.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import type { UsageRecord, Wanted } from '../domain/usage/record.js';
import {
  deviates,
  endOf,
  isCall,
  isShort,
  largest,
  overlapping,
  type Sign,
  shortCalls,
  spreadOf,
  twoCountries,
} from '../domain/usage/unusual.js';
import { instantsOf } from '../domain/usage/windows.js';

/** A flag of a day: which, for which measure (-1: none), how often it was raised, and whether it stands. */
type Raised = readonly [flag: number, measure: number, day: number, episode: number, stands: boolean];

export interface UnusualUseState {
  readonly raised: readonly Raised[];
}

export const unusualUse: ServiceDetector<UnusualUseState> = {
  name: 'unusual-use',
  hears: [],
  reads: ['unusualUse'],
  start: { raised: [] },
  step: atEachTick(look),
};

/** How long what was said of a day is remembered: as long as late records can come for it, and for those before it. */
const REMEMBERED_DAYS = 170;
/** Days whose records, and those of the day before, are all still held. */
const RECORD_DAYS = 131;

function look(state: UnusualUseState, given: Given, now: Instant): readonly [UnusualUseState, readonly Effect[]] {
  const { touched } = given.usage;
  if (touched.length === 0) return [state, []];
  const pack = given.pack(now);
  const rules = pack.rules.unusualUse;
  if (!rules) return [state, []];
  const looking = new Look(state, given, now, pack, rules);
  if (rules.deviation) looking.sums(touched, rules.deviation);
  looking.records(touched);
  return [looking.state(state), looking.effects];
}

class Look {
  readonly effects: Effect[] = [];
  readonly #given: Given;
  readonly #now: Instant;
  readonly #pack: Pack;
  readonly #rules: UnusualUseRules;
  readonly #today: number;
  #raised: readonly Raised[];

  constructor(state: UnusualUseState, given: Given, now: Instant, pack: Pack, rules: UnusualUseRules) {
    this.#given = given;
    this.#now = now;
    this.#pack = pack;
    this.#rules = rules;
    this.#today = dayNumber(now, pack.zone);
    const kept = this.#today - REMEMBERED_DAYS;
    this.#raised = state.raised.some(([, , day]) => day < kept)
      ? state.raised.filter(([, , day]) => day >= kept)
      : state.raised;
  }

  state(before: UnusualUseState): UnusualUseState {
    return this.#raised === before.raised ? before : { raised: this.#raised };
  }

  // --- Sums ---

  /** The days of which something came, and those that look back on them. */
  sums(touched: readonly number[], rules: NonNullable<UnusualUseRules['deviation']>): void {
    const days = new Set(touched);
    const last = Math.max(this.#today, touched.at(-1)!);
    for (const day of touched) for (let on = day + 1; on <= day + rules.days && on <= last; on++) days.add(on);
    for (const day of [...days].sort((a, b) => a - b)) {
      for (const measure of rules.measures) this.#sum(day, measure, rules);
    }
  }

  #sum(day: number, measure: Measure, rules: NonNullable<UnusualUseRules['deviation']>): void {
    const { usage, facts } = this.#given;
    const { zone, vatPercent, currency } = this.#pack;
    const floor = measure === 'charge' ? fineOf(rules.floor.charge, vatPercent) : rules.floor[measure];
    // What was imported is looked back at; by itself it makes no day unusual.
    const value = useOn(usage.days, day)?.[measure] ?? 0;
    const held = this.#standing('deviation', measure, day);
    if (value < floor && !held) return;
    const from = Math.max(day - rules.days, knownFrom(facts, usage.days, zone));
    const before: number[] = [];
    for (let on = from; on < day; on++) before.push(usage.sum(measure, on, on + 1));
    const isUnusual = value >= floor && before.length >= rules.daysMin && deviates(value, before, rules.factor);
    if (isUnusual === (held !== undefined)) return;
    const { median, mad } = before.length > 0 ? spreadOf(before) : { median: 0, mad: 0 };
    const shown = (sum: number): number | Money => (measure === 'charge' ? moneyOf(sum, currency) : sum);
    this.#say('deviation', measure, day, {
      value: shown(value),
      expected: shown(median),
      bound: shown(Math.max(median + rules.factor * mad, floor)),
      evidence: isUnusual ? largest(usage.records(day), measure).map(nameOf) : [],
      because: {
        arithmetic: 'the day is above median + factor x MAD of the days before it, and not below the floor',
        sum: value,
        median,
        mad,
        factor: rules.factor,
        floor,
        days: before.length,
      },
    });
  }

  // --- Records ---

  /** The days whose records may show something new: where only records were added, what they can be a part of. */
  records(touched: readonly number[]): void {
    const { news } = this.#given.usage;
    const days: Readonly<Record<Exclude<UsageFlag, 'deviation'>, Set<number>>> = {
      'overlapping-calls': new Set(),
      'two-countries': new Set(),
      'short-calls': new Set(),
    };
    if (news) for (const record of news) this.#find(record, days);
    else {
      for (const day of touched) {
        for (const flag of ['overlapping-calls', 'two-countries'] as const) days[flag].add(day).add(day + 1);
        days['short-calls'].add(day);
      }
    }
    for (const day of [...days['overlapping-calls']].sort((a, b) => a - b)) this.#calls(day);
    for (const day of [...days['two-countries']].sort((a, b) => a - b)) this.#countries(day);
    for (const day of [...days['short-calls']].sort((a, b) => a - b)) this.#short(day);
  }

  #find(record: UsageRecord, days: Readonly<Record<Exclude<UsageFlag, 'deviation'>, Set<number>>>): void {
    const { day } = record;
    const runsOver = endOf(record) > beginOf(day + 1, this.#pack.zone);
    if (isCall(record)) {
      days['overlapping-calls'].add(day);
      if (runsOver) days['overlapping-calls'].add(day + 1);
    }
    if (record.country !== undefined && this.#isElsewhere(record)) days['two-countries'].add(day).add(day + 1);
    if (isShort(record, this.#rules.shortCalls.secondsMax)) days['short-calls'].add(day);
  }

  /** Whether another country than a record's is named around its day. Who was nowhere but at home is not looked up. */
  #isElsewhere({ day, country: own }: UsageRecord): boolean {
    const { usage } = this.#given;
    const around = [day - 1, day, day + 1];
    const isAway = around.some((on) => {
      const use = useOn(usage.days, on);
      return use !== undefined && (use.zoneSeen > 0 || use.elsewhereSeen > 0);
    });
    const other: Wanted = (_, country) => country !== undefined && country !== own;
    return isAway && around.some((on) => usage.records(on, other).length > 0);
  }

  #calls(day: number): void {
    if (!this.#isHeld(day)) return;
    const sign = overlapping(this.#around(day, isVoice), this.#span(day), this.#rules.callsMax);
    this.#judge('overlapping-calls', day, sign, 'more calls at one moment than a number can have');
  }

  #countries(day: number): void {
    const { travelMin } = this.#rules;
    if (travelMin === null || !this.#isHeld(day)) return;
    const home = this.#pack.rules.roaming?.homeCountries[0] ?? '';
    const sign = twoCountries(this.#around(day, hasCountry), this.#span(day), { travelMin, home });
    this.#judge('two-countries', day, sign, 'seconds between use in two countries are fewer than the way takes', home);
  }

  #short(day: number): void {
    if (this.#rules.shortCalls.ranges.length === 0 || !this.#isHeld(day)) return;
    const sign = shortCalls(this.#given.usage.records(day, isVoice), this.#rules.shortCalls);
    this.#judge('short-calls', day, sign, 'short calls to listed ranges');
  }

  #judge(
    flag: Exclude<UsageFlag, 'deviation'>,
    day: number,
    sign: Sign | undefined,
    arithmetic: string,
    home = '',
  ): void {
    const held = this.#standing(flag, undefined, day);
    if ((sign !== undefined) === (held !== undefined)) return;
    const { value, bound, evidence = [] } = sign ?? {};
    this.#say(flag, undefined, day, {
      ...(value !== undefined && { value }),
      ...(bound !== undefined && { bound }),
      evidence: evidence.map(nameOf),
      because: {
        arithmetic,
        ...(flag === 'two-countries' && {
          countries: evidence.map(({ country, place }) => placeName(country, place, home)),
        }),
        ...(flag === 'short-calls' && { secondsMax: this.#rules.shortCalls.secondsMax }),
      },
    });
  }

  /** The records of a day and of the one before it: a call may run past midnight. */
  #around(day: number, wanted: Wanted): readonly UsageRecord[] {
    const { usage } = this.#given;
    return [...usage.records(day - 1, wanted), ...usage.records(day, wanted)];
  }

  #span(day: number): { readonly from: Instant; readonly to: Instant } {
    return instantsOf({ from: day, to: day + 1 }, this.#pack.zone);
  }

  #isHeld(day: number): boolean {
    return day >= this.#today - RECORD_DAYS;
  }

  // --- What is decided ---

  #standing(flag: UsageFlag, measure: Measure | undefined, day: number): Raised | undefined {
    const held = this.#last(flag, measure, day);
    return held?.[4] ? held : undefined;
  }

  #last(flag: UsageFlag, measure: Measure | undefined, day: number): Raised | undefined {
    const of = measureNumber(measure);
    const number = USAGE_FLAGS.indexOf(flag);
    return this.#raised.find(([one, which, on]) => one === number && which === of && on === day);
  }

  /** Raises the flag where it does not stand, withdraws it where it does. */
  #say(
    flag: UsageFlag,
    measure: Measure | undefined,
    day: number,
    said: Pick<Draft<'usage.flag.withdrawn'>['data'], 'value' | 'expected' | 'bound' | 'evidence' | 'because'>,
  ): void {
    const held = this.#last(flag, measure, day);
    const stands = !held?.[4];
    const episode = (held?.[3] ?? 0) + (stands ? 1 : 0);
    const others = this.#raised.filter((one) => one !== held);
    this.#raised = [...others, [USAGE_FLAGS.indexOf(flag), measureNumber(measure), day, episode, stands]];
    const { operator } = this.#pack;
    const span = this.#span(day);
    const draft: Draft<'usage.flagged'> = {
      type: 'usage.flagged',
      subject: this.#given.facts.id,
      time: this.#now,
      data: {
        operator,
        clause: this.#rules.clause,
        flag,
        ...(measure && { measure }),
        ...span,
        episode,
        ...(this.#now >= span.to && { late: true }),
        ...said,
        value: said.value ?? 0,
      },
    };
    if (stands) this.effects.push({ do: 'decide', draft });
    else {
      const because = { ...said.because, why: 'what is known now gives no reason for the flag' };
      const { value: _, ...rest } = draft.data;
      const data = { ...rest, ...said, of: decide(draft).id, because };
      this.effects.push({ do: 'decide', draft: { ...draft, type: 'usage.flag.withdrawn', data } });
    }
  }
}

const isVoice: Wanted = (kind) => kind === 'voice';
const hasCountry: Wanted = (_, country) => country !== undefined;

function measureNumber(measure: Measure | undefined): number {
  return measure === undefined ? -1 : MEASURES.indexOf(measure);
}

/** A record as decisions name it: 16 hex digits. */
function nameOf({ print }: UsageRecord): string {
  return Buffer.from(print, 'latin1').toString('hex');
}

function placeName(country: string | undefined, place: UsageRecord['place'], home: string): string {
  return place === 'home' ? home : (country ?? '');
}
