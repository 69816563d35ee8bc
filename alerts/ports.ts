/**
 * What the ledger of notices sends through. A transport hands one part over and says what became of it, as far as it can know; it
 * keeps nothing over a restart and never sends a part again by itself. The ledger claims a part before it calls `submit`, and keeps
 * what comes back.
 */
import type { Instant, Milliseconds } from '../pipelines/domain/units.js';
import type { Alphabet } from './sms/alphabet.js';

/** One part of a message as it is paid for (`partsOf` in sms/message.ts cuts a text). Its number goes to the gateway and nowhere else. */
export interface SmsPart {
  /** Opaque, the same whenever this part is submitted: the ledger's name of entry and part. It may stand in a URL. */
  readonly key: string;
  /** The recipient, international, digits with or without a plus. */
  readonly to: string;
  /** The sender that the telephone shows: up to 11 letters, a short code or a number. Absent: the gateway's own. */
  readonly from?: string;
  /** The text of this part alone. */
  readonly text: string;
  /** That of the whole message: its parts are not mixed. */
  readonly alphabet: Alphabet;
  /** Where it stands in a longer message; absent where it stands alone. `reference` is 0 to 255, the same for all parts. */
  readonly place?: { readonly reference: number; readonly part: number; readonly total: number };
  /** After this it is of no use: the gateway is told to drop it. */
  readonly expiresAt?: Instant;
}

/** What became of a submission. */
export type Submission =
  /** The gateway took it; its receipts name this id. `via` names the way it went, for `query`. */
  | { readonly is: 'accepted'; readonly id: string; readonly via: string }
  /** The gateway, or we, did not take it, without a doubt. Where it is not permanent it may be submitted again. */
  | { readonly is: 'refused'; readonly code: string; readonly permanent: boolean; readonly retryAfter?: Milliseconds }
  /** It left, and no answer came: it may or may not have been taken. It must not simply be sent again. */
  | { readonly is: 'ambiguous'; readonly why: string; readonly via: string };

/** What a gateway says of a message that it took. The last six are final. */
export const SMS_STATES = [
  'enroute',
  'accepted',
  'delivered',
  'expired',
  'deleted',
  'undeliverable',
  'unknown',
  'rejected',
] as const;
export type SmsState = (typeof SMS_STATES)[number];

/** News of a part that was handed over. It may come before the answer to `submit`, late, twice, out of order, or never. */
export interface SmsReceipt {
  readonly via: string;
  /** The part, where the transport knows it: its answer is awaited, or it was ambiguous, or the gateway gives our name back. */
  readonly key?: string;
  /** Ids that `submit` may have given for it, the likeliest first; only one whose part went to `to` is meant. */
  readonly ids: readonly string[];
  /** The recipient, digits only, where the gateway says it. */
  readonly to?: string;
  readonly state: SmsState;
  /** When it came to be so, where the gateway says it. */
  readonly at?: Instant;
  /** The gateway's own reason. */
  readonly error?: string;
  /** What it gives back of our name of the part: `userReferenceOf` of its key. */
  readonly reference?: number;
}

/** A message from a telephone. */
export interface SmsReceived {
  readonly via: string;
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly place?: { readonly reference: number; readonly part: number; readonly total: number };
}

/** What a gateway says when it is asked for a message. */
export type QueryAnswer =
  | { readonly is: 'known'; readonly state: SmsState; readonly at?: Instant; readonly error?: string }
  /** It knows of no such message. */
  | { readonly is: 'unknown' }
  /** It cannot be asked, or did not answer. */
  | { readonly is: 'unavailable'; readonly why: string };

/** Who hears of what gateways bring. Each promise resolves when it is kept: only then is the gateway told that we have it. */
export interface SmsHearer {
  readonly onReceipt: (receipt: SmsReceipt) => Promise<void>;
  readonly onReceived: (message: SmsReceived) => Promise<void>;
  /** The answer to an ambiguous submission came after all. */
  readonly onLateAnswer: (key: string, submission: Submission) => Promise<void>;
}

/** How a way out does, for metrics. Counts go up only. */
export interface SmsGatewayView {
  readonly name: string;
  readonly state: string;
  /** Whether it takes parts now. */
  readonly up: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly binds: number;
  /** How often the gateway asked for less. */
  readonly holds: number;
}

/** A way to send short messages. */
export interface SmsTransport {
  /** Of each gateway; absent where nothing is known of it between submissions. */
  readonly views?: readonly SmsGatewayView[];

  /** Never rejects for what the world does. Rejects where the part cannot be written at all: a fault of ours. */
  submit(part: SmsPart): Promise<Submission>;
  /** Asks for a message that was accepted. */
  query(id: string, via: string, from?: string): Promise<QueryAnswer>;
  start(hearer: SmsHearer): Promise<void>;
  /** Waits for what is under way, within its time-outs, and takes leave. */
  stop(): Promise<void>;
}

/** An e-mail as the ledger hands it over. */
export interface Email {
  /** As `SmsPart.key`: the same whenever this message is sent, and what its Message-ID is made of. */
  readonly key: string;
  readonly to: string;
  /** Absent: the transport's own. */
  readonly from?: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string;
}

/** A way to send e-mail. Accepted: the first server has taken it; nothing more is ever heard of it. */
export interface EmailTransport {
  /** Never rejects for what the world does. Rejects where the message cannot be written at all: a fault of ours. */
  send(mail: Email): Promise<Submission>;
  stop(): Promise<void>;
}
