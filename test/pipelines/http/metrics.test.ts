/** Metrics: the names and units that docs/metrics.md promises, and counters that only rise. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../../pipelines/http/metrics.js';
import { FakeViews } from './fake.js';

const { now: status } = new FakeViews();
const lines = async (metrics: ReturnType<typeof createMetrics>) => (await metrics.registry.metrics()).split('\n');

describe('metrics', () => {
  it('each one of ours is in docs/metrics.md, and nothing else is', async () => {
    const metrics = createMetrics();
    const ours = metrics.registry.getMetricsAsArray().flatMap(({ name }) => (name.startsWith('dozor_') ? [name] : []));
    const documented = [...readFileSync('docs/metrics.md', 'utf8').matchAll(/^\| `(dozor_\w+)/gm)].map(
      ([, name]) => name,
    );
    expect(documented.sort()).toEqual(ours.sort());
    expect(metrics.registry.getSingleMetric('process_cpu_seconds_total')).toBeDefined();
  });

  it('counters follow counts that are kept elsewhere, also where those begin anew', async () => {
    const metrics = createMetrics({ processMetrics: false });
    for (const events of [5, 5, 9, 2]) metrics.show({ ...status, counts: { ...status.counts, events } });
    expect(await lines(metrics)).toContain('dozor_events_total{outcome="accepted"} 11');
  });

  it('without a live clock the delay is no number', async () => {
    const metrics = createMetrics({ processMetrics: false });
    expect(await lines(metrics)).toContain('dozor_clock_delay_seconds Nan');
    metrics.show({ ...status, behindMs: 1_500 });
    expect(await lines(metrics)).toContain('dozor_clock_delay_seconds 1.5');
    metrics.show({ ...status, behindMs: null });
    expect(await lines(metrics)).toContain('dozor_clock_delay_seconds Nan');
  });

  it('commits, letters and pages are set', async () => {
    const metrics = createMetrics({ processMetrics: false });
    metrics.committed(0.02);
    metrics.outbox('service-1', 7);
    metrics.outbox('service-2', 1);
    metrics.outbox('service-2', undefined);
    metrics.pages({ open: 3, evicted: 1, refused: 0 });
    metrics.pages({ open: 2, evicted: 2, refused: 4 });
    const text = await lines(metrics);
    for (const line of [
      'dozor_commit_seconds_bucket{le="0.025"} 1',
      'dozor_commit_seconds_sum 0.02',
      'dozor_outbox_letters{task="service-1"} 7',
      'dozor_pages 2',
      'dozor_pages_evicted_total 2',
      'dozor_pages_refused_total 4',
    ]) {
      expect(text).toContain(line);
    }
    expect(text.some((line) => line.includes('service-2'))).toBe(false);
  });
});
