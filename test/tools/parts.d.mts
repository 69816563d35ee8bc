/** What runs in a folder of its own, on loopback, until it is stopped or this process ends. */
export interface Part {
  /** The process that runs now; undefined while stopped. */
  readonly pid: number | undefined;
  /** Where it keeps its data and its log. One that was made for it goes with this process. */
  readonly folder: string;
  /** In good order (SIGTERM), by force after 20 s. Resolves when it is gone. */
  stop(): Promise<void>;
  /** SIGKILL unless told; then it resolves when the process is gone. Other signals (SIGSTOP, SIGCONT) are only sent. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Again, on the same folder and port. Resolves when it answers; rejects where it ended or says nothing. */
  start(): Promise<void>;
}

export interface KafkaPart extends Part {
  /** HOST:PORT for clients. */
  readonly brokers: string;
}

export interface RedisPart extends Part {
  /** redis://HOST:PORT, or rediss:// where `config` has `port` 0 and a `tls-port`. */
  readonly url: string;
}

/** Words that say what to install before the parts (both, unless named) can run; empty when nothing is missing. */
export function missingParts(names?: readonly ('kafka' | 'redis')[]): string[];

/** A Kafka of one node, replication 1, topics made by hand only. `config` goes into its server.properties over ours. */
export function startKafka(options?: {
  readonly port?: number;
  readonly folder?: string;
  /** What clients speak; with another than PLAINTEXT the broker still talks to itself in the clear, on another port. */
  readonly protocol?: 'PLAINTEXT' | 'SASL_PLAINTEXT' | 'SSL' | 'SASL_SSL';
  readonly config?: Readonly<Record<string, string | number | boolean>>;
}): Promise<KafkaPart>;

/** A Redis with an append-only file and no snapshots. `config` goes into its redis.conf over ours, values as written there. */
export function startRedis(options?: {
  readonly port?: number;
  readonly folder?: string;
  /** When it writes to the disk for sure; 'everysec' unless told. */
  readonly appendfsync?: 'always' | 'everysec' | 'no';
  readonly config?: Readonly<Record<string, string | number>>;
}): Promise<RedisPart>;

/** A port of the loopback address that is free now, below those that outgoing connections get. */
export function freePort(): Promise<number>;

/** Runs a main class out of Kafka's jars and waits: `org.apache.kafka.tools.ConsoleProducer`, say. Blocks this process. */
export function runKafkaTool(
  mainClass: string,
  args: readonly string[],
  options?: { readonly input?: string },
): { readonly status: number | null; readonly stdout: string; readonly stderr: string };
