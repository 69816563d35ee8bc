/** GET /v1/services/ID and /v1/elements/ID: what is found, what is not, and what is no id. */
import { expect, it } from 'vitest';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import { Tokens } from '../../../pipelines/http/tokens.js';
import { FakeViews } from './fake.js';

const asked: string[] = [];
const found = async (id: string) => {
  asked.push(id);
  return id === 'waits' ? 'waiting' : id.startsWith('x') ? { version: 1, id } : undefined;
};

function get(path: string) {
  const views = new FakeViews();
  const subjects = { kpis: {}, services: { service: found }, elements: { element: found } };
  const app = createApi({
    views,
    subjects: () => subjects as never,
    status: () => views.status(),
    health: () => ({ alive: true, ready: true, waitingFor: [] }),
    metrics: createMetrics({ processMetrics: false }),
    tokens: Tokens.of([]),
    clockMode: 'live',
  });
  return app.request(path);
}

it.each(['services', 'elements'])('%s are found by their ids, whatever stands in them', async (kind) => {
  const answer = await get(`/v1/${kind}/${encodeURIComponent('x/1 %ž')}`);
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await answer.json()).toEqual({ version: 1, id: 'x/1 %ž' });
  expect((await get(`/v1/${kind}/y`)).status).toBe(404);
});

it('a service of which only events are known is not known yet', async () => {
  const answer = await get('/v1/services/waits');
  expect([answer.status, await answer.json()]).toMatchObject([404, { error: 'not-known-yet' }]);
});

it.each(['x%0Ax', `x${'y'.repeat(256)}`, 'x%00'])('%s is no id', async (id) => {
  asked.length = 0;
  for (const kind of ['services', 'elements']) {
    const answer = await get(`/v1/${kind}/${id}`);
    expect([answer.status, ((await answer.json()) as { message: string }).message]).toEqual([
      400,
      expect.stringMatching(/^id /),
    ]);
  }
  expect(asked).toEqual([]);
});
