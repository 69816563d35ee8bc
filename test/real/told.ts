/** One story for the tests of commands that move an installation, and what is decided of it where nothing is moved. */
import type { WireDecision } from '../../pipelines/http/ports.js';
import type { Log } from '../../pipelines/io/log.js';
import { MemoryLog } from '../../pipelines/io/log-memory.js';
import type { Store } from '../../pipelines/io/store.js';
import { MemoryStore } from '../../pipelines/io/store-memory.js';
import { story } from '../../pipelines/play/generator.js';
import { PLAY_PACKS } from '../../pipelines/play/play.js';
import { DOOR, Gate } from '../../pipelines/runtime/gate.js';
import { makeKind } from '../../pipelines/runtime/kinds.js';
import { NetworkSource } from '../../pipelines/runtime/network-source.js';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { taskNames } from '../../pipelines/runtime/status.js';
import { StoreMemo } from '../../pipelines/runtime/store-memo.js';
import { Task } from '../../pipelines/runtime/task.js';
import { Ticker } from '../../pipelines/runtime/ticker.js';
import { fromBytes, TOPICS, topicCounts } from '../../pipelines/runtime/topics.js';
import { essence } from '../engine.js';
import { distinct } from './members.js';

/** Where the clock stands at the end. */
export const UNTIL = Date.parse('2026-03-20T00:00:00+01:00');
const FROM = Date.parse('2026-03-02T00:00:00+01:00');
const STORY_TICK_SECONDS = 600;
/** What the story asks of the settings. */
export const STORY_ENV = { DOZOR_PACKS: PLAY_PACKS, DOZOR_STORY_TICK_SECONDS: `${STORY_TICK_SECONDS}` };
export const PARTITIONS = { service: 4, element: 2, facts: 2, decisions: 2 };

export const storyPacks = () => loadPacks([OWN_PACKS, PLAY_PACKS]);

/** The lines of a story of twelve days. */
export const LINES: readonly string[] = [...story({ seed: 11, from: FROM, days: 12, services: 30 })].map((event) =>
  JSON.stringify(event),
);

/** A whole installation on a log and a store, driven by hand. */
export interface ByHand {
  readonly gate: Gate;
  readonly ticker: Ticker;
  /** Lets every task work until none has anything to do. */
  work(): Promise<void>;
}

/** Puts one together, with partitions as the members have them. */
export async function byHand(log: Log, store: Store, clock: 'live' | 'events'): Promise<ByHand> {
  for (const [topic, count] of topicCounts(PARTITIONS)) await log.ensureTopic(topic, count);
  const packs = storyPacks();
  const seal = (bytes: Uint8Array) => bytes;
  const memory = await StoreMemo.open(store, DOOR, 'test');
  const ticker = await Ticker.acquire(store, 'test');
  const common = { log, packs, partitions: PARTITIONS, seal };
  const gate = await Gate.open({ ...common, memory, clock, storyTickSeconds: STORY_TICK_SECONDS, ticker });
  let wall = 0;
  const env = { log, store, now: () => (wall += 1_000), owner: 'test' };
  const given = { ...common, network: new NetworkSource(log), store, live: clock === 'live' };
  const tasks: Task[] = [];
  for (const [role, names] of Object.entries(taskNames(PARTITIONS))) {
    for (const [partition, name] of names.entries()) {
      tasks.push(
        await Task.acquire(name, env, makeKind(role as 'network' | 'service' | 'collector', given, partition)),
      );
    }
  }
  const work = async () => {
    for (let idle = 0; idle < 3; ) {
      let worked = false;
      for (const task of tasks) if ((await task.step()) === 'worked') worked = true;
      idle = worked ? 0 : idle + 1;
    }
  };
  return { gate, ticker, work };
}

let told: Promise<readonly string[]> | undefined;

/** What is decided of all lines in one place, in order. */
export function decidedAtOnce(): Promise<readonly string[]> {
  return (told ??= tell());
}

async function tell(): Promise<readonly string[]> {
  const log = new MemoryLog({ now: () => 0 });
  const { gate, work } = await byHand(log, new MemoryStore(), 'events');
  await gate.takeLines(LINES, 1, { name: 'test' });
  await gate.moveClock(UNTIL);
  await work();
  return distinct(await allOf(log), essence);
}

/** Every record of `decisions`, of an embedded log or one in memory. */
export async function allOf(log: Log): Promise<readonly WireDecision[]> {
  const found: WireDecision[] = [];
  for (let partition = 0; partition < PARTITIONS.decisions; partition++) {
    for (const { value } of await log.read({ topic: TOPICS.decisions, partition }, 0, 1_000_000)) {
      found.push(fromBytes(value) as WireDecision);
    }
  }
  return found;
}

/** What one list has that the other has not, a few of each: two whole lists of decisions cannot be read. */
export function difference(found: readonly string[], expected: readonly string[]) {
  const [there, wanted] = [new Set(found), new Set(expected)];
  return {
    missing: expected.filter((text) => !there.has(text)).slice(0, 3),
    extra: found.filter((text) => !wanted.has(text)).slice(0, 3),
  };
}

export const NONE = { missing: [], extra: [] };
