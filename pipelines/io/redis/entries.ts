/**
 * The entries of a task as of one commit. A small task is read by one script. A large one would hold Redis up, so it is scanned
 * in pieces, and that counts only if no commit came between and as many were seen as there are: a scan that a restart or a
 * fail-over cut in two may have passed over some. A task that does not stand still is read at once after all.
 */
import type { RedisConnection } from './connection.js';
import type { Commands, Flat, Standing } from './scripts.js';

/** Which entries: keys that begin with `prefix`, but with none of `without`. */
interface Wanted {
  readonly prefix: string;
  readonly without: readonly string[];
}

/** Owner, epoch, sequence and the segments of a task, at one moment. */
type Own = Readonly<Record<string, string>>;

/** Values by field, each byte of a field as a character of its own: as text they then sort as bytes do. */
type Found = Map<string, Buffer>;

const AT_ONCE_MAX = 10_000;
const SCAN_TRIES = 2;
const SCAN_COUNT = 5_000;

/** In the order of their UTF-8 bytes. `home` is what the keys of the task begin with. */
export async function* readEntries(
  connection: RedisConnection,
  home: string,
  wanted: Wanted,
): AsyncIterable<readonly [key: string, value: Uint8Array]> {
  for (let attempt = 1; ; attempt++) {
    const own = await connection.ask((redis) => redis.hgetall(`${home}:own`));
    const reading = new Reading(connection, home, own, wanted);
    const isSmall = (await reading.count()) <= AT_ONCE_MAX;
    const done = isSmall || attempt > SCAN_TRIES ? await reading.atOnce() : await reading.scan();
    if (done) return yield* reading.entries();
  }
}

/** One attempt, from what the task was when it began. */
class Reading {
  readonly #connection: RedisConnection;
  readonly #home: string;
  readonly #segmentCount: number;
  readonly #stood: string;
  readonly #wanted: Wanted;
  readonly #hashes: readonly {
    readonly segment: string;
    readonly key: string;
    length: number;
    readonly found: Found;
  }[];

  constructor(connection: RedisConnection, home: string, own: Own, wanted: Wanted) {
    this.#connection = connection;
    this.#home = home;
    const segments = segmentsOf(own);
    this.#segmentCount = segments.length;
    this.#stood = [own['owner'], own['epoch'], own['sequence']].join();
    this.#wanted = wanted;
    this.#hashes = segments
      .filter((segment) => mayHold(segment, wanted))
      .map((segment) => ({ segment, key: `${home}:k:${segment}`, length: 0, found: new Map() }));
  }

  /** How many entries there are to go through. */
  async count(): Promise<number> {
    await Promise.all(
      this.#hashes.map(async (hash) => {
        hash.length = await this.#connection.ask((redis) => redis.hlen(hash.key));
      }),
    );
    return this.#hashes.reduce((sum, { length }) => sum + length, 0);
  }

  /** False where a commit brought a segment that was not asked for. */
  async atOnce(): Promise<boolean> {
    const keys = [`${this.#home}:own`, ...this.#hashes.map(({ key }) => key)];
    const [own, ...all] = await this.#connection.ask((redis) => redis.readTaskBuffer(keys.length, keys));
    const segments = own.filter((_, at) => at % 2 === 0).flatMap((field) => segmentOf(field.toString()));
    for (const [at, { found }] of this.#hashes.entries()) take(all[at]!, found);
    return segments.length === this.#segmentCount;
  }

  /** False where it did not stand still. */
  async scan(): Promise<boolean> {
    for (const { key, length, found } of this.#hashes) {
      let cursor = '0';
      do {
        const [[next, flat], stands] = await this.#page(key, cursor);
        if (stands.join() !== this.#stood) return false;
        take(flat, found);
        cursor = next.toString();
      } while (cursor !== '0');
      if (found.size !== length) return false;
    }
    const stands = await this.#connection.ask((redis) => this.#standing(redis));
    return stands.join() === this.#stood;
  }

  /** What was read. The keys of a segment stand together, and one that is in none stands before or after all of them. */
  *entries(): Iterable<readonly [key: string, value: Uint8Array]> {
    const blocks = this.#hashes.flatMap(({ segment, found }) =>
      segment === ''
        ? Array.from(found.keys(), (field) => ({ first: field, segment, found, fields: [field] }))
        : [{ first: bytesOf(segment), segment, found, fields: [...found.keys()].sort() }],
    );
    blocks.sort((a, b) => (a.first < b.first ? -1 : 1));
    const { prefix, without } = this.#wanted;
    for (const { segment, fields, found } of blocks) {
      for (const field of fields) {
        const key = segment + textOf(field);
        if (key.startsWith(prefix) && !without.some((other) => key.startsWith(other))) yield [key, found.get(field)!];
      }
    }
  }

  /** The next of a scan, and who owns the task: no use to go on where that has changed. */
  #page(key: string, cursor: string): Promise<readonly [readonly [next: Buffer, flat: Flat], Standing]> {
    return this.#connection.ask((redis) =>
      Promise.all([redis.hscanBuffer(key, cursor, 'COUNT', SCAN_COUNT), this.#standing(redis)]),
    );
  }

  #standing(redis: Commands): Promise<Standing> {
    return redis.hmget(`${this.#home}:own`, ['owner', 'epoch', 'sequence']);
  }
}

/** Whether keys of this segment (the part up to and with the first '/') can be among those wanted. */
function mayHold(segment: string, { prefix, without }: Wanted): boolean {
  if (without.some((other) => segment.startsWith(other))) return false;
  return segment === '' ? !prefix.includes('/') : segment.startsWith(prefix) || prefix.startsWith(segment);
}

function segmentsOf(own: Own): readonly string[] {
  return Object.keys(own).flatMap(segmentOf);
}

function segmentOf(field: string): readonly string[] {
  return field.startsWith('k:') ? [field.slice(2)] : [];
}

/** Takes fields and values; a scan may show the same field twice. */
function take(flat: Flat, found: Found): void {
  for (let at = 0; at < flat.length; at += 2) found.set(flat[at]!.toString('latin1'), flat[at + 1]!);
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function textOf(bytes: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: beyond ASCII is what is asked.
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString();
}
