/**
 * Incidents (a fault and what hangs on it): A1 3.3, Truf 50. One notice to the regulator when the clock of an incident passed the
 * limit for any of its services, and the warnings to the operations centre at 24 h and 40 h. Who passed a limit first is known once
 * the clock of all tasks has come to that instant.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import type { Fact, Passed } from '../domain/fact.js';
import type { Packs } from '../domain/pack.js';
import { DAY, EVER, formatDuration, HOUR } from '../domain/units.js';
import type { Collector } from './collector.js';

type IncidentFact = Extract<Fact, { is: 'incident' }>;

export interface Incident {
  readonly operator: string;
  /** The last fact of each task. */
  readonly by: Readonly<Record<string, IncidentFact>>;
  /** What was decided: `regulator`, and a name for each mark. */
  readonly told: readonly string[];
}

export const incident: Collector<IncidentFact, Incident> = {
  name: 'incident',
  hears: 'incident',
  reads: ['outage'],
  prefix: 'c',
  keyOf: (fact) => fact.incident,
  start: ({ operator }) => ({ operator, by: {}, told: [] }),
  hear(state, fact) {
    if ((state.by[fact.from]?.revision ?? -1) >= fact.revision) return state;
    return { operator: fact.operator, by: { ...state.by, [fact.from]: fact }, told: state.told };
  },
  judge(state, { key, clock, packs }) {
    const told = new Set(state.told);
    const drafts: Draft[] = [];
    const facts = Object.values(state.by);
    const first = (all: readonly Passed[]) => merge(all.filter((passed) => passed.now <= clock));
    let waits = false;
    if (!told.has('regulator')) {
      const all = facts.flatMap((fact) => (fact.overdue ? [fact.overdue] : []));
      const overdue = first(all);
      if (overdue) {
        told.add('regulator');
        drafts.push(regulatorNotice(key, state.operator, overdue, packs));
      } else waits ||= all.length > 0;
    }
    const marks = [...new Set(facts.flatMap((fact) => fact.marks.map((mark) => mark.after)))].sort((a, b) => a - b);
    for (const after of marks) {
      if (told.has(`noc ${after}`)) continue;
      const passed = first(facts.flatMap((fact) => fact.marks.filter((mark) => mark.after === after)));
      if (passed) {
        told.add(`noc ${after}`);
        drafts.push(nocNotice(key, state.operator, passed, packs));
      } else waits = true;
    }
    return { state: { ...state, told: [...told] }, drafts, next: waits ? EVER : undefined };
  },
  keep: (state) => ({ head: { ...state } }),
  take: ({ head }) => head as unknown as Incident,
};

function regulatorNotice(name: string, operator: string, passed: Passed, packs: Packs): Draft<'notice.requested'> {
  const { zone, language } = packs.at(operator, passed.at)!;
  return {
    type: 'notice.requested',
    subject: operator,
    time: passed.now,
    data: {
      operator,
      clause: passed.clause,
      because: becauseOf(name, passed, zone),
      noticeId: `regulator-outage:${name}`,
      audience: 'regulator',
      template: 'regulator-outage',
      parameters: {
        incident: name,
        after: formatDuration(passed.after),
        passedAt: formatLocal(passed.at, zone),
        reasons: [...new Set(passed.faults.map((fault) => fault.reason || fault.responsibility))],
        affectedServices: passed.services,
      },
      class: 'legal',
      channels: ['email'],
      language,
      dueBy: passed.now + DAY,
      expiresAt: passed.now + 30 * DAY,
      late: passed.late,
      incident: name,
    },
  };
}

function nocNotice(name: string, operator: string, passed: Passed, packs: Packs): Draft<'notice.requested'> {
  const { zone, language } = packs.at(operator, passed.at)!;
  return {
    type: 'notice.requested',
    subject: operator,
    time: passed.now,
    data: {
      operator,
      clause: passed.clause,
      because: becauseOf(name, passed, zone),
      noticeId: `noc-outage-clock:${name}:${formatDuration(passed.after)}`,
      audience: 'noc',
      template: 'noc-outage-clock',
      parameters: {
        incident: name,
        clock: formatDuration(passed.after),
        passedAt: formatLocal(passed.at, zone),
        affectedServices: passed.services,
      },
      class: 'service',
      channels: ['page'],
      language,
      dueBy: passed.now,
      expiresAt: passed.now + 24 * HOUR,
      late: passed.late,
      incident: name,
    },
  };
}

function becauseOf(name: string, passed: Passed, zone: string): Record<string, unknown> {
  return {
    incident: name,
    limit: formatDuration(passed.after),
    passedAt: formatLocal(passed.at, zone),
    services: passed.services,
    faults: passed.faults.map((fault) => ({ ...fault, from: formatLocal(fault.from, zone) })),
  };
}

/** One passing out of those of several tasks: the earliest, with the services of all that passed at that instant. */
function merge(all: readonly Passed[]): Passed | undefined {
  const [first] = [...all].sort(
    (a, b) => a.now - b.now || a.at - b.at || (JSON.stringify(a.faults) < JSON.stringify(b.faults) ? -1 : 1),
  );
  if (!first) return undefined;
  const together = all.filter((passed) => passed.now === first.now);
  return { ...first, services: together.reduce((sum, passed) => sum + passed.services, 0) };
}
