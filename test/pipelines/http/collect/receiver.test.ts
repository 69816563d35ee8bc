/** The receiver of what pages tell: what is taken, what of it is kept, and every way in which a sender can be wrong. */
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PageReport } from '../../../../pipelines/domain/page-signal.js';
import { ITEMS_MAX } from '../../../../pipelines/http/collect/form.js';
import {
  BODY_BYTES_MAX,
  type CollectGiven,
  collectRoute,
  type Outcome,
} from '../../../../pipelines/http/collect/receiver.js';
import { createMetrics, type Metrics } from '../../../../pipelines/http/metrics.js';
import type { Bindings } from '../../../../pipelines/http/ports.js';

const HEADERS = { 'content-type': 'application/json', 'x-dozor-page': '1' };
const BUILD = 'abc123def456';

let taken: PageReport[];
let outcomes: Outcome[];
let metrics: Metrics;
let app: Hono<{ Bindings: Bindings }>;
let now: number;

function make(given: Partial<CollectGiven> = {}): void {
  app = new Hono<{ Bindings: Bindings }>();
  collectRoute(app, {
    builds: new Set([BUILD]),
    now: () => now,
    take: (report) => {
      taken.push(report);
      metrics.pageReported(report);
    },
    settled: (outcome, passedOver) => {
      outcomes.push(outcome);
      metrics.collected(outcome, passedOver);
    },
    ...given,
  });
}

beforeEach(() => {
  [taken, outcomes, now] = [[], [], 0];
  metrics = createMetrics({ processMetrics: false });
  make();
});

const meta = (name = 'wall') => ({ app: { name, version: BUILD }, session: { id: 's1' } });
const post = (body: unknown, headers: Record<string, string> = {}, address = '10.0.0.1') =>
  app.request(
    '/collect',
    {
      method: 'POST',
      headers: { ...HEADERS, ...headers },
      body: body instanceof Uint8Array ? Buffer.from(body) : typeof body === 'string' ? body : JSON.stringify(body),
    },
    { incoming: { socket: { remoteAddress: address } } },
  );
const health = {
  upSeconds: 60,
  heapBytes: 30e6,
  domNodes: 900,
  frameGapMs: 40,
  framesLate: 2,
  reconnects: 1,
  missed: 0,
};
const line = async (start: string) =>
  (await metrics.registry.metrics()).split('\n').filter((one) => one.startsWith(start));

describe('what is taken', () => {
  it('is answered 202 "ok", and keeps vitals, errors and the health of a wall alone', async () => {
    const body = {
      meta: {
        ...meta(),
        user: { email: 'ana@example.rs', username: 'ana', attributes: { msisdn: '381641234567' } },
        page: { id: 'p', url: 'https://noc.example/wall?name=ana' },
        browser: { userAgent: 'x' },
      },
      exceptions: [
        {
          type: 'TypeError',
          value: 'no service svc-000123 of ana@example.rs',
          timestamp: 't',
          stacktrace: {
            frames: [{ filename: 'https://noc.example/assets/wall.AB.js?x=1', function: 'f', lineno: 1, colno: 9 }],
          },
          context: { who: 'ana' },
        },
      ],
      measurements: [
        { type: 'web-vitals', values: { lcp: 1_234, delta: 1 }, context: { element: '#ana' } },
        { type: 'health', values: health, context: { wall: 'w-abc' } },
        { type: 'mine', values: { a: 1 } },
      ],
      events: [{ name: 'session_start', attributes: { a: 'b' } }],
      logs: [{ message: 'hello ana', level: 'warn' }],
      traces: { resourceSpans: [{ ana: 1 }] },
    };
    const answer = await post(body);
    expect([answer.status, await answer.text(), answer.headers.get('x-faro-session-status')]).toEqual([
      202,
      'ok',
      null,
    ]);
    expect(taken).toEqual([
      {
        page: 'wall',
        build: BUILD,
        wall: 'w-abc',
        signals: [
          { is: 'error', type: 'TypeError', text: 'no service * of *', frames: ['/assets/wall.AB.js:1:9'] },
          { is: 'vital', vital: 'lcp', value: 1_234 },
          { is: 'health', ...health },
        ],
      },
    ]);
    expect(JSON.stringify(taken)).not.toMatch(/ana|38164|svc-/);
    expect(await line('dozor_page_errors_total{page="wall"')).toContain(
      `dozor_page_errors_total{page="wall",build="${BUILD}"} 1`,
    );
    expect(await line('dozor_page_vital_seconds_sum')).toEqual([
      'dozor_page_vital_seconds_sum{page="wall",vital="lcp"} 1.234',
    ]);
    expect(await line('dozor_wall_heap_bytes')).toEqual(['dozor_wall_heap_bytes{wall="w-abc"} 30000000']);
    expect(await line('dozor_collect_passed_over_total')).toEqual(['dozor_collect_passed_over_total 3']);
  });

  it('may be packed by gzip', async () => {
    const answer = await post(gzipSync(JSON.stringify({ meta: meta() })), { 'content-encoding': 'gzip' });
    expect([answer.status, taken.length]).toEqual([202, 1]);
  });

  it('counts once though the SDK sends it twice', async () => {
    for (let i = 0; i < 2; i++) expect((await post({ meta: meta() }, { 'idempotency-key': 'k1' })).status).toBe(202);
    expect([taken.length, outcomes]).toEqual([1, ['taken', 'repeated']]);
  });

  it('names no page, build or wall that is not known: labels have few values', async () => {
    const strange = { app: { name: 'evil', version: 'x'.repeat(500) }, session: { id: 's' } };
    await post({ meta: strange, exceptions: [{ type: '381641234567', value: '' }] });
    await post({ meta: meta(), measurements: [{ type: 'health', values: health, context: { wall: 'Ana +38164' } }] });
    expect(taken.map(({ page, build, wall }) => [page, build, wall])).toEqual([
      ['other', 'other', undefined],
      ['wall', BUILD, undefined],
    ]);
    expect(taken[0]!.signals).toEqual([{ is: 'error', type: 'Error', text: '', frames: [] }]);
    for (let i = 0; i < 100; i++) {
      now += 1_000;
      await post({ meta: meta(), measurements: [{ type: 'health', values: health, context: { wall: `w-${i}a` } }] });
    }
    expect(await line('dozor_wall_heap_bytes{')).toHaveLength(64);
  });

  it('of an enrolled wall bears its name, whatever it says itself', async () => {
    make({ wallOf: () => 'north' });
    await post({ meta: meta('console'), measurements: [{ type: 'health', values: health, context: { wall: 'w-x' } }] });
    expect(taken[0]).toMatchObject({ page: 'wall', wall: 'north', enrolled: true });
  });

  it('of who may not look at pages is no wall, whatever it says: nobody raises alarms from outside', async () => {
    make({ mayLook: () => false });
    const measurements = [
      { type: 'health', values: health, context: { wall: 'w-x' } },
      { type: 'crashed', values: {}, context: { wall: 'w-x' } },
      { type: 'web-vitals', values: { fcp: 5 } },
    ];
    expect((await post({ meta: meta(), measurements })).status).toBe(202);
    expect(taken).toEqual([{ page: 'wall', build: BUILD, signals: [{ is: 'vital', vital: 'fcp', value: 5 }] }]);
  });

  it('begins a new session after a day', async () => {
    expect((await post({ meta: meta() })).headers.get('x-faro-session-status')).toBeNull();
    now = 24 * 3_600_000;
    expect((await post({ meta: meta() })).headers.get('x-faro-session-status')).toBeNull();
    now += 1;
    expect((await post({ meta: meta() })).headers.get('x-faro-session-status')).toBe('invalid');
  });
});

describe('what is not taken', () => {
  it.each<[string, () => Response | Promise<Response>, number, Outcome]>([
    ['no JSON', () => post('{"meta":'), 400, 'malformed'],
    ['no body of Faro', () => post({ meta: 'x' }), 400, 'malformed'],
    [
      'a number where a text should be',
      () => post({ meta: meta(), exceptions: [{ type: 1, value: '' }] }),
      400,
      'malformed',
    ],
    ['what claims to be gzip', () => post('{"meta":{}}', { 'content-encoding': 'gzip' }), 400, 'malformed'],
    ['another encoding', () => post('x', { 'content-encoding': 'br' }), 415, 'malformed'],
    ['a form', () => post('a=b', { 'content-type': 'application/x-www-form-urlencoded' }), 415, 'malformed'],
    ['another site', () => post({ meta: meta() }, { 'sec-fetch-site': 'cross-site' }), 403, 'refused'],
    ['too large a body', () => post({ meta: meta(), pad: 'x'.repeat(BODY_BYTES_MAX) }), 413, 'too-large'],
    [
      'a bomb of gzip, whatever it says of its length',
      () => post(gzipSync(Buffer.alloc(50 * 1024 * 1024, 32)), { 'content-encoding': 'gzip' }),
      413,
      'too-large',
    ],
    [
      'too many things',
      () => {
        const half = Array.from({ length: ITEMS_MAX / 2 + 1 }, () => ({ name: 'x' }));
        return post({ meta: meta(), events: half, logs: half.map(() => ({ message: 'x' })) });
      },
      413,
      'too-large',
    ],
    [
      'too long a list',
      () => post({ meta: meta(), events: Array.from({ length: ITEMS_MAX + 1 }, () => ({ name: 'x' })) }),
      400,
      'malformed',
    ],
  ])('%s', async (_, ask, status, outcome) => {
    const answer = await ask();
    const text = await answer.text();
    expect([answer.status, outcomes, taken]).toEqual([status, [outcome], []]);
    // Nothing of what was sent, or of how it was read, comes back.
    expect(Object.keys(JSON.parse(text))).toEqual(['error', 'message']);
    expect(text).not.toMatch(/JSON at|exceptions|meta|Z_|zlib|incorrect/);
  });

  it('without the header that only our pages set', async () => {
    const answer = await app.request('/collect', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ meta: meta() }),
    });
    expect([answer.status, outcomes]).toEqual([403, ['refused']]);
  });

  it('who asks too often waits, and takes nothing from the others', async () => {
    make({ rates: { all: { perSecond: 10, burst: 8 }, each: { perSecond: 0.5, burst: 3 } } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await post({ meta: meta() })).status);
    expect(statuses).toEqual([202, 202, 202, 429, 429]);
    const again = await post({ meta: meta() });
    expect(again.headers.get('retry-after')).toBe('2');
    expect((await post({ meta: meta() }, {}, '10.0.0.2')).status).toBe(202);
    now += 2_000;
    expect((await post({ meta: meta() })).status).toBe(202);
    expect((await post({ meta: meta() })).status).toBe(429);
  });

  it('all together have a limit too', async () => {
    make({ rates: { all: { perSecond: 1, burst: 4 }, each: { perSecond: 5, burst: 60 } } });
    const statuses = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => post({ meta: meta() }, {}, `10.0.0.${i}`)));
    expect(statuses.filter(({ status }) => status === 429)).toHaveLength(2);
    expect(await line('dozor_collect_requests_total{outcome="too-many"}')).toEqual([
      'dozor_collect_requests_total{outcome="too-many"} 2',
    ]);
  });
});
