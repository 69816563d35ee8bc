import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Span } from '../../../pipelines/domain/intervals.js';
import {
  clip,
  contains,
  instantAfter,
  intersect,
  length,
  overlap,
  subtract,
  union,
} from '../../../pipelines/domain/intervals.js';
import { EVER, FOREVER, HOUR, parseInstant, SECOND } from '../../../pipelines/domain/units.js';

const at = (text: string) => parseInstant(text)!;
const span = (from: number, to: number): Span => ({ from, to });

describe('intervals', () => {
  it('overlapping faults make one outage: 40 h and 34 h with 4 h in common are 70 h, not 74 (A1 3.3)', () => {
    const faults = [
      span(at('2026-06-03T20:00:00+02:00'), at('2026-06-05T06:00:00+02:00')),
      span(at('2026-06-02T08:00:00+02:00'), at('2026-06-04T00:00:00+02:00')),
    ];
    expect(union(faults)).toEqual([span(at('2026-06-02T08:00:00+02:00'), at('2026-06-05T06:00:00+02:00'))]);
    expect(length(faults)).toBe(70 * HOUR);
  });

  it('touching spans are one, empty and backward ones are none', () => {
    expect(union([span(10, 20), span(0, 10), span(30, 30), span(50, 40)])).toEqual([span(0, 20)]);
    expect(union([span(0, 10), span(11, 20)])).toEqual([span(0, 10), span(11, 20)]);
    expect(union([])).toEqual([]);
  });

  it('a span holds its first instant and not its last', () => {
    expect([9, 10, 19, 20].map((instant) => contains([span(10, 20)], instant))).toEqual([false, true, true, false]);
    expect(contains([span(10, 10)], 10)).toBe(false);
  });

  it('touching spans do not overlap, and an empty one overlaps nothing', () => {
    expect(overlap(span(0, 10), span(10, 20))).toBe(false);
    expect(overlap(span(0, 11), span(10, 20))).toBe(true);
    expect(overlap(span(5, 5), span(0, 10))).toBe(false);
  });

  it('excused time is taken out, the rest keeps its bounds', () => {
    expect(subtract([span(0, 60)], [span(20, 30), span(25, 40), span(55, 90)])).toEqual([span(0, 20), span(40, 55)]);
    expect(subtract([span(0, 60)], [span(0, 60)])).toEqual([]);
    expect(subtract([span(0, 10), span(20, 30)], [span(5, 25)])).toEqual([span(0, 5), span(25, 30)]);
  });

  it('spans without beginning or end are spans like others', () => {
    expect(union([span(5, FOREVER), span(EVER, 0), span(EVER, 3)])).toEqual([span(EVER, 3), span(5, FOREVER)]);
    expect(union([span(5, FOREVER), span(EVER, 5)])).toEqual([span(EVER, FOREVER)]);
    expect(subtract([span(EVER, FOREVER)], [span(0, 10)])).toEqual([span(EVER, 0), span(10, FOREVER)]);
    expect(clip([span(EVER, 7), span(8, FOREVER)], span(0, 10))).toEqual([span(0, 7), span(8, 10)]);
    expect(length([span(0, FOREVER)])).toBe(FOREVER);
    expect(contains([span(5, FOREVER)], Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(overlap(span(EVER, 1), span(0, FOREVER))).toBe(true);
  });

  describe('the instant after which 48 h have passed', () => {
    const start = at('2026-06-10T00:00:00+02:00');

    it('of one open span is 48 h after its start', () => {
      expect(instantAfter([span(start, FOREVER)], 48 * HOUR)).toBe(at('2026-06-12T00:00:00+02:00'));
    });

    it('is later by the pauses before it', () => {
      const counted = [span(start, start + 20 * HOUR), span(start + 30 * HOUR, FOREVER)];
      expect(instantAfter(counted, 48 * HOUR)).toBe(start + 58 * HOUR);
    });

    it('is the end of the first span that holds exactly 48 h, before the pause', () => {
      const counted = [span(start, start + 48 * HOUR), span(start + 60 * HOUR, FOREVER)];
      expect(instantAfter(counted, 48 * HOUR)).toBe(start + 48 * HOUR);
      expect(instantAfter(counted, 48 * HOUR + SECOND)).toBe(start + 60 * HOUR + SECOND);
    });

    it('is nowhere where the spans hold less', () => {
      expect(instantAfter([span(start, start + 48 * HOUR)], 48 * HOUR + 1)).toBeUndefined();
      expect(instantAfter([], 0)).toBeUndefined();
    });

    it('of no time at all is the start of the first span', () => {
      expect(instantAfter([span(start + 5, start + 9), span(start, start + 3)], 0)).toBe(start);
    });

    it('cannot be asked for less than no time', () => {
      expect(() => instantAfter([span(0, 10)], -1)).toThrow(RangeError);
      expect(() => instantAfter([span(0, 10)], Number.NaN)).toThrow(RangeError);
    });
  });
});

// The slow reference: two hundred seconds, each of which lies in the spans or does not.
const TIME = 200;
const bits = (spans: readonly Span[]) => {
  const seconds = new Array<boolean>(TIME).fill(false);
  for (const { from, to } of spans) for (let second = from; second < to; second += 1) seconds[second] = true;
  return seconds;
};
const isNormal = (spans: readonly Span[]) =>
  spans.every(({ from, to }, i) => from < to && (i === 0 || spans[i - 1]!.to < from));

const second = fc.integer({ min: 0, max: TIME });
// Mostly short spans, so that some pairs overlap, some touch and some do neither; a few are empty or backward.
const anySpan = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(second, fc.integer({ min: 0, max: 30 })).map(([from, size]) => span(from, from + size)),
  },
  { weight: 1, arbitrary: fc.tuple(second, second).map(([from, to]) => span(from, to)) },
);
const within = anySpan.map(({ from, to }) => span(Math.min(from, TIME), Math.min(to, TIME)));
const anySpans = fc.array(within, { maxLength: 12 });
const RUNS = { numRuns: 2_000 };

describe('intervals against an array of seconds', () => {
  it('union', () => {
    fc.assert(
      fc.property(anySpans, (a) => {
        const before = structuredClone(a);
        const joined = union(a);
        expect(isNormal(joined)).toBe(true);
        expect(bits(joined)).toEqual(bits(a));
        expect(a).toEqual(before);
      }),
      RUNS,
    );
  });

  it('intersect, subtract', () => {
    fc.assert(
      fc.property(anySpans, anySpans, (a, b) => {
        const [inA, inB] = [bits(a), bits(b)];
        const both = intersect(a, b);
        const rest = subtract(a, b);
        expect(isNormal(both) && isNormal(rest)).toBe(true);
        expect(bits(both)).toEqual(inA.map((is, i) => is && inB[i]));
        expect(bits(rest)).toEqual(inA.map((is, i) => is && !inB[i]));
      }),
      RUNS,
    );
  });

  it('clip, overlap', () => {
    fc.assert(
      fc.property(anySpans, within, within, (a, b, c) => {
        const inB = bits([b]);
        expect(bits(clip(a, b))).toEqual(bits(a).map((is, i) => is && inB[i]));
        expect(overlap(b, c)).toBe(bits([c]).some((is, i) => is && inB[i]));
      }),
      RUNS,
    );
  });

  it('length, contains, instantAfter', () => {
    fc.assert(
      fc.property(anySpans, fc.integer({ min: 0, max: TIME - 1 }), (a, amount) => {
        const seconds = bits(a);
        const held = seconds.flatMap((is, i) => (is ? [i] : []));
        expect(length(a)).toBe(held.length);
        expect(seconds.map((_, i) => contains(a, i))).toEqual(seconds);
        // The amount has passed when its last second has; before the first second nothing has.
        const last = held[amount - 1];
        expect(instantAfter(a, amount)).toBe(amount === 0 ? held[0] : last === undefined ? undefined : last + 1);
      }),
      RUNS,
    );
  });
});
