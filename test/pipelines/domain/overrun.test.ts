import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountOf, boundOf, Delays, delayOf, lengthOf, overruns } from '../../../pipelines/domain/overrun.js';
import type { FeedRules } from '../../../pipelines/domain/pack.js';
import { DAY, HOUR, MINUTE, SECOND } from '../../../pipelines/domain/units.js';
import { a1, mtel, turned } from '../../usage-told.js';

const feeds = a1.rules.feeds!;
const para = (minor: number) => ({ minor, currency: 'RSD' });
/** 30 RSD a minute of voice, 5 RSD a megabyte at 20 Mbit/s, ten messages a minute for 10 RSD. */
const rates = {
  voicePerMinute: para(3_000),
  dataPerMegabyte: para(500),
  dataBitsPerSecond: 20_000_000,
  perMessage: para(1_000),
  messagesPerMinute: 10,
};
const rules = (more: Partial<FeedRules> = {}): FeedRules => ({ ...feeds, sessions: 1, rates, ...more });
const charge = (delay: number, of: FeedRules = rules()) => boundOf(of, 'charge', delay, 'RSD');
const only = (kind: 'voicePerMinute' | 'dataPerMegabyte' | 'perMessage') => {
  const none = { voicePerMinute: para(0), dataPerMegabyte: para(0), perMessage: para(0) };
  return rules({ rates: { ...rates, ...none, [kind]: rates[kind] } });
};

describe('the bound: sessions x rate x delay, and one unit that cannot be cut', () => {
  it.each([
    ['voice in five minutes', only('voicePerMinute'), 5 * MINUTE, 15_000 + 3_000, 'voice'],
    ['a call of two hours', only('voicePerMinute'), 2 * HOUR, 360_000 + 3_000, 'voice'],
    ['data in five minutes', only('dataPerMegabyte'), 5 * MINUTE, 375_000 + 500, 'data'],
    ['messages in five minutes', only('perMessage'), 5 * MINUTE, 50_000 + 1_000, 'messages'],
    ['the worst of them', rules(), 5 * MINUTE, 375_000 + 500, 'data'],
    ['two sessions at a time', rules({ sessions: 2 }), 5 * MINUTE, 750_000 + 500, 'data'],
  ])('charges: %s', (_, of, delay, minor, worst) => {
    expect(charge(delay, of)).toEqual({ overrun: para(minor), worst });
  });

  it('volumes and times by what can be used of them', () => {
    const bound = (measure: 'voiceSeconds' | 'messages' | 'dataBytes') =>
      boundOf(rules({ sessions: 2 }), measure, MINUTE, 'RSD');
    expect(bound('voiceSeconds').overrun).toBe(120);
    expect(bound('messages').overrun).toBe(21);
    expect(bound('dataBytes').overrun).toBe(300_000_000);
  });

  it('is rounded up: a bound is never too low', () => {
    expect(boundOf(rules(), 'voiceSeconds', 1, 'RSD').overrun).toBe(1);
    expect(charge(1, only('voicePerMinute')).overrun).toEqual(para(3_001));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 * DAY }), fc.integer({ min: 1, max: 9 }), (delay, sessions) => {
        const data = charge(delay, { ...only('dataPerMegabyte'), sessions }).overrun as { minor: number };
        const exact = BigInt(sessions) * 20_000_000n * BigInt(delay) * 500n;
        const unit = 8_000n * 1_000_000n;
        expect(BigInt(data.minor - 500) * unit >= exact).toBe(true);
        expect(BigInt(data.minor - 501) * unit < exact).toBe(true);
      }),
    );
  });

  it('the delay is that of the record, its way, the decision and the bar', () => {
    const delays = { ...feeds.delays, radius: { record: 5 * MINUTE, delivery: MINUTE } };
    expect(delayOf(rules({ delays, deciding: SECOND, barring: 30 * SECOND }), 'radius')).toBe(6 * MINUTE + 31 * SECOND);
  });
});

describe('the limits of an operator', () => {
  it('each for every feed that tells of its use', () => {
    const rows = overruns(a1).map(({ rule, measure, feed }) => `${rule} ${measure} ${feed}`);
    const feedsOf = (name: string) => ['tap', 'nrtrde', 'radius', 'cdr'].map((feed) => `${name} ${feed}`);
    expect(rows).toEqual([
      ...feedsOf('spendBar charge'),
      ...['charge', 'voiceSeconds', 'messages', 'dataBytes'].flatMap((measure) => feedsOf(`limits ${measure}`)),
      'roamingData dataBytes tap',
      'roamingData dataBytes nrtrde',
    ]);
    expect(overruns(mtel).map(({ rule, feed }) => `${rule} ${feed}`)).toEqual(feedsOf('creditLimit'));
  });

  it('names the clause and the limit, and where a whole cycle may pass', () => {
    const [tap, , radius] = overruns(a1);
    expect(radius).toEqual({
      operator: 'a1-rs',
      rule: 'spendBar',
      clause: 'A1 14.3',
      measure: 'charge',
      limit: { minor: 500_000, currency: 'RSD' },
      feed: 'radius',
      delay: 7 * MINUTE + SECOND,
      // 421 s at 20 Mbit/s and 5 RSD a megabyte, and a megabyte more.
      overrun: { minor: 526_250 + 500, currency: 'RSD' },
      worst: 'data',
      wholeCycle: false,
    });
    expect(tap).toMatchObject({ feed: 'tap', wholeCycle: true });
    const short = { ...feeds.delays, tap: { record: 0, delivery: 28 * DAY } };
    const at = (delivery: number) =>
      overruns(
        turned(a1, 'feeds', { delays: { ...short, tap: { record: 0, delivery } }, deciding: 0, barring: 0 }),
      )[0]!;
    expect([at(28 * DAY - 1).wholeCycle, at(28 * DAY).wholeCycle]).toEqual([false, true]);
  });

  it('none where the pack says nothing of feeds', () => {
    const { feeds: _, ...others } = a1.rules;
    expect(overruns({ ...a1, rules: others })).toEqual([]);
  });
});

describe('delays as they were measured', () => {
  const of = (...delays: number[]) => {
    const all = new Delays();
    for (const delay of delays) all.add(delay);
    return all;
  };

  it('small ones to the second; what ran ahead was not late', () => {
    const all = of(0, SECOND, 2 * SECOND, 3 * SECOND, -5 * SECOND);
    expect([all.percentile(50), all.percentile(99), all.max, all.count]).toEqual([SECOND, 3 * SECOND, 3 * SECOND, 5]);
    expect([of().percentile(50), of().percentile(99), of().max]).toEqual([0, 0, 0]);
    expect(of(1).percentile(50)).toBe(1);
  });

  it('are never less than the delay of that rank, and at most an eighth and a second more', () => {
    const delay = fc.oneof(fc.integer({ min: 0, max: MINUTE }), fc.integer({ min: 0, max: 130 * DAY }));
    fc.assert(
      fc.property(
        fc.array(delay, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(1, 50, 99, 100),
        (delays, percent) => {
          const sorted = [...delays].sort((a, b) => a - b);
          const exact = sorted[Math.ceil((delays.length * percent) / 100) - 1]!;
          const said = of(...delays).percentile(percent);
          expect(said).toBeGreaterThanOrEqual(exact);
          expect(said).toBeLessThanOrEqual(exact * 1.125 + SECOND);
          expect(of(...sorted).percentile(percent)).toBe(said);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('in words', () => {
  it.each([
    [0, '0 s'],
    [999, 'under 1 s'],
    [59 * SECOND, '59 s'],
    [61 * SECOND, '1 min 1 s'],
    [2 * HOUR, '2 h'],
    [30 * DAY + 2 * HOUR, '30 d 2 h'],
  ])('%i ms: %s', (length, words) => {
    expect(lengthOf(length)).toBe(words);
  });

  it('amounts by their measure', () => {
    expect(amountOf('charge', para(123_456))).toBe('1234.56 RSD');
    expect(amountOf('voiceSeconds', 90)).toBe('1 min 30 s');
    expect(amountOf('messages', 21)).toBe('21 messages');
    expect([amountOf('dataBytes', 2_500_000_000), amountOf('dataBytes', 2_500_000)]).toEqual(['2.50 GB', '2.50 MB']);
  });
});
