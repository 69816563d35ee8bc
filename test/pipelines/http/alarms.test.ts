// biome-ignore-all lint/suspicious/noExplicitAny: a test looks where it likes in an answer.
/** The list of alarms over HTTP, on a whole installation: what stands, what people do with it, Alertmanager's webhook, TMF642. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AlarmService } from '../../../pipelines/commands/alarm-desk.js';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import type { Bindings } from '../../../pipelines/http/ports.js';
import { makeToken, Tokens } from '../../../pipelines/http/tokens.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { partitionsOf } from '../../../pipelines/runtime/node.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';

const [all, reader] = [makeToken(), makeToken()];
const folder = mkdtempSync(join(tmpdir(), 'dozor-alarms-'));
const stop = new AbortController();
let installation: Installation;
let keeping: Promise<void>;
let api: Hono<{ Bindings: Bindings }>;
let keys = 0;

beforeAll(async () => {
  const packs = loadPacks([OWN_PACKS]);
  const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '1' });
  installation = await Installation.open(config, packs);
  const alarms = new AlarmService({
    config,
    packs,
    partitions: partitionsOf(config),
    owner: 'test',
    alone: true,
    warn: () => {},
  });
  api = createApi({
    intake: installation.gate,
    views: installation.views,
    alarms: alarms.views,
    hub: alarms.hub,
    status: () => installation.status(),
    health: () => installation.health(),
    metrics: createMetrics({ processMetrics: false }),
    tokens: Tokens.of([
      { name: 'noc-shift', sha256: all.sha256 },
      { name: 'probes', sha256: reader.sha256, types: ['kpi.sampled'] },
    ]),
    clockMode: 'events',
  });
  installation.start();
  keeping = alarms.run(installation.log, installation.store, stop.signal);
  for (const [id, parent] of [['core-1'], ['olt-1', 'core-1'], ['olt-2', 'core-1']] as const)
    await say('element.upserted', id, '20:00:00', {
      operator: 'a1-rs',
      kind: parent ? 'olt' : 'core',
      ...(parent && { parent }),
    });
});
afterAll(async () => {
  stop.abort();
  await keeping;
  await installation.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: any;
  readonly headers: Headers;
}
async function ask(method: string, path: string, body?: unknown, token: string | null = all.token): Promise<Answer> {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    'idempotency-key': `k${keys++}`,
    'content-type': 'application/json',
  };
  const response = await api.request(path, {
    method,
    headers,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    body: /^[[{]/.test(text) ? JSON.parse(text) : undefined,
    headers: response.headers,
  };
}
const at = (time: string) => `2026-06-10T${time}+02:00`;
async function say(type: string, subject: string, time: string, data: object): Promise<void> {
  const event = { specversion: '1.0', id: `s${keys++}`, source: 'ems', type, subject, time: at(time), data };
  const { body } = await ask('POST', '/v1/events', event);
  expect(body).toMatchObject({ status: 'accepted' });
}
/** Asks until it is so. */
async function until<T>(get: () => Promise<T | undefined>): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = await get();
    if (found !== undefined) return found;
    await sleep(20);
  }
  throw new Error('not within 6 s');
}
const listed = async (resource: string, state = 'list') =>
  (await ask('GET', `/v1/alarms?resource=${resource}&state=${state}`)).body.alarms;
const one = (resource: string, fits: (alarm: Record<string, unknown>) => boolean = () => true) =>
  until(async () => (await listed(resource, 'all')).find(fits));
const moveTo = (time: string) => ask('POST', '/v1/clock', { until: at(time) });

describe('the list', () => {
  it('shows what stands, with its rule, and what it explains', async () => {
    await say('alarm.reported', 'olt-1', '22:00:00', {
      alarmKey: 'los',
      perceivedSeverity: 'critical',
      probableCause: 'lossOfSignal',
    });
    await say('alarm.reported', 'core-1', '22:00:30', {
      alarmKey: 'mains',
      perceivedSeverity: 'major',
      probableCause: 'powerProblem',
    });
    await moveTo('22:03:00');
    const core = await one('core-1', ({ announcedAt }) => announcedAt !== undefined);
    expect(core).toMatchObject({
      perceivedSeverity: 'major',
      alarmType: 'equipmentAlarm',
      operator: 'a1-rs',
      state: { is: 'raised', from: '2026-06-10T20:00:30.000Z' },
      operatorState: { is: 'none' },
      announcedAt: '2026-06-10T20:02:30.000Z',
      children: { alarms: 1, resources: 1, of: 2 },
      rule: { id: 'power-lost', owner: 'noc-power' },
    });
    const [olt] = await listed('olt-1');
    expect(olt).toMatchObject({
      automation: [{ is: 'suppressed', by: core.id, root: core.id, why: 'power-lost stands on core-1, above olt-1' }],
    });
    expect(olt.announcedAt).toBeUndefined();
  });

  it('is asked by severity, state and operator state, page by page', async () => {
    expect((await ask('GET', '/v1/alarms?severity=critical')).body.alarms.map((alarm: any) => alarm.resource)).toEqual([
      'olt-1',
    ]);
    expect((await ask('GET', '/v1/alarms?limit=1&offset=1')).body).toMatchObject({
      total: 2,
      alarms: [{ resource: 'core-1' }],
    });
    expect((await ask('GET', '/v1/alarms?operatorState=acknowledged')).body.total).toBe(0);
    expect((await ask('GET', '/v1/alarms?state=cleared')).body.total).toBe(0);
  });

  it('is asked by owner, district, words and what explains it, and sorted', async () => {
    const resources = async (query: string) =>
      (await ask('GET', `/v1/alarms?${query}`)).body.alarms.map(({ resource }: any) => resource);
    const core = await one('core-1', ({ announcedAt }) => announcedAt !== undefined);
    expect(await resources('owner=noc-power')).toEqual(['core-1']);
    expect(await resources('owner=nobody')).toEqual([]);
    expect(await resources('text=POWERproblem')).toEqual(['core-1']);
    expect(await resources(`root=${core.id}`)).toEqual(['olt-1']);
    expect(await resources('district=Beograd')).toEqual([]);
    expect(await resources('sort=resource')).toEqual(['core-1', 'olt-1']);
    expect(await resources('sort=resource&order=down')).toEqual(['olt-1', 'core-1']);
  });

  it.each([
    ['colour=red', 'colour is no parameter'],
    ['severity=awful', 'severity should be some of'],
    ['state=open', 'state should be'],
    ['sort=colour', 'sort should be one of'],
    ['order=sideways', 'order should be up or down'],
    ['text=', 'text is empty'],
    ['limit=-1', 'limit should be a whole number'],
    ['limit=1&limit=2', 'limit is given more than once'],
  ])('refuses ?%s', async (query, words) => {
    const { status, body } = await ask('GET', `/v1/alarms?${query}`);
    expect([status, body.error]).toEqual([400, 'bad-parameter']);
    expect(body.message).toContain(words);
  });

  it('has a board with counts and figures', async () => {
    const { body } = await ask('GET', '/v1/alarms/board');
    expect(body).toMatchObject({
      standing: 2,
      suppressed: 1,
      unacknowledged: 1,
      flood: null,
      bySeverity: { critical: 1, major: 1 },
    });
    expect(body.shown.map((alarm: any) => alarm.resource)).toEqual(['core-1']);
    expect(body.figures).toMatchObject({ perDay: 0.5, raised: 2, standingOverDay: 0, worstShare: 1 });
  });
});

describe('what people do', () => {
  it('is an event of the story, in the role of the token, and stands in the journal', async () => {
    const { id } = await one('core-1');
    expect((await ask('POST', `/v1/alarms/${id}/acknowledge`, { reason: 'crew is called' })).status).toBe(202);
    await one('core-1', ({ operatorState }: any) => operatorState.is === 'acknowledged');
    expect(
      (
        await ask('POST', `/v1/alarms/${id}/comment`, {
          by: 'noc-lead',
          text: 'diesel is on its way',
          time: at('22:04:00'),
        })
      ).status,
    ).toBe(202);
    await one('core-1', ({ comments }: any) => comments.length === 1);
    const { body } = await ask('GET', `/v1/alarms/${id}`);
    expect(body.journal.map(({ what, by, text }: any) => [what, by, text].join(' ').trim())).toEqual([
      'raised evidence',
      'told to a person automation',
      'acknowledged noc-shift crew is called',
      'commented noc-lead diesel is on its way',
    ]);
  });

  it('counts once under its key', async () => {
    const { id } = await one('core-1');
    const headers = { authorization: `Bearer ${all.token}`, 'idempotency-key': 'same' };
    const body = JSON.stringify({ text: 'called the landlord', time: at('22:05:00') });
    const send = async () => (await api.request(`/v1/alarms/${id}/comment`, { method: 'POST', headers, body })).status;
    expect([await send(), await send()]).toEqual([202, 200]);
    await one('core-1', ({ comments }: any) => comments.length === 2);
  });

  it('shelves with a reason and a time, and not without', async () => {
    const { id } = await one('core-1');
    const shelve = (body: object) => ask('POST', `/v1/alarms/${id}/shelve`, body);
    expect((await shelve({ until: at('23:00:00'), time: at('22:06:00') })).body).toMatchObject({
      status: 'rejected',
      field: 'data.reason',
    });
    expect((await shelve({ reason: 'generator test', time: at('22:06:00') })).status).toBe(400);
    expect((await shelve({ reason: 'generator test', until: at('22:06:00'), time: at('22:06:00') })).status).toBe(400);
    expect((await shelve({ reason: 'generator test', until: at('23:00:00'), time: at('22:06:00') })).status).toBe(202);
    await one('core-1', ({ operatorState }: any) => operatorState.is === 'shelved');
    expect((await ask('POST', `/v1/alarms/${id}/unshelve`, { time: at('22:07:00') })).status).toBe(202);
    await one('core-1', ({ operatorState }: any) => operatorState.is === 'none');
  });

  it('keeps persons, numbers and addresses out', async () => {
    const { id } = await one('core-1');
    const comment = (more: object) => ask('POST', `/v1/alarms/${id}/comment`, { time: at('22:08:00'), ...more });
    expect((await comment({ text: 'x', by: 'Petar Petrović' })).body).toMatchObject({
      status: 'rejected',
      field: 'data.by',
    });
    expect((await comment({ text: 'call +381 64 123 4567' })).body).toMatchObject({
      status: 'rejected',
      field: 'data.text',
    });
    expect((await comment({ text: 'write to a.b@example.com' })).body).toMatchObject({
      status: 'rejected',
      field: 'data.text',
    });
    expect((await comment({ text: 'ticket 2026-06-10 22:08 no 123456' })).status).toBe(202);
  });

  it('clears what an element reported, by name of a role, and what Dozor found itself not', async () => {
    const { id } = await one('olt-1');
    expect(
      (await ask('POST', `/v1/alarms/${id}/clear`, { by: 'field-team', reason: 'seen on site', time: at('22:09:00') }))
        .status,
    ).toBe(202);
    expect(await one('olt-1', ({ state }: any) => state.is === 'cleared')).toMatchObject({
      perceivedSeverity: 'cleared',
      state: { by: 'field-team' },
    });
    await say('fault.opened', 'olt-2', '22:09:00', { faultId: 'f1', responsibility: 'operator' });
    await moveTo('22:10:00');
    const fault = await one('olt-2');
    const { status, body } = await ask('POST', `/v1/alarms/${fault.id}/clear`, { time: at('22:10:00') });
    expect([status, body.error]).toEqual([409, 'not-yours-to-clear']);
  });

  it('needs a token that may, an alarm that is, and an act that there is', async () => {
    const { id } = await one('core-1');
    const body = { time: at('22:10:00') };
    expect((await ask('POST', `/v1/alarms/${id}/acknowledge`, body, null)).status).toBe(401);
    expect((await ask('POST', `/v1/alarms/${id}/acknowledge`, body, reader.token)).status).toBe(403);
    expect((await ask('POST', `/v1/alarms/${'0'.repeat(32)}/acknowledge`, body)).status).toBe(404);
    expect((await ask('POST', `/v1/alarms/${id}/forget`, body)).status).toBe(404);
    expect((await ask('POST', `/v1/alarms/${id}/acknowledge`, { ...body, loud: true })).status).toBe(400);
  });
});

describe("Alertmanager's webhook", () => {
  const alert = {
    status: 'firing',
    labels: { alertname: 'LinkDown', severity: 'error', instance: 'rtr-9' },
    annotations: { summary: 'no light' },
    startsAt: at('22:11:00'),
    endsAt: '0001-01-01T00:00:00Z',
    fingerprint: 'f00d',
  };
  const send = (...alerts: object[]) =>
    ask('POST', '/v1/alertmanager', { version: '4', receiver: 'dozor', status: 'firing', groupKey: 'g', alerts });

  it('raises, once however often it is repeated, says another text, and clears', async () => {
    expect((await send(alert)).body).toEqual({ own: 0, accepted: 1, duplicates: 0, rejected: [] });
    expect((await send(alert)).body).toEqual({ own: 0, accepted: 0, duplicates: 1, rejected: [] });
    expect(await one('rtr-9')).toMatchObject({
      perceivedSeverity: 'major',
      qualifier: 'alertmanager:f00d',
      said: { specificProblem: 'LinkDown', text: 'no light' },
    });
    expect((await send({ ...alert, annotations: { summary: 'still no light' } })).body).toMatchObject({ accepted: 1 });
    await one('rtr-9', ({ raises }) => raises === 1);
    expect((await send({ ...alert, status: 'resolved', endsAt: at('22:12:00') })).body).toMatchObject({ accepted: 1 });
    expect(await one('rtr-9', ({ state }: any) => state.is === 'cleared')).toMatchObject({
      state: { to: '2026-06-10T20:12:00.000Z' },
    });
  });

  it('passes over what came from here', async () => {
    const own = { ...alert, labels: { ...alert.labels, dozor_alarm: 'a'.repeat(32) } };
    expect((await send(own)).body).toEqual({ own: 1, accepted: 0, duplicates: 0, rejected: [] });
  });

  it('takes the label that the address names, and keeps a phone number out', async () => {
    const odd = { ...alert, fingerprint: 'beef', labels: { ...alert.labels, caller: '381641234567' } };
    const { body } = await ask('POST', '/v1/alertmanager?resource=caller', {
      version: '4',
      receiver: 'r',
      alerts: [odd],
    });
    expect(body).toMatchObject({ accepted: 0, rejected: [{ reason: 'subject-looks-like-a-number' }] });
  });

  it.each([
    [{ version: '3' }, 'version'],
    [{ version: '4', receiver: 'r' }, 'alerts'],
    [{ version: '4', receiver: 'r', alerts: [{ ...alert, status: 'odd' }] }, 'alerts.0.status'],
    [{ version: '4', receiver: 'r', alerts: [{ ...alert, startsAt: 'now' }] }, 'alerts.0.startsAt'],
    [{ version: '4', receiver: 'r', alerts: [{ ...alert, labels: { a: 1 } }] }, 'alerts.0.labels'],
    ['no json', 'the body'],
  ])('refuses %j, so that it is not sent again', async (body, field) => {
    const answer = await ask('POST', '/v1/alertmanager', body);
    expect(answer.status).toBe(400);
    expect(answer.body.message.startsWith(field)).toBe(true);
  });
});

describe('TMF642', () => {
  const BASE = '/tmf-api/alarmManagement/v4';
  const MANDATORY = [
    'alarmRaisedTime',
    'alarmType',
    'alarmedObject',
    'href',
    'id',
    'perceivedSeverity',
    'probableCause',
    'sourceSystemId',
    'state',
  ];
  const NEW = {
    alarmType: 'environmentalAlarm',
    perceivedSeverity: 'minor',
    probableCause: 'temperatureUnacceptable',
    alarmedObject: { id: 'site-7' },
    sourceSystemId: 'bms',
    state: 'raised',
    alarmRaisedTime: '2026-06-10T22:20:00.000+02:00',
  };
  const create = async (more: object = {}) => (await ask('POST', `${BASE}/alarm`, { ...NEW, ...more })).body;

  it('creates an alarm that is there at once, under both paths', async () => {
    const { status, body, headers } = await ask('POST', `${BASE}/alarm`, NEW);
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(body.href);
    expect(body).toMatchObject({
      ...NEW,
      alarmRaisedTime: '2026-06-10T20:20:00.000Z',
      ackState: 'unacknowledged',
      href: `${BASE}/alarm/${body.id}`,
    });
    expect((await ask('GET', body.href)).body).toEqual(body);
    const other = await ask('GET', `/tmf-api/alarm/v4/alarm/${body.id}`);
    expect(other.body).toMatchObject({ id: body.id, href: `/tmf-api/alarm/v4/alarm/${body.id}` });
  });

  it.each([
    'alarmType',
    'perceivedSeverity',
    'probableCause',
    'alarmedObject',
    'sourceSystemId',
    'state',
    'alarmRaisedTime',
  ])('needs %s', async (name) => {
    const { status, body } = await ask('POST', `${BASE}/alarm`, { ...NEW, [name]: undefined });
    expect([status, body.message.split(' ')[0]]).toEqual([400, name]);
  });

  it.each([
    [{ alarmType: 'loudAlarm' }, 400],
    [{ perceivedSeverity: 'awful' }, 400],
    [{ alarmRaisedTime: 'yesterday' }, 400],
    [{ state: 'cleared' }, 400],
    [{ alarmedObject: { id: '381641234567' } }, 422],
  ])('refuses %j', async (more, status) => {
    expect((await ask('POST', `${BASE}/alarm`, { ...NEW, ...more })).status).toBe(status);
  });

  it('lists every alarm with all mandatory attributes, as strings where the kit wants strings', async () => {
    const { status, body, headers } = await ask('GET', `${BASE}/alarm`);
    expect(status).toBe(200);
    expect(headers.get('x-total-count')).toBe(String(body.length));
    for (const alarm of body) {
      for (const name of MANDATORY) expect(alarm[name], `${name} of ${alarm.id}`).toBeTruthy();
      for (const name of MANDATORY) if (name !== 'alarmedObject') expect(typeof alarm[name]).toBe('string');
    }
  });

  it.each([
    'alarmRaisedTime',
    'id',
    'probableCause',
    'sourceSystemId',
    'state',
    'alarmType',
    'perceivedSeverity',
    'alarmedObject.id',
  ])('filters by %s, and by all at once', async (name) => {
    const alarm = await create({
      probableCause: 'fanFailure',
      perceivedSeverity: 'warning',
      alarmRaisedTime: at('22:21:00'),
    });
    const value = name === 'alarmedObject.id' ? alarm.alarmedObject.id : alarm[name];
    const { body } = await ask('GET', `${BASE}/alarm?${name}=${encodeURIComponent(value)}`);
    expect(body.map(({ id }: any) => id)).toContain(alarm.id);
    for (const found of body) expect(name === 'alarmedObject.id' ? found.alarmedObject.id : found[name]).toBe(value);
    expect((await ask('GET', `${BASE}/alarm?${name}=${encodeURIComponent(value)}&probableCause=nothing`)).body).toEqual(
      [],
    );
  });

  it('filters by several values, by bounds of time, and by a time in another offset', async () => {
    const severities = (await ask('GET', `${BASE}/alarm?perceivedSeverity=major,minor`)).body.map(
      (one: any) => one.perceivedSeverity,
    );
    expect(new Set(severities)).toEqual(new Set(['major', 'minor']));
    const late = (await ask('GET', `${BASE}/alarm?alarmRaisedTime.gte=${encodeURIComponent(at('22:20:00'))}`)).body;
    expect(late.length).toBeGreaterThan(0);
    for (const { alarmRaisedTime } of late)
      expect(Date.parse(alarmRaisedTime)).toBeGreaterThanOrEqual(Date.parse(at('22:20:00')));
    const plain = `${BASE}/alarm?alarmRaisedTime=2026-06-10T22:20:00+02:00`;
    expect((await ask('GET', plain)).body.length).toBeGreaterThan(0);
  });

  it('gives exactly the attributes that are asked for, beside id and href', async () => {
    for (const name of MANDATORY) {
      const [alarm] = (await ask('GET', `${BASE}/alarm?fields=${name}`)).body;
      expect(Object.keys(alarm).sort()).toEqual([...new Set(['id', 'href', name])].sort());
    }
  });

  it('patches what may be patched, by evidence through the door', async () => {
    const { id } = await create();
    const patch = {
      probableCause: 'fire',
      perceivedSeverity: 'major',
      alarmType: 'physicalViolation',
      state: 'updated',
    };
    const { status, body } = await ask('PATCH', `${BASE}/alarm/${id}`, patch);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id, ...patch });
    expect((await ask('GET', `${BASE}/alarm/${id}`)).body).toMatchObject(patch);
    const cleared = await ask('PATCH', `${BASE}/alarm/${id}`, { state: 'cleared' });
    expect(cleared.body).toMatchObject({ state: 'cleared', perceivedSeverity: 'cleared', clearUserId: 'noc-shift' });
  });

  it('knows no alarm that is none, in either spelling, and deletes none', async () => {
    expect((await ask('GET', `${BASE}/alarm/1`)).status).toBe(404);
    expect((await ask('GET', `${BASE}/Alarm/1`)).status).toBe(404);
    expect((await ask('PATCH', `${BASE}/alarm/1`, { state: 'updated' })).status).toBe(404);
    const { id } = await create();
    expect((await ask('DELETE', `${BASE}/alarm/${id}`)).status).toBe(405);
    expect((await ask('GET', `${BASE}/alarm/${id}`)).status).toBe(200);
  });

  it('acknowledges, takes it back, comments and clears by tasks over patterns', async () => {
    const [first, second] = [await create({ probableCause: 'flood' }), await create({ probableCause: 'flood' })];
    const task = (name: string, more: object) => ask('POST', `${BASE}/${name}`, more);
    const alarmPattern = [{ probableCause: 'flood' }];
    const ack = await task('ackAlarms', { ackSystemId: 'oss', ackUserId: 'user-17', alarmPattern });
    expect(ack.status).toBe(201);
    expect(new Set(ack.body.alarms)).toEqual(new Set([first.id, second.id]));
    expect((await ask('GET', `${BASE}/ackAlarms/${ack.body.id}`)).body).toEqual(ack.body);
    expect((await ask('GET', `${BASE}/alarm?ackState=acknowledged&ackUserId=user-17`)).body.length).toBe(2);
    await task('unAckAlarms', {
      ackSystemId: 'oss',
      ackUserId: 'user-17',
      alarmPattern: [{ alarm: { id: first.id } }],
    });
    expect((await ask('GET', first.href)).body.ackState).toBe('unacknowledged');
    await task('commentAlarms', {
      comment: { comment: 'pump is on its way', userId: 'user-17' },
      alarmPattern: [{ id: second.id }],
    });
    expect((await ask('GET', second.href)).body.comment).toMatchObject([
      { comment: 'pump is on its way', userId: 'user-17' },
    ]);
    await task('clearAlarms', {
      clearSystemId: 'oss',
      clearUserId: 'user-17',
      alarmClearedTime: at('22:30:00'),
      alarmPattern,
    });
    expect((await ask('GET', first.href)).body).toMatchObject({
      state: 'cleared',
      clearUserId: 'user-17',
      alarmClearedTime: '2026-06-10T20:30:00.000Z',
    });
  });

  it.each([
    ['ackAlarms', { alarmPattern: [{ id: 'x' }] }, 400],
    ['ackAlarms', { ackSystemId: 'oss', ackUserId: 'user-17' }, 400],
    ['ackAlarms', { ackSystemId: 'oss', ackUserId: 'user-17', alarmPattern: [{}] }, 400],
    ['ackAlarms', { ackSystemId: 'oss', ackUserId: 'user-17', alarmPattern: [{ id: 'x' }] }, 404],
    ['clearAlarms', { clearUserId: 'user-17', alarmPattern: [{ id: 'x' }] }, 400],
    ['commentAlarms', { alarmPattern: [{ id: 'x' }] }, 400],
  ])('refuses the task %s of %j', async (name, body, status) => {
    expect((await ask('POST', `${BASE}/${name}`, body)).status).toBe(status);
  });

  it('tells a listener of what is created, changed and cleared, until it goes', async () => {
    const heard: any[] = [];
    const server: Server = createServer((request, response) => {
      let text = '';
      request
        .on('data', (chunk) => (text += chunk))
        .on('end', () => {
          heard.push(JSON.parse(text));
          response.end();
        });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { port: number };
    const hub = await ask('POST', `${BASE}/hub`, { callback: `http://127.0.0.1:${port}/listener` });
    expect(hub.status).toBe(201);
    const { id } = await create({ alarmedObject: { id: 'site-8' } });
    await ask('PATCH', `${BASE}/alarm/${id}`, { perceivedSeverity: 'major' });
    await ask('PATCH', `${BASE}/alarm/${id}`, { state: 'cleared' });
    const types = await until(async () => {
      const own = heard.filter(({ event }) => event.alarm.id === id);
      return own.at(-1)?.event.alarm.state === 'cleared' ? own.map(({ eventType }) => eventType) : undefined;
    });
    expect(types[0]).toBe('AlarmCreateEvent');
    expect(types.at(-1)).toBe('AlarmStateChangeEvent');
    expect((await ask('DELETE', `${BASE}/hub/${hub.body.id}`)).status).toBe(204);
    const count = heard.length;
    await create({ alarmedObject: { id: 'site-9' } });
    await sleep(300);
    expect(heard.length).toBe(count);
    server.close();
    expect((await ask('DELETE', `${BASE}/hub/${hub.body.id}`)).status).toBe(404);
    expect((await ask('POST', `${BASE}/hub`, { callback: 'ftp://x' })).status).toBe(400);
    expect((await ask('POST', `${BASE}/hub`, { callback: 'http://x' }, null)).status).toBe(401);
  });
});
