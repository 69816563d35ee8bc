/** What people and other systems say of a notice: pure changes of an entry. */
import type { NoticeFact } from '../../pipelines/domain/notice.js';
import type { NoticeRules } from '../../pipelines/domain/pack.js';
import type { Instant, Zone } from '../../pipelines/domain/units.js';
import { deemedAt } from '../policy/deemed.js';
import type { Entry, Part, PartState } from './entry.js';
import { RECEIPT_WAIT } from './news.js';

export interface ActGiven {
  readonly now: Instant;
  readonly rules: NoticeRules;
  readonly zone: Zone;
}

/** The regulator's notice is signed: the first signature stands. */
export function signed(entry: Entry, { by, at }: Extract<NoticeFact, { is: 'signed' }>): Entry {
  return entry.signed ? entry : { ...entry, signed: { by, at } };
}

/** A person decided. On what is done already, or on no list, it changes nothing. */
export function settled(entry: Entry, fact: Extract<NoticeFact, { is: 'settled' }>, given: ActGiven): Entry {
  const { is } = entry.standing;
  if (is !== 'person' && is !== 'letter') return entry;
  const { now, rules, zone } = given;
  const why = `${fact.as}, by ${fact.by}`;
  switch (fact.as) {
    case 'sent':
      // Taken on a person's word: receipts may still say more.
      return { ...everyDoubt(entry, { is: 'accepted', at: fact.at, look: now + RECEIPT_WAIT }), standing: SENDING };
    case 'again':
      return { ...everyDoubt(entry, { is: 'waiting', from: now }), standing: SENDING };
    case 'next-channel':
      return { ...everyDoubt(entry, { is: 'failed', at: fact.at, code: why }), standing: SENDING };
    case 'letter-sent': {
      const at = deemedAt('post', fact.at, rules, zone);
      return {
        ...entry,
        ...(at === undefined || entry.deemedAt !== undefined ? {} : { deemedAt: at }),
        standing: { is: 'done', how: 'letter-sent', why, at: fact.at },
      };
    }
    case 'closed':
      return { ...entry, standing: { is: 'done', how: 'settled', why, at: fact.at } };
  }
}

const SENDING = { is: 'sending' } as const;

/** What of the last delivery is in doubt, or not yet sent, is set so. */
function everyDoubt(entry: Entry, state: PartState): Entry {
  const last = entry.deliveries.length - 1;
  const change = (part: Part): Part =>
    part.state.is === 'ambiguous' || part.state.is === 'waiting' ? { ...part, state } : part;
  return {
    ...entry,
    deliveries: entry.deliveries.map((one, d) => (d === last ? { ...one, parts: one.parts.map(change) } : one)),
  };
}

/**
 * The ledger's own word that a notice has left, where the entry does not say so: the store has lost what was written after. What is
 * on the log holds, and it is not sent again.
 */
export function recalled(entry: Entry, fact: Extract<NoticeFact, { is: 'progressed' }>): Entry {
  const { channel = 'sms', at } = fact;
  const word = `${channel} submitted`;
  if (entry.told.includes(word) || entry.standing.is === 'done') return entry;
  return {
    ...entry,
    told: [...entry.told, word],
    standing: { is: 'done', how: 'sent', why: RECALLED, at },
  };
}

/** Why an entry is done of which the ledger itself has forgotten how. */
export const RECALLED = 'known from the log alone';

/** Somebody else's word: that it was delivered or read holds for what is under way on that channel. */
export function progressed(entry: Entry, fact: Extract<NoticeFact, { is: 'progressed' }>): Entry {
  if (fact.state !== 'delivered' && fact.state !== 'read' && fact.state !== 'failed') return entry;
  const last = entry.deliveries.length - 1;
  const change = (part: Part): Part => {
    if (part.state.is !== 'accepted' && part.state.is !== 'ambiguous') return part;
    const state: PartState =
      fact.state === 'failed'
        ? { is: 'failed', at: fact.at, code: 'reported from outside' }
        : { is: 'delivered', at: fact.at };
    return { ...part, state };
  };
  return {
    ...entry,
    deliveries: entry.deliveries.map((one, d) =>
      d === last && (fact.channel === undefined || fact.channel === one.channel)
        ? { ...one, parts: one.parts.map(change) }
        : one,
    ),
  };
}
