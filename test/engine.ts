/** Whole installations in a test: the real gate, tasks and logic on given adapters, driven step by step without a timer. */
import { encodeDecision } from '../pipelines/domain/decision.js';
import type { Packs } from '../pipelines/domain/pack.js';
import { type Instant, parseInstant } from '../pipelines/domain/units.js';
import type { WireDecision } from '../pipelines/http/ports.js';
import type { Log } from '../pipelines/io/log.js';
import { MemoryLog } from '../pipelines/io/log-memory.js';
import type { Store } from '../pipelines/io/store.js';
import { MemoryStore } from '../pipelines/io/store-memory.js';
import { DOOR, Gate } from '../pipelines/runtime/gate.js';
import { CollectorKind, type KindGiven, NetworkKind, ServiceKind } from '../pipelines/runtime/kinds.js';
import { NetworkSource } from '../pipelines/runtime/network-source.js';
import { Replay } from '../pipelines/runtime/replay.js';
import { StoreMemo } from '../pipelines/runtime/store-memo.js';
import { type Kind, type Limits, Task } from '../pipelines/runtime/task.js';
import { Ticker } from '../pipelines/runtime/ticker.js';
import { fromBytes, type Partitions, TOPICS, topicCounts } from '../pipelines/runtime/topics.js';

const BY = { name: 'test' };

export interface EngineOptions {
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly log?: Log;
  readonly store?: Store;
  /** How far the clock that decides about commits moves at each look; small: few commits. */
  readonly lookMs?: number;
  /** By how much the events must have moved the clock before it moves; 0: with every event. */
  readonly storyTickSeconds?: number;
  /** The bounds of a task's work, where they are not the usual ones. */
  readonly limits?: Limits;
}

/** An installation whose clock the events move. */
export class Engine {
  readonly #options: EngineOptions;
  readonly log: Log;
  readonly store: Store;
  #gate!: Gate;
  #tasks: Task[] = [];
  #starts = 0;

  private constructor(options: EngineOptions) {
    this.#options = options;
    this.log = options.log ?? new MemoryLog({ now: () => 0 });
    this.store = options.store ?? new MemoryStore();
  }

  static async open(options: EngineOptions): Promise<Engine> {
    const engine = new Engine(options);
    for (const [topic, count] of topicCounts(options.partitions)) await engine.log.ensureTopic(topic, count);
    await engine.restart();
    return engine;
  }

  /** Forgets everything in memory and takes every task over anew, as after a crash. */
  async restart(): Promise<void> {
    const { packs, partitions } = this.#options;
    const { log, store } = this;
    this.#starts += 1;
    const owner = `owner-${this.#starts}`;
    // Every step may commit: a commit is due whenever the clock that decides about it is asked.
    let wall = this.#starts * 1e9;
    const lookMs = this.#options.lookMs ?? 1_000;
    const { limits } = this.#options;
    const env = { log, store, now: () => (wall += lookMs), owner, ...(limits && { limits }) };
    const seal = (bytes: Uint8Array) => bytes;
    const network = new NetworkSource(log);
    const given: KindGiven = { network, store, packs, partitions, seal, live: false };
    const kinds: [string, Kind][] = [];
    for (let q = 0; q < partitions.element; q++) kinds.push([`network-${q}`, new NetworkKind(given, q)]);
    for (let p = 0; p < partitions.service; p++) kinds.push([`service-${p}`, new ServiceKind(given, p)]);
    for (let r = 0; r < partitions.facts; r++) kinds.push([`collector-${r}`, new CollectorKind(given, r)]);
    this.#tasks = [];
    for (const [name, kind] of kinds) this.#tasks.push(await Task.acquire(name, env, kind));
    const ticker = await Ticker.acquire(store, owner);
    this.#gate = await Gate.open({
      log,
      memory: await StoreMemo.open(store, DOOR, owner),
      packs,
      partitions,
      clock: 'events',
      storyTickSeconds: this.#options.storyTickSeconds ?? 0,
      ticker,
      seal,
    });
  }

  /** Takes lines in, without letting the tasks work. */
  async take(lines: readonly string[], first = 1): Promise<void> {
    await this.#gate.takeLines(lines, first, BY);
  }

  /** Lets every task work until none has anything to do. */
  async work(): Promise<void> {
    for (let idle = 0; idle < 3; ) {
      let worked = false;
      for (const task of this.#tasks) if ((await task.step()) === 'worked') worked = true;
      idle = worked ? 0 : idle + 1;
    }
  }

  /** Lets every task do a few steps: a story cut at some place in the middle. */
  async workSome(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) for (const task of this.#tasks) await task.step();
  }

  async moveClock(until: string): Promise<void> {
    const at = parseInstant(until)!;
    if (at > this.#gate.clock) await this.#gate.moveClock(at);
    else await this.#gate.moveClock(this.#gate.clock);
  }

  /** The decisions on the log, a copy with the same id left out; two contents under one id are an error. */
  async decisions(): Promise<readonly WireDecision[]> {
    const found = new Map<string, string>();
    for (let partition = 0; partition < this.#options.partitions.decisions; partition++) {
      for (let from = 0; ; ) {
        const records = await this.log.read({ topic: TOPICS.decisions, partition }, from, 1_000);
        if (records.length === 0) break;
        for (const { value } of records) {
          const decision = fromBytes(value) as WireDecision;
          const text = JSON.stringify(decision);
          const held = found.get(decision.id);
          if (held !== undefined && held !== text) throw new Error(`two contents under one id:\n${held}\n${text}`);
          found.set(decision.id, text);
        }
        from = records[records.length - 1]!.offset + 1;
      }
    }
    return [...found.values()].map((text) => JSON.parse(text) as WireDecision);
  }
}

/** What of a decision must be the same wherever it was taken. A rejection's content is sealed, so its id stands for it. */
export function essence(decision: {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly data: unknown;
}): string {
  return decision.type === 'event.rejected' ? `rejected ${decision.id}` : JSON.stringify(decision);
}

/** What a replay of lines decides up to an instant, as it stands on the wire. */
export function replayed(packs: Packs, lines: readonly string[], until: Instant): readonly WireDecision[] {
  const decisions: WireDecision[] = [];
  const told = new Replay({
    packs,
    decided: (decision) => decisions.push(encodeDecision(decision, told.zoneOf(decision)) as unknown as WireDecision),
  });
  lines.forEach((line, i) => {
    told.line(line, i + 1);
  });
  told.finish(until);
  return decisions;
}
