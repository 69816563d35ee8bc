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

/**
 * When the service was active: by the record of each time from its `activeFrom` (not given: from its own time) to the first end
 * after that. So a later record takes it up anew only with an `activeFrom` of its own, and one that was announced before the
 * end does not bring it back.
 */
export function activeSpans(facts: ServiceFacts): readonly Span[] {
  const ends = facts.turns.filter((turn) => turn.do === 'ended').map((turn) => turn.at);
  const lives = profileSpans(facts).map(({ at, from, to, profile }) => ({
    from,
    to,
    begins: profile.activeFrom ?? at,
  }));
  const first = Math.min(...lives.map(({ begins }) => begins));
  return union(
    lives.map(({ from, to, begins }) => {
      // One that ends at the very instant at which another begins is that other's forerunner.
      const end = ends.find((at) => at > begins || (at === begins && begins === first));
      return { from: Math.max(from, begins), to: Math.min(to, end ?? FOREVER) };
    }),
  );
}

/** Since when a service is active, before anything ended it. */
export function activeSince(facts: ServiceFacts): Instant {
  const first = facts.versions[0]!;
  return first.profile.activeFrom ?? first.at;
}

/** Whether the service was active at an instant. */
export function activeAt(facts: ServiceFacts, at: Instant): boolean {
  if (facts.turns.length === 0 && facts.versions.length === 1) return activeSince(facts) <= at;
  return activeSpans(facts).some(({ from, to }) => from <= at && at < to);
}

/** Whose service it is at an instant: of its record and its transfers the later one says so. Undefined where nobody said. */
export function holderAt(facts: ServiceFacts, at: Instant): string | undefined {
  let version = facts.versions[0]!;
  for (const one of facts.versions) if (one.at <= at) version = one;
  const turn = facts.turns.findLast((one) => one.do === 'transferred' && one.at <= at);
  return turn && turn.at >= version.at ? turn.customerId : version.profile.customerId;
}

/** Since when it has been the service of who holds it at an instant, without a break; at the earliest since it is active. */
export function heldSince(facts: ServiceFacts, at: Instant): Instant {
  const holder = holderAt(facts, at);
  const turns = facts.turns.filter((turn) => turn.do === 'transferred');
  const changes = [...facts.versions, ...turns].map((one) => one.at).filter((change) => change <= at);
  changes.sort((a, b) => b - a);
  let since: Instant | undefined;
  for (const change of changes) {
    // What the first record says holds before it too.
    if (holderAt(facts, change - 1) !== holder) {
      since = change;
      break;
    }
  }
  return since === undefined ? activeSince(facts) : Math.max(since, activeSince(facts));
}

/** When the next of its records, its end or its transfer takes effect; undefined: none is announced. */
export function nextChange(facts: ServiceFacts, at: Instant): Instant | undefined {
  const version = facts.versions.find((one) => one.at > at)?.at;
  const turn = facts.turns.find((one) => (one.do === 'ended' || one.do === 'transferred') && one.at > at)?.at;
  return version === undefined || turn === undefined ? (version ?? turn) : Math.min(version, turn);
}

/** Whether the service has not ended by an instant; one that is yet to begin has not. */
export function standsAt(facts: ServiceFacts, at: Instant): boolean {
  return at < activeSince(facts) || activeAt(facts, at);
}

/** When the service was parked; FOREVER while it is. */
export function parkedSpans(facts: ServiceFacts): readonly Span[] {
  return between(facts.turns, 'parked', 'unparked');
}

/** When the service was suspended by the subscriber's fault. */
export function suspendedSpans(facts: ServiceFacts): readonly Span[] {
  return between(facts.turns, 'suspended', 'resumed');
}

/** As with faults: where a start and a stop share an instant, what stands is stopped first and what does not is started first. */
function between(turns: readonly Turn[], start: Turn['do'], stop: Turn['do']): readonly Span[] {
  const spans: Span[] = [];
  const own = turns.filter((turn) => turn.do === start || turn.do === stop || turn.do === 'ended');
  const rank = (turn: Turn) => (turn.do === start ? 1 : 0);
  let from: Instant | undefined;
  for (let i = 0; i < own.length; ) {
    const { at } = own[i]!;
    const together = own.filter((turn) => turn.at === at);
    i += together.length;
    together.sort(from === undefined ? (a, b) => rank(b) - rank(a) : (a, b) => a.known - b.known || rank(a) - rank(b));
    for (const turn of together) {
      if (turn.do === start) from ??= at;
      else if (from !== undefined) {
        spans.push({ from, to: at });
        from = undefined;
      }
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
