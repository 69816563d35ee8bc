import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PortingState, porting } from '../../../pipelines/detectors/porting.js';
import {
  type Decision,
  type DecisionOf,
  decide,
  decodeDecision,
  encodeDecision,
} from '../../../pipelines/domain/decision.js';
import type { Given } from '../../../pipelines/domain/detector.js';
import type { EventOf } from '../../../pipelines/domain/event.js';
import type { Pack } from '../../../pipelines/domain/pack.js';
import { newService } from '../../../pipelines/domain/service.js';
import { DAY, HOUR, type Instant, parseInstant, SECOND } from '../../../pipelines/domain/units.js';
import { NO_USAGE } from '../../../pipelines/domain/usage/book.js';

const at = (text: string) => parseInstant(text)!;
const ZONE = 'Europe/Belgrade';

const a1: Pack = {
  operator: 'a1-rs',
  name: 'A1',
  zone: ZONE,
  currency: 'RSD',
  vatPercent: '20',
  language: 'sr-Latn',
  inForceFrom: at('2026-06-01T00:00:00+02:00'),
  rules: { porting: { clause: 'A1 20.4', deadline: DAY, daysMax: 15, amountPerDay: null, clauses: {} } },
};
const withPrice: Pack = {
  ...a1,
  rules: { porting: { ...a1.rules.porting!, amountPerDay: { minor: 15_050, currency: 'RSD' } } },
};

type PortingEvent = EventOf<'porting.accepted'> | EventOf<'porting.completed'>;
type Excused = { from: Instant; to: Instant; reason?: string }[];

interface Told {
  readonly portingId?: string;
  readonly known?: Instant;
  readonly excused?: Excused;
}

function accepted(time: Instant, { portingId = 'p1', known = time }: Told = {}): PortingEvent {
  return { ...head(`a ${portingId} ${time}`, time, known), type: 'porting.accepted', data: { portingId } };
}
function completed(time: Instant, { portingId = 'p1', known = time, excused }: Told = {}): PortingEvent {
  const data = excused ? { portingId, excused } : { portingId };
  return { ...head(`c ${portingId} ${time}`, time, known), type: 'porting.completed', data };
}
function head(id: string, time: Instant, recordedtime: Instant) {
  return { specversion: '1.0', id, source: 'case', subject: 's1', time, recordedtime } as const;
}

/**
 * Asks as the engine asks: the events in order of their being known, each followed by a tick; wakes ring in between.
 */
function story(events: readonly PortingEvent[], pack: Pack = a1): DecisionOf<'compensation.granted'>[] {
  const given: Given = {
    facts: newService('s1'),
    pack: () => pack,
    parts: () => [],
    usage: NO_USAGE,
    submitted: 'when-told',
  };
  const decisions: DecisionOf<'compensation.granted'>[] = [];
  let state: PortingState = porting.start;
  let due: Instant | undefined;
  const look = (now: Instant) => {
    due = undefined;
    const [next, effects] = porting.step(state, { is: 'tick', now }, given);
    state = next;
    for (const effect of effects) {
      if (effect.do === 'wake') due = Math.min(due ?? effect.at, effect.at);
      if (effect.do !== 'decide' || effect.draft.type !== 'compensation.granted') continue;
      expect(effect.draft.time).toBe(now);
      const decision = decide(effect.draft);
      expect(decodeDecision(encodeDecision(decision as Decision, ZONE))).toMatchObject({ ok: true });
      decisions.push(decision);
    }
  };
  for (const event of [...events].sort((a, b) => a.recordedtime - b.recordedtime)) {
    if (due !== undefined && due <= event.recordedtime) look(due);
    const [heard, effects] = porting.step(state, { is: 'event', event, now: event.recordedtime }, given);
    expect(effects).toEqual([]);
    state = heard;
    look(event.recordedtime);
  }
  if (due !== undefined) look(due);
  return decisions;
}

const BEGUN = at('2026-06-01T00:00:00+02:00');
const days = (decisions: readonly DecisionOf<'compensation.granted'>[]) => decisions.map(({ data }) => data.days);

describe('late porting: each full day after the deadline (A1 20.4)', () => {
  it('accepted on the 1st, due on the 2nd, done on the 5th at noon: three full days', () => {
    const decisions = story([accepted(BEGUN), completed(at('2026-06-05T12:00:00+02:00'))]);
    expect(decisions).toMatchObject([
      {
        subject: 's1',
        time: at('2026-06-05T12:00:00+02:00'),
        data: {
          operator: 'a1-rs',
          clause: 'A1 20.4',
          portingId: 'p1',
          days: 3,
          amount: null,
          late: false,
          because: {
            accepted: '2026-06-01T00:00:00+02:00',
            deadline: 'PT24H',
            due: '2026-06-02T00:00:00+02:00',
            completed: '2026-06-05T12:00:00+02:00',
            countedSeconds: 84 * 3_600,
            excusedSeconds: 0,
            fullDays: 3,
            daysMax: 15,
            amountPerDay: null,
          },
        },
      },
    ]);
  });

  it.each([
    ['before the deadline', DAY - HOUR, []],
    ['exactly at the deadline', DAY, []],
    ['a second less than a full day', 2 * DAY - SECOND, []],
    ['exactly a full day', 2 * DAY, [1]],
    ['a second less than two', 3 * DAY - SECOND, [1]],
    ['15 days', 16 * DAY, [15]],
    ['15 days and 20 hours', 16 * DAY + 20 * HOUR, [15]],
    ['16 days: at most fifteen', 17 * DAY, [15]],
  ])('%s', (_, after, expected) => {
    expect(days(story([accepted(BEGUN), completed(BEGUN + after)]))).toEqual(expected);
  });

  it.each([
    // From 10:00 to 10:00 of the short day are 23 hours.
    ['a local day of 23 hours is not full', '2026-03-27T10:00:00+01:00', '2026-03-29T10:00:00+02:00', []],
    ['with the hour after it it is', '2026-03-27T10:00:00+01:00', '2026-03-29T11:00:00+02:00', [1]],
    ['24 hours of a local day of 25 are full', '2026-10-23T10:00:00+02:00', '2026-10-25T09:00:00+01:00', [1]],
    ['23 hours and 59 minutes of it are not', '2026-10-23T10:00:00+02:00', '2026-10-25T08:59:00+01:00', []],
  ])('%s', (_, from, to, expected) => {
    expect(days(story([accepted(at(from)), completed(at(to))]))).toEqual(expected);
  });

  it('the price of a day, where the list is given, times the days', () => {
    const [decision] = story([accepted(BEGUN), completed(BEGUN + 4 * DAY)], withPrice);
    expect(decision!.data).toMatchObject({
      days: 3,
      amount: { minor: 45_150, currency: 'RSD' },
      because: { amountPerDay: { amount: '150.50', currency: 'RSD' } },
    });
  });

  it('an operator without the rule: nothing', () => {
    expect(story([accepted(BEGUN), completed(BEGUN + 9 * DAY)], { ...a1, rules: {} })).toEqual([]);
  });
});

describe('late porting: excused time does not count (A1 20.4.3)', () => {
  const due = BEGUN + DAY;
  const done = (delay: number, excused: Excused) => days(story([accepted(BEGUN), completed(due + delay, { excused })]));

  it('3 days 23 hours, of which one day announced works: two days', () => {
    expect(done(3 * DAY + 23 * HOUR, [{ from: due + DAY, to: due + 2 * DAY, reason: 'announced works' }])).toEqual([2]);
  });

  it('exactly a full day is left, and a second less', () => {
    expect(done(2 * DAY, [{ from: due, to: due + DAY }])).toEqual([1]);
    expect(done(2 * DAY, [{ from: due, to: due + DAY + SECOND }])).toEqual([]);
  });

  it('time that two excuses cover is taken off once', () => {
    const works = { from: due, to: due + 20 * HOUR };
    expect(done(2 * DAY, [works, { from: due + 4 * HOUR, to: due + DAY }])).toEqual([1]);
  });

  it('time before the deadline or after completion is no delay, and is not taken off', () => {
    const before = { from: BEGUN, to: due };
    const after = { from: due + 2 * DAY, to: due + 4 * DAY };
    expect(done(2 * DAY, [before, after])).toEqual([2]);
    expect(done(2 * DAY, [{ from: BEGUN, to: due + SECOND }])).toEqual([1]);
  });

  it('what was excused stands in the decision, cut to the delay', () => {
    const excused = [{ from: BEGUN, to: due + 12 * HOUR, reason: 'central database' }];
    const [decision] = story([accepted(BEGUN), completed(due + 2 * DAY, { excused })]);
    expect(decision!.data.because).toMatchObject({
      excused: [{ from: '2026-06-02T00:00:00+02:00', to: '2026-06-02T12:00:00+02:00', reason: 'central database' }],
      excusedSeconds: 43_200,
      countedSeconds: 129_600,
    });
  });
});

describe('late porting: early, late, twice', () => {
  it('not completed: nothing yet, whatever the time', () => {
    expect(story([accepted(BEGUN), accepted(BEGUN + 90 * DAY, { portingId: 'p2' })])).toEqual([]);
  });

  it('the acceptance known after the completion: granted when it is known, and late', () => {
    const known = BEGUN + 20 * DAY;
    const decisions = story([accepted(BEGUN, { known }), completed(BEGUN + 5 * DAY)]);
    expect(decisions).toMatchObject([{ time: known, data: { days: 4, late: true } }]);
  });

  it('the completion known late: granted then, counted to its own time, and late', () => {
    const known = BEGUN + 20 * DAY;
    const decisions = story([accepted(BEGUN), completed(BEGUN + 5 * DAY, { known })]);
    expect(decisions).toMatchObject([{ time: known, data: { days: 4, late: true } }]);
  });

  it('a completion a little ahead of the clock is due at its own time', () => {
    const decisions = story([
      accepted(BEGUN),
      completed(BEGUN + 2 * DAY, { known: BEGUN + 2 * DAY - 4 * 60 * SECOND }),
    ]);
    expect(decisions).toMatchObject([{ time: BEGUN + 2 * DAY, data: { days: 1, late: false } }]);
  });

  it('an acceptance after the completion, by their times, gives nothing', () => {
    expect(story([completed(BEGUN), accepted(BEGUN + 5 * DAY)])).toEqual([]);
    expect(story([completed(BEGUN), accepted(BEGUN + 5 * DAY), completed(BEGUN + 9 * DAY)])).toEqual([]);
  });

  it('the same events twice, or a second completion, grant once', () => {
    const twice = [accepted(BEGUN), completed(BEGUN + 5 * DAY), completed(BEGUN + 5 * DAY), completed(BEGUN + 9 * DAY)];
    expect(days(story([...twice, accepted(BEGUN)]))).toEqual([4]);
  });

  it('the deadline runs from the first acceptance', () => {
    expect(days(story([accepted(BEGUN), accepted(BEGUN + DAY), completed(BEGUN + 3 * DAY)]))).toEqual([2]);
  });

  it('a second porting of the number is one for itself', () => {
    const second = { portingId: 'p2' };
    const decisions = story([
      accepted(BEGUN),
      completed(BEGUN + 3 * DAY),
      accepted(BEGUN + 40 * DAY, second),
      completed(BEGUN + 45 * DAY, second),
    ]);
    expect(decisions.map(({ data }) => [data.portingId, data.days])).toEqual([
      ['p1', 2],
      ['p2', 4],
    ]);
    expect(new Set(decisions.map(({ id }) => id)).size).toBe(2);
  });

  it('late facts that change the days after the grant decide nothing more', () => {
    const earlier = accepted(BEGUN - 5 * DAY, { known: BEGUN + 10 * DAY });
    expect(days(story([accepted(BEGUN), completed(BEGUN + 3 * DAY), earlier]))).toEqual([2]);
  });

  it('late facts that make a delay where there was none do grant it', () => {
    const earlier = accepted(BEGUN - 5 * DAY, { known: BEGUN + 10 * DAY });
    expect(story([accepted(BEGUN), completed(BEGUN + DAY), earlier])).toMatchObject([
      { data: { days: 5, late: true } },
    ]);
  });

  it('whatever the order in which the facts become known, the days are the same', () => {
    const one = fc.record({
      took: fc.integer({ min: -24, max: 24 * 20 }),
      excused: fc.array(fc.tuple(fc.integer({ min: 0, max: 480 }), fc.integer({ min: 1, max: 100 })), { maxLength: 3 }),
      acceptedLate: fc.integer({ min: 0, max: 900 }),
      completedLate: fc.integer({ min: 0, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (portings) => {
        const events = portings.flatMap(({ took, excused, acceptedLate, completedLate }, i) => {
          const portingId = `p${i}`;
          const end = BEGUN + took * HOUR;
          const spans = excused.map(([from, hours]) => ({
            from: BEGUN + from * HOUR,
            to: BEGUN + (from + hours) * HOUR,
          }));
          return [
            accepted(BEGUN, { portingId, known: BEGUN + acceptedLate * HOUR }),
            completed(end, { portingId, known: end + completedLate * HOUR, excused: spans }),
          ];
        });
        const found = new Map(story(events).map(({ data }) => [data.portingId, data.days]));
        portings.forEach(({ took, excused }, i) => {
          // Hour by hour: an independent count.
          let hours = 0;
          for (let hour = 24; hour < took; hour++) {
            if (!excused.some(([from, length]) => from <= hour && hour < from + length)) hours += 1;
          }
          expect(found.get(`p${i}`) ?? 0).toBe(Math.min(15, Math.floor(hours / 24)));
        });
      }),
      { numRuns: 300 },
    );
  });
});
