/** The compressions of foreign producers, as the usual programs write them; a Java producer is asked in `test/real`. */
import kafkajs from 'kafkajs';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerCodecs } from '../../../../pipelines/io/kafka/codecs.js';
import { lz4Decompress } from '../../../../pipelines/io/kafka/lz4.js';
import { snappyDecompress } from '../../../../pipelines/io/kafka/snappy.js';

const squares = Array.from({ length: 40 }, (_, at) => at * at).join();
const TEXT = `${'the same words again and '.repeat(40)}an end. ${squares}`;

/** TEXT, by `lz4 -1`, `lz4 -9 -BX --content-size` and `lz4 -1 --no-frame-crc` (1.9.4). */
const LZ4 = {
  plain:
    'BCJNGGRAp8EAAAD/CnRoZSBzYW1lIHdvcmRzIGFnYWluIGFuZCAZAP///7/waWFuIGVuZC4gMCwxLDQsOSwxNiwyNSwzNiw0OSw2NCw4MSwxMDAsMTIxLDE0NCwxNjksMTk2LDIyNSwyNTYsMjg5LDMyNCwzNjEsNDAwLDQ0MSw0ODQsNTI5LDU3Niw2MjUsNjc2LDcyOSw3ODQsODQxLDkwMCw5NlgA4DI0LDEwODksMTE1NiwxVABwMTI5NiwxM2YAgDQ0NCwxNTIxAAAAABjP+ZQ=',
  checked:
    'BCJNGHxAiQQAAAAAAADIwQAAAP8KdGhlIHNhbWUgd29yZHMgYWdhaW4gYW5kIBkA////v/BpYW4gZW5kLiAwLDEsNCw5LDE2LDI1LDM2LDQ5LDY0LDgxLDEwMCwxMjEsMTQ0LDE2OSwxOTYsMjI1LDI1NiwyODksMzI0LDM2MSw0MDAsNDQxLDQ4NCw1MjksNTc2LDYyNSw2NzYsNzI5LDc4NCw4NDEsOTAwLDk2WADgMjQsMTA4OSwxMTU2LDFUAHAxMjk2LDEzZgCANDQ0LDE1MjHHIFyDAAAAABjP+ZQ=',
  unchecked:
    'BCJNGGBAgsEAAAD/CnRoZSBzYW1lIHdvcmRzIGFnYWluIGFuZCAZAP///7/waWFuIGVuZC4gMCwxLDQsOSwxNiwyNSwzNiw0OSw2NCw4MSwxMDAsMTIxLDE0NCwxNjksMTk2LDIyNSwyNTYsMjg5LDMyNCwzNjEsNDAwLDQ0MSw0ODQsNTI5LDU3Niw2MjUsNjc2LDcyOSw3ODQsODQxLDkwMCw5NlgA4DI0LDEwODksMTE1NiwxVABwMTI5NiwxM2YAgDQ0NCwxNTIxAAAAAA==',
};
/** TEXT, by Google's library. */
const SNAPPY =
  'iQlgdGhlIHNhbWUgd29yZHMgYWdhaW4gYW5kIP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZAP4ZADoZAPCgYW4gZW5kLiAwLDEsNCw5LDE2LDI1LDM2LDQ5LDY0LDgxLDEwMCwxMjEsMTQ0LDE2OSwxOTYsMjI1LDI1NiwyODksMzI0LDM2MSw0MDAsNDQxLDQ4NCw1MjksNTc2LDYyNSw2NzYsNzI5LDc4NCw4NDEsOTAwLDk2MSwxMDI0LDEwODksMTE1NiwxMjI1LDEyOTYsMTM2OSwxNDQ0LDE1MjE=';
/** TEXT, by `zstd -3`, with its size in the frame and without. */
const ZSTD = {
  sized:
    'KLUv/WSJAx0EAOJKHBmQJ0kHANBUVPe/ctxd7pu0TWTbtjXF7kwMrMLbDtyuyK2QnyHespvoZs01xFfERtilbCPKV+WaznaiThtuDZ+prdSlajt+xlvO4kSc5trXbbjUxu/OiRCKwyDHIcVxyCFwAA4pFAUEB8QYOAViBBgEBABphHFFKL6FwMScq4kHJSYg6w==',
  unsized:
    'KLUv/QRYBQQAoosdGZAnSQcA0FRU979y3F3um7RNZNu2NcXuTAyswtvys4HbFS9V3Ar5GeIt4rSb6GbNNcRXxEbYpWwjylflms52ok4bbg2fqa3UpWo7fsZbzuJEnOba12241MbvzokQisMgxyHFccghcAAOKRQFBAfEGDgFYgQYBAEAMedqjgElJiDr',
};

const bytes = (base64: string) => Buffer.from(base64, 'base64');

describe('LZ4', () => {
  it.each(Object.entries(LZ4))('reads a frame: %s', (_, frame) => {
    expect(lz4Decompress(bytes(frame)).toString()).toBe(TEXT);
  });

  it('reads frames one after another, and passes over what is no data', () => {
    const skipped = Buffer.from('502a4d1803000000aabbcc', 'hex');
    const frames = Buffer.concat([bytes(LZ4.plain), skipped, bytes(LZ4.unchecked)]);
    expect(lz4Decompress(frames).toString()).toBe(TEXT + TEXT);
    expect(lz4Decompress(Buffer.alloc(0)).length).toBe(0);
  });

  it('reads a block that looks back into the one before, and a match that overlaps itself', () => {
    const head = Buffer.from('04224d18404000', 'hex');
    const stored = Buffer.concat([length(12 | 0x80000000), Buffer.from('hello world ')]);
    // No literals, 12 bytes from 12 back; 1 literal, 9 bytes from 1 back; 1 literal.
    const looksBack = Buffer.from('080c0015210100102e', 'hex');
    const frame = Buffer.concat([head, stored, length(looksBack.length), looksBack, length(0)]);
    expect(lz4Decompress(frame).toString()).toBe(`hello world hello world ${'!'.repeat(10)}.`);
  });

  it('refuses what is damaged', () => {
    const whole = bytes(LZ4.plain);
    expect(() => lz4Decompress(whole.subarray(0, 100))).toThrow();
    expect(() => lz4Decompress(Buffer.from('no frame at all'))).toThrow('no LZ4 frame');
    const farBack = Buffer.concat([
      Buffer.from('04224d18604000', 'hex'),
      length(5),
      Buffer.from('1061ff0000', 'hex'),
      length(0),
    ]);
    expect(() => lz4Decompress(farBack)).toThrow();
  });
});

describe('Snappy', () => {
  it('reads one raw block, as librdkafka writes it', () => {
    expect(snappyDecompress(bytes(SNAPPY)).toString()).toBe(TEXT);
  });

  it("reads the stream of blocks that Kafka's own clients write", () => {
    const head = Buffer.from('82534e41505059000000000100000001', 'hex');
    const block = bytes(SNAPPY);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(block.length);
    expect(snappyDecompress(Buffer.concat([head, size, block, size, block])).toString()).toBe(TEXT + TEXT);
    expect(snappyDecompress(head).length).toBe(0);
  });

  it('reads long literals and far matches', () => {
    const noise = Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * at * 31 + (at >> 3)) & 0xff));
    // A literal with its length in three bytes, then 64 bytes from 70,000 back with the distance in four.
    const block = Buffer.concat([
      Buffer.from([...varint(70_064), (62 << 2) | 0, 0x6f, 0x11, 0x01]),
      noise,
      Buffer.from([(63 << 2) | 3, 0x70, 0x11, 0x01, 0x00]),
    ]);
    const plain = snappyDecompress(block);
    expect(plain.length).toBe(70_064);
    expect(plain.subarray(70_000).equals(noise.subarray(0, 64))).toBe(true);
  });

  it('refuses what is damaged', () => {
    const whole = bytes(SNAPPY);
    expect(() => snappyDecompress(whole.subarray(0, 100))).toThrow();
    expect(() => snappyDecompress(Buffer.from([10, 0, 97]))).toThrow('promises 10');
    expect(() => snappyDecompress(Buffer.alloc(0))).toThrow();
  });
});

describe('registered with kafkajs', () => {
  beforeAll(registerCodecs);
  const codec = (name: 'GZIP' | 'Snappy' | 'LZ4' | 'ZSTD') =>
    kafkajs.CompressionCodecs[kafkajs.CompressionTypes[name]]() as {
      compress(plain: { buffer: Buffer }): Promise<Buffer>;
      decompress(compressed: Buffer): Promise<Buffer>;
    };

  it.each([
    ['Snappy', SNAPPY],
    ['LZ4', LZ4.plain],
    ['ZSTD', ZSTD.sized],
    ['ZSTD', ZSTD.unsized],
  ] as const)('%s is read', async (name, compressed) => {
    const plain = await codec(name).decompress(bytes(compressed));
    expect(Buffer.isBuffer(plain)).toBe(true);
    expect(plain.toString()).toBe(TEXT);
  });

  it('gzip is written and read', async () => {
    const compressed = await codec('GZIP').compress({ buffer: Buffer.from(TEXT) });
    expect(compressed.length).toBeLessThan(TEXT.length / 3);
    expect((await codec('GZIP').decompress(compressed)).toString()).toBe(TEXT);
  });

  it('the others are never written', async () => {
    await expect(codec('LZ4').compress({ buffer: Buffer.from(TEXT) })).rejects.toThrow('only read');
  });
});

function length(size: number): Buffer {
  const found = Buffer.alloc(4);
  found.writeUInt32LE(size >>> 0);
  return found;
}

function varint(value: number): readonly number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)];
}
