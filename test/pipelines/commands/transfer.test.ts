/** Entries and records taken from one place to another: what does not arrive as it was is found. */
import { describe, expect, it } from 'vitest';
import { recordsOf } from '../../../pipelines/commands/parts.js';
import {
  compareRecords,
  compareTask,
  type Entry,
  each,
  lastTick,
  putEntries,
  putRecords,
} from '../../../pipelines/commands/transfer.js';
import type { Log, LogRecord } from '../../../pipelines/io/log.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { TICK_KEY, toBytes } from '../../../pipelines/runtime/topics.js';
import { GappyLog } from '../io/log-gappy.js';

const TO = { topic: 'network', partition: 0 };
const bytes = (text: string) => new TextEncoder().encode(text);
const uncounted = () => {};

async function* of<T>(all: readonly T[]) {
  yield* all;
}

const entries = (count: number): Entry[] => Array.from({ length: count }, (_, i) => [`s/${i}`, bytes(`value ${i}`)]);
const records = (keys: string) => [...keys].map((key, offset) => ({ offset, key, value: bytes(`${key}${offset}`) }));

describe('entries of a task', () => {
  const all = entries(5_000);

  it('arrive in several commits, and are counted', async () => {
    const store = new MemoryStore();
    let counted = 0;
    await putEntries(store, 'service-0', 'test', of(all), (amount) => (counted += amount));
    expect(counted).toBe(5_000);
    expect((await store.ownership('service-0'))!.sequence).toBe(3);
    expect(await compareTask(store, 'service-0', () => of(all))).toBe(5_000);
  });

  it('that are missing, other or more are found', async () => {
    const store = new MemoryStore();
    await putEntries(store, 'service-0', 'test', of(all), uncounted);
    const compared = (some: readonly Entry[]) => compareTask(store, 'service-0', () => of(some));
    await expect(compared([...all, ['t/1', bytes('x')]])).rejects.toThrow(/service-0: the entry t\/1 is missing/);
    await expect(compared([['s/0', bytes('other')], ...all.slice(1)])).rejects.toThrow(/s\/0 has another content/);
    await expect(compared(all.slice(1))).rejects.toThrow(/an entry s\/0 that nobody put there/);
  });
});

describe('records of a partition', () => {
  async function filled(keys: string): Promise<MemoryLog> {
    const log = new MemoryLog({ now: () => 0 });
    await log.ensureTopic(TO.topic, 1);
    await putRecords(log, TO, of(records(keys)), uncounted);
    return log;
  }

  it('come to lie where they lay, or it is said that they do not', async () => {
    const log = await filled('abc');
    expect(await log.end(TO)).toBe(3);
    await expect(putRecords(log, TO, of(records('abc')), uncounted)).rejects.toThrow(
      'network[0]: what belongs to offset 0 came to lie at 3: somebody else writes to it',
    );
    const gap = records('abcd').filter(({ offset }) => offset !== 1);
    await expect(putRecords(await filled(''), TO, of(gap), uncounted)).rejects.toThrow('network[0] has a gap');
  });

  it('are compared one by one', async () => {
    const log = await filled('abc');
    const given = { end: 3, compacted: false, count: uncounted };
    await compareRecords(log, TO, of(records('abc')), given);
    await expect(compareRecords(log, TO, of(records('abd')), given)).rejects.toThrow(/at offset 2 is not the one/);
    await expect(compareRecords(log, TO, of(records('abcd')), given)).rejects.toThrow(/at offset 3 is missing/);
    await expect(compareRecords(log, TO, of(records('ab')), given)).rejects.toThrow(
      /at offset 2 that nobody put there/,
    );
  });

  it('of a compacted topic may be missing where a later one has the key', async () => {
    const log = compactedLog(await filled('abab'), [0, 1]);
    const given = { end: 4, compacted: true, count: uncounted };
    await compareRecords(log, TO, of(records('abab')), given);
    await expect(compareRecords(log, TO, of(records('abab')), { ...given, compacted: false })).rejects.toThrow(
      /at offset 0 is missing/,
    );
    const lossy = compactedLog(await filled('abcb'), [0, 1]);
    await expect(compareRecords(lossy, TO, of(records('abcb')), given)).rejects.toThrow(
      /1 keys are missing altogether/,
    );
  });
});

describe('reading to a known end', () => {
  it('goes over gaps, and ends before what came later', async () => {
    const log = new GappyLog();
    await log.ensureTopic('network', 1);
    await log.append(TO, records('abcdefghijklmnopqrstuvwxyz'));
    const end = await log.end(TO);
    await log.append(TO, records('late'));
    const found: string[] = [];
    for await (const { key } of recordsOf(log, TO, 0, end)) found.push(key);
    expect(found.join('')).toBe('abcdefghijklmnopqrstuvwxyz');
  });

  it('says where a log keeps back what it has; at the mark of a foreign transaction it may end', async () => {
    const log = new MemoryLog({ now: () => 0 });
    await log.ensureTopic('network', 1);
    await log.append(TO, records('abc'));
    const drain = async (markAtEnd: boolean) => {
      const found: LogRecord[] = [];
      for await (const record of recordsOf(log, TO, 0, 4, { markAtEnd })) found.push(record);
      return found.length;
    };
    await expect(drain(false)).rejects.toThrow('network[0] reaches to offset 4, and gives nothing from 3 on');
    expect(await drain(true)).toBe(3);
  });

  it('finds the last tick, however far back it lies', async () => {
    const log = new MemoryLog({ now: () => 0 });
    await log.ensureTopic('network', 1);
    expect(await lastTick(log, TO)).toEqual([]);
    const tick = (n: number) => ({ key: TICK_KEY, value: toBytes({ tick: n, clock: null }) });
    const usage = Array.from({ length: 3_000 }, () => ({ key: 's', value: bytes('x') }));
    await log.append(TO, [...usage, tick(7), tick(8), ...usage]);
    expect(await lastTick(log, TO)).toEqual([{ tick: 8, clock: null }]);
  });
});

it('work in lanes ends at the first failure', async () => {
  const done: number[] = [];
  const failing = each([1, 2, 3, 4, 5, 6], 2, async (one) => {
    await new Promise((next) => setImmediate(next));
    if (one === 3) throw new Error('three');
    done.push(one);
  });
  await expect(failing).rejects.toThrow('three');
  await new Promise((next) => setTimeout(next, 20));
  expect(done).not.toContain(6);
});

/** The same log after a compaction that took these offsets. */
function compactedLog(log: MemoryLog, gone: readonly number[]): Log {
  return Object.assign(Object.create(log) as Log, {
    start: () => log.start(TO),
    end: () => log.end(TO),
    read: async (from: typeof TO, offset: number, max: number) =>
      (await log.read(from, offset, max)).filter((record) => !gone.includes(record.offset)),
  });
}
