import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPack } from '../../../pipelines/runtime/packs.js';
import { brief, cell, OPERATOR, packFile, packsOf, RULE, type Rules, sample, told } from '../../kpi/watched.js';
import { inOrder, known, type Line } from '../story.js';

const DAY_END = '06-11 00:00';

function alarms(lines: readonly Line[], rule: Record<string, unknown> = {}, more: Rules = {}, until = DAY_END) {
  const packs = packsOf({ thresholds: [{ ...RULE, ...rule }], ...more });
  return told(packs, [cell(), ...lines], until);
}
const said = (...given: Parameters<typeof alarms>) => brief(alarms(...given));
/** Samples in quarters from noon on: one each, ten minutes after its beginning; null: none. */
const quarters = (...values: readonly (number | null)[]) =>
  values.flatMap((value, i) => (value === null ? [] : [sample(`06-10 ${12 + (i >> 2)}:${(i % 4) * 15 + 10}`, value)]));

describe('raise and clear', () => {
  it('a window at the bound raises at its end, one at the other bound clears at its end', () => {
    expect(said(quarters(89.99, 90, 81, 80))).toEqual([
      '06-10 12:30:00 raised kpi:load/1 major',
      '06-10 13:00:00 cleared kpi:load/1 cleared',
    ]);
  });

  it('where only beyond the bound counts, the bound itself is not high', () => {
    expect(said(quarters(90, 90.01, 80), { bound: 'passed' })).toEqual([
      '06-10 12:30:00 raised kpi:load/1 major',
      '06-10 12:45:00 cleared kpi:load/1 cleared',
    ]);
  });

  it('between the bounds nothing changes: it neither flaps nor clears', () => {
    expect(said(quarters(95, 85, 95, 85, 81, 95))).toEqual(['06-10 12:15:00 raised kpi:load/1 major']);
  });

  it('below works the same way down', () => {
    const levels = [{ severity: 'major', raise: 95, clear: 97 }];
    expect(said(quarters(98, 95, 96.9, 97), { direction: 'below', levels })).toEqual([
      '06-10 12:30:00 raised kpi:load/1 major',
      '06-10 13:00:00 cleared kpi:load/1 cleared',
    ]);
  });

  it('it is raised again as another episode', () => {
    expect(said(quarters(90, 80, 90))).toEqual([
      '06-10 12:15:00 raised kpi:load/1 major',
      '06-10 12:30:00 cleared kpi:load/1 cleared',
      '06-10 12:45:00 raised kpi:load/2 major',
    ]);
  });

  it('the statistic is that of all samples of the window', () => {
    const lines = [sample('06-10 12:01', 70), sample('06-10 12:02', 100), sample('06-10 12:14', 100)];
    expect(said(lines)).toEqual(['06-10 12:15:00 raised kpi:load/1 major']);
    expect(said(lines, { statistic: 'min' })).toEqual([]);
    expect(said(lines, { statistic: 'count', levels: [{ severity: 'major', raise: 3, clear: 1 }] })).toHaveLength(1);
    expect(said(lines, { statistic: 'count', levels: [{ severity: 'major', raise: 4, clear: 1 }] })).toEqual([]);
  });

  it('says what it saw', () => {
    const [raised] = alarms(quarters(95));
    expect(raised).toMatchObject({
      type: 'alarm.raised',
      subject: 'cell-1',
      data: {
        operator: OPERATOR,
        clause: 'Watch 1',
        probableCause: 'thresholdCrossed',
        from: '2026-06-10T12:00:00+02:00',
        because: { statistic: 'mean', window: 'quarter', raise: 90, clear: 80, value: 95, samples: 1, for: 'PT0S' },
      },
    });
  });
});

describe('for', () => {
  const rule = { for: 'PT30M' };

  it('high windows on end must have lasted as long: exactly as long is enough', () => {
    expect(said(quarters(90, 85, 90, 90, 80), rule)).toEqual([
      '06-10 13:00:00 raised kpi:load/1 major',
      '06-10 13:15:00 cleared kpi:load/1 cleared',
    ]);
  });

  it('a window without samples ends what was on end, and clears nothing', () => {
    expect(said(quarters(90, null, 90), rule)).toEqual([]);
    expect(said(quarters(90, 90, null, null, 85), rule)).toEqual(['06-10 12:30:00 raised kpi:load/1 major']);
  });

  it('a window with too few samples is none', () => {
    const few = { ...rule, samplesMin: 2 };
    const twice = (minute: string) => [sample(`06-10 12:${minute}1`, 95), sample(`06-10 12:${minute}2`, 95)];
    expect(said([...twice('0'), ...twice('2')], few)).toEqual(['06-10 12:30:00 raised kpi:load/1 major']);
    expect(said([...twice('0'), sample('06-10 12:21', 95), ...twice('3')], few)).toEqual([]);
    expect(said([...twice('0'), ...twice('2'), sample('06-10 12:31', 10)], few)).toHaveLength(1);
  });
});

describe('severities', () => {
  const levels = [
    { severity: 'warning', raise: 80, clear: 75 },
    { severity: 'major', raise: 90, clear: 85 },
    { severity: 'critical', raise: 99, clear: 95 },
  ];

  it('rise and fall, each with its own bounds, as changes of one alarm', () => {
    expect(said(quarters(80, 99, 96, 95, 84, 76, 75), { levels })).toEqual([
      '06-10 12:15:00 raised kpi:load/1 warning',
      '06-10 12:30:00 changed kpi:load/1 critical',
      '06-10 13:00:00 changed kpi:load/1 major',
      '06-10 13:15:00 changed kpi:load/1 warning',
      '06-10 13:45:00 cleared kpi:load/1 cleared',
    ]);
  });

  it('the same severity may come back within an episode', () => {
    expect(said(quarters(80, 90, 80, 90), { levels })).toHaveLength(4);
  });
});

describe('days are local', () => {
  const rule = { window: 'day', statistic: 'sum', levels: [{ severity: 'minor', raise: 3, clear: 0 }] };

  it.each([
    ['23 hours', '03-29', '03-30'],
    ['25 hours', '10-25', '10-26'],
  ])('also those of %s', (_, day, next) => {
    const lines = [sample(`${day} 00:00`, 1), sample(`${day} 12:00`, 1), sample(`${day} 23:59`, 1)];
    expect(said(lines, rule, {}, `${next} 12:00`)).toEqual([`${next} 00:00:00 raised kpi:load/1 minor`]);
    expect(said([...lines.slice(1), sample(`${next} 00:00`, 1)], rule, {}, `${next} 12:00`)).toEqual([]);
  });
});

/** So many minutes after noon. */
const noon = (minutes: number) => `06-10 ${12 + Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;

describe('late samples', () => {
  it('one that makes a window high raises late', () => {
    const lines = [...quarters(70, 70), known('06-10 12:31', sample('06-10 12:05', 120))];
    expect(said(lines)).toEqual([
      '06-10 12:31:00 raised kpi:load/1 major late',
      '06-10 12:31:00 cleared kpi:load/1 cleared',
    ]);
  });

  it('one that shows that it never stood clears, and it may be raised again', () => {
    const late = known('06-10 12:20', sample('06-10 12:05', 50));
    expect(said([...quarters(95), late, ...quarters(null, null, 95)])).toEqual([
      '06-10 12:15:00 raised kpi:load/1 major',
      '06-10 12:20:00 cleared kpi:load/1 cleared',
      '06-10 12:45:00 raised kpi:load/2 major',
    ]);
  });

  it('one that lies back further than the lateness changes nothing', () => {
    const lines = [...quarters(70, 70, 70, 70, 70, 70), known('06-10 13:31', sample('06-10 12:05', 500))];
    expect(said(lines)).toEqual([]);
    expect(said(lines, {}, { lateness: 2 * 3_600_000 })).toHaveLength(2);
  });

  it('with a delay a window is looked at when what is on its way has come', () => {
    const lines = inOrder([...quarters(95), known('06-10 12:18', sample('06-10 12:05', 50))]);
    expect(said(lines, {}, { delay: 5 * 60_000 })).toEqual([]);
    expect(said(quarters(95), {}, { delay: 5 * 60_000 })).toEqual(['06-10 12:20:00 raised kpi:load/1 major']);
  });

  it('what is raised in the end does not depend on the order of arrival', () => {
    const minutes = fc.uniqueArray(fc.integer({ min: 0, max: 89 }), { minLength: 1, maxLength: 30 });
    const value = fc.constantFrom(70, 85, 95, 100);
    const story = minutes.chain((at) =>
      fc.tuple(
        fc.constant(at),
        fc.array(value, { minLength: at.length, maxLength: at.length }),
        fc.shuffledSubarray(at, { minLength: at.length }),
      ),
    );
    fc.assert(
      fc.property(story, ([at, values, order]) => {
        const of = (minute: number) => known('06-10 14:00', sample(noon(minute), values[at.indexOf(minute)]!));
        const wide = { lateness: 4 * 3_600_000 };
        const rule = { for: 'PT30M', levels: [{ severity: 'major', raise: 90, clear: 80 }] };
        expect(said(order.map(of), rule, wide)).toEqual(said([...at].sort((a, b) => a - b).map(of), rule, wide));
      }),
      { numRuns: 150 },
    );
  });

  it('what stands in the end is what a story without lateness has', () => {
    const value = fc.constantFrom(70, 85, 95, 100);
    const story = fc.array(fc.record({ value, lateMinutes: fc.integer({ min: 0, max: 50 }) }), {
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(story, (samples) => {
        const plain = samples.map((one, i) => sample(noon(i * 15 + 5), one.value));
        const late = plain.map((line, i) => known(noon(i * 15 + 5 + samples[i]!.lateMinutes), line));
        const wide = { lateness: 3 * 3_600_000 };
        const stands = (lines: readonly Line[]) => {
          const last = alarms(inOrder(lines), {}, wide).at(-1);
          return last !== undefined && last.type !== 'alarm.cleared';
        };
        expect(stands(late)).toBe(stands(plain));
      }),
      { numRuns: 150 },
    );
  });
});

describe('the rule itself', () => {
  it('an operator without the section decides nothing', () => {
    expect(told(packsOf({}), [cell(), ...quarters(1e9)], DAY_END)).toEqual([]);
  });

  it('a rule that is no longer in force clears what it raised', () => {
    const packs = packsOf({ thresholds: [RULE] }, { inForceFrom: '2026-06-11' });
    const lines = [cell(), ...quarters(95), sample('06-11 10:00', 95)];
    expect(brief(told(packs, lines, '06-12'))).toEqual([
      '06-10 12:15:00 raised kpi:load/1 major',
      '06-11 10:00:00 cleared kpi:load/1 cleared',
    ]);
  });

  it.each([
    ['clears at 91, beyond 90', { levels: [{ severity: 'major', raise: 90, clear: 91 }] }],
    ['clears at 94, beyond 95', { direction: 'below', levels: [{ severity: 'major', raise: 95, clear: 94 }] }],
    [
      'must be beyond the one before it',
      {
        levels: [
          { severity: 'minor', raise: 90, clear: 80 },
          { severity: 'major', raise: 90, clear: 80 },
        ],
      },
    ],
    [
      'minor must be more severe than major',
      {
        levels: [
          { severity: 'major', raise: 90, clear: 80 },
          { severity: 'minor', raise: 95, clear: 80 },
        ],
      },
    ],
  ])('is refused where %s', (problem, change) => {
    const { problems } = checkPack(packFile({ thresholds: [{ ...RULE, ...change }] }), `${OPERATOR}.2010-01-01.json`);
    expect(problems.join()).toContain(problem);
  });

  it('is refused where a name stands twice', () => {
    const { problems } = checkPack(packFile({ thresholds: [RULE, RULE] }), `${OPERATOR}.2010-01-01.json`);
    expect(problems).toEqual(['rules.kpi.terms.thresholds.1: the name load is used twice']);
  });
});
