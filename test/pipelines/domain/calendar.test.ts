import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import type { BillingChange, BillingDay } from '../../../pipelines/domain/calendar.js';
import {
  cycleOf,
  cyclesOver,
  dayOf,
  dayStart,
  daysTouched,
  formatLocal,
  fromWall,
  nextDay,
  startOfDay,
  startOfMonth,
  startOfWeek,
  startOfYear,
  wall,
  yearOf,
} from '../../../pipelines/domain/calendar.js';
import type { Span } from '../../../pipelines/domain/intervals.js';
import { contains, union } from '../../../pipelines/domain/intervals.js';
import { DAY, EVER, FOREVER, HOUR, MINUTE, parseInstant, SECOND } from '../../../pipelines/domain/units.js';

const BELGRADE = 'Europe/Belgrade';
const VIENNA = 'Europe/Vienna';

/** "2026-06-12T10:00+02:00" */
const at = (text: string) => parseInstant(text.replace(/[+-]\d\d:\d\d$/, ':00$&'))!;
const span = (from: string, to: string): Span => ({ from: at(from), to: at(to) });

describe.each([BELGRADE, VIENNA])('local days in %s', (zone) => {
  it.each([
    ['2026-03-28', 24],
    ['2026-03-29', 23],
    ['2026-03-30', 24],
    ['2026-10-24', 24],
    ['2026-10-25', 25],
    ['2026-10-26', 24],
    ['2028-02-29', 24],
  ])('%s has %s h', (day, hours) => {
    const start = dayStart(day, zone);
    const last = start + hours * HOUR - 1;
    expect(nextDay(start, zone) - start).toBe(hours * HOUR);
    expect([dayOf(start - 1, zone) < day, dayOf(start, zone), dayOf(last, zone)]).toEqual([true, day, day]);
    expect([startOfDay(start, zone), startOfDay(last, zone), nextDay(last, zone)]).toEqual([start, start, last + 1]);
  });

  it('start at midnight in the offset of that midnight', () => {
    expect(startOfDay(at('2026-03-29T12:00+02:00'), zone)).toBe(at('2026-03-29T00:00+01:00'));
    expect(nextDay(at('2026-03-29T00:00+01:00'), zone)).toBe(at('2026-03-30T00:00+02:00'));
    expect(startOfDay(at('2026-10-25T12:00+01:00'), zone)).toBe(at('2026-10-25T00:00+02:00'));
  });

  it('49 h on the wall are 48 h of time in spring, 47.5 h are 48.5 h in autumn (cases 1, 3)', () => {
    const spring = span('2026-03-28T10:00+01:00', '2026-03-30T11:00+02:00');
    expect(wall(spring.to, zone) - wall(spring.from, zone)).toBe(49 * HOUR);
    expect(spring.to - spring.from).toBe(48 * HOUR);
    const autumn = span('2026-10-24T10:00+02:00', '2026-10-26T09:30+01:00');
    expect(wall(autumn.to, zone) - wall(autumn.from, zone)).toBe(47.5 * HOUR);
    expect(autumn.to - autumn.from).toBe(48.5 * HOUR);
  });

  it('midnights lie whole days apart on the wall', () => {
    const days = Math.round((dayStart('2027-01-01', zone) - dayStart('2026-01-01', zone)) / DAY);
    expect(wall(dayStart('2027-01-01', zone), zone) - wall(dayStart('2026-01-01', zone), zone)).toBe(days * DAY);
    expect(wall(dayStart('2026-07-01', zone), zone) - wall(dayStart('2026-01-01', zone), zone)).toBe(181 * DAY);
    expect(wall(dayStart('2026-06-12', zone), zone)).toBe(Date.UTC(2026, 5, 12));
  });

  it('a time that the wall leaves out is moved on by the gap (case 5)', () => {
    const shown = Date.UTC(2026, 2, 29);
    expect(fromWall(shown + 2 * HOUR - 1, zone)).toBe(at('2026-03-29T02:00+01:00') - 1);
    expect(fromWall(shown + 2 * HOUR, zone)).toBe(at('2026-03-29T03:00+02:00'));
    expect(fromWall(shown + 2.5 * HOUR, zone)).toBe(at('2026-03-29T03:30+02:00'));
    expect(fromWall(shown + 3 * HOUR, zone)).toBe(at('2026-03-29T03:00+02:00'));
  });

  it('of a time that the wall shows twice the earlier is taken', () => {
    const shown = Date.UTC(2026, 9, 25);
    expect(fromWall(shown + 2 * HOUR, zone)).toBe(at('2026-10-25T02:00+02:00'));
    expect(fromWall(shown + 3 * HOUR - 1, zone)).toBe(at('2026-10-25T03:00+02:00') - 1);
    expect(fromWall(shown + 3 * HOUR, zone)).toBe(at('2026-10-25T03:00+01:00'));
  });

  it('weeks begin on Monday, months on the 1st, years on 1 January', () => {
    expect(startOfWeek(at('2026-03-29T23:59+02:00'), zone)).toBe(at('2026-03-23T00:00+01:00'));
    expect(startOfWeek(at('2026-03-30T00:00+02:00'), zone)).toBe(at('2026-03-30T00:00+02:00'));
    expect(startOfMonth(at('2026-03-31T23:59+02:00'), zone)).toBe(at('2026-03-01T00:00+01:00'));
    expect(startOfMonth(at('2026-11-01T00:00+01:00'), zone)).toBe(at('2026-11-01T00:00+01:00'));
    expect(yearOf(at('2026-01-01T00:00+01:00'), zone)).toBe(2026);
    expect(yearOf(at('2026-01-01T00:00+01:00') - 1, zone)).toBe(2025);
    expect(startOfYear(2026, zone)).toBe(at('2026-01-01T00:00+01:00'));
  });

  it('a time is written in the offset of its instant', () => {
    expect(formatLocal(at('2026-06-11T22:00+00:00') + SECOND, zone)).toBe('2026-06-12T00:00:01+02:00');
    expect(formatLocal(at('2026-01-01T00:00+01:00'), zone)).toBe('2026-01-01T00:00:00+01:00');
    expect(formatLocal(at('2026-10-25T02:30+02:00'), zone)).toBe('2026-10-25T02:30:00+02:00');
    expect(formatLocal(at('2026-10-25T02:30+01:00'), zone)).toBe('2026-10-25T02:30:00+01:00');
    expect(formatLocal(at('2026-06-12T00:00+02:00') + 50, zone)).toBe('2026-06-12T00:00:00.050+02:00');
  });
});

describe('days that do not begin at midnight', () => {
  it.each([
    ['America/Toronto', 'half of its first hour left out', '1919-03-31', '1919-03-31T00:30-04:00'],
    ['America/Sao_Paulo', 'its first hour left out', '2018-11-04', '2018-11-04T01:00-02:00'],
    ['Pacific/Apia', 'the day before it left out', '2011-12-31', '2011-12-31T00:00+14:00'],
    ['America/St_Johns', 'its first minute shown twice', '2006-10-29', '2006-10-29T00:00-02:30'],
  ])('%s, %s: %s', (zone, _, day, start) => {
    expect(dayStart(day, zone)).toBe(at(start));
    expect([startOfDay(at(start), zone), dayOf(at(start), zone)]).toEqual([at(start), day]);
    expect(nextDay(at(start) - 1, zone)).toBe(at(start));
  });
});

describe('what is no instant, no date and no zone is refused', () => {
  it.each([EVER, FOREVER, Number.NaN, 8.64e15 + 1])('%s', (instant) => {
    for (const zone of [BELGRADE, 'UTC']) {
      // Asked before, so that a stretch that reaches far is known.
      expect(dayOf(8.64e15 - 3 * DAY, zone).startsWith('+27')).toBe(true);
      expect(dayOf(-8.64e15 + 3 * DAY, zone).startsWith('-27')).toBe(true);
      for (const ask of [startOfDay, nextDay, dayOf, wall, yearOf, startOfWeek, startOfMonth, formatLocal]) {
        expect(() => ask(instant, zone)).toThrow(RangeError);
      }
      expect(() => cycleOf(instant, [], zone)).toThrow(RangeError);
      expect(() => cyclesOver({ from: 0, to: instant }, [], zone)).toThrow(RangeError);
    }
  });

  it.each(['2026-02-29', '2026-02-30', '2026-13-01', '2026-00-01', '2026-1-1', '', '2026-01-01T00:00'])(
    '"%s"',
    (day) => {
      expect(() => dayStart(day, BELGRADE)).toThrow(RangeError);
    },
  );

  it('days without end', () => {
    expect(() => daysTouched([{ from: 0, to: FOREVER }], BELGRADE)).toThrow(RangeError);
    expect(() => daysTouched([{ from: EVER, to: 0 }], BELGRADE)).toThrow(RangeError);
  });

  it('a zone that nobody knows', () => {
    expect(() => startOfDay(0, 'Europe/Nis')).toThrow(RangeError);
  });
});

describe('days touched (MTEL 18.4)', () => {
  const touched = (...spans: Span[]) => daysTouched(spans, VIENNA).map(({ day }) => day);

  it('26 h from 23:00 touch three days', () => {
    expect(daysTouched([span('2026-04-06T23:00+02:00', '2026-04-08T01:00+02:00')], VIENNA)).toEqual([
      {
        day: '2026-04-06',
        ...span('2026-04-06T00:00+02:00', '2026-04-07T00:00+02:00'),
        first: at('2026-04-06T23:00+02:00'),
      },
      {
        day: '2026-04-07',
        ...span('2026-04-07T00:00+02:00', '2026-04-08T00:00+02:00'),
        first: at('2026-04-07T00:00+02:00'),
      },
      {
        day: '2026-04-08',
        ...span('2026-04-08T00:00+02:00', '2026-04-09T00:00+02:00'),
        first: at('2026-04-08T00:00+02:00'),
      },
    ]);
  });

  it('what ends at midnight does not touch the day that begins there', () => {
    expect(touched(span('2026-04-06T00:00+02:00', '2026-04-07T00:00+02:00'))).toEqual(['2026-04-06']);
    expect(touched(span('2026-04-07T00:00+02:00', '2026-04-07T00:00+02:00'))).toEqual([]);
    const justOver = { from: at('2026-04-06T00:00+02:00'), to: at('2026-04-07T00:00+02:00') + 1 };
    expect(touched(justOver)).toEqual(['2026-04-06', '2026-04-07']);
  });

  it('a day counts once however often it is touched', () => {
    const days = touched(
      span('2026-04-07T20:00+02:00', '2026-04-08T02:00+02:00'),
      span('2026-04-07T01:00+02:00', '2026-04-07T02:00+02:00'),
      span('2026-04-08T10:00+02:00', '2026-04-08T11:00+02:00'),
      span('2026-04-10T10:00+02:00', '2026-04-10T11:00+02:00'),
    );
    expect(days).toEqual(['2026-04-07', '2026-04-08', '2026-04-10']);
  });

  it('a day of 23 h and one of 25 h are one day each', () => {
    expect(touched(span('2026-03-28T12:00+01:00', '2026-03-29T12:00+02:00'))).toEqual(['2026-03-28', '2026-03-29']);
    expect(touched(span('2026-10-25T00:00+02:00', '2026-10-26T00:00+01:00'))).toEqual(['2026-10-25']);
  });
});

describe('billing cycles', () => {
  const EVERYTHING_BEFORE = 0;
  const cycle = (text: string, ...billing: [string | number, BillingDay][]) =>
    cycleOf(
      at(text),
      billing.map(([from, day]) => ({ from: typeof from === 'string' ? at(from) : from, day })),
      BELGRADE,
    );
  const midnights = (from: string, to: string): Span => ({
    from: dayStart(from, BELGRADE),
    to: dayStart(to, BELGRADE),
  });

  it.each<[BillingDay, string, string, string]>([
    [5, '2026-06-05T23:59+02:00', '2026-05-06', '2026-06-06'],
    [5, '2026-06-06T00:00+02:00', '2026-06-06', '2026-07-06'],
    [17, '2026-06-02T08:15+02:00', '2026-05-18', '2026-06-18'],
    [1, '2026-06-01T12:00+02:00', '2026-05-02', '2026-06-02'],
    [25, '2026-01-10T12:00+01:00', '2025-12-26', '2026-01-26'],
    [28, '2026-02-28T23:59+01:00', '2026-01-29', '2026-03-01'],
    [28, '2026-03-01T00:00+01:00', '2026-03-01', '2026-03-29'],
    [28, '2028-02-28T23:59+01:00', '2028-01-29', '2028-02-29'],
    [28, '2028-02-29T00:00+01:00', '2028-02-29', '2028-03-29'],
    ['last', '2026-02-28T23:59+01:00', '2026-02-01', '2026-03-01'],
    ['last', '2028-02-29T23:59+01:00', '2028-02-01', '2028-03-01'],
    ['last', '2026-12-31T23:59+01:00', '2026-12-01', '2027-01-01'],
  ])('are cut at the END of billing day %s: %s lies in %s to %s', (day, text, from, to) => {
    expect(cycle(text, [EVERYTHING_BEFORE, day])).toEqual(midnights(from, to));
  });

  it('without a billing day are calendar months', () => {
    expect(cycle('2026-06-30T23:59+02:00')).toEqual(midnights('2026-06-01', '2026-07-01'));
  });

  it.each<[string, BillingDay, number]>([
    ['2026-03-10T00:00+01:00', 'last', 743],
    ['2026-10-10T00:00+02:00', 'last', 745],
    ['2026-03-20T00:00+01:00', 17, 743],
    ['2026-10-20T00:00+02:00', 17, 745],
    ['2026-06-02T00:00+02:00', 17, 744],
    ['2026-06-20T00:00+02:00', 17, 720],
    ['2026-02-10T00:00+01:00', 'last', 672],
  ])('are as long as they are: %s, day %s, %s h', (text, day, hours) => {
    const { from, to } = cycle(text, [EVERYTHING_BEFORE, day]);
    expect(to - from).toBe(hours * HOUR);
  });

  it('the first billing day holds for all time before it too', () => {
    expect(cycle('2020-06-10T00:00+02:00', ['2026-01-01T00:00+01:00', 5])).toEqual(
      midnights('2020-06-06', '2020-07-06'),
    );
  });

  describe('a new billing day takes effect at the end of the running cycle', () => {
    const change: [string | number, BillingDay][] = [
      [EVERYTHING_BEFORE, 5],
      ['2026-06-10T12:00+02:00', 20],
    ];

    it('which runs to its own end', () => {
      expect(cycle('2026-06-10T12:00+02:00', ...change)).toEqual(midnights('2026-06-06', '2026-07-06'));
      expect(cycle('2026-07-05T23:59+02:00', ...change)).toEqual(midnights('2026-06-06', '2026-07-06'));
    });

    it('then comes a short cycle up to the next cut of the new day', () => {
      expect(cycle('2026-07-06T00:00+02:00', ...change)).toEqual(midnights('2026-07-06', '2026-07-21'));
      expect(cycle('2026-07-21T00:00+02:00', ...change)).toEqual(midnights('2026-07-21', '2026-08-21'));
    });

    it('and a change back to an earlier day makes a short cycle into the next month', () => {
      const back: [string | number, BillingDay][] = [
        [EVERYTHING_BEFORE, 20],
        ['2026-06-10T12:00+02:00', 5],
      ];
      expect(cycle('2026-06-21T00:00+02:00', ...back)).toEqual(midnights('2026-06-21', '2026-07-06'));
    });

    it('exactly at a cut: at the end of the cycle that begins there', () => {
      const atCut: [string | number, BillingDay][] = [
        [EVERYTHING_BEFORE, 5],
        ['2026-06-06T00:00+02:00', 20],
      ];
      expect(cycle('2026-06-06T00:00+02:00', ...atCut)).toEqual(midnights('2026-06-06', '2026-07-06'));
      expect(cycle('2026-07-06T00:00+02:00', ...atCut)).toEqual(midnights('2026-07-06', '2026-07-21'));
    });

    it('just before a cut: at that cut', () => {
      const before = { from: at('2026-06-06T00:00+02:00') - 1, day: 20 };
      const billing = [{ from: EVERYTHING_BEFORE, day: 5 }, before];
      expect(cycleOf(at('2026-06-06T00:00+02:00'), billing, BELGRADE)).toEqual(midnights('2026-06-06', '2026-06-21'));
    });

    it('the last of several in one cycle', () => {
      const several: [string | number, BillingDay][] = [
        ...change,
        ['2026-06-20T00:00+02:00', 9],
        ['2026-07-05T23:00+02:00', 25],
      ];
      expect(cycle('2026-07-06T00:00+02:00', ...several)).toEqual(midnights('2026-07-06', '2026-07-26'));
    });

    it('and one taken back in the same cycle changes nothing', () => {
      const undone: [string | number, BillingDay][] = [...change, ['2026-06-20T00:00+02:00', 5]];
      expect(cycle('2026-07-06T00:00+02:00', ...undone)).toEqual(midnights('2026-07-06', '2026-08-06'));
    });

    it('one within the short cycle at the end of that', () => {
      const again: [string | number, BillingDay][] = [...change, ['2026-07-10T00:00+02:00', 'last']];
      expect(cycle('2026-07-20T00:00+02:00', ...again)).toEqual(midnights('2026-07-06', '2026-07-21'));
      expect(cycle('2026-07-21T00:00+02:00', ...again)).toEqual(midnights('2026-07-21', '2026-08-01'));
    });

    it('where the cuts of both days fall together no cycle is short', () => {
      const february: [string | number, BillingDay][] = [
        [EVERYTHING_BEFORE, 'last'],
        ['2026-02-10T00:00+01:00', 28],
      ];
      expect(cycle('2026-03-01T00:00+01:00', ...february)).toEqual(midnights('2026-03-01', '2026-03-29'));
    });

    it('a change not yet due changes nothing', () => {
      expect(cycle('2026-05-10T00:00+02:00', ...change)).toEqual(midnights('2026-05-06', '2026-06-06'));
    });
  });

  it('over a span are those that it touches, whole', () => {
    const billing = [{ from: EVERYTHING_BEFORE, day: 17 }];
    const over = (from: string, to: string) => cyclesOver(span(from, to), billing, BELGRADE);
    expect(over('2026-06-16T10:00+02:00', '2026-06-20T16:00+02:00')).toEqual([
      midnights('2026-05-18', '2026-06-18'),
      midnights('2026-06-18', '2026-07-18'),
    ]);
    expect(over('2026-06-16T10:00+02:00', '2026-06-18T00:00+02:00')).toEqual([midnights('2026-05-18', '2026-06-18')]);
    expect(over('2026-06-16T10:00+02:00', '2026-06-16T10:00+02:00')).toEqual([]);
  });
});

// --- Against plain, slow references ---

// Half hours, days left out, midnights that do not exist, clocks that follow the moon: harder than any operator's zone.
const ZONES = [
  BELGRADE,
  VIENNA,
  'UTC',
  'Europe/London',
  'America/New_York',
  'America/Sao_Paulo',
  'America/Havana',
  'America/St_Johns',
  'America/Toronto',
  'Africa/Cairo',
  'Africa/Casablanca',
  'Asia/Kolkata',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Apia',
];
/** Zones whose clock was put back over midnight: an hour that Temporal takes to be yesterday's, and we today's. */
const BACK_OVER_MIDNIGHT = new Set(['America/St_Johns']);

const YEARS: Span = { from: Date.UTC(1900, 0, 1), to: Date.UTC(2100, 0, 1) };
const near = fc.constantFrom(
  at('2026-03-29T01:00+00:00'),
  at('2026-10-25T01:00+00:00'),
  at('2026-03-28T23:00+00:00'),
  at('2026-10-24T22:00+00:00'),
  at('2011-12-30T10:00+00:00'),
  at('2018-11-04T03:00+00:00'),
  at('2006-10-29T02:31+00:00'),
  at('2025-12-31T23:00+00:00'),
  at('1919-03-31T04:30+00:00'),
);
const anyInstant = fc.oneof(
  fc.integer({ min: YEARS.from, max: YEARS.to }),
  fc.tuple(near, fc.integer({ min: -3 * 24 * 60, max: 3 * 24 * 60 })).map(([instant, m]) => instant + m * MINUTE),
  fc.tuple(near, fc.integer({ min: -2, max: 2 })).map(([instant, ms]) => instant + ms),
);
const anyZone = fc.oneof(fc.constantFrom(BELGRADE, VIENNA), fc.constantFrom(...ZONES));
const RUNS = { numRuns: 3_000 };

const zoned = (instant: number, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);

const clocks = new Map(
  ZONES.map((zone) => [
    zone,
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    }),
  ]),
);
/** The clock on the wall as Intl shows it, which Temporal is not asked for. */
const wallByIntl = (instant: number, zone: string) => {
  const parts = clocks.get(zone)!.formatToParts(instant);
  const part = (type: string) => Number(parts.find((each) => each.type === type)!.value);
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
  return shown + (((instant % SECOND) + SECOND) % SECOND);
};

describe('the calendar', () => {
  it('shows the time that Intl shows', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (instant, zone) => {
        expect(wall(instant, zone)).toBe(wallByIntl(instant, zone));
      }),
      RUNS,
    );
  });

  it('has the days, weeks, months and years of Temporal', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (instant, zone) => {
        fc.pre(!BACK_OVER_MIDNIGHT.has(zone));
        const here = zoned(instant, zone);
        const begin = (date: Temporal.PlainDate) => date.toZonedDateTime(zone).epochMilliseconds;
        const today = here.toPlainDate();
        expect(dayOf(instant, zone)).toBe(today.toString());
        expect(startOfDay(instant, zone)).toBe(here.startOfDay().epochMilliseconds);
        expect(dayStart(today.toString(), zone)).toBe(begin(today));
        expect(startOfWeek(instant, zone)).toBe(begin(today.subtract({ days: today.dayOfWeek - 1 })));
        expect(startOfMonth(instant, zone)).toBe(begin(today.with({ day: 1 })));
        expect(yearOf(instant, zone)).toBe(today.year);
        expect(startOfYear(today.year, zone)).toBe(begin(today.with({ month: 1, day: 1 })));
        const next = nextDay(instant, zone);
        // Where a date is left out, the next day that has time.
        expect([begin(today.add({ days: 1 })), begin(today.add({ days: 2 }))]).toContain(next);
        expect(next).toBeGreaterThan(instant);
      }),
      RUNS,
    );
  });

  it('has days that tile time, in every zone', () => {
    fc.assert(
      fc.property(anyInstant, fc.constantFrom(...ZONES), (instant, zone) => {
        const [from, to] = [startOfDay(instant, zone), nextDay(instant, zone)];
        expect(from <= instant && instant < to).toBe(true);
        expect([startOfDay(from, zone), startOfDay(to - 1, zone), startOfDay(to, zone)]).toEqual([from, from, to]);
        expect([dayOf(from, zone), dayOf(to - 1, zone)]).toEqual([dayOf(instant, zone), dayOf(instant, zone)]);
        expect(dayOf(to, zone) > dayOf(instant, zone)).toBe(true);
        expect(dayStart(dayOf(instant, zone), zone)).toBe(from);
      }),
      RUNS,
    );
  });

  it('finds the instant of a time on the wall as Temporal does', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (shown, zone) => {
        const plain = zoned(shown, 'UTC').toPlainDateTime();
        const instant = fromWall(shown, zone);
        expect(instant).toBe(plain.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds);
        expect([shown, shown + HOUR, shown + HOUR / 2, shown + DAY]).toContain(wall(instant, zone));
      }),
      RUNS,
    );
  });

  it('writes times that Temporal and parseInstant read', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (instant, zone) => {
        const text = formatLocal(instant, zone);
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?[+-]\d\d:\d\d$/);
        expect(text.includes('.')).toBe(instant % SECOND !== 0);
        expect(parseInstant(text)).toBe(instant);
        // Before zones were law their offsets had seconds, which RFC 3339 has not.
        const here = zoned(instant, zone);
        if (here.offsetNanoseconds % 60e9 === 0) expect(text.slice(-6)).toBe(here.offset);
      }),
      RUNS,
    );
  });

  it('touches the days that an hourly look finds', () => {
    const hour = fc.integer({ min: 0, max: 24 * 20 });
    const start = fc.constantFrom(dayStart('2026-03-20', BELGRADE), dayStart('2026-10-15', BELGRADE));
    const hours = fc.array(fc.tuple(hour, fc.integer({ min: 0, max: 60 })), { maxLength: 5 });
    fc.assert(
      fc.property(start, hours, fc.constantFrom(BELGRADE, VIENNA, 'America/New_York'), (zero, pairs, zone) => {
        const spans = pairs.map(([from, size]) => ({ from: zero + from * HOUR, to: zero + (from + size) * HOUR }));
        const firsts = new Map<string, number>();
        for (const { from, to } of union(spans)) {
          for (let each = from; each < to; each += HOUR) {
            const day = zoned(each, zone).toPlainDate().toString();
            if (!firsts.has(day)) firsts.set(day, each);
          }
        }
        const days = daysTouched(spans, zone);
        expect(days.map(({ day, first }) => [day, first])).toEqual([...firsts]);
        for (const { day, from, to, first } of days) {
          const date = Temporal.PlainDate.from(day);
          expect(from).toBe(date.toZonedDateTime(zone).epochMilliseconds);
          expect(to).toBe(date.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds);
          expect(contains(spans, first)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('answers the same when its memory was full in between', () => {
    const instants = Array.from({ length: 200 }, (_, i) => YEARS.from + i * 365 * DAY + i * HOUR);
    const answers = () => instants.map((instant) => [startOfDay(instant, BELGRADE), dayOf(instant, BELGRADE)]);
    const before = answers();
    // More zones than are kept, then more stretches of one zone and more names of days.
    for (const zone of Intl.supportedValuesOf('timeZone').slice(0, 80)) startOfDay(instants[100]!, zone);
    expect(answers()).toEqual(before);
    const start = dayStart('2100-01-01', BELGRADE);
    for (let half = 0; half < 1_100; half += 1) startOfDay(start + half * 182 * DAY, BELGRADE);
    for (let day = 0; day < 5_000; day += 1) dayOf(start + day * DAY, BELGRADE);
    expect(answers()).toEqual(before);
  });
});

// --- Billing cycles against a walk from day to day ---

/** All local midnights of some years, with their dates, as Temporal has them. */
const midnightsOf = (zone: string) => {
  const midnights: { at: number; date: Temporal.PlainDate }[] = [];
  const last = Temporal.PlainDate.from('2029-06-01');
  for (
    let date = Temporal.PlainDate.from('2025-01-01');
    Temporal.PlainDate.compare(date, last) < 0;
    date = date.add({ days: 1 })
  ) {
    midnights.push({ at: date.toZonedDateTime(zone).epochMilliseconds, date });
  }
  return midnights;
};
const MIDNIGHTS = new Map([BELGRADE, VIENNA].map((zone) => [zone, midnightsOf(zone)]));

/** Cuts at each midnight that follows a billing day, and only there looks at the changes of the cycle that ended. */
const cyclesByWalk = (billing: readonly BillingChange[], zone: string): Span[] => {
  const cycles: Span[] = [];
  let day = billing[0]?.day ?? 'last';
  let start: number | undefined;
  for (const { at: now, date } of MIDNIGHTS.get(zone)!) {
    const yesterday = date.subtract({ days: 1 });
    if (day === 'last' ? yesterday.day !== yesterday.daysInMonth : yesterday.day !== day) continue;
    const seen = billing.slice(1).filter(({ from }) => from >= (start ?? EVER) && from < now);
    day = seen.at(-1)?.day ?? day;
    if (start !== undefined) cycles.push({ from: start, to: now });
    start = now;
  }
  return cycles;
};

describe('billing cycles of any history', () => {
  const zone = fc.constantFrom(BELGRADE, VIENNA);
  const anyDay = fc.oneof(
    fc.integer({ min: 1, max: 28 }),
    fc.constantFrom<BillingDay>(5, 9, 17, 21, 25, 'last', 28, 1),
  );
  const firstDay = at('2026-01-01T00:00+01:00');
  // Anywhere in two years with a 29 February among them, and often exactly at a midnight or just beside one.
  const moment = fc
    .tuple(fc.integer({ min: 0, max: 900 }), fc.constantFrom(0, 0, -1, 1, 7 * HOUR))
    .chain(([days, off]) => zone.map((z) => MIDNIGHTS.get(z)![days + 365]!.at + off));
  const anyBilling = fc
    .array(fc.record({ from: moment, day: anyDay }), { maxLength: 25 })
    .map((changes) => changes.sort((a, b) => a.from - b.from));

  it('are those that a walk from day to day finds', () => {
    fc.assert(
      fc.property(anyBilling, zone, (billing, z) => {
        const cycles = cyclesByWalk(billing, z).filter(({ from }) => from >= firstDay - 200 * DAY);
        for (const cycle of cycles) {
          expect(cycleOf(cycle.from, billing, z)).toEqual(cycle);
          expect(cycleOf(cycle.to - 1, billing, z)).toEqual(cycle);
          expect(cycleOf(Math.floor((cycle.from + cycle.to) / 2), billing, z)).toEqual(cycle);
        }
        const all = { from: cycles[0]!.from, to: cycles.at(-1)!.to };
        expect(cyclesOver(all, billing, z)).toEqual(cycles);
      }),
      { numRuns: 300 },
    );
    // The walk is slow: room for a machine under load.
  }, 30_000);

  it('tile time: each instant lies in one cycle, and the next begins where it ends', () => {
    fc.assert(
      fc.property(anyBilling, anyInstant, anyZone, (billing, instant, z) => {
        const cycle = cycleOf(instant, billing, z);
        expect(cycle.from <= instant && instant < cycle.to).toBe(true);
        expect(cycleOf(cycle.from, billing, z)).toEqual(cycle);
        expect(cycleOf(cycle.to - 1, billing, z)).toEqual(cycle);
        expect(cycleOf(cycle.to, billing, z).from).toBe(cycle.to);
        expect(cycleOf(cycle.from - 1, billing, z).to).toBe(cycle.from);
        expect(cycle.to - cycle.from).toBeLessThanOrEqual(31 * DAY + 2 * HOUR);
      }),
      { numRuns: 2_000 },
    );
  });

  it('a change known later moves no cycle that had ended by then, nor the one that ran', () => {
    fc.assert(
      fc.property(anyBilling, moment, anyDay, zone, (billing, from, day, z) => {
        const known = billing.filter((change) => change.from <= from);
        fc.pre(known.length > 0);
        expect(cycleOf(from, [...known, { from, day }], z)).toEqual(cycleOf(from, known, z));
      }),
      { numRuns: 1_000 },
    );
  });
});
