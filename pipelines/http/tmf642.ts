/**
 * TM Forum TMF642 Alarm Management v4 over the same list: the mandatory resource and operations, filters, attribute selection, the
 * tasks that acknowledge, clear and comment, and the hub. Whatever changes something becomes an event through the door; the answer
 * waits until the list shows it. Served under the path of the specification and under that of its conformance kit.
 *
 * An alarm is never deleted: what it did is evidence. It ends by its source, or is cleared by a person.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Hono } from 'hono';
import { ALARM_TYPES, type AlarmRecord } from '../domain/alarm.js';
import { alarmIdOf } from '../domain/alarm-id.js';
import { type EventType, SEVERITIES } from '../domain/event.js';
import { type Instant, parseInstant } from '../domain/units.js';
import { type AlarmViews, clearable, numberOf } from './alarms.js';
import { bad, type OrdersGiven, objectOf, sourceOf } from './orders.js';
import type { Bindings, Grant } from './ports.js';
import { Problem } from './problem.js';
import { type AlarmHub, type TmfAlarm, tmfOf } from './tmf642-form.js';
import { forbidden } from './tokens.js';

export const TMF_BASES = ['/tmf-api/alarmManagement/v4', '/tmf-api/alarm/v4'] as const;

export interface TmfRoutes {
  readonly views: () => AlarmViews;
  readonly orders: () => OrdersGiven;
  readonly grantOf: (c: Context) => Grant;
  readonly hub: AlarmHub;
}

const LIMIT = 1_000;
const TASKS_MAX = 1_000;
const SHOWN_WITHIN_MS = 5_000;
const LOOK_MS = 20;
const NO_STORE = { 'cache-control': 'no-store' } as const;

/** What a task does: its event, and the field with who does it. */
const TASKS = {
  ackAlarms: { type: 'alarm.acknowledged', user: 'ackUserId', time: 'ackTime' },
  unAckAlarms: { type: 'alarm.unacknowledged', user: 'ackUserId', time: 'ackTime' },
  clearAlarms: { type: 'alarm.ended', user: 'clearUserId', time: 'alarmClearedTime' },
  commentAlarms: { type: 'alarm.commented', user: 'userId', time: 'time' },
} as const;
type TaskName = keyof typeof TASKS;

type Body = Readonly<Record<string, unknown>>;

/** Puts all routes in. */
export function tmfRoutes(app: Hono<{ Bindings: Bindings }>, routes: TmfRoutes): void {
  const tasks = new Map<string, Map<string, object>>(Object.keys(TASKS).map((name) => [name, new Map()]));
  for (const base of TMF_BASES) {
    alarmResource(app, base, routes);
    for (const name of Object.keys(TASKS) as TaskName[]) taskResource(app, base, name, tasks.get(name)!, routes);
    hubResource(app, base, routes);
  }
}

// --- The resource ---

function alarmResource(app: Hono<{ Bindings: Bindings }>, base: string, { views, orders, grantOf }: TmfRoutes): void {
  app.get(`${base}/alarm`, (c) => {
    const query = new URL(c.req.url).searchParams;
    const offset = numberOf(query, 'offset', 0);
    const limit = numberOf(query, 'limit', LIMIT, LIMIT);
    const matches = filterOf(query);
    const found = all(views(), base).filter(matches);
    const page = found.slice(offset, offset + limit).map((alarm) => selected(alarm, query.get('fields')));
    const headers = { 'x-total-count': String(found.length), 'x-result-count': String(page.length), ...NO_STORE };
    return c.json(page, 200, headers);
  });
  app.get(`${base}/alarm/:id`, (c) => {
    const fields = new URL(c.req.url).searchParams.get('fields');
    return c.json(selected(tmfOf(recordOf(views(), c.req.param('id')), base), fields), 200, NO_STORE);
  });
  app.post(`${base}/alarm`, async (c) => {
    const grant = grantOf(c);
    const body = await objectOf(c);
    const { resource, key, time, data } = createdOf(body);
    const id = alarmIdOf({ resource, source: 'reported', qualifier: key });
    await put(orders(), grant, views(), [
      { id, type: 'alarm.reported', resource, time, data: { alarmKey: key, ...data } },
    ]);
    const alarm = tmfOf(recordOf(views(), id), base);
    return c.json(alarm, 201, { location: alarm.href });
  });
  app.patch(`${base}/alarm/:id`, async (c) => {
    const grant = grantOf(c);
    const record = recordOf(views(), c.req.param('id'));
    const body = await objectOf(c);
    const alarmKey = clearable(record);
    const { state, ...said } = patchOf(body);
    const time = nowOf(orders(), views(), record);
    const { id, resource } = record;
    const ends = state === 'cleared' || said.perceivedSeverity === 'cleared';
    const act = ends
      ? { id, type: 'alarm.ended' as const, resource, time, data: { alarmKey, by: grant.name } }
      : { id, type: 'alarm.reported' as const, resource, time, data: { alarmKey, ...said } };
    await put(orders(), grant, views(), [act]);
    const alarm = tmfOf(recordOf(views(), id), base);
    return c.json(ends ? alarm : { ...alarm, state: 'updated' }, 200);
  });
  app.delete(`${base}/alarm/:id`, () => {
    const words = 'an alarm is evidence and is not deleted; clear it, or close it';
    throw new Problem(405, 'not-allowed', words, { allow: 'GET, PATCH' });
  });
}

function all(views: AlarmViews, base: string): readonly TmfAlarm[] {
  return views.alarms({ shown: 'all' }).map((record) => tmfOf(record, base));
}

function recordOf(views: AlarmViews, id: string): AlarmRecord {
  const record = views.alarm(id);
  if (record) return record;
  throw new Problem(404, 'not-found', `there is no alarm ${id.slice(0, 64)}`);
}

const WORD = (value: unknown) => typeof value === 'string' && value.trim() !== '';
const CREATE_MANDATORY = [
  'alarmType',
  'perceivedSeverity',
  'probableCause',
  'alarmedObject',
  'sourceSystemId',
  'state',
  'alarmRaisedTime',
] as const;

function createdOf(body: Body) {
  for (const name of CREATE_MANDATORY) if (body[name] === undefined) throw bad(name, 'is missing');
  const { alarmedObject, alarmRaisedTime, externalAlarmId, sourceSystemId } = body;
  const object = typeof alarmedObject === 'object' ? (alarmedObject as Body | null)?.['id'] : alarmedObject;
  if (!WORD(object)) throw bad('alarmedObject', 'should have an id');
  if (!WORD(sourceSystemId)) throw bad('sourceSystemId', 'should be a text');
  if (externalAlarmId !== undefined && !WORD(externalAlarmId)) throw bad('externalAlarmId', 'should be a text');
  const time = typeof alarmRaisedTime === 'string' ? parseInstant(alarmRaisedTime) : undefined;
  if (time === undefined) throw bad('alarmRaisedTime', 'should be an RFC 3339 time');
  const { state, ...said } = patchOf(body);
  if (state === 'cleared' || said.perceivedSeverity === 'cleared')
    throw bad('state', 'should not be cleared from the beginning');
  const key = `${sourceSystemId as string}:${(externalAlarmId as string | undefined) ?? randomUUID()}`;
  return { resource: object as string, key, time, data: { ...said, sourceSystemId } };
}

/** What of an alarm may be said anew. */
function patchOf(body: Body) {
  const { alarmType, perceivedSeverity, probableCause, specificProblem, alarmDetails, state } = body;
  if (alarmType !== undefined && !(ALARM_TYPES as readonly unknown[]).includes(alarmType))
    throw bad('alarmType', `should be one of ${ALARM_TYPES.join(', ')}`);
  if (perceivedSeverity !== undefined && !(SEVERITIES as readonly unknown[]).includes(perceivedSeverity))
    throw bad('perceivedSeverity', `should be one of ${SEVERITIES.join(', ')}`);
  if (state !== undefined && !['raised', 'updated', 'cleared'].includes(state as string))
    throw bad('state', 'should be raised, updated or cleared');
  for (const [name, value] of Object.entries({ probableCause, specificProblem, alarmDetails }))
    if (value !== undefined && !WORD(value)) throw bad(name, 'should be a text');
  const said = { alarmType, perceivedSeverity, probableCause, specificProblem, text: alarmDetails, state };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as {
    readonly perceivedSeverity?: string;
    readonly state?: string;
  };
}

// --- The query ---

const NOT_FILTERS = new Set(['fields', 'offset', 'limit']);
const BOUNDS: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  gt: (value, bound) => value > bound,
  gte: (value, bound) => value >= bound,
  lt: (value, bound) => value < bound,
  lte: (value, bound) => value <= bound,
};

/** Attributes that must have these values, all of them; several values of one, divided by commas, are alternatives. */
function filterOf(query: URLSearchParams): (alarm: TmfAlarm) => boolean {
  const filters = [...query].filter(([name]) => !NOT_FILTERS.has(name));
  const tests = filters.map(([name, text]) => {
    const [, path = name, bound] = /^(.+)\.(gt|gte|lt|lte)$/.exec(name) ?? [];
    // In an address a plus that is not written %2B is a space.
    const at = parseInstant(text.replace(' ', '+'));
    if (bound !== undefined) {
      if (at === undefined) throw bad(name, 'should be an RFC 3339 time');
      return (alarm: TmfAlarm) => {
        const value = valueAt(alarm, path);
        const time = typeof value === 'string' ? parseInstant(value) : undefined;
        return time !== undefined && BOUNDS[bound]!(time, at);
      };
    }
    const words = at === undefined ? text.split(',') : [text];
    return (alarm: TmfAlarm) => {
      const value = valueAt(alarm, path);
      if (value === undefined) return false;
      if (at !== undefined && typeof value === 'string' && parseInstant(value) === at) return true;
      return words.includes(String(value));
    };
  });
  return (alarm) => tests.every((test) => test(alarm));
}

function valueAt(alarm: TmfAlarm, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Body)[name] : undefined,
      alarm,
    );
}

/** Exactly what is asked for beside id and href; everything where nothing is. */
function selected(alarm: TmfAlarm, fields: string | null): object {
  if (fields === null) return alarm;
  const names = new Set(['id', 'href', ...fields.split(',')]);
  return Object.fromEntries(Object.entries(alarm).filter(([name]) => names.has(name)));
}

// --- Tasks ---

function taskResource(
  app: Hono<{ Bindings: Bindings }>,
  base: string,
  name: TaskName,
  done: Map<string, object>,
  { views, orders, grantOf }: TmfRoutes,
): void {
  app.post(`${base}/${name}`, async (c) => {
    const grant = grantOf(c);
    const body = await objectOf(c);
    const { user, time: timeField, type } = TASKS[name];
    const comment = name === 'commentAlarms' ? commentOf(body) : undefined;
    const by = body[user] ?? comment?.userId ?? grant.name;
    if (name === 'clearAlarms')
      for (const one of ['clearSystemId', 'clearUserId']) if (!WORD(body[one])) throw bad(one, 'is missing');
    if (name === 'ackAlarms')
      for (const one of ['ackSystemId', 'ackUserId']) if (!WORD(body[one])) throw bad(one, 'is missing');
    const at = timeGiven(body[timeField], timeField);
    const records = matched(views(), base, body['alarmPattern']);
    const acts = records.map((record): Act => {
      const { id, resource } = record;
      const time = at ?? nowOf(orders(), views(), record);
      if (type === 'alarm.ended') return { id, type, resource, time, data: { alarmKey: clearable(record), by } };
      return { id, type, resource, time, data: { alarmId: id, by, ...(comment && { text: comment.text }) } };
    });
    await put(orders(), grant, views(), acts);
    const id = randomUUID();
    const task = {
      id,
      href: `${base}/${name}/${id}`,
      ...body,
      alarmPattern: body['alarmPattern'],
      state: 'done',
      alarms: records.map((one) => one.id),
    };
    done.set(id, task);
    if (done.size > TASKS_MAX) done.delete(done.keys().next().value!);
    return c.json(task, 201, { location: task.href });
  });
  app.get(`${base}/${name}`, (c) => c.json([...done.values()], 200, NO_STORE));
  app.get(`${base}/${name}/:id`, (c) => {
    const task = done.get(c.req.param('id'));
    if (!task) throw new Problem(404, 'not-found', 'there is no such task; those of the last start are kept');
    return c.json(task, 200, NO_STORE);
  });
}

function commentOf(body: Body): { readonly text: string; readonly userId: unknown } {
  const { comment } = body;
  const text = typeof comment === 'object' && comment !== null ? (comment as Body)['comment'] : comment;
  if (!WORD(text)) throw bad('comment', 'should be a text');
  return { text: text as string, userId: typeof comment === 'object' ? (comment as Body)['userId'] : undefined };
}

function timeGiven(value: unknown, name: string): Instant | undefined {
  if (value === undefined) return undefined;
  const at = typeof value === 'string' ? parseInstant(value) : undefined;
  if (at === undefined) throw bad(name, 'should be an RFC 3339 time');
  return at;
}

/** The alarms of a pattern: of a list the alarms of any; each object names attributes that an alarm must have, all of them. */
function matched(views: AlarmViews, base: string, pattern: unknown): readonly AlarmRecord[] {
  const patterns = (Array.isArray(pattern) ? pattern : [pattern]) as readonly unknown[];
  if (
    patterns.length === 0 ||
    patterns.some((one) => typeof one !== 'object' || one === null || Object.keys(one).length === 0)
  )
    throw bad('alarmPattern', 'should be one object, or several, each with attributes of an alarm');
  const wanted = patterns.map((one) => {
    const { alarm, ...rest } = one as { alarm?: Body } & Body;
    return Object.entries({ ...rest, ...(alarm?.['id'] !== undefined && { id: alarm['id'] }) });
  });
  if (wanted.some((attributes) => attributes.length === 0)) throw bad('alarmPattern', 'names an alarm without its id');
  const fits = (alarm: TmfAlarm) =>
    wanted.some((attributes) => attributes.every(([name, value]) => String(valueAt(alarm, name)) === String(value)));
  const found = views.alarms({ shown: 'all' }).filter((record) => fits(tmfOf(record, base)));
  if (found.length === 0) throw new Problem(404, 'not-found', 'no alarm is like the pattern');
  return found;
}

// --- The hub ---

function hubResource(app: Hono<{ Bindings: Bindings }>, base: string, { grantOf, hub }: TmfRoutes): void {
  app.post(`${base}/hub`, async (c) => {
    grantOf(c);
    const { callback, query } = await objectOf(c);
    if (typeof callback !== 'string' || !/^https?:\/\/\S+$/.test(callback) || !URL.canParse(callback))
      throw bad('callback', 'should be an address that begins with http');
    if (query !== undefined && typeof query !== 'string') throw bad('query', 'should be a text');
    const one = hub.add({ callback, ...(query !== undefined && { query }) }, base);
    if (!one) throw new Problem(409, 'too-many', 'no more listeners can be registered: remove one');
    return c.json(one, 201, { location: `${base}/hub/${one.id}` });
  });
  app.delete(`${base}/hub/:id`, (c) => {
    grantOf(c);
    if (!hub.remove(c.req.param('id'))) throw new Problem(404, 'not-found', 'there is no such listener');
    return c.body(null, 204);
  });
}

// --- Through the door ---

interface Act {
  /** The alarm's. */
  readonly id: string;
  readonly type: EventType;
  readonly resource: string;
  readonly time: Instant;
  readonly data: object;
}

/** When it is done: now, and after all that the alarm has said and people have done with it. */
function nowOf({ clockMode, now }: OrdersGiven, { clock }: AlarmViews, record: AlarmRecord): Instant {
  const { changedAt, operatorState } = record;
  const acted = operatorState.is === 'none' ? changedAt : operatorState.at;
  return Math.max(clockMode === 'live' ? now() : clock, changedAt + 1, acted + 1);
}

/** Puts acts through the door, and waits until the list shows them. A Problem says what the door refused. */
async function put(given: OrdersGiven, grant: Grant, views: AlarmViews, acts: readonly Act[]): Promise<void> {
  const source = `${sourceOf(grant)}/tmf642`;
  const events = acts.map(({ type, resource, time, data }) => ({
    specversion: '1.0',
    id: randomUUID(),
    source,
    type,
    subject: resource,
    time: new Date(time).toISOString(),
    ...(given.clockMode === 'live' && { recordedtime: new Date(given.now()).toISOString() }),
    data,
  }));
  const refusal = events.map((event) => forbidden(grant, event)).find((one) => one !== undefined);
  if (refusal) {
    given.notAllowed(events.length);
    throw new Problem(403, 'not-allowed', refusal.message);
  }
  const answers = await given.intake.takeObjects(events, grant).catch((error: unknown) => {
    given.failed('taking an alarm', error);
    throw new Problem(503, 'unavailable', 'it was not taken: send it again', { 'retry-after': '5' });
  });
  const refused = answers.find(({ status }) => status === 'rejected');
  if (refused) throw new Problem(422, refused.reason ?? 'rejected', refused.message ?? 'the door refused it');
  const isShown = () => acts.every(({ id }, i) => views.knows(id, `${source}#${events[i]!.id}`));
  for (let waited = 0; !isShown(); waited += LOOK_MS) {
    if (waited >= SHOWN_WITHIN_MS)
      throw new Problem(503, 'not-yet', 'it was taken, and is not shown yet', { 'retry-after': '2' });
    await sleep(LOOK_MS);
  }
}
