import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { touches } from '../../../../pipelines/domain/borders.js';
import { HOUR, MINUTE, SECOND } from '../../../../pipelines/domain/units.js';
import { printOf } from '../../../../pipelines/domain/usage/packed.js';
import { HOME, type UsageRecord } from '../../../../pipelines/domain/usage/record.js';
import {
  deviates,
  isShort,
  largest,
  overlapping,
  shortCalls,
  spreadOf,
  twoCountries,
} from '../../../../pipelines/domain/usage/unusual.js';

const START = Date.UTC(2026, 5, 10);
const DAY_LONG = { from: START, to: START + 24 * HOUR };

/** A call of a minute at an hour of the day, unless it says otherwise. */
function record(id: string, hour: number, more: Partial<UsageRecord> = {}): UsageRecord {
  return {
    print: printOf(id),
    at: START + hour * HOUR,
    day: 20_614,
    kind: 'voice',
    incoming: false,
    feed: 'other',
    place: 'home',
    amount: 60,
    charge: 0,
    priced: true,
    standing: 'live',
    ...more,
  };
}
const names = (records: readonly UsageRecord[] | undefined, ids: string) =>
  [...ids].filter((id) => records?.some(({ print }) => print === printOf(id))).join('');

describe('above median + factor x MAD', () => {
  // Median 3, distances 2 1 0 1 2: MAD 1. With factor 4 the bound is 7.
  it.each([
    ['at the bound', 7, false],
    ['just above', 8, true],
  ])('%s', (_, value, above) => {
    expect(deviates(value, [1, 2, 3, 4, 5], 4)).toBe(above);
    expect(deviates(value, [5, 1, 4, 2, 3], 4)).toBe(above);
  });

  it('of an even count the median is the mean of the two in the middle, and so may a distance be', () => {
    // Median 2.5, distances 1.5 0.5 0.5 1.5: MAD 1; 2.5 + 3 x 1 = 5.5.
    expect(deviates(5, [1, 2, 3, 4], 3)).toBe(false);
    expect(deviates(6, [1, 2, 3, 4], 3)).toBe(true);
    // Median 0.5, distances 0.5 0.5: MAD 0.5; 0.5 + 3 x 0.5 = 2.
    expect(deviates(2, [0, 1], 3)).toBe(false);
    expect(deviates(3, [0, 1], 3)).toBe(true);
    expect(spreadOf([1, 2, 3, 4])).toEqual({ median: 3, mad: 1 });
    expect(spreadOf([5])).toEqual({ median: 5, mad: 0 });
  });

  it('one day of much does not blind it, as it does a mean', () => {
    const before = [10, 10, 10, 10, 10, 10, 9_000];
    expect(deviates(20, before, 4)).toBe(true);
    expect(20 > 2 * (before.reduce((sum, one) => sum + one) / before.length)).toBe(false);
  });

  it('days that are all alike: more than each of them', () => {
    expect(deviates(5, [5, 5, 5], 10)).toBe(false);
    expect(deviates(6, [5, 5, 5], 10)).toBe(true);
  });

  it('is what exact fractions say, for sums of any size', () => {
    const sums = fc.array(fc.oneof(fc.nat(20), fc.integer({ min: 0, max: 2 ** 50 })), { minLength: 1, maxLength: 30 });
    const value = fc.oneof(fc.nat(60), fc.integer({ min: 0, max: 2 ** 50 }));
    fc.assert(
      fc.property(value, sums, fc.integer({ min: 1, max: 20 }), (sum, before, factor) => {
        const twice = (all: bigint[]) => {
          all.sort((a, b) => (a < b ? -1 : 1));
          return all[(all.length - 1) >> 1]! + all[all.length >> 1]!;
        };
        const median = twice(before.map(BigInt));
        const mad = twice(before.map((one) => 2n * BigInt(one) - median).map((one) => (one < 0n ? -one : one)));
        expect(deviates(sum, before, factor)).toBe(4n * BigInt(sum) > 2n * median + BigInt(factor) * mad);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('calls that overlap', () => {
  const find = (...records: UsageRecord[]) => overlapping(records, DAY_LONG, 2);
  const long = { amount: 3_600 };

  it('two at one moment are call waiting, three are not', () => {
    const [a, b, c] = [record('a', 10, long), record('b', 10.2, long), record('c', 10.4)];
    expect(find(a, b)).toBeUndefined();
    const found = find(c, a, b)!;
    expect([found.value, found.bound, names(found.evidence, 'abc')]).toEqual([3, 2, 'abc']);
  });

  it('a call that ends when another begins does not overlap it', () => {
    const first = [record('a', 10, long), record('b', 10.5, long)];
    expect(find(...first, record('c', 11))).toBeUndefined();
    const before = record('c', 11, { at: START + 11 * HOUR - 1 });
    expect(find(...first, before)?.value).toBe(3);
  });

  it('parts of a session are one call; what was not answered, and what is no call, is none', () => {
    const part = (id: string, hour: number) => record(id, hour, { ...long, session: printOf('s'), part: printOf(id) });
    expect(find(part('a', 10), part('b', 10.1), record('c', 10.2), part('d', 10.3))).toBeUndefined();
    const others = [record('c', 10.2, { amount: 0 }), record('d', 10.2, { kind: 'data', amount: 9_999 })];
    expect(find(record('a', 10, long), record('b', 10.1, long), ...others)).toBeUndefined();
  });

  it('counts for the stretch of time in which the last of them begins', () => {
    const all = [record('a', 23.5, long), record('b', 23.6, long), record('c', 24.1)];
    expect(overlapping(all, DAY_LONG, 2)).toBeUndefined();
    expect(overlapping(all, { from: DAY_LONG.to, to: DAY_LONG.to + HOUR }, 2)?.value).toBe(3);
  });

  it('is what counting at every beginning says, in any order', () => {
    const call = fc.record({ at: fc.nat(40), minutes: fc.integer({ min: 1, max: 15 }), session: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 10 }), fc.integer({ min: 1, max: 3 }), (calls, most) => {
        const records = calls.map(({ at, minutes, session }, i) =>
          record(`${i}`, 0, {
            at: START + at * MINUTE,
            amount: minutes * 60,
            ...(session < 3 && { session: printOf(`s${session}`) }),
          }),
        );
        const name = (one: (typeof calls)[number], i: number) => (one.session < 3 ? `s${one.session}` : `${i}`);
        const counts = calls.map(({ at }) => {
          const running = calls.flatMap((one, i) => (one.at <= at && one.at + one.minutes > at ? [name(one, i)] : []));
          return new Set(running).size;
        });
        const value = Math.max(0, ...counts);
        expect(overlapping(records, DAY_LONG, most)?.value).toBe(value > most ? value : undefined);
        expect(overlapping([...records].reverse(), DAY_LONG, most)).toEqual(overlapping(records, DAY_LONG, most));
      }),
      { numRuns: 500 },
    );
  });
});

describe('two countries', () => {
  const way = { travelMin: HOUR, home: 'RS' };
  const find = (...records: UsageRecord[]) => twoCountries(records, DAY_LONG, way);
  const home = (id: string, hour: number, more: Partial<UsageRecord> = {}) =>
    record(id, hour, { country: HOME, ...more });
  const abroad = (id: string, country: string, hour: number, more: Partial<UsageRecord> = {}) =>
    record(id, hour, { country, place: 'elsewhere', ...more });

  it.each([
    ['a second less than the way takes', 3_599, true],
    ['just as long', 3_600, false],
  ])('between countries that do not touch: %s', (_, seconds, found) => {
    const sms = { kind: 'sms', amount: 1 } as const;
    const later = abroad('b', 'US', 0, { ...sms, at: START + 10 * HOUR + seconds * SECOND });
    const sign = find(home('a', 10, sms), later);
    expect(sign && [sign.value, sign.bound, names(sign.evidence, 'ab')]).toEqual(
      found ? [3_599, 3_600, 'ab'] : undefined,
    );
  });

  it('the way begins when a call is over', () => {
    expect(find(home('a', 10, { amount: 1_800 }), abroad('b', 'US', 11.49))?.value).toBe(3_564);
    expect(find(home('a', 10, { amount: 1_800 }), abroad('b', 'US', 11.5))).toBeUndefined();
  });

  it('over a border it takes no time, but nobody is on both sides at once', () => {
    expect(touches('RS', 'BA')).toBe(true);
    expect(touches('RS', 'AL')).toBe(false);
    expect(find(home('a', 10, { amount: 60 }), abroad('b', 'BA', 10 + 1 / 60))).toBeUndefined();
    expect(find(home('a', 10, { amount: 61 }), abroad('b', 'BA', 10 + 1 / 60))?.value).toBe(-1);
  });

  it('one session, one country, and records that name none say nothing', () => {
    const session = { session: printOf('s') };
    expect(find(home('a', 10, session), abroad('b', 'US', 10.1, session))).toBeUndefined();
    expect(find(abroad('a', 'US', 10), abroad('b', 'US', 10.1))).toBeUndefined();
    expect(find(record('a', 10), abroad('b', 'US', 10.1))).toBeUndefined();
    expect(find()).toBeUndefined();
  });

  it('a record between the two does not make the way longer', () => {
    expect(find(home('a', 10), abroad('b', 'HU', 10.2), abroad('c', 'US', 10.5))?.value).toBeDefined();
    const [a, b, c] = [home('a', 10, { amount: 1_800 }), home('b', 10.1), abroad('c', 'US', 10.5)];
    expect(names(find(a, b, c)?.evidence, 'abc')).toBe('ac');
  });

  it('counts where the later of the two is', () => {
    const [a, b] = [home('a', 23.9), abroad('b', 'US', 24.1)];
    expect(find(a, b)).toBeUndefined();
    expect(twoCountries([a, b], { from: DAY_LONG.to, to: DAY_LONG.to + HOUR }, way)).toBeDefined();
  });

  it('finds some pair exactly where there is one, in any order', () => {
    const one = fc.record({
      at: fc.nat(300),
      minutes: fc.constantFrom(0, 0, 1, 20),
      country: fc.constantFrom(HOME, 'BA', 'US', 'HR', undefined),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 8 }), (all) => {
        const records = all.map(({ at, minutes, country }, i) =>
          record(`${i}`, 0, { at: START + at * MINUTE, amount: minutes * 60, ...(country && { country }) }),
        );
        const isPair = (a: (typeof all)[number], b: (typeof all)[number]) => {
          if (!a.country || !b.country || a.country === b.country || a.at > b.at) return false;
          const pair = [a.country, b.country].sort().join(' ');
          // Of these, Serbia touches Bosnia and Croatia, and they each other.
          const near = ['-- BA', '-- HR', 'BA HR'].includes(pair);
          return b.at - a.at - a.minutes < (near ? 0 : 60);
        };
        const exists = all.some((a, i) => all.some((b, j) => i !== j && isPair(a, b)));
        expect(find(...records) !== undefined).toBe(exists);
        expect(find(...[...records].reverse())).toEqual(find(...records));
      }),
      { numRuns: 1_000 },
    );
  });

  it('countries touch both ways', () => {
    for (const [a, b] of [
      ['RS', 'XK'],
      ['AT', 'SI'],
      ['FR', 'GB'],
      ['DK', 'SE'],
    ] as const)
      expect([touches(a, b), touches(b, a)]).toEqual([true, true]);
    for (const [a, b] of [
      ['RS', 'AT'],
      ['RS', 'RS'],
      ['BA', 'SI'],
      ['', 'RS'],
    ] as const)
      expect(touches(a, b)).toBe(false);
  });
});

describe('short calls to listed ranges', () => {
  const rules = { secondsMax: 30, callsMin: 3 };
  const listed = (id: string, more: Partial<UsageRecord> = {}) => record(id, 10, { listed: true, amount: 30, ...more });

  it.each([
    ['one fewer', 'ab', undefined],
    ['as many', 'abc', 3],
    ['more', 'abcd', 4],
  ])('%s', (_, ids, value) => {
    const found = shortCalls(
      [...ids].map((id) => listed(id)),
      rules,
    );
    expect(found?.value).toBe(value);
    expect(names(found?.evidence, 'abcd')).toBe(value ? ids : '');
  });

  it.each([
    ['to another number', { listed: undefined }, false],
    ['a second longer', { amount: 31 }, false],
    ['not answered', { amount: 0 }, false],
    ['that came in', { incoming: true }, false],
    ['of a second', { amount: 1 }, true],
  ] as const)('a call %s', (_, more, counts) => {
    const { listed: __, ...rest } = listed('c');
    const call = { ...rest, ...('listed' in more ? {} : { listed: true as const, ...more }) };
    expect(isShort(call, 30)).toBe(counts);
  });
});

describe('the records that make a day', () => {
  it('are the largest five of the measure', () => {
    const records = [...'abcdefg'].map((id, i) => record(id, i, { kind: 'data', amount: i, charge: 7 - i }));
    expect(names(largest(records, 'dataBytes'), 'abcdefg')).toBe('cdefg');
    expect(names(largest(records, 'charge'), 'abcdefg')).toBe('abcde');
    expect(largest(records, 'voiceSeconds')).toEqual([]);
    expect(largest([record('a', 1, { kind: 'mms', amount: 2 })], 'messages')).toHaveLength(1);
    expect(largest([record('a', 1, { kind: 'mms', amount: 2, incoming: true })], 'messages')).toEqual([]);
  });
});
