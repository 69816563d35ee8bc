import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AlarmFact, alarmFacts, withAlarm } from '../../../pipelines/detectors/alarm-fault.js';
import { foldFault } from '../../../pipelines/domain/fault.js';
import type { AlarmFaultRule } from '../../../pipelines/domain/pack.js';
import { FOREVER, HOUR, type Instant, MINUTE, parseInstant, SECOND } from '../../../pipelines/domain/units.js';

const T = parseInstant('2026-06-01T00:00:00+02:00')!;
const HOLD = 5 * MINUTE;
const LATER = T + 1_000 * HOUR;

const power: AlarmFaultRule = {
  severities: ['critical', 'major'],
  probableCause: 'powerProblem',
  hold: HOLD,
  responsibility: 'unknown',
  reason: 'power problem',
};
const broken: AlarmFaultRule = {
  severities: ['critical'],
  probableCause: 'equipmentMalfunction',
  hold: HOLD,
  responsibility: 'equipment',
  reason: 'equipment malfunction',
};

type Said = Partial<Pick<AlarmFact, 'alarmKey' | 'perceivedSeverity' | 'probableCause' | 'specificProblem'>>;
const critical: Said = { perceivedSeverity: 'critical', probableCause: 'powerProblem' };

function reported(after: number, said: Said = critical, known = after): AlarmFact {
  return { do: 'reported', at: T + after, known: T + known, ref: `case#r ${after} ${JSON.stringify(said)}`, ...said };
}
function ended(after: number, known = after): AlarmFact {
  return { do: 'ended', at: T + after, known: T + known, ref: `case#e ${after}` };
}
function held(facts: readonly AlarmFact[]): readonly AlarmFact[] {
  return facts.reduce(withAlarm, [] as readonly AlarmFact[]);
}
/** The faults as [from, to or null] in ms after T, with their cause, as the network folds them. */
function faults(facts: readonly AlarmFact[], rules: readonly AlarmFaultRule[] = [power, broken], now: Instant = LATER) {
  return foldFault('cell-1', 'alarm', alarmFacts(held(facts), rules, now).facts).map(({ from, to, parts }) => [
    from - T,
    to === FOREVER ? null : to - T,
    parts[0]!.reason,
  ]);
}

describe('an alarm that stands long enough is a fault from its beginning', () => {
  it('opened at its report, cleared at its end; known once it has stood for the hold', () => {
    expect(alarmFacts(held([reported(0), ended(HOUR)]), [power], LATER)).toEqual({
      facts: [
        {
          do: 'opened',
          at: T,
          known: T + HOLD,
          ref: reported(0).ref,
          responsibility: 'unknown',
          reason: 'power problem',
        },
        { do: 'cleared', at: T + HOUR, known: T + HOUR, ref: 'case#e 3600000' },
      ],
      wake: undefined,
    });
  });

  it.each([
    ['a second shorter than the hold makes none', HOLD - SECOND, []],
    ['exactly the hold is enough', HOLD, [[0, HOLD, 'power problem']]],
    ['a second longer', HOLD + SECOND, [[0, HOLD + SECOND, 'power problem']]],
    ['one that ends as it begins makes none', 0, []],
  ])('%s', (_, end, expected) => {
    expect(faults([reported(0), ended(end)])).toEqual(expected);
  });

  it('one that ends as it begins makes none, without a hold too', () => {
    expect(alarmFacts(held([reported(0), ended(0)]), [{ ...power, hold: 0 }], LATER).facts).toEqual([]);
  });

  it('while it has not stood long enough: nothing yet, and when to ask again', () => {
    const facts = held([reported(0)]);
    expect(alarmFacts(facts, [power], T)).toEqual({ facts: [], wake: T + HOLD });
    expect(alarmFacts(facts, [power], T + HOLD - 1)).toEqual({ facts: [], wake: T + HOLD });
    const now = alarmFacts(facts, [power], T + HOLD);
    expect(now.facts.map((fact) => fact.do)).toEqual(['opened']);
    expect(now.wake).toBeUndefined();
  });

  it('an alarm that no rule knows makes none and asks for nothing', () => {
    const other = reported(0, { perceivedSeverity: 'critical', probableCause: 'fire' });
    expect(alarmFacts([other], [power, broken], T)).toEqual({ facts: [], wake: undefined });
    expect(alarmFacts([reported(0)], [], T)).toEqual({ facts: [], wake: undefined });
  });

  it('reported anew after its end it is another fault', () => {
    const facts = [reported(0), ended(HOUR), reported(2 * HOUR), ended(3 * HOUR), reported(4 * HOUR)];
    expect(faults(facts)).toEqual([
      [0, HOUR, 'power problem'],
      [2 * HOUR, 3 * HOUR, 'power problem'],
      [4 * HOUR, null, 'power problem'],
    ]);
  });

  it('reported anew at the instant of its end: ended first, then it stands again', () => {
    expect(faults([reported(0), ended(HOUR), reported(HOUR, { ...critical, perceivedSeverity: 'major' })])).toEqual([
      [0, HOUR, 'power problem'],
      [HOUR, null, 'power problem'],
    ]);
  });

  it('an end before the report closes nothing', () => {
    expect(faults([ended(0), reported(HOUR)])).toEqual([[HOUR, null, 'power problem']]);
  });

  it('a second end closes nothing more', () => {
    expect(faults([reported(0), ended(HOUR), ended(2 * HOUR)])).toEqual([[0, HOUR, 'power problem']]);
  });

  it('a report that says cleared is an end', () => {
    expect(faults([reported(0), reported(HOUR, { perceivedSeverity: 'cleared' })])).toEqual([
      [0, HOUR, 'power problem'],
    ]);
    const anyAlarm: AlarmFaultRule = { hold: 0, responsibility: 'unknown', reason: 'any' };
    expect(faults([reported(0, { perceivedSeverity: 'cleared' })], [anyAlarm])).toEqual([]);
  });
});

describe('which rule: the first to be fulfilled, in the order of the list', () => {
  const everything: AlarmFaultRule = { hold: HOLD, responsibility: 'operator', reason: 'any alarm' };

  it('of two that match, the first in the list decides', () => {
    expect(faults([reported(0)], [power, everything])).toEqual([[0, null, 'power problem']]);
    expect(faults([reported(0)], [everything, power])).toEqual([[0, null, 'any alarm']]);
  });

  it('the one that is fulfilled earlier decides', () => {
    expect(faults([reported(0)], [power, { ...everything, hold: HOLD - SECOND }])).toEqual([[0, null, 'any alarm']]);
  });

  it('an absent condition holds for all, and each condition that is there must hold', () => {
    const said: Said = { ...critical, specificProblem: 'mains', alarmKey: 'k1' };
    const rule = (conditions: Partial<AlarmFaultRule>) => [{ ...everything, ...conditions }];
    const makes = (conditions: Partial<AlarmFaultRule>) => faults([reported(0, said)], rule(conditions)).length === 1;
    expect(makes({})).toBe(true);
    expect(
      makes({ severities: ['critical'], probableCause: 'powerProblem', specificProblem: 'mains', alarmKey: 'k1' }),
    ).toBe(true);
    expect(makes({ severities: ['major', 'minor'] })).toBe(false);
    expect(makes({ probableCause: 'fire' })).toBe(false);
    expect(makes({ specificProblem: 'battery' })).toBe(false);
    expect(makes({ alarmKey: 'k2' })).toBe(false);
    expect(faults([reported(0, {})], rule({ severities: ['critical'] }))).toEqual([]);
  });

  it('an update keeps what it does not say', () => {
    expect(faults([reported(0), reported(MINUTE, { perceivedSeverity: 'major' }), ended(HOLD)])).toHaveLength(1);
  });

  it('it must stand for the hold while it matches: a lower severity in between begins anew', () => {
    const minor: Said = { perceivedSeverity: 'minor' };
    const short = [reported(0), reported(3 * MINUTE, minor), reported(4 * MINUTE, critical)];
    expect(faults([...short, ended(8 * MINUTE)])).toEqual([]);
    // From when it matched: a minor alarm was no interruption.
    expect(faults([...short, ended(9 * MINUTE)])).toEqual([[4 * MINUTE, 9 * MINUTE, 'power problem']]);
    expect(alarmFacts(held(short), [power], T + 6 * MINUTE)).toEqual({ facts: [], wake: T + 9 * MINUTE });
  });

  it('severities of one rule are one standing', () => {
    expect(faults([reported(0), reported(3 * MINUTE, { perceivedSeverity: 'major' }), ended(HOLD)])).toHaveLength(1);
  });

  it('once a fault it is one to the end of the alarm, whatever its severity', () => {
    const facts = [reported(0), reported(HOUR, { perceivedSeverity: 'warning' }), ended(2 * HOUR)];
    expect(faults(facts)).toEqual([[0, 2 * HOUR, 'power problem']]);
    // It is the event that began it that opened the fault.
    expect(alarmFacts(held(facts), [power], LATER).facts[0]).toMatchObject({
      at: T,
      known: T + HOLD,
      ref: facts[0]!.ref,
    });
  });

  it('a rule that is fulfilled later changes nothing', () => {
    const facts = [
      reported(0),
      reported(HOUR, { perceivedSeverity: 'critical', probableCause: 'equipmentMalfunction' }),
    ];
    expect(faults(facts, [broken, power])).toEqual([[0, null, 'power problem']]);
  });
});

describe('alarms: early, late, twice', () => {
  it('the same fact twice is once', () => {
    const facts = held([reported(0), ended(HOUR)]);
    expect(withAlarm(facts, reported(0))).toBe(facts);
  });

  it('a late end shortens the fault', () => {
    const before = [reported(0), ended(2 * HOUR)];
    expect(faults(before)).toEqual([[0, 2 * HOUR, 'power problem']]);
    expect(faults([...before, ended(HOUR, 5 * HOUR)])).toEqual([[0, HOUR, 'power problem']]);
  });

  it('a late end shows that it was shorter than the hold: no facts at all', () => {
    expect(faults([reported(0)])).toHaveLength(1);
    const shown = held([reported(0), ended(HOLD - SECOND, 5 * HOUR)]);
    expect(alarmFacts(shown, [power], LATER)).toEqual({ facts: [], wake: undefined });
  });

  it('a late report makes the fault from its own time, known when it came', () => {
    const late = reported(0, critical, 3 * HOUR);
    expect(alarmFacts(held([ended(HOUR), late]), [power], LATER).facts).toMatchObject([
      { do: 'opened', at: T, known: T + 3 * HOUR },
      { do: 'cleared', at: T + HOUR, known: T + HOUR },
    ]);
  });

  it('an end a little ahead of the clock is taken at its own time', () => {
    expect(faults([reported(0), ended(HOUR, HOUR - MINUTE)], [power], T + HOUR - MINUTE)).toEqual([
      [0, HOUR, 'power problem'],
    ]);
  });

  it('whatever the order of arrival, the faults are the same; none overlap, and all lie within an alarm', () => {
    const fact = fc.record({
      minute: fc.integer({ min: 0, max: 40 }),
      late: fc.integer({ min: 0, max: 30 }),
      end: fc.boolean(),
      severity: fc.constantFrom('critical', 'major', 'minor', 'cleared'),
    });
    const told = fc.array(fact, { maxLength: 12 }).chain((rows) => {
      const facts = rows.map(({ minute, late, end, severity }, i): AlarmFact => {
        const when = { at: T + minute * MINUTE, known: T + (minute + late) * MINUTE, ref: `case#${i}` };
        if (end) return { do: 'ended', ...when };
        return { do: 'reported', ...when, perceivedSeverity: severity, probableCause: 'powerProblem' };
      });
      return fc.tuple(fc.constant(facts), fc.shuffledSubarray(facts, { minLength: facts.length }));
    });
    fc.assert(
      fc.property(told, fc.integer({ min: 0, max: 80 }), ([facts, shuffled], minute) => {
        const now = T + minute * MINUTE;
        const answer = alarmFacts(held(facts), [power], now);
        expect(alarmFacts(held(shuffled), [power], now)).toEqual(answer);
        expect(answer.wake === undefined || answer.wake > now).toBe(true);
        // The network folds them to what they say: as many faults as openings, each from its own opening on.
        const openings = answer.facts.filter((one) => one.do === 'opened');
        const folded = foldFault('cell-1', 'alarm', [...answer.facts]);
        expect(folded.map(({ from }) => from)).toEqual(openings.map((one) => one.at));
        for (const { from, to } of folded) expect(to - from).toBeGreaterThanOrEqual(HOLD);
        // Asked at the wake there is more than before.
        if (answer.wake !== undefined) {
          expect(alarmFacts(held(facts), [power], answer.wake).facts.length).toBeGreaterThan(answer.facts.length);
        }
      }),
      { numRuns: 500 },
    );
  });
});
