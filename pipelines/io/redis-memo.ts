/**
 * The memo of doors on Redis: keys of their own, over 64 hash slots so that a cluster shares the work, which go by themselves
 * when nobody has set them again for a while (`ttlDays`), but for those that begin with 'c/'.
 */
import { crc32 } from 'node:zlib';
import type { Memo } from './memo.js';
import type { RedisPlace } from './redis/address.js';
import { type ConnectGiven, RedisConnection } from './redis/connection.js';
import type { Commands } from './redis/scripts.js';
import { checkKey, checkOpen } from './store-memory.js';

const SLOTS = 64;
const TTL_DAYS = 30;
const DAY_SECONDS = 86_400;
const KEPT = 'c/';
const KEYS_AT_ONCE = 1_000;

export interface RedisMemoPlace extends RedisPlace {
  /** How long a key is kept that is not set again; 30 unless told. */
  readonly ttlDays?: number | undefined;
}

export class RedisMemo implements Memo {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #ttlSeconds: number;
  #closed = false;

  /** Waits for the server, as `RedisStore.connect` does. */
  static async connect(place: RedisMemoPlace, given: ConnectGiven): Promise<RedisMemo> {
    return new RedisMemo(await RedisConnection.open(place, given), place);
  }

  private constructor(connection: RedisConnection, { prefix, ttlDays = TTL_DAYS }: RedisMemoPlace) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#ttlSeconds = Math.round(ttlDays * DAY_SECONDS);
  }

  /** Whether Redis answers now. */
  get connected(): boolean {
    return this.#connection.connected;
  }

  async get(keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]> {
    checkOpen(this.#closed);
    keys.forEach(checkKey);
    const found: (Uint8Array | undefined)[] = new Array(keys.length);
    const questions = this.#bySlot(keys.entries(), ([, key]) => key).map(async (some) => {
      const names = some.map(([, key]) => this.#nameOf(key));
      const values = await this.#connection.ask((redis) => redis.mgetBuffer(names));
      for (const [i, [at]] of some.entries()) found[at] = values[i] ?? undefined;
    });
    await Promise.all(questions);
    return found;
  }

  async put(puts: ReadonlyMap<string, Uint8Array>, deletes: ReadonlySet<string>): Promise<void> {
    checkOpen(this.#closed);
    for (const keys of [puts.keys(), deletes]) for (const key of keys) checkKey(key);
    // Copied: the caller may use its buffers again before they are sent.
    const sets = Array.from(puts, ([key, value]) => [key, Buffer.from(value)] as const);
    const removed = this.#bySlot(deletes, (key) => key);
    // The last write holds, so one that may have arrived is simply made again.
    await this.#connection.ask((redis) =>
      Promise.all([
        ...sets.map(([key, value]) => this.#set(redis, key, value)),
        ...removed.map((some) => redis.del(some.map((key) => this.#nameOf(key)))),
      ]),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.close();
  }

  #set(redis: Commands, key: string, value: Buffer): Promise<unknown> {
    const name = this.#nameOf(key);
    return key.startsWith(KEPT) ? redis.set(name, value) : redis.set(name, value, 'EX', this.#ttlSeconds);
  }

  #nameOf(key: string): string {
    return `{${this.#prefix}:memo-${slotOf(key)}}:m:${key}`;
  }

  /** What one question may ask for: keys of one slot, and not too many. */
  #bySlot<T>(all: Iterable<T>, keyOf: (one: T) => string): readonly (readonly T[])[] {
    const slots = new Map<string, T[][]>();
    for (const one of all) {
      const slot = slotOf(keyOf(one));
      if (!slots.has(slot)) slots.set(slot, [[]]);
      const groups = slots.get(slot)!;
      if (groups.at(-1)!.length === KEYS_AT_ONCE) groups.push([]);
      groups.at(-1)!.push(one);
    }
    return [...slots.values()].flat();
  }
}

function slotOf(key: string): string {
  return `${crc32(key) % SLOTS}`.padStart(2, '0');
}
