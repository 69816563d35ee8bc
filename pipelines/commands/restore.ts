/**
 * `dozor restore` on Kafka and Redis: an empty Redis gets the state of a backup. With Kafka as it is, the tasks read on from where
 * they stood then, and decide again what they decided since, with the same ids. Where Kafka is lost too, `topics` puts back what
 * was told; the inputs of the tasks then begin anew with what they had still to read.
 */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Instant } from '../domain/units.js';
import { checkFrames, type Frame, readFrames, readManifest } from '../io/archive.js';
import { setHints } from '../io/kafka/hints.js';
import type { Log } from '../io/log.js';
import { agree, differencesOf } from '../runtime/agreement.js';
import { LEDGER_STAND, ledgerNames, standingAnew } from '../runtime/alerts-task.js';
import { encode as pack, decode as unpack } from '../runtime/codec.js';
import type { Clustered, Config } from '../runtime/config.js';
import { Refused } from '../runtime/failure.js';
import { partitionsOf } from '../runtime/node.js';
import { RADIUS, RADIUS_BATCH } from '../runtime/radius-source.js';
import { tickedPartitions } from '../runtime/ticker.js';
import { fromBytes, type Tick, TOPICS, type Told, topicCounts } from '../runtime/topics.js';
import { beginFilling, endFilling, fillingOf, wordsOf } from '../runtime/unfinished.js';
import { type Manifest, partitionName, recordsFile, taskFile, wholePartitions } from './backup.js';
import { clusteredOf, GROUPS, howToEmpty, refuseMembers } from './cluster.js';
import { anyKeyOf, type ClusterParts } from './cluster-parts.js';
import { openCluster, recordsOf } from './parts.js';
import {
  COMPACTED,
  compareRecords,
  compareTask,
  type Entry,
  lastTick,
  META,
  type Progress,
  progressBar,
  putEntries,
  putRecords,
  standingAt,
  type TaskInput,
  TICKS,
  tasksOf,
} from './transfer.js';

interface Restoring {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly tasks: readonly TaskInput[];
  readonly parts: ClusterParts;
  readonly topics: boolean;
  readonly owner: string;
  readonly progress: Progress;
}

/** Restores and returns what was done, in lines. Rejects with a `Refused` where something is in the way. */
export async function restoreCluster(
  config: Config,
  from: string,
  { topics }: { readonly topics: boolean },
): Promise<readonly string[]> {
  const clustered = clusteredOf(config, 'restore');
  const folder = resolve(from);
  const manifest = readManifest<Manifest>(folder);
  const { agreement } = manifest;
  const here = { clock: config.clock, partitions: partitionsOf(config), packs: agreement.packs };
  const differences = differencesOf(agreement, here);
  if (differences.length > 0)
    throw new Refused(`the backup is of another installation:\n  ${differences.join('\n  ')}`);
  const progress = progressBar();
  const parts = await openCluster(clustered);
  try {
    const tasks = tasksOf(agreement.partitions);
    const restoring = { folder, manifest, tasks, parts, topics, owner: randomUUID(), progress };
    await refuseMembers(parts.log);
    await refuseFilledStore(restoring, clustered);
    if (topics) await refuseFilledTopics(restoring, clustered);
    else await refuseOtherLog(restoring);
    await check(restoring);
    return await fill(restoring);
  } finally {
    progress.stop();
    await parts.close();
  }
}

async function refuseFilledStore({ parts: { store, redis } }: Restoring, clustered: Clustered): Promise<void> {
  const filling = await fillingOf(store);
  const key = filling ? undefined : await anyKeyOf(redis);
  if (!filling && key === undefined) return;
  const why = filling ? wordsOf(filling) : `Redis holds ${key}, and a restore never writes over what is there`;
  throw new Refused(`${why}; ${howToEmpty(clustered, 'redis')}`);
}

async function refuseFilledTopics({ parts: { log }, manifest }: Restoring, clustered: Clustered): Promise<void> {
  const found: string[] = [];
  for (const [topic] of topicCounts(manifest.agreement.partitions)) {
    const has = await log.partitions(topic);
    for (let partition = 0; partition < has; partition++) {
      const end = await log.end({ topic, partition });
      if (end > 0) found.push(`${topic}[${partition}] has had ${end} records`);
    }
  }
  if (found.length > 0) {
    throw new Refused(
      `--topics is for a Kafka that is new, and here ${found.slice(0, 4).join(', ')}: leave --topics out if Kafka has what it ` +
        `had, or ${howToEmpty(clustered)}`,
    );
  }
  for (const [name, { start, end, count }] of Object.entries(manifest.topics)) {
    if (!name.startsWith(`${TOPICS.decisions}/`) || (start === 0 && count === end)) continue;
    throw new Refused(
      `the backup holds ${count} records of ${name} from ${start} to ${end}: its decisions would change places`,
    );
  }
}

/** The log must be the one that the backup was taken beside, and still hold all that came after it. */
async function refuseOtherLog({ parts: { log }, manifest, tasks, progress }: Restoring): Promise<void> {
  const problems: string[] = [];
  const refuse = () => {
    if (problems.length > 0) throw new Refused(`this Kafka does not go with the backup:\n  ${problems.join('\n  ')}`);
  };
  for (const [topic, count] of topicCounts(manifest.agreement.partitions)) {
    const has = await log.partitions(topic);
    if (has === 0) problems.push(`there is no topic ${topic}: if Kafka is lost too, restore with --topics`);
    else if (has !== count) problems.push(`topic ${topic} has ${has} partitions, not ${count}`);
  }
  refuse();
  for (const { name, input } of tasks) {
    const offset = manifest.tasks[name]?.stand?.offset;
    if (offset === undefined) continue;
    const [start, end] = await Promise.all([log.start(input), log.end(input)]);
    const where = `${input.topic}[${input.partition}]`;
    if (offset < start) {
      problems.push(
        `${where} begins at ${start}, and ${name} goes on from ${offset}: what lay between is gone for good`,
      );
    } else if (offset > end) {
      problems.push(
        `${where} ends at ${end}, and ${name} has read to ${offset}: it is another Kafka, or one that lost records`,
      );
    }
  }
  refuse();
  const ticks = tasks.flatMap(({ name, role }) => (role === 'service' ? [manifest.tasks[name]?.stand?.tick ?? 0] : []));
  progress.phase('looking through network');
  const gone = await compactedSince({ log, tick: Math.min(...ticks) });
  if (gone > 0) {
    problems.push(
      `network has lost ${gone} records of ticks that the service tasks have still to work on: the backup is older than ` +
        'DOZOR_NETWORK_DETAIL_DAYS, take a newer one',
    );
  }
  refuse();
}

const NETWORK = { topic: TOPICS.network, partition: 0 };

/** How many records of `network` that belong after a tick are not there any more. */
async function compactedSince({ log, tick }: { readonly log: Log; readonly tick: number }): Promise<number> {
  let next = await log.start(NETWORK);
  let gone = 0;
  for await (const { offset, value } of recordsOf(log, NETWORK, next, await log.end(NETWORK), { markAtEnd: true })) {
    if (offset > next && (fromBytes(value) as Told<unknown>).tick > tick) gone += offset - next;
    next = offset + 1;
  }
  return gone;
}

/** Reads the whole backup before anything is changed: a damaged one is of no use half-way. */
async function check({ folder, manifest, tasks, topics, progress }: Restoring): Promise<void> {
  progress.phase('checking the backup');
  for (const [name, note] of Object.entries(manifest.tasks)) await checkFrames(folder, taskFile(name), note);
  if (!topics) return;
  for (const of of wholePartitions(manifest.agreement)) {
    await checkFrames(folder, recordsFile('topics', of), manifest.topics[partitionName(of)]!);
  }
  for (const { input } of tasks) {
    await checkFrames(folder, recordsFile('inputs', input), manifest.inputs[partitionName(input)]!);
  }
}

async function fill(restoring: Restoring): Promise<readonly string[]> {
  const { folder, manifest, tasks, parts, topics, owner, progress } = restoring;
  const { log, store, memo } = parts;
  const { agreement, takenAt } = manifest;
  await beginFilling(store, owner, { command: 'restore', from: folder, begunAt: Date.now() });
  const records = topics ? await putTopics(restoring) : 0;
  const last = await newest(restoring);
  const entriesOf = new Map<string, () => AsyncIterable<Entry>>(
    tasks.map(({ name }) => [
      name,
      () => entriesIn(folder, name, topics ? { [META]: (was) => standingAt(0, was) } : {}),
    ]),
  );
  // A number that was given stays given: it may stand on the log with another time.
  const raised = (was: Uint8Array) => pack(Math.max(unpack(was) as number, last.tick + 1));
  entriesOf.set(TICKS, () => entriesIn(folder, TICKS, { reserved: raised }));
  // A backup of before has none. What its sessions were told since is on the log: their counters are not to be trusted.
  const doubtful = { [RADIUS_BATCH]: () => pack(-1) };
  if (manifest.tasks[RADIUS]) entriesOf.set(RADIUS, () => entriesIn(folder, RADIUS, doubtful));

  // A ledger reads everything anew: what has left since stands on the log, and what it knows already changes nothing.
  for (const name of ledgerNames(agreement.partitions))
    if (manifest.tasks[name]) entriesOf.set(name, () => entriesIn(folder, name, { [LEDGER_STAND]: standingAnew }));

  progress.phase('state');
  for (const [name, entries] of entriesOf) await putEntries(store, name, owner, entries(), progress.count);
  // Where events move the clock the doors go on from what it said last.
  if (agreement.clock === 'events' && last.clock !== undefined)
    await memo.put(new Map([['clock', pack(last.clock)]]), new Set());
  progress.phase('comparing');
  let count = 0;
  for (const [name, entries] of entriesOf) count += await compareTask(store, name, entries);

  await agree(store, owner, agreement);
  for (const group of GROUPS) {
    const hints = tasks.flatMap(({ name, role, input }) => {
      const offset = topics ? 0 : manifest.tasks[name]?.stand?.offset;
      return role === group && offset !== undefined ? [{ ...input, offset, floor: offset }] : [];
    });
    await setHints(log, group, hints);
  }
  await endFilling(store, owner);
  return [
    `${count} entries of ${entriesOf.size} tasks are in Redis, as of ${takenAt}${topics ? `, and ${records} records on Kafka` : ''}`,
    topics
      ? 'start the processes, and send again what was sent since: what is known already counts once'
      : 'start the processes: they read on from there, and decide again what they decided since, with the same ids',
  ];
}

type Changed = Readonly<Record<string, (was: Uint8Array) => Uint8Array>>;

/** The entries of a task out of the backup, some of them changed on the way. */
async function* entriesIn(folder: string, name: string, changed: Changed): AsyncGenerator<Entry> {
  for await (const frame of readFrames(folder, taskFile(name))) {
    const [key, value] = frame as Frame & Entry;
    yield [key, changed[key]?.(value) ?? value];
  }
}

/** Puts back what the backup holds of every topic, one after the other from offset 0 on. Returns how many records that are. */
async function putTopics({ folder, manifest, tasks, parts: { log }, progress }: Restoring): Promise<number> {
  const all = [
    ...wholePartitions(manifest.agreement).map((of) => ({ of, kind: 'topics' as const })),
    ...tasks.map(({ input }) => ({ of: input, kind: 'inputs' as const })),
  ];
  for (const [topic, count] of topicCounts(manifest.agreement.partitions)) await log.ensureTopic(topic, count);
  let total = 0;
  progress.phase('records');
  for (const { of, kind } of all) {
    const records = () => recordsIn(folder, recordsFile(kind, of));
    await putRecords(log, of, records(), progress.count);
    const end = await log.end(of);
    await compareRecords(log, of, records(), { end, compacted: COMPACTED.has(of.topic), count: () => {} });
    total += end;
  }
  return total;
}

async function* recordsIn(folder: string, file: string) {
  let offset = 0;
  for await (const frame of readFrames(folder, file)) {
    const [, key, value] = frame as Frame & readonly [offset: number, key: string, value: Uint8Array];
    yield { offset: offset++, key, value };
  }
}

/** The highest tick that was given, and what the clock said last where events move it; of the backup and on the log. */
async function newest({
  manifest,
  parts: { log },
}: Restoring): Promise<{ readonly tick: number; readonly clock?: Instant }> {
  const stands = Object.values(manifest.tasks).flatMap(({ stand }) => (stand ? [stand] : []));
  const ticks: readonly Pick<Tick, 'tick' | 'clock'>[] = [
    ...stands.map(({ tick, clock }) => ({ tick, clock: clock === 'ever' ? null : clock })),
    ...(await Promise.all(tickedPartitions(manifest.agreement.partitions).map((of) => lastTick(log, of)))).flat(),
  ];
  const clocks = ticks.flatMap(({ clock }) => (clock === null ? [] : [clock]));
  return {
    tick: Math.max(0, ...ticks.map(({ tick }) => tick)),
    ...(clocks.length > 0 && { clock: Math.max(...clocks) }),
  };
}
