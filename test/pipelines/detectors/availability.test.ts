import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type KpiSample,
  type KpiState,
  kpiFacts,
  NO_SAMPLES,
  PLACES_KEPT,
  withSample,
} from '../../../pipelines/detectors/availability.js';
import { foldFault } from '../../../pipelines/domain/fault.js';
import type { KpiFaultRule } from '../../../pipelines/domain/pack.js';
import { FOREVER, HOUR, type Instant, MINUTE, parseInstant } from '../../../pipelines/domain/units.js';

const START = parseInstant('2026-06-01T00:00:00Z')!;

/** Down at 2 low samples on end, up at the first that is not low. */
const plain: KpiFaultRule = {
  kpi: 'availability',
  downBelow: 0.5,
  downSamples: 2,
  downWindow: 2,
  upSamples: 1,
  upWindow: 1,
  responsibility: 'unknown',
};
/** The packs' rule: 2 of 3 either way. */
const twoOfThree: KpiFaultRule = { ...plain, downWindow: 3, upSamples: 2, upWindow: 3 };

/** "HLL.H": one letter an hour; L is low, H is not, a point is no sample. */
function hours(text: string, from = 0): KpiSample[] {
  return [...text].flatMap((letter, i) => (letter === '.' ? [] : [sample(from + i, letter === 'L' ? 0.1 : 0.9)]));
}
function sample(hour: number, value: number, known = hour): KpiSample {
  return { at: START + hour * HOUR, known: START + known * HOUR, value, ref: `case#${hour}` };
}
function fed(samples: readonly KpiSample[], rule: KpiFaultRule, state: KpiState = NO_SAMPLES): KpiState {
  return samples.reduce((held, one) => withSample(held, one, rule), state);
}
/** The faults as [first hour, last hour or null], as the network folds them. */
function faults(state: KpiState): [number, number | null][] {
  const hour = (time: Instant) => (time - START) / HOUR;
  return foldFault('cell-1', 'kpi', kpiFacts(state)).map(({ from, to }) => [
    hour(from),
    to === FOREVER ? null : hour(to),
  ]);
}
const found = (text: string, rule: KpiFaultRule) => faults(fed(hours(text), rule));

describe('down: so many of the last places are low', () => {
  it.each([
    ['one low sample is none', 'HHLHH', []],
    ['two on end are one, from the first low to the first that is not', 'HLLH', [[1, 3]]],
    ['one that is not low between two is no run', 'HLHLHLH', []],
    ['open while it is not up', 'HLLL', [[1, null]]],
    [
      'two runs are two faults',
      'LLHLLLHH',
      [
        [0, 2],
        [3, 6],
      ],
    ],
    ['a low sample after the run begins nothing by itself', 'LLHLHH', [[0, 2]]],
  ])('2 of 2, up 1 of 1: %s (%s)', (_, text, expected) => {
    expect(found(text, plain)).toEqual(expected);
  });

  it.each([
    ['two of three, the first low sample opens it', 'HLHL', [[1, null]]],
    ['two low among four are not two of three', 'LHHL', []],
    ['one high sample is not up', 'LLH', [[0, null]]],
    ['two are, cleared at the first of them', 'LLHH', [[0, 2]]],
    ['cleared at the first after the last low one', 'LLHLHH', [[0, 4]]],
    ['what ended a fault is no part of the next: the low sample before it does not count again', 'LLHLHLH', [[0, 4]]],
    [
      'what follows it may be',
      'LLHLHLL',
      [
        [0, 4],
        [5, null],
      ],
    ],
    ['a low sample decides nothing upwards', 'LHLL', [[0, null]]],
  ])('2 of 3 either way: %s (%s)', (_, text, expected) => {
    expect(found(text, twoOfThree)).toEqual(expected);
  });

  it('just below the bound is low, the bound itself is not', () => {
    const at = (value: number) => faults(fed([sample(0, value), sample(1, value)], plain));
    expect(at(0.499)).toEqual([[0, null]]);
    expect(at(0.5)).toEqual([]);
  });

  it('the facts: opened with cause and reason, cleared; each known by the sample that decided', () => {
    expect(kpiFacts(fed(hours('HLLHH'), twoOfThree))).toEqual([
      {
        do: 'opened',
        at: START + HOUR,
        known: START + 2 * HOUR,
        ref: 'case#1',
        responsibility: 'unknown',
        reason: 'availability below 0.5',
      },
      { do: 'cleared', at: START + 3 * HOUR, known: START + 4 * HOUR, ref: 'case#3' },
    ]);
  });
});

describe('places: with a period an empty slot takes one', () => {
  const slotted = (rule: KpiFaultRule): KpiFaultRule => ({ ...rule, period: HOUR });

  it('without a period a missing sample is not missed', () => {
    expect(found('HL.L', plain)).toEqual([[1, null]]);
  });

  it('no data is not down: low, nothing, low are not two of two', () => {
    expect(found('HL.L', slotted(plain))).toEqual([]);
    expect(found('HL.LL', slotted(plain))).toEqual([[3, null]]);
  });

  it('it takes a place: low, nothing, low are two of three, and with two empty slots they are not', () => {
    expect(found('HL.L', slotted(twoOfThree))).toEqual([[1, null]]);
    expect(found('HL..L', slotted(twoOfThree))).toEqual([]);
  });

  it('no data is not up either', () => {
    expect(found('LL..H', slotted(twoOfThree))).toEqual([[0, null]]);
    expect(found('LLH..H', slotted(twoOfThree))).toEqual([[0, null]]);
    expect(found('LLH.H', slotted(twoOfThree))).toEqual([[0, 2]]);
  });

  it('of two samples in one slot the later by time counts, whichever came first', () => {
    const early = { ...sample(1, 0.1), ref: 'case#early' };
    const late = { ...sample(1, 0.9), at: START + HOUR + 40 * MINUTE, ref: 'case#late' };
    for (const both of [
      [early, late],
      [late, early],
    ]) {
      expect(faults(fed([sample(0, 0.1), ...both], slotted(plain)))).toEqual([]);
    }
    const lower = { ...late, value: 0.1 };
    const higher = { ...early, value: 0.9 };
    for (const both of [
      [higher, lower],
      [lower, higher],
    ]) {
      expect(faults(fed([sample(0, 0.1), ...both], slotted(plain)))).toEqual([[0, null]]);
    }
  });

  it('a slot ends before its last instant: a minute more is the next', () => {
    const last = { ...sample(1, 0.1), at: START + HOUR - 1, ref: 'case#last' };
    const first = { ...sample(1, 0.1), at: START + HOUR, ref: 'case#first' };
    expect(fed([sample(0, 0.1), last], slotted(plain)).places).toEqual([last]);
    expect(fed([sample(0, 0.1), first], slotted(plain)).places).toHaveLength(2);
  });

  it('at one instant what became known later counts, also without a period', () => {
    const wrong = sample(1, 0.1);
    const right = { ...sample(1, 0.9, 5), ref: 'case#right' };
    for (const both of [
      [wrong, right],
      [right, wrong],
    ]) {
      expect(faults(fed([sample(0, 0.1), ...both], plain))).toEqual([]);
    }
  });
});

describe('samples late and twice', () => {
  it('the same sample twice changes nothing', () => {
    const state = fed(hours('HLLH'), plain);
    for (const one of hours('HLLH')) expect(withSample(state, one, plain)).toBe(state);
  });

  it('a late sample opens a fault, and makes it known when it came', () => {
    const state = fed([...hours('HL.HH'), sample(2, 0.1, 9)], plain);
    expect(faults(state)).toEqual([[1, 3]]);
    expect(kpiFacts(state).map(({ known }) => (known - START) / HOUR)).toEqual([9, 9]);
  });

  it('a late sample shows that there was none: the facts are gone', () => {
    const state = fed(hours('HL.LHH'), plain);
    expect(faults(state)).toEqual([[1, 4]]);
    expect(kpiFacts(withSample(state, sample(2, 0.9, 9), plain))).toEqual([]);
  });

  it('a late sample cuts one in two', () => {
    expect(faults(fed([...hours('LL.LLH'), sample(2, 0.9, 9)], plain))).toEqual([
      [0, 2],
      [3, 5],
    ]);
  });

  it('what a late sample does not change keeps when it became known, and its event', () => {
    const before = fed(hours('LLHHHL.HH'), twoOfThree);
    const after = withSample(before, sample(6, 0.1, 20), twoOfThree);
    expect(kpiFacts(after).slice(0, 2)).toEqual(kpiFacts(before));
    expect(faults(after)).toEqual([
      [0, 2],
      [5, 7],
    ]);
    // The late one could have decided it earlier: it was known since hour 3 all the same.
    const gap = fed(hours('L.LL'), twoOfThree);
    expect(kpiFacts(withSample(gap, sample(1, 0.1, 20), twoOfThree))).toEqual(kpiFacts(gap));
  });

  it('a sample older than the memory changes nothing and is counted; one in it is put in its place', () => {
    const text = `LLH${'H'.repeat(PLACES_KEPT)}`;
    const state = fed(hours(text), plain);
    expect(state.places).toHaveLength(PLACES_KEPT);
    expect(state.places[0]!.ref).toBe('case#3');
    const late = (hour: number) => withSample(state, { ...sample(hour, 0.1, 999), ref: `late#${hour}` }, plain);
    expect(late(1.5)).toEqual({ ...state, tooLate: 1 });
    expect(late(2)).toEqual({ ...state, tooLate: 1 });
    expect(late(2.5).tooLate).toBe(0);
    expect(faults(fed([{ ...sample(2.6, 0.1), ref: 'x' }], plain, late(2.5)))).toEqual([
      [0, 2],
      [2.5, 3],
    ]);
  });

  it('its facts are the same before, when and after they are settled', () => {
    const state = fed(hours('LLH'), plain);
    const facts = kpiFacts(state);
    hours('H'.repeat(PLACES_KEPT + 5), 3).reduce((held, one) => {
      const next = withSample(held, one, plain);
      expect(kpiFacts(next)).toEqual(facts);
      return next;
    }, state);
  });

  it('a fault that opened before the memory and is open still stands', () => {
    const state = fed(hours(`H${'L'.repeat(3 * PLACES_KEPT)}`), plain);
    expect(faults(state)).toEqual([[1, null]]);
    const cleared = withSample(state, sample(3 * PLACES_KEPT + 1, 0.9), plain);
    expect(faults(cleared)).toEqual([[1, 3 * PLACES_KEPT + 1]]);
  });

  it('it never holds more than its memory, and windows longer than that are kept', () => {
    const state = fed(hours('HL'.repeat(PLACES_KEPT)), twoOfThree);
    expect(state.places).toHaveLength(PLACES_KEPT);
    expect(state.before).toHaveLength(2);
    const long: KpiFaultRule = { ...plain, downSamples: PLACES_KEPT + 5, downWindow: PLACES_KEPT + 5 };
    expect(found('L'.repeat(PLACES_KEPT + 4), long)).toEqual([]);
    expect(found('L'.repeat(PLACES_KEPT + 5), long)).toEqual([[0, null]]);
  });

  const rules = fc
    .record({ downWindow: fc.integer({ min: 1, max: 5 }), upWindow: fc.integer({ min: 1, max: 5 }) })
    .chain(({ downWindow, upWindow }) =>
      fc.record({
        downSamples: fc.integer({ min: 1, max: downWindow }),
        upSamples: fc.integer({ min: 1, max: upWindow }),
        period: fc.constantFrom(undefined, HOUR),
        downWindow: fc.constant(downWindow),
        upWindow: fc.constant(upWindow),
      }),
    )
    .map((windows): KpiFaultRule => ({ ...plain, ...windows }));
  const letters = fc.constantFrom('L', 'L', 'L', 'H', 'H', '.');

  it('whatever the order of arrival, the faults are the same', () => {
    const told = fc
      .array(fc.record({ letter: letters, at: fc.integer({ min: 0, max: 59 }) }), { maxLength: 60 })
      .chain((places) => {
        const samples = places.flatMap(({ letter, at }, hour) =>
          letter === '.' ? [] : [{ ...sample(hour, letter === 'L' ? 0 : 1), at: START + hour * HOUR + at * MINUTE }],
        );
        return fc.tuple(fc.constant(samples), fc.shuffledSubarray(samples, { minLength: samples.length }));
      });
    const shape = (state: KpiState) => kpiFacts(state).map(({ do: what, at, ref, reason }) => [what, at, ref, reason]);
    fc.assert(
      fc.property(rules, told, (rule, [inOrder, shuffled]) => {
        const state = fed(shuffled, rule);
        expect(shape(state)).toEqual(shape(fed(inOrder, rule)));
        expect(state.tooLate).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it('however long it runs, a memory that forgets finds what one that does not would find', () => {
    const series = fc.array(letters, { minLength: 3 * PLACES_KEPT, maxLength: 4 * PLACES_KEPT });
    fc.assert(
      fc.property(rules, series, (rule, text) => {
        expect(faults(fed(hours(text.join('')), rule))).toEqual(simply(text, rule));
      }),
      { numRuns: 15 },
    );
  });

  it('2 of 2, up 1 of 1: exactly the runs of two low samples and more', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('L', 'H'), { maxLength: 80 }), (text) => {
        const joined = text.join('');
        const runs = [...joined.matchAll(/LL+/g)].map(({ 0: run, index }) => {
          const end = index + run.length;
          return [index, end === joined.length ? null : end];
        });
        expect(found(joined, plain)).toEqual(runs);
      }),
    );
  });
});

/** The rule said once more, hour by hour over the whole series, without memory, samples or facts. */
function simply(text: readonly string[], rule: KpiFaultRule): [number, number | null][] {
  const places =
    rule.period === undefined ? text.flatMap((letter, i) => (letter === '.' ? [] : [i])) : text.map((_, i) => i);
  const result: [number, number | null][] = [];
  let turn = -1;
  for (let i = 0; i < places.length; i++) {
    const down = result.at(-1)?.[1] === null;
    if (text[places[i]!] !== (down ? 'H' : 'L')) continue;
    const size = down ? rule.upWindow : rule.downWindow;
    const window = places.slice(Math.max(0, i + 1 - size), i + 1).filter((place) => place >= turn);
    const alike = window.filter((place) => text[place] === text[places[i]!]);
    if (alike.length < (down ? rule.upSamples : rule.downSamples)) continue;
    const lastLow = Math.max(-1, ...window.filter((place) => text[place] === 'L'));
    turn = down ? alike.find((place) => place > lastLow)! : alike[0]!;
    if (down) result[result.length - 1]![1] = turn;
    else result.push([turn, null]);
  }
  return result;
}

const SHARED = process.env['DOZOR_SHARED'] ?? join(import.meta.dirname, '../../../../shared');
const OUTAGES = join(SHARED, 'data/kpi/outages');

describe('the shutdown of November 2019, hour by hour in 73 districts', () => {
  it.skipIf(!existsSync(OUTAGES))('gives exactly the 106 stretches of two hours or more below 50', () => {
    const rows: Record<string, string>[] = parse(
      gunzipSync(readFileSync(join(OUTAGES, 'connectivity_iran_2019-11.csv.gz'))),
      { columns: true },
    );
    const rule: KpiFaultRule = { ...plain, kpi: 'connectivity', downBelow: 50 };
    const states = new Map<string, KpiState>();
    let end = 0;
    for (const row of rows) {
      const region = `${row['name_1']} / ${row['name_2']}`;
      const at = Number(row['time_e']) * 1_000;
      end = Math.max(end, at + HOUR);
      const one = { at, known: at, value: Number(row['connectivity']), ref: `${region} ${at}` };
      states.set(region, withSample(states.get(region) ?? NO_SAMPLES, one, rule));
    }
    const iso = (at: Instant) => new Date(at).toISOString().slice(0, 19);
    const stretches = [...states].flatMap(([region, state]) =>
      foldFault(region, 'kpi', kpiFacts(state)).map(({ from, to }) => {
        const open = to === FOREVER;
        return {
          region,
          start: iso(from),
          end: open ? '' : iso(to),
          hours: String(((open ? end : to) - from) / HOUR),
          state: open ? 'open at end' : 'closed',
        };
      }),
    );
    const expected: Record<string, string>[] = parse(readFileSync(join(OUTAGES, 'expected_iran_below50.csv')), {
      columns: true,
    });
    const byName = (a: Record<string, string>, b: Record<string, string>) =>
      `${a['region']} ${a['start']}` < `${b['region']} ${b['start']}` ? -1 : 1;
    expect(stretches.sort(byName)).toEqual(expected.sort(byName));
    expect(stretches).toHaveLength(106);
    expect(new Set(stretches.map(({ region }) => region)).size).toBe(72);
    expect(stretches.filter(({ state }) => state === 'open at end')).toHaveLength(72);
    expect(stretches.filter(({ hours: length }) => Number(length) > 48)).toHaveLength(67);
  });
});
