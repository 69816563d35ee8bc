import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BillingDay,
  beginOf,
  cycleOf,
  dayNumber,
  dayOf,
  dayStart,
  formatLocal,
  nextDay,
  startOfDay,
  startOfWeek,
} from '../../../../pipelines/domain/calendar.js';
import { WINDOWS, type Window } from '../../../../pipelines/domain/decision.js';
import { HOUR } from '../../../../pipelines/domain/units.js';
import {
  cycleDays,
  type Days,
  instantsOf,
  windowOf,
  windowsBefore,
} from '../../../../pipelines/domain/usage/windows.js';

const ZONE = 'Europe/Belgrade';
const number = (date: string) => dayNumber(dayStart(date, ZONE), ZONE);
const billing = (day: BillingDay) => [{ from: 0, day }];
/** First day and the day after the last, as dates. */
const shown = ({ from, to }: Days) => [from, to].map((day) => dayOf(beginOf(day, ZONE), ZONE));

const days = fc.integer({ min: number('2024-01-01'), max: number('2030-12-31') });
const billingDays = fc.oneof(fc.integer({ min: 1, max: 28 }), fc.constant('last' as const));
/** Some billing days, one after the other. */
const changes = fc
  .tuple(billingDays, fc.array(fc.tuple(days, billingDays), { maxLength: 3 }))
  .map(([first, later]) => [
    { from: 0, day: first as BillingDay },
    ...later
      .map(([day, to]) => ({ from: beginOf(day, ZONE) + HOUR, day: to as BillingDay }))
      .sort((a, b) => a.from - b.from),
  ]);

describe('the window that holds a day', () => {
  it.each<[Window, string, string, string]>([
    ['day', '2026-06-10', '2026-06-10', '2026-06-11'],
    ['day', '2026-03-29', '2026-03-29', '2026-03-30'],
    ['week', '2026-06-08', '2026-06-08', '2026-06-15'],
    ['week', '2026-06-14', '2026-06-08', '2026-06-15'],
    ['week', '2026-06-15', '2026-06-15', '2026-06-22'],
    ['week', '2026-03-29', '2026-03-23', '2026-03-30'],
    ['week', '2026-01-01', '2025-12-29', '2026-01-05'],
    ['month', '2026-06-05', '2026-05-06', '2026-06-06'],
    ['month', '2026-06-06', '2026-06-06', '2026-07-06'],
  ])('%s of %s', (kind, date, from, to) => {
    expect(shown(windowOf(kind, number(date), billing(5), ZONE))).toEqual([from, to]);
  });

  it('a month with the billing day "last" is the calendar month, with 28 it may end on 1 March', () => {
    expect(shown(windowOf('month', number('2026-02-28'), billing('last'), ZONE))).toEqual(['2026-02-01', '2026-03-01']);
    expect(shown(windowOf('month', number('2026-02-28'), billing(28), ZONE))).toEqual(['2026-01-29', '2026-03-01']);
    expect(shown(windowOf('month', number('2028-02-29'), billing(28), ZONE))).toEqual(['2028-02-29', '2028-03-29']);
  });

  it('weeks before 1970 begin on a Monday too', () => {
    expect(windowOf('week', -1, [], ZONE)).toEqual({ from: -3, to: 4 });
    expect(windowOf('week', -4, [], ZONE)).toEqual({ from: -10, to: -3 });
  });

  it('windows hold their days, follow on each other, and are those of the calendar', () => {
    fc.assert(
      fc.property(days, changes, (day, billed) => {
        for (const kind of WINDOWS) {
          const window = windowOf(kind, day, billed, ZONE);
          expect(window.from <= day && day < window.to).toBe(true);
          expect(windowOf(kind, window.from, billed, ZONE)).toEqual(window);
          expect(windowOf(kind, window.to - 1, billed, ZONE)).toEqual(window);
          expect(windowOf(kind, window.to, billed, ZONE).from).toBe(window.to);
          const at = beginOf(day, ZONE);
          const { from, to } = instantsOf(window, ZONE);
          if (kind === 'day') expect([from, to]).toEqual([startOfDay(at, ZONE), nextDay(at, ZONE)]);
          else if (kind === 'week') expect(from).toBe(startOfWeek(at, ZONE));
          else expect({ from, to }).toEqual(cycleOf(at, billed, ZONE));
        }
      }),
    );
  });

  it('the cycle of an instant is that of its local day', () => {
    const at = dayStart('2026-06-06', ZONE);
    expect(shown(cycleDays(at - 1, billing(5), ZONE))).toEqual(['2026-05-06', '2026-06-06']);
    expect(shown(cycleDays(at, billing(5), ZONE))).toEqual(['2026-06-06', '2026-07-06']);
  });
});

describe('the windows before one', () => {
  it('the latest first, without a gap, whole', () => {
    fc.assert(
      fc.property(days, changes, fc.integer({ min: 0, max: 8 }), (day, billed, times) => {
        for (const kind of WINDOWS) {
          const window = windowOf(kind, day, billed, ZONE);
          const before = windowsBefore(kind, window, times, billed, ZONE);
          expect(before).toHaveLength(times);
          let { from } = window;
          for (const one of before) {
            expect(one).toEqual(windowOf(kind, one.from, billed, ZONE));
            expect(one.to).toBe(from);
            from = one.from;
          }
        }
      }),
    );
  });

  it('a short cycle after a new billing day is one of them', () => {
    const billed = [
      { from: 0, day: 'last' as const },
      { from: dayStart('2026-06-10', ZONE), day: 5 },
    ];
    const window = windowOf('month', number('2026-07-20'), billed, ZONE);
    expect([window, ...windowsBefore('month', window, 2, billed, ZONE)].map(shown)).toEqual([
      ['2026-07-06', '2026-08-06'],
      ['2026-07-01', '2026-07-06'],
      ['2026-06-01', '2026-07-01'],
    ]);
  });
});

describe('as instants', () => {
  it.each([
    ['2026-03-29', '2026-03-29T00:00:00+01:00', '2026-03-30T00:00:00+02:00', 23],
    ['2026-10-25', '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00', 25],
    ['2026-06-10', '2026-06-10T00:00:00+02:00', '2026-06-11T00:00:00+02:00', 24],
  ])('%s', (date, from, to, hours) => {
    const span = instantsOf({ from: number(date), to: number(date) + 1 }, ZONE);
    expect([formatLocal(span.from, ZONE), formatLocal(span.to, ZONE)]).toEqual([from, to]);
    expect(span.to - span.from).toBe(hours * HOUR);
  });
});
