import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineQuality } from '../../../pipelines/detectors/line-quality.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import type { Pack } from '../../../pipelines/domain/pack.js';
import { HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { a1, instant, turned, UsageTold } from '../../usage-told.js';

const truf: Pack = loadPacks([OWN_PACKS]).at('truf-rs', 0)!;
const M = 1_000_000;
const LINE = { kind: 'internet', billingDay: 'last', contractedDownBitsPerSecond: 100 * M };

const told = (record: object = LINE, pack = truf) => new UsageTold(lineQuality, { pack, record });
type Told = ReturnType<typeof told>;

const measure = (story: Told, megabits: number, time: string, known = time) =>
  story.hear('line.measured', { downBitsPerSecond: megabits * M }, time, known);
const play = (story: Told, delivered: number, nominal: number, time: string, data: object = {}) =>
  story.hear(
    'tv.played',
    { device: 'stb', deliveredBitsPerSecond: delivered * M, nominalBitsPerSecond: nominal * M, seconds: 60, ...data },
    time,
  );

/** A measurement every so many minutes in a half-open span of local times, all known at its end. */
function every(story: Told, minutes: number, from: string, to: string, megabits: (at: number) => number): Told {
  for (let at = instant(from); at < instant(to); at += minutes * MINUTE) {
    const rate = megabits(at);
    if (rate >= 0) measure(story, rate, formatLocal(at, truf.zone), to);
  }
  return story;
}

/** Each assessment of a month: when, month, mean, required, met, revision. */
const months = (story: Told) =>
  story
    .of('quality.assessed')
    .map(
      ({ time, data }) =>
        `${story.local({ time }).slice(0, 16)} ${data.measure} ${data.month} ${data.meanBitsPerSecond / M} of ${
          data.requiredBitsPerSecond / M
        } ${data.met ? 'met' : 'missed'}${data.revision === undefined ? '' : ` revision ${data.revision}`}${
          data.late ? ' late' : ''
        }`,
    );
/** Each answer of the rulebook: parameter, value, met, coverage, revision. */
const speeds = (story: Told) =>
  story
    .of('speed.assessed')
    .map(
      ({ data }) =>
        `${data.parameter} ${data.value} ${data.met} ${data.coverage}${
          data.revision === undefined ? '' : ` revision ${data.revision}`
        }`,
    );

describe('the mean of a calendar month is at least 80 % of the contracted rate (Truf 51)', () => {
  it.each([
    ['a bit/s less', 60 * M - 3, 'missed'],
    ['exactly 80 %, whatever the dips', 60 * M, 'met'],
    ['a bit/s more', 60 * M + 3, 'met'],
  ])('%s', (_, last, met) => {
    const story = told();
    for (const [rate, day] of [
      [10 * M, '10'],
      [170 * M, '11'],
      [last, '12'],
    ] as const) {
      story.hear('line.measured', { downBitsPerSecond: rate }, `2026-06-${day} 00:00`);
    }
    const mean = (180 * M + last) / 3 / M;
    expect(months(story.until('2026-08-15'))).toEqual([`2026-07-01T00:00 line 2026-06 ${mean} of 80 ${met}`]);
  });

  it('says why: sum, samples, contracted rate, share; the clause of the pack', () => {
    const [assessed] = measure(told(), 81, '2026-06-10 12:00').until('2026-07-02').of('quality.assessed');
    expect(assessed!.data).toMatchObject({
      operator: 'truf-rs',
      clause: 'Truf 51',
      samples: 1,
      late: false,
      because: {
        sumBitsPerSecond: '81000000',
        contractedDownBitsPerSecond: 100 * M,
        share: 0.81,
        from: '2026-06-01T00:00:00+02:00',
        to: '2026-07-01T00:00:00+02:00',
        // One hour of 720.
        timeWeighted: { meanBitsPerSecond: 81 * M, coverage: 1 / 720 },
      },
    });
  });

  it('parts of a bit/s are exact: a third of 240000000.001 is a mean above 80 Mbit/s', () => {
    const story = told();
    for (const rate of [80 * M, 80 * M, 80 * M + 0.001]) {
      story.hear('line.measured', { downBitsPerSecond: rate }, `2026-06-10 12:00`);
    }
    const [assessed] = story.until('2026-07-02').of('quality.assessed');
    expect(assessed!.data).toMatchObject({ met: true, because: { sumBitsPerSecond: '240000000.001' } });
    const below = told();
    for (const rate of [80 * M, 80 * M, 80 * M - 0.001]) {
      below.hear('line.measured', { downBitsPerSecond: rate }, `2026-06-10 12:00`);
    }
    expect(below.until('2026-07-02').of('quality.assessed')[0]!.data.met).toBe(false);
  });

  it('a month without a measurement is not assessed, and neither is a line without a contracted rate', () => {
    expect(told().until('2027-01-01').decisions).toEqual([]);
    const story = measure(told({ kind: 'internet' }), 10, '2026-06-10 12:00').until('2026-08-01');
    expect(story.decisions).toEqual([]);
    // The rate becomes known: the month is assessed then.
    story.record(LINE, '2025-01-01', '2026-08-02 12:00');
    expect(months(story.until('2026-08-03'))).toEqual(['2026-08-02T12:00 line 2026-06 10 of 80 missed late']);
  });

  it('an operator without the rules assesses nothing', () => {
    const story = measure(told({ kind: 'internet', contractedDownBitsPerSecond: M }, a1), 10, '2026-06-10 12:00');
    expect(story.until('2026-08-01').decisions).toEqual([]);
    expect(story.state).toBe(lineQuality.start);
  });

  it.each([
    ['the first instant', '2026-06-01 00:00', '2026-06'],
    ['the last millisecond', '2026-06-30 23:59:59.999', '2026-06'],
    ['the next midnight', '2026-07-01 00:00', '2026-07'],
  ])('a measurement at %s', (_, time, month) => {
    const [assessed] = measure(told(), 90, time).until('2026-08-15').of('quality.assessed');
    expect(assessed!.data.month).toBe(month);
  });

  it('months of summer time: March ends an hour early, October an hour late', () => {
    const story = measure(measure(told(), 90, '2026-03-29 12:00'), 70, '2026-10-25 12:00').until('2026-12-01');
    expect(story.of('quality.assessed').map((one) => story.local(one))).toEqual([
      '2026-04-01T00:00:00+02:00',
      '2026-11-01T00:00:00+01:00',
    ]);
    const hours = story.of('speed.assessed').map(({ data }) => (data.period.to - data.period.from) / HOUR);
    expect([...new Set(hours)]).toEqual([743, 745]);
  });

  it("against the rate contracted at the month's last instant: one from the next midnight on is the next month's", () => {
    const story = measure(told(), 81, '2026-06-10 12:00');
    story.record({ ...LINE, contractedDownBitsPerSecond: 50 * M }, '2026-06-30 23:59:59');
    story.record({ ...LINE, contractedDownBitsPerSecond: 200 * M }, '2026-07-01');
    expect(months(story.until('2026-07-02'))).toEqual(['2026-07-01T00:00 line 2026-06 81 of 40 met']);
  });
});

describe('what becomes known late gives a further assessment', () => {
  it('a measurement, two at one clock, and one before the month has ended', () => {
    const story = measure(told(), 70, '2026-06-10 12:00');
    measure(story, 80, '2026-06-11 12:00', '2026-06-25 12:00');
    measure(story, 90, '2026-06-12 12:00', '2026-07-05 12:00');
    measure(story, 100, '2026-06-13 12:00', '2026-07-06 12:00');
    measure(story, 60, '2026-06-14 12:00', '2026-07-06 12:00');
    expect(months(story.until('2026-07-10'))).toEqual([
      '2026-07-01T00:00 line 2026-06 75 of 80 missed',
      '2026-07-05T12:00 line 2026-06 80 of 80 met revision 1 late',
      '2026-07-06T12:00 line 2026-06 80 of 80 met revision 2 late',
    ]);
    expect(speeds(story).filter((line) => line.includes('revision 2'))).toHaveLength(3);
  });

  it('a measurement that first shows that the month was measured', () => {
    const story = measure(told(), 70, '2026-06-10 12:00', '2026-09-05 12:00').until('2026-09-06');
    expect(months(story)).toEqual(['2026-09-05T12:00 line 2026-06 70 of 80 missed late']);
  });

  it('another contracted rate', () => {
    const story = measure(told(), 70, '2026-06-10 12:00').until('2026-07-05');
    story.record({ ...LINE, contractedDownBitsPerSecond: 80 * M }, '2026-06-20', '2026-07-06 12:00');
    story.record({ ...LINE, contractedDownBitsPerSecond: 90 * M }, '2026-07-03', '2026-07-06 13:00');
    expect(months(story.until('2026-07-10')).slice(1)).toEqual([
      '2026-07-06T12:00 line 2026-06 70 of 64 met revision 1 late',
    ]);
  });

  it('the mean of a month is kept for two years, the answers of the rulebook for 35 days after the period', () => {
    const story = measure(told(), 70, '2026-06-10 12:00');
    measure(story, 90, '2026-06-11 12:00', '2026-08-04 12:00');
    measure(story, 95, '2026-06-12 12:00', '2026-08-05 12:00');
    measure(story, 85, '2026-06-13 12:00', '2028-06-01 12:00');
    measure(story, 5, '2026-06-14 12:00', '2028-08-15 12:00');
    expect(months(story.until('2028-09-01'))).toEqual([
      '2026-07-01T00:00 line 2026-06 70 of 80 missed',
      '2026-08-04T12:00 line 2026-06 80 of 80 met revision 1 late',
      '2026-08-05T12:00 line 2026-06 85 of 80 met revision 2 late',
      '2028-06-01T12:00 line 2026-06 85 of 80 met revision 3 late',
    ]);
    expect(story.of('speed.assessed').map(({ data }) => data.revision)).toEqual([
      undefined,
      undefined,
      undefined,
      1,
      1,
      1,
    ]);
    expect(story.stateBytes).toBeLessThan(400);
  });
});

describe('television over the line: delivered against nominal (Truf 51)', () => {
  const TV = { kind: 'iptv' };

  it.each([
    ['just below', 5.999, '7.9995 of 8 missed'],
    ['exactly 80 %', 6, '8 of 8 met'],
  ])('%s', (_, last, found) => {
    const story = play(play(told(TV), 10, 10, '2026-06-10 20:00'), last, 10, '2026-06-11 20:00');
    expect(months(story.until('2026-07-15'))).toEqual([`2026-07-01T00:00 tv 2026-06 ${found}`]);
  });

  it('sessions of several nominal rates: the sum of what was delivered over the sum of what should have been', () => {
    const story = play(play(told(TV), 12, 20, '2026-06-10 20:00'), 5, 4, '2026-06-11 20:00', { seconds: 180 });
    const [assessed] = story.until('2026-07-02').of('quality.assessed');
    expect(assessed!.data).toMatchObject({ meanBitsPerSecond: 8.5 * M, requiredBitsPerSecond: 9.6 * M, met: false });
    // By the seconds played: (12 + 3 x 5) of (20 + 3 x 4).
    expect(assessed!.data.because['timeWeighted']).toEqual({ share: 27 / 32 });
  });

  it('a session that does not say both rates is no measurement, and neither is one of another kind of service', () => {
    const story = told(TV).hear('tv.played', { device: 'stb', deliveredBitsPerSecond: 1 }, '2026-06-10 20:00');
    story.hear('tv.played', { device: 'stb', nominalBitsPerSecond: 1 }, '2026-06-10 20:00');
    expect(story.until('2026-07-15').decisions).toEqual([]);
    expect(play(told(), 1, 10, '2026-06-10 20:00').until('2026-07-15').decisions).toEqual([]);
  });
});

describe('the rulebook of 2023: never below 70 % for longer than 48 h on end', () => {
  const minimum = (story: Told) => speeds(story).filter((line) => line.startsWith('minimum-70'));

  it.each([
    ['exactly 48 h', '2026-06-12 00:00', 69.9, ['minimum-70 172800 true 1']],
    ['half an hour more', '2026-06-12 00:30', 69.9, ['minimum-70 174600 false 1']],
    ['at exactly 70 % nothing is below', '2026-06-20 00:00', 70, ['minimum-70 0 true 1']],
  ])('%s', (_, until, low, found) => {
    const [from, to] = [instant('2026-06-10 00:00'), instant(until)];
    const story = every(told(), 30, '2026-06-01', '2026-07-01', (at) => (from <= at && at < to ? low : 95));
    expect(minimum(story.until('2026-07-02'))).toEqual(found);
  });

  it('of two measurements at one instant the greater stands', () => {
    const story = every(told(), 60, '2026-06-01', '2026-07-01', () => 50);
    measure(story, 70, '2026-06-15 00:00', '2026-07-02');
    const [, revised] = story
      .until('2026-07-03')
      .of('speed.assessed')
      .filter(({ data }) => data.parameter === 'minimum-70');
    expect(revised!.data.because['below']).toMatchObject({
      from: '2026-06-15T01:00:00+02:00',
      to: '2026-06-30T23:00:00+02:00',
    });
  });

  it('a time below is seen however little else is measured; without one nothing is known', () => {
    const story = every(told(), 60, '2026-06-10 00:00', '2026-06-12 02:00', () => 50);
    expect(minimum(story.until('2026-07-02'))).toEqual([`minimum-70 176400 false ${50 / 720}`]);
    const short = every(told(), 60, '2026-06-10 00:00', '2026-06-12 01:00', () => 50);
    expect(minimum(short.until('2026-07-02'))).toEqual([`minimum-70 null null ${49 / 720}`]);
  });

  it('measurements more than a day apart are not on end', () => {
    const three = (hours: number) => {
      const story = told();
      for (let i = 0; i < 3; i++) measure(story, 50, formatLocal(instant('2026-06-10') + i * hours * HOUR, truf.zone));
      return story.until('2026-07-02').of('speed.assessed')[0]!.data;
    };
    expect(three(24).because['below']).toMatchObject({ seconds: 48 * 3_600 });
    expect(three(24).met).toBe(null);
    expect(three(24 + 1 / 3600).because['below']).toBeUndefined();
  });

  it('a time below that began in the period before counts from its beginning', () => {
    const [from, to] = [instant('2026-05-30 00:00'), instant('2026-06-02 00:00')];
    const story = every(told(), 30, '2026-05-01', '2026-07-01', (at) => (from <= at && at < to ? 10 : 90));
    story.until('2026-07-02');
    expect(minimum(story)).toEqual(['minimum-70 171000 true 1', 'minimum-70 259200 false 1']);
    const below = story.of('speed.assessed').map(({ data }) => data.because['below']);
    expect(below[3]).toMatchObject({ seconds: 72 * 3_600, secondsInPeriod: 24 * 3_600 });
  });

  it('a time below that ends at the first instant of a period was none of it', () => {
    const [from, to] = [instant('2026-05-30 00:00'), instant('2026-06-01 00:00')];
    const story = every(told(), 30, '2026-05-01', '2026-07-01', (at) => (from <= at && at < to ? 10 : 90));
    expect(minimum(story.until('2026-07-02'))).toEqual(['minimum-70 171000 true 1', 'minimum-70 0 true 1']);
  });

  it('a measurement of the last days before what is still held one by one revises nothing of the rulebook', () => {
    const story = every(told(), 60, '2026-06-01', '2026-07-01', () => 90);
    every(story, 60, '2026-07-01', '2026-08-01', () => 90);
    measure(story, 10, '2026-06-30 12:30', '2026-08-05 12:00');
    story.until('2026-08-06');
    expect(months(story).at(-1)).toMatch(/line 2026-06 .* revision 1 late$/);
    expect(speeds(story).filter((line) => line.includes('revision'))).toEqual([]);
  });
});

describe('the rulebook of 2023: a mean of 80 % over the billing period, 80 % available for 90 % of the time', () => {
  it('the worked example: 20 days at 86, 10 days at 68: Truf is met, the rulebook is not', () => {
    const turn = instant('2026-06-21 00:00');
    const story = every(told(), 60, '2026-06-01', '2026-07-01', (at) => (at < turn ? 86 : 68)).until('2026-07-02');
    expect(months(story)).toEqual(['2026-07-01T00:00 line 2026-06 80 of 80 met']);
    expect(speeds(story)).toEqual([
      `minimum-70 ${239 * 3_600} false 1`,
      'mean-80 0.8 true 1',
      `available-80-for-90 ${2 / 3} false 1`,
    ]);
  });

  it.each([
    ['72 h of 720 below: available for exactly 90 %', '2026-06-04 00:00', 'available-80-for-90 0.9 true 1'],
    ['an hour more', '2026-06-04 01:00', `available-80-for-90 ${647 / 720} false 1`],
  ])('%s', (_, until, found) => {
    const story = every(told(), 60, '2026-06-01', '2026-07-01', (at) => (at < instant(until) ? 79.999 : 80));
    expect(speeds(story.until('2026-07-02'))[2]).toBe(found);
  });

  it.each([
    ['90 % measured is enough', '2026-06-28 00:00', 'mean-80 0.9 true 0.9'],
    ['a day less is not', '2026-06-27 00:00', `mean-80 null null ${26 / 30}`],
  ])('%s', (_, to, found) => {
    expect(speeds(every(told(), 60, '2026-06-01', to, () => 90).until('2026-07-02'))[1]).toBe(found);
  });

  it('insufficient data is said, with what was seen', () => {
    const [, mean] = every(told(), 60, '2026-06-01', '2026-06-10', () => 90)
      .until('2026-07-02')
      .of('speed.assessed');
    expect(mean!.data).toMatchObject({
      clause: 'Truf 47',
      value: null,
      met: null,
      required: 0.8,
      because: {
        act: 'Official Gazette of the Republic of Serbia 23/2023',
        share: 0.9,
        samples: 216,
        insufficientData: { coverage: 0.3, coverageMinPercent: 90 },
      },
    });
  });

  it('a measurement stands for an hour at most', () => {
    const story = every(told(), 120, '2026-06-01', '2026-07-01', () => 90).until('2026-07-02');
    expect(speeds(story)[1]).toBe('mean-80 null null 0.5');
    const longer = turned(truf, 'speedRulebook', { holds: 2 * HOUR });
    const known = every(told(LINE, longer), 120, '2026-06-01', '2026-07-01', () => 90).until('2026-07-02');
    expect(speeds(known)[1]).toBe('mean-80 0.9 true 1');
  });

  it('a period is a billing cycle: with day 5 from the 6th to the 6th; of a service that begins in it from then on', () => {
    const record = { ...LINE, billingDay: 5, activeFrom: '2026-06-16T00:00:00+02:00' };
    const story = every(told(record), 60, '2026-06-16', '2026-07-06', () => 90).until('2026-07-07');
    const [{ data }] = story.of('speed.assessed') as [ReturnType<typeof story.of<'speed.assessed'>>[number]];
    expect([story.local({ time: data.period.from }), story.local({ time: data.period.to })]).toEqual([
      '2026-06-06T00:00:00+02:00',
      '2026-07-06T00:00:00+02:00',
    ]);
    expect(data.coverage).toBe(1);
  });

  it('each measurement against the rate of its time; a setting holds all against the last one', () => {
    const tell = (pack: Pack) => {
      const story = told({ ...LINE, contractedDownBitsPerSecond: 30 * M }, pack);
      story.record({ ...LINE, contractedDownBitsPerSecond: 50 * M }, '2026-06-16 00:00');
      const turn = instant('2026-06-16 00:00');
      return every(story, 60, '2026-06-01', '2026-07-01', (at) => (at < turn ? 27 : 45)).until('2026-07-02');
    };
    expect(speeds(tell(truf))).toEqual(['minimum-70 0 true 1', 'mean-80 0.9 true 1', 'available-80-for-90 1 true 1']);
    expect(speeds(tell(turned(truf, 'speedRulebook', { contracted: 'at-end' })))).toEqual([
      `minimum-70 ${360 * 3_600} false 1`,
      'mean-80 0.72 false 1',
      'available-80-for-90 0.5 false 1',
    ]);
  });
});

describe('what is held', () => {
  it('a month of a measurement every five minutes takes some 60 KB, and 35 days after its period a few hundred bytes', () => {
    const state = (() => {
      let held = lineQuality.start;
      const story = told();
      const given = { facts: story.facts, pack: () => truf } as never;
      for (let at = instant('2026-06-01'), i = 0; at < instant('2026-07-01'); at += 5 * MINUTE, i++) {
        const rate = 80 * M + ((i * 7_919) % 40_000_000);
        const event = { type: 'line.measured', time: at, data: { downBitsPerSecond: rate } } as never;
        [held] = lineQuality.step(held, { is: 'event', event, now: at }, given);
      }
      return held;
    })();
    const bytes = state.days.reduce((sum, { packed }) => sum + packed.length, 0);
    expect(bytes).toBeLessThan(60_000);
    const story = told();
    story.state = state;
    measure(story, 80, '2026-07-01 12:00');
    expect(story.until('2026-07-02').of('quality.assessed')[0]!.data.samples).toBe(8_640);
    measure(story, 80, '2026-09-30 12:00');
    story.until('2026-10-01');
    expect(story.stateBytes).toBeLessThan(1_000);
  });

  it('the order in which measurements come does not matter, not even to the bytes that are held', () => {
    const sample = fc.record({ minute: fc.integer({ min: 0, max: 3 * 1_440 }), rate: fc.integer({ min: 0, max: 9 }) });
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 30 }), fc.infiniteStream(fc.nat()), (samples, dice) => {
        const tell = (all: typeof samples) => {
          const story = told();
          for (const { minute, rate } of all) {
            const time = formatLocal(instant('2026-06-10') + minute * MINUTE, truf.zone);
            measure(story, rate * 12.3, time, '2026-06-20');
          }
          return story.until('2026-07-02');
        };
        const before = tell(samples);
        const other = samples
          .map((one) => ({ one, place: dice.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ one }) => one);
        const after = tell(other);
        expect(after.state).toEqual(before.state);
        expect(after.decisions).toEqual(before.decisions);
      }),
      { numRuns: 60 },
    );
  });
});
