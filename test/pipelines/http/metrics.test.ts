/** Metrics: the names and units that docs/metrics.md promises, and counters that only rise. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createMetrics, memoryLimit, type TaskView } from '../../../pipelines/http/metrics.js';
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

  it('counters follow counts that are kept elsewhere, and stand where those fall back, until they are passed', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const seen: string[] = [];
    for (const events of [5, 9, 7, 9, 11]) {
      metrics.show({ ...status, counts: { ...status.counts, events } });
      seen.push(...(await lines(metrics)).filter((line) => line.startsWith('dozor_events_total{outcome="accepted"}')));
    }
    expect(seen.map((line) => Number(line.split(' ')[1]))).toEqual([5, 9, 9, 9, 11]);
  });

  it('shows no count before the tasks have told theirs, so that what was rejected long ago is no rise', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const none = { ...status.counts, events: 0, duplicates: 0, rejected: {}, decisions: {} };
    const counters = async () =>
      (await lines(metrics)).filter((line) => /^dozor_events_(?:rejected_)?total\{/.test(line));
    metrics.show({ ...status, clock: null, behindMs: null, counts: none });
    expect(await counters()).toEqual([]);
    metrics.show({ ...status, counts: { ...none, events: 700, rejected: { 'not-json': 30 } } });
    expect(await counters()).toContain('dozor_events_total{outcome="accepted"} 700');
    expect(await counters()).toContain('dozor_events_rejected_total{reason="not-json"} 30');
    // What alerts watch begins at zero: else its first time would be no rise.
    expect(await counters()).toContain('dozor_events_rejected_total{reason="unknown-operator"} 0');
    expect(await counters()).toContain('dozor_events_rejected_total{reason="not-allowed"} 0');
  });

  it('gateways for short messages are asked at each scrape, by their names', async () => {
    const metrics = createMetrics({ processMetrics: false });
    let gateways = [{ name: 'one', up: true, inFlight: 3, queued: 4, binds: 2, holds: 1 }];
    metrics.smsGateways(() => gateways);
    const shown = async () => (await lines(metrics)).filter((line) => line.startsWith('dozor_sms_'));
    expect(await shown()).toEqual([
      'dozor_sms_gateway_up{gateway="one"} 1',
      'dozor_sms_gateway_waiting{gateway="one"} 7',
      'dozor_sms_gateway_binds_total{gateway="one"} 2',
      'dozor_sms_gateway_holds_total{gateway="one"} 1',
    ]);
    gateways = [{ ...gateways[0]!, up: false, inFlight: 0, queued: 0, binds: 3 }];
    expect(await shown()).toEqual([
      'dozor_sms_gateway_up{gateway="one"} 0',
      'dozor_sms_gateway_waiting{gateway="one"} 0',
      'dozor_sms_gateway_binds_total{gateway="one"} 3',
      'dozor_sms_gateway_holds_total{gateway="one"} 1',
    ]);
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
    metrics.pages({ open: 3, evicted: 1, refused: 0, resumed: 0, snapshots: 3 });
    metrics.pages({ open: 2, evicted: 2, refused: 4, resumed: 1, snapshots: 5 });
    const text = await lines(metrics);
    for (const line of [
      'dozor_commit_seconds_bucket{le="0.025"} 1',
      'dozor_commit_seconds_sum 0.02',
      'dozor_outbox_letters{task="service-1"} 7',
      'dozor_pages 2',
      'dozor_pages_evicted_total 2',
      'dozor_pages_refused_total 4',
      'dozor_page_topics_begun_total{how="resumed"} 1',
      'dozor_page_topics_begun_total{how="snapshot"} 5',
    ]) {
      expect(text).toContain(line);
    }
    expect(text.some((line) => line.includes('service-2'))).toBe(false);
  });

  it('a task that is gone takes its figures with it, and a clock that has not begun has none', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const task = { name: 'service-1', role: 'service', lagSeconds: 3.5, lagRecords: 40 } as const;
    const one: TaskView = { ...task, letters: 2, outboxAgeSeconds: 0.5 };
    const other: TaskView = { ...one, name: 'network-0', role: 'network' };
    metrics.tasks([one, other]);
    const first = await lines(metrics);
    for (const line of [
      'dozor_lag_seconds{task="service-1"} 3.5',
      'dozor_lag_records{task="service-1"} 40',
      'dozor_outbox_letters{task="service-1"} 2',
      'dozor_outbox_age_seconds{task="service-1"} 0.5',
      'dozor_task_owned{task="service-1",role="service"} 1',
      'dozor_task_owned{task="network-0",role="network"} 1',
    ]) {
      expect(first).toContain(line);
    }
    metrics.tasks([{ ...other, lagSeconds: null }]);
    const then = (await lines(metrics)).filter((line) => line.includes('{task='));
    expect(then.filter((line) => line.includes('service-1'))).toEqual([]);
    expect(then.filter((line) => line.startsWith('dozor_lag_seconds'))).toEqual([]);
    expect(then).toHaveLength(4);
    metrics.tasks([]);
    expect((await lines(metrics)).filter((line) => line.includes('{task='))).toEqual([]);
  });

  it('what alerts watch begins at zero, so that its first time is a rise', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const before = await lines(metrics);
    for (const line of [
      'dozor_epoch_changes_total{role="service"} 0',
      'dozor_commits_refused_total{role="collector"} 0',
      'dozor_consumer_rebuilt_total{group="service"} 0',
      'dozor_store_fell_back_total 0',
      'dozor_held_services 0',
      'dozor_kpi_samples_late_total{what="too-old"} 0',
    ]) {
      expect(before).toContain(line);
    }
    metrics.tookOver('service');
    metrics.refused('collector');
    metrics.rebuilt('service');
    metrics.fellBack();
    metrics.held(2);
    metrics.tasksExpected('service', 64);
    metrics.contacts(900);
    const after = await lines(metrics);
    for (const line of [
      'dozor_epoch_changes_total{role="service"} 1',
      'dozor_commits_refused_total{role="collector"} 1',
      'dozor_consumer_rebuilt_total{group="service"} 1',
      'dozor_store_fell_back_total 1',
      'dozor_held_services 2',
      'dozor_tasks_expected{role="service"} 64',
      'dozor_contacts 900',
    ]) {
      expect(after).toContain(line);
    }
  });

  it('counts late samples up, also when a task that counted some goes to another process', async () => {
    const metrics = createMetrics({ processMetrics: false });
    for (const late of [3, 5, 1, 2]) metrics.samplesLate({ late, tooOld: 1 });
    const after = await lines(metrics);
    expect(after).toContain('dozor_kpi_samples_late_total{what="added"} 6');
    expect(after).toContain('dozor_kpi_samples_late_total{what="too-old"} 1');
  });

  it('says what a start waits for as long as it does, and how long the clock has stood', async () => {
    const metrics = createMetrics({ processMetrics: false });
    expect(await lines(metrics)).toContain('dozor_clock_stood_seconds Nan');
    metrics.waitingFor(['kafka', 'redis']);
    metrics.waitingFor(['redis']);
    metrics.clockStood(61.5);
    const text = await lines(metrics);
    expect(text.filter((line) => line.startsWith('dozor_waiting_for'))).toEqual(['dozor_waiting_for{what="redis"} 1']);
    expect(text).toContain('dozor_clock_stood_seconds 61.5');
    metrics.waitingFor([]);
    metrics.clockStood(null);
    const then = await lines(metrics);
    expect(then.filter((line) => line.startsWith('dozor_waiting_for'))).toEqual([]);
    expect(then).toContain('dozor_clock_stood_seconds Nan');
  });

  it('shows how the ledgers of notices stand at each scrape, with every series that alerts watch from zero', async () => {
    const metrics = createMetrics({ processMetrics: false });
    const shown = async () => (await lines(metrics)).filter((line) => /^dozor_notices?_.*\d$/.test(line));
    // A process that sends nothing says nothing of it.
    expect((await shown()).filter((line) => !line.endsWith(' 0'))).toEqual([]);
    let counts = new Map([
      ['requested', 5],
      ['answer-ambiguous', 2],
      ['receipt', 3],
    ]);
    metrics.notices(() => ({
      counts,
      ended: new Map([['legal delivered', 4]]),
      open: new Map([['legal in-doubt', 1]]),
      lists: { person: 1, letter: 0, 'sign-off': 2 },
      oldestUnsent: 90_500,
      unknownReceipts: 7,
    }));
    metrics.noticeTook('delivered', 'legal', 42);
    const after = await shown();
    for (const line of [
      'dozor_notices_open{class="legal",state="in-doubt"} 1',
      'dozor_notices_open{class="marketing",state="sending"} 0',
      'dozor_notices_listed{list="person"} 1',
      'dozor_notices_listed{list="sign-off"} 2',
      'dozor_notices_oldest_unsent_seconds 90.5',
      'dozor_notices_requested_total 5',
      'dozor_notices_overdue_total 0',
      'dozor_notices_ended_total{class="legal",how="delivered"} 4',
      'dozor_notice_answers_total{outcome="ambiguous"} 2',
      'dozor_notice_answers_total{outcome="accepted"} 0',
      'dozor_notice_receipts_total{outcome="new"} 3',
      'dozor_notice_receipts_total{outcome="unknown"} 7',
      'dozor_notice_delivery_seconds_bucket{le="60",class="legal"} 1',
      'dozor_notice_delivery_seconds_sum{class="legal"} 42',
    ]) {
      expect(after).toContain(line);
    }
    counts = new Map([['requested', 3]]);
    expect(await shown()).toContain('dozor_notices_requested_total 5');
  });

  it('knows how much memory there is: the limit of the container, or the machine where nothing limits it', async () => {
    expect([memoryLimit(500, 1_000), memoryLimit(0, 1_000), memoryLimit(undefined, 1_000)]).toEqual([
      500, 1_000, 1_000,
    ]);
    // What Node says under a limit of "max".
    expect(memoryLimit(18_446_744_073_709_552_000, 1_000)).toBe(1_000);
    const text = await createMetrics().registry.metrics();
    const value = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    expect(value('process_resident_memory_bytes')).toBeLessThan(value('dozor_memory_limit_bytes'));
    expect(value('nodejs_heap_size_used_bytes')).toBeLessThan(value('dozor_heap_limit_bytes'));
  });
});
