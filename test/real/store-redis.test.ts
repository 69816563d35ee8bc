/** The store on a real Redis: the promises of every store, and what only a network and a server that dies can show. */
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { guardedCommit } from '../../pipelines/io/guarded-commit.js';
import { FencedError } from '../../pipelines/io/store.js';
import { RedisStore } from '../../pipelines/io/store-redis.js';
import { storePromises } from '../pipelines/io/store.suite.js';
import { type RedisPart, startRedis } from '../tools/parts.mjs';
import { describeReal } from './parts.js';
import { contents, eventually, puts, rejection } from './redis/contents.js';
import { cutOnce, FaultyProxy } from './redis/proxy.js';

const logger = pino({ level: 'silent' });
let places = 0;
const placeOn = (url: string) => ({ url, prefix: `store-${process.pid}-${places++}`, timeoutMs: 2_000 });

describeReal(
  'Redis',
  ({ redis }) => {
    storePromises('RedisStore', async () => {
      const place = { url: redis, prefix: placeOn('').prefix };
      let store = await RedisStore.connect(place, { logger });
      return {
        store,
        reopen: async () => (store = await RedisStore.connect(place, { logger })),
        dispose: () => store.close(),
      };
    });

    describe('between the store and Redis, the network', () => {
      let proxy: FaultyProxy;
      let store: RedisStore;
      beforeEach(async () => {
        const { hostname, port } = new URL(redis);
        proxy = await FaultyProxy.to(hostname, Number(port));
        store = await RedisStore.connect(placeOn(`redis://127.0.0.1:${proxy.port}`), { logger });
      });
      afterEach(async () => {
        await store.close();
        await proxy.close();
      });

      it('may lose the reply of a commit: it rejects at once, is not sent again, and the ownership tells', async () => {
        const owned = await store.acquire('task', 'a');
        await cutOnce([proxy], 'lose replies', async () => {
          const { ms, error } = await rejection(store.commit(owned, puts({ a: '1' })));
          expect(error).not.toBeInstanceOf(FencedError);
          expect(ms).toBeLessThan(1_500);
        });
        expect(await store.ownership('task')).toEqual({ ...owned, sequence: 1 });
        expect(await contents(store, 'task')).toEqual({ a: '1' });
        expect(proxy.cuts).toBe(1);
      });

      it('may lose the reply of a commit: guardedCommit finds it done', async () => {
        const owned = await store.acquire('task', 'a');
        await cutOnce([proxy], 'lose replies', async () => {
          expect(await guardedCommit(store, owned, puts({ a: '1' }))).toEqual({ ...owned, sequence: 1 });
        });
        expect(await contents(store, 'task')).toEqual({ a: '1' });
      });

      it('may lose a commit on its way: guardedCommit makes it again', async () => {
        const owned = await store.acquire('task', 'a');
        await cutOnce([proxy], 'lose requests', async () => {
          expect(await guardedCommit(store, owned, puts({ a: '1' }))).toEqual({ ...owned, sequence: 1 });
        });
        expect(await contents(store, 'task')).toEqual({ a: '1' });
      });

      it('may lose the reply of a question: it is asked again', async () => {
        const owned = await store.commit(await store.acquire('task', 'a'), puts({ a: '1' }));
        await cutOnce([proxy], 'lose replies', async () => expect(await store.ownership('task')).toEqual(owned));
        await cutOnce([proxy], 'lose replies', async () => expect(await contents(store, 'task')).toEqual({ a: '1' }));
      });

      it('may fall silent: everything rejects in bounded time, and works again by itself', async () => {
        const owned = await store.acquire('task', 'a');
        proxy.fault = 'silence';
        const asked = await Promise.all([
          rejection(store.commit(owned, puts({ a: '1' }))),
          rejection(store.ownership('task')),
          rejection(store.get('task', ['a'])),
          rejection(contents(store, 'task')),
        ]);
        for (const { ms, error } of asked) {
          expect(ms).toBeLessThan(4_000);
          expect(error).not.toBeInstanceOf(FencedError);
        }
        proxy.fault = 'pass';
        expect(await guardedCommit(store, owned, puts({ a: '2' }))).toEqual({ ...owned, sequence: 1 });
      });
    });

    it('refuses the zombie: an owner that slept while another took over changes nothing', async () => {
      const place = placeOn(redis);
      const [zombie, heir] = await Promise.all([1, 2].map(() => RedisStore.connect(place, { logger })));
      const old = await zombie!.commit(await zombie!.acquire('task', 'a'), puts({ a: 'old' }));
      const taken = await heir!.acquire('task', 'b');
      await expect(zombie!.commit(old, puts({ a: 'late' }))).rejects.toBeInstanceOf(FencedError);
      await expect(guardedCommit(zombie!, old, puts({ a: 'late' }))).rejects.toBeInstanceOf(FencedError);
      await heir!.commit(taken, puts({ b: 'new' }));
      expect(await contents(zombie!, 'task')).toEqual({ a: 'old', b: 'new' });
      await Promise.all([zombie!.close(), heir!.close()]);
    });

    describe('with a Redis of its own', () => {
      let part: RedisPart;
      let admin: Redis;
      let store: RedisStore;
      let place: ReturnType<typeof placeOn>;
      beforeAll(async () => {
        part = await startRedis({ appendfsync: 'always' });
      });
      afterAll(() => part.stop());
      beforeEach(async () => {
        admin = new Redis(part.url);
        admin.on('error', () => {});
        place = placeOn(part.url);
        store = await RedisStore.connect(place, { logger });
      });
      afterEach(async () => {
        admin.disconnect();
        await store.close();
      });

      it('killed and started again: it rejects in bounded time, works again by itself, and nothing is half applied', async () => {
        let owned = await store.acquire('task', 'a');
        const all = (value: number) =>
          puts(Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`${at % 3}/${at}`, `${value}`])));
        for (let round = 0; round < 3; round++) {
          let killed: Promise<void> | undefined;
          let slowest = 0;
          for (let at = 0; ; at++) {
            const begun = performance.now();
            const kill = at === 20 + round ? setTimeout(() => (killed = part.kill()), round) : undefined;
            try {
              owned = await store.commit(owned, all(owned.sequence + 1));
            } catch (error) {
              expect(error).not.toBeInstanceOf(FencedError);
              slowest = performance.now() - begun;
              break;
            } finally {
              if (killed === undefined && at > 2_000) clearTimeout(kill);
            }
          }
          await killed;
          expect(slowest).toBeLessThan(4_000);
          const down = await rejection(store.commit(owned, all(0)));
          expect(down.ms).toBeLessThan(4_000);
          expect(down.error).not.toBeInstanceOf(FencedError);
          await part.start();
          const stands = await eventually(async () => (await store.ownership('task'))!);
          // The last that was acknowledged, or the one whose reply was lost.
          expect([owned.sequence, owned.sequence + 1]).toContain(stands.sequence);
          const found = await contents(store, 'task');
          expect(Object.keys(found).length).toBe(500);
          expect(new Set(Object.values(found))).toEqual(new Set([`${stands.sequence}`]));
          owned = await store.commit(stands, all(stands.sequence + 1));
        }
      });

      it('killed and started again while a large task is read: none of it is passed over', async () => {
        const count = 40_000;
        const all = Object.fromEntries(Array.from({ length: count }, (_, at) => [`s/${at}`, 'kept']));
        await store.commit(await store.acquire('task', 'a'), puts(all));
        const proxy = await FaultyProxy.to('127.0.0.1', Number(new URL(part.url).port));
        proxy.delayMs = 50;
        const patient = { ...place, url: `redis://127.0.0.1:${proxy.port}`, timeoutMs: 20_000 };
        const reader = await RedisStore.connect(patient, { logger });
        await admin.config('RESETSTAT');
        let isRead = false;
        const reading = contents(reader, 'task').finally(() => (isRead = true));
        while (!/cmdstat_hscan:calls=[^1]/.test(await admin.info('commandstats'))) await pause(1);
        expect(isRead).toBe(false);
        await part.kill();
        await part.start();
        expect(Object.keys(await reading).length).toBe(count);
        await reader.close();
        await proxy.close();
      });

      it('emptied: a commit is fenced, not taken as the first', async () => {
        const owned = await store.commit(await store.acquire('task', 'a'), puts({ a: '1' }));
        await admin.flushall();
        await expect(store.commit(owned, puts({ a: '2' }))).rejects.toThrow(/nobody has acquired it/);
        await expect(guardedCommit(store, owned, puts({ a: '2' }))).rejects.toBeInstanceOf(FencedError);
        expect(await contents(store, 'task')).toEqual({});
        expect(await store.acquire('task', 'a')).toEqual({ task: 'task', owner: 'a', epoch: 1, sequence: 0 });
      });

      it('set back to an older state: a commit is fenced', async () => {
        const owned = await store.commit(await store.acquire('task', 'a'), puts({ a: '1' }));
        await store.commit(owned, puts({ a: '2' }));
        await admin.hset(`{${place.prefix}:task}:own`, 'sequence', 1);
        await expect(store.commit({ ...owned, sequence: 2 }, puts({ a: '3' }))).rejects.toBeInstanceOf(FencedError);
      });

      it('without its scripts: it is given them again', async () => {
        const owned = await store.acquire('task', 'a');
        await admin.script('FLUSH');
        const first = await store.commit(owned, puts({ a: '1' }));
        await admin.script('FLUSH');
        expect((await store.acquire('task', 'b')).epoch).toBe(2);
        await admin.script('FLUSH');
        expect(await contents(store, 'task')).toEqual({ a: '1' });
        await expect(store.commit(first, puts({ a: '2' }))).rejects.toBeInstanceOf(FencedError);
      });

      it('with its memory full: a commit rejects whole, names no value, and succeeds when there is room', async () => {
        const owned = await store.commit(await store.acquire('task', 'a'), puts({ a: '1', b: '1' }));
        await admin.config('SET', 'maxmemory', 1);
        const change = { ...puts({ a: 'secret', c: 'secret' }), deletes: new Set(['b']) };
        const { error } = await rejection(store.commit(owned, change));
        expect(error.message).toMatch(/OOM/);
        expect(error).not.toBeInstanceOf(FencedError);
        expect(JSON.stringify(Object.entries(Object.getOwnPropertyDescriptors(error)))).not.toMatch(/secret/);
        await expect(store.commit(owned, { puts: new Map(), deletes: new Set(['b']) })).rejects.toThrow(/OOM/);
        expect(await contents(store, 'task')).toEqual({ a: '1', b: '1' });
        await admin.config('SET', 'maxmemory', 0);
        await store.commit(owned, change);
        expect(await contents(store, 'task')).toEqual({ a: 'secret', c: 'secret' });
      });

      it('made a replica: a commit rejects and may be made again when it is a master', async () => {
        const owned = await store.acquire('task', 'a');
        await admin.replicaof('127.0.0.1', 1);
        const { error } = await rejection(store.commit(owned, puts({ a: '1' })));
        expect(error.message).toMatch(/READONLY/);
        expect(await store.ownership('task')).toEqual(owned);
        await admin.replicaof('NO', 'ONE');
        expect(await guardedCommit(store, owned, puts({ a: '1' }))).toEqual({ ...owned, sequence: 1 });
      });

      it('does not read what entries are to be without', async () => {
        const owned = await store.acquire('task', 'a');
        await store.commit(owned, puts({ 'n/1': '1', 's/1': '1', meta: '1' }));
        const seen = `{${place.prefix}:task}:k:n/`;
        await admin.del(seen);
        await admin.set(seen, 'reading this fails');
        await expect(contents(store, 'task')).rejects.toThrow(/WRONGTYPE/);
        expect(await contents(store, 'task', '', ['n/'])).toEqual({ 's/1': '1', meta: '1' });
        expect(await contents(store, 'task', 's/')).toEqual({ 's/1': '1' });
      });

      it('shows one commit of a large task, whatever lands meanwhile', { timeout: 120_000 }, async () => {
        const count = 30_000;
        const all = (value: string) =>
          puts(Object.fromEntries(Array.from({ length: count }, (_, at) => [`s/${at}`, value])));
        let owned = await store.commit(await store.acquire('task', 'a'), all('0'));
        const reader = await RedisStore.connect(place, { logger });
        let reading = true;
        const writing = (async () => {
          while (reading) owned = await store.commit(owned, all(`${owned.sequence}`));
        })();
        for (let round = 0; round < 5; round++) {
          const found = Object.values(await contents(reader, 'task'));
          expect([found.length, new Set(found).size]).toEqual([count, 1]);
        }
        reading = false;
        await writing;
        await reader.close();
        expect(owned.sequence).toBeGreaterThan(5);
      });
    });
  },
  ['redis'],
);
