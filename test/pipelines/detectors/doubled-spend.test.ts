import { describe, expect, it } from 'vitest';
import { doubledSpend } from '../../../pipelines/detectors/doubled-spend.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { formatMoney } from '../../../pipelines/domain/money.js';
import { a1, mtel, rsd, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

const FEE = { monthlyFee: rsd('1000.00') };
const told = (record: object = FEE, options: ToldOptions = {}) => new UsageTold(doubledSpend, { ...options, record });
type Told = ReturnType<typeof told>;

const call = (amount: string) => ({ kind: 'voice', direction: 'out', seconds: 60, charge: rsd(amount) });
/** What was told: time, first day of the cycle, charges and reference, whether it was late. */
const doubled = (story: Told) =>
  story.of('spend.doubled').map(({ time, data }) => {
    const cycle = formatLocal(data.cycle.from, a1.zone).slice(0, 10);
    const text = `${story.local({ time }).slice(0, 16)} ${cycle} ${formatMoney(data.charges).amount}`;
    const of = `${formatMoney(data.reference).amount} ${data.referenceKind === 'monthly-fee' ? 'fee' : 'mean'}`;
    return `${text}, ${of}${data.late ? ', late' : ''}`;
  });

describe('twice the mean of the three cycles before (A1 14.4)', () => {
  /** Three cycles of 1,000 and 200, 400, 600: their mean is 1,400. */
  const spring = (record: object = FEE, options: ToldOptions = {}) =>
    told(record, options)
      .use(call('200.00'), '2026-03-10 12:00')
      .use(call('400.00'), '2026-04-10 12:00')
      .use(call('600.00'), '2026-05-10 12:00');

  it.each([
    ['a para below', '1799.99', []],
    ['exactly twice', '1800.00', ['2026-06-10T12:00 2026-06-01 2800.00, 1400.00 mean']],
    ['more', '1800.01', ['2026-06-10T12:00 2026-06-01 2800.01, 1400.00 mean']],
  ])('%s', (_, amount, found) => {
    expect(doubled(spring().use(call(amount), '2026-06-10 12:00').until('2026-06-30'))).toEqual(found);
  });

  it('says how it was worked out, and tells the subscriber', () => {
    const story = spring().use(call('1800.00'), '2026-06-10 12:00');
    expect(story.of('spend.doubled')[0]!.data).toEqual({
      operator: 'a1-rs',
      clause: 'A1 14.4',
      because: {
        arithmetic: 'charges with the fee reach 2 times the reference',
        chargesInTenThousandthsOfMinor: 2_800_000_000,
        feeInTenThousandthsOfMinor: 1_000_000_000,
        cycles: [
          { from: '2026-05-01T00:00:00+02:00', tenThousandthsOfMinor: 1_600_000_000 },
          { from: '2026-04-01T00:00:00+02:00', tenThousandthsOfMinor: 1_400_000_000 },
          { from: '2026-03-01T00:00:00+01:00', tenThousandthsOfMinor: 1_200_000_000 },
        ],
      },
      cycle: { from: story.at('2026-06-01'), to: story.at('2026-07-01') },
      charges: { minor: 280_000, currency: 'RSD' },
      reference: { minor: 140_000, currency: 'RSD' },
      referenceKind: 'three-cycle-average',
    });
    expect(story.notices).toEqual(['2026-06-10T12:00:00+02:00 spend-doubled']);
  });

  it('once in a cycle; in the next one anew, with that cycle in the mean', () => {
    const story = spring()
      .use(call('1800.00'), '2026-06-10 12:00')
      .use(call('5000.00'), '2026-06-11 12:00')
      .use(call('5533.33'), '2026-07-10 12:00')
      .use(call('0.01'), '2026-07-11 12:00');
    // April 1,400, May 1,600, June 7,800: the mean is 3,600.
    expect(doubled(story)).toEqual(['2026-06-10T12:00 2026-06-01 2800.00, 1400.00 mean']);
    expect(doubled(story.use(call('666.66'), '2026-07-12 12:00')).slice(1)).toEqual([
      '2026-07-12T12:00 2026-07-01 7200.00, 3600.00 mean',
    ]);
  });

  it('is compared exactly, and the mean shown rounded half up', () => {
    const story = () => told().use(call('0.01'), '2026-05-10 12:00');
    expect(doubled(story().use(call('1000.00'), '2026-06-10 12:00'))).toEqual([]);
    expect(doubled(story().use(call('1000.01'), '2026-06-10 12:00'))).toEqual([
      '2026-06-10T12:00 2026-06-01 2000.01, 1000.00 mean',
    ]);
    const half = told(FEE, { pack: turned(a1, 'doubledSpend', { cycles: 2 }) }).use(call('0.01'), '2026-05-10 12:00');
    expect(doubled(half.use(call('1000.01'), '2026-06-10 12:00'))).toEqual([
      '2026-06-10T12:00 2026-06-01 2000.01, 1000.01 mean',
    ]);
  });

  it('a cycle without use is one of its fee; four cycles back does not count', () => {
    const story = told().use(call('90000.00'), '2026-02-28 23:59:59').until('2026-05-31');
    expect(doubled(story.use(call('1000.00'), '2026-06-10 12:00')).slice(1)).toEqual([
      '2026-06-10T12:00 2026-06-01 2000.00, 1000.00 mean',
    ]);
  });

  it('cycles are cut at the end of the billing day', () => {
    const story = told({ ...FEE, billingDay: 5 })
      .use(call('999.99'), '2026-06-05 23:59:59.999')
      .use(call('999.99'), '2026-06-06 00:00');
    expect(doubled(story)).toEqual([]);
    expect(doubled(story.use(call('666.67'), '2026-07-05 23:59:59.999'))).toEqual([
      '2026-07-05T23:59 2026-06-06 2666.66, 1333.33 mean',
    ]);
  });

  it.each([
    ['2026-03-01', '2026-03-31 23:59:59.999', '2026-04-01 00:00'],
    ['2026-10-01', '2026-10-31 23:59:59.999', '2026-11-01 00:00'],
  ])('the cycle from %s is whole with its short or long day', (from, last, next) => {
    const story = told().use(call('999.99'), last).use(call('0.01'), next).until(next);
    expect(doubled(story)).toEqual([]);
    expect(doubled(story.use(call('0.01'), last, next))).toEqual([
      `${next.replace(' ', 'T')} ${from} 2000.00, 1000.00 mean, late`,
    ]);
  });

  it('imported cycles are in the mean; their charges are without the fee', () => {
    const cycles = [
      ['2026-03-01T00:00:00+01:00', '2026-04-01T00:00:00+02:00'],
      ['2026-04-01T00:00:00+02:00', '2026-05-01T00:00:00+02:00'],
      ['2026-05-01T00:00:00+02:00', '2026-06-01T00:00:00+02:00'],
    ].map(([from, to]) => ({ from, to, charges: rsd('500.00') }));
    const story = told()
      .hear('history.imported', { cycles }, '2026-06-01 08:00')
      .use(call('1999.99'), '2026-06-10 12:00');
    expect(doubled(story)).toEqual([]);
    expect(doubled(story.use(call('0.01'), '2026-06-11 12:00'))).toEqual([
      '2026-06-11T12:00 2026-06-01 3000.00, 1500.00 mean',
    ]);
  });
});

describe('with fewer than three completed cycles, twice the monthly fee', () => {
  const since = (activeFrom: string, time: string, amount: string) =>
    doubled(
      told({ ...FEE, activeFrom }, { from: activeFrom })
        .use(call('500.00'), '2026-06-20 12:00')
        .use(call(amount), time),
    );

  it('a cycle counts as completed only if the service was active for all of it', () => {
    // April, May and June: 1,000, 1,000 and 1,500 make 1,166.67.
    expect(since('2026-04-01T00:00:00+02:00', '2026-07-10 12:00', '1000.00')).toEqual([]);
    expect(since('2026-04-01T00:00:00+02:00', '2026-07-10 12:00', '1333.34')).toEqual([
      '2026-07-10T12:00 2026-07-01 2333.34, 1166.67 mean',
    ]);
    expect(since('2026-04-01T00:00:00.001+02:00', '2026-07-10 12:00', '999.99')).toEqual([]);
    expect(since('2026-04-01T00:00:00.001+02:00', '2026-07-10 12:00', '1000.00')).toEqual([
      '2026-07-10T12:00 2026-07-01 2000.00, 1000.00 fee',
    ]);
  });

  it('in the first cycle too, also one that it was not active for all of', () => {
    expect(since('2026-06-15T10:00:00+02:00', '2026-06-21 12:00', '499.99')).toEqual([]);
    expect(since('2026-06-15T10:00:00+02:00', '2026-06-21 12:00', '500.00')).toEqual([
      '2026-06-21T12:00 2026-06-01 2000.00, 1000.00 fee',
    ]);
  });

  it('a service that ended and began again: the cycle of the break is not completed', () => {
    const story = told()
      .turn('ended', '2026-04-10 12:00')
      .record({ ...FEE, activeFrom: '2026-04-20T12:00:00+02:00' }, '2026-04-20 12:00')
      .use(call('1500.00'), '2026-05-10 12:00')
      .use(call('1000.00'), '2026-06-10 12:00');
    expect(doubled(story)).toEqual([
      '2026-05-10T12:00 2026-05-01 2500.00, 1000.00 fee',
      '2026-06-10T12:00 2026-06-01 2000.00, 1000.00 fee',
    ]);
  });

  it('a cycle at whose end the service ended is completed, one in whose last instant it did is not', () => {
    const story = (end: string) =>
      told()
        .use(call('300.00'), '2026-05-10 12:00')
        .turn('ended', end)
        .use(call('1199.99'), '2026-06-01 00:00', '2026-06-03 12:00')
        .use(call('0.01'), '2026-06-01 00:01', '2026-06-04 12:00');
    expect(doubled(story('2026-06-01'))).toEqual(['2026-06-04T12:00 2026-06-01 2200.00, 1100.00 mean']);
    expect(doubled(story('2026-05-31 23:59:59.999'))).toEqual(['2026-06-03T12:00 2026-06-01 2199.99, 1000.00 fee']);
  });

  it('where the reference is nothing there is no notice', () => {
    for (const monthlyFee of [null, rsd('0.00')]) {
      const young = told({ monthlyFee, activeFrom: '2026-05-20T00:00:00+02:00' }, { from: '2026-05-20' });
      expect(young.use(call('9000.00'), '2026-06-10 12:00').until('2026-07-02').decisions).toEqual([]);
      const old = told({ monthlyFee }).use(call('9000.00'), '2026-06-10 12:00').until('2026-07-02');
      expect(old.decisions).toEqual([]);
    }
  });

  it('nor where credits make it less than nothing', () => {
    const story = told({ ...FEE, activeFrom: '2026-03-01T00:00:00+01:00' }, { from: '2026-03-01' });
    for (const month of [3, 4, 5]) story.use(call('-1500.00'), `2026-0${month}-10 12:00`);
    expect(story.use(call('9000.00'), '2026-06-10 12:00').until('2026-06-30').decisions).toEqual([]);
  });

  it('without a fee, but with use in each of three cycles, the mean decides', () => {
    const story = told({ monthlyFee: null });
    for (const month of [3, 4, 5]) story.use(call('100.00'), `2026-0${month}-10 12:00`);
    const before = doubled(story).length;
    expect(doubled(story.use(call('199.99'), '2026-06-10 12:00')).slice(before)).toEqual([]);
    expect(doubled(story.use(call('0.01'), '2026-06-11 12:00')).slice(before)).toEqual([
      '2026-06-11T12:00 2026-06-01 200.00, 100.00 mean',
    ]);
  });
});

describe('the fee of a cycle is the one that held when it began', () => {
  it('a new fee within the cycle counts from the next one on, which it may double at its beginning', () => {
    const story = told()
      .record({ monthlyFee: rsd('2000.00') }, '2026-06-10 12:00')
      .until('2026-06-30 23:59:59.999');
    expect(story.decisions).toEqual([]);
    story.until('2026-12-31');
    expect(doubled(story)).toEqual(['2026-07-01T00:00 2026-07-01 2000.00, 1000.00 mean']);
  });

  it('a fee from the very beginning of a cycle is its fee', () => {
    const ahead = told()
      .record({ monthlyFee: rsd('1999.99') }, '2026-07-01', '2026-06-10 12:00')
      .until('2026-07-20');
    expect(ahead.decisions).toEqual([]);
    const twice = told()
      .record({ monthlyFee: rsd('2000.00') }, '2026-07-01', '2026-06-10 12:00')
      .until('2026-07-20');
    expect(doubled(twice)).toEqual(['2026-07-01T00:00 2026-07-01 2000.00, 1000.00 mean']);
    const after = told().record({ monthlyFee: rsd('2000.00') }, '2026-07-01 00:00:00.001', '2026-06-10 12:00');
    expect(doubled(after.until('2026-07-31 23:59'))).toEqual([]);
  });

  it('a fee known late counts from its own time', () => {
    const story = told()
      .record({ monthlyFee: rsd('1500.00') }, '2026-06-01', '2026-06-20 12:00')
      .use(call('499.99'), '2026-06-21 12:00');
    expect(story.decisions).toEqual([]);
    expect(doubled(story.use(call('0.01'), '2026-06-22 12:00'))).toEqual([
      '2026-06-22T12:00 2026-06-01 2000.00, 1000.00 mean',
    ]);
  });

  it('credits in the cycles before make the fee alone twice their mean: told when the cycle begins', () => {
    const story = told();
    for (const month of [4, 5, 6]) story.use(call('-500.00'), `2026-0${month}-10 12:00`);
    expect(doubled(story.until('2026-07-20'))).toEqual(['2026-07-01T00:00 2026-07-01 1000.00, 500.00 mean']);
    const less = told();
    for (const month of [4, 5, 6]) less.use(call('-499.99'), `2026-0${month}-10 12:00`);
    expect(less.until('2026-07-20').decisions).toEqual([]);
    const cycles = [4, 5, 6].map((month) => ({
      from: `2026-0${month}-01T00:00:00+02:00`,
      to: `2026-0${month + 1}-01T00:00:00+02:00`,
      charges: rsd('-500.00'),
    }));
    const imported = told().hear('history.imported', { cycles }, '2026-06-30 12:00').until('2026-07-20');
    expect(doubled(imported)).toEqual(['2026-07-01T00:00 2026-07-01 1000.00, 500.00 mean']);
  });

  it('a record of the service alone is no occasion to look: the next record of use is, or the next cycle', () => {
    const story = told({ ...FEE, customerType: 'business' })
      .use(call('3000.00'), '2026-06-10 12:00')
      .record(FEE, '2026-06-12 12:00')
      .until('2026-06-20');
    expect(story.decisions).toEqual([]);
    expect(doubled(story.use(call('1.00'), '2026-06-20 12:00'))).toEqual([
      '2026-06-20T12:00 2026-06-01 4001.00, 1000.00 mean',
    ]);
  });
});

describe('consumers only', () => {
  it.each([
    ['consumer', 1],
    [undefined, 1],
    ['business', 0],
  ])('%s', (customerType, times) => {
    const story = told({ ...FEE, ...(customerType && { customerType }) }).use(call('3000.00'), '2026-06-10 12:00');
    expect(doubled(story.until('2026-06-20'))).toHaveLength(times);
  });

  it('for a closed cycle the customer of its end counts', () => {
    const late = (first: object, then: object) =>
      doubled(told(first).record(then, '2026-07-01').use(call('3000.00'), '2026-06-10 12:00', '2026-07-10 12:00'));
    const business = { ...FEE, customerType: 'business' };
    expect(late(FEE, business)).toEqual(['2026-07-10T12:00 2026-06-01 4000.00, 1000.00 mean, late']);
    expect(late(business, FEE)).toEqual([]);
    const instant = told(business).record(FEE, '2026-06-30 23:59:59.999');
    expect(doubled(instant.use(call('3000.00'), '2026-06-10 12:00', '2026-07-10 12:00'))).toHaveLength(1);
  });

  it('an operator without the rule decides nothing', () => {
    const story = told({ monthlyFee: { amount: '10.00', currency: 'EUR' } }, { pack: mtel });
    const charge = { amount: '90.00', currency: 'EUR' };
    expect(story.use({ kind: 'premium', charge }, '2026-06-10 12:00').until('2026-07-20').decisions).toEqual([]);
  });
});

describe('late and corrected records (contract 9)', () => {
  it('a late record of a closed cycle is judged for it: late', () => {
    const story = told()
      .use(call('999.99'), '2026-06-10 12:00')
      .use(call('0.01'), '2026-06-11 12:00', '2026-07-01 00:00');
    expect(doubled(story)).toEqual(['2026-07-01T00:00 2026-06-01 2000.00, 1000.00 mean, late']);
    expect(story.notices).toEqual(['2026-07-01T00:00:00+02:00 spend-doubled late']);
    const inTime = told().use(call('1000.00'), '2026-06-10 12:00', '2026-06-30 23:59:59.999');
    expect(doubled(inTime)).toEqual(['2026-06-30T23:59 2026-06-01 2000.00, 1000.00 mean']);
  });

  it("a cancellation in a cycle before lowers the mean of the clock's cycle, and is looked at for it", () => {
    const story = told()
      .use(call('600.00'), '2026-05-10 12:00', '2026-05-10 12:00', 'wrong')
      .use(call('1000.00'), '2026-06-10 12:00')
      .until('2026-06-12');
    expect(story.decisions).toEqual([]);
    expect(doubled(story.cancel('wrong', '2026-06-12 12:00'))).toEqual([
      '2026-06-12T12:00 2026-06-01 2000.00, 1000.00 mean',
    ]);
  });

  it('a closed cycle that had no record of its own is not looked at', () => {
    const story = told()
      .use(call('600.00'), '2026-04-10 12:00', '2026-04-10 12:00', 'wrong')
      .use(call('1000.00'), '2026-05-10 12:00')
      .cancel('wrong', '2026-06-12 12:00')
      .until('2026-07-01');
    expect(story.decisions).toEqual([]);
    // A record of its own is the occasion.
    expect(doubled(story.use(call('0.01'), '2026-05-11 12:00', '2026-07-02 12:00'))).toEqual([
      '2026-07-02T12:00 2026-05-01 2000.01, 1000.00 mean, late',
    ]);
  });

  it('what was told stays told', () => {
    const story = told()
      .use(call('1000.00'), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong')
      .cancel('wrong', '2026-06-11 12:00')
      .use(call('1000.00'), '2026-06-12 12:00');
    expect(doubled(story)).toEqual(['2026-06-10T12:00 2026-06-01 2000.00, 1000.00 mean']);
  });

  it('130 days late is judged with the three cycles before it', () => {
    const story = told().use(call('300.00'), '2025-11-10 12:00').until('2026-06-10');
    story.use(call('1199.99'), '2026-02-01 12:00', '2026-06-11 12:00');
    expect(doubled(story)).toEqual([]);
    expect(doubled(story.use(call('0.01'), '2026-02-28 12:00', '2026-06-12 12:00'))).toEqual([
      '2026-06-12T12:00 2026-02-01 2200.00, 1100.00 mean, late',
    ]);
  });

  it('a record told some minutes ahead is judged for its own cycle', () => {
    const story = told().use(call('3000.00'), '2026-07-01 00:02', '2026-06-30 23:58').until('2026-07-10');
    expect(doubled(story).map((line) => line.slice(17))).toEqual(['2026-07-01 4000.00, 1000.00 mean']);
  });

  it('what the tariff rates counts as soon as there is a tariff', () => {
    const slots = [{ from: 0, rate: '60', unit: 60, increment: 60 }];
    const prices = [{ kind: 'voice', bands: [{ from: '00:00', slots }] }];
    const story = told()
      .use({ kind: 'voice', seconds: 17 * 60 }, '2026-06-10 12:00')
      .until('2026-06-11');
    expect(story.decisions).toEqual([]);
    story.tariff({ currency: 'RSD', prices }, '2026-01-01', '2026-06-12 08:00');
    expect(doubled(story)).toEqual(['2026-06-12T08:00 2026-06-01 2020.00, 1000.00 mean']);
  });
});

describe('settings turned round', () => {
  it('only above twice', () => {
    const story = told(FEE, { pack: turned(a1, 'doubledSpend', { passes: 'above' }) });
    expect(doubled(story.use(call('1000.00'), '2026-06-10 12:00'))).toEqual([]);
    expect(doubled(story.use(call('0.01'), '2026-06-11 12:00'))).toHaveLength(1);
  });

  it('another factor, other customers, fewer cycles', () => {
    const three = told(FEE, { pack: turned(a1, 'doubledSpend', { factor: 3 }) });
    expect(doubled(three.use(call('1999.99'), '2026-06-10 12:00'))).toEqual([]);
    expect(doubled(three.use(call('0.01'), '2026-06-11 12:00'))).toHaveLength(1);
    const business = turned(a1, 'doubledSpend', { customers: ['business'] });
    const company = told({ ...FEE, customerType: 'business' }, { pack: business });
    expect(doubled(company.use(call('1000.00'), '2026-06-10 12:00'))).toHaveLength(1);
    expect(doubled(told(FEE, { pack: business }).use(call('1000.00'), '2026-06-10 12:00'))).toEqual([]);
    const one = told(
      { ...FEE, activeFrom: '2026-05-01T00:00:00+02:00' },
      { pack: turned(a1, 'doubledSpend', { cycles: 1 }) },
    );
    one.use(call('500.00'), '2026-05-10 12:00').use(call('1999.99'), '2026-06-10 12:00');
    expect(doubled(one)).toEqual([]);
    expect(doubled(one.use(call('0.01'), '2026-06-11 12:00'))).toEqual([
      '2026-06-11T12:00 2026-06-01 3000.00, 1500.00 mean',
    ]);
  });
});

describe('what is kept', () => {
  it('three years of ever more: the cycles of half a year', () => {
    const story = told();
    for (let month = 0; month < 36; month++) {
      const text = `${2025 + Math.floor((month + 1) / 12)}-${String(((month + 1) % 12) + 1).padStart(2, '0')}-10 12:00`;
      story.use(call(String(1_000 * 2 ** (month % 12)) + '.00'), text);
    }
    expect(doubled(story).length).toBeGreaterThan(20);
    expect(story.state.told.length).toBeLessThanOrEqual(6);
    expect(story.stateBytes).toBeLessThan(60);
  });

  it('who is told nothing keeps nothing', () => {
    const story = told().use(call('100.00'), '2026-06-10 12:00').until('2026-09-01');
    expect(story.state).toBe(doubledSpend.start);
  });
});
