/** Times for people: one zone, daylight saving and all, and lengths that say what matters. */
import { afterEach, describe, expect, it } from 'vitest';
import { dateTime, exactly, lengthOf, partsOf, runningOf, showIn, shownIn } from '../../dashboard/page/shared/time.js';

const HOUR = 3_600_000;
afterEach(() => showIn('UTC'));

describe('a time', () => {
  it('is shown in the zone of the page, on both sides of a change of the clocks', () => {
    showIn('Europe/Belgrade');
    expect(shownIn()).toBe('Europe/Belgrade');
    expect(dateTime(Date.parse('2026-06-11T22:00:05Z'))).toBe('12 Jun 2026 00:00:05');
    expect(dateTime(Date.parse('2026-03-29T00:59:59Z'))).toBe('29 Mar 2026 01:59:59');
    expect(dateTime(Date.parse('2026-03-29T01:00:00Z'))).toBe('29 Mar 2026 03:00:00');
    expect(partsOf(Date.parse('2026-09-01T00:00:00Z'))).toEqual({ day: '1 Sep', year: '2026', time: '02:00:00' });
  });

  it('in a zone that there is not leaves the old one', () => {
    expect(() => showIn('Europe/Nowhere')).toThrow();
    expect(shownIn()).toBe('UTC');
  });
});

describe('a length of time', () => {
  it.each([
    [-5, '0 s'],
    [0, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [123_000, '2 min 3 s'],
    [HOUR, '1 h'],
    [13.8 * HOUR, '13 h 48 min'],
    [99 * HOUR, '99 h'],
    [100 * HOUR, '4 d 4 h'],
  ])('%d is %s', (ms, words) => {
    expect(lengthOf(ms)).toBe(words);
  });

  it('to the second is in hours', () => {
    expect([0, 1_000, 48 * HOUR, 48 * HOUR + 1_000, 61_500].map(exactly)).toEqual([
      '0 s',
      '1 s',
      '48 h',
      '48 h 1 s',
      '1 min 1.5 s',
    ]);
  });

  it('as a running clock goes on past 99 hours', () => {
    expect([0, 61_000, 34 * HOUR + 7 * 60_000, 334 * HOUR].map(runningOf)).toEqual([
      { minutes: '00:00', seconds: ':00' },
      { minutes: '00:01', seconds: ':01' },
      { minutes: '34:07', seconds: ':00' },
      { minutes: '334:00', seconds: ':00' },
    ]);
  });
});
