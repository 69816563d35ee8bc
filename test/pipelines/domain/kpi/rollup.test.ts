import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenQuarter, SAMPLES_MAX } from '../../../../pipelines/domain/kpi/open-quarter.js';
import {
  merge,
  mergeAll,
  plainRollup,
  type Rollup,
  readRollup,
  rollupOf,
  type Statistic,
  statistic,
} from '../../../../pipelines/domain/kpi/rollup.js';
import { RELATIVE_ERROR, ZERO_BELOW } from '../../../../pipelines/domain/kpi/sketch.js';

const of = (...values: readonly number[]) => mergeAll(values.map(rollupOf))!;
const figures = (rollup: Rollup, ...names: readonly Statistic[]) => names.map((name) => statistic(rollup, name));
const anyValue = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -1000, max: 1000 }),
  fc.constantFrom(0, -0, 0.1, 99.99, 1e15 + 0.5, -1e-13, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, -Number.MAX_VALUE),
);

describe('a roll-up', () => {
  it('counts, adds, and knows the least and the greatest', () => {
    expect(figures(of(3, -1, 10), 'count', 'sum', 'mean', 'min', 'max')).toEqual([3, 12, 4, -1, 10]);
    expect(figures(of(7), 'count', 'sum', 'mean', 'min', 'max', 'p50', 'p99')).toEqual([1, 7, 7, 7, 7, 7, 7]);
  });

  it('adds decimals as decimals', () => {
    expect(statistic(of(...Array.from({ length: 10 }, () => 0.1)), 'sum')).toBe(1);
    expect(statistic(of(0.1, 0.2), 'sum')).toBe(0.3);
    expect(statistic(of(-0.1, -0.2, 0.3), 'sum')).toBe(0);
  });

  it('adds what is too large for a double exactly', () => {
    expect(statistic(of(1e300, 1, -1e300), 'sum')).toBe(1);
    expect(of(Number.MAX_SAFE_INTEGER, 1, 1).whole).toBe(2n ** 53n + 1n);
  });

  it('is the same to the last digit in any order and in any grouping', () => {
    fc.assert(
      fc.property(
        fc.array(anyValue, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 0, max: 39 }),
        (values, at) => {
          const straight = plainRollup(of(...values));
          expect(plainRollup(of(...[...values].reverse()))).toEqual(straight);
          const [left, right] = [values.slice(0, at), values.slice(at)];
          if (left.length > 0 && right.length > 0) {
            expect(plainRollup(merge(of(...right), of(...left)))).toEqual(straight);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('is stored and read back as what it was', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 20 }), (values) => {
        const plain = plainRollup(of(...values));
        expect(
          plainRollup(readRollup(JSON.parse(JSON.stringify(plain, (_, v) => (Object.is(v, -0) ? 0 : v))))),
        ).toEqual(JSON.parse(JSON.stringify(plain, (_, v) => (Object.is(v, -0) ? 0 : v))));
      }),
    );
  });

  it('has its mean within what was seen', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 20 }), (values) => {
        const [mean, min, max] = figures(of(...values), 'mean', 'min', 'max') as [number, number, number];
        expect(mean).toBeGreaterThanOrEqual(min);
        expect(mean).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('tells percentiles within one hundredth of their value', () => {
    fc.assert(
      fc.property(fc.array(anyValue, { minLength: 1, maxLength: 200 }), (values) => {
        const sorted = [...values].sort((a, b) => a - b);
        const rollup = of(...values);
        for (const [name, share] of [
          ['p5', 0.05],
          ['p50', 0.5],
          ['p95', 0.95],
          ['p99', 0.99],
        ] as const) {
          const exact = sorted[Math.floor(share * (sorted.length - 1))]!;
          const slack = Math.max(ZERO_BELOW, Math.abs(exact) * RELATIVE_ERROR * (1 + 1e-9));
          expect(Math.abs(statistic(rollup, name) - exact), name).toBeLessThanOrEqual(slack);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('an open quarter', () => {
  const FROM = Date.parse('2026-06-10T12:00:00Z');

  it('says the same whether it keeps its samples or has folded them', () => {
    const samples = Array.from({ length: SAMPLES_MAX * 2 + 7 }, (_, i) => ({
      at: FROM + ((i * 7_919) % 900_000),
      value: (i * 31) % 17,
    }));
    const quarter = new OpenQuarter(FROM);
    for (const { at, value } of samples) quarter.add(at, value);
    expect(quarter.plain().samples.length).toBeLessThanOrEqual(2 * SAMPLES_MAX);
    expect(plainRollup(quarter.rollup()!)).toEqual(plainRollup(of(...samples.map(({ value }) => value))));
    for (const { from, rollup } of quarter.minutes()) {
      const inside = samples.filter(({ at }) => at >= from && at < from + 60_000).map(({ value }) => value);
      expect(plainRollup(rollup)).toEqual(plainRollup(of(...inside)));
    }
    expect(new OpenQuarter(FROM, quarter.plain()).minutes()).toEqual(quarter.minutes());
  });

  it('of nothing has no roll-up', () => {
    expect(new OpenQuarter(FROM).rollup()).toBeUndefined();
  });
});
