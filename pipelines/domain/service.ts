/**
 * What is known of a service, as facts with their own time: its record over time, when it was parked or suspended, faults of
 * its own line, reports, equipment, porting. The contract's "valid from its time" is answered here and nowhere else.
 */
import type { BillingChange } from './calendar.js';
import type { DataOf } from './event.js';
import { type Fault, type FaultFact, foldFault, type Responsibility, withFact } from './fault.js';
import { type Span, union } from './intervals.js';
import { withVersion } from './network.js';
import { EVER, FOREVER, type Instant } from './units.js';

/** A service's record, as the last upsert before an instant had it. An absent field is unset. */
export type Profile = DataOf<'service.upserted'>;

export interface ProfileVersion {
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
  readonly profile: Profile;
}

/** A turn in a service's standing, at its own time. */
export interface Turn {
  readonly do: 'parked' | 'unparked' | 'suspended' | 'resumed' | 'ended' | 'transferred';
  /** The new holder, where the service was transferred. */
  readonly customerId?: string;
  readonly at: Instant;
  readonly known: Instant;
  readonly ref: string;
}

/** All facts of one service. Plain data: it is what the store holds. */
export interface ServiceFacts {
  readonly id: string;
  readonly versions: readonly ProfileVersion[];
  readonly turns: readonly Turn[];
  /** Faults on the line itself, by fault id. */
  readonly faults: Readonly<Record<string, readonly FaultFact[]>>;
}

export function newService(id: string): ServiceFacts {
  return { id, versions: [], turns: [], faults: {} };
}

export function withProfile(facts: ServiceFacts, version: ProfileVersion): ServiceFacts {
  return { ...facts, versions: withVersion(facts.versions, version) };
}

export function withTurn(facts: ServiceFacts, turn: Turn): ServiceFacts {
  if (facts.turns.some((held) => held.ref === turn.ref)) return facts;
  const turns = [...facts.turns, turn].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
  return { ...facts, turns };
}

export function withLineFault(facts: ServiceFacts, faultId: string, fact: FaultFact): ServiceFacts {
  return { ...facts, faults: { ...facts.faults, [faultId]: withFact(facts.faults[faultId] ?? [], fact) } };
}

/** The record that holds at an instant; the first one also before its own time. */
export function profileAt(facts: ServiceFacts, at: Instant): Profile {
  let found = facts.versions[0]!;
  for (const version of facts.versions) if (version.at <= at) found = version;
  return found.profile;
}

/** The record's versions, each with the time for which it holds; together they cover all time. */
export function profileSpans(facts: ServiceFacts): readonly (Span & ProfileVersion)[] {
  return facts.versions.map((version, i) => ({
    ...version,
    from: i === 0 ? EVER : version.at,
    to: facts.versions[i + 1]?.at ?? FOREVER,
  }));
}

/** The openings of every fault on the line itself. */
export function lineFaults(facts: ServiceFacts): readonly Fault[] {
  return Object.entries(facts.faults).flatMap(([faultId, known]) => foldFault(facts.id, faultId, known));
}

/** When the service was active: from `activeFrom` to its end, and again where a later record takes it up anew. */
export function activeSpans(facts: ServiceFacts): readonly Span[] {
  const spans: Span[] = [];
  const ends = facts.turns.filter((turn) => turn.do === 'ended');
  let from: Instant | undefined = facts.versions[0]!.profile.activeFrom ?? facts.versions[0]!.at;
  for (const end of ends) {
    if (from !== undefined && end.at >= from) {
      spans.push({ from, to: end.at });
      from = undefined;
    }
    const next = facts.versions.find((version) => version.at > end.at);
    if (from === undefined && next) from = Math.max(next.at, next.profile.activeFrom ?? next.at);
  }
  if (from !== undefined) spans.push({ from, to: FOREVER });
  return union(spans);
}

/** When the service was parked; FOREVER while it is. */
export function parkedSpans(facts: ServiceFacts): readonly Span[] {
  return between(facts.turns, 'parked', 'unparked');
}

/** When the service was suspended by the subscriber's fault. */
export function suspendedSpans(facts: ServiceFacts): readonly Span[] {
  return between(facts.turns, 'suspended', 'resumed');
}

function between(turns: readonly Turn[], start: Turn['do'], stop: Turn['do']): readonly Span[] {
  const spans: Span[] = [];
  let from: Instant | undefined;
  for (const turn of turns) {
    if (turn.do === start) from ??= turn.at;
    else if ((turn.do === stop || turn.do === 'ended') && from !== undefined) {
      spans.push({ from, to: turn.at });
      from = undefined;
    }
  }
  if (from !== undefined) spans.push({ from, to: FOREVER });
  return union(spans);
}

/** The billing days over time, as `calendar.cycleOf` takes them. */
export function billingOf(facts: ServiceFacts): readonly BillingChange[] {
  return facts.versions.map((version) => ({ from: version.at, day: version.profile.billingDay ?? 'last' }));
}

/** Whether a part of a fault is excused by responsibility or barred access alone (works are looked at apart). */
export function excusedBy(
  part: { readonly responsibility: Responsibility; readonly accessBarred: boolean },
  rules: { readonly excused: readonly Responsibility[]; readonly excusedWhileAccessBarred: boolean },
): boolean {
  return rules.excused.includes(part.responsibility) || (rules.excusedWhileAccessBarred && part.accessBarred);
}
