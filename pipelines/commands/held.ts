/** `dozor held`: services whose records made the program fail three times, and what can be done about them. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { FencedError, type Store } from '../io/store.js';
import { agreementOf } from '../runtime/agreement.js';
import type { Config } from '../runtime/config.js';
import { askRetry, heldOf } from '../runtime/held.js';
import { partitionsOf } from '../runtime/node.js';
import { taskNames } from '../runtime/status.js';
import { openParts } from './parts.js';

/** How long a command waits for the process that runs the task, in milliseconds. */
const TAKEN_MS = 10_000;
const LOOK_MS = 200;
/** A task that is taken over just now refuses what was asked of it. */
const TRIES = 5;

async function serviceTasks(config: Config, store: Store): Promise<readonly string[]> {
  return taskNames((await agreementOf(store))?.partitions ?? partitionsOf(config)).service;
}

/** A line for each held service. */
export async function listHeld(config: Config): Promise<readonly string[]> {
  const { store, close } = await openParts(config, 'read');
  try {
    const lines: string[] = [];
    for (const task of await serviceTasks(config, store)) {
      for (const [service, { why, since, retry }] of await heldOf(store, task)) {
        const when = since === null ? 'just now' : new Date(since).toISOString();
        lines.push(`${service}  since ${when}${retry ? `  (${LATER})` : ''}  ${why}`);
      }
    }
    return lines.length > 0 ? lines : ['no service is held'];
  } finally {
    await close();
  }
}

const LATER = 'let through at the next start';

/**
 * Lets the records of a held service through, and says what became of that. Embedded, at the next start: it takes the folder's
 * lock, so that no running task can overtake it. On Kafka and Redis the process that runs the task loses it to this command, finds
 * that it should still have it, and takes it over again with the wish in its state.
 */
export async function retryHeld(config: Config, service: string): Promise<string> {
  const { store, close } = await openParts(config, 'write');
  try {
    for (const task of await serviceTasks(config, store)) {
      if (!(await ask(store, task, service))) continue;
      if (!config.clustered) return `${service} is ${LATER}`;
      return await outcome(store, task, service);
    }
    throw new Error(`${service} is not held`);
  } finally {
    await close();
  }
}

async function ask(store: Store, task: string, service: string): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await askRetry(store, task, randomUUID(), service);
    } catch (error) {
      if (!(error instanceof FencedError) || attempt === TRIES) throw error;
    }
  }
}

async function outcome(store: Store, task: string, service: string): Promise<string> {
  for (let waited = 0; waited < TAKEN_MS; waited += LOOK_MS) {
    await sleep(LOOK_MS);
    const held = (await heldOf(store, task)).get(service);
    if (!held) return `${service} is let through`;
    if (!held.retry) return `${service} was let through, failed again, and is held again: ${held.why}`;
  }
  return `${service} is let through when ${task} is taken over or saves something next: no process has done so yet`;
}
