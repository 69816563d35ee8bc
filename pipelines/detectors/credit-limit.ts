/**
 * The credit limit: MTEL 20.1.f.
 *
 * When the usage charges that are not paid reach the service's credit limit, or without one 60.00 EUR, what goes out is barred;
 * emergency calls, customer service and what comes in never are. Cycles add up, late records too; payments and corrections are
 * taken off, in the order in which all came, and never below zero (`UsageBook.balance`). A payment, a correction or a raised
 * limit that brings them below lifts the bar. At 30.00 EUR the subscriber is warned, and again after they were below it.
 */
import type { Draft } from '../domain/decision.js';
import type { Effect, Given, ServiceDetector } from '../domain/detector.js';
import { billingOf, profileAt, standsAt } from '../domain/service.js';
import { assertNever, type Instant } from '../domain/units.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import { cycleDays, type Days, instantsOf } from '../domain/usage/windows.js';
import { passes } from './limits.js';

export interface CreditLimitState {
  readonly bar: { readonly episode: number; readonly cycle: Days } | null;
  readonly episodes: number;
  readonly warned: boolean;
  readonly warnings: number;
}

export const creditLimit: ServiceDetector<CreditLimitState> = {
  name: 'credit-limit',
  hears: [],
  reads: ['creditLimit'],
  start: { bar: null, episodes: 0, warned: false, warnings: 0 },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [state, []];
      case 'tick':
        return look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

function look(state: CreditLimitState, given: Given, now: Instant): readonly [CreditLimitState, readonly Effect[]] {
  const pack = given.pack(now);
  const rules = pack.rules.creditLimit;
  const { balance } = given.usage;
  if (!rules || (balance === 0 && !state.bar && !state.warned)) return [state, []];
  const profile = profileAt(given.facts, now);
  const own = profile.creditLimit;
  const limit = fineOf(own ?? rules.limit, pack.vatPercent);
  const warnAt = fineOf(rules.warnAt, pack.vatPercent);
  const effects: Effect[] = [];
  const next = given.facts.versions.find((version) => version.at > now);
  if (next) effects.push({ do: 'wake', at: next.at });
  const head = { subject: given.facts.id, time: now } as const;
  const because = (why: string) => ({
    why,
    unpaidInTenThousandthsOfMinor: balance,
    limitInTenThousandthsOfMinor: limit,
    limitIs: own ? "the service's own" : 'the rule',
  });
  let { bar, episodes, warned, warnings } = state;
  const standing = (
    is: { readonly episode: number; readonly cycle: Days },
    why: string,
  ): Draft<'bar.applied'>['data'] => ({
    operator: pack.operator,
    clause: rules.clause,
    because: because(why),
    reason: 'credit-limit',
    services: rules.throttleBitsPerSecond === null ? [...rules.services] : ['data'],
    keeps: [...rules.keeps],
    cycle: instantsOf(is.cycle, pack.zone),
    episode: is.episode,
    ...(rules.throttleBitsPerSecond !== null && { throttleBitsPerSecond: rules.throttleBitsPerSecond }),
  });
  const over = passes(balance, limit, rules.passes);
  const warns = balance >= warnAt && limit > warnAt;
  // What is prepaid is never owed: nothing new is asked for, and what stands ends as it does for all.
  const owes = profile.payment !== 'prepaid' && standsAt(given.facts, now);
  if (warns && !warned && owes) {
    warnings += 1;
    warned = true;
    const draft: Draft<'spend.warned'> = {
      ...head,
      type: 'spend.warned',
      data: {
        operator: pack.operator,
        clause: rules.clauses['warnAt']!,
        because: { ...because('unpaid usage charges reached the warning'), warnAtTenThousandthsOfMinor: warnAt },
        reason: 'credit-limit',
        share: warnAt / limit,
        charges: moneyOf(balance, pack.currency),
        cap: moneyOf(limit, pack.currency),
        episode: warnings,
      },
    };
    effects.push({ do: 'decide', draft });
  } else if (balance < warnAt) warned = false;
  if (bar && !over) {
    const why = 'unpaid usage charges are below the limit';
    effects.push({ do: 'decide', draft: { ...head, type: 'bar.lifted', data: standing(bar, why) } });
    bar = null;
  } else if (!bar && over && owes) {
    episodes += 1;
    bar = { episode: episodes, cycle: cycleDays(now, billingOf(given.facts), pack.zone) };
    const why = 'unpaid usage charges reached the limit';
    effects.push({ do: 'decide', draft: { ...head, type: 'bar.applied', data: standing(bar, why) } });
  }
  const same = bar === state.bar && warned === state.warned && warnings === state.warnings;
  return [same ? state : { bar, episodes, warned, warnings }, effects];
}
