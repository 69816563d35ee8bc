/**
 * Exact numbers of the rating, off the wire and back: decimals as fractions, and quantities (time, volume, pieces) as whole
 * billionths of a second, a byte or a message, so that every position in a usage is an integer.
 */
import { type Fraction, fraction, multiply } from '../money.js';
import { parseDuration } from '../units.js';

/** Billionths of a second, a byte or a message. */
export type Quantity = bigint;
export const ONE: Quantity = 1_000_000_000n;
/** Billionths of a second in a millisecond. */
export const PER_MILLISECOND: Quantity = 1_000_000n;

/** What a usage is measured in. */
export type Measure = 'time' | 'volume' | 'count';

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,2}))?$/;
/** More than any price needs: a bound on what is turned into a number. */
const TEXT_LENGTH_MAX = 64;

/** A decimal number; a JSON number is taken by its shortest text, so that 0.1 is a tenth. Undefined where it is none. */
export function readDecimal(wire: unknown): Fraction | undefined {
  if (typeof wire !== 'string' && typeof wire !== 'number') return undefined;
  const text = String(wire);
  const found = text.length <= TEXT_LENGTH_MAX ? DECIMAL.exec(text) : null;
  if (!found) return undefined;
  const [, sign, whole = '', digits = '', exponent = '0'] = found;
  const shift = Number(exponent) - digits.length;
  const size = BigInt(`${sign === '-' ? '-' : ''}${whole}${digits}`);
  return shift < 0 ? fraction(size, 10n ** BigInt(-shift)) : fraction(size * 10n ** BigInt(shift));
}

// In price lists a KB is 1,024 bytes, and nobody means another by writing it with another letter.
const UNITS: readonly (readonly [measure: Measure, size: Quantity, words: string])[] = [
  ['time', 1n, 'ns nanosecond nanoseconds'],
  ['time', 1_000n, 'us µs μs microsecond microseconds'],
  ['time', PER_MILLISECOND, 'ms millisecond milliseconds'],
  ['time', ONE, 's sec secs second seconds'],
  ['time', 60n * ONE, 'm min mins minute minutes'],
  ['time', 3_600n * ONE, 'h hour hours'],
  ['volume', ONE, 'b byte bytes octet octets'],
  ['volume', ONE << 10n, 'kb kib kilobyte kilobytes'],
  ['volume', ONE << 20n, 'mb mib megabyte megabytes'],
  ['volume', ONE << 30n, 'gb gib gigabyte gigabytes'],
  ['volume', ONE << 40n, 'tb tib terabyte terabytes'],
];
const KNOWN = new Map(
  UNITS.flatMap(([measure, size, words]) => words.split(' ').map((word) => [word, { measure, size }] as const)),
);

/** What a unit's name measures and how much it is; any name that is neither of time nor of volume counts pieces. */
export function unitOf(word: string): { readonly measure: Measure; readonly size: Quantity } {
  return KNOWN.get(word.trim().toLowerCase()) ?? { measure: 'count', size: ONE };
}

/**
 * A quantity of one measure: a plain number counts in `plain` ("60" or 60), others bring their unit: "60s", "1m30s", "PT1M",
 * "50 KB". Undefined where it is none, is of another measure, or is finer than a billionth.
 */
export function readQuantity(wire: unknown, measure: Measure, plain: Quantity): Quantity | undefined {
  const number = readDecimal(wire);
  if (number) return wholeOf(number, plain);
  if (typeof wire !== 'string' || wire.length > TEXT_LENGTH_MAX) return undefined;
  if (measure === 'time' && wire.startsWith('P')) {
    const milliseconds = parseDuration(wire);
    return milliseconds === undefined ? undefined : BigInt(milliseconds) * PER_MILLISECOND;
  }
  if (!/^\s*(?:\d+(?:\.\d+)?\s*\p{L}+\s*)+$/u.test(wire)) return undefined;
  let sum = 0n;
  for (const [, digits = '', word = ''] of wire.matchAll(/(\d+(?:\.\d+)?)\s*(\p{L}+)/gu)) {
    const unit = unitOf(word);
    const part = unit.measure === measure ? wholeOf(readDecimal(digits)!, unit.size) : undefined;
    if (part === undefined) return undefined;
    sum += part;
  }
  return sum;
}

function wholeOf(number: Fraction, size: Quantity): Quantity | undefined {
  const { numerator, denominator } = multiply(number, fraction(size));
  return denominator === 1n ? numerator : undefined;
}

/** How many decimals an endless decimal is given: far finer than any price. */
const DECIMALS_MAX = 20;

/** The number with all its decimals and no idle zeros; one without an end is cut, rounded, after 20. */
export function formatExact(f: Fraction): string {
  const decimals = decimalsNeeded(f);
  const text = formatFixed(f, decimals ?? DECIMALS_MAX);
  return decimals === undefined ? text.replace(/\.?0+$/, '') : text;
}

/** How many decimals write the number exactly; undefined where none do (a third). */
export function decimalsNeeded({ denominator }: Fraction): number | undefined {
  let [rest, twos, fives] = [denominator, 0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

/** The number with so many decimals, a half away from zero: "1.20". */
export function formatFixed(f: Fraction, decimals: number): string {
  const size = f.numerator < 0n ? -f.numerator : f.numerator;
  const scaled = (2n * size * 10n ** BigInt(decimals) + f.denominator) / (2n * f.denominator);
  const digits = String(scaled).padStart(decimals + 1, '0');
  const cut = digits.length - decimals;
  const rest = digits.slice(cut);
  return `${f.numerator < 0n && scaled > 0n ? '-' : ''}${digits.slice(0, cut)}${rest ? `.${rest}` : ''}`;
}
