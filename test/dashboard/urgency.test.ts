/** Which outage stands on top: the one that can still be saved, then the new one, then those that cost money already. */
import { describe, expect, it } from 'vitest';
import { byUrgency, standOf } from '../../dashboard/urgency.js';
import { outage, T0 } from '../pipelines/http/fake.js';

const HOUR = 3_600_000;
/** An outage that began so many hours ago, with a limit of 48 h unless told otherwise. */
const opened = (hours: number, limit = 48) => {
  const from = T0 - hours * HOUR;
  return outage({ incident: `after-${hours}`, from, confirmedAt: from + limit * HOUR, overdueAt: from + limit * HOUR });
};

describe('how an outage stands', () => {
  it.each([
    [0.1, 'warning'],
    [23.99, 'warning'],
    [24, 'minor'],
    [39.99, 'minor'],
    [40, 'major'],
    [47.99, 'major'],
    [48, 'critical'],
    [400, 'critical'],
  ])('after %d of 48 h it is %s', (hours, level) => {
    expect(standOf(opened(hours), T0).level).toBe(level);
  });

  it('with a limit of 24 h the marks lie at 12 and 20 h', () => {
    expect([11, 12, 20, 24].map((hours) => standOf(opened(hours, 24), T0).level)).toEqual([
      'warning',
      'minor',
      'major',
      'critical',
    ]);
  });

  it('fills its bar from the beginning to the limit, and no further', () => {
    expect([0, 12, 48, 96].map((hours) => standOf(opened(hours), T0).share)).toEqual([0, 0.25, 1, 1]);
  });

  it('whose time does not count has no limit of the terms; the repair may still be due', () => {
    const paused = { ...opened(10), counts: false, confirmedAt: null };
    expect(standOf(paused, T0)).toMatchObject({ level: 'cleared', limit: 'overdue', limitAt: paused.overdueAt });
    expect(standOf({ ...paused, overdueAt: null }, T0)).toMatchObject({ share: null, limit: null, limitAt: null });
  });
});

describe('the order', () => {
  it('is: close to the limit, new, past it, running, paused; within each the newest first', () => {
    const paused = { ...opened(1), incident: 'paused', counts: false, confirmedAt: null, overdueAt: null };
    const all = [opened(100), opened(3), paused, opened(50), opened(41), opened(0.1), opened(46), opened(30)];
    expect(byUrgency(all, T0).map(({ incident }) => incident)).toEqual([
      'after-46',
      'after-41',
      'after-0.1',
      'after-50',
      'after-100',
      'after-3',
      'after-30',
      'paused',
    ]);
  });

  it('is the same for the same outages, however they come', () => {
    const twins = ['b', 'a', 'c'].map((incident) => ({ ...opened(5), incident }));
    expect(byUrgency(twins, T0).map(({ incident }) => incident)).toEqual(['a', 'b', 'c']);
    expect(byUrgency([...twins].reverse(), T0)).toEqual(byUrgency(twins, T0));
  });
});
