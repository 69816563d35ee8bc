/**
 * The simulated world: a log, a store and a clock in memory, and the actors that use them, in one process and one thread.
 * Every call of an actor to log or store is a place where chance may let others go first, crash the actor before or after the
 * effect, lose the call or lose its reply. What an actor holds in memory dies with it; log and store outlive it. All chance
 * comes from one seed, so a run can be had again.
 */

import type { Instant } from '../../pipelines/domain/units.js';
import { type Log, LogError, type LogRecord, type NewRecord, type TopicPartition } from '../../pipelines/io/log.js';
import { type Change, FencedError, type Ownership, type Store } from '../../pipelines/io/store.js';
import { decode as unpack } from '../../pipelines/runtime/codec.js';
import type { Letter } from '../../pipelines/runtime/task.js';
import type { Chance } from './chance.js';

/** What a simulated broker or store answers when it does not answer: it may pass, and the call may have been done. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
}

/** How much goes wrong in a run. Probabilities are for each call that others may overtake. */
export interface Chaos {
  /** The share of calls at which others may go first: only there can anything go wrong. */
  readonly stop: number;
  readonly crashBefore: number;
  readonly crashAfter: number;
  readonly loseCall: number;
  readonly loseReply: number;
  /** How often an actor dies right after a commit, the place where most is at stake. */
  readonly crashAtCommit: number;
  /** By how much the clock that decides when to commit moves at each turn, at most. */
  readonly turnMs: number;
}

interface Call {
  readonly what: string;
  readonly effect: () => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
}

/** Somebody who works in pieces: a task, a producer, the writer of ticks. */
export abstract class Actor {
  readonly name: string;
  readonly world: World;
  /** The task that it runs: then nothing may leave it before it is saved. */
  readonly task: string | undefined;
  dead = false;
  /** A piece of work is under way. */
  busy = false;
  /** Nothing goes wrong with what it calls. */
  lucky = false;
  /** It does nothing before this turn and this time, like a process that is suspended. */
  sleepsUntilTurn = 0;
  sleepsUntil: Instant = Number.NEGATIVE_INFINITY;
  readonly calls: Call[] = [];
  #parked: (() => void) | undefined;

  constructor(world: World, name: string, task?: string) {
    this.world = world;
    this.name = name;
    this.task = task;
    world.actors.push(this);
  }

  /** One piece of work. */
  protected abstract work(): Promise<void>;

  /** Whether there may be something to do. */
  abstract get willing(): boolean;

  /** What an error that is no trouble of the world means: the run has failed. */
  protected failed(error: unknown): void {
    this.world.fail(error);
  }

  die(why: string): void {
    if (this.dead) return;
    this.dead = true;
    this.calls.length = 0;
    this.world.note(`${this.name} dies: ${why}`);
    this.park();
  }

  get asleep(): boolean {
    return this.sleepsUntilTurn > this.world.turns || this.sleepsUntil > this.world.now;
  }

  get ready(): boolean {
    return !this.dead && !this.asleep && (this.calls.length > 0 || (!this.busy && this.willing));
  }

  /** Settles one waiting call, or begins the next piece of work; resolves when it waits again or has done it. */
  async turn(): Promise<void> {
    const parked = new Promise<void>((resolve) => {
      this.#parked = resolve;
    });
    if (this.calls.length > 0) {
      this.world.settle(this, this.calls.shift()!);
      // Of several calls at once it may wait for the others still, or for none of them any more.
      if (this.calls.length > 0 || !this.busy) this.park();
    } else {
      this.busy = true;
      this.work()
        .catch((error: unknown) => {
          if (!this.dead) this.failed(error);
        })
        .finally(() => {
          this.busy = false;
          this.park();
        });
    }
    await parked;
  }

  park(): void {
    this.#parked?.();
    this.#parked = undefined;
  }
}

/** The topics as they stand on the disk. */
export class LogDisk {
  readonly topics = new Map<string, LogRecord[][]>();
  /** Counts all records: who found nothing to do looks again when it has grown. */
  appended = 0;

  make(topic: string, partitions: number): void {
    const made = Array.from({ length: partitions }, (): LogRecord[] => []);
    if (!this.topics.has(topic)) this.topics.set(topic, made);
  }

  records(of: TopicPartition): readonly LogRecord[] {
    const found = this.topics.get(of.topic)?.[of.partition];
    if (!found) throw new LogError(`no ${of.topic}[${of.partition}]`);
    return found;
  }

  /** The records of all its partitions, one partition after the other. */
  recordsOf(topic: string): readonly LogRecord[] {
    return this.topics.get(topic)?.flat() ?? [];
  }
}

interface Held {
  ownership: Ownership;
  entries: Map<string, Uint8Array>;
}

interface Undo {
  readonly at: number;
  readonly task: string;
  readonly ownership: Ownership | undefined;
  readonly before: readonly (readonly [string, Uint8Array | undefined])[];
}

/** The tasks' state as it stands on the disk, and how to take the last second back. */
export class StoreDisk {
  readonly tasks = new Map<string, Held>();
  readonly undos: Undo[] = [];
  keepsUndos = false;
  /** Every letter that was ever saved, by task. */
  readonly #letters = new Map<string, Set<string>>();

  saved(task: string, puts: ReadonlyMap<string, Uint8Array>): void {
    for (const [key, value] of puts) {
      if (!key.startsWith('outbox/')) continue;
      let letters = this.#letters.get(task);
      if (!letters) this.#letters.set(task, (letters = new Set()));
      const { topic, partition, key: to, value: said } = unpack(value) as Letter;
      letters.add(nameOfLetter({ topic, partition }, { key: to, value: said }));
    }
  }

  wasSaved(task: string, to: TopicPartition, record: NewRecord): boolean {
    return this.#letters.get(task)?.has(nameOfLetter(to, record)) ?? false;
  }

  remember(at: number, task: string, changed: Iterable<string>): void {
    if (!this.keepsUndos) return;
    const held = this.tasks.get(task);
    const before = [...changed].map((key) => [key, held?.entries.get(key)] as const);
    this.undos.push({ at, task, ownership: held?.ownership, before });
    while (this.undos.length > 0 && this.undos[0]!.at < at - FALL_BACK_MS) this.undos.shift();
  }

  /** Redis without a flush at each write: the last second is gone, for all tasks at one point. */
  fallBack(now: number): number {
    let gone = 0;
    for (let undo = this.undos.at(-1); undo && undo.at >= now - FALL_BACK_MS; undo = this.undos.at(-1)) {
      this.undos.pop();
      gone += 1;
      const held = this.tasks.get(undo.task)!;
      for (const [key, value] of undo.before) {
        if (value === undefined) held.entries.delete(key);
        else held.entries.set(key, value);
      }
      if (undo.ownership) held.ownership = undo.ownership;
      else this.tasks.delete(undo.task);
    }
    return gone;
  }
}

export const FALL_BACK_MS = 1_000;

export class World {
  readonly chance: Chance;
  readonly chaos: Chaos;
  readonly log = new LogDisk();
  readonly store = new StoreDisk();
  actors: Actor[] = [];
  /** The time of the world: what the log stamps its records with. */
  now: Instant = 0;
  /** The clock that decides when to commit. */
  wall = 0;
  turns = 0;
  /** Nothing goes wrong any more: what was begun comes to its end. */
  calm = false;
  failure: unknown;
  readonly counts = { calls: 0, crashes: 0, lostCalls: 0, lostReplies: 0, fenced: 0 };
  /** The last steps, where they are asked for. */
  readonly trace: string[] | undefined;

  constructor(given: { readonly chance: Chance; readonly chaos: Chaos; readonly trace: boolean }) {
    this.chance = given.chance;
    this.chaos = given.chaos;
    this.trace = given.trace ? [] : undefined;
  }

  note(line: string): void {
    this.trace?.push(`${String(this.turns).padStart(5)} ${line}`);
  }

  fail(error: unknown): void {
    this.failure ??= error;
    this.note(`FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }

  /** A call of an actor to log or store. */
  call<T>(actor: Actor, what: string, effect: () => T): Promise<T> {
    this.counts.calls += 1;
    // Whoever is dead does nothing any more; what waits for it is forgotten with it.
    if (actor.dead) return new Promise(() => {});
    const atStake = this.chaos.crashAtCommit > 0 && what.startsWith('commits');
    if (this.calm || actor.lucky || !(atStake || this.chance.yes(this.chaos.stop))) {
      this.note(`${actor.name} ${what}`);
      return attempt(effect);
    }
    return new Promise<T>((resolve, reject) => {
      actor.calls.push({ what, effect, resolve: resolve as (value: never) => void, reject });
      actor.park();
    });
  }

  /** What becomes of a call that others could overtake. */
  settle(actor: Actor, call: Call): void {
    const { chaos, counts } = this;
    let roll = this.calm ? 1 : this.chance.number();
    const falls = (probability: number) => (roll -= probability) < 0;
    const commits = call.what.startsWith('commits');
    if (falls(chaos.crashBefore)) {
      counts.crashes += 1;
      actor.die(`before ${call.what}`);
    } else if (falls(chaos.crashAfter + (commits ? chaos.crashAtCommit : 0))) {
      counts.crashes += 1;
      attempt(call.effect).catch(() => {});
      actor.die(`after ${call.what}`);
    } else if (falls(chaos.loseCall)) {
      counts.lostCalls += 1;
      this.note(`${actor.name} ${call.what}: the call is lost`);
      call.reject(new Trouble(`lost: ${call.what}`));
    } else if (falls(chaos.loseReply)) {
      counts.lostReplies += 1;
      this.note(`${actor.name} ${call.what}: the reply is lost`);
      attempt(call.effect).catch(() => {});
      call.reject(new Trouble(`no reply: ${call.what}`));
    } else {
      this.note(`${actor.name} ${call.what}`);
      attempt(call.effect).then(call.resolve as (value: unknown) => void, call.reject);
    }
  }
}

function attempt<T>(effect: () => T): Promise<T> {
  try {
    return Promise.resolve(effect());
  } catch (error) {
    return Promise.reject(error);
  }
}

/** The log as one actor reaches it. */
export class SimulatedLog implements Log {
  readonly #actor: Actor;
  readonly #world: World;

  constructor(actor: Actor) {
    this.#actor = actor;
    this.#world = actor.world;
  }

  async ensureTopic(topic: string, partitions: number): Promise<void> {
    this.#world.log.make(topic, partitions);
  }

  async partitions(topic: string): Promise<number> {
    return this.#world.log.topics.get(topic)?.length ?? 0;
  }

  append(to: TopicPartition, records: readonly NewRecord[]): Promise<number> {
    const world = this.#world;
    return world.call(this.#actor, `appends ${nameOf(to)} x${records.length}`, () => {
      for (const record of this.#actor.task === undefined ? [] : records) {
        if (world.store.wasSaved(this.#actor.task!, to, record)) continue;
        world.fail(new Error(`${this.#actor.name} sends what is not saved: ${nameOf(to)} ${brief(record.value)}`));
      }
      const held = world.log.records(to) as LogRecord[];
      const first = held.length;
      const appendedAt = Math.max(world.now, held.at(-1)?.appendedAt ?? 0);
      for (const { key, value } of records) held.push({ offset: held.length, key, value, appendedAt });
      world.log.appended += records.length;
      if (world.trace) for (const { key, value } of records) world.note(`      ${key}: ${brief(value)}`);
      return first;
    });
  }

  read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]> {
    return this.#world.call(this.#actor, `reads ${nameOf(of)} from ${from}`, () => {
      const held = this.#world.log.records(of);
      if (from > held.length) throw new LogError(`${nameOf(of)} ends before ${from}`);
      return held.slice(from, from + max);
    });
  }

  async start(): Promise<number> {
    return 0;
  }

  async end(of: TopicPartition): Promise<number> {
    return this.#world.log.records(of).length;
  }

  async wait(): Promise<void> {}

  async close(): Promise<void> {}
}

/** The store as one actor reaches it. */
export class SimulatedStore implements Store {
  readonly #actor: Actor;
  readonly #world: World;

  constructor(actor: Actor) {
    this.#actor = actor;
    this.#world = actor.world;
  }

  acquire(task: string, owner: string): Promise<Ownership> {
    const world = this.#world;
    return world.call(this.#actor, `acquires ${task}`, () => {
      const held = world.store.tasks.get(task);
      world.store.remember(world.wall, task, []);
      const { epoch, sequence } = held?.ownership ?? { epoch: 0, sequence: 0 };
      const ownership = { task, owner, epoch: epoch + 1, sequence };
      if (held) held.ownership = ownership;
      else world.store.tasks.set(task, { ownership, entries: new Map() });
      return ownership;
    });
  }

  ownership(task: string): Promise<Ownership | undefined> {
    return this.#world.call(this.#actor, `asks who owns ${task}`, () => this.#world.store.tasks.get(task)?.ownership);
  }

  commit(by: Ownership, change: Change): Promise<Ownership> {
    const world = this.#world;
    return world.call(this.#actor, `commits ${by.sequence + 1} (${change.puts.size} set)`, () => {
      const held = world.store.tasks.get(by.task);
      const stands = held?.ownership;
      if (!held || stands?.owner !== by.owner || stands.epoch !== by.epoch || stands.sequence !== by.sequence) {
        world.counts.fenced += 1;
        world.note(`      refused: it stands at epoch ${stands?.epoch}, sequence ${stands?.sequence}`);
        throw new FencedError(`the commit ${by.sequence + 1} to ${by.task} is refused`);
      }
      world.store.remember(world.wall, by.task, [...change.puts.keys(), ...change.deletes]);
      world.store.saved(by.task, change.puts);
      for (const [key, value] of change.puts) held.entries.set(key, value);
      for (const key of change.deletes) held.entries.delete(key);
      held.ownership = { ...stands, sequence: by.sequence + 1 };
      if (world.trace) world.note(`      ${[...change.puts.keys()].join(' ')}`);
      return held.ownership;
    });
  }

  get(task: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#world.call(this.#actor, `asks for ${keys.length} keys`, () => {
      const entries = this.#world.store.tasks.get(task)?.entries;
      return keys.map((key) => entries?.get(key));
    });
  }

  async *entries(
    task: string,
    prefix: string,
    without: readonly string[] = [],
  ): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    const found = await this.#world.call(this.#actor, `loads ${task} ${prefix}`, () =>
      [...(this.#world.store.tasks.get(task)?.entries ?? [])].filter(
        ([key]) => key.startsWith(prefix) && !without.some((left) => key.startsWith(left)),
      ),
    );
    // All keys of the stories are ASCII: this is the order of their bytes.
    yield* found.sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async close(): Promise<void> {}
}

function nameOfLetter(to: TopicPartition, { key, value }: NewRecord): string {
  return `${nameOf(to)} ${key} ${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')}`;
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}[${partition}]`;
}

const reader = new TextDecoder();

function brief(value: Uint8Array): string {
  const text = reader.decode(value);
  return text.length <= 220 ? text : `${text.slice(0, 220)}...`;
}
