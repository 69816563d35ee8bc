/**
 * The store in memory, for tests, replays and simulated crashes: what is committed lasts as long as the object.
 * It is the plain reading of the port; the checks are shared with `store-lmdb.ts`.
 */
import { type Change, FencedError, type Ownership, type Store } from './store.js';

interface Task {
  readonly ownership: Ownership;
  readonly entries: Map<string, Uint8Array>;
}

/** A store without a disk. */
export class MemoryStore implements Store {
  #tasks = new Map<string, Task>();
  #closed = false;

  /** What the next process finds: the same state under a handle of its own. This one is not closed by it. */
  reopen(): MemoryStore {
    const next = new MemoryStore();
    next.#tasks = this.#tasks;
    return next;
  }

  async acquire(task: string, owner: string): Promise<Ownership> {
    checkOpen(this.#closed);
    const standing = this.#tasks.get(task);
    const { epoch, sequence } = standing?.ownership ?? { epoch: 0, sequence: 0 };
    const ownership = { task, owner, epoch: epoch + 1, sequence };
    this.#tasks.set(task, { ownership, entries: standing?.entries ?? new Map() });
    return ownership;
  }

  async ownership(task: string): Promise<Ownership | undefined> {
    checkOpen(this.#closed);
    return this.#tasks.get(task)?.ownership;
  }

  async commit(by: Ownership, change: Change): Promise<Ownership> {
    checkOpen(this.#closed);
    checkChange(change);
    const standing = this.#tasks.get(by.task);
    checkOwnership(by, standing?.ownership);
    const { entries } = standing!;
    for (const [key, value] of change.puts) entries.set(key, new Uint8Array(value));
    for (const key of change.deletes) entries.delete(key);
    const ownership = { ...standing!.ownership, sequence: by.sequence + 1 };
    this.#tasks.set(by.task, { ownership, entries });
    return ownership;
  }

  async get(task: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    checkOpen(this.#closed);
    keys.forEach(checkKey);
    const entries = this.#tasks.get(task)?.entries;
    return keys.map((key) => entries?.get(key)?.slice());
  }

  async *entries(
    task: string,
    prefix: string,
    without: readonly string[] = [],
  ): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    checkOpen(this.#closed);
    for (const key of [prefix, ...without]) checkKey(key);
    const wanted = (key: string) => key.startsWith(prefix) && !without.some((other) => key.startsWith(other));
    const found = [...(this.#tasks.get(task)?.entries ?? [])].filter(([key]) => wanted(key));
    const sorted = found.map(([key, value]) => ({ key, value, bytes: Buffer.from(key) }));
    sorted.sort((a, b) => Buffer.compare(a.bytes, b.bytes));
    for (const { key, value } of sorted) yield [key, value.slice()];
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

/** Refuses the use of a closed store. */
export function checkOpen(closed: boolean): void {
  if (closed) throw new Error('This store is closed: open it again to use it.');
}

/** Refuses a commit by anyone but the owner that stands, at the sequence that stands. */
export function checkOwnership(by: Ownership, standing: Ownership | undefined): void {
  if (standing?.owner === by.owner && standing.epoch === by.epoch && standing.sequence === by.sequence) return;
  const describe = ({ owner, epoch, sequence }: Ownership) => `${owner} at epoch ${epoch}, sequence ${sequence}`;
  throw new FencedError(
    `The commit to task ${by.task} by ${describe(by)} is refused: ` +
      `${standing === undefined ? 'nobody has acquired it' : `it stands with ${describe(standing)}`}. ` +
      'Drop what was computed and acquire the task again.',
  );
}

// Half of a surrogate pair has no UTF-8 of its own: two such keys would become one.
const HALF_CHARACTER = /\p{Surrogate}/u;

/** Refuses a key that has no bytes to sort by. */
export function checkKey(key: string): void {
  if (HALF_CHARACTER.test(key)) throw new Error(`The key ${JSON.stringify(key)} is not Unicode text.`);
}

/** Stops at a change that has no one meaning, before anything of it is written. */
export function checkChange({ puts, deletes }: Change): void {
  for (const key of puts.keys()) checkKey(key);
  for (const key of deletes) {
    checkKey(key);
    if (puts.has(key)) throw new Error(`The key ${JSON.stringify(key)} is both set and removed by one change.`);
  }
}
