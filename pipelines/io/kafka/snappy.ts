/**
 * Reads what foreign producers compress with Snappy, in either dress: one raw block (librdkafka), or blocks in the stream of
 * xerial's Java library (Kafka's own clients): a head of 16 bytes, then each block with its length before it.
 * The format is format_description.txt of google/snappy.
 */
import { Output } from './lz4.js';

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEAD = 16;

/** The plain bytes. Throws an Error where they are no Snappy, or end too soon. */
export function snappyDecompress(source: Buffer): Buffer {
  if (!source.subarray(0, XERIAL.length).equals(XERIAL)) return block(source);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEAD; at < source.length; ) {
    const end = at + 4 + source.readUInt32BE(at);
    if (end > source.length) throw new Error('a Snappy block ends too soon');
    blocks.push(block(source.subarray(at + 4, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

function block(source: Buffer): Buffer {
  let at = 0;
  const next = (): number => {
    if (at >= source.length) throw new Error('a Snappy block ends too soon');
    return source[at++]!;
  };
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = next();
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  // Not what a damaged head may promise: it grows.
  const out = new Output(Math.min(size, source.length * 32));
  while (at < source.length) {
    const tag = next();
    const kind = tag & 3;
    if (kind === 0) {
      let count = tag >> 2;
      // 60 to 63: the length stands in the next one to four bytes.
      if (count >= 60) {
        const bytes = count - 59;
        count = 0;
        for (let i = 0; i < bytes; i++) count += next() * 2 ** (8 * i);
      }
      const end = at + count + 1;
      if (end > source.length) throw new Error('a Snappy block ends in the middle of its literals');
      out.put(source, at, end);
      at = end;
    } else if (kind === 1) {
      out.repeat(((tag >> 5) << 8) | next(), ((tag >> 2) & 7) + 4);
    } else {
      let back = next() | (next() << 8);
      if (kind === 3) back = (back | (next() << 16) | (next() << 24)) >>> 0;
      out.repeat(back, (tag >> 2) + 1);
    }
  }
  const plain = out.bytes();
  if (plain.length !== size) throw new Error(`a Snappy block holds ${plain.length} bytes and promises ${size}`);
  return plain;
}
