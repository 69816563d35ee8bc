/** Members of an installation inside the test's own process, so that a test can plant a fault into what they run. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { WireDecision } from '../../pipelines/http/ports.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import { RedisStore } from '../../pipelines/io/store-redis.js';
import { type Config, readConfig } from '../../pipelines/runtime/config.js';
import { Member } from '../../pipelines/runtime/member.js';
import { loadPacks, OWN_PACKS, packHashes } from '../../pipelines/runtime/packs.js';
import { makeKeyPair } from '../../pipelines/runtime/seal-key.js';
import { taskNames } from '../../pipelines/runtime/status.js';
import { standOf } from '../../pipelines/runtime/task.js';
import { fromBytes, type Partitions, TOPICS } from '../../pipelines/runtime/topics.js';
import { until } from './dozor.js';
import type { RealParts } from './parts.js';

const BY = { name: 'test' };
const logger = pino({ level: 'silent' });
const READY_MAX_MS = 60_000;
const QUIET_MAX_MS = 120_000;
const CHUNK = 500;

export class Members {
  readonly folder = mkdtempSync(join(tmpdir(), 'dozor-members-'));
  readonly env: Record<string, string>;
  readonly keys: { readonly publicFile: string; readonly privateFile: string };
  readonly #running = new Set<Member>();
  #folders = 0;

  constructor(parts: RealParts, namespace: string, env: Record<string, string> = {}) {
    this.keys = makeKeyPair(join(this.folder, 'keys'));
    this.env = {
      KAFKA_BROKERS: parts.kafka,
      REDIS_URL: parts.redis,
      DOZOR_NAMESPACE: namespace,
      DOZOR_SEAL_KEY_FILE: this.keys.publicFile,
      DOZOR_CLOCK: 'events',
      DOZOR_STORY_TICK_SECONDS: '900',
      DOZOR_SERVICE_PARTITIONS: '4',
      DOZOR_ELEMENT_PARTITIONS: '2',
      DOZOR_FACT_PARTITIONS: '2',
      DOZOR_DECISION_PARTITIONS: '2',
      KAFKA_SESSION_TIMEOUT_MS: '6000',
      ...env,
    };
  }

  /** What a command sees. */
  config(env: Record<string, string> = {}): Config {
    return readConfig({ ...this.env, DOZOR_DATA: join(this.folder, 'command'), ...env });
  }

  get partitions(): Partitions {
    const { servicePartitions, elementPartitions, factPartitions, decisionPartitions } = this.config();
    return {
      service: servicePartitions,
      element: elementPartitions,
      facts: factPartitions,
      decisions: decisionPartitions,
    };
  }

  /** Starts a member with these roles, and resolves when it says that it is ready. */
  async start(roles = 'door,network,service,collector', env: Record<string, string> = {}): Promise<Member> {
    const config = this.config({
      ...env,
      DOZOR_ROLES: roles,
      DOZOR_DATA: join(this.folder, `data-${this.#folders++}`),
    });
    const folders = [OWN_PACKS, ...config.packFolders];
    const packs = loadPacks(folders);
    const member = new Member({ config, packs, packHashes: packHashes(folders), logger, watch: { warn: () => {} } });
    member.start();
    this.#running.add(member);
    let failure: Error | undefined;
    member.done().catch((error: Error) => {
      failure = error;
    });
    await until(
      async () => failure !== undefined || member.health().ready,
      READY_MAX_MS,
      () => `waits for ${member.health().waitingFor.join(', ')}`,
    );
    if (failure) {
      await this.stop(member);
      throw failure;
    }
    return member;
  }

  async stop(...members: readonly Member[]): Promise<void> {
    const all = members.length > 0 ? members : [...this.#running];
    for (const member of all) this.#running.delete(member);
    await Promise.all(all.map((member) => member.stop()));
  }

  /** Sends lines through a door; every answer counts. */
  async send(door: Member, lines: readonly string[]): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    for (let at = 0; at < lines.length; at += CHUNK) {
      const answers = await door.intake!.takeLines(lines.slice(at, at + CHUNK), at + 1, BY);
      for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }

  async log(): Promise<KafkaLog> {
    const { kafka, namespace } = this.config().clustered!;
    return KafkaLog.connect({ ...kafka, namespace, clientId: 'test' }, { logger });
  }

  async store(): Promise<RedisStore> {
    const { redis, namespace } = this.config().clustered!;
    return RedisStore.connect({ ...redis, prefix: namespace }, { logger });
  }

  /** Resolves when every task has saved all that its input holds, has nothing left to send, and nothing moves any more. */
  async quiet(): Promise<void> {
    const [log, store] = await Promise.all([this.log(), this.store()]);
    const { network, service, collector } = taskNames(this.partitions);
    const inputs = [
      ...network.map((name, partition) => ({ name, of: { topic: TOPICS.elementEvents, partition } })),
      ...service.map((name, partition) => ({ name, of: { topic: TOPICS.serviceEvents, partition } })),
      ...collector.map((name, partition) => ({ name, of: { topic: TOPICS.facts, partition } })),
    ];
    let same = 0;
    let last = '';
    const look = async () => {
      const now: string[] = [];
      for (const { name, of } of inputs) {
        const [stand, end] = await Promise.all([standOf(store, name), log.end(of)]);
        let letters = 0;
        for await (const _ of store.entries(name, 'outbox/')) letters += 1;
        now.push(`${name} ${stand?.offset ?? 0}/${end} ${letters}`);
        if ((stand?.offset ?? 0) !== end || letters > 0) same = -1;
      }
      const text = now.join(', ');
      same = text === last ? same + 1 : 0;
      last = text;
      await sleep(100);
      return same >= 4;
    };
    try {
      await until(look, QUIET_MAX_MS, () => last);
    } finally {
      await Promise.all([log.close(), store.close()]);
    }
  }

  /** Every record of `decisions`, copies too. */
  async decided(): Promise<readonly WireDecision[]> {
    const log = await this.log();
    try {
      const found: WireDecision[] = [];
      for (let partition = 0; partition < this.partitions.decisions; partition++) {
        const of = { topic: TOPICS.decisions, partition };
        const end = await log.end(of);
        for (let from = await log.start(of); from < end; ) {
          const records = await log.read(of, from, 1_000);
          for (const { value } of records) found.push(fromBytes(value) as WireDecision);
          from = (records.at(-1)?.offset ?? from - 1) + 1;
        }
      }
      return found;
    } finally {
      await log.close();
    }
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Of each decision one, in order; throws where an id has two contents. */
export function distinct(
  decisions: readonly WireDecision[],
  textOf: (decision: WireDecision) => string,
): readonly string[] {
  const found = new Map<string, string>();
  for (const decision of decisions) {
    const text = textOf(decision);
    const held = found.get(decision.id);
    if (held !== undefined && held !== text) throw new Error(`two contents under one id:\n${held}\n${text}`);
    found.set(decision.id, text);
  }
  return [...found.values()].sort();
}
