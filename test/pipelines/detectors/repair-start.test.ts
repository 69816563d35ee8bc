import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ElementReports,
  elementAlarms,
  NO_REPORTS,
  overdueStarts,
  repairStart,
  withReport,
} from '../../../pipelines/detectors/repair-start.js';
import { type Decision, decide, decodeDecision, encodeDecision } from '../../../pipelines/domain/decision.js';
import type { Effect, Given } from '../../../pipelines/domain/detector.js';
import type { EventOf } from '../../../pipelines/domain/event.js';
import { type Fault, foldFault } from '../../../pipelines/domain/fault.js';
import type { Pack } from '../../../pipelines/domain/pack.js';
import { newService, type ServiceFacts, withLineFault } from '../../../pipelines/domain/service.js';
import { DAY, FOREVER, HOUR, type Instant, MINUTE, parseInstant, SECOND } from '../../../pipelines/domain/units.js';
import { NO_USAGE } from '../../../pipelines/domain/usage/book.js';

const at = (text: string) => parseInstant(text)!;
const ZONE = 'Europe/Vienna';
const WITHIN = 72 * HOUR;
const rules = { clause: 'MTEL 6.2', within: WITHIN, severity: 'major', clauses: {} } as const;

const mtel: Pack = {
  operator: 'mtel-at',
  name: 'MTEL',
  zone: ZONE,
  currency: 'EUR',
  vatPercent: '20',
  language: 'de',
  inForceFrom: at('2019-11-01T00:00:00+01:00'),
  rules: { repairStart: rules },
};

const T = at('2026-06-01T08:00:00+02:00');
type RepairEvent = EventOf<'fault.reported'> | EventOf<'repair.started'>;
type Step =
  | { readonly is: 'event'; readonly event: RepairEvent }
  | {
      readonly is: 'fault';
      readonly do: 'opened' | 'cleared';
      readonly faultId: string;
      readonly at: Instant;
      readonly known: Instant;
    };

const head = { specversion: '1.0', source: 'case', subject: 's1' } as const;
function reported(time: Instant, data: { reportId?: string; faultId?: string }, known = time, id = `r ${time}`): Step {
  return { is: 'event', event: { ...head, id, type: 'fault.reported', time, recordedtime: known, data } };
}
function begun(time: Instant, faultId = 'f1', known = time): Step {
  const event = {
    ...head,
    id: `b ${time} ${faultId}`,
    type: 'repair.started',
    time,
    recordedtime: known,
    data: { faultId },
  } as const;
  return { is: 'event', event };
}
function opened(time: Instant, faultId = 'f1', known = time): Step {
  return { is: 'fault', do: 'opened', faultId, at: time, known };
}
function cleared(time: Instant, faultId = 'f1', known = time): Step {
  return { is: 'fault', do: 'cleared', faultId, at: time, known };
}
const knownOf = (step: Step) => (step.is === 'event' ? step.event.recordedtime : step.known);

/** Asks as the engine asks: the facts in order of their being known, each followed by a tick; wakes ring in between. */
function story(steps: readonly Step[], until: Instant, pack: Pack = mtel): Decision[] {
  let facts: ServiceFacts = newService('s1');
  let state: ElementReports = repairStart.start;
  let due: Instant | undefined;
  const decisions: Decision[] = [];
  const given = (): Given => ({ facts, pack: () => pack, parts: () => [], usage: NO_USAGE, submitted: 'when-told' });
  const look = (now: Instant) => {
    due = undefined;
    const [next, effects] = repairStart.step(state, { is: 'tick', now }, given());
    state = next;
    for (const effect of effects) {
      if (effect.do === 'wake') {
        expect(effect.at).toBeGreaterThan(now);
        due = Math.min(due ?? effect.at, effect.at);
      }
      if (effect.do !== 'decide') continue;
      expect(effect.draft.time).toBe(now);
      const decision = decide(effect.draft) as Decision;
      expect(decodeDecision(encodeDecision(decision, ZONE))).toMatchObject({ ok: true });
      expect(decisions.map(({ id }) => id)).not.toContain(decision.id);
      decisions.push(decision);
    }
  };
  const advance = (to: Instant) => {
    while (due !== undefined && due <= to) look(due);
  };
  for (const step of [...steps].sort((a, b) => knownOf(a) - knownOf(b))) {
    const now = knownOf(step);
    advance(now);
    if (step.is === 'fault') {
      const fact = { do: step.do, at: step.at, known: step.known, ref: `case#${step.do} ${step.faultId} ${step.at}` };
      facts = withLineFault(facts, step.faultId, fact);
    } else {
      const [next, effects] = repairStart.step(state, { is: 'event', event: step.event, now }, given());
      expect(effects).toEqual([]);
      state = next;
    }
    look(now);
  }
  advance(until);
  return decisions;
}

/** Raised or cleared, at how many seconds after 72 hours. */
const alarms = (decisions: readonly Decision[]) =>
  decisions.map(({ type, time }) => [type.slice('alarm.'.length), (time - T - WITHIN) / SECOND]);
const LATER = T + 30 * DAY;
const onFault = { reportId: 'r1', faultId: 'f1' };

describe('work begins within 72 hours of the report (MTEL 6.2)', () => {
  it('not begun: an alarm a second after 72 hours, cleared when it begins', () => {
    const steps = [opened(T - HOUR), reported(T, onFault), begun(T + WITHIN + 5 * HOUR)];
    const decisions = story(steps, LATER);
    expect(alarms(decisions)).toEqual([
      ['raised', 1],
      ['cleared', 5 * 3_600],
    ]);
    expect(decisions[0]).toMatchObject({
      subject: 's1',
      data: {
        operator: 'mtel-at',
        clause: 'MTEL 6.2',
        alarmId: 'repair-start:s1:r1',
        episode: 1,
        perceivedSeverity: 'major',
        probableCause: 'repair not begun',
        specificProblem: 'report r1, fault f1',
        from: T + WITHIN + SECOND,
        late: false,
        because: {
          within: 'PT72H',
          reported: '2026-06-01T08:00:00+02:00',
          begun: [],
          faults: [{ fault: 's1/f1', from: '2026-06-01T07:00:00+02:00', to: null }],
        },
      },
    });
    expect(decisions[1]!.data).toMatchObject({
      alarmId: 'repair-start:s1:r1',
      episode: 1,
      perceivedSeverity: 'cleared',
      late: false,
      because: { over: '2026-06-04T13:00:00+02:00' },
    });
  });

  it.each([
    ['begun with the report', 0, []],
    ['begun a second before 72 hours', WITHIN - SECOND, []],
    ['begun at exactly 72 hours', WITHIN, []],
    ['begun a second after: raised and cleared', WITHIN + SECOND, ['raised', 'cleared']],
  ])('%s', (_, after, expected) => {
    const decisions = story([opened(T - HOUR), reported(T, onFault), begun(T + after)], LATER);
    expect(decisions.map(({ type }) => type.slice('alarm.'.length))).toEqual(expected);
  });

  it.each([
    ['cleared a second before 72 hours', WITHIN - SECOND, []],
    ['cleared at exactly 72 hours', WITHIN, []],
    ['cleared a second after: raised and cleared', WITHIN + SECOND, ['raised', 'cleared']],
  ])('the fault %s', (_, after, expected) => {
    const decisions = story([opened(T - HOUR), reported(T, onFault), cleared(T + after)], LATER);
    expect(decisions.map(({ type }) => type.slice('alarm.'.length))).toEqual(expected);
  });

  it.each([
    ['with a day of 23 hours', '2026-03-27T12:00:00+01:00', '2026-03-30T13:00:01+02:00'],
    ['with a day of 25 hours', '2026-10-23T12:00:00+02:00', '2026-10-26T11:00:01+01:00'],
  ])('72 hours are elapsed time: %s', (_, from, due) => {
    const [decision] = story([opened(at(from)), reported(at(from), onFault)], at(from) + 5 * DAY);
    expect(decision!.time).toBe(at(due));
  });

  it('work on another fault is not work on this one', () => {
    const steps = [opened(T - HOUR), opened(T - HOUR, 'f2'), reported(T, onFault), begun(T + HOUR, 'f2')];
    expect(alarms(story(steps, LATER))).toEqual([['raised', 1]]);
  });

  it('work begun before the report on the fault that is still open has begun; on an earlier opening of it, it has not', () => {
    const before = [opened(T - 9 * HOUR), begun(T - 8 * HOUR), reported(T, onFault)];
    expect(story(before, LATER)).toEqual([]);
    const anew = [
      opened(T - 9 * HOUR),
      begun(T - 8 * HOUR),
      cleared(T - 7 * HOUR),
      opened(T - HOUR),
      reported(T, onFault),
    ];
    expect(alarms(story(anew, LATER))).toEqual([['raised', 1]]);
  });

  it('a fault that nobody knows of: raised, until work begins', () => {
    const steps = [reported(T, onFault), begun(T + 100 * HOUR)];
    expect(alarms(story(steps, LATER))).toEqual([
      ['raised', 1],
      ['cleared', 28 * 3_600],
    ]);
  });

  it('a fault reported before the network saw it, or after it was over', () => {
    expect(story([reported(T, onFault), opened(T + HOUR), cleared(T + 2 * HOUR)], LATER)).toEqual([]);
    expect(story([opened(T - 3 * HOUR), cleared(T - HOUR), reported(T, onFault)], LATER)).toEqual([]);
  });

  it('a report that names no fault: any work counts', () => {
    const steps = [opened(T - HOUR), opened(T - HOUR, 'f2'), reported(T, { reportId: 'r1' }), begun(T + WITHIN, 'f2')];
    expect(story(steps, LATER)).toEqual([]);
  });

  it('a report that names no fault: every fault that was open must be cleared', () => {
    const steps = [opened(T - HOUR), opened(T - HOUR, 'f2'), reported(T, { reportId: 'r1' }), cleared(T + HOUR)];
    expect(alarms(story(steps, LATER))).toEqual([['raised', 1]]);
    expect(story([...steps, cleared(T + WITHIN, 'f2')], LATER)).toEqual([]);
    // One that opened after the report is not what was reported.
    expect(story([...steps, cleared(T + WITHIN, 'f2'), opened(T + 2 * HOUR, 'f3')], LATER)).toEqual([]);
  });

  it('a report that names no fault while none is open is not over by itself', () => {
    expect(alarms(story([reported(T, { reportId: 'r1' })], LATER))).toEqual([['raised', 1]]);
  });

  it('an operator without the rule: nothing', () => {
    expect(story([opened(T), reported(T, onFault)], LATER, { ...mtel, rules: {} })).toEqual([]);
  });

  it('each report has its own alarm; without a reportId it is named by its event', () => {
    const decisions = story([opened(T - HOUR), reported(T, onFault), reported(T + HOUR, { faultId: 'f1' })], LATER);
    expect(decisions.map(({ data }) => 'alarmId' in data && data.alarmId)).toEqual([
      'repair-start:s1:r1',
      `repair-start:s1:case#r ${T + HOUR}`,
    ]);
  });
});

describe('work begins in time: early, late, twice', () => {
  it('a report told again under its id is the one made first', () => {
    const again = reported(T + HOUR, onFault, T + HOUR, 'again');
    expect(alarms(story([opened(T - HOUR), reported(T, onFault), again, reported(T, onFault)], LATER))).toEqual([
      ['raised', 1],
    ]);
  });

  it('late facts show that work had begun in time: cleared', () => {
    const steps = [opened(T - HOUR), reported(T, onFault), begun(T + WITHIN, 'f1', T + 80 * HOUR)];
    const decisions = story(steps, LATER);
    expect(alarms(decisions)).toEqual([
      ['raised', 1],
      ['cleared', 8 * 3_600],
    ]);
    expect(decisions[1]!.data).toMatchObject({ late: true, because: { begun: ['2026-06-04T08:00:00+02:00'] } });
  });

  it('late facts show that the fault was cleared in time: cleared', () => {
    const steps = [opened(T - HOUR), reported(T, onFault), cleared(T + 10 * HOUR, 'f1', T + 80 * HOUR)];
    expect(alarms(story(steps, LATER))).toEqual([
      ['raised', 1],
      ['cleared', 8 * 3_600],
    ]);
  });

  it('a report known late, on which work has not begun: raised then, and late', () => {
    const decisions = story([opened(T - HOUR), reported(T, onFault, T + 90 * HOUR)], LATER);
    expect(alarms(decisions)).toEqual([['raised', 18 * 3_600]]);
    expect(decisions[0]!.data).toMatchObject({ late: true, from: T + WITHIN + SECOND });
  });

  it('all known when it is over: raised and cleared together, so that the breach stands on record', () => {
    const steps = [opened(T - HOUR), begun(T + 80 * HOUR), reported(T, onFault, T + 90 * HOUR)];
    expect(alarms(story(steps, LATER))).toEqual([
      ['raised', 18 * 3_600],
      ['cleared', 18 * 3_600],
    ]);
  });

  it('a beginning a little ahead of the clock clears at its own time', () => {
    const time = T + 80 * HOUR;
    const decisions = story([opened(T - HOUR), reported(T, onFault), begun(time, 'f1', time - 4 * MINUTE)], LATER);
    expect(decisions.map(({ type, time: decided }) => [type, decided])).toEqual([
      ['alarm.raised', T + WITHIN + SECOND],
      ['alarm.cleared', time],
    ]);
  });

  it('cleared, and overdue again by what came late: the next episode', () => {
    const steps = [
      opened(T - HOUR),
      reported(T, { reportId: 'r1' }),
      begun(T + 73 * HOUR, 'f2'),
      // The report turns out to be about another fault than the one that work began on.
      reported(T + MINUTE, { reportId: 'r1', faultId: 'f1' }, T + 90 * HOUR),
      begun(T + 95 * HOUR),
    ];
    const decisions = story(steps, LATER);
    expect(decisions.map(({ type, data }) => [type, 'episode' in data && data.episode])).toEqual([
      ['alarm.raised', 1],
      ['alarm.cleared', 1],
      ['alarm.raised', 2],
      ['alarm.cleared', 2],
    ]);
  });

  it('whatever the order in which the facts become known, an alarm stands in the end exactly where work has not begun', () => {
    const hours = (max: number) => fc.integer({ min: 0, max });
    const late = fc.oneof(fc.constant(0), hours(300));
    const fact = fc.record({ after: hours(200), late, faultId: fc.constantFrom('f1', 'f2') });
    const world = fc.record({
      opened: fc.array(fact, { maxLength: 3 }),
      cleared: fc.array(fact, { maxLength: 3 }),
      begun: fc.array(fact, { maxLength: 3 }),
      reports: fc.array(fc.record({ after: hours(200), late, faultId: fc.constantFrom('f1', 'f2', undefined) }), {
        minLength: 1,
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(world, (told) => {
        const when = (one: { after: number; late: number }) =>
          [T + one.after * HOUR, T + (one.after + one.late) * HOUR] as const;
        const steps = [
          ...told.opened.map((one) => opened(when(one)[0], one.faultId, when(one)[1])),
          ...told.cleared.map((one) => cleared(when(one)[0], one.faultId, when(one)[1])),
          ...told.begun.map((one) => begun(when(one)[0], one.faultId, when(one)[1])),
          ...told.reports.map((one, i) => {
            const data = { reportId: `r${i}`, ...(one.faultId === undefined ? {} : { faultId: one.faultId }) };
            return reported(when(one)[0], data, when(one)[1], `r${i}`);
          }),
        ];
        const stands = (decisions: readonly Decision[]) => {
          const standing = new Set<string>();
          for (const { type, data } of decisions) {
            const { alarmId } = data as { alarmId: string };
            if (type === 'alarm.raised') expect(standing.has(alarmId)).toBe(false);
            if (type === 'alarm.cleared') expect(standing.has(alarmId)).toBe(true);
            if (type === 'alarm.raised') standing.add(alarmId);
            else standing.delete(alarmId);
          }
          return [...standing].sort();
        };
        // The same facts in the same order, all known when everything is over: of an opening and a clearing at one instant the
        // one told later is the last word.
        const learned = (known: Instant) => LATER + (known - T) / HOUR;
        const inTheEnd = steps.map((step): Step => {
          if (step.is === 'fault') return { ...step, known: learned(step.known) };
          return { ...step, event: { ...step.event, recordedtime: learned(knownOf(step)) } as RepairEvent };
        });
        expect(stands(story(steps, LATER))).toEqual(stands(story(inTheEnd, LATER + MINUTE)));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the same of any subject', () => {
  const line = (from: Instant, to: Instant): readonly Fault[] =>
    foldFault('olt-1', 'f1', [
      { do: 'opened', at: from, known: from, ref: 'case#o' },
      ...(to < FOREVER ? [{ do: 'cleared', at: to, known: to, ref: 'case#c' } as const] : []),
    ]);
  const report = { report: 'r1', at: T, known: T, ref: 'case#r', faultId: 'f1' };

  it('what is overdue as of an instant, and when to ask again', () => {
    const asked = (
      now: Instant,
      starts: { at: Instant; known: Instant; ref: string }[],
      faults = line(T - HOUR, FOREVER),
    ) => overdueStarts({ reports: [report], starts }, faults, rules, now);
    const raisedAt = T + WITHIN + SECOND;
    expect(asked(T, [])).toEqual({ overdue: [], wake: raisedAt });
    expect(asked(raisedAt - 1, [])).toEqual({ overdue: [], wake: raisedAt });
    expect(asked(raisedAt, [])).toEqual({ overdue: [{ report, raisedAt }], wake: undefined });
    const later = { at: T + 80 * HOUR, known: T + 80 * HOUR, ref: 'case#b' };
    expect(asked(raisedAt, [later])).toEqual({ overdue: [{ report, raisedAt }], wake: later.at });
    expect(asked(later.at, [later])).toEqual({ overdue: [{ report, raisedAt, clearedAt: later.at }], wake: undefined });
    expect(asked(later.at, [], line(T - HOUR, T + 75 * HOUR))).toEqual({
      overdue: [{ report, raisedAt, clearedAt: T + 75 * HOUR }],
      wake: undefined,
    });
    const justAfter = { at: raisedAt, known: raisedAt, ref: 'case#b' };
    expect(asked(raisedAt, [justAfter]).overdue).toEqual([{ report, raisedAt, clearedAt: raisedAt }]);
    expect(asked(raisedAt, [{ ...justAfter, at: raisedAt - 1 }]).overdue).toEqual([]);
    expect(asked(T, [], line(T - HOUR, T + HOUR))).toEqual({ overdue: [], wake: undefined });
  });

  it('a beginning that names no fault counts for every report', () => {
    const start = { at: T + HOUR, known: T + HOUR, ref: 'case#b' };
    expect(overdueStarts({ reports: [report], starts: [start] }, [], rules, LATER).overdue).toEqual([]);
    const other = { ...start, faultId: 'f2' };
    expect(overdueStarts({ reports: [report], starts: [other] }, [], rules, LATER).overdue).toHaveLength(1);
  });

  it('an element: the alarm is its own', () => {
    const step = reported(T, { ...onFault }) as Extract<Step, { is: 'event' }>;
    const held = withReport(NO_REPORTS, step.event);
    expect(withReport(held, step.event)).toBe(held);
    const ask = (state: ElementReports, now: Instant): readonly [ElementReports, readonly Effect[]] =>
      elementAlarms('olt-1', state, line(T - HOUR, T + 80 * HOUR), rules, 'mtel-at', now);
    const [waiting, wakes] = ask(held, T);
    expect(wakes).toEqual([{ do: 'wake', at: T + WITHIN + SECOND }]);
    const [standing, effects] = ask(waiting, T + WITHIN + SECOND);
    expect(effects).toMatchObject([
      { do: 'wake', at: T + 80 * HOUR },
      {
        do: 'decide',
        draft: {
          type: 'alarm.raised',
          subject: 'olt-1',
          data: { operator: 'mtel-at', alarmId: 'repair-start:olt-1:r1' },
        },
      },
    ]);
    expect(ask(standing, T + WITHIN + HOUR)[1]).toEqual([{ do: 'wake', at: T + 80 * HOUR }]);
    const [over, last] = ask(standing, T + 80 * HOUR);
    expect(last).toMatchObject([{ do: 'decide', draft: { type: 'alarm.cleared', subject: 'olt-1' } }]);
    expect(ask(over, LATER)[1]).toEqual([]);
  });
});
