/**
 * How much data a subscriber may use at home prices in the countries of roaming fair use, in one billing cycle: the formula of
 * the open data bundle, on exact numbers, rounded up once.
 *
 *   volume in GB >= factor x price of the bundle net of VAT / the year's wholesale cap for a GB
 *
 * A tariff with an allowance of its own gives at most that. Cap and rate of exchange are those in force when the cycle begins.
 */
import { dayStart } from './calendar.js';
import { compare, decimalsOf, type Fraction, formatFraction, fraction, multiply, withVat } from './money.js';
import type { Pack, RoamingDataRules } from './pack.js';
import { readDecimal } from './rating/quantity.js';
import type { Tariff } from './rating/tariff.js';
import type { Price } from './schema.js';
import type { Instant, Zone } from './units.js';

/** The volume of a cycle in bytes, and what it was worked out from, for `because`. */
export interface RoamingVolume {
  readonly bytes: number;
  readonly from: Readonly<Record<string, unknown>>;
}

/** What a volume is worked out from. */
export interface VolumeGiven {
  readonly pack: Pick<Pack, 'currency' | 'vatPercent' | 'zone'>;
  readonly rules: RoamingDataRules;
  /** When the cycle begins. */
  readonly begins: Instant;
  /** null and undefined: none is fixed. */
  readonly fee: Price | null | undefined;
  /** Bytes that the tariff includes in a cycle; undefined: it has no such bound. */
  readonly allowance: number | undefined;
}

/** The volume of a cycle; undefined where neither a price nor an allowance says one. Throws where the pack knows no rate. */
export function roamingVolume(given: VolumeGiven): RoamingVolume | undefined {
  const { rules, allowance } = given;
  if (allowance !== undefined && rules.allowance === 'whole') return wholeOf(allowance);
  const formula = formulaOf(given);
  if (allowance === undefined) return formula;
  if (!formula) return wholeOf(allowance);
  // A gigabyte that costs the cap or more is no open bundle: all of it may be used abroad.
  if (rules.allowance === 'by-price' && !formula.isCheap(allowance)) return wholeOf(allowance);
  if (allowance <= formula.bytes) return { bytes: allowance, from: { ...formula.from, allowanceBytes: allowance } };
  return { bytes: formula.bytes, from: { ...formula.from, allowanceBytes: allowance } };
}

/** The bytes that a tariff includes in a cycle wherever they are used; undefined where it has no such bundle of data. */
export function allowanceOf(tariff: Tariff | undefined): number | undefined {
  const bundles = (tariff?.bundles ?? []).filter(
    ({ kind, zones, period }) => kind === 'data' && !zones && (period === 'month' || period === 'calendar-month'),
  );
  if (bundles.length === 0) return undefined;
  const nano = bundles.reduce((sum, { amount }) => sum + amount, 0n);
  return Number(nano / NANO);
}

const NANO = 1_000_000_000n;

function wholeOf(allowance: number): RoamingVolume {
  return { bytes: allowance, from: { allowanceBytes: allowance } };
}

interface Formula extends RoamingVolume {
  /** Whether a gigabyte of so many for the price costs less than the cap. */
  isCheap(allowance: number): boolean;
}

function formulaOf({ pack, rules, begins, fee }: VolumeGiven): Formula | undefined {
  if (!fee || fee.minor <= 0) return undefined;
  const { zone, vatPercent, currency } = pack;
  const { from: capFrom, perGigabyte } = inForce(rules.wholesaleCaps, begins, zone)!;
  const rates = rules.exchangeRates.filter((one) => one.currency === perGigabyte.currency);
  const rate = perGigabyte.currency === currency ? undefined : inForce(rates, begins, zone);
  if (perGigabyte.currency !== currency && !rate)
    throw new RangeError(`no rate of exchange of ${perGigabyte.currency}`);
  const net = fee.vat === 'excluded' ? fraction(fee.minor) : over(fraction(fee.minor), percentOf(vatPercent));
  const priceMajor = over(net, power(fee.currency));
  const capMajor = multiply(
    over(fraction(perGigabyte.minor), power(perGigabyte.currency)),
    rate ? readDecimal(rate.rate)! : fraction(1),
  );
  // Gigabytes that the price buys at the cap.
  const bought = over(priceMajor, capMajor);
  const bytes = multiply(multiply(fraction(rules.factor), bought), fraction(rules.gigabyteBytes));
  const unit = BigInt(rules.unitBytes);
  const units = ceiling(over(bytes, fraction(unit)));
  return {
    bytes: Number(units * unit),
    from: {
      arithmetic: 'factor x price net of VAT / wholesale cap for a gigabyte, rounded up to the unit',
      factor: rules.factor,
      priceNetMinor: formatFraction(net),
      vatPercent,
      wholesaleCap: { minor: perGigabyte.minor, currency: perGigabyte.currency, from: capFrom },
      ...(rate && { exchangeRate: { of: rate.currency, is: rate.rate, from: rate.from } }),
      gigabyteBytes: rules.gigabyteBytes,
      unitBytes: rules.unitBytes,
    },
    isCheap: (allowance) => compare(multiply(bought, fraction(rules.gigabyteBytes)), fraction(allowance)) < 0,
  };
}

/** Of dated values the one in force at an instant; before the first of them the first. */
function inForce<T extends { readonly from: string }>(values: readonly T[], at: Instant, zone: Zone): T | undefined {
  const sorted = [...values].sort((a, b) => (a.from < b.from ? -1 : 1));
  return sorted.findLast(({ from }) => dayStart(from, zone) <= at) ?? sorted[0];
}

/** 1 and the VAT. */
function percentOf(vatPercent: string): Fraction {
  return over(withVat({ minor: 100, currency: '' }, vatPercent), fraction(100));
}

function power(currency: string): Fraction {
  return fraction(10 ** decimalsOf(currency)!);
}

function over(f: Fraction, { numerator, denominator }: Fraction): Fraction {
  return multiply(f, fraction(denominator, numerator));
}

function ceiling({ numerator, denominator }: Fraction): bigint {
  return (numerator + denominator - 1n) / denominator;
}
