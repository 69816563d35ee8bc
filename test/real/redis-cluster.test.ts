/** The store and the memo on a Redis Cluster of three masters. */
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { guardedCommit } from '../../pipelines/io/guarded-commit.js';
import { RedisMemo } from '../../pipelines/io/redis-memo.js';
import { FencedError } from '../../pipelines/io/store.js';
import { RedisStore } from '../../pipelines/io/store-redis.js';
import { storePromises } from '../pipelines/io/store.suite.js';
import { describeReal } from './parts.js';
import { type ClusterPart, startCluster } from './redis/cluster.js';
import { contents, eventually, puts, rejection } from './redis/contents.js';
import { cutOnce } from './redis/proxy.js';

const logger = pino({ level: 'silent' });

describeReal('a Redis Cluster', () => {
  let cluster: ClusterPart;
  let places = 0;
  const placeOn = () => ({ url: cluster.url, prefix: `cluster-${places++}`, timeoutMs: 2_000 });
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster?.stop());

  storePromises('RedisStore on a cluster', async () => {
    const place = placeOn();
    let store = await RedisStore.connect(place, { logger });
    return {
      store,
      reopen: async () => (store = await RedisStore.connect(place, { logger })),
      dispose: () => store.close(),
    };
  });

  it('holds tasks on all of its masters, and the memo too', async () => {
    const place = placeOn();
    const store = await RedisStore.connect(place, { logger });
    const tasks = Array.from({ length: 30 }, (_, at) => `service-${at}`);
    for (const task of tasks) await store.commit(await store.acquire(task, 'a'), puts({ 's/1': task, meta: task }));
    const memo = await RedisMemo.connect(place, { logger });
    const values = new Map(Array.from({ length: 500 }, (_, at) => [`n/${at}`, Buffer.from(`${at}`)]));
    await memo.put(values, new Set());
    const found = await memo.get([...values.keys(), 'none']);
    expect(found.map((value) => value && Number(Buffer.from(value).toString()))).toEqual([
      ...Array.from(values.keys(), (_, at) => at),
      undefined,
    ]);
    await memo.put(new Map(), new Set(values.keys()));
    expect(new Set(await memo.get([...values.keys()]))).toEqual(new Set([undefined]));
    for (const task of tasks) expect(await contents(store, task)).toEqual({ 's/1': task, meta: task });
    await Promise.all([store.close(), memo.close()]);
  });

  it('does not get a commit twice when its reply is lost', async () => {
    const store = await RedisStore.connect(placeOn(), { logger });
    const owned = await store.acquire('task', 'a');
    await cutOnce(cluster.proxies, 'lose replies', async () => {
      const { error } = await rejection(store.commit(owned, puts({ a: '1' })));
      expect(error).not.toBeInstanceOf(FencedError);
    });
    expect(await eventually(() => store.ownership('task'))).toEqual({ ...owned, sequence: 1 });
    expect(await contents(store, 'task')).toEqual({ a: '1' });
    await store.close();
  });

  it('refuses to be taken for a single Redis', async () => {
    const [url] = cluster.url.split(',');
    await expect(RedisStore.connect({ ...placeOn(), url: url! }, { logger })).rejects.toThrow(
      /name several of its servers/,
    );
  });

  it('is reached while one of the addresses is gone', async () => {
    const url = ['redis://127.0.0.1:1', ...cluster.url.split(',')].join(',');
    const store = await RedisStore.connect({ ...placeOn(), url }, { logger });
    expect((await store.acquire('task', 'a')).epoch).toBe(1);
    await store.close();
  });

  describe('one of whose masters is killed', () => {
    it('rejects in bounded time, loses nothing, and works again when it is back', async () => {
      const store = await RedisStore.connect(placeOn(), { logger });
      const tasks = Array.from({ length: 12 }, (_, at) => `task-${at}`);
      const owned = await Promise.all(tasks.map((task) => store.acquire(task, 'a')));
      await cluster.masters[1]!.kill();
      const tried = await Promise.all(
        owned.map(async (one) => {
          const { ms, error } = await rejection(store.commit(one, puts({ a: '1' })).then(() => Promise.reject(done)));
          expect(ms).toBeLessThan(3_000);
          expect(error).not.toBeInstanceOf(FencedError);
          return error === done;
        }),
      );
      expect(tried).toContain(false);
      await cluster.masters[1]!.start();
      for (const [at, one] of owned.entries()) {
        const stands = await eventually(async () => (await store.ownership(one.task))!);
        expect(stands.sequence).toBe(tried[at] ? 1 : 0);
        await eventually(() => guardedCommit(store, stands, puts({ a: '2' })));
        expect(await contents(store, one.task)).toEqual({ a: '2' });
      }
      await store.close();
    });
  });

  it('all of whose masters are killed is found again', async () => {
    const store = await RedisStore.connect(placeOn(), { logger });
    const owned = await store.commit(await store.acquire('task', 'a'), puts({ a: '1' }));
    await Promise.all(cluster.masters.map((master) => master.kill()));
    expect((await rejection(store.commit(owned, puts({ a: '2' })))).ms).toBeLessThan(4_000);
    expect((await rejection(store.get('task', ['a']))).ms).toBeLessThan(4_000);
    await Promise.all(cluster.masters.map((master) => master.start()));
    expect(await eventually(() => store.ownership('task'))).toEqual(owned);
    await eventually(() => guardedCommit(store, owned, puts({ a: '3' })));
    expect(await contents(store, 'task')).toEqual({ a: '3' });
    await store.close();
  });
}, ['redis']);

const done = new Error('done');
