/**
 * The live form: real ticks, and nobody reads for six hours. What is written meanwhile lies on the log with the times of then:
 * faults begin, lines are mended before their limit, limits pass. Then the processes start, and take all of it in; one is killed
 * half way. No timer may ring before what was written before its instant has been read: nothing false is decided.
 *
 * Twice: once with ticks among the backlog (only the service tasks were away), once without any (everybody was).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { encodeDecision } from '../../pipelines/domain/decision.js';
import type { Packs } from '../../pipelines/domain/pack.js';
import { EVER, HOUR, type Instant, MINUTE } from '../../pipelines/domain/units.js';
import { KafkaLog } from '../../pipelines/io/kafka/log-kafka.js';
import type { TopicPartition } from '../../pipelines/io/log.js';
import { type KindGiven, makeKind } from '../../pipelines/runtime/kinds.js';
import { NetworkSource } from '../../pipelines/runtime/network-source.js';
import { Replay } from '../../pipelines/runtime/replay.js';
import { standOf, Task } from '../../pipelines/runtime/task.js';
import { Ticker } from '../../pipelines/runtime/ticker.js';
import { type Partitions, TOPICS } from '../../pipelines/runtime/topics.js';
import { Backlog } from './backlog.js';
import { type LiveStory, makeLiveStory } from './live-story.js';
import { NAMESPACE, Setup } from './setup.js';
import { undisturbed } from './undisturbed.js';
import { compare, type Decision, decidedOn } from './verdict.js';

export interface LiveOptions {
  readonly seed: number;
  readonly services: number;
  readonly told: (words: string) => void;
  readonly signal: AbortSignal;
}

/** What came of one of the two. */
export interface LiveReport {
  readonly form: string;
  readonly problems: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

const PARTITIONS: Partitions = { service: 8, element: 3, facts: 2, decisions: 4 };
const AWAY = 6 * HOUR;
const STEP = MINUTE;
const TRAPS = 600;
const READY_MS = 90_000;
const TAKEN_IN_MS = 300_000;
const BEHIND_MS = 5_000;
const STOP_MS = 10_000;
const OUT = ['outage.confirmed', 'repair.overdue', 'credit.granted', 'extension.granted', 'termination.allowed'];

export async function live(options: LiveOptions): Promise<readonly LiveReport[]> {
  return [await once(options, true), await once(options, false)];
}

async function once({ seed, services, told, signal }: LiveOptions, ticks: boolean): Promise<LiveReport> {
  const form = ticks ? 'ticks in the backlog' : 'no ticks in the backlog';
  const setup = await Setup.open({
    workers: 2,
    partitions: PARTITIONS,
    clock: 'live',
    env: { DOZOR_TICK_SECONDS: '1' },
    told,
  });
  let right = false;
  try {
    const packs = setup.packsInForce;
    const story = makeLiveStory({ seed, services, traps: TRAPS, now: Date.now(), away: AWAY, step: STEP });
    const written = await writePast(setup, packs, story, ticks);
    told(
      `${form}: ${written.lines.length} lines lie on the log, those of the last 6 h unread; ` +
        `${story.mended.size} lines were mended in them before their limit passed in them, ${story.out.size} were not`,
    );

    const began = performance.now();
    for (const process of setup.processes) process.start();
    await Promise.all(setup.processes.map((process) => process.ready(READY_MS)));
    const readyMs = performance.now() - began;
    // In the middle of it, if it takes that long.
    const victim = setup.workers[seed % 2]!;
    await victim.kill();
    victim.start();
    await takenIn(setup, signal);
    const takenInMs = performance.now() - began;
    told(`${form}: ready after ${Math.round(readyMs)} ms, all is taken in after ${Math.round(takenInMs)} ms`);
    // A while of common life: what was wrongly kept in mind would come out now.
    await sleep(BEHIND_MS, undefined, { signal });
    for (const process of setup.processes) {
      const { inTime } = await process.terminate(STOP_MS);
      if (!inTime) throw new Error(`${process.name} did not end within ${STOP_MS} ms\n${process.tail}`);
    }
    const problems = await judge({ setup, packs, story, lines: written.lines, ticks });
    right = problems.length === 0;
    const figures = {
      records: written.records,
      mended: story.mended.size,
      out: story.out.size,
      readyMs,
      takenInMs,
      decisions: decidedOn(await setup.topics.read(TOPICS.decisions)).size,
    };
    return { form, problems, figures };
  } finally {
    if (!right) told(`what the processes said is kept in ${setup.folder}`);
    await setup.close(!right);
  }
}

interface Input extends TopicPartition {
  readonly task: Task;
}

/** Writes the story; what comes before the last hours is worked on, so that state stands as it stood then. */
async function writePast(
  { parts, store, options }: Setup,
  packs: Packs,
  story: LiveStory,
  ticks: boolean,
): Promise<{ readonly lines: readonly string[]; readonly records: number }> {
  const { partitions } = options;
  const { brokers } = parts.kafka;
  const log = await KafkaLog.connect(
    { brokers: [brokers], namespace: NAMESPACE },
    { logger: pino({ level: 'silent' }) },
  );
  const ticker = await Ticker.acquire(store, 'the past');
  const backlog = await Backlog.open({ brokers, namespace: NAMESPACE, log, packs, partitions, ticker });
  try {
    await backlog.timeIs('CreateTime');
    await backlog.write(story.before, true);
    const given: KindGiven = {
      network: new NetworkSource(log),
      store,
      packs,
      partitions,
      // What is refused is not judged here, so nobody has to open it.
      seal: (bytes) => bytes,
      live: true,
    };
    const env = { log, store, now: () => performance.now(), owner: 'the past' };
    const acquire = (role: 'network' | 'service' | 'collector', count: number) =>
      Promise.all(Array.from({ length: count }, (_, n) => Task.acquire(`${role}-${n}`, env, makeKind(role, given, n))));
    const network = await acquire('network', partitions.element);
    const others = [
      ...(await acquire('service', partitions.service)),
      ...(await acquire('collector', partitions.facts)),
    ];
    const inputs = [
      ...network.map((task, partition) => ({ task, topic: TOPICS.elementEvents, partition })),
      ...others.map((task, n) =>
        n < partitions.service
          ? { task, topic: TOPICS.serviceEvents, partition: n }
          : { task, topic: TOPICS.facts, partition: n - partitions.service },
      ),
    ];
    await work(log, inputs);
    await backlog.write(story.after, ticks);
    // Where ticks were written, somebody wrote them: the network tasks were at work.
    if (ticks) await work(log, inputs.slice(0, network.length));
    await backlog.timeIs('LogAppendTime');
    return { lines: backlog.lines, records: backlog.records };
  } finally {
    await backlog.close();
    await log.close();
  }
}

/** Lets tasks work side by side until each has read all of its input and sent what it has to send. */
async function work(log: KafkaLog, inputs: readonly Input[]): Promise<void> {
  for (;;) {
    let told = false;
    const running = inputs.map(async ({ task }) => {
      while (!told) if ((await task.step()) !== 'worked') await sleep(5);
    });
    while (await isBehind(log, inputs)) await sleep(50);
    told = true;
    await Promise.all(running);
    for (const { task } of inputs) await task.settle();
    // What one has settled may be another's input.
    if (!(await isBehind(log, inputs))) return;
  }
}

async function isBehind(log: KafkaLog, inputs: readonly Input[]): Promise<boolean> {
  const behind = await Promise.all(
    inputs.map(async ({ task, ...input }) => (await log.end(input)) > task.offset || task.waitingLetters > 0),
  );
  return behind.includes(true);
}

/** Waits until the clock of every task is that of now, but for a few ticks. */
async function takenIn({ store, tasks }: Setup, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + TAKEN_IN_MS;
  for (;;) {
    signal.throwIfAborted();
    const clocks = await Promise.all(
      tasks
        .filter((name) => !name.startsWith('collector-'))
        .map(async (name) => (await standOf(store, name))?.clock ?? EVER),
    );
    const behindMs = Date.now() - Math.min(...clocks);
    if (behindMs < BEHIND_MS) return;
    if (performance.now() > deadline)
      throw new Error(`after ${TAKEN_IN_MS} ms the clock is still ${behindMs} ms behind`);
    await sleep(50);
  }
}

interface Judged {
  readonly setup: Setup;
  readonly packs: Packs;
  readonly story: LiveStory;
  readonly lines: readonly string[];
  readonly ticks: boolean;
}

async function judge({ setup, packs, story, lines, ticks }: Judged): Promise<readonly string[]> {
  const { topics, options } = setup;
  const decided = decidedOn(await topics.read(TOPICS.decisions));
  const sent = lines.map((text, i) => ({ text, number: i + 1 }));
  const parsed = (texts: ReadonlySet<string>) => JSON.parse([...texts][0]!) as Decision;
  // The same records through tasks in memory.
  const own = await undisturbed({
    packs,
    partitions: options.partitions,
    live: true,
    serviceEvents: await topics.read(TOPICS.serviceEvents),
    elementEvents: await topics.read(TOPICS.elementEvents),
  });
  const wanted = new Map([...decidedOn(own)].map(([id, texts]) => [id, parsed(texts)]));
  const problems = compare(decided, wanted, sent).map((words) => `against undisturbed tasks: ${words}`);

  // And the same lines told at once, up to now: nothing is due within minutes of it.
  const replayed = replayOf(packs, lines, Date.now());
  if (ticks) problems.push(...compare(decided, replayed, sent).map((words) => `against a replay: ${words}`));
  else {
    // Everything of the last hours became known at once, so what was known for a while only was never decided. Nothing is false.
    for (const texts of decided.values()) {
      const decision = parsed(texts);
      if (OUT.includes(decision.type) && !replayed.has(decision.id)) {
        problems.push(`false: a replay never decides this\n    ${JSON.stringify(decision)}`);
      }
    }
  }
  // By the story itself: no line that was mended in time is out for too long, and each of the others is.
  const confirmed = new Set(
    [...decided.values()].flatMap((texts) => {
      const { type, subject } = parsed(texts);
      return type === 'outage.confirmed' && subject ? [subject] : [];
    }),
  );
  for (const subject of story.mended) if (confirmed.has(subject)) problems.push(`false: ${subject} was mended in time`);
  for (const subject of story.out)
    if (!confirmed.has(subject)) problems.push(`missed: ${subject} was out for too long`);
  return problems;
}

function replayOf(packs: Packs, lines: readonly string[], until: Instant): ReadonlyMap<string, Decision> {
  const found = new Map<string, Decision>();
  const replay = new Replay({
    packs,
    decided: (decision) => {
      const wire = encodeDecision(decision, replay.zoneOf(decision)) as unknown as Decision;
      found.set(wire.id, wire);
    },
  });
  lines.forEach((line, i) => {
    replay.line(line, i + 1);
  });
  replay.finish(until);
  return found;
}
