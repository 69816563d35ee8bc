/** What Prometheus may ask. docs/metrics.md says what each means and when to worry. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { StatusView } from './ports.js';

/** The metrics of one process, and how they are set. */
export interface Metrics {
  readonly registry: Registry;
  /** Takes over what the status says: events, decisions, clock, services. Called at each scrape. */
  show(status: StatusView): void;
  /** Events that a token may not send: refused before the door, so no status knows of them. */
  notAllowed(events: number): void;
  /** A task's commit took so long. */
  committed(seconds: number): void;
  /** So many letters of a task still wait to be sent; undefined: the task is gone. */
  outbox(task: string, letters: number | undefined): void;
  /** A request was answered. `route` is the pattern, never the address: addresses have no end. */
  answered(route: string, status: number): void;
  /** The pages that are open, those cut off because they did not read, and those turned away. */
  pages(counts: { readonly open: number; readonly evicted: number; readonly refused: number }): void;
}

/** Makes the registry with everything in it. `processMetrics: false` leaves out those of Node itself. */
export function createMetrics({ processMetrics = true }: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  const registers = [registry];
  if (processMetrics) collectDefaultMetrics({ register: registry });

  const events = new Counter({
    name: 'dozor_events_total',
    help: 'Events that came in, by what became of them: accepted, duplicate, rejected.',
    labelNames: ['outcome'],
    registers,
  });
  const rejected = new Counter({
    name: 'dozor_events_rejected_total',
    help: 'Events that were rejected, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const decisions = new Counter({
    name: 'dozor_decisions_total',
    help: 'Decisions taken, by type.',
    labelNames: ['type'],
    registers,
  });
  const delay = new Gauge({
    name: 'dozor_clock_delay_seconds',
    help: 'How far the clock that all tasks have reached lies behind now. NaN where events move the clock, or before it begins.',
    registers,
  });
  const commits = new Histogram({
    name: 'dozor_commit_seconds',
    help: 'How long a commit of a task took.',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  const outbox = new Gauge({
    name: 'dozor_outbox_letters',
    help: 'Letters that are saved and not yet sent, by task.',
    labelNames: ['task'],
    registers,
  });
  const waiting = new Gauge({
    name: 'dozor_events_waiting',
    help: 'Events kept until the record of their service or element comes.',
    registers,
  });
  const services = new Gauge({ name: 'dozor_services', help: 'Services that are known.', registers });
  const elements = new Gauge({ name: 'dozor_elements', help: 'Network elements that are known.', registers });
  const requests = new Counter({
    name: 'dozor_http_requests_total',
    help: 'Requests answered, by route and status.',
    labelNames: ['route', 'status'],
    registers,
  });
  const pages = new Gauge({ name: 'dozor_pages', help: 'Live pages that are open.', registers });
  const pagesEvicted = new Counter({
    name: 'dozor_pages_evicted_total',
    help: 'Live pages cut off because they did not read.',
    registers,
  });
  const pagesRefused = new Counter({
    name: 'dozor_pages_refused_total',
    help: 'Live pages turned away because too many were open.',
    registers,
  });
  delay.set(Number.NaN);

  const raiseEvents = raiser(events, 'outcome');
  const raiseRejected = raiser(rejected, 'reason');
  const raiseDecisions = raiser(decisions, 'type');
  const raiseEvicted = raiser(pagesEvicted);
  const raiseRefused = raiser(pagesRefused);

  return {
    registry,
    show({ behindMs, counts }) {
      raiseEvents('accepted', counts.events);
      raiseEvents('duplicate', counts.duplicates);
      const reasons = Object.entries(counts.rejected);
      raiseEvents(
        'rejected',
        reasons.reduce((sum, [, n]) => sum + n, 0),
      );
      for (const [reason, n] of reasons) raiseRejected(reason, n);
      for (const [type, n] of Object.entries(counts.decisions)) raiseDecisions(type, n);
      delay.set(behindMs === null ? Number.NaN : behindMs / 1_000);
      waiting.set(counts.waiting);
      services.set(counts.services);
      elements.set(counts.elements);
    },
    notAllowed(n) {
      if (n === 0) return;
      events.inc({ outcome: 'rejected' }, n);
      rejected.inc({ reason: 'not-allowed' }, n);
    },
    committed: (seconds) => commits.observe(seconds),
    outbox: (task, letters) => (letters === undefined ? outbox.remove(task) : outbox.set({ task }, letters)),
    answered: (route, status) => requests.inc({ route, status }),
    pages({ open, evicted, refused }) {
      pages.set(open);
      raiseEvicted('', evicted);
      raiseRefused('', refused);
    },
  };
}

/** Brings a counter up to a count that is kept elsewhere. One that went back began anew: all of it is new. */
function raiser(counter: Counter, label?: string): (value: string, count: number) => void {
  const seen = new Map<string, number>();
  return (value, count) => {
    const before = seen.get(value) ?? 0;
    seen.set(value, count);
    counter.inc(label === undefined ? {} : { [label]: value }, count >= before ? count - before : count);
  };
}
