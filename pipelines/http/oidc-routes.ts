/** Signing in by another provider: GET /v1/oidc/start leads there, GET /v1/oidc/return comes back. */
import type { Context, Hono } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Access } from '../access/access.js';
import type { Oidc, OidcTrip } from '../access/oidc.js';
import { isByTls, isOnLoopback, localPath } from './client.js';
import { give, oidcCookie, take } from './cookies.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import { beginSession, refuseInTheClear } from './session-routes.js';
import { actorOf } from './who.js';

export interface OidcRoutesGiven {
  readonly access: Access;
  readonly publicUrl?: string | undefined;
  /** Absent: nobody signs in by another provider. */
  readonly oidc?: Oidc | undefined;
  /** Told why somebody did not come in: the browser is told nothing of it. */
  readonly failed?: ((what: string, detail: Readonly<Record<string, unknown>>) => void) | undefined;
}

type Asked = Context<{ Bindings: Bindings }>;

const TRIP_SECONDS = 600;

/** Both routes. */
export function oidcRoutes(app: Hono<{ Bindings: Bindings }>, given: OidcRoutesGiven): void {
  const { access, publicUrl, oidc, failed = () => {} } = given;
  const provider = () => {
    if (oidc) return oidc;
    throw new Problem(404, 'not-found', 'no other provider is set (DOZOR_OIDC)');
  };
  const returnTo = (c: Asked) => `${publicUrl ?? new URL(c.req.url).origin}/v1/oidc/return`;
  const notIn = (c: Asked, why: string) => {
    failed('somebody was not let in by the other provider', { why });
    access.note({ ...actorOf(c), what: 'session.begun', outcome: 'refused', reason: 'oidc' });
    return c.redirect('/sign-in?failed=provider', 303);
  };

  app.get('/v1/oidc/start', async (c) => {
    const asked = provider();
    refuseInTheClear(c, publicUrl);
    // The address that we name to the provider must be ours, and not what somebody wrote into a header.
    if (publicUrl === undefined && !isOnLoopback(c)) throw new Problem(503, 'not-set', 'set DOZOR_PUBLIC_URL');
    const to = localPath(c.req.query('to'));
    let begun: Awaited<ReturnType<Oidc['begin']>>;
    try {
      begun = await asked.begin(returnTo(c), to);
    } catch (error) {
      return notIn(c, (error as Error).message);
    }
    const tls = isByTls(c, publicUrl);
    const trip = Buffer.from(JSON.stringify(begun.trip)).toString('base64url');
    // Lax: the provider's page leads back here, and this cookie has to come along.
    give(c, oidcCookie(tls), trip, { tls, maxAge: TRIP_SECONDS, sameSite: 'Lax' });
    c.header('cache-control', 'no-store');
    return c.redirect(begun.url.href, 303);
  });

  app.get('/v1/oidc/return', async (c) => {
    const asked = provider();
    const tls = isByTls(c, publicUrl);
    const trip = tripOf(getCookie(c, oidcCookie(tls)));
    // Used once, whatever becomes of it.
    take(c, oidcCookie(tls), tls);
    c.header('cache-control', 'no-store');
    if (!trip) return notIn(c, 'it was not begun in this browser');
    const current = new URL(returnTo(c));
    current.search = new URL(c.req.url).search;
    try {
      const { role, ...person } = await asked.finish(current, trip);
      if (!role) return notIn(c, 'none of the groups has a role');
      const account = await access.accounts.byProvider({ ...person, role });
      if (!account) return notIn(c, 'the account is locked');
      // A browser that comes from elsewhere does not send the new cookie yet: the sign-in page goes on by itself.
      const on = () => c.redirect(`/sign-in?to=${encodeURIComponent(localPath(trip.to))}`, 303);
      return await beginSession(c, { access, publicUrl, account, answer: on });
    } catch (error) {
      if (error instanceof Problem) throw error;
      return notIn(c, (error as Error).message);
    }
  });
}

function tripOf(cookie: string | undefined): OidcTrip | undefined {
  if (cookie === undefined || cookie.length > 4_000) return undefined;
  try {
    const trip = JSON.parse(Buffer.from(cookie, 'base64url').toString('utf8')) as Partial<OidcTrip> | null;
    const { verifier, state, nonce, to } = trip ?? {};
    const isWhole = [verifier, state, nonce, to].every((one) => typeof one === 'string' && one !== '');
    return isWhole ? (trip as OidcTrip) : undefined;
  } catch {
    return undefined;
  }
}
