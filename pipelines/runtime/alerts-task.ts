/**
 * The role `alerts`: a task for each partition of `decisions`, which keeps the ledger of the notices asked for there. It reads the
 * decisions, what service tasks tell on `notices`, and the contacts of its own services, and commits where it stands together with
 * what it knows. What it has to say goes through the door, from an outbox that is saved before.
 *
 * What a ledger does is behind `AlertsLogic`: no number passes through here but the bytes of `contacts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type DecisionOf, decodeDecision } from '../domain/decision.js';
import type { NoticeFact } from '../domain/notice.js';
import type { Instant } from '../domain/units.js';
import type { LineAnswer } from '../http/ports.js';
import { guardedCommit } from '../io/guarded-commit.js';
import type { Log, LogRecord, TopicPartition } from '../io/log.js';
import { FencedError, type Ownership, type Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { fromBytes, type Partitions, partitionOf, TICK_KEY, TOPICS, toBytes } from './topics.js';

/** What a ledger reads of its own, and of the same key in all others. */
export interface AlertsShelf {
  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  entries(prefix: string): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  others(keys: readonly string[]): Promise<readonly (readonly Uint8Array[])[]>;
}

/** A ledger as its task drives it. */
export interface AlertsLogic {
  restore(): Promise<void>;
  hearRequest(notice: DecisionOf<'notice.requested'>): void;
  hearContact(service: string, record: unknown): void;
  hearFact(fact: NoticeFact): void;
  readonly heard: number;
  readonly pressing: boolean;
  readonly dueAt: Instant;
  /** Parts that are handed over and not answered. */
  readonly flying: number;
  round(): Promise<{
    readonly puts: ReadonlyMap<string, Uint8Array>;
    readonly deletes: ReadonlySet<string>;
    readonly events: readonly Readonly<Record<string, unknown>>[];
  }>;
  committed(): void;
  /** Nothing more leaves from here. */
  close(): void;
}

/** What makes the ledgers of a process: the parts that they share, such as gateways, are behind it. */
export interface AlertsOffice {
  begin(given: {
    readonly partition: number;
    readonly owner: string;
    readonly epoch: number;
    readonly shelf: AlertsShelf;
    readonly now: () => Instant;
    readonly woken: () => void;
  }): AlertsLogic;
  end(partition: number): void;
  start(given: {
    readonly tell: (events: readonly object[]) => Promise<unknown>;
    /** Puts facts for ledgers of other processes on the log, each on the partition of its notice's subject. */
    readonly pass: (partition: number, fact: NoticeFact) => Promise<void>;
    readonly now: () => Instant;
    readonly shelfOf: (partition: number) => AlertsShelf;
    readonly partitions: number;
  }): Promise<void>;
  stop(): Promise<void>;
}

export interface AlertsEnv {
  readonly log: Log;
  readonly store: Store;
  readonly owner: string;
  readonly partitions: Partitions;
  readonly office: AlertsOffice;
  readonly now: () => Instant;
  /** The door: answers one for each event; rejects where it cannot be asked now. */
  readonly tell: (events: readonly object[]) => Promise<readonly LineAnswer[]>;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

const BATCH = 500;
const EVENTS_MAX = 500;
const IDLE_MS = 250;
/** How long what was handed over may take to be answered when the task ends. */
const SETTLE_MS = 3_000;
const AGAIN_MS = 500;

/** An event for the door, as it stands in the outbox. */
interface Word {
  readonly key: string;
  readonly event: object;
}

/** Where a ledger stands. It is kept under a key of its own: it has several inputs, unlike other tasks. */
interface Meta {
  offsets: Record<string, number>;
  letters: number;
}

/** The entry of a ledger's task that says where it stands. */
export const LEDGER_STAND = 'stand';

/** That entry, as of a ledger that reads everything anew: what it knows already changes nothing. */
export function standingAnew(stand: Uint8Array): Uint8Array {
  return pack({ ...(unpack(stand) as Meta), offsets: {} });
}

/** The names of all ledgers of an installation. */
export function ledgerNames({ decisions }: Pick<Partitions, 'decisions'>): readonly string[] {
  return Array.from({ length: decisions }, (_, d) => alertsTaskName(d));
}

/** The name of a ledger's task in the store. */
export const alertsTaskName = (partition: number) => `alerts-${partition}`;

/** A shelf over the store, for whoever reads a ledger: `partition` is its own. */
export function shelfOf(store: Store, partition: number, count: number): AlertsShelf {
  const task = alertsTaskName(partition);
  const others = Array.from({ length: count }, (_, p) => p).filter((p) => p !== partition);
  return {
    get: (keys) => store.get(task, keys),
    entries: (prefix) => store.entries(task, prefix),
    async others(keys) {
      const found = keys.map((): Uint8Array[] => []);
      for (const values of await Promise.all(others.map((p) => store.get(alertsTaskName(p), keys))))
        values.forEach((value, i) => void (value && found[i]!.push(value)));
      return found;
    },
  };
}

export class AlertsTask {
  readonly partition: number;
  readonly #env: AlertsEnv;
  readonly #logic: AlertsLogic;
  readonly #inputs: readonly TopicPartition[];
  #own: Ownership;
  #offsets: Record<string, number>;
  #letters: number;
  #outbox: Word[];
  #sent: string[] = [];
  #moved = false;
  #wake: () => void = () => {};
  #closing = false;
  #silentUntil = 0;
  #telling: Promise<void> | undefined;

  private constructor(partition: number, env: AlertsEnv, own: Ownership, meta: Meta, outbox: readonly Word[]) {
    this.partition = partition;
    this.#env = env;
    this.#own = own;
    this.#offsets = meta.offsets;
    this.#letters = meta.letters;
    this.#outbox = [...outbox];
    this.#inputs = inputsOf(partition, env.partitions);
    this.#logic = env.office.begin({
      partition,
      owner: own.owner,
      epoch: own.epoch,
      shelf: shelfOf(env.store, partition, env.partitions.decisions),
      now: env.now,
      woken: () => this.#wake(),
    });
  }

  /** Takes the partition over: whoever had it before is refused from then on, and what it had claimed is in doubt. */
  static async acquire(partition: number, env: AlertsEnv): Promise<AlertsTask> {
    const name = alertsTaskName(partition);
    const own = await env.store.acquire(name, env.owner);
    const [held] = await env.store.get(name, [LEDGER_STAND]);
    const outbox: Word[] = [];
    for await (const [key, value] of env.store.entries(name, 'o/')) {
      outbox.push({ key, event: fromBytes(value) as object });
    }
    const meta = held ? (unpack(held) as Meta) : { offsets: {}, letters: 0 };
    for (const of of inputsOf(partition, env.partitions)) {
      const offset = meta.offsets[nameOf(of)];
      if (offset === undefined || (offset >= (await env.log.start(of)) && offset <= (await env.log.end(of)))) continue;
      // Another log than the one it was read from: what is known already changes nothing.
      env.warn('a ledger reads a log anew', { partition, topic: of.topic, offset });
      delete meta.offsets[nameOf(of)];
    }
    const task = new AlertsTask(partition, env, own, meta, outbox);
    try {
      await task.#logic.restore();
    } catch (error) {
      env.office.end(partition);
      throw error;
    }
    return task;
  }

  /** Whether all that is on the log is heard, and nothing is under way or to be told. */
  async idle(): Promise<boolean> {
    if (this.#logic.heard > 0 || this.#logic.pressing || this.#logic.flying > 0 || this.#outbox.length > 0)
      return false;
    for (const of of this.#inputs) {
      const end = await this.#env.log.end(of);
      if (end > (this.#offsets[nameOf(of)] ?? (await this.#env.log.start(of)))) return false;
    }
    return true;
  }

  /** Runs until the signal. Rejects with a FencedError where somebody else has taken over, or with what log or store said. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) if (!(await this.#step())) await this.#idle(signal);
      await this.#settle();
    } finally {
      signal.removeEventListener('abort', wake);
      this.#logic.close();
      this.#env.office.end(this.partition);
    }
  }

  /** One bounded piece of work; false: there was none. */
  async #step(): Promise<boolean> {
    this.#tell();
    const read = this.#closing ? false : await this.#read();
    const due = this.#moved || this.#sent.length > 0 || this.#logic.pressing;
    if (!due || !this.#hasBegun) return read;
    await this.#commit();
    return true;
  }

  /** Before the events' clock has begun nothing can be due, and nothing is committed. */
  get #hasBegun(): boolean {
    return Number.isFinite(this.#env.now());
  }

  /** Contacts and holders first: whoever a notice is for is known by then. */
  async #read(): Promise<boolean> {
    let some = false;
    for (const of of this.#inputs) {
      if (of.topic === TOPICS.decisions && some) return true;
      for (;;) {
        if (this.#logic.heard >= 2 * BATCH) return true;
        const name = nameOf(of);
        const from = this.#offsets[name] ?? (await this.#env.log.start(of));
        const records = await this.#env.log.read(of, from, BATCH);
        if (records.length === 0) break;
        for (const record of records) this.#hear(of.topic, record);
        this.#offsets[name] = records[records.length - 1]!.offset + 1;
        this.#moved = true;
        some = true;
        if (records.length < BATCH) break;
      }
    }
    return some;
  }

  #hear(topic: string, { key, value, offset }: LogRecord): void {
    if (key === TICK_KEY) return;
    const { partitions, warn } = this.#env;
    if (topic === TOPICS.contacts) {
      if (partitionOf(key, partitions.decisions) === this.partition) this.#logic.hearContact(key, fromBytes(value));
      return;
    }
    if (topic === TOPICS.notices) {
      this.#logic.hearFact(fromBytes(value) as NoticeFact);
      return;
    }
    const wire = fromBytes(value) as { readonly type?: unknown };
    if (wire.type !== 'notice.requested') return;
    const decoded = decodeDecision(wire);
    if (!decoded.ok) {
      const { field, why } = decoded.problem;
      warn('a notice on the log cannot be read', { partition: this.partition, offset, field, why });
    } else if (decoded.value.type === 'notice.requested') this.#logic.hearRequest(decoded.value);
  }

  async #commit(): Promise<void> {
    const { puts, deletes, events } = await this.#logic.round();
    const all = new Map(puts);
    const gone = new Set(deletes);
    const fresh = events.map((event) => ({ key: `o/${String(this.#letters++).padStart(12, '0')}`, event }));
    for (const { key, event } of fresh) all.set(key, toBytes(event));
    const sent = this.#sent.splice(0);
    for (const key of sent) gone.add(key);
    all.set(LEDGER_STAND, pack({ offsets: this.#offsets, letters: this.#letters } satisfies Meta));
    this.#own = await guardedCommit(this.#env.store, this.#own, { puts: all, deletes: gone });
    this.#moved = false;
    this.#outbox.push(...fresh);
    this.#logic.committed();
  }

  /**
   * Says what is saved, while the rounds go on. A door that does not answer is asked again; one that refuses an event is not asked
   * for that one again.
   */
  #tell(): void {
    if (this.#telling || this.#outbox.length === 0 || performance.now() < this.#silentUntil) return;
    const some = this.#outbox.slice(0, EVENTS_MAX);
    this.#telling = this.#env
      .tell(some.map(({ event }) => event))
      .then(
        (answers) => {
          for (const { status, reason, line } of answers) {
            if (status === 'rejected') this.#env.warn('the door refused a word on a notice', { reason, line });
          }
          this.#outbox = this.#outbox.slice(some.length);
          this.#sent.push(...some.map(({ key }) => key));
        },
        (error: Error) => {
          this.#silentUntil = performance.now() + AGAIN_MS;
          this.#env.warn('the door cannot be told what became of notices', { error: error.message });
        },
      )
      .finally(() => {
        this.#telling = undefined;
        this.#wake();
      });
  }

  async #idle(signal: AbortSignal): Promise<void> {
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    // What came between the look and the wait. Without a wait nobody else in the process would have a turn.
    if (signal.aborted || (this.#logic.pressing && this.#hasBegun)) return;
    const decisions = this.#inputs[this.#inputs.length - 1]!;
    const wait = Math.max(1, Math.min(IDLE_MS, this.#logic.dueAt - this.#env.now() || IDLE_MS));
    const from = this.#offsets[nameOf(decisions)] ?? 0;
    const stop = new AbortController();
    await Promise.race([
      woken,
      sleep(wait, undefined, { signal: stop.signal }).catch(() => {}),
      this.#env.log.wait(decisions, from, wait),
    ]);
    stop.abort();
  }

  /** Lets what was handed over be answered, saves it, and says it. */
  async #settle(): Promise<void> {
    this.#closing = true;
    this.#logic.close();
    const until = performance.now() + SETTLE_MS;
    while (performance.now() < until) {
      const worked = await this.#step();
      if (!worked && this.#logic.flying === 0 && this.#outbox.length === 0) break;
      if (!worked) await sleep(10);
    }
  }
}

/** What a ledger reads, in this order: the contacts of its services, what was told of them, the decisions. */
function inputsOf(partition: number, { service, decisions }: Partitions): readonly TopicPartition[] {
  // Both are shared out by the same hash: only these partitions of contacts can hold a service of ours.
  const step = commonDivisor(service, decisions);
  const contacts = Array.from({ length: service }, (_, p) => p).filter((p) => p % step === partition % step);
  return [
    ...contacts.map((p) => ({ topic: TOPICS.contacts, partition: p })),
    { topic: TOPICS.notices, partition },
    { topic: TOPICS.decisions, partition },
  ];
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Runs the ledgers of a process, each from taking it over until it is let go of. */
export class AlertsHost {
  readonly #env: AlertsEnv;
  readonly #passes: boolean;
  readonly #running = new Map<number, { readonly stop: AbortController; task?: AlertsTask; ended: Promise<void> }>();
  #fail!: (error: Error) => void;
  /** Rejects with what ends the process; never resolves. */
  readonly failed: Promise<never>;

  /** `passes`: whether a failure of log or store may pass; embedded parts have none that do. */
  constructor(env: AlertsEnv, passes: boolean) {
    this.#env = env;
    this.#passes = passes;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => {});
  }

  async start(): Promise<void> {
    const { log, office, tell, now, store, partitions } = this.#env;
    const count = partitions.decisions;
    await office.start({
      tell,
      now,
      partitions: count,
      shelfOf: (partition) => shelfOf(store, partition, count),
      pass: async (partition, fact) => {
        const key = 'noticeId' in fact ? fact.noticeId : fact.service;
        await log.append({ topic: TOPICS.notices, partition }, [{ key, value: toBytes(fact) }]);
      },
    });
  }

  add(partition: number): void {
    if (this.#running.has(partition)) return;
    const one = { stop: new AbortController(), ended: Promise.resolve() };
    this.#running.set(partition, one);
    one.ended = this.#run(partition, one).catch((error: Error) => this.#fail(error));
  }

  async remove(partition: number): Promise<void> {
    const one = this.#running.get(partition);
    if (!one) return;
    one.stop.abort();
    await one.ended;
    this.#running.delete(partition);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((partition) => this.remove(partition)));
    await this.#env.office.stop();
  }

  /** Whether no ledger of this process has anything to do now. */
  async idle(): Promise<boolean> {
    for (const { task } of this.#running.values()) if (!task || !(await task.idle())) return false;
    return true;
  }

  async #run(partition: number, one: { readonly stop: AbortController; task?: AlertsTask }): Promise<void> {
    const { signal } = one.stop;
    while (!signal.aborted) {
      try {
        const task = await AlertsTask.acquire(partition, this.#env);
        one.task = task;
        await task.run(signal);
      } catch (error) {
        delete one.task;
        if (!this.#passes) throw error;
        // Taken over by somebody else, it is ours again only where the group still says so.
        const what = error instanceof FencedError ? 'a ledger was taken over' : 'a ledger waits for log or store';
        this.#env.warn(what, { partition, error: (error as Error).message });
        await sleep(AGAIN_MS, undefined, { signal }).catch(() => {});
      }
    }
  }
}
