/**
 * What people order by an address of its own: a bar for a subscriber, and what becomes of a proposal. Each order becomes one event,
 * goes through the same door as all others, and is answered as such. Its id is the request's key and its time what the request
 * says, so an order that is sent again is a duplicate and changes nothing.
 */
import type { Context } from 'hono';
import { BAR_KINDS, type BarKind, type EventType } from '../domain/event.js';
import { type Instant, parseInstant } from '../domain/units.js';
import { bytesOf, textOf } from './body.js';
import { type EventsGiven, takeOne } from './events.js';
import type { Grant, Views } from './ports.js';
import { Problem } from './problem.js';

export interface OrdersGiven extends EventsGiven {
  /** Where proposals are looked up; absent: this process shows none. */
  readonly views: Views | undefined;
  readonly clockMode: 'live' | 'events';
  readonly now: () => Instant;
}

const KEY = 'Idempotency-Key';
const KEY_MAX = 128;
const BODY_BYTES_MAX = 16 * 1024;
const TIME_WORDS = 'an RFC 3339 time with an offset, such as 2026-06-12T00:00:00+02:00';

/** PUT and DELETE /v1/services/ID/bars/KIND?time=TIME: `bar.requested`, `bar.withdrawn`, as of when the subscriber asked. */
export function orderBar(
  c: Context,
  given: OrdersGiven,
  grant: Grant,
  type: 'bar.requested' | 'bar.withdrawn',
): Promise<Response> {
  const kind = c.req.param('kind') as BarKind;
  if (!BAR_KINDS.includes(kind)) throw bad('kind', `should be one of ${BAR_KINDS.join(', ')}`);
  const query = new URL(c.req.url).searchParams;
  for (const name of query.keys()) if (name !== 'time') throw bad(name, 'is no parameter; there is time');
  if (query.getAll('time').length > 1) throw bad('time', 'is given more than once');
  // In an address a plus that is not written %2B is a space.
  const time = timeOf(query.get('time')?.replace(' ', '+'), 'when the subscriber asked');
  return take(c, given, grant, { type, subject: c.req.param('id')!, time, data: { kind } });
}

const FIELDS = ['accepted', 'services', 'until', 'reason', 'by'] as const;
const ALL_FIELDS: readonly string[] = [...FIELDS, 'time', 'service'];

/** POST /v1/proposals/ID: `restriction.decided`, for the service of the proposal. */
export async function orderRestriction(c: Context, given: OrdersGiven, grant: Grant): Promise<Response> {
  const body = await objectOf(c);
  for (const name of Object.keys(body)) {
    if (!ALL_FIELDS.includes(name)) throw bad(name, `is no field; there are ${ALL_FIELDS.join(', ')}`);
  }
  const time = timeOf(body['time'], 'when it was decided');
  const proposalId = c.req.param('id')!;
  const subject = await serviceOf(proposalId, body, given.views);
  const said = Object.fromEntries(FIELDS.flatMap((name) => (name in body ? [[name, body[name]]] : [])));
  // Who does not say in which role decides in that of his token.
  const data = { proposalId, by: grant.name, ...said };
  return take(c, given, grant, { type: 'restriction.decided', subject, time, data });
}

/** Whose proposal it is. One that is not shown here yet may be decided on by who names its service. */
async function serviceOf(id: string, body: Record<string, unknown>, views: Views | undefined): Promise<string> {
  const { service, services } = body;
  if (service !== undefined && typeof service !== 'string') throw bad('service', 'should be the id of a service');
  const proposal = await views?.decision(id);
  if (!proposal) {
    if (service !== undefined) return service;
    const words = `there is no proposal ${id.slice(0, 64)} here; one that is not known yet needs its service`;
    throw new Problem(404, 'not-found', words);
  }
  const { type, subject, data } = proposal;
  if (type !== 'restriction.proposed' && type !== 'security.proposed') {
    throw new Problem(404, 'not-found', `decision ${id.slice(0, 64)} is no proposal, but ${type}`);
  }
  if (service !== undefined && service !== subject) throw bad('service', 'is not the one of the proposal');
  const offered = data['services'];
  if (Array.isArray(services) && Array.isArray(offered)) {
    const other = services.find((one) => !offered.includes(one));
    if (other !== undefined) throw bad('services', `should be of those proposed: ${offered.join(', ')}`);
  }
  return subject!;
}

// --- The event ---

/** What becomes an event. */
export interface Order {
  readonly type: EventType;
  readonly subject: string;
  readonly time: Instant;
  readonly data: object;
}

/** Puts an order through the door: one event, named by the request's key. */
export function take(
  c: Context,
  given: OrdersGiven,
  grant: Grant,
  { type, subject, time, data }: Order,
): Promise<Response> {
  const event = {
    specversion: '1.0',
    id: keyOf(c.req.header(KEY)),
    source: sourceOf(grant),
    type,
    subject,
    time: iso(time),
    // Where events move the clock, an order is known when it is given.
    ...(given.clockMode === 'live' && { recordedtime: iso(given.now()) }),
    data,
  };
  return takeOne(event, given, grant);
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}

/** A token that is bound to sources speaks for the first of them; another one for itself. */
export function sourceOf({ name, sources }: Grant): string {
  return sources?.[0] ?? `http/${name}`;
}

/** The key that makes an order count once; a Problem (400) where there is none. */
export function keyOf(header: string | undefined): string {
  // A structured field brings quotes with it.
  const key = header?.trim().replace(/^"(.*)"$/, '$1') ?? '';
  if (key === '') throw bad(KEY, 'is missing: name the order, so that it can be sent again and counts once');
  if (key.length > KEY_MAX || !/^[!-~]+$/.test(key)) {
    throw bad(KEY, `should have at most ${KEY_MAX} printable characters and no space`);
  }
  return key;
}

/** The time that a request says; a Problem (400) where it says none. */
export function timeOf(value: unknown, what: string): Instant {
  if (value === undefined || value === null) throw bad('time', `is missing: ${what}, ${TIME_WORDS}`);
  const at = typeof value === 'string' ? parseInstant(value) : undefined;
  if (at === undefined) throw bad('time', `should be ${TIME_WORDS}`);
  return at;
}

/** The body as an object; a Problem (400) where it is none. */
export async function objectOf(c: Context): Promise<Record<string, unknown>> {
  const text = await textOf(bytesOf(c.req.raw.body, 'identity'), BODY_BYTES_MAX);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'not-json', `the body is no JSON: ${(error as Error).message}`);
  }
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new Problem(400, 'not-json', 'the body should be an object: { "accepted": true, "time": TIME }');
}

/** A parameter that is not what it should be. */
export function bad(name: string, why: string): Problem {
  return new Problem(400, 'bad-parameter', `${name.slice(0, 64)} ${why}`);
}
