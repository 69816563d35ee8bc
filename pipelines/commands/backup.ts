/**
 * `dozor backup` on Kafka and Redis: taken beside the processes that run, into a folder (its form: `io/archive.ts`).
 *
 * Each task is put away as of one commit, and tasks as of different moments: they know of each other by the log alone, so one that
 * is restored from an earlier moment reads on from there and says the same again. For that the order counts:
 *
 *   1. the tasks                                what they have said stands on the log by then
 *   2. network, decisions, contacts, notices, rejected   from start to end, for the case that Kafka is lost too
 *   3. facts, then the events                   only what a task has still to read; so nothing is kept that was said because of
 *                                               an event that is not
 *
 * The memory of the doors is left out: the tasks remember what they have seen themselves, and a door only spares them the work.
 * So are keys and tokens: processes get them by their settings, and the private key that opens rejected events lies elsewhere.
 */
import { mkdirSync } from 'node:fs';
import { type Sum, writeFrames, writeManifest } from '../io/archive.js';
import { refuseFilled } from '../io/backup.js';
import type { TopicPartition } from '../io/log.js';
import { type Agreement, agreementOf } from '../runtime/agreement.js';
import { ledgerNames } from '../runtime/alerts-task.js';
import type { Config } from '../runtime/config.js';
import { Refused } from '../runtime/failure.js';
import { RADIUS } from '../runtime/radius-source.js';
import { TOPICS, topicCounts } from '../runtime/topics.js';
import { refuseHalfFilled } from '../runtime/unfinished.js';
import { clusteredOf } from './cluster.js';
import type { ClusterParts } from './cluster-parts.js';
import { openCluster, recordsOf } from './parts.js';
import {
  entryFrames,
  META,
  progressBar,
  recordFrames,
  standIn,
  type TaskInput,
  type TaskStand,
  TICKS,
  tasksOf,
} from './transfer.js';

/** What a backup holds of a task. `epoch` and `sequence` say which of its commits it is, or the one before. */
export interface TaskNote extends Sum {
  readonly epoch: number;
  readonly sequence: number;
  /** Where it goes on, for a task that has read something. */
  readonly stand?: TaskStand;
}

/** What it holds of a partition: from one offset up to before another. */
export interface RecordsNote extends Sum {
  readonly start: number;
  readonly end: number;
}

/** manifest.json of a backup. Tasks by their name, partitions by `TOPIC/P`. */
export interface Manifest {
  readonly takenAt: string;
  readonly agreement: Agreement;
  readonly tasks: Readonly<Record<string, TaskNote>>;
  readonly topics: Readonly<Record<string, RecordsNote>>;
  /** What the tasks had still to read of their inputs. */
  readonly inputs: Readonly<Record<string, RecordsNote>>;
}

/** The topics that a backup holds from start to end. */
export const WHOLE = [
  TOPICS.network,
  TOPICS.decisions,
  TOPICS.contacts,
  TOPICS.notices,
  TOPICS.rejected,
  TOPICS.audit,
] as const;

export const partitionName = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;
export const taskFile = (name: string) => `tasks/${name}`;
export const recordsFile = (kind: 'topics' | 'inputs', { topic, partition }: TopicPartition) =>
  `${kind}/${topic}-${partition}`;

/** Takes the backup and returns what it holds, in lines. The folder must be empty or not there. */
export async function backupCluster(config: Config, folder: string): Promise<readonly string[]> {
  const clustered = clusteredOf(config, 'backup');
  refuseFilled(folder, 'the backup would mix with what lies there');
  const parts = await openCluster(clustered);
  const progress = progressBar();
  try {
    const { store } = parts;
    await refuseHalfFilled(store);
    const agreement = await agreementOf(store);
    if (!agreement) throw new Refused('no process has started on this Redis yet: there is nothing to put away');
    const takenAt = new Date().toISOString();
    mkdirSync(folder, { recursive: true, mode: 0o700 });

    const all = tasksOf(agreement.partitions);
    const ledgers = ledgerNames(agreement.partitions);
    progress.phase('tasks', all.length + 2 + ledgers.length);
    const tasks: Record<string, TaskNote> = {};
    for (const name of [TICKS, RADIUS, ...ledgers, ...all.map((task) => task.name)]) {
      tasks[name] = await putTaskAway(parts, folder, name);
      progress.count(1);
    }
    const topics: Record<string, RecordsNote> = {};
    progress.phase('records');
    for (const of of wholePartitions(agreement))
      topics[partitionName(of)] = await putAway(parts, folder, 'topics', of, {});
    const inputs: Record<string, RecordsNote> = {};
    // Facts before the events they come from, of services before those of elements.
    for (const { name, input } of [...all].sort(byDepth)) {
      const from = tasks[name]?.stand?.offset;
      inputs[partitionName(input)] = await putAway(parts, folder, 'inputs', input, from === undefined ? {} : { from });
    }
    const manifest: Manifest = { takenAt, agreement, tasks, topics, inputs };
    writeManifest(folder, manifest);
    return told(manifest, folder);
  } finally {
    progress.stop();
    await parts.close();
  }
}

/** The partitions that a backup holds from start to end. */
export function wholePartitions({ partitions }: Agreement): readonly TopicPartition[] {
  return topicCounts(partitions).flatMap(([topic, count]) =>
    (WHOLE as readonly string[]).includes(topic)
      ? Array.from({ length: count }, (_, partition) => ({ topic, partition }))
      : [],
  );
}

const DEPTH = ['collector', 'service', 'network'] as const;

function byDepth(a: TaskInput, b: TaskInput): number {
  return DEPTH.indexOf(a.role) - DEPTH.indexOf(b.role) || a.input.partition - b.input.partition;
}

async function putTaskAway({ store }: ClusterParts, folder: string, name: string): Promise<TaskNote> {
  const own = await store.ownership(name);
  let stand: TaskStand | undefined;
  async function* entries() {
    for await (const entry of store.entries(name, '')) {
      if (entry[0] === META) stand = standIn(entry[1]);
      yield entry;
    }
  }
  const sum = await writeFrames(folder, taskFile(name), entryFrames(entries()));
  const { epoch, sequence } = own ?? { epoch: 0, sequence: 0 };
  return { ...sum, epoch, sequence, ...(stand && { stand }) };
}

async function putAway(
  { log }: ClusterParts,
  folder: string,
  kind: 'topics' | 'inputs',
  of: TopicPartition,
  { from }: { readonly from?: number },
): Promise<RecordsNote> {
  const start = from ?? (await log.start(of));
  const end = Math.max(start, await log.end(of));
  const records = recordsOf(log, of, start, end, { markAtEnd: kind === 'inputs' });
  return { ...(await writeFrames(folder, recordsFile(kind, of), recordFrames(records))), start, end };
}

function told({ tasks, topics, inputs }: Manifest, folder: string): readonly string[] {
  const sum = (notes: Readonly<Record<string, Sum>>) =>
    Object.values(notes).reduce((total, { count }) => total + count, 0);
  return [
    `the backup stands in ${folder}: ${sum(tasks)} entries of ${Object.keys(tasks).length} tasks, ${sum(topics)} records that were ` +
      `told, ${sum(inputs)} that were still to be read`,
    'it holds no keys and no tokens: those come with the settings of each process',
  ];
}
