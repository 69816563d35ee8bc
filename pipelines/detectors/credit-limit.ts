/**
 * The credit limit: MTEL 20.1.f.
 *
 * When the usage charges that are not paid reach the service's credit limit, or without one 60.00 EUR, what goes out is barred;
 * emergency calls, customer service and what comes in never are. Cycles add up, late records too; payments and corrections are
 * taken off, in the order in which all came, and never below zero (`UsageBook.balance`). A payment, a correction or a raised
 * limit that brings them below lifts the bar. At 30.00 EUR the subscriber is warned, and again after they were below it.
 *
 * A customer with several numbers has one limit: what each of them owes is told to the customer's collector, which decides on the
 * sum (`collectors/customer-credit.ts`). What is decided here is of the service's own balance alone.
 */
import type { BillingChange } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { atEachTick, type CustomerTale, type Effect, type Given, type ServiceDetector } from '../domain/detector.js';
import { customerKey, keyName } from '../domain/fact.js';
import { billingOf, holderAt, nextChange, profileAt, type ServiceFacts, standsAt } from '../domain/service.js';
import { type Instant, SECOND } from '../domain/units.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import { cycleDays, type Days, instantsOf } from '../domain/usage/windows.js';
import { passes } from './limits.js';

export interface CreditLimitState {
  readonly bar: { readonly episode: number; readonly cycle: Days } | null;
  readonly episodes: number;
  readonly warned: boolean;
  readonly warnings: number;
  readonly told?: Told;
}

/** The last fact told to a collector: its number, whose customer's it was, what tells it from another, and since when it is gone. */
interface Told {
  readonly revision: number;
  readonly operator: string;
  readonly customer: string;
  readonly print: string;
  readonly gone?: Instant;
}

export const creditLimit: ServiceDetector<CreditLimitState> = {
  name: 'credit-limit',
  hears: [],
  reads: ['creditLimit'],
  start: { bar: null, episodes: 0, warned: false, warnings: 0 },
  step: atEachTick(look),
};

function look(state: CreditLimitState, given: Given, now: Instant): readonly [CreditLimitState, readonly Effect[]] {
  const pack = given.pack(now);
  const rules = pack.rules.creditLimit;
  const { balance } = given.usage;
  if (!rules) return [state, []];
  const profile = profileAt(given.facts, now);
  const own = profile.creditLimit;
  const owesNothing = balance === 0 && !state.bar && !state.warned;
  if (owesNothing && !state.told && !own) return [state, []];
  const limit = fineOf(own ?? rules.limit, pack.vatPercent);
  const warnAt = fineOf(rules.warnAt, pack.vatPercent);
  const effects: Effect[] = [];
  const next = nextChange(given.facts, now);
  if (next !== undefined) effects.push({ do: 'wake', at: next });
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
  const owes = !owesNothing && profile.payment !== 'prepaid' && standsAt(given.facts, now);
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
  const shown: Shown = {
    prepaid: profile.payment === 'prepaid',
    unpaid: balance,
    limit: own ? limit : null,
    barred: bar !== null,
    warned,
    billing: changesOf(billingOf(given.facts)),
    ...(profile.language !== undefined && { language: profile.language }),
    ...(profile.notifyBy !== undefined && { notifyBy: profile.notifyBy }),
  };
  const several = rules.severalNumbers === 'one-limit' || state.told !== undefined;
  const [told, tales] = several ? tell(state.told, shown, pack.operator, given.facts, now) : [undefined, []];
  effects.push(...tales);
  const same = bar === state.bar && warned === state.warned && warnings === state.warnings && told === state.told;
  return [same ? state : { bar, episodes, warned, warnings, ...(told && { told }) }, effects];
}

type Unpaid = CustomerTale & { readonly is: 'unpaid' };
/** What a collector has to know of the service, whoever its customer is. */
type Shown = Omit<Unpaid, 'is' | 'operator' | 'customer' | 'service' | 'revision' | 'at' | 'stands'>;

/**
 * What the collectors must hear now: of the customer whose service it is, and of the one whose it was. Who gets it hears so a
 * second after who had it, so that what the one sets comes after what the other lifts.
 */
function tell(
  told: Told | undefined,
  shown: Shown,
  operator: string,
  facts: ServiceFacts,
  now: Instant,
): readonly [Told | undefined, readonly Effect[]] {
  const holder = standsAt(facts, now) ? holderAt(facts, now) : undefined;
  const customer = holder === undefined ? undefined : keyName(holder);
  const matters = shown.unpaid > 0 || shown.limit !== null;
  if (!told && (customer === undefined || !matters)) return [told, []];
  const say = ({ operator, customer, revision }: Told, stands: boolean): Effect => ({
    do: 'tell',
    tale: { is: 'unpaid', operator, customer, service: facts.id, revision, at: now, stands, ...shown },
  });
  const leaves = told && (customer === undefined || customerKey(told) !== customerKey({ operator, customer }));
  if (leaves && told.gone === undefined) {
    const left: Told = { ...told, revision: told.revision + 1, print: '', gone: now };
    const effects = [say(left, false)];
    return [left, customer === undefined ? effects : [...effects, { do: 'wake', at: now + SECOND }]];
  }
  if (customer === undefined) return [told, []];
  if (told?.gone !== undefined && now < told.gone + SECOND) return [told, [{ do: 'wake', at: told.gone + SECOND }]];
  const print = matters ? printOf(shown) : OWES_NOTHING;
  if (told?.print === print) return [told, []];
  const next: Told = { revision: (told?.revision ?? 0) + 1, operator, customer, print };
  return [next, [say(next, true)]];
}

const OWES_NOTHING = '0';

/** All that is told, in few letters: it stands in the state of every service that owes something. */
function printOf({ prepaid, unpaid, limit, barred, warned, billing, language, notifyBy }: Shown): string {
  const flags = (prepaid ? 1 : 0) | (barred ? 2 : 0) | (warned ? 4 : 0);
  // The first billing day holds for the time before it too.
  const days = billing.map(({ from, day }, i) => (i === 0 ? day : `${from}:${day}`));
  return [unpaid, limit ?? '', flags, days.join(), language ?? '', notifyBy?.join() ?? ''].join(' ');
}

/** The billing days, each only where it differs from the one before. */
function changesOf(billing: readonly BillingChange[]): readonly BillingChange[] {
  return billing.filter(({ day }, i) => i === 0 || day !== billing[i - 1]!.day);
}
