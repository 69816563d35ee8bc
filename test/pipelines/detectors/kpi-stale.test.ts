import { describe, expect, it } from 'vitest';
import { checkPack } from '../../../pipelines/runtime/packs.js';
import { brief, cell, OPERATOR, packFile, packsOf, STALE, sample, told } from '../../kpi/watched.js';
import { known, type Line } from '../story.js';

const packs = packsOf({ stale: [STALE] });
const said = (lines: readonly Line[], until: string) => brief(told(packs, [cell(), ...lines], until));

describe('no data for three intervals of a quarter of an hour', () => {
  it('is an alarm of its own, exactly then', () => {
    expect(said([sample('06-10 12:00', 1)], '06-10 12:44:59')).toEqual([]);
    expect(said([sample('06-10 12:00', 1)], '06-10 12:45')).toEqual(['06-10 12:45:00 raised stale:load/1 minor']);
  });

  it('is told once, and cleared by data alone', () => {
    const lines = [sample('06-10 12:00', 1), sample('06-12 08:00', 1)];
    expect(said(lines, '06-12 08:44')).toEqual([
      '06-10 12:45:00 raised stale:load/1 minor',
      '06-12 08:00:00 cleared stale:load/1 cleared',
    ]);
    expect(said(lines, '06-12 08:45').at(-1)).toBe('06-12 08:45:00 raised stale:load/2 minor');
  });

  it('says how long, of what, and since when', () => {
    const [raised] = told(packs, [cell(), sample('06-10 12:00', 1)], '06-10 13:00');
    expect(raised!.data).toMatchObject({
      specificProblem: 'no data for 3 intervals: load',
      probableCause: 'no data',
      from: '2026-06-10T12:45:00+02:00',
      because: {
        newest: '2026-06-10T12:00:00+02:00',
        learnt: '2026-06-10T12:00:00+02:00',
        interval: 'PT15M',
        missing: 3,
      },
    });
  });

  it('an element of which nothing was ever heard is not stale, nor is another indicator of it', () => {
    expect(said([], '06-20')).toEqual([]);
    expect(said([sample('06-10 12:00', 1, { kpi: 'temperature' })], '06-20')).toEqual([]);
  });

  it('zero is data', () => {
    expect(said([sample('06-10 12:00', 0), sample('06-10 12:40', 0)], '06-10 13:00')).toEqual([]);
  });

  it('each element by itself', () => {
    const lines = [cell('cell-2'), sample('06-10 12:00', 1), sample('06-10 12:30', 1, { element: 'cell-2' })];
    expect(said(lines, '06-10 13:00')).toEqual(['06-10 12:45:00 raised stale:load/1 minor']);
  });
});

describe('late data', () => {
  it('files that come an hour late, every quarter of an hour, are fresh', () => {
    const lines = Array.from({ length: 8 }, (_, i) => {
      const minute = (i % 4) * 15;
      return known(`06-10 ${13 + (i >> 2)}:${minute || '00'}`, sample(`06-10 ${12 + (i >> 2)}:${minute || '00'}`, 1));
    });
    expect(said(lines, '06-10 15:29')).toEqual([]);
    expect(said(lines, '06-10 15:30')).toEqual(['06-10 15:30:00 raised stale:load/1 minor']);
  });

  it('an old sample filled in makes nothing fresh', () => {
    const lines = [sample('06-10 12:00', 1), known('06-10 12:40', sample('06-10 11:00', 1))];
    expect(said(lines, '06-10 12:45')).toEqual(['06-10 12:45:00 raised stale:load/1 minor']);
  });

  it('whatever the order of two samples of one moment of learning', () => {
    const old = known('06-10 12:40', sample('06-10 11:00', 1));
    const fresh = known('06-10 12:40', sample('06-10 12:00', 1));
    for (const lines of [
      [old, fresh],
      [fresh, old],
    ]) {
      expect(said(lines, '06-10 13:24')).toEqual([]);
      expect(said(lines, '06-10 13:25')).toEqual(['06-10 13:25:00 raised stale:load/1 minor']);
    }
  });
});

it('a rule that is no longer in force clears what it raised', () => {
  const changing = packsOf({ stale: [STALE] }, { inForceFrom: '2026-06-11' });
  const lines = [cell(), sample('06-10 12:00', 1), sample('06-11 12:00', 1)];
  expect(brief(told(changing, lines, '06-12'))).toEqual([
    '06-10 12:45:00 raised stale:load/1 minor',
    '06-11 12:00:00 cleared stale:load/1 cleared',
  ]);
});

it('an indicator that stands twice is refused', () => {
  const { problems } = checkPack(packFile({ stale: [STALE, STALE] }), `${OPERATOR}.2010-01-01.json`);
  expect(problems).toEqual(['rules.kpi.terms.stale.1: load stands twice']);
});
