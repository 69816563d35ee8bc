/** What GET /v1/kpi and /v1/kpi/series take, refuse and say. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { KpiAnswer, KpiAsked, KpiViews } from '../../../pipelines/domain/kpi/chart.js';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import { Tokens } from '../../../pipelines/http/tokens.js';
import { FakeViews, T0 } from './fake.js';

const ANSWER: KpiAnswer = {
  series: { level: 'element', id: 'cell-1', kpi: 'load' },
  width: 'hour',
  zone: 'Europe/Belgrade',
  clock: T0,
  from: T0 - 7_200_000,
  to: T0,
  keptFrom: T0 - 86_400_000,
  columns: { at: [T0 - 7_200_000, T0 - 3_600_000], mean: [1, null], min: [0, null], max: [2, null], count: [4, 0] },
  windowsPerPoint: 1,
  usualStep: 1,
  gaps: [{ from: T0 - 3_600_000, to: T0 }],
  band: null,
  thresholds: [
    {
      name: 'load',
      kpi: 'load',
      window: 'quarter',
      statistic: 'mean',
      direction: 'above',
      bound: 'reached',
      levels: [{ severity: 'major', raise: 90, clear: 80 }],
      for: 1_800_000,
      samplesMin: 1,
    },
  ],
};

let asked: KpiAsked[];
let kpis: KpiViews;

beforeEach(() => {
  asked = [];
  kpis = {
    chart: async (one) => {
      asked.push(one);
      return one.series.id === 'cell-1' ? ANSWER : undefined;
    },
    list: async (level, id) => [{ level, id: id ?? 'a1-rs', kpi: 'load', last: T0 }],
  };
});

function get(path: string, subjects: (() => { kpis: KpiViews } | undefined) | undefined = () => ({ kpis })) {
  const views = new FakeViews();
  const app = createApi({
    views,
    subjects: subjects as never,
    status: () => views.status(),
    health: () => ({ alive: true, ready: true, waitingFor: [] }),
    metrics: createMetrics({ processMetrics: false }),
    tokens: Tokens.of([]),
    clockMode: 'live',
  });
  return app.request(path);
}

describe('GET /v1/kpi', () => {
  it('hands on what is asked, and answers in columns', async () => {
    const answer = await get(
      '/v1/kpi?id=cell-1&kpi=load&width=hour&from=2026-06-11T00:00:00%2B02:00&to=2026-06-12T00:00:00Z&points=200',
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(asked).toEqual([
      {
        series: { level: 'element', id: 'cell-1', kpi: 'load' },
        width: 'hour',
        from: Date.parse('2026-06-11T00:00:00+02:00'),
        to: Date.parse('2026-06-12T00:00:00Z'),
        pointsMax: 200,
      },
    ]);
    expect(await answer.json()).toMatchObject({
      version: 1,
      level: 'element',
      id: 'cell-1',
      kpi: 'load',
      clock: new Date(T0).toISOString(),
      columns: ANSWER.columns,
      gaps: { from: [T0 - 3_600_000], to: [T0] },
      thresholds: [{ name: 'load', for: 'PT30M' }],
    });
  });

  it('has a usual day, width and number of points', async () => {
    await get('/v1/kpi?level=country&id=a1-rs&kpi=load');
    expect(asked[0]).toMatchObject({ series: { level: 'country' }, width: 'auto', pointsMax: 1_000 });
    expect([asked[0]?.from, asked[0]?.to]).toEqual([undefined, undefined]);
    await get('/v1/kpi?id=cell-1&kpi=load&last=P14D');
    expect(asked[1]?.last).toBe(14 * 86_400_000);
  });

  it.each([
    ['kpi=load', 'id'],
    ['id=cell-1', 'kpi'],
    ['id=&kpi=load', 'id'],
    ['id=cell-1&kpi=a%0Ab', 'kpi'],
    [`id=${'x'.repeat(257)}&kpi=load`, 'id'],
    ['id=cell-1&kpi=load&level=street', 'level'],
    ['id=cell-1&kpi=load&width=week', 'width'],
    ['id=cell-1&kpi=load&width=hour&width=day', 'width'],
    ['id=cell-1&kpi=load&from=yesterday', 'from'],
    ['id=cell-1&kpi=load&from=2026-06-12T00:00:00Z&to=2026-06-12T00:00:00Z', 'from'],
    ['id=cell-1&kpi=load&last=6h', 'last'],
    ['id=cell-1&kpi=load&last=PT0S', 'last'],
    ['id=cell-1&kpi=load&last=PT1H&to=2026-06-12T00:00:00Z', 'last'],
    ['id=cell-1&kpi=load&points=9', 'points'],
    ['id=cell-1&kpi=load&points=5001', 'points'],
    ['id=cell-1&kpi=load&points=-5', 'points'],
    ['id=cell-1&kpi=load&colour=red', 'colour'],
  ])('%s is refused, and %s named', async (query, name) => {
    const answer = await get(`/v1/kpi?${query}`);
    expect(answer.status).toBe(400);
    const { error, message } = (await answer.json()) as { error: string; message: string };
    expect([error, message.split(' ')[0]]).toEqual(['bad-parameter', name]);
    expect(asked).toEqual([]);
  });

  it('says what the reader refuses, and that a series is not there', async () => {
    expect((await get('/v1/kpi?id=cell-2&kpi=load')).status).toBe(404);
    kpis = { ...kpis, chart: async () => Promise.reject(new RangeError('from and to may lie 20000 windows apart')) };
    const answer = await get('/v1/kpi?id=cell-1&kpi=load');
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'bad-parameter', message: 'from and to may lie 20000 windows apart' },
    ]);
  });

  it('of a process that shows nothing is not here, and before the store has answered not yet', async () => {
    const views = new FakeViews();
    expect((await get('/v1/kpi?id=cell-1&kpi=load', () => undefined)).status).toBe(503);
    const app = createApi({
      views,
      status: () => views.status(),
      health: () => ({ alive: true, ready: true, waitingFor: [] }),
      metrics: createMetrics({ processMetrics: false }),
      tokens: Tokens.of([]),
      clockMode: 'live',
    });
    expect((await app.request('/v1/kpi?id=cell-1&kpi=load')).status).toBe(404);
  });
});

describe('GET /v1/kpi/series', () => {
  it('lists those of an element, or of all districts and countries', async () => {
    const series = async (query: string) =>
      ((await (await get(`/v1/kpi/series?${query}`)).json()) as { series: unknown }).series;
    const last = new Date(T0).toISOString();
    expect(await series('id=cell-1')).toEqual([{ level: 'element', id: 'cell-1', kpi: 'load', last }]);
    expect(await series('level=country')).toEqual([{ level: 'country', id: 'a1-rs', kpi: 'load', last }]);
  });

  it.each([
    ['', 'id'],
    ['level=site', 'id'],
    ['level=x', 'level'],
    ['id=a&kpi=b', 'kpi'],
  ])('%s is refused, and %s named', async (query, name) => {
    const answer = await get(`/v1/kpi/series?${query}`);
    expect([answer.status, ((await answer.json()) as { message: string }).message.split(' ')[0]]).toEqual([400, name]);
  });
});
