/**
 * What stands before every route: who asks, whether the table lets him, whether a page of ours sent it, and how often. A route that the
 * table does not know is asked for by nobody.
 */
import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { matchedRoutes } from 'hono/route';
import { Buckets } from '../access/limiter.js';
import { mayUse, type Rule, rolesFor, ruleOf } from '../access/routes.js';
import type { Instant } from '../domain/units.js';
import { addressOf, isFromHere, refuseForged } from './client.js';
import type { Bindings } from './ports.js';
import { Problem, problemOf } from './problem.js';
import { setRefusal, setWho, type Who } from './who.js';
import { type WhoGiven, whoAsks } from './who-asks.js';

export interface GuardGiven extends WhoGiven {
  /** Whether whoever reaches the port may ask for what the machine itself may: the metrics. */
  readonly isMetricsOpen?: boolean;
  readonly rates?: { readonly burst: number; readonly perSecond: number };
  readonly now?: () => Instant;
}

type Asked = Context<{ Bindings: Bindings }>;

/** What a page asks by itself: it keeps nobody signed in. */
const BY_ITSELF = new Set(['/v1/me', '/v1/stream', '/collect', '/v1/walls/enrolment']);
const REFUSED = new Set([401, 403]);
const RATES = { burst: 600, perSecond: 50 };
const STREAM_LOOK_MS = 3_000;
/** Refusals of one sort are written down so often; all are counted by the metrics. */
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
    const rule = ruleOf(route.method, route.path);
    let who: Who | undefined;
    let answered: (() => void) | undefined;
    let isNoted = false;
    const note = (reason: string) => {
      if (isNoted || noted.take(`${who?.id ?? ''} ${route.path}`) > 0) return;
      isNoted = true;
      const { id = 'anonymous', role = 'none' } = who ?? {};
      const subject = `${route.method} ${route.path}`;
      access.note({ who: id, role, what: 'request.refused', subject, outcome: 'refused', reason, request });
    };
    setRefusal(c, note);
    try {
      if (!rule) throw new Problem(403, 'not-allowed', 'nobody may ask for this');
      const found = await whoAsks(c, given, !BY_ITSELF.has(route.path));
      who = found.who;
      answered = found.answered;
      setWho(c, who, request);
      limit(c, who, buckets);
      if (!(rule.fromHere && given.isMetricsOpen)) refuseUnlessAllowed(rule, who, c);
      refuseOtherTopics(rule, who, c);
      // Who shows a key in a header is no browser that was led astray.
      if (who.kind !== 'key' && who.kind !== 'token' && !isGateway(rule)) refuseForged(c, publicUrl);
      if (who.isOpen && route.method === 'GET') await whileOpen(c, who.isOpen, next);
      else await next();
      // What a route refuses has become an answer by now.
      if (REFUSED.has(c.res.status)) note(problemOf(c.error)?.code ?? 'not-allowed');
    } catch (error) {
      const problem = problemOf(error);
      if (!problem) throw error;
      if (REFUSED.has(problem.status)) note(problem.code);
      const isPage = rule?.isPage && problem.status === 401;
      c.res = isPage ? c.redirect(signInAt(c, route.path), 303) : problem.response();
    }
    answered?.();
    c.res.headers.set('x-request-id', request);
  };
}

/** What goes on for hours ends when who asked is no longer let in. */
async function whileOpen(c: Asked, isOpen: () => Promise<boolean>, next: () => Promise<void>): Promise<void> {
  const ended = new AbortController();
  const { closing } = c.env ?? {};
  c.env = { ...c.env, closing: closing ? AbortSignal.any([closing, ended.signal]) : ended.signal };
  await next();
  if (!c.res.headers.get('content-type')?.startsWith('text/event-stream')) return;
  const look = setInterval(() => {
    isOpen().then(
      (isStill) => void (isStill || ended.abort()),
      // A store that does not answer for a moment cuts nobody off.
      () => {},
    );
  }, STREAM_LOOK_MS);
  look.unref();
  const signals = [closing, c.req.raw.signal, ended.signal];
  const over = () => {
    clearInterval(look);
    // The server's own signal lives for months: a stream that has ended leaves nothing on it.
    for (const signal of signals) signal?.removeEventListener('abort', over);
  };
  for (const signal of signals) signal?.addEventListener('abort', over, { once: true });
}

/** A gateway shows its own secret, by any type of body. */
function isGateway({ path }: Rule): boolean {
  return path.startsWith('/v1/sms/');
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
    const writing = 'writing needs a token: authorization: Bearer ..., or signing in';
    const message = rule.method === 'GET' ? 'sign in first' : writing;
    throw new Problem(401, 'unauthorised', message, { 'www-authenticate': 'Bearer' });
  }
  const [least] = rolesFor(rule).filter((role) => role !== 'ingest' && role !== 'wall');
  const words = `this needs the role ${least ?? rolesFor(rule).join(', ')}; yours is ${who.role}`;
  throw new Problem(403, 'role-missing', words);
}

/** A wall hears aggregates alone: the other topics name services. */
function refuseOtherTopics(rule: Rule, who: Who, c: Asked): void {
  if (rule.path !== '/v1/stream' || who.role !== 'wall' || c.req.query('topics') === 'wall') return;
  throw new Problem(403, 'topic-not-allowed', 'a wall may hear the topic wall alone: topics=wall');
}

/** Where one signs in, and comes back from; a wall shows a code instead. */
function signInAt(c: Asked, path: string): string {
  const { pathname, search } = new URL(c.req.url);
  const to = encodeURIComponent(pathname + search);
  return path === '/wall' ? `/wall/enrol?to=${to}` : `/sign-in?to=${to}`;
}
