/** The memo of doors on a real Redis. */
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RedisMemo } from '../../pipelines/io/redis-memo.js';
import { describeReal } from './parts.js';

const logger = pino({ level: 'silent' });
const DAY_SECONDS = 86_400;

describeReal(
  'RedisMemo',
  ({ redis }) => {
    let memo: RedisMemo;
    let admin: Redis;
    let prefix: string;
    let places = 0;
    const bytes = (text: string) => new TextEncoder().encode(text);
    const read = async (from: RedisMemo, keys: readonly string[]) =>
      (await from.get(keys)).map((value) => value && Buffer.from(value).toString());

    beforeEach(async () => {
      prefix = `memo-test-${process.pid}-${places++}`;
      memo = await RedisMemo.connect({ url: redis, prefix }, { logger });
      admin = new Redis(redis);
    });
    afterEach(async () => {
      admin.disconnect();
      await memo.close();
    });

    it('gives what was put, in the order of the question', async () => {
      await memo.put(
        new Map([
          ['n/a', bytes('1')],
          ['n/b', bytes('')],
          ['', bytes('3')],
        ]),
        new Set(),
      );
      expect(await read(memo, ['n/b', 'none', '', 'n/a', 'n/a'])).toEqual(['', undefined, '3', '1', '1']);
      expect(await memo.get([])).toEqual([]);
      await memo.put(new Map(), new Set());
    });

    it('keeps bytes as they are', async () => {
      const every = new Uint8Array(256).map((_, at) => at);
      await memo.put(new Map([['n/š 😀\u0000', every]]), new Set());
      expect(new Uint8Array((await memo.get(['n/š 😀\u0000']))[0]!)).toEqual(every);
    });

    it('is one for all who share the prefix: the last write holds', async () => {
      const other = await RedisMemo.connect({ url: redis, prefix }, { logger });
      await memo.put(
        new Map([
          ['a', bytes('1')],
          ['b', bytes('1')],
        ]),
        new Set(),
      );
      await other.put(new Map([['a', bytes('2')]]), new Set(['b', 'never']));
      expect(await read(memo, ['a', 'b'])).toEqual(['2', undefined]);
      await other.close();
      const stranger = await RedisMemo.connect({ url: redis, prefix: `${prefix}x` }, { logger });
      expect(await read(stranger, ['a', 'b'])).toEqual([undefined, undefined]);
      await stranger.close();
    });

    it('forgets what was not put again for 30 days, but never what begins with c/', async () => {
      await memo.put(
        new Map([
          ['n/1', bytes('1')],
          ['c/1', bytes('1')],
        ]),
        new Set(),
      );
      const shortly = await RedisMemo.connect({ url: redis, prefix, ttlDays: 1 / DAY_SECONDS }, { logger });
      await shortly.put(
        new Map([
          ['n/2', bytes('1')],
          ['c/2', bytes('1')],
        ]),
        new Set(),
      );
      await shortly.close();
      const lives = new Map<string, number>();
      for (const key of await admin.keys(`{${prefix}:memo-*}:m:*`)) lives.set(key.slice(-3), await admin.ttl(key));
      expect(lives.get('n/1')).toBeGreaterThan(30 * DAY_SECONDS - 60);
      expect([lives.get('c/1'), lives.get('c/2')]).toEqual([-1, -1]);
      await new Promise((later) => setTimeout(later, 1_300));
      expect(await read(memo, ['n/1', 'n/2', 'c/2'])).toEqual(['1', undefined, '1']);
    });

    it('takes many at once, over at most 64 slots', async () => {
      const many = new Map(Array.from({ length: 20_000 }, (_, at) => [`n/${at}`, bytes(`${at}`)]));
      await memo.put(many, new Set());
      expect(await read(memo, [...many.keys()])).toEqual(Array.from({ length: 20_000 }, (_, at) => `${at}`));
      const tags = new Set((await admin.keys(`{${prefix}:memo-*`)).map((key) => key.slice(0, key.indexOf('}'))));
      expect(tags.size).toBe(64);
    });

    it('takes what it was handed at the call', async () => {
      const value = bytes('as it was');
      const handed = new Map([['a', value]]);
      const put = memo.put(handed, new Set());
      value.fill(0);
      handed.set('b', bytes('too late'));
      await put;
      expect(await read(memo, ['a', 'b'])).toEqual(['as it was', undefined]);
    });

    it('refuses what is no Unicode text, and everything once it is closed', async () => {
      await expect(memo.put(new Map([['\ud800', bytes('1')]]), new Set())).rejects.toThrow();
      await expect(memo.put(new Map(), new Set(['\ud800']))).rejects.toThrow();
      await expect(memo.get(['\ud800'])).rejects.toThrow();
      await memo.close();
      await memo.close();
      await expect(memo.get(['a'])).rejects.toThrow(/closed/);
      await expect(memo.put(new Map(), new Set())).rejects.toThrow(/closed/);
    });
  },
  ['redis'],
);
