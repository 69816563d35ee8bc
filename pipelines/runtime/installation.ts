/**
 * An installation on embedded parts: log and store in one folder, every task in one process. It puts the parts together, runs
 * them, and stops them so that nothing is lost and nothing has to be repeated.
 */
import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Packs } from '../domain/pack.js';
import { EVER } from '../domain/units.js';
import type { Health, StatusView, Views } from '../http/ports.js';
import { DecisionIndex } from '../io/decision-index.js';
import { type Embedded, openEmbedded } from '../io/embedded.js';
import type { Store } from '../io/store.js';
import { Projection } from '../views/projection.js';
import type { Config } from './config.js';
import { Gate } from './gate.js';
import { recordFailure, SubjectFailure } from './held.js';
import { CollectorKind, type KindGiven, NetworkKind, ServiceKind } from './kinds.js';
import { makeSealKeys, seal } from './seal.js';
import { type Env, type Progress, Task } from './task.js';
import { Ticker } from './ticker.js';
import { type Partitions, TOPICS } from './topics.js';

/** How long an idle task waits before it looks again. */
const IDLE_MS = 250;
/** How long a task waits for the network tasks at a tick. */
const BLOCKED_MS = 10;
/** A clock that stands still this long is a critical matter. */
export const CLOCK_STANDS_MS = 60_000;

type AnyKind = NetworkKind | ServiceKind | CollectorKind;

/** A task at work. Both are made anew where it has to begin again from its last commit. */
interface Running {
  readonly name: string;
  readonly make: () => AnyKind;
  task: Task;
  kind: AnyKind;
}

export class Installation {
  readonly config: Config;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly gate: Gate;
  readonly #embedded: Embedded;
  readonly #index: DecisionIndex;
  readonly #projection: Projection;
  readonly #ticker: Ticker;
  readonly #running: readonly Running[];
  readonly #madeUp: string | null;
  readonly #env: Env;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #startedAt = Date.now();
  #loops: Promise<void>[] = [];
  #failure: Error | undefined;
  #clockMoved = { clock: EVER, at: Date.now() };

  private constructor(given: {
    config: Config;
    packs: Packs;
    partitions: Partitions;
    embedded: Embedded;
    index: DecisionIndex;
    projection: Projection;
    ticker: Ticker;
    gate: Gate;
    running: readonly Running[];
    madeUp: string | null;
    env: Env;
  }) {
    this.#env = given.env;
    this.config = given.config;
    this.packs = given.packs;
    this.partitions = given.partitions;
    this.gate = given.gate;
    this.#embedded = given.embedded;
    this.#index = given.index;
    this.#projection = given.projection;
    this.#ticker = given.ticker;
    this.#running = given.running;
    this.#madeUp = given.madeUp;
  }

  /** Opens the folder (or makes it) and takes every task over. */
  static async open(
    config: Config,
    packs: Packs,
    options: { readonly madeUp?: string; readonly committed?: (seconds: number) => void } = {},
  ): Promise<Installation> {
    const partitions: Partitions = {
      service: config.servicePartitions,
      element: config.elementPartitions,
      facts: config.factPartitions,
    };
    const embedded = await openEmbedded(config.dataFolder);
    try {
      const { log, store } = embedded;
      await log.ensureTopic(TOPICS.serviceEvents, partitions.service);
      await log.ensureTopic(TOPICS.elementEvents, partitions.element);
      await log.ensureTopic(TOPICS.network, 1);
      await log.ensureTopic(TOPICS.facts, partitions.facts);
      await log.ensureTopic(TOPICS.decisions, 1);
      await log.ensureTopic(TOPICS.contacts, partitions.service);
      await log.ensureTopic(TOPICS.rejected, 1);
      const owner = randomUUID();
      const publicKey = sealKey(config.dataFolder);
      const sealer = (bytes: Uint8Array) => seal(publicKey, bytes);
      const env: Env = { log, store: timed(store, options.committed), now: () => performance.now(), owner };
      const live = config.clock === 'live';
      let gate: Gate | undefined;
      // What a task refuses after the door had let it in does not keep its id.
      const refused = (source: string, id: string) => void gate?.release(source, id);
      const given: KindGiven = { log, store, packs, partitions, seal: sealer, live, refused };
      const running: Running[] = [];
      const add = async (name: string, make: () => AnyKind) => {
        running.push({ name, make, ...(await takeOver(name, make, env)) });
      };
      for (let q = 0; q < partitions.element; q++) await add(`network-${q}`, () => new NetworkKind(given, q));
      for (let p = 0; p < partitions.service; p++) await add(`service-${p}`, () => new ServiceKind(given, p));
      for (let r = 0; r < partitions.facts; r++) await add(`collector-${r}`, () => new CollectorKind(given, r));
      const ticker = await Ticker.acquire(store, owner);
      const { clock, storyTickSeconds } = config;
      gate = await Gate.open({ log, store, packs, partitions, clock, storyTickSeconds, ticker, seal: sealer, owner });
      const index = new DecisionIndex(join(config.dataFolder, 'index'));
      const projection = new Projection({ log, index, packs, factPartitions: partitions.facts });
      await projection.warm();
      const madeUp = options.madeUp ?? null;
      return new Installation({
        config,
        packs,
        partitions,
        embedded,
        index,
        projection,
        ticker,
        gate,
        running,
        madeUp,
        env,
      });
    } catch (error) {
      await embedded.close();
      throw error;
    }
  }

  /** Sets everything going. A failure of one part stops all: half an installation would decide half. */
  start(): void {
    this.#loops = [
      ...this.#running.map((one) => this.#guard(this.#run(one))),
      this.#guard(this.#project()),
      ...(this.config.clock === 'live' ? [this.#guard(this.#beat())] : []),
    ];
  }

  /** Resolves when it has stopped; rejects with what stopped it, where that was a failure. */
  async done(): Promise<void> {
    await Promise.all(this.#loops);
    if (this.#failure) throw this.#failure;
  }

  /** Finishes what was begun, saves, sends and closes. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    if (!this.#failure) for (const { task } of this.#running) await task.settle();
    await this.#projection.catchUp();
    await this.#index.close();
    await this.#embedded.close();
  }

  async #guard(loop: Promise<void>): Promise<void> {
    try {
      await loop;
    } catch (error) {
      this.#failure ??= error as Error;
      this.#stop.abort();
    }
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #run(one: Running): Promise<void> {
    const { log } = this.#embedded;
    while (!this.#stopped) {
      const progress = await this.#step(one);
      if (progress === 'lost') throw new Error(`task ${one.name} was taken over by another process`);
      if (progress === 'worked') {
        // Tasks share one thread: after each piece the others have their turn, and requests are answered.
        await new Promise((next) => setImmediate(next));
        continue;
      }
      const { task, kind } = one;
      if (kind instanceof ServiceKind && (await log.end(kind.input)) > task.offset) await sleep(BLOCKED_MS);
      else await log.wait(kind.input, task.offset, IDLE_MS);
      if (!(kind instanceof CollectorKind)) await kind.intake.sweep(Date.now());
    }
  }

  /** One step; a failure that belongs to one service costs that service, not the rest. */
  async #step(one: Running): Promise<Progress> {
    try {
      return await one.task.step();
    } catch (error) {
      if (!(error instanceof SubjectFailure)) throw error;
      await reckon(one.name, this.#env, error);
      Object.assign(one, await takeOver(one.name, one.make, this.#env));
      return 'worked';
    }
  }

  async #beat(): Promise<void> {
    const { log } = this.#embedded;
    while (!this.#stopped) {
      await this.#ticker.beat(log, this.partitions);
      await sleep(this.config.tickSeconds * 1_000, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #project(): Promise<void> {
    const { log } = this.#embedded;
    while (!this.#stopped) {
      const changed = await this.#projection.catchUp();
      const { clock } = this.status();
      if (clock !== null && clock !== this.#clockMoved.clock) this.#clockMoved = { clock, at: Date.now() };
      if (changed) for (const listener of this.#listeners) listener();
      else await log.wait({ topic: TOPICS.decisions, partition: 0 }, this.#index.offset, IDLE_MS);
      await new Promise((next) => setImmediate(next));
    }
  }

  /** Whether every task has heard all that is on the log, and everything decided is sent and shown. For tests and `ingest`. */
  async caughtUp(): Promise<boolean> {
    const { log } = this.#embedded;
    for (const { task, kind } of this.#running) {
      if ((await log.end(kind.input)) > task.offset || task.waitingLetters > 0 || kind.changed > 0) return false;
    }
    return (await log.end({ topic: TOPICS.decisions, partition: 0 })) === this.#index.offset;
  }

  get views(): Views {
    return {
      decisions: (query) => this.#projection.decisions(query),
      decision: (id) => this.#projection.decision(id),
      latest: (limit) => this.#projection.latest(limit),
      outages: () => this.#projection.outages(),
      status: () => this.status(),
      subscribe: (changed) => {
        this.#listeners.add(changed);
        return () => this.#listeners.delete(changed);
      },
    };
  }

  status(): StatusView {
    const services = this.#running.flatMap(({ kind }) => (kind instanceof ServiceKind ? [kind] : []));
    const networks = this.#running.flatMap(({ kind }) => (kind instanceof NetworkKind ? [kind] : []));
    const clocks = this.#running.flatMap(({ task, kind }) => (kind instanceof CollectorKind ? [] : [task.stand.clock]));
    const clock = Math.min(...clocks);
    const rejected: Record<string, number> = {};
    const count = (reasons: ReadonlyMap<string, number>) => {
      for (const [reason, n] of reasons) rejected[reason] = (rejected[reason] ?? 0) + n;
    };
    count(this.gate.counts.rejected);
    for (const { intake } of [...services, ...networks]) count(intake.counts.rejected);
    const live = this.config.clock === 'live';
    return {
      clock: clock === EVER ? null : clock,
      behindMs: live && clock !== EVER ? Math.max(0, Date.now() - clock) : null,
      clockMode: this.config.clock,
      heldBy: this.#heldBy(),
      madeUp: this.#madeUp,
      counts: {
        services: services.reduce((sum, kind) => sum + kind.logic.size.services, 0),
        elements: networks.reduce((sum, kind) => sum + kind.logic.size.elements, 0),
        events: this.gate.counts.events,
        duplicates: this.gate.counts.duplicates,
        waiting: services.reduce((sum, kind) => sum + kind.logic.size.waiting, 0),
        decisions: this.#projection.decisionCounts(),
        rejected,
      },
      startedAt: this.#startedAt,
    };
  }

  /** What holds the clock, where it has stood still too long. */
  #heldBy(): readonly string[] {
    if (this.config.clock !== 'live' || Date.now() - this.#clockMoved.at < CLOCK_STANDS_MS) return [];
    const slowest = Math.min(...this.#running.map(({ task }) => task.stand.tick));
    return this.#running.filter(({ task }) => task.stand.tick === slowest).map(({ task }) => task.name);
  }

  /** How far each task is and how many letters it has still to send, for the metrics. */
  tasks(): readonly {
    readonly name: string;
    readonly letters: number;
    readonly commits: number;
    readonly records: number;
  }[] {
    return this.#running.map(({ task }) => ({
      name: task.name,
      letters: task.waitingLetters,
      commits: task.counts.commits,
      records: task.counts.records,
    }));
  }

  health(): Health {
    const alive = this.#failure === undefined && !this.#stopped;
    const heldBy = this.#heldBy();
    const begun = this.config.clock === 'events' || this.status().clock !== null;
    const waitingFor = [...(begun ? [] : ['the first tick']), ...heldBy.map((name) => `${name} holds the clock`)];
    return { alive, ready: alive && waitingFor.length === 0, waitingFor };
  }
}

/** A store that tells how long each commit took. */
function timed(store: Store, committed: ((seconds: number) => void) | undefined): Store {
  if (!committed) return store;
  return {
    acquire: (task, owner) => store.acquire(task, owner),
    ownership: (task) => store.ownership(task),
    get: (task, keys) => store.get(task, keys),
    entries: (task, prefix) => store.entries(task, prefix),
    close: () => store.close(),
    async commit(by, change) {
      const began = performance.now();
      try {
        return await store.commit(by, change);
      } finally {
        committed((performance.now() - began) / 1_000);
      }
    },
  };
}

/** Takes a task over; what fails on the way for one service is counted, and at the third time that service is held. */
async function takeOver(name: string, make: () => AnyKind, env: Env): Promise<{ task: Task; kind: AnyKind }> {
  for (;;) {
    const kind = make();
    try {
      return { task: await Task.acquire(name, env, kind), kind };
    } catch (error) {
      if (!(error instanceof SubjectFailure)) throw error;
      await reckon(name, env, error);
    }
  }
}

async function reckon(name: string, env: Env, failure: SubjectFailure): Promise<void> {
  const outcome = await recordFailure(env.store, name, env.owner, failure);
  const what = outcome === 'held' ? 'it is held now: its records queue' : 'tried again from the last commit';
  process.stderr.write(`dozor: ${name} failed for ${failure.message}; ${what}\n`);
}

/** The key that seals rejected events. Its other half, which only `dead-letters` reads, is made with it and kept apart. */
function sealKey(folder: string): string {
  const keys = join(folder, 'keys');
  const publicFile = join(keys, 'dead-letters.pub.pem');
  if (!existsSync(publicFile)) {
    mkdirSync(keys, { recursive: true, mode: 0o700 });
    const { publicKeyPem, privateKeyPem } = makeSealKeys();
    const privateFile = join(keys, 'dead-letters.key.pem');
    writeFileSync(privateFile, privateKeyPem, { mode: 0o600 });
    chmodSync(privateFile, 0o600);
    writeFileSync(publicFile, publicKeyPem);
  }
  return readFileSync(publicFile, 'utf8');
}
