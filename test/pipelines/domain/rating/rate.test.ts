import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fraction } from '../../../../pipelines/domain/money.js';
import {
  formatExact,
  formatFixed,
  ONE,
  readDecimal,
  readQuantity,
} from '../../../../pipelines/domain/rating/quantity.js';
import { count, type Rating, rate, VOICE_MAX } from '../../../../pipelines/domain/rating/rate.js';
import { methodOf, roundTo } from '../../../../pipelines/domain/rating/rounding.js';
import { rateSession } from '../../../../pipelines/domain/rating/settle.js';
import { readPrice } from '../../../../pipelines/domain/rating/tariff.js';
import { parseInstant } from '../../../../pipelines/domain/units.js';
import { clockTime, type PlainBand, walk, wireOf } from './reference.js';

const zone = 'Europe/Belgrade';
const at = (text: string) => parseInstant(text)!;
const NOON = '2026-06-10T12:00:00+02:00';

function priceOf(wire: unknown, measure: 'time' | 'volume' | 'count' = 'time') {
  const read = readPrice(wire, measure);
  if (!read.ok) throw new Error(`${read.problem.field} ${read.problem.why}`);
  return read.value;
}

function call(wire: unknown, seconds: number, start = NOON): Rating {
  return rate(priceOf(wire), { kind: 'voice', start: at(start), amount: BigInt(seconds) * ONE, wall: { zone } });
}
const cost = (...given: Parameters<typeof call>) => formatExact(call(...given).cost);
const data = (wire: unknown, bytes: number, start = NOON) =>
  formatExact(
    rate(priceOf(wire, 'volume'), { kind: 'data', start: at(start), amount: BigInt(bytes) * ONE, wall: { zone } }).cost,
  );

/** One price a minute, in the given steps. */
const minute = (rate: string, ...steps: (readonly [from: number, increment: number])[]) => ({
  connectFee: '0',
  slots: steps.map(([from, increment]) => ({ from, rate, unit: 60, increment })),
});

describe('a started step counts whole', () => {
  it.each([
    [
      '60/60',
      minute('6', [0, 60]),
      [
        [0, '0'],
        [1, '6'],
        [59, '6'],
        [60, '6'],
        [61, '12'],
        [120, '12'],
        [121, '18'],
      ],
    ],
    [
      '60/1',
      minute('6', [0, 60], [60, 1]),
      [
        [1, '6'],
        [59, '6'],
        [60, '6'],
        [61, '6.1'],
        [119, '11.9'],
      ],
    ],
    [
      '30/10',
      minute('6', [0, 30], [30, 10]),
      [
        [1, '3'],
        [30, '3'],
        [31, '4'],
        [40, '4'],
        [41, '5'],
      ],
    ],
    [
      '60/30',
      minute('6', [0, 60], [60, 30]),
      [
        [60, '6'],
        [61, '9'],
        [90, '9'],
        [91, '12'],
      ],
    ],
  ] as const)('%s', (_, tariff, expected) => {
    for (const [seconds, due] of expected) expect(cost(tariff, seconds), `${seconds} s`).toBe(due);
  });

  it('a slot from 30 s with steps of 60 s rates 90 s of a call of 60 s', () => {
    expect(cost(minute('6', [0, 30], [30, 60]), 60)).toBe('9');
    expect(cost(minute('6', [0, 30], [30, 60]), 30)).toBe('3');
    expect(cost(minute('6', [0, 30], [30, 60]), 31)).toBe('9');
  });

  it('a slot begins where the rounded part of the one before it ends, and may be passed over whole', () => {
    const slots = [
      { from: 0, rate: '1', unit: 60, increment: 60 },
      { from: 30, rate: '100', unit: 1, increment: 1 },
      { from: 50, rate: '2', unit: 10, increment: 10 },
    ];
    expect(cost({ slots }, 60)).toBe('1');
    expect(cost({ slots }, 61)).toBe('3');
    expect(cost({ slots }, 70)).toBe('3');
    expect(cost({ slots }, 71)).toBe('5');
  });

  it('60 s at 0.02 and at 0.01 a minute, by seconds, are 0.02 and 0.01, not 0.0198 and 0.0102', () => {
    expect(cost(minute('0.02', [0, 1]), 60)).toBe('0.02');
    expect(cost(minute('0.01', [0, 1]), 60)).toBe('0.01');
    expect(cost(minute(0.1 as unknown as string, [0, 1]), 180)).toBe('0.3');
  });

  it('data in blocks of 50 KB: the first byte takes the block', () => {
    const blocks = { slots: [{ from: 0, rate: '0.5', unit: '50 KB', increment: '50 KB' }] };
    expect([0, 1, 51_199, 51_200, 51_201].map((bytes) => data(blocks, bytes))).toEqual(['0', '0.5', '0.5', '0.5', '1']);
  });
});

describe('the connect fee', () => {
  const bands = [
    { from: '08:00', connectFee: '5', slots: [{ from: 0, rate: '60', unit: 60, increment: 1 }] },
    { from: '18:00', connectFee: '2', slots: [{ from: 0, rate: '30', unit: 60, increment: 1 }] },
  ];

  it('is that of the first band, once; none at zero length, none for negative usage', () => {
    expect(cost({ bands }, 20, '2026-06-10T17:59:50+02:00')).toBe('20');
    expect(cost({ bands }, 1, '2026-06-10T18:00:00+02:00')).toBe('2.5');
    expect(cost({ bands }, 0)).toBe('0');
    expect(cost({ bands }, -60)).toBe('0');
  });
});

describe('bands of the wall clock', () => {
  const step = (increment: number, rate: string) => [{ from: 0, rate, unit: 60, increment }];
  const day = { from: '08:00', slots: step(60, '2') };
  const night = { from: '18:00', slots: step(60, '1') };
  const weekend = { weekdays: ['sat', 'sun'], from: '00:00', slots: step(60, '0.5') };

  it.each([
    ['17:59:59', '2'],
    ['18:00:00', '1'],
    ['18:00:01', '1'],
    ['07:59:59', '1'],
    ['08:00:00', '2'],
  ])('a minute from %s: %s, for the start is inclusive', (time, due) => {
    expect(cost({ bands: [day, night] }, 60, `2026-06-10T${time}+02:00`)).toBe(due);
  });

  it('a minute begun before a band is of the band before it, and the next minute begins where it ends', () => {
    expect(cost({ bands: [day, night] }, 60, '2026-06-10T17:59:30+02:00')).toBe('2');
    expect(cost({ bands: [day, night] }, 61, '2026-06-10T17:59:30+02:00')).toBe('3');
    expect(cost({ bands: [day, night] }, 120, '2026-06-10T17:59:00+02:00')).toBe('3');
  });

  it('a slot is an offset into the call, not into the band', () => {
    const late = { from: '18:00', slots: [...step(60, '1'), { from: 120, rate: '10', unit: 60, increment: 60 }] };
    expect(cost({ bands: [day, late] }, 240, '2026-06-10T17:59:00+02:00')).toBe('23');
  });

  it('voice is split at midnight where the weekday has a band of its own; data is not', () => {
    const bands = [
      { from: '00:00', slots: step(1, '60') },
      { ...weekend, slots: step(1, '6') },
    ];
    const friday = '2026-06-12T23:59:50+02:00';
    expect([9, 10, 11, 20].map((seconds) => cost({ bands }, seconds, friday))).toEqual(['9', '10', '10.1', '11']);
    expect(data({ bands }, 20, friday)).toBe('20');
    expect(cost({ bands }, 20, '2026-06-14T23:59:50+02:00')).toBe('11');
    expect(cost({ bands }, 20, '2026-06-10T23:59:50+02:00')).toBe('20');
  });

  it('the band for fewer weekdays is meant where two begin together; two that are equal are refused', () => {
    const all = { from: '00:00', slots: step(60, '3') };
    expect(cost({ bands: [all, weekend] }, 60, '2026-06-13T00:00:00+02:00')).toBe('0.5');
    expect(cost({ bands: [weekend, all] }, 60, '2026-06-12T23:00:00+02:00')).toBe('3');
    expect(() => priceOf({ bands: [all, all] })).toThrow('bands.1.from is also that of bands.0, on the same day');
  });

  describe('on the days of 23 and 25 hours', () => {
    const whole = {
      bands: [
        { from: '00:00', slots: step(60, '60') },
        { weekdays: [1], from: '00:00', slots: step(60, '6') },
      ],
    };

    it.each([
      ['2026-03-29T00:00:00+01:00', 23],
      ['2026-10-25T00:00:00+02:00', 25],
      ['2026-06-14T00:00:00+02:00', 24],
    ])('Sunday from %s has %d hours, then Monday begins', (start, hours) => {
      expect(cost(whole, hours * 3600, start)).toBe(String(hours * 3600));
      expect(cost(whole, hours * 3600 + 60, start)).toBe(String(hours * 3600 + 6));
    });

    const cheap = {
      bands: [
        { from: '00:00', slots: step(60, '1') },
        { from: '02:30', slots: step(60, '100') },
      ],
    };

    it('a band that begins in the hour that comes twice holds in both, and not between them', () => {
      // 02:00 to 02:30 cheap, 02:30 to 03:00 dear, then the wall shows 02:00 again.
      expect(cost(cheap, 2 * 3600, '2026-10-25T02:00:00+02:00')).toBe(String(30 + 3000 + 30 + 3000));
    });

    it('a band that begins in the hour left out holds from the end of that hour', () => {
      expect(cost(cheap, 60, '2026-03-29T01:59:00+01:00')).toBe('1');
      expect(cost(cheap, 61, '2026-03-29T01:59:00+01:00')).toBe('101');
    });
  });
});

describe('the cap', () => {
  const capped = (maxCostStrategy?: string) => ({
    ...minute('6', [0, 60]),
    maxCost: '20',
    ...(maxCostStrategy && { maxCostStrategy }),
  });

  it('free: just under, exactly, over; disconnect never caps what was used', () => {
    expect([180, 181, 600].map((seconds) => cost(capped('free'), seconds))).toEqual(['18', '20', '20']);
    expect(cost(capped(), 600)).toBe('20');
    expect(cost(capped('*disconnect'), 600)).toBe('60');
  });
});

describe('rounding', () => {
  it.each([
    ['half-up', '0.125', '0.13'],
    ['half-up', '0.1249999', '0.12'],
    ['half-even', '0.125', '0.12'],
    ['half-even', '0.135', '0.14'],
    ['up', '0.12', '0.12'],
    ['up', '0.1200001', '0.13'],
    ['down', '0.1299999', '0.12'],
    ['*middle', '0.125', '0.13'],
    ['half up', '-0.125', '-0.13'],
    ['down', '-0.129', '-0.12'],
  ])('%s: %s is %s', (method, value, due) => {
    expect(formatFixed(roundTo(readDecimal(value)!, { method: methodOf(method)!, decimals: 2 }), 2)).toBe(due);
  });

  it('is done once, on the sum of the parts of a session', () => {
    const price = priceOf({
      slots: [{ from: 0, rate: '0.004', unit: 1, increment: 1 }],
      rounding: { method: 'up', decimals: 2 },
    });
    const part = (start: string, seconds: number) => ({
      kind: 'voice',
      start: at(start),
      amount: BigInt(seconds) * ONE,
      wall: { zone },
    });
    const parts = [part('2026-06-10T12:00:01Z', 1), part('2026-06-10T12:00:00Z', 1), part('2026-06-10T12:00:02Z', 1)];
    expect(formatFixed(rateSession(price, parts).charge, 2)).toBe('0.02');
    expect(formatFixed(rate(price, parts[0]!).charge, 2)).toBe('0.01');
  });
});

describe('exact and in closed form', () => {
  it('an endless decimal is exact inside', () => {
    expect(call(minute('0.02', [0, 1]), 61).cost).toEqual(fraction(61, 3000));
    expect(cost(minute('0.02', [0, 1]), 61)).toBe('0.02033333333333333333');
  });

  it('a call of 10^9 s and 10^12 bytes by the byte cost as many steps as there are', () => {
    expect(cost(minute('6', [0, 60], [60, 1]), 1_000_000_000)).toBe('100000000');
    expect(data({ slots: [{ from: 0, rate: '1', unit: 1000, increment: 1 }] }, 1e12)).toBe('1000000000');
    expect(call(minute('6', [0, 60]), Number(VOICE_MAX / ONE)).cost).toEqual(fraction(1_000_000_002));
  });
});

describe('what is read', () => {
  it.each([
    [60, 60n * ONE],
    ['60', 60n * ONE],
    ['1m', 60n * ONE],
    ['1m30s', 90n * ONE],
    ['PT1M', 60n * ONE],
    ['100ms', ONE / 10n],
    ['1ns', 1n],
    [0.5, ONE / 2n],
    ['1 KB', undefined],
    ['soon', undefined],
    ['0.0000000001', undefined],
  ])('%s', (wire, due) => expect(readQuantity(wire, 'time', ONE)).toBe(due));

  it.each([
    [{ slots: [] }, 'slots'],
    [{ slots: [{ from: 0, rate: 'x', unit: 60, increment: 60 }] }, 'slots.0.rate'],
    [{ slots: [{ from: 0, rate: '-1', unit: 60, increment: 60 }] }, 'slots.0.rate'],
    [{ slots: [{ from: 0, rate: '1', unit: 0, increment: 60 }] }, 'slots.0.unit'],
    [{ slots: [{ from: 0, rate: '1', unit: 60 }] }, 'slots.0.increment'],
    [{ slots: [{ from: 1, rate: '1', unit: 60, increment: 60 }] }, 'slots.0.from'],
    [{ ...minute('1', [0, 60]), rounding: { method: 'sideways', decimals: 2 } }, 'rounding.method'],
    [{ ...minute('1', [0, 60]), maxCost: '1', maxCostStrategy: 'pray' }, 'maxCostStrategy'],
    [{ bands: [{ from: '25:00', slots: minute('1', [0, 60]).slots }] }, 'bands.0.from'],
    [{ bands: [{ from: '08:00', weekdays: ['someday'], slots: minute('1', [0, 60]).slots }] }, 'bands.0.weekdays.0'],
  ])('%j names %s', (wire, field) => {
    expect(readPrice(wire, 'time')).toMatchObject({ ok: false, problem: { field } });
  });
});

// --- Against the walk, step by step ---

const slotsFor = (incrementMin: number, incrementMax: number) =>
  fc
    .uniqueArray(
      fc.record({
        from: fc.constantFrom(0, 0, 30, 60, 61, 600, 4000),
        rate: fc.integer({ min: 0, max: 50 }),
        unit: fc.constantFrom(1, 7, 60, 3600),
        increment: fc.oneof(
          fc.constantFrom(60, 3600).filter((n) => n >= incrementMin),
          fc.integer({ min: incrementMin, max: incrementMax }),
        ),
      }),
      { minLength: 1, maxLength: 3, selector: ({ from }) => from },
    )
    .filter((slots) => slots.some(({ from }) => from === 0))
    .map((slots) => slots.sort((a, b) => a.from - b.from));

const bandsFor = (incrementMin: number, incrementMax: number) =>
  fc.uniqueArray(
    fc.record(
      {
        weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 6 }),
        minutes: fc.constantFrom(0, 119, 120, 150, 180, 480, 1080, 1439),
        connectFee: fc.integer({ min: 0, max: 9 }),
        slots: slotsFor(incrementMin, incrementMax),
      },
      { requiredKeys: ['minutes', 'connectFee', 'slots'] },
    ),
    { minLength: 1, maxLength: 4, selector: (band) => `${band.minutes} ${band.weekdays?.length ?? 7}` },
  ) as fc.Arbitrary<PlainBand[]>;

/** The nights of the change, an ordinary midnight, the end of a week, give or take hours. */
const starts = fc
  .tuple(
    fc.constantFrom('2026-03-29T00:00:00Z', '2026-10-25T00:00:00Z', '2026-06-10T22:00:00Z', '2026-06-14T22:00:00Z'),
    fc.integer({ min: -90_000, max: 20_000 }),
  )
  .map(([text, seconds]) => at(text) + seconds * 1000);

const same = (bands: PlainBand[], start: number, seconds: number) => {
  const usage = { kind: 'voice', start, amount: BigInt(seconds) * ONE, wall: { zone } };
  expect(rate(priceOf(wireOf(bands)), usage).cost).toEqual(walk(bands, start, seconds, zone));
};

describe('properties', () => {
  it('the closed form is the walk, around the changes of the clock', () => {
    fc.assert(fc.property(bandsFor(20, 5000), starts, fc.integer({ min: 0, max: 60_000 }), same), { numRuns: 250 });
  });

  it('the closed form is the walk, over up to two years of weeks', () => {
    fc.assert(fc.property(bandsFor(1800, 300_000), starts, fc.integer({ min: 0, max: 63_000_000 }), same), {
      numRuns: 25,
    });
  });

  const hours = (from: number, rate: number) => ({ from, rate, unit: 3600, increment: 3600 });
  const mondays = { weekdays: [1], minutes: 0, connectFee: 0, slots: [hours(0, 7)] };

  it('two years of hours: weeks before a change of the clock say nothing of those after it', () => {
    same([{ minutes: 0, connectFee: 0, slots: [hours(0, 1)] }, mondays], at('2026-06-10T00:30:00Z'), 63_072_000);
  });

  it('a slot that begins after weeks is not passed over', () => {
    same([{ minutes: 0, connectFee: 0, slots: [hours(0, 1), hours(4_000_000, 5)] }, mondays], at(NOON), 10_000_000);
  });

  it('a session in parts costs what it costs in one', () => {
    fc.assert(
      fc.property(
        bandsFor(1, 100),
        starts,
        fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 6 }),
        fc.integer(),
        (bands, start, lengths, seed) => {
          const price = priceOf(wireOf(bands));
          let next = start;
          const parts = lengths.map((seconds) => {
            const part = { kind: 'voice', start: next, amount: BigInt(seconds) * ONE, wall: { zone } };
            next += seconds * 1000;
            return part;
          });
          const whole = { ...parts[0]!, amount: parts.reduce((sum, { amount }) => sum + amount, 0n) };
          const turned = seed % 2 === 0 ? [...parts].reverse() : parts;
          expect(rateSession(price, turned)).toEqual(rate(price, whole));
        },
      ),
    );
  });

  it('what fits into a limit is a beginning of the steps, and one step more would not fit', () => {
    fc.assert(
      fc.property(
        bandsFor(1, 5000),
        starts,
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 0, max: 60_000 }),
        (bands, start, seconds, limit) => {
          const price = priceOf(wireOf(bands));
          const usage = { kind: 'voice', start, amount: BigInt(seconds) * ONE, wall: { zone } };
          const part = count(price, usage, BigInt(limit) * ONE);
          expect(part.end).toBeLessThanOrEqual(BigInt(limit) * ONE);
          // A usage that ends where the given part ends has those steps, and no others.
          if (part.end > 0n) expect(count(price, { ...usage, amount: part.end }).end).toBe(part.end);
          const all = count(price, usage).end;
          if (part.end < usage.amount) {
            expect(count(price, { ...usage, amount: part.end + 1n }).end).toBeGreaterThan(BigInt(limit) * ONE);
          } else expect(part.end).toBe(all);
        },
      ),
    );
  });
});

it('the names of times of day are those of the wire', () => expect(clockTime(119)).toBe('01:59'));
