/** Search across everything, with a bounded answer; and what was refused, is held or waits. */
import type { Hono } from 'hono';
import { DECISION_TYPES } from '../domain/decision.js';
import type { OutageViews } from '../domain/outage-wire.js';
import type { Clause, Finds, HeldViews, IdViews, RefusedAnswer, SearchAnswer } from '../domain/search-wire.js';
import type { AlarmViews } from './alarms.js';
import { bad } from './orders.js';
import type { Bindings, StatusView, Views } from './ports.js';
import { Problem } from './problem.js';

export interface SearchRoutes {
  readonly views: () => Views;
  /** Throws a Problem where this process keeps no list of alarms. */
  readonly alarms: () => AlarmViews;
  readonly subjects: () => { readonly ids: IdViews & HeldViews; readonly outages: OutageViews };
  /** The clauses that the rule packs name; absent: the packs are not known here. */
  readonly clauses?: (() => readonly Clause[]) | undefined;
  readonly status: () => StatusView;
}

const MIN = 2;
const MAX = 128;
/** So many of each kind. */
const EACH = 10;
const LOOKED = 1_000;
const LINES = 100;
const NO_STORE = { 'cache-control': 'no-store' } as const;
/** Numbers of persons are known to nobody here, and must not stand in an address. */
const PHONE = /^\+?[\d\s()/-]{8,20}$/;

/** GET /v1/search?q=, GET /v1/refused. */
export function searchRoutes(app: Hono<{ Bindings: Bindings }>, given: SearchRoutes): void {
  app.get('/v1/search', async (c) => {
    const query = new URL(c.req.url).searchParams;
    for (const name of query.keys()) if (name !== 'q') throw bad(name, 'is no parameter; there is q');
    const q = (query.get('q') ?? '').trim();
    if (q.length < MIN || q.length > MAX) throw bad('q', `should have ${MIN} to ${MAX} characters`);
    if (PHONE.test(q)) throw bad('q', 'looks like a phone number: search by the id of the service');
    return c.json(await search(q, given), 200, NO_STORE);
  });
  app.get('/v1/refused', async (c) => {
    const query = new URL(c.req.url).searchParams;
    for (const name of query.keys()) throw bad(name, 'is no parameter; there is none');
    return c.json(await refused(given), 200, NO_STORE);
  });
}

async function search(q: string, given: SearchRoutes): Promise<SearchAnswer> {
  const words = q.toLowerCase();
  const views = given.views();
  const { ids, outages } = given.subjects();
  const [services, elements, bySubject, byIncident, byId, outage] = await Promise.all([
    ids.services(q, EACH),
    ids.elements(q, EACH),
    views.decisions({ subject: q, limit: EACH }),
    views.decisions({ incident: q, limit: EACH }),
    views.decision(q),
    q.lastIndexOf('/') > 0 ? outages.outage(q) : undefined,
  ]);
  const open = views
    .outages()
    .filter(({ incident, reasons }) => [incident, ...reasons].some((text) => text.toLowerCase().includes(words)));
  const known = open
    .slice(0, EACH)
    .map(({ incident, reasons }) => ({ incident, isOpen: true, words: reasons.join('; ') }));
  const isListed = !outage || known.some(({ incident }) => incident === q);
  const ended = isListed
    ? []
    : [{ incident: q, isOpen: outage.to === null, words: outage.faults[0]?.parts.at(-1)?.reason ?? '' }];
  const decided = new Map(
    [...(byId ? [byId] : []), ...bySubject.decisions, ...byIncident.decisions].map((one) => [one.id, one]),
  );
  const decisions = [...decided.values()].slice(0, EACH);
  const isMore = decided.size > EACH || bySubject.next !== undefined || byIncident.next !== undefined;
  return {
    q,
    alarms: alarmsOf(q, given),
    outages: { found: [...ended, ...known], total: open.length + ended.length },
    decisions: {
      found: decisions.map(({ id, type, subject = '', time }) => ({ id, type, subject, time })),
      total: isMore ? null : decided.size,
    },
    types: some(DECISION_TYPES.filter((type) => type.includes(words))),
    services: { found: services, total: services.length < EACH ? services.length : null },
    elements: { found: elements, total: elements.length < EACH ? elements.length : null },
    clauses: given.clauses
      ? some(
          given
            .clauses()
            .filter(({ clause, about, operator }) =>
              [clause, about, operator].some((text) => text.toLowerCase().includes(words)),
            ),
        )
      : { found: [], total: 0, absent: 'the rule packs are not known here' },
  };
}

function alarmsOf(q: string, { alarms }: SearchRoutes): SearchAnswer['alarms'] {
  try {
    const found = alarms().alarms({ text: q, shown: 'all' });
    const shown = found.slice(0, EACH).map(({ id, resource, said, qualifier, perceivedSeverity }) => ({
      id,
      resource,
      words: said.specificProblem ?? said.text ?? said.probableCause ?? qualifier,
      severity: perceivedSeverity,
    }));
    return { found: shown, total: found.length };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { found: [], total: 0, absent: error.message };
  }
}

function some<T>(all: readonly T[]): Finds<T> {
  return { found: all.slice(0, EACH), total: all.length };
}

async function refused({ views, subjects, status }: SearchRoutes): Promise<RefusedAnswer> {
  const { ids } = subjects();
  const [{ decisions }, held, waiting] = await Promise.all([
    views().decisions({ type: 'event.rejected', limit: LOOKED }),
    ids.held(LINES),
    ids.waiting(LINES),
  ]);
  const counts = new Map<string, { readonly reason: string; readonly source: string; count: number }>();
  for (const { data } of decisions) {
    const reason = String(data['reason']);
    const { source } = (data['event'] ?? {}) as { readonly source?: unknown };
    const name = typeof source === 'string' ? source.slice(0, MAX) : '';
    const key = `${reason} ${name}`;
    const line = counts.get(key) ?? { reason, source: name, count: 0 };
    line.count += 1;
    counts.set(key, line);
  }
  const { rejected, duplicates, waiting: waitingTotal } = status().counts;
  return {
    reasons: rejected,
    sources: [...counts.values()].sort((a, b) => b.count - a.count || (a.source < b.source ? -1 : 1)).slice(0, LINES),
    looked: decisions.length,
    duplicates,
    waitingTotal,
    waiting,
    held,
  };
}
