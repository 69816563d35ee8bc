/**
 * One process of an installation on Kafka and Redis. Its roles say what it does: Kafka's consumer groups share the partitions out
 * among the processes that have a role, and each partition is a task here while this process holds it. Processes start in any
 * order; each says what it waits for.
 */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Measured } from '../domain/overrun.js';
import type { Packs } from '../domain/pack.js';
import type { EventIntake, Health, StatusView, Views } from '../http/ports.js';
import { DecisionIndex } from '../io/decision-index.js';
import { KafkaLog } from '../io/kafka/log-kafka.js';
import { Membership } from '../io/kafka/membership.js';
import { type Log, LogError } from '../io/log.js';
import type { Memo } from '../io/memo.js';
import { RedisMemo } from '../io/redis-memo.js';
import type { Store } from '../io/store.js';
import { RedisStore } from '../io/store-redis.js';
import { Projection } from '../views/projection.js';
import { type Agreement, agree, agreementOf, differencesOf } from './agreement.js';
import type { AlertsHost } from './alerts-task.js';
import { Beat } from './beat.js';
import type { Clustered, Config, Role } from './config.js';
import { Refused } from './failure.js';
import { Floors } from './floors.js';
import { Gate } from './gate.js';
import { TaskHost, type TaskRole } from './host.js';
import { type KindGiven, makeKind } from './kinds.js';
import { NetworkSource } from './network-source.js';
import {
  delaysIn,
  heldIn,
  type LateSamples,
  type Node,
  type NodeWatch,
  partitionsOf,
  reportsOf,
  samplesIn,
  type TaskReport,
} from './node.js';
import { sealerOf } from './seal-key.js';
import type { SourceBook } from './source-book.js';
import { ClockWatch, statusOf, type TaskStand, taskNames } from './status.js';
import { type Subjects, subjectsOf } from './subject/subjects.js';
import { standOf, type Task } from './task.js';
import { Ticker } from './ticker.js';
import { timedStore } from './timed-store.js';
import { type Partitions, TOPICS, topicCounts } from './topics.js';
import { refuseHalfFilled } from './unfinished.js';

const LOOK_MS = 1_000;
/** How often the common ground is looked at: whether other rule packs have come into force. */
const AGREE_MS = 10_000;
const IDLE_MS = 250;

/** The topics that each role's group shares out, and what each of its members reads wholly. */
const GROUPS: Readonly<Record<TaskRole, { readonly topic: string; readonly everywhere: readonly string[] }>> = {
  network: { topic: TOPICS.elementEvents, everywhere: [] },
  service: { topic: TOPICS.serviceEvents, everywhere: [TOPICS.network] },
  collector: { topic: TOPICS.facts, everywhere: [] },
};

export interface MemberGiven {
  readonly config: Config;
  readonly packs: Packs;
  readonly packHashes: Readonly<Record<string, string>>;
  readonly logger: Logger;
  readonly watch: NodeWatch;
  /** What else runs beside, on the same log, until the signal: the book of contacts. */
  readonly alongside?: (log: Log, partitions: Partitions, signal: AbortSignal) => Promise<void>;
  /** Who keeps the list of alarms: on a log of its own, with the store, until the signal. */
  readonly desk?: {
    readonly topics: readonly string[];
    run(log: Log, store: Store, signal: AbortSignal): Promise<void>;
  };
  /** Who keeps the wall up: on a log of its own, until the signal, in a process that shows pages. */
  readonly wall?: (log: Log, signal: AbortSignal) => Promise<void>;
  /** Who keeps the ledger of notices: the partitions of `decisions` are shared out among the processes that have one. */
  readonly ledger?: { host(log: Log, store: Store): AlertsHost };
  /** What pages tell of themselves: written and watched on a log of its own, until the signal. */
  readonly signals?: { run(log: Log, signal: AbortSignal): Promise<void> };
  /** Told of log and store once both have answered. */
  readonly reached?: (log: Log, store: Store) => void;
  /** A source beside the door that keeps a state of its own in the store, until the signal. */
  readonly source?: (store: Store, signal: AbortSignal) => Promise<void>;
}

/** What there is once Kafka and Redis have answered. */
interface Connected {
  readonly log: KafkaLog;
  readonly store: Store;
  readonly host: TaskHost;
  readonly gate: Gate | undefined;
  readonly beat: Beat;
}

export class Member implements Node {
  readonly partitions: Partitions;
  readonly #given: MemberGiven;
  readonly #clustered: Clustered;
  readonly #owner = randomUUID();
  readonly #agreement: Agreement;
  readonly #floors: Floors;
  readonly #memberships = new Map<TaskRole, Membership>();
  /** What each task's next owner is: changes of one task follow one another. */
  readonly #wanted = new Map<string, boolean>();
  readonly #changes = new Map<string, Promise<void>>();
  readonly #waitingFor = new Map<string, string>();
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #startedAt = Date.now();
  readonly #clock = new ClockWatch();
  #connected: Connected | undefined;
  #projection: Projection | undefined;
  #index: DecisionIndex | undefined;
  /** What was opened, in order: a start that breaks off closes it too. */
  readonly #opened: { close(): Promise<void> }[] = [];
  #stands: readonly TaskStand[] = [];
  #failure: Error | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(given: MemberGiven) {
    const { config } = given;
    if (!config.clustered) throw new Error('a member of an installation needs Kafka and Redis');
    this.#given = given;
    this.#clustered = config.clustered;
    this.partitions = partitionsOf(config);
    this.#floors = new Floors(config.clustered.storeLossSeconds * 1_000);
    this.#agreement = { clock: config.clock, partitions: this.partitions, packs: given.packHashes };
  }

  /** Begins; what goes wrong is for `done` to tell. */
  start(): void {
    this.#work = this.#run().catch((error: Error) => this.#failed(error));
  }

  async done(): Promise<void> {
    const { signal } = this.#stop;
    if (!signal.aborted)
      await new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }));
    if (this.#failure) throw this.#failure;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#work;
    const { warn } = this.#given.watch;
    const quietly = (what: string, ends: Promise<unknown> | undefined) =>
      ends?.catch((error: Error) => warn(`${what} did not end well`, { error: error.message }));
    await this.#connected?.beat.stop();
    // State first, then the group: who takes over finds everything saved.
    await quietly('a task', this.#connected?.host.stop());
    await Promise.all([...this.#memberships.values()].map((one) => quietly('a membership', one.leave())));
    await quietly('the index', this.#index?.close());
    for (const part of this.#opened.reverse()) await quietly('a connection', part.close());
  }

  #failed(error: Error): void {
    // What breaks off because it was told to stop is no failure.
    if (!this.#stopped) this.#failure ??= error;
    this.#stop.abort();
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  #has(role: Role): boolean {
    return this.#given.config.roles.has(role);
  }

  #waits(what: string, words: string | undefined): void {
    if (words === undefined) this.#waitingFor.delete(what);
    else this.#waitingFor.set(what, words);
  }

  async #run(): Promise<void> {
    const connected = await this.#connect();
    if (!connected || this.#stopped) return;
    this.#connected = connected;
    this.#given.reached?.(connected.log, connected.store);
    const loops = [this.#look(connected), this.#keepAgreed(connected.store)];
    if (this.#has('dashboard')) loops.push(this.#project());
    if (this.#has('dashboard') && this.#given.wall) loops.push(this.#keepWall(this.#given.wall));
    if (this.#has('alerts') && this.#given.alongside) {
      loops.push(this.#given.alongside(connected.log, this.partitions, this.#stop.signal));
    }
    if (this.#has('alerts') && this.#given.desk) loops.push(this.#keepAlarms(this.#given.desk, connected.store));
    if (this.#has('alerts') && this.#given.ledger) loops.push(this.#keepNotices(this.#given.ledger, connected.store));
    if (this.#given.signals) loops.push(this.#keepSignals(this.#given.signals));
    if (this.#given.source) loops.push(this.#given.source(connected.store, this.#stop.signal));
    for (const role of ['network', 'service', 'collector'] as const) {
      if (this.#has(role)) loops.push(this.#join(role, connected));
    }
    connected.host.failed.catch((error: Error) => this.#failed(error));
    await Promise.all(loops.map((loop) => loop.catch((error: Error) => this.#failed(error))));
  }

  async #connect(): Promise<Connected | undefined> {
    const { config, packs, logger, watch } = this.#given;
    const { redis, namespace } = this.#clustered;
    const { signal } = this.#stop;
    const waits = (what: string) => (words: string | undefined) => this.#waits(what, words);
    const prefix = namespace || 'dozor';
    const redisSettings = { ...redis, prefix };
    const [log, plain, memo] = await Promise.all([
      this.#openLog('kafka'),
      this.#keep(RedisStore.connect(redisSettings, { logger, signal, waitingFor: waits('redis') })),
      this.#keep(RedisMemo.connect(redisSettings, { logger, signal, waitingFor: waits('redis') })),
    ]);
    this.#waits('redis', undefined);
    this.#waits('kafka', undefined);
    const store = timedStore(plain, watch.committed);
    await this.#patiently('state', () => refuseHalfFilled(store));
    await this.#patiently('agreement', () => agree(store, this.#owner, this.#agreement));
    await this.#patiently('topics', async () => {
      for (const [topic, count] of topicCounts(this.partitions)) await log.ensureTopic(topic, count);
    });
    const { clock, storyTickSeconds, tickSeconds } = config;
    const live = clock === 'live';
    const seal = sealerOf(config);
    const partitions = this.partitions;
    // Where events move the clock there is one order of events, so one door: the newest.
    const ticker =
      live || !this.#has('door') ? undefined : await this.#patiently('door', () => Ticker.acquire(store, this.#owner));
    const memory = ticker ? onlyDoor(memo, ticker) : memo;
    // The ledger says through a door of its own what became of notices, where the process has no other.
    const tells = live && this.#has('alerts') && this.#given.ledger !== undefined;
    const gate =
      this.#has('door') || tells
        ? await this.#patiently('door', () =>
            Gate.open({ log, memory, packs, partitions, clock, storyTickSeconds, ticker, seal }),
          )
        : undefined;
    const refused = (source: string, id: string) => {
      const released = gate ? gate.release(source, id) : Gate.release(memo, source, id);
      released.catch((error: Error) =>
        watch.warn('the door could not be told of a refused event', { error: error.message }),
      );
    };
    const given: KindGiven = { network: new NetworkSource(log), store, packs, partitions, seal, live, refused };
    const env = { log, store, now: () => performance.now(), owner: this.#owner };
    const host = new TaskHost({
      env,
      make: (role, partition) => makeKind(role, given, partition),
      lost: (role, partition) => this.#lost(role, partition),
      passes: true,
      check: (role, partition, task) => this.#check(role, partition, task),
      watch,
    });
    const beat = new Beat({ log, store, partitions, owner: this.#owner, tickSeconds, warn: watch.warn });
    return { log, store, host, gate, beat };
  }

  #openLog(what: 'kafka' | 'views' | 'alarms' | 'notices' | 'signals' | 'wall'): Promise<KafkaLog> {
    const { kafka, namespace } = this.#clustered;
    const clientId = `dozor-${this.#owner.slice(0, 8)}${what === 'kafka' ? '' : `-${what}`}`;
    const waitingFor = (words: string | undefined) => this.#waits(what, words);
    const { logger } = this.#given;
    return this.#keep(
      KafkaLog.connect({ ...kafka, namespace, clientId }, { logger, signal: this.#stop.signal, waitingFor }),
    );
  }

  async #keep<T extends { close(): Promise<void> }>(opening: Promise<T>): Promise<T> {
    const part = await opening;
    this.#opened.push(part);
    return part;
  }

  /** Joins the group of a role; from then on Kafka says which tasks are ours. */
  async #join(role: TaskRole, connected: Connected): Promise<void> {
    const { topic, everywhere } = GROUPS[role];
    const share = `share-${role}`;
    this.#waits(share, `its share of ${topic}`);
    const membership = await Membership.join({
      log: connected.log,
      group: role,
      partitioned: [topic],
      everywhere,
      onChange: (held) => this.#onChange(role, held, connected),
      hints: () => this.#hints(role, connected.host),
      onRebuilt: () => this.#given.watch.rebuilt?.(role),
      logger: this.#given.logger,
      signal: this.#stop.signal,
      waitingFor: (words) => this.#waits(`group-${role}`, words),
    });
    this.#memberships.set(role, membership);
    void membership.confirmed().then(() => this.#waits(share, undefined));
  }

  #onChange(role: TaskRole, held: ReadonlySet<number>, { host, beat }: Connected): void {
    if (this.#stopped) return;
    const { network, service, collector } = taskNames(this.partitions);
    const count = { network, service, collector }[role].length;
    for (let partition = 0; partition < count; partition++) {
      const name = `${role}-${partition}`;
      const wanted = held.has(partition);
      if ((this.#wanted.get(name) ?? false) === wanted) continue;
      this.#wanted.set(name, wanted);
      const change = (this.#changes.get(name) ?? Promise.resolve()).then(async () => {
        if (this.#stopped) return;
        if (this.#wanted.get(name)) host.add(role, partition);
        else {
          await host.remove(role, partition);
          this.#floors.forget(name);
        }
      });
      this.#changes.set(
        name,
        change.catch((error: Error) => this.#failed(error)),
      );
    }
    if (role !== 'network' || this.#agreement.clock !== 'live') return;
    if (held.has(0)) beat.start();
    else void beat.stop();
  }

  /** Somebody else owns the task. Still a member of the group with this partition, we take it over again. */
  async #lost(role: TaskRole, partition: number): Promise<'again' | 'gone'> {
    const membership = this.#memberships.get(role);
    await membership?.confirmed();
    return !this.#stopped && membership?.held.has(partition) ? 'again' : 'gone';
  }

  /** A store that has fallen back further than it may would judge what it judged before by half of what it knew. */
  async #check(role: TaskRole, partition: number, task: Task): Promise<void> {
    const { topic } = GROUPS[role];
    const floor = (await this.#memberships.get(role)?.floorOf(topic, partition)) ?? 0;
    if (task.savedOffset < floor) {
      throw new Refused(
        `task ${task.name} stands at offset ${task.savedOffset} of ${topic}[${partition}] in Redis, and had been saved at ${floor} ` +
          `more than ${this.#clustered.storeLossSeconds} s before it was last seen: Redis has lost state. Restore its newest ` +
          "backup ('dozor restore'), or, to have everything since judged again from what Redis holds, run 'dozor hints forget'.",
      );
    }
    this.#floors.begin(task.name, floor);
  }

  #hints(role: TaskRole, host: TaskHost) {
    const { topic } = GROUPS[role];
    return host.running.flatMap(({ role: own, partition, name, task }) =>
      own === role && task
        ? [{ topic, partition, offset: task.savedOffset, floor: this.#floors.saved(name, task.savedOffset) }]
        : [],
    );
  }

  /** Reads how all tasks stand, whoever runs them, for those who look. */
  async #look({ store, host }: Connected): Promise<void> {
    const names = Object.values(taskNames(this.partitions)).flat();
    while (!this.#stopped) {
      try {
        const own = new Map(host.running.map((one) => [one.name, one]));
        this.#stands = (
          await Promise.all(
            names.map(async (name): Promise<readonly TaskStand[]> => {
              const here = own.get(name);
              if (here?.task && here.kind) return [{ name, ...here.task.stand, tally: here.kind.tally() }];
              const stand = await standOf(store, name);
              return stand ? [{ name, tick: stand.tick, clock: stand.clock, tally: stand.tally }] : [];
            }),
          )
        ).flat();
        this.#waits('look', undefined);
        this.#clock.look(this.#stands);
        for (const listener of this.#listeners) listener();
      } catch (error) {
        this.#waits('look', `how the tasks stand: ${(error as Error).message}`);
      }
      await this.#pause(LOOK_MS);
    }
  }

  async #keepAgreed(store: Store): Promise<void> {
    while (!this.#stopped) {
      await this.#pause(AGREE_MS);
      const stands = await agreementOf(store).catch(() => undefined);
      const differences = stands ? differencesOf(stands, this.#agreement) : [];
      if (differences.length > 0)
        throw new Refused(`this process no longer fits the others:\n  ${differences.join('\n  ')}`);
    }
  }

  /** The tasks of this process read the same topics at another place. */
  async #keepAlarms({ topics, run }: NonNullable<MemberGiven['desk']>, store: Store): Promise<void> {
    const log = await this.#openLog('alarms');
    await log.reads([...topics]);
    await run(log, store, this.#stop.signal);
  }

  async #keepWall(run: NonNullable<MemberGiven['wall']>): Promise<void> {
    const log = await this.#openLog('wall');
    await this.#patiently('wall', () => log.reads([TOPICS.network]));
    await run(log, this.#stop.signal);
  }

  async #keepSignals({ run }: NonNullable<MemberGiven['signals']>): Promise<void> {
    const log = await this.#openLog('signals');
    await this.#patiently('signals', async () => {
      await log.ensureTopic(TOPICS.pageSignals, 1);
      await log.reads([TOPICS.pageSignals]);
    });
    await run(log, this.#stop.signal);
  }

  /** Keeps the ledgers of the partitions that the group gives to this process, on a log of its own. */
  async #keepNotices({ host: open }: NonNullable<MemberGiven['ledger']>, store: Store): Promise<void> {
    const log = await this.#openLog('notices');
    const host = open(log, store);
    const { signal } = this.#stop;
    const share = 'share-alerts';
    this.#waits(share, 'its share of the notices');
    await host.start();
    // Changes follow one another: a ledger is let go of before it is taken over again.
    let changing: Promise<void> = Promise.resolve();
    const onChange = (held: ReadonlySet<number>) => {
      changing = changing.then(async () => {
        for (let d = 0; d < this.partitions.decisions; d++) {
          if (signal.aborted) return;
          if (held.has(d)) host.add(d);
          else await host.remove(d);
        }
      });
    };
    const membership = await Membership.join({
      log,
      group: 'alerts',
      partitioned: [TOPICS.decisions, TOPICS.notices],
      everywhere: [TOPICS.contacts],
      onChange,
      onRebuilt: () => this.#given.watch.rebuilt?.('alerts'),
      logger: this.#given.logger,
      signal,
      waitingFor: (words) => this.#waits('group-alerts', words),
    });
    void membership.confirmed().then(() => this.#waits(share, undefined));
    const stopped = new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }));
    try {
      if (!signal.aborted) await Promise.race([stopped, host.failed]);
    } finally {
      await changing;
      await host.stop();
      await membership.leave();
    }
  }

  /** Where the ledger says what became of notices. */
  get words(): Pick<EventIntake, 'takeObjects'> {
    return {
      takeObjects: async (events, by) => {
        const gate = this.#connected?.gate;
        if (!gate) throw new Error('not yet: the door of this process is not open');
        return gate.takeObjects(events, by);
      },
    };
  }

  /** Keeps the views up. On a log of its own: the collectors of this process read the same topics at another place. */
  async #project(): Promise<void> {
    const { config, packs, watch } = this.#given;
    const log = await this.#openLog('views');
    const index = (this.#index = new DecisionIndex(join(config.dataFolder, 'index')));
    await log.reads([TOPICS.decisions, TOPICS.facts]);
    const projection = new Projection({ log, index, packs, partitions: this.partitions });
    for (let warm = false; !this.#stopped; ) {
      try {
        if (!warm) await projection.warm();
        warm = true;
        this.#projection = projection;
        this.#waits('views', undefined);
        if (await projection.catchUp()) for (const listener of this.#listeners) listener();
        else await projection.wait(IDLE_MS);
        await new Promise((next) => setImmediate(next));
      } catch (error) {
        // What was decided is gone from the log: no waiting brings it back.
        if (error instanceof LogError) throw new Refused(error.message);
        this.#waits('views', `what was decided: ${(error as Error).message}`);
        watch.warn('the views wait for the log', { error: (error as Error).message });
        await this.#pause(LOOK_MS);
      }
    }
  }

  /** Does what the start needs, again and again while Kafka or Redis does not answer. */
  async #patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        this.#waits(what, `${what}: not answered yet`);
        const done = await work();
        this.#waits(what, undefined);
        return done;
      } catch (error) {
        if (this.#stopped || error instanceof Refused || error instanceof LogError) throw error;
        this.#waits(what, `${what}: ${(error as Error).message}`);
        await this.#pause(LOOK_MS);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  /** The door, where this process has that role. Before Kafka and Redis have answered it refuses for the time being. */
  get intake(): EventIntake | undefined {
    if (!this.#has('door')) return undefined;
    const gate = () => {
      if (this.#connected?.gate) return this.#connected.gate;
      throw new Error(`not yet: waits for ${[...this.#waitingFor.values()].join(', ') || 'its parts'}`);
    };
    return {
      takeLines: async (lines, first, by) => gate().takeLines(lines, first, by),
      takeObjects: async (events, by) => gate().takeObjects(events, by),
      moveClock: async (to) => gate().moveClock(to),
    };
  }

  /** What was decided, where this process has the role dashboard. */
  get views(): Views | undefined {
    if (!this.#has('dashboard')) return undefined;
    return {
      decisions: async (query) => (await this.#projection?.decisions(query)) ?? { decisions: [] },
      decision: async (id) => this.#projection?.decision(id),
      latest: (limit) => this.#projection?.latest(limit) ?? [],
      outages: () => this.#projection?.outages() ?? [],
      incident: (name) => this.#projection?.incident(name) ?? { groups: [], decisions: {} },
      status: () => this.status(),
      subscribe: (changed) => {
        this.#listeners.add(changed);
        return () => this.#listeners.delete(changed);
      },
    };
  }

  /** When each source was heard last; undefined where this process has no door, or it is not open yet. */
  get sources(): SourceBook | undefined {
    return this.#connected?.gate?.sources;
  }

  /** The store; undefined before Redis has answered. */
  get store(): Store | undefined {
    return this.#connected?.store;
  }

  /** What is read from the state of tasks, where this process has the role dashboard; undefined before Redis has answered. */
  get subjects(): (() => Subjects | undefined) | undefined {
    if (!this.#has('dashboard')) return undefined;
    const { packs } = this.#given;
    const { partitions } = this;
    const views = this.views!;
    return () => this.#connected && subjectsOf({ store: this.#connected.store, packs, partitions, views });
  }

  status(): StatusView {
    const gate = this.#connected?.gate;
    return statusOf({
      stands: this.#stands,
      watch: this.#clock,
      clockMode: this.#given.config.clock,
      madeUp: null,
      startedAt: this.#startedAt,
      decisions: this.#projection?.decisionCounts() ?? {},
      refused: gate?.counts.rejected ?? new Map(),
    });
  }

  async reports(): Promise<readonly TaskReport[]> {
    if (!this.#connected) return [];
    return reportsOf(this.#connected.host, this.#connected.log, this.#given.config.clock === 'live');
  }

  get clockStoodMs(): number | null {
    return this.#given.config.clock === 'live' ? this.#clock.stoodMs : null;
  }

  get conflicts(): Node['conflicts'] {
    return { count: this.#projection?.conflicts() ?? 0, ids: this.#projection?.conflicting() ?? [] };
  }

  get heldServices(): number {
    return this.#connected ? heldIn(this.#connected.host) : 0;
  }

  get lateSamples(): LateSamples {
    return this.#connected ? samplesIn(this.#connected.host) : { late: 0, tooOld: 0 };
  }

  get feedDelays(): readonly Measured[] {
    return this.#connected ? delaysIn(this.#connected.host) : [];
  }

  /** What the process waits for, each by a short name of a closed list. */
  get waits(): readonly string[] {
    return [...this.#waitingFor.keys()];
  }

  health(): Health {
    const alive = this.#failure === undefined && !this.#stopped;
    const tasks = this.#connected?.host.running.flatMap(({ name, waitsFor }) =>
      waitsFor ? [`${name}: ${waitsFor}`] : [],
    );
    const waitingFor = [
      ...this.#waitingFor.values(),
      ...(tasks ?? []),
      ...this.status().heldBy.map((name) => `${name} holds the clock`),
    ];
    return { alive, ready: alive && this.#connected !== undefined && waitingFor.length === 0, waitingFor };
  }
}

/** A memory that refuses to be written once another door numbers the ticks. */
function onlyDoor(memo: Memo, ticker: Ticker): Memo {
  return {
    get: (keys) => memo.get(keys),
    close: () => memo.close(),
    async put(puts, deletes) {
      if (!(await ticker.stands())) {
        throw new Refused('another door has taken over: where events move the clock there is only one');
      }
      await memo.put(puts, deletes);
    },
  };
}
