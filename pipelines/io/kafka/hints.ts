/**
 * What a group has committed: how far each partition is saved. Nobody reads on from there, the store's offset is the truth; but
 * tools show lag by it, and a store that has fallen further back than the floor has lost state.
 */
import { LogError, type TopicPartition } from '../log.js';
import { everythingAssigner } from './assigner.js';
import { groupName, KafkaAway, KafkaClient, topicName, within } from './client.js';
import type { KafkaLog } from './log-kafka.js';

/** How far a partition is saved. The store must never be found further back than the floor. */
export interface Hint extends TopicPartition {
  readonly offset: number;
  readonly floor: number;
}

const SET_MS = 30_000;
const RETRIES = 20;

export function metadataOf({ floor }: Hint): string {
  return JSON.stringify({ floor });
}

/** What the group has committed for these topics, by whoever held the partitions. */
export async function hintsOf(log: KafkaLog, group: string, topics: readonly string[]): Promise<readonly Hint[]> {
  const groupId = groupName(log.settings, group);
  const bare = new Map(topics.map((topic) => [topicName(log.settings, topic), topic]));
  const found = await log.admin.ask((admin) => admin.fetchOffsets({ groupId, topics: [...bare.keys()] }));
  return found.flatMap(({ topic, partitions }) =>
    partitions.flatMap(({ partition, offset, metadata }) => {
      const floor = floorIn(metadata);
      // None, or the mark that kafkajs leaves where a consumer fell out of the log's range.
      if (Number(offset) < 0 || floor === undefined) return [];
      return [{ topic: bare.get(topic)!, partition, offset: Number(offset), floor }];
    }),
  );
}

function floorIn(metadata: string | null): number | undefined {
  try {
    const { floor } = JSON.parse(metadata ?? '') as { readonly floor?: unknown };
    return typeof floor === 'number' && Number.isSafeInteger(floor) ? floor : undefined;
  } catch {
    return undefined;
  }
}

/** Commits hints for a group without members, as after a restore. Rejects with a LogError where it has some. */
export async function setHints(log: KafkaLog, group: string, hints: readonly Hint[]): Promise<void> {
  if (hints.length === 0) return;
  await refuseMembers(log, group);
  const { settings, logger } = log;
  const groupId = groupName(settings, group);
  const client = new KafkaClient(settings, logger, { retries: RETRIES });
  const consumer = client.kafka.consumer({
    groupId,
    partitionAssigners: [everythingAssigner],
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 100,
    retry: { retries: RETRIES },
  });
  const joined = new Promise<boolean>((resolve) => {
    consumer.on(consumer.events.GROUP_JOIN, () => resolve(true));
    consumer.on(consumer.events.CRASH, () => resolve(false));
  });
  const topics = [...new Set(hints.map(({ topic }) => topicName(settings, topic)))];
  const setting = (async () => {
    await consumer.connect();
    await consumer.subscribe({ topics });
    await consumer.run({ autoCommit: false, eachBatch: async () => {} });
    consumer.pause(topics.map((topic) => ({ topic })));
    if (!(await joined)) throw new KafkaAway(`the group ${groupId} could not be joined`);
    const offsets = hints.map((hint) => ({
      topic: topicName(settings, hint.topic),
      partition: hint.partition,
      offset: `${hint.offset}`,
      metadata: metadataOf(hint),
    }));
    await consumer.commitOffsets(offsets);
    await consumer.disconnect();
    return true;
  })();
  try {
    if (!(await within(SET_MS, setting)))
      throw new KafkaAway(`the offsets of the group ${groupId} could not be set in time`);
  } finally {
    client.cut();
  }
}

/** Forgets what a group without members has committed: its floors no longer hold. */
export async function forgetHints(log: KafkaLog, group: string): Promise<void> {
  await refuseMembers(log, group);
  const groupId = groupName(log.settings, group);
  const { groups } = await log.admin.ask((admin) => admin.describeGroups([groupId]));
  if (groups[0]?.state === 'Dead') return;
  await log.admin.ask((admin) => admin.deleteGroups([groupId]));
}

async function refuseMembers(log: KafkaLog, group: string): Promise<void> {
  const groupId = groupName(log.settings, group);
  const { groups } = await log.admin.ask((admin) => admin.describeGroups([groupId]));
  const members = groups[0]?.members.length ?? 0;
  if (members > 0)
    throw new LogError(`The group ${groupId} has ${members} members: stop every process of the installation first.`);
}
