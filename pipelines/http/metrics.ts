/**
 * What Prometheus may ask. docs/metrics.md says what each means and when to worry. It is long because it is a list: every metric of
 * the program stands here, but for those that pages tell (`signal-metrics.ts`).
 */
import { totalmem } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { REASONS } from '../runtime/decode.js';
import { type NoticeMetrics, noticeMetrics } from './notice-metrics.js';
import type { StatusView } from './ports.js';
import { raiser as raiserOf } from './raiser.js';
import { type SignalMetrics, signalMetrics } from './signal-metrics.js';

const TASK_ROLES = ['network', 'service', 'collector'] as const;
/** What becomes of a RADIUS packet. */
export type RadiusOutcome = 'answered' | 'unknown-sender' | 'wrong-secret' | 'malformed' | 'no-room';

/** The roles that own tasks. */
export type TaskRole = (typeof TASK_ROLES)[number];

/** How a task of this process is. */
export interface TaskView {
  /** Its name, such as `service-3`. */
  readonly name: string;
  readonly role: TaskRole;
  /** How far its clock lies behind now; null where events move the clock, and before it begins. */
  readonly lagSeconds: number | null;
  /** Records of its input that it has not read. */
  readonly lagRecords: number;
  /** Letters that are saved and not yet sent. */
  readonly letters: number;
  /** Age of the oldest of them; 0 where there is none. */
  readonly outboxAgeSeconds: number;
}

/** The metrics of one process, and how they are set. */
export interface Metrics extends SignalMetrics, NoticeMetrics {
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
  /** The pages that are open, those cut off because they did not read, those turned away, and how topics were begun. */
  pages(counts: {
    readonly open: number;
    readonly evicted: number;
    readonly refused: number;
    readonly resumed: number;
    readonly snapshots: number;
  }): void;
  /** All tasks that this process runs now: one that is not in the list is gone, and so are its figures. */
  tasks(list: readonly TaskView[]): void;
  /** So many tasks of a role there are in the whole installation, whoever runs them. */
  tasksExpected(role: TaskRole, count: number): void;
  /** This process took a task over: it raised the epoch. */
  tookOver(role: TaskRole): void;
  /** A commit was refused because the task is somebody else's. */
  refused(role: TaskRole): void;
  /** So many services are held in the tasks of this process. */
  held(services: number): void;
  /** So many samples came late to the tasks of this process since they were opened: told again and again. */
  samplesLate(now: { readonly late: number; readonly tooOld: number }): void;
  /** So many decisions of the views were told again with another content under the same id. */
  conflicting(decisions: number): void;
  /** The consumer of a role's group stopped and was made anew. */
  rebuilt(group: string): void;
  /** What the process waits for, each a short word of a closed list such as `kafka`; empty when it does its work. */
  waitingFor(whats: readonly string[]): void;
  /** How long the clock of all tasks has stood still, in seconds; null where events move the clock. */
  clockStood(seconds: number | null): void;
  /** The store lost its tail and state fell back with it. */
  fellBack(): void;
  /** So many services have a contact in the book of this process. */
  contacts(services: number): void;
  /** Asks at each scrape how the gateways for short messages of this process do. Call it once. */
  smsGateways(views: () => readonly SmsGateway[]): void;
  /** A RADIUS packet was settled: answered, or dropped for one of a closed list of reasons. */
  radiusPacket(outcome: RadiusOutcome): void;
  /** So many RADIUS sessions are remembered. */
  radiusSessions(sessions: number): void;
  /** RADIUS accounting told of something that cannot be counted whole. */
  radiusProblem(kind: string): void;
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
  const pagesBegun = new Counter({
    name: 'dozor_page_topics_begun_total',
    help: 'Topics of live pages that were begun: sent whole, or gone on with where the page had been.',
    labelNames: ['how'],
    registers,
  });
  delay.set(Number.NaN);

  const raiseEvents = raiser(events, 'outcome');
  const raiseRejected = raiser(rejected, 'reason');
  const raiseDecisions = raiser(decisions, 'type');
  const raiseEvicted = raiser(pagesEvicted);
  const raiseRefused = raiser(pagesRefused);
  const raiseBegun = raiser(pagesBegun, 'how');

  let known = false;
  return {
    registry,
    show({ clock, behindMs, counts }) {
      // What tasks have counted is read after the start: a zero before that would make all of it a rise of this moment.
      known ||= clock !== null || counts.events > 0 || Object.keys(counts.rejected).length > 0;
      if (!known) return;
      for (const reason of [...REASONS, 'not-allowed']) rejected.inc({ reason }, 0);
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
    tasks: taskMetrics(registers, outbox),
    ...ownerMetrics(registers),
    ...partMetrics(registers),
    ...radiusMetrics(registers),
    ...smsMetrics(registers),
    ...noticeMetrics(registers),
    ...signalMetrics(registers),
    answered: (route, status) => requests.inc({ route, status }),
    pages({ open, evicted, refused, resumed, snapshots }) {
      pages.set(open);
      raiseEvicted('', evicted);
      raiseRefused('', refused);
      raiseBegun('resumed', resumed);
      raiseBegun('snapshot', snapshots);
    },
  };
}

type Registers = Registry[];

/** The figures of each task. `letters` is the gauge that stands with the old ones. */
function taskMetrics(registers: Registers, letters: Gauge): Metrics['tasks'] {
  const lag = new Gauge({
    name: 'dozor_lag_seconds',
    help: "How far a task's clock lies behind now. Absent where events move the clock, and before it begins.",
    labelNames: ['task'],
    registers,
  });
  const lagRecords = new Gauge({
    name: 'dozor_lag_records',
    help: 'Records of its input that a task has not read.',
    labelNames: ['task'],
    registers,
  });
  const age = new Gauge({
    name: 'dozor_outbox_age_seconds',
    help: 'Age of the oldest letter that a task has saved and not sent; 0 where there is none.',
    labelNames: ['task'],
    registers,
  });
  const owned = new Gauge({
    name: 'dozor_task_owned',
    help: '1 while this process runs the task.',
    labelNames: ['task', 'role'],
    registers,
  });
  let before = new Map<string, TaskRole>();
  return (list) => {
    const now = new Map(list.map(({ name, role }) => [name, role]));
    for (const [task, role] of before) {
      if (now.has(task)) continue;
      for (const gauge of [lag, lagRecords, age, letters]) gauge.remove({ task });
      owned.remove({ task, role });
    }
    before = now;
    for (const { name: task, role, lagSeconds, ...one } of list) {
      if (lagSeconds === null) lag.remove({ task });
      else lag.set({ task }, lagSeconds);
      lagRecords.set({ task }, one.lagRecords);
      age.set({ task }, one.outboxAgeSeconds);
      letters.set({ task }, one.letters);
      owned.set({ task, role }, 1);
    }
  };
}

/** Who owns what, and what went wrong with it. */
function ownerMetrics(
  registers: Registers,
): Pick<Metrics, 'tasksExpected' | 'tookOver' | 'refused' | 'held' | 'samplesLate' | 'conflicting' | 'clockStood'> {
  const stood = new Gauge({
    name: 'dozor_clock_stood_seconds',
    help: 'How long the clock of all tasks has stood still. NaN where events move the clock.',
    registers,
  });
  const expected = new Gauge({
    name: 'dozor_tasks_expected',
    help: 'Tasks that there are in the whole installation, by role.',
    labelNames: ['role'],
    registers,
  });
  const epochs = new Counter({
    name: 'dozor_epoch_changes_total',
    help: 'Tasks that this process took over, by role.',
    labelNames: ['role'],
    registers,
  });
  const refused = new Counter({
    name: 'dozor_commits_refused_total',
    help: "Commits that were refused because the task is another owner's, by role.",
    labelNames: ['role'],
    registers,
  });
  const conflicting = new Gauge({
    name: 'dozor_decisions_conflicting',
    help: 'Decisions that were told again with another content under the same id; the first one is kept.',
    registers,
  });
  const held = new Gauge({
    name: 'dozor_held_services',
    help: 'Services held in the tasks of this process: their records queue.',
    registers,
  });
  const lateSamples = new Counter({
    name: 'dozor_kpi_samples_late_total',
    help: 'Samples of indicators that came after their quarter had closed: added to it, or too old for any chart.',
    labelNames: ['what'],
    registers,
  });
  const seenLate = { added: 0, 'too-old': 0 };
  const countLate = (what: keyof typeof seenLate, now: number) => {
    // Tasks that went to another process take their counts along.
    lateSamples.inc({ what }, Math.max(0, now - seenLate[what]));
    seenLate[what] = now;
  };
  countLate('added', 0);
  countLate('too-old', 0);
  stood.set(Number.NaN);
  // A series that begins above zero shows no rise: those that alerts watch begin at it.
  for (const role of TASK_ROLES) {
    epochs.inc({ role }, 0);
    refused.inc({ role }, 0);
  }
  return {
    tasksExpected: (role, count) => expected.set({ role }, count),
    tookOver: (role) => epochs.inc({ role }),
    refused: (role) => refused.inc({ role }),
    held: (services) => held.set(services),
    samplesLate: ({ late, tooOld }) => {
      countLate('added', late);
      countLate('too-old', tooOld);
    },
    conflicting: (decisions) => conflicting.set(decisions),
    clockStood: (seconds) => stood.set(seconds ?? Number.NaN),
  };
}

/** The parts that the process leans on: log, store, memory. */
function partMetrics(registers: Registers): Pick<Metrics, 'rebuilt' | 'waitingFor' | 'fellBack' | 'contacts'> {
  const rebuilt = new Counter({
    name: 'dozor_consumer_rebuilt_total',
    help: 'Consumers that stopped and were made anew, by group.',
    labelNames: ['group'],
    registers,
  });
  for (const group of TASK_ROLES) rebuilt.inc({ group }, 0);
  const waiting = new Gauge({
    name: 'dozor_waiting_for',
    help: '1 while the process waits for this.',
    labelNames: ['what'],
    registers,
  });
  const fellBack = new Counter({
    name: 'dozor_store_fell_back_total',
    help: 'Times that the store was found behind what had been committed: inputs were read again.',
    registers,
  });
  const contacts = new Gauge({
    name: 'dozor_contacts',
    help: 'Services whose contact is known to this process.',
    registers,
  });
  new Gauge({
    name: 'dozor_memory_limit_bytes',
    help: 'Memory that the process may have: what its container or machine allows.',
    registers,
    collect() {
      this.set(memoryLimit(process.constrainedMemory(), totalmem()));
    },
  });
  new Gauge({
    name: 'dozor_heap_limit_bytes',
    help: 'Size at which the JavaScript heap is full and the process ends.',
    registers,
    collect() {
      this.set(getHeapStatistics().heap_size_limit);
    },
  });
  return {
    rebuilt: (group) => rebuilt.inc({ group }),
    waitingFor(whats) {
      waiting.reset();
      for (const what of whats) waiting.set({ what }, 1);
    },
    fellBack: () => fellBack.inc(),
    contacts: (services) => contacts.set(services),
  };
}

/** What a gateway for short messages tells of itself. */
export interface SmsGateway {
  readonly name: string;
  readonly up: boolean;
  readonly inFlight: number;
  readonly queued: number;
  readonly binds: number;
  readonly holds: number;
}

function smsMetrics(registers: Registers): Pick<Metrics, 'smsGateways'> {
  let views: () => readonly SmsGateway[] = () => [];
  const gauge = (name: string, help: string, value: (gateway: SmsGateway) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['gateway'],
      registers,
      collect() {
        this.reset();
        for (const gateway of views()) this.set({ gateway: gateway.name }, value(gateway));
      },
    });
  const counter = (name: string, help: string, value: (gateway: SmsGateway) => number) => {
    const raise = raiser(
      new Counter({
        name,
        help,
        labelNames: ['gateway'],
        registers,
        collect() {
          for (const gateway of views()) raise(gateway.name, value(gateway));
        },
      }),
      'gateway',
    );
  };
  gauge('dozor_sms_gateway_up', 'Whether a gateway takes short messages: 1 or 0.', ({ up }) => Number(up));
  gauge(
    'dozor_sms_gateway_waiting',
    'Parts that are handed to a gateway and not answered, or wait for a place in its window.',
    ({ inFlight, queued }) => inFlight + queued,
  );
  counter('dozor_sms_gateway_binds_total', 'How often a gateway was bound.', ({ binds }) => binds);
  counter(
    'dozor_sms_gateway_holds_total',
    'How often a gateway asked for less, and was left alone.',
    ({ holds }) => holds,
  );
  return {
    smsGateways(asked) {
      views = asked;
    },
  };
}

function radiusMetrics(registers: Registers): Pick<Metrics, 'radiusPacket' | 'radiusSessions' | 'radiusProblem'> {
  const packets = new Counter({
    name: 'dozor_radius_packets_total',
    help: 'RADIUS accounting packets, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const sessions = new Gauge({
    name: 'dozor_radius_sessions',
    help: 'RADIUS sessions that are remembered, open and closed.',
    registers,
  });
  const problems = new Counter({
    name: 'dozor_radius_problems_total',
    help: 'What RADIUS accounting told of and cannot be counted whole, by kind.',
    labelNames: ['kind'],
    registers,
  });
  return {
    radiusPacket: (outcome) => packets.inc({ outcome }),
    radiusSessions: (count) => sessions.set(count),
    radiusProblem: (kind) => problems.inc({ kind }),
  };
}

/** The lesser of both, in bytes. Where nothing limits the process, Node says 0, undefined or more than there is. */
export function memoryLimit(constrained: number | undefined, machine: number): number {
  return constrained ? Math.min(constrained, machine) : machine;
}

/** The same for a counter with one label, or none. */
function raiser(counter: Counter, label?: string): (value: string, count: number) => void {
  return raiserOf((value, by) => counter.inc(label === undefined ? {} : { [label]: value }, by));
}
