/**
 * The mark of a store that is being filled, by `dozor migrate` or `dozor restore`. Half of a state would be taken for all of it,
 * so no process may start on such a store; and what broke off is begun again from the beginning, in an emptied place.
 */

import { guardedCommit } from '../io/guarded-commit.js';
import type { Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { Refused } from './failure.js';

const TASK = 'filling';
const KEY = 'by';

/** What fills the store. */
export interface Filling {
  readonly command: 'migrate' | 'restore';
  /** The folder that it is filled from. */
  readonly from: string;
  /** When that began: milliseconds since the epoch, UTC. */
  readonly begunAt: number;
}

/** Marks the store, before anything is put into it. */
export async function beginFilling(store: Store, owner: string, filling: Filling): Promise<void> {
  const own = await store.acquire(TASK, owner);
  await guardedCommit(store, own, { puts: new Map([[KEY, pack(filling)]]), deletes: new Set() });
}

/** Takes the mark away, after the last of it stands. */
export async function endFilling(store: Store, owner: string): Promise<void> {
  const own = await store.acquire(TASK, owner);
  await guardedCommit(store, own, { puts: new Map(), deletes: new Set([KEY]) });
}

/** What fills the store, or broke off while it did; undefined: nothing. */
export async function fillingOf(store: Store): Promise<Filling | undefined> {
  const [value] = await store.get(TASK, [KEY]);
  return value && (unpack(value) as Filling);
}

/** Throws a `Refused` where the store holds half of something: for a process that is about to start on it. */
export async function refuseHalfFilled(store: Store): Promise<void> {
  const filling = await fillingOf(store);
  if (filling) throw new Refused(`the store is not whole: ${wordsOf(filling)}`);
}

/** What happened, in words. */
export function wordsOf({ command, from, begunAt }: Filling): string {
  return `'dozor ${command}' from ${from}, begun ${new Date(begunAt).toISOString()}, is under way or broke off`;
}
