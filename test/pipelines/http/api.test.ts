/** What may be asked: decisions, outages, status, health, metrics, and the clock where events move it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import type { Health } from '../../../pipelines/http/ports.js';
import { makeToken, Tokens } from '../../../pipelines/http/tokens.js';
import { credit, FakeIntake, FakeViews, outage, T0 } from './fake.js';

const [all, some] = [makeToken(), makeToken()];
const tokens = Tokens.of([
  { name: 'all', sha256: all.sha256 },
  { name: 'some', sha256: some.sha256, types: ['fault.opened'] },
]);

let views: FakeViews;
let intake: FakeIntake;
let health: Health;
let failures: unknown[];

beforeEach(() => {
  views = new FakeViews();
  intake = new FakeIntake();
  health = { alive: true, ready: true, waitingFor: [] };
  failures = [];
});

function api(clockMode: 'live' | 'events' = 'live') {
  const metrics = createMetrics({ processMetrics: false });
  const failed = (_: string, error: unknown) => failures.push(error);
  return createApi({
    intake,
    views,
    status: () => views.status(),
    health: () => health,
    metrics,
    tokens,
    clockMode,
    failed,
  });
}

const get = async (path: string, headers: Record<string, string> = {}) => api().request(path, { headers });

describe('GET /v1/decisions', () => {
  it('gives a page, newest first, and how to go on', async () => {
    views.all = Array.from({ length: 250 }, (_, i) => credit(i));
    const first = await get('/v1/decisions?type=credit.granted');
    const { decisions, next } = (await first.json()) as { decisions: unknown[]; next: string };
    expect([decisions.length, next]).toEqual([100, '100:d']);
    expect(first.headers.get('link')).toBe('</v1/decisions?type=credit.granted&after=100%3Ad>; rel="next"');
    expect(first.headers.get('cache-control')).toBe('no-store');
    const last = await get('/v1/decisions?after=200:d');
    expect(((await last.json()) as { decisions: unknown[] }).decisions).toEqual(views.all.slice(200));
    expect(last.headers.get('link')).toBeNull();
  });

  it('hands every parameter on', async () => {
    const query = 'subject=s1&type=credit.granted&from=2026-06-01T00:00:00%2B02:00&to=2026-07-01T00:00:00Z';
    await get(`/v1/decisions?${query}&limit=7&after=12:x&order=oldest`);
    expect(views.queries).toEqual([
      {
        subject: 's1',
        type: 'credit.granted',
        from: Date.parse('2026-06-01T00:00:00+02:00'),
        to: Date.parse('2026-07-01T00:00:00Z'),
        limit: 7,
        after: '12:x',
        order: 'oldest',
      },
    ]);
  });

  it('takes a plus that was not written as %2B', async () => {
    await get('/v1/decisions?from=2026-06-01T00:00:00+02:00');
    expect(views.queries[0]?.from).toBe(Date.parse('2026-06-01T00:00:00+02:00'));
  });

  it.each([
    ['limit=0', 'limit'],
    ['after=x:1', 'after'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e2', 'limit'],
    ['type=no.such', 'type'],
    ['type=toString', 'type'],
    ['from=yesterday', 'from'],
    ['from=2026-06-01', 'from'],
    ['from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z', 'to'],
    ['order=up', 'order'],
    ['subject=', 'subject'],
    ['after=', 'after'],
    ['subject=a&subject=b', 'subject'],
    ['offset=3', 'offset'],
  ])('with %s is refused, and the parameter is named', async (query, name) => {
    const response = await get(`/v1/decisions?${query}`);
    expect(response.status).toBe(400);
    const { error, message } = (await response.json()) as { error: string; message: string };
    expect([error, message.split(' ')[0]]).toEqual(['bad-parameter', name]);
    expect(views.queries).toEqual([]);
  });

  it('as NDJSON gives a decision a line', async () => {
    views.all = [credit(1), credit(2), credit(3)];
    const response = await get('/v1/decisions?limit=2', { accept: 'application/x-ndjson' });
    expect(response.headers.get('content-type')).toBe('application/x-ndjson');
    expect(response.headers.get('link')).toContain('after=2%3Ad');
    const text = await response.text();
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([credit(1), credit(2)]);
  });

  it('one by its id, or 404', async () => {
    views.all = [credit(1)];
    expect(await (await get(`/v1/decisions/${credit(1).id}`)).json()).toEqual(credit(1));
    const none = await get('/v1/decisions/nothing');
    expect([none.status, await none.json()]).toEqual([404, { error: 'not-found', message: expect.any(String) }]);
  });
});

describe('GET /v1/outages and /v1/status', () => {
  it('give times as RFC 3339, in the zone of the outage', async () => {
    views.open = [outage({ from: T0, confirmedAt: null, zone: 'Europe/Vienna' })];
    const { outages } = (await (await get('/v1/outages')).json()) as { outages: unknown[] };
    expect(outages).toEqual([
      {
        ...views.open[0],
        from: '2026-06-12T00:00:05+02:00',
        overdueAt: '2026-06-14T00:00:06+02:00',
        confirmedAt: null,
        zone: 'Europe/Vienna',
      },
    ]);
    expect(await (await get('/v1/status')).json()).toMatchObject({
      clock: '2026-06-11T22:00:05.000Z',
      behindMs: 2_000,
    });
    views.set({ clock: null });
    expect(await (await get('/v1/status')).json()).toMatchObject({ clock: null });
  });
});

describe('health', () => {
  it('is 200 when well, 503 with what it waits for when not', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    health = { alive: true, ready: false, waitingFor: ['service-3 loads its state'] };
    expect((await get('/healthz')).status).toBe(200);
    const ready = await get('/readyz');
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, waitingFor: ['service-3 loads its state'] },
    ]);
    health = { ...health, alive: false };
    expect((await get('/healthz')).status).toBe(503);
  });
});

describe('GET /metrics', () => {
  it('shows what the status says at that moment, and the requests by route', async () => {
    const app = api();
    views.set({
      counts: { ...views.now.counts, events: 41, decisions: { 'credit.granted': 3 }, rejected: { 'not-json': 2 } },
    });
    await app.request('/v1/decisions/one');
    await app.request('/v1/decisions/two');
    await app.request('/no/such/address');
    const response = await app.request('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    for (const line of [
      'dozor_events_total{outcome="accepted"} 41',
      'dozor_events_total{outcome="duplicate"} 1',
      'dozor_events_total{outcome="rejected"} 2',
      'dozor_events_rejected_total{reason="not-json"} 2',
      'dozor_decisions_total{type="credit.granted"} 3',
      'dozor_clock_delay_seconds 2',
      'dozor_services 2',
      'dozor_elements 1',
      'dozor_events_waiting 0',
      'dozor_http_requests_total{route="/v1/decisions/:id",status="404"} 2',
      'dozor_http_requests_total{route="other",status="404"} 1',
    ]) {
      expect(text.split('\n')).toContain(line);
    }
  });
});

describe('POST /v1/clock', () => {
  const move = async (body: unknown, token = all.token, mode: 'live' | 'events' = 'events') =>
    api(mode).request('/v1/clock', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { authorization: `Bearer ${token}` },
    });

  it('moves the clock where events move it', async () => {
    const response = await move({ until: '2026-07-01T00:00:00+02:00' });
    expect(await response.json()).toEqual({ until: '2026-06-30T22:00:00.000Z' });
    expect(intake.clocks).toEqual([Date.parse('2026-07-01T00:00:00+02:00')]);
  });

  it('is refused where ticks move it, back in time, without a whole token, and without a time', async () => {
    const until = '2026-07-01T00:00:00Z';
    expect((await move({ until }, all.token, 'live')).status).toBe(409);
    expect((await move({ until }, 'nobody')).status).toBe(401);
    expect((await move({ until }, some.token)).status).toBe(403);
    for (const body of ['', 'null', '{', {}, { until: 5 }, { until: '2026-07-01' }])
      expect((await move(body)).status).toBe(400);
    expect((await move({ until: 'x'.repeat(2_000) })).status).toBe(413);
    expect(intake.clocks).toEqual([]);
    await move({ until });
    const back = await move({ until: '2026-06-01T00:00:00Z' });
    expect([back.status, await back.json()]).toEqual([
      409,
      { error: 'clock-not-moved', message: 'the clock cannot be moved back' },
    ]);
  });
});

describe('a failure inside', () => {
  it('is told to us, not to the one who asked', async () => {
    views.decision = async () => {
      throw new Error('/var/lib/dozor is gone');
    };
    const response = await get('/v1/decisions/x');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('/var/lib');
    expect(failures).toHaveLength(1);
  });
});
