/** What the routes of notices, texts and rule packs answer: plain data, which pages read too. Times are RFC 3339. */

/** How an entry of the ledger stands; `at` is since or until when, whichever the state has. */
export interface NoticeStanding {
  readonly is: string;
  readonly why?: string;
  readonly at?: string;
}

export interface NoticeLine {
  readonly noticeId: string;
  /** The id of the decision that asked for it. */
  readonly decision: string;
  readonly subject: string;
  readonly operator: string;
  readonly audience: string;
  readonly template: string;
  readonly class: string;
  readonly clause: string;
  readonly language: string;
  readonly channels: readonly string[];
  readonly requestedAt: string;
  readonly dueBy: string | null;
  readonly expiresAt: string | null;
  readonly late: boolean;
  /** Null: the ledger has no entry of it, or there is no ledger. */
  readonly standing: NoticeStanding | null;
  readonly overdue: boolean;
}

export interface NoticeList {
  /** Whether a ledger of notices is kept; without one notices are decided, and nothing is sent. */
  readonly ledger: boolean;
  readonly notices: readonly NoticeLine[];
  readonly next?: string;
}

export interface NoticePart {
  readonly text: string;
  readonly alphabet: string;
  readonly place: { readonly part: number; readonly total: number } | null;
  readonly tries: number;
  /** The gateway that took it; no number. */
  readonly via: string | null;
  readonly state: NoticeStanding;
}

/** A notice on one channel. To whom it went is known to the ledger alone. */
export interface NoticeDelivery {
  readonly channel: string;
  readonly subject: string | null;
  readonly text: string;
  readonly openedAt: string;
  readonly sentAt: string | null;
  readonly parts: readonly NoticePart[];
}

/** What a notice says, where it has not been put into words for a channel yet. */
export interface NoticePreview {
  readonly channel: string;
  readonly subject: string | null;
  readonly text: string;
}

export interface NoticeView extends NoticeLine {
  readonly ledger: boolean;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly incident: string | null;
  readonly deliveries: readonly NoticeDelivery[];
  readonly previews: readonly NoticePreview[];
  readonly passedOver: Readonly<Record<string, string>>;
  readonly signed: { readonly by: string; readonly at: string } | null;
  /** Since when it counts as delivered by the terms. */
  readonly deemedAt: string | null;
  /** What the door was told of it, such as "sms delivered". */
  readonly told: readonly string[];
  readonly journal: readonly { readonly at: string; readonly what: string; readonly detail?: string }[];
}

// --- Texts ---

export interface TextOfLanguage {
  readonly language: string;
  readonly sms: { readonly text: string; readonly alphabet: string; readonly units: number; readonly parts: number };
  readonly email: { readonly subject: string; readonly text: string };
}

export interface TextEntry {
  readonly template: string;
  readonly clause: string;
  readonly class: string;
  readonly values: readonly {
    readonly name: string;
    readonly kind: string;
    readonly optional: boolean;
    readonly example?: unknown;
  }[];
  readonly texts: readonly TextOfLanguage[];
}

// --- Rule packs ---

export interface PackLine {
  readonly operator: string;
  readonly name: string;
  readonly zone: string;
  readonly currency: string;
  /** From which dates its versions are in force, the newest first, and which is now. */
  readonly versions: readonly { readonly inForceFrom: string; readonly inForce: boolean; readonly rules: number }[];
}

export interface PackRule {
  readonly name: string;
  readonly clause: string;
  readonly about: string;
  readonly terms: readonly {
    readonly name: string;
    /** The name in words, and the value as people read it. */
    readonly words: string;
    readonly value: string;
    readonly clause: string;
    readonly reading: string | null;
    /** To be confirmed by the operator. */
    readonly unverified: boolean;
  }[];
}

export interface PackVersion {
  readonly inForceFrom: string;
  readonly inForce: boolean;
  readonly source: string;
  readonly zone: string;
  readonly currency: string;
  readonly vatPercent: string;
  readonly language: string;
  readonly homeNetworks: readonly string[];
  /** Tells one content from another. */
  readonly hash: string;
  readonly rules: readonly PackRule[];
}

export interface PackView {
  readonly operator: string;
  readonly name: string;
  /** The newest first. */
  readonly versions: readonly PackVersion[];
  /** Every numbered clause of the operator's text that is on our list; null: there is no list of it. */
  readonly clauses: {
    readonly title: string;
    readonly source: string;
    readonly entries: readonly {
      readonly clause: string;
      readonly about: string;
      readonly standing: string;
      readonly by: readonly string[];
      readonly why: string | null;
    }[];
  } | null;
}
