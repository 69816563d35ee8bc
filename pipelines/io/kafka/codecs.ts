/**
 * The compressions that foreign producers use. kafkajs has gzip only, and a consumer that meets another one stops for good; so
 * all are registered before the first client is made. We ourselves write gzip at level 1: nearly as small as level 6 for a third
 * of its time.
 */
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { decompress as zstdDecompress } from 'fzstd';
import kafkajs from 'kafkajs';
import { lz4Decompress } from './lz4.js';
import { snappyDecompress } from './snappy.js';

/** What kafkajs calls a codec. */
interface Codec {
  compress(plain: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(compressed: Buffer): Promise<Buffer>;
}

const GZIP_LEVEL = 1;
const zip = promisify<Buffer, { level: number }, Buffer>(gzip);
const unzip = promisify<Buffer, Buffer>(gunzip);

const CODECS: Readonly<Record<'GZIP' | 'Snappy' | 'LZ4' | 'ZSTD', Codec>> = {
  GZIP: { compress: ({ buffer }) => zip(buffer, { level: GZIP_LEVEL }), decompress: (bytes) => unzip(bytes) },
  Snappy: readOnly('Snappy', snappyDecompress),
  LZ4: readOnly('LZ4', lz4Decompress),
  ZSTD: readOnly('Zstandard', (bytes) => {
    const plain = zstdDecompress(bytes);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  }),
};

function readOnly(name: string, decompress: (bytes: Buffer) => Buffer): Codec {
  return {
    compress: async () => {
      throw new Error(`${name} is only read here, never written`);
    },
    decompress: async (bytes) => decompress(bytes),
  };
}

/** Makes kafkajs read every compression that Kafka knows. Again changes nothing. */
export function registerCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  for (const name of ['GZIP', 'Snappy', 'LZ4', 'ZSTD'] as const) {
    CompressionCodecs[CompressionTypes[name]] = () => CODECS[name];
  }
}
