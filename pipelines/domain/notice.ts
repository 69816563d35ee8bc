/**
 * What the ledger of notices hears of a service beside its contacts and the notices themselves: who holds it, what the subscriber
 * answered, what a person decided on a notice. A service task puts it on the topic `notices`, so that the ledger need not read
 * what everybody used.
 */
import { decisionId } from './decision.js';
import type { DozorEvent, NoticeSettlement, NoticeState } from './event.js';
import type { Instant } from './units.js';

/** The source of the events that the ledger tells itself. */
export const LEDGER_SOURCE = 'dozor/alerts';

export type NoticeFact =
  | { readonly is: 'ended'; readonly service: string; readonly at: Instant }
  | { readonly is: 'transferred'; readonly service: string; readonly at: Instant; readonly customer?: string }
  /** The word STOP or START; `event` is the proof. */
  | {
      readonly is: 'consent';
      readonly service: string;
      readonly at: Instant;
      readonly given: boolean;
      readonly event: string;
    }
  | { readonly is: 'signed'; readonly noticeId: string; readonly by: string; readonly at: Instant }
  | {
      readonly is: 'settled';
      readonly noticeId: string;
      readonly as: NoticeSettlement;
      readonly by: string;
      readonly at: Instant;
    }
  /** A word on a notice: of a gateway that reports by itself, or the ledger's own. */
  | {
      readonly is: 'progressed';
      readonly noticeId: string;
      readonly state: NoticeState;
      readonly channel?: string;
      readonly at: Instant;
      /** The ledger's own word, heard again: news only to a ledger that has lost what it knew. */
      readonly own?: true;
    }
  /** A receipt that came to a process which does not own the entry. `state` is that of the transport. */
  | {
      readonly is: 'receipt';
      readonly noticeId: string;
      readonly delivery: number;
      readonly part: number;
      readonly state: string;
      readonly at: Instant;
    };

const STOP = /^\s*(stop|odjava|odjavi|abmelden)\b/i;
const START = /^\s*(start|prijava|prijavi|anmelden)\b/i;

/** The consent that an inbound message gives or withdraws; undefined where it says neither. */
export function consentIn(text: string): boolean | undefined {
  return STOP.test(text) ? false : START.test(text) ? true : undefined;
}

/** Whether an event is a person's act on a notice: for the ledger alone, no rule about services hears it. */
export function isNoticeAct(type: string): boolean {
  return type === 'notice.signed' || type === 'notice.settled';
}

/** What the ledger must hear of an event; undefined: nothing. */
export function noticeFactOf(event: DozorEvent): NoticeFact | undefined {
  const { subject: service, time: at } = event;
  switch (event.type) {
    case 'service.ended':
      return { is: 'ended', service, at };
    case 'service.transferred': {
      const { customerId: customer } = event.data;
      return { is: 'transferred', service, at, ...(customer === undefined ? {} : { customer }) };
    }
    case 'sms.received': {
      // To an account's short code somebody else sent it: the account's own consent is not meant.
      const given = event.data.sender === undefined ? consentIn(event.data.text ?? '') : undefined;
      const proof = decisionId([event.source, event.id]);
      return given === undefined ? undefined : { is: 'consent', service, at, given, event: proof };
    }
    case 'notice.signed':
      return { is: 'signed', noticeId: event.data.noticeId, by: event.data.by, at };
    case 'notice.settled':
      return { is: 'settled', noticeId: event.data.noticeId, as: event.data.as, by: event.data.by, at };
    case 'notice.progressed': {
      const { noticeId, state, channel } = event.data;
      const own = event.source === LEDGER_SOURCE;
      // Of its own the ledger need only hear that a notice has left.
      if (noticeId === undefined || (own && state !== 'submitted')) return undefined;
      const on = channel === undefined ? {} : { channel };
      return { is: 'progressed', noticeId, state, at, ...on, ...(own ? { own } : {}) };
    }
    default:
      return undefined;
  }
}
