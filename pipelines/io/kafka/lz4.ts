/**
 * Reads the LZ4 frames that foreign producers write: one frame or several, blocks that stand alone or look back, with or without
 * checksums (they are passed over: Kafka has a checksum of its own over each batch).
 * The format is lz4_Frame_format.md and lz4_Block_format.md of lz4/lz4.
 */

const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
/** In a block's length: it is stored as it is. */
const STORED = 0x80000000;
const LENGTH = 0x7fffffff;
const MATCH_MIN = 4;
/** A length of 15 in a token goes on in the bytes after it. */
const MORE = 15;

const FLAG = { dictionary: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 } as const;

/** What the frames hold. Throws an Error where the bytes are no LZ4 frames, or end too soon. */
export function lz4Decompress(source: Buffer): Buffer {
  const out = new Output(source.length * 4);
  for (let at = 0; at < source.length; ) {
    const magic = source.readUInt32LE(at);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE) at += 8 + source.readUInt32LE(at + 4);
    else if (magic === MAGIC) at = frame(source, at + 4, out);
    else throw new Error(`no LZ4 frame begins at byte ${at}`);
  }
  return out.bytes();
}

/** Takes one frame in, from behind its magic number, and returns where it ends. */
function frame(source: Buffer, from: number, out: Output): number {
  const flags = source.readUInt8(from);
  if (flags >> 6 !== 1) throw new Error(`LZ4 frames of version ${flags >> 6} cannot be read`);
  // Flags, the greatest block size, the checksum of the header.
  let at = from + 3 + (flags & FLAG.contentSize ? 8 : 0) + (flags & FLAG.dictionary ? 4 : 0);
  for (;;) {
    const head = source.readUInt32LE(at);
    at += 4;
    if (head === 0) break;
    const end = at + (head & LENGTH);
    if (end > source.length) throw new Error('an LZ4 block ends too soon');
    if (head & STORED) out.put(source, at, end);
    else block(source, at, end, out);
    at = end + (flags & FLAG.blockChecksum ? 4 : 0);
  }
  return at + (flags & FLAG.contentChecksum ? 4 : 0);
}

function block(source: Buffer, from: number, end: number, out: Output): void {
  let at = from;
  const length = (short: number): number => {
    if (short < MORE) return short;
    for (let sum = short; ; ) {
      if (at >= end) throw new Error('an LZ4 block ends in the middle of a length');
      const byte = source[at++]!;
      sum += byte;
      if (byte < 255) return sum;
    }
  };
  while (at < end) {
    const token = source[at++]!;
    const literals = length(token >> 4);
    if (at + literals > end) throw new Error('an LZ4 block ends in the middle of its literals');
    out.put(source, at, at + literals);
    at += literals;
    // The last sequence has literals only.
    if (at === end) return;
    if (at + 2 > end) throw new Error('an LZ4 block ends in the middle of an offset');
    const back = source[at]! | (source[at + 1]! << 8);
    at += 2;
    out.repeat(back, length(token & 15) + MATCH_MIN);
  }
}

/** Shorter runs are copied faster byte by byte than by a call. */
const SHORT = 48;

/** Bytes that grow, and can be repeated from further back. */
export class Output {
  #bytes: Buffer;
  #length = 0;

  constructor(expected: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, expected));
  }

  put(source: Buffer, from: number, to: number): void {
    const count = to - from;
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    const bytes = this.#bytes;
    let at = this.#length;
    if (count > SHORT) source.copy(bytes, at, from, to);
    else for (let i = from; i < to; i++) bytes[at++] = source[i]!;
    this.#length += count;
  }

  /** Writes again what stands `back` bytes before, for `count` bytes: where they overlap, what has just been written. */
  repeat(back: number, count: number): void {
    if (back === 0 || back > this.#length) throw new Error('compressed bytes look back before their beginning');
    if (this.#length + count > this.#bytes.length) this.#grow(count);
    const bytes = this.#bytes;
    const end = this.#length + count;
    if (count > SHORT && back >= count) bytes.copyWithin(this.#length, this.#length - back, end - back);
    else for (let at = this.#length; at < end; at++) bytes[at] = bytes[at - back]!;
    this.#length = end;
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(by: number): void {
    const grown = Buffer.allocUnsafe(Math.max(this.#length + by, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
