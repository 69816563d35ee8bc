import { describe, expect, it } from 'vitest';
import { spendBar } from '../../../pipelines/detectors/spend-bar.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import { formatMoney } from '../../../pipelines/domain/money.js';
import { a1, mtel, rsd, type ToldOptions, turned, UsageTold } from '../../usage-told.js';

/** A service whose subscriber asked for the bar with the first record, unless the options say otherwise. */
const told = (record: object = { spendBar: true }, options: ToldOptions = {}) =>
  new UsageTold(spendBar, { ...options, record });
type Told = ReturnType<typeof told>;

const call = (amount: string) => ({ kind: 'voice', direction: 'out', seconds: 60, country: 'RS', charge: rsd(amount) });
const requested = (story: Told, time: string, known = time) =>
  story.hear('bar.requested', { kind: 'spend-cap' }, time, known);
const withdrawn = (story: Told, time: string, known = time) =>
  story.hear('bar.withdrawn', { kind: 'spend-cap' }, time, known);
/** The bars set and lifted: time, what, and the episode. */
const bars = (story: Told) =>
  story.decisions.flatMap((one) =>
    one.type === 'bar.applied' || one.type === 'bar.lifted'
      ? [`${story.local(one).slice(0, 16)} ${one.type.slice(4)} ${one.data.episode}`]
      : [],
  );
/** The warnings: time, first day of the cycle, charges. */
const warnings = (story: Told) =>
  story.of('spend.warned').map(({ time, data }) => {
    const cycle = formatLocal(data.cycle!.from, a1.zone).slice(0, 10);
    const text = `${story.local({ time }).slice(0, 16)} ${cycle} ${formatMoney(data.charges).amount}`;
    return data.late ? `${text} late` : text;
  });

describe('above 5,000 RSD in a cycle what goes out is barred, on request (A1 14.3)', () => {
  it.each([
    ['a para below the cap', '4999.99', []],
    ['exactly the cap', '5000.00', []],
    ['a para more', '5000.01', ['2026-06-10T12:00 applied 1', '2026-07-01T00:00 lifted 1']],
  ])('%s', (_, amount, found) => {
    expect(bars(told().use(call(amount), '2026-06-10 12:00').until('2026-08-15'))).toEqual(found);
  });

  it('nobody who did not ask is barred or warned', () => {
    for (const record of [{}, { spendBar: false }]) {
      expect(told(record).use(call('99999.00'), '2026-06-10 12:00').until('2026-08-15').decisions).toEqual([]);
    }
  });

  it('an operator without the rule has no bar', () => {
    const story = told({ spendBar: true }, { pack: mtel });
    const charge = { amount: '9000.00', currency: 'EUR' };
    expect(story.use({ ...call('0.00'), charge }, '2026-06-10 12:00').until('2026-08-15').decisions).toEqual([]);
  });

  it('a bar keeps emergency calls, customer service and what comes in, set and lifted', () => {
    const story = told().use(call('5000.01'), '2026-06-10 12:00').until('2026-07-02');
    const [applied] = story.of('bar.applied');
    const [lifted] = story.of('bar.lifted');
    const stands = {
      operator: 'a1-rs',
      clause: 'A1 14.3',
      reason: 'spend-cap',
      services: ['voice-out', 'sms-out', 'data'],
      keeps: ['emergency', 'customer-service', 'incoming'],
      cycle: { from: story.at('2026-06-01'), to: story.at('2026-07-01') },
      episode: 1,
    };
    expect(applied!.data).toMatchObject(stands);
    expect(lifted!.data).toMatchObject(stands);
    expect(applied!.data.because).toMatchObject({
      why: 'the usage charges of the cycle are more than the cap',
      chargesInTenThousandthsOfMinor: 5_000_010_000,
      capInTenThousandthsOfMinor: 5_000_000_000,
      feeCounts: false,
    });
    expect(lifted!.data.because).toMatchObject({ why: 'the next cycle has begun' });
  });

  it('is told in writing when it is set and when it is lifted', () => {
    const story = told({ spendBar: true, notifyBy: ['sms', 'email'] })
      .use(call('5000.01'), '2026-06-10 12:00')
      .until('2026-07-02');
    expect(story.notices).toEqual([
      '2026-06-10T12:00:00+02:00 spend-barred',
      '2026-06-10T12:00:00+02:00 spend-warning',
      '2026-07-01T00:00:00+02:00 spend-bar-lifted',
    ]);
    expect(story.of('notice.requested')[0]!.data).toMatchObject({ class: 'legal', channels: ['sms', 'email'] });
  });

  it('is set once, however much more is used; in the next cycle it is the next episode', () => {
    const story = told()
      .use(call('5000.01'), '2026-06-10 12:00')
      .use(call('1000.00'), '2026-06-10 13:00')
      .use(call('5000.00'), '2026-07-01 00:00')
      .use(call('0.01'), '2026-07-01 00:01');
    expect(bars(story)).toEqual([
      '2026-06-10T12:00 applied 1',
      '2026-07-01T00:00 lifted 1',
      '2026-07-01T00:01 applied 2',
    ]);
  });

  it('what is used in several records, whichever direction or kind, is added up', () => {
    const story = told()
      .use(call('2500.00'), '2026-06-01 00:00')
      .use({ kind: 'premium', charge: rsd('2500.00') }, '2026-06-10 12:00')
      .use({ kind: 'data', direction: 'in', bytes: 1, charge: rsd('0.01') }, '2026-06-30 23:59');
    expect(bars(story)).toEqual(['2026-06-30T23:59 applied 1']);
  });

  it('charges without VAT are taken with it, exactly', () => {
    const story = told().use({ kind: 'premium', charge: { ...rsd('4166.67'), vat: 'excluded' } }, '2026-06-10 12:00');
    expect(bars(story)).toEqual(['2026-06-10T12:00 applied 1']);
    const below = told().use({ kind: 'premium', charge: { ...rsd('4166.66'), vat: 'excluded' } }, '2026-06-10 12:00');
    expect(bars(below)).toEqual([]);
    expect(warnings(below)).toEqual(['2026-06-10T12:00 2026-06-01 4999.99']);
  });

  it('what the tariff rates counts; a tariff known late counts from when it is known', () => {
    const slots = [{ from: 0, rate: '60', unit: 60, increment: 60 }];
    const prices = [{ kind: 'voice', bands: [{ from: '00:00', slots }] }];
    const story = told({ spendBar: true, tariffId: 't' })
      .use({ kind: 'voice', direction: 'out', seconds: 84 * 60 }, '2026-06-10 12:00')
      .until('2026-06-11');
    expect(story.decisions).toEqual([]);
    story.tariff({ currency: 'RSD', prices }, '2026-01-01', '2026-06-12 08:00').until('2026-06-12 09:00');
    expect(bars(story)).toEqual(['2026-06-12T08:00 applied 1']);
  });

  it('imported charges of the running cycle count, those of cycles before it do not', () => {
    const cycle = (from: string, to: string, charges: string) => ({
      from: `${from}T00:00:00+02:00`,
      to: `${to}T00:00:00+02:00`,
      charges: rsd(charges),
    });
    const cycles = [cycle('2026-05-01', '2026-06-01', '9000.00'), cycle('2026-06-01', '2026-07-01', '3000.00')];
    const story = told({ spendBar: true, billingDay: 'last' }).hear('history.imported', { cycles }, '2026-06-10 10:00');
    expect(bars(story.use(call('2000.00'), '2026-06-10 12:00'))).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-10 13:00'))).toEqual(['2026-06-10T13:00 applied 1']);
  });

  it('a service that has ended is not barred any more', () => {
    const story = told().turn('ended', '2026-06-10 12:00').use(call('6000.00'), '2026-06-10 11:00', '2026-06-10 13:00');
    expect(bars(story.until('2026-07-10'))).toEqual([]);
  });
});

describe('the cycle turns (contract 2)', () => {
  it.each([
    [5, '2026-06-05 23:59', '2026-06-06T00:00'],
    ['last', '2026-06-30 23:59', '2026-07-01T00:00'],
    [28, '2026-03-28 23:59', '2026-03-29T00:00'],
    [28, '2026-02-28 23:59', '2026-03-01T00:00'],
    // The local days of 29 March and 25 October have 23 and 25 hours.
    [28, '2026-03-29 23:59', '2026-04-29T00:00'],
    [24, '2026-10-24 23:59', '2026-10-25T00:00'],
    [25, '2026-10-25 23:59', '2026-10-26T00:00'],
  ])('billing day %s: barred at %s, lifted at %s', (billingDay, time, lifted) => {
    const story = told({ spendBar: true, billingDay }).use(call('5000.01'), time).until('2026-12-31');
    expect(bars(story)).toEqual([`${time.replace(' ', 'T')} applied 1`, `${lifted} lifted 1`]);
  });

  it('the charges of two cycles are not added up', () => {
    const story = told({ spendBar: true, billingDay: 5 })
      .use(call('3000.00'), '2026-06-05 23:59:59.999')
      .use(call('3000.00'), '2026-06-06 00:00');
    expect(story.until('2026-08-01').decisions).toEqual([]);
  });

  it('a new billing day takes effect at the end of the running cycle, and the bar is lifted there', () => {
    const story = told({ spendBar: true, billingDay: 'last' })
      .use(call('5000.01'), '2026-06-10 12:00')
      .record({ spendBar: true, billingDay: 5 }, '2026-06-12 12:00')
      .use(call('5000.01'), '2026-07-02 12:00')
      .until('2026-08-15');
    expect(bars(story)).toEqual([
      '2026-06-10T12:00 applied 1',
      '2026-07-01T00:00 lifted 1',
      '2026-07-02T12:00 applied 2',
      '2026-07-06T00:00 lifted 2',
    ]);
  });

  it('a record told some minutes ahead bars when its cycle begins', () => {
    const story = told().use(call('6000.00'), '2026-07-01 00:02', '2026-06-30 23:58').until('2026-07-02');
    expect(bars(story)).toEqual(['2026-07-01T00:00 applied 1']);
    expect(warnings(story)).toEqual(['2026-07-01T00:00 2026-07-01 6000.00']);
  });

  it('where one cycle is above the cap and a record of the next is ahead, it is lifted and set anew', () => {
    const story = told()
      .use(call('6000.00'), '2026-06-10 12:00')
      .use(call('7000.00'), '2026-07-01 00:01', '2026-06-30 23:58')
      .until('2026-07-02');
    expect(bars(story)).toEqual([
      '2026-06-10T12:00 applied 1',
      '2026-07-01T00:00 lifted 1',
      '2026-07-01T00:00 applied 2',
    ]);
  });
});

describe('asked for, and taken back', () => {
  const above = () => told({}).use(call('5000.01'), '2026-06-10 12:00').until('2026-06-11');

  it('a request placed when the charges are more already bars at once', () => {
    const story = requested(above(), '2026-06-12 08:00').until('2026-06-13');
    expect(bars(story)).toEqual(['2026-06-12T08:00 applied 1']);
    expect(story.of('bar.applied')[0]!.data.because).toMatchObject({
      request: 'case#e3',
      requestedAt: '2026-06-12T08:00:00+02:00',
    });
    expect(bars(above().record({ spendBar: true }, '2026-06-12 08:00').until('2026-06-13'))).toEqual([
      '2026-06-12T08:00 applied 1',
    ]);
  });

  it('at exactly the cap a request bars nothing', () => {
    const story = told({}).use(call('5000.00'), '2026-06-10 12:00');
    expect(bars(requested(story, '2026-06-12 08:00').until('2026-07-10'))).toEqual([]);
  });

  it('taken back it is lifted at once, asked for again it is the next episode', () => {
    const story = requested(above(), '2026-06-12 08:00');
    withdrawn(story, '2026-06-13 08:00');
    requested(story, '2026-06-14 08:00').until('2026-06-15');
    expect(bars(story)).toEqual([
      '2026-06-12T08:00 applied 1',
      '2026-06-13T08:00 lifted 1',
      '2026-06-14T08:00 applied 2',
    ]);
    expect(story.of('bar.lifted')[0]!.data.because).toMatchObject({ why: 'the request was taken back' });
  });

  it.each(['international', 'roaming', 'premium', 'premium-sms'])('a bar of another kind (%s) is another', (kind) => {
    const story = above().hear('bar.requested', { kind }, '2026-06-12 08:00');
    expect(story.until('2026-06-13').decisions).toEqual([]);
    requested(story, '2026-06-14 08:00').hear('bar.withdrawn', { kind }, '2026-06-15 08:00');
    expect(bars(story.until('2026-06-16'))).toEqual(['2026-06-14T08:00 applied 1']);
  });

  it('a record without the field does not touch a request; one that has it holds from its time', () => {
    const story = requested(above(), '2026-06-12 08:00').record({}, '2026-06-13 08:00');
    expect(bars(story)).toEqual(['2026-06-12T08:00 applied 1']);
    story.record({ spendBar: false }, '2026-06-14 08:00');
    expect(bars(story).slice(1)).toEqual(['2026-06-14T08:00 lifted 1']);
    requested(story, '2026-06-15 08:00');
    expect(bars(story).slice(2)).toEqual(['2026-06-15T08:00 applied 2']);
  });

  it('between a record and a request the later time holds, whichever is known later', () => {
    const recordLater = above().record({ spendBar: false }, '2026-06-14 08:00');
    requested(recordLater, '2026-06-13 08:00', '2026-06-15 08:00');
    expect(bars(recordLater.until('2026-06-16'))).toEqual([]);
    const requestLater = requested(above(), '2026-06-14 08:00');
    requestLater.record({ spendBar: false }, '2026-06-13 08:00', '2026-06-15 08:00');
    expect(bars(requestLater.until('2026-06-16'))).toEqual(['2026-06-14T08:00 applied 1']);
  });

  it('of a record and a request at the same instant, the one known later holds', () => {
    const recordLater = requested(above(), '2026-06-12 08:00');
    recordLater.record({ spendBar: false }, '2026-06-12 08:00', '2026-06-12 09:00');
    expect(bars(recordLater.until('2026-06-13'))).toEqual(['2026-06-12T08:00 applied 1', '2026-06-12T09:00 lifted 1']);
    const requestLater = above().record({ spendBar: false }, '2026-06-12 08:00');
    requested(requestLater, '2026-06-12 08:00', '2026-06-12 09:00');
    expect(bars(requestLater.until('2026-06-13'))).toEqual(['2026-06-12T09:00 applied 1']);
  });

  it('a record that is known ahead asks from its time on, and takes back from its time on', () => {
    const story = told({})
      .record({ spendBar: true }, '2026-06-20 10:00', '2026-06-01 12:00')
      .record({ spendBar: false }, '2026-06-22 10:00', '2026-06-01 12:00')
      .use(call('6000.00'), '2026-06-10 12:00')
      .until('2026-06-20 09:59:59.999');
    expect(story.decisions).toEqual([]);
    expect(bars(story.until('2026-07-10'))).toEqual(['2026-06-20T10:00 applied 1', '2026-06-22T10:00 lifted 1']);
  });

  it('a request told some minutes ahead holds from its time', () => {
    const story = requested(above(), '2026-06-12 08:03', '2026-06-12 08:00').until('2026-06-13');
    expect(bars(story)).toEqual(['2026-06-12T08:03 applied 1']);
  });

  it('of two requests for the same instant the one known later holds', () => {
    const story = requested(above(), '2026-06-12 08:00', '2026-06-12 09:00');
    withdrawn(story, '2026-06-12 08:00', '2026-06-12 10:00').until('2026-06-12 11:00');
    expect(bars(story)).toEqual(['2026-06-12T09:00 applied 1', '2026-06-12T10:00 lifted 1']);
    requested(story, '2026-06-12 08:00', '2026-06-12 12:00').until('2026-06-13');
    expect(bars(story).slice(2)).toEqual(['2026-06-12T12:00 applied 2']);
  });

  it('a request known late bars from when it is known', () => {
    const story = requested(above(), '2026-06-09 08:00', '2026-06-15 08:00').until('2026-06-16');
    expect(bars(story)).toEqual(['2026-06-15T08:00 applied 1']);
  });

  it('a request by itself is confirmed in writing, set and taken back; what changes nothing is not', () => {
    const story = requested(told({}), '2026-06-01 08:00');
    requested(story, '2026-06-02 08:00');
    withdrawn(story, '2026-06-03 08:00');
    withdrawn(story, '2026-06-04 08:00');
    requested(story, '2026-06-05 08:00').until('2026-06-06');
    expect(story.notices).toEqual([
      '2026-06-01T08:00:00+02:00 spend-bar-set',
      '2026-06-03T08:00:00+02:00 spend-bar-set',
      '2026-06-05T08:00:00+02:00 spend-bar-set',
    ]);
    expect(story.of('notice.requested').map(({ data }) => data.parameters)).toEqual([
      { set: true, cap: rsd('5000.00') },
      { set: false, cap: rsd('5000.00') },
      { set: true, cap: rsd('5000.00') },
    ]);
  });

  it('what the first record says is no news, and a lifting says by itself that the request was taken back', () => {
    const story = told().use(call('6000.00'), '2026-06-10 12:00').until('2026-06-11');
    withdrawn(story, '2026-06-12 08:00').until('2026-06-13');
    expect(story.notices.map((line) => line.split(' ')[1])).toEqual([
      'spend-barred',
      'spend-warning',
      'spend-bar-lifted',
    ]);
  });
});

describe('corrections', () => {
  it.each([
    ['to the cap', '1.00', ['2026-06-10T12:00 applied 1', '2026-06-11T08:00 lifted 1']],
    ['to a para above the cap', '0.99', ['2026-06-10T12:00 applied 1']],
  ])('a correction that brings the charges %s', (_, taken, found) => {
    const story = told()
      .use(call('5001.00'), '2026-06-10 12:00')
      .use(call(`-${taken}`), '2026-06-11 08:00');
    expect(bars(story.until('2026-06-12'))).toEqual(found);
  });

  it('a cancelled record lifts, and what raises the charges again is the next episode, without another warning', () => {
    const story = told()
      .use(call('4000.00'), '2026-06-10 12:00')
      .use(call('1000.01'), '2026-06-10 13:00', '2026-06-10 13:00', 'wrong')
      .cancel('wrong', '2026-06-11 08:00')
      .use(call('1000.01'), '2026-06-12 08:00')
      .until('2026-06-13');
    expect(bars(story)).toEqual([
      '2026-06-10T13:00 applied 1',
      '2026-06-11T08:00 lifted 1',
      '2026-06-12T08:00 applied 2',
    ]);
    expect(warnings(story)).toEqual(['2026-06-10T12:00 2026-06-01 4000.00']);
    expect(story.of('bar.lifted')[0]!.data.because).toMatchObject({
      why: 'a correction brought the charges to the cap or below',
    });
  });

  it('above and below again between two moves of the clock was never above', () => {
    const story = told().use(call('6000.00'), '2026-06-10 12:00', '2026-06-10 12:00', 'wrong');
    expect(story.cancel('wrong', '2026-06-10 12:00').until('2026-07-10').decisions).toEqual([]);
  });

  it('a TAP record replaces its NRTRDE record', () => {
    const abroad = (amount: string, feed: string) => ({ ...call(amount), feed, sessionId: 's', country: 'ME' });
    const story = told()
      .use(abroad('5000.01', 'nrtrde'), '2026-06-10 12:00')
      .use(abroad('4500.00', 'tap'), '2026-06-10 12:00', '2026-06-12 06:00', 'tap')
      .until('2026-06-13');
    expect(bars(story)).toEqual(['2026-06-10T12:00 applied 1', '2026-06-12T06:00 lifted 1']);
    expect(bars(story.cancel('tap', '2026-06-14 06:00')).slice(2)).toEqual(['2026-06-14T06:00 applied 2']);
  });
});

describe('late records (contract 9)', () => {
  it('no bar is set for a closed cycle; its warning is sent at once, late', () => {
    const story = told().use(call('6000.00'), '2026-06-30 12:00', '2026-07-01 00:00').until('2026-08-10');
    expect(bars(story)).toEqual([]);
    expect(warnings(story)).toEqual(['2026-07-01T00:00 2026-06-01 6000.00 late']);
    expect(story.notices).toEqual(['2026-07-01T00:00:00+02:00 spend-warning late']);
  });

  it('in the last instant of the cycle it is still set, for the rest of it', () => {
    const story = told().use(call('6000.00'), '2026-06-30 12:00', '2026-06-30 23:59:59.999').until('2026-08-10');
    expect(bars(story)).toEqual(['2026-06-30T23:59 applied 1', '2026-07-01T00:00 lifted 1']);
    expect(warnings(story)).toEqual(['2026-06-30T23:59 2026-06-01 6000.00']);
  });

  it('a late record of a closed cycle does not touch the bar that stands', () => {
    const story = told()
      .use(call('6000.00'), '2026-07-05 12:00')
      .use(call('6000.00'), '2026-06-10 12:00', '2026-07-10 12:00')
      .use(call('-6000.00'), '2026-06-10 13:00', '2026-07-11 12:00')
      .until('2026-08-02');
    expect(bars(story)).toEqual(['2026-07-05T12:00 applied 1', '2026-08-01T00:00 lifted 1']);
    expect(warnings(story)).toEqual([
      '2026-07-05T12:00 2026-07-01 6000.00',
      '2026-07-10T12:00 2026-06-01 6000.00 late',
    ]);
  });

  it('a cycle that was warned is not warned again, 130 days later either', () => {
    const story = told()
      .use(call('4500.00'), '2026-02-10 12:00')
      .use(call('600.00'), '2026-02-10 13:00', '2026-06-20 13:00')
      .until('2026-07-01');
    expect(warnings(story)).toEqual(['2026-02-10T12:00 2026-02-01 4500.00']);
    expect(bars(story)).toEqual([]);
  });

  it('for a closed cycle the request that held at its end counts, not the one of now', () => {
    const since = requested(told({}), '2026-07-02 08:00').use(call('6000.00'), '2026-06-10 12:00', '2026-07-10 12:00');
    expect(warnings(since)).toEqual([]);
    const until = withdrawn(told(), '2026-07-02 08:00').use(call('6000.00'), '2026-06-10 12:00', '2026-07-10 12:00');
    expect(warnings(until)).toEqual(['2026-07-10T12:00 2026-06-01 6000.00 late']);
    const within = withdrawn(told(), '2026-06-30 23:59').use(call('6000.00'), '2026-06-10 12:00', '2026-07-10 12:00');
    expect(warnings(within)).toEqual([]);
  });
});

describe('what was asked becomes known late', () => {
  const june = (record: object = {}) => told(record).use(call('6000.00'), '2026-06-10 12:00').until('2026-07-05 08:00');

  it.each([
    ['within the cycle that is closed now: its warning is due, late', '2026-06-20 08:00', 1],
    ['in its last instant', '2026-06-30 23:59:59.999', 1],
    ['after it: nothing is due for it', '2026-07-01', 0],
  ])('a request %s', (_, time, times) => {
    const late = times ? ['2026-07-05T09:00 2026-06-01 6000.00 late'] : [];
    expect(warnings(requested(june(), time, '2026-07-05 09:00').until('2026-07-20'))).toEqual(late);
    const record = june().record({ spendBar: true }, time, '2026-07-05 09:00').until('2026-07-20');
    expect(warnings(record)).toEqual(late);
    expect(bars(record)).toEqual([]);
  });

  it('a request taken back late: what was sent stays sent, and the bar is lifted now', () => {
    const story = told().use(call('6000.00'), '2026-06-10 12:00').until('2026-06-20');
    withdrawn(story, '2026-06-05 08:00', '2026-06-20 09:00').until('2026-07-10');
    expect(bars(story)).toEqual(['2026-06-10T12:00 applied 1', '2026-06-20T09:00 lifted 1']);
    expect(warnings(story)).toHaveLength(1);
  });
});

describe('warned at 80 % (A1 14.3)', () => {
  it.each([
    ['a para below', '3999.99', []],
    ['exactly', '4000.00', ['2026-06-10T12:00 2026-06-01 4000.00']],
    ['more', '4000.01', ['2026-06-10T12:00 2026-06-01 4000.01']],
  ])('%s', (_, amount, found) => {
    const story = told().use(call(amount), '2026-06-10 12:00').until('2026-08-10');
    expect(warnings(story)).toEqual(found);
    expect(bars(story)).toEqual([]);
  });

  it('says share, charges, cap and cycle, and tells the subscriber', () => {
    const story = told().use(call('4000.00'), '2026-06-10 12:00');
    const { because, ...data } = story.of('spend.warned')[0]!.data;
    expect(data).toEqual({
      operator: 'a1-rs',
      clause: 'A1 14.3',
      reason: 'spend-cap',
      share: 0.8,
      charges: { minor: 400_000, currency: 'RSD' },
      cap: { minor: 500_000, currency: 'RSD' },
      cycle: { from: story.at('2026-06-01'), to: story.at('2026-07-01') },
    });
    expect(because).toMatchObject({ why: 'at least 80 % of the cap', chargesInTenThousandthsOfMinor: 4_000_000_000 });
    expect(story.notices).toEqual(['2026-06-10T12:00:00+02:00 spend-warning']);
  });

  it('once in a cycle, whatever the request does; in the next cycle anew', () => {
    const story = told().use(call('4000.00'), '2026-06-10 12:00').use(call('500.00'), '2026-06-10 13:00');
    withdrawn(story, '2026-06-11 08:00');
    requested(story, '2026-06-12 08:00').use(call('4100.00'), '2026-07-10 12:00');
    expect(warnings(story)).toEqual(['2026-06-10T12:00 2026-06-01 4000.00', '2026-07-10T12:00 2026-07-01 4100.00']);
  });

  it('who asks later, with 80 % used already, is warned at once', () => {
    const story = told({}).use(call('4000.00'), '2026-06-10 12:00');
    expect(warnings(requested(story, '2026-06-12 08:00'))).toEqual(['2026-06-12T08:00 2026-06-01 4000.00']);
  });
});

describe('settings turned round', () => {
  it('reaching the cap bars; a correction must bring the charges below it', () => {
    const story = told({ spendBar: true }, { pack: turned(a1, 'spendBar', { passes: 'reach' }) });
    story.use(call('4999.99'), '2026-06-10 12:00');
    expect(bars(story)).toEqual([]);
    story
      .use(call('0.01'), '2026-06-10 13:00')
      .use(call('1.00'), '2026-06-10 14:00')
      .use(call('-1.00'), '2026-06-10 15:00');
    expect(bars(story)).toEqual(['2026-06-10T13:00 applied 1']);
    expect(bars(story.use(call('-0.01'), '2026-06-10 16:00')).slice(1)).toEqual(['2026-06-10T16:00 lifted 1']);
  });

  it('with the monthly fee counted, it is the fee that held when the cycle began', () => {
    const pack = turned(a1, 'spendBar', { feeCounts: true });
    const story = told({ spendBar: true, monthlyFee: rsd('3000.00') }, { pack })
      .record({ spendBar: true, monthlyFee: rsd('1000.00') }, '2026-06-05')
      .use(call('999.99'), '2026-06-10 12:00');
    expect(warnings(story)).toEqual([]);
    story.use(call('0.01'), '2026-06-10 13:00').use(call('1000.00'), '2026-06-10 14:00');
    expect(warnings(story)).toEqual(['2026-06-10T13:00 2026-06-01 4000.00']);
    expect(bars(story)).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-10 15:00'))).toEqual(['2026-06-10T15:00 applied 1']);
    expect(story.of('bar.applied')[0]!.data.because).toMatchObject({ feeCounts: true });
    const none = told({ spendBar: true, monthlyFee: null }, { pack }).use(call('5000.00'), '2026-06-10 12:00');
    expect(bars(none)).toEqual([]);
  });

  it('another cap, share, list of services', () => {
    const cap = { minor: 100_000, currency: 'RSD' };
    const pack = turned(a1, 'spendBar', { cap, warnAtPercent: 50, services: ['data'], keeps: ['emergency'] });
    const story = told({ spendBar: true }, { pack }).use(call('499.99'), '2026-06-10 12:00');
    expect(story.decisions).toEqual([]);
    expect(warnings(story.use(call('0.01'), '2026-06-10 13:00'))).toHaveLength(1);
    expect(story.of('spend.warned')[0]!.data.share).toBe(0.5);
    expect(bars(story.use(call('500.00'), '2026-06-10 14:00'))).toEqual([]);
    expect(bars(story.use(call('0.01'), '2026-06-10 15:00'))).toEqual(['2026-06-10T15:00 applied 1']);
    expect(story.of('bar.applied')[0]!.data).toMatchObject({ services: ['data'], keeps: ['emergency'] });
  });
});

describe('what is kept', () => {
  it('three years barred in each cycle: the warnings of half a year', () => {
    const story = told();
    for (let month = 0; month < 36; month++) {
      const text = `${2025 + Math.floor((month + 1) / 12)}-${String(((month + 1) % 12) + 1).padStart(2, '0')}-10 12:00`;
      story.use(call('5000.01'), text);
    }
    expect(bars(story.until('2028-02-01'))).toHaveLength(72);
    expect(story.state.episodes).toBe(36);
    expect(story.state.warned.length).toBeLessThanOrEqual(6);
    expect(story.stateBytes).toBeLessThan(200);
  });

  it('who never asked keeps nothing', () => {
    const story = told({}).use(call('9000.00'), '2026-06-10 12:00').until('2026-07-10');
    expect(story.state).toBe(spendBar.start);
  });
});
