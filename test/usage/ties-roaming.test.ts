/** The ties of fair use in roaming: days, use, the first look, the fifteen days. As in `ties.test.ts`. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, instant } from './lines.js';
import { at, decisions, line, noon, seen, times, upsert, used, YEAR } from './tie.js';
import type { Wire } from './wire.js';

describe('A1 9.1.3: risk needs more days and more use in roaming, a tie is none', () => {
  /** 120 days, 1 January to 30 April: so many at home, the others in Montenegro. */
  const first = instant(YEAR, 120, 0);
  const stay = (home: number, homeBytes: number, awayBytes: number) => [
    upsert({ activeFrom: '2026-01-01T00:00:00+01:00' }, instant(YEAR, 0, HOUR)),
    ...Array.from({ length: 120 }, (_, day) => seen(noon(day), day < home ? 'RS' : 'ME')),
    used(instant(YEAR, 0, 13 * HOUR), homeBytes),
    used(instant(YEAR, 119, 13 * HOUR), awayBytes, 'ME'),
  ];
  const ordered = (lines: readonly Wire[]) =>
    [...lines].sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

  it.each([
    ['fewer roaming days', 61, false],
    ['as many', 60, false],
    ['more', 59, true],
  ])('days: %s', (_, home, risk) => {
    expect(times('roaming.risk.found', ordered(stay(home, 1, 1000)), first)).toEqual(risk ? [at(first)] : []);
  });

  it.each([
    ['less use in roaming', 1001, 1000, false],
    ['as much', 1000, 1000, false],
    ['more', 1000, 1001, true],
  ])('use: %s', (_, homeBytes, awayBytes, risk) => {
    const lines = ordered(stay(20, homeBytes, awayBytes));
    expect(times('roaming.risk.found', lines, first)).toEqual(risk ? [at(first)] : []);
  });

  it.each([
    ['a millisecond before four months', '2026-01-01T00:00:00.001+01:00', DAY],
    ['at four months', '2026-01-01T00:00:00+01:00', 0],
  ])('the first look: %s', (_, activeFrom, later) => {
    const [service, ...rest] = stay(0, 0, 1000);
    const lines = ordered([{ ...service!, data: { ...service!.data, activeFrom } }, ...rest]);
    expect(times('roaming.risk.found', lines, first + 2 * DAY)).toEqual([at(first + later)]);
  });

  describe('the fifteen days', () => {
    const receipt = line('notice.progressed', first + 9 * HOUR, { template: 'roaming-warning', state: 'delivered' });
    /** 2 to 16 May: so many of the days at home. */
    const term = (home: number, homeBytes: number, awayBytes: number) =>
      ordered([
        ...stay(0, 0, 1_000_000),
        receipt,
        ...Array.from({ length: 15 }, (_, i) => seen(noon(121 + i), i < home ? 'RS' : 'ME')),
        used(instant(YEAR, 121, 13 * HOUR), homeBytes),
        used(instant(YEAR, 135, 13 * HOUR), awayBytes, 'ME'),
      ]);
    const end = instant(YEAR, 136, 0);

    it.each([
      ['fewer days at home', 7, true],
      ['more', 8, false],
    ])('%s', (_, home, started) => {
      // A day of neither makes seven and seven possible.
      expect(times('roaming.surcharge.started', term(home, 0, 1000), end)).toEqual(started ? [at(end)] : []);
    });

    it('as many days at home as in roaming clear nobody', () => {
      const lines = term(7, 0, 1000).map((one) =>
        one.type === 'presence.observed' && one.time === at(noon(130)) ? { ...one, data: { country: 'HR' } } : one,
      );
      expect(times('roaming.surcharge.started', lines, end)).toEqual([at(end)]);
    });

    it.each([
      ['less use at home', 999, true],
      ['as much', 1000, true],
      ['more', 1001, false],
    ])('%s', (_, homeBytes, started) => {
      expect(times('roaming.surcharge.started', term(2, homeBytes, 1000), end)).toEqual(started ? [at(end)] : []);
    });

    it.each([
      ['before the risk was found is of no warning', -1, []],
      ['when it was found counts', 0, [end]],
      ['on the last instant of a day counts for that day', DAY - 1, [end]],
      ['on the first of the next for the next', DAY, [end + DAY]],
    ])('a receipt %s', (_, offset, started) => {
      const word = line('notice.progressed', first + offset, { template: 'roaming-warning', state: 'read' });
      const lines = [...stay(0, 0, 1000), { ...word, recordedtime: at(first + 2 * DAY) }];
      expect(times('roaming.surcharge.started', ordered(lines), end + 2 * DAY)).toEqual(started.map(at));
    });

    it.each([
      ['the warning starts it', true],
      ['another notice does not', false],
    ])('a receipt by id: of %s', (_, own) => {
      const lines = ordered(stay(0, 0, 1000));
      const [warning] = decisions('notice.requested', lines, first);
      const noticeId = own ? warning!.data['noticeId'] : 'another';
      const word = line('notice.progressed', first + HOUR, { noticeId, state: 'delivered' });
      expect(warning!.data['template']).toBe('roaming-warning');
      expect(times('roaming.surcharge.started', [...lines, word], end)).toEqual(own ? [at(end)] : []);
    });

    it('starts when the fifteenth whole day is over, not before', () => {
      expect(times('roaming.surcharge.started', term(0, 0, 1000), end - 1)).toEqual([]);
      expect(times('roaming.surcharge.started', term(0, 0, 1000), end)).toEqual([at(end)]);
    });
  });
});
