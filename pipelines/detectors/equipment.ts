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
  /** Whose fault it is, where the event says so. */
  readonly responsibility?: Responsibility;
}

/** One report of faulty equipment, to its replacement. */
export interface EquipmentReport {
  readonly equipmentId: string;
  /** Its place among the reports of this equipment in the order in which they were heard of: a late one renames none. */
  readonly report: number;
  readonly from: Instant;
  readonly to: Instant;
  /** As said last, by the report or by who replaced it. */
  readonly responsibility: Responsibility;
  readonly refs: readonly string[];
}

/** Puts an equipment event into its place by time; the same event twice is once. */
export function withEquipment(
  facts: readonly EquipmentFact[],
  event: EventOf<'equipment.reported'> | EventOf<'equipment.replaced'>,
): readonly EquipmentFact[] {
  const { equipmentId, responsibility } = event.data;
  const fact: EquipmentFact = {
    do: event.type === 'equipment.reported' ? 'reported' : 'replaced',
    equipmentId,
    at: event.time,
    known: event.recordedtime,
    ref: refOf(event),
    ...(responsibility === undefined ? {} : { responsibility }),
  };
  if (facts.some((held) => held.ref === fact.ref)) return facts;
  return [...facts, fact].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
}

/** The reports, each with its replacement. Reported again while open is the same report; a replacement without one is none. */
export function reportsOf(facts: readonly EquipmentFact[]): readonly EquipmentReport[] {
  return [...new Set(facts.map((fact) => fact.equipmentId))]
    .flatMap((equipmentId) => reportsOfOne(facts.filter((fact) => fact.equipmentId === equipmentId)))
    .sort((a, b) => a.from - b.from || (a.equipmentId < b.equipmentId ? -1 : 1));
}

/** As with faults: where a report and a replacement share an instant, an open one is closed first and a new one opened first. */
function reportsOfOne(facts: readonly EquipmentFact[]): readonly EquipmentReport[] {
  const reports: { from: Instant; to: Instant; heard: Instant; told: EquipmentFact[] }[] = [];
  const rank = (fact: EquipmentFact) => (fact.do === 'reported' ? 1 : 0);
  let open: (typeof reports)[number] | undefined;
  for (let i = 0; i < facts.length; ) {
    const { at } = facts[i]!;
    const together = facts.filter((fact) => fact.at === at);
    i += together.length;
    together.sort(open ? (a, b) => a.known - b.known || rank(a) - rank(b) : (a, b) => rank(b) - rank(a));
    for (const fact of together) {
      if (open) {
        open.told.push(fact);
        if (fact.do === 'reported') open.heard = Math.min(open.heard, fact.known);
        else {
          open.to = at;
          open = undefined;
        }
      } else if (fact.do === 'reported') {
        open = { from: at, to: FOREVER, heard: fact.known, told: [fact] };
        reports.push(open);
      }
    }
  }
  const heard = [...reports].sort((a, b) => a.heard - b.heard || a.from - b.from);
  return reports.map((report) => ({
    equipmentId: facts[0]!.equipmentId,
    report: heard.indexOf(report) + 1,
    from: report.from,
    to: report.to,
    responsibility: report.told.findLast((fact) => fact.responsibility !== undefined)?.responsibility ?? 'unknown',
    refs: report.told.map((fact) => fact.ref),
  }));
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
      return [
        { ...common, key: `${name} extension`, remedy: { by: 'extension' as const }, due: report.to, spans: usable },
      ];
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
