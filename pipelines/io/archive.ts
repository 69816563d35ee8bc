/**
 * The form in which an installation on Kafka and Redis is put away: a folder of compressed files, each a run of frames, and a
 * manifest that is written last, so that a folder without one is known to be unfinished.
 *
 *   manifest.json       form, version, what it is a backup of, and of each file how many frames it has and their digest
 *   tasks/NAME.gz       the entries of a task in the order of their keys, each a frame of [key, value]
 *   topics/NAME-P.gz    the records of a partition in the order of their offsets, each a frame of [offset, key, value]
 *
 * A frame is its length (4 bytes, the lowest first) and so many bytes of MessagePack. A digest is the SHA-256 of the frames as
 * they are before compression; the same content has the same digest wherever it is held.
 */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Packr } from 'msgpackr';

const FORM = 'dozor-backup';
const VERSION = 1;
const MANIFEST = 'manifest.json';
const CHUNK_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;

const packr = new Packr({ useRecords: false, int64AsType: 'number' });

/** What is written of one entry or record: text, numbers and bytes. */
export type Frame = readonly (string | number | Uint8Array)[];

/** What is known of a run of frames: as many, with this digest. */
export interface Sum {
  readonly count: number;
  readonly sha256: string;
}

/** The folder holds no backup, or not all of it, or not what was put there. */
export class ArchiveError extends Error {
  override readonly name = 'ArchiveError';
}

/** Sums frames up, one after the other. */
export class Summing {
  readonly #hash: Hash = createHash('sha256');
  #count = 0;

  /** Takes a frame in and returns its bytes. */
  add(frame: Frame): Buffer {
    const bytes = encode(frame);
    this.#hash.update(bytes);
    this.#count += 1;
    return bytes;
  }

  /** The sum of all; nothing can be added afterwards. */
  end(): Sum {
    return { count: this.#count, sha256: this.#hash.digest('hex') };
  }
}

/** Writes a file of frames; `name` is its path below the folder, without `.gz`. Only its owner can read it. */
export async function writeFrames(folder: string, name: string, frames: AsyncIterable<Frame>): Promise<Sum> {
  const file = fileOf(folder, name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const sum = new Summing();
  async function* chunks() {
    let held: Buffer[] = [];
    let bytes = 0;
    for await (const frame of frames) {
      const one = sum.add(frame);
      held.push(one);
      if ((bytes += one.length) < CHUNK_BYTES) continue;
      yield Buffer.concat(held);
      held = [];
      bytes = 0;
    }
    yield Buffer.concat(held);
  }
  await pipeline(
    Readable.from(chunks()),
    createGzip(),
    createWriteStream(file, { flags: 'wx', mode: 0o600, flush: true }),
  );
  return sum.end();
}

/** The frames of a file, in order. Throws an ArchiveError where it is cut, damaged or not there. */
export async function* readFrames(folder: string, name: string): AsyncGenerator<Frame> {
  const file = fileOf(folder, name);
  const source = createReadStream(file);
  const plain = createGunzip();
  source.on('error', (error) => plain.destroy(error));
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of source.pipe(plain) as AsyncIterable<Buffer>) {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      for (let length: number; (length = lengthAt(rest, at)) >= 0; at += LENGTH_BYTES + length) {
        yield packr.unpack(rest.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length)) as Frame;
      }
      rest = rest.subarray(at);
    }
  } catch (error) {
    throw new ArchiveError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  } finally {
    source.destroy();
  }
  if (rest.length > 0) throw new ArchiveError(`${file} ends in the middle of an entry`);
}

/** Reads a file whole, and throws an ArchiveError where it is not what the manifest says. */
export async function checkFrames(folder: string, name: string, expected: Sum): Promise<void> {
  const sum = new Summing();
  for await (const frame of readFrames(folder, name)) sum.add(frame);
  const found = sum.end();
  if (found.count !== expected.count || found.sha256 !== expected.sha256) {
    throw new ArchiveError(
      `${fileOf(folder, name)} is not what was put there (${found.count} entries of ${expected.count}): take another backup`,
    );
  }
}

/** Writes the manifest: from now on the folder is a backup. */
export function writeManifest(folder: string, content: object): void {
  const text = `${JSON.stringify({ form: FORM, version: VERSION, ...content }, null, 2)}\n`;
  writeFileSync(join(folder, MANIFEST), text, { flag: 'wx', mode: 0o600, flush: true });
}

/** The manifest of a backup, as it was given to `writeManifest`. */
export function readManifest<T>(folder: string): T {
  const file = join(folder, MANIFEST);
  if (!existsSync(file)) {
    const embedded = existsSync(join(folder, 'data.mdb'));
    throw new ArchiveError(
      embedded
        ? `${folder} is the backup of an embedded installation: it is restored without KAFKA_BROKERS and REDIS_URL`
        : `there is no ${MANIFEST} in ${folder}: it is no backup, or one that broke off`,
    );
  }
  let manifest: { readonly form?: unknown; readonly version?: unknown };
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as typeof manifest;
  } catch (error) {
    throw new ArchiveError(`${file} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (manifest.form !== FORM) throw new ArchiveError(`${file} is not of a backup of Dozor`);
  if (manifest.version !== VERSION) {
    throw new ArchiveError(
      `${folder} is a backup of form ${String(manifest.version)}, and this program knows form ${VERSION}`,
    );
  }
  return manifest as T;
}

function fileOf(folder: string, name: string): string {
  return `${join(folder, name)}.gz`;
}

function encode(frame: Frame): Buffer {
  const content = packr.pack(frame.map((part) => (part instanceof Uint8Array ? asBuffer(part) : part)));
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + content.length);
  bytes.writeUInt32LE(content.length);
  bytes.set(content, LENGTH_BYTES);
  return bytes;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The length of the frame that begins here, -1 where not all of it is there. */
function lengthAt(bytes: Buffer, at: number): number {
  if (bytes.length - at < LENGTH_BYTES) return -1;
  const length = bytes.readUInt32LE(at);
  return bytes.length - at - LENGTH_BYTES < length ? -1 : length;
}
