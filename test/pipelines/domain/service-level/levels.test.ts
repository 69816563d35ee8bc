import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  availabilityOf,
  forecastOf,
  isAtLeast,
  plus,
  timeOf,
} from '../../../../pipelines/domain/service-level/availability.js';
import { busyLossOf, fineOf, hourOf, joined } from '../../../../pipelines/domain/service-level/busy-hours.js';
import {
  indicesOf,
  NO_SUMS,
  plusSums,
  sumsOfRepairs,
  sumsOfUsers,
} from '../../../../pipelines/domain/service-level/indices.js';
import { aboveBounds } from '../../../../pipelines/domain/service-level/rates.js';
import { DAY, EVER, FOREVER, HOUR, MINUTE } from '../../../../pipelines/domain/units.js';

const YEAR = { from: Date.parse('2026-01-01T00:00:00+01:00'), to: Date.parse('2027-01-01T00:00:00+01:00') };
const always = (count: number) => ({ from: EVER, to: FOREVER, count });
const days = (from: number, to: number) => ({ from: YEAR.from + from * DAY, to: YEAR.from + to * DAY });
const PLACE = { district: undefined, technology: undefined };

describe('availability: time in service that was not down, each user alike', () => {
  it.each([
    ['never down', [always(10)], [], 1],
    ['a tenth of the year', [always(10)], [days(0, 36.5)], 0.9],
    ['overlapping faults count once', [always(10)], [days(0, 20), days(10, 36.5)], 0.9],
    ['down before the year and after it', [always(10)], [days(-10, 36.5), days(365, 400)], 0.9],
    ['never cleared', [always(1)], [{ from: days(328.5, 0).from, to: FOREVER }], 0.9],
    [
      'only those who are in service are down',
      [always(1), { ...days(100, 400), count: 1 }],
      [days(0, 36.5)],
      1 - 36.5 / 630,
    ],
    ['nobody in service', [{ ...days(400, 500), count: 5 }], [], null],
  ])('%s', (_, members, down, expected) => {
    const value = availabilityOf(timeOf(YEAR, members, down));
    if (expected === null) expect(value).toBeNull();
    else expect(value).toBeCloseTo(expected, 12);
  });

  it('exactly 95 % is met, a millisecond more down is not', () => {
    const down = (more: number) =>
      timeOf(YEAR, [always(3)], [{ from: YEAR.from, to: YEAR.from + (365 * DAY) / 20 + more }]);
    expect(isAtLeast(down(0), 95)).toBe(true);
    expect(isAtLeast(down(1), 95)).toBe(false);
  });

  it('ten million users for a year are exact to the millisecond', () => {
    const { inService, down } = timeOf(YEAR, [always(10_000_000)], [{ from: YEAR.from, to: YEAR.from + 1 }]);
    expect([inService, down]).toEqual([BigInt(365 * DAY) * 10_000_000n, 10_000_000n]);
  });

  it('adds up over parts in any order', () => {
    const part = fc.record({
      count: fc.integer({ min: 1, max: 1e6 }),
      from: fc.integer({ min: -50, max: 300 }),
      down: fc.integer({ min: 0, max: 100 }),
    });
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 8 }), fc.integer(), (parts, seed) => {
        const times = parts.map(({ count, from, down }) =>
          timeOf(YEAR, [{ ...days(from, 365), count }], [days(200, 200 + down)]),
        );
        const turned = times.toSorted((a, b) => Number((a.down ^ BigInt(seed)) - (b.down ^ BigInt(seed))));
        expect(turned.reduce(plus)).toEqual(times.reduce(plus));
      }),
    );
  });
});

describe('the year at the present rate', () => {
  const soFar = (dayNow: number, downDays: number, users = 100) => ({
    inService: BigInt(users * dayNow) * BigInt(DAY),
    down: BigInt(Math.round(users * downDays * DAY)),
  });
  const forecast = (dayNow: number, downDays: number) =>
    forecastOf(YEAR, days(dayNow, 0).from, soFar(dayNow, downDays), 100, 95);

  it('will miss 95 % on 3 October: by then a twentieth of the year is lost', () => {
    // 18.25 days may be lost. Of 100 days 6.62 were: 1 in 15.1, and the last of them is gone on day 275.7.
    const { missedAt, met, value, isCertain } = forecast(100, 6.62);
    expect(new Date(missedAt!).toISOString().slice(0, 10)).toBe('2026-10-03');
    expect([met, isCertain]).toEqual([false, false]);
    expect(value).toBeCloseTo(1 - 0.0662, 9);
  });

  it('holds where a twentieth or less is lost, and never before anything was', () => {
    expect(forecast(100, 5)).toMatchObject({ met: true, missedAt: undefined, isCertain: false });
    expect(forecast(100, 0)).toMatchObject({ met: true, value: 1 });
    expect(forecast(0, 0)).toMatchObject({ met: true, value: 1 });
  });

  it('is certain once more is lost than the rest of the year can make good', () => {
    expect(forecast(200, 18.25)).toMatchObject({ met: false, isCertain: false });
    expect(forecast(200, 18.26)).toMatchObject({ met: false, isCertain: true, missedAt: days(200, 0).from });
  });

  it('at the end it is what it was', () => {
    expect(forecast(365, 18)).toMatchObject({ met: true });
    expect(forecast(365, 19)).toMatchObject({ met: false, isCertain: true });
  });
});

describe('SAIDI, SAIFI, CAIDI, MTTR', () => {
  const JULY = { from: Date.parse('2026-07-01T00:00:00+02:00'), to: Date.parse('2026-08-01T00:00:00+02:00') };
  const faultOf = (minutes: number, from = JULY.from + DAY) => ({ from, to: from + minutes * MINUTE });
  const users = (count: number, down: readonly { from: number; to: number }[]) => ({
    ...PLACE,
    members: [always(count)],
    down,
  });
  const sums = (...all: ReturnType<typeof users>[]) =>
    all.map((one) => sumsOfUsers(JULY, one)).reduce(plusSums, NO_SUMS);

  it('a worked month: 250,000 users, three interruptions', () => {
    const faults = [faultOf(95), faultOf(3_180), faultOf(31)];
    const found = indicesOf(
      JULY,
      plusSums(
        sums(users(12_000, [faults[0]!]), users(800, [faults[1]!]), users(45_000, [faults[2]!]), users(192_200, [])),
        sumsOfRepairs(
          JULY,
          faults.map((one) => ({ ...PLACE, ...one })),
        ),
      ),
    );
    expect(found.users).toBe(250_000);
    // The worked figure of 5,079,000 minutes takes 95 min for 12,000, 53 h for 800, 31 min for 45,000.
    expect(found.saidiMinutes).toBeCloseTo(20.316, 3);
    expect(found.saifi).toBeCloseTo(0.2312, 4);
    expect(found.caidiMinutes).toBeCloseTo(87.87, 2);
    expect(found.mttrMinutes).toBe(1_102);
    expect(found.availability).toBeCloseTo(0.999545, 6);
  });

  it('two faults at once interrupt a user once', () => {
    const found = indicesOf(JULY, sums(users(10, [faultOf(60), faultOf(90, JULY.from + DAY + 30 * MINUTE)])));
    expect(found).toMatchObject({ interruptions: 10, saidiMinutes: 120, caidiMinutes: 120 });
  });

  it('one that goes on over the end of a month: its time in each, its beginning in the first, its repair in the last', () => {
    const june = { from: Date.parse('2026-06-01T00:00:00+02:00'), to: JULY.from };
    const over = { from: JULY.from - 2 * HOUR, to: JULY.from + 3 * HOUR };
    const of = (period: typeof JULY) =>
      indicesOf(
        period,
        plusSums(sumsOfUsers(period, users(4, [over])), sumsOfRepairs(period, [{ ...PLACE, ...over }])),
      );
    expect(of(june)).toMatchObject({ saidiMinutes: 120, saifi: 1, caidiMinutes: 120, repairs: 0, mttrMinutes: null });
    expect(of(JULY)).toMatchObject({ saidiMinutes: 180, saifi: 0, caidiMinutes: null, repairs: 1, mttrMinutes: 300 });
  });

  it('who comes into service while it lasts is interrupted then', () => {
    const fault = faultOf(120);
    const half = { from: fault.from + HOUR, to: FOREVER, count: 1 };
    const found = indicesOf(JULY, sumsOfUsers(JULY, { ...PLACE, members: [half], down: [fault] }));
    expect(found).toMatchObject({ interruptions: 1, caidiMinutes: 60 });
  });

  it('nobody in service has no index', () => {
    expect(indicesOf(JULY, NO_SUMS)).toEqual({
      users: 0,
      saidiMinutes: null,
      saifi: null,
      caidiMinutes: null,
      mttrMinutes: null,
      availability: null,
      interruptions: 0,
      repairs: 0,
    });
  });
});

describe('loss in the ten busiest hours', () => {
  const hour = (i: number, offered: number, served: number) => ({
    at: i * HOUR,
    offered: fineOf(offered),
    served: fineOf(served),
  });

  it('each hour alike, however much was offered in it', () => {
    const hours = [
      ...Array.from({ length: 9 }, (_, i) => hour(i, 1_000 - i, 1_000 - i)),
      hour(20, 100, 50),
      hour(21, 99, 0),
    ];
    expect(busyLossOf(hours, 10)!.mean).toBeCloseTo(0.05, 12);
  });

  it('of two alike the earlier; fewer than ten are all there are; none is no answer', () => {
    const found = busyLossOf([hour(3, 10, 5), hour(1, 10, 10), hour(2, 0, 0)], 1)!;
    expect(found).toEqual({ mean: 0, hours: [{ at: HOUR, offered: 10, loss: 0 }] });
    expect(busyLossOf([hour(1, 10, 9), hour(2, 10, 8)], 10)!.mean).toBeCloseTo(0.15, 12);
    expect(busyLossOf([hour(1, 0, 0)], 10)).toBeUndefined();
  });

  it('hours of several tasks are one', () => {
    expect(joined([hour(2, 1, 1), hour(1, 0.1, 0.1), hour(1, 0.2, 0.1)])).toEqual([hour(1, 0.3, 0.2), hour(2, 1, 1)]);
  });

  it('a clock hour: also where the clock is put back, and half an hour off', () => {
    const at = (text: string) => Date.parse(text);
    expect(hourOf(at('2026-06-10T20:59:59.999+02:00'), 'Europe/Vienna')).toBe(at('2026-06-10T20:00:00+02:00'));
    expect(hourOf(at('2026-10-25T02:30:00+02:00'), 'Europe/Vienna')).toBe(at('2026-10-25T02:00:00+02:00'));
    expect(hourOf(at('2026-10-25T02:30:00+01:00'), 'Europe/Vienna')).toBe(at('2026-10-25T02:00:00+01:00'));
    expect(hourOf(at('2026-06-10T20:29:00+05:30'), 'Asia/Kolkata')).toBe(at('2026-06-10T20:00:00+05:30'));
  });
});

describe('rates that a technology does not give', () => {
  const bounds = { '4G': { down: 390e6, up: 50e6 }, '3G': { down: 42e6 } };

  it.each([
    ['at the bound', { down: 390e6 }, ['4G'], []],
    ['above it', { down: 390_000_001 }, ['4G'], ['down bits for bytes']],
    ['bit/s for kbit/s', { down: 45e9 }, ['4G'], ['down bit/s for kbit/s']],
    ['bit/s for Mbit/s', { down: 45e12 }, ['4G'], ['down bit/s for Mbit/s']],
    ['no unit explains it', { down: 1e18 }, ['4G'], ['down undefined']],
    ['both directions', { down: 1e9, up: 51e6 }, ['4G'], ['down bits for bytes', 'up bits for bytes']],
    ['the fastest of those that serve', { down: 100e6 }, ['3G', '4G'], []],
    ['a direction without a bound', { up: 100e6 }, ['3G'], []],
    ['a technology without a bound', { down: 1e12 }, ['5G', '3G'], []],
    ['nobody knows what serves', { down: 1e12 }, [], []],
  ] as const)('%s', (_, measured, technologies, expected) => {
    const found = aboveBounds(measured, technologies, bounds);
    expect(found.map(({ direction, mistaken }) => `${direction} ${mistaken}`)).toEqual(expected);
  });
});
