/**
 * What concerns more than one service: one notice to the regulator for an incident (a fault and what hangs on it), and the
 * warnings to the operations centre at 24 h and 40 h of its clock. It hears absolute facts from all tasks and decides when all
 * of them have told the same tick, so neither order nor repetition matters.
 */
import { formatLocal } from '../domain/calendar.js';
import { type Decision, type Draft, decide } from '../domain/decision.js';
import type { Fact, Passed } from '../domain/fact.js';
import type { Packs } from '../domain/pack.js';
import { DAY, EVER, formatDuration, HOUR, type Instant } from '../domain/units.js';
import { encode as pack, decode as unpack } from './codec.js';
import type { Changes } from './service-logic.js';

type IncidentFact = Extract<Fact, { is: 'incident' }>;

interface Incident {
  readonly operator: string;
  /** The last fact of each task. */
  by: Record<string, IncidentFact>;
  /** What was decided: `regulator`, and a name for each mark. */
  told: readonly string[];
}

export class CollectorLogic {
  readonly name: string;
  readonly #packs: Packs;
  readonly #incidents = new Map<string, Incident>();
  readonly #dirty = new Set<string>();
  #changes: Changes = new Map();
  #decisions: Decision[] = [];
  #now: Instant = EVER;

  constructor(given: { readonly name: string; readonly packs: Packs }) {
    this.name = given.name;
    this.#packs = given.packs;
  }

  get now(): Instant {
    return this.#now;
  }

  /** Takes a fact in; an earlier revision than the one held changes nothing. */
  hear(fact: Fact): void {
    if (fact.is !== 'incident') return;
    const held = this.#incidents.get(fact.incident);
    if ((held?.by[fact.from]?.revision ?? -1) >= fact.revision) return;
    const incident: Incident = {
      operator: fact.operator,
      by: { ...held?.by, [fact.from]: fact },
      told: held?.told ?? [],
    };
    this.#incidents.set(fact.incident, incident);
    this.#dirty.add(fact.incident);
    this.#changes.set(`c/${fact.incident}`, pack({ ...incident, dirty: true }));
  }

  /** All tasks have told up to here. */
  *advance(to: Instant): Generator<void, void, void> {
    this.#now = Math.max(this.#now, to);
    for (const name of [...this.#dirty].sort()) {
      this.#judge(name, this.#incidents.get(name)!);
      yield;
    }
  }

  /** Decides on each limit that was passed. Who passed it first is known once the clock of all has come to that instant. */
  #judge(name: string, incident: Incident): void {
    const told = new Set(incident.told);
    const facts = Object.values(incident.by);
    const first = (all: readonly Passed[]) => merge(all.filter((passed) => passed.now <= this.#now));
    let waits = false;
    if (!told.has('regulator')) {
      const all = facts.flatMap((fact) => (fact.overdue ? [fact.overdue] : []));
      const overdue = first(all);
      if (overdue) {
        told.add('regulator');
        this.#decisions.push(decide(this.#regulatorNotice(name, incident.operator, overdue)));
      } else waits ||= all.length > 0;
    }
    const marks = [...new Set(facts.flatMap((fact) => fact.marks.map((mark) => mark.after)))].sort((a, b) => a - b);
    for (const after of marks) {
      if (told.has(`noc ${after}`)) continue;
      const passed = first(facts.flatMap((fact) => fact.marks.filter((mark) => mark.after === after)));
      if (passed) {
        told.add(`noc ${after}`);
        this.#decisions.push(decide(this.#nocNotice(name, incident.operator, passed)));
      } else waits = true;
    }
    incident.told = [...told];
    if (!waits) this.#dirty.delete(name);
    this.#changes.set(`c/${name}`, pack({ ...incident, dirty: waits }));
  }

  #regulatorNotice(incident: string, operator: string, passed: Passed): Draft<'notice.requested'> {
    const { zone, language } = this.#packs.at(operator, passed.at)!;
    return {
      type: 'notice.requested',
      subject: operator,
      time: passed.now,
      data: {
        operator,
        clause: passed.clause,
        because: this.#because(incident, passed, zone),
        noticeId: `regulator-outage:${incident}`,
        audience: 'regulator',
        template: 'regulator-outage',
        parameters: {
          incident,
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
        incident,
      },
    };
  }

  #nocNotice(incident: string, operator: string, passed: Passed): Draft<'notice.requested'> {
    const { zone, language } = this.#packs.at(operator, passed.at)!;
    return {
      type: 'notice.requested',
      subject: operator,
      time: passed.now,
      data: {
        operator,
        clause: passed.clause,
        because: this.#because(incident, passed, zone),
        noticeId: `noc-outage-clock:${incident}:${formatDuration(passed.after)}`,
        audience: 'noc',
        template: 'noc-outage-clock',
        parameters: {
          incident,
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
        incident,
      },
    };
  }

  #because(incident: string, passed: Passed, zone: string): Record<string, unknown> {
    return {
      incident,
      limit: formatDuration(passed.after),
      passedAt: formatLocal(passed.at, zone),
      services: passed.services,
      faults: passed.faults.map((fault) => ({ ...fault, from: formatLocal(fault.from, zone) })),
    };
  }

  takeDecisions(): readonly Decision[] {
    const decisions = this.#decisions;
    this.#decisions = [];
    return decisions;
  }

  takeChanges(): Changes {
    const changes = this.#changes;
    this.#changes = new Map();
    return changes;
  }

  get changed(): number {
    return this.#changes.size;
  }

  restore(key: string, value: Uint8Array): void {
    const id = key.slice(2);
    const { dirty, ...incident } = unpack(value) as Incident & { dirty: boolean };
    this.#incidents.set(id, incident);
    if (dirty) this.#dirty.add(id);
  }

  resume(now: Instant): void {
    this.#now = now;
  }
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
