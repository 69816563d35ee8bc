import { describe, expect, it } from 'vitest';
import { limits } from '../../../pipelines/detectors/limits.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { formatMoney, type Money } from '../../../pipelines/domain/money.js';
import { DAY } from '../../../pipelines/domain/units.js';
import { a1, mtel, rsd, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

const told = (limitsOf: object | undefined, options: ToldOptions = {}) =>
  new UsageTold(limits, { ...options, record: { ...(limitsOf && { limits: limitsOf }), ...options.record } });
type Told = ReturnType<typeof told>;

const data = (bytes: number) => ({ kind: 'data', direction: 'out', bytes });
const voice = (seconds: number) => ({ kind: 'voice', direction: 'out', seconds });
const charged = (amount: string) => ({ kind: 'premium', charge: rsd(amount) });

const shown = (value: number | Money) => (typeof value === 'number' ? value : formatMoney(value).amount);
/** The limits passed: window and its first local day, measure, value, limit, and whether it was late. */
const exceeded = (story: Told) =>
  story.of('limit.exceeded').map(({ data: of }) => {
    const text = `${of.window} ${day(of.from)} ${of.measure} ${shown(of.value)} > ${shown(of.limit)}`;
    return of.late ? `${text} late` : text;
  });
/** Atypical traffic: window and its first local day, measure, value, average. */
const atypical = (story: Told) =>
  story.of('traffic.atypical').map(({ data: of }) => {
    const text = `${of.window} ${day(of.from)} ${of.measure} ${shown(of.value)}, mean ${shown(of.average)}`;
    return of.late ? `${text} late` : text;
  });
const day = (at: number) => formatLocal(at, a1.zone).slice(0, 10);
const proposals = (story: Told) => story.brief.filter((line) => line.endsWith('.proposed'));

describe('a limit is passed when the sum is more than it (A1 14.1)', () => {
  it.each([
    ['dataBytes', 1_000, data(999), data(1_000), data(1_001)],
    ['voiceSeconds', 600, voice(599), voice(600), voice(601)],
    ['messages', 2, { kind: 'sms' }, { kind: 'sms', messages: 2 }, { kind: 'sms', messages: 3 }],
    ['charge', rsd('100.00'), charged('99.99'), charged('100.00'), charged('100.01')],
  ])('%s: below and at it nothing, above it once', (measure, limit, below, at, above) => {
    const daily = { daily: { [measure]: limit } };
    expect(told(daily).use(below, '2026-06-10 12:00').until('2026-07-10').decisions).toEqual([]);
    expect(told(daily).use(at, '2026-06-10 12:00').until('2026-07-10').decisions).toEqual([]);
    const story = told(daily).use(above, '2026-06-10 12:00').until('2026-07-10');
    expect(story.brief[0]).toBe('2026-06-10T12:00:00+02:00 limit.exceeded');
    expect(exceeded(story)).toHaveLength(1);
  });

  it('says window, measure, limit and sum, and how they compare', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(400), '2026-06-10 00:00')
      .use(data(601), '2026-06-10 23:59:59.999');
    const { from, to, because, ...rest } = story.of('limit.exceeded')[0]!.data;
    expect(rest).toEqual({
      operator: 'a1-rs',
      clause: 'A1 14.1',
      window: 'day',
      measure: 'dataBytes',
      limit: 1_000,
      value: 1_001,
    });
    expect(because).toEqual({ arithmetic: 'the sum of the window is more than the limit', sum: 1_001, limit: 1_000 });
    expect([formatLocal(from, a1.zone), formatLocal(to, a1.zone)]).toEqual([
      '2026-06-10T00:00:00+02:00',
      '2026-06-11T00:00:00+02:00',
    ]);
  });

  it('charges are money, exact in ten-thousandths of the minor unit, and VAT is added where it is not in', () => {
    const excluded = { kind: 'premium', charge: { ...rsd('83.34'), vat: 'excluded' } };
    const story = told({ daily: { charge: rsd('100.00') } }).use(excluded, '2026-06-10 12:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 charge 100.01 > 100.00']);
    expect(story.of('limit.exceeded')[0]!.data.because).toMatchObject({
      sum: { tenThousandthsOfMinor: 100_008_000 },
      limit: { tenThousandthsOfMinor: 100_000_000 },
    });
    const below = { kind: 'premium', charge: { ...rsd('83.33'), vat: 'excluded' } };
    expect(told({ daily: { charge: rsd('100.00') } }).use(below, '2026-06-10 12:00').decisions).toEqual([]);
  });

  it('turned round in the pack, the limit itself passes', () => {
    const pack = turned(a1, 'limits', { passes: 'reach' });
    const daily = { daily: { dataBytes: 1_000 } };
    expect(told(daily, { pack }).use(data(999), '2026-06-10 12:00').decisions).toEqual([]);
    const story = told(daily, { pack }).use(data(1_000), '2026-06-10 12:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 dataBytes 1000 > 1000']);
    expect(story.of('limit.exceeded')[0]!.data.because).toMatchObject({
      arithmetic: 'the sum of the window is at least the limit',
    });
  });

  it('a limit of nothing is passed by the first byte', () => {
    const story = told({ daily: { dataBytes: 0 } }).use(data(0), '2026-06-10 12:00');
    expect(story.decisions).toEqual([]);
    expect(exceeded(story.use(data(1), '2026-06-10 12:01'))).toEqual(['day 2026-06-10 dataBytes 1 > 0']);
  });

  it('volumes count what goes out, or says no direction; charges count whatever it is for', () => {
    const incoming = { kind: 'voice', direction: 'in', seconds: 1_000, charge: rsd('60.00') };
    const story = told({ daily: { voiceSeconds: 100, charge: rsd('100.00') } })
      .use(incoming, '2026-06-10 12:00')
      .use({ kind: 'voice', seconds: 100, charge: rsd('40.00') }, '2026-06-10 13:00');
    expect(exceeded(story)).toEqual([]);
    story.use({ kind: 'voice', seconds: 1 }, '2026-06-10 14:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 voiceSeconds 101 > 100']);
    story.use({ kind: 'data', direction: 'in', bytes: 1, charge: rsd('0.01') }, '2026-06-10 15:00');
    expect(exceeded(story).slice(1)).toEqual(['day 2026-06-10 charge 100.01 > 100.00']);
  });

  it('an sms without a number is one message, an mms is a message too', () => {
    const story = told({ daily: { messages: 2 } })
      .use({ kind: 'sms' }, '2026-06-10 12:00')
      .use({ kind: 'mms' }, '2026-06-10 12:01');
    expect(exceeded(story)).toEqual([]);
    expect(exceeded(story.use({ kind: 'mms' }, '2026-06-10 12:02'))).toEqual(['day 2026-06-10 messages 3 > 2']);
  });

  it('is told once for a window and a measure, and anew for the next window', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(2_000), '2026-06-10 12:00')
      .use(data(2_000), '2026-06-10 13:00')
      .use(data(2_000), '2026-06-11 00:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 dataBytes 2000 > 1000', 'day 2026-06-11 dataBytes 2000 > 1000']);
  });

  it('of lines with one clock the sum is judged, not each', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(1_001), '2026-06-10 12:00')
      .use(data(500), '2026-06-10 12:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 dataBytes 1501 > 1000']);
  });

  it('day, week and month, and several measures, are told side by side', () => {
    const each = { dataBytes: 1_000, messages: 0 };
    const story = told({ daily: each, weekly: each, monthly: each })
      .use(data(1_001), '2026-06-10 12:00')
      .use({ kind: 'sms' }, '2026-06-10 12:00');
    expect(exceeded(story)).toEqual([
      'month 2026-06-01 messages 1 > 0',
      'month 2026-06-01 dataBytes 1001 > 1000',
      'week 2026-06-08 messages 1 > 0',
      'week 2026-06-08 dataBytes 1001 > 1000',
      'day 2026-06-10 messages 1 > 0',
      'day 2026-06-10 dataBytes 1001 > 1000',
    ]);
  });

  it('an operator without the rule, and a service without limits, decide nothing', () => {
    const big = { kind: 'data', bytes: 1e12 };
    const daily = { daily: { dataBytes: 0 } };
    expect(told(daily, { pack: mtel }).use(big, '2026-06-10 12:00').until('2026-07-10').decisions).toEqual([]);
    expect(told(undefined).use(big, '2026-06-10 12:00').until('2026-07-10').decisions).toEqual([]);
  });
});

describe('the windows are local (contract 7)', () => {
  it('a day begins and ends at local midnight', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(1_000), '2026-06-10 23:59:59.999')
      .use(data(1_000), '2026-06-11 00:00')
      .until('2026-06-12');
    expect(exceeded(story)).toEqual([]);
    expect(exceeded(story.use(data(1), '2026-06-12 00:00').use(data(1_000), '2026-06-12 23:59:59.999'))).toEqual([
      'day 2026-06-12 dataBytes 1001 > 1000',
    ]);
  });

  it.each([
    ['23', '2026-03-29', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00'],
    ['25', '2026-10-25', '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00'],
  ])('a local day of %s hours is one window', (hours, date, from, to) => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(500), `${date} 00:00`)
      .use(data(501), `${date} 23:59:59.999`);
    const [{ data: of }] = story.of('limit.exceeded') as [ReturnType<typeof story.of<'limit.exceeded'>>[0]];
    expect([formatLocal(of.from, a1.zone), formatLocal(of.to, a1.zone)]).toEqual([from, to]);
    expect(of.to - of.from).toBe(Number(hours) * 3_600_000);
    const apart = told({ daily: { dataBytes: 1_000 } })
      .use(data(500), from)
      .use(data(501), to);
    expect(exceeded(apart)).toEqual([]);
  });

  it('a week is Monday to Sunday, also where the clock changes in it', () => {
    const apart = told({ weekly: { dataBytes: 1_000 } })
      .use(data(600), '2026-03-29 23:59:59.999')
      .use(data(600), '2026-03-30 00:00');
    expect(exceeded(apart)).toEqual([]);
    const one = told({ weekly: { dataBytes: 1_000 } })
      .use(data(600), '2026-03-23 00:00')
      .use(data(600), '2026-03-29 23:59:59.999');
    expect(exceeded(one)).toEqual(['week 2026-03-23 dataBytes 1200 > 1000']);
    const [{ data: of }] = one.of('limit.exceeded') as [ReturnType<typeof one.of<'limit.exceeded'>>[0]];
    expect(of.to - of.from).toBe((7 * 24 - 1) * 3_600_000);
  });

  it.each([
    [5, '2026-06-05 23:59:59.999', '2026-06-06 00:00', '2026-07-05 23:59:59.999', 'month 2026-06-06'],
    ['last', '2026-05-31 23:59:59.999', '2026-06-01 00:00', '2026-06-30 23:59:59.999', 'month 2026-06-01'],
    [28, '2026-02-28 23:59:59.999', '2026-03-01 00:00', '2026-03-28 23:59:59.999', 'month 2026-03-01'],
  ])('a month is the billing cycle: billing day %s', (billingDay, before, first, last, window) => {
    const story = told({ monthly: { dataBytes: 1_000 } }, { record: { billingDay } })
      .use(data(1_000), before)
      .use(data(500), first)
      .use(data(500), last);
    expect(exceeded(story)).toEqual([]);
    expect(exceeded(story.use(data(1), last))).toEqual([`${window} dataBytes 1001 > 1000`]);
  });

  it('a new billing day holds from the end of the running cycle: the short cycle after it is a window of its own', () => {
    const limited = { limits: { monthly: { dataBytes: 1_000 } } };
    const story = told(undefined, { record: { ...limited, billingDay: 'last' } })
      .record({ ...limited, billingDay: 5 }, '2026-06-10 12:00')
      .use(data(1_001), '2026-06-30 23:00')
      .use(data(1_001), '2026-07-05 23:00')
      .use(data(1_001), '2026-07-06 00:00');
    expect(exceeded(story)).toEqual([
      'month 2026-06-01 dataBytes 1001 > 1000',
      'month 2026-07-01 dataBytes 1001 > 1000',
      'month 2026-07-06 dataBytes 1001 > 1000',
    ]);
  });
});

describe('late and corrected records (contract 9)', () => {
  it('a record counts in the window of its time, however late; late where the window is closed', () => {
    const story = told({ daily: { dataBytes: 1_000 }, weekly: { dataBytes: 1_000 } })
      .use(data(600), '2026-06-10 12:00')
      .use(data(600), '2026-06-10 13:00', '2026-06-12 09:00');
    expect(exceeded(story)).toEqual([
      'week 2026-06-08 dataBytes 1200 > 1000',
      'day 2026-06-10 dataBytes 1200 > 1000 late',
    ]);
    expect(story.local(story.of('limit.exceeded')[0]!)).toBe('2026-06-12T09:00:00+02:00');
  });

  it('known in the last instant of the window is in time, at its end it is late', () => {
    const known = (time: string) => told({ daily: { dataBytes: 0 } }).use(data(1), '2026-06-10 12:00', time);
    expect(exceeded(known('2026-06-10 23:59:59.999'))).toEqual(['day 2026-06-10 dataBytes 1 > 0']);
    expect(exceeded(known('2026-06-11 00:00'))).toEqual(['day 2026-06-10 dataBytes 1 > 0 late']);
  });

  it('130 days late still counts', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(600), '2026-02-01 12:00')
      .use(data(600), '2026-02-01 13:00', '2026-06-11 13:00');
    expect(exceeded(story)).toEqual(['day 2026-02-01 dataBytes 1200 > 1000 late']);
    // Told once, also when it is touched again at the very end of what can come.
    expect(exceeded(story.use(data(600), '2026-02-02 00:00', '2026-06-12 00:00'))).toHaveLength(1);
  });

  it('a cancelled record is taken out, whether its cancellation comes after it or before it', () => {
    const after = told({ daily: { dataBytes: 1_000 } })
      .use(data(600), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong')
      .cancel('wrong', '2026-06-10 12:30')
      .use(data(600), '2026-06-10 13:00');
    expect(exceeded(after)).toEqual([]);
    const before = told({ daily: { dataBytes: 1_000 } })
      .cancel('wrong', '2026-06-10 11:00')
      .use(data(6_000), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong')
      .use(data(600), '2026-06-10 13:00');
    expect(exceeded(before)).toEqual([]);
    expect(exceeded(before.use(data(600), '2026-06-10 14:00'))).toEqual(['day 2026-06-10 dataBytes 1200 > 1000']);
  });

  it('what was told stays told: a cancellation and a new record above the limit say nothing again', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(1_001), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong')
      .cancel('wrong', '2026-06-10 12:30')
      .use(data(2_000), '2026-06-10 13:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 dataBytes 1001 > 1000']);
  });

  it.each([
    ['the provisional first', 'nrtrde', 'tap'],
    ['the final first', 'tap', 'nrtrde'],
  ])('NRTRDE and TAP of one event count once: %s', (_, one, other) => {
    const abroad = (feed: string, bytes: number) => ({ ...data(bytes), feed, sessionId: 's', country: 'ME' });
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(abroad(one, 600), '2026-06-10 12:00')
      .use(abroad(other, 700), '2026-06-10 12:00', '2026-06-10 18:00');
    expect(exceeded(story)).toEqual([]);
    story.use(data(301), '2026-06-10 19:00');
    expect(exceeded(story)).toEqual(one === 'tap' ? [] : ['day 2026-06-10 dataBytes 1001 > 1000']);
    story.use(data(100), '2026-06-10 20:00');
    expect(exceeded(story)).toHaveLength(1);
  });

  it('a record told some minutes ahead counts in its own window: nothing of it is lost at midnight', () => {
    const story = told({ daily: { dataBytes: 0 }, weekly: { dataBytes: 0 } })
      .use(data(5), '2026-06-22 00:00', '2026-06-21 23:57')
      .until('2026-06-23');
    expect(exceeded(story).sort()).toEqual(['day 2026-06-22 dataBytes 5 > 0', 'week 2026-06-22 dataBytes 5 > 0']);
  });

  it('what was imported counts: days in days and weeks, cycles in months', () => {
    const story = told({
      daily: { dataBytes: 1_000 },
      weekly: { dataBytes: 1_500 },
      monthly: { charge: rsd('100.00') },
    })
      .hear(
        'history.imported',
        {
          days: [
            { date: '2026-06-09', dataBytes: 600 },
            { date: '2026-06-10', dataBytes: 600 },
          ],
          cycles: [{ from: '2026-06-01T00:00:00+02:00', to: '2026-07-01T00:00:00+02:00', charges: rsd('60.00') }],
        },
        '2026-06-10 10:00',
      )
      .use({ ...data(401), charge: rsd('40.01') }, '2026-06-10 12:00');
    expect(exceeded(story)).toEqual([
      'month 2026-06-01 charge 100.01 > 100.00',
      'week 2026-06-08 dataBytes 1601 > 1500',
      'day 2026-06-10 dataBytes 1001 > 1000',
    ]);
  });
});

describe("a window's limit is that of the record at its end, so far", () => {
  const daily = (dataBytes: number) => ({ limits: { daily: { dataBytes } } });

  it('a limit set below what was used is passed at once; each value is told once', () => {
    const story = told(undefined, { record: {} })
      .use(data(1_500), '2026-06-10 12:00')
      .record(daily(1_000), '2026-06-10 13:00')
      .until('2026-06-10 14:00');
    expect(story.brief[0]).toBe('2026-06-10T13:00:00+02:00 limit.exceeded');
    story.record(daily(1_400), '2026-06-10 15:00').record(daily(1_600), '2026-06-10 16:00');
    story.record(daily(1_000), '2026-06-10 17:00').use(data(50), '2026-06-10 18:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 dataBytes 1500 > 1000', 'day 2026-06-10 dataBytes 1500 > 1400']);
    expect(exceeded(story.record(daily(1_549), '2026-06-10 19:00')).slice(2)).toEqual([
      'day 2026-06-10 dataBytes 1550 > 1549',
    ]);
  });

  it('a record for the same instant that became known later replaces the one before', () => {
    const story = told(undefined)
      .use(data(1_500), '2026-06-10 12:00')
      .record(daily(2_000), '2026-06-10 11:00', '2026-06-10 13:00')
      .record(daily(1_000), '2026-06-10 11:00', '2026-06-10 14:00');
    expect(exceeded(story)).toEqual(['day 2026-06-10 dataBytes 1500 > 1000']);
  });

  it('a record for the future holds from its time', () => {
    const story = told(undefined)
      .record(daily(1_000), '2026-06-10 18:00', '2026-06-01 12:00')
      .use(data(1_500), '2026-06-09 12:00')
      .use(data(1_500), '2026-06-10 12:00')
      .until('2026-06-10 17:59:59.999');
    expect(story.decisions).toEqual([]);
    expect(story.until('2026-06-10 18:00').brief[0]).toBe('2026-06-10T18:00:00+02:00 limit.exceeded');
    // The day before had no limit at its end.
    expect(exceeded(story.until('2026-06-12'))).toEqual(['day 2026-06-10 dataBytes 1500 > 1000']);
  });

  it('a record known late holds from its own time: days that ended under it are judged now, late', () => {
    const story = told(undefined)
      .use(data(1_500), '2026-06-08 12:00')
      .use(data(1_500), '2026-06-09 12:00')
      .use(data(1_500), '2026-06-10 12:00')
      .record(daily(1_000), '2026-06-09 18:00', '2026-06-11 09:00');
    expect(exceeded(story)).toEqual([
      'day 2026-06-09 dataBytes 1500 > 1000 late',
      'day 2026-06-10 dataBytes 1500 > 1000 late',
    ]);
  });

  it('a limit that was taken away before the end of the day does not hold for it', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .record({}, '2026-06-10 18:00')
      .use(data(1_500), '2026-06-10 12:00', '2026-06-11 12:00')
      .use(data(1_500), '2026-06-09 12:00', '2026-06-11 13:00');
    expect(exceeded(story)).toEqual(['day 2026-06-09 dataBytes 1500 > 1000 late']);
  });
});

describe('traffic is atypical above a limit and above twice the mean before it (A1 14.2)', () => {
  /** Seven days of 100 before the 10th, each known at once. */
  const week = (limitsOf: object, options: ToldOptions = {}, bytes = 100) => {
    const story = told(limitsOf, options);
    for (let date = 3; date <= 9; date++) story.use(data(bytes), `2026-06-0${date} 12:00`);
    return story;
  };

  it.each([
    ['twice the mean is typical', 200, []],
    ['a byte more is not', 201, ['day 2026-06-10 dataBytes 201, mean 100']],
  ])('%s', (_, bytes, found) => {
    const story = week({ daily: { dataBytes: 150 } }).use(data(bytes), '2026-06-10 12:00');
    expect(atypical(story)).toEqual(found);
    expect(exceeded(story)).toHaveLength(1);
  });

  it('above twice the mean but not above the limit is nothing', () => {
    const story = week({ daily: { dataBytes: 500 } }).use(data(500), '2026-06-10 12:00');
    expect(story.decisions).toEqual([]);
    expect(atypical(story.use(data(1), '2026-06-10 13:00'))).toEqual(['day 2026-06-10 dataBytes 501, mean 100']);
  });

  it('is told at the first moment when both hold, once, and with the arithmetic', () => {
    const story = week({ daily: { dataBytes: 150 } })
      .use(data(200), '2026-06-10 12:00')
      .use(data(1), '2026-06-10 13:00')
      .use(data(1_000), '2026-06-10 14:00');
    expect(story.brief).toEqual([
      '2026-06-10T12:00:00+02:00 limit.exceeded',
      '2026-06-10T13:00:00+02:00 traffic.atypical',
    ]);
    const { because, clause } = story.of('traffic.atypical')[0]!.data;
    expect(clause).toBe('A1 14.2');
    expect(because).toMatchObject({
      arithmetic: 'above the limit, and more than 2 times the mean of the complete windows before it',
      sum: 201,
      windows: [9, 8, 7, 6, 5, 4, 3].map((date) => ({ from: `2026-06-0${date}T00:00:00+02:00`, sum: 100 })),
    });
  });

  it('a window without use counts as zero, and the mean is rounded half up where it is shown', () => {
    const story = (bytes: number) =>
      told({ daily: { dataBytes: 50 } })
        .use(data(200), '2026-06-05 12:00')
        .use(data(bytes), '2026-06-10 12:00');
    // 200 / 7 = 28.57; twice that is 57.14.
    expect(atypical(story(57)).slice(1)).toEqual([]);
    expect(atypical(story(58)).slice(1)).toEqual(['day 2026-06-10 dataBytes 58, mean 29']);
  });

  it('looks at seven days, not at eight', () => {
    const story = told({ daily: { dataBytes: 50 } })
      .use(data(1e6), '2026-06-02 12:00')
      .use(data(700), '2026-06-03 12:00')
      .use(data(201), '2026-06-10 12:00');
    expect(atypical(story)).toContain('day 2026-06-10 dataBytes 201, mean 100');
  });

  it('looks at whole days since activeFrom: the day it became active counts where that was at midnight', () => {
    const since = (activeFrom: string) =>
      told({ daily: { dataBytes: 150 } }, { record: { activeFrom }, from: '2026-06-08 00:00' })
        .use(data(1), '2026-06-08 18:00')
        .use(data(100), '2026-06-09 12:00')
        .use(data(180), '2026-06-10 12:00');
    expect(atypical(since('2026-06-08T00:00:00+02:00'))).toEqual(['day 2026-06-10 dataBytes 180, mean 51']);
    expect(atypical(since('2026-06-08T00:00:00.001+02:00'))).toEqual([]);
    expect(atypical(since('2026-06-09T00:00:00+02:00'))).toEqual([]);
    expect(atypical(since('2026-06-09T00:00:01+02:00'))).toEqual(['day 2026-06-10 dataBytes 180, mean 0']);
  });

  it('with no complete window the limit alone decides', () => {
    const record = { activeFrom: '2026-06-10T08:00:00+02:00' };
    const story = told({ daily: { dataBytes: 100, charge: rsd('1.00') } }, { record, from: '2026-06-10 08:00' }).use(
      { ...data(101), charge: rsd('1.01') },
      '2026-06-10 12:00',
    );
    expect(atypical(story)).toEqual(['day 2026-06-10 charge 1.01, mean 0.00', 'day 2026-06-10 dataBytes 101, mean 0']);
    expect(story.of('traffic.atypical')[0]!.data.because).toMatchObject({
      arithmetic: 'above the limit, and no complete window before it',
      windows: [],
    });
  });

  it('weeks look back at four weeks, billing cycles at three cycles', () => {
    const weeks = told({ weekly: { dataBytes: 100 } });
    for (const date of ['2026-05-04', '2026-05-17', '2026-05-18', '2026-05-31', '2026-06-01']) {
      weeks.use(data(100), `${date} 12:00`);
    }
    // The week of 4 May is the fifth before that of 8 June: (0 + 100 + 200 + 100) / 4 lies after it.
    expect(atypical(weeks.use(data(200), '2026-06-10 12:00'))).toEqual([]);
    expect(atypical(weeks.use(data(1), '2026-06-10 13:00')).at(-1)).toBe('week 2026-06-08 dataBytes 201, mean 100');

    const cycles = told({ monthly: { dataBytes: 100 } }, { record: { billingDay: 5 } });
    for (const date of ['2026-03-05', '2026-03-06', '2026-05-05', '2026-06-05']) cycles.use(data(100), `${date} 12:00`);
    expect(atypical(cycles.use(data(200), '2026-06-06 12:00'))).toEqual([]);
    expect(atypical(cycles.use(data(1), '2026-06-06 13:00'))).toEqual(['month 2026-06-06 dataBytes 201, mean 100']);
  });

  it('imported cycles and days are in the mean of their kind of window', () => {
    const cycles = ['2026-03', '2026-04', '2026-05'].map((month, i) => ({
      from: `${month}-01T00:00:00+0${i === 0 ? 1 : 2}:00`,
      to: `2026-0${i + 4}-01T00:00:00+02:00`,
      usage: { dataBytes: 1_000 },
    }));
    const days = [1, 2, 3, 4, 5, 6, 7].map((date) => ({ date: `2026-06-0${date}`, dataBytes: 100 }));
    const story = told({ daily: { dataBytes: 150 }, monthly: { dataBytes: 500 } })
      .hear('history.imported', { cycles, days }, '2026-06-08 00:00')
      .use(data(200), '2026-06-08 12:00');
    expect(atypical(story)).toEqual([]);
    expect(atypical(story.use(data(1), '2026-06-08 13:00'))).toEqual(['day 2026-06-08 dataBytes 201, mean 100']);
    // 901 with the imported days of June.
    expect(atypical(story.use(data(1_099), '2026-06-09 12:00'))).not.toContain(
      'month 2026-06-01 dataBytes 2000, mean 1000',
    );
    expect(atypical(story.use(data(1), '2026-06-09 13:00')).at(-1)).toBe('month 2026-06-01 dataBytes 2001, mean 1000');
  });

  it('the mean of charges is compared exactly, and shown rounded half up', () => {
    const record = { activeFrom: '2026-06-08T00:00:00+02:00' };
    const story = (amount: string) =>
      told({ daily: { charge: rsd('0.01') } }, { record, from: '2026-06-08 00:00' })
        .use(charged('0.01'), '2026-06-08 12:00')
        .use(charged('0.02'), '2026-06-09 12:00')
        .use(charged(amount), '2026-06-10 12:00');
    // Twice the mean of 0.015 is 0.03.
    expect(atypical(story('0.03'))).toEqual([]);
    expect(atypical(story('0.04'))).toEqual(['day 2026-06-10 charge 0.04, mean 0.02']);
  });

  it('a late record moves the mean: it can make an earlier window atypical, and unsays nothing', () => {
    const cancelled = week({ daily: { dataBytes: 150 } })
      .use(data(700), '2026-06-04 13:00', '2026-06-10 10:00', 'wrong')
      .use(data(250), '2026-06-10 12:00')
      .until('2026-06-12');
    expect(atypical(cancelled)).toEqual(['day 2026-06-04 dataBytes 800, mean 14 late']);
    cancelled.cancel('wrong', '2026-06-12 09:00');
    expect(atypical(cancelled).slice(1)).toEqual(['day 2026-06-10 dataBytes 250, mean 100 late']);
    const raised = week({ daily: { dataBytes: 150 } })
      .use(data(201), '2026-06-10 12:00')
      .use(data(1_000), '2026-06-04 13:00', '2026-06-10 13:00')
      .use(data(1), '2026-06-10 14:00');
    expect(atypical(raised).filter((line) => line.startsWith('day 2026-06-10'))).toHaveLength(1);
  });

  it('a window that the clock has left is looked at again for a late record of its own: late', () => {
    const story = week({ daily: { dataBytes: 150 } })
      .use(data(200), '2026-06-10 12:00')
      .use(data(1), '2026-06-10 13:00', '2026-06-11 00:00');
    expect(atypical(story)).toEqual(['day 2026-06-10 dataBytes 201, mean 100 late']);
    expect(story.notices).toEqual(['2026-06-11T00:00:00+02:00 traffic-atypical late']);
  });

  it('turned round in the pack: another factor, another look-back', () => {
    const three = week({ daily: { dataBytes: 150 } }, { pack: turned(a1, 'limits', { atypicalFactor: 3 }) });
    expect(atypical(three.use(data(300), '2026-06-10 12:00'))).toEqual([]);
    expect(atypical(three.use(data(1), '2026-06-10 13:00'))).toHaveLength(1);
    const lookBack = { days: 2, weeks: 1, cycles: 1 };
    const two = told({ daily: { dataBytes: 150 } }, { pack: turned(a1, 'limits', { lookBack }) })
      .use(data(140), '2026-06-07 12:00')
      .use(data(100), '2026-06-08 12:00')
      .use(data(160), '2026-06-10 12:00');
    expect(atypical(two)).toEqual(['day 2026-06-10 dataBytes 160, mean 50']);
  });
});

describe('first the notice, then the proposals (A1 14.2)', () => {
  const record = { activeFrom: '2026-06-01T08:00:00+02:00', notifyBy: ['email'] };
  /** A day without anything before it: above its limit is atypical. */
  const day1 = (options: ToldOptions = {}) =>
    told({ daily: { dataBytes: 100 } }, { record, from: '2026-06-01 08:00', ...options }).use(
      data(101),
      '2026-06-01 12:00',
    );
  const noticeOf = (story: Told, i = 0) => story.of('notice.requested')[i]!.data.noticeId;
  const progress = (story: Told, data_: object, time: string) => story.hear('notice.progressed', { ...data_ }, time);

  it('nothing is proposed before the notice was submitted; then both are, once', () => {
    const story = day1().until('2026-06-01 18:00');
    expect(story.notices).toEqual(['2026-06-01T12:00:00+02:00 traffic-atypical']);
    expect(story.of('notice.requested')[0]!.data).toMatchObject({ audience: 'subscriber', channels: ['email'] });
    expect(proposals(story)).toEqual([]);
    progress(story, { noticeId: noticeOf(story), state: 'submitted' }, '2026-06-01 18:30').until('2026-06-01 19:00');
    expect(proposals(story)).toEqual([
      '2026-06-01T18:30:00+02:00 restriction.proposed',
      '2026-06-01T18:30:00+02:00 security.proposed',
    ]);
    progress(story, { noticeId: noticeOf(story), state: 'delivered' }, '2026-06-01 20:00').until('2026-06-03');
    expect(proposals(story)).toHaveLength(2);
    const { data: of } = story.of('restriction.proposed')[0]!;
    expect(of).toMatchObject({
      clause: 'A1 14.2',
      services: ['voice-out', 'sms-out', 'data'],
      window: 'day',
      measure: 'dataBytes',
      noticeId: noticeOf(story),
      because: { notice: noticeOf(story), submitted: true },
    });
    expect([day(of.from), day(of.to!)]).toEqual(['2026-06-01', '2026-06-02']);
    expect(of).not.toHaveProperty('late');
  });

  it.each(['submitted', 'accepted', 'delivered', 'read'])('a notice that is %s was submitted', (state) => {
    const story = day1().until('2026-06-01 13:00');
    expect(proposals(progress(story, { noticeId: noticeOf(story), state }, '2026-06-01 14:00'))).toHaveLength(2);
  });

  it('one that failed was not; when it is sent after all, the proposals follow', () => {
    const story = day1().until('2026-06-01 13:00');
    progress(story, { noticeId: noticeOf(story), state: 'failed' }, '2026-06-01 14:00').until('2026-06-02');
    expect(proposals(story)).toEqual([]);
    progress(story, { noticeId: noticeOf(story), state: 'submitted' }, '2026-06-02 00:00');
    expect(proposals(story)).toHaveLength(2);
    expect(story.of('security.proposed')[0]!.data.late).toBe(true);
  });

  it('another notice, another template, or nothing atypical: no proposal', () => {
    const story = day1().until('2026-06-01 13:00');
    progress(story, { noticeId: 'traffic-atypical:other', state: 'submitted' }, '2026-06-01 14:00');
    progress(story, { template: 'spend-warning', state: 'submitted' }, '2026-06-01 15:00');
    expect(proposals(story.until('2026-06-02'))).toEqual([]);
    const quiet = told({ daily: { dataBytes: 100 } });
    progress(quiet, { template: 'traffic-atypical', state: 'submitted' }, '2026-06-01 14:00');
    expect(quiet.until('2026-06-02').decisions).toEqual([]);
  });

  it('told by template, the latest is meant', () => {
    const story = day1().use(data(1_000), '2026-06-02 12:00').until('2026-06-02 13:00');
    expect(atypical(story)).toHaveLength(2);
    progress(story, { template: 'traffic-atypical', state: 'submitted' }, '2026-06-02 14:00');
    expect(story.of('restriction.proposed').map(({ data: of }) => of.noticeId)).toEqual([noticeOf(story, 1)]);
  });

  it('told twice by template, the latest is still the latest: the one before was not submitted', () => {
    const story = day1().use(data(1_000), '2026-06-02 12:00').until('2026-06-02 13:00');
    progress(story, { template: 'traffic-atypical', state: 'submitted' }, '2026-06-02 14:00').until('2026-06-02 15:00');
    progress(story, { template: 'traffic-atypical', state: 'delivered' }, '2026-06-02 16:00').until('2026-06-02 17:00');
    expect(story.of('restriction.proposed').map(({ data: of }) => of.noticeId)).toEqual([noticeOf(story, 1)]);
  });

  it('in a replay a notice is submitted when it is requested', () => {
    const story = day1({ submitted: 'at-once' });
    expect(story.brief).toEqual([
      '2026-06-01T12:00:00+02:00 limit.exceeded',
      '2026-06-01T12:00:00+02:00 traffic.atypical',
      '2026-06-01T12:00:00+02:00 restriction.proposed',
      '2026-06-01T12:00:00+02:00 security.proposed',
    ]);
    expect(story.of('restriction.proposed')[0]!.data.noticeId).toBe(noticeOf(story));
  });

  it('what is proposed is in the pack', () => {
    const pack = turned(a1, 'limits', { restricts: ['data'] });
    expect(day1({ pack, submitted: 'at-once' }).of('restriction.proposed')[0]!.data.services).toEqual(['data']);
  });
});

describe('what is kept', () => {
  it('a limit passed on every day: half a year of them is remembered', () => {
    const story = told({ daily: { dataBytes: 0 } });
    const first = story.at('2025-01-02 12:00');
    const sizes: number[] = [];
    for (let i = 0; i < 250; i++) {
      story.use(data(1), formatLocal(first + i * DAY, a1.zone)).until(formatLocal(first + i * DAY + 1, a1.zone));
      sizes.push(story.state.passed[0]!.from.length);
    }
    expect(exceeded(story)).toHaveLength(250);
    expect([sizes[169], sizes[170], sizes[171], sizes[249]]).toEqual([170, 171, 171, 171]);
    expect(story.stateBytes).toBeLessThan(1_200);
  });

  it('a quiet service keeps nothing', () => {
    const story = told({ daily: { dataBytes: 1_000 } })
      .use(data(1), '2026-06-10 12:00')
      .until('2026-06-11');
    expect(story.stateBytes).toBeLessThan(60);
  });
});
