/**
 * What a client of value-added messages may be paid: Mobitext 6.1 to 6.7, 7.3, 13.3; Annex 1.6.
 *
 * Paid is what arrived and was collected by the sender's network, by each network apart, on an order for that network: once what
 * was earned there and not yet allowed reaches 50 EUR at the National Bank's middle rate of the day. Where the network's terms say
 * so, a month's earnings wait for so many days after its end. Each payout has its day, by which it must be made. What networks say
 * to have collected is absolute, by month: a later word takes the place of an earlier one, and what was allowed too much is taken
 * off what is earned next (7.5). An order after the account was closed is none.
 */
import { beginOf, dayNumber, dayOf, dayStart, formatLocal, monthsAfter } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, type Given, refOf, type ServiceDetector } from '../domain/detector.js';
import type { DozorEvent } from '../domain/event.js';
import {
  compare,
  decimalsOf,
  type Fraction,
  formatMoney,
  fraction,
  type Money,
  multiply,
  roundHalfUp,
} from '../domain/money.js';
import type { Pack, SmsNetworkRules, SmsRules } from '../domain/pack.js';
import { networkOf } from '../domain/sms.js';
import { assertNever, DAY, type Instant, type Zone } from '../domain/units.js';
import { dayAfter, workingDayAfter } from '../domain/working-days.js';
import { isOrder } from './sms-charge.js';

/** What a network said it had collected of a month, in messages. */
interface Collected {
  readonly network: string;
  readonly month: string;
  readonly messages: number;
  readonly at: Instant;
  readonly ref: string;
}

interface Order {
  readonly orderId: string;
  readonly network: string;
  readonly at: Instant;
  readonly ref: string;
}

/** The middle rate of a day: so many units of the home currency for one of the other, as a decimal. */
interface Rate {
  readonly currency: string;
  readonly date: string;
  readonly perUnit: string;
  readonly at: Instant;
  readonly ref: string;
}

interface Allowed {
  readonly orderId: string;
  readonly network: string;
  readonly minor: number;
}

export interface SmsPayoutState {
  readonly collected: readonly Collected[];
  readonly orders: readonly Order[];
  readonly rates: readonly Rate[];
  readonly allowed: readonly Allowed[];
  /** Messages that arrived, by network and month: beside what was collected, for whoever compares. */
  readonly arrived: Readonly<Record<string, number>>;
}

/** Rates of as many days are kept: the bank rests on holidays, and a rate may come late. */
const RATES_MAX = 31;

export const smsPayout: ServiceDetector<SmsPayoutState> = {
  name: 'sms-payout',
  hears: ['sms.received', 'sms.collected', 'payout.ordered', 'rate.published'],
  reads: ['sms'],
  start: { collected: [], orders: [], rates: [], allowed: [], arrived: {} },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [withFact(state, heard.event, given), []];
      case 'tick':
        return state.orders.length === 0 ? [state, []] : look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

function withFact(state: SmsPayoutState, event: DozorEvent, given: Given): SmsPayoutState {
  const head = { at: event.time, ref: refOf(event) };
  switch (event.type) {
    case 'sms.received': {
      if (!isOrder(event, given)) return state;
      const pack = given.pack(event.time);
      const found = networkOf(pack.rules.sms!, event.data);
      if (!found) return state;
      const key = arrivedKey(found.network.network, dayOf(event.time, pack.zone).slice(0, 7));
      return { ...state, arrived: { ...state.arrived, [key]: (state.arrived[key] ?? 0) + (event.data.parts ?? 1) } };
    }
    case 'sms.collected': {
      const { network, month, messages } = event.data;
      const others = state.collected.filter((one) => one.network !== network || one.month !== month);
      const own = state.collected.filter((one) => one.network === network && one.month === month);
      const last = [...own, { network, month, messages, ...head }].toSorted(byTime).at(-1)!;
      return { ...state, collected: [...others, last].toSorted(byMonth) };
    }
    case 'payout.ordered': {
      const { orderId, network } = event.data;
      if (state.orders.some((one) => one.orderId === orderId && one.network === network)) return state;
      return { ...state, orders: [...state.orders, { orderId, network, ...head }].toSorted(byTime) };
    }
    case 'rate.published': {
      const { currency, date, perUnit } = event.data;
      const others = state.rates.filter((one) => one.date !== date || one.currency !== currency);
      const own = state.rates.filter((one) => one.date === date && one.currency === currency);
      const last = [...own, { currency, date, perUnit, ...head }].toSorted(byTime).at(-1)!;
      const rates = [...others, last].toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : byTime(a, b)));
      return { ...state, rates: rates.slice(-RATES_MAX) };
    }
    default:
      return state;
  }
}

function byTime(a: { at: Instant; ref: string }, b: { at: Instant; ref: string }): number {
  return a.at - b.at || (a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0);
}

function byMonth(a: Collected, b: Collected): number {
  const [left, right] = [`${a.month}/${a.network}`, `${b.month}/${b.network}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function arrivedKey(network: string, month: string): string {
  return `${network}/${month}`;
}

/** What was earned on a network as of an instant, and when more of it becomes payable. */
interface Earned {
  readonly minor: number;
  readonly months: readonly Collected[];
  readonly nextAt: Instant | undefined;
}

function earnedOn(network: SmsNetworkRules, state: SmsPayoutState, given: Given, now: Instant): Earned {
  const { zone } = given.pack(now);
  const said = state.collected.filter((one) => one.network === network.network);
  const dated = said.map((one) => ({ one, from: Math.max(one.at, payableFrom(network, one.month, zone)) }));
  const months = dated.filter(({ from }) => from <= now).map(({ one }) => one);
  const later = dated.filter(({ from }) => from > now).map(({ from }) => from);
  const minor = months.reduce((sum, one) => sum + one.messages * shareOf(one, given, zone), 0);
  return { minor, months, nextAt: later.length > 0 ? Math.min(...later) : undefined };
}

/** A client's share of a message, as the terms in force when the month began had it. */
function shareOf({ network, month }: Collected, given: Given, zone: Zone): number {
  const rules = given.pack(dayStart(`${month}-01`, zone)).rules.sms;
  return rules?.networks.find((one) => one.network === network)?.clientShare.minor ?? 0;
}

function monthEnd(month: string, zone: Zone): Instant {
  return beginOf(monthsAfter(dayNumber(dayStart(`${month}-01`, zone), zone), 1), zone);
}

/** From when a month's earnings can be paid at all. */
function payableFrom({ afterMonthDays }: SmsNetworkRules, month: string, zone: Zone): Instant {
  const end = monthEnd(month, zone);
  return afterMonthDays === null ? end : dayStart(dayAfter(end, afterMonthDays, zone), zone);
}

function look(state: SmsPayoutState, given: Given, now: Instant): readonly [SmsPayoutState, readonly Effect[]] {
  const pack = given.pack(now);
  const rules = pack.rules.sms;
  if (!rules) return [state, []];
  const effects: Effect[] = [];
  let { allowed } = state;
  const closedAt = given.facts.turns.find((turn) => turn.do === 'ended' && turn.at <= now)?.at;
  for (const network of rules.networks) {
    const order = state.orders.find(
      (one) =>
        one.network === network.network &&
        one.at <= now &&
        (closedAt === undefined || one.at < closedAt) &&
        !allowed.some((done) => done.orderId === one.orderId && done.network === one.network),
    );
    if (!order) continue;
    const earned = earnedOn(network, state, given, now);
    if (earned.nextAt !== undefined) effects.push({ do: 'wake', at: earned.nextAt });
    const before = allowed.filter((one) => one.network === network.network).reduce((sum, one) => sum + one.minor, 0);
    const amount = { minor: earned.minor - before, currency: pack.currency };
    const rate = rateAt(state.rates, rules.payoutFloor.currency, now, pack.zone);
    if (!rate || amount.minor <= 0 || !reaches(amount, rules.payoutFloor, rate)) continue;
    const draft = payout({ order, network, amount, before, earned, rate, closedAt, state }, rules, pack, given, now);
    effects.push({ do: 'decide', draft });
    allowed = [...allowed, { orderId: order.orderId, network: network.network, minor: amount.minor }];
  }
  return [allowed === state.allowed ? state : { ...state, allowed }, effects];
}

/** The last rate published for today or a day before it. */
function rateAt(rates: readonly Rate[], currency: string, now: Instant, zone: Zone): Rate | undefined {
  const today = dayOf(now, zone);
  return rates.findLast((one) => one.currency === currency && one.date <= today && one.at <= now);
}

/** Whether a sum comes to the floor at a rate. */
function reaches(amount: Money, floor: Money, rate: Rate): boolean {
  return compare(fraction(amount.minor), floorIn(floor, rate, amount.currency)) >= 0;
}

/** The floor in minor units of another currency, exact. */
function floorIn({ minor, currency }: Money, { perUnit }: Rate, into: string): Fraction {
  const [whole = '0', decimals = ''] = perUnit.split('.');
  const rate = fraction(BigInt(`${whole}${decimals}`), 10n ** BigInt(decimals.length));
  return multiply(
    multiply(fraction(minor), rate),
    fraction(10n ** BigInt(decimalsOf(into)!), 10n ** BigInt(decimalsOf(currency)!)),
  );
}

interface Due {
  readonly order: Order;
  readonly network: SmsNetworkRules;
  readonly amount: Money;
  readonly before: number;
  readonly earned: Earned;
  readonly rate: Rate;
  readonly closedAt: Instant | undefined;
  readonly state: SmsPayoutState;
}

function payout(due: Due, rules: SmsRules, pack: Pack, given: Given, now: Instant): Draft<'payout.allowed'> {
  const { order, network, amount, before, earned, rate, state } = due;
  const { operator, zone, currency } = pack;
  const local = (at: Instant) => formatLocal(at, zone);
  return {
    type: 'payout.allowed',
    subject: given.facts.id,
    time: now,
    data: {
      operator,
      clause: rules.clauses['payoutFloor'] ?? rules.clause,
      because: {
        arithmetic:
          'messages collected x client share, less what was allowed before, against the floor at the rate of the day',
        ordered: local(order.at),
        months: earned.months.map((one) => ({
          month: one.month,
          messages: one.messages,
          arrived: state.arrived[arrivedKey(one.network, one.month)] ?? 0,
          clientShare: formatMoney({ minor: shareOf(one, given, zone), currency }),
          event: one.ref,
        })),
        allowedBefore: formatMoney({ minor: before, currency }),
        floorAtRate: formatMoney({ minor: roundHalfUp(floorIn(rules.payoutFloor, rate, currency)), currency }),
        events: [order.ref, rate.ref],
      },
      orderId: order.orderId,
      network: network.network,
      amount,
      vat: 'excluded',
      floor: rules.payoutFloor,
      rate: rate.perUnit,
      rateDate: rate.date,
      payBy: payByOf(due, rules, zone),
    },
  };
}

/** The last day for a payout: so many working days after the order, and after the network's last payment, whichever is later. */
function payByOf({ order, earned, closedAt }: Due, rules: SmsRules, zone: Zone): string {
  if (closedAt !== undefined) {
    return dayAfter(monthEnd(dayOf(closedAt, zone).slice(0, 7), zone) - DAY / 2, rules.payAfterClosingDays, zone);
  }
  const paidAt = Math.max(...earned.months.map(({ at }) => at));
  const days = [
    workingDayAfter(order.at, rules.payWithin.orderWorkingDays, rules.holidays, zone),
    workingDayAfter(paidAt, rules.payWithin.collectionWorkingDays, rules.holidays, zone),
  ];
  return days.toSorted().at(-1)!;
}
