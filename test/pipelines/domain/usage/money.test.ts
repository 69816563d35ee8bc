import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fraction, multiply, roundHalfUp, withVat } from '../../../../pipelines/domain/money.js';
import { fineOf, moneyOf } from '../../../../pipelines/domain/usage/money.js';
import { FINE_PER_MINOR } from '../../../../pipelines/domain/usage/record.js';

const rsd = (minor: number) => ({ minor, currency: 'RSD' });
const minor = fc.integer({ min: -10_000_000_000, max: 10_000_000_000 });
const vatPercent = fc
  .tuple(fc.nat(99), fc.constantFrom('', '.0', '.5', '.05', '.25', '.99'))
  .map(([whole, digits]) => `${whole}${digits}`);

describe('charges in ten-thousandths of a minor unit', () => {
  it.each([
    ['20', 100, 1_200_000],
    ['0', 100, 1_000_000],
    ['7.5', 100, 1_075_000],
    ['7.05', 100, 1_070_500],
    ['10.25', 1, 11_025],
    ['20', -1, -12_000],
    ['20', 0, 0],
  ])('with %s %% VAT added, %i minor units are %i', (percent, amount, fine) => {
    expect(fineOf({ ...rsd(amount), vat: 'excluded' }, percent)).toBe(fine);
  });

  it('VAT is added only where the amount is without it', () => {
    expect(fineOf(rsd(100), '20')).toBe(1_000_000);
    expect(fineOf(rsd(-100), '20')).toBe(-1_000_000);
  });

  it('is exact for every charge and every rate of up to two decimals', () => {
    fc.assert(
      fc.property(minor, vatPercent, (amount, percent) => {
        const exact = multiply(withVat(rsd(amount), percent), fraction(FINE_PER_MINOR));
        expect(exact.denominator).toBe(1n);
        expect(BigInt(fineOf({ ...rsd(amount), vat: 'excluded' }, percent))).toBe(exact.numerator);
        expect(moneyOf(fineOf(rsd(amount), percent), 'RSD')).toEqual(rsd(amount === 0 ? 0 : amount));
      }),
    );
  });
});

describe('back to money: once, half up, a half away from zero', () => {
  it.each([
    [4_999, 0],
    [5_000, 1],
    [14_999, 1],
    [15_000, 2],
    [-4_999, 0],
    [-5_000, -1],
    [-15_000, -2],
    [0, 0],
    // A mean of three may lie between two ten-thousandths.
    [4_999.67, 0],
    [14_999.999, 1],
  ])('%d is %i', (fine, amount) => {
    // Zero is never less than nothing.
    expect(moneyOf(fine, 'RSD')).toStrictEqual(rsd(amount));
  });

  it('as the one rounding of all money does it', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e15, max: 1e15 }), (fine) => {
        expect(moneyOf(fine, 'EUR')).toStrictEqual({
          minor: roundHalfUp(fraction(fine, FINE_PER_MINOR)),
          currency: 'EUR',
        });
      }),
    );
  });

  it('a hundred charges of which each would be rounded up are rounded once', () => {
    const one = fineOf({ ...rsd(1), vat: 'excluded' }, '20');
    expect(moneyOf(one, 'RSD').minor).toBe(1);
    expect(moneyOf(100 * one, 'RSD').minor).toBe(120);
  });
});
