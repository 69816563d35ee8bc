/**
 * An installation on embedded parts: log and store in one folder, every task in one process. It puts the parts together, runs
 * them, and stops them so that nothing is lost and nothing has to be repeated.
 */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Measured } from '../domain/overrun.js';
import type { Packs } from '../domain/pack.js';
import type { Health, StatusView, Views } from '../http/ports.js';
import { DecisionIndex } from '../io/decision-index.js';
import { type Embedded, openEmbedded } from '../io/embedded.js';
import type { Log } from '../io/log.js';
import type { Store } from '../io/store.js';
import { Projection } from '../views/projection.js';
import type { Config } from './config.js';
import { DOOR, Gate } from './gate.js';
import { TaskHost } from './host.js';
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
import { ClockWatch, statusOf, type TaskStand } from './status.js';
import { StoreMemo } from './store-memo.js';
import { type Subjects, subjectsOf } from './subject/subjects.js';
import { Ticker } from './ticker.js';
import { timedStore } from './timed-store.js';
import { type Partitions, topicCounts } from './topics.js';

/** How long the views wait for something new before they look again. */
const IDLE_MS = 250;

export interface InstallationOptions {
  /** Words to show where the data is made up. */
  readonly madeUp?: string;
  readonly watch?: NodeWatch;
}

interface Parts {
  readonly config: Config;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly embedded: Embedded;
  readonly index: DecisionIndex;
  readonly projection: Projection;
  readonly ticker: Ticker;
  readonly gate: Gate;
  readonly host: TaskHost;
  readonly madeUp: string | null;
}

export class Installation implements Node {
  readonly gate: Gate;
  readonly #parts: Parts;
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();
  readonly #startedAt = Date.now();
  readonly #watch = new ClockWatch();
  #loops: Promise<void>[] = [];
  #failure: Error | undefined;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.gate = parts.gate;
  }

  /** Opens the folder (or makes it) and takes every task over. */
  static async open(config: Config, packs: Packs, options: InstallationOptions = {}): Promise<Installation> {
    const partitions = partitionsOf(config);
    const { watch } = options;
    const embedded = await openEmbedded(config.dataFolder);
    try {
      const { log } = embedded;
      const store = timedStore(embedded.store, watch?.committed);
      for (const [topic, count] of topicCounts(partitions)) await log.ensureTopic(topic, count);
      const owner = randomUUID();
      const seal = sealerOf(config);
      const { clock, storyTickSeconds } = config;
      const network = new NetworkSource(log);
      let gate: Gate | undefined;
      // What a task refuses after the door had let it in does not keep its id.
      const refused = (source: string, id: string) => void gate?.release(source, id);
      const given: KindGiven = { network, store, packs, partitions, seal, live: clock === 'live', refused };
      const host = new TaskHost({
        env: { log, store, now: () => performance.now(), owner },
        make: (role, partition) => makeKind(role, given, partition),
        lost: (role, partition) => {
          throw new Error(`task ${role}-${partition} was taken over by another process`);
        },
        passes: false,
        watch: { warn: (what, detail) => watch?.warn(what, detail), tookOver: (role) => watch?.tookOver?.(role) },
      });
      for (let q = 0; q < partitions.element; q++) await host.begin('network', q);
      for (let p = 0; p < partitions.service; p++) await host.begin('service', p);
      for (let r = 0; r < partitions.facts; r++) await host.begin('collector', r);
      const ticker = await Ticker.acquire(store, owner);
      const memory = await StoreMemo.open(store, DOOR, owner);
      gate = await Gate.open({ log, memory, packs, partitions, clock, storyTickSeconds, ticker, seal });
      const index = new DecisionIndex(join(config.dataFolder, 'index'));
      const projection = new Projection({ log, index, packs, partitions });
      await projection.warm();
      const madeUp = options.madeUp ?? null;
      return new Installation({ config, packs, partitions, embedded, index, projection, ticker, gate, host, madeUp });
    } catch (error) {
      await embedded.close();
      throw error;
    }
  }

  /** Sets everything going. A failure of one part stops all: half an installation would decide half. */
  start(): void {
    const { host, config } = this.#parts;
    host.start();
    host.failed.catch((error: Error) => this.#failed(error));
    this.#loops = [this.#guard(this.#project()), ...(config.clock === 'live' ? [this.#guard(this.#beat())] : [])];
  }

  /** Resolves when it has stopped; rejects with what stopped it, where that was a failure. */
  async done(): Promise<void> {
    if (!this.#stop.signal.aborted)
      await new Promise<void>((stopped) =>
        this.#stop.signal.addEventListener('abort', () => stopped(), { once: true }),
      );
    await Promise.all(this.#loops);
    if (this.#failure) throw this.#failure;
  }

  /** Finishes what was begun, saves, sends and closes. */
  async stop(): Promise<void> {
    const { host, projection, index, embedded } = this.#parts;
    this.#stop.abort();
    await Promise.all(this.#loops);
    try {
      await host.stop();
      if (!this.#failure) while (await projection.catchUp()) {}
    } finally {
      await index.close();
      await embedded.close();
    }
  }

  #failed(error: Error): void {
    this.#failure ??= error;
    this.#stop.abort();
  }

  async #guard(loop: Promise<void>): Promise<void> {
    await loop.catch((error: Error) => this.#failed(error));
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #beat(): Promise<void> {
    const { ticker, embedded, partitions, config } = this.#parts;
    while (!this.#stopped) {
      await ticker.beat(embedded.log, partitions);
      await sleep(config.tickSeconds * 1_000, undefined, { signal: this.#stop.signal }).catch(() => {});
    }
  }

  async #project(): Promise<void> {
    const { projection } = this.#parts;
    while (!this.#stopped) {
      const changed = await projection.catchUp();
      this.#watch.look(this.#stands());
      if (changed) for (const listener of this.#listeners) listener();
      else await projection.wait(IDLE_MS);
      await new Promise((next) => setImmediate(next));
    }
  }

  /** Whether every task has heard all that is on the log, and everything decided is sent and shown. For tests and `ingest`. */
  async caughtUp(): Promise<boolean> {
    const { embedded, host, projection } = this.#parts;
    for (const { task, kind } of host.running) {
      if (!task || !kind) return false;
      if ((await embedded.log.end(kind.input)) > task.offset || task.waitingLetters > 0 || kind.changed > 0)
        return false;
    }
    return projection.caughtUp();
  }

  get views(): Views {
    const { projection } = this.#parts;
    return {
      decisions: (query) => projection.decisions(query),
      decision: (id) => projection.decision(id),
      latest: (limit) => projection.latest(limit),
      outages: () => projection.outages(),
      incident: (name) => projection.incident(name),
      status: () => this.status(),
      subscribe: (changed) => {
        this.#listeners.add(changed);
        return () => this.#listeners.delete(changed);
      },
    };
  }

  /** The store, for a source that keeps a state of its own beside the tasks. */
  get store(): Store {
    return this.#parts.embedded.store;
  }

  /** What is read from the state of tasks when somebody asks. */
  get subjects(): Subjects {
    const { embedded, packs, partitions } = this.#parts;
    return subjectsOf({ store: embedded.store, packs, partitions, views: this.views });
  }

  /** The log, for who reads it beside the tasks. */
  get log(): Log {
    return this.#parts.embedded.log;
  }

  #stands(): readonly TaskStand[] {
    return this.#parts.host.running.flatMap(({ name, task, kind }) =>
      task && kind ? [{ name, ...task.stand, tally: kind.tally() }] : [],
    );
  }

  status(): StatusView {
    const { gate, projection, config, madeUp } = this.#parts;
    return statusOf({
      stands: this.#stands(),
      watch: this.#watch,
      clockMode: config.clock,
      madeUp,
      startedAt: this.#startedAt,
      decisions: projection.decisionCounts(),
      refused: gate.counts.rejected,
      counts: { events: gate.counts.events, duplicates: gate.counts.duplicates },
    });
  }

  async reports(): Promise<readonly TaskReport[]> {
    const { host, embedded, config } = this.#parts;
    return reportsOf(host, embedded.log, config.clock === 'live');
  }

  get clockStoodMs(): number | null {
    return this.#parts.config.clock === 'live' ? this.#watch.stoodMs : null;
  }

  get conflicts(): Node['conflicts'] {
    const { projection } = this.#parts;
    return { count: projection.conflicts(), ids: projection.conflicting() };
  }

  get heldServices(): number {
    return heldIn(this.#parts.host);
  }

  get lateSamples(): LateSamples {
    return samplesIn(this.#parts.host);
  }

  get feedDelays(): readonly Measured[] {
    return delaysIn(this.#parts.host);
  }

  health(): Health {
    const alive = this.#failure === undefined && !this.#stopped;
    const { heldBy, clock } = this.status();
    const begun = this.#parts.config.clock === 'events' || clock !== null;
    const waitingFor = [...(begun ? [] : ['the first tick']), ...heldBy.map((name) => `${name} holds the clock`)];
    return { alive, ready: alive && waitingFor.length === 0, waitingFor };
  }
}
