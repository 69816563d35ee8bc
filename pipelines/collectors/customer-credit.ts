/**
 * A customer with several numbers has one credit limit: MTEL 20.1.f.
 *
 * The services of a customer (by who holds them now) tell what they owe. Where two or more stand and their sum reaches the limit, every
 * one that owes, and is not barred by its own balance already, is barred; the limit is the highest agreed for one of them, or without
 * one the rule's. The bar ends where a payment, a correction, a raised limit or a service that leaves brings the sum below.
 *
 * A service may be barred for itself too. Its own bar then speaks for both: while it stands nothing is said of the customer's, and
 * when it ends the customer's is set anew or lifted at the same instant, after it. So the last word on a service is always right.
 */
import { passes } from '../detectors/limits.js';
import { noticeOf } from '../detectors/notices.js';
import type { Draft } from '../domain/decision.js';
import { customerKey, type UnpaidFact } from '../domain/fact.js';
import type { CreditLimitRules, Pack, Packs } from '../domain/pack.js';
import type { Instant } from '../domain/units.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import type { Fine } from '../domain/usage/record.js';
import { cycleDays, instantsOf } from '../domain/usage/windows.js';
import { type Collector, earliest, upTo } from './collector.js';

/** The customer's bar on one service. */
interface Bar {
  readonly episode: number;
  readonly cycle: { readonly from: Instant; readonly to: Instant };
  /** The service's own bar has come on top, and speaks for both. */
  readonly quiet: boolean;
}

interface Member {
  readonly fact: UnpaidFact;
  readonly bar: Bar | null;
  readonly episodes: number;
}

export interface CustomerCredit {
  readonly operator: string;
  readonly customer: string;
  readonly members: ReadonlyMap<string, Member>;
  /** Told, and found later than the clock of all. */
  readonly waiting: readonly UnpaidFact[];
  readonly warned: boolean;
  readonly warnings: number;
}

export const customerCredit: Collector<UnpaidFact, CustomerCredit> = {
  name: 'customer-credit',
  hears: 'unpaid',
  reads: ['creditLimit'],
  prefix: 'cc',
  keyOf: customerKey,
  start: ({ operator, customer }) => ({
    operator,
    customer,
    members: new Map(),
    waiting: [],
    warned: false,
    warnings: 0,
  }),
  hear(state, fact) {
    const held = state.members.get(fact.service)?.fact.revision ?? 0;
    const same = (one: UnpaidFact) => one.service === fact.service && one.revision === fact.revision;
    if (held >= fact.revision || state.waiting.some(same)) return state;
    return { ...state, waiting: [...state.waiting, fact] };
  },
  judge(state, { clock, packs }) {
    const { due, rest } = upTo(state.waiting, clock);
    const drafts: Draft[] = [];
    let held: CustomerCredit = { ...state, waiting: rest };
    for (const [at, facts] of due) {
      const look = new Look(held, at, packs);
      look.learn(facts);
      look.decide();
      drafts.push(...look.drafts);
      held = look.state;
    }
    return { state: held, drafts, next: earliest(rest.map(({ at }) => at)) };
  },
  keep({ members, ...head }) {
    if (members.size === 0 && head.waiting.length === 0 && head.warnings === 0) return undefined;
    return { head, parts: members };
  },
  take: ({ head, parts }) => ({ ...(head as unknown as CustomerCredit), members: parts as CustomerCredit['members'] }),
};

/** Of more services than this `because` names those that owe most, and what the others owe together. */
const NAMED_MAX = 50;

/** What follows at one instant. */
class Look {
  readonly drafts: Draft[] = [];
  readonly #at: Instant;
  readonly #packs: Packs;
  readonly #state: CustomerCredit;
  readonly #members: Map<string, Member>;
  #warned: boolean;
  #warnings: number;
  /** By how much each service owes more than before. */
  readonly #rises = new Map<string, Fine>();

  constructor(state: CustomerCredit, at: Instant, packs: Packs) {
    this.#state = state;
    this.#at = at;
    this.#packs = packs;
    this.#members = new Map(state.members);
    this.#warned = state.warned;
    this.#warnings = state.warnings;
  }

  get state(): CustomerCredit {
    const members = [...this.#members].filter(([, { fact, bar, episodes }]) => {
      // What owes nothing, has no limit of its own and was never barred is as if it had never told.
      return bar !== null || episodes > 0 || (fact.stands && (fact.unpaid > 0 || fact.limit !== null));
    });
    return { ...this.#state, members: new Map(members), warned: this.#warned, warnings: this.#warnings };
  }

  learn(facts: readonly UnpaidFact[]): void {
    for (const fact of facts) {
      const { fact: held, bar = null, episodes = 0 } = this.#members.get(fact.service) ?? {};
      if (held && held.revision >= fact.revision) continue;
      this.#members.set(fact.service, { fact, bar, episodes });
      const rise = fact.unpaid - (held?.stands ? held.unpaid : 0);
      this.#rises.set(fact.service, (this.#rises.get(fact.service) ?? 0) + rise);
    }
  }

  decide(): void {
    const pack = this.#packs.at(this.#state.operator, this.#at);
    const rules = pack?.rules.creditLimit;
    if (!pack || !rules) return;
    const sum = new Sum(
      [...this.#members.values()].map(({ fact }) => fact),
      rules,
      pack,
    );
    const together = rules.severalNumbers === 'one-limit' && sum.owing.length >= 2;
    const over = together && passes(sum.unpaid, sum.limit, rules.passes);
    this.#warn(sum, together, rules, pack);
    for (const [service, member] of [...this.#members].sort(byName)) {
      const bar = this.#settle(member, over, (type, is, why, told) => {
        this.#draft(type, service, is, why, told, sum, rules, pack);
      });
      if (bar !== member.bar) {
        this.#members.set(service, { ...member, bar, episodes: Math.max(member.episodes, bar?.episode ?? 0) });
      }
    }
  }

  /** The bar that one service is under from now on, saying what changes. */
  #settle(
    { fact, bar, episodes }: Member,
    over: boolean,
    say: (type: 'bar.applied' | 'bar.lifted', bar: Bar, why: string, told: boolean) => void,
  ): Bar | null {
    const stands = fact.stands && !fact.prepaid;
    const own = stands && fact.barred;
    if (own) return bar === null || bar.quiet ? bar : { ...bar, quiet: true };
    const barred = over && stands && fact.unpaid > 0;
    if (!barred) {
      if (!bar) return null;
      // Where its own bar spoke for both, the lifting of that one has told the subscriber.
      // Who acts on it must not take the service for free: another bar, of another scope, stands.
      const left = fact.barred ? `${LEFT}; the bar for its own balance stands` : LEFT;
      const why = fact.stands ? BELOW : left;
      say('bar.lifted', bar, why, !bar.quiet && fact.stands);
      return null;
    }
    if (bar && !bar.quiet) return bar;
    const pack = this.#packs.at(fact.operator, this.#at)!;
    const cycle = instantsOf(cycleDays(this.#at, fact.billing, pack.zone), pack.zone);
    const next: Bar = { episode: episodes + 1, cycle, quiet: false };
    if (bar) say('bar.lifted', bar, `superseded by episode ${next.episode}: the service stays barred`, false);
    say('bar.applied', next, bar ? `${REACHED}; the service's own bar ended` : REACHED, true);
    return next;
  }

  #draft(
    type: 'bar.applied' | 'bar.lifted',
    service: string,
    { episode, cycle }: Bar,
    why: string,
    told: boolean,
    sum: Sum,
    rules: CreditLimitRules,
    pack: Pack,
  ): void {
    const throttle = rules.throttleBitsPerSecond;
    const draft: Draft<'bar.applied'> | Draft<'bar.lifted'> = {
      type,
      subject: service,
      time: this.#at,
      data: {
        operator: pack.operator,
        clause: rules.clause,
        because: { why, ...sum.because },
        reason: 'credit-limit',
        scope: 'customer',
        customerId: this.#state.customer,
        services: throttle === null ? [...rules.services] : ['data'],
        keeps: [...rules.keeps],
        cycle,
        episode,
        ...(throttle !== null && { throttleBitsPerSecond: throttle }),
      },
    };
    this.#say(draft, told, pack);
  }

  /**
   * The warning is one for the customer. Its subject is the service whose record brought the sum there: of several at one instant
   * the one that rose most, then the first by name. Where a service was warned by its own balance, the customer was.
   */
  #warn(sum: Sum, together: boolean, rules: CreditLimitRules, pack: Pack): void {
    const warnAt = fineOf(rules.warnAt, pack.vatPercent);
    if (sum.unpaid < warnAt || sum.owing.length === 0) {
      this.#warned = false;
      return;
    }
    if (!together || this.#warned || sum.limit <= warnAt) return;
    this.#warned = true;
    if (sum.owing.some(({ warned }) => warned)) return;
    const rise = ({ service }: UnpaidFact) => this.#rises.get(service) ?? 0;
    const [first] = [...sum.owing].sort(
      (a, b) => rise(b) - rise(a) || b.unpaid - a.unpaid || (a.service < b.service ? -1 : 1),
    );
    this.#warnings += 1;
    const draft: Draft<'spend.warned'> = {
      type: 'spend.warned',
      subject: first!.service,
      time: this.#at,
      data: {
        operator: pack.operator,
        clause: rules.clauses['warnAt']!,
        because: {
          why: 'unpaid usage charges of all services of the customer reached the warning',
          ...sum.because,
          warnAtTenThousandthsOfMinor: warnAt,
        },
        reason: 'credit-limit',
        scope: 'customer',
        customerId: this.#state.customer,
        share: warnAt / sum.limit,
        charges: moneyOf(sum.unpaid, pack.currency),
        cap: moneyOf(sum.limit, pack.currency),
        episode: this.#warnings,
      },
    };
    this.#say(draft, true, pack);
  }

  #say(draft: Draft, told: boolean, pack: Pack): void {
    this.drafts.push(draft);
    const notice = told ? noticeOf(draft, this.#members.get(draft.subject)!.fact, pack) : undefined;
    if (notice) this.drafts.push(notice);
  }
}

const REACHED = 'unpaid usage charges of all services of the customer reached the limit';
const LEFT = 'the service is no longer one of this customer';
const BELOW = 'unpaid usage charges of all services of the customer are below the limit, or the service owes nothing';

/** What the services of a customer owe together, against which limit. */
class Sum {
  /** Those that stand and are paid afterwards. */
  readonly owing: readonly UnpaidFact[];
  readonly unpaid: Fine;
  readonly limit: Fine;
  readonly #own: boolean;

  constructor(facts: readonly UnpaidFact[], rules: CreditLimitRules, pack: Pack) {
    this.owing = facts.filter((fact) => fact.stands && !fact.prepaid && (fact.unpaid > 0 || fact.limit !== null));
    this.unpaid = this.owing.reduce((sum, { unpaid }) => sum + unpaid, 0);
    const own = this.owing.flatMap(({ limit }) => (limit === null ? [] : [limit]));
    this.#own = own.length > 0;
    this.limit = this.#own ? own.reduce((a, b) => Math.max(a, b)) : fineOf(rules.limit, pack.vatPercent);
  }

  get because(): Record<string, unknown> {
    const all = [...this.owing].sort((a, b) => b.unpaid - a.unpaid || (a.service < b.service ? -1 : 1));
    const rest = all.slice(NAMED_MAX);
    return {
      unpaidInTenThousandthsOfMinor: this.unpaid,
      limitInTenThousandthsOfMinor: this.limit,
      limitIs: this.#own ? "the highest of the services' own" : 'the rule',
      services: all.slice(0, NAMED_MAX).map(({ service, unpaid, barred, limit }) => ({
        service,
        unpaidInTenThousandthsOfMinor: unpaid,
        barredByItself: barred,
        ...(limit !== null && { limitInTenThousandthsOfMinor: limit }),
      })),
      ...(rest.length > 0 && {
        others: {
          services: rest.length,
          unpaidInTenThousandthsOfMinor: rest.reduce((sum, { unpaid }) => sum + unpaid, 0),
        },
      }),
    };
  }
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
