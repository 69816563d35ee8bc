/** The HTTP interface: events in, decisions out, and how the installation is. docs and clients know it as /v1. */
import { type Context, Hono } from 'hono';
import { routePath } from 'hono/route';
import type { Excuses } from '../access/excuses.js';
import { formatLocal } from '../domain/calendar.js';
import type { PlainOverrun } from '../domain/overrun-wire.js';
import type { Clause } from '../domain/search-wire.js';
import { type Instant, parseInstant } from '../domain/units.js';
import { type AlarmViews, alarmRoutes } from './alarms.js';
import { alertmanagerRoutes } from './alertmanager.js';
import { bytesOf, textOf } from './body.js';
import { takeEvents } from './events.js';
import { excuseRoutes } from './excuses.js';
import { kpiRoutes } from './kpi.js';
import type { Metrics } from './metrics.js';
import { orderBar, orderRestriction } from './orders.js';
import type { Bindings, EventIntake, Grant, Health, OutageView, StatusView, Views } from './ports.js';
import { Problem, problemOf } from './problem.js';
import { queryOf } from './query.js';
import { searchRoutes } from './search.js';
import { type Subjects, subjectRoutes } from './subjects.js';
import { tmfRoutes } from './tmf642.js';
import { AlarmHub } from './tmf642-form.js';
import { isUnlimited, type Tokens } from './tokens.js';
import { noteRefusal, whoOf } from './who.js';
import { worksRoutes } from './works.js';

export interface ApiGiven {
  /** Absent: this process is no door. */
  readonly intake?: EventIntake | undefined;
  /** Absent: this process shows nothing. */
  readonly views?: Views | undefined;
  /** Absent: this process keeps no list of alarms. */
  readonly alarms?: AlarmViews | undefined;
  /** Who listens to alarms; whoever keeps the list tells it what changed. */
  readonly hub?: AlarmHub | undefined;
  /** What is read from the state of tasks when it is asked for; absent: this process shows nothing; undefined: not yet. */
  readonly subjects?: (() => Subjects | undefined) | undefined;
  /** What one person proposed for another to confirm; absent: this process shows nothing. */
  readonly excuses?: Excuses | undefined;
  /** The clauses that the rule packs name, to be searched. */
  readonly clauses?: (() => readonly Clause[]) | undefined;
  readonly status: () => StatusView;
  readonly health: () => Health;
  readonly metrics: Metrics;
  readonly tokens: Tokens;
  /** Further routes, by those who know of more than this door does. */
  readonly further?: readonly ((app: Hono<{ Bindings: Bindings }>) => void)[];
  /** By how much limits can be passed, with how late records were to the tasks of this process. */
  readonly overrun?: () => PlainOverrun;
  readonly clockMode: 'live' | 'events';
  /** What the wall clock says: when an order came in. */
  readonly now?: () => Instant;
  /** Told of failures that are ours; else they go to standard error. */
  readonly failed?: (what: string, error: unknown) => void;
}

/** The routes under /v1, and /healthz, /readyz, /metrics. Serve them with `listen`, which checks hosts and sets headers. */
export function createApi(given: ApiGiven): Hono<{ Bindings: Bindings }> {
  const { health, metrics, tokens, clockMode, status, now = Date.now, failed = toStandardError } = given;
  const part = <T>(what: T | undefined, role: string): T => {
    if (what !== undefined) return what;
    throw new Problem(404, 'not-here', `this process has not the role ${role}: ask one that has`);
  };
  const intakeOf = () => part(given.intake, 'door');
  const viewsOf = () => part(given.views, 'dashboard');
  const app = new Hono<{ Bindings: Bindings }>();

  app.use('*', async (c, next) => {
    await next();
    const route = routePath(c, -1);
    metrics.answered(route === '/*' ? 'other' : route, c.res.status);
  });
  app.onError((error, c) => {
    const problem = problemOf(error);
    if (problem) return problem.response();
    failed(`${c.req.method} ${routePath(c, -1)}`, error);
    // What went wrong inside is for the log, not for the one who asked.
    return new Problem(500, 'internal', 'this failed inside; the log says why').response();
  });

  app.post('/v1/events', (c) => {
    const grant = grantOf(c, tokens);
    const notAllowed = (events: number) => {
      metrics.notAllowed(events);
      if (events > 0) noteRefusal(c, 'not-allowed');
    };
    return takeEvents(c, { intake: intakeOf(), failed, notAllowed }, grant);
  });
  app.post('/v1/clock', async (c) => {
    const grant = grantOf(c, tokens);
    // The clock is everybody's: who may send only some events may not move it.
    if (!isUnlimited(grant)) throw new Problem(403, 'not-allowed', `the token '${grant.name}' may not move the clock`);
    if (clockMode !== 'events') {
      throw new Problem(
        409,
        'clock-not-yours',
        'the clock is moved by ticks; only with DOZOR_CLOCK=events can it be moved',
      );
    }
    const until = await untilOf(c);
    await intakeOf()
      .moveClock(until)
      .catch((error: Error) => {
        throw new Problem(409, 'clock-not-moved', error.message);
      });
    return c.json({ until: iso(until) });
  });

  const orders = () => {
    const { notAllowed } = metrics;
    return { intake: intakeOf(), failed, notAllowed, views: given.views, clockMode, now };
  };
  app.put('/v1/services/:id/bars/:kind', (c) => orderBar(c, orders(), grantOf(c, tokens), 'bar.requested'));
  app.delete('/v1/services/:id/bars/:kind', (c) => orderBar(c, orders(), grantOf(c, tokens), 'bar.withdrawn'));
  app.post('/v1/proposals/:id', (c) => orderRestriction(c, orders(), grantOf(c, tokens)));

  const alarms = () => part(given.alarms, 'alerts');
  alarmRoutes(app, { views: alarms, orders, grantOf: (c) => grantOf(c, tokens) });
  tmfRoutes(app, { views: alarms, orders, grantOf: (c) => grantOf(c, tokens), hub: given.hub ?? new AlarmHub() });
  alertmanagerRoutes(app, { orders, grantOf: (c) => grantOf(c, tokens) });

  const subjects = () => {
    const found = part(given.subjects, 'dashboard')();
    if (found) return found;
    throw new Problem(503, 'not-yet', 'the state cannot be read yet: /readyz says what is waited for');
  };
  kpiRoutes(app, () => subjects().kpis);
  subjectRoutes(app, subjects);
  const acts = { orders, grantOf: (c: Context) => grantOf(c, tokens) };
  worksRoutes(app, { ...acts, works: () => subjects().works, clock: () => status().clock });
  searchRoutes(app, { views: viewsOf, alarms, subjects, clauses: given.clauses, status });
  excuseRoutes(app, {
    ...acts,
    excuses: () => part(given.excuses, 'dashboard'),
    outages: () => subjects().outages,
    intake: intakeOf,
    clockMode,
    now,
  });

  app.get('/v1/decisions', async (c) => {
    const query = queryOf(new URL(c.req.url).searchParams);
    const page = await viewsOf().decisions(query);
    const headers: Record<string, string> = { 'cache-control': 'no-store' };
    if (page.next !== undefined) {
      const url = new URL(c.req.url);
      url.searchParams.set('after', page.next);
      headers['link'] = `<${url.pathname}${url.search}>; rel="next"`;
    }
    if (!c.req.header('accept')?.includes('application/x-ndjson')) return c.json(page, 200, headers);
    const text = page.decisions.map((decision) => `${JSON.stringify(decision)}\n`).join('');
    return c.body(text, 200, { ...headers, 'content-type': 'application/x-ndjson' });
  });
  app.get('/v1/decisions/:id', async (c) => {
    const id = c.req.param('id');
    const decision = await viewsOf().decision(id);
    if (!decision) throw new Problem(404, 'not-found', `there is no decision ${id.slice(0, 64)}`);
    return c.json(decision, 200, { 'cache-control': 'no-store' });
  });
  app.get('/v1/outages', (c) =>
    c.json({ outages: viewsOf().outages().map(outageOf) }, 200, { 'cache-control': 'no-store' }),
  );
  app.get('/v1/overrun', (c) => {
    const overrun = part(given.overrun, 'service');
    return c.json(overrun(), 200, { 'cache-control': 'no-store' });
  });
  app.get('/v1/status', (c) => c.json(statusOf(status()), 200, { 'cache-control': 'no-store' }));

  for (const add of given.further ?? []) add(app);

  app.get('/healthz', (c) => {
    const { alive } = health();
    return c.json({ alive }, alive ? 200 : 503, { 'cache-control': 'no-store' });
  });
  app.get('/readyz', (c) => {
    const { ready, waitingFor } = health();
    return c.json({ ready, waitingFor }, ready ? 200 : 503, { 'cache-control': 'no-store' });
  });
  app.get('/metrics', async (c) => {
    metrics.show(status());
    const text = await metrics.registry.metrics();
    return c.body(text, 200, { 'content-type': metrics.registry.contentType, 'cache-control': 'no-store' });
  });
  return app;
}

/** What the one who writes may do; a Problem (401) where nobody knows him. */
function grantOf(c: Context, tokens: Tokens): Grant {
  const who = whoOf(c);
  if (who?.grant) return who.grant;
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(c.req.header('authorization') ?? '') ?? [];
  const grant = token === undefined ? undefined : tokens.find(token);
  if (grant) return grant;
  const challenge = { 'www-authenticate': token === undefined ? 'Bearer' : 'Bearer error="invalid_token"' };
  const message = token === undefined ? 'writing needs a token: authorization: Bearer ...' : 'this token is not known';
  throw new Problem(401, 'unauthorised', message, challenge);
}

async function untilOf(c: Context): Promise<Instant> {
  const text = await textOf(bytesOf(c.req.raw.body, 'identity'), 1_024);
  let until: unknown;
  try {
    until = (JSON.parse(text) as { until?: unknown } | null)?.until;
  } catch {
    throw new Problem(400, 'not-json', 'the body should be { "until": TIME }');
  }
  const at = typeof until === 'string' ? parseInstant(until) : undefined;
  if (at !== undefined) return at;
  throw new Problem(
    400,
    'bad-parameter',
    'until should be an RFC 3339 time with an offset, such as 2026-07-01T00:00:00+02:00',
  );
}

/** On the wire times are RFC 3339, here as everywhere. */
function outageOf(outage: OutageView): Record<string, unknown> {
  const { from, overdueAt, confirmedAt, zone, ...rest } = outage;
  const local = (at: Instant | null) => (at === null ? null : formatLocal(at, zone));
  return { ...rest, from: local(from), overdueAt: local(overdueAt), confirmedAt: local(confirmedAt), zone };
}

function statusOf(status: StatusView): Record<string, unknown> {
  const { clock, startedAt, ...rest } = status;
  return { clock: clock === null ? null : iso(clock), startedAt: iso(startedAt), ...rest };
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}

function toStandardError(what: string, error: unknown): void {
  process.stderr.write(
    `dozor: ${what} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}
