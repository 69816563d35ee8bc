/**
 * The store port: the state of tasks, each a small ordered map of its own, changed by guarded atomic commits only.
 * Its adapters are `store-memory.ts`, `store-lmdb.ts` and `store-redis.ts`. One suite of promises,
 * `test/pipelines/io/store.suite.ts`, is asked of each of them.
 */

/** Who may commit: `epoch` is raised by every `acquire`, `sequence` by every commit. */
export interface Ownership {
  readonly task: string;
  readonly owner: string;
  readonly epoch: number;
  readonly sequence: number;
}

/** One atomic change. A key in `puts` is set, one in `deletes` removed; no key stands in both. */
export interface Change {
  readonly puts: ReadonlyMap<string, Uint8Array>;
  readonly deletes: ReadonlySet<string>;
}

/** Why a commit was refused: somebody else owns the task now, or this commit has been overtaken. Final for this owner. */
export class FencedError extends Error {
  override readonly name = 'FencedError';
}

/**
 * Promises of every adapter:
 * 1. `acquire` raises the task's epoch in one atomic write and returns it with the last committed sequence.
 * 2. `commit` applies the whole change, or nothing; it is durable when it resolves, and returns the ownership with `sequence + 1`.
 * 3. `commit` with an epoch, owner or sequence that no longer stands rejects with FencedError and changes nothing.
 * 4. Any other rejection of `commit` is a lost reply: it may have happened. `ownership` then tells which.
 * 5. Keys sort by their UTF-8 bytes; `entries` gives those that begin with the prefix, and with none of `without`, in that
 *    order, as of one commit. Where a whole first segment (`n/`) is left out, it costs nothing, however much it holds.
 * 6. Tasks do not see each other's keys.
 */
export interface Store {
  acquire(task: string, owner: string): Promise<Ownership>;
  /** The ownership that stands, or undefined for a task never acquired. */
  ownership(task: string): Promise<Ownership | undefined>;
  commit(by: Ownership, change: Change): Promise<Ownership>;
  /** The values of these keys, undefined where there is none, in the same order. */
  get(task: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** The entries whose key begins with the prefix; those that begin with one of `without` are not even read. */
  entries(
    task: string,
    prefix: string,
    without?: readonly string[],
  ): AsyncIterable<readonly [key: string, value: Uint8Array]>;
  close(): Promise<void>;
}
