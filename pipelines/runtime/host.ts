/**
 * Runs tasks in this process, each from taking it over until it is let go of. Tasks share one thread: after each piece of work
 * the others have their turn. What befalls a task stays with it: a service that makes the program fail is held, a broken
 * connection is waited for, and only what no waiting mends ends the process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { LogError } from '../io/log.js';
import { FencedError, type Ownership } from '../io/store.js';
import { LogicFailure, Refused, SubjectFailure } from './failure.js';
import { recordFailure } from './held.js';
import type { CollectorKind, NetworkKind, ServiceKind } from './kinds.js';
import { type Env, type Kind, type Progress, Task } from './task.js';

/** How long an idle task waits before it looks again. */
const IDLE_MS = 250;
const AGAIN_FIRST_MS = 50;
const AGAIN_MAX_MS = 2_000;
/** How long letting go of a task may take: a process that ends has ten seconds. */
const SETTLE_MAX_MS = 4_000;

export type AnyKind = (NetworkKind | ServiceKind | CollectorKind) & Kind;
export type TaskRole = 'network' | 'service' | 'collector';

/** Told of what happens to tasks, for metrics and for the log. */
export interface HostWatch {
  tookOver?(role: TaskRole): void;
  refused?(role: TaskRole): void;
  /** The store has lost its last writes, of this task at least. */
  fellBack?(): void;
  /** Words for whoever looks after the process. */
  warn(what: string, detail: Readonly<Record<string, unknown>>): void;
}

export interface HostGiven {
  readonly env: Env;
  readonly make: (role: TaskRole, partition: number) => AnyKind;
  /** A task turned out to belong to another process: whether to take it over again. */
  readonly lost: (role: TaskRole, partition: number) => Promise<'again' | 'gone'>;
  /** Whether a failure of log or store may pass; embedded parts have none that do. */
  readonly passes: boolean;
  /** Asked before a task that was taken over begins; throws `Refused` where it must not. */
  readonly check?: (role: TaskRole, partition: number, task: Task) => Promise<void>;
  readonly watch: HostWatch;
}

/** A task in this process. `task` and `kind` are undefined while it is being taken over. */
export interface Running {
  readonly role: TaskRole;
  readonly partition: number;
  readonly name: string;
  readonly task: Task | undefined;
  readonly kind: AnyKind | undefined;
  /** What it waits for, where it cannot work. */
  readonly waitsFor: string | undefined;
}

/** Whether what stands in the store is older than what this owner had committed. */
function isBehind(stands: Ownership | undefined, own: Ownership): boolean {
  if (!stands || stands.epoch < own.epoch) return true;
  return stands.epoch === own.epoch && stands.owner === own.owner && stands.sequence < own.sequence;
}

class Live implements Running {
  readonly role: TaskRole;
  readonly partition: number;
  readonly name: string;
  task: Task | undefined;
  kind: AnyKind | undefined;
  waitsFor: string | undefined;
  readonly stop = new AbortController();
  ended: Promise<void> = Promise.resolve();

  constructor(role: TaskRole, partition: number) {
    this.role = role;
    this.partition = partition;
    this.name = `${role}-${partition}`;
  }

  drop(): void {
    this.kind?.close?.();
    this.task = undefined;
    this.kind = undefined;
  }
}

export class TaskHost {
  readonly #given: HostGiven;
  readonly #live = new Map<string, Live>();
  #fail!: (error: Error) => void;
  /** Rejects with what ends the process; never resolves. */
  readonly failed: Promise<never>;

  constructor(given: HostGiven) {
    this.#given = given;
    this.failed = new Promise((_, reject) => (this.#fail = reject));
    this.failed.catch(() => {});
  }

  get running(): readonly Running[] {
    return [...this.#live.values()];
  }

  /** Begins to run a task; nothing where it runs already. */
  add(role: TaskRole, partition: number): void {
    const name = `${role}-${partition}`;
    if (this.#live.has(name)) return;
    const one = new Live(role, partition);
    this.#live.set(name, one);
    one.ended = this.#run(one).catch((error: Error) => this.#fail(error));
  }

  /** Takes a task over and returns when it stands; for a process that begins all of its tasks at once. */
  async begin(role: TaskRole, partition: number): Promise<void> {
    const one = new Live(role, partition);
    await this.#takeOver(one);
    this.#live.set(one.name, one);
  }

  /** Sets tasks going that were begun. */
  start(): void {
    for (const one of this.#live.values()) one.ended = this.#run(one).catch((error: Error) => this.#fail(error));
  }

  /** Finishes what was begun, saves, sends, and lets go. */
  async remove(role: TaskRole, partition: number): Promise<void> {
    const one = this.#live.get(`${role}-${partition}`);
    if (!one) return;
    await this.#end(one);
    this.#live.delete(one.name);
  }

  /** Lets go of everything. */
  async stop(): Promise<void> {
    for (const one of this.#live.values()) one.stop.abort();
    await Promise.all([...this.#live.values()].map((one) => this.#end(one)));
  }

  async #end(one: Live): Promise<void> {
    one.stop.abort();
    await one.ended;
    const { task } = one;
    if (task) {
      const late = sleep(SETTLE_MAX_MS, 'late' as const, { ref: false });
      const settled = task.settle().catch((error: Error) => {
        if (error instanceof FencedError || this.#given.passes) return;
        throw error;
      });
      // What is not saved is done again by whoever comes next.
      if ((await Promise.race([settled, late])) === 'late')
        this.#given.watch.warn('a task could not finish in time', { task: one.name });
    }
    // How far it is saved may still be asked.
    one.kind?.close?.();
    one.kind = undefined;
  }

  async #run(one: Live): Promise<void> {
    const { signal } = one.stop;
    let again = AGAIN_FIRST_MS;
    while (!signal.aborted) {
      try {
        if (!one.task) await this.#takeOver(one);
        const progress = await this.#step(one);
        again = AGAIN_FIRST_MS;
        one.waitsFor = undefined;
        if (progress === 'lost') {
          if (!(await this.#lost(one))) return;
        } else if (progress === 'worked') await new Promise((next) => setImmediate(next));
        else await this.#idle(one);
      } catch (error) {
        if (!this.#mayPass(error)) throw error;
        one.waitsFor = (error as Error).message;
        // Said once: a broker that is away is away for every task and every try.
        if (again === AGAIN_FIRST_MS)
          this.#given.watch.warn('a task waits for log or store', { task: one.name, error: one.waitsFor });
        // A task that is broken by a commit nobody knows about begins anew from the last that stands.
        if (one.task?.broken) one.drop();
        await sleep(again, undefined, { signal }).catch(() => {});
        again = Math.min(AGAIN_MAX_MS, again * 2);
      }
    }
  }

  #mayPass(error: unknown): boolean {
    if (!this.#given.passes) return false;
    return !(error instanceof LogicFailure || error instanceof LogError || error instanceof Refused);
  }

  async #lost(one: Live): Promise<boolean> {
    const { env, watch } = this.#given;
    watch.refused?.(one.role);
    const own = one.task?.ownership;
    one.drop();
    const stands = own && (await env.store.ownership(own.task).catch(() => own));
    if (own && isBehind(stands, own)) {
      watch.fellBack?.();
      watch.warn('the store has lost its last writes: the task goes back with it', { task: one.name });
    }
    if ((await this.#given.lost(one.role, one.partition)) === 'again') return true;
    // It may have been given to us again meanwhile; then `add` must find no trace of it.
    if (this.#live.get(one.name) === one) this.#live.delete(one.name);
    return false;
  }

  async #idle({ kind, task, stop }: Live): Promise<void> {
    if (!kind || !task || stop.signal.aborted) return;
    const { log } = this.#given.env;
    // At a tick it waits for the network tasks, not for more of its own.
    if (task.blocked && 'feed' in kind) await kind.feed.wait(IDLE_MS);
    else await log.wait(kind.input, task.offset, IDLE_MS);
    if ('intake' in kind) await kind.intake.sweep(Date.now());
    if ('rollups' in kind) await kind.rollups.sweep(kind.logic.now);
  }

  /** One step; a failure that belongs to one service costs that service, not the rest. */
  async #step(one: Live): Promise<Progress> {
    try {
      return await one.task!.step();
    } catch (error) {
      if (!(error instanceof SubjectFailure)) throw error;
      one.drop();
      await this.#reckon(one.name, error);
      return 'worked';
    }
  }

  /** Takes a task over; what fails on the way for one service is counted, and at the third time that service is held. */
  async #takeOver(one: Live): Promise<void> {
    const { env, make, check, watch } = this.#given;
    for (;;) {
      const kind = make(one.role, one.partition);
      try {
        const task = await Task.acquire(one.name, env, kind);
        await check?.(one.role, one.partition, task);
        one.kind = kind;
        one.task = task;
        watch.tookOver?.(one.role);
        return;
      } catch (error) {
        kind.close?.();
        if (!(error instanceof SubjectFailure)) throw error;
        await this.#reckon(one.name, error);
      }
    }
  }

  async #reckon(name: string, failure: SubjectFailure): Promise<void> {
    const { env, watch } = this.#given;
    const outcome = await recordFailure(env.store, name, env.owner, failure);
    watch.warn(outcome === 'held' ? 'a service is held now: its records queue' : 'a service made a task fail', {
      task: name,
      service: failure.subject,
      error: failure.message,
    });
  }
}
