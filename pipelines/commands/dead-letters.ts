/** `dozor dead-letters`: what was refused, kept whole and sealed. Only who has the private key can read it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../runtime/config.js';
import { SealError, unseal } from '../runtime/seal.js';
import { fromBytes, TOPICS } from '../runtime/topics.js';
import { openParts, recordsOf } from './parts.js';

export interface DeadLetter {
  readonly id: string;
  readonly time: string;
  readonly subject?: string;
  readonly data: {
    readonly reason: string;
    readonly message: string;
    readonly field?: string;
    readonly line?: number;
    readonly event: unknown;
  };
}

/** What was read with one key. */
export interface DeadLetters {
  /** Oldest first; a copy is left out. */
  readonly letters: readonly DeadLetter[];
  /** How many the key does not open: they were sealed for another one. */
  readonly closed: number;
}

const REJECTED = { topic: TOPICS.rejected, partition: 0 };

/** Reads every dead letter of an installation. `keyFile` has the private key (PEM); unless told, the one in the data folder. */
export async function readDeadLetters(config: Config, keyFile?: string): Promise<DeadLetters> {
  const file = keyFile ?? join(config.dataFolder, 'keys', 'dead-letters.key.pem');
  if (!existsSync(file)) {
    throw new Error(`the key ${file} is not there: name the private key that opens dead letters with --key`);
  }
  const key = readFileSync(file, 'utf8');
  const { log, close } = await openParts(config, 'read');
  try {
    const letters = new Map<string, DeadLetter>();
    const closed = new Set<string>();
    if ((await log.partitions(REJECTED.topic)) === 0) return { letters: [], closed: 0 };
    const [start, end] = await Promise.all([log.start(REJECTED), log.end(REJECTED)]);
    for await (const { key: id, value } of recordsOf(log, REJECTED, start, end)) {
      if (letters.has(id)) continue;
      try {
        letters.set(id, fromBytes(unseal(key, value)) as DeadLetter);
        closed.delete(id);
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        closed.add(id);
      }
    }
    return { letters: [...letters.values()], closed: closed.size };
  } finally {
    await close();
  }
}

/** One of them by its id; throws where it is not there, or cannot be opened. */
export function deadLetter({ letters, closed }: DeadLetters, id: string): DeadLetter {
  const letter = letters.find((one) => one.id === id);
  if (letter) return letter;
  throw new Error(`there is no dead letter ${id}${closed > 0 ? `; ${wordsOf(closed)}` : ''}`);
}

/** One line for each, with the counts by reason at the end. */
export function listDeadLetters({ letters, closed }: DeadLetters, reason: string | undefined): readonly string[] {
  const chosen = letters.filter((letter) => reason === undefined || letter.data.reason === reason);
  const counts = new Map<string, number>();
  for (const { data } of chosen) counts.set(data.reason, (counts.get(data.reason) ?? 0) + 1);
  return [
    ...chosen.map(
      ({ id, time, subject, data }) => `${id}  ${time}  ${data.reason}  ${subject ?? '-'}  ${data.message}`,
    ),
    '',
    `${chosen.length} dead letters${[...counts].map(([name, count]) => `, ${name} ${count}`).join('')}`,
    ...(closed > 0 ? [wordsOf(closed)] : []),
  ];
}

function wordsOf(closed: number): string {
  return `${closed} are sealed for another key: name its private half with --key`;
}
