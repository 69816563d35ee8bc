/**
 * A task owns a partition: it reads its records in order, and commits what it knows, where it stands and what it has to send
 * in one guarded write. Nothing leaves before it is saved, so a crash can only repeat, and what repeats has the same id.
 *
 *   acquire ─► run: read ─► hear / tick ─► commit ─► send ─┐
 *      ▲        ▲──────────────────────────────────────────┘
 *      │        └─► lost (somebody else owns it: drop everything)
 *      └─ after a crash
 *
 * `step` does one bounded piece of work, so that the simulator can crash it at every await. What differs between the kinds of
 * task is behind `Kind`.
 */
import type { Decision } from '../domain/decision.js';
import type { Instant } from '../domain/units.js';
import { EVER } from '../domain/units.js';
import { guardedCommit } from '../io/guarded-commit.js';
import type { Log, LogRecord, NewRecord, TopicPartition } from '../io/log.js';
import { FencedError, type Ownership, type Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { LogicFailure, Refused, SubjectFailure } from './failure.js';
import type { Changes } from './service-logic.js';
import { fromBytes, TICK_KEY, type Tick } from './topics.js';

/** What goes out: a record for a partition. */
export interface Letter extends TopicPartition {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What a task has counted, by name: `services`, `held`, `taken`, `rejected/REASON`. */
export type Tally = Readonly<Record<string, number>>;

/** What a kind of task does with what it reads. */
export interface Kind {
  readonly input: TopicPartition;
  /** The state, as restored from the store entry by entry. */
  restore(key: string, value: Uint8Array): void;
  /** Called once when all is restored, before the first record: stands where tick and clock say. */
  resume(stand: Stand): Promise<void>;
  /** Asked with the records that will be heard next, so that what they need can be fetched at once. */
  prepare(records: readonly LogRecord[]): Promise<void>;
  /** A record that is no tick. */
  hear(record: LogRecord): void;
  /** Whether everything that belongs before this tick has been read, in every other input. */
  ready(tick: number): Promise<boolean>;
  /** What the clocks of its other inputs say at this tick, the least of them; FOREVER where it has none. Asked when ready. */
  clockOfOthers(tick: number): Instant;
  /** Moves the clock; yields between pieces. */
  advance(tick: number, to: Instant): Generator<void, void, void>;
  /** What the tick has to send beside decisions, once it is over. */
  finish(tick: number, clock: Instant): void;
  takeLetters(): readonly Letter[];
  takeChanges(): Changes;
  readonly changed: number;
  /** What it has counted so far, for those who look. It is saved with the state. */
  tally(): Tally;
  /** Goes on counting from what was saved. */
  countOn(saved: Tally): void;
  /** The task has gone: what it shares with others is let go of. */
  close?(): void;
}

/** Where a task stands: the clock it has reached, by tick and time. */
export interface Stand {
  readonly tick: number;
  readonly clock: Instant;
}

/** A tick that is being worked on, piece by piece. */
interface Ticking extends Stand {
  readonly pieces: Generator<void, void, void>;
}

interface Meta {
  offset: number;
  tick: number;
  clock: Instant | 'ever';
  letters: number;
  tally?: Tally;
}

/** What a task's last commit says of it, read beside it; undefined: it never committed. */
export async function standOf(
  store: Store,
  task: string,
): Promise<(Stand & { readonly offset: number; readonly tally: Tally }) | undefined> {
  const [value] = await store.get(task, ['meta']);
  if (!value) return undefined;
  const { offset, tick, clock, tally = {} } = unpack(value) as Meta;
  return { offset, tick, clock: clock === 'ever' ? EVER : clock, tally };
}

export interface Env {
  readonly log: Log;
  readonly store: Store;
  /** Milliseconds of a clock that only decides when to commit; never part of a decision. */
  readonly now: () => number;
  readonly owner: string;
  /** The bounds of its work, where they are not the usual ones: the simulator makes every step a small one. */
  readonly limits?: Limits;
}

/** The bounds of a task's work. */
export interface Limits {
  readonly commitEveryMs: number;
  readonly commitDecisionsAfterMs: number;
  /** Changed keys at which a commit is due. */
  readonly changes: number;
  /** Records fetched at once. */
  readonly batch: number;
  /** Pieces of a tick between two looks at whether to commit. */
  readonly pieces: number;
}

export const LIMITS: Limits = {
  commitEveryMs: 250,
  commitDecisionsAfterMs: 20,
  changes: 5_000,
  batch: 500,
  pieces: 256,
};

/** Entries restored between two turns of the event loop. */
const RESTORED_AT_ONCE = 256;

/** What was seen, failures, and closed windows of indicators: asked for when they are needed. */
const NOT_RESTORED = ['n/', 'fail/', 'p/'] as const;

/** What a step came to: work was done, there is nothing to do until more is written, or the task is another's now. */
export type Progress = 'worked' | 'idle' | 'lost';

export class Task {
  readonly name: string;
  readonly #env: Env;
  readonly #limits: Limits;
  readonly #kind: Kind;
  #own: Ownership;
  #offset: number;
  #tick: number;
  #clock: Instant;
  #buffer: LogRecord[] = [];
  #ticking:
    | { readonly tick: number; readonly clock: Instant; readonly pieces: Generator<void, void, void> }
    | undefined;
  /** Saved, and not known to be sent. */
  #outbox: { key: string; letter: Letter }[] = [];
  #sent: string[] = [];
  #letters: number;
  #savedOffset: number;
  #committedAt: number;
  #letterSince: number | undefined;
  #blocked = false;
  #pendingLetters: Letter[] = [];
  /** What broke it: a commit of which nobody knows what became, or logic that stopped half way. Nothing may be saved after it. */
  #failed: Error | undefined;
  readonly counts = { records: 0, commits: 0, lettersSent: 0, ticks: 0 };

  private constructor(name: string, env: Env, kind: Kind, own: Ownership, meta: Meta) {
    this.name = name;
    this.#env = env;
    this.#limits = env.limits ?? LIMITS;
    this.#kind = kind;
    this.#own = own;
    this.#offset = meta.offset;
    this.#savedOffset = meta.offset;
    this.#tick = meta.tick;
    this.#clock = meta.clock === 'ever' ? EVER : meta.clock;
    this.#letters = meta.letters;
    this.#committedAt = env.now();
  }

  /**
   * Takes the task over: raises its epoch, then loads state, timers, offsets and outbox. A stored offset that the log no longer
   * has stops the start, with what to do.
   */
  static async acquire(name: string, env: Env, kind: Kind): Promise<Task> {
    const own = await env.store.acquire(name, env.owner);
    const outbox: { key: string; letter: Letter }[] = [];
    let meta: Meta | undefined;
    let restored = 0;
    for await (const [key, value] of env.store.entries(name, '', NOT_RESTORED)) {
      // What is at hand comes without a pause: heartbeats, time-outs and other tasks must have their turn.
      if (++restored % RESTORED_AT_ONCE === 0) await new Promise((next) => setImmediate(next));
      if (key === 'meta') meta = unpack(value) as Meta;
      else if (key.startsWith('outbox/')) outbox.push({ key, letter: unpack(value) as Letter });
      else kind.restore(key, value);
    }
    const start = await env.log.start(kind.input);
    const end = await endOf(env.log, kind.input, meta?.offset ?? 0);
    if (!meta) {
      // Its first start: what a producer wrote before is read as far back as the log goes.
      meta = { offset: start, tick: 0, clock: 'ever', letters: 0 };
    } else if (meta.offset < start || meta.offset > end) {
      throw new Refused(
        `task ${name} stands at offset ${meta.offset} of ${kind.input.topic}[${kind.input.partition}], which holds ${start} to ${end}: ` +
          'the log and the store do not belong together. Restore both from one backup, or start with an empty data folder.',
      );
    }
    const task = new Task(name, env, kind, own, meta);
    task.#outbox = outbox;
    kind.countOn(meta.tally ?? {});
    await kind.resume(task.stand);
    // What was decided on the way is saved together with the state that it changed.
    task.#collect();
    return task;
  }

  get stand(): Stand {
    return { tick: this.#tick, clock: this.#clock };
  }

  get offset(): number {
    return this.#offset;
  }

  /** The offset of the last commit: what a successor begins with. */
  get savedOffset(): number {
    return this.#savedOffset;
  }

  /** Since when letters are saved and not sent, by the clock of `env.now`; undefined: none is. */
  get lettersSince(): number | undefined {
    return this.#outbox.length > 0 ? this.#committedAt : undefined;
  }

  /** Whether it waits at a tick for what its other inputs have still to say. */
  get blocked(): boolean {
    return this.#blocked;
  }

  /** Whether nothing may be saved any more: it has to begin anew from its last commit. */
  get broken(): boolean {
    return this.#failed !== undefined;
  }

  get ownership(): Ownership {
    return this.#own;
  }

  /** How many letters are saved and not known to be sent. */
  get waitingLetters(): number {
    return this.#outbox.length;
  }

  /** Does one bounded piece of work. */
  async step(): Promise<Progress> {
    try {
      if (this.#failed) throw this.#failed;
      if (this.#outbox.length > 0) {
        await this.#send();
        return 'worked';
      }
      if (this.#mustCommit()) {
        await this.#commit();
        return 'worked';
      }
      if (this.#ticking) {
        const ticking = this.#ticking;
        this.#think(() => this.#workOnTick(ticking));
        return 'worked';
      }
      if (this.#buffer.length === 0) {
        const records = await this.#env.log.read(this.#kind.input, this.#offset, this.#limits.batch);
        if (records.length === 0) return this.#dirty() ? await this.#commitSoon() : 'idle';
        await this.#kind.prepare(records);
        this.#buffer = [...records];
      }
      return await this.#work();
    } catch (error) {
      if (error instanceof FencedError) return 'lost';
      throw error;
    }
  }

  /** Saves and sends everything that is done: for a stop that loses nothing and repeats nothing. */
  async settle(): Promise<void> {
    if (this.#failed) throw this.#failed;
    for (let ticking = this.#ticking; ticking; ticking = this.#ticking) this.#workOnTick(ticking);
    if (this.#dirty()) await this.#commit();
    while (this.#outbox.length > 0) await this.#send();
    if (this.#dirty()) await this.#commit();
  }

  async #work(): Promise<Progress> {
    while (this.#buffer.length > 0) {
      const record = this.#buffer[0]!;
      if (record.key === TICK_KEY) {
        const { tick, clock } = fromBytes(record.value) as Tick;
        if (tick <= this.#tick) {
          // Written again by a tick writer that came back: it was taken before.
          this.#passed();
          continue;
        }
        this.#blocked = !(await this.#kind.ready(tick));
        if (this.#blocked) return this.#dirty() ? await this.#commitSoon() : 'idle';
        // The clock is the least over the inputs: what was written into any of them before an instant is read before it comes.
        const least = Math.min(clock ?? record.appendedAt, this.#kind.clockOfOthers(tick));
        // Time never runs back: a tick of an earlier time only says that time has not moved.
        const to = Math.max(least, this.#clock);
        this.#ticking = { tick, clock: to, pieces: this.#kind.advance(tick, to) };
        return 'worked';
      }
      this.#think(() => this.#kind.hear(record));
      this.#passed();
      this.#collect();
      if (this.#mustCommit()) return 'worked';
    }
    return 'worked';
  }

  #think(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failed = error instanceof SubjectFailure ? error : new LogicFailure(this.name, error);
      throw this.#failed;
    }
  }

  #passed(): void {
    // A log may have gaps: where a foreign producer's transaction ended, or where it was compacted.
    this.#offset = this.#buffer.shift()!.offset + 1;
    this.counts.records += 1;
  }

  #workOnTick(ticking: Ticking): void {
    for (let i = 0; i < this.#limits.pieces; i++) {
      if (!ticking.pieces.next().done) {
        if (this.#kind.changed >= this.#limits.changes) break;
        continue;
      }
      this.#kind.finish(ticking.tick, ticking.clock);
      this.#ticking = undefined;
      this.#tick = ticking.tick;
      this.#clock = ticking.clock;
      this.#passed();
      this.counts.ticks += 1;
      break;
    }
    this.#collect();
  }

  #collect(): void {
    const letters = this.#kind.takeLetters();
    if (letters.length === 0) return;
    this.#pendingLetters.push(...letters);
    this.#letterSince ??= this.#env.now();
  }

  #dirty(): boolean {
    return (
      this.#kind.changed > 0 ||
      this.#pendingLetters.length > 0 ||
      this.#sent.length > 0 ||
      this.#offset !== this.#savedOffset
    );
  }

  #mustCommit(): boolean {
    if (this.#kind.changed >= this.#limits.changes) return true;
    const now = this.#env.now();
    if (this.#letterSince !== undefined && now - this.#letterSince >= this.#limits.commitDecisionsAfterMs) return true;
    return this.#dirty() && now - this.#committedAt >= this.#limits.commitEveryMs;
  }

  /** With nothing more to read, decisions leave at once; the rest waits for its time. */
  async #commitSoon(): Promise<Progress> {
    if (this.#pendingLetters.length === 0 && !this.#mustCommit()) return 'idle';
    await this.#commit();
    return 'worked';
  }

  async #commit(): Promise<void> {
    const puts = new Map<string, Uint8Array>();
    const deletes = new Set<string>(this.#sent);
    for (const [key, value] of this.#kind.takeChanges()) {
      if (value === undefined) deletes.add(key);
      else puts.set(key, value);
    }
    const outbox = this.#pendingLetters.map((letter) => {
      const key = `outbox/${String(this.#letters++).padStart(15, '0')}`;
      puts.set(key, pack(letter));
      return { key, letter };
    });
    const meta: Meta = {
      offset: this.#offset,
      tick: this.#tick,
      clock: this.#clock === EVER ? 'ever' : this.#clock,
      letters: this.#letters,
      tally: this.#kind.tally(),
    };
    puts.set('meta', pack(meta));
    try {
      this.#own = await guardedCommit(this.#env.store, this.#own, { puts, deletes });
    } catch (error) {
      this.#failed = error as Error;
      throw error;
    }
    this.#sent = [];
    this.#pendingLetters = [];
    this.#letterSince = undefined;
    this.#outbox.push(...outbox);
    this.#savedOffset = this.#offset;
    this.#committedAt = this.#env.now();
    this.counts.commits += 1;
  }

  async #send(): Promise<void> {
    const byPartition = new Map<string, { to: TopicPartition; records: NewRecord[] }>();
    for (const { letter } of this.#outbox) {
      const name = `${letter.topic}/${letter.partition}`;
      let batch = byPartition.get(name);
      if (!batch) {
        batch = { to: { topic: letter.topic, partition: letter.partition }, records: [] };
        byPartition.set(name, batch);
      }
      batch.records.push({ key: letter.key, value: letter.value });
    }
    for (const { to, records } of byPartition.values()) await this.#env.log.append(to, records);
    this.counts.lettersSent += this.#outbox.length;
    this.#sent.push(...this.#outbox.map(({ key }) => key));
    this.#outbox = [];
  }
}

const END_LOOKS = 20;
const END_LOOK_MS = 250;

/** Where a partition ends; one that seems to end before `reached` is asked again: a broker that has just come back may not know yet. */
async function endOf(log: Log, of: TopicPartition, reached: number): Promise<number> {
  for (let looks = 0; ; looks++) {
    const end = await log.end(of);
    if (end >= reached || looks >= END_LOOKS) return end;
    await log.wait(of, end, END_LOOK_MS);
  }
}

/** A decision as a letter for the `decisions` topic. */
export type DecisionLetters = (decisions: readonly Decision[]) => readonly Letter[];
