/** A store that tells how long each commit took, in seconds. */
import type { Store } from '../io/store.js';

export function timedStore(store: Store, committed: ((seconds: number) => void) | undefined): Store {
  if (!committed) return store;
  return {
    acquire: (task, owner) => store.acquire(task, owner),
    ownership: (task) => store.ownership(task),
    get: (task, keys) => store.get(task, keys),
    entries: (task, prefix, without) => store.entries(task, prefix, without),
    close: () => store.close(),
    async commit(by, change) {
      const began = performance.now();
      try {
        return await store.commit(by, change);
      } finally {
        committed((performance.now() - began) / 1_000);
      }
    },
  };
}
