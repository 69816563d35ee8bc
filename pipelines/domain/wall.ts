/**
 * What the wall of an operations centre shows: aggregates alone, and of single things only elements of the network. No service, no
 * number and no name of a person is in it.
 */
import type { Severity } from './event.js';
import type { Money } from './money.js';
import type { Instant, Milliseconds, Zone } from './units.js';

/** How bad it is; `cleared` stands for nothing that is shown. */
export type Worst = Severity;

/** Elements of one district and technology, and the alarms that stand on them and nothing explains, shelves or holds back. */
export interface HealthCell {
  readonly elements: number;
  readonly alarms: number;
  readonly worst: Worst;
}

/** Health by district and technology. */
export interface WallHealth {
  readonly technologies: readonly string[];
  /** By name; null: elements whose district is not known. */
  readonly districts: readonly {
    readonly name: string | null;
    readonly all: HealthCell;
    /** In the order of `technologies`; null: it has no such elements. */
    readonly cells: readonly (HealthCell | null)[];
  }[];
  /** Elements without a technology, such as cores: counted in `all` alone. */
  readonly withoutTechnology: number;
}

/** Districts around the middle of their sites, and the sites. */
export interface WallMap {
  readonly districts: readonly {
    readonly name: string;
    readonly latitude: number;
    readonly longitude: number;
    readonly alarms: number;
    readonly worst: Worst;
  }[];
  /** Places with elements, the worst first; `[latitude, longitude, worst]`. Only so many are sent. */
  readonly sites: readonly (readonly [latitude: number, longitude: number, worst: Worst])[];
  readonly sitesLeftOut: number;
  /** Elements whose position is not known, nor that of what they hang on. */
  readonly withoutPosition: number;
}

/** An alarm that nothing explains, shelves or holds back. */
export interface WallAlarm {
  /** Names it on the wall. */
  readonly key: string;
  readonly severity: Severity;
  readonly from: Instant;
  readonly what: string;
  /** The element; null where it is no element's, such as that of a single line. */
  readonly element: string | null;
  readonly district: string | null;
  /** Whose it is by the rules of the list; null: no rule asks for a person. */
  readonly owner: string | null;
  /** Who has taken it, in which role; null: nobody. */
  readonly taken: { readonly by: string; readonly at: Instant } | null;
  /** How many alarms it explains. */
  readonly explains: number;
}

export interface WallAlarms {
  /** Why there is no list; null where there is one. */
  readonly absent: string | null;
  /** What stands and nothing holds back, by severity, and of it what nobody has taken. */
  readonly bySeverity: Readonly<Partial<Record<Severity, number>>>;
  readonly untaken: Readonly<Partial<Record<Severity, number>>>;
  readonly standing: number;
  readonly suppressed: number;
  readonly shelved: number;
  readonly maintenance: number;
  readonly flapping: number;
  readonly stale: number;
  readonly flood: { readonly since: Instant } | null;
  /** The newest first, those that nobody has taken before the others. */
  readonly newest: readonly WallAlarm[];
}

/** What it rests on: all services below the element, those of a sample below it, or those of the operator in a sample. */
export type MissBasis = 'all' | 'sample' | 'operator';

/** What missing the limit of an outage would cost, as far as it can be said before it is decided. */
export interface Miss {
  /** By the rules in force, for the time from the beginning to the limit, or to now where that has passed. */
  readonly amount: Money;
  /** What each further day would add. */
  readonly perDay: Money;
  readonly limitAt: Instant;
  readonly clause: string;
  readonly basis: MissBasis;
  /** How many services the mean fee was taken from. */
  readonly fees: number;
}

export interface WallOutage {
  readonly key: string;
  readonly operator: string;
  /** null: a single line. */
  readonly element: string | null;
  readonly district: string | null;
  readonly technology: string | null;
  readonly reasons: readonly string[];
  readonly from: Instant;
  readonly counts: boolean;
  readonly services: number;
  readonly overdueAt: Instant | null;
  readonly confirmedAt: Instant | null;
  /** null: no money hangs on it (no such rule, no limit ahead, or no fee known). */
  readonly miss: Miss | null;
}

export interface WallOutages {
  /** The most urgent first. */
  readonly rows: readonly WallOutage[];
  readonly leftOut: number;
  readonly services: number;
  /** What all that run to a limit would cost together, by currency. */
  readonly misses: readonly Money[];
}

/** Decided since local midnight. */
export interface WallDay {
  readonly from: Instant | null;
  readonly zone: Zone;
  readonly credits: number;
  readonly bars: number;
  readonly fairUse: number;
  /** Whether there may be more: the day had begun before the process, and had too many to count. */
  readonly isAtLeast: boolean;
}

/** A source of events, as the door hears it. Its times are those at which the operator got to know (`recordedtime`). */
export interface WallSource {
  readonly name: string;
  readonly last: Instant;
  /** How long it was silent at the most of late; null: it is known for too short a time to say. */
  readonly usual: Milliseconds | null;
  readonly events: number;
}

export interface WallSources {
  /** Why none are known; null where some may be. */
  readonly absent: string | null;
  /** The longest silent by its own measure first. */
  readonly list: readonly WallSource[];
  readonly leftOut: number;
}

/** An indicator of an operator's network over a day, with where it usually lies. */
export interface WallSeries {
  readonly operator: string;
  readonly kpi: string;
  readonly from: Instant;
  readonly to: Instant;
  /** When each point begins; null values are gaps. */
  readonly at: readonly Instant[];
  readonly mean: readonly (number | null)[];
  readonly low: readonly (number | null)[] | null;
  readonly high: readonly (number | null)[] | null;
}

export interface WallTrends {
  readonly absent: string | null;
  readonly series: readonly WallSeries[];
  readonly leftOut: number;
}

/** How the installation is. */
export interface WallClock {
  readonly clock: Instant | null;
  readonly mode: 'live' | 'events';
  readonly heldBy: readonly string[];
  readonly madeUp: string | null;
  readonly services: number;
  readonly elements: number;
}

/** How Kosovo* is drawn: within the outline, with a dashed line between, or not at all. */
export const KOSOVO_DRAWN = ['within', 'dashed', 'without'] as const;
export type KosovoDrawn = (typeof KOSOVO_DRAWN)[number];

/** What the map is drawn by. */
export interface WallSettings {
  readonly kosovo: KosovoDrawn;
  /** Whether `/v1/wall/shapes` has shapes of the installation's own. */
  readonly shapes: boolean;
}

/** All parts of the wall, by name. */
export interface WallParts {
  readonly clock: WallClock;
  readonly health: WallHealth;
  readonly map: WallMap;
  readonly alarms: WallAlarms;
  readonly outages: WallOutages;
  readonly day: WallDay;
  readonly sources: WallSources;
  readonly trends: WallTrends;
  readonly settings: WallSettings;
}

export type WallPart = keyof WallParts;

/** A part as it was found, and how old it is. */
export interface Found<P extends WallPart = WallPart> {
  readonly part: P;
  readonly value: WallParts[P];
  /** When it was looked at, by this machine's clock. */
  readonly lookedAt: Instant;
  /** The events' clock that it shows; null where it follows none. */
  readonly clock: Instant | null;
}

/** What the stream asks of the wall. */
export interface WallViews {
  /** All parts that are known, made anew where that is cheap. Throws where there is nothing to look at any more. */
  look(): readonly Found[];
  /** Calls back when it may be another; returns how to stop. While somebody is called back, what is costly is kept up too. */
  subscribe(changed: () => void): () => void;
}
