/** The form of a backup: what was put in comes out, and what is not as it was put there is found. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  checkFrames,
  type Frame,
  readFrames,
  readManifest,
  writeFrames,
  writeManifest,
} from '../../../pipelines/io/archive.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-archive-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function* of(frames: readonly Frame[]) {
  yield* frames;
}

async function all(name: string): Promise<readonly Frame[]> {
  const found: Frame[] = [];
  for await (const frame of readFrames(folder, name)) {
    found.push(frame.map((part) => (part instanceof Uint8Array ? new Uint8Array(part) : part)));
  }
  return found;
}

describe('a file of frames', () => {
  it('gives back what was put in: texts, offsets past 2^32, empty and large values', async () => {
    let files = 0;
    const part = fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(part, { maxLength: 4 }), { maxLength: 20 }), async (frames) => {
        const name = `file-${files++}`;
        const sum = await writeFrames(folder, name, of(frames));
        expect(sum.count).toBe(frames.length);
        expect(await all(name)).toEqual(frames);
        await checkFrames(folder, name, sum);
      }),
      { numRuns: 40 },
    );
    const large: Frame[] = Array.from({ length: 40 }, (_, i) => [i, 'key', new Uint8Array(100_000).fill(i)]);
    await checkFrames(folder, 'tasks/large', await writeFrames(folder, 'tasks/large', of(large)));
    expect((await all('tasks/large')).map(([i, , bytes]) => [i, (bytes as Uint8Array)[99_999]])).toEqual(
      large.map(([i]) => [i, i]),
    );
  });

  it('has the SHA-256 of its plain content as digest, and is for its owner alone', async () => {
    const { sha256 } = await writeFrames(folder, 'one', of([['a', new Uint8Array([1])]]));
    const plain = gunzipSync(readFileSync(join(folder, 'one.gz')));
    expect(sha256).toBe(createHash('sha256').update(plain).digest('hex'));
    expect(statSync(join(folder, 'one.gz')).mode & 0o777).toBe(0o600);
  });

  it('that is cut, damaged, changed, longer or gone is found', async () => {
    const frames: Frame[] = Array.from({ length: 50 }, (_, i) => [`key-${i}`, new Uint8Array([i, i])]);
    const sum = await writeFrames(folder, 'one', of(frames));
    const file = join(folder, 'one.gz');
    const bytes = readFileSync(file);
    const plain = gunzipSync(bytes);
    const check = () => checkFrames(folder, 'one', sum);
    await check();

    writeFileSync(file, bytes.subarray(0, bytes.length - 30));
    await expect(check()).rejects.toThrow(/one\.gz cannot be read/);
    const damaged = Buffer.from(bytes);
    damaged[20]! ^= 0xff;
    writeFileSync(file, damaged);
    await expect(check()).rejects.toThrow(/one\.gz/);
    const changed = Buffer.from(plain);
    changed[plain.length - 1]! ^= 1;
    writeFileSync(file, gzipSync(changed));
    await expect(check()).rejects.toThrow(/is not what was put there/);
    writeFileSync(file, gzipSync(Buffer.concat([plain, plain])));
    await expect(check()).rejects.toThrow(/100 entries of 50/);
    writeFileSync(file, gzipSync(plain.subarray(0, plain.length - 1)));
    await expect(check()).rejects.toThrow(/in the middle of an entry/);
    rmSync(file);
    await expect(check()).rejects.toThrow(/one\.gz cannot be read: ENOENT/);
  });

  it('is never written over', async () => {
    await writeFrames(folder, 'one', of([]));
    await expect(writeFrames(folder, 'one', of([]))).rejects.toThrow(/EEXIST/);
  });
});

describe('a manifest', () => {
  it('comes out as it was put in', () => {
    writeManifest(folder, { tasks: { a: 1 } });
    expect(readManifest(folder)).toMatchObject({ tasks: { a: 1 } });
  });

  it('that is not there, not ours, or of another version is refused in words', () => {
    expect(() => readManifest(folder)).toThrow(/no manifest\.json .* broke off/);
    writeFileSync(join(folder, 'data.mdb'), '');
    expect(() => readManifest(folder)).toThrow(/backup of an embedded installation/);
    const file = join(folder, 'manifest.json');
    writeFileSync(file, '{');
    expect(() => readManifest(folder)).toThrow(/manifest\.json cannot be read/);
    writeFileSync(file, '{"form":"other"}');
    expect(() => readManifest(folder)).toThrow(/not of a backup of Dozor/);
    writeFileSync(file, '{"form":"dozor-backup","version":2}');
    expect(() => readManifest(folder)).toThrow(/backup of form 2, and this program knows form 1/);
  });
});
