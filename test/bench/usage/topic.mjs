/** Writes the story into Kafka, once for all contenders, as fast as one producer can. */
import kafkajs from 'kafkajs';
import { settle } from '../../../dist/pipelines/io/kafka/client.js';
import { configOf, policyOf } from '../../../dist/pipelines/io/kafka/topic-policy.js';
import { topicCounts } from '../../../dist/pipelines/runtime/topics.js';
import { partitionsOf, story } from './story.mjs';

const { Kafka, logLevel } = kafkajs;
const BATCH = 4_000;

/** A client that says nothing: what goes wrong is thrown. */
export function client(brokers) {
  return new Kafka({ brokers: [brokers], clientId: 'dozor-bench', logLevel: logLevel.NOTHING });
}

/** Makes all topics of the installation and fills them; returns how many seconds the writing took. */
export async function writeTopic(brokers, size) {
  const kafka = client(brokers);
  const admin = kafka.admin();
  await admin.connect();
  const settings = settle({ brokers: [brokers] });
  const topics = topicCounts(partitionsOf(size)).map(([topic, numPartitions]) => ({
    topic,
    numPartitions,
    replicationFactor: 1,
    configEntries: Object.entries(configOf(policyOf(topic, settings), undefined)).map(([name, value]) => ({
      name,
      value,
    })),
  }));
  await admin.createTopics({ waitForLeaders: true, topics });
  await admin.disconnect();

  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const began = performance.now();
  let batch = new Map();
  let held = 0;
  const send = async () => {
    const topicMessages = [...batch].map(([name, messages]) => ({ topic: name, messages }));
    batch = new Map();
    held = 0;
    await producer.sendBatch({ topicMessages });
  };
  for (const { topic: name, partition, key, value } of story(size)) {
    const messages = batch.get(name) ?? [];
    batch.set(name, messages);
    messages.push({ partition, key, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength) });
    held += 1;
    if (held >= BATCH) await send();
  }
  if (held > 0) await send();
  await producer.disconnect();
  return (performance.now() - began) / 1_000;
}
