/**
 * Parking: Truf 20.
 *
 * A service may be parked, with no fee, for at most one month in a calendar year, and the contract's term grows by the
 * time for which it was parked. A month is 31 days: more than that in all in a local calendar year is told once for
 * that year (`parking.exceeded`). Each parking extends the term when it ends (`extension.granted`); late facts that
 * change its span are settled by `extension.adjusted`. A year that was told stays told: the contract has no decision
 * that takes it back.
 */
import { formatLocal, fromWall, startOfYear, wall, yearOf } from '../domain/calendar.js';
import { type Draft, decide } from '../domain/decision.js';
import { type Effect, type Given, isLate, type ServiceDetector } from '../domain/detector.js';
import { intersect, overlap, type Span } from '../domain/intervals.js';
import { activeSpans, parkedSpans } from '../domain/service.js';
import { assertNever, DAY, FOREVER, type Instant, type Milliseconds, SECOND, type Zone } from '../domain/units.js';

/** An extension granted for one parking, with the parking's span as last seen. */
export interface ParkingGrant extends Span {
  /** The decision that granted it. */
  readonly id: string;
  /** The beginning that named the decision; late facts may move `from`, never this. */
  readonly began: Instant;
  readonly clause: string;
  readonly revision: number;
  /** 0 where late facts show that the parking never was. */
  readonly seconds: number;
}

export interface ParkingState {
  /** The years that were told. */
  readonly exceeded: readonly number[];
  /** In the order in which they were granted: of two, the first keeps. */
  readonly grants: readonly ParkingGrant[];
}

export const parking: ServiceDetector<ParkingState> = {
  name: 'parking',
  hears: [],
  reads: ['parking'],
  start: { exceeded: [], grants: [] },
  step(state, heard, given) {
    switch (heard.is) {
      case 'event':
        return [state, []];
      case 'tick':
        return evaluate(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  },
};

function evaluate(state: ParkingState, given: Given, now: Instant): readonly [ParkingState, readonly Effect[]] {
  const parkings = parkingsOf(given);
  // Most services are never parked: their state stays the one all of them share.
  if (parkings.length === 0 && state.grants.length === 0) return [state, []];
  const [exceeded, told] = tellYears(state.exceeded, parkings, given, now);
  const [grants, extended] = extendTerm(state.grants, parkings, given, now);
  return [{ exceeded, grants }, [...told, ...extended]];
}

/** When the service was parked while it was active, as far as its operator has this rule. */
function parkingsOf(given: Given): readonly Span[] {
  const { turns } = given.facts;
  if (!turns.some((turn) => turn.do === 'parked')) return [];
  return intersect(parkedSpans(given.facts), activeSpans(given.facts)).filter(
    ({ from }) => given.pack(from).rules.parking,
  );
}

// --- The month in a year ---

function tellYears(
  told: readonly number[],
  parkings: readonly Span[],
  given: Given,
  now: Instant,
): readonly [readonly number[], readonly Effect[]] {
  const exceeded = [...told];
  const effects: Effect[] = [];
  for (const [year, pieces] of byYear(parkings, given, now)) {
    if (exceeded.includes(year)) continue;
    const { zone, rules } = given.pack(pieces[0]!.from);
    const due = passes(pieces, rules.parking!.daysInYear * DAY, zone);
    if (due === undefined) continue;
    if (due > now) {
      effects.push({ do: 'wake', at: due });
      continue;
    }
    exceeded.push(year);
    effects.push({ do: 'decide', draft: exceededDraft(year, pieces, due, given, now) });
  }
  return [exceeded, effects];
}

/**
 * The parkings cut at local new year, up to the end of next year: what lies further is asked again before it is due.
 */
function byYear(parkings: readonly Span[], given: Given, now: Instant): ReadonlyMap<number, readonly Span[]> {
  const years = new Map<number, Span[]>();
  for (const span of parkings) {
    const { zone } = given.pack(span.from);
    const to = Math.min(span.to, startOfYear(yearOf(now, zone) + 2, zone));
    for (let { from } = span; from < to; ) {
      const year = yearOf(from, zone);
      const piece = { from, to: Math.min(to, startOfYear(year + 1, zone)) };
      years.set(year, [...(years.get(year) ?? []), piece]);
      from = piece.to;
    }
  }
  return years;
}

/**
 * The first instant at which the pieces hold the limit and a second of wall time, or more than the limit when one ends.
 */
function passes(pieces: readonly Span[], limit: Milliseconds, zone: Zone): Instant | undefined {
  let sum = 0;
  for (const piece of pieces) {
    const before = sum;
    sum += onTheWall(piece, zone);
    if (sum <= limit) continue;
    const missing = limit + SECOND - before;
    const shown = fromWall(wall(piece.from, zone) + missing, zone);
    // Begun in an hour that the wall shows again: the reading is the later of the two.
    const reached = shown > piece.from ? shown : piece.from + missing;
    return Math.min(reached, piece.to);
  }
  return undefined;
}

/** How far the clock on the wall moved: October's day of 25 hours is one day, and so is March's of 23. */
function onTheWall(piece: Span, zone: Zone): Milliseconds {
  // The wall goes back where a piece lies within the hour that it shows twice.
  return Math.max(0, wall(piece.to, zone) - wall(piece.from, zone));
}

function exceededDraft(
  year: number,
  pieces: readonly Span[],
  due: Instant,
  given: Given,
  now: Instant,
): Draft<'parking.exceeded'> {
  const { operator, rules, zone } = given.pack(pieces[0]!.from);
  const { clause, clauses, daysInYear } = rules.parking!;
  const parked = pieces.filter(({ from }) => from < now).map(({ from, to }) => ({ from, to: Math.min(to, now) }));
  const sum = parked.reduce((wallTime, piece) => wallTime + onTheWall(piece, zone), 0);
  return {
    type: 'parking.exceeded',
    subject: given.facts.id,
    time: now,
    data: {
      operator,
      clause: clauses['daysInYear'] ?? clause,
      because: {
        arithmetic: 'local wall time parked in the calendar year, the begun day counted whole',
        daysInYear,
        parked: parked.map(({ from, to }) => ({ from: formatLocal(from, zone), to: formatLocal(to, zone) })),
        wallSeconds: sum / SECOND,
        due: formatLocal(due, zone),
        events: parked.flatMap((piece) => eventsOf(piece, given)),
      },
      year,
      days: Math.ceil(sum / DAY),
      late: isLate(due, now),
    },
  };
}

// --- The longer term ---

function extendTerm(
  held: readonly ParkingGrant[],
  parkings: readonly Span[],
  given: Given,
  now: Instant,
): readonly [readonly ParkingGrant[], readonly Effect[]] {
  const effects: Effect[] = [];
  const taken = new Set<Span>();
  const grants = held.map((grant) => {
    const own = parkings.filter((span) => span.from === grant.began || overlap(span, grant));
    const free = own.filter((span) => !taken.has(span));
    // Its own beginning first, so that no other parking is ever given the name that this one has.
    const found = free.find((span) => span.from === grant.began) ?? free[0];
    if (found) taken.add(found);
    // It goes on after all: what was granted stands until it ends.
    const standing = found ?? own.at(-1);
    if (standing && standing.to > now) return grant;
    const seconds = found ? secondsOf(found) : 0;
    const next = { ...grant, from: found?.from ?? grant.from, to: found?.to ?? grant.to, seconds };
    if (seconds === grant.seconds) return next;
    const revised = { ...next, revision: grant.revision + 1 };
    effects.push({ do: 'decide', draft: adjustedDraft(grant, revised, found, given, now) });
    return revised;
  });
  for (const span of parkings) {
    if (span.to > now) {
      if (span.to < FOREVER) effects.push({ do: 'wake', at: span.to });
      continue;
    }
    const seconds = secondsOf(span);
    if (taken.has(span) || seconds === 0) continue;
    const draft = grantedDraft(span, seconds, given, now);
    const { clause } = draft.data;
    grants.push({ ...span, id: decide(draft).id, began: span.from, clause, revision: 0, seconds });
    effects.push({ do: 'decide', draft });
  }
  return [grants, effects];
}

/** Elapsed seconds: the term is an instant, not a date on the wall. */
function secondsOf(span: Span): number {
  return Math.round((span.to - span.from) / SECOND);
}

function grantedDraft(span: Span, seconds: number, given: Given, now: Instant): Draft<'extension.granted'> {
  const { operator, rules } = given.pack(span.from);
  const because = { ...becauseOf(span, given), seconds };
  const late = isLate(span.to, now);
  const data = { operator, clause: rules.parking!.clause, because, from: span.from, to: span.to, seconds, late };
  return { type: 'extension.granted', subject: given.facts.id, time: now, data };
}

function adjustedDraft(
  was: ParkingGrant,
  is: ParkingGrant,
  span: Span | undefined,
  given: Given,
  now: Instant,
): Draft<'extension.adjusted'> {
  const why = span
    ? becauseOf(span, given)
    : { parking: true, nothing: 'late facts joined it with another parking, or show that it was not' };
  return {
    type: 'extension.adjusted',
    subject: given.facts.id,
    time: now,
    data: {
      operator: given.pack(is.from).operator,
      clause: was.clause,
      because: { ...why, seconds: is.seconds, before: was.seconds },
      of: was.id,
      revision: is.revision,
      from: is.from,
      to: is.to,
      seconds: is.seconds,
      difference: is.seconds - was.seconds,
      late: true,
    },
  };
}

function becauseOf(span: Span, given: Given): Record<string, unknown> {
  const { zone } = given.pack(span.from);
  return {
    parking: true,
    arithmetic: 'elapsed seconds from parking to unparking',
    parked: formatLocal(span.from, zone),
    unparked: formatLocal(span.to, zone),
    events: eventsOf(span, given),
  };
}

/** The events that made this stretch of parking. */
function eventsOf({ from, to }: Span, given: Given): readonly string[] {
  return given.facts.turns
    .filter((turn) => turn.do === 'parked' || turn.do === 'unparked' || turn.do === 'ended')
    .filter((turn) => from <= turn.at && turn.at <= to)
    .map((turn) => turn.ref);
}
