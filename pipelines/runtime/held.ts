/**
 * A record that makes the program itself fail. Nothing of it is saved; the task begins anew from its last commit. At the third
 * failure for one service that service is held: its records queue in its state, everything else goes on, and a critical alarm
 * says so. `dozor held retry` lets the queue through at the next start.
 */
import type { Instant } from '../domain/units.js';
import { guardedCommit } from '../io/guarded-commit.js';
import type { Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { SubjectFailure } from './failure.js';

/** How often a service may fail before it is held. */
export const FAILURES_MAX = 3;

/** Why a service is held. */
export interface Held {
  readonly why: string;
  /** The clock when it was first left out; null until the task stands again. */
  readonly since: Instant | null;
  /** Set by a person: let the queue through at the next start. */
  readonly retry: boolean;
}

/** Runs a piece of work for a subject; a failure names it. */
export function working<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof SubjectFailure ? error : new SubjectFailure(subject, error);
  }
}

/** Counts a failure of a task's subject in its store, and holds the subject at the third. */
export async function recordFailure(
  store: Store,
  task: string,
  owner: string,
  failure: SubjectFailure,
): Promise<'again' | 'held'> {
  const own = await store.acquire(task, owner);
  const key = `fail/${failure.subject}`;
  const [value] = await store.get(task, [key]);
  const count = (value ? (unpack(value) as number) : 0) + 1;
  if (count < FAILURES_MAX) {
    await guardedCommit(store, own, { puts: new Map([[key, pack(count)]]), deletes: new Set() });
    return 'again';
  }
  const held: Held = { why: failure.message, since: null, retry: false };
  const puts = new Map([[`h/${failure.subject}`, pack(held)]]);
  await guardedCommit(store, own, { puts, deletes: new Set([key]) });
  return 'held';
}

/** The held services of a task. */
export async function heldOf(store: Store, task: string): Promise<ReadonlyMap<string, Held>> {
  const found = new Map<string, Held>();
  for await (const [key, value] of store.entries(task, 'h/')) found.set(key.slice(2), unpack(value) as Held);
  return found;
}

/** Asks that a held service be let through at the next start; false where this task holds no such service. */
export async function askRetry(store: Store, task: string, owner: string, subject: string): Promise<boolean> {
  const held = (await heldOf(store, task)).get(subject);
  if (!held) return false;
  const own = await store.acquire(task, owner);
  const puts = new Map([[`h/${subject}`, pack({ ...held, retry: true })]]);
  await guardedCommit(store, own, { puts, deletes: new Set() });
  return true;
}
