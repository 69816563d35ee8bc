/** Planned works over HTTP: the list, and planning and cancelling, each an event of the story with its author. */
import type { Context, Hono } from 'hono';
import type { WorksViews } from '../domain/works-wire.js';
import { numberOf } from './alarms.js';
import { bad, type OrdersGiven, objectOf, take, timeOf } from './orders.js';
import type { Bindings, Grant } from './ports.js';

export interface WorksRoutes {
  readonly works: () => WorksViews;
  readonly orders: () => OrdersGiven;
  readonly grantOf: (c: Context) => Grant;
  /** What the clock of the story says; where events move it, an act is done then. */
  readonly clock: () => number | null;
}

const LIMIT = 500;
const LIMIT_MAX = 5_000;
const PLAN_FIELDS: readonly string[] = ['element', 'worksId', 'from', 'to', 'channel', 'reason', 'time'];
const CANCEL_FIELDS: readonly string[] = ['reason', 'time'];

/** GET /v1/works, POST /v1/works, POST /v1/works/ELEMENT/WORKS/cancel. */
export function worksRoutes(app: Hono<{ Bindings: Bindings }>, { works, orders, grantOf, clock }: WorksRoutes): void {
  const timeIn = (body: Readonly<Record<string, unknown>>, given: OrdersGiven) => {
    if (body['time'] !== undefined) return timeOf(body['time'], 'when it was done');
    return given.clockMode === 'live' ? given.now() : (clock() ?? given.now());
  };
  app.get('/v1/works', async (c) => {
    const query = new URL(c.req.url).searchParams;
    for (const name of query.keys()) if (name !== 'limit') throw bad(name, 'is no parameter; there is limit');
    return c.json(await works().works(numberOf(query, 'limit', LIMIT, LIMIT_MAX)), 200, {
      'cache-control': 'no-store',
    });
  });
  app.post('/v1/works', async (c) => {
    const grant = grantOf(c);
    const body = await objectOf(c);
    only(body, PLAN_FIELDS);
    const { element, worksId, from, to, channel, reason } = body;
    if (typeof element !== 'string' || element === '') throw bad('element', 'is missing: where the works are');
    const given = orders();
    const data = {
      worksId,
      from,
      to,
      channel: channel ?? 'web',
      by: grant.name,
      ...(reason !== undefined && { reason }),
    };
    return take(c, given, grant, { type: 'works.announced', subject: element, time: timeIn(body, given), data });
  });
  app.post('/v1/works/:element/:worksId/cancel', async (c) => {
    const grant = grantOf(c);
    const body = await objectOf(c);
    only(body, CANCEL_FIELDS);
    const { element, worksId } = c.req.param();
    const { reason } = body;
    const given = orders();
    const data = { worksId, by: grant.name, ...(reason !== undefined && { reason }) };
    return take(c, given, grant, { type: 'works.cancelled', subject: element, time: timeIn(body, given), data });
  });
}

function only(body: Readonly<Record<string, unknown>>, names: readonly string[]): void {
  for (const name of Object.keys(body))
    if (!names.includes(name)) throw bad(name, `is no field; there are ${names.join(', ')}`);
}
