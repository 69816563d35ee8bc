/**
 * What stands before every route: who asks, whether the table lets him, whether a page of ours sent it, and how often. A route that the
 * table does not know is asked for by nobody.
 */
import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { getCookie } from 'hono/cookie';
import { matchedRoutes } from 'hono/route';
import type { Access } from '../access/access.js';
import { Buckets } from '../access/limiter.js';
import { eventsOf } from '../access/roles.js';
import { mayUse, type Rule, rolesFor, ruleOf } from '../access/routes.js';
import { Unavailable } from '../access/shelf.js';
import type { Instant } from '../domain/units.js';
import { addressOf, isByTls, isFromHere, refuseForged } from './client.js';
import { sessionCookie } from './cookies.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';
import type { Tokens } from './tokens.js';
import { grantOfPerson, setWho, type Who } from './who.js';

export interface GuardGiven {
  readonly access: Access;
  readonly tokens: Tokens;
  /** What one may look at without signing in. */
  readonly anonymous: 'viewer' | 'none';
  /** The address at which browsers reach us, where a proxy stands between. */
  readonly publicUrl?: string | undefined;
  readonly rates?: { readonly burst: number; readonly perSecond: number };
  readonly now?: () => Instant;
}

type Asked = Context<{ Bindings: Bindings }>;

/** What a page asks by itself: it keeps nobody signed in. */
const BY_ITSELF = new Set(['/v1/me', '/v1/stream', '/collect']);
const RATES = { burst: 600, perSecond: 50 };
const STREAM_LOOK_MS = 5_000;
/** Refusals of one sort are written down so often; the rest are counted by the metrics. */
const NOTED = { burst: 20, perSecond: 0.2 };

/** The guard. It must be put before all routes, in the same app. */
export function accessGuard(given: GuardGiven): MiddlewareHandler<{ Bindings: Bindings }> {
  const { access, publicUrl, now = access.now } = given;
  const buckets = new Buckets(given.rates ?? RATES, now);
  const noted = new Buckets(NOTED, now);
  return async (c, next) => {
    const route = matchedRoutes(c).find(({ method }) => method !== 'ALL');
    if (!route) return next();
    const request = randomUUID();
    c.header('x-request-id', request);
    const rule = ruleOf(route.method, route.path);
    if (!rule) return new Problem(403, 'not-allowed', 'nobody may ask for this').response();
    let who: Who | undefined;
    try {
      who = await whoAsks(c, given);
      setWho(c, who);
      limit(c, who, buckets);
      refuseUnlessAllowed(rule, who, c);
      // Who shows a key in a header is no browser that was led astray.
      if (who.kind !== 'key' && who.kind !== 'token' && !isGateway(rule)) refuseForged(c, publicUrl);
    } catch (error) {
      const problem = problemOf(error);
      if (!problem) throw error;
      if ([401, 403].includes(problem.status) && noted.take(`${who?.id ?? ''} ${route.path}`) === 0)
        access.note({
          who: who?.id ?? 'anonymous',
          role: who?.role ?? 'none',
          what: 'request.refused',
          subject: `${route.method} ${route.path}`,
          outcome: 'refused',
          reason: problem.code,
          request,
        });
      if (rule.isPage && problem.status === 401) return c.redirect(signInAt(c), 303);
      return problem.response();
    }
    const { session } = who;
    if (!session || !BY_ITSELF.has(route.path)) return next();
    // What goes on for hours ends when the session does.
    const ended = new AbortController();
    const look = setInterval(() => {
      access.sessions.isOpen(session).then(
        (isOpen) => void (isOpen || ended.abort()),
        () => {},
      );
    }, STREAM_LOOK_MS);
    look.unref();
    const { closing } = c.env ?? {};
    c.env = { ...c.env, closing: closing ? AbortSignal.any([closing, ended.signal]) : ended.signal };
    const over = () => clearInterval(look);
    closing?.addEventListener('abort', over, { once: true });
    c.req.raw.signal.addEventListener('abort', over, { once: true });
    ended.signal.addEventListener('abort', over, { once: true });
    await next();
    if (!c.res.headers.get('content-type')?.startsWith('text/event-stream')) over();
  };
}

/** A gateway shows its own secret, by any type of body. */
function isGateway({ path }: Rule): boolean {
  return path.startsWith('/v1/sms/');
}

async function whoAsks(c: Asked, { access, tokens, anonymous, publicUrl }: GuardGiven): Promise<Who> {
  const header = c.req.header('authorization');
  if (header !== undefined) return byHeader(header, access, tokens);
  const token = getCookie(c, sessionCookie(isByTls(c, publicUrl)));
  if (token !== undefined) {
    const signed = await access.sessions.find(token, { acts: !BY_ITSELF.has(new URL(c.req.url).pathname) });
    if (signed) {
      const { account, session } = signed;
      const { id, role, name } = account;
      return { kind: 'person', id, role, name, session, grant: grantOfPerson(id, role) };
    }
  }
  return { kind: 'nobody', id: 'anonymous', role: anonymous === 'viewer' ? 'viewer' : undefined };
}

async function byHeader(header: string, access: Access, tokens: Tokens): Promise<Who> {
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(header) ?? [];
  const grant = token === undefined ? undefined : tokens.find(token);
  if (grant) return { kind: 'token', id: grant.name, role: 'ingest', grant };
  const key = token === undefined || !access.isAttached ? undefined : await access.keys.find(token);
  if (!key)
    throw new Problem(401, 'unauthorised', 'this token is not known', {
      'www-authenticate': 'Bearer error="invalid_token"',
    });
  const { id, name, role, sources, operators, types } = key;
  const bounds = { ...(sources && { sources }), ...(operators && { operators }) };
  const byRole = eventsOf(role);
  // A key of a person's role sends what the role may, of what the key may.
  const own = role === 'ingest' ? types : byRole.filter((type) => types?.includes(type) ?? true);
  return { kind: 'key', id, role, name, grant: { name, ...bounds, ...(own && { types: own }) } };
}

function limit(c: Asked, who: Who, buckets: Buckets): void {
  // Who sends events is slowed down by the door itself.
  if (who.role === 'ingest') return;
  const waitMs = buckets.take(who.kind === 'nobody' ? addressOf(c) : who.id);
  if (waitMs > 0) throw tooMany(waitMs);
}

/** The answer to who asks too often. */
export function tooMany(waitMs: number): Problem {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new Problem(429, 'too-often', `this was asked too often: wait ${seconds} s`, { 'retry-after': `${seconds}` });
}

function refuseUnlessAllowed(rule: Rule, who: Who, c: Asked): void {
  if (mayUse(rule, who.role)) return;
  if (rule.fromHere && isFromHere(c)) return;
  if (who.kind === 'nobody') {
    const message =
      rule.method === 'GET' ? 'sign in first' : 'writing needs a token: authorization: Bearer ..., or signing in';
    throw new Problem(401, 'unauthorised', message, { 'www-authenticate': 'Bearer' });
  }
  const [least] = rolesFor(rule).filter((role) => role !== 'ingest' && role !== 'wall');
  throw new Problem(
    403,
    'role-missing',
    `this needs the role ${least ?? rolesFor(rule).join(', ')}; yours is ${who.role}`,
  );
}

function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (!(error instanceof Unavailable)) return undefined;
  return new Problem(503, 'unavailable', 'who you are cannot be looked up now', { 'retry-after': '5' });
}

function signInAt(c: Asked): string {
  const { pathname, search } = new URL(c.req.url);
  return `/sign-in?to=${encodeURIComponent(pathname + search)}`;
}
