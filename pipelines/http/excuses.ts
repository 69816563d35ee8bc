/** Excusing time with four eyes over HTTP: a proposal, and what another person makes of it. What is confirmed becomes events. */
import type { Context, Hono } from 'hono';
import { type Excuse, ExcuseError, type Excuses } from '../access/excuses.js';
import type { ExcuseAsked, ExcuseLine } from '../domain/excuse-wire.js';
import type { OutageDetail, OutageViews } from '../domain/outage-wire.js';
import { type Instant, parseInstant } from '../domain/units.js';
import { bad, keyOf, objectOf } from './orders.js';
import type { Bindings, EventIntake, Grant } from './ports.js';
import { Problem } from './problem.js';

export interface ExcuseRoutes {
  readonly excuses: () => Excuses;
  readonly outages: () => OutageViews;
  readonly intake: () => EventIntake;
  readonly grantOf: (c: Context) => Grant;
  readonly clockMode: 'live' | 'events';
  readonly now: () => Instant;
}

const NO_STORE = { 'cache-control': 'no-store' } as const;
const FIELDS: readonly string[] = ['incident', 'from', 'to', 'responsibility', 'reason'];
const TEXT_MAX = 2_000;
/** As the door takes the name of a role. */
const ROLE = /^[a-z0-9]+([._:/-][a-z0-9]+)*$/;
/** What was confirmed by two persons is sent by the console itself. */
const CONSOLE: Grant = { name: 'console' };
export const EXCUSE_SOURCE = 'console/excuses';

const STATUS = {
  'not-found': 404,
  settled: 409,
  expired: 409,
  'same-person': 403,
  'not-yours': 403,
  'too-many': 429,
} as const satisfies Record<ExcuseError['code'], number>;

/** GET and POST /v1/excuses, and POST /v1/excuses/ID/confirm, reject and withdraw: who may propose need not be who may confirm. */
export function excuseRoutes(app: Hono<{ Bindings: Bindings }>, given: ExcuseRoutes): void {
  const { excuses, outages, grantOf } = given;
  app.get('/v1/excuses', async (c) => c.json({ excuses: (await excuses().list()).map(wireOf) }, 200, NO_STORE));
  app.post('/v1/excuses', async (c) => {
    const by = personOf(grantOf(c));
    const key = keyOf(c.req.header('idempotency-key'));
    const asked = await askedIn(await objectOf(c), outages());
    return c.json(wireOf(await said(excuses().propose(asked, by, key))), 201, NO_STORE);
  });
  for (const act of ['reject', 'withdraw'] as const) {
    app.post(`/v1/excuses/:id/${act}`, async (c) => {
      const by = personOf(grantOf(c));
      const why = await whyOf(c);
      if (act === 'reject' && why === '') throw bad('why', 'is missing: say why it is rejected');
      const as = act === 'reject' ? 'rejected' : 'withdrawn';
      return c.json(wireOf(await said(excuses().end(c.req.param('id'), by, as, why))), 200, NO_STORE);
    });
  }
  app.post('/v1/excuses/:id/confirm', async (c) => {
    const by = personOf(grantOf(c));
    await whyOf(c);
    const id = c.req.param('id');
    const intake = given.intake();
    const held = await said(excuses().find(id));
    const outage = await outages().outage(held.incident);
    if (!outage) throw new Problem(409, 'gone', 'the fault is not known any more');
    const known = given.clockMode === 'live' ? given.now() : Date.parse(outage.clock);
    const confirmed = await said(excuses().confirm(id, by, (excuse) => eventsOf(excuse, outage, known)));
    const answer = confirmed.state === 'confirmed' ? await sendExcuse(confirmed, excuses(), intake) : confirmed;
    if (answer.state === 'refused') throw new Problem(422, 'refused', `the door refused it: ${answer.why}`);
    return c.json(wireOf(answer), 200, NO_STORE);
  });
}

async function whyOf(c: Context): Promise<string> {
  const body = await objectOf(c);
  for (const name of Object.keys(body)) if (name !== 'why') throw bad(name, 'is no field; there is why');
  return textOf('why', body['why'] ?? '');
}

/** Sends what was confirmed; what went through before is a duplicate. Rejects where the door does not answer: try it again. */
export async function sendExcuse(excuse: Excuse, excuses: Excuses, intake: EventIntake): Promise<Excuse> {
  const answers = await intake.takeObjects(excuse.events ?? [], CONSOLE);
  const refusal = answers.find(({ status }) => status === 'rejected');
  return excuses.taken(excuse.id, refusal && `${refusal.field ?? refusal.reason}: ${refusal.message}`);
}

/** Sends what was confirmed and, as after a crash, is not known to have gone through the door. */
export async function resumeExcuses(excuses: Excuses, intake: EventIntake): Promise<void> {
  for (const excuse of await excuses.unsent()) await sendExcuse(excuse, excuses, intake);
}

/**
 * The cause holds from `from` on; where others were told of within the time, it is said again at each, and at the end what held
 * there before. The end goes first: whatever is cut off, no more than was confirmed is excused.
 */
export function eventsOf(excuse: Excuse, outage: OutageDetail, known: Instant): readonly object[] {
  const parts = outage.faults.find(({ incident }) => incident === excuse.incident)?.parts ?? [];
  const from = Date.parse(excuse.from);
  const to = excuse.to === null ? Number.POSITIVE_INFINITY : Date.parse(excuse.to);
  const { responsibility, reason } = excuse;
  const within = parts.map((part) => Date.parse(part.from)).filter((at) => at > from && at < to);
  const said = [from, ...within].map((at) => ({ at, responsibility, reason }));
  const after = parts.find((part) => Date.parse(part.from) <= to && (part.to === null || to < Date.parse(part.to)));
  const end =
    excuse.to === null || !after ? [] : [{ at: to, responsibility: after.responsibility, reason: after.reason }];
  return [...said, ...end].reverse().map(({ at, ...cause }, i) => ({
    specversion: '1.0',
    id: `${excuse.id}/${i + 1}`,
    source: EXCUSE_SOURCE,
    type: 'fault.updated',
    subject: excuse.subject,
    subjectkind: excuse.on,
    time: new Date(at).toISOString(),
    recordedtime: new Date(Math.max(known, at)).toISOString(),
    data: { faultId: excuse.faultId, ...cause, excuseId: excuse.id, by: excuse.by, confirmedBy: excuse.decidedBy },
  }));
}

/** What is proposed, checked against the fault as it is known. */
async function askedIn(body: Readonly<Record<string, unknown>>, outages: OutageViews): Promise<ExcuseAsked> {
  for (const name of Object.keys(body))
    if (!FIELDS.includes(name)) throw bad(name, `is no field; there are ${FIELDS.join(', ')}`);
  const incident = textOf('incident', body['incident']);
  const outage = incident.includes('/') ? await outages.outage(incident) : undefined;
  if (!outage) throw new Problem(404, 'not-found', `there is no outage ${incident.slice(0, 64)}`);
  const [begin, clock] = [Date.parse(outage.from), Date.parse(outage.clock)];
  const end = outage.to === null ? Number.POSITIVE_INFINITY : Date.parse(outage.to);
  // Absent: the whole of it, so far as it is known; the cause of an open fault holds until it is cleared.
  const from = Math.max(begin, body['from'] === undefined ? begin : instantOf('from', body['from']));
  const to = body['to'] === undefined || body['to'] === null ? null : instantOf('to', body['to']);
  if (from > clock) throw bad('from', 'lies ahead: what has not been cannot be excused');
  if (to !== null && to > clock)
    throw bad('to', 'lies ahead: excuse to the end of the fault, or to a time that has been');
  if (from >= Math.min(to ?? end, end)) throw bad('to', 'lies before from, or the fault was over by then');
  const responsibility = textOf('responsibility', body['responsibility']);
  if (!outage.excusable.includes(responsibility))
    throw bad(
      'responsibility',
      `should be one that the terms of ${outage.operator.id} excuse: ${outage.excusable.join(', ')}`,
    );
  const reason = textOf('reason', body['reason']);
  if (reason === '') throw bad('reason', 'is missing: say why this time should not count');
  const { subject, faultId, on, operator } = outage;
  const until = to !== null && to < end ? new Date(to).toISOString() : null;
  return {
    incident,
    subject,
    faultId,
    on,
    operator: operator.id,
    from: new Date(from).toISOString(),
    to: until,
    responsibility,
    reason,
  };
}

/** In whose name something is done. */
function personOf({ name }: Grant): string {
  if (ROLE.test(name) && name.length <= 64) return name;
  throw new Problem(403, 'not-allowed', 'this needs a token whose name is lower-case words, or signing in');
}

function instantOf(name: string, value: unknown): Instant {
  const at = typeof value === 'string' ? parseInstant(value) : undefined;
  if (at === undefined) throw bad(name, 'should be an RFC 3339 time with an offset, such as 2026-06-12T00:00:00+02:00');
  return at;
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw bad(name, 'should be a text');
  if (value.length > TEXT_MAX) throw bad(name, `is longer than ${TEXT_MAX} characters`);
  return value.trim();
}

async function said<T>(act: Promise<T>): Promise<T> {
  try {
    return await act;
  } catch (error) {
    if (error instanceof ExcuseError) throw new Problem(STATUS[error.code], error.code, error.message);
    throw error;
  }
}

/** What goes out: the events are the door's business. */
function wireOf({ events: _, ...excuse }: Excuse): ExcuseLine {
  return excuse;
}
