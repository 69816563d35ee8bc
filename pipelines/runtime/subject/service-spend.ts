/** What a service spent in its running billing cycle, as the rules on spending see it. */
import { creditLimit } from '../../detectors/credit-limit.js';
import { doubledSpend } from '../../detectors/doubled-spend.js';
import { spendBar, wantedAt } from '../../detectors/spend-bar.js';
import { dayNumber } from '../../domain/calendar.js';
import { formatMoney } from '../../domain/money.js';
import { billingOf, profileAt } from '../../domain/service.js';
import type { ViewSpend } from '../../domain/subject/service-view.js';
import { fineOf, moneyOf } from '../../domain/usage/money.js';
import type { Fine } from '../../domain/usage/record.js';
import { cycleDays, type Days, instantsOf } from '../../domain/usage/windows.js';
import { dayText, type ServiceRead, stateIn, usageIn } from './service-read.js';

/** Null where the operator has no rule on what is spent. */
export function spendOf(read: ServiceRead): ViewSpend | null {
  const { facts, now, zone } = read;
  const pack = read.packs.at(profileAt(facts, now).operator, now)!;
  const { rules, currency } = pack;
  if (!rules.spendBar && !rules.creditLimit && !rules.doubledSpend) return null;
  const cycle = cycleDays(now, billingOf(facts), zone);
  const usage = usageIn(read);
  const charges = usage.sum('charge', cycle.from, cycle.to, true);
  const money = (fine: Fine) => formatMoney(moneyOf(fine, currency));
  return {
    cycle: spanOf(cycle),
    days: daysOf(read, cycle, money),
    charges: money(charges),
    chargesInTenThousandthsOfMinor: charges,
    cap: capOf(read, cycle, charges, money),
    credit: creditOf(read, money),
    doubled: (stateIn(read, doubledSpend)?.told ?? []).map(dayText),
  };
}

function daysOf(read: ServiceRead, cycle: Days, money: (fine: Fine) => ViewSpend['charges']): ViewSpend['days'] {
  const usage = usageIn(read);
  const today = dayNumber(read.now, read.zone);
  const days: ViewSpend['days'][number][] = [];
  for (let day = cycle.from; day < cycle.to && day <= today; day++) {
    const charge = money(usage.sum('charge', day, day + 1));
    days.push({ day: dayText(day), charge, sum: money(usage.sum('charge', cycle.from, day + 1)) });
  }
  return days;
}

function capOf(
  read: ServiceRead,
  cycle: Days,
  charges: Fine,
  money: (fine: Fine) => ViewSpend['charges'],
): ViewSpend['cap'] {
  const { facts, now, zone } = read;
  const { rules, vatPercent } = read.packs.at(profileAt(facts, now).operator, now)!;
  if (!rules.spendBar) return null;
  const { clause, cap, feeCounts, warnAtPercent } = rules.spendBar;
  const state = stateIn(read, spendBar) ?? spendBar.start;
  const fee = feeCounts ? profileAt(facts, instantsOf(cycle, zone).from).monthlyFee : undefined;
  return {
    clause,
    cap: formatMoney(cap),
    feeCounts,
    against: money(charges + (fee ? fineOf(fee, vatPercent) : 0)),
    asked: wantedAt(state.requests, facts, now),
    warnAtPercent,
    warned: state.warned.map(dayText),
    bar: barOf(state.bar),
  };
}

function creditOf(read: ServiceRead, money: (fine: Fine) => ViewSpend['charges']): ViewSpend['credit'] {
  const { facts, now } = read;
  const { rules, vatPercent } = read.packs.at(profileAt(facts, now).operator, now)!;
  if (!rules.creditLimit) return null;
  const { clause, limit, warnAt, severalNumbers } = rules.creditLimit;
  const own = profileAt(facts, now).creditLimit;
  const state = stateIn(read, creditLimit) ?? creditLimit.start;
  return {
    clause,
    balance: money(usageIn(read).balance),
    limit: money(fineOf(own ?? limit, vatPercent)),
    own: own !== undefined,
    shared: severalNumbers === 'one-limit',
    warnAt: money(fineOf(warnAt, vatPercent)),
    warned: state.warned,
    bar: barOf(state.bar),
  };
}

function barOf(bar: { readonly episode: number; readonly cycle: Days } | null) {
  return bar && { episode: bar.episode, cycle: spanOf(bar.cycle) };
}

function spanOf({ from, to }: Days): { readonly from: string; readonly to: string } {
  return { from: dayText(from), to: dayText(to) };
}
