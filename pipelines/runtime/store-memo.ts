/** A memo kept in a store, for the only door of an installation: who opened it last owns it, the one before is refused. */

import { guardedCommit } from '../io/guarded-commit.js';
import type { Memo } from '../io/memo.js';
import type { Ownership, Store } from '../io/store.js';

export class StoreMemo implements Memo {
  readonly #store: Store;
  #own: Ownership;

  private constructor(store: Store, own: Ownership) {
    this.#store = store;
    this.#own = own;
  }

  static async open(store: Store, task: string, owner: string): Promise<StoreMemo> {
    return new StoreMemo(store, await store.acquire(task, owner));
  }

  get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#store.get(this.#own.task, keys);
  }

  /** One atomic change, unlike what the port asks for. Rejects with a FencedError where another door has taken over. */
  async put(puts: ReadonlyMap<string, Uint8Array>, deletes: ReadonlySet<string>): Promise<void> {
    this.#own = await guardedCommit(this.#store, this.#own, { puts, deletes });
  }

  async close(): Promise<void> {}
}
