/**
 * What is learnt of a part after it was claimed, and what it changes. The same news twice change nothing, and older news never undo
 * newer ones: a receipt may come before the answer, twice, or never.
 */
import type { Instant } from '../../pipelines/domain/units.js';
import { HOUR, MINUTE, SECOND } from '../../pipelines/domain/units.js';
import type { QueryAnswer, SmsState, Submission } from '../ports.js';
import { type Entry, type Part, type PartName, type PartState, partAt, withPart } from './entry.js';

/** How long a receipt is waited for before the gateway is asked, and again between two questions. */
export const RECEIPT_WAIT = 6 * HOUR;
const RETRY_FIRST = SECOND;
const RETRY_MAX = 5 * MINUTE;

/** The answer of a gateway. `tries` says which submission it answers: one that was given up since is not believed. */
export function answered(
  entry: Entry,
  name: PartName,
  submission: Submission,
  about: { readonly now: Instant; readonly ambiguousUntil: Instant },
): Entry {
  const part = partAt(entry, name);
  // A receipt was faster, or a person or a late answer settled it.
  if (!part || (part.state.is !== 'claimed' && part.state.is !== 'ambiguous')) return entry;
  const ref = submission.is === 'accepted' ? { ref: { id: submission.id, via: submission.via } } : {};
  return withPart(entry, name, (held) => ({ ...held, ...ref, state: afterAnswer(held, submission, about) }));
}

function afterAnswer(
  part: Part,
  submission: Submission,
  { now, ambiguousUntil }: { readonly now: Instant; readonly ambiguousUntil: Instant },
): PartState {
  switch (submission.is) {
    case 'accepted':
      return { is: 'accepted', at: now, look: now + RECEIPT_WAIT };
    case 'refused': {
      if (submission.permanent) return { is: 'failed', at: now, code: submission.code };
      const wait = submission.retryAfter ?? Math.min(RETRY_MAX, RETRY_FIRST * 2 ** Math.min(part.tries, 12));
      return { is: 'waiting', from: now + Math.min(RETRY_MAX, Math.max(1, wait)) };
    }
    case 'ambiguous':
      return { is: 'ambiguous', why: submission.why, since: now, until: ambiguousUntil };
  }
}

/** A receipt, or what the gateway says when asked. */
export function received(
  entry: Entry,
  name: PartName,
  news: { readonly state: SmsState; readonly at: Instant; readonly error?: string | undefined },
): Entry {
  const part = partAt(entry, name);
  if (!part || part.state.is === 'delivered' || part.state.is === 'failed' || part.state.is === 'waiting') return entry;
  const state = afterReceipt(part.state, news);
  return state === part.state ? entry : withPart(entry, name, (held) => ({ ...held, state }));
}

function afterReceipt(
  held: PartState,
  { state, at, error }: { readonly state: SmsState; readonly at: Instant; readonly error?: string | undefined },
): PartState {
  switch (state) {
    case 'delivered':
      return { is: 'delivered', at };
    case 'enroute':
    case 'accepted':
      // It was taken: so much is known now of one that was in doubt.
      return held.is === 'accepted' ? held : { is: 'accepted', at, look: at + RECEIPT_WAIT };
    case 'expired':
    case 'deleted':
    case 'undeliverable':
    case 'rejected':
      return { is: 'failed', at, code: error ? `${state} ${error}` : state };
    case 'unknown':
      // The gateway has lost it, and says nothing of the telephone: a person's delivery may still have happened.
      return held.is === 'accepted' ? held : { is: 'accepted', at, look: at + RECEIPT_WAIT };
  }
}

/** What the gateway said when it was asked for a part. One that it does not know is not asked for again for a while. */
export function looked(entry: Entry, name: PartName, answer: QueryAnswer, now: Instant): Entry {
  const again = withPart(entry, name, (held) =>
    held.state.is === 'accepted' ? { ...held, state: { ...held.state, look: now + RECEIPT_WAIT } } : held,
  );
  return answer.is === 'known' ? received(again, name, { state: answer.state, at: now, error: answer.error }) : again;
}
