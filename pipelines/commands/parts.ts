/**
 * Log and store for a command, of whichever form the configuration names. A command is not a service: it does not wait for ever,
 * and says what did not answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { type Logger, pino } from 'pino';
import { openEmbedded, openEmbeddedForReading } from '../io/embedded.js';
import { KafkaLog } from '../io/kafka/log-kafka.js';
import type { Log, LogRecord, TopicPartition } from '../io/log.js';
import { clientOf, nameOf, type RedisPlace } from '../io/redis/address.js';
import { RedisMemo } from '../io/redis-memo.js';
import type { Store } from '../io/store.js';
import { RedisStore } from '../io/store-redis.js';
import type { Clustered, Config } from '../runtime/config.js';

/** How long Kafka and Redis may take to answer for the first time, in milliseconds. */
export const ANSWER_MS = 15_000;

/** What a command works with. `close` lets what is under way finish. */
export interface Parts {
  readonly log: Log;
  readonly store: Store;
  close(): Promise<void>;
}

/** The same on Kafka and Redis, with what only they have. */
export interface ClusterParts extends Parts {
  readonly log: KafkaLog;
  readonly store: RedisStore;
  readonly memo: RedisMemo;
  readonly redis: RedisPlace;
}

/**
 * Opens log and store. Embedded, `read` looks in beside the process that runs it, and `write` takes the folder's lock. Rejects in
 * words where there is no installation, where the folder is taken, or where Kafka or Redis does not answer in time.
 */
export function openParts(config: Config, mode: 'read' | 'write', answerMs = ANSWER_MS): Promise<Parts> {
  if (config.clustered) return openCluster(config.clustered, answerMs);
  return mode === 'read' ? openEmbeddedForReading(config.dataFolder) : openEmbedded(config.dataFolder);
}

/** Opens Kafka and Redis; rejects with what did not answer in time, and why. */
export async function openCluster(clustered: Clustered, answerMs = ANSWER_MS): Promise<ClusterParts> {
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

const BATCH = 1_000;
const AGAIN_MS = 200;
/** How often in a row a log may give nothing of what it is known to hold: each time Kafka's waits for some seconds by itself. */
const NOTHING_MAX = 5;

/**
 * The records of a partition from an offset up to before an end that is known. Rejects where the log gives nothing more before
 * that end; where a foreign producer writes transactions, their last mark is such a place, and `markAtEnd` lets it pass.
 */
export async function* recordsOf(
  log: Log,
  of: TopicPartition,
  from: number,
  end: number,
  { markAtEnd = false }: { readonly markAtEnd?: boolean } = {},
): AsyncGenerator<LogRecord> {
  for (let nothing = 0; from < end; ) {
    const records = await log.read(of, from, BATCH);
    if (records.length === 0) {
      if (++nothing >= NOTHING_MAX) {
        if (markAtEnd) return;
        throw new Error(`${of.topic}[${of.partition}] reaches to offset ${end}, and gives nothing from ${from} on`);
      }
      await sleep(AGAIN_MS);
      continue;
    }
    nothing = 0;
    for (const record of records) if (record.offset < end) yield record;
    from = records[records.length - 1]!.offset + 1;
  }
}
