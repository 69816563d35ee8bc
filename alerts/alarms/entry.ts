/** One entry of the list, for life: what is known of an alarm, and what was told to people of its standing. */
import type { AlarmIdentity, AlarmSaid } from '../../pipelines/domain/alarm.js';
import type { DecisionData } from '../../pipelines/domain/decision.js';
import { refOf } from '../../pipelines/domain/detector.js';
import type { EventOf } from '../../pipelines/domain/event.js';
import { type FaultFact, faultName, foldFault } from '../../pipelines/domain/fault.js';
import { assertNever, FOREVER, type Instant } from '../../pipelines/domain/units.js';
import type { AlarmRule } from './catalogue.js';
import type { Explanation } from './causes.js';
import type { AlarmFact, Life } from './life.js';

/** What of an entry is kept. */
export interface Kept {
  /** Absent where only a person has named it so far. */
  identity?: AlarmIdentity;
  resource: string;
  facts: readonly AlarmFact[];
  /** Raises that lie in facts no longer kept. */
  trimmed: number;
  /** Of a fault's record: the last one taken. */
  revision?: number;
  told?: Told | undefined;
  /** Whether automation holds it back, and since when it does no more. */
  hidden: boolean;
  freedAt?: Instant | undefined;
  due?: Instant | undefined;
}

/** That people were told of a standing. */
export interface Told {
  /** When first, and how many steps of the schedule were taken. */
  readonly at: Instant;
  readonly steps: number;
  readonly acknowledged: boolean;
}

/** An entry in memory. */
export interface Entry extends Kept {
  readonly id: string;
  /** With all that is known. */
  life?: Life;
  /** As of the clock, when people were last told of something. */
  judged?: Life;
  rule?: AlarmRule | undefined;
  explanation?: Explanation | undefined;
}

/** Whether the resource's state is raised. */
export function stands({ life }: Entry): boolean {
  return life?.standing?.to === FOREVER;
}

export type ActEvent = EventOf<
  | 'alarm.acknowledged'
  | 'alarm.unacknowledged'
  | 'alarm.shelved'
  | 'alarm.unshelved'
  | 'alarm.commented'
  | 'alarm.closed'
>;

/** What a person did, as a fact. */
export function actFact(event: ActEvent): AlarmFact {
  const { by, reason, text, until } = event.data as { by: string; reason?: string; text?: string; until?: Instant };
  const base = { at: event.time, known: event.recordedtime, ref: refOf(event), by };
  const why = reason === undefined ? {} : { reason };
  switch (event.type) {
    case 'alarm.shelved':
      return { ...base, do: 'shelved', reason: reason!, until: until! };
    case 'alarm.commented':
      return { ...base, do: 'commented', text: text! };
    case 'alarm.acknowledged':
      return { ...base, ...why, do: 'acknowledged' };
    case 'alarm.unacknowledged':
      return { ...base, ...why, do: 'unacknowledged' };
    case 'alarm.unshelved':
      return { ...base, ...why, do: 'unshelved' };
    case 'alarm.closed':
      return { ...base, ...why, do: 'closed' };
    default:
      return assertNever(event.type);
  }
}

/** What an element says of an alarm of its own. */
export function reportFact(event: EventOf<'alarm.reported' | 'alarm.ended'>): AlarmFact {
  const base = { at: event.time, known: event.recordedtime, ref: refOf(event) };
  if (event.type === 'alarm.reported') return { ...base, do: 'reported', said: saidOf(event.data) };
  const { by, reason } = event.data as EventOf<'alarm.ended'>['data'];
  return { ...base, do: 'ended', ...(by !== undefined && { by }), ...(reason !== undefined && { reason }) };
}

function saidOf(data: EventOf<'alarm.reported'>['data']): AlarmSaid {
  const { perceivedSeverity, probableCause, specificProblem, text, alarmType, sourceSystemId } = data;
  const said = { perceivedSeverity, probableCause, specificProblem, text, alarmType, sourceSystemId };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as AlarmSaid;
}

/** What Dozor decided, as a fact, with the fault that it is about. */
export function decidedFact(
  type: string,
  data: DecisionData<'alarm.raised'>,
  at: { readonly at: Instant; readonly known: Instant; readonly ref: string },
): AlarmFact {
  if (type === 'alarm.cleared') return { ...at, do: 'ended' };
  const { perceivedSeverity, probableCause, specificProblem, affectedServices } = data;
  const fault = data.because['fault'];
  return {
    ...at,
    do: 'reported',
    said: {
      perceivedSeverity,
      ...(probableCause !== undefined && { probableCause }),
      ...(specificProblem !== undefined && { specificProblem }),
      ...(affectedServices !== undefined && { affectedServices }),
      ...(typeof fault === 'string' && { aboutFault: fault.replace(/#\d+$/, '') }),
    },
  };
}

/** The severity of an open fault: it is an interruption, and how many it touches says its rule. */
const FAULT_SEVERITY = 'major';

/** The openings and clearings of a fault, as facts of its alarm. */
export function faultFacts(subject: string, faultId: string, facts: readonly FaultFact[]): readonly AlarmFact[] {
  return foldFault(subject, faultId, facts).flatMap((fault): readonly AlarmFact[] => {
    const ref = fault.refs[0]!;
    const said: readonly AlarmFact[] = fault.parts.map((part, i) => {
      const probableCause = part.reason || part.responsibility;
      const words = { perceivedSeverity: FAULT_SEVERITY, probableCause, specificProblem: 'fault open' } as const;
      return { at: part.from, known: fault.heard, ref: i === 0 ? ref : `${ref}+${i}`, do: 'reported', said: words };
    });
    if (fault.to === FOREVER) return said;
    return [...said, { at: fault.to, known: fault.to, ref: fault.refs.at(-1)!, do: 'ended' }];
  });
}

/** The name of a fault that decisions about it have in their `because`. */
export function faultNameOf({ resource, source, qualifier }: AlarmIdentity): string | undefined {
  return source === 'fault' ? faultName({ subject: resource, faultId: qualifier, number: 1 }) : undefined;
}

/** A fault that raw alarms made is the alarm itself: it is not listed a second time. */
export function isOwnFault(faultId: string): boolean {
  return faultId.startsWith('alarm:');
}

export function newEntry(id: string, resource: string, identity?: AlarmIdentity): Entry {
  return { id, resource, facts: [], trimmed: 0, hidden: false, ...(identity && { identity }) };
}

export function keptOf(entry: Entry): Kept {
  const { identity, resource, facts, trimmed, revision, told, hidden, freedAt, due } = entry;
  return {
    resource,
    facts,
    trimmed,
    hidden,
    ...(identity && { identity }),
    ...(revision !== undefined && { revision }),
    ...(told && { told }),
    ...(freedAt !== undefined && { freedAt }),
    ...(due !== undefined && { due }),
  };
}

/** So many facts of one alarm are kept; of older ones the raises are counted. */
export const FACTS_MAX = 96;

/**
 * Drops the oldest facts where there are too many: whole standings first, then what lies in the middle of a long one, which says
 * what the words around it say. A shelf stays. The raises that go with the facts are for the caller to count.
 */
export function trimmedFacts(facts: readonly AlarmFact[], life: Life): readonly AlarmFact[] {
  if (facts.length <= FACTS_MAX) return facts;
  const from = life.standing?.from ?? FOREVER;
  const half = FACTS_MAX / 2;
  const isOver = (fact: AlarmFact) => fact.do === 'ended' && fact.at < from;
  const spare = facts.slice(0, -half).findLastIndex(isOver);
  const last = spare === -1 ? facts.findIndex(isOver) : spare;
  const left = facts.filter((fact, i) => i > last || fact.do === 'shelved');
  if (left.length <= FACTS_MAX) return left;
  const said = left.filter((fact) => (fact.do === 'reported' || fact.do === 'ended') && fact.at > from);
  const middle = new Set<AlarmFact>(said.slice(0, -half));
  return left.filter((fact) => !middle.has(fact));
}
