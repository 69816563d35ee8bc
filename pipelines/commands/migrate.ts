/**
 * `dozor migrate`: an embedded installation goes on, on Kafka and Redis. Every record comes to lie at the offset that it had, and
 * every task gets the entries that it had, so what was seen stays seen and what was granted stays granted.
 *
 * Kafka stamps records with the time at which they are copied. That does no harm because everything has been worked off before: no
 * task reads a copied tick again, and what a task knows of times stands in its state and inside the records of `network`.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Packs } from '../domain/pack.js';
import { openEmbedded, openEmbeddedForReading } from '../io/embedded.js';
import { forgetHints } from '../io/kafka/hints.js';
import { agree } from '../runtime/agreement.js';
import { ledgerNames } from '../runtime/alerts-task.js';
import type { Clustered, Config } from '../runtime/config.js';
import { Refused, SubjectFailure } from '../runtime/failure.js';
import { DOOR, Gate } from '../runtime/gate.js';
import { makeKind } from '../runtime/kinds.js';
import { NetworkSource } from '../runtime/network-source.js';
import { partitionsOf } from '../runtime/node.js';
import { loadPacks, OWN_PACKS, packHashes } from '../runtime/packs.js';
import { RADIUS } from '../runtime/radius-source.js';
import { sealerOf } from '../runtime/seal-key.js';
import { StoreMemo } from '../runtime/store-memo.js';
import { standOf, Task } from '../runtime/task.js';
import { type Partitions, TOPICS, topicCounts } from '../runtime/topics.js';
import { beginFilling, endFilling, fillingOf, wordsOf } from '../runtime/unfinished.js';
import { clusteredOf, GROUPS, howToEmpty } from './cluster.js';
import { anyKeyOf, type ClusterParts } from './cluster-parts.js';
import { openCluster, type Parts, recordsOf } from './parts.js';
import {
  COMPACTED,
  compareEntries,
  compareRecords,
  compareTask,
  each,
  lastTick,
  type Progress,
  progressBar,
  putEntries,
  putMemo,
  putRecords,
  TICKS,
  tasksOf,
} from './transfer.js';

const AT_ONCE = 8;

const FIRST = 'start Dozor there without KAFKA_BROKERS, stop it after a minute, and migrate then';

export interface MigrateOptions {
  readonly config: Config;
  /** The data folder of the embedded installation. */
  readonly from: string;
}

interface Move {
  readonly config: Config;
  readonly partitions: Partitions;
  readonly packs: Packs;
  readonly from: string;
  readonly source: Parts;
  readonly owner: string;
  readonly progress: Progress;
}

/** Moves the installation and returns what was done, in lines. Rejects with a `Refused` where something is in the way. */
export async function migrate({ config, from: folder }: MigrateOptions): Promise<readonly string[]> {
  const clustered = clusteredOf(config, 'migrate');
  const from = resolve(folder);
  const packs = loadPacks([OWN_PACKS, ...config.packFolders]);
  // Opened for writing a folder is made, and for reading it is not.
  await (await openEmbeddedForReading(from)).close();
  const source = await openEmbedded(from);
  const progress = progressBar();
  try {
    const move: Move = { config, partitions: partitionsOf(config), packs, from, source, owner: randomUUID(), progress };
    await refuseOtherCounts(move);
    await refuseOtherClock(move);
    await workOff(move).catch((error: Error) => {
      if (!(error instanceof SubjectFailure)) throw error;
      throw new Refused(`${from} cannot be worked off (${error.message}): ${FIRST}`);
    });
    await refuseUnread(move);
    const target = await openCluster(clustered);
    try {
      await refuseFilled(move, clustered, target);
      return await fill(move, target);
    } finally {
      await target.close();
    }
  } finally {
    progress.stop();
    await source.close();
  }
}

const SETTINGS: Readonly<Record<keyof Partitions, readonly [setting: string, topic: string]>> = {
  service: ['DOZOR_SERVICE_PARTITIONS', TOPICS.serviceEvents],
  element: ['DOZOR_ELEMENT_PARTITIONS', TOPICS.elementEvents],
  facts: ['DOZOR_FACT_PARTITIONS', TOPICS.facts],
  decisions: ['DOZOR_DECISION_PARTITIONS', TOPICS.decisions],
};

/** Keys stay where they are only if there are as many partitions as before. */
async function refuseOtherCounts({ source, partitions, from }: Move): Promise<void> {
  const wanted: string[] = [];
  for (const [name, [setting, topic]] of Object.entries(SETTINGS)) {
    const has = await source.log.partitions(topic);
    if (has === 0) throw new Refused(`${from} has no topic ${topic}: start Dozor there once, and stop it`);
    if (has !== partitions[name as keyof Partitions]) wanted.push(`${setting}=${has}`);
  }
  if (wanted.length === 0) return;
  throw new Refused(
    `the number of partitions cannot change on the way; set, here and for every process:\n  ${wanted.join('\n  ')}`,
  );
}

async function refuseOtherClock({ source, config, from }: Move): Promise<void> {
  const [last] = await lastTick(source.log, { topic: TOPICS.serviceEvents, partition: 0 });
  const clock = last?.clock === null ? 'live' : 'events';
  if (!last || clock === config.clock) return;
  throw new Refused(
    `the clock of ${from} is moved by ${clock === 'live' ? 'ticks' : 'events'}: set DOZOR_CLOCK=${clock}`,
  );
}

/** Lets every task read what is there, as a start would, without a door and without ticks. */
async function workOff({
  source: { log, store },
  config,
  partitions,
  packs,
  from,
  owner,
  progress,
}: Move): Promise<void> {
  progress.phase('working off');
  const env = { log, store, now: () => performance.now(), owner };
  // What is refused on the way is sealed as that installation does it.
  const seal = sealerOf({ ...config, dataFolder: from, sealKeyFile: undefined });
  // What a task refuses after the door had let it in does not keep its id.
  const released: (readonly [source: string, id: string])[] = [];
  const refused = (source: string, id: string) => void released.push([source, id]);
  const live = config.clock === 'live';
  const given = { network: new NetworkSource(log), store, packs, partitions, seal, live, refused };
  const tasks: Task[] = [];
  for (const { name, role, input } of tasksOf(partitions)) {
    tasks.push(await Task.acquire(name, env, makeKind(role, given, input.partition)));
  }
  // What one has to say another has still to hear: all is done when a whole round moves nobody.
  for (let moved = true; moved; ) {
    moved = false;
    for (const task of tasks) {
      const before = task.offset;
      while ((await task.step()) === 'worked') await new Promise((next) => setImmediate(next));
      await task.settle();
      progress.count(task.offset - before);
      if (task.offset !== before) moved = true;
    }
  }
  const door = await StoreMemo.open(store, DOOR, owner);
  for (const [source, id] of released) await Gate.release(door, source, id);
}

async function refuseUnread({ source: { log, store }, partitions, from }: Move): Promise<void> {
  const behind: string[] = [];
  for (const { name, input } of tasksOf(partitions)) {
    const { offset } = (await standOf(store, name)) ?? { offset: 0 };
    const end = await log.end(input);
    if (offset !== end) behind.push(`${name} has read to ${offset} of ${end}`);
    for await (const _ of store.entries(name, 'outbox/')) {
      behind.push(`${name} has letters to send`);
      break;
    }
  }
  if (behind.length === 0) return;
  throw new Refused(`${from} has not worked everything off (${behind.join('; ')}): ${FIRST}`);
}

async function refuseFilled(
  { partitions }: Move,
  clustered: Clustered,
  { log, store, redis }: ClusterParts,
): Promise<void> {
  const filling = await fillingOf(store);
  if (filling) throw new Refused(`${wordsOf(filling)}: once nothing does, ${howToEmpty(clustered)}`);
  const found: string[] = [];
  const key = await anyKeyOf(redis);
  if (key !== undefined) found.push(`Redis holds ${key}`);
  for (const [topic, count] of topicCounts(partitions)) {
    const has = await log.partitions(topic);
    if (has !== 0 && has !== count) found.push(`topic ${topic} has ${has} partitions, not ${count}`);
    for (let partition = 0; partition < has; partition++) {
      const end = await log.end({ topic, partition });
      if (end > 0) found.push(`${topic}[${partition}] holds ${end} records`);
    }
  }
  if (found.length > 0) {
    throw new Refused(
      `the place to go to is not empty:\n  ${found.slice(0, 8).join('\n  ')}\n${howToEmpty(clustered)}`,
    );
  }
}

async function fill(move: Move, target: ClusterParts): Promise<readonly string[]> {
  const { config, partitions, from, source, owner, progress } = move;
  await beginFilling(target.store, owner, { command: 'migrate', from, begunAt: Date.now() });
  const topics = topicCounts(partitions).flatMap(([topic, count]) =>
    Array.from({ length: count }, (_, partition) => ({ topic, partition })),
  );
  const ends = new Map<(typeof topics)[number], number>();
  let records = 0;
  for (const of of topics) {
    const end = await source.log.end(of);
    ends.set(of, end);
    records += end;
  }
  const tasks = [...tasksOf(partitions).map(({ name }) => name), ...ledgerNames(partitions), TICKS, RADIUS];
  const { count } = progress;

  progress.phase('copying records', records);
  for (const [topic, partitionCount] of topicCounts(partitions)) await target.log.ensureTopic(topic, partitionCount);
  await each(topics, AT_ONCE, async (of) => {
    await putRecords(target.log, of, recordsOf(source.log, of, 0, ends.get(of)!), count);
  });
  progress.phase('copying state');
  for (const name of tasks) await putEntries(target.store, name, owner, source.store.entries(name, ''), count);
  await putMemo(target.memo, source.store.entries(DOOR, ''), count);

  progress.phase('comparing records', records);
  await each(topics, AT_ONCE, async (of) => {
    const end = ends.get(of)!;
    const found = await target.log.end(of);
    if (found !== end)
      throw new Error(`${of.topic}[${of.partition}] ends at ${found} in Kafka, and at ${end} in ${from}`);
    const given = { end, compacted: COMPACTED.has(of.topic), count };
    await compareRecords(target.log, of, recordsOf(source.log, of, 0, end), given);
  });
  progress.phase('comparing state');
  let entries = await compareEntries(DOOR, source.store.entries(DOOR, ''), (keys) => target.memo.get(keys));
  for (const name of tasks) entries += await compareTask(target.store, name, () => source.store.entries(name, ''));

  const hashes = packHashes([OWN_PACKS, ...config.packFolders]);
  await agree(target.store, owner, { clock: config.clock, partitions, packs: hashes });
  for (const group of GROUPS) await forgetHints(target.log, group);
  await endFilling(target.store, owner);
  return [
    `${records} records in ${topics.length} partitions and ${entries} entries of state are on Kafka and Redis, compared one by one`,
    `rule packs in force from now on: ${Object.keys(hashes).join(', ')}`,
    ...otherSealKey(config, from),
    `${from} has not been emptied: keep it until you are content, and do not start it again`,
  ];
}

/** Words where what was refused before, and what will be, is read with two different keys. */
function otherSealKey({ sealKeyFile }: Config, from: string): readonly string[] {
  const before = join(from, 'keys', 'dead-letters.pub.pem');
  if (!sealKeyFile || !existsSync(before)) return [];
  if (readFileSync(before, 'utf8').trim() === readFileSync(sealKeyFile, 'utf8').trim()) return [];
  return [
    `what was refused until now is read with 'dozor dead-letters --key ${join(from, 'keys', 'dead-letters.key.pem')}', what will be ` +
      'with the private half of DOZOR_SEAL_KEY_FILE',
  ];
}
