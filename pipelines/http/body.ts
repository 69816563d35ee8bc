/**
 * A request's body, never held whole unless it is small: bytes (unpacked where they are gzip), then lines. Every step is pulled
 * by the next, so a slow reader slows the sender down and nothing piles up between them.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { LINE_BYTES_MAX } from '../runtime/decode.js';
import { Problem } from './problem.js';

/** The largest body that is read at once: one event, or a batch of them. */
export const BATCH_BYTES_MAX = 16 * 1024 * 1024;
/** A line without an end: after so much of it this is no NDJSON. */
const LINE_GIVEN_UP_BYTES = 64 * 1024 * 1024;
/** JSON packs 10 to 80 times, a bomb a thousand times; so much is let through before that is asked. */
const RATIO_MAX = 200;
const RATIO_FREE_BYTES = 16 * 1024 * 1024;
/** Lines are cut out of pieces of this size, and so many are given at once: a large chunk does not become a large array. */
const PIECE_BYTES = 64 * 1024;
const LINES_AT_ONCE = 1_000;

export type Encoding = 'identity' | 'gzip';

/** The bytes of a body, unpacked. Throws a Problem where they are no gzip, or unpack to far more than they are. */
export async function* bytesOf(body: Request['body'], encoding: Encoding): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const packed = { bytes: 0 };
  const raw = counted(body, packed);
  if (encoding === 'identity') {
    yield* raw;
    return;
  }
  const source = Readable.from(raw);
  const gunzip = createGunzip();
  // Unlike `pipe`, an error of the source must end what reads from the other side. One that comes when nobody reads any more is
  // nobody's business, and must not end the process.
  source.on('error', (error) => gunzip.destroy(error));
  gunzip.on('error', () => {});
  source.pipe(gunzip);
  let bytes = 0;
  try {
    for await (const chunk of gunzip as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > RATIO_FREE_BYTES && bytes > RATIO_MAX * packed.bytes) {
        throw new Problem(413, 'too-large', `the body unpacks to more than ${RATIO_MAX} times its size`);
      }
      yield chunk;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_')) {
      throw new Problem(400, 'malformed-gzip', `the body cannot be unpacked: ${(error as Error).message}`);
    }
    throw error;
  } finally {
    source.destroy();
  }
}

async function* counted(
  body: NonNullable<Request['body']>,
  tally: { bytes: number },
): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => {
        throw new Problem(400, 'cut-off', 'the body broke off');
      });
      if (done) return;
      tally.bytes += value.length;
      yield value;
    }
  } finally {
    // Who stops early wants no more of it; a body that broke is already gone.
    reader.cancel().catch(() => {});
  }
}

/** The whole of a body that should be small; throws a Problem (413) where it is not. */
export async function textOf(bytes: AsyncIterable<Uint8Array>, max: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > max)
      throw new Problem(413, 'too-large', `the body is larger than ${max} bytes; send NDJSON, which has no limit`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/**
 * The lines of a body, some at a time. Of a line over 1 MiB comes as much as shows that it is too long: the door refuses it by
 * name, so that it is counted and kept like every other refusal.
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[], void> {
  const decoder = new TextDecoder();
  const held = Buffer.allocUnsafe(LINE_BYTES_MAX + 1);
  let size = 0;
  let dropped = 0;
  const hold = (part: Uint8Array) => {
    const fits = Math.min(part.length, held.length - size);
    held.set(part.subarray(0, fits), size);
    size += fits;
    dropped += part.length - fits;
    if (dropped > LINE_GIVEN_UP_BYTES) {
      throw new Problem(413, 'too-large', `a line is longer than ${LINE_GIVEN_UP_BYTES} bytes: this is no NDJSON`);
    }
  };
  for await (const chunk of bytes) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const piece = chunk.subarray(start, start + PIECE_BYTES);
      let lines: string[] = [];
      let from = 0;
      for (let end = piece.indexOf(0x0a); end !== -1; end = piece.indexOf(0x0a, from)) {
        const part = piece.subarray(from, end);
        from = end + 1;
        if (size === 0) lines.push(part.length === 0 ? '' : decoder.decode(part));
        else {
          hold(part);
          lines.push(decoder.decode(held.subarray(0, size)));
          size = 0;
          dropped = 0;
        }
        if (lines.length === LINES_AT_ONCE) {
          yield lines;
          lines = [];
        }
      }
      hold(piece.subarray(from));
      if (lines.length > 0) yield lines;
    }
  }
  if (size > 0) yield [decoder.decode(held.subarray(0, size))];
}
