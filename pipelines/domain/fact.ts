/**
 * What tasks tell the collectors: small absolute facts (counts, never increments), so that hearing one twice changes nothing.
 * A later revision of the same key replaces the earlier one.
 */
import { hash } from 'node:crypto';
import type { BillingChange } from './calendar.js';
import type { Measure } from './decision.js';
import type { TaleFault } from './detector.js';
import type { Profile } from './service.js';
import { type LevelFact, levelKey } from './service-level/level-fact.js';
import type { Instant, Milliseconds } from './units.js';
import type { Fine } from './usage/record.js';

/** That a limit of an incident's clock was passed for some services of one task. */
export interface Passed {
  /** When the first of them passed it, and when that was found. */
  readonly at: Instant;
  readonly now: Instant;
  readonly after: Milliseconds;
  readonly clause: string;
  readonly services: number;
  readonly faults: readonly TaleFault[];
  readonly late: boolean;
}

export type Fact =
  | {
      readonly is: 'incident';
      readonly from: string;
      readonly incident: string;
      readonly operator: string;
      readonly revision: number;
      readonly overdue?: Passed;
      readonly marks: readonly Passed[];
    }
  | {
      /** The open outages of one group of services: what the page shows with a running clock. */
      readonly is: 'outages';
      readonly from: string;
      readonly group: string;
      readonly operator: string;
      readonly revision: number;
      readonly services: number;
      readonly open: readonly OpenOutage[];
    }
  | UnpaidFact
  | RoamingDaysFact
  | PlayedFact
  | LevelFact
  | { readonly is: 'frontier'; readonly from: string; readonly tick: number; readonly clock: Instant };

/** What one service adds to the credit limit of its customer, as found at an instant. */
export interface UnpaidFact {
  readonly is: 'unpaid';
  readonly from: string;
  readonly operator: string;
  readonly customer: string;
  readonly service: string;
  /** Counts the facts of the service, whoever its customer is. */
  readonly revision: number;
  readonly at: Instant;
  /** Whether the service is this customer's: false once it has ended or gone to another. */
  readonly stands: boolean;
  /** What is prepaid is never owed. */
  readonly prepaid: boolean;
  readonly unpaid: Fine;
  /** The service's own limit, where it has one. */
  readonly limit: Fine | null;
  /** What its own balance alone led to: the service is barred, the subscriber was warned. */
  readonly barred: boolean;
  readonly warned: boolean;
  readonly billing: readonly BillingChange[];
  readonly language?: NonNullable<Profile['language']>;
  readonly notifyBy?: NonNullable<Profile['notifyBy']>;
}

/** Local days as numbers, in runs without a gap; the end of each is not included. */
export type DayRuns = readonly (readonly [from: number, to: number])[];
export type VolumeSums = Readonly<Record<Exclude<Measure, 'charge'>, number>>;

/** Where one SIM was on the days of the window of fair use that ends before the day `look`. */
export interface RoamingDaysFact {
  readonly is: 'roaming-days';
  readonly from: string;
  readonly operator: string;
  readonly customer: string;
  readonly service: string;
  readonly revision: number;
  readonly at: Instant;
  /** False once no day of the window is a roaming day, or the service is no more this customer's. */
  readonly stands: boolean;
  readonly look: number;
  /** The first whole day on which the service was this customer's. */
  readonly since: number;
  readonly domestic: DayRuns;
  readonly roaming: DayRuns;
  readonly domesticUse: VolumeSums;
  readonly roamingUse: VolumeSums;
  /** Whether this SIM shows risk by itself. */
  readonly risk: boolean;
}

/** The sessions of television of one task that began in one minute on one node, or of one channel. */
export interface PlayedFact {
  readonly is: 'played';
  readonly from: string;
  readonly operator: string;
  readonly of: 'node' | 'channel';
  readonly name: string;
  /** The beginning of the minute. */
  readonly minute: Instant;
  readonly revision: number;
  /** When the last of these was known. */
  readonly at: Instant;
  readonly sessions: number;
  readonly short: number;
  readonly services: number;
  readonly shortServices: number;
}

export interface OpenOutage {
  readonly incident: string;
  readonly from: Instant;
  readonly counts: boolean;
  readonly reasons: readonly string[];
  readonly overdueAt: Instant | null;
  readonly confirmedAt: Instant | null;
}

/** The key under which a fact replaces its forerunner. */
export function factKey(fact: Fact): string {
  switch (fact.is) {
    case 'incident':
      return `incident/${fact.incident}/${fact.from}`;
    case 'outages':
      return `outages/${fact.group}/${fact.from}`;
    case 'unpaid':
    case 'roaming-days':
      return `${fact.is}/${customerKey(fact)}/${fact.service}`;
    case 'played':
      return `played/${playedKey(fact)}/${fact.minute}/${fact.from}`;
    case 'level':
      return `level/${levelKey(fact)}/${fact.from}`;
    case 'frontier':
      return `frontier/${fact.from}`;
  }
}

/** What decides the partition of `facts`: everything of one incident, customer, node or channel meets in one collector. */
export function factSubject(fact: Fact): string {
  switch (fact.is) {
    case 'incident':
      return fact.incident;
    case 'outages':
      return fact.group;
    case 'unpaid':
    case 'roaming-days':
      return customerKey(fact);
    case 'played':
      return playedKey(fact);
    case 'level':
      return levelKey(fact);
    case 'frontier':
      return fact.from;
  }
}

const PLAIN_NAME = /^(?!(?:\d{9,15}|\+\d.*)$)[\x21-\x7e][\x20-\x7e]{0,127}$/;

/** A name of a customer or a channel as it may stand in a key: one that is long, odd or looks like a phone number is hashed. */
export function keyName(id: string): string {
  return PLAIN_NAME.test(id) ? id : `~${hash('sha256', id, 'hex').slice(0, 32)}`;
}

/** A customer of an operator. An operator's id has no slash. */
export function customerKey(of: { readonly operator: string; readonly customer: string }): string {
  return `${of.operator}/${of.customer}`;
}

export function playedKey(of: Pick<PlayedFact, 'operator' | 'of' | 'name'>): string {
  return `${of.operator}/${of.of}/${of.name}`;
}
