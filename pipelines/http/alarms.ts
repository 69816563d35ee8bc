/**
 * The list of alarms over HTTP: what stands, the journal of one, the board of the operations centre, and what people do with an
 * alarm. Each act becomes one event through the door, so it is part of the story, and counts once under its key.
 */
import type { Context, Hono } from 'hono';
import type { AlarmBoard, AlarmRecord, AlarmSelection, AutomationState, JournalLine } from '../domain/alarm.js';
import { SEVERITIES, type Severity } from '../domain/event.js';
import { rankOf } from '../domain/severity.js';
import type { Instant } from '../domain/units.js';
import { bad, type Order, type OrdersGiven, objectOf, take, timeOf } from './orders.js';
import type { Bindings, Grant } from './ports.js';
import { Problem } from './problem.js';

/** What HTTP asks of the list. */
export interface AlarmViews {
  /** How far the list's clock has come. */
  readonly clock: Instant;
  alarm(id: string): AlarmRecord | undefined;
  alarms(selection?: AlarmSelection): readonly AlarmRecord[];
  journal(id: string): readonly JournalLine[];
  board(): AlarmBoard;
  /** Whether what this event (`source#id`) says is in the alarm. */
  knows(id: string, ref: string): boolean;
  /** Calls back when the list may be another; returns how to stop. */
  subscribe?(changed: () => void): () => void;
}

export interface AlarmRoutes {
  readonly views: () => AlarmViews;
  readonly orders: () => OrdersGiven;
  readonly grantOf: (c: Context) => Grant;
}

const LIMIT = 100;
const LIMIT_MAX = 1_000;
const OPERATOR_STATES = ['none', 'acknowledged', 'shelved', 'closed'] as const;
const NO_STORE = { 'cache-control': 'no-store' } as const;

/** What people do, by the last word of the address, and the fields that each has beside `by` and `time`. */
const ACTS = {
  acknowledge: { type: 'alarm.acknowledged', fields: ['reason'] },
  unacknowledge: { type: 'alarm.unacknowledged', fields: ['reason'] },
  shelve: { type: 'alarm.shelved', fields: ['reason', 'until'] },
  unshelve: { type: 'alarm.unshelved', fields: ['reason'] },
  comment: { type: 'alarm.commented', fields: ['text'] },
  close: { type: 'alarm.closed', fields: ['reason'] },
  clear: { type: 'alarm.ended', fields: ['reason'] },
} as const;
type Act = keyof typeof ACTS;

/** GET /v1/alarms, /v1/alarms/board, /v1/alarms/ID, and POST /v1/alarms/ID/ACT. */
export function alarmRoutes(app: Hono<{ Bindings: Bindings }>, { views, orders, grantOf }: AlarmRoutes): void {
  app.get('/v1/alarms', (c) => {
    const { selection, limit, offset, sort, order } = selectionOf(new URL(c.req.url).searchParams);
    const found = sorted(views().alarms(selection), sort, order);
    const alarms = found.slice(offset, offset + limit).map(wireOf);
    return c.json({ clock: iso(views().clock), total: found.length, alarms }, 200, NO_STORE);
  });
  app.get('/v1/alarms/board', (c) => {
    const { clock, shown, flood, ...rest } = views().board();
    const board = { clock: iso(clock), flood: flood && { since: iso(flood.since) }, ...rest, shown: shown.map(wireOf) };
    return c.json(board, 200, NO_STORE);
  });
  app.get('/v1/alarms/:id', (c) => {
    const record = found(views(), c.req.param('id'));
    const journal = views()
      .journal(record.id)
      .map(({ at, ...line }) => ({ at: iso(at), ...line }));
    return c.json({ ...wireOf(record), journal }, 200, NO_STORE);
  });
  app.post('/v1/alarms/:id/:act', async (c) => {
    const grant = grantOf(c);
    const act = c.req.param('act') as Act;
    if (!Object.hasOwn(ACTS, act)) throw new Problem(404, 'not-found', `there are ${Object.keys(ACTS).join(', ')}`);
    const record = found(views(), c.req.param('id'));
    const given = orders();
    return take(c, given, grant, orderOf(act, record, await objectOf(c), { grant, given, clock: views().clock }));
  });
}

/** What a person does, as an event. */
function orderOf(
  act: Act,
  record: AlarmRecord,
  body: Readonly<Record<string, unknown>>,
  { grant, given, clock }: { readonly grant: Grant; readonly given: OrdersGiven; readonly clock: Instant },
): Order {
  const { type, fields } = ACTS[act];
  const known: readonly string[] = ['by', 'time', ...fields];
  for (const name of Object.keys(body))
    if (!known.includes(name)) throw bad(name, `is no field; there are ${known.join(', ')}`);
  const said = Object.fromEntries(fields.flatMap((name) => (name in body ? [[name, body[name]]] : [])));
  // Who does not say when does it now, and who does not say in which role in that of his token.
  const now = given.clockMode === 'live' ? given.now() : clock;
  const time = body['time'] === undefined && Number.isFinite(now) ? now : timeOf(body['time'], 'when it was done');
  const by = body['by'] ?? grant.name;
  if (act === 'shelve' && timeOf(body['until'], 'until when it is shelved') <= time)
    throw bad('until', 'should lie after the time of shelving');
  if (act !== 'clear') return { type, subject: record.resource, time, data: { alarmId: record.id, by, ...said } };
  return { type, subject: record.resource, time, data: { alarmKey: clearable(record), by, ...said } };
}

/** The key of an alarm that a person may clear: what Dozor found itself, its own evidence clears. */
export function clearable({ source, qualifier }: AlarmRecord): string {
  if (source === 'reported') return qualifier;
  const words =
    source === 'fault' ? 'an open fault: send fault.cleared' : 'a decision: it is cleared when its facts are';
  throw new Problem(409, 'not-yours-to-clear', `this alarm shows ${words}`);
}

function found(views: AlarmViews, id: string): AlarmRecord {
  const record = views.alarm(id);
  if (record) return record;
  throw new Problem(404, 'not-found', `there is no alarm ${id.slice(0, 64)}`);
}

// --- The query ---

const TEXTS = ['resource', 'owner', 'district', 'root', 'text'] as const;
const TEXT_MAX = 256;
const NAMES = [...TEXTS, 'severity', 'state', 'operatorState', 'sort', 'order', 'limit', 'offset'];

/** By what the list can be ordered; without one the worst come first, then the newest. */
const SORTS = {
  severity: ({ perceivedSeverity }: AlarmRecord) => rankOf(perceivedSeverity),
  raised: ({ state }: AlarmRecord) => state.from,
  changed: ({ changedAt }: AlarmRecord) => changedAt,
  resource: ({ resource }: AlarmRecord) => resource,
  owner: ({ rule }: AlarmRecord) => rule?.owner ?? '',
  district: ({ district }: AlarmRecord) => district ?? '',
  state: ({ operatorState }: AlarmRecord) => OPERATOR_STATES.indexOf(operatorState.is),
} as const;
type Sort = keyof typeof SORTS;

function sorted(found: readonly AlarmRecord[], sort: Sort | undefined, order: 'up' | 'down'): readonly AlarmRecord[] {
  if (!sort) return found;
  const of = SORTS[sort];
  const sign = order === 'up' ? 1 : -1;
  // Those alike stay in the order of the list.
  return [...found].sort((a, b) => (of(a) < of(b) ? -sign : of(a) > of(b) ? sign : 0));
}

function selectionOf(query: URLSearchParams): {
  readonly selection: AlarmSelection;
  readonly limit: number;
  readonly offset: number;
  readonly sort: Sort | undefined;
  readonly order: 'up' | 'down';
} {
  for (const name of query.keys()) {
    if (!NAMES.includes(name)) throw bad(name, `is no parameter; there are ${NAMES.join(', ')}`);
    if (query.getAll(name).length > 1) throw bad(name, 'is given more than once');
  }
  const list = <T extends string>(name: string, words: readonly T[]) => {
    const given = query.get(name)?.split(',');
    const stranger = given?.find((word) => !(words as readonly string[]).includes(word));
    if (stranger !== undefined) throw bad(name, `should be some of ${words.join(', ')}`);
    return given as readonly T[] | undefined;
  };
  const state = query.get('state') ?? 'list';
  if (!['list', 'raised', 'cleared', 'all'].includes(state))
    throw bad('state', 'should be list, raised, cleared or all');
  const texts = Object.fromEntries(
    TEXTS.flatMap((name) => {
      const text = query.get(name);
      if (text === '') throw bad(name, 'is empty');
      if (text !== null && text.length > TEXT_MAX) throw bad(name, `is longer than ${TEXT_MAX} characters`);
      return text === null ? [] : [[name, text]];
    }),
  ) as Partial<Record<(typeof TEXTS)[number], string>>;
  const sort = query.get('sort') ?? undefined;
  if (sort !== undefined && !Object.hasOwn(SORTS, sort))
    throw bad('sort', `should be one of ${Object.keys(SORTS).join(', ')}`);
  const order = query.get('order') ?? 'up';
  if (order !== 'up' && order !== 'down') throw bad('order', 'should be up or down');
  const selection: AlarmSelection = {
    ...texts,
    severities: list<Severity>('severity', SEVERITIES),
    operatorStates: list('operatorState', OPERATOR_STATES),
    ...(state === 'raised' && { standing: true }),
    ...(state === 'cleared' && { standing: false }),
    ...(state !== 'list' && { shown: 'all' as const }),
  };
  return {
    selection,
    limit: numberOf(query, 'limit', LIMIT, LIMIT_MAX),
    offset: numberOf(query, 'offset', 0),
    sort: sort as Sort | undefined,
    order,
  };
}

/** A whole number of the query; `usual` where it is not given. */
export function numberOf(query: URLSearchParams, name: string, usual: number, max = Number.MAX_SAFE_INTEGER): number {
  const text = query.get(name);
  if (text === null) return usual;
  const number = Number(text);
  if (!/^\d{1,15}$/.test(text) || number > max) throw bad(name, `should be a whole number up to ${max}`);
  return number;
}

// --- The wire ---

function wireOf(record: AlarmRecord): Record<string, unknown> {
  const { state, operatorState, automation, changedAt, announcedAt, comments, ...rest } = record;
  return {
    ...rest,
    state: timed(state),
    operatorState: timed(operatorState),
    automation: automation.map((one: AutomationState) => timed(one)),
    changedAt: iso(changedAt),
    ...(announcedAt !== undefined && { announcedAt: iso(announcedAt) }),
    comments: comments.map(timed),
  };
}

const TIMES = new Set(['from', 'to', 'at', 'until', 'since']);

function timed(record: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, TIMES.has(name) ? iso(value as Instant) : value]),
  );
}

/** RFC 3339 in UTC; null for a time that has not begun. */
function iso(at: Instant): string | null {
  return Number.isFinite(at) ? new Date(at).toISOString() : null;
}
