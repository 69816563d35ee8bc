/**
 * How Kafka is reached: settings, one kafkajs client for each use with connections that can be cut for good, and words that tell
 * a failure that passes from one that does not. Nothing of kafkajs' own log is above debug: what matters is said by those who
 * use it, in their own words.
 */
import { readFileSync } from 'node:fs';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import kafkajs, { type Kafka, type KafkaConfig, type LogEntry, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { Logger } from 'pino';

/** How Kafka is reached, and how topics are made there. Only the brokers have to be named. */
export interface KafkaSettings {
  /** Each as host:port. */
  readonly brokers: readonly string[];
  /** What this process is called in the broker's logs and metrics. */
  readonly clientId?: string;
  /** Set before the names of topics and groups; empty: topics are bare, groups begin with `dozor`. */
  readonly namespace?: string;
  /** Undefined: no TLS. Files in PEM; without `caFile` those that the system trusts. */
  readonly tls?: { readonly caFile?: string; readonly certFile?: string; readonly keyFile?: string } | undefined;
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly password: string;
      }
    | undefined;
  /** After how long without a sign of life a member of a group loses its partitions. */
  readonly sessionTimeoutMs?: number;
  /** How often a member of a group gives a sign of life: also how soon it learns that partitions move. */
  readonly heartbeatIntervalMs?: number;
  /** How long an append or a question is tried while brokers are away. */
  readonly patienceMs?: number;
  /** Copies of each partition of a topic that is made; undefined: as the brokers have it. */
  readonly replication?: number | undefined;
  /** How long `service-events` and `element-events` are kept. */
  readonly eventRetentionDays?: number;
  /** How long `network` keeps every record; of what is older, the last of each key. */
  readonly networkDetailDays?: number;
  /** How long `facts` are kept. */
  readonly factRetentionDays?: number;
  /** How long `rejected` is kept. */
  readonly rejectedRetentionDays?: number;
  /** How long `page-signals` is kept. */
  readonly pageSignalRetentionDays?: number;
}

/** The settings with every default filled in. */
export type Settled = Required<Omit<KafkaSettings, 'tls' | 'sasl' | 'replication'>> &
  Pick<KafkaSettings, 'tls' | 'sasl' | 'replication'>;

const DEFAULTS = {
  clientId: 'dozor',
  namespace: '',
  sessionTimeoutMs: 6_000,
  // A third of a second, so that a hand-over is noticed within a second; one small request each.
  heartbeatIntervalMs: 300,
  patienceMs: 30_000,
  eventRetentionDays: 30,
  networkDetailDays: 14,
  factRetentionDays: 30,
  rejectedRetentionDays: 400,
  pageSignalRetentionDays: 14,
} as const;

export function settle(settings: KafkaSettings): Settled {
  return { ...DEFAULTS, ...settings };
}

/** The name of a topic on the broker. */
export function topicName({ namespace }: Settled, topic: string): string {
  return namespace === '' ? topic : `${namespace}.${topic}`;
}

/** The name of a group on the broker. */
export function groupName({ namespace }: Settled, group: string): string {
  return `${namespace === '' ? 'dozor' : namespace}-${group}`;
}

/** Kafka did not answer, or not in time: trying again may succeed. What was asked may have happened. */
export class KafkaAway extends Error {
  override readonly name = 'KafkaAway';
  readonly retriable = true;
}

// The usual first pause of 300 ms doubles to 30 s: ten seconds are lost after a broker's return.
const RETRY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1_000 };
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 10_000;

/** One kafkajs client of its own. Once it is cut no byte leaves it, and whatever still retries in it ends. */
export class KafkaClient {
  readonly kafka: Kafka;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  constructor(settings: Settled, logger: Logger, { retries }: { readonly retries: number }) {
    const { brokers, clientId, tls, sasl } = settings;
    this.kafka = new kafkajs.Kafka({
      clientId,
      // kafkajs ends its attempts where there is no broker to try: the only way to end them from outside.
      brokers: () => (this.#cut ? [] : [...brokers]),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { ...RETRY, retries },
      socketFactory: (to) => this.#socket(to),
      ...logTo(logger),
      ...(tls && { ssl: certificates(tls) }),
      ...(sasl && { sasl: sasl as SASLOptions }),
    });
  }

  /** Whether no byte leaves it any more. */
  get isCut(): boolean {
    return this.#cut;
  }

  /** Closes every connection, with an error that kafkajs hears; the next request opens new ones. */
  drop(why: string): void {
    for (const socket of this.#sockets) socket.destroy(new Error(why));
  }

  /** Closes every connection for good. */
  cut(): void {
    this.#cut = true;
    this.drop('this client was given up');
  }

  #socket({ host, port, ssl, onConnect }: Parameters<NonNullable<KafkaConfig['socketFactory']>>[0]): Socket {
    if (this.#cut) throw new Error('this client was given up');
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }
}

function certificates({ caFile, certFile, keyFile }: NonNullable<KafkaSettings['tls']>): ConnectionOptions {
  return {
    ...(caFile && { ca: [readFileSync(caFile)] }),
    ...(certFile && { cert: readFileSync(certFile) }),
    ...(keyFile && { key: readFileSync(keyFile) }),
  };
}

/** kafkajs calls a lost connection an error, and each step a piece of information: with us they are debug. */
function logTo(logger: Logger): Required<Pick<KafkaConfig, 'logLevel' | 'logCreator'>> {
  const { ERROR, INFO } = kafkajs.logLevel;
  const tell = ({ namespace, log }: LogEntry) => {
    const { message, timestamp: _, logger: __, ...detail } = log;
    // A fault of ours in what kafkajs calls: the one thing in its log that nobody else would tell.
    const ours = message.startsWith('Failed to execute listener') || message.startsWith('Error when calling each');
    logger[ours ? 'warn' : 'debug']({ kafka: namespace, ...detail }, message);
  };
  return { logLevel: logger.isLevelEnabled('debug') ? INFO : ERROR, logCreator: () => tell };
}

/** The name that Kafka's protocol gives to a failure, such as UNKNOWN_TOPIC_OR_PARTITION, wherever it stands in its causes. */
export function protocolError(error: unknown): string | undefined {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('errors' in at && Array.isArray(at.errors) && at.errors.length > 0) return protocolError(at.errors[0]);
    if ('type' in at && typeof at.type === 'string') return at.type;
  }
  return undefined;
}

/** Those that trying again does not mend. */
const FINAL = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_PARTITIONS',
  'INVALID_CONFIG',
  'INVALID_RECORD',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
]);

export function isFinal(error: unknown): boolean {
  return FINAL.has(protocolError(error) ?? '');
}

/** The reason of a failure in a few words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** How long to pause before the next attempt: twice as long each time, at most `maxMs`. */
export function backOff(firstMs: number, maxMs: number): () => number {
  let nextMs = firstMs;
  return () => {
    const ms = nextMs;
    nextMs = Math.min(maxMs, ms * 2);
    return ms;
  };
}

/** Resolves after the time, or at once when the signal is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal ? { signal } : {}).catch(() => {});
}

/** Resolves with what the promise does, or with undefined after the time. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([promise, sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined)]);
  } finally {
    timer.abort();
  }
}
