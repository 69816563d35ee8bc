/** Bars and proposals by their own addresses: an order becomes one event, and counts once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import type { EventIntake, Grant } from '../../../pipelines/http/ports.js';
import { makeToken, Tokens } from '../../../pipelines/http/tokens.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { credit, FakeIntake, FakeViews, T0 } from './fake.js';

const [all, crm, bars] = [makeToken(), makeToken(), makeToken()];
const tokens = Tokens.of([
  { name: 'all', sha256: all.sha256 },
  { name: 'Front Desk', sha256: crm.sha256, sources: ['crm', 'web'] },
  { name: 'bars', sha256: bars.sha256, types: ['bar.requested'] },
]);

/** The fake door, which also keeps what it was given. */
class Keeping extends FakeIntake implements EventIntake {
  readonly events: Record<string, unknown>[] = [];
  override takeObjects(events: readonly unknown[], by: Grant) {
    this.events.push(...(events as Record<string, unknown>[]));
    return super.takeObjects(events, by);
  }
}

let intake: Keeping;
let views: FakeViews;
beforeEach(() => {
  intake = new Keeping();
  views = new FakeViews();
});

interface Asked {
  readonly token?: string;
  readonly key?: string | null;
  readonly body?: unknown;
  readonly clockMode?: 'live' | 'events';
  readonly role?: 'door' | 'dashboard' | 'both';
}

async function ask(method: string, path: string, asked: Asked = {}) {
  const { token = all.token, key = 'k1', body, clockMode = 'live', role = 'both' } = asked;
  const metrics = createMetrics({ processMetrics: false });
  const api = createApi({
    ...(role !== 'dashboard' && { intake }),
    ...(role !== 'door' && { views }),
    status: () => views.status(),
    health: () => ({ alive: true, ready: true, waitingFor: [] }),
    metrics,
    tokens,
    clockMode,
    now: () => T0,
    failed: () => {},
  });
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(key !== null && { 'idempotency-key': key }),
  };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await api.request(path, { method, headers, ...(body !== undefined && { body: text }) });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const BAR = '/v1/services/s1/bars/spend-cap';
const TIME = '2026-06-12T00:00:00%2B02:00';

describe('a bar', () => {
  it.each([
    ['PUT', 'bar.requested'],
    ['DELETE', 'bar.withdrawn'],
  ])('%s is %s, as of when the subscriber asked, known now', async (method, type) => {
    const { status, body } = await ask(method, `${BAR}?time=${TIME}`);
    expect([status, body]).toEqual([202, { line: 1, status: 'accepted', id: 'k1' }]);
    expect(intake.events).toEqual([
      {
        specversion: '1.0',
        id: 'k1',
        source: 'http/all',
        type,
        subject: 's1',
        time: '2026-06-11T22:00:00.000Z',
        recordedtime: new Date(T0).toISOString(),
        data: { kind: 'spend-cap' },
      },
    ]);
  });

  it('sent again is known already; another one under the same key is not taken for it', async () => {
    await ask('PUT', `${BAR}?time=${TIME}`);
    expect(await ask('PUT', `${BAR}?time=${TIME}`)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
    expect(await ask('PUT', `${BAR}?time=${TIME}`, { key: '"k2"' })).toMatchObject({ status: 202, body: { id: 'k2' } });
  });

  it('where events move the clock, an order is known when it is given', async () => {
    await ask('PUT', `${BAR}?time=2026-06-12T00:00:00+02:00`, { clockMode: 'events' });
    expect(intake.events[0]).toMatchObject({ time: '2026-06-11T22:00:00.000Z' });
    expect(intake.events[0]).not.toHaveProperty('recordedtime');
  });

  it('an id is read as it is written in an address', async () => {
    await ask('PUT', `/v1/services/a%2Fb%20c/bars/roaming?time=${TIME}`);
    expect(intake.events[0]).toMatchObject({ subject: 'a/b c', data: { kind: 'roaming' } });
  });

  it.each([
    ['/v1/services/s1/bars/gambling', `?time=${TIME}`, 'k', 'kind'],
    [BAR, '', 'k', 'time'],
    [BAR, '?time=', 'k', 'time'],
    [BAR, '?time=2026-06-12T00:00:00', 'k', 'time'],
    [BAR, `?time=${TIME}&time=${TIME}`, 'k', 'time'],
    [BAR, `?time=${TIME}&until=${TIME}`, 'k', 'until'],
    [BAR, `?time=${TIME}`, null, 'Idempotency-Key'],
    [BAR, `?time=${TIME}`, '""', 'Idempotency-Key'],
    [BAR, `?time=${TIME}`, 'two words', 'Idempotency-Key'],
    [BAR, `?time=${TIME}`, 'x'.repeat(129), 'Idempotency-Key'],
  ])('%s%s with the key %j is refused, and %4$s is named', async (path, query, key, name) => {
    const { status, body } = await ask('PUT', path + query, { key });
    expect([status, body['error'], String(body['message']).split(' ')[0]]).toEqual([400, 'bad-parameter', name]);
    expect(intake.events).toEqual([]);
  });

  it('for a subject that looks like a number the door refuses, and names the field', async () => {
    const answer = await ask('PUT', `/v1/services/381641234567/bars/spend-cap?time=${TIME}`);
    expect(answer).toMatchObject({ status: 422, body: { reason: 'subject-looks-like-a-number', field: 'subject' } });
  });
});

describe('who may order', () => {
  it('nobody without a token', async () => {
    expect((await ask('PUT', `${BAR}?time=${TIME}`, { token: '' })).status).toBe(401);
    expect((await ask('POST', '/v1/proposals/p', { token: 'dozor_x', body: {} })).status).toBe(401);
    expect(intake.events).toEqual([]);
  });

  it('as for events: a token bound to types may order only those', async () => {
    expect((await ask('PUT', `${BAR}?time=${TIME}`, { token: bars.token })).status).toBe(202);
    const refused = await ask('DELETE', `${BAR}?time=${TIME}`, { token: bars.token, key: 'k2' });
    expect(refused).toMatchObject({ status: 403, body: { reason: 'not-allowed', field: 'type' } });
    expect(intake.events).toHaveLength(1);
  });

  it('a token bound to sources orders in the name of the first of them', async () => {
    expect((await ask('PUT', `${BAR}?time=${TIME}`, { token: crm.token })).status).toBe(202);
    expect(intake.events[0]).toMatchObject({ source: 'crm' });
  });

  it('a process that is no door says so', async () => {
    expect((await ask('PUT', `${BAR}?time=${TIME}`, { role: 'dashboard' })).body['error']).toBe('not-here');
  });

  it('a door that cannot take it asks to come again', async () => {
    intake.fail = new Error('disk full');
    expect((await ask('PUT', `${BAR}?time=${TIME}`)).status).toBe(503);
  });
});

describe('a proposal', () => {
  const id = 'a'.repeat(32);
  const proposal = (type = 'restriction.proposed') =>
    credit(1, { id, type, subject: 's7', data: { operator: 'a1-rs', services: ['voice-out', 'data'] } });
  const body = { accepted: true, time: '2026-06-12T00:00:00+02:00' };
  const post = (over: object = {}, asked: Asked = {}) =>
    ask('POST', `/v1/proposals/${id}`, { body: { ...body, ...over }, ...asked });

  it.each(['restriction.proposed', 'security.proposed'])('of %s is decided for its service', async (type) => {
    views.all = [proposal(type)];
    const until = '2026-06-13T00:00:00Z';
    const more = { services: ['data'], until, reason: 'known to the desk', by: 'fraud-desk' };
    expect((await post(more)).status).toBe(202);
    expect(intake.events[0]).toEqual({
      specversion: '1.0',
      id: 'k1',
      source: 'http/all',
      type: 'restriction.decided',
      subject: 's7',
      time: '2026-06-11T22:00:00.000Z',
      recordedtime: new Date(T0).toISOString(),
      data: { proposalId: id, accepted: true, ...more },
    });
    expect(await post(more)).toMatchObject({ status: 200, body: { status: 'duplicate' } });
  });

  it('declined is an event too; who says no role decides in that of the token', async () => {
    views.all = [proposal()];
    expect((await post({ accepted: false })).status).toBe(202);
    expect(intake.events[0]!['data']).toEqual({ proposalId: id, accepted: false, by: 'all' });
  });

  it('a name of a token that is no role is not taken for one', async () => {
    views.all = [proposal()];
    expect(await post({}, { token: crm.token })).toMatchObject({ status: 422, body: { field: 'data.by' } });
  });

  it('not known here needs its service; a process that shows nothing knows none', async () => {
    const { status, body: said } = await post();
    expect([status, said['error']]).toEqual([404, 'not-found']);
    expect(said['message']).toContain('service');
    expect((await post({ service: 's7' })).status).toBe(202);
    expect((await post({ service: 's7' }, { role: 'door', key: 'k2' })).status).toBe(202);
    expect(intake.events[0]).toMatchObject({ subject: 's7' });
    expect(intake.events[0]!['data']).not.toHaveProperty('service');
  });

  it('a decision that proposes nothing is not found', async () => {
    views.all = [proposal('credit.granted')];
    expect(await post({ service: 's7' })).toMatchObject({ status: 404, body: { error: 'not-found' } });
  });

  it.each([
    [{ time: undefined }, 'time'],
    [{ time: 12 }, 'time'],
    [{ untill: '2026-06-13T00:00:00Z' }, 'untill'],
    [{ service: 's8' }, 'service'],
    [{ service: 7 }, 'service'],
    [{ services: ['data', 'emergency'] }, 'services'],
  ])('with %j is refused, and the field is named', async (over, name) => {
    views.all = [proposal()];
    const { status, body: said } = await post(over);
    expect([status, said['error'], String(said['message']).split(' ')[0]]).toEqual([400, 'bad-parameter', name]);
    expect(intake.events).toEqual([]);
  });

  it.each([
    [{ accepted: undefined }, 'data.accepted'],
    [{ accepted: 'yes' }, 'data.accepted'],
    [{ until: 'Friday' }, 'data.until'],
    [{ services: 'data' }, 'data.services'],
    [{ by: 'Marko Marković' }, 'data.by'],
  ])('with %j is rejected by the door, and the field is named', async (over, field) => {
    views.all = [proposal()];
    expect(await post(over)).toMatchObject({ status: 422, body: { status: 'rejected', field } });
  });

  it.each(['no json', '[]', 'null', '1'])('of the body %s is refused', async (text) => {
    const { status, body: said } = await ask('POST', `/v1/proposals/${id}`, { body: text });
    expect([status, said['error']]).toEqual([400, 'not-json']);
  });

  it('of a large body is refused', async () => {
    expect((await post({ reason: 'x'.repeat(20_000) })).status).toBe(413);
  });
});

describe('on a whole installation', () => {
  it('a bar is placed, a proposal accepted and declined: what follows is decided once', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-orders-'));
    const config = readConfig({
      DOZOR_DATA: folder,
      DOZOR_CLOCK: 'events',
      DOZOR_STORY_TICK_SECONDS: '1',
      DOZOR_SERVICE_PARTITIONS: '2',
    });
    const installation = await Installation.open(config, loadPacks([OWN_PACKS]));
    installation.start();
    try {
      const api = createApi({
        intake: installation.gate,
        views: installation.views,
        status: () => installation.status(),
        health: () => installation.health(),
        metrics: createMetrics({ processMetrics: false }),
        tokens,
        clockMode: 'events',
      });
      const send = (method: string, path: string, key: string, sent?: object) =>
        api.request(path, {
          method,
          headers: {
            authorization: `Bearer ${all.token}`,
            'idempotency-key': key,
            'content-type': 'application/json',
          },
          ...(sent && { body: JSON.stringify(sent) }),
        });
      let n = 0;
      const tell = (type: string, time: string, data: object) => {
        const event = { specversion: '1.0', id: `o${n++}`, source: 'test', type, subject: 's1', time, data };
        return send('POST', '/v1/events', '', event);
      };
      const decided = async (type: string, count: number) => {
        for (let tries = 0; tries < 300; tries++) {
          const found = (await installation.views.decisions({ type, limit: 9, order: 'oldest' })).decisions;
          if (found.length >= count && (await installation.caughtUp())) return found;
          await sleep(20);
        }
        throw new Error(`not decided: ${count} ${type}`);
      };
      const at = (hour: number) => `2026-06-10T${hour}:00:00+02:00`;
      await tell('service.upserted', '2026-06-10T08:00:00+02:00', {
        operator: 'a1-rs',
        kind: 'mobile',
        activeFrom: '2026-06-10T08:00:00+02:00',
        limits: { daily: { dataBytes: 100 } },
      });
      const bar = `/v1/services/s1/bars/spend-cap?time=${at(10)}`;
      expect((await send('PUT', bar, 'bar-1')).status).toBe(202);
      expect((await send('PUT', bar, 'bar-1')).status).toBe(200);
      const other = await send('DELETE', bar, 'bar-1');
      expect([other.status, await other.json()]).toMatchObject([422, { reason: 'id-reused', field: 'id' }]);
      const charge = { amount: '5000.01', currency: 'RSD' };
      await tell('usage.recorded', at(11), { kind: 'data', bytes: 101, charge });
      await tell('usage.recorded', at(12), { kind: 'sms' });
      expect(await decided('bar.applied', 1)).toHaveLength(1);
      await tell('notice.progressed', at(13), { template: 'traffic-atypical', state: 'submitted' });
      await tell('usage.recorded', at(14), { kind: 'sms' });
      const [proposal] = await decided('restriction.proposed', 1);
      const path = `/v1/proposals/${proposal!.id}`;
      const accept = { accepted: true, time: at(15), by: 'fraud-desk', services: ['data'] };
      expect((await send('POST', path, 'desk-1', accept)).status).toBe(202);
      expect((await send('POST', path, 'desk-1', accept)).status).toBe(200);
      expect((await send('POST', path, 'desk-2', { ...accept, accepted: false, time: at(16) })).status).toBe(202);
      await installation.gate.moveClock(Date.parse(at(17)));
      const [lifted] = await decided('restriction.lifted', 1);
      const [applied] = await decided('restriction.applied', 1);
      expect(applied).toMatchObject({ subject: 's1', time: at(15), data: { services: ['data'], episode: 1 } });
      expect(lifted).toMatchObject({ time: at(16), data: { reason: 'declined', proposalId: proposal!.id } });
      const told = (await decided('notice.requested', 1)).map(({ data }) => data['template']);
      expect(told).toEqual(expect.arrayContaining(['restriction-applied', 'restriction-lifted', 'spend-barred']));
    } finally {
      await installation.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
