/** What a search finds, and what was refused or is held, as it goes out over HTTP. */

/** Some of what was found of a kind; `total` is how many there are, null where nobody counted. */
export interface Finds<T> {
  readonly found: readonly T[];
  readonly total: number | null;
  /** Why there is nothing of this kind here; absent where it was looked for. */
  readonly absent?: string;
}

export interface SearchAnswer {
  readonly q: string;
  readonly alarms: Finds<{
    readonly id: string;
    readonly resource: string;
    readonly words: string;
    readonly severity: string;
  }>;
  readonly outages: Finds<{ readonly incident: string; readonly isOpen: boolean; readonly words: string }>;
  readonly decisions: Finds<{
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly time: string;
  }>;
  /** Types of decisions whose name has the words. */
  readonly types: Finds<string>;
  readonly services: Finds<string>;
  readonly elements: Finds<string>;
  readonly clauses: Finds<Clause>;
}

/** A clause that a rule of a pack names. */
export interface Clause {
  readonly operator: string;
  readonly clause: string;
  readonly about: string;
}

/** Ids that begin with some text. */
export interface IdViews {
  services(begin: string, limit: number): Promise<readonly string[]>;
  elements(begin: string, limit: number): Promise<readonly string[]>;
}

/** A service whose records made the program fail. */
export interface HeldLine {
  readonly service: string;
  readonly why: string;
  readonly since: string | null;
  readonly queued: number;
}

/** Records that wait for what they are about. */
export interface WaitingLine {
  readonly subject: string;
  readonly on: 'element' | 'service';
  readonly records: number;
}

export interface HeldViews {
  held(limit: number): Promise<readonly HeldLine[]>;
  waiting(limit: number): Promise<readonly WaitingLine[]>;
}

export interface RefusedAnswer {
  /** Since the start of the process, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Of the newest refusals looked at: how many by reason and source. */
  readonly sources: readonly { readonly reason: string; readonly source: string; readonly count: number }[];
  readonly looked: number;
  readonly duplicates: number;
  /** Records that wait for their subject, in all; and some of them. */
  readonly waitingTotal: number;
  readonly waiting: readonly WaitingLine[];
  readonly held: readonly HeldLine[];
}
