/**
 * The charges of a set of usage records under a tariff: which price holds, sessions that come in parts, and bundles. It is a
 * function of the set alone: bundles are consumed in the order of event time, so a late record can move money between two records,
 * and whatever the order of arrival, each record's charge and their total are the same.
 *
 * A session is one usage: it begins with its first part, its amounts are added up, its connect fee is due once and it is rounded
 * once, to the step and to money. A part costs what the session up to and with it costs more than without it.
 * A bundle gives whole steps only; of a step that no longer fits nothing is given, and the rest stays for a shorter one.
 */
import { type BillingChange, beginOf, cycleOf, dayNumber, nextDay, startOfDay, startOfWeek } from '../calendar.js';
import type { DataOf } from '../event.js';
import type { Span } from '../intervals.js';
import { addFractions, type Fraction, fraction, multiply, ZERO_FRACTION } from '../money.js';
import { assertNever, type Instant, type Zone } from '../units.js';
import { PRINT_LENGTH, printOf } from '../usage/packed.js';
import { ONE, type Quantity } from './quantity.js';
import { count, type Rating, rate, type Usage } from './rate.js';
import type { Bundle, Price, PricedKind, Scope, Tariff } from './tariff.js';

/** A usage without a charge of its own. */
export interface UsageRecord {
  readonly id: string;
  readonly kind: PricedKind;
  readonly direction?: 'out' | 'in';
  readonly start: Instant;
  /** Seconds, bytes or messages, in billionths. */
  readonly amount: Quantity;
  readonly destination?: { readonly zone?: string; readonly country?: string; readonly prefix?: string };
  readonly sessionId?: string;
}

/** How much a usage event tells of; undefined where its kind's own field is missing. A message without a number is one. */
export function amountOf({ kind, seconds, bytes, messages = 1 }: DataOf<'usage.recorded'>): Quantity | undefined {
  const amount = kind === 'voice' ? seconds : kind === 'data' ? bytes : messages;
  return amount === undefined ? undefined : BigInt(amount) * ONE;
}

/** What a record comes to; not rated where the tariff has no price for it: it is kept, and rated when one comes. */
export type Settled =
  | { readonly is: 'rated'; readonly cost: Fraction; readonly charge: Fraction }
  | { readonly is: 'unrated' };

export interface Calendar {
  readonly zone: Zone;
  readonly billing: readonly BillingChange[];
}

/**
 * What each record comes to, by its id, under one tariff or the one that holds at the start of each usage. All records of the
 * periods in question belong in here, and each once; or `left` says what records before all of these left of the bundles, and is
 * brought up to date.
 */
export function settle(
  by: Tariff | ((at: Instant) => Tariff | undefined),
  records: readonly UsageRecord[],
  calendar: Calendar,
  left: Map<string, Quantity> = new Map(),
): Map<string, Settled> {
  const tariffAt = typeof by === 'function' ? by : () => by;
  const settled = new Map<string, Settled>();
  for (const parts of sessionsOf(records)) {
    const [first] = parts;
    const tariff = tariffAt(first.start);
    const price = tariff && priceFor(tariff, first);
    if (!price) {
      for (const { id } of parts) settled.set(id, { is: 'unrated' });
      continue;
    }
    const stocks = tariff.bundles.flatMap((bundle) => {
      if (!inScope(bundle, first)) return [];
      const key = stockKey(nameIn(tariff, bundle), periodOf(bundle, first.start, calendar).from);
      return [{ bundle, key, left: left.get(key) ?? bundle.amount }];
    });
    let usage: Usage = { kind: first.kind, start: first.start, amount: 0n, wall: { zone: calendar.zone } };
    let before: Rating = { cost: ZERO_FRACTION, charge: ZERO_FRACTION };
    for (const part of parts) {
      usage = { ...usage, amount: usage.amount + (part.amount > 0n ? part.amount : 0n) };
      const now = ratedWith(price, usage, stocks);
      settled.set(part.id, { is: 'rated', cost: less(now.cost, before.cost), charge: less(now.charge, before.charge) });
      before = now;
    }
    for (const { key, rest } of taken(price, usage, stocks).stocks) left.set(key, rest);
  }
  return settled;
}

/** Rates a session in parts as one usage. The order of the parts does not matter. */
export function rateSession(price: Price, parts: readonly Usage[]): Rating {
  const [first] = [...parts].sort((a, b) => a.start - b.start);
  if (!first) return { cost: ZERO_FRACTION, charge: ZERO_FRACTION };
  return rate(price, { ...first, amount: parts.reduce((sum, { amount }) => (amount > 0n ? sum + amount : sum), 0n) });
}

/** The price for a record: the longest prefix, then its zone, its country, everywhere; of equals the first in the list. */
export function priceFor(
  tariff: Tariff,
  record: Pick<UsageRecord, 'kind' | 'direction' | 'destination'>,
): Price | undefined {
  let best: { rank: number; price: Price } | undefined;
  for (const { price, ...scope } of tariff.prices) {
    const rank = rankOf(scope, record);
    if (rank !== undefined && rank > (best?.rank ?? -1)) best = { rank, price };
  }
  return best?.price;
}

// --- Sessions ---

type Parts = readonly [UsageRecord, ...UsageRecord[]];

/** Sessions, and records alone, each sorted by event time; what happened at the same time by id. */
function sessionsOf(records: readonly UsageRecord[]): readonly Parts[] {
  const sessions = new Map<string, [UsageRecord, ...UsageRecord[]]>();
  for (const record of [...records].sort(byTime)) {
    const key = record.sessionId === undefined ? `record ${record.id}` : `session ${record.kind} ${record.sessionId}`;
    const parts = sessions.get(key);
    if (parts) parts.push(record);
    else sessions.set(key, [record]);
  }
  // A map keeps the order in which keys came: that of the first parts.
  return [...sessions.values()];
}

function byTime(a: UsageRecord, b: UsageRecord): number {
  return a.start - b.start || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

// --- Bundles ---

/** Whether a tariff has a bundle for such a record, spent or not. */
export function isBundled(tariff: Tariff, record: Pick<UsageRecord, 'kind' | 'direction' | 'destination'>): boolean {
  return tariff.bundles.some((bundle) => inScope(bundle, record));
}

const names = new WeakMap<Bundle, string>();

/** Two versions of a tariff may list other bundles in the same place: the name says what a bundle is for. */
function nameIn(tariff: Tariff, bundle: Bundle): string {
  let name = names.get(bundle);
  if (name === undefined) {
    const { kind, zones = [], period } = bundle;
    name = printOf([tariff.id, tariff.bundles.indexOf(bundle), kind, period, ...zones].join(' '));
    names.set(bundle, name);
  }
  return name;
}

function stockKey(name: string, from: Instant): string {
  return `${name}${from}`;
}

/** Of each bundle the stock of the latest period: whoever comes after all that took of them asks for no earlier one. */
export function latestStocks(left: ReadonlyMap<string, Quantity>): Map<string, Quantity> {
  const latest = new Map<string, readonly [from: number, key: string]>();
  for (const key of left.keys()) {
    const name = key.slice(0, PRINT_LENGTH);
    const from = Number(key.slice(PRINT_LENGTH));
    if (from >= (latest.get(name)?.[0] ?? from)) latest.set(name, [from, key]);
  }
  return new Map([...latest.values()].map(([, key]) => [key, left.get(key)!]));
}

interface Stock {
  readonly bundle: Bundle;
  readonly key: string;
  readonly left: Quantity;
}

/** What the stocks give of a usage, from its beginning on, one after the other. */
function taken(price: Price, usage: Usage, stocks: readonly Stock[]) {
  let upTo: Quantity = 0n;
  let fee = false;
  const rests = stocks.map(({ bundle, key, left }) => {
    // A spent one is not asked: it would count the same steps again and take none.
    const end = usage.amount > upTo && left > 0n ? count(price, usage, upTo + left).end : upTo;
    const rest = left - (end - upTo);
    if (end > upTo && upTo === 0n) fee = bundle.coversConnectFee;
    upTo = end;
    return { key, rest };
  });
  return { upTo, fee, stocks: rests };
}

function ratedWith(price: Price, usage: Usage, stocks: readonly Stock[]): Rating {
  return rate(price, usage, taken(price, usage, stocks));
}

/** The period of a bundle that holds an instant. */
export function periodOf({ period }: Pick<Bundle, 'period'>, at: Instant, { zone, billing }: Calendar): Span {
  switch (period) {
    case 'day':
      return { from: startOfDay(at, zone), to: nextDay(at, zone) };
    case 'week': {
      const from = startOfWeek(at, zone);
      return { from, to: beginOf(dayNumber(from, zone) + 7, zone) };
    }
    case 'month':
      return cycleOf(at, billing, zone);
    case 'calendar-month':
      return cycleOf(at, [], zone);
    default:
      return assertNever(period);
  }
}

// --- What a price is for ---

function inScope(scope: Scope, record: Pick<UsageRecord, 'kind' | 'direction' | 'destination'>): boolean {
  return rankOf(scope, record) !== undefined;
}

/** How closely a scope fits: 0 everywhere, 1 by country, 2 by zone, more by so many digits of a prefix; undefined: not at all. */
function rankOf(
  scope: Scope,
  { kind, direction = 'out', destination = {} }: Pick<UsageRecord, 'kind' | 'direction' | 'destination'>,
) {
  if (scope.kind !== kind) return undefined;
  // Data and premium have no direction of their own; a call that comes in is only charged by a price that says so.
  const both = scope.direction === undefined && (kind === 'data' || kind === 'premium');
  if (!both && (scope.direction ?? 'out') !== direction) return undefined;
  if (!scope.zones) return 0;
  const { zone, country } = destination;
  const dialled = destination.prefix?.replace(/^\+/, '');
  const ranks = scope.zones.map((one) => {
    const digits = one.replace(/^\+/, '');
    if (dialled !== undefined && /^\d+$/.test(digits) && dialled.startsWith(digits)) return 2 + digits.length;
    return one === zone ? 2 : one === country ? 1 : 0;
  });
  const rank = Math.max(...ranks);
  return rank > 0 ? rank : undefined;
}

function less(a: Fraction, b: Fraction): Fraction {
  return addFractions(a, multiply(b, fraction(-1)));
}
