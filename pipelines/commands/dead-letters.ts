/** `dozor dead-letters`: what was refused, kept whole and sealed. Only who has the folder's private key can read it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openEmbeddedForReading } from '../io/embedded.js';
import { unseal } from '../runtime/seal.js';
import { fromBytes, TOPICS } from '../runtime/topics.js';

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

/** Reads every dead letter of an installation, oldest first; a copy is left out. */
export async function readDeadLetters(dataFolder: string): Promise<readonly DeadLetter[]> {
  const keyFile = join(dataFolder, 'keys', 'dead-letters.key.pem');
  if (!existsSync(keyFile)) {
    throw new Error(`the key ${keyFile} is not there: without it no dead letter can be read`);
  }
  const key = readFileSync(keyFile, 'utf8');
  const { log, close } = await openEmbeddedForReading(dataFolder);
  try {
    const of = { topic: TOPICS.rejected, partition: 0 };
    const letters = new Map<string, DeadLetter>();
    for (let from = await log.start(of); ; ) {
      const records = await log.read(of, from, 500);
      if (records.length === 0) break;
      for (const record of records) {
        if (!letters.has(record.key)) letters.set(record.key, fromBytes(unseal(key, record.value)) as DeadLetter);
      }
      from += records.length;
    }
    return [...letters.values()];
  } finally {
    await close();
  }
}

/** One line for each, with the counts by reason at the end. */
export function listDeadLetters(letters: readonly DeadLetter[], reason: string | undefined): readonly string[] {
  const chosen = letters.filter((letter) => reason === undefined || letter.data.reason === reason);
  const counts = new Map<string, number>();
  for (const { data } of chosen) counts.set(data.reason, (counts.get(data.reason) ?? 0) + 1);
  return [
    ...chosen.map(
      ({ id, time, subject, data }) => `${id}  ${time}  ${data.reason}  ${subject ?? '-'}  ${data.message}`,
    ),
    '',
    `${chosen.length} dead letters${[...counts].map(([name, count]) => `, ${name} ${count}`).join('')}`,
  ];
}
