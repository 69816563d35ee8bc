import { describe, expect, it } from 'vitest';
import { roamingDays } from '../../../pipelines/detectors/roaming-days.js';
import { beginOf, formatLocal } from '../../../pipelines/domain/calendar.js';
import { a1, UsageTold } from '../../usage-told.js';

const told = (record: object = {}) => new UsageTold(roamingDays, { record: { customerId: 'k1', ...record } });
type Told = ReturnType<typeof told>;

const data = (country: string, bytes = 1_000) => ({ kind: 'data', bytes, country });
const date = (day: number) => formatLocal(beginOf(day, a1.zone), a1.zone).slice(5, 10);
const runs = (of: readonly (readonly [number, number])[]) => of.map(([from, to]) => `${date(from)}..${date(to - 1)}`);
/** Each fact: when, whose, the look, the days at home and abroad. */
const facts = (story: Told) =>
  story.tales.flatMap((tale) =>
    tale.is === 'roaming-days'
      ? [
          `${story.local({ time: tale.at }).slice(5, 16)} ${tale.customer} ${tale.revision} ${
            tale.stands ? `home ${runs(tale.domestic)} abroad ${runs(tale.roaming)}` : 'gone'
          }${tale.risk ? ' risk' : ''}`,
        ]
      : [],
  );

describe('where a SIM was is told at the beginning of each day (A1 9.1.3)', () => {
  it('nothing of one that is never in the zone, at home or elsewhere', () => {
    const story = told().use(data('RS'), '2026-06-10 12:00').use(data('HR'), '2026-06-11 12:00').until('2026-08-01');
    expect(facts(story)).toEqual([]);
    expect(story.state).toEqual(roamingDays.start);
  });

  it('from the day after the first one in the zone; a day with any sign at home is one at home', () => {
    const story = told().use(data('RS'), '2026-06-10 12:00').use(data('BA'), '2026-06-11 12:00');
    story.use(data('ME'), '2026-06-12 12:00').present('RS', '2026-06-12 20:00').until('2026-06-13 06:00');
    expect(facts(story)).toEqual([
      '06-12T00:00 k1 1 home 06-10..06-10 abroad 06-11..06-11',
      '06-13T00:00 k1 2 home 06-10..06-10,06-12..06-12 abroad 06-11..06-11',
    ]);
    const last = story.tales.at(-1);
    expect(last).toMatchObject({
      domesticUse: { dataBytes: 1_000 },
      roamingUse: { dataBytes: 2_000 },
      since: expect.any(Number),
    });
  });

  it('again within the day where late records change the days before, and only then', () => {
    const story = told().use(data('BA'), '2026-06-11 12:00').use(data('BA'), '2026-06-12 12:00');
    story.use(data('BA'), '2026-06-13 08:00').use(data('RS'), '2026-06-12 13:00', '2026-06-13 09:00');
    expect(facts(story.until('2026-06-13 23:00')).at(-1)).toBe(
      '06-13T09:00 k1 3 home 06-12..06-12 abroad 06-11..06-11',
    );
    expect(facts(story)).toHaveLength(3);
  });

  it('that it is over, once no day of the window is in the zone', () => {
    const story = told().use(data('BA'), '2026-06-11 12:00').until('2026-12-01');
    const all = facts(story);
    expect(all[0]).toBe('06-12T00:00 k1 1 home  abroad 06-11..06-11 risk');
    // Four months of whole days: 12 June to 12 October.
    expect(all.at(-1)).toBe('10-12T00:00 k1 123 gone');
    expect(all).toHaveLength(123);
    expect(story.state.next).toBe(0);
  });

  it('for the holder of the day, of his own days alone', () => {
    const story = told().use(data('BA'), '2026-06-11 12:00').record({ customerId: 'k2' }, '2026-06-12 10:00');
    story.use(data('BA'), '2026-06-12 12:00').use(data('BA'), '2026-06-13 12:00').until('2026-06-14 12:00');
    expect(facts(story)).toEqual([
      '06-12T00:00 k1 1 home  abroad 06-11..06-11 risk',
      '06-12T10:00 k1 2 gone',
      // The 12th was his only in part.
      '06-14T00:00 k2 3 home  abroad 06-13..06-13 risk',
    ]);
  });

  it('no risk by itself before it has been active for the whole window', () => {
    const young = told({ activeFrom: '2026-03-01T00:00:00+01:00' });
    const all = facts(young.use(data('BA'), '2026-06-25 12:00').until('2026-07-02'));
    expect(all.filter((line) => line.endsWith('risk'))).toEqual([
      '07-01T00:00 k1 6 home  abroad 06-25..06-25 risk',
      '07-02T00:00 k1 7 home  abroad 06-25..06-25 risk',
    ]);
  });

  it('is of few bytes, in the state too', () => {
    const story = told().use(data('BA'), '2026-06-11 12:00').use(data('RS'), '2026-06-12 12:00').until('2026-06-14');
    expect(JSON.stringify(story.tales.at(-1)).length).toBeLessThan(450);
    expect(story.stateBytes).toBeLessThan(110);
  });
});
