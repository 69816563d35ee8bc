/**
 * The store on Redis, for several processes. A task is a hash of its ownership and one hash for each first segment of its keys
 * (the part up to and with the first '/'), all in one hash slot:
 *
 *   {PREFIX:service-0}:own      owner, epoch, sequence, and k:SEGMENT for each segment that there ever was
 *   {PREFIX:service-0}:k:s/     the keys s/..., without the s/
 *   {PREFIX:service-0}:k:       the keys without a '/'
 *
 * A commit is one script: Redis puts it into its file as one transaction, whole or not at all. How soon it is on the disk is
 * for `appendfsync` to say. What a crash or a fail-over takes, it takes of state and offsets alike, from the end: the input is
 * read again from there, and a commit from before is refused because its sequence does not stand.
 */

import type { RedisPlace } from './redis/address.js';
import { type ConnectGiven, RedisConnection } from './redis/connection.js';
import { readEntries } from './redis/entries.js';
import type { Standing } from './redis/scripts.js';
import type { Change, Ownership, Store } from './store.js';
import { checkChange, checkKey, checkOpen, checkOwnership } from './store-memory.js';

const FIELDS_AT_ONCE = 1_000;

export class RedisStore implements Store {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  #closed = false;

  /** Waits for the server, and refuses one that would lose state (`place.check`). Rejects where waiting would not help. */
  static async connect(place: RedisPlace, given: ConnectGiven): Promise<RedisStore> {
    return new RedisStore(await RedisConnection.open(place, given), place.prefix);
  }

  private constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /** Whether Redis answers now. */
  get connected(): boolean {
    return this.#connection.connected;
  }

  async acquire(task: string, owner: string): Promise<Ownership> {
    checkOpen(this.#closed);
    const own = `${this.#home(task)}:own`;
    const [epoch, sequence] = await this.#connection.tell((redis) => redis.acquireTask(own, owner));
    return { task, owner, epoch, sequence: Number(sequence) };
  }

  async ownership(task: string): Promise<Ownership | undefined> {
    checkOpen(this.#closed);
    const standing = await this.#connection.ask((redis) =>
      redis.hmget(`${this.#home(task)}:own`, ['owner', 'epoch', 'sequence']),
    );
    return ownershipOf(task, standing);
  }

  async commit(by: Ownership, change: Change): Promise<Ownership> {
    checkOpen(this.#closed);
    checkChange(change);
    const home = this.#home(by.task);
    const keys = [`${home}:own`];
    const args: (string | Buffer)[] = [by.owner, `${by.epoch}`, `${by.sequence}`, `${by.sequence + 1}`];
    for (const [segment, { sets, removes }] of bySegment(change)) {
      keys.push(`${home}:k:${segment}`);
      args.push(segment, `${sets.length}`, `${removes.length}`);
      for (const one of sets) args.push(one);
      for (const one of removes) args.push(one);
    }
    const refused = await this.#connection.tell((redis) => redis.commitTask(keys.length, keys, args));
    if (refused !== 1) checkOwnership(by, ownershipOf(by.task, refused));
    return { ...by, sequence: by.sequence + 1 };
  }

  async get(task: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    checkOpen(this.#closed);
    keys.forEach(checkKey);
    const found: (Uint8Array | undefined)[] = new Array(keys.length);
    const asked = new Map<string, { readonly at: number; readonly field: string }[]>();
    keys.forEach((key, at) => {
      const [segment, field] = split(key);
      if (!asked.has(segment)) asked.set(segment, []);
      asked.get(segment)!.push({ at, field });
    });
    const questions = [...asked].flatMap(([segment, fields]) =>
      chunks(fields, FIELDS_AT_ONCE).map(async (some) => {
        const key = `${this.#home(task)}:k:${segment}`;
        const values = await this.#connection.ask((redis) =>
          redis.hmgetBuffer(
            key,
            some.map(({ field }) => field),
          ),
        );
        some.forEach(({ at }, i) => {
          found[at] = values[i] ?? undefined;
        });
      }),
    );
    await Promise.all(questions);
    return found;
  }

  async *entries(
    task: string,
    prefix: string,
    without: readonly string[] = [],
  ): AsyncIterable<readonly [key: string, value: Uint8Array]> {
    checkOpen(this.#closed);
    for (const key of [prefix, ...without]) checkKey(key);
    yield* readEntries(this.#connection, this.#home(task), { prefix, without });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.close();
  }

  /** What all keys of the task begin with. The tag in braces puts them into one slot, so a name must not end it early. */
  #home(task: string): string {
    return `{${this.#prefix}:${task.replace(/[%{}]/g, encodeURIComponent)}}`;
  }
}

function ownershipOf(task: string, [owner, epoch, sequence]: Standing): Ownership | undefined {
  if (owner === null || epoch === null || sequence === null) return undefined;
  return { task, owner, epoch: Number(epoch), sequence: Number(sequence) };
}

function split(key: string): readonly [segment: string, field: string] {
  const cut = key.indexOf('/') + 1;
  return [key.slice(0, cut), key.slice(cut)];
}

function bySegment({ puts, deletes }: Change) {
  const segments = new Map<string, { readonly sets: (string | Buffer)[]; readonly removes: string[] }>();
  const of = (segment: string) => {
    let held = segments.get(segment);
    if (!held) segments.set(segment, (held = { sets: [], removes: [] }));
    return held;
  };
  for (const [key, value] of puts) {
    const [segment, field] = split(key);
    // Copied: the caller may use its buffer again before it is sent.
    of(segment).sets.push(field, Buffer.from(value));
  }
  for (const key of deletes) {
    const [segment, field] = split(key);
    of(segment).removes.push(field);
  }
  return segments;
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size));
}
