/**
 * What a run sees of the installation from outside: how far each task's last commit stands and who owns it, straight from the
 * store, and what each process counts, from its metrics. From that it measures how long a fault is felt.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EVER, type Instant } from '../../pipelines/domain/units.js';
import type { Store } from '../../pipelines/io/store.js';
import { standOf } from '../../pipelines/runtime/task.js';
import type { DozorProcess } from './process.js';
import type { Producer } from './producer.js';

const LOOK_MS = 50;
const LOOK_WITHIN_MS = 1_000;
const COUNT_MS = 1_000;
/** Whoever is this close behind the producer has no lag. */
const NO_LAG_MS = 1_000;
/** A fault that is felt for longer than this has broken the installation. */
const FELT_MAX_MS = 180_000;

/** A task as its last commit says. */
export interface Sight {
  readonly epoch: number;
  readonly offset: number;
  readonly clock: Instant;
}

/** How long a fault was felt, in milliseconds from its beginning (or from its end, for what is away for a while). */
export interface Recovery {
  /** Until every task of the process that went had another owner; undefined where none had to move. */
  readonly ownedMs: number | undefined;
  /** Until the first moment that was begun after the fault had been decided by all tasks. */
  readonly movingMs: number;
  /** Until nobody lay behind the producer any more. */
  readonly caughtUpMs: number;
}

/** Figures of all processes over all their lives. */
export type Totals = Readonly<Record<string, number>>;

export interface WatchGiven {
  readonly store: Store;
  /** Names of all tasks; those of collectors have no clock of their own. */
  readonly tasks: readonly string[];
  readonly processes: readonly DozorProcess[];
  readonly producer: Producer;
}

export class Watch {
  readonly #given: WatchGiven;
  readonly #stop = new AbortController();
  readonly #sights = new Map<string, Sight>();
  /** When all tasks were last seen; where the store does not answer this stands still. */
  #seenAt = Number.NEGATIVE_INFINITY;
  readonly #counted = new Map<string, ReadonlyMap<string, number>>();
  readonly #owned = new Map<string, ReadonlySet<string>>();
  #loops: Promise<unknown> = Promise.resolve();
  /** The most memory that any process was seen to have, in bytes. */
  memoryMax = 0;

  constructor(given: WatchGiven) {
    this.#given = given;
  }

  start(): void {
    this.#loops = Promise.all([this.#looks(), this.#counts()]);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loops;
  }

  get sights(): ReadonlyMap<string, Sight> {
    return this.#sights;
  }

  /** The tasks that a process said it runs when it was last asked. */
  ownedBy(process: DozorProcess): ReadonlySet<string> {
    return this.#owned.get(process.name) ?? new Set();
  }

  /** The least clock of all tasks that have one. */
  get clock(): Instant {
    const clocks = [...this.#sights].flatMap(([name, { clock }]) => (name.startsWith('collector-') ? [] : [clock]));
    return clocks.length === 0 ? EVER : Math.min(...clocks);
  }

  /** How long ago the producer told what all tasks have decided, in milliseconds; Infinity where nobody can tell. */
  get lagMs(): number {
    const now = performance.now();
    if (now - this.#seenAt > LOOK_WITHIN_MS) return Number.POSITIVE_INFINITY;
    const { acknowledged } = this.#given.producer;
    const { clock } = this;
    const next = acknowledged[acknowledged.findLastIndex((one) => one.clock <= clock) + 1];
    return next ? now - next.at : 0;
  }

  /**
   * Waits until the fault is not felt any more and says how long it was. `since` is when it began, or ended; `moved` are the
   * tasks that need another owner, with their epochs from before. Rejects where it is felt for too long.
   */
  async recovery(since: number, moved: ReadonlyMap<string, number>): Promise<Recovery> {
    const asked = performance.now();
    let owned: number | undefined;
    let moving: number | undefined;
    for (;;) {
      const now = performance.now();
      if (this.#seenAt > since) {
        const waiting = [...moved].filter(([name, epoch]) => (this.#sights.get(name)?.epoch ?? 0) <= epoch);
        if (waiting.length === 0) owned ??= now - since;
        const first = this.#given.producer.acknowledged.find(({ begun }) => begun > asked);
        if (first && this.clock >= first.clock) moving ??= now - since;
        if (owned !== undefined && moving !== undefined && this.lagMs <= NO_LAG_MS) {
          const caughtUpMs = now - since;
          return { ownedMs: moved.size > 0 ? owned : undefined, movingMs: moving, caughtUpMs };
        }
      }
      if (now - since > FELT_MAX_MS) throw new Error(`a fault is still felt after ${FELT_MAX_MS} ms: ${this.words()}`);
      this.#stop.signal.throwIfAborted();
      await sleep(LOOK_MS / 2);
    }
  }

  /** Waits until the clocks of all tasks have come to an instant. */
  async reached(clock: Instant, withinMs: number): Promise<void> {
    const began = performance.now();
    while (this.clock < clock) {
      if (performance.now() - began > withinMs) throw new Error(`the clock does not come that far: ${this.words()}`);
      this.#stop.signal.throwIfAborted();
      await sleep(LOOK_MS / 2);
    }
  }

  /** Waits until one of these tasks has been taken over: its epoch is above the one given. */
  async raised(epochs: ReadonlyMap<string, number>): Promise<void> {
    const began = performance.now();
    while (![...epochs].some(([name, epoch]) => (this.#sights.get(name)?.epoch ?? 0) > epoch)) {
      if (performance.now() - began > FELT_MAX_MS) throw new Error(`nobody takes over: ${this.words()}`);
      this.#stop.signal.throwIfAborted();
      await sleep(LOOK_MS / 2);
    }
  }

  epochsOf(tasks: Iterable<string>): ReadonlyMap<string, number> {
    return new Map([...tasks].map((name) => [name, this.#sights.get(name)?.epoch ?? 0]));
  }

  /** How the tasks stand, for people. */
  words(): string {
    const told = this.#given.producer.clock;
    const tasks = [...this.#sights].map(
      ([name, { clock, epoch, offset }]) =>
        `${name}@${offset} epoch ${epoch}${Number.isFinite(clock) ? ` ${iso(clock)}` : ''}`,
    );
    return `told to ${told === undefined ? 'nothing' : iso(told)}; ${tasks.join('; ')}`;
  }

  /** What all processes have counted, the ended ones included. */
  get totals(): Totals {
    const sums: Record<string, number> = {};
    for (const counts of this.#counted.values()) {
      for (const [name, value] of counts) sums[name] = (sums[name] ?? 0) + value;
    }
    return sums;
  }

  async #looks(): Promise<void> {
    const { store, tasks } = this.#given;
    while (!this.#stop.signal.aborted) {
      const began = performance.now();
      try {
        const seen = await Promise.all(
          tasks.map(async (name) => [name, await Promise.all([store.ownership(name), standOf(store, name)])] as const),
        );
        for (const [name, [ownership, stand]] of seen) {
          this.#sights.set(name, {
            epoch: ownership?.epoch ?? 0,
            offset: stand?.offset ?? 0,
            clock: stand?.clock ?? EVER,
          });
        }
        this.#seenAt = began;
      } catch {
        // The store is away, which is one of the faults.
      }
      await sleep(Math.max(1, LOOK_MS - (performance.now() - began)));
    }
  }

  async #counts(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await Promise.all(this.#given.processes.map((process) => this.#count(process)));
      await sleep(COUNT_MS);
    }
  }

  async #count(process: DozorProcess): Promise<void> {
    const { incarnation } = process;
    const answer = await process.ask('/metrics', COUNT_MS);
    if (answer?.status !== 200 || incarnation !== process.incarnation) {
      if (!process.running || process.stopped) this.#owned.set(process.name, new Set());
      return;
    }
    const counts = new Map<string, number>();
    const owned = new Set<string>();
    for (const { name, labels, value } of samplesOf(answer.text)) {
      if (name === 'dozor_task_owned') owned.add(labels['task'] ?? '');
      if (name === 'process_resident_memory_bytes') this.memoryMax = Math.max(this.memoryMax, value);
      if (!name.endsWith('_total') || !name.startsWith('dozor_')) continue;
      counts.set(name, (counts.get(name) ?? 0) + value);
    }
    this.#counted.set(`${process.name}/${incarnation}`, counts);
    this.#owned.set(process.name, owned);
  }
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a page of metrics says. */
export function samplesOf(text: string): readonly Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, inside = '', value] = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) return [];
    const labels = Object.fromEntries([...inside.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, said]) => [key, said]));
    return [{ name, labels, value: Number(value) }];
  });
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
