/** One outage as it goes out over HTTP: its faults in time, what counts, who is affected, what it costs. */

/** Times are RFC 3339 in the operator's zone; null: not yet, or not known. */
export interface OutageDetail {
  readonly version: 1;
  readonly incident: string;
  /** The element or service that the fault lies on. */
  readonly subject: string;
  readonly faultId: string;
  readonly on: 'element' | 'service';
  readonly operator: { readonly id: string; readonly name: string };
  readonly zone: string;
  readonly district: string | null;
  readonly kind: string | null;
  /** The clock of what was read. */
  readonly clock: string;
  readonly from: string;
  readonly to: string | null;
  /** The fault and those that lie on the way up from it at the same time. */
  readonly faults: readonly OutageFault[];
  /** How the time stands for a service on this element that has no history of its own. */
  readonly spans: readonly { readonly from: string; readonly to: string | null; readonly is: 'counted' | 'excused' }[];
  readonly countedSeconds: number;
  readonly excusedSeconds: number;
  /** The limit of the terms (ISO 8601) with its clause; null where the operator has none. */
  readonly limit: { readonly after: string; readonly clause: string } | null;
  /** Whose causes are excused by the operator's terms. */
  readonly excusable: readonly string[];
  readonly overdueAt: string | null;
  readonly confirmedAt: string | null;
  /** Planned works on the element or above it, in that time. */
  readonly works: readonly {
    readonly element: string;
    readonly worksId: string;
    readonly from: string;
    readonly to: string;
    readonly announcedAt: string;
    readonly channel: string;
  }[];
  /** Services that are out now. */
  readonly services: number;
  /** Decisions about it, by type. */
  readonly decisions: Readonly<Record<string, number>>;
  /** What was granted so far: the last revision of each credit, by currency. */
  readonly granted: readonly { readonly amount: string; readonly currency: string }[];
  readonly grantedSeconds: number;
}

export interface OutageFault {
  readonly incident: string;
  readonly subject: string;
  readonly faultId: string;
  readonly from: string;
  readonly to: string | null;
  readonly parts: readonly {
    readonly from: string;
    readonly to: string | null;
    readonly responsibility: string;
    readonly reason: string;
    readonly accessBarred: boolean;
    readonly excused: boolean;
  }[];
  /** The events that it is made of, `source#id`. */
  readonly events: readonly string[];
}

/** Who is affected, page by page. */
export interface OutageServices {
  readonly services: readonly string[];
  /** `open`: those that are out now; `decided`: it is over, and these are those that something was decided for. */
  readonly source: 'open' | 'decided';
  readonly next?: string;
}

/** What would be due if the outage ended at an instant. */
export interface OutageProjection {
  readonly clock: string;
  readonly services: number;
  /** Of so many services it was reckoned, one by one. */
  readonly reckoned: number;
  readonly points: readonly {
    readonly at: string;
    /** If it ended now, when the limit is passed, or a day from now where it is passed already. */
    readonly is: 'now' | 'limit' | 'tomorrow';
    readonly services: number;
    readonly amounts: readonly { readonly amount: string; readonly currency: string }[];
    readonly extensionSeconds: number;
    /** Some of them, with the arithmetic. */
    readonly examples: readonly { readonly service: string; readonly because: Readonly<Record<string, unknown>> }[];
  }[];
}

/** An outage that is over. */
export interface EndedOutage {
  readonly incident: string;
  readonly subject: string;
  readonly operator: string;
  readonly from: string;
  readonly to: string;
  readonly responsibility: string;
  readonly reason: string;
}

/** What is asked of outages. */
export interface OutageViews {
  outage(incident: string): Promise<OutageDetail | undefined>;
  services(incident: string, page: { readonly after?: string; readonly limit: number }): Promise<OutageServices>;
  projection(incident: string): Promise<OutageProjection | undefined>;
  /** Those that ended last, newest first; of elements alone. */
  ended(limit: number): Promise<readonly EndedOutage[]>;
}
