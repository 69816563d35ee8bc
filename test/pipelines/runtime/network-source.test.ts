import { expect, it } from 'vitest';
import type { NetworkRecord } from '../../../pipelines/domain/network.js';
import type { Log, LogRecord, TopicPartition } from '../../../pipelines/io/log.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { NetworkSource } from '../../../pipelines/runtime/network-source.js';
import { TOPICS, toBytes } from '../../../pipelines/runtime/topics.js';

const NETWORK = { topic: TOPICS.network, partition: 0 };

/** A log that counts the records that it handed out. */
class Counting extends MemoryLog {
  handed = 0;
  override async read(of: TopicPartition, from: number, max: number): Promise<readonly LogRecord[]> {
    const records = await super.read(of, from, max);
    this.handed += records.length;
    return records;
  }
}

async function logOf(ticks: number): Promise<Counting> {
  const log = new Counting({ now: () => 0 });
  await log.ensureTopic(TOPICS.network, 1);
  const element = { tick: 1, told: { is: 'element', id: 'e' } };
  const frontiers = Array.from({ length: ticks }, (_, i) => ({
    tick: i + 1,
    told: { is: 'frontier', partition: 0, tick: i + 1, clock: i } satisfies NetworkRecord & { clock: number },
  }));
  await log.append(
    NETWORK,
    [element, ...frontiers].map((told) => ({ key: 'k', value: toBytes(told) })),
  );
  return log;
}

async function all(source: NetworkSource, from = 0) {
  const found = [];
  for (let next = from; ; ) {
    const entries = await source.read(next, 500);
    if (entries.length === 0) return found;
    found.push(...entries);
    next = entries[entries.length - 1]!.offset + 1;
  }
}

it('reads the log once for all readers', async () => {
  const log = await logOf(3_000);
  const source = new NetworkSource(log);
  const [a, b] = await Promise.all([all(source), all(source)]);
  expect(a).toHaveLength(3_001);
  expect(b).toEqual(a);
  expect(log.handed).toBe(3_001);
});

it('lets go of old frontiers, not of the rest, and reads them anew for a reader that stands further back', async () => {
  const log = await logOf(20_000);
  const source = new NetworkSource(log);
  const near = {};
  source.needs(near, 19_990);
  await all(source);
  const kept = await all(source);
  expect(kept[0]!.told.told.is).toBe('element');
  expect(kept.length).toBeLessThan(12_000);
  const handed = log.handed;
  // Within what is kept: nothing is read again.
  source.needs({}, 19_000);
  await all(source);
  expect(log.handed).toBe(handed);
  const far = {};
  source.needs(far, 5);
  expect(await all(source)).toHaveLength(20_001);
  expect(log.handed).toBe(handed + 20_001);
  source.forget(far);
});

it('keeps, for each network task, the last frontier at or before where a reader stands', async () => {
  const log: Log = await logOf(20_000);
  const source = new NetworkSource(log);
  source.needs({}, 9_000);
  await all(source);
  const ticks = (await all(source)).flatMap(({ told }) => (told.told.is === 'frontier' ? [told.tick] : []));
  expect(ticks[0]).toBe(9_000);
});
