/**
 * What persons keep in common, in the store: accounts, sessions, keys and walls, and what one proposed for another to confirm. Each
 * shelf is one task of the store, which any process of the installation may take for a moment.
 * A change takes the task over, reads, and commits; who took it over in between refuses the commit, and the change is made anew
 * from what stands then. So two processes never both change the same thing, and none waits for a lock that another holds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { guardedCommit } from '../io/guarded-commit.js';
import { FencedError, type Store } from '../io/store.js';

const TRIES = 30;
const AGAIN_MS = 5;

/** What a change reads and writes. It may be worked through more than once: it decides by what it reads. */
export interface Draft {
  get<T>(key: string): Promise<T | undefined>;
  list<T>(prefix: string): Promise<readonly T[]>;
  put(key: string, value: object): void;
  delete(key: string): void;
}

/** The store cannot be asked now. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}

export class Shelf {
  readonly #store: () => Store | undefined;
  readonly #owner: string;
  readonly #task: string;
  #last: Promise<unknown> = Promise.resolve();

  /** `store`: undefined until the process has reached it. */
  constructor(store: () => Store | undefined, owner: string, task = 'access') {
    this.#store = store;
    this.#owner = owner;
    this.#task = task;
  }

  async get<T>(key: string): Promise<T | undefined> {
    const [value] = await this.#asked().get(this.#task, [key]).catch(unavailable);
    return value && (read(value) as T);
  }

  async list<T>(prefix: string): Promise<readonly T[]> {
    return (await this.#entries<T>(prefix)).map(([, value]) => value);
  }

  async #entries<T>(prefix: string): Promise<readonly (readonly [key: string, value: T])[]> {
    const found: (readonly [string, T])[] = [];
    const entries = this.#asked().entries(this.#task, prefix)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await entries.next().catch(unavailable);
      if (done) return found;
      found.push([value[0], read(value[1]) as T]);
    }
  }

  /** Makes a change whole or not at all; changes of this process follow one another. */
  change<T>(work: (draft: Draft) => Promise<T> | T): Promise<T> {
    const next = this.#last.then(() => this.#change(work));
    this.#last = next.catch(() => {});
    return next;
  }

  #asked(): Store {
    const store = this.#store();
    if (store) return store;
    throw new Unavailable('the store is not reached yet');
  }

  async #change<T>(work: (draft: Draft) => Promise<T> | T): Promise<T> {
    const store = this.#asked();
    for (let attempt = 1; ; attempt++) {
      try {
        const own = await store.acquire(this.#task, this.#owner).catch(unavailable);
        const puts = new Map<string, Uint8Array>();
        const deletes = new Set<string>();
        const result = await work(this.#draft(puts, deletes));
        if (puts.size > 0 || deletes.size > 0) await guardedCommit(store, own, { puts, deletes }).catch(unavailable);
        return result;
      } catch (error) {
        if (!(error instanceof FencedError) || attempt >= TRIES) throw error;
        // Another process was first. Each waits for another while, so that they do not meet for ever.
        await sleep(AGAIN_MS * attempt * (0.5 + Math.random()));
      }
    }
  }

  #draft(puts: Map<string, Uint8Array>, deletes: Set<string>): Draft {
    return {
      get: async <T>(key: string) => {
        const own = puts.get(key);
        if (own) return read(own) as T;
        return deletes.has(key) ? undefined : this.get<T>(key);
      },
      list: async <T>(prefix: string) => {
        const found = new Map<string, T>(await this.#entries<T>(prefix));
        for (const [key, value] of puts) if (key.startsWith(prefix)) found.set(key, read(value) as T);
        for (const key of deletes) found.delete(key);
        return [...found.values()];
      },
      put: (key, value) => {
        deletes.delete(key);
        puts.set(key, new TextEncoder().encode(JSON.stringify(value)));
      },
      delete: (key) => {
        puts.delete(key);
        deletes.add(key);
      },
    };
  }
}

/** What the store cannot do now is no fault of who asks, nor of ours; that another process was first is for who changes. */
function unavailable(error: unknown): never {
  if (error instanceof FencedError || error instanceof Unavailable) throw error;
  throw new Unavailable('the store does not answer', { cause: error });
}

function read(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder().decode(bytes));
}
