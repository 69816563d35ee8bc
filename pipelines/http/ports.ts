/** What the HTTP side asks of the rest, so that it can be tested and moved without it. */
import type { Instant } from '../domain/units.js';

/** What became of one line or event that came in. */
export interface LineAnswer {
  /** From 1, within this request. */
  readonly line: number;
  readonly status: 'accepted' | 'duplicate' | 'rejected';
  /** The event's own id where it could be read. */
  readonly id?: string;
  /** Why it was rejected: a reason code, words, and the field. */
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
  /** The id of the `event.rejected` decision. */
  readonly decision?: string;
}

/** What a token may do. An absent list means: all. */
export interface Grant {
  readonly name: string;
  /** Set where a person acts: what is done is done in the person's own name, whatever the request says. */
  readonly role?: string;
  readonly sources?: readonly string[];
  readonly operators?: readonly string[];
  readonly types?: readonly string[];
}

/** Where events go in. The answer to a batch is given when its accepted events are durable. */
export interface EventIntake {
  /** Takes lines of NDJSON (blank ones are skipped); `first` is the number of the first of them. */
  takeLines(lines: readonly string[], first: number, by: Grant): Promise<readonly LineAnswer[]>;
  /** Takes parsed events. */
  takeObjects(events: readonly unknown[], by: Grant): Promise<readonly LineAnswer[]>;
  /** Moves the clock, where events move it (DOZOR_CLOCK=events); elsewhere it rejects with an Error that says so. */
  moveClock(to: Instant): Promise<void>;
}

/** A decision in its wire form (see `encodeDecision`). */
export interface WireDecision {
  readonly id: string;
  readonly type: string;
  readonly subject?: string;
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as it stands on the log. */
export interface SourceEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly recordedtime?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface SourceEvents {
  /** How many events the decision names. */
  readonly named: number;
  /** Those that were found, in order of their time; how a subject is reached is left out of them. */
  readonly events: readonly SourceEvent[];
}

export interface DecisionQuery {
  readonly subject?: string;
  readonly type?: string;
  /** About this incident: a fault by its name, and what hangs on it. */
  readonly incident?: string;
  readonly operator?: string;
  /** As the decision names it, such as A1 3.3. */
  readonly clause?: string;
  /** Of what was refused, or of a bar: why. */
  readonly reason?: string;
  /** Decisions of `time` >= from and < to. */
  readonly from?: Instant;
  readonly to?: Instant;
  /** At most this many, newest first unless `order` says otherwise. */
  readonly limit: number;
  readonly order?: 'newest' | 'oldest';
  /** Goes on after the page that gave this. */
  readonly after?: string;
}

export interface DecisionPage {
  readonly decisions: readonly WireDecision[];
  /** Where to go on; absent at the end. */
  readonly next?: string;
}

/** An open outage as the page shows it. */
export interface OutageView {
  readonly incident: string;
  readonly operator: string;
  readonly operatorName: string;
  readonly from: Instant;
  /** Whether its time counts at the moment (false: excused or paused). */
  readonly counts: boolean;
  readonly reasons: readonly string[];
  /** When, if it goes on as it is, the repair is overdue and the outage counts as confirmed. */
  readonly overdueAt: Instant | null;
  readonly confirmedAt: Instant | null;
  readonly services: number;
  readonly zone: string;
}

/** An incident as the views have it. */
export interface IncidentView {
  /** The groups of services that it has out now, with the task that keeps each. */
  readonly groups: readonly { readonly task: string; readonly group: string; readonly services: number }[];
  readonly decisions: Readonly<Record<string, number>>;
}

/** How the installation is. All instants are of the events' clock unless said otherwise. */
export interface StatusView {
  /** The clock that all tasks have reached; null before the first tick. */
  readonly clock: Instant | null;
  /** Live: how far the clock is behind now, in ms. Where events move the clock: null. */
  readonly behindMs: number | null;
  readonly clockMode: 'live' | 'events';
  /** What holds the clock, in words; empty when nothing does. */
  readonly heldBy: readonly string[];
  /** Set where the data is made up, with the words to show. */
  readonly madeUp: string | null;
  readonly counts: {
    readonly services: number;
    readonly elements: number;
    readonly events: number;
    readonly duplicates: number;
    readonly waiting: number;
    readonly decisions: Readonly<Record<string, number>>;
    readonly rejected: Readonly<Record<string, number>>;
  };
  readonly startedAt: number;
}

/** What may be looked at, and a way to hear that it changed. */
export interface Views {
  decisions(query: DecisionQuery): Promise<DecisionPage>;
  decision(id: string): Promise<WireDecision | undefined>;
  outages(): readonly OutageView[];
  /** What is open of an incident, and what was decided about it by type; absent: nobody keeps that here. */
  incident?(name: string): IncidentView;
  status(): StatusView;
  /** Newest decisions first, at most `limit`. */
  latest(limit: number): readonly WireDecision[];
  /** Calls back, at most every few hundred ms, when decisions, outages or status changed; returns how to stop. */
  subscribe(changed: () => void): () => void;
}

export interface Health {
  /** Whether the process does its work; why not where it does not. */
  readonly alive: boolean;
  readonly ready: boolean;
  readonly waitingFor: readonly string[];
}

/** What every route is given beside the request. A long answer ends when `closing` is aborted. */
export interface Bindings {
  readonly closing?: AbortSignal;
  /** Node's own response: destroying it cuts the connection. Absent in tests without a port. */
  readonly outgoing?: { destroy(): unknown };
  /** Node's own request: who asks. Absent in tests without a port. */
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string | undefined } };
}
