/**
 * Dozor as it is run: `dozor serve` with the role service alone, on Kafka and Redis. It is followed from outside, by the offsets
 * that its tasks have committed in the store: what counts is saved. The clock runs from the first commit that is seen, so the
 * start, the joining of the group and the first quarter of a second are left out, with their records.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { RedisStore } from '../../../dist/pipelines/io/store-redis.js';
import { makeSealKeys } from '../../../dist/pipelines/runtime/seal.js';
import { standOf } from '../../../dist/pipelines/runtime/task.js';
import { runChild } from './measure.mjs';
import { partitionsOf } from './story.mjs';
import { client } from './topic.mjs';

const COMMAND = fileURLToPath(new URL('../../../dist/pipelines/dozor.js', import.meta.url));
const LOOK_MS = 40;

/** One run over the whole topic, from an empty store. */
export async function runDozor({ kafka, redis, size, records, profiler }) {
  await forget(kafka, redis);
  const folder = mkdtempSync(join(tmpdir(), 'dozor-bench-'));
  const sealKey = join(folder, 'seal.pub.pem');
  writeFileSync(sealKey, makeSealKeys().publicKeyPem);
  const store = await RedisStore.connect({ url: redis.url, prefix: 'dozor' }, { logger: pino({ level: 'silent' }) });
  const partitions = partitionsOf(size);
  try {
    return await runChild({
      command: process.execPath,
      args: [...profiler, COMMAND, 'serve', '--roles', 'service'],
      env: {
        DOZOR_CLOCK: 'events',
        DOZOR_DATA: folder,
        DOZOR_PORT: '0',
        DOZOR_SEAL_KEY_FILE: sealKey,
        DOZOR_SERVICE_PARTITIONS: String(partitions.service),
        DOZOR_ELEMENT_PARTITIONS: String(partitions.element),
        DOZOR_FACT_PARTITIONS: String(partitions.facts),
        DOZOR_DECISION_PARTITIONS: String(partitions.decisions),
        KAFKA_BROKERS: kafka.brokers,
        REDIS_URL: redis.url,
      },
      follow: () => follow(store, size, records),
      beside: { kafka: kafka.pid, redis: redis.pid },
    });
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function follow(store, { partitions, services, events }, records) {
  let first;
  for (;;) {
    const stands = await Promise.all(Array.from({ length: partitions }, (_, p) => standOf(store, `service-${p}`)));
    const at = performance.now();
    const saved = stands.reduce((sum, stand) => sum + (stand?.offset ?? 0), 0);
    if (saved > 0) first ??= { at, saved };
    if (saved >= records) {
      const taken = stands.reduce((sum, { tally }) => sum + (tally.taken ?? 0), 0);
      if (taken !== services + events) throw new Error(`${taken} events were taken of ${services + events}`);
      return { records: saved - first.saved, seconds: (at - first.at) / 1_000, endedAt: at };
    }
    await sleep(LOOK_MS);
  }
}

/** What an earlier run left: state and seen ids in Redis, offsets and hints of the group in Kafka. */
async function forget(kafka, redis) {
  const connection = new Redis(redis.url);
  await connection.flushall();
  await connection.quit();
  const admin = client(kafka.brokers).admin();
  await admin.connect();
  try {
    const { groups } = await admin.listGroups();
    const left = groups.map(({ groupId }) => groupId).filter((name) => name.startsWith('dozor-'));
    if (left.length > 0) await admin.deleteGroups(left);
  } finally {
    await admin.disconnect();
  }
}
