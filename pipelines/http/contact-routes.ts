/**
 * How a subscriber is reached: masked for who works on the case, and whole for a supervisor who says why. What was shown stands in the
 * trail before it is shown. No number is in an address: the service's id is opaque.
 */
import type { Context, Hono } from 'hono';
import type { Access } from '../access/access.js';
import { Buckets } from '../access/limiter.js';
import { tooMany } from './access-guard.js';
import { bad, objectOf } from './orders.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import { textsOf } from './session-routes.js';
import { actorOf, whoOf } from './who.js';

/** What HTTP asks of the book of contacts. */
export interface ContactViews {
  find(service: string): Promise<{ readonly msisdn?: string; readonly email?: string } | undefined>;
}

export interface ContactRoutesGiven {
  readonly access: Access;
  /** Absent: this process keeps no contacts. */
  readonly contacts?: ContactViews | undefined;
}

const NO_STORE = { 'cache-control': 'no-store' } as const;
const REASON_MAX = 300;
const REASON_MIN = 8;
/** One after another for a case, and so many in an hour: a list is not made of reveals. */
const REVEALS = { burst: 20, perSecond: 20 / 3_600 };

/** GET /v1/contacts/SERVICE and POST /v1/contacts/SERVICE/reveal. */
export function contactRoutes(app: Hono<{ Bindings: Bindings }>, { access, contacts }: ContactRoutesGiven): void {
  const reveals = new Buckets(REVEALS, access.now);
  const found = async (c: Context) => {
    if (!contacts) throw new Problem(404, 'not-here', 'this process has not the role alerts: ask one that has');
    const contact = await contacts.find(c.req.param('service')!);
    if (!contact) throw new Problem(404, 'not-found', 'no contact is registered for this service');
    return contact;
  };

  app.get('/v1/contacts/:service', async (c) => {
    const { msisdn, email } = await found(c);
    return c.json({ msisdn: maskedNumber(msisdn), email: maskedEmail(email), isMasked: true }, 200, NO_STORE);
  });

  app.post('/v1/contacts/:service/reveal', async (c) => {
    if (whoOf(c)?.kind !== 'person') throw new Problem(403, 'no-person', 'a person reveals a number, and this is none');
    const { reason } = textsOf(await objectOf(c), { reason: REASON_MAX });
    if (reason.trim().length < REASON_MIN) throw bad('reason', `should have at least ${REASON_MIN} characters`);
    // The trail is kept for long: what it hides must not be said in it.
    if (/\d(?:[\d ()/.-]{4,})\d|@/.test(reason)) throw bad('reason', 'should hold no number and no address');
    const actor = actorOf(c);
    const waitMs = reveals.take(actor.who);
    if (waitMs > 0) {
      access.note({ ...actor, what: 'contact.revealed', outcome: 'refused', reason: 'too-often' });
      throw tooMany(waitMs);
    }
    const { msisdn, email } = await found(c);
    const subject = c.req.param('service');
    await access.write({ ...actor, what: 'contact.revealed', subject, outcome: 'done', reason: reason.trim() });
    return c.json({ msisdn: msisdn ?? null, email: email ?? null, isMasked: false }, 200, NO_STORE);
  });
}

/** A number as who works on a case sees it: country and network, and the last four digits; a short one shows two alone. */
export function maskedNumber(msisdn: string | undefined): string | null {
  if (msisdn === undefined) return null;
  if (msisdn.length < 13) return `${'*'.repeat(Math.max(3, msisdn.length - 2))}${msisdn.slice(-2)}`;
  return `${msisdn.slice(0, 6)}${'*'.repeat(msisdn.length - 10)}${msisdn.slice(-4)}`;
}

/** An address as who works on a case sees it: its first letter and its host. */
export function maskedEmail(email: string | undefined): string | null {
  if (email === undefined) return null;
  const [name = '', host = ''] = email.split('@');
  return `${name.slice(0, 1)}***@${host}`;
}
