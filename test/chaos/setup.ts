/** The installation of a run: real parts, a door and some workers, each behind its own proxies, and the way in for the producer. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { LOCAL_TOKEN } from '../../pipelines/commands/client.js';
import type { Packs } from '../../pipelines/domain/pack.js';
import { RedisStore } from '../../pipelines/io/store-redis.js';
import { loadPacks } from '../../pipelines/runtime/packs.js';
import { makeKeyPair } from '../../pipelines/runtime/seal-key.js';
import { taskNames } from '../../pipelines/runtime/status.js';
import type { Partitions } from '../../pipelines/runtime/topics.js';
import { missingParts } from '../tools/parts.mjs';
import { Parts } from './parts.js';
import { freePort } from './ports.js';
import { DozorProcess } from './process.js';
import { TcpProxy } from './proxy.js';
import { TopicReader } from './topics.js';

export const NAMESPACE = 'chaos';
export const SESSION_MS = 6_000;
const WORKER_ROLES = 'network,service,collector';
const DOOR_ROLES = 'door,alerts,dashboard';

export interface SetupOptions {
  readonly workers: number;
  readonly partitions: Partitions;
  readonly clock: 'live' | 'events';
  /** Straight to the parts, past the proxies: where time is measured and nothing is cut. */
  readonly direct?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly told: (words: string) => void;
}

export class Setup {
  readonly options: SetupOptions;
  readonly parts: Parts;
  readonly folder: string;
  readonly program: string;
  /** The folder with the rule packs of the story, and those in force: with the ones that come with the program. */
  readonly packs: string;
  readonly packsInForce: Packs;
  readonly privateKeyPem: string;
  readonly door: DozorProcess;
  /** Before the door's own port: for answers that get lost. */
  readonly doorProxy: TcpProxy;
  readonly workers: readonly DozorProcess[];
  readonly store: RedisStore;
  readonly topics: TopicReader;
  readonly #stop: AbortController;

  private constructor(given: Omit<Setup, 'processes' | 'tasks' | 'url' | 'token' | 'close'>, stop: AbortController) {
    const {
      options,
      parts,
      folder,
      program,
      packs,
      packsInForce,
      privateKeyPem,
      door,
      doorProxy,
      workers,
      store,
      topics,
    } = given;
    this.options = options;
    this.parts = parts;
    this.folder = folder;
    this.program = program;
    this.packs = packs;
    this.packsInForce = packsInForce;
    this.privateKeyPem = privateKeyPem;
    this.door = door;
    this.doorProxy = doorProxy;
    this.workers = workers;
    this.store = store;
    this.topics = topics;
    this.#stop = stop;
  }

  /** Starts the parts, and makes the processes without starting them. The first of the parts' doors is the door's own. */
  static async open(options: SetupOptions): Promise<Setup> {
    const missing = missingParts();
    if (missing.length > 0) throw new Error(`Install ${missing.join(', ')}.`);
    const build = process.env['CHAOS_BUILD'];
    if (!build) throw new Error('start this with test/chaos/run.mjs, which builds the program first');
    const program = join(build, 'dist/pipelines/dozor.js');
    const packs = join(build, 'dist/pipelines/play/packs');
    const packsInForce = loadPacks([join(build, 'dist/pipelines/packs'), packs]);
    const folder = mkdtempSync(join(tmpdir(), 'dozor-chaos-'));
    const { publicFile, privateFile } = makeKeyPair(join(folder, 'keys'));
    const parts = await Parts.start(1 + options.workers);
    const { partitions, clock, direct = false, told } = options;
    const make = async (name: string, n: number, roles: string) => {
      const { brokers, redisUrl } = parts.doors[n]!;
      const own = join(folder, name);
      mkdirSync(own);
      return new DozorProcess({
        name,
        program,
        folder: own,
        port: await freePort(),
        told,
        env: {
          DOZOR_ROLES: roles,
          DOZOR_CLOCK: clock,
          DOZOR_STORY_TICK_SECONDS: '60',
          DOZOR_NAMESPACE: NAMESPACE,
          DOZOR_SEAL_KEY_FILE: publicFile,
          DOZOR_PACKS: packs,
          DOZOR_SERVICE_PARTITIONS: String(partitions.service),
          DOZOR_ELEMENT_PARTITIONS: String(partitions.element),
          DOZOR_FACT_PARTITIONS: String(partitions.facts),
          DOZOR_DECISION_PARTITIONS: String(partitions.decisions),
          KAFKA_BROKERS: direct ? parts.kafka.brokers : brokers,
          KAFKA_SESSION_TIMEOUT_MS: String(SESSION_MS),
          REDIS_URL: direct ? parts.redis.url : redisUrl,
          ...options.env,
        },
      });
    };
    const door = await make('door', 0, DOOR_ROLES);
    const workers: DozorProcess[] = [];
    for (let n = 1; n <= options.workers; n++) workers.push(await make(`worker-${n}`, n, WORKER_ROLES));
    const doorProxy = await TcpProxy.open(Number(new URL(door.url).port), 'http', await freePort());
    const stop = new AbortController();
    const store = await RedisStore.connect(
      { url: parts.redis.url, prefix: NAMESPACE, check: 'off', timeoutMs: 1_000 },
      { logger: pino({ level: 'silent' }), signal: stop.signal, waitingFor: () => {} },
    );
    const topics = await TopicReader.open(parts.kafka.brokers, NAMESPACE);
    const privateKeyPem = readFileSync(privateFile, 'utf8');
    const given = {
      options,
      parts,
      folder,
      program,
      packs,
      packsInForce,
      privateKeyPem,
      door,
      doorProxy,
      workers,
      store,
      topics,
    };
    return new Setup(given, stop);
  }

  get processes(): readonly DozorProcess[] {
    return [this.door, ...this.workers];
  }

  get tasks(): readonly string[] {
    return Object.values(taskNames(this.options.partitions)).flat();
  }

  get url(): string {
    return `http://127.0.0.1:${this.doorProxy.port}`;
  }

  /** The token that the door made for its own machine at its first start. */
  get token(): string {
    return readFileSync(join(this.folder, 'door', LOCAL_TOKEN), 'utf8').trim();
  }

  /** Ends everything that still runs. `keep`: the folder stays, for who looks for what went wrong. */
  async close(keep: boolean): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.processes.map((process) => process.kill()));
    await Promise.all(
      [this.store.close(), this.topics.close(), this.doorProxy.close()].map((one) => one.catch(() => {})),
    );
    await this.parts.stop();
    if (!keep) rmSync(this.folder, { recursive: true, force: true });
  }
}
