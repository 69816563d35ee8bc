import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cycleOf, daysTouched } from '../../../pipelines/domain/calendar.js';
import type { Span } from '../../../pipelines/domain/intervals.js';
import { clip, intersect, length, subtract } from '../../../pipelines/domain/intervals.js';
import type { Fraction, Money } from '../../../pipelines/domain/money.js';
import {
  addFractions,
  compare,
  decimalsOf,
  formatFraction,
  formatMoney,
  fraction,
  isZero,
  minFraction,
  minus,
  multiply,
  parseMoney,
  plus,
  roundHalfUp,
  share,
  withVat,
  ZERO_FRACTION,
} from '../../../pipelines/domain/money.js';
import { HOUR, parseInstant } from '../../../pipelines/domain/units.js';

const at = (text: string) => parseInstant(text.replace(/[+-]\d\d:\d\d$/, ':00$&'))!;
const span = (from: string, to: string): Span => ({ from: at(from), to: at(to) });
const rsd = (minor: number): Money => ({ minor, currency: 'RSD' });
const eur = (minor: number): Money => ({ minor, currency: 'EUR' });
const amount = (f: Fraction, currency = 'RSD') => formatMoney({ minor: roundHalfUp(f), currency }).amount;

describe('the worked figures of A1 and Truf (regulation 4.2)', () => {
  const zone = 'Europe/Belgrade';
  const fee = rsd(199_900);
  const credit = (money: Money, counted: readonly Span[], cycle: Span) =>
    share(money, length(clip(counted, cycle)), cycle.to - cycle.from);
  const cycleAt = (text: string, day: number | 'last') => cycleOf(at(text), [{ from: 0, day }], zone);
  const outage = span('2026-06-02T08:15+02:00', '2026-06-05T14:45+02:00');
  const cycle = cycleAt('2026-06-02T08:15+02:00', 17);

  it('78.5 h of a cycle of 744 h: 210.92', () => {
    const due = credit(fee, [outage], cycle);
    expect(cycle).toEqual(span('2026-05-18T00:00+02:00', '2026-06-18T00:00+02:00'));
    expect(due).toEqual(fraction(199_900 * 785, 7_440));
    expect(amount(due)).toBe('210.92');
  });

  it('two cycles: 38 h of 744 h and 64 h of 720 h are 102.10 and 177.69', () => {
    const down = [span('2026-06-16T10:00+02:00', '2026-06-20T16:00+02:00')];
    const lines = [cycle, cycleAt('2026-06-18T00:00+02:00', 17)].map((each) => amount(credit(fee, down, each)));
    expect(lines).toEqual(['102.10', '177.69']);
  });

  it('20 h of refused access taken out: 58.5 h are 157.18', () => {
    const refused = span('2026-06-03T08:00+02:00', '2026-06-04T04:00+02:00');
    expect(amount(credit(fee, subtract([outage], [refused]), cycle))).toBe('157.18');
  });

  it('two faults that overlap: 70 h are 188.08', () => {
    const faults = [
      span('2026-06-02T08:00+02:00', '2026-06-04T00:00+02:00'),
      span('2026-06-03T20:00+02:00', '2026-06-05T06:00+02:00'),
    ];
    expect(amount(credit(fee, faults, cycle))).toBe('188.08');
  });

  it('a fee that changes in the outage: 106.80 and 130.16, in one rounding 236.96', () => {
    const change = at('2026-06-04T00:00+02:00');
    const before = credit(fee, intersect([outage], [{ from: cycle.from, to: change }]), cycle);
    const after = credit(rsd(249_900), intersect([outage], [{ from: change, to: cycle.to }]), cycle);
    expect([before, after, addFractions(before, after)].map((f) => amount(f))).toEqual(['106.80', '130.16', '236.96']);
  });

  it('Truf, 78 h of February 2026 (672 h): 289.02', () => {
    const down = [span('2026-02-10T07:00+01:00', '2026-02-13T13:00+01:00')];
    expect(amount(credit(rsd(249_000), down, cycleAt('2026-02-10T07:00+01:00', 'last')))).toBe('289.02');
  });

  it('45 % of a bundle of 3,999.00: 189.87', () => {
    expect(amount(multiply(credit(rsd(399_900), [outage], cycle), fraction(45, 100)))).toBe('189.87');
  });

  it('a cycle in which the clock goes forward has 743 h: 172,801 s are 129.14', () => {
    const march = cycleAt('2026-03-28T10:00+01:00', 17);
    expect(march.to - march.from).toBe(743 * HOUR);
    const down = { from: at('2026-03-28T10:00+01:00'), to: at('2026-03-30T11:00+02:00') + 1_000 };
    expect(down.to - down.from).toBe(172_801_000);
    expect(amount(credit(fee, [down], march))).toBe('129.14');
  });

  it('a cycle in which the clock goes back has 745 h: 48.5 h are 130.14', () => {
    const october = cycleAt('2026-10-24T10:00+02:00', 'last');
    const down = [span('2026-10-24T10:00+02:00', '2026-10-26T09:30+01:00')];
    expect(october.to - october.from).toBe(745 * HOUR);
    expect(length(down)).toBe(48.5 * HOUR);
    expect(amount(credit(fee, down, october))).toBe('130.14');
  });

  it('a whole cycle down is exactly the fee', () => {
    expect(roundHalfUp(credit(fee, [cycle], cycle))).toBe(199_900);
  });
});

describe('the worked figures of MTEL Austria (regulation 4.3)', () => {
  const fee = eur(2_490);
  const byDays = (down: Span) => {
    const days = daysTouched([down], 'Europe/Vienna').length;
    return amount(minFraction(multiply(fraction(fee.minor), fraction(days, 30)), fraction(fee.minor)), 'EUR');
  };

  it.each([
    ['81.5 h touch 4 days', '2026-04-06T09:00+02:00', '2026-04-09T18:30+02:00', '3.32'],
    ['26 h touch 2 days', '2026-04-06T10:00+02:00', '2026-04-07T12:00+02:00', '1.66'],
    ['26 h touch 3 days', '2026-04-06T23:00+02:00', '2026-04-08T01:00+02:00', '2.49'],
    ['25 h in October touch 2 days', '2026-10-24T12:00+02:00', '2026-10-25T12:00+01:00', '1.66'],
    ['a month of 31 days is no more than the fee', '2026-03-01T00:00+01:00', '2026-04-01T00:00+02:00', '24.90'],
  ])('%s', (_, from, to, due) => {
    expect(byDays(span(from, to))).toBe(due);
  });
});

describe('money on the wire', () => {
  it.each([
    ['5000.00', 'RSD', 500_000],
    ['5000', 'RSD', 500_000],
    ['5000.5', 'RSD', 500_050],
    ['-12.30', 'RSD', -1_230],
    ['-0.05', 'EUR', -5],
    ['0.00', 'EUR', 0],
    ['-0.00', 'EUR', 0],
    ['007.10', 'EUR', 710],
    ['1500', 'JPY', 1_500],
    ['1.234', 'KWD', 1_234],
    ['90071992547409.91', 'RSD', Number.MAX_SAFE_INTEGER],
    ['-90071992547409.91', 'RSD', -Number.MAX_SAFE_INTEGER],
  ])('%s %s is read', (text, currency, minor) => {
    expect(parseMoney({ amount: text, currency })).toStrictEqual({ ok: true, money: { minor, currency } });
  });

  it.each([
    ['a number: floats lose money', { amount: 12.3, currency: 'RSD' }, 'decimal string'],
    ['no amount', { currency: 'RSD' }, 'amount'],
    ['no currency', { amount: '1.00' }, 'currency'],
    ['an unknown currency', { amount: '1.00', currency: 'XXX' }, 'XXX'],
    ['a currency in small letters', { amount: '1.00', currency: 'rsd' }, 'rsd'],
    ['a currency that is a word of the language', { amount: '1.00', currency: 'constructor' }, 'constructor'],
    ['an empty currency', { amount: '1.00', currency: '' }, 'currency'],
    ['more decimals than the currency has', { amount: '1.234', currency: 'RSD' }, 'decimals'],
    ['more decimals, be they zero', { amount: '1.230', currency: 'RSD' }, 'decimals'],
    ['decimals of yen', { amount: '1.0', currency: 'JPY' }, 'decimals'],
    ['an exponent', { amount: '1e3', currency: 'RSD' }, '1e3'],
    ['a plus sign', { amount: '+1.00', currency: 'RSD' }, '+1.00'],
    ['two signs', { amount: '--1.00', currency: 'RSD' }, '--1.00'],
    ['a comma', { amount: '1,00', currency: 'RSD' }, '1,00'],
    ['thousands', { amount: '1,000.00', currency: 'RSD' }, '1,000.00'],
    ['a point without decimals', { amount: '1.', currency: 'RSD' }, '1.'],
    ['a point without whole', { amount: '.50', currency: 'RSD' }, '.50'],
    ['a space', { amount: ' 1.00', currency: 'RSD' }, 'plain'],
    ['a line after it', { amount: '1.00\n', currency: 'RSD' }, 'plain'],
    ['digits of another script', { amount: '١.٠٠', currency: 'RSD' }, 'plain'],
    ['hexadecimal', { amount: '0x10', currency: 'RSD' }, '0x10'],
    ['nothing', { amount: '', currency: 'RSD' }, 'plain'],
    ['NaN', { amount: 'NaN', currency: 'RSD' }, 'NaN'],
    ['one para too many', { amount: '90071992547409.92', currency: 'RSD' }, 'too large'],
    ['far too much', { amount: '9'.repeat(1_000_000), currency: 'RSD' }, '999'],
    ['an unknown word on VAT', { amount: '1.00', currency: 'RSD', vat: 'none' }, 'vat'],
    ['null', null, 'object'],
    ['a string', '1.00 RSD', 'object'],
    ['an array', ['1.00', 'RSD'], 'object'],
    ['undefined', undefined, 'object'],
  ])('%s is refused, and says why', (_, wire, why) => {
    const read = parseMoney(wire);
    expect(read.ok).toBe(false);
    if (read.ok) return;
    expect(read.why).toContain(why);
    expect(read.why.length).toBeLessThan(120);
  });

  it('only VAT that has still to be added is told', () => {
    const wire = { amount: '50.00', currency: 'EUR' };
    expect(parseMoney({ ...wire, vat: 'excluded' })).toStrictEqual({ ok: true, money: eur(5_000), vat: 'excluded' });
    expect(parseMoney({ ...wire, vat: 'included' })).toStrictEqual({ ok: true, money: eur(5_000) });
  });

  it.each([
    [25_000, 'RSD', '250.00'],
    [-60_000, 'RSD', '-600.00'],
    [5, 'EUR', '0.05'],
    [-5, 'EUR', '-0.05'],
    [0, 'EUR', '0.00'],
    [-0, 'EUR', '0.00'],
    [1_500, 'JPY', '1500'],
    [0, 'JPY', '0'],
    [-1_234, 'KWD', '-1.234'],
  ])('%s minor units of %s are %s', (minor, currency, text) => {
    expect(formatMoney({ minor, currency })).toStrictEqual({ amount: text, currency });
  });

  it('what is no money is not written', () => {
    expect(() => formatMoney({ minor: 0.5, currency: 'RSD' })).toThrow(RangeError);
    expect(() => formatMoney({ minor: 2 ** 53, currency: 'RSD' })).toThrow(RangeError);
    expect(() => formatMoney({ minor: 1, currency: 'XXX' })).toThrow(RangeError);
  });

  it('what is written is read as the same', () => {
    const minor = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(minor, fc.constantFrom('RSD', 'EUR', 'JPY', 'KWD', 'ISK'), (n, currency) => {
        const money = { minor: n, currency };
        const wire = formatMoney(money);
        expect(parseMoney(wire)).toStrictEqual({ ok: true, money });
        expect(wire.amount.split('.')[1]?.length ?? 0).toBe(decimalsOf(currency));
      }),
      { numRuns: 2_000 },
    );
  });

  it('any string at all is read or refused, never thrown at', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[-+.,0-9e ]{0,20}$/));
    fc.assert(
      fc.property(text, (any) => {
        const read = parseMoney({ amount: any, currency: 'RSD' });
        // The reference: a plain number of at most two decimals and not too long.
        expect(read.ok).toBe(/^-?[0-9]+(\.[0-9]{1,2})?$/.test(any) && Math.abs(Number(any)) < 9e13);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['RSD', 2],
    ['EUR', 2],
    ['BAM', 2],
    ['MKD', 2],
    ['ALL', 2],
    ['USD', 2],
    ['CHF', 2],
    ['GBP', 2],
    ['HUF', 2],
    ['JPY', 0],
    ['ISK', 0],
    ['BHD', 3],
    ['', undefined],
    ['toString', undefined],
  ])('%s has %s decimals', (currency, decimals) => {
    expect(decimalsOf(currency)).toBe(decimals);
  });
});

describe('amounts of one currency', () => {
  it('are added and taken off', () => {
    expect(plus(rsd(500_000), rsd(-1))).toEqual(rsd(499_999));
    expect(minus(rsd(10), rsd(25))).toEqual(rsd(-15));
    expect(Object.is(minus(rsd(10), rsd(10)).minor, 0)).toBe(true);
    expect([isZero(rsd(0)), isZero(rsd(-0)), isZero(rsd(1))]).toEqual([true, true, false]);
  });

  it('and those of two currencies are not', () => {
    expect(() => plus(rsd(1), eur(1))).toThrow('RSD and EUR');
    expect(() => minus(rsd(1), eur(1))).toThrow('RSD and EUR');
  });

  it('never leave what a number holds exactly', () => {
    expect(() => plus(rsd(Number.MAX_SAFE_INTEGER), rsd(1))).toThrow(RangeError);
    expect(() => minus(rsd(Number.MIN_SAFE_INTEGER), rsd(1))).toThrow(RangeError);
    expect(plus(rsd(Number.MAX_SAFE_INTEGER - 1), rsd(1)).minor).toBe(Number.MAX_SAFE_INTEGER);
  });
});

describe('fractions', () => {
  it('are kept in lowest terms, the denominator above 0', () => {
    expect(fraction(6, -4)).toEqual({ numerator: -3n, denominator: 2n });
    expect(fraction(-6, -4)).toEqual({ numerator: 3n, denominator: 2n });
    expect(fraction(0, -7)).toEqual(ZERO_FRACTION);
    expect(fraction(5)).toEqual(fraction(10n, 2n));
  });

  it('over 0 or of what is not whole are our mistake', () => {
    expect(() => fraction(1, 0)).toThrow(RangeError);
    expect(() => fraction(0.5)).toThrow(RangeError);
    expect(() => fraction(1, 1.5)).toThrow(RangeError);
    expect(() => fraction(2 ** 53)).toThrow(RangeError);
    expect(() => fraction(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  });

  it('of a fee need a whole that has an end, and a part that is not negative', () => {
    expect(() => share(rsd(1), 1, 0)).toThrow(RangeError);
    expect(() => share(rsd(1), -1, 10)).toThrow(RangeError);
    expect(() => share(rsd(1), 1, Number.POSITIVE_INFINITY)).toThrow(RangeError);
    expect(() => share(rsd(1), Number.NaN, 10)).toThrow(RangeError);
    expect(share(rsd(1), 0, 10)).toEqual(ZERO_FRACTION);
  });

  it('are written exactly, for `because`', () => {
    expect(formatFraction(share(rsd(199_900), 78.5 * HOUR, 744 * HOUR))).toBe('7846075/372');
    expect(formatFraction(fraction(-1, 3))).toBe('-1/3');
    expect(formatFraction(fraction(10, 5))).toBe('2');
    expect(formatFraction({ numerator: 4n, denominator: 6n })).toBe('2/3');
    expect(formatFraction(ZERO_FRACTION)).toBe('0');
  });

  const whole = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
  const positive = fc.bigInt({ min: 1n, max: 10n ** 12n });
  // Small ones too, so that equal fractions and common denominators come up.
  const small = fc.tuple(fc.bigInt({ min: -12n, max: 12n }), fc.bigInt({ min: 1n, max: 12n }));
  const pair = fc.oneof(fc.tuple(whole, positive), small);

  it('add, multiply and compare as by the school book', () => {
    fc.assert(
      fc.property(pair, pair, ([a, b], [c, d]) => {
        const [f, g] = [fraction(a, b), fraction(c, d)];
        expect(addFractions(f, g)).toEqual(fraction(a * d + c * b, b * d));
        expect(multiply(f, g)).toEqual(fraction(a * c, b * d));
        const order = a * d - c * b;
        expect(compare(f, g)).toBe(order < 0n ? -1 : order > 0n ? 1 : 0);
        expect(minFraction(f, g)).toEqual(order < 0n ? f : g);
      }),
      { numRuns: 2_000 },
    );
  });

  it('are the same however they are written', () => {
    fc.assert(
      fc.property(pair, fc.bigInt({ min: -1_000n, max: 1_000n }), ([a, b], k) => {
        fc.pre(k !== 0n);
        const f = fraction(a * k, b * k);
        expect(f).toEqual(fraction(a, b));
        expect(f.denominator > 0n && f.numerator * b === a * f.denominator).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of a fee over the parts of a cycle sum to the fee', () => {
    const cuts = fc.array(fc.integer({ min: 0, max: 745 * HOUR }), { maxLength: 6 });
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 9), max: 10 ** 9 }), cuts, (fee, between) => {
        const bounds = [0, ...between.sort((a, b) => a - b), 745 * HOUR];
        const parts = bounds.slice(1).map((bound, i) => share(rsd(fee), bound - bounds[i]!, 745 * HOUR));
        expect(parts.reduce(addFractions, ZERO_FRACTION)).toEqual(fraction(fee));
      }),
      { numRuns: 500 },
    );
  });
});

describe('VAT', () => {
  it.each([
    [eur(5_000), 20, '60.00'],
    [eur(5_000), '20', '60.00'],
    [rsd(10_000), '7.5', '107.50'],
    [rsd(10_000), 7.5, '107.50'],
    [rsd(-500), '20.0', '-6.00'],
    [rsd(1), '20', '0.01'],
    [rsd(12_345), 0, '123.45'],
  ])('%o and %s %% are %s', (money, percent, text) => {
    expect(amount(withVat(money, percent), money.currency)).toBe(text);
  });

  it('is exact until the rounding: three thirds of a para are not lost', () => {
    expect(withVat(rsd(1), 20)).toEqual(fraction(6, 5));
    expect(withVat(rsd(3), '33.333')).toEqual(fraction(399_999, 100_000));
  });

  it.each(['', '-5', '1e1', 'twenty', ' 20', -5, Number.NaN, 1e-7])('of "%s" percent is our mistake', (percent) => {
    expect(() => withVat(rsd(1), percent)).toThrow(RangeError);
  });
});

describe('the one rounding', () => {
  it.each([
    [1, 2, 1],
    [-1, 2, -1],
    [3, 2, 2],
    [5, 2, 3],
    [-5, 2, -3],
    [49, 100, 0],
    [-49, 100, 0],
    [4_999_999, 10_000_000, 0],
    [5_000_001, 10_000_000, 1],
    [1_301_362, 100, 13_014],
  ])('%s/%s -> %s', (numerator, denominator, rounded) => {
    // toBe tells -0 from 0: no bill shows -0.00.
    expect(roundHalfUp(fraction(numerator, denominator))).toBe(rounded);
  });

  it('refuses what a number cannot hold', () => {
    expect(() => roundHalfUp(fraction(2n ** 60n))).toThrow(RangeError);
  });

  it('rounds a decimal as by hand: look at the first digit that falls away', () => {
    const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
    // Digits that are a half, or nearly, far oftener than chance would have them.
    const rest = fc.oneof(digits(20), fc.constantFrom('5', '50', '500', '49', '4999999999', '5000000001', '0', '99'));
    fc.assert(
      fc.property(fc.constantFrom('', '-'), digits(14), rest, (sign, before, after) => {
        const carry = '56789'.includes(after[0]!) ? 1 : 0;
        const expected = Number(before) + carry;
        const f = fraction(BigInt(sign + before + after), 10n ** BigInt(after.length));
        expect(roundHalfUp(f)).toBe(sign && expected !== 0 ? -expected : expected);
      }),
      { numRuns: 3_000 },
    );
  });

  it('is never off by more than a half, and a correction mirrors its credit', () => {
    const n = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n });
    fc.assert(
      fc.property(n, fc.bigInt({ min: 1_000n, max: 10n ** 10n }), (numerator, denominator) => {
        const rounded = BigInt(roundHalfUp(fraction(numerator, denominator)));
        const off = 2n * (rounded * denominator - numerator);
        expect(off <= denominator && -off <= denominator).toBe(true);
        expect(roundHalfUp(fraction(-numerator, denominator)) + Number(rounded)).toBe(0);
      }),
      { numRuns: 2_000 },
    );
  });
});
