import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../pipelines/io/embedded.js';
import type { Log } from '../../../pipelines/io/log.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { logPromises } from './log.suite.js';

logPromises('MemoryLog', async () => {
  const log = new MemoryLog();
  return { log, reopen: async () => log.reopen(), dispose: () => log.close() };
});

logPromises('LmdbLog', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-log-'));
  let embedded = await openEmbedded(folder);
  return {
    log: embedded.log,
    reopen: async () => {
      await embedded.close();
      embedded = await openEmbedded(folder);
      return embedded.log;
    },
    dispose: async () => {
      await embedded.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('the clock of a log', () => {
  const p0 = { topic: 'events', partition: 0 };
  const value = new Uint8Array();

  async function times(log: Log, set: (now: number) => void): Promise<number[]> {
    await log.ensureTopic('events', 1);
    for (const now of [1_000, 2_000, 500, 1_999, 2_001]) {
      set(now);
      await log.append(p0, [
        { key: 'a', value },
        { key: 'b', value },
      ]);
    }
    return (await log.read(p0, 0, 10)).map(({ appendedAt }) => appendedAt);
  }
  const expected = [1_000, 1_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_001, 2_001];

  it('gives the append time, and a clock that was set back does not let it fall (memory)', async () => {
    let now = 0;
    expect(await times(new MemoryLog({ now: () => now }), (to) => (now = to))).toEqual(expected);
  });

  it('gives the append time, and a clock that was set back does not let it fall (LMDB, over a restart)', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-log-'));
    let now = 0;
    const first = await openEmbedded(folder, { now: () => now });
    expect(await times(first.log, (to) => (now = to))).toEqual(expected);
    await first.close();
    const second = await openEmbedded(folder, { now: () => 1 });
    await second.log.append(p0, [{ key: 'a', value }]);
    expect((await second.log.read(p0, 10, 1))[0]!.appendedAt).toBe(2_001);
    await second.close();
    rmSync(folder, { recursive: true });
  });
});

describe('LmdbLog', () => {
  it('returns large records in portions that fit in memory, and at least one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-log-'));
    const { log, close } = await openEmbedded(folder);
    const p0 = { topic: 'events', partition: 0 };
    await log.ensureTopic('events', 1);
    const value = new Uint8Array(12 * 1024 * 1024);
    for (let at = 0; at < 3; at++) await log.append(p0, [{ key: `${at}`, value }]);
    await log.append(p0, [{ key: 'huge', value: new Uint8Array(20 * 1024 * 1024) }]);
    expect((await log.read(p0, 0, 10)).map(({ offset }) => offset)).toEqual([0, 1]);
    expect((await log.read(p0, 2, 10)).map(({ offset }) => offset)).toEqual([2, 3]);
    expect((await log.read(p0, 3, 10)).map(({ offset }) => offset)).toEqual([3]);
    await close();
    rmSync(folder, { recursive: true });
  });
});

describe.each(['MemoryLog', 'LmdbLog'] as const)('%s lets go of what is old', (name) => {
  const of = { topic: 'events', partition: 1 };
  const other = { topic: 'events', partition: 0 };
  const some = (count: number) =>
    Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: new Uint8Array([i % 256]) }));

  async function opened(use: (log: Log, again: () => Promise<Log>) => Promise<void>): Promise<void> {
    if (name === 'MemoryLog') {
      const log = new MemoryLog();
      return use(log, async () => log.reopen());
    }
    const folder = mkdtempSync(join(tmpdir(), 'dozor-trim-'));
    let embedded = await openEmbedded(folder);
    try {
      await use(embedded.log, async () => {
        await embedded.close();
        embedded = await openEmbedded(folder);
        return embedded.log;
      });
    } finally {
      await embedded.close();
      rmSync(folder, { recursive: true });
    }
  }

  it('offsets stay, what is below the start is refused by name, and other partitions keep theirs', () =>
    opened(async (log, again) => {
      await log.ensureTopic('events', 2);
      await log.append(of, some(2_500));
      await log.append(other, some(3));
      await log.trim!(of, 2_400);
      await log.trim!(of, 10);
      expect([await log.start(of), await log.end(of), await log.start(other)]).toEqual([2_400, 2_500, 0]);
      await expect(log.read(of, 2_399, 1)).rejects.toThrow(/2399.*2400/);
      const [first] = await log.read(of, 2_400, 1);
      expect([first!.offset, first!.key]).toEqual([2_400, 'k2400']);
      expect(await log.read(other, 0, 10)).toHaveLength(3);
      // Past the end everything goes, and what comes next bears the next number.
      await log.trim!(of, 9_999);
      const next = await again();
      expect([await next.start(of), await next.end(of)]).toEqual([2_500, 2_500]);
      expect(await next.append(of, some(1))).toBe(2_500);
      expect((await next.read(of, 2_500, 10)).map(({ offset }) => offset)).toEqual([2_500]);
    }));
});
