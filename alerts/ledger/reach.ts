/** Whether a notice may go to somebody on a channel: registered, his own, consented to, and a way to send. */
import { hash } from 'node:crypto';
import type { NoticeRules } from '../../pipelines/domain/pack.js';
import { type Instant, parseInstant } from '../../pipelines/domain/units.js';
import type { Reach } from './advance.js';
import type { ContactCipher } from './cipher.js';
import type { OperatorDirectory } from './directory.js';
import type { Entry } from './entry.js';
import { type NumberHolder, type Person, registrationAt, takenOver } from './people.js';

export interface ReachGiven {
  readonly now: Instant;
  readonly rules: NoticeRules;
  readonly cipher: ContactCipher;
  readonly person: Person;
  /** Who else has, or had, the number: asked by its print. */
  readonly holders: (print: string) => readonly NumberHolder[];
  readonly directory: OperatorDirectory;
  /** The channels that this installation can send on. */
  readonly ways: ReadonlySet<string>;
}

const shut = (why: string): Reach => ({ is: 'shut', why });

/** The print under which an entry goes out on a channel, or why it must not. */
export function reachOf(entry: Entry, channel: string, given: ReachGiven): Reach {
  const address = addressOf(entry, channel, given);
  if ('why' in address) return shut(address.why);
  return { is: 'open', print: address.to === '' ? '' : given.cipher.print(address.to) };
}

/** The number or address itself, for the moment in which it is sent; `to` is empty where a channel has none, such as a page. */
export function addressOf(
  entry: Entry,
  channel: string,
  given: ReachGiven,
): { readonly to: string } | { readonly why: string } {
  if (channel === 'page' || channel === 'web') return { to: '' };
  if (channel !== 'sms' && channel !== 'email') return { why: 'no such channel' };
  if (!given.ways.has(channel)) return { why: 'no way to send' };
  if (entry.audience === 'subscriber') return subscriber(entry, channel, given);
  const { regulator, noc } = given.directory;
  const to = entry.audience === 'noc' ? (channel === 'sms' ? noc?.msisdn : noc?.email) : regulator?.email;
  return to === undefined || (entry.audience === 'regulator' && channel === 'sms')
    ? { why: 'no address is set' }
    : { to };
}

function subscriber(
  entry: Entry,
  channel: 'sms' | 'email',
  given: ReachGiven,
): { readonly to: string } | { readonly why: string } {
  const { person, now, rules, cipher, holders } = given;
  const { consent, heldSince, endedAt } = person;
  if (entry.class === 'marketing' && consent?.is !== 'given') return { why: 'no consent' };
  if (consent?.is === 'withdrawn' && rules.stopEnds.some((one) => one === entry.class))
    return { why: 'stopped by the subscriber' };
  if (heldSince !== undefined && aboutSince(entry) < heldSince) return { why: 'it is about the holder before' };
  const registration = registrationAt(person, now);
  const to = channel === 'sms' ? registration?.msisdn : registration?.email;
  if (!registration || to === undefined) return { why: 'nothing is registered' };
  if (heldSince !== undefined && registration.at < heldSince) return { why: 'registered by the holder before' };
  if (channel === 'email') return { to };
  if (endedAt !== undefined && endedAt <= now && registration.at < endedAt) return { why: 'the number was freed' };
  const own: NumberHolder = {
    service: entry.subject,
    at: registration.at,
    ...(person.customer === undefined ? {} : { customer: person.customer }),
  };
  const why = takenOver(own, holders(cipher.print(to)));
  return why === undefined ? { to } : { why };
}

/** Since when what a notice is about lies back: what began under one holder is not told to the next. */
function aboutSince(entry: Entry): Instant {
  const { from } = entry.parameters;
  const began = typeof from === 'string' ? parseInstant(from) : typeof from === 'number' ? from : undefined;
  return Math.min(entry.requestedAt, began ?? entry.requestedAt);
}

/** The reference that joins the parts of one message on a telephone, 0 to 255. */
export function referenceOf(noticeId: string): number {
  return Number.parseInt(hash('sha256', noticeId, 'hex').slice(0, 2), 16);
}
