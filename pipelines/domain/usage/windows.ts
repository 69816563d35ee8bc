/** The windows in which use is summed: local days, weeks from Monday, and billing cycles, each as whole local days. */
import { type BillingChange, beginOf, cycleOf, dayNumber } from '../calendar.js';
import type { Window } from '../decision.js';
import { assertNever, type Instant, type Zone } from '../units.js';

/** Local days as numbers, `to` not included. */
export interface Days {
  readonly from: number;
  readonly to: number;
}

/** The window of a kind that holds a day. */
export function windowOf(kind: Window, day: number, billing: readonly BillingChange[], zone: Zone): Days {
  switch (kind) {
    case 'day':
      return { from: day, to: day + 1 };
    case 'week': {
      // Day 0, 1 January 1970, was a Thursday.
      const monday = day - ((((day + 3) % 7) + 7) % 7);
      return { from: monday, to: monday + 7 };
    }
    case 'month':
      return cycleDays(beginOf(day, zone), billing, zone);
    default:
      return assertNever(kind);
  }
}

/** The billing cycle that holds an instant. */
export function cycleDays(at: Instant, billing: readonly BillingChange[], zone: Zone): Days {
  const { from, to } = cycleOf(at, billing, zone);
  return { from: dayNumber(from, zone), to: dayNumber(to, zone) };
}

/** The windows of a kind that come before one, the latest first. */
export function windowsBefore(
  kind: Window,
  window: Days,
  times: number,
  billing: readonly BillingChange[],
  zone: Zone,
): readonly Days[] {
  const before: Days[] = [];
  for (let { from } = window; before.length < times; ) {
    const earlier = windowOf(kind, from - 1, billing, zone);
    before.push(earlier);
    from = earlier.from;
  }
  return before;
}

/** The window's instants. */
export function instantsOf({ from, to }: Days, zone: Zone): { readonly from: Instant; readonly to: Instant } {
  return { from: beginOf(from, zone), to: beginOf(to, zone) };
}
