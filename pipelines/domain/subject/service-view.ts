/**
 * What is known of one service, as `GET /v1/services/ID` shows it: version 1 of a read model that only ever gains fields. Times are
 * RFC 3339 in the operator's zone, days local ("2026-06-12"), money a decimal text, volumes in bytes, seconds and messages. It is
 * of one commit of the task that owns the service, and holds nothing that names a person.
 */

/** Money with VAT, unless `vat` says otherwise. */
export interface ViewMoney {
  readonly amount: string;
  readonly currency: string;
  readonly vat?: 'excluded' | 'included';
}

/** A half-open interval; `to` null: open. */
export interface ViewSpan {
  readonly from: string;
  readonly to: string | null;
}

/** What was used at a place, in both directions. */
export interface ViewVolumes {
  readonly dataBytes: number;
  readonly voiceSeconds: number;
  readonly messages: number;
}

export interface ServiceView {
  readonly version: 1;
  readonly id: string;
  /** The clock of the task at the commit that this is of. */
  readonly clock: string;
  readonly zone: string;
  /** Something came that the rules have not looked at yet: they do with the next tick. */
  readonly pending: boolean;
  /** Set where the service made the program fail: nothing is decided for it. */
  readonly held: { readonly why: string; readonly since: string | null; readonly queued: number } | null;
  readonly operator: { readonly id: string; readonly name: string };
  /** The sections of the operator's pack in force: a section that is not here is a rule that the operator does not have. */
  readonly rules: readonly string[];
  readonly facts: ViewFacts;
  /** When the record changed, and which fields did; the first one names none. */
  readonly versions: readonly { readonly at: string; readonly known: string; readonly changed: readonly string[] }[];
  readonly turns: readonly { readonly is: string; readonly at: string; readonly known: string }[];
  /** Faults on the line itself; those of the network are in the decisions on outages. */
  readonly faults: readonly ViewFault[];
  readonly spend: ViewSpend | null;
  readonly limits: readonly ViewLimit[];
  readonly restrictions: readonly ViewRestriction[];
  readonly roaming: ViewRoaming | null;
  readonly quality: readonly ViewQualityMonth[];
  readonly television: readonly ViewSession[];
}

export interface ViewFacts {
  readonly kind: string;
  readonly standing: 'not-yet' | 'active' | 'parked' | 'suspended' | 'ended';
  readonly payment: string | null;
  readonly customerType: string;
  readonly activeFrom: string | null;
  readonly contractTo: string | null;
  readonly monthlyFee: ViewMoney | null;
  readonly billingDay: number | 'last' | null;
  readonly tariffId: string | null;
  readonly contractedDownBitsPerSecond: number | null;
  readonly servedBy: readonly string[];
  readonly outagePreference: string | null;
  readonly language: string | null;
  readonly notifyBy: readonly string[];
}

export interface ViewFault extends ViewSpan {
  readonly faultId: string;
  readonly responsibility: string;
  readonly reason: string;
}

/** The usage charges of the running billing cycle, and what they are held against. */
export interface ViewSpend {
  readonly cycle: { readonly from: string; readonly to: string };
  /** By day of the cycle so far: what the day's records come to, and the sum from the cycle's beginning. */
  readonly days: readonly { readonly day: string; readonly charge: ViewMoney; readonly sum: ViewMoney }[];
  readonly charges: ViewMoney;
  /** The same in ten-thousandths of the minor unit: what decisions carry. */
  readonly chargesInTenThousandthsOfMinor: number;
  /** The bar that the subscriber may ask for; null: the operator has no such rule. */
  readonly cap: {
    readonly clause: string;
    readonly cap: ViewMoney;
    readonly feeCounts: boolean;
    /** What is held against the cap: the charges, with the fee where it counts. */
    readonly against: ViewMoney;
    readonly asked: boolean;
    readonly warnAtPercent: number;
    /** The first days of the cycles whose warning was sent, as far as they are remembered. */
    readonly warned: readonly string[];
    readonly bar: { readonly episode: number; readonly cycle: { readonly from: string; readonly to: string } } | null;
  } | null;
  /** What no payment covers; null: the operator has no such rule. */
  readonly credit: {
    readonly clause: string;
    readonly balance: ViewMoney;
    readonly limit: ViewMoney;
    /** The service has a limit of its own; else it is that of the rule. */
    readonly own: boolean;
    /** All services of the customer share one limit: what they owe together is not known here. */
    readonly shared: boolean;
    readonly warnAt: ViewMoney;
    readonly warned: boolean;
    readonly bar: { readonly episode: number; readonly cycle: { readonly from: string; readonly to: string } } | null;
  } | null;
  /** The first days of the cycles of which doubled spend was told. */
  readonly doubled: readonly string[];
}

/** A limit in the window that runs, and the windows before in which it was passed. */
export interface ViewLimit {
  readonly window: 'day' | 'week' | 'month';
  readonly measure: 'charge' | 'voiceSeconds' | 'messages' | 'dataBytes';
  readonly clause: string;
  readonly limit: number | ViewMoney;
  readonly value: number | ViewMoney;
  readonly from: string;
  readonly to: string;
  /** That it was passed in this window was told. */
  readonly exceeded: boolean;
  /** That the traffic of this window is atypical was told. */
  readonly atypical: boolean;
  /** The first days of further windows in which it was passed. */
  readonly before: readonly string[];
}

export interface ViewRestriction {
  readonly proposalId: string;
  readonly services: readonly string[] | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly words: readonly { readonly accepted: boolean; readonly by: string; readonly at: string | null }[];
}

/** Fair use in roaming: the window that the look of today sees, and the days since. */
export interface ViewRoaming {
  readonly clause: string;
  readonly months: number;
  readonly termDays: number;
  readonly window: { readonly from: string; readonly to: string };
  /** Every day from the window's beginning to today. */
  readonly days: readonly ViewDay[];
  readonly domesticDays: number;
  readonly roamingDays: number;
  readonly domesticUse: ViewVolumes;
  readonly roamingUse: ViewVolumes;
  /** The measures in which roaming use prevails, and whether both together show risk. */
  readonly prevails: readonly string[];
  readonly risk: boolean;
  /** The warning that stands. */
  readonly episode: {
    readonly episode: number;
    readonly measures: readonly string[];
    readonly foundAt: string;
    readonly sent: number;
    readonly sentAt: string;
    readonly receivedAt: string | null;
    /** The whole local days of the term, where it has begun; `to` is not included. */
    readonly term: { readonly from: string; readonly to: string } | null;
  } | null;
  readonly surcharges: readonly {
    readonly episode: number;
    readonly measures: readonly string[];
    readonly start: string;
    readonly startedAt: string;
    readonly stop: string | null;
    readonly refundedFrom: string | null;
  }[];
  /** Data at home prices in the running cycle; null: the operator has no such rule. */
  readonly data: {
    readonly clause: string;
    readonly usedBytes: number;
    readonly told: readonly { readonly percent: number; readonly volumeBytes: number }[];
  } | null;
}

/** Where the subscriber was on a day. `both` counts as a domestic day; days elsewhere as the rule says. */
export interface ViewDay {
  readonly day: string;
  readonly is: 'home' | 'abroad' | 'both' | 'elsewhere' | 'none';
  /** What the day counts as; null: as neither. */
  readonly counts: 'domestic' | 'roaming' | null;
  /** Use at home, in the zone, elsewhere; absent where there was none. */
  readonly home?: ViewVolumes;
  readonly zone?: ViewVolumes;
  readonly elsewhere?: ViewVolumes;
}

/** What was measured in a calendar month. */
export interface ViewQualityMonth {
  readonly month: string;
  readonly measure: 'line' | 'tv';
  readonly samples: number;
  readonly meanBitsPerSecond: number;
  /** Null where no rate is contracted. */
  readonly requiredBitsPerSecond: number | null;
  readonly shareMinPercent: number;
  /** Null while the month runs, and where nothing is required. */
  readonly met: boolean | null;
  /** The share of the month's active time for which a measurement stands; null where the measurements are not held any more. */
  readonly coverage: number | null;
  /** How often the assessment was told anew; null: it was not told yet. */
  readonly revision: number | null;
}

/** A session of television that is remembered; what it was put down to stands in the decision that names it. */
export interface ViewSession extends ViewSpan {
  /** `source#id` of the event. */
  readonly event: string;
  readonly device: string;
  readonly deliveredBitsPerSecond: number;
  readonly short: boolean;
  readonly rebufferSeconds: number;
  readonly failed: boolean;
}
