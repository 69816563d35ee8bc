/**
 * Faulty equipment (A1 21.13, Truf 44): not by the subscriber's fault, from the report to the replacement, without a 48 h
 * limit. A1 reduces the fee, one credit for each report and cycle; Truf extends the term, once, at the replacement. Parked
 * and suspended time is left out. What was already granted for an outage is not paid again: `remedy.ts` sees to that.
 */
import { cyclesOver, formatLocal } from '../domain/calendar.js';
import { type Given, refOf } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import type { Responsibility } from '../domain/fault.js';
import { clip, intersect, subtract } from '../domain/intervals.js';
import { activeSpans, billingOf, parkedSpans, suspendedSpans } from '../domain/service.js';
import { FOREVER, type Instant } from '../domain/units.js';
import type { Claim } from './remedy.js';

/** A report or a replacement, at its own time. */
export interface EquipmentFact {
  readonly do: 'reported' | 'replaced';
  readonly equipmentId: string;
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly responsibility: Responsibility;
}

/** One report of faulty equipment, to its replacement. */
export interface EquipmentReport {
  readonly equipmentId: string;
  /** 1 for the first report of this equipment, and so on. */
  readonly report: number;
  readonly from: Instant;
  readonly to: Instant;
  readonly responsibility: Responsibility;
  readonly refs: readonly string[];
}

/** Puts an equipment event into its place by time; the same event twice is once. */
export function withEquipment(
  facts: readonly EquipmentFact[],
  event: EventOf<'equipment.reported'> | EventOf<'equipment.replaced'>,
): readonly EquipmentFact[] {
  const fact: EquipmentFact = {
    do: event.type === 'equipment.reported' ? 'reported' : 'replaced',
    equipmentId: event.data.equipmentId,
    at: event.time,
    known: event.recordedtime,
    ref: refOf(event),
    responsibility: event.data.responsibility ?? 'unknown',
  };
  if (facts.some((held) => held.ref === fact.ref)) return facts;
  return [...facts, fact].sort((a, b) => a.at - b.at || RANK[a.do] - RANK[b.do] || (a.ref < b.ref ? -1 : 1));
}

const RANK = { reported: 0, replaced: 1 } as const;

/** The reports, each with its replacement. Reported again while open is the same report; a replacement without one is none. */
export function reportsOf(facts: readonly EquipmentFact[]): readonly EquipmentReport[] {
  const open = new Map<string, EquipmentReport>();
  const count = new Map<string, number>();
  const done: EquipmentReport[] = [];
  for (const fact of facts) {
    const { equipmentId } = fact;
    const held = open.get(equipmentId);
    if (fact.do === 'reported') {
      if (held) {
        open.set(equipmentId, { ...held, refs: [...held.refs, fact.ref] });
        continue;
      }
      const report = (count.get(equipmentId) ?? 0) + 1;
      count.set(equipmentId, report);
      const { at: from, responsibility } = fact;
      open.set(equipmentId, { equipmentId, report, from, to: FOREVER, responsibility, refs: [fact.ref] });
    } else if (held) {
      open.delete(equipmentId);
      done.push({ ...held, to: fact.at, refs: [...held.refs, fact.ref] });
    }
  }
  return [...done, ...open.values()].sort((a, b) => a.from - b.from || (a.equipmentId < b.equipmentId ? -1 : 1));
}

/** What the reports entitle to, as of `now`. */
export function equipmentClaims(facts: readonly EquipmentFact[], given: Given, now: Instant): readonly Claim[] {
  return reportsOf(facts).flatMap((report): readonly Claim[] => {
    const pack = given.pack(report.from);
    const rules = pack.rules.equipment;
    if (!rules || rules.excused.includes(report.responsibility)) return [];
    const away = [...parkedSpans(given.facts), ...suspendedSpans(given.facts)];
    const usable = subtract(intersect([report], activeSpans(given.facts)), away);
    if (usable.length === 0) return [];
    const { equipmentId } = report;
    const cause = { equipmentId, report: report.report };
    const because = {
      equipmentId,
      responsibility: report.responsibility,
      reported: formatLocal(report.from, pack.zone),
      replaced: report.to === FOREVER ? null : formatLocal(report.to, pack.zone),
      events: report.refs,
    };
    const name = `equipment ${equipmentId} ${report.report}`;
    const common = { cause, rank: 1 as const, clause: rules.clause, because };
    if (rules.remedy === 'extension') {
      return [{ ...common, key: `${name} extension`, remedy: { by: 'extension' as const }, due: report.to, spans: usable }];
    }
    const until = Math.min(usable[usable.length - 1]!.to, Math.max(now, usable[0]!.from) + 1);
    return cyclesOver({ from: usable[0]!.from, to: until }, billingOf(given.facts), pack.zone).flatMap((cycle) => {
      const spans = clip(usable, cycle);
      if (spans.length === 0) return [];
      const key = `${name} ${cycle.from}`;
      const due = Math.min(report.to, cycle.to);
      return [{ ...common, key, remedy: { by: 'elapsed-share' as const }, cycle, due, spans }];
    });
  });
}
