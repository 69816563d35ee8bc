import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  assertNever,
  DAY,
  formatDuration,
  HOUR,
  MINUTE,
  parseDuration,
  parseInstant,
  SECOND,
} from '../../../pipelines/domain/units.js';

describe('parseInstant', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0],
    ['2026-03-29T02:30:00+02:00', Date.UTC(2026, 2, 29, 0, 30)],
    ['2026-10-25T02:30:00+02:00', Date.UTC(2026, 9, 25, 0, 30)],
    ['2026-10-25T02:30:00+01:00', Date.UTC(2026, 9, 25, 1, 30)],
    ['2026-06-12T00:00:01-03:30', Date.UTC(2026, 5, 12, 3, 30, 1)],
    ['2026-06-12T00:00:00-00:00', Date.UTC(2026, 5, 12)],
    ['2026-01-01t00:00:00z', Date.UTC(2026, 0, 1)],
    ['1969-12-31T23:59:59.999Z', -1],
    ['0099-01-01T00:00:00Z', Date.parse('0099-01-01T00:00:00Z')],
    ['9999-12-31T23:59:59Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
  ])('%s is an instant', (text, instant) => {
    expect(parseInstant(text)).toBe(instant);
  });

  it.each([
    ['in 2028, a leap year', '2028-02-29T00:00:00Z', true],
    ['in 2000, a leap century', '2000-02-29T00:00:00Z', true],
    ['in 2026, a common year', '2026-02-29T00:00:00Z', false],
    ['in 2100, a common century', '2100-02-29T00:00:00Z', false],
  ])('29 February %s', (_, text, exists) => {
    expect(parseInstant(text) !== undefined).toBe(exists);
  });

  it('fractions finer than a millisecond are cut off, not rounded', () => {
    expect(parseInstant('2026-01-01T00:00:00.5Z')).toBe(Date.UTC(2026, 0, 1) + 500);
    expect(parseInstant('2026-01-01T00:00:00.000999999Z')).toBe(Date.UTC(2026, 0, 1));
  });

  it('a leap second is the second after :59', () => {
    expect(parseInstant('2016-12-31T23:59:60Z')).toBe(Date.UTC(2017, 0, 1));
  });

  it.each([
    ['no offset: a local time is not guessed', '2026-10-25T02:30:00'],
    ['no time', '2026-10-25'],
    ['no seconds', '2026-10-25T02:30Z'],
    ['30 February', '2026-02-30T00:00:00Z'],
    ['31 April', '2026-04-31T00:00:00Z'],
    ['day 0', '2026-04-00T00:00:00Z'],
    ['month 0', '2026-00-10T00:00:00Z'],
    ['month 13', '2026-13-10T00:00:00Z'],
    ['hour 24', '2026-04-10T24:00:00Z'],
    ['minute 60', '2026-04-10T00:60:00Z'],
    ['second 61', '2026-04-10T00:00:61Z'],
    ['offset of 24 h', '2026-04-10T00:00:00+24:00'],
    ['offset of 60 min', '2026-04-10T00:00:00+01:60'],
    ['offset without colon', '2026-04-10T00:00:00+0200'],
    ['offset in hours alone', '2026-04-10T00:00:00+02'],
    ['a space for the T', '2026-04-10 00:00:00Z'],
    ['a year of six digits', '+002026-04-10T00:00:00Z'],
    ['an empty fraction', '2026-04-10T00:00:00.Z'],
    ['a fraction of ten digits', '2026-04-10T00:00:00.0123456789Z'],
    ['something before it', ' 2026-04-10T00:00:00Z'],
    ['something after it', '2026-04-10T00:00:00Z\n'],
    ['nothing at all', ''],
  ])('%s is refused', (_, text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  it('reads what Date writes, at any offset', () => {
    const from = Date.parse('0001-01-02T00:00:00Z');
    const to = Date.parse('9999-12-30T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: from, max: to }), fc.integer({ min: -1_439, max: 1_439 }), (instant, offset) => {
        const local = new Date(instant + offset * MINUTE).toISOString().slice(0, -1);
        const size = Math.abs(offset);
        const [hours, minutes] = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0'));
        expect(parseInstant(`${local}${offset < 0 ? '-' : '+'}${hours}:${minutes}`)).toBe(instant);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes a date exactly when the calendar has it', () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1_900, max: 2_100 }), part(13), part(32), (year, month, day) => {
        const date = new Date(0);
        date.setUTCFullYear(year, Number(month) - 1, Number(day));
        const exists = date.toISOString().startsWith(`${year}-${month}-${day}`);
        expect(parseInstant(`${year}-${month}-${day}T00:00:00Z`)).toBe(exists ? date.getTime() : undefined);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('parseDuration', () => {
  it.each([
    ['PT48H', 48 * HOUR],
    ['P2D', 48 * HOUR],
    ['P14DT1H2M3S', 14 * DAY + HOUR + 2 * MINUTE + 3 * SECOND],
    ['PT0S', 0],
    ['PT90M', 90 * MINUTE],
    [172_801, 48 * HOUR + SECOND],
    [0, 0],
    [0.25, 250],
  ])('%s is a duration', (value, length) => {
    expect(parseDuration(value)).toBe(length);
  });

  it.each(['', 'P', 'PT', 'P1DT', '48h', 'PT-1H', '-PT1H', 'P1M', 'P1Y', 'PT1H ', '172800', 'pt1h', 'PT1S1M'])(
    '"%s" is refused',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('%s seconds are refused', (seconds) => {
    expect(parseDuration(seconds)).toBeUndefined();
  });
});

describe('formatDuration', () => {
  it.each([
    [48 * HOUR, 'PT48H'],
    [14 * DAY, 'PT336H'],
    [48 * HOUR + SECOND, 'PT48H1S'],
    [78.5 * HOUR, 'PT78H30M'],
    [15 * MINUTE, 'PT15M'],
    [0, 'PT0S'],
    [1_250, 'PT1.25S'],
  ])('%s ms are %s', (length, text) => {
    expect(formatDuration(length)).toBe(text);
  });

  it('parseDuration reads back whole seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (seconds) => {
        expect(parseDuration(formatDuration(seconds * SECOND))).toBe(seconds * SECOND);
      }),
      { numRuns: 1_000 },
    );
  });
});

it('assertNever names the stranger', () => {
  expect(() => assertNever({ is: 'unheard-of' } as never)).toThrow('unheard-of');
});
