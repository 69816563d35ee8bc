/**
 * Claims to decisions: what an outage or faulty equipment is worth, paid once and corrected, never edited.
 *
 * Contract, "Late facts" and points 1 and 3. Money for (service, outage, cycle) is always the last revision. Time is paid
 * once: what was granted first keeps it, at the same instant the outage. A credit stands until what is due now differs.
 * A claim is what all facts known now entitle to; the ledger is what was granted; this file settles the one by the other.
 */
import { daysTouched, formatLocal } from '../domain/calendar.js';
import { type Draft, decide } from '../domain/decision.js';
import { type Effect, type Given, isLate } from '../domain/detector.js';
import { clip, length, type Span, subtract, union } from '../domain/intervals.js';
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
  readonly spans: readonly Span[];
  /** The first and last claimed instants, as last seen. */
  readonly bounds: Span;
}

/** What is due for a claim after others took their part. */
interface Worth {
  readonly value: number;
  readonly because: Readonly<Record<string, unknown>>;
}

/** Settles the claims by the ledger as of `now`. Claims due later stand as granted and ask to be woken. */
export function settle(
  ledger: readonly Grant[],
  claims: readonly Claim[],
  given: Given,
  now: Instant,
): readonly [readonly Grant[], readonly Effect[]] {
  const effects: Effect[] = [];
  const byKey = new Map(claims.map((claim) => [claim.key, claim]));
  const settled: Grant[] = [];
  for (const grant of [...ledger].sort((a, b) => a.serial - b.serial)) {
    const claim = byKey.get(grant.key);
    byKey.delete(grant.key);
    if (claim && claim.due > now) {
      // Not due yet: what was granted stands, and keeps its time.
      settled.push(grant);
      effects.push({ do: 'wake', at: claim.due });
      continue;
    }
    const spans = claim ? subtract(claim.spans, paid(settled)) : [];
    const worth = claim ? worthOf(claim, spans, settled, given, now) : NOTHING;
    const revised = { ...grant, spans, value: worth.value, bounds: claim ? boundsOf(claim) : grant.bounds };
    if (worth.value === grant.value) {
      settled.push(revised);
      continue;
    }
    const next = { ...revised, revision: grant.revision + 1 };
    settled.push(next);
    effects.push({ do: 'decide', draft: adjusted(grant, next, claim, worth, given, now) });
  }
  let serial = settled.reduce((highest, grant) => Math.max(highest, grant.serial), 0);
  const fresh = [...byKey.values()].sort((a, b) => a.due - b.due || a.rank - b.rank || (a.key < b.key ? -1 : 1));
  for (const claim of fresh) {
    if (claim.due > now) {
      if (claim.due < FOREVER) effects.push({ do: 'wake', at: claim.due });
      continue;
    }
    const spans = subtract(claim.spans, paid(settled));
    const worth = worthOf(claim, spans, settled, given, now);
    // A credit that rounds to zero is not granted.
    if (worth.value === 0) continue;
    serial += 1;
    const draft = granted(claim, worth, given, now);
    effects.push({ do: 'decide', draft });
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
      value: worth.value,
      currency: given.pack(now).currency,
      spans,
      bounds: boundsOf(claim),
    });
  }
  return [settled, effects];
}

/** The first and last claimed instants. */
function boundsOf(claim: Claim): Span {
  return { from: claim.spans[0]!.from, to: claim.spans[claim.spans.length - 1]!.to };
}

function paid(settled: readonly Grant[]): readonly Span[] {
  return union(settled.flatMap((grant) => grant.spans));
}

const NOTHING: Worth = { value: 0, because: { nothing: 'late facts show that nothing is due' } };

function worthOf(claim: Claim, spans: readonly Span[], settled: readonly Grant[], given: Given, now: Instant): Worth {
  switch (claim.remedy.by) {
    case 'extension':
      return { value: Math.round(length(spans) / SECOND), because: { seconds: Math.round(length(spans) / SECOND) } };
    case 'elapsed-share':
      return elapsedShare(claim.cycle!, spans, given, now);
    case 'touched-day':
      return touchedDays(claim.remedy.days, claim, settled, given, now);
  }
}

/** The fee of each counted second over the seconds of the whole cycle, rounded once. */
function elapsedShare(cycle: Span, spans: readonly Span[], given: Given, now: Instant): Worth {
  const { zone, vatPercent } = given.pack(now);
  const whole = cycle.to - cycle.from;
  let exact = ZERO_FRACTION;
  let highest = ZERO_FRACTION;
  const fees: object[] = [];
  for (const version of profileSpans(given.facts)) {
    const part = clip(spans, version);
    const fee = feeOf(version.profile.monthlyFee, vatPercent);
    if (part.length === 0 || fee === undefined) continue;
    const lost = length(part);
    exact = addFractions(exact, multiply(fee, fraction(lost, whole)));
    if (compare(fee, highest) > 0) highest = fee;
    fees.push({
      from: formatLocal(part[0]!.from, zone),
      to: formatLocal(part[part.length - 1]!.to, zone),
      seconds: lost / SECOND,
      feeMinor: formatFraction(fee),
      record: version.ref,
    });
  }
  exact = minFraction(exact, highest);
  return {
    value: roundHalfUp(exact),
    because: {
      arithmetic: 'sum of fee x seconds / cycle seconds, rounded half up once',
      cycleSeconds: whole / SECOND,
      fees,
      exactMinor: formatFraction(exact),
    },
  };
}

/** A share of the fee for each local day touched, a day once; the whole fee for a cycle wholly counted. */
function touchedDays(share: number, claim: Claim, settled: readonly Grant[], given: Given, now: Instant): Worth {
  const { zone, vatPercent } = given.pack(now);
  const cycle = claim.cycle!;
  const before = settled.filter((grant) => grant.is === 'credit' && grant.cycle?.from === cycle.from && grant.value !== 0);
  const paidDays = new Set(before.flatMap((grant) => daysTouched(grant.spans, zone).map(({ day }) => day)));
  const days = daysTouched(claim.spans, zone).filter(({ day }) => !paidDays.has(day));
  const whole = length(claim.spans) === cycle.to - cycle.from;
  const parts = whole ? days.length : share;
  let exact = ZERO_FRACTION;
  let highest = ZERO_FRACTION;
  for (const grant of before) {
    for (const { first } of daysTouched(grant.spans, zone)) {
      const fee = feeOf(profileAt(given.facts, first).monthlyFee, vatPercent);
      if (fee && compare(fee, highest) > 0) highest = fee;
    }
  }
  const lines: object[] = [];
  for (const { day, first } of days) {
    const fee = feeOf(profileAt(given.facts, first).monthlyFee, vatPercent);
    if (fee === undefined) continue;
    exact = addFractions(exact, multiply(fee, fraction(1, parts)));
    if (compare(fee, highest) > 0) highest = fee;
    lines.push({ day, feeMinor: formatFraction(fee), share: `1/${parts}` });
  }
  const already = before.reduce((sum, grant) => sum + grant.value, 0);
  const left = addFractions(highest, fraction(-already));
  const capped = compare(exact, left) > 0;
  const due = capped ? left : exact;
  return {
    value: Math.max(0, roundHalfUp(due)),
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

/** The fee in minor units with VAT, exact; undefined where none is fixed. */
function feeOf(fee: ServiceFacts['versions'][number]['profile']['monthlyFee'], vatPercent: string): Fraction | undefined {
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
      cycle: was.cycle!,
    },
  };
}
