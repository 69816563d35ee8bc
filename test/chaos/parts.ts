/**
 * The real parts of a chaos run: one Kafka, one Redis, and for each process of Dozor a proxy to either, so that a process can be
 * cut off alone. Kafka tells its clients where to connect, so each proxy has a listener of its own that names it.
 */
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type KafkaPart, type RedisPart, startKafka, startRedis } from '../tools/parts.mjs';
import { freePort } from './ports.js';
import { TcpProxy } from './proxy.js';

const HOST = '127.0.0.1';
const SIZED_EVERY_MS = 100;
const SIZES_KEPT = 600;

/** Where one process finds Kafka and Redis. */
export interface Door {
  readonly kafka: TcpProxy;
  readonly redis: TcpProxy;
  readonly brokers: string;
  readonly redisUrl: string;
}

export class Parts {
  readonly kafka: KafkaPart;
  readonly redis: RedisPart;
  /** By process, in the order of its number. */
  readonly doors: readonly Door[];
  readonly #aof: AofSizes;

  private constructor(kafka: KafkaPart, redis: RedisPart, doors: readonly Door[]) {
    this.kafka = kafka;
    this.redis = redis;
    this.doors = doors;
    this.#aof = new AofSizes(join(redis.folder, 'appendonlydir'));
  }

  /** Starts both, with ways in for so many processes. */
  static async start(processes: number): Promise<Parts> {
    const redis = await startRedis({
      appendfsync: 'always',
      // One file, so that its tail can be cut; no alarm about what this machine allows.
      config: { 'auto-aof-rewrite-percentage': 0, 'aof-load-truncated': 'yes' },
    });
    const inner = await freePort();
    const controller = await freePort();
    const listeners = await Promise.all(
      Array.from({ length: processes }, async (_, n) => {
        const port = await freePort();
        return { name: `P${n}`, port, proxy: await TcpProxy.open(port, 'kafka', await freePort()) };
      }),
    );
    const all = (of: (one: (typeof listeners)[number]) => string) => listeners.map(of);
    const kafka = await startKafka({
      port: inner,
      config: {
        listeners: [
          `PLAINTEXT://${HOST}:${inner}`,
          `CONTROLLER://${HOST}:${controller}`,
          ...all(({ name, port }) => `${name}://${HOST}:${port}`),
        ].join(','),
        'advertised.listeners': [
          `PLAINTEXT://${HOST}:${inner}`,
          ...all(({ name, proxy }) => `${name}://${HOST}:${proxy.port}`),
        ].join(','),
        'listener.security.protocol.map': [
          'PLAINTEXT:PLAINTEXT',
          'CONTROLLER:PLAINTEXT',
          ...all(({ name }) => `${name}:PLAINTEXT`),
        ].join(','),
        'controller.quorum.voters': `1@${HOST}:${controller}`,
        // As in production: a broker under load answers a rebalance when it must, not at once.
        'group.initial.rebalance.delay.ms': 100,
      },
    });
    const redisPort = Number(new URL(redis.url).port);
    const doors = await Promise.all(
      listeners.map(async ({ proxy }) => {
        const own = await TcpProxy.open(redisPort, 'redis', await freePort());
        return {
          kafka: proxy,
          redis: own,
          brokers: `${HOST}:${proxy.port}`,
          redisUrl: `redis://${HOST}:${own.port}`,
        };
      }),
    );
    return new Parts(kafka, redis, doors);
  }

  async stop(): Promise<void> {
    this.#aof.close();
    await Promise.all([this.kafka.stop(), this.redis.stop()]);
    await Promise.all(this.doors.flatMap(({ kafka, redis }) => [kafka.close(), redis.close()]));
  }

  /** Kafka is away for so long, in good order or by `kill -9`. Resolves when it answers again. */
  async kafkaAway(how: 'stopped' | 'killed', awayMs: number, wait: (ms: number) => Promise<void>): Promise<void> {
    if (how === 'stopped') await this.kafka.stop();
    else await this.kafka.kill('SIGKILL');
    await Promise.all(this.doors.map(({ kafka }) => kafka.close()));
    await wait(awayMs);
    await Promise.all(this.doors.map(({ kafka }) => kafka.reopen()));
    await this.kafka.start();
  }

  /** `kill -9` of Redis, which wrote everything to the disk before it answered. Resolves when it answers again. */
  async redisKilled(awayMs: number, wait: (ms: number) => Promise<void>): Promise<void> {
    await this.redis.kill('SIGKILL');
    await wait(awayMs);
    await this.redis.start();
  }

  /** From now on Redis syncs its file each second only, until it is started again. */
  async redisRelaxed(): Promise<void> {
    const redis = new Redis(this.redis.url, { lazyConnect: true });
    try {
      await redis.connect();
      await redis.config('SET', 'appendfsync', 'everysec');
    } finally {
      redis.disconnect();
    }
  }

  /**
   * A Redis that syncs each second loses its machine: what was written in the last `lostMs` is gone. The process is killed and
   * its file is cut to the size that it had then; Redis itself drops the command that the cut goes through. Returns how many
   * bytes were lost.
   */
  async redisFellBack(lostMs: number): Promise<number> {
    await this.redis.kill('SIGKILL');
    const bytes = this.#aof.cutBack(lostMs);
    // Its settings say `always` again.
    await this.redis.start();
    return bytes;
  }
}

/** How large the append-only file was, and when: for a loss of the last second. */
class AofSizes {
  readonly #folder: string;
  readonly #sizes: { readonly at: number; readonly file: string; readonly bytes: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(folder: string) {
    this.#folder = folder;
    this.#timer = setInterval(() => this.#look(), SIZED_EVERY_MS);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #newest(): string {
    const number = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? Number.NaN);
    const files = readdirSync(this.#folder).filter((name) => Number.isFinite(number(name)));
    const newest = files.sort((a, b) => number(a) - number(b)).at(-1);
    if (!newest) throw new Error(`Redis has no append-only file in ${this.#folder}`);
    return join(this.#folder, newest);
  }

  #look(): void {
    const file = this.#newest();
    this.#sizes.push({ at: performance.now(), file, bytes: statSync(file).size });
    if (this.#sizes.length > SIZES_KEPT) this.#sizes.shift();
  }

  /** Cuts the file to the size that it had so long ago; returns how many bytes that took. */
  cutBack(byMs: number): number {
    const file = this.#newest();
    const { size } = statSync(file);
    const before = performance.now() - byMs;
    const then = this.#sizes.findLast((one) => one.file === file && one.at <= before);
    if (!then) throw new Error(`the size of ${file} ${byMs} ms ago is not known`);
    truncateSync(file, then.bytes);
    return size - then.bytes;
  }
}
