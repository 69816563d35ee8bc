/** Kafka and Redis for a command: what does not answer in time is named, with the reason. */
import { Cluster } from 'ioredis';
import { type Logger, pino } from 'pino';
import { KafkaLog } from '../io/kafka/log-kafka.js';
import { clientOf, nameOf, type RedisPlace } from '../io/redis/address.js';
import { RedisMemo } from '../io/redis-memo.js';
import { RedisStore } from '../io/store-redis.js';
import type { Clustered } from '../runtime/config.js';
import type { Parts } from './parts.js';

/** The same on Kafka and Redis, with what only they have. */
export interface ClusterParts extends Parts {
  readonly log: KafkaLog;
  readonly store: RedisStore;
  readonly memo: RedisMemo;
  readonly redis: RedisPlace;
}

/** Connects to both, or rejects with what did not answer within `answerMs`. */
export async function connectCluster(clustered: Clustered, answerMs: number): Promise<ClusterParts> {
  const { kafka, namespace } = clustered;
  const redis: RedisPlace = { ...clustered.redis, prefix: namespace || 'dozor' };
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(new Error('too late')), answerMs);
  const open = async <T extends { close(): Promise<void> }>(name: string, connect: (given: Given) => Promise<T>) => {
    let trouble = '';
    const hear = (words: string) => (trouble = words || trouble);
    const given = {
      logger: listening(hear),
      signal: stop.signal,
      waitingFor: (words?: string) => void hear(words ?? ''),
    };
    try {
      return await connect(given);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      const why = trouble === '' || trouble === name ? '' : `: ${trouble}`;
      throw new Error(`${name} did not answer within ${answerMs / 1_000} s${why}`, { cause: error });
    }
  };
  const opening = [
    open(`Kafka at ${kafka.brokers.join(', ')}`, (given) =>
      KafkaLog.connect({ ...kafka, namespace, clientId: 'dozor-command' }, given),
    ),
    open(`Redis at ${nameOf(redis)}`, (given) => RedisStore.connect(redis, given)),
    open(`Redis at ${nameOf(redis)}`, (given) => RedisMemo.connect({ ...redis, check: 'off' }, given)),
  ] as const;
  const settled = await Promise.allSettled(opening);
  clearTimeout(late);
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
  if (failures.length > 0) {
    for (const one of settled) if (one.status === 'fulfilled') await one.value.close();
    throw new Error([...new Set(failures)].join('\n'));
  }
  const [log, store, memo] = await Promise.all(opening);
  const close = async () => void (await Promise.all([log.close(), store.close(), memo.close()]));
  return { log, store, memo, redis, close };
}

interface Given {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly waitingFor: (words?: string) => void;
}

/** A logger whose warnings are not printed but remembered, for the words with which a command gives up. */
function listening(hear: (words: string) => void): Logger {
  const write = (line: string) => {
    const { msg, trouble } = JSON.parse(line) as { readonly msg?: string; readonly trouble?: string };
    hear([msg, trouble].filter(Boolean).join(': '));
  };
  return pino({ level: 'warn', base: null, timestamp: false }, { write });
}

const SCAN_COUNT = 10_000;

/** A key of this installation in Redis, whichever is met first; undefined: there is none. Goes through all keys of the server. */
export async function anyKeyOf(redis: RedisPlace): Promise<string | undefined> {
  const client = clientOf(redis);
  client.on('error', () => {});
  try {
    await client.connect();
    for (const server of client instanceof Cluster ? client.nodes('master') : [client]) {
      let cursor = '0';
      do {
        const [next, keys] = await server.scan(cursor, 'MATCH', `{${redis.prefix}:*`, 'COUNT', SCAN_COUNT);
        if (keys[0] !== undefined) return keys[0];
        cursor = next;
      } while (cursor !== '0');
    }
    return undefined;
  } finally {
    client.disconnect();
  }
}
