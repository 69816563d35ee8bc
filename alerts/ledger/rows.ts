/**
 * What the ledger keeps in its store, by key:
 *
 *   e/NOTICE   the entry, for good
 *   w/NOTICE   when to look at it again, and whether a part of it may be under way: open entries alone
 *   p/NOTICE   that a person has to see to it: the lists for people and for letters
 *   r/VIA/ID   which part a gateway's id names, and the print it went to; until the entry is done
 *   c/SERVICE  contacts and consent, sealed
 *   s/NOTICE   that a notice has left of which nothing else is known: the store was put back to before
 *   m/PRINT    the services that a number is or was registered for
 */
import type { NoticeClass, Template } from '../../pipelines/domain/decision.js';
import type { Instant } from '../../pipelines/domain/units.js';
import type { Entry, PartName } from './entry.js';
import type { OpenEntry } from './tallies.js';

export const entryKey = (noticeId: string) => `e/${noticeId}`;
export const wakeKey = (noticeId: string) => `w/${noticeId}`;
export const saidKey = (noticeId: string) => `s/${noticeId}`;
export const listKey = (noticeId: string) => `p/${noticeId}`;
export const receiptKey = (via: string, id: string) => `r/${via}/${id}`;
export const personKey = (service: string) => `c/${service}`;
export const numberKey = (print: string) => `m/${print}`;

export interface WakeRow {
  /** Null: only news can change it. */
  readonly due: Instant | null;
  /** A part of it is claimed or in doubt: after a crash it is looked at first. */
  readonly hot?: true;
  /** How it stands, for figures; absent where an earlier version saved it. */
  readonly open?: OpenEntry;
}

export interface ReceiptRow extends PartName {
  readonly print: string;
}

/** A line of the lists for people. */
export interface ListRow {
  readonly noticeId: string;
  readonly list: 'person' | 'letter' | 'sign-off';
  readonly why: string;
  readonly since: Instant;
  readonly subject: string;
  readonly operator: string;
  readonly template: Template;
  readonly class: NoticeClass;
  readonly dueBy?: Instant;
}

export function encodeRow(row: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(row), 'utf8');
}

export function decodeRow<T>(bytes: Uint8Array): T {
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as T;
}

/** The line for people that an entry stands for; undefined where nobody has to do anything. */
export function listRowOf(entry: Entry): ListRow | undefined {
  const { standing, noticeId, subject, operator, template, class: noticeClass, dueBy } = entry;
  const about = {
    noticeId,
    subject,
    operator,
    template,
    class: noticeClass,
    ...(dueBy === undefined ? {} : { dueBy }),
  };
  switch (standing.is) {
    case 'person':
    case 'letter':
      return { ...about, list: standing.is, why: standing.why, since: standing.since };
    case 'waiting':
      return standing.why === 'sign-off'
        ? { ...about, list: 'sign-off', why: 'to be signed', since: entry.heardAt }
        : undefined;
    default:
      return undefined;
  }
}

/** Whether a part of the entry is claimed, or nobody knows whether it left. */
export function isHot(entry: Entry): boolean {
  return entry.deliveries.some(({ parts }) =>
    parts.some(({ state }) => state.is === 'claimed' || state.is === 'ambiguous'),
  );
}
