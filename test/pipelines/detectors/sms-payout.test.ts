/** When a client may be paid (Mobitext 6, 13.3, Annex 1.6), told as stories. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAfter, workingDayAfter } from '../../../pipelines/domain/working-days.js';
import { at, type Data, ended, inOrder, known, type Line, said, told, upsert } from '../story.js';

const ZONE = 'Europe/Belgrade';
const [MTS, TELENOR, VIP] = ['22003', '22001', '22005'];
const account = upsert('acc-1', 'mobitext-rs', { kind: 'data', monthlyFee: null, servedBy: [] });
const collected = (time: string, messages: number, month = '2026-05', network = MTS) =>
  said('sms.collected', 'acc-1', time, { network, month, messages });
const ordered = (time: string, orderId = 'o1', network = MTS) =>
  said('payout.ordered', 'acc-1', time, { orderId, network });
const rate = (time: string, perUnit = '117.0000', currency = 'EUR') =>
  said('rate.published', 'acc-1', time, { currency, date: `2026-${time.slice(0, 5)}`, perUnit });
const payouts = (...lines: Line[]) => told([account, ...inOrder(lines)]).of('payout.allowed');
const rsd = (amount: string) => ({ amount, currency: 'RSD' });
const brief = (all: readonly { time: string; data: Data }[]) =>
  all.map(({ time, data }) => [time.slice(5, 16), data['network'], (data['amount'] as { amount: string }).amount]);

describe('the floor of 50 EUR at the middle rate of the day (6.2, Annex 1.6)', () => {
  // 50 x 118.80 = 5,940.00 RSD are 900 messages of 6.60.
  it.each([
    ['just under', 899, '118.8000', 0],
    ['exactly', 900, '118.8000', 1],
    ['exactly, at a rate a hair higher', 900, '118.8001', 0],
    ['just over', 901, '118.8000', 1],
  ])('%s', (_, messages, perUnit, count) => {
    const all = payouts(rate('06-10 08:00', perUnit), collected('06-10 09:00', messages), ordered('06-10 10:00'));
    expect(all).toHaveLength(count);
  });

  it('says amount, rate, floor, and how it was reckoned', () => {
    const sms = said('sms.received', 'acc-1', '05-20 12:00', { shortCode: '6624', prefix: '064', parts: 2 });
    const [payout] = payouts(sms, rate('06-10 08:00'), collected('06-10 09:00', 1_000), ordered('06-10 10:00'));
    expect(payout).toMatchObject({
      subject: 'acc-1',
      data: {
        operator: 'mobitext-rs',
        orderId: 'o1',
        network: MTS,
        amount: rsd('6600.00'),
        vat: 'excluded',
        floor: { amount: '50.00', currency: 'EUR' },
        rate: '117.0000',
        rateDate: '2026-06-10',
        because: {
          months: [{ month: '2026-05', messages: 1_000, arrived: 2, clientShare: rsd('6.60') }],
          allowedBefore: rsd('0.00'),
          floorAtRate: rsd('5850.00'),
        },
      },
    });
  });

  it('the last rate before the day serves where the bank rested; one of a later day, of another currency, or none does not', () => {
    const facts = [collected('06-14 09:00', 1_000), ordered('06-14 10:00')];
    expect(payouts(rate('06-12 08:00'), ...facts)[0]!.data['rateDate']).toBe('2026-06-12');
    expect(payouts(...facts)).toEqual([]);
    expect(payouts(rate('06-12 08:00', '1.0', 'USD'), ...facts)).toEqual([]);
    const tomorrow = said('rate.published', 'acc-1', '06-14 08:00', {
      currency: 'EUR',
      date: '2026-06-15',
      perUnit: '117.0',
    });
    expect(payouts(tomorrow, ...facts)).toEqual([]);
  });

  it('a rate that is corrected the same day counts as corrected', () => {
    const facts = [collected('06-10 09:00', 900), ordered('06-10 10:00')];
    const wrong = rate('06-10 08:00', '200.0000');
    const right = said('rate.published', 'acc-1', '06-10 11:00', {
      currency: 'EUR',
      date: '2026-06-10',
      perUnit: '118.8000',
    });
    expect(brief(payouts(wrong, ...facts, right))).toEqual([['06-10T11:00', MTS, '5940.00']]);
  });

  it('an order waits until enough was collected, or the rate is such', () => {
    const all = payouts(
      ordered('06-01 10:00'),
      rate('06-01 08:00'),
      collected('06-10 09:00', 500),
      collected('07-10 09:00', 400, '2026-06'),
    );
    expect(brief(all)).toEqual([['07-10T09:00', MTS, '5940.00']]);
  });
});

describe('each network apart (6.4)', () => {
  it('sums are not added over networks, and an order is for one', () => {
    const facts = [
      rate('06-10 08:00'),
      collected('06-10 09:00', 800),
      collected('06-10 09:00', 1_200, '2026-05', TELENOR),
    ];
    expect(payouts(...facts, ordered('06-10 10:00'))).toEqual([]);
    expect(brief(payouts(...facts, ordered('06-10 10:00', 'o1', TELENOR)))).toEqual([
      ['06-10T10:00', TELENOR, '6192.00'],
    ]);
    // The same number of an order for two networks is two orders.
    const both = payouts(
      ...facts,
      collected('06-10 09:30', 1_000),
      ordered('06-10 10:00'),
      ordered('06-10 10:00', 'o1', TELENOR),
    );
    expect(brief(both).sort()).toEqual([
      ['06-10T10:00', TELENOR, '6192.00'],
      ['06-10T10:00', MTS, '6600.00'],
    ]);
  });

  it("Vip's earnings wait for 60 days after the month in which they arose (6.6)", () => {
    const facts = [
      rate('05-31 08:00'),
      ordered('06-01 10:00', 'o1', VIP),
      collected('06-10 09:00', 1_000, '2026-05', VIP),
    ];
    // May ends on the 31st; sixty days have passed when 30 July is over.
    expect(brief(payouts(...facts))).toEqual([['07-31T00:00', VIP, '6090.00']]);
    const late = known('08-20 12:00', collected('08-20 12:00', 1_000, '2026-05', VIP));
    expect(brief(payouts(facts[0]!, facts[1]!, late))).toEqual([['08-20T12:00', VIP, '6090.00']]);
  });

  it('what was collected before its month was over waits for its end', () => {
    const all = payouts(rate('06-10 08:00'), collected('06-10 09:00', 1_000, '2026-06'), ordered('06-10 10:00'));
    expect(brief(all)).toEqual([['07-01T00:00', MTS, '6600.00']]);
  });
});

describe('what is collected', () => {
  it('is absolute: a later word takes the place of an earlier one, whenever it comes', () => {
    const first = collected('06-05 09:00', 950);
    const second = collected('06-09 09:00', 1_000);
    const rest = [rate('06-10 08:00'), ordered('06-10 10:00')];
    expect(brief(payouts(first, second, ...rest))).toEqual([['06-10T10:00', MTS, '6600.00']]);
    const lateFirst = known('06-10 07:00', collected('06-05 09:00', 950));
    expect(brief(payouts(second, lateFirst, ...rest))).toEqual([['06-10T10:00', MTS, '6600.00']]);
  });

  it('is paid once, and what was allowed too much is taken off the next sum (7.5)', () => {
    const all = payouts(
      rate('06-10 08:00'),
      collected('06-10 09:00', 1_000),
      ordered('06-10 10:00'),
      ordered('06-10 11:00', 'o2'),
      collected('06-20 09:00', 950),
      collected('07-10 09:00', 936, '2026-06'),
      collected('07-11 09:00', 937, '2026-06'),
    );
    // 950 + 936 - 1,000 = 886 messages are 5,847.60; one more is 5,854.20, above 5,850.00.
    expect(brief(all)).toEqual([
      ['06-10T10:00', MTS, '6600.00'],
      ['07-11T09:00', MTS, '5854.20'],
    ]);
    expect(all[1]!.data['because']).toMatchObject({ allowedBefore: rsd('6600.00') });
  });

  it('in any order and all known at once makes the same payouts', () => {
    const lines = [
      rate('06-01 08:00'),
      collected('06-02 09:00', 400),
      collected('06-03 09:00', 1_000),
      collected('06-03 09:00', 2_000, '2026-04'),
      collected('06-03 09:00', 1_500, '2026-05', TELENOR),
      ordered('06-04 10:00'),
      ordered('06-04 10:00', 'o2', TELENOR),
    ].map((line) => ({ ...line, recordedtime: '2026-06-20T12:00:00+02:00' }));
    const expected = brief(payouts(...lines)).sort();
    expect(expected).toHaveLength(2);
    const sum = (all: readonly { data: Data }[]) => {
      const sums: Record<string, number> = {};
      for (const { data } of all) {
        const network = data['network'] as string;
        sums[network] = (sums[network] ?? 0) + Number((data['amount'] as { amount: string }).amount);
      }
      return sums;
    };
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (shuffled) => {
        // Told one after the other, an order may be met before the rest is heard; a second order then takes the rest.
        const more = [ordered('06-21 10:00', 'o3'), ordered('06-21 10:00', 'o4', TELENOR)];
        const all = told([account, ...shuffled, ...more]).of('payout.allowed');
        for (const [network, total] of Object.entries(sum(all))) {
          const whole = network === MTS ? 3_000 * 6.6 : 1_500 * 5.16;
          expect(total).toBeLessThanOrEqual(whole + 0.001);
          expect(whole - total, 'what is left is below the floor').toBeLessThan(5_850);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('the day by which it must be paid', () => {
  it('thirty working days after the order, or five after the collection, whichever is later (6.3, 6.5)', () => {
    const early = payouts(rate('06-10 08:00'), collected('06-10 09:00', 1_000), ordered('06-10 10:00'));
    expect(early[0]!.data['payBy']).toBe('2026-07-22');
    const late = payouts(rate('06-10 08:00'), ordered('06-10 10:00'), collected('09-01 09:00', 1_000));
    expect(late[0]!.data['payBy']).toBe('2026-09-08');
  });

  it('working days leave out weekends and holidays of every year or of one', () => {
    const friday = at('2026-04-30 23:30');
    // 30 April 2026 is a Thursday; 1 May is a holiday on a Friday.
    expect(workingDayAfter(friday, 1, [], ZONE)).toBe('2026-05-01');
    expect(workingDayAfter(friday, 1, ['05-01', '05-02'], ZONE)).toBe('2026-05-04');
    expect(workingDayAfter(friday, 1, ['2026-05-01', '2026-05-04'], ZONE)).toBe('2026-05-05');
    expect(workingDayAfter(friday, 1, ['2025-05-01'], ZONE)).toBe('2026-05-01');
    // Over the night that has 25 hours, and the one that has 23.
    expect(workingDayAfter(at('2026-10-23 12:00'), 1, [], ZONE)).toBe('2026-10-26');
    expect(dayAfter(at('2026-10-24 00:30'), 2, ZONE)).toBe('2026-10-26');
    expect(dayAfter(at('2026-03-28 23:30'), 1, ZONE)).toBe('2026-03-29');
  });
});

describe('an account that is closed (7.3, 13.3)', () => {
  const facts = [rate('06-10 08:00'), collected('06-10 09:00', 1_000)];

  it('has no orders from then on', () => {
    expect(payouts(...facts, ended('acc-1', '06-10 09:30'), ordered('06-10 10:00'))).toEqual([]);
  });

  it('is paid on an order before, within 120 days of the end of that month', () => {
    const all = payouts(
      rate('06-10 08:00'),
      ordered('06-10 09:00'),
      ended('acc-1', '06-20 09:30'),
      collected('06-25 09:00', 1_000),
    );
    expect(all).toHaveLength(1);
    expect(all[0]!.data['payBy']).toBe('2026-10-28');
  });
});
