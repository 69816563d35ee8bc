/**
 * Who stands behind a service, as far as the ledger must know: the registered number and address, whose they are, and what was
 * consented to. A notice goes to nobody but the holder that it is about: a number that was freed or passed on gets nothing of the
 * holder before (Truf 101: registered contacts alone).
 */
import { type Instant, parseInstant } from '../../pipelines/domain/units.js';

/** A registration, valid from `at` until another one of the same service. */
export interface Registration {
  readonly at: Instant;
  readonly msisdn?: string;
  readonly email?: string;
}

/** What one service's record in the ledger's store says, in the clear. */
export interface Person {
  /** By time; the last is that of today, unless it lies ahead. */
  readonly registrations: readonly Registration[];
  /** The customer who holds the service now; undefined where nobody said. */
  readonly customer?: string;
  /** When the last change of holder was. */
  readonly heldSince?: Instant;
  readonly endedAt?: Instant;
  /** Consent to advertising, and its withdrawal for further classes: what holds and since when, with the event that says so. */
  readonly consent?: { readonly is: 'given' | 'withdrawn'; readonly at: Instant; readonly event: string };
}

export const NOBODY: Person = { registrations: [] };
/** Of each service so many registrations are kept: who came before is nobody's business for long. */
const REGISTRATIONS_MAX = 3;

/** A contact record of the `contacts` topic. */
export interface ContactRecord {
  readonly time: string;
  readonly contact: { readonly msisdn?: unknown; readonly email?: unknown };
  /** The customer that the record of the service named with it. */
  readonly customer?: string;
}

/** The person with a registration more; in whatever order they come. */
export function registered(person: Person, { time, contact, customer }: ContactRecord): Person {
  const at = parseInstant(time) ?? 0;
  const { msisdn, email } = contact;
  const fresh: Registration = {
    at,
    ...(typeof msisdn === 'string' && msisdn !== '' ? { msisdn } : {}),
    ...(typeof email === 'string' && email !== '' ? { email } : {}),
  };
  const registrations = [...person.registrations.filter((held) => held.at !== at), fresh]
    .sort((a, b) => a.at - b.at)
    .slice(-REGISTRATIONS_MAX);
  const newest = registrations.at(-1)!.at === at;
  return { ...person, registrations, ...(newest && customer !== undefined ? { customer } : {}) };
}

/** The service passed to another holder. */
export function transferred(person: Person, at: Instant, customer: string | undefined): Person {
  if ((person.heldSince ?? Number.NEGATIVE_INFINITY) >= at) return person;
  const { customer: _, ...rest } = person;
  return { ...rest, heldSince: at, ...(customer === undefined ? {} : { customer }) };
}

export function ended(person: Person, at: Instant): Person {
  return person.endedAt !== undefined && person.endedAt <= at ? person : { ...person, endedAt: at };
}

/** STOP and START: what was said last holds. */
export function consented(person: Person, is: 'given' | 'withdrawn', at: Instant, event: string): Person {
  return person.consent && person.consent.at > at ? person : { ...person, consent: { is, at, event } };
}

/** The registration in force at `now`; undefined where nothing is registered. */
export function registrationAt(person: Person, now: Instant): Registration | undefined {
  return person.registrations.findLast(({ at }) => at <= now);
}

/** A service that a number was registered for. */
export interface NumberHolder {
  readonly service: string;
  readonly at: Instant;
  readonly customer?: string;
  /** When that service ended or passed on, and with it this registration. */
  readonly over?: Instant;
}

/**
 * Why a number must not be used for a service any more; undefined where it may. It was registered later for another customer's
 * service, or for any service after another that had it was over: it is somebody else's now.
 */
export function takenOver(own: NumberHolder, holders: readonly NumberHolder[]): string | undefined {
  for (const later of holders) {
    if (later.service === own.service || later.at <= own.at) continue;
    const others = own.customer !== undefined && later.customer !== undefined && own.customer !== later.customer;
    const known = own.customer !== undefined && own.customer === later.customer;
    const freed = holders.some(
      ({ service, over, at }) => service !== later.service && over !== undefined && over <= later.at && at <= own.at,
    );
    if (others || (freed && !known)) return 'the number is registered for somebody else';
  }
  return undefined;
}
