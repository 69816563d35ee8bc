/**
 * What a detector is: a pure function from what it held and what it heard to what it holds and what follows. It knows nothing
 * of logs, stores, HTTP or the wall clock.
 */
import type { Draft } from './decision.js';
import type { DozorEvent, EventType, Technology } from './event.js';
import type { RoamingDaysFact, UnpaidFact } from './fact.js';
import type { DownPart } from './outage.js';
import type { OutageRules, Pack, RuleName } from './pack.js';
import type { Tariff } from './rating/tariff.js';
import type { ServiceFacts } from './service.js';
import { assertNever, type Instant, MINUTE, type Milliseconds } from './units.js';
import type { UsageView } from './usage/book.js';

/** An event, or that time has come to `now`. `now` is what the clock says; an event's own time is in the event. */
export type Heard =
  | { readonly is: 'event'; readonly event: DozorEvent; readonly now: Instant }
  | { readonly is: 'tick'; readonly now: Instant };

/** What the engine is asked to do: publish a decision, call back at an instant, or tell the collectors a fact. */
export type Effect =
  | { readonly do: 'decide'; readonly draft: Draft }
  | { readonly do: 'wake'; readonly at: Instant }
  | { readonly do: 'tell'; readonly tale: Tale };

/** What concerns more than one service. */
export type Tale = IncidentTale | CustomerTale | PlayedTale;

/** What a service says of itself to its customer's collector: a fact that the task signs. */
export type CustomerTale = Omit<UnpaidFact, 'from'> | Omit<RoamingDaysFact, 'from'>;

/** That a session of television was played: the task counts it with those of its other services. */
export interface PlayedTale {
  readonly is: 'played';
  readonly operator: string;
  readonly service: string;
  readonly minute: Instant;
  /** The elements that serve it, and the channel where it is known. */
  readonly nodes: readonly string[];
  readonly channelId?: string | undefined;
  readonly short: boolean;
  /** From this instant on the minute is not counted any more. */
  readonly until: Instant;
}

/** That the clock of an incident passed a limit for this service. */
export interface IncidentTale {
  readonly is: 'overdue' | 'mark';
  readonly operator: string;
  readonly incident: string;
  /** When the limit was passed. */
  readonly at: Instant;
  /** When that was found: `at`, or later where the facts came late. */
  readonly now: Instant;
  /** The mark that was passed; for `overdue` the limit. */
  readonly after: Milliseconds;
  readonly clause: string;
  readonly faults: readonly TaleFault[];
  readonly late: boolean;
}

export interface TaleFault {
  readonly fault: string;
  readonly responsibility: string;
  readonly reason: string;
  readonly from: Instant;
}

/** What a detector of services may look at. */
export interface Given {
  readonly facts: ServiceFacts;
  readonly pack: (at: Instant) => Pack;
  /** The faults of the network that this service feels, judged by these rules. */
  readonly parts: (rules: OutageRules) => readonly DownPart[];
  readonly usage: UsageView;
  /** The tariff that the service has at an instant, as far as it is known; absent where nobody knows of tariffs. */
  readonly tariff?: (at: Instant) => Tariff | undefined;
  /** The technologies of what serves it at an instant; empty where one of them is not known, absent where nobody knows the network. */
  readonly technologies?: (at: Instant) => readonly Technology[];
  /** Whether a notice counts as submitted once it is requested, as in a replay, or when `notice.progressed` says so. */
  readonly submitted: 'at-once' | 'when-told';
}

/** A rule about one service. */
export interface ServiceDetector<State> {
  readonly name: string;
  /** The events whose facts it keeps for itself. */
  readonly hears: readonly EventType[];
  /** The sections of a pack that it reads; without one of them an operator has no such rule. */
  readonly reads: readonly RuleName[];
  readonly start: State;
  step(state: State, heard: Heard, given: Given): readonly [State, readonly Effect[]];
}

/** The step of a detector that keeps no events for itself: it looks at what others keep, whenever it is asked. */
export function atEachTick<State>(
  look: (state: State, given: Given, now: Instant) => readonly [State, readonly Effect[]],
): ServiceDetector<State>['step'] {
  return (state, heard, given) => {
    switch (heard.is) {
      case 'event':
        return [state, []];
      case 'tick':
        return look(state, given, heard.now);
      default:
        return assertNever(heard);
    }
  };
}

/** A decision is late where its facts came later than its due instant by more than a moment. */
const LATE_AFTER: Milliseconds = MINUTE;

/** Whether what was due then is decided late now. */
export function isLate(due: Instant, now: Instant): boolean {
  return now - due > LATE_AFTER;
}

/** The event's name in every `because`: its source and id, which are unique together. */
export function refOf(event: { readonly source: string; readonly id: string }): string {
  return `${event.source}#${event.id}`;
}
