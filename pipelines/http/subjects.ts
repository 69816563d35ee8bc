/** One service, one element: what is known of it, read from the state of its task when it is asked for. */
import type { Hono } from 'hono';
import type { KpiViews } from '../domain/kpi/chart.js';
import type { OutageViews } from '../domain/outage-wire.js';
import type { HeldViews, IdViews } from '../domain/search-wire.js';
import type { ElementView } from '../domain/subject/element-view.js';
import type { ServiceView } from '../domain/subject/service-view.js';
import type { WorksViews } from '../domain/works-wire.js';
import { outageRoutes } from './outages.js';
import type { Bindings } from './ports.js';
import { Problem } from './problem.js';

/** What is read from the state of tasks. */
export interface Subjects {
  readonly kpis: KpiViews;
  readonly elements: { element(id: string): Promise<ElementView | undefined> };
  /** `waiting`: events wait for its record. */
  readonly services: { service(id: string): Promise<ServiceView | 'waiting' | undefined> };
  readonly outages: OutageViews;
  readonly works: WorksViews;
  readonly ids: IdViews & HeldViews;
}

const ID_MAX = 256;
const NO_STORE = { 'cache-control': 'no-store' } as const;

/** GET /v1/services/ID, GET /v1/elements/ID, and what there is of outages. */
export function subjectRoutes(app: Hono<{ Bindings: Bindings }>, subjects: () => Subjects): void {
  outageRoutes(app, () => subjects().outages);
  app.get('/v1/services/:id', async (c) => {
    const id = idOf(c.req.param('id'));
    const view = await subjects().services.service(id);
    if (view === 'waiting')
      throw new Problem(404, 'not-known-yet', `events wait for the record of the service ${id.slice(0, 64)}`);
    if (!view) throw new Problem(404, 'not-found', `there is no service ${id.slice(0, 64)}`);
    return c.json(view, 200, NO_STORE);
  });
  app.get('/v1/elements/:id', async (c) => {
    const id = idOf(c.req.param('id'));
    const view = await subjects().elements.element(id);
    if (!view) throw new Problem(404, 'not-found', `there is no element ${id.slice(0, 64)}`);
    return c.json(view, 200, NO_STORE);
  });
}

/** An id as the door takes it: bounded, and no part of another key. */
function idOf(id: string): string {
  if (id.length > ID_MAX || /[\p{Cc}\p{Surrogate}]/u.test(id))
    throw new Problem(400, 'bad-parameter', `id should have at most ${ID_MAX} characters, and none that no name has`);
  return id;
}
