/**
 * Money as whole minor units (para, cent), and exact fractions of them on the way to one rounding at the end.
 * "Rounding is half up to the minor unit, once, at the end": only `roundHalfUp` leaves the fractions.
 */

import type { Milliseconds } from './units.js';

/** An amount in whole minor units, a safe integer: 1,999.00 RSD is `{ minor: 199900, currency: 'RSD' }`. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** Money in events and decisions: `amount` a decimal string in major units; with VAT unless `vat` says "excluded". */
export interface WireMoney {
  readonly amount: string;
  readonly currency: string;
  readonly vat?: 'excluded' | 'included';
}

/** An exact number, in lowest terms, the denominator above 0. Bigints: it stays inside and never goes on the wire. */
export interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

// By ISO 4217. Not from Intl: its figures follow custom, and take RSD and ALL to have no decimals.
const CURRENCIES: readonly (readonly [decimals: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
    CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
    KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD
    PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
    TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
];

const DECIMALS = new Map(
  CURRENCIES.flatMap(([decimals, codes]) => codes.split(/\s+/).map((code) => [code, decimals] as const)),
);

/** How many decimals the currency (ISO 4217, capitals) has; undefined where it is unknown. */
export function decimalsOf(currency: string): number | undefined {
  return DECIMALS.get(currency);
}

const AMOUNT = /^(-?)(\d+)(?:\.(\d+))?$/;
/** More digits than any safe amount needs, leading zeros allowed for: a bound on what is turned into a number. */
const AMOUNT_LENGTH_MAX = 32;

/** Reads money off the wire, or says why it is none. `vat` is there only where VAT has still to be added. */
export function parseMoney(wire: unknown): { ok: true; money: Money; vat?: 'excluded' } | { ok: false; why: string } {
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) return refuse('money is an object');
  const { amount, currency, vat } = wire as Record<string, unknown>;
  if (typeof currency !== 'string') return refuse('currency is missing or no string');
  const decimals = decimalsOf(currency);
  if (decimals === undefined) return refuse(`unknown currency ${shorten(currency)}`);
  if (typeof amount !== 'string') return refuse('amount is missing or no decimal string');
  const found = amount.length <= AMOUNT_LENGTH_MAX ? AMOUNT.exec(amount) : null;
  if (!found) return refuse(`amount ${shorten(amount)} is no plain decimal number`);
  const [, sign, whole = '', digits = ''] = found;
  if (digits.length > decimals) return refuse(`amount ${amount} has more decimals than ${currency} (${decimals})`);
  const minor = Number(`${whole}${digits.padEnd(decimals, '0')}`);
  if (!Number.isSafeInteger(minor)) return refuse(`amount ${amount} is too large`);
  if (vat !== undefined && vat !== 'excluded' && vat !== 'included') return refuse('vat is "excluded" or "included"');
  const money: Money = { minor: sign && minor !== 0 ? -minor : minor, currency };
  return vat === 'excluded' ? { ok: true, money, vat } : { ok: true, money };
}

function refuse(why: string): { ok: false; why: string } {
  return { ok: false, why };
}

function shorten(text: string): string {
  return text.length <= AMOUNT_LENGTH_MAX ? text : `${text.slice(0, AMOUNT_LENGTH_MAX)}...`;
}

/** Money for the wire, with all decimals of its currency: "250.00", "-0.05". */
export function formatMoney(money: Money): WireMoney {
  const decimals = decimalsOf(money.currency);
  if (decimals === undefined) throw new RangeError(`unknown currency ${money.currency}`);
  const minor = safe(money.minor);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const rest = digits.slice(digits.length - decimals);
  return { amount: `${minor < 0 ? '-' : ''}${whole}${rest ? `.${rest}` : ''}`, currency: money.currency };
}

/** The sum of two amounts of one currency. */
export function plus(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return { minor: safe(a.minor + b.minor), currency: a.currency };
}

/** What is left of `a` after `b` of the same currency is taken off; it may be negative. */
export function minus(a: Money, b: Money): Money {
  sameCurrency(a, b);
  return { minor: safe(a.minor - b.minor), currency: a.currency };
}

/** Whether the amount is nothing, in whatever currency. */
export function isZero(money: Money): boolean {
  return money.minor === 0;
}

export const ZERO_FRACTION: Fraction = { numerator: 0n, denominator: 1n };

/** n / d in lowest terms. Whole numbers only: a float is our mistake, and throws. */
export function fraction(n: number | bigint, d: number | bigint = 1n): Fraction {
  const [numerator, denominator] = [whole(n), whole(d)];
  if (denominator === 0n) throw new RangeError('a fraction over 0');
  return reduce(numerator, denominator);
}

/** f + g. */
export function addFractions(f: Fraction, g: Fraction): Fraction {
  // One whole cycle is the usual denominator of both: no need to let it grow.
  if (f.denominator === g.denominator) return reduce(f.numerator + g.numerator, f.denominator);
  return reduce(f.numerator * g.denominator + g.numerator * f.denominator, f.denominator * g.denominator);
}

/** f x g. */
export function multiply(f: Fraction, g: Fraction): Fraction {
  return reduce(f.numerator * g.numerator, f.denominator * g.denominator);
}

/** -1 where f is less than g, 0 where they are equal, 1 where it is more. */
export function compare(f: Fraction, g: Fraction): -1 | 0 | 1 {
  const left = f.numerator * g.denominator;
  const right = g.numerator * f.denominator;
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The lesser of two: the cap of a credit. */
export function minFraction(f: Fraction, g: Fraction): Fraction {
  return compare(f, g) <= 0 ? f : g;
}

/** money x part / whole, exact, in minor units; not capped. `whole` is above 0, both are whole ms (or any one unit). */
export function share(money: Money, part: Milliseconds, whole: Milliseconds): Fraction {
  if (!(part >= 0 && whole > 0)) throw new RangeError(`no share: ${part} of ${whole}`);
  return multiply(fraction(money.minor), fraction(part, whole));
}

const PERCENT = /^(\d+)(?:\.(\d+))?$/;

/** An amount without VAT with VAT added, exact, in minor units; `percent` such as 20 or "7.5". */
export function withVat(money: Money, percent: number | string): Fraction {
  const found = PERCENT.exec(String(percent));
  if (!found) throw new RangeError(`no rate of VAT: ${percent}`);
  const [, whole = '', digits = ''] = found;
  const one = 10n ** BigInt(digits.length);
  return multiply(fraction(money.minor), fraction(100n * one + BigInt(whole + digits), 100n * one));
}

/**
 * The one rounding: to the nearest whole minor unit, a half away from zero (0.5 -> 1, -0.5 -> -1).
 * Symmetrical so that a correction mirrors its credit: what rounds to 130 is taken back as -130.
 */
export function roundHalfUp(f: Fraction): number {
  const size = f.numerator < 0n ? -f.numerator : f.numerator;
  const rounded = (2n * size + f.denominator) / (2n * f.denominator);
  return safe(Number(f.numerator < 0n ? -rounded : rounded));
}

/** A fraction for `because`: "21091" or, in lowest terms, "5230717/248". */
export function formatFraction(f: Fraction): string {
  const { numerator, denominator } = reduce(f.numerator, f.denominator);
  return denominator === 1n ? String(numerator) : `${numerator}/${denominator}`;
}

function reduce(numerator: bigint, denominator: bigint): Fraction {
  let a = numerator < 0n ? -numerator : numerator;
  let b = denominator < 0n ? -denominator : denominator;
  while (b !== 0n) [a, b] = [b, a % b];
  const divisor = denominator < 0n ? -a : a;
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function whole(n: number | bigint): bigint {
  if (typeof n === 'number' && !Number.isSafeInteger(n)) throw new RangeError(`${n} is not exact`);
  return BigInt(n);
}

function sameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) throw new RangeError(`${a.currency} and ${b.currency} do not add up`);
}

/**
 * An amount that a number holds exactly; one beyond 2^53 is our mistake, and throws. A sum of two safe integers, and a
 * bigint turned into a number, can be rounded only where it lies beyond that too.
 */
function safe(minor: number): number {
  if (!Number.isSafeInteger(minor)) throw new RangeError(`${minor} minor units are too many`);
  return minor;
}
