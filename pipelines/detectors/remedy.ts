/**
 * Claims to decisions: what an outage or faulty equipment is worth, paid once and corrected, never edited.
 *
 * Contract, "Late facts" and points 1 and 3. Money for (service, outage, cycle) is always the last revision. Time is paid
 * once: what was granted first keeps it, at the same instant the outage; where late facts give more time to a grant, it takes
 * what no other was paid for. A credit stands until what is due now differs.
 * A claim is what all facts known now entitle to; the ledger is what was granted; this file settles the one by the other.
 */
import { daysTouched, formatLocal } from '../domain/calendar.js';
import { type Draft, decide } from '../domain/decision.js';
import { type Effect, type Given, isLate } from '../domain/detector.js';
import { clip, intersect, length, type Span, subtract, union } from '../domain/intervals.js';
import {
  addFractions,
  compare,
  type Fraction,
  formatFraction,
  formatMoney,
  fraction,
  minFraction,
  multiply,
  roundHalfUp,
  withVat,
  ZERO_FRACTION,
} from '../domain/money.js';
import type { OutageRules } from '../domain/pack.js';
import { profileAt, profileSpans, type ServiceFacts } from '../domain/service.js';
import { FOREVER, type Instant, SECOND } from '../domain/units.js';

type CreditRule = NonNullable<OutageRules['credit']>;

/** What is claimed for: an outage, or a report of faulty equipment. */
export type Cause = { readonly outageId: string } | { readonly equipmentId: string; readonly report: number };

/** An entitlement to one credit (of one billing cycle) or one extension, as all facts known now have it. */
export interface Claim {
  /** What makes it this claim and no other: the same key is the same grant, revised. */
  readonly key: string;
  readonly cause: Cause;
  /** Of two claims due at one instant the outage, 0, comes before the equipment, 1. */
  readonly rank: 0 | 1;
  readonly remedy: { readonly by: 'extension' } | CreditRule;
  /** The billing cycle of a credit. */
  readonly cycle?: Span;
  readonly due: Instant;
  readonly spans: readonly Span[];
  readonly clause: string;
  readonly because: Readonly<Record<string, unknown>>;
}

/** Something granted, as last revised. */
export interface Grant {
  readonly serial: number;
  readonly key: string;
  /** The decision that granted it. */
  readonly id: string;
  readonly cause: Cause;
  readonly rank: 0 | 1;
  readonly is: 'credit' | 'extension';
  readonly cycle?: Span;
  readonly clause: string;
  readonly revision: number;
  /** Minor units of a credit, seconds of an extension. */
  readonly value: number;
  readonly currency: string;
  /** The time it paid for; of several grants no two have any in common. */
  readonly spans: readonly Span[];
  /** The local days it paid for, where days are paid. */
  readonly days: readonly string[];
  /** The first and last claimed instants, as last seen. */
  readonly bounds: Span;
}

/** What is due for a claim after others took their part, and the time and days that it pays. */
interface Worth {
  readonly value: number;
  readonly spans: readonly Span[];
  readonly days: readonly string[];
  readonly because: Readonly<Record<string, unknown>>;
}

/** A claim that is due now, with the grant that it revises, if any, and the time that grant was paid for and keeps. */
interface Due {
  readonly claim: Claim;
  readonly grant: Grant | undefined;
  readonly spans: readonly Span[];
  readonly days: readonly string[];
}

/** Settles the claims by the ledger as of `now`. Claims due later stand as granted and ask to be woken. */
export function settle(
  ledger: readonly Grant[],
  claims: readonly Claim[],
  given: Given,
  now: Instant,
): readonly [readonly Grant[], readonly Effect[]] {
  const effects: Effect[] = [];
  const decided: { readonly serial: number; readonly draft: Draft }[] = [];
  const zone = given.pack(now).zone;
  const byKey = new Map(claims.map((claim) => [claim.key, claim]));
  const dues: Due[] = [];
  const settled: Grant[] = [];
  for (const grant of ledger) {
    const claim = byKey.get(grant.key);
    byKey.delete(grant.key);
    if (!claim) {
      const none = { ...grant, spans: [], days: [], value: 0 };
      if (grant.value === 0) settled.push(none);
      else {
        const next = { ...none, revision: grant.revision + 1 };
        settled.push(next);
        decided.push({ serial: grant.serial, draft: adjusted(grant, next, undefined, NOTHING, given, now) });
      }
    } else if (claim.due > now) {
      // Not due yet: what was granted stands, and keeps its time.
      settled.push(grant);
      effects.push({ do: 'wake', at: claim.due });
    } else {
      const touched = new Set(
        claim.remedy.by === 'touched-day' ? daysTouched(claim.spans, zone).map(({ day }) => day) : [],
      );
      const days = grant.days.filter((day) => touched.has(day));
      dues.push({ claim, grant, spans: intersect(claim.spans, grant.spans), days });
    }
  }
  for (const claim of byKey.values()) {
    if (claim.due <= now) dues.push({ claim, grant: undefined, spans: [], days: [] });
    else if (claim.due < FOREVER) effects.push({ do: 'wake', at: claim.due });
  }
  dues.sort(turn);
  let serial = ledger.reduce((highest, grant) => Math.max(highest, grant.serial), 0);
  dues.forEach((due, i) => {
    const { claim, grant } = due;
    const others = [...settled, ...dues.slice(i + 1)];
    const worth = worthOf(due, others, claims, given, now);
    const { value, spans, days } = worth;
    const bounds = boundsOf(claim);
    if (grant) {
      const revised = { ...grant, ...(claim.cycle ? { cycle: claim.cycle } : {}), spans, days, value, bounds };
      if (value === grant.value) {
        settled.push(revised);
        return;
      }
      const next = { ...revised, revision: grant.revision + 1 };
      settled.push(next);
      decided.push({ serial: grant.serial, draft: adjusted(grant, next, claim, worth, given, now) });
      return;
    }
    // A credit that rounds to zero is not granted.
    if (value === 0) return;
    serial += 1;
    const draft = granted(claim, worth, given, now);
    decided.push({ serial, draft });
    settled.push({
      serial,
      key: claim.key,
      id: decide(draft).id,
      cause: claim.cause,
      rank: claim.rank,
      is: claim.remedy.by === 'extension' ? 'extension' : 'credit',
      ...(claim.cycle ? { cycle: claim.cycle } : {}),
      clause: claim.clause,
      revision: 0,
      value,
      currency: given.pack(now).currency,
      spans,
      days,
      bounds,
    });
  });
  const decisions = decided.sort(bySerial).map(({ draft }): Effect => ({ do: 'decide', draft }));
  return [settled.sort(bySerial), [...effects, ...decisions]];
}

function bySerial(a: { readonly serial: number }, b: { readonly serial: number }): number {
  return a.serial - b.serial;
}

/** Whose turn it is: what fell due first, of one instant the outage; where a cycle has a most, who has part of it keeps that. */
function turn(a: Due, b: Due): number {
  const held = (due: Due) =>
    due.claim.remedy.by === 'touched-day' && due.grant ? due.grant.serial : Number.MAX_SAFE_INTEGER;
  return (
    held(a) - held(b) ||
    a.claim.due - b.claim.due ||
    a.claim.rank - b.claim.rank ||
    (a.claim.key < b.claim.key ? -1 : 1)
  );
}

/** The first and last claimed instants. */
function boundsOf(claim: Claim): Span {
  return { from: claim.spans[0]!.from, to: claim.spans[claim.spans.length - 1]!.to };
}

const NOTHING: Worth = { value: 0, spans: [], days: [], because: { nothing: 'late facts show that nothing is due' } };

/** What has its part already: grants that stand, and what those still to be settled keep. */
type Other = Grant | Due;

function worthOf(
  { claim }: Due,
  others: readonly Other[],
  claims: readonly Claim[],
  given: Given,
  now: Instant,
): Worth {
  const spans = subtract(
    claim.spans,
    others.flatMap((other) => other.spans),
  );
  switch (claim.remedy.by) {
    case 'extension': {
      const seconds = Math.round(length(spans) / SECOND);
      return { value: seconds, spans, days: [], because: { seconds } };
    }
    case 'elapsed-share':
      return elapsedShare(claim.cycle!, spans, given, now);
    case 'touched-day':
      return touchedDays(claim.remedy.days, claim, spans, others, claims, given, now);
  }
}

/** The fee of each counted second over the seconds of the whole cycle, rounded once. Time without a fee is not paid by it. */
function elapsedShare(cycle: Span, spans: readonly Span[], given: Given, now: Instant): Worth {
  const { zone, vatPercent } = given.pack(now);
  const whole = cycle.to - cycle.from;
  let exact = ZERO_FRACTION;
  let highest = ZERO_FRACTION;
  const paid: Span[] = [];
  const fees: object[] = [];
  for (const version of profileSpans(given.facts)) {
    const part = clip(spans, version);
    const fee = feeOf(version.profile.monthlyFee, vatPercent);
    if (part.length === 0 || fee === undefined) continue;
    const lost = length(part);
    exact = addFractions(exact, multiply(fee, fraction(lost, whole)));
    if (compare(fee, highest) > 0) highest = fee;
    if (compare(fee, ZERO_FRACTION) > 0) paid.push(...part);
    fees.push({
      from: formatLocal(part[0]!.from, zone),
      to: formatLocal(part[part.length - 1]!.to, zone),
      seconds: lost / SECOND,
      feeMinor: formatFraction(fee),
      record: version.ref,
    });
  }
  exact = minFraction(exact, highest);
  const value = roundHalfUp(exact);
  return {
    value,
    spans: value === 0 ? [] : union(paid),
    days: [],
    because: {
      arithmetic: 'sum of fee x seconds / cycle seconds, rounded half up once',
      cycleSeconds: whole / SECOND,
      fees,
      exactMinor: formatFraction(exact),
    },
  };
}

/** A share of the fee for each local day touched, a day once; the whole fee for a cycle wholly counted. */
function touchedDays(
  share: number,
  claim: Claim,
  spans: readonly Span[],
  others: readonly Other[],
  claims: readonly Claim[],
  given: Given,
  now: Instant,
): Worth {
  const { zone, vatPercent } = given.pack(now);
  const cycle = claim.cycle!;
  const firsts = firstInstants(claims, cycle, zone);
  const feeOn = (day: string) => {
    const first = firsts.get(day);
    return first === undefined ? undefined : feeOf(profileAt(given.facts, first).monthlyFee, vatPercent);
  };
  const paidDays = new Set(others.flatMap((other) => other.days));
  const days = daysTouched(claim.spans, zone).filter(({ day }) => !paidDays.has(day));
  const whole = length(claim.spans) === cycle.to - cycle.from;
  const parts = whole ? days.length : share;
  // What was settled before it in this cycle has its part of the most that is due for all of it.
  const before = others.filter(
    (other): other is Grant => 'value' in other && other.is === 'credit' && other.cycle?.from === cycle.from,
  );
  let exact = ZERO_FRACTION;
  let highest = ZERO_FRACTION;
  for (const day of before.flatMap((grant) => grant.days)) {
    const fee = feeOn(day);
    if (fee && compare(fee, highest) > 0) highest = fee;
  }
  const lines: object[] = [];
  const paid: string[] = [];
  for (const { day } of days) {
    const fee = feeOn(day);
    if (fee === undefined) continue;
    exact = addFractions(exact, multiply(fee, fraction(1, parts)));
    if (compare(fee, highest) > 0) highest = fee;
    paid.push(day);
    lines.push({ day, feeMinor: formatFraction(fee), share: `1/${parts}` });
  }
  const already = before.reduce((sum, grant) => sum + grant.value, 0);
  const left = addFractions(highest, fraction(-already));
  const capped = compare(exact, left) > 0;
  const due = capped ? left : exact;
  const value = Math.max(0, roundHalfUp(due));
  return {
    value,
    spans: value === 0 ? [] : spans,
    days: value === 0 ? [] : paid,
    because: {
      arithmetic: whole
        ? 'the cycle is wholly counted: the whole fee, rounded half up once'
        : 'sum of the daily shares of the fee, at most the highest fee for all credits of the cycle, rounded half up once',
      days: lines,
      exactMinor: formatFraction(due),
      ...(capped ? { cappedAtMinor: formatFraction(highest), alreadyCreditedMinor: already } : {}),
    },
  };
}

/** The first counted instant of each local day of a cycle, over all that is claimed in it. */
function firstInstants(claims: readonly Claim[], cycle: Span, zone: string): ReadonlyMap<string, Instant> {
  const spans = claims.filter(({ remedy }) => remedy.by === 'touched-day').flatMap((claim) => clip(claim.spans, cycle));
  return new Map(daysTouched(spans, zone).map(({ day, first }) => [day, first]));
}

/** The fee in minor units with VAT, exact; undefined where none is fixed. */
function feeOf(
  fee: ServiceFacts['versions'][number]['profile']['monthlyFee'],
  vatPercent: string,
): Fraction | undefined {
  if (fee === undefined || fee === null) return undefined;
  return fee.vat === 'excluded' ? withVat(fee, vatPercent) : fraction(fee.minor);
}

function granted(claim: Claim, worth: Worth, given: Given, now: Instant): Draft {
  const { operator, zone, currency } = given.pack(now);
  const bounds = boundsOf(claim);
  const because = { ...claim.because, ...worth.because, due: formatLocal(claim.due, zone) };
  const common = { operator, clause: claim.clause, because, ...claim.cause, ...bounds, late: isLate(claim.due, now) };
  const subject = given.facts.id;
  if (claim.remedy.by === 'extension') {
    return { type: 'extension.granted', subject, time: now, data: { ...common, seconds: worth.value } };
  }
  const amount = { minor: worth.value, currency };
  return { type: 'credit.granted', subject, time: now, data: { ...common, amount, cycle: claim.cycle! } };
}

function adjusted(was: Grant, is: Grant, claim: Claim | undefined, worth: Worth, given: Given, now: Instant): Draft {
  const { operator, zone } = given.pack(now);
  const before = was.is === 'credit' ? formatMoney({ minor: was.value, currency: was.currency }) : was.value;
  const because = { ...claim?.because, ...worth.because, before, settledAt: formatLocal(now, zone) };
  const common = {
    operator,
    clause: was.clause,
    because,
    ...was.cause,
    ...is.bounds,
    of: was.id,
    revision: is.revision,
    late: true,
  };
  const subject = given.facts.id;
  const difference = is.value - was.value;
  if (was.is === 'extension') {
    return { type: 'extension.adjusted', subject, time: now, data: { ...common, seconds: is.value, difference } };
  }
  return {
    type: 'credit.adjusted',
    subject,
    time: now,
    data: {
      ...common,
      amount: { minor: is.value, currency: was.currency },
      difference: { minor: difference, currency: was.currency },
      cycle: is.cycle!,
    },
  };
}
