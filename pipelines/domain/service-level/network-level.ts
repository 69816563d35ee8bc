/**
 * What the levels of a whole network are worked out from: who is served by what, which elements there are, and when faults of the
 * network lay open. Reads the network as a task sees it; changes nothing.
 */
import type { Technology } from '../event.js';
import { type Span, union } from '../intervals.js';
import type { NetworkView } from '../network.js';
import { EVERY_FAULT, networkParts, type Serving } from '../outage.js';
import type { OutageRules, ServiceLevelRules } from '../pack.js';
import { activeSpans, type ServiceFacts } from '../service.js';
import { EVER, FOREVER, type Instant } from '../units.js';
import { type InService, NO_TIME, plus, type Time, timeOf } from './availability.js';
import type { Repair, Users } from './indices.js';

/** Services that the same elements serve. */
export interface Served {
  readonly serving: readonly Serving[];
  readonly members: readonly InService[];
}

/** Service of one that was active then. */
export function inServiceOf(facts: ServiceFacts): readonly InService[] {
  return activeSpans(facts).map((span) => ({ ...span, count: 1 }));
}

/** When faults of what serves lay open; but for those that the rules leave out. */
export function darkOf(serving: readonly Serving[], view: NetworkView, excused: ServiceLevelRules['excused']): Span[] {
  const judged: OutageRules = { ...EVERY_FAULT, excused };
  return union(networkParts(serving, view, judged).filter((part) => !part.excused));
}

export function userTime(period: Span, served: Iterable<Served>, view: NetworkView, rules: ServiceLevelRules): Time {
  let time = NO_TIME;
  for (const { serving, members } of served) {
    time = plus(time, timeOf(period, members, darkOf(serving, view, rules.excused)));
  }
  return time;
}

/** The elements of the kinds that count, and their time. An element is there from the beginning: its first record says of what kind. */
export function elementTime(
  period: Span,
  view: NetworkView,
  operator: string,
  rules: ServiceLevelRules,
): Time & { readonly count: number } {
  let time = NO_TIME;
  let count = 0;
  for (const id of elementsOf(view, operator, rules.elementKinds, period.to - 1)) {
    count += 1;
    const serving = [{ element: id, from: EVER, to: FOREVER }];
    time = plus(time, timeOf(period, [{ from: EVER, to: FOREVER, count: 1 }], darkOf(serving, view, rules.excused)));
  }
  return { ...time, count };
}

/** The people covered by elements of the kinds that count, as of an instant; undefined where no element says. */
export function peopleCovered(
  view: NetworkView,
  operator: string,
  rules: ServiceLevelRules,
  at: Instant,
): number | undefined {
  let sum: number | undefined;
  for (const id of elementsOf(view, operator, rules.elementKinds, at)) {
    const people = view.element(id, at)?.populationCovered;
    if (people !== undefined) sum = (sum ?? 0) + people;
  }
  return sum;
}

function elementsOf(view: NetworkView, operator: string, kinds: readonly string[], at: Instant): readonly string[] {
  const of = [...view.elements()].filter((id) => {
    const element = view.element(id, at);
    return element?.operator === operator && kinds.includes(element.kind);
  });
  return of.sort();
}

// --- By district and technology ---

export interface Place {
  readonly district: string | undefined;
  readonly technology: string | undefined;
}

/** Where what serves stands, and of which technology it is: the first of several by name; what it does not say its parents do. */
export function placeOf(serving: readonly Serving[], view: NetworkView, at: Instant): Place {
  let district: string | undefined;
  let technology: string | undefined;
  for (const { element } of serving.toSorted((a, b) => (a.element < b.element ? -1 : 1))) {
    for (const link of view.chain(element, { from: at, to: at + 1 })) {
      const version = view.element(link.element, at);
      district ??= version?.district;
      technology ??= version?.technology;
    }
  }
  return { district, technology };
}

/** The technology of each element that serves, its own or that of its nearest parent; empty where one of them is not known. */
export function technologiesOf(
  servedBy: readonly string[],
  view: Pick<NetworkView, 'chain' | 'element'>,
  at: Instant,
): readonly Technology[] {
  const found = servedBy.map((element) => {
    const links = view.chain(element, { from: at, to: at + 1 });
    return links.map((link) => view.element(link.element, at)?.technology).find((one) => one !== undefined);
  });
  return found.includes(undefined) ? [] : ([...new Set(found)] as Technology[]);
}

/** The users of a place, with all time for which the network was dark for them. */
export function usersOf(
  served: Served,
  view: NetworkView,
  rules: Pick<ServiceLevelRules, 'excused'>,
  at: Instant,
): Users {
  const { serving, members } = served;
  return { ...placeOf(serving, view, at), members, down: darkOf(serving, view, rules.excused) };
}

/** The faults of an operator's elements, each with its place. */
export function repairsOf(
  view: NetworkView,
  operator: string,
  rules: Pick<ServiceLevelRules, 'excused'>,
): readonly Repair[] {
  return [...view.elements()].sort().flatMap((id) =>
    view.faults(id).flatMap(({ from, to, parts }) => {
      if (view.element(id, from)?.operator !== operator) return [];
      if (parts.every(({ responsibility }) => rules.excused.includes(responsibility))) return [];
      return [{ ...placeOf([{ element: id, from, to }], view, from), from, to }];
    }),
  );
}
