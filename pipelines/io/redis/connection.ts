/**
 * The connection to a Redis or a Redis Cluster. Every call ends within a bounded time, and nothing is sent a second time behind
 * the caller's back: `ask` is for what may be asked again, `tell` for what must not.
 *
 * One socket a server, so what a caller sends arrives in order while the connection stands. A command that a caller gave up may
 * still be carried out later; what it would do wrong then, the condition in its script refuses.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Cluster, type Redis } from 'ioredis';
import type { Logger } from 'pino';
import { clientOf, nameOf, type RedisPlace, TIMEOUT_MS } from './address.js';
import { checkServer } from './checks.js';
import { type Commands, SCRIPTS } from './scripts.js';

/** What connecting needs beside the address. */
export interface ConnectGiven {
  readonly logger: Logger;
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
  /** Told what is waited for, once, when it does not answer at first. */
  readonly waitingFor?: ((what: string) => void) | undefined;
}

type Send<T> = (commands: Commands) => Promise<T>;

const SAY_AFTER_MS = 1_000;
const ASK_AGAIN_MS = 100;
/** The server is not itself yet, or not any more: it said so before it did anything. */
const NOT_NOW = /^(LOADING|READONLY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/;
/** Waiting does not help: somebody has to change a setting. */
const NEVER = /^(WRONGPASS|NOAUTH|NOPERM)\b|invalid password|certificate|unable to (get|verify)/i;

export class RedisConnection {
  readonly commands: Commands;
  readonly name: string;
  readonly #client: Redis | Cluster;
  readonly #logger: Logger;
  readonly #timeoutMs: number;
  #ready: Promise<void> | undefined;
  #trouble = '';
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  /** Resolves when the server answers and keeps what it is given; rejects where waiting would not help. */
  static async open(place: RedisPlace, given: ConnectGiven): Promise<RedisConnection> {
    given.signal?.throwIfAborted();
    if (!/^[\w.-]+$/.test(place.prefix)) throw new Error(`'${place.prefix}' cannot go before the keys in Redis.`);
    const connection = new RedisConnection(place, given.logger);
    try {
      await connection.#firstAnswer(given);
      if (place.check !== 'off') await connection.#check(given.logger);
      return connection;
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  private constructor(place: RedisPlace, logger: Logger) {
    this.name = `Redis at ${nameOf(place)}`;
    this.#logger = logger;
    this.#timeoutMs = place.timeoutMs ?? TIMEOUT_MS;
    const client = clientOf(place);
    for (const [name, script] of Object.entries(SCRIPTS)) client.defineCommand(name, script);
    this.#client = client;
    this.commands = client as unknown as Commands;
    client.on('error', (error: Error) => {
      this.#trouble = reasonOf(error);
    });
    client.on('node error', (error: Error) => {
      this.#trouble = reasonOf(error);
    });
    let stands: 'not yet' | 'answers' | 'lost' = 'not yet';
    client.on('ready', () => {
      if (stands === 'lost') this.#logger.warn(`${this.name} answers again`);
      stands = 'answers';
    });
    client.on('close', () => {
      if (stands !== 'answers' || this.#closed) return;
      this.#logger.warn({ trouble: this.#trouble }, `${this.name} is lost`);
      stands = 'lost';
    });
  }

  /** Whether it answers now. */
  get connected(): boolean {
    return !this.#closed && this.#client.status === 'ready';
  }

  /** Sends what must not be sent twice. A rejection does not say whether it was carried out. */
  async tell<T>(order: Send<T>): Promise<T> {
    return this.#within(this.#timeoutMs, order);
  }

  /** Asks what may be asked again, until it is answered or the time is over. */
  async ask<T>(question: Send<T>): Promise<T> {
    const end = performance.now() + this.#timeoutMs;
    for (;;) {
      try {
        return await this.#within(Math.max(1, end - performance.now()), question);
      } catch (error) {
        const { name, message } = error as Error;
        const again = name !== 'ReplyError' || NOT_NOW.test(message);
        if (!again || this.#closed || performance.now() + ASK_AGAIN_MS > end) throw error;
        await pause(ASK_AGAIN_MS);
      }
    }
  }

  /** Lets what is under way finish. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    this.#closed = true;
    this.#client.disconnect();
  }

  async #within<T>(ms: number, send: Send<T>): Promise<T> {
    const late = new AbortController();
    const timer = setTimeout(() => {
      const why = this.connected || !this.#trouble ? '' : `: ${this.#trouble}`;
      late.abort(new Error(`${this.name} did not answer within ${Math.round(ms)} ms${why}`));
    }, ms);
    const sent = this.#send(send, late.signal);
    this.#underWay.add(sent);
    try {
      return await sent;
    } catch (error) {
      // It carries all that was sent, and that is not for a log.
      delete (error as { command?: unknown }).command;
      throw error;
    } finally {
      clearTimeout(timer);
      this.#underWay.delete(sent);
    }
  }

  async #send<T>(send: Send<T>, late: AbortSignal): Promise<T> {
    const given = new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
    await Promise.race([this.#whenReady(), given]);
    // What its caller has given up is not sent any more.
    late.throwIfAborted();
    return Promise.race([send(this.commands), given]);
  }

  async #whenReady(): Promise<void> {
    if (this.#closed) throw new Error(`The connection to ${this.name} is closed.`);
    if (this.connected) return;
    this.#ready ??= new Promise((ready) => {
      this.#client.once('ready', () => {
        this.#ready = undefined;
        ready();
      });
    });
    await this.#ready;
  }

  async #firstAnswer({ logger, signal, waitingFor }: ConnectGiven): Promise<void> {
    let said = false;
    const say = () => {
      if (!said) waitingFor?.(this.name);
      if (!said) logger.warn({ trouble: this.#trouble }, `waiting for ${this.name}`);
      said = true;
    };
    const timer = setTimeout(say, SAY_AFTER_MS);
    let fail: (error: Error) => void = () => {};
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const troubled = (error: Error) => {
      const why = reasonOf(error);
      if (NEVER.test(why)) fail(new Error(`${this.name} refuses the connection: ${why}`));
      else say();
    };
    const aborted = () => fail(signal!.reason as Error);
    signal?.addEventListener('abort', aborted);
    for (const event of ['error', 'node error']) this.#client.on(event, troubled);
    try {
      // What it rejects with is one of the errors that are listened to, and it goes on trying by itself.
      this.#client.connect().catch(() => {});
      await Promise.race([this.#whenReady(), failed]);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      for (const event of ['error', 'node error']) this.#client.off(event, troubled);
    }
  }

  async #check(logger: Logger): Promise<void> {
    const isCluster = this.#client instanceof Cluster;
    const servers = this.#client instanceof Cluster ? this.#client.nodes('master') : [this.#client];
    for (const server of servers) {
      const { host, port } = server.options;
      await this.#within(this.#timeoutMs, () =>
        checkServer(server, { name: `Redis at ${host}:${port}`, isCluster, logger }),
      );
    }
  }
}

/** What went wrong, out of an error that may hold the one that caused it. */
function reasonOf(error: Error): string {
  const { lastNodeError, code } = error as { lastNodeError?: Error; code?: string };
  if (lastNodeError) return reasonOf(lastNodeError);
  return error.message || code || error.name;
}
