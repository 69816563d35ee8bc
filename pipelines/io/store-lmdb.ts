/**
 * The store on LMDB, for an installation without Redis. A task has a number; its keys stand under that number, so that a task
 * is one stretch of keys in the order of their UTF-8 bytes. A commit is one transaction that checks the ownership itself.
 *
 * How `entries` shows one commit without a long read transaction, which would keep LMDB from reusing space: it reads a page
 * at a time, and takes the rest at once when a commit to that task begins, or was under way when it started. It cannot see the
 * commits of other processes, so a store that only reads takes everything in the first step.
 */
import type { Database, RootDatabase } from 'lmdb';
import { durably } from './log-lmdb.js';
import type { Change, Ownership, Store } from './store.js';
import { checkChange, checkKey, checkOpen, checkOwnership } from './store-memory.js';

interface Task extends Omit<Ownership, 'task'> {
  readonly id: number;
}

type Entry = readonly [key: string, value: Uint8Array];

const PAGE = 1_000;
const ID_BYTES = 4;
// LMDB holds 1,978 bytes with pages of 4 kB; the number of the task takes its share.
const KEY_BYTES_MAX = 1_970;

/** The store of an open environment. With `readOnly` it shows what another process commits, and commits nothing. */
export class LmdbStore implements Store {
  readonly #env: RootDatabase;
  readonly #tasks: Database<Task, string>;
  readonly #state: Database<Uint8Array, Uint8Array>;
  readonly #readOnly: boolean;
  /** How many commits to a task are under way. */
  readonly #committing = new Map<string, number>();
  /** The views that read on from the pages, each of a task. */
  readonly #views = new Map<View, string>();
  #closed = false;

  constructor(env: RootDatabase, { readOnly }: { readonly readOnly: boolean }) {
    this.#env = env;
    this.#tasks = env.openDB({ name: 'tasks' });
    this.#state = env.openDB({ name: 'state', encoding: 'binary', keyEncoding: 'binary' });
    this.#readOnly = readOnly;
  }

  async acquire(task: string, owner: string): Promise<Ownership> {
    checkOpen(this.#closed);
    this.#checkWritable();
    return durably(this.#env, () => {
      const { id, epoch, sequence } = this.#tasks.get(task) ?? {
        id: this.#tasks.getKeysCount(),
        epoch: 0,
        sequence: 0,
      };
      this.#tasks.put(task, { id, owner, epoch: epoch + 1, sequence });
      return { task, owner, epoch: epoch + 1, sequence };
    });
  }

  async ownership(task: string): Promise<Ownership | undefined> {
    checkOpen(this.#closed);
    return this.#ownership(task);
  }

  async commit(by: Ownership, change: Change): Promise<Ownership> {
    checkOpen(this.#closed);
    this.#checkWritable();
    checkChange(change);
    // Copied now: the caller may use its maps and buffers again before the transaction runs.
    const puts = Array.from(change.puts, ([key, value]) => [encode(key), Buffer.from(value)] as const);
    const deletes = Array.from(change.deletes, encode);
    this.#keepViews(by.task);
    this.#committing.set(by.task, (this.#committing.get(by.task) ?? 0) + 1);
    try {
      return await durably(this.#env, () => {
        checkOwnership(by, this.#ownership(by.task));
        const task = this.#tasks.get(by.task)!;
        for (const [key, value] of puts) this.#state.put(numbered(key, task.id), value);
        for (const key of deletes) this.#state.remove(numbered(key, task.id));
        this.#tasks.put(by.task, { ...task, sequence: task.sequence + 1 });
        return { ...by, sequence: by.sequence + 1 };
      });
    } finally {
      const left = this.#committing.get(by.task)! - 1;
      if (left > 0) this.#committing.set(by.task, left);
      else this.#committing.delete(by.task);
    }
  }

  async get(task: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    checkOpen(this.#closed);
    keys.forEach(checkKey);
    const id = this.#tasks.get(task)?.id;
    return keys.map((key) => (id === undefined ? undefined : this.#state.get(numbered(encode(key), id))));
  }

  async *entries(task: string, prefix: string, without: readonly string[] = []): AsyncIterable<Entry> {
    checkOpen(this.#closed);
    for (const key of [prefix, ...without]) checkKey(key);
    const id = this.#tasks.get(task)?.id;
    if (id === undefined) return;
    const [within, ...holes] = [prefix, ...without].map((key) => stretchOf(numbered(encode(key), id)));
    const view = new View(this.#state, around(within!, holes));
    if (this.#readOnly || this.#committing.has(task)) view.keep();
    this.#views.set(view, task);
    try {
      for (let page = view.next(); page.length > 0; page = view.next()) {
        yield* page;
        checkOpen(this.#closed);
      }
    } finally {
      this.#views.delete(view);
    }
  }

  /** Whoever opened the environment closes it, and that lets the commits that are under way finish. */
  async close(): Promise<void> {
    this.#closed = true;
  }

  #ownership(task: string): Ownership | undefined {
    const standing = this.#tasks.get(task);
    return standing && { task, owner: standing.owner, epoch: standing.epoch, sequence: standing.sequence };
  }

  #keepViews(task: string): void {
    for (const [view, of] of this.#views) {
      if (of !== task) continue;
      view.keep();
      this.#views.delete(view);
    }
  }

  #checkWritable(): void {
    if (this.#readOnly) throw new Error('This store is open for reading only: the process that runs it writes.');
  }
}

/** The keys from `start` to before `end`. */
interface Stretch {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
}

/** The entries of some stretches, as they stood when it was made: by pages while nothing changes, else from memory. */
class View {
  readonly #state: Database<Uint8Array, Uint8Array>;
  /** What is still to be read. */
  readonly #stretches: Stretch[];
  #isFirst = true;
  #rest: Entry[] | undefined;

  constructor(state: Database<Uint8Array, Uint8Array>, stretches: readonly Stretch[]) {
    this.#state = state;
    this.#stretches = [...stretches];
  }

  next(): Entry[] {
    if (!this.#rest) return this.#read(PAGE);
    const rest = this.#rest;
    this.#rest = [];
    return rest;
  }

  /** Takes all that is left into memory: what follows is about to change. */
  keep(): void {
    this.#rest ??= this.#read(Number.POSITIVE_INFINITY);
  }

  #read(limit: number): Entry[] {
    const found: Entry[] = [];
    while (this.#stretches.length > 0 && found.length < limit) {
      const { start, end } = this.#stretches[0]!;
      let last = start;
      const range = { start, end, exclusiveStart: !this.#isFirst, limit: limit - found.length };
      for (const { key, value } of this.#state.getRange(range)) {
        found.push([Buffer.from(key.buffer, key.byteOffset + ID_BYTES, key.length - ID_BYTES).toString(), value]);
        last = key;
        this.#isFirst = false;
      }
      if (found.length === limit) this.#stretches[0] = { start: last, end };
      else {
        this.#stretches.shift();
        this.#isFirst = true;
      }
    }
    return found;
  }
}

/** What a stretch is without some others. */
function around(within: Stretch, holes: readonly Stretch[]): readonly Stretch[] {
  const left: Stretch[] = [];
  let { start } = within;
  for (const hole of [...holes].sort((a, b) => Buffer.compare(a.start, b.start))) {
    if (Buffer.compare(hole.end, start) <= 0 || Buffer.compare(hole.start, within.end) >= 0) continue;
    if (Buffer.compare(hole.start, start) > 0) left.push({ start, end: hole.start });
    start = hole.end;
  }
  if (Buffer.compare(start, within.end) < 0) left.push({ start, end: within.end });
  return left;
}

/** All keys that begin with these bytes. */
function stretchOf(prefix: Uint8Array): Stretch {
  return { start: prefix, end: following(prefix) };
}

/** A key with room in front for the number of its task. */
function encode(key: string): Buffer {
  const length = Buffer.byteLength(key);
  if (length > KEY_BYTES_MAX) {
    throw new Error(`A key of ${length} bytes is too long, ${KEY_BYTES_MAX} is the most: ${key.slice(0, 80)}...`);
  }
  const bytes = Buffer.allocUnsafe(ID_BYTES + length);
  bytes.write(key, ID_BYTES);
  return bytes;
}

function numbered(key: Buffer, id: number): Buffer {
  key.writeUInt32BE(id);
  return key;
}

/** The least key above all that begin with these bytes: never empty, since a task's number is below the highest. */
function following(prefix: Uint8Array): Uint8Array {
  const end = new Uint8Array(prefix);
  for (let at = end.length - 1; at >= 0; at--) {
    end[at] = (end[at]! + 1) % 256;
    if (end[at] !== 0) break;
  }
  return end;
}
