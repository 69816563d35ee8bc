/**
 * Backup and restore of an embedded installation; `commands/backup.ts` and `commands/restore.ts` are for those on Kafka and Redis.
 * Log and store are one LMDB environment, so one snapshot of it belongs together; it is taken beside the running process. The
 * index is left out: it is made again from the log.
 */
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { open } from 'lmdb';
import { openEmbeddedForReading } from './embedded.js';

/** What lies beside the database and belongs to the installation. */
const BESIDE = ['keys', 'tokens.json', 'local.token'] as const;

/** Copies a consistent snapshot of the folder into another, which must be empty or not there. */
export async function backup(folder: string, to: string): Promise<void> {
  refuseFilled(to, 'the backup would mix with what lies there');
  // Says clearly where there is no installation, or a damaged one.
  await (await openEmbeddedForReading(folder)).close();
  mkdirSync(to, { recursive: true, mode: 0o700 });
  const env = open({ path: folder, noSubdir: false, readOnly: true });
  try {
    await env.backup(resolve(to), false);
  } finally {
    await env.close();
  }
  copyBeside(folder, to);
}

/** Makes an installation of a backup, in a folder that is empty or not there. */
export async function restore(from: string, folder: string): Promise<void> {
  if (existsSync(join(from, 'manifest.json'))) {
    throw new Error(
      `${resolve(from)} was taken on Kafka and Redis: set KAFKA_BROKERS and REDIS_URL to restore it there`,
    );
  }
  await (await openEmbeddedForReading(from)).close();
  refuseFilled(folder, 'a restore never writes over an installation');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  cpSync(join(from, 'data.mdb'), join(folder, 'data.mdb'));
  copyBeside(from, folder);
}

function copyBeside(from: string, to: string): void {
  for (const name of BESIDE) {
    if (existsSync(join(from, name)))
      cpSync(join(from, name), join(to, name), { recursive: true, preserveTimestamps: true });
  }
}

/** Throws where there is something in the folder, with why that must not be and what to do. */
export function refuseFilled(folder: string, why: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new Error(`${resolve(folder)} is not empty: ${why}. Name a folder that is empty or not there.`);
  }
}
