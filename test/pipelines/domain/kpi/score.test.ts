import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Scored } from '../../../../pipelines/domain/kpi/score.js';
import { PLACES_KEPT, SERIES_BYTES, SeriesScorer } from '../../../../pipelines/domain/kpi/series-scorer.js';
import { DAY, HOUR, MINUTE } from '../../../../pipelines/domain/units.js';

const FROM = Date.parse('2026-03-02T00:00:00Z');
const ZONE = 'Europe/Belgrade';

/** The scores of a made-up series: a sample every `step`. */
function scored(value: (i: number) => number, samples: number, step = 5 * MINUTE): Scored[] {
  const scorer = new SeriesScorer(ZONE);
  return Array.from({ length: samples }, (_, i) => scorer.take(FROM + i * step, value(i))!);
}
const told = (all: readonly Scored[]) => all.flatMap(({ score }, i) => (score >= 0.5 ? [i] : []));
/** Noise that is the same every time: 0 to 1. */
const noise = (i: number) => ((Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(i + 7, 0x85ebca6b)) >>> 8) / 2 ** 24;
const daily = (i: number) => 100 + 50 * Math.sin((2 * Math.PI * i) / 288);

describe('what is normal', () => {
  it('a constant is never anomalous, zeros are not either', () => {
    expect(told(scored(() => 5, 2_000))).toEqual([]);
    expect(told(scored(() => 0, 2_000))).toEqual([]);
  });

  it('neither noise, nor a daily rhythm, nor a trend is told more than twice in a thousand samples', () => {
    expect(told(scored(noise, 4_000)).length).toBeLessThanOrEqual(8);
    expect(told(scored((i) => daily(i) + 5 * noise(i), 4_000)).length).toBeLessThanOrEqual(8);
    expect(told(scored((i) => i * 0.1, 4_000)).length).toBeLessThanOrEqual(8);
    expect(told(scored((i) => i * 0.1 + noise(i), 4_000)).length).toBeLessThanOrEqual(8);
  });

  it('the first sample has no score and no band', () => {
    expect(scored(daily, 1)[0]).toMatchObject({ score: 0, expectedLow: null, expectedHigh: null, history: 0 });
  });
});

describe('what is not', () => {
  it.each<[string, (i: number) => number]>([
    ['the first one after only zeros', (i) => (i === 1_500 ? 1 : 0)],
    ['a step', (i) => (i < 1_500 ? 10 : 20) + noise(i)],
    ['a spike by day', (i) => daily(i) + 5 * noise(i) + (i === 1_500 ? 150 : 0)],
    ['a fall to zero', (i) => (i >= 1_500 && i < 1_530 ? 0 : daily(i) + 5 * noise(i))],
    ['an availability that drops', (i) => (i >= 1_500 && i < 1_504 ? 0 : 1)],
  ])('%s is told at once', (_, value) => {
    const all = scored(value, 1_600);
    expect(all[1_500]!.score).toBeGreaterThanOrEqual(0.5);
    expect(told(all).filter((i) => i > 300 && i < 1_500).length).toBeLessThanOrEqual(2);
  });

  it('a day that is missing in a rhythm is told though every value was seen before', () => {
    const all = scored((i) => (i >= 2_880 && i < 3_168 ? 50 : daily(i)) + 2 * noise(i), 3_168);
    expect(told(all).some((i) => i >= 2_880)).toBe(true);
  });

  it('one episode is told once, and what is far worse is told again', () => {
    const all = scored((i) => 10 + noise(i) + (i >= 1_500 && i < 1_510 ? 20 : 0) + (i === 1_505 ? 200 : 0), 1_600);
    expect(told(all).filter((i) => i >= 1_500)).toEqual([1_500, 1_505]);
    expect(all.slice(1_501, 1_505).every((one) => one.told)).toBe(true);
  });

  it('no value, however large, makes a score that is none', () => {
    const values = fc.array(
      fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1e308, -1e308, 5e-324)),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(values, (given) => {
        for (const { score, expectedLow, expectedHigh } of scored((i) => given[i]!, given.length, 7 * HOUR)) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
          if (expectedLow !== null) expect(expectedLow).toBeLessThanOrEqual(expectedHigh!);
        }
      }),
    );
  });
});

describe('the band', () => {
  it('holds 98 to 100 of 100 samples of a rhythm with noise', () => {
    const value = (i: number) => daily(i) + 5 * noise(i);
    const all = scored(value, 6_000).slice(1_000);
    const inside = all.filter(
      ({ expectedLow, expectedHigh }, i) => value(i + 1_000) >= expectedLow! && value(i + 1_000) <= expectedHigh!,
    );
    expect(inside.length / all.length).toBeGreaterThan(0.98);
  });
});

describe('local time', () => {
  it('a rhythm of the local day goes on when the clocks change', () => {
    // The change of 29 March 2026 moves the rhythm by an hour against UTC.
    const local = (i: number) =>
      (i * 5 + (i * 5 * MINUTE + FROM >= Date.parse('2026-03-29T01:00:00Z') ? 120 : 60)) / 60;
    const busy = (i: number) => (local(i) % 24 >= 8 ? 100 : 10) + noise(i);
    const all = scored(busy, 30 * 288);
    expect(told(all).filter((i) => i >= 27 * 288)).toEqual([]);
  });
});

describe('only what came before counts', () => {
  it('a sample has the score that it has where the story ends with it', () => {
    const value = (i: number) => daily(i) + 30 * noise(i);
    const all = scored(value, 900);
    for (const end of [1, 50, 333, 899]) expect(scored(value, end).at(-1)).toEqual(all[end - 1]);
  });

  it('a late one is scored from the samples before it in time, and counts for those after it', () => {
    const value = (i: number) => daily(i) + 30 * noise(i);
    const place = fc.record({
      late: fc.integer({ min: 1, max: 420 }),
      by: fc.integer({ min: 1, max: PLACES_KEPT / 2 - 1 }),
    });
    const straight = scored(value, 520);
    fc.assert(
      fc.property(place, ({ late, by }) => {
        const scorer = new SeriesScorer(ZONE);
        const at = (i: number) => scorer.take(FROM + i * 5 * MINUTE, value(i));
        for (let i = 0; i < late; i++) at(i);
        for (let i = late + 1; i <= late + by; i++) at(i);
        expect(at(late)).toEqual(straight[late]);
        expect(at(late + by + 1)).toEqual(straight[late + by + 1]);
      }),
      { numRuns: 60 },
    );
  });

  it('one that is older than what is remembered has no score, and changes nothing', () => {
    const scorer = new SeriesScorer(ZONE);
    const same = new SeriesScorer(ZONE);
    for (let i = 0; i < 200; i++) for (const one of [scorer, same]) one.take(FROM + i * HOUR, daily(i));
    expect(scorer.take(FROM - DAY, 1_000)).toBeUndefined();
    expect(scorer.take(FROM + 200 * HOUR, 7)).toEqual(same.take(FROM + 200 * HOUR, 7));
  });

  it('one before all others is scored as the first while all are remembered', () => {
    const scorer = new SeriesScorer(ZONE);
    scorer.take(FROM, 1);
    expect(scorer.take(FROM - DAY, 1_000)).toMatchObject({ score: 0, history: 0 });
  });
});

it('a series takes less than 16 kB', () => {
  expect(SERIES_BYTES).toBeLessThan(16_000);
});
