/**
 * The same records through tasks that nothing ever happens to, in memory: what the log itself says must be decided. Where this
 * agrees with what was decided and a replay does not, the log tells another story than the lines; where it does not, a task or
 * an adapter is wrong.
 */
import type { Packs } from '../../pipelines/domain/pack.js';
import { MemoryLog } from '../../pipelines/io/log-memory.js';
import { MemoryStore } from '../../pipelines/io/store-memory.js';
import { type KindGiven, makeKind } from '../../pipelines/runtime/kinds.js';
import { NetworkSource } from '../../pipelines/runtime/network-source.js';
import { Task } from '../../pipelines/runtime/task.js';
import { type Partitions, TOPICS, topicCounts } from '../../pipelines/runtime/topics.js';
import type { Partitioned } from './topics.js';

export interface UndisturbedGiven {
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly live: boolean;
  readonly serviceEvents: Partitioned;
  readonly elementEvents: Partitioned;
}

/** The records that tasks write to `decisions`; a door's rejections are not among them. */
export async function undisturbed(given: UndisturbedGiven): Promise<Partitioned> {
  const { packs, partitions, live } = given;
  let now = 0;
  const log = new MemoryLog({ now: () => now });
  const store = new MemoryStore();
  for (const [topic, count] of topicCounts(partitions)) await log.ensureTopic(topic, count);
  for (const [topic, partitioned] of [
    [TOPICS.serviceEvents, given.serviceEvents],
    [TOPICS.elementEvents, given.elementEvents],
  ] as const) {
    for (const [partition, records] of partitioned.entries()) {
      for (const record of records) {
        now = record.appendedAt;
        await log.append({ topic, partition }, [record]);
      }
    }
  }
  let wall = 0;
  const env = { log, store, now: () => (wall += 1), owner: 'undisturbed' };
  const kinds: KindGiven = { network: new NetworkSource(log), store, packs, partitions, seal: (bytes) => bytes, live };
  const { element, service, facts } = partitions;
  for (const [role, count] of [
    ['network', element],
    ['service', service],
    ['collector', facts],
  ] as const) {
    // Each kind reads what the kinds before it have written, so one after the other will do.
    for (let partition = 0; partition < count; partition++) {
      const task = await Task.acquire(`${role}-${partition}`, env, makeKind(role, kinds, partition));
      for (let idle = 0; idle < 3; ) idle = (await task.step()) === 'worked' ? 0 : idle + 1;
      await task.settle();
    }
  }
  return Promise.all(
    Array.from({ length: partitions.decisions }, (_, partition) =>
      log.read({ topic: TOPICS.decisions, partition }, 0, Number.MAX_SAFE_INTEGER),
    ),
  );
}
