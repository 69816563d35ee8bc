/**
 * Work on a reported fault begins in time: MTEL 6.2.
 *
 * The operator begins to remove a disturbance within 72 hours of the report; begun at exactly 72 hours is in time.
 * Where no work has begun by then and the fault still lies open, an alarm for the operations centre is raised a second
 * later. It is cleared when work begins or the fault is cleared, or where late facts show that it had been in time.
 * What came late is raised all the same, and cleared with it, so that every breach of the clause stands on record.
 *
 * The same is asked for the elements of the network: the subject is whatever was reported.
 */
import { formatLocal } from '../domain/calendar.js';
import type { Draft } from '../domain/decision.js';
import { type Effect, isLate, refOf, type ServiceDetector } from '../domain/detector.js';
import type { EventOf } from '../domain/event.js';
import { type Fault, faultName } from '../domain/fault.js';
import type { RepairStartRules } from '../domain/pack.js';
import { lineFaults } from '../domain/service.js';
import { assertNever, FOREVER, formatDuration, type Instant, SECOND, type Zone } from '../domain/units.js';

/** A customer's report, at its own time. */
export interface ReportFact {
  /** What names the report: its `reportId`, or without one its event. */
  readonly report: string;
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly faultId?: string;
}

/** Work has begun. */
export interface StartFact {
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly faultId?: string;
}

/** Everything reported and begun on one subject, each in order of time. */
export interface RepairFacts {
  readonly reports: readonly ReportFact[];
  readonly starts: readonly StartFact[];
}

function withRepair(facts: RepairFacts, event: EventOf<'fault.reported' | 'repair.started'>): RepairFacts {
  const { faultId } = event.data;
  const fact = {
    at: event.time,
    known: event.recordedtime,
    ref: refOf(event),
    ...(faultId !== undefined ? { faultId } : {}),
  };
  if (event.type === 'repair.started') return { ...facts, starts: placed(facts.starts, fact) };
  const { reportId = fact.ref } = event.data as EventOf<'fault.reported'>['data'];
  return { ...facts, reports: placed<ReportFact>(facts.reports, { report: reportId, ...fact }) };
}

/** Puts a fact into its place by time; the same event twice is once. */
function placed<Fact extends StartFact>(facts: readonly Fact[], fact: Fact): readonly Fact[] {
  if (facts.some((held) => held.ref === fact.ref)) return facts;
  return [...facts, fact].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
}

// --- What is overdue ---

/** A report on which work did not begin in time. */
export interface OverdueStart {
  readonly report: ReportFact;
  readonly raisedAt: Instant;
  /** When work began after all, or the fault was cleared. */
  readonly clearedAt?: Instant;
}

/** The overdue reports as of `now`, in order of their reports, and when to ask again. */
export function overdueStarts(
  facts: RepairFacts,
  faults: readonly Fault[],
  rules: Pick<RepairStartRules, 'within'>,
  now: Instant,
): { readonly overdue: readonly OverdueStart[]; readonly wake: Instant | undefined } {
  const overdue: OverdueStart[] = [];
  let wake = FOREVER;
  for (const report of reportsOf(facts.reports)) {
    const raisedAt = report.at + rules.within + SECOND;
    const over = overAt(report, facts.starts, faultsOf(report, faults));
    if (over < raisedAt) continue;
    if (raisedAt > now) wake = Math.min(wake, raisedAt);
    else if (over <= now) overdue.push({ report, raisedAt, clearedAt: over });
    else {
      overdue.push({ report, raisedAt });
      wake = Math.min(wake, over);
    }
  }
  return { overdue, wake: wake < FOREVER ? wake : undefined };
}

/** The reports, each once: one told again is the same report, made when it was made first. */
function reportsOf(facts: readonly ReportFact[]): readonly ReportFact[] {
  const reports = new Map<string, ReportFact>();
  for (const fact of facts) reports.set(fact.report, { ...fact, ...reports.get(fact.report) });
  return [...reports.values()];
}

/** The faults that a report is about: the one it names, or all that were open when it was made. */
function faultsOf({ faultId, at }: ReportFact, faults: readonly Fault[]): readonly Fault[] {
  const open = (fault: Fault) => fault.from <= at && at < fault.to;
  if (faultId === undefined) return faults.filter(open);
  const own = faults.filter((fault) => fault.faultId === faultId).sort((a, b) => a.from - b.from);
  // Reported before the network saw it, or when it was over already: the opening that lies nearest.
  const found = own.find(open) ?? own.find((fault) => fault.from > at) ?? own.at(-1);
  return found ? [found] : [];
}

/**
 * When the matter of a report is over: work has begun, or all that it is about is cleared. FOREVER while neither is.
 */
function overAt(report: ReportFact, starts: readonly StartFact[], faults: readonly Fault[]): Instant {
  const begun = starts.find((start) => concerns(start, report) && isSince(start, report, faults))?.at ?? FOREVER;
  // A fault that nobody knows of is not cleared.
  const cleared = faults.length > 0 ? Math.max(...faults.map((fault) => fault.to)) : FOREVER;
  return Math.min(begun, cleared);
}

function concerns(start: StartFact, report: ReportFact): boolean {
  return start.faultId === undefined || report.faultId === undefined || start.faultId === report.faultId;
}

/** Begun since the report; or before it, on the very fault that was still open then. */
function isSince(start: StartFact, report: ReportFact, faults: readonly Fault[]): boolean {
  return start.at >= report.at || faults.some((fault) => fault.faultId === start.faultId && fault.from <= start.at);
}

// --- The alarms ---

/** The alarm of one report, as last decided. */
export interface StartAlarm {
  readonly report: string;
  readonly episode: number;
  readonly standing: boolean;
  readonly raisedAt: Instant;
  readonly clause: string;
}

/** What is held of one subject: what was reported and begun, and the alarms that followed. */
export interface ElementReports {
  readonly facts: RepairFacts;
  readonly alarms: readonly StartAlarm[];
}

export const NO_REPORTS: ElementReports = { facts: { reports: [], starts: [] }, alarms: [] };

/** Takes a report or a beginning of work in; the same event twice is once. */
export function withReport(held: ElementReports, event: EventOf<'fault.reported' | 'repair.started'>): ElementReports {
  const facts = withRepair(held.facts, event);
  return facts.reports === held.facts.reports && facts.starts === held.facts.starts ? held : { ...held, facts };
}

export const repairStart: ServiceDetector<ElementReports> = {
  name: 'repair-start',
  hears: ['fault.reported', 'repair.started'],
  reads: ['repairStart'],
  start: NO_REPORTS,
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        if (heard.event.type !== 'fault.reported' && heard.event.type !== 'repair.started') return [state, []];
        return [withReport(state, heard.event), []];
      case 'tick': {
        if (state.facts.reports.length === 0) return [state, []];
        const termsAt = (at: Instant) => {
          const { operator, zone, rules } = given.pack(at);
          return { operator, zone, rules: rules.repairStart };
        };
        return alarmsOn({ subject: given.facts.id, faults: lineFaults(given.facts), termsAt }, state, heard.now);
      }
      default:
        return assertNever(heard);
    }
  },
};

/** The same for an element: what is overdue now, compared with the alarms that were raised. */
export function elementAlarms(
  element: string,
  held: ElementReports,
  faults: readonly Fault[],
  rules: RepairStartRules,
  operator: string,
  now: Instant,
  zone: Zone = 'UTC',
): readonly [ElementReports, readonly Effect[]] {
  return alarmsOn({ subject: element, faults, termsAt: () => ({ operator, zone, rules }) }, held, now);
}

/** What was reported, a service or an element, with its faults and the terms at an instant. */
interface Reported {
  readonly subject: string;
  readonly faults: readonly Fault[];
  readonly termsAt: (at: Instant) => {
    readonly operator: string;
    readonly zone: Zone;
    readonly rules: RepairStartRules | undefined;
  };
}

function alarmsOn(on: Reported, held: ElementReports, now: Instant): readonly [ElementReports, readonly Effect[]] {
  const { facts } = held;
  if (facts.reports.length === 0) return [held, []];
  const effects: Effect[] = [];
  const alarms: StartAlarm[] = [];
  for (const report of reportsOf(facts.reports)) {
    const { rules } = on.termsAt(report.at);
    const before = held.alarms.find((alarm) => alarm.report === report.report);
    const { overdue, wake } = rules
      ? overdueStarts({ reports: [report], starts: facts.starts }, on.faults, rules, now)
      : { overdue: [], wake: undefined };
    if (wake !== undefined) effects.push({ do: 'wake', at: wake });
    const [found] = overdue;
    let alarm = before;
    // One that is over is raised only where its breach was never told.
    if (rules && found && !before?.standing && (found.clearedAt === undefined || !before)) {
      const episode = (before?.episode ?? 0) + 1;
      alarm = { report: report.report, episode, standing: true, raisedAt: found.raisedAt, clause: rules.clause };
      effects.push({ do: 'decide', draft: raised(alarm, report, rules, facts, on, now) });
    }
    if (alarm?.standing && (!found || found.clearedAt !== undefined)) {
      alarm = { ...alarm, standing: false };
      effects.push({ do: 'decide', draft: cleared(alarm, report, found?.clearedAt, facts, on, now) });
    }
    if (alarm) alarms.push(alarm);
  }
  return [{ facts, alarms }, effects];
}

function raised(
  alarm: StartAlarm,
  report: ReportFact,
  rules: RepairStartRules,
  facts: RepairFacts,
  on: Reported,
  now: Instant,
): Draft<'alarm.raised'> {
  const within = formatDuration(rules.within);
  const because = { within, ...becauseOf(report, facts, on) };
  return {
    type: 'alarm.raised',
    subject: on.subject,
    time: now,
    data: {
      ...common(alarm, report, on),
      because,
      perceivedSeverity: rules.severity,
      late: isLate(alarm.raisedAt, now),
    },
  };
}

function cleared(
  alarm: StartAlarm,
  report: ReportFact,
  over: Instant | undefined,
  facts: RepairFacts,
  on: Reported,
  now: Instant,
): Draft<'alarm.cleared'> {
  const why =
    over === undefined
      ? { nothing: 'late facts show that work had begun, or the fault was cleared, in time' }
      : { over: formatLocal(over, on.termsAt(report.at).zone) };
  return {
    type: 'alarm.cleared',
    subject: on.subject,
    time: now,
    data: {
      ...common(alarm, report, on),
      because: { ...why, ...becauseOf(report, facts, on) },
      perceivedSeverity: 'cleared',
      late: over === undefined || isLate(over, now),
    },
  };
}

function common(alarm: StartAlarm, report: ReportFact, on: Reported) {
  const what = report.faultId === undefined ? 'no fault named' : `fault ${report.faultId}`;
  return {
    operator: on.termsAt(report.at).operator,
    clause: alarm.clause,
    alarmId: `repair-start:${on.subject}:${alarm.report}`,
    episode: alarm.episode,
    probableCause: 'repair not begun',
    specificProblem: `report ${alarm.report}, ${what}`,
    from: alarm.raisedAt,
  };
}

/** The report, the work that concerns it and its faults: enough to work out by hand what is overdue. */
function becauseOf(report: ReportFact, facts: RepairFacts, on: Reported): Record<string, unknown> {
  const { zone } = on.termsAt(report.at);
  const starts = facts.starts.filter((start) => concerns(start, report));
  const about = faultsOf(report, on.faults);
  return {
    reported: formatLocal(report.at, zone),
    begun: starts.map((start) => formatLocal(start.at, zone)),
    faults: about.map((fault) => ({
      fault: faultName(fault),
      from: formatLocal(fault.from, zone),
      to: fault.to === FOREVER ? null : formatLocal(fault.to, zone),
    })),
    events: [report.ref, ...starts.map((start) => start.ref), ...about.flatMap((fault) => fault.refs)],
  };
}
