/**
 * Rates the records that came without a charge, each by the tariff that the service had at its time. Mostly a record is all of its
 * session, and takes from no bundle or comes after all that did: then nothing else is looked at. Else the periods and sessions
 * that it touches are shared out again.
 */
import { type BillingChange, beginOf, dayNumber } from '../calendar.js';
import { ONE } from '../rating/quantity.js';
import { isBundled, latestStocks, periodOf, type Settled, settle } from '../rating/settle.js';
import type { Tariff } from '../rating/tariff.js';
import type { Instant, Zone } from '../units.js';
import type { UsageBook } from './book.js';
import { FINE_PER_MINOR, type Fine, type UsageRecord } from './record.js';

/** Where a tariff is found, by the instant of a record. */
export interface Tariffs {
  readonly tariffAt: (at: Instant) => Tariff | undefined;
  readonly zone: Zone;
  readonly billing: readonly BillingChange[];
  readonly currency: string;
  /** How many minor units a major one has. */
  readonly minorPerMajor: number;
}

/**
 * Sets what every record without a charge of its own comes to. Records without a tariff or a price come to nothing until there is
 * one. A late record may take a bundle's minutes from later ones: they are shared out by event time.
 */
export function rateBook(book: UsageBook, given: Tariffs): void {
  const tariffAt = (at: Instant): Tariff | undefined => {
    const tariff = given.tariffAt(at);
    // Money of another currency cannot be added up: a tariff in it is none.
    return tariff?.currency === given.currency ? tariff : undefined;
  };
  const tariffs = { ...given, tariffAt };
  const { fresh } = book;
  if (fresh?.every(({ session }) => session === undefined || book.isAlone(session))) {
    const bundled = bundledOf(fresh, tariffAt);
    const { shared } = book;
    if (bundled.length === 0) {
      set(book, fresh, settle(tariffAt, fresh.map(ratedForm), tariffs), tariffs);
      return;
    }
    if (shared && bundled.every((one) => isAfter(one, shared))) {
      const last = latestOf(bundled)!;
      const settled = settle(tariffAt, fresh.map(ratedForm), tariffs, shared.left);
      set(book, fresh, settled, tariffs);
      book.shared = { at: last.at, print: last.print, left: latestStocks(shared.left) };
      return;
    }
  }
  shareOut(book, tariffs);
}

/** A late record, and the month of its bundle. */
const OPEN_DAYS = 165;

/** Settles the periods of all that is not rated, and what hangs together with them by sessions. */
function shareOut(book: UsageBook, tariffs: Tariffs): void {
  const { tariffAt, zone } = tariffs;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const take = (day: number): void => {
    from = Math.min(from, day);
    to = Math.max(to, day + 1);
    const at = beginOf(day, zone);
    for (const tariff of new Set([tariffAt(at), tariffAt(beginOf(day + 1, zone) - 1)])) {
      for (const bundle of tariff?.bundles ?? []) {
        const period = periodOf(bundle, at, tariffs);
        from = Math.min(from, dayNumber(period.from, zone));
        to = Math.max(to, dayNumber(period.to, zone));
      }
    }
  };
  for (const day of book.unrated) take(day);
  const newest = to - 1;
  let records: readonly UsageRecord[] = [];
  // Bundles of unlike periods, and sessions over their ends, hang one period on the next.
  for (let before = -1; before !== to - from; ) {
    before = to - from;
    records = book.unpriced(from, to);
    for (const day of new Set(records.map(({ day }) => day))) take(day);
    for (const session of new Set(records.flatMap(({ session }) => (session === undefined ? [] : [session])))) {
      for (const day of book.daysOfSession(session)) if (day < from || day >= to) take(day);
    }
  }
  const left = new Map<string, bigint>();
  const settled = settle(tariffAt, records.map(ratedForm), tariffs, left);
  // Of the oldest periods some records may be forgotten already: nothing can have changed there.
  const open = records.filter(({ day }) => day >= (book.today ?? newest) - OPEN_DAYS);
  set(book, open, settled, tariffs);
  // What comes later stands on what is left; a part of a session that is known has everything shared out again.
  const last = latestOf(bundledOf(records, tariffAt)) ?? { at: beginOf(from, zone), print: '' };
  const isWhole = book.unpriced(to, Number.POSITIVE_INFINITY).length === 0;
  book.shared = isWhole ? { at: last.at, print: last.print, left: latestStocks(left) } : undefined;
}

/** Those that may take from a bundle: what the others cost hangs on nothing but themselves. */
function bundledOf(records: readonly UsageRecord[], tariffAt: Tariffs['tariffAt']): readonly UsageRecord[] {
  return records.filter((one) => {
    const tariff = tariffAt(one.at);
    return tariff !== undefined && isBundled(tariff, ratedForm(one));
  });
}

function latestOf(records: readonly UsageRecord[]): UsageRecord | undefined {
  return records.reduce<UsageRecord | undefined>((a, b) => (!a || isAfter(b, a) ? b : a), undefined);
}

function set(
  book: UsageBook,
  records: readonly UsageRecord[],
  settled: ReadonlyMap<string, Settled>,
  { minorPerMajor }: Tariffs,
): void {
  const charges = new Map<string, Fine>();
  for (const { print } of records) {
    const one = settled.get(print);
    charges.set(print, one?.is === 'rated' ? fineFrom(one.charge, minorPerMajor) : 0);
  }
  book.rate(charges, new Set(records.map(({ day }) => day)));
}

/** Whether a record comes after another in the order in which bundles are shared out. */
function isAfter(a: { at: number; print: string }, b: { at: number; print: string }): boolean {
  return a.at > b.at || (a.at === b.at && a.print > b.print);
}

function ratedForm({ print, kind, incoming, at, amount, destination, session }: UsageRecord) {
  return {
    id: print,
    kind,
    direction: incoming ? ('in' as const) : ('out' as const),
    start: at,
    amount: BigInt(kind === 'premium' ? 1 : amount) * ONE,
    ...(destination && { destination }),
    ...(session !== undefined && { sessionId: session }),
  };
}

/** A charge has no more decimals than its currency: it is a whole number of minor units. */
function fineFrom(charge: { readonly numerator: bigint; readonly denominator: bigint }, minorPerMajor: number): Fine {
  return Number((charge.numerator * BigInt(minorPerMajor * FINE_PER_MINOR)) / charge.denominator);
}
