import { describe, expect, it } from 'vitest';
import { creditLimit } from '../../../pipelines/detectors/credit-limit.js';
import { formatMoney } from '../../../pipelines/domain/money.js';
import { a1, eur, mtel, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

const told = (record: object = {}, options: ToldOptions = {}) =>
  new UsageTold(creditLimit, { pack: mtel, ...options, record });
type Told = ReturnType<typeof told>;

const call = (amount: string) => ({ kind: 'voice', direction: 'out', seconds: 60, charge: eur(amount) });
const paid = (story: Told, amount: string, time: string, usageAmount?: string) =>
  story.hear('bill.paid', { amount: eur(amount), ...(usageAmount && { usageAmount: eur(usageAmount) }) }, time);
/** The bars set and lifted: time, what, and the episode. */
const bars = (story: Told) =>
  story.decisions.flatMap((one) =>
    one.type === 'bar.applied' || one.type === 'bar.lifted'
      ? [`${story.local(one).slice(0, 16)} ${one.type.slice(4)} ${one.data.episode}`]
      : [],
  );
/** The warnings: time, unpaid charges, limit, episode. */
const warnings = (story: Told) =>
  story.of('spend.warned').map(({ time, data: { charges, cap, episode } }) => {
    return `${story.local({ time }).slice(0, 16)} ${formatMoney(charges).amount} of ${formatMoney(cap).amount}, ${episode}`;
  });

describe('unpaid usage charges that reach the limit bar (MTEL 20.1.f)', () => {
  it.each([
    ['a cent below 60.00 EUR', '59.99', []],
    ['exactly 60.00 EUR', '60.00', ['2026-06-10T12:00 applied 1']],
    ['a cent more', '60.01', ['2026-06-10T12:00 applied 1']],
  ])('%s', (_, amount, found) => {
    expect(bars(told().use(call(amount), '2026-06-10 12:00').until('2027-01-10'))).toEqual(found);
  });

  it.each([
    ['50.00', '49.99', 0],
    ['50.00', '50.00', 1],
    ['100.00', '99.99', 0],
    ['100.00', '100.00', 1],
  ])("the service's own limit of %s, with %s unpaid", (limit, amount, times) => {
    const story = told({ creditLimit: eur(limit) })
      .use(call(amount), '2026-06-10 12:00')
      .until('2026-09-10');
    expect(bars(story)).toHaveLength(times);
  });

  it('charges and limits without VAT are taken with it', () => {
    const net = (amount: string) => ({ kind: 'premium', charge: { ...eur(amount), vat: 'excluded' } });
    expect(bars(told().use(net('50.00'), '2026-06-10 12:00'))).toHaveLength(1);
    expect(bars(told().use(net('49.99'), '2026-06-10 12:00'))).toEqual([]);
    const own = told({ creditLimit: { ...eur('50.00'), vat: 'excluded' } }).use(call('59.99'), '2026-06-10 12:00');
    expect(bars(own)).toEqual([]);
    expect(bars(own.use(call('0.01'), '2026-06-10 13:00'))).toHaveLength(1);
    // Of a third of a cent of VAT nothing is lost: 3 x 16.67 net is 60.012.
    const three = told();
    for (const hour of [12, 13, 14]) three.use(net('16.67'), `2026-06-10 ${hour}:00`);
    expect(bars(three)).toEqual(['2026-06-10T14:00 applied 1']);
    expect(three.of('bar.applied')[0]!.data.because).toMatchObject({ unpaidInTenThousandthsOfMinor: 60_012_000 });
  });

  it('a bar keeps emergency calls, customer service and what comes in, set and lifted; both are told in writing', () => {
    const story = paid(told({ billingDay: 5 }).use(call('60.00'), '2026-06-10 12:00'), '0.01', '2026-07-20 08:00');
    const stands = {
      operator: 'mtel-at',
      clause: 'MTEL 20.1.f',
      reason: 'credit-limit',
      services: ['voice-out', 'sms-out', 'data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      cycle: { from: story.at('2026-06-06'), to: story.at('2026-07-06') },
      episode: 1,
    };
    expect(story.of('bar.applied')[0]!.data).toMatchObject(stands);
    expect(story.of('bar.lifted')[0]!.data).toMatchObject(stands);
    expect(story.of('bar.applied')[0]!.data).not.toHaveProperty('throttleBitsPerSecond');
    expect(story.of('bar.applied')[0]!.data.because).toEqual({
      why: 'unpaid usage charges reached the limit',
      unpaidInTenThousandthsOfMinor: 60_000_000,
      limitInTenThousandthsOfMinor: 60_000_000,
      limitIs: 'the rule',
    });
    expect(story.notices).toEqual([
      '2026-06-10T12:00:00+02:00 credit-limit-warning',
      '2026-06-10T12:00:00+02:00 credit-limit-barred',
      '2026-07-20T08:00:00+02:00 credit-limit-lifted',
    ]);
    expect(story.of('notice.requested')[0]!.data.language).toBe('de');
  });

  it('cycles add up, and a new cycle lifts nothing', () => {
    const story = told()
      .use(call('30.00'), '2026-05-31 23:59:59')
      .use(call('29.99'), '2026-06-30 12:00')
      .use(call('0.01'), '2026-07-01 00:00')
      .until('2026-12-01');
    expect(bars(story)).toEqual(['2026-07-01T00:00 applied 1']);
    expect(story.of('bar.applied')[0]!.data.cycle).toEqual({
      from: story.at('2026-07-01'),
      to: story.at('2026-08-01'),
    });
  });

  it('late records count, of closed cycles too; what is held of the days does not matter', () => {
    const late = told()
      .use(call('59.99'), '2026-06-10 12:00')
      .use(call('0.01'), '2026-02-10 12:00', '2026-06-11 12:00');
    expect(bars(late)).toEqual(['2026-06-11T12:00 applied 1']);
    const old = told().use(call('59.99'), '2025-06-10 12:00').use(call('0.01'), '2026-06-11 12:00');
    expect(bars(old)).toEqual(['2026-06-11T12:00 applied 1']);
  });

  it('is set once, and the monthly fee is no usage charge', () => {
    const story = told({ monthlyFee: eur('59.00') })
      .use(call('1.00'), '2026-06-10 12:00')
      .use(call('59.00'), '2026-07-10 12:00')
      .use(call('60.00'), '2026-07-11 12:00');
    expect(bars(story.until('2026-09-01'))).toEqual(['2026-07-10T12:00 applied 1']);
  });

  it('what was unpaid before this installation counts', () => {
    const story = told().hear('history.imported', { unpaid: eur('45.00') }, '2026-06-01 08:00');
    expect(warnings(story)).toEqual(['2026-06-01T08:00 45.00 of 60.00, 1']);
    expect(bars(story.use(call('14.99'), '2026-06-10 12:00'))).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-10 13:00'))).toEqual(['2026-06-10T13:00 applied 1']);
  });

  it('an operator without the rule decides nothing; a service that has ended is not barred', () => {
    const rsd = { ...call('0.00'), charge: { amount: '90000.00', currency: 'RSD' } };
    expect(told({}, { pack: a1 }).use(rsd, '2026-06-10 12:00').until('2026-09-01').decisions).toEqual([]);
    const ended = told().turn('ended', '2026-06-09 12:00').use(call('90.00'), '2026-06-09 11:00', '2026-06-10 12:00');
    expect(ended.until('2026-09-01').decisions).toEqual([]);
  });

  it('a limit of nothing is reached by the first cent', () => {
    const story = told({ creditLimit: eur('0.00') }).use(call('0.01'), '2026-06-10 12:00');
    expect(bars(story)).toEqual(['2026-06-10T12:00 applied 1']);
  });
});

describe('what brings the unpaid charges below the limit lifts the bar', () => {
  const barred = (record: object = {}) => told(record).use(call('60.00'), '2026-06-10 12:00').until('2026-06-11');

  it.each([
    ['a payment of a cent', '0.01', undefined, 2],
    ['a payment of nothing', '0.00', undefined, 1],
    ['a payment whose usage part is a cent', '30.01', '0.01', 2],
    ['a payment of the fee alone', '30.00', '0.00', 1],
  ])('%s', (_, amount, usageAmount, times) => {
    const story = paid(barred(), amount, '2026-06-12 08:00', usageAmount);
    expect(bars(story)).toHaveLength(times);
    if (times === 2) expect(bars(story)[1]).toBe('2026-06-12T08:00 lifted 1');
  });

  it('reached again it is the next episode', () => {
    const story = paid(barred(), '0.01', '2026-06-12 08:00').use(call('0.01'), '2026-06-13 08:00');
    expect(bars(story).slice(1)).toEqual(['2026-06-12T08:00 lifted 1', '2026-06-13T08:00 applied 2']);
  });

  it('never below zero: what is paid too much is not set against later charges', () => {
    const story = paid(told().use(call('30.00'), '2026-06-01 12:00'), '500.00', '2026-06-02 08:00');
    expect(bars(story.use(call('59.99'), '2026-06-03 12:00'))).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-04 12:00'))).toEqual(['2026-06-04T12:00 applied 1']);
    const first = paid(told(), '60.00', '2026-06-01 08:00').use(call('60.00'), '2026-06-02 12:00');
    expect(bars(first)).toEqual(['2026-06-02T12:00 applied 1']);
  });

  it('in order of arrival, also of what became known at one time', () => {
    const after = paid(told().use(call('60.00'), '2026-06-10 12:00'), '60.00', '2026-06-10 12:00').until('2026-06-12');
    expect(after.decisions).toEqual([]);
    const before = paid(told(), '60.00', '2026-06-10 12:00').use(call('60.00'), '2026-06-10 12:00').until('2026-06-12');
    expect(bars(before)).toEqual(['2026-06-10T12:00 applied 1']);
  });

  it('in order of arrival also where the tariff says what a record costs', () => {
    const slots = [{ from: 0, rate: '60', unit: 60, increment: 60 }];
    const prices = [{ kind: 'voice', bands: [{ from: '00:00', slots }] }];
    const minute = { kind: 'voice', direction: 'out', seconds: 60 };
    const story = told().tariff({ currency: 'EUR', prices }, '2026-01-01', '2026-01-01');
    paid(story.use(minute, '2026-06-10 12:00'), '60.00', '2026-06-10 12:00').until('2026-06-12');
    expect(story.brief).toEqual([]);
  });

  it('a correction, a cancellation, a TAP record that is cheaper', () => {
    expect(bars(barred().use(call('-0.01'), '2026-06-12 08:00')).slice(1)).toEqual(['2026-06-12T08:00 lifted 1']);
    const cancelled = told()
      .use(call('59.99'), '2026-06-10 12:00')
      .use(call('0.01'), '2026-06-10 13:00', '2026-06-10 13:00', 'wrong')
      .cancel('wrong', '2026-06-12 08:00')
      .cancel('wrong', '2026-06-13 08:00')
      .use(call('0.01'), '2026-06-14 08:00');
    expect(bars(cancelled)).toEqual([
      '2026-06-10T13:00 applied 1',
      '2026-06-12T08:00 lifted 1',
      '2026-06-14T08:00 applied 2',
    ]);
    const abroad = (amount: string, feed: string) => ({ ...call(amount), feed, sessionId: 's', country: 'RS' });
    const replaced = told()
      .use(abroad('60.00', 'nrtrde'), '2026-06-10 12:00')
      .use(abroad('59.99', 'tap'), '2026-06-10 12:00', '2026-06-12 08:00', 'tap')
      .cancel('tap', '2026-06-13 08:00');
    expect(bars(replaced)).toEqual([
      '2026-06-10T12:00 applied 1',
      '2026-06-12T08:00 lifted 1',
      '2026-06-13T08:00 applied 2',
    ]);
  });

  it('a record that is cancelled after it was paid takes nothing below zero', () => {
    const story = told().use(call('40.00'), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong');
    paid(story, '40.00', '2026-06-11 08:00').cancel('wrong', '2026-06-12 08:00').use(call('59.99'), '2026-06-13 08:00');
    expect(bars(story)).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-14 08:00'))).toEqual(['2026-06-14T08:00 applied 1']);
  });

  it('a raised limit lifts at once, a lowered one bars at once, one taken away leaves that of the rule', () => {
    const story = barred().record({ creditLimit: eur('60.01') }, '2026-06-12 08:00');
    story.record({ creditLimit: eur('40.00') }, '2026-06-13 08:00').record({}, '2026-06-14 08:00');
    expect(bars(story)).toEqual([
      '2026-06-10T12:00 applied 1',
      '2026-06-12T08:00 lifted 1',
      '2026-06-13T08:00 applied 2',
    ]);
    expect(story.of('bar.applied')[1]!.data.because).toMatchObject({ limitIs: "the service's own" });
  });

  it('a limit that is known ahead holds from its time; one known late from when it is known', () => {
    const ahead = told().record({ creditLimit: eur('80.00') }, '2026-06-20 10:00', '2026-06-01 08:00');
    ahead.use(call('60.00'), '2026-06-10 12:00').until('2026-07-01');
    expect(bars(ahead)).toEqual(['2026-06-10T12:00 applied 1', '2026-06-20T10:00 lifted 1']);
    const late = barred().record({ creditLimit: eur('80.00') }, '2026-06-01 10:00', '2026-06-15 08:00');
    expect(bars(late)).toEqual(['2026-06-10T12:00 applied 1', '2026-06-15T08:00 lifted 1']);
  });

  it('who changes to prepaid with a bar is freed by the payment', () => {
    const story = barred().record({ payment: 'prepaid' }, '2026-06-12 08:00');
    paid(story, '60.00', '2026-06-13 08:00').until('2026-06-14');
    expect(bars(story).map((line) => line.split(' ')[1])).toEqual(['applied', 'lifted']);
  });
});

describe('warned at 30.00 EUR', () => {
  it.each([
    ['a cent below', '29.99', []],
    ['exactly', '30.00', ['2026-06-10T12:00 30.00 of 60.00, 1']],
    ['more', '30.01', ['2026-06-10T12:00 30.01 of 60.00, 1']],
  ])('%s', (_, amount, found) => {
    const story = told().use(call(amount), '2026-06-10 12:00').until('2026-12-10');
    expect(warnings(story)).toEqual(found);
    expect(bars(story)).toEqual([]);
  });

  it('says what is unpaid and what the limit is', () => {
    const story = told({ creditLimit: eur('100.00') }).use(call('30.00'), '2026-06-10 12:00');
    const { because, ...data } = story.of('spend.warned')[0]!.data;
    expect(data).toEqual({
      operator: 'mtel-at',
      clause: 'MTEL 20.1.f',
      reason: 'credit-limit',
      share: 0.3,
      charges: { minor: 3_000, currency: 'EUR' },
      cap: { minor: 10_000, currency: 'EUR' },
      episode: 1,
    });
    expect(because).toMatchObject({ warnAtTenThousandthsOfMinor: 30_000_000 });
  });

  it.each([
    ['30.00', 0],
    ['20.00', 0],
    ['30.01', 1],
  ])('with a limit of %s: %i warnings', (limit, times) => {
    const story = told({ creditLimit: eur(limit) })
      .use(call('30.00'), '2026-06-10 12:00')
      .until('2026-07-01');
    expect(warnings(story)).toHaveLength(times);
  });

  it('once, and again only after it was below 30.00 EUR', () => {
    const story = told().use(call('40.00'), '2026-06-10 12:00').use(call('1.00'), '2026-06-11 12:00');
    paid(story, '11.00', '2026-06-12 08:00').use(call('5.00'), '2026-06-13 12:00');
    expect(warnings(story)).toEqual(['2026-06-10T12:00 40.00 of 60.00, 1']);
    paid(story, '5.01', '2026-06-14 08:00').use(call('0.01'), '2026-06-15 12:00');
    expect(warnings(story).slice(1)).toEqual(['2026-06-15T12:00 30.00 of 60.00, 2']);
  });

  it('below and above again between two moves of the clock is no new warning', () => {
    const story = told().use(call('40.00'), '2026-06-10 12:00').until('2026-06-11');
    paid(story, '20.00', '2026-06-12 08:00').use(call('20.00'), '2026-06-12 08:00').until('2026-06-13');
    expect(warnings(story)).toHaveLength(1);
  });

  it('a limit that is raised above 30.00 EUR warns of what is unpaid already', () => {
    const story = told({ creditLimit: eur('30.00') }).use(call('30.00'), '2026-06-10 12:00');
    expect(bars(story)).toHaveLength(1);
    story.record({ creditLimit: eur('50.00') }, '2026-06-12 08:00');
    expect(warnings(story)).toEqual(['2026-06-12T08:00 30.00 of 50.00, 1']);
    expect(bars(story)[1]).toBe('2026-06-12T08:00 lifted 1');
  });
});

describe('settings turned round', () => {
  it('only above the limit', () => {
    const story = told({}, { pack: turned(mtel, 'creditLimit', { passes: 'above' }) });
    expect(bars(story.use(call('60.00'), '2026-06-10 12:00'))).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-10 13:00'))).toEqual(['2026-06-10T13:00 applied 1']);
    expect(bars(paid(story, '0.01', '2026-06-11 08:00')).slice(1)).toEqual(['2026-06-11T08:00 lifted 1']);
  });

  it('data goes on at a rate in place of the bar', () => {
    const pack = turned(mtel, 'creditLimit', { throttleBitsPerSecond: 128_000 });
    const story = paid(told({}, { pack }).use(call('60.00'), '2026-06-10 12:00'), '60.00', '2026-06-12 08:00');
    const throttled = {
      services: ['data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      throttleBitsPerSecond: 128_000,
    };
    expect(story.of('bar.applied')[0]!.data).toMatchObject(throttled);
    expect(story.of('bar.lifted')[0]!.data).toMatchObject(throttled);
    const barredNotice = story.of('notice.requested').find(({ data }) => data.template === 'credit-limit-barred');
    expect(barredNotice!.data.parameters).toMatchObject({ throttleBitsPerSecond: 128_000 });
  });

  it('another limit and another warning', () => {
    const limit = { minor: 2_000, currency: 'EUR' };
    const pack = turned(mtel, 'creditLimit', { limit, warnAt: { minor: 1_000, currency: 'EUR' } });
    const story = told({}, { pack }).use(call('10.00'), '2026-06-10 12:00').use(call('10.00'), '2026-06-10 13:00');
    expect(warnings(story)).toEqual(['2026-06-10T12:00 10.00 of 20.00, 1']);
    expect(bars(story)).toEqual(['2026-06-10T13:00 applied 1']);
  });
});

describe('what is kept', () => {
  it('the same few bytes after three years of bars', () => {
    const story = told();
    for (let month = 0; month < 36; month++) {
      const text = `${2025 + Math.floor((month + 1) / 12)}-${String(((month + 1) % 12) + 1).padStart(2, '0')}`;
      paid(story.use(call('60.00'), `${text}-10 12:00`), '60.00', `${text}-20 12:00`);
    }
    expect(bars(story)).toHaveLength(72);
    expect(story.state).toEqual({ bar: null, episodes: 36, warned: false, warnings: 36 });
    expect(story.stateBytes).toBeLessThan(60);
  });

  it('who owes nothing keeps nothing', () => {
    const story = paid(told().use(call('10.00'), '2026-06-10 12:00'), '10.00', '2026-06-20 12:00').until('2026-07-01');
    expect(story.state).toBe(creditLimit.start);
  });
});

describe("what it tells its customer's collector", () => {
  const of = (story: Told) =>
    story.tales.flatMap((tale) =>
      tale.is === 'unpaid'
        ? [
            `${story.local({ time: tale.at }).slice(5, 19)} ${tale.customer} ${tale.revision} ${tale.unpaid / 1_000_000}${
              tale.stands ? '' : ' gone'
            }${tale.barred ? ' barred' : ''}${tale.limit === null ? '' : ` of ${tale.limit / 1_000_000}`}`,
          ]
        : [],
    );
  const own = { customerId: 'k1' };

  it('is nothing while nothing is owed, by whoever has no customer, and where each number has a limit of its own', () => {
    const quiet = told(own).until('2026-08-01');
    expect([of(quiet), quiet.state]).toEqual([[], creditLimit.start]);
    expect(of(told().use(call('50.00'), '2026-06-10 12:00').until('2026-08-01'))).toEqual([]);
    const each = turned(mtel, 'creditLimit', { severalNumbers: 'each' });
    expect(of(told(own, { pack: each }).use(call('50.00'), '2026-06-10 12:00').until('2026-08-01'))).toEqual([]);
  });

  it('is what is owed, whenever that has changed, and once that nothing is any more', () => {
    const story = told(own).use(call('20.00'), '2026-06-10 12:00').use(call('45.00'), '2026-06-11 12:00');
    story.use({ ...call('0.00'), seconds: 1 }, '2026-06-12 12:00').present('RS', '2026-06-12 13:00');
    paid(story, '65.00', '2026-06-13 12:00');
    paid(story, '65.00', '2026-06-14 12:00');
    expect(of(story.until('2026-08-01'))).toEqual([
      '06-10T12:00:00 k1 1 20',
      '06-11T12:00:00 k1 2 65 barred',
      '06-13T12:00:00 k1 3 0',
    ]);
  });

  it("is the service's own limit though nothing is owed", () => {
    const story = told(own).record({ ...own, creditLimit: eur('80.00') }, '2026-06-01 12:00');
    expect(of(story.until('2026-08-01'))).toEqual(['06-01T12:00:00 k1 1 0 of 80']);
  });

  it('is that it has gone, at the end or a second before it counts with the next holder', () => {
    const ended = told(own)
      .use(call('20.00'), '2026-06-10 12:00')
      .turn('ended', '2026-06-20 08:00')
      .until('2026-08-01');
    expect(of(ended)).toEqual(['06-10T12:00:00 k1 1 20', '06-20T08:00:00 k1 2 20 gone']);
    const moved = told(own)
      .use(call('20.00'), '2026-06-10 12:00')
      .record({ customerId: 'k2' }, '2026-06-20 08:00')
      .until('2026-08-01');
    expect(of(moved)).toEqual(['06-10T12:00:00 k1 1 20', '06-20T08:00:00 k1 2 20 gone', '06-20T08:00:01 k2 3 20']);
  });

  it('never has the number of a person in it', () => {
    const story = told({ customerId: '381641234567' }).use(call('20.00'), '2026-06-10 12:00').until('2026-06-11');
    expect(JSON.stringify([story.tales, story.state])).not.toContain('381641234567');
    expect(story.tales).toHaveLength(1);
  });

  it('takes few bytes in the state', () => {
    const story = told(own).use(call('20.00'), '2026-06-10 12:00').until('2026-06-11');
    expect(story.stateBytes).toBeLessThan(130);
  });
});
