/** `GET /v1/overrun`: the bounds of the packs, and how late the records were that this installation's tasks have read. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { plainOverrun } from '../../../pipelines/domain/overrun-report.js';
import type { PlainOverrun } from '../../../pipelines/domain/overrun-wire.js';
import { createApi } from '../../../pipelines/http/api.js';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import { Tokens } from '../../../pipelines/http/tokens.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { Installation } from '../../../pipelines/runtime/installation.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { FakeViews } from './fake.js';

const packs = loadPacks([OWN_PACKS]);
const api = (overrun?: () => PlainOverrun) =>
  createApi({
    status: () => new FakeViews().status(),
    health: () => ({ alive: true, ready: true, waitingFor: [] }),
    metrics: createMetrics({ processMetrics: false }),
    tokens: Tokens.of([]),
    clockMode: 'live',
    ...(overrun && { overrun }),
  });
const asked = async (overrun?: () => PlainOverrun) => {
  const response = await api(overrun).request('/v1/overrun');
  return { status: response.status, body: (await response.json()) as PlainOverrun & { readonly error?: string } };
};

const TIME = '2026-06-10T12:00:00+02:00';
const event = (id: string, type: string, subject: string, data: object, minutesLater = 0) => ({
  specversion: '1.0',
  ...{ id, source: 'test', type, subject, data },
  time: TIME,
  recordedtime: new Date(Date.parse(TIME) + minutesLater * 60_000).toISOString(),
});
const use = (id: string, subject: string, feed: string, minutesLater: number) =>
  event(id, 'usage.recorded', subject, { kind: 'data', bytes: 1, feed }, minutesLater);

it('measures what the tasks of all partitions read, copies once', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-overrun-'));
  const config = readConfig({ DOZOR_DATA: folder, DOZOR_CLOCK: 'events', DOZOR_SERVICE_PARTITIONS: '2' });
  const installation = await Installation.open(config, packs, {});
  try {
    installation.start();
    const services = ['a', 'b', 'c', 'd'];
    await installation.gate.takeObjects(
      [
        ...services.map((id) => event(id, 'service.upserted', id, { operator: 'a1-rs', kind: 'mobile' })),
        ...services.map((id, i) => use(`u${i}`, id, 'cdr', i < 3 ? 2 : 10)),
        use('u0', 'a', 'cdr', 2),
        use('u9', 'a', 'tap', 90),
      ],
      { name: 'test' },
    );
    const delays = () => plainOverrun(packs, installation.feedDelays).delays;
    await expect
      .poll(() => delays().reduce((sum, { records }) => sum + records, 0), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(5);
    const { status, body } = await asked(() => plainOverrun(packs, installation.feedDelays));
    expect(status).toBe(200);
    expect(body.delays).toEqual([
      { operator: 'a1-rs', feed: 'tap', records: 1, medianSeconds: 5_400, p99Seconds: 5_400, maxSeconds: 5_400 },
      { operator: 'a1-rs', feed: 'cdr', records: 4, medianSeconds: 127, p99Seconds: 600, maxSeconds: 600 },
    ]);
    const cap = body.bounds.filter(({ rule }) => rule === 'spendBar');
    expect(cap.filter(({ overrunAtMeasuredP99 }) => overrunAtMeasuredP99 !== null).map(({ feed }) => feed)).toEqual([
      'tap',
      'cdr',
    ]);
  } finally {
    await installation.stop();
    rmSync(folder, { recursive: true });
  }
});

it('a process without service tasks says so', async () => {
  expect(await asked()).toMatchObject({ status: 404, body: { error: 'not-here' } });
});
