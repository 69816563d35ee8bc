/** An installation in which nothing has happened yet, with a clock that has not begun: whatever is asked for, it answers and goes on. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RULES } from '../../pipelines/access/routes.js';
import { build, startWhole, type Whole } from '../tools/whole.mjs';

let whole: Whole;
beforeAll(async () => {
  build();
  whole = await startWhole({ DOZOR_CLOCK: 'events' });
}, 300_000);
afterAll(() => whole?.stop());

const paths = RULES.filter(({ method, path }) => method === 'GET' && path !== '/v1/stream').map(({ path }) =>
  path.replaceAll(/:\w+/g, 'x1'),
);

it.each([...paths, '/v1/alarms?state=all', '/v1/kpi/series?element=x1&kpi=y&from=2026-01-01T00:00:00Z'])(
  '%s',
  async (path) => {
    const answer = await fetch(whole.url + path, { redirect: 'manual' });
    await answer.text();
    expect([500, 502]).not.toContain(answer.status);
    expect((await fetch(`${whole.url}/healthz`)).status).toBe(200);
  },
);

it.each(['picture', 'alarms', 'wall'])('the topic %s', async (topic) => {
  const stop = new AbortController();
  const answer = await fetch(`${whole.url}/v1/stream?topics=${topic}`, { signal: stop.signal });
  let said = '';
  for await (const chunk of answer.body!) {
    said += Buffer.from(chunk).toString();
    if (said.includes('"is":"snapshot"')) break;
  }
  stop.abort();
  expect(said).toContain(`event: ${topic}`);
  expect((await fetch(`${whole.url}/healthz`)).status).toBe(200);
});
