/**
 * Outages: A1 3.3, 3.6, 3.8; Truf 50, 70; MTEL Austria 5.4, 18.4, 21.1.c.
 *
 * A service out for longer than the limit (48 h; MTEL one day) gets a credit for all of its counted time, or a longer term
 * where it may choose; subscriber and regulator are told when 48 h have passed, with the reasons. Late facts correct what
 * was decided by further decisions. Which time counts is `domain/outage.ts`; what it is worth is `remedy.ts`.
 *
 * The file is longer than most: matching what is known now to what was decided before is one thought.
 */
import { cyclesOver, formatLocal } from '../domain/calendar.js';
import { type Effect, type Given, type IncidentTale, isLate, type ServiceDetector } from '../domain/detector.js';
import { faultName } from '../domain/fault.js';
import { clip, length, overlap, type Span, subtract } from '../domain/intervals.js';
import {
  type DownPart,
  faultsOf,
  lineParts,
  type Outage,
  outagesOf,
  rootOf,
  type Standing,
  segmentsOf,
} from '../domain/outage.js';
import type { OutageRules } from '../domain/pack.js';
import { activeSpans, billingOf, lineFaults, parkedSpans, profileSpans, suspendedSpans } from '../domain/service.js';
import { assertNever, EVER, FOREVER, formatDuration, type Instant, SECOND } from '../domain/units.js';
import { type EquipmentFact, equipmentClaims, withEquipment } from './equipment.js';
import { type Claim, type Grant, settle } from './remedy.js';

/** An outage that something was decided about, with its name and its extent as last seen. */
export interface Decided extends Span {
  readonly id: string;
  /** Counts the decided outages of the service: of two, the older id takes all. */
  readonly serial: number;
  readonly overdue: boolean;
  readonly confirmed: boolean;
  /** How often it was confirmed. */
  readonly episode: number;
  /** Whether the subscriber may leave: not yet, now, or no more, for the outage ended. */
  readonly leave: 'no' | 'may' | 'over';
  /** How often termination was allowed. */
  readonly allowances: number;
  /** Joined with an older one, or shown never to have been. */
  readonly gone: boolean;
}

export interface OutageState {
  readonly decided: readonly Decided[];
  readonly grants: readonly Grant[];
  readonly equipment: readonly EquipmentFact[];
}

export const outage: ServiceDetector<OutageState> = {
  name: 'outage',
  hears: ['equipment.reported', 'equipment.replaced'],
  reads: ['outage', 'equipment'],
  start: { decided: [], grants: [], equipment: [] },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        if (heard.event.type !== 'equipment.reported' && heard.event.type !== 'equipment.replaced') return [state, []];
        return [{ ...state, equipment: withEquipment(state.equipment, heard.event) }, []];
      case 'tick':
        return evaluate(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

/** The outages of a service as all facts known now have them. */
export function knownOutages(given: Given): readonly Outage[] {
  const own = lineFaults(given.facts);
  return outagesFrom((rules) => [...given.parts(rules), ...lineParts(own, rules)], given.pack, {
    active: activeSpans(given.facts),
    parked: parkedSpans(given.facts),
    suspended: suspendedSpans(given.facts),
  });
}

/** The outages that faults make of a service, or of a group of services alike. The rules are those in force when they began. */
export function outagesFrom(
  parts: (rules: OutageRules) => readonly DownPart[],
  pack: Given['pack'],
  standing: Standing,
): readonly Outage[] {
  const first = pack(EVER).rules.outage;
  if (!first) return [];
  const begins = parts(first).reduce((at, part) => Math.min(at, part.from), FOREVER);
  const rules = begins === FOREVER ? undefined : pack(begins).rules.outage;
  return rules ? outagesOf(segmentsOf(parts(rules), standing), rules) : [];
}

function evaluate(state: OutageState, given: Given, now: Instant): readonly [OutageState, readonly Effect[]] {
  const known = knownOutages(given);
  const effects: Effect[] = [];
  const matched = match(state.decided, known, given, now);
  const decided: Decided[] = [];
  const claims: Claim[] = [];
  for (const [held, outage] of matched) {
    const [next, followed] = outage ? follow(held, outage, given, now) : withdraw(held, given, now);
    decided.push(next);
    effects.push(...followed);
    if (outage && next.confirmed) claims.push(...claimsOf(next, outage, given, now));
  }
  for (const outage of known) {
    effects.push(...wakes(outage, now));
  }
  claims.push(...equipmentClaims(state.equipment, given, now));
  const [grants, settled] = settle(state.grants, claims, given, now);
  return [{ ...state, decided, grants }, [...effects, ...settled]];
}

/** The instants at which something may fall due for an outage, so far as its facts are known. */
function wakes(outage: Outage, now: Instant): readonly Effect[] {
  const instants = [outage.overdueAt, outage.confirmedAt, outage.terminationAt];
  if (outage.confirmedAt !== undefined && outage.confirmedAt <= now) instants.push(outage.endKnown);
  return instants
    .filter((at): at is Instant => at !== undefined && at > now && at < FOREVER)
    .map((at) => ({ do: 'wake', at }));
}

/**
 * Pairs what was decided with what is known now. Where late facts join two decided outages the older id takes all; where
 * they split one, the first part keeps it. An outage that passed a limit and has no name yet gets one.
 */
function match(
  decided: readonly Decided[],
  known: readonly Outage[],
  given: Given,
  now: Instant,
): readonly (readonly [Decided, Outage | undefined])[] {
  const taken = new Set<Outage>();
  const pairs: (readonly [Decided, Outage | undefined])[] = [];
  for (const held of [...decided].sort((a, b) => a.serial - b.serial)) {
    const first = held.gone ? undefined : known.find((outage) => overlap(held, outage));
    const free = first && !taken.has(first) ? first : undefined;
    if (free) taken.add(free);
    pairs.push([held, free]);
  }
  const ids = new Set(decided.map((held) => held.id));
  let serial = decided.length;
  for (const outage of known) {
    const passed = [outage.overdueAt, outage.confirmedAt].filter((at) => at !== undefined && at <= now) as Instant[];
    if (taken.has(outage) || passed.length === 0) continue;
    serial += 1;
    const base = `${given.facts.id}:${faultName(faultsOf(outage, Math.max(...passed))[0]!)}`;
    let id = base;
    for (let number = 2; ids.has(id); number++) id = `${base}:${number}`;
    ids.add(id);
    const fresh: Decided = {
      id,
      serial,
      from: outage.from,
      to: outage.to,
      overdue: false,
      confirmed: false,
      episode: 0,
      leave: 'no',
      allowances: 0,
      gone: false,
    };
    pairs.push([fresh, outage]);
  }
  return pairs;
}

/** What follows for a decided outage from what is known now. */
function follow(held: Decided, outage: Outage, given: Given, now: Instant): readonly [Decided, readonly Effect[]] {
  const pack = given.pack(outage.from);
  const rules = pack.rules.outage!;
  const effects: Effect[] = [];
  let next: Decided = { ...held, from: outage.from, to: outage.to };
  const passed = (at: Instant | undefined): at is Instant => at !== undefined && at <= now;
  const base = { operator: pack.operator, outageId: held.id };
  const subject = given.facts.id;

  if (!held.overdue && passed(outage.overdueAt)) {
    next = { ...next, overdue: true };
    const faults = faultsOf(outage, outage.overdueAt);
    const upTo = { from: outage.from, to: outage.overdueAt };
    effects.push({
      do: 'decide',
      draft: {
        type: 'repair.overdue',
        subject,
        time: now,
        data: {
          ...base,
          clause: rules.clauses['overdue']!,
          because: becauseOf(outage, outage.overdueAt, rules, pack.zone),
          from: outage.from,
          faultIds: faults.map((fault) => fault.faultId),
          reasons: reasonsOf(outage, upTo),
          counted: length(clip(outage.counted, upTo)),
          excused: length(
            clip(
              outage.segments.filter((segment) => segment.is === 'excused'),
              upTo,
            ),
          ),
          incident: faultName(rootOf(outage, outage.overdueAt)),
          late: isLate(outage.overdueAt, now),
        },
      },
    });
    if (rules.overdue!.regulator) {
      effects.push({
        do: 'tell',
        tale: taleOf('overdue', outage, outage.overdueAt, rules.overdue!.after, given, now),
      });
    }
  }

  if (!held.confirmed && passed(outage.confirmedAt)) {
    next = { ...next, confirmed: true, episode: held.episode + 1 };
    effects.push({
      do: 'decide',
      draft: {
        type: 'outage.confirmed',
        subject,
        time: now,
        data: {
          ...base,
          clause: rules.clauses['limit']!,
          because: becauseOf(outage, outage.confirmedAt, rules, pack.zone),
          from: outage.from,
          episode: next.episode,
          late: isLate(outage.confirmedAt, now),
        },
      },
    });
  } else if (held.confirmed && !passed(outage.confirmedAt)) {
    next = { ...next, confirmed: false };
    effects.push(withdrawal(next, becauseOf(outage, now, rules, pack.zone), given, now));
  }

  const reached = passed(outage.terminationAt);
  const over = outage.endKnown <= now;
  // Known only when it is over already, it is allowed and ended at once: that it was stands on record.
  if (reached && (next.leave === 'no' || (next.leave === 'over' && !over))) {
    next = { ...next, leave: 'may', allowances: held.allowances + 1 };
    effects.push({
      do: 'decide',
      draft: {
        type: 'termination.allowed',
        subject,
        time: now,
        data: {
          ...base,
          clause: rules.clauses['termination']!,
          because: becauseOf(outage, outage.terminationAt!, rules, pack.zone),
          from: outage.terminationAt!,
          episode: next.allowances,
          late: isLate(outage.terminationAt!, now),
        },
      },
    });
  }
  if (next.leave === 'may' && (over || !reached)) {
    const from = reached ? Math.min(outage.to, now) : now;
    effects.push(terminationEnded(next, from, becauseOf(outage, now, rules, pack.zone), given, now));
  }
  if (!reached) next = { ...next, leave: 'no' };
  else if (over) next = { ...next, leave: 'over' };
  return [next, effects];
}

/** Why it could not be repaired, in the words of the faults; where a fault gives none, its responsibility. */
function reasonsOf(outage: Outage, within: Span): string[] {
  const parts = outage.segments.flatMap((segment) => (overlap(segment, within) ? segment.parts : []));
  return [...new Set(parts.map((part) => part.reason || part.responsibility))];
}

/** A decided outage that is no more: it was joined with an older one, or late facts show that it never was. */
function withdraw(held: Decided, given: Given, now: Instant): readonly [Decided, readonly Effect[]] {
  const effects: Effect[] = [];
  const because = { nothing: 'late facts joined it with an older outage, or show that it was not' };
  if (held.confirmed) effects.push(withdrawal(held, because, given, now));
  if (held.leave === 'may') effects.push(terminationEnded(held, now, because, given, now));
  return [{ ...held, confirmed: false, leave: 'no', gone: true }, effects];
}

function withdrawal(held: Decided, because: Record<string, unknown>, given: Given, now: Instant): Effect {
  const { operator, rules } = given.pack(held.from);
  const data = {
    operator,
    clause: rules.outage!.clauses['limit']!,
    because,
    outageId: held.id,
    from: held.from,
    episode: held.episode,
    late: true,
  };
  return { do: 'decide', draft: { type: 'outage.withdrawn', subject: given.facts.id, time: now, data } };
}

function terminationEnded(
  held: Decided,
  from: Instant,
  because: Record<string, unknown>,
  given: Given,
  now: Instant,
): Effect {
  const { operator, rules } = given.pack(held.from);
  const data = {
    operator,
    clause: rules.outage!.clauses['termination']!,
    because,
    outageId: held.id,
    from,
    episode: held.allowances,
  };
  return { do: 'decide', draft: { type: 'termination.ended', subject: given.facts.id, time: now, data } };
}

/** What a confirmed outage entitles to: a credit for each cycle, and an extension for time for which one was chosen. */
export function claimsOf(held: Pick<Decided, 'id'>, outage: Outage, given: Given, now: Instant): readonly Claim[] {
  const pack = given.pack(outage.from);
  const rules = pack.rules.outage!;
  const passed = outage.confirmedAt!;
  const lasts = rules.extension
    ? profileSpans(given.facts).filter((version) => version.profile.outagePreference === 'extension')
    : [];
  const extended = outage.counted.flatMap((span) => lasts.flatMap((version) => clip([span], version)));
  const credited = subtract(outage.counted, extended);
  const cause = { outageId: held.id };
  const claims: Claim[] = [];
  if (extended.length > 0) {
    const spans = subtract(extended, []);
    claims.push({
      key: `outage ${held.id} extension`,
      cause,
      rank: 0,
      remedy: { by: 'extension' },
      due: Math.max(outage.endKnown, passed),
      spans,
      clause: rules.clauses['extension']!,
      because: becauseOf(outage, Math.min(outage.to, now), rules, pack.zone),
    });
  }
  if (rules.credit && credited.length > 0) {
    // Up to the cycle of now, or where the counted time goes on later, to that one: its end is the next to wait for.
    const going = credited.find((span) => span.to > now);
    const until = going ? Math.max(now, going.from) + 1 : credited[credited.length - 1]!.to;
    for (const cycle of cyclesOver({ from: credited[0]!.from, to: until }, billingOf(given.facts), pack.zone)) {
      const spans = clip(credited, cycle);
      if (spans.length === 0) continue;
      claims.push({
        key: `outage ${held.id} ${cycle.from}`,
        cause,
        rank: 0,
        remedy: rules.credit,
        cycle,
        due: Math.max(Math.min(outage.endKnown, cycle.to), passed),
        spans,
        clause: rules.clauses['credit']!,
        because: becauseOf(outage, Math.min(outage.to, now), rules, pack.zone),
      });
    }
  }
  return claims;
}

/** The inputs and the arithmetic up to an instant, enough to recompute by hand. */
function becauseOf(outage: Outage, until: Instant, rules: OutageRules, zone: string): Record<string, unknown> {
  const upTo = { from: outage.from, to: Math.max(until, outage.from) };
  const local = (at: Instant) => (at === FOREVER ? null : formatLocal(at, zone));
  const counted = clip(outage.counted, upTo);
  const show = (spans: readonly Span[]) => spans.map((span) => ({ from: local(span.from), to: local(span.to) }));
  const paused = outage.segments.filter((segment) => segment.is !== 'counted');
  const faults = faultsOf(outage, upTo.to);
  return {
    limit: formatDuration(rules.limit),
    countedSeconds: length(counted) / SECOND,
    counted: show(counted),
    ...(paused.length > 0 ? { notCounted: clip(paused, upTo).flatMap((span) => pauses(paused, span, local)) } : {}),
    faults: faults.map((fault) => ({
      fault: faultName(fault),
      from: local(fault.from),
      to: fault.to > upTo.to ? null : local(fault.to),
      causes: fault.parts
        .filter((part) => part.from < upTo.to)
        .map(({ from, responsibility, reason, accessBarred }) => ({
          from: local(from),
          responsibility,
          ...(reason ? { reason } : {}),
          ...(accessBarred ? { accessBarred } : {}),
        })),
    })),
    events: [...new Set(faults.flatMap((fault) => fault.refs))],
  };
}

function pauses(
  paused: readonly (Span & { readonly is: string })[],
  within: Span,
  local: (at: Instant) => string | null,
): readonly object[] {
  return paused.flatMap((segment) =>
    clip([segment], within).map((span) => ({ why: segment.is, from: local(span.from), to: local(span.to) })),
  );
}

/** What the collectors are told of an outage whose clock passed a limit. */
export function taleOf(
  is: IncidentTale['is'],
  outage: Outage,
  at: Instant,
  after: number,
  given: Pick<Given, 'pack'>,
  now: Instant,
): IncidentTale {
  const { operator, rules } = given.pack(outage.from);
  const clauses = rules.outage!.clauses;
  return {
    is,
    operator,
    incident: faultName(rootOf(outage, at)),
    at,
    after,
    clause: is === 'mark' ? clauses['marks']! : clauses['overdue']!,
    faults: faultsOf(outage, at).map((fault) => {
      const part = fault.parts.findLast((held) => held.from <= at) ?? fault.parts[0]!;
      return { fault: faultName(fault), responsibility: part.responsibility, reason: part.reason, from: fault.from };
    }),
    now,
    late: isLate(at, now),
  };
}
