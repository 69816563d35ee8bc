import { describe, expect, it } from 'vitest';
import { deemedAt } from '../../../alerts/policy/deemed.js';
import { mayLeaveAt } from '../../../alerts/policy/hours.js';
import { formatLocal } from '../../../pipelines/domain/calendar.js';
import type { NoticeRules, SendingHours } from '../../../pipelines/domain/pack.js';
import { parseInstant } from '../../../pipelines/domain/units.js';

const ZONE = 'Europe/Belgrade';
const HOURS: SendingHours = {
  weekdays: { from: '09:00', to: '20:00' },
  weekends: { from: '10:00', to: '18:00' },
};
const leaves = (text: string) => formatLocal(mayLeaveAt(parseInstant(text)!, HOURS, ZONE), ZONE);

describe('the hours in which a message may leave', () => {
  it.each([
    ['just before they begin', '2026-06-10T08:59:59+02:00', '2026-06-10T09:00:00+02:00'],
    ['when they begin', '2026-06-10T09:00:00+02:00', '2026-06-10T09:00:00+02:00'],
    ['just before they end', '2026-06-10T19:59:59+02:00', '2026-06-10T19:59:59+02:00'],
    ['when they end', '2026-06-10T20:00:00+02:00', '2026-06-11T09:00:00+02:00'],
    ['on Friday night', '2026-06-12T20:00:00+02:00', '2026-06-13T10:00:00+02:00'],
    ['on Sunday evening', '2026-06-14T18:00:00+02:00', '2026-06-15T09:00:00+02:00'],
    ['over the hour that spring leaves out', '2026-03-28T23:00:00+01:00', '2026-03-29T10:00:00+02:00'],
    ['over the hour that autumn has twice', '2026-10-24T23:00:00+02:00', '2026-10-25T10:00:00+01:00'],
  ])('%s', (_, at, then) => expect(leaves(at)).toBe(then));

  it('is at once without hours', () => {
    const night = parseInstant('2026-06-10T03:00:00+02:00')!;
    expect(mayLeaveAt(night, null, ZONE)).toBe(night);
  });
});

describe('deemed delivery (Truf 98, 100)', () => {
  const rules: Pick<NoticeRules, 'deemed' | 'holidays'> = {
    deemed: { electronic: 'next-day', web: 'next-working-day', post: 'second-working-day' },
    holidays: ['2026-06-15'],
  };
  const deemed = (way: 'electronic' | 'web' | 'post', at: string) =>
    formatLocal(deemedAt(way, parseInstant(at)!, rules, ZONE)!, ZONE);

  it.each([
    ['electronic', '2026-06-12T23:59:59+02:00', '2026-06-13T00:00:00+02:00'],
    ['electronic', '2026-03-28T12:00:00+01:00', '2026-03-29T00:00:00+01:00'],
    ['web', '2026-06-11T12:00:00+02:00', '2026-06-12T00:00:00+02:00'],
    // A weekend and a holiday lie between.
    ['web', '2026-06-12T12:00:00+02:00', '2026-06-16T00:00:00+02:00'],
    ['post', '2026-06-12T12:00:00+02:00', '2026-06-17T00:00:00+02:00'],
    ['post', '2026-06-09T12:00:00+02:00', '2026-06-11T00:00:00+02:00'],
  ] as const)('%s, sent %s', (way, at, then) => expect(deemed(way, at)).toBe(then));

  it('is not where the terms do not say', () => {
    const silent = { deemed: { electronic: null, web: null, post: null }, holidays: [] };
    expect(deemedAt('electronic', 0, silent, ZONE)).toBeUndefined();
  });
});
