/** The one rounding of a charge: by the price list's method, to its decimals. */
import { type Fraction, fraction } from '../money.js';

export type RoundingMethod = 'half-up' | 'half-even' | 'up' | 'down';

export interface Rounding {
  readonly method: RoundingMethod;
  readonly decimals: number;
}

/** The contract's: half up; two decimals where no currency says otherwise. */
export const HALF_UP: Rounding = { method: 'half-up', decimals: 2 };

const METHODS: Readonly<Record<string, RoundingMethod>> = {
  halfup: 'half-up',
  middle: 'half-up',
  nearest: 'half-up',
  halfeven: 'half-even',
  up: 'up',
  ceil: 'up',
  down: 'down',
  floor: 'down',
};

/** The method of a name, however it is written: "half-up", "half up", "*middle" and so on. */
export function methodOf(name: string): RoundingMethod | undefined {
  const plain = name.toLowerCase().replace(/[^a-z]/g, '');
  return Object.hasOwn(METHODS, plain) ? METHODS[plain] : undefined;
}

/** Rounded, still as a fraction. Symmetrical: up is away from zero, down is towards it. */
export function roundTo(f: Fraction, { method, decimals }: Rounding): Fraction {
  const one = 10n ** BigInt(decimals);
  const size = (f.numerator < 0n ? -f.numerator : f.numerator) * one;
  const whole = size / f.denominator;
  const twice = 2n * (size - whole * f.denominator);
  const more =
    method === 'up'
      ? twice > 0n
      : method === 'down'
        ? false
        : twice > f.denominator || (twice === f.denominator && (method === 'half-up' || whole % 2n === 1n));
  const rounded = more ? whole + 1n : whole;
  return fraction(f.numerator < 0n ? -rounded : rounded, one);
}
