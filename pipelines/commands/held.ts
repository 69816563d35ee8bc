/** `dozor held`: services whose records made the program fail three times, and what can be done about them. */
import { randomUUID } from 'node:crypto';
import { openEmbedded, openEmbeddedForReading } from '../io/embedded.js';
import type { Config } from '../runtime/config.js';
import { askRetry, heldOf } from '../runtime/held.js';

const tasksOf = (config: Config) => Array.from({ length: config.servicePartitions }, (_, p) => `service-${p}`);

/** A line for each held service. */
export async function listHeld(config: Config): Promise<readonly string[]> {
  const { store, close } = await openEmbeddedForReading(config.dataFolder);
  try {
    const lines: string[] = [];
    for (const task of tasksOf(config)) {
      for (const [service, { why, since, retry }] of await heldOf(store, task)) {
        const when = since === null ? 'just now' : new Date(since).toISOString();
        lines.push(`${service}  since ${when}${retry ? '  (let through at the next start)' : ''}  ${why}`);
      }
    }
    return lines.length > 0 ? lines : ['no service is held'];
  } finally {
    await close();
  }
}

/** Marks a held service to be let through. Takes the folder's lock, so that no running task can overtake it. */
export async function retryHeld(config: Config, service: string): Promise<void> {
  const { store, close } = await openEmbedded(config.dataFolder);
  try {
    const owner = randomUUID();
    for (const task of tasksOf(config)) if (await askRetry(store, task, owner, service)) return;
    throw new Error(`${service} is not held`);
  } finally {
    await close();
  }
}
