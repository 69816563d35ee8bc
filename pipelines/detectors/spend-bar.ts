/**
 * The bar that a subscriber asked for: A1 14.3.
 *
 * While it is asked for and the usage charges of the running billing cycle are more than 5,000.00 RSD, what goes out is barred;
 * emergency calls, customer service and what comes in never are. The bar is lifted when the next cycle begins, the request is
 * taken back, or a correction brings the charges to the cap or below; what raises it again is the next episode. At 80 % the
 * subscriber is warned, once in a cycle. No bar is placed for a cycle that is over; a warning that late records cause for one is
 * sent late. Each request set or taken back by itself is confirmed in writing, as the law asks.
 */
import { dayNumber, formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, type Given, refOf, type ServiceDetector } from '../domain/detector.js';
import type { DozorEvent } from '../domain/event.js';
import type { Pack, SpendBarRules } from '../domain/pack.js';
import { billingOf, profileAt, type ServiceFacts, standsAt } from '../domain/service.js';
import { assertNever, type Instant } from '../domain/units.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import type { Fine } from '../domain/usage/record.js';
import { cycleDays, type Days, instantsOf, windowOf } from '../domain/usage/windows.js';
import { passes, seenOf } from './limits.js';
import { requestNotice } from './notices.js';

/** A request that stands beside the record: asked for, or taken back. */
interface Request {
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly on: boolean;
}

export interface SpendBarState {
  readonly requests: readonly Request[];
  /** The bar that stands, with the cycle it was placed for. */
  readonly bar: { readonly episode: number; readonly cycle: Days } | null;
  readonly episodes: number;
  /** The cycles, by their first day, whose warning was sent. */
  readonly warned: readonly number[];
  /** What the requests and versions of the record that were looked at come to: another may speak of any cycle. */
  readonly seen: string;
  /** What the subscriber was last told of the request, and how often. */
  readonly confirmed: boolean;
  readonly confirmations: number;
}

export const spendBar: ServiceDetector<SpendBarState> = {
  name: 'spend-bar',
  hears: ['bar.requested', 'bar.withdrawn'],
  reads: ['spendBar'],
  start: { requests: [], bar: null, episodes: 0, warned: [], seen: '', confirmed: false, confirmations: 0 },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [withRequest(state, heard.event), []];
      case 'tick':
        return look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

/** How long a cycle's warning is remembered: as long as late records can come for it. */
const REMEMBERED_DAYS = 170;

function withRequest(state: SpendBarState, event: DozorEvent): SpendBarState {
  if ((event.type !== 'bar.requested' && event.type !== 'bar.withdrawn') || event.data.kind !== 'spend-cap')
    return state;
  const on = event.type === 'bar.requested';
  const request = { at: event.time, known: event.recordedtime, ref: refOf(event), on };
  const requests = [...state.requests, request].sort(
    (a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1),
  );
  return { ...state, requests };
}

/** What the subscriber wanted at an instant: the later of the record that has it and of a request holds. */
export function wantedAt(requests: readonly Request[], { versions }: ServiceFacts, at: Instant): boolean {
  const version = versions.findLast((one) => one.at <= at) ?? versions[0]!;
  const request = requests.findLast((one) => one.at <= at);
  const set = version.profile.spendBar;
  if (set === undefined) return request?.on ?? false;
  if (!request || version.at > request.at) return set;
  return version.at === request.at && version.known > request.known ? set : request.on;
}

function look(state: SpendBarState, given: Given, now: Instant): readonly [SpendBarState, readonly Effect[]] {
  const { versions } = given.facts;
  const unset = state.requests.length === 0 && !versions.some(({ profile }) => profile.spendBar !== undefined);
  const rules = given.pack(now).rules.spendBar;
  if (!rules || (unset && !state.bar)) return [state, []];
  const looking = new Look(state, given, now, rules);
  looking.confirm();
  looking.bar();
  looking.warn();
  return [looking.state, looking.effects];
}

class Look {
  state: SpendBarState;
  readonly effects: Effect[] = [];
  readonly #given: Given;
  readonly #now: Instant;
  readonly #rules: SpendBarRules;
  readonly #pack: Pack;
  readonly #wanted: boolean;
  readonly #cap: Fine;
  readonly #billing;

  constructor(state: SpendBarState, given: Given, now: Instant, rules: SpendBarRules) {
    this.state = state;
    this.#given = given;
    this.#now = now;
    this.#rules = rules;
    this.#pack = given.pack(now);
    this.#wanted = wantedAt(state.requests, given.facts, now);
    this.#cap = fineOf(rules.cap, this.#pack.vatPercent);
    this.#billing = billingOf(given.facts);
    for (const { at } of [...given.facts.versions, ...state.requests]) {
      if (at > now) this.effects.push({ do: 'wake', at });
    }
  }

  /** A request that came is confirmed in writing. What the first record says is no news. */
  confirm(): void {
    const { confirmed, confirmations, requests } = this.state;
    if (this.#wanted === confirmed) return;
    this.state = { ...this.state, confirmed: this.#wanted, confirmations: confirmations + 1 };
    if (requests.length === 0 && this.#given.facts.versions.length === 1) return;
    // Taken back while it bars: the lifting says so.
    if (!this.#wanted && this.state.bar) return;
    this.effects.push({
      do: 'decide',
      draft: requestNotice('spend-bar-set', `${this.#given.facts.id}:${confirmations}`, {
        given: this.#given,
        now: this.#now,
        clause: this.#rules.clause,
        because: { wanted: this.#wanted, requests: requests.slice(-1).map(({ ref }) => ref) },
        parameters: { set: this.#wanted, cap: this.#rules.cap },
      }),
    });
  }

  bar(): void {
    const { zone } = this.#pack;
    const cycle = cycleDays(this.#now, this.#billing, zone);
    // A record may lie some minutes ahead, in the next cycle already.
    if ((this.#given.usage.days.at(-1)?.day ?? cycle.from) >= cycle.to) {
      this.effects.push({ do: 'wake', at: instantsOf(cycle, zone).to });
    }
    const { bar } = this.state;
    const charges = this.#charges(cycle);
    const over = passes(charges, this.#cap, this.#rules.passes);
    if (bar) {
      const why =
        bar.cycle.from !== cycle.from
          ? 'the next cycle has begun'
          : !this.#wanted
            ? 'the request was taken back'
            : over
              ? undefined
              : 'a correction brought the charges to the cap or below';
      if (why === undefined) {
        this.effects.push({ do: 'wake', at: instantsOf(bar.cycle, zone).to });
        return;
      }
      this.#decide('bar.lifted', bar, charges, why);
      this.state = { ...this.state, bar: null };
    }
    if (!over || !this.#wanted || !standsAt(this.#given.facts, this.#now)) return;
    const raised = { episode: this.state.episodes + 1, cycle };
    this.state = { ...this.state, bar: raised, episodes: raised.episode };
    this.#decide('bar.applied', raised, charges, 'the usage charges of the cycle are more than the cap');
    this.effects.push({ do: 'wake', at: instantsOf(cycle, zone).to });
  }

  /** Warns for the running cycle, and for those that late records belong to. */
  warn(): void {
    const { zone } = this.#pack;
    const today = dayNumber(this.#now, zone);
    const cycles = new Map<number, Days>();
    const { versions } = this.#given.facts;
    const seen = seenOf([...this.state.requests, ...versions].filter(({ at }) => at <= this.#now));
    const { usage } = this.#given;
    // Of what was imported, and of nothing else, no cycle that is over is told.
    const used = () => usage.days.filter((use) => use.charge || use.voiceSeconds || use.messages || use.dataBytes);
    const more = seen === this.state.seen ? [] : used().map(({ day }) => day);
    const days = [...usage.touched, ...more];
    for (const day of [...days, today]) {
      const cycle = windowOf('month', day, this.#billing, zone);
      cycles.set(cycle.from, cycle);
    }
    const warned = this.state.warned.filter((from) => from >= today - REMEMBERED_DAYS);
    for (const cycle of [...cycles.values()].sort((a, b) => a.from - b.from)) {
      const { from, to } = instantsOf(cycle, zone);
      if (warned.includes(cycle.from) || from > this.#now) continue;
      const closed = this.#now >= to;
      if (!(closed ? wantedAt(this.state.requests, this.#given.facts, to - 1) : this.#wanted)) continue;
      const charges = this.#charges(cycle);
      if (charges * 100 < this.#cap * this.#rules.warnAtPercent) continue;
      warned.push(cycle.from);
      const { currency, operator } = this.#pack;
      const draft: Draft<'spend.warned'> = {
        type: 'spend.warned',
        subject: this.#given.facts.id,
        time: this.#now,
        data: {
          operator,
          clause: this.#rules.clauses['warnAtPercent']!,
          because: this.#because(charges, `at least ${this.#rules.warnAtPercent} % of the cap`),
          reason: 'spend-cap',
          share: this.#rules.warnAtPercent / 100,
          charges: moneyOf(charges, currency),
          cap: this.#rules.cap,
          cycle: { from, to },
          ...(closed && { late: true }),
        },
      };
      this.effects.push({ do: 'decide', draft });
    }
    const { state } = this;
    if (warned.length !== state.warned.length || seen !== state.seen) this.state = { ...state, warned, seen };
  }

  #charges(cycle: Days): Fine {
    const usage = this.#given.usage.sum('charge', cycle.from, cycle.to, true);
    if (!this.#rules.feeCounts) return usage;
    const { monthlyFee } = profileAt(this.#given.facts, instantsOf(cycle, this.#pack.zone).from);
    return usage + (monthlyFee ? fineOf(monthlyFee, this.#pack.vatPercent) : 0);
  }

  #decide(type: 'bar.applied' | 'bar.lifted', bar: { episode: number; cycle: Days }, charges: Fine, why: string): void {
    this.effects.push({
      do: 'decide',
      draft: {
        type,
        subject: this.#given.facts.id,
        time: this.#now,
        data: {
          operator: this.#pack.operator,
          clause: this.#rules.clause,
          because: this.#because(charges, why),
          reason: 'spend-cap',
          services: [...this.#rules.services],
          keeps: [...this.#rules.keeps],
          cycle: instantsOf(bar.cycle, this.#pack.zone),
          episode: bar.episode,
        },
      },
    });
  }

  #because(charges: Fine, why: string): Record<string, unknown> {
    const request = this.state.requests.findLast((one) => one.at <= this.#now);
    return {
      why,
      chargesInTenThousandthsOfMinor: charges,
      capInTenThousandthsOfMinor: this.#cap,
      feeCounts: this.#rules.feeCounts,
      ...(request && { request: request.ref, requestedAt: formatLocal(request.at, this.#pack.zone) }),
    };
  }
}
