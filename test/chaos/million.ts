/**
 * The million form: what it takes to hold a million services, and how long it is until others go on with those of a process that
 * was killed. A thin stream of line faults, each overdue when it comes to be known, makes decisions in every partition meanwhile.
 */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { DAY, HOUR, type Instant, MINUTE, parseInstant } from '../../pipelines/domain/units.js';
import { story as demonstration } from '../../pipelines/play/generator.js';
import { Random } from '../../pipelines/play/random.js';
import { standOf } from '../../pipelines/runtime/task.js';
import { type Partitions, partitionOf, TOPICS } from '../../pipelines/runtime/topics.js';
import type { DozorProcess } from './process.js';
import { Producer } from './producer.js';
import { Setup } from './setup.js';
import type { Moment } from './story.js';
import { Watch } from './watch.js';

export interface MillionOptions {
  readonly seed: number;
  readonly services: number;
  readonly workers: number;
  /** How many workers are killed, one after the other. */
  readonly kills: number;
  readonly told: (words: string) => void;
  readonly signal: AbortSignal;
}

export interface MillionReport {
  readonly services: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly kills: readonly Kill[];
}

/** How a kill was felt, in milliseconds from it. */
interface Kill {
  readonly how: 'kill -9' | 'SIGTERM';
  readonly services: number;
  readonly tasks: number;
  readonly ownedMs: number;
  /** The first new decision of the first, and of the last, of the partitions that had to move. */
  readonly firstDecisionMs: number;
  readonly lastDecisionMs: number;
  readonly noLagMs: number;
  /** Until the process that was started again runs tasks, and nobody lies behind. */
  readonly backMs: number;
}

const PARTITIONS: Partitions = { service: 12, element: 3, facts: 3, decisions: 4 };
const FROM = parseInstant('2026-03-02T00:00:00+01:00')!;
const INVENTORY = 11 * MINUTE;
const READY_MS = 120_000;
const TAKEN_IN_MS = 20 * 60_000;
/** A tick a second, as a live installation has. */
const MOMENT_MS = 1_000;
const OUT_FOR = 60 * HOUR;
const SECOND_MS = 1_000;

export async function million(options: MillionOptions): Promise<MillionReport> {
  const { seed, services, workers, kills, told, signal } = options;
  const setup = await Setup.open({ workers, partitions: PARTITIONS, clock: 'events', direct: true, told });
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const producer = new Producer({ url: () => setup.url, token: () => setup.token }, stop, { keepSent: false });
  const watch = new Watch({ store: setup.store, tasks: setup.tasks, processes: setup.processes, producer });
  let failed = true;
  try {
    for (const process of setup.processes) process.start();
    await Promise.all(setup.processes.map((process) => process.ready(READY_MS)));
    watch.start();
    const figures: Record<string, number> = {};
    const before = await redisFigures(setup);

    const began = performance.now();
    const subjects: string[] = [];
    let clock = FROM;
    let lastTick = FROM;
    for (const moment of inventory(seed, services, subjects)) {
      await producer.moment(moment.clock, moment.lines);
      lastTick = clock;
      clock = moment.clock;
    }
    figures['inventoryWrittenMs'] = performance.now() - began;
    // The tick of the last moment is written with the next one, which comes with the stream.
    await watch.reached(lastTick, TAKEN_IN_MS);
    figures['inventoryTakenInMs'] = performance.now() - began;
    told(`${subjects.length} services are known after ${Math.round(figures['inventoryTakenInMs'] / SECOND_MS)} s`);
    figures['servicesInState'] = await servicesIn(setup);
    await sleep(5 * SECOND_MS, undefined, { signal: stop });
    const after = await redisFigures(setup);
    figures['redisBytesPerService'] = (after.used - before.used) / subjects.length;
    figures['redisFileBytesPerService'] = (after.file - before.file) / subjects.length;
    for (const process of setup.processes) figures[`${process.name}Bytes`] = residentBytes(process);

    const tail = await DecisionTail.open(setup);
    const streaming = stream(producer, clock, subjects, new Random(seed).fork('stream'), stop);
    streaming.catch(() => {});
    const felt: Kill[] = [];
    for (let n = 0; n < 2 * kills; n++) {
      await watch.recovery(performance.now(), new Map());
      felt.push(await kill(setup, watch, tail, n % 2 === 0 ? 'kill -9' : 'SIGTERM', setup.workers[n % workers]!));
      told(JSON.stringify(felt.at(-1)));
    }
    await tail.close();
    failed = false;
    return { services: subjects.length, figures, kills: felt };
  } finally {
    ended.abort();
    await watch.stop();
    await setup.close(failed);
    if (failed) told(`what the processes said is kept in ${setup.folder}`);
  }
}

/** What there is at the beginning, nothing that happens. The ids of the services come into `subjects`. */
function* inventory(seed: number, services: number, subjects: string[]): Generator<Moment> {
  let clock = FROM;
  let lines: string[] = [];
  for (const event of demonstration({ seed, from: FROM, days: 1, services })) {
    const known = Math.ceil(parseInstant(event.recordedtime)! / MINUTE) * MINUTE;
    if (known > FROM + INVENTORY) break;
    if (known !== clock) {
      yield { clock, lines };
      lines = [];
      clock = known;
    }
    if (event.type === 'service.upserted') subjects.push(event.subject);
    if (event.type.endsWith('.upserted')) lines.push(JSON.stringify({ ...event, recordedtime: iso(known) }));
  }
  yield { clock, lines };
}

/** Tells some lines of faults in each moment, each of them out for longer than any limit: it is decided upon at once. */
async function stream(
  producer: Producer,
  from: Instant,
  subjects: readonly string[],
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const byPartition: string[][] = Array.from({ length: PARTITIONS.service }, () => []);
  for (const subject of subjects) byPartition[partitionOf(subject, PARTITIONS.service)]!.push(subject);
  for (let n = 0, clock = from + DAY; ; n++, clock += MINUTE) {
    const due = performance.now() + MOMENT_MS;
    const lines = byPartition.map((some, partition) =>
      JSON.stringify({
        specversion: '1.0',
        id: `line-${n}-${partition}`,
        source: 'chaos/lines',
        type: 'fault.opened',
        subject: random.pick(some),
        subjectkind: 'service',
        time: iso(clock - OUT_FOR),
        recordedtime: iso(clock),
        data: { faultId: `line-${n}-${partition}`, responsibility: 'operator', reason: 'cable damaged' },
      }),
    );
    await producer.moment(clock, lines);
    await sleep(Math.max(0, due - performance.now()), undefined, { signal });
  }
}

async function kill(
  setup: Setup,
  watch: Watch,
  tail: DecisionTail,
  how: Kill['how'],
  worker: DozorProcess,
): Promise<Kill> {
  const tasks = watch.ownedBy(worker);
  const partitions = [...tasks].flatMap((name) => (name.startsWith('service-') ? [Number(name.slice(8))] : []));
  const services = await servicesIn(setup, [...tasks]);
  const epochs = watch.epochsOf(tasks);
  const since = performance.now();
  if (how === 'kill -9') await worker.kill();
  else {
    const { inTime } = await worker.terminate(10 * SECOND_MS);
    if (!inTime) throw new Error(`${worker.name} did not end in time\n${worker.tail}`);
  }
  // What it had decided and sent before it ended is not ours to count.
  const gone = performance.now();
  const recovery = await watch.recovery(since, epochs);
  const firsts = await tail.firsts(partitions, gone);
  worker.start();
  const again = performance.now();
  await worker.ready(READY_MS);
  await watch.recovery(again, new Map());
  return {
    how,
    services,
    tasks: tasks.size,
    ownedMs: recovery.ownedMs ?? 0,
    firstDecisionMs: Math.min(...firsts) - since,
    lastDecisionMs: Math.max(...firsts) - since,
    noLagMs: recovery.caughtUpMs,
    backMs: performance.now() - again,
  };
}

/** Hears decisions as they come, by the partition of the service that they are about. */
class DecisionTail {
  readonly #consumer: kafkajs.Consumer;
  readonly #heard: number[][] = Array.from({ length: PARTITIONS.service }, () => []);

  private constructor(consumer: kafkajs.Consumer) {
    this.#consumer = consumer;
  }

  static async open({ parts, topics }: Setup): Promise<DecisionTail> {
    const kafka = new kafkajs.Kafka({ brokers: [parts.kafka.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: `tail-${randomUUID()}`, maxWaitTimeInMs: 20 });
    const tail = new DecisionTail(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [topics.nameOf(TOPICS.decisions)], fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message: { key } }) => {
        if (key) tail.#heard[partitionOf(key.toString(), PARTITIONS.service)]!.push(performance.now());
      },
    });
    return tail;
  }

  /** When each of these partitions first said something after an instant. */
  async firsts(partitions: readonly number[], after: number): Promise<readonly number[]> {
    for (;;) {
      const firsts = partitions.map((partition) => this.#heard[partition]!.find((at) => at > after));
      if (!firsts.includes(undefined)) return firsts as number[];
      if (performance.now() - after > 60 * SECOND_MS) {
        throw new Error(
          `no decision in a minute from partitions ${partitions.filter((_, i) => firsts[i] === undefined)}`,
        );
      }
      await sleep(20);
    }
  }

  close(): Promise<void> {
    return this.#consumer.disconnect();
  }
}

async function servicesIn({ store, tasks }: Setup, of: readonly string[] = tasks): Promise<number> {
  const stands = await Promise.all(of.map((task) => standOf(store, task)));
  return stands.reduce((sum, stand) => sum + (stand?.tally['services'] ?? 0), 0);
}

async function redisFigures({ parts }: Setup): Promise<{ readonly used: number; readonly file: number }> {
  const redis = new Redis(parts.redis.url);
  try {
    const info = await redis.info();
    const of = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
    return { used: of('used_memory'), file: of('aof_current_size') };
  } finally {
    redis.disconnect();
  }
}

/** What a process has in memory, as the system sees it. */
function residentBytes({ pid }: DozorProcess): number {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1_024;
}

function iso(at: Instant): string {
  return new Date(at).toISOString();
}
