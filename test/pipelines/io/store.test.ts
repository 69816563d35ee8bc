import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEmbedded } from '../../../pipelines/io/embedded.js';
import { MemoryStore } from '../../../pipelines/io/store-memory.js';
import { storePromises } from './store.suite.js';

storePromises('MemoryStore', async () => {
  const store = new MemoryStore();
  return { store, reopen: async () => store.reopen(), dispose: () => store.close() };
});

storePromises('LmdbStore', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-store-'));
  let embedded = await openEmbedded(folder);
  return {
    store: embedded.store,
    reopen: async () => {
      await embedded.close();
      embedded = await openEmbedded(folder);
      return embedded.store;
    },
    dispose: async () => {
      await embedded.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describe('LmdbStore', () => {
  it('refuses a key that LMDB cannot hold, in words that name its length, and changes nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dozor-store-'));
    const { store, close } = await openEmbedded(folder);
    const owned = await store.acquire('task', 'a');
    const value = new Uint8Array([1]);
    const tooLong = new Map([
      ['a', value],
      ['k'.repeat(1_971), value],
    ]);
    await expect(store.commit(owned, { puts: tooLong, deletes: new Set() })).rejects.toThrow(/1971 bytes/);
    expect(await store.ownership('task')).toEqual(owned);
    expect(await store.get('task', ['a'])).toEqual([undefined]);
    const longest = 'š'.repeat(985);
    await store.commit(owned, { puts: new Map([[longest, value]]), deletes: new Set() });
    for await (const [key] of store.entries('task', longest)) expect(key).toBe(longest);
    expect((await store.get('task', [longest]))[0]?.length).toBe(1);
    await close();
    rmSync(folder, { recursive: true });
  });
});
