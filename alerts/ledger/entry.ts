/**
 * One entry of the ledger: a notice, what is sent of it, and what became of that. It is kept under its noticeId, which is its
 * intent: the same notice asked for twice is one entry.
 *
 *   waiting ─► sending ─► sent ─► done
 *      │          ├─► person (nobody can say whether it left)  ─► sending, done
 *      │          └─► next channel, and after the last of them ─► letter ─► done
 *      └─► done (expired, withheld)
 *
 * A part: waiting ─► claimed ─► accepted ─► delivered, failed; claimed ─► ambiguous where no answer came, or who claimed it is gone.
 * Neither number nor address stands here: `print` is a keyed hash of the one it went to.
 */
import type { Audience, NoticeClass, Template } from '../../pipelines/domain/decision.js';
import type { Instant } from '../../pipelines/domain/units.js';
import type { Alphabet } from '../sms/alphabet.js';

export type PartState =
  | { readonly is: 'waiting'; readonly from: Instant }
  | { readonly is: 'claimed'; readonly by: string; readonly epoch: number; readonly at: Instant }
  | { readonly is: 'ambiguous'; readonly why: string; readonly since: Instant; readonly until: Instant }
  /** `look`: when the gateway is asked, unless a receipt comes before. */
  | { readonly is: 'accepted'; readonly at: Instant; readonly look: Instant }
  | { readonly is: 'delivered'; readonly at: Instant }
  | { readonly is: 'failed'; readonly at: Instant; readonly code: string };

export interface Part {
  readonly text: string;
  readonly alphabet: Alphabet;
  readonly place?: { readonly reference: number; readonly part: number; readonly total: number };
  /** How often it was handed over. */
  readonly tries: number;
  /** The gateway's id and the way it went; absent where only a person or a receipt says that it was taken. */
  readonly ref?: { readonly id: string; readonly via: string };
  readonly state: PartState;
}

/** A notice on one channel, as rendered. */
export interface Delivery {
  readonly channel: string;
  /** The subject and the body of an e-mail; of an SMS the text of all its parts. */
  readonly subject?: string;
  readonly text: string;
  readonly html?: string;
  /** Whose it is, without saying it: see `cipher.ts`. */
  readonly print: string;
  readonly parts: readonly Part[];
  readonly openedAt: Instant;
  /** When the last part was taken by the gateway. */
  readonly sentAt?: Instant;
}

/** How a notice ended. `sent`: by a channel that gives no receipts. `settled`: a person said what became of it. */
export const ENDS = [
  'delivered',
  'sent',
  'no-receipt',
  'expired',
  'withheld',
  'dropped',
  'shown',
  'letter-sent',
  'settled',
] as const;
export type End = (typeof ENDS)[number];

export type Standing =
  | { readonly is: 'waiting'; readonly why: 'new' | 'hours' | 'sign-off'; readonly until: Instant }
  | { readonly is: 'sending' }
  | { readonly is: 'sent' }
  /** On a person's list. */
  | { readonly is: 'person'; readonly why: string; readonly since: Instant }
  /** On the list of what has to go by post. */
  | { readonly is: 'letter'; readonly why: string; readonly since: Instant }
  | { readonly is: 'done'; readonly how: End; readonly why?: string; readonly at: Instant };

export interface Entry {
  readonly noticeId: string;
  /** The id of the decision that asked for it. */
  readonly decision: string;
  readonly subject: string;
  readonly operator: string;
  readonly audience: Audience;
  readonly template: Template;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly clause: string;
  readonly class: NoticeClass;
  readonly language: string;
  readonly late: boolean;
  readonly incident?: string;
  /** Why it was decided: kept for the regulator's document alone. */
  readonly because?: Readonly<Record<string, unknown>>;
  /** When it was due, by the decision. */
  readonly requestedAt: Instant;
  readonly heardAt: Instant;
  readonly dueBy?: Instant;
  readonly expiresAt?: Instant;
  /** Those not yet tried, in order. */
  readonly channels: readonly string[];
  readonly deliveries: readonly Delivery[];
  readonly standing: Standing;
  /** Why a channel was passed over, by channel. */
  readonly passedOver?: Readonly<Record<string, string>>;
  readonly signed?: { readonly by: string; readonly at: Instant };
  /** When it counts as delivered by the terms: a legal state of its own. */
  readonly deemedAt?: Instant;
  /** Not sent when it had to be. */
  readonly overdue?: true;
  /** What was said of it as `notice.progressed`: "sms delivered". */
  readonly told: readonly string[];
}

/** Which part of which delivery is meant. */
export interface PartName {
  readonly noticeId: string;
  readonly delivery: number;
  readonly part: number;
}

/** The opaque name that a transport knows a part by: letters of base64url and points. */
export function keyOf({ noticeId, delivery, part }: PartName): string {
  return `${Buffer.from(noticeId, 'utf8').toString('base64url')}.${delivery}.${part}`;
}

/** Reads such a name; undefined where it is none. */
export function readKey(key: string): PartName | undefined {
  const found = /^([\w-]+)\.(\d+)\.(\d+)$/.exec(key);
  if (!found) return undefined;
  const [, id = '', delivery, part] = found;
  return { noticeId: Buffer.from(id, 'base64url').toString('utf8'), delivery: Number(delivery), part: Number(part) };
}

export function encodeEntry(entry: Entry): Uint8Array {
  return Buffer.from(JSON.stringify(entry), 'utf8');
}

export function decodeEntry(bytes: Uint8Array): Entry {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Entry;
}

/** An entry with one part of one delivery changed. */
export function withPart(entry: Entry, { delivery, part }: PartName, change: (part: Part) => Part): Entry {
  return {
    ...entry,
    deliveries: entry.deliveries.map((one, d) =>
      d === delivery ? { ...one, parts: one.parts.map((held, p) => (p === part ? change(held) : held)) } : one,
    ),
  };
}

/** The part, where there is one. */
export function partAt(entry: Entry, { delivery, part }: PartName): Part | undefined {
  return entry.deliveries[delivery]?.parts[part];
}
