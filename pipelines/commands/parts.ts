/**
 * Log and store for a command, of whichever form the configuration names. A command is not a service: it does not wait for ever,
 * and says what did not answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEmbedded, openEmbeddedForReading } from '../io/embedded.js';
import type { Log, LogRecord, TopicPartition } from '../io/log.js';
import type { Store } from '../io/store.js';
import type { Clustered, Config } from '../runtime/config.js';

/** How long Kafka and Redis may take to answer for the first time, in milliseconds. */
const ANSWER_MS = 15_000;

/** What a command works with. `close` lets what is under way finish. */
export interface Parts {
  readonly log: Log;
  readonly store: Store;
  close(): Promise<void>;
}

/**
 * Opens log and store. Embedded, `read` looks in beside the process that runs it, and `write` takes the folder's lock. Rejects in
 * words where there is no installation, where the folder is taken, or where Kafka or Redis does not answer in time.
 */
export async function openParts(
  { clustered, dataFolder }: Pick<Config, 'clustered' | 'dataFolder'>,
  mode: 'read' | 'write',
  answerMs = ANSWER_MS,
): Promise<Parts> {
  if (clustered) return openCluster(clustered, answerMs);
  return mode === 'read' ? openEmbeddedForReading(dataFolder) : openEmbedded(dataFolder);
}

/** Opens Kafka and Redis; rejects with what did not answer in time, and why. */
export async function openCluster(clustered: Clustered, answerMs = ANSWER_MS) {
  // Embedded, the clients of both are never loaded.
  const { connectCluster } = await import('./cluster-parts.js');
  return connectCluster(clustered, answerMs);
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
