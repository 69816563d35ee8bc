import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Incident, incident } from '../../../pipelines/collectors/incident.js';
import type { Fact, Passed } from '../../../pipelines/domain/fact.js';
import { EVER } from '../../../pipelines/domain/units.js';
import { packs } from './replayed.js';

type IncidentFact = Extract<Fact, { is: 'incident' }>;

const HOUR = 3_600_000;
const T = Date.parse('2026-06-10T00:00:00+02:00');
const passed = (hours: number, at: number, services: number): Passed => ({
  at,
  now: at,
  after: hours * HOUR,
  clause: 'A1 3.3',
  services,
  faults: [{ fault: 'olt-1#f1', responsibility: 'operator', reason: '', from: T }],
  late: false,
});
const told = (from: string, revision: number, more: Partial<IncidentFact>): IncidentFact => ({
  is: 'incident',
  from,
  incident: 'olt-1#f1',
  operator: 'a1-rs',
  revision,
  marks: [],
  ...more,
});
/** Two tasks: the second passes 24 h a minute before the first, both 48 h at one instant. */
const facts: readonly IncidentFact[] = [
  told('service-0', 1, { marks: [passed(24, T + 24 * HOUR + 60_000, 3)] }),
  told('service-0', 2, {
    marks: [passed(24, T + 24 * HOUR + 60_000, 3)],
    overdue: passed(48, T + 48 * HOUR, 3),
  }),
  told('service-1', 1, { marks: [passed(24, T + 24 * HOUR, 2)] }),
  told('service-1', 2, { marks: [passed(24, T + 24 * HOUR, 2)], overdue: passed(48, T + 48 * HOUR, 2) }),
];
const judge = (state: Incident, clock: number) => incident.judge(state, { key: 'olt-1#f1', clock, packs });
const run = (heard: readonly IncidentFact[], clocks: readonly number[]) => {
  let state = heard.reduce(incident.hear, incident.start(heard[0]!));
  return clocks.flatMap((clock) => {
    const judged = judge(state, clock);
    state = incident.take({ head: incident.keep(judged.state)!.head, parts: new Map() });
    return judged.drafts.flatMap((draft) =>
      draft.type === 'notice.requested'
        ? [`${(draft.time - T) / HOUR} ${draft.data.template} ${String(draft.data.parameters['affectedServices'])}`]
        : [],
    );
  });
};

describe('one notice for an incident', () => {
  const whole = ['48 regulator-outage 5', '24 noc-outage-clock 2'];

  it('of who passed first, with all that passed at that instant, whatever the order in which it hears', () => {
    const orders = fc.shuffledSubarray([...facts, ...facts], { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(orders, (heard) => {
        expect(run(heard, [T + 49 * HOUR])).toEqual(whole);
      }),
    );
  });

  it('once, at however many ticks', () => {
    const ticks = [0, 23, 24, 25, 47, 48, 49, 60].map((hours) => T + hours * HOUR);
    expect(run(facts, ticks).sort()).toEqual([...whole].sort());
  });

  it('waits for the clock of all before it says who was first', () => {
    const state = facts.reduce(incident.hear, incident.start(facts[0]!));
    const judged = judge(state, T + 24 * HOUR - 1);
    expect(judged.drafts).toEqual([]);
    expect(judged.next).toBe(EVER);
    expect(judge(judge(state, T + 50 * HOUR).state, T + 51 * HOUR)).toMatchObject({ drafts: [], next: undefined });
  });
});
