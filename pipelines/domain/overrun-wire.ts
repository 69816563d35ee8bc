/** The report of overruns as it goes over the wire: money as decimals, lengths in seconds. */

/** Seconds, messages or bytes by the measure; or money. */
export type PlainAmount = number | { readonly amount: string; readonly currency: string };

/** The bound of one rule, measure and feed. */
export interface PlainBound {
  readonly operator: string;
  readonly rule: 'limits' | 'spendBar' | 'creditLimit' | 'roamingData';
  readonly clause: string;
  readonly measure: 'charge' | 'voiceSeconds' | 'messages' | 'dataBytes';
  /** null: each subscriber's own, or by a formula. */
  readonly limit: PlainAmount | null;
  readonly feed: string;
  readonly delaySeconds: number;
  readonly overrun: PlainAmount;
  /** The kind of use that makes the most of it: of charges. */
  readonly worst: 'voice' | 'data' | 'messages';
  /** Nothing bounds the use within a billing cycle. */
  readonly wholeCycle: boolean;
  /** null: no record of the feed was measured. */
  readonly overrunAtMeasuredP99: PlainAmount | null;
}

/** How long the records of a feed took; `feed` is `none` where they name none. */
export interface PlainDelays {
  readonly operator: string;
  readonly feed: string;
  readonly records: number;
  readonly medianSeconds: number;
  readonly p99Seconds: number;
  readonly maxSeconds: number;
}

export interface PlainOverrun {
  readonly bounds: readonly PlainBound[];
  readonly delays: readonly PlainDelays[];
}
