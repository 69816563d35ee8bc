/** Processes of Dozor on the real parts, as a test starts them: built, each with a port and a folder of its own. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { WireDecision } from '../../pipelines/http/ports.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import { makeKeyPair } from '../../pipelines/runtime/seal-key.js';
import { fromBytes, TOPICS } from '../../pipelines/runtime/topics.js';
import type { RealParts } from './parts.js';

const BINARY = resolve(import.meta.dirname, '../../dist/pipelines/dozor.js');
const READY_MAX_MS = 60_000;

/** A process that runs. */
export interface Dozor {
  readonly url: string;
  readonly folder: string;
  readonly child: ChildProcess;
  /** All that it said on both outputs. */
  output(): string;
  /** What may write through its door. */
  token(): string;
  ready(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): Promise<void>;
}

/** Starts `dozor serve` on a data folder; resolves when it listens, and rejects where it ends before. */
export function startDozor(folder: string, args: readonly string[], env: Record<string, string>): Promise<Dozor> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is not there: npm run build makes it`);
  const port = env['DOZOR_PORT'] ?? '0';
  const child = spawn(process.execPath, [BINARY, 'serve', ...args, '--data', folder, '--port', port], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  return new Promise((started, failed) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      const url = /listens on (\S+?)[;\s]/.exec(said)?.[1];
      if (url) started(dozor(url));
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    ended.then((code) => failed(new Error(`it ended with ${code}: ${said}`)));
    const dozor = (url: string): Dozor => ({
      url,
      folder,
      child,
      output: () => said,
      token: () => readFileSync(join(folder, 'local.token'), 'utf8').trim(),
      ready: () =>
        until(
          async () => (await fetch(`${url}/readyz`)).ok,
          READY_MAX_MS,
          () => said,
        ),
      stop: async () => {
        child.kill('SIGTERM');
        return ended;
      },
      kill: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    });
  });
}

/** Runs a command on a data folder and gives what it printed. */
export function runDozor(folder: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  return new Promise((done, failed) => {
    const options = { env: { PATH: process.env['PATH'], DOZOR_DATA: folder, ...env }, maxBuffer: 64 * 1024 * 1024 };
    execFile(process.execPath, [BINARY, ...args], options, (error, stdout, stderr) =>
      error ? failed(new Error(`${args.join(' ')}: ${stderr || error.message}`)) : done(stdout),
    );
  });
}

/** An installation of some processes under a namespace of its own. */
export class TestCluster {
  readonly namespace: string;
  readonly partitions: {
    readonly service: number;
    readonly element: number;
    readonly facts: number;
    readonly decisions: number;
  };
  readonly #parts: RealParts;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dozor-cluster-'));
  readonly #env: Record<string, string>;
  readonly #running = new Set<Dozor>();

  constructor(
    parts: RealParts,
    namespace: string,
    env: Record<string, string> = {},
    partitions = { service: 8, element: 4, facts: 2, decisions: 4 },
  ) {
    this.namespace = namespace;
    this.partitions = partitions;
    this.#parts = parts;
    const { publicFile } = makeKeyPair(join(this.#folder, 'keys'));
    this.#env = {
      KAFKA_BROKERS: parts.kafka,
      REDIS_URL: parts.redis,
      DOZOR_NAMESPACE: namespace,
      DOZOR_SEAL_KEY_FILE: publicFile,
      DOZOR_SERVICE_PARTITIONS: `${partitions.service}`,
      DOZOR_ELEMENT_PARTITIONS: `${partitions.element}`,
      DOZOR_FACT_PARTITIONS: `${partitions.facts}`,
      DOZOR_DECISION_PARTITIONS: `${partitions.decisions}`,
      ...env,
    };
  }

  /** What a command needs to reach it. */
  get settings(): Readonly<Record<string, string>> {
    return this.#env;
  }

  /** Starts a process with these roles. */
  async start(roles: string, env: Record<string, string> = {}): Promise<Dozor> {
    const folder = mkdtempSync(join(this.#folder, 'data-'));
    const one = await startDozor(folder, ['--roles', roles], { ...this.#env, ...env });
    this.#running.add(one);
    one.child.once('exit', () => this.#running.delete(one));
    return one;
  }

  /** The log of the installation, for looking. */
  log(): Promise<KafkaLog> {
    const settings = { brokers: this.#parts.kafka.split(','), namespace: this.namespace, clientId: 'looker' };
    return KafkaLog.connect(settings, { logger: pino({ level: 'silent' }) });
  }

  /** Everything on `decisions`; two contents under one id are an error. */
  async decisions(): Promise<readonly WireDecision[]> {
    const log = await this.log();
    try {
      const found = new Map<string, string>();
      for (let partition = 0; partition < this.partitions.decisions; partition++) {
        const of = { topic: TOPICS.decisions, partition };
        const end = await log.end(of);
        for (let from = await log.start(of); from < end; ) {
          const records = await log.read(of, from, 1_000);
          for (const { offset, value } of records) {
            const decision = fromBytes(value) as WireDecision;
            const text = JSON.stringify(decision);
            const held = found.get(decision.id);
            if (held !== undefined && held !== text) throw new Error(`two contents under one id:\n${held}\n${text}`);
            found.set(decision.id, text);
            from = offset + 1;
          }
        }
      }
      return [...found.values()].map((text) => JSON.parse(text) as WireDecision);
    } finally {
      await log.close();
    }
  }

  /** Resolves when nothing has been decided for a while and all tasks have read what there is. */
  async quiet(processes: readonly Dozor[], maxMs = 120_000): Promise<void> {
    let last = '';
    let same = 0;
    await until(
      async () => {
        const texts = await Promise.all(processes.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
        const lags = texts.flatMap((text) =>
          [...text.matchAll(/^dozor_(?:lag_records|outbox_letters)\{.*\} (\d+)$/gm)].map(([, n]) => Number(n)),
        );
        const owned = texts.flatMap((text) =>
          [...text.matchAll(/^dozor_task_owned\{task="([^"]+)".*\} 1$/gm)].map(([, name]) => name),
        );
        const { service, element, facts } = this.partitions;
        const log = `${lags.reduce((sum, n) => sum + n, 0)} ${new Set(owned).size}`;
        same = log === last && log === `0 ${service + element + facts}` ? same + 1 : 0;
        last = log;
        await sleep(500);
        return same >= 5;
      },
      maxMs,
      () => `lag and tasks: ${last}`,
    );
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running].map((one) => one.kill()));
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Sends lines through a door until they are answered: what was lost on the way is sent again. */
export async function send(door: Dozor, lines: readonly string[], at = 500): Promise<void> {
  for (let from = 0; from < lines.length; from += at) {
    const body = `${lines.slice(from, from + at).join('\n')}\n`;
    const headers = { authorization: `Bearer ${door.token()}`, 'content-type': 'application/x-ndjson' };
    await until(
      async () => {
        const response = await fetch(`${door.url}/v1/events`, { method: 'POST', headers, body });
        const text = await response.text();
        return response.ok && !text.includes('"unavailable"');
      },
      60_000,
      () => 'the door does not answer',
    );
  }
}

/** Moves the clock of the events to its end. */
export async function moveClock(door: Dozor, to: string): Promise<void> {
  const headers = { authorization: `Bearer ${door.token()}`, 'content-type': 'application/json' };
  const response = await fetch(`${door.url}/v1/clock`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ until: to }),
  });
  if (!response.ok) throw new Error(`the clock was not moved: ${await response.text()}`);
}

/** Asks until the answer is yes; a question that fails counts as no. */
export async function until(question: () => Promise<boolean>, maxMs: number, words: () => string): Promise<void> {
  const end = performance.now() + maxMs;
  for (;;) {
    if (await question().catch(() => false)) return;
    if (performance.now() > end) throw new Error(`not within ${maxMs} ms: ${words()}`);
    await sleep(50);
  }
}
