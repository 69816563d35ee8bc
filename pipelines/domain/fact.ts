/**
 * What tasks tell the collectors: small absolute facts (counts, never increments), so that hearing one twice changes nothing.
 * A later revision of the same key replaces the earlier one.
 */
import type { TaleFault } from './detector.js';
import type { Instant, Milliseconds } from './units.js';

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
  | { readonly is: 'frontier'; readonly from: string; readonly tick: number; readonly clock: Instant };

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
    case 'frontier':
      return `frontier/${fact.from}`;
  }
}

/** What decides the partition of `facts`: everything of one incident meets in one collector. */
export function factSubject(fact: Fact): string {
  return fact.is === 'incident' ? fact.incident : fact.is === 'outages' ? fact.group : fact.from;
}
