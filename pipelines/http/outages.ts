/** One outage over HTTP: its faults in time, what counts, who is affected, what it costs, and those that are over. */
import type { Hono } from 'hono';
import type { OutageViews } from '../domain/outage-wire.js';
import { numberOf } from './alarms.js';
import { bad } from './orders.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';

const NAME_MAX = 512;
const LIMIT = 100;
const LIMIT_MAX = 1_000;
const NO_STORE = { 'cache-control': 'no-store' } as const;

/** GET /v1/outages/ended, /v1/outages/INCIDENT, and of one its /services and /projection. */
export function outageRoutes(app: Hono<{ Bindings: Bindings }>, views: () => OutageViews): void {
  app.get('/v1/outages/ended', async (c) => {
    const query = new URL(c.req.url).searchParams;
    only(query, ['limit']);
    return c.json({ outages: await views().ended(limitOf(query)) }, 200, NO_STORE);
  });
  app.get('/v1/outages/:incident', async (c) => {
    const incident = nameOf(c.req.param('incident'));
    return c.json(found(incident, await views().outage(incident)), 200, NO_STORE);
  });
  app.get('/v1/outages/:incident/services', async (c) => {
    const incident = nameOf(c.req.param('incident'));
    const query = new URL(c.req.url).searchParams;
    only(query, ['limit', 'after']);
    const after = query.get('after');
    if (after === '' || (after?.length ?? 0) > NAME_MAX) throw bad('after', 'is none that a page before has given');
    const page = await views().services(incident, { limit: limitOf(query), ...(after !== null && { after }) });
    return c.json(page, 200, NO_STORE);
  });
  app.get('/v1/outages/:incident/projection', async (c) => {
    const incident = nameOf(c.req.param('incident'));
    return c.json(found(incident, await views().projection(incident)), 200, NO_STORE);
  });
}

function found<T>(incident: string, value: T | undefined): T {
  if (value !== undefined) return value;
  throw new Problem(404, 'not-found', `there is no outage ${incident.slice(0, 64)}`);
}

function nameOf(incident: string): string {
  if (incident.length <= NAME_MAX && incident.lastIndexOf('/') > 0 && !/[\p{Cc}\p{Surrogate}]/u.test(incident))
    return incident;
  throw bad('incident', 'should be a fault by its name, such as cell-1/f1');
}

function limitOf(query: URLSearchParams): number {
  const limit = numberOf(query, 'limit', LIMIT, LIMIT_MAX);
  if (limit === 0) throw bad('limit', 'should be at least 1');
  return limit;
}

function only(query: URLSearchParams, names: readonly string[]): void {
  for (const name of query.keys()) {
    if (!names.includes(name)) throw bad(name, `is no parameter; there are ${names.join(', ')}`);
    if (query.getAll(name).length > 1) throw bad(name, 'is given more than once');
  }
}
