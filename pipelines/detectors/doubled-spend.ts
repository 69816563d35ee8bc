/**
 * Doubled spend: A1 14.4.
 *
 * A consumer is told, free of charge and once in a billing cycle, when the charges of the cycle, the monthly fee included, reach
 * twice the mean of the three completed cycles before it; with fewer of them since the service became active, twice the monthly
 * fee. A cycle's fee is the one that held when it began. It is looked at with each record for the record's own cycle and the
 * clock's, and when a cycle begins. Where the reference is nothing there is no notice.
 */
import { beginOf, dayNumber, formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { atEachTick, type Effect, type Given, type ServiceDetector } from '../domain/detector.js';
import type { Span } from '../domain/intervals.js';
import { activeSpans, billingOf, profileAt } from '../domain/service.js';
import type { Instant } from '../domain/units.js';
import { fineOf, moneyOf } from '../domain/usage/money.js';
import type { Fine } from '../domain/usage/record.js';
import { type Days, instantsOf, windowOf, windowsBefore } from '../domain/usage/windows.js';
import { passes } from './limits.js';

export interface DoubledSpendState {
  /** The cycles that were told, by their first day. */
  readonly told: readonly number[];
}

export const doubledSpend: ServiceDetector<DoubledSpendState> = {
  name: 'doubled-spend',
  hears: [],
  reads: ['doubledSpend'],
  start: { told: [] },
  step: atEachTick(look),
};

const REMEMBERED_DAYS = 170;

function look(state: DoubledSpendState, given: Given, now: Instant): readonly [DoubledSpendState, readonly Effect[]] {
  const pack = given.pack(now);
  const rules = pack.rules.doubledSpend;
  const { touched } = given.usage;
  // Without a change of its record or a credit, what a new cycle begins with is its fee: less than twice anything.
  const mayBegin = given.facts.versions.length > 1 || given.usage.hasNegative;
  if (!rules || (touched.length === 0 && !mayBegin)) return [state, []];
  const billing = billingOf(given.facts);
  const today = dayNumber(now, pack.zone);
  const current = windowOf('month', today, billing, pack.zone);
  const begins = mayBegin && beginOf(current.from, pack.zone) === now;
  const effects: Effect[] = mayBegin ? [{ do: 'wake', at: beginOf(current.to, pack.zone) }] : [];
  if (touched.length === 0 && !begins) return [state, effects];
  const cycles = new Map([[current.from, current]]);
  for (const day of touched) {
    const cycle = windowOf('month', day, billing, pack.zone);
    cycles.set(cycle.from, cycle);
  }
  const told = state.told.filter((from) => from >= today - REMEMBERED_DAYS);
  for (const cycle of [...cycles.values()].sort((a, b) => a.from - b.from)) {
    if (told.includes(cycle.from)) continue;
    const draft = judge(cycle, given, now);
    if (!draft) continue;
    told.push(cycle.from);
    effects.push({ do: 'decide', draft });
  }
  return [told.length === state.told.length ? state : { told }, effects];
}

function judge(cycle: Days, given: Given, now: Instant): Draft<'spend.doubled'> | undefined {
  const pack = given.pack(now);
  const rules = pack.rules.doubledSpend!;
  const { zone, vatPercent, currency, operator } = pack;
  const { facts, usage } = given;
  const span = instantsOf(cycle, zone);
  const profile = profileAt(facts, Math.min(now, span.to - 1));
  if (!rules.customers.includes(profile.customerType ?? 'consumer')) return undefined;
  const fee = (days: Days): Fine => {
    const { monthlyFee } = profileAt(facts, beginOf(days.from, zone));
    return monthlyFee ? fineOf(monthlyFee, vatPercent) : 0;
  };
  const chargesOf = (days: Days): Fine => usage.sum('charge', days.from, days.to, true) + fee(days);
  const charges = chargesOf(cycle);
  const before = windowsBefore('month', cycle, rules.cycles, billingOf(facts), zone);
  const active = activeSpans(facts);
  const complete = before.every((days) => wasActive(active, instantsOf(days, zone)));
  const sums = complete ? before.map(chargesOf) : [fee(cycle)];
  const reference = sums.reduce((sum, one) => sum + one, 0);
  if (reference <= 0 || !passes(charges * sums.length, rules.factor * reference, rules.passes)) return undefined;
  return {
    type: 'spend.doubled',
    subject: facts.id,
    time: now,
    data: {
      operator,
      clause: rules.clause,
      because: {
        arithmetic: `charges with the fee ${rules.passes} ${rules.factor} times the reference`,
        chargesInTenThousandthsOfMinor: charges,
        feeInTenThousandthsOfMinor: fee(cycle),
        ...(complete && {
          cycles: before.map(({ from }, i) => ({
            from: formatLocal(beginOf(from, zone), zone),
            tenThousandthsOfMinor: sums[i]!,
          })),
        }),
      },
      cycle: span,
      charges: moneyOf(charges, currency),
      reference: moneyOf(reference / sums.length, currency),
      referenceKind: complete ? 'three-cycle-average' : 'monthly-fee',
      ...(now >= span.to && { late: true }),
    },
  };
}

/** Whether the service was active for all of a cycle. */
function wasActive(active: readonly Span[], { from, to }: Span): boolean {
  return active.some((span) => span.from <= from && span.to >= to);
}
