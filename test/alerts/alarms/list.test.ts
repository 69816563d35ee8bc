/** The list: who is told of what and when, what stays quiet and why, and that nothing is lost by being quiet. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AlarmList } from '../../../alerts/alarms/list.js';
import type { DozorEvent } from '../../../pipelines/domain/event.js';
import type { NetworkRecord } from '../../../pipelines/domain/network.js';
import { DAY, HOUR } from '../../../pipelines/domain/units.js';
import { catalogueOf, did, element, ended, idOf, min, play, reported, T0, told } from './told.js';

const SIGNAL = {
  id: 'signal',
  match: { source: 'reported', probableCauses: ['lossOfSignal'] },
  hold: 'PT2M',
  suppressesBelow: true,
};
const one = catalogueOf([SIGNAL]);

describe('who is told', () => {
  it('the shift after the hold, then who is on call, then the lead', () => {
    expect(told(one, min(60), [reported('c1', min(0))])).toEqual(['2 c1 shift', '12 c1 on-call', '32 c1 lead']);
  });

  it('nobody more once it is acknowledged', () => {
    expect(told(one, min(60), [reported('c1', min(0)), did('acknowledged', 'c1', min(5))])).toEqual(['2 c1 shift']);
  });

  it('nobody of what was acknowledged, shelved or closed before it had stood long enough', () => {
    const until = { until: min(50), reason: 'works of the landlord' };
    expect(told(one, min(49), [reported('c1', min(0)), did('shelved', 'c1', min(1), until)])).toEqual([]);
    expect(told(one, min(60), [reported('c1', min(0)), did('closed', 'c1', min(1))])).toEqual([]);
    expect(told(one, min(60), [reported('c1', min(0)), did('acknowledged', 'c1', min(1))])).toEqual([]);
  });

  it('when the time on the shelf is over and it still stands', () => {
    const until = { until: min(50), reason: 'works of the landlord' };
    expect(told(one, min(55), [reported('c1', min(0)), did('shelved', 'c1', min(1), until)])).toEqual(['50 c1 shift']);
  });

  it('again from the first where the acknowledgement is taken back', () => {
    const acts = [did('acknowledged', 'c1', min(5)), did('unacknowledged', 'c1', min(40))];
    expect(told(one, min(51), [reported('c1', min(0)), ...acts])).toEqual([
      '2 c1 shift',
      '40 c1 shift',
      '50 c1 on-call',
    ]);
  });

  it('nobody of an alarm under no rule; it is on the list all the same', () => {
    const list = new AlarmList(one);
    expect(play(list, min(60), [reported('c1', min(0), { probableCause: 'fanFailure' })])).toEqual([]);
    expect(list.find(idOf('c1'))!.life!.severity).toBe('critical');
  });

  it('once for a standing, however often it comes back within the time to rejoin', () => {
    const again = [reported('c1', min(0)), ended('c1', min(4)), reported('c1', min(6)), ended('c1', min(7))];
    expect(told(one, min(60), again)).toEqual(['2 c1 shift']);
  });

  it('late, with the clock of now, of what was known late', () => {
    const list = new AlarmList(one);
    list.advance(min(30));
    list.hear(reported('c1', min(0)));
    list.advance(min(31));
    expect(list.takeCalls().map(({ at, number, late }) => [(at - T0) / 60_000, number, late])).toEqual([
      [30, 0, false],
    ]);
  });
});

describe('what explains what', () => {
  const site = [
    element('core', { kind: 'core' }),
    element('olt', { kind: 'olt', parent: 'core' }),
    element('c1', { parent: 'olt' }),
  ];

  it('below what is out nobody is told, and the children are counted', () => {
    const list = new AlarmList(one);
    const story = [...site, reported('c1', min(0)), reported('olt', min(0.5)), reported('core', min(1))];
    expect(play(list, min(4), story)).toEqual(['3 core shift']);
    expect(list.explainedBy(idOf('core'))).toEqual({ alarms: 2, resources: 2 });
    expect(list.find(idOf('c1'))!.explanation).toEqual({ by: idOf('core'), why: 'signal stands on core, above c1' });
  });

  it('what was there more than the lead before is a matter of its own: 90 s is explained, 91 s is not', () => {
    expect(told(one, min(4), [...site, reported('c1', min(0)), reported('olt', min(1.5))])).toEqual(['3.5 olt shift']);
    expect(told(one, min(4), [...site, reported('c1', min(0)), reported('olt', min(1.52))])).toEqual([
      '2 c1 shift',
      '3.52 olt shift',
    ]);
  });

  it('what stands on when its explanation has gone waits as long as a fresh one, and is told', () => {
    const story = [
      ...site,
      reported('olt', min(0)),
      reported('c1', min(0.1)),
      did('acknowledged', 'olt', min(1)),
      ended('olt', min(20)),
    ];
    expect(told(one, min(25), story)).toEqual(['22 c1 shift']);
    expect(told(one, min(25), [...story, ended('c1', min(21.9))])).toEqual([]);
  });

  it('an alarm explains another on its own element, and on linked ones, by the rules', () => {
    const rules = catalogueOf([
      {
        id: 'power',
        match: { probableCauses: ['powerProblem'] },
        hold: 'PT2M',
        explains: ['signal'],
        acrossLinks: true,
      },
      { ...SIGNAL, suppressesBelow: false },
    ]);
    const power = (resource: string, at: number) =>
      reported(resource, min(at), { probableCause: 'powerProblem' }, 'mains');
    expect(told(rules, min(5), [power('c1', 0), reported('c1', min(1))])).toEqual(['2 c1 shift']);
    expect(
      told(rules, min(5), [element('c1', { links: ['c2'] }), element('c2'), power('c1', 0), reported('c2', min(1))]),
    ).toEqual(['2 c1 shift']);
    expect(told(rules, min(5), [element('c1'), element('c2'), power('c1', 0), reported('c2', min(1))])).toEqual([
      '2 c1 shift',
      '3 c2 shift',
    ]);
  });

  it('two that explain each other hide at most one', () => {
    const rules = catalogueOf([
      { id: 'a', match: { keys: ['a'] }, explains: ['b'] },
      { id: 'b', match: { keys: ['b'] }, explains: ['a'] },
    ]);
    const story = [reported('c1', min(0), {}, 'b'), reported('c1', min(0.2), {}, 'a')];
    expect(told(rules, min(5), story)).toEqual(['0 c1 shift']);
  });

  it('announced works on an element above hold it back, for as long as they last', () => {
    const announced = [{ worksId: 'w1', from: min(-5), to: min(30), at: T0 - DAY, channel: 'web', ref: 'w1' }];
    const works: NetworkRecord = { is: 'works', element: 'core', revision: 1, announced };
    expect(told(one, min(31), [...site, works, reported('c1', min(0))])).toEqual([]);
    expect(told(one, min(33), [...site, works, reported('c1', min(0))])).toEqual(['32 c1 shift']);
    expect(told(one, min(60), [...site, works, reported('c1', min(0)), ended('c1', min(29))])).toEqual([]);
  });

  it('a fault that raw alarms made is the alarm itself, another is listed', () => {
    const list = new AlarmList(one);
    const fact = { do: 'opened', at: min(0), known: min(5), ref: 'f', reason: 'loss of signal' } as const;
    list.network({ is: 'fault', subject: 'c1', faultId: 'alarm:k', revision: 1, facts: [fact] });
    list.network({ is: 'fault', subject: 'c1', faultId: 'f1', revision: 1, facts: [fact] });
    list.advance(min(6));
    expect([...list.entries()].map(({ identity }) => identity!.qualifier)).toEqual(['f1']);
    expect(list.find(idOf('c1', 'f1', 'fault'))!.life!.standing).toMatchObject({ from: min(0) });
    const cleared = { do: 'cleared', at: min(3), known: min(8), ref: 'g' } as const;
    list.network({ is: 'fault', subject: 'c1', faultId: 'f1', revision: 2, facts: [fact, cleared] });
    list.advance(min(9));
    expect(list.find(idOf('c1', 'f1', 'fault'))!.life!.standing).toMatchObject({ to: min(3) });
  });

  it("Dozor's own alarm about a fault tells of it; the fault beside it stays quiet", () => {
    const rules = catalogueOf([{ id: 'all' }]);
    const list = new AlarmList(rules);
    const data = {
      operator: 'go4yu',
      clause: 'GO4YU 47',
      alarmId: 'platform:p1/f1',
      episode: 1,
      perceivedSeverity: 'critical',
    } as const;
    const raised = {
      id: 'd1',
      type: 'alarm.raised',
      subject: 'p1',
      time: min(0),
      data: { ...data, because: { fault: 'p1/f1' } },
    };
    list.decided(raised);
    const fact = { do: 'opened', at: min(0), known: min(0), ref: 'f' } as const;
    list.network({ is: 'fault', subject: 'p1', faultId: 'f1', revision: 1, facts: [fact] });
    list.advance(min(5));
    expect(list.takeCalls().map(({ entry }) => entry.identity!.source)).toEqual(['decided']);
  });
});

describe('restarted between any two of its words', () => {
  it('tells the same people the same things, once', () => {
    const site = [element('core', { kind: 'core' }), element('c1', { parent: 'core' }), element('c2')];
    const story: readonly DozorEvent[] = [
      reported('c1', min(0)),
      reported('c2', min(1)),
      reported('core', min(1)),
      did('acknowledged', 'core', min(5)),
      ended('core', min(20)),
      did('shelved', 'c2', min(25), { until: min(40), reason: 'a crew is there' }),
      reported('c2', min(30), { perceivedSeverity: 'major' }),
      ended('c1', min(55)),
    ];
    const whole = told(one, min(90), [...site, ...story]);
    expect(whole.length).toBeGreaterThan(4);
    for (let cut = 0; cut <= story.length; cut++) {
      const first = new AlarmList(one);
      const kept = new Map<string, unknown>();
      const before = play(first, story[cut]?.time ? story[cut]!.time - 1 : min(90), [...site, ...story.slice(0, cut)]);
      for (const [key, value] of first.takeChanges()) kept.set(key, value);
      const second = new AlarmList(one);
      for (const [key, value] of kept) if (value !== undefined) second.restore(key, JSON.parse(JSON.stringify(value)));
      for (const record of site) second.network(record);
      second.resume(first.now);
      expect([...before, ...play(second, min(90), story.slice(cut))], `cut at ${cut}`).toEqual(whole);
    }
  });
});

describe('whatever order the partitions are read in', () => {
  const resource = fc.constantFrom('core', 'olt', 'c1', 'c2');
  const line = fc.record({ resource, at: fc.integer({ min: 0, max: 120 }), up: fc.boolean() });
  it('the list is the same, and so is what explains what', () => {
    const site = [
      element('core', { kind: 'core' }),
      element('olt', { parent: 'core' }),
      element('c1', { parent: 'olt' }),
      element('c2', { parent: 'olt' }),
    ];
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (lines, chances) => {
        const events = lines.map(({ resource, at, up }) =>
          up ? reported(resource, min(at / 4)) : ended(resource, min(at / 4)),
        );
        const shuffled = events.map((event) => ({ event, by: chances.next().value! })).sort((a, b) => a.by - b.by);
        const picture = (all: readonly DozorEvent[], first: boolean) => {
          const list = new AlarmList(one);
          if (first) for (const record of site) list.network(record);
          for (const event of all) {
            list.hear(event);
            list.refresh();
          }
          if (!first) for (const record of site) list.network(record);
          list.advance(min(40));
          const shown = [...list.entries()].map(({ id, life, explanation, hidden }) => ({
            id,
            life,
            explanation,
            hidden,
          }));
          return {
            shown: shown.sort((a, b) => (a.id < b.id ? -1 : 1)),
            told: list.takeCalls().map(({ entry, step, at }) => [entry.id, step.to, at]),
          };
        };
        expect(
          picture(
            shuffled.map(({ event }) => event),
            false,
          ),
        ).toEqual(picture(events, true));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a long life', () => {
  it('keeps a bounded number of facts, and counts the raises of those it let go', () => {
    const list = new AlarmList(one);
    for (let i = 0; i < 2_000; i++) {
      list.hear(reported('c1', min(i * 10)));
      list.hear(ended('c1', min(i * 10 + 1)));
      list.advance(min(i * 10 + 2));
    }
    const entry = list.find(idOf('c1'))!;
    expect(entry.facts.length).toBeLessThanOrEqual(97);
    expect(entry.trimmed + entry.life!.raises.length).toBe(2_000);
  });

  it('is over when it has been cleared for three months and nobody shelved it', () => {
    const list = new AlarmList(one);
    play(list, min(10), [reported('c1', min(0)), ended('c1', min(1)), reported('c2', min(0))]);
    list.advance(T0 + 90 * DAY);
    expect(list.find(idOf('c1'))).toBeDefined();
    list.advance(T0 + 91 * DAY + HOUR);
    expect(list.find(idOf('c1'))).toBeUndefined();
    expect(list.find(idOf('c2'))).toBeDefined();
    expect([...list.takeChanges()].find(([key]) => key === `i/${idOf('c1')}`)).toEqual([`i/${idOf('c1')}`, undefined]);
  });
});
