/**
 * Limits and atypical traffic: A1 14.1, 14.2.
 *
 * A limit of a day, a week (from Monday) or a month (the billing cycle) is passed when the sum of the window is more than it; that
 * is told once for each window, measure and value of the limit. Traffic is atypical when a limit is passed and the sum is more
 * than twice the mean of the complete windows before it. First the subscriber is told; when that notice was submitted, a
 * restriction and a check of security are proposed. A person or a policy decides on them: `restriction.ts`.
 *
 * A window's limit is the one of the service's record at the window's last instant so far.
 */
import { beginOf, dayNumber, formatLocal } from '../domain/calendar.js';
import { type Draft, decide, MEASURES, type Measure, WINDOWS, type Window } from '../domain/decision.js';
import type { Effect, Given, Heard, ServiceDetector } from '../domain/detector.js';
import type { Money } from '../domain/money.js';
import type { LimitRules, Pack, Tie } from '../domain/pack.js';
import { activeSince, billingOf, profileAt } from '../domain/service.js';
import { assertNever, type Instant } from '../domain/units.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import { printOf } from '../domain/usage/packed.js';
import { type Days, instantsOf, windowOf, windowsBefore } from '../domain/usage/windows.js';
import { noticeIdOf } from './notices.js';
import { acceptedByPolicy, type Proposal, type Restriction, restrict, withWord } from './restriction.js';

/** The windows, by their first days, in which one limit was passed. `limit` is in `Fine` for charges. */
interface Passed {
  readonly window: Window;
  readonly measure: Measure;
  readonly limit: number;
  readonly from: readonly number[];
}

/** A window whose traffic was told to be atypical, and whether what follows from the notice was proposed. */
interface Atypical {
  readonly window: Window;
  readonly measure: Measure;
  readonly from: number;
  readonly noticeId: string;
  readonly proposed: boolean;
}

export interface LimitState {
  /** What the versions of the service's record that were looked at come to (`seenOf`). */
  readonly versions: string;
  readonly passed: readonly Passed[];
  readonly atypical: readonly Atypical[];
  /** Notices of atypical traffic that were submitted, by id; "" stands for the latest. */
  readonly submitted: readonly string[];
  /** What was said of proposals; absent: nothing that still matters. */
  readonly restrictions?: readonly Restriction[];
}

export const limits: ServiceDetector<LimitState> = {
  name: 'limits',
  hears: ['notice.progressed', 'restriction.decided'],
  reads: ['limits'],
  start: { versions: '', passed: [], atypical: [], submitted: [] },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        if (heard.event.type !== 'restriction.decided') return [withProgress(state, heard.event), []];
        return [{ ...state, restrictions: withWord(state.restrictions ?? [], heard.event) }, []];
      case 'tick':
        return look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

/** How long a window is remembered after its end: as long as late records can come for it, and for those before it. */
const REMEMBERED_DAYS = 170;
/** A cycle is as long as two months at most: where its day is changed. */
const CYCLE_DAYS_MAX = 62;
const LIMIT_OF = { day: 'daily', week: 'weekly', month: 'monthly' } as const;
const TEMPLATE = 'traffic-atypical';
const PROPOSED = { restriction: 'restriction.proposed', security: 'security.proposed' } as const;

function withProgress(state: LimitState, event: (Heard & { is: 'event' })['event']): LimitState {
  if (event.type !== 'notice.progressed' || event.data.state === 'failed') return state;
  const { noticeId = '', template } = event.data;
  if (!noticeId && template !== TEMPLATE) return state;
  if (!state.atypical.some((one) => !one.proposed && (!noticeId || one.noticeId === noticeId))) return state;
  return { ...state, submitted: [...state.submitted, noticeId] };
}

function look(state: LimitState, given: Given, now: Instant): readonly [LimitState, readonly Effect[]] {
  const { versions } = given.facts;
  const changes = versions.find((version) => version.at > now);
  const wake: readonly Effect[] = changes ? [{ do: 'wake', at: changes.at }] : [];
  if (!versions.some(({ profile }) => profile.limits) || !given.pack(now).rules.limits) return [state, wake];
  const inForce = seenOf(versions.filter((version) => version.at <= now));
  const { touched } = given.usage;
  const told = state.submitted.length > 0;
  const nothingNew = touched.length === 0 && inForce === state.versions && !told;
  if (nothingNew && !state.restrictions) return [state, wake];
  const looking = new Look(state, given, now);
  if (!nothingNew) {
    if (inForce === state.versions) looking.windows(touched, false);
    else looking.windows([...given.usage.days.map(({ day }) => day), looking.today], true);
    looking.propose();
  }
  looking.restrict();
  return [looking.state(inForce), [...looking.effects, ...wake]];
}

class Look {
  readonly effects: Effect[] = [];
  readonly today: number;
  readonly #given: Given;
  readonly #now: Instant;
  readonly #pack: Pack;
  readonly #rules: LimitRules;
  readonly #billing;
  readonly #submitted: readonly string[];
  /** How many days the windows before one go back at most. */
  readonly #reach: Readonly<Record<Window, number>>;
  #passed: readonly Passed[];
  #atypical: readonly Atypical[];
  #restrictions: readonly Restriction[];

  constructor(state: LimitState, given: Given, now: Instant) {
    this.#given = given;
    this.#now = now;
    this.#pack = given.pack(now);
    this.#rules = this.#pack.rules.limits!;
    this.#billing = billingOf(given.facts);
    this.#submitted = state.submitted;
    const { days, weeks, cycles } = this.#rules.lookBack;
    this.#reach = { day: days, week: 7 * weeks, month: CYCLE_DAYS_MAX * cycles };
    this.today = dayNumber(now, this.#pack.zone);
    const kept = this.today - REMEMBERED_DAYS;
    this.#passed = rememberedOf(state.passed, kept);
    this.#atypical = state.atypical.filter(({ from }) => from >= kept);
    this.#restrictions = state.restrictions ?? [];
  }

  state(versions: string): LimitState {
    const restrictions = this.#restrictions;
    const state = { versions, passed: this.#passed, atypical: this.#atypical, submitted: [] };
    return restrictions.length > 0 ? { ...state, restrictions } : state;
  }

  /** Looks at the windows of these days, and at those whose look-back may have changed with them; `isAll`: at all. */
  windows(days: readonly number[], isAll: boolean): void {
    const windows = new Map<string, { readonly kind: Window; readonly days: Days }>();
    const add = (kind: Window, day: number) => {
      const window = windowOf(kind, day, this.#billing, this.#pack.zone);
      windows.set(`${kind} ${window.from}`, { kind, days: window });
    };
    for (const kind of WINDOWS) for (const day of days) add(kind, day);
    // A limit that was passed by typical traffic: the mean may be another now.
    for (const { window, measure, from } of this.#passed) {
      for (const first of from) {
        const looksBackAt = (day: number) => day < first && day >= first - this.#reach[window];
        if ((isAll || days.some(looksBackAt)) && !this.#isTold(window, measure, first)) add(window, first);
      }
    }
    const sorted = [...windows.values()].sort(
      (a, b) => a.days.from - b.days.from || WINDOWS.indexOf(a.kind) - WINDOWS.indexOf(b.kind),
    );
    for (const { kind, days: window } of sorted) this.#window(kind, window);
  }

  #window(kind: Window, window: Days): void {
    const { zone, currency } = this.#pack;
    const { from, to } = instantsOf(window, zone);
    for (const measure of MEASURES) {
      const limit = this.#limitOf(kind, window, measure);
      if (limit === undefined) continue;
      const value = this.#given.usage.sum(measure, window.from, window.to, kind === 'month');
      if (!passes(value, limit, this.#rules.passes)) continue;
      const shown = (sum: number): number | Money => (measure === 'charge' ? moneyOf(sum, currency) : sum);
      const data = {
        operator: this.#pack.operator,
        window: kind,
        measure,
        from,
        to,
        value: shown(value),
        ...(this.#now >= to && { late: true }),
      };
      const held = this.#passed.find((one) => one.window === kind && one.measure === measure && one.limit === limit);
      if (!held?.from.includes(window.from)) {
        const passed = { window: kind, measure, limit, from: [...(held?.from ?? []), window.from] };
        this.#passed = [...this.#passed.filter((one) => one !== held), passed];
        this.#decide({
          type: 'limit.exceeded',
          subject: this.#given.facts.id,
          time: this.#now,
          data: {
            ...data,
            clause: this.#rules.clause,
            because: {
              arithmetic: `the sum of the window is ${this.#rules.passes === 'above' ? 'more than' : 'at least'} the limit`,
              sum: exact(value, measure),
              limit: exact(limit, measure),
            },
            limit: shown(limit),
          },
        });
      }
      this.#judge(kind, window, measure, value, shown, data);
    }
  }

  /** The limit of a window: that of the record at its last instant so far. */
  #limitOf(kind: Window, window: Days, measure: Measure): number | undefined {
    const { to } = instantsOf(window, this.#pack.zone);
    const limits = profileAt(this.#given.facts, Math.min(this.#now, to - 1)).limits?.[LIMIT_OF[kind]];
    const set = limits?.[measure];
    return set === undefined || typeof set === 'number' ? set : fineOf(set, this.#pack.vatPercent);
  }

  /** What a window is compared with: the complete windows before it, and whether its sum is more than the multiple of their mean. */
  #compare(kind: Window, window: Days, measure: Measure, value: number) {
    const { zone } = this.#pack;
    const { lookBack, atypicalFactor } = this.#rules;
    const times = { day: lookBack.days, week: lookBack.weeks, month: lookBack.cycles }[kind];
    const since = activeSince(this.#given.facts);
    const before = windowsBefore(kind, window, times, this.#billing, zone).filter(
      ({ from }) => beginOf(from, zone) >= since,
    );
    const sums = before.map(({ from, to }) => this.#given.usage.sum(measure, from, to, kind === 'month'));
    const total = sums.reduce((sum, one) => sum + BigInt(one), 0n);
    const isAbove = before.length === 0 || BigInt(value) * BigInt(before.length) > BigInt(atypicalFactor) * total;
    return { before, sums, total, isAbove };
  }

  /** Whether the traffic of a window above its limit is atypical too. */
  #judge(
    kind: Window,
    window: Days,
    measure: Measure,
    value: number,
    shown: (sum: number) => number | Money,
    data: Omit<Draft<'traffic.atypical'>['data'], 'clause' | 'because' | 'average'>,
  ): void {
    if (this.#isTold(kind, measure, window.from)) return;
    const { zone } = this.#pack;
    const { atypicalFactor, clauses } = this.#rules;
    const { before, sums, total, isAbove } = this.#compare(kind, window, measure, value);
    if (!isAbove) return;
    const mean = before.length === 0 ? 0 : meanOf(total, before.length, measure);
    const draft: Draft<'traffic.atypical'> = {
      type: 'traffic.atypical',
      subject: this.#given.facts.id,
      time: this.#now,
      data: {
        ...data,
        clause: clauses['atypicalFactor']!,
        because: {
          arithmetic:
            before.length === 0
              ? 'above the limit, and no complete window before it'
              : `above the limit, and more than ${atypicalFactor} times the mean of the complete windows before it`,
          sum: exact(value, measure),
          windows: before.map(({ from }, i) => ({
            from: formatLocal(beginOf(from, zone), zone),
            sum: exact(sums[i]!, measure),
          })),
        },
        average: shown(mean),
      },
    };
    const noticeId = noticeIdOf(TEMPLATE, decide(draft).id);
    this.#atypical = [...this.#atypical, { window: kind, measure, from: window.from, noticeId, proposed: false }];
    this.#decide(draft);
  }

  /** What follows once the subscriber was told. */
  propose(): void {
    // A word on "the latest" means the one that was told of last.
    const latest = this.#submitted.includes('') ? this.#atypical.at(-1)?.noticeId : undefined;
    this.#atypical = this.#atypical.map((one) => {
      const wasTold =
        this.#given.submitted === 'at-once' || this.#submitted.includes(one.noticeId) || one.noticeId === latest;
      if (one.proposed || !wasTold) return one;
      const restriction = this.#proposal('restriction', one);
      this.#decide(restriction);
      this.#decide(this.#proposal('security', one));
      if (this.#rules.autoAccept) this.#restrictions = acceptedByPolicy(this.#restrictions, decide(restriction).id);
      return { ...one, proposed: true };
    });
  }

  #proposal(
    proposed: Proposal['proposed'],
    { window, measure, from, noticeId }: Atypical,
  ): Draft<'restriction.proposed' | 'security.proposed'> {
    const { zone, operator } = this.#pack;
    const span = instantsOf(windowOf(window, from, this.#billing, zone), zone);
    return {
      type: PROPOSED[proposed],
      subject: this.#given.facts.id,
      time: this.#now,
      data: {
        operator,
        clause: this.#rules.clauses['restricts']!,
        because: { notice: noticeId, submitted: true },
        services: [...this.#rules.restricts],
        window,
        measure,
        ...span,
        noticeId,
        ...(this.#now >= span.to && { late: true }),
      },
    };
  }

  /** What was said of proposals, weighed against what stands. */
  restrict(): void {
    if (this.#restrictions.length === 0) return;
    const proposals = new Map<string, Proposal>();
    for (const one of this.#atypical.filter((atypical) => atypical.proposed)) {
      const { window, measure } = one;
      const isAtypical = () => this.#isAtypical(one);
      for (const proposed of ['restriction', 'security'] as const) {
        const draft = this.#proposal(proposed, one);
        const { id } = decide(draft);
        proposals.set(id, { id, proposed, window, measure, to: draft.data.to!, isAtypical });
      }
    }
    const asked = { given: this.#given, now: this.#now, rules: this.#rules, pack: this.#pack };
    const [kept, effects] = restrict(this.#restrictions, proposals, asked);
    this.#restrictions = kept;
    this.effects.push(...effects);
  }

  #isAtypical({ window: kind, measure, from }: Atypical): boolean {
    const window = windowOf(kind, from, this.#billing, this.#pack.zone);
    const limit = this.#limitOf(kind, window, measure);
    const value = this.#given.usage.sum(measure, window.from, window.to, kind === 'month');
    return (
      limit !== undefined &&
      passes(value, limit, this.#rules.passes) &&
      this.#compare(kind, window, measure, value).isAbove
    );
  }

  #isTold(window: Window, measure: Measure, from: number): boolean {
    return this.#atypical.some((one) => one.window === window && one.measure === measure && one.from === from);
  }

  #decide(draft: Draft): void {
    this.effects.push({ do: 'decide', draft });
  }
}

/** What is passed in windows that late records can still come for. */
function rememberedOf(passed: readonly Passed[], since: number): readonly Passed[] {
  if (!passed.some(({ from }) => from.some((day) => day < since))) return passed;
  return passed.flatMap((one) => {
    const from = one.from.filter((day) => day >= since);
    return from.length > 0 ? [{ ...one, from }] : [];
  });
}

/** Stands for a set of facts: it is another when one was added, or replaced. */
export function seenOf(facts: readonly { readonly ref: string }[]): string {
  return Buffer.from(printOf(facts.map(({ ref }) => ref).join('\n')), 'latin1').toString('base64url');
}

/** Whether a sum passes a bound. */
export function passes(value: number, bound: number, tie: Tie): boolean {
  return tie === 'reach' ? value >= bound : value > bound;
}

/** Rounded half up to a whole unit; charges keep their fineness and are rounded where they are shown. */
function meanOf(total: bigint, windows: number, measure: Measure): number {
  if (measure === 'charge') return Number(total) / windows;
  return Number((2n * total + BigInt(windows)) / (2n * BigInt(windows)));
}

/** For `because`: volumes as they are, charges in ten-thousandths of the minor unit. */
function exact(value: number, measure: Measure): unknown {
  return measure === 'charge' ? { tenThousandthsOfMinor: value } : value;
}
