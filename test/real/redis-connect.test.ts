/** Connecting to Redis: waiting for it, what is asked of it first, passwords and TLS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RedisPlace } from '../../pipelines/io/redis/address.js';
import { RedisStore } from '../../pipelines/io/store-redis.js';
import { type RedisPart, startRedis } from '../tools/parts.mjs';
import { describeReal } from './parts.js';
import { contents, puts, rejection } from './redis/contents.js';

describeReal('connecting to Redis', () => {
  let part: RedisPart;
  let admin: Redis;
  let told: { level: number; msg: string; [more: string]: unknown }[];
  const logger = pino({ level: 'warn' }, { write: (line: string) => told.push(JSON.parse(line)) });
  const connect = (more: Partial<RedisPlace> = {}) =>
    RedisStore.connect({ url: part.url, prefix: 'connect', timeoutMs: 1_000, ...more }, { logger });

  beforeAll(async () => {
    part = await startRedis();
    admin = new Redis(part.url);
    admin.on('error', () => {});
  });
  afterAll(async () => {
    admin.disconnect();
    await part.stop();
  });
  beforeEach(() => {
    told = [];
  });

  it('to one that keeps what it is given says nothing', async () => {
    const store = await connect();
    expect(store.connected).toBe(true);
    await store.close();
    expect(store.connected).toBe(false);
    expect(told).toEqual([]);
  });

  describe('that is not there', () => {
    afterEach(async () => {
      if (part.pid === undefined) await part.start();
    });

    it('waits, says for what, and goes on when it comes', async () => {
      await part.stop();
      const waits: string[] = [];
      const given = { logger, waitingFor: (what: string) => waits.push(what) };
      const connecting = RedisStore.connect({ url: part.url, prefix: 'connect' }, given);
      await pause(700);
      const name = `Redis at ${part.url.slice('redis://'.length)}`;
      expect(waits).toEqual([name]);
      expect(told.map(({ msg }) => msg)).toEqual([`waiting for ${name}`]);
      expect(told[0]!['trouble']).toMatch(/ECONNREFUSED/);
      await part.start();
      const store = await connecting;
      expect((await store.acquire('waited', 'a')).epoch).toBe(1);
      await store.close();
    });

    it('stops waiting when it is told to', async () => {
      await part.stop();
      const stop = new AbortController();
      const connecting = RedisStore.connect({ url: part.url, prefix: 'connect' }, { logger, signal: stop.signal });
      setTimeout(() => stop.abort(new Error('told to stop')), 100);
      await expect(connecting).rejects.toThrow('told to stop');
      await expect(
        RedisStore.connect({ url: part.url, prefix: 'connect' }, { logger, signal: stop.signal }),
      ).rejects.toThrow('told to stop');
    });

    it('waits also while it loads what it kept', async () => {
      const store = await connect();
      const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`s/${at}`, 'kept']));
      await store.commit(await store.acquire('loading', 'a'), puts(many));
      await store.close();
      const slow = { 'key-load-delay': 1_000_000, 'loading-process-events-interval-bytes': 1_024 };
      await admin.bgrewriteaof();
      while (/aof_rewrite_in_progress:1|aof_rewrite_scheduled:1/.test(await admin.info('persistence'))) await pause(20);
      await part.stop();
      const port = Number(new URL(part.url).port);
      const starting = startRedis({ port, folder: part.folder, config: slow });
      const waits: string[] = [];
      const again = await RedisStore.connect(
        { url: part.url, prefix: 'connect', timeoutMs: 1_000 },
        { logger, waitingFor: (what) => waits.push(what) },
      );
      expect(Object.keys(await contents(again, 'loading')).length).toBe(3_000);
      expect(waits.length).toBe(1);
      await again.close();
      await (await starting).stop();
    });
  });

  it('that is lost and found again is told of', async () => {
    const store = await connect();
    await part.kill();
    await rejection(store.ownership('task'));
    await part.start();
    while (!store.connected) await pause(20);
    expect(told.map(({ msg }) => msg.replace(/ at \S+/, ''))).toEqual(['Redis is lost', 'Redis answers again']);
    await store.close();
  });

  describe('that would lose state is refused', () => {
    afterEach(async () => {
      await admin.config('SET', 'appendonly', 'yes');
      await admin.config('SET', 'maxmemory-policy', 'noeviction');
      await admin.config('SET', 'appendfsync', 'everysec');
    });

    it('because it has no append-only file, or throws keys away: both in one message, with the lines that mend it', async () => {
      await admin.config('SET', 'appendonly', 'no');
      await expect(connect()).rejects.toThrow(/\n {2}appendonly yes\n {2}appendfsync everysec$/);
      await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      const { error } = await rejection(connect());
      expect(error.message).toMatch(/^Redis at 127\.0\.0\.1:\d+ cannot hold the state: /);
      expect(error.message).toMatch(/\n {2}appendonly yes\n {2}appendfsync everysec\n {2}maxmemory-policy noeviction$/);
      await admin.config('SET', 'appendonly', 'yes');
      await expect(connect()).rejects.toThrow(/cannot hold the state: .*allkeys-lru/);
    });

    it('unless the check is off', async () => {
      await admin.config('SET', 'appendonly', 'no');
      const store = await connect({ check: 'off' });
      await store.close();
      expect(told).toEqual([]);
    });

    it('but only warned of where it leaves the writing to the system', async () => {
      await admin.config('SET', 'appendfsync', 'no');
      await (await connect()).close();
      expect(told.map(({ msg }) => msg)).toEqual([expect.stringMatching(/appendfsync no/)]);
    });
  });

  describe('that wants a password', () => {
    const password = 'p@ss, w:rd/č';
    beforeAll(() => admin.config('SET', 'requirepass', password));
    afterAll(() => admin.config('SET', 'requirepass', ''));

    it.each([undefined, 'wrong'])('refuses %s at once, without waiting', async (wrong) => {
      const { ms, error } = await rejection(connect({ password: wrong }));
      expect(error.message).toMatch(/refuses the connection: (NOAUTH|WRONGPASS)/);
      expect(ms).toBeLessThan(900);
    });

    it('takes the one of the setting before the one in the address', async () => {
      const url = part.url.replace('//', '//:wrong@');
      await (await connect({ url, password })).close();
      const inUrl = part.url.replace('//', `//:${encodeURIComponent(password)}@`);
      await (await connect({ url: inUrl })).close();
      const { error } = await rejection(connect({ url }));
      expect(error.message).not.toMatch(/wrong@/);
    });
  });

  describe('that forbids questions about itself', () => {
    beforeAll(() => admin.acl('SETUSER', 'dozor', 'on', '>secret', '~*', '&*', '+@all', '-info', '-config'));

    it('is taken, with a warning', async () => {
      const url = part.url.replace('//', '//dozor:secret@');
      const store = await connect({ url });
      expect((await store.acquire('forbidden', 'a')).epoch).toBe(1);
      await store.close();
      expect(told.map(({ msg }) => msg)).toEqual([expect.stringMatching(/REDIS_CHECK=off/)]);
    });
  });

  it('refuses a prefix that could be taken for another', async () => {
    for (const prefix of ['', 'a:b', 'a}b', 'a b'])
      await expect(connect({ prefix })).rejects.toThrow(/before the keys/);
  });

  describe('by TLS', () => {
    let folder: string;
    let secure: RedisPart;
    const file = (name: string) => join(folder, name);
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'dozor-tls-'));
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
      const made = [
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        file('key'),
        '-out',
        file('cert'),
      ];
      execFileSync('openssl', ['req', ...made, ...subject], { stdio: 'pipe' });
      const tls = { 'tls-cert-file': file('cert'), 'tls-key-file': file('key'), 'tls-ca-cert-file': file('cert') };
      const port = Number(new URL(part.url).port) + 1;
      secure = await startRedis({ config: { port: 0, 'tls-port': port, 'tls-auth-clients': 'no', ...tls } });
    });
    afterAll(async () => {
      await secure?.stop();
      rmSync(folder, { recursive: true });
    });

    it('is trusted when its certificate is, and refused at once when not', async () => {
      const store = await connect({ url: secure.url, caFile: file('cert') });
      expect((await store.acquire('task', 'a')).epoch).toBe(1);
      await store.close();
      await expect(connect({ url: secure.url })).rejects.toThrow(/refuses the connection: .*certificate/);
    });
  });
}, ['redis']);
