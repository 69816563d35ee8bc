/** Every decision has words, the figure that matters, and a mark only where something is abnormal. */
import { describe, expect, it } from 'vitest';
import { rowOf } from '../../dashboard/words.js';
import { DECISION_TYPES } from '../../pipelines/domain/decision.js';
import { credit } from '../pipelines/http/fake.js';

const row = (type: string, data: Record<string, unknown>) => rowOf({ ...credit(1), type, data });

describe('a decision in words', () => {
  it('exists for every type, and does not break on data that lacks everything', () => {
    for (const type of DECISION_TYPES) {
      const { words } = row(type, {});
      expect(words).not.toContain('undefined');
      expect(words).not.toBe(type);
    }
    expect(row('of.a.newer.version', {})).toMatchObject({ words: 'of.a.newer.version', level: null, amount: null });
  });

  it.each([
    ['credit.granted', { amount: { amount: '1284500.00', currency: 'RSD' } }, 'Credit granted', '1,284,500.00 RSD'],
    ['credit.adjusted', { amount: { amount: '-0.50', currency: 'EUR' } }, 'Credit adjusted, new total', '-0.50 EUR'],
    ['extension.granted', { seconds: 216_000 }, 'Contract extended', '60 h'],
    ['compensation.granted', { amount: null, days: 3 }, 'Compensation for late porting', '3 days'],
    ['notice.requested', { audience: 'noc', template: 'noc-outage-clock' }, 'Notice to NOC: outage clock', undefined],
    [
      'limit.exceeded',
      { measure: 'dataBytes', window: 'day', value: 2.5e9 },
      'Limit passed: data bytes, day',
      '2.5 GB',
    ],
    [
      'limit.exceeded',
      { measure: 'voiceSeconds', window: 'week', value: 90 },
      'Limit passed: voice seconds, week',
      '1.5 min',
    ],
    [
      'traffic.atypical',
      { measure: 'charge', window: 'month', value: { amount: '6000.00', currency: 'RSD' } },
      'Atypical traffic: charge, month',
      '6,000.00 RSD',
    ],
    [
      'quality.assessed',
      { measure: 'tv', month: '2026-05', met: true, meanBitsPerSecond: 8_123_456 },
      'TV quality of 2026-05: met',
      '8.12 Mbit/s',
    ],
    ['speed.assessed', { parameter: 'mean-80', met: null }, 'Speed, mean 80: not known', undefined],
    ['alarm.raised', { probableCause: 'powerProblem' }, 'Alarm: powerProblem', undefined],
    ['event.rejected', { reason: 'negative-amount' }, 'Event rejected: negative amount', undefined],
  ])('%s %o', (type, data, words, amount) => {
    const said = row(type, data);
    expect([said.words, said.amount ? `${said.amount.value} ${said.amount.unit}` : undefined]).toEqual([words, amount]);
  });

  it('is marked only where it is abnormal', () => {
    expect(row('credit.granted', {}).level).toBeNull();
    expect(row('outage.confirmed', {}).level).toBe('critical');
    expect(row('quality.assessed', { met: true }).level).toBeNull();
    expect(row('quality.assessed', { met: false }).level).toBe('minor');
    expect(row('alarm.raised', { perceivedSeverity: 'major' }).level).toBe('major');
    expect(row('alarm.raised', { perceivedSeverity: 'no such' }).level).toBe('indeterminate');
  });

  it('of a bad line without a subject, a type or a time that can be read still has a row', () => {
    expect(rowOf({ id: 'x', type: 'event.rejected', time: 'never', data: {} })).toMatchObject({ subject: '', time: 0 });
  });
});
