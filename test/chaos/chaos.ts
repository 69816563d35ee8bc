import { setTimeout as sleep } from 'node:timers/promises';
import { DAY, MINUTE } from '../../pipelines/domain/units.js';
import { Random } from '../../pipelines/play/random.js';
import { standOf } from '../../pipelines/runtime/task.js';
import { type Partitions, TOPICS } from '../../pipelines/runtime/topics.js';
import { strike } from './faults.js';
import { judge } from './judge.js';
import { makePlan } from './plan.js';
import { Producer } from './producer.js';
import { Progress } from './progress.js';
import type { Felt, Report } from './report.js';
import { Setup } from './setup.js';
import { type ChaosStory, makeStory } from './story.js';
import { Watch } from './watch.js';

export interface ChaosOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly services: number;
  readonly days: number;
  /** Usage records for each minute of the story. */
  readonly usage: number;
  readonly only: readonly string[];
  readonly times: number | undefined;
  readonly told: (words: string) => void;
  readonly signal: AbortSignal;
}

export const PARTITIONS: Partitions = { service: 8, element: 3, facts: 2, decisions: 4 };
/** Two of them work from the start; the third comes and goes. */
const WORKERS = 3;
const READY_MS = 90_000;
const QUIET_MS = 300_000;
const QUIET_FOR_MS = 2_000;
const STOP_MS = 10_000;
/** How often the clock is moved, at most: each time costs two requests and a record in every partition. */
const INSTANTS_A_SECOND = 10;

/** Runs it and says what came of it. Rejects where it could not be run to its end; the folder then stays. */
export async function chaos(options: ChaosOptions): Promise<Report> {
  const { seed, told, signal } = options;
  const log: string[] = [];
  const began = performance.now();
  const note = (words: string) => {
    const line = `${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${words}`;
    log.push(line);
    told(line);
  };
  const random = new Random(seed).fork('faults');
  const { only, times, minutes } = options;
  const plan = makePlan(random.fork('plan'), { seconds: minutes * 60, only, ...(times !== undefined && { times }) });
  const step = Math.ceil((options.days * DAY) / (minutes * 60 * INSTANTS_A_SECOND) / MINUTE) * MINUTE;
  const story = makeStory({ ...options, step });
  note(
    `seed ${seed}: ${story.counts.lines} lines in ${story.moments.length} instants, ${story.counts.faults} faults of the story, ` +
      `${plan.length} of ours`,
  );
  const setup = await Setup.open({ workers: WORKERS, partitions: PARTITIONS, clock: 'events', told: note });
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const producer = new Producer({ url: () => setup.url, token: () => setup.token }, stop);
  const watch = new Watch({ store: setup.store, tasks: setup.tasks, processes: setup.processes, producer });
  const felt: Felt[] = [];
  try {
    for (const process of [setup.door, ...setup.workers.slice(0, WORKERS - 1)]) process.start();
    await Promise.all(setup.processes.filter(({ running }) => running).map((process) => process.ready(READY_MS)));
    watch.start();
    note('all processes are ready');

    const progress = new Progress(plan, minutes * 60);
    const telling = producer.tell(story, () => progress.share);
    const striking = async () => {
      await caughtUp(watch, stop);
      note('the inventory is known; the faults begin');
      for (const [n, kind] of plan.entries()) {
        const notes: string[] = [];
        const scene = {
          setup,
          watch,
          random: random.fork(n),
          wait: (ms: number) => sleep(ms, undefined, { signal: stop }),
          note: (words: string) => notes.push(words),
        };
        const atSeconds = (performance.now() - began) / 1_000;
        note(`${n + 1} of ${plan.length}: ${kind}`);
        progress.begins(n);
        const recovery = await strike(kind, scene);
        felt.push({ kind, atSeconds, recovery, notes });
        const ms = (value: number | undefined) => (value === undefined ? '-' : `${Math.round(value)} ms`);
        note(
          `    ${[...notes, `owners ${ms(recovery.ownedMs)}`, `clock ${ms(recovery.movingMs)}`, `no lag ${ms(recovery.caughtUpMs)}`].join('; ')}`,
        );
        await scene.wait(scene.random.integer(200, 1_500));
      }
      progress.begins(plan.length);
    };
    await Promise.all([telling, striking()]);
    await producer.finish(story.until);
    note('the story is told');
    await quiet(setup, producer, stop);
    note('all is quiet');
    const verdict = await judge(setup, producer, story);
    const counts = { ...verdict.counts, ...countsOf(producer, story), memoryMax: watch.memoryMax };
    for (const process of setup.processes.filter(({ running }) => running)) {
      const { inTime, tookMs } = await process.terminate(STOP_MS);
      note(`${process.name} ended ${Math.round(tookMs)} ms after SIGTERM`);
      if (!inTime) throw new Error(`${process.name} did not end within ${STOP_MS} ms\n${process.tail}`);
    }
    const ownEnds = setup.processes.flatMap(({ name, ownEnds }) =>
      ownEnds.map(({ at, how, tail }) => `${name} at ${((at - began) / 1_000).toFixed(1)} s by ${how}: ${tail}`),
    );
    const right = verdict.problems.length === 0;
    if (!right) note(`what the processes said is kept in ${setup.folder}`);
    await watch.stop();
    await setup.close(!right);
    return {
      seed,
      options: {
        minutes,
        services: options.services,
        days: options.days,
        usage: options.usage,
        only,
        partitions: PARTITIONS,
      },
      verdict: right ? 'right' : 'wrong',
      problems: verdict.problems,
      counts,
      totals: watch.totals,
      faults: felt,
      ownEnds,
      log,
    };
  } catch (error) {
    note(`it could not be run to its end; what the processes said is kept in ${setup.folder}`);
    note(watch.words());
    ended.abort();
    await watch.stop();
    await setup.close(true);
    throw error;
  }
}

async function caughtUp(watch: Watch, signal: AbortSignal): Promise<void> {
  await watch.recovery(performance.now(), new Map());
  signal.throwIfAborted();
}

/** Waits until every task has committed all of its input, nothing waits to be sent, and it stays so for a while. */
async function quiet({ topics, store, options }: Setup, producer: Producer, signal: AbortSignal): Promise<void> {
  const inputs = [
    ['network', TOPICS.elementEvents, options.partitions.element],
    ['service', TOPICS.serviceEvents, options.partitions.service],
    ['collector', TOPICS.facts, options.partitions.facts],
  ] as const;
  const deadline = performance.now() + QUIET_MS;
  let since = performance.now();
  for (;;) {
    signal.throwIfAborted();
    const busy: string[] = [];
    for (const [role, topic, count] of inputs) {
      const ends = await topics.ends(topic);
      for (let partition = 0; partition < count; partition++) {
        const name = `${role}-${partition}`;
        const stand = await standOf(store, name);
        if ((stand?.offset ?? 0) !== ends[partition])
          busy.push(`${name} at ${stand?.offset ?? 0} of ${ends[partition]}`);
        else if (role !== 'collector' && stand!.clock < producer.clock!) busy.push(`${name} by its clock`);
        for await (const _ of store.entries(name, 'outbox/')) {
          busy.push(`${name} by its outbox`);
          break;
        }
      }
    }
    const now = performance.now();
    if (busy.length > 0) since = now;
    if (now - since >= QUIET_FOR_MS) return;
    if (now > deadline) throw new Error(`not quiet after ${QUIET_MS} ms: ${busy.join(', ')}`);
    await sleep(200);
  }
}

function countsOf(producer: Producer, story: ChaosStory): Readonly<Record<string, number>> {
  const waits = producer.acknowledged.map(({ begun, at }) => at - begun).sort((a, b) => a - b);
  return {
    lines: story.counts.lines,
    faultsOfStory: story.counts.faults,
    instants: story.moments.length,
    requests: producer.requests.made,
    requestsAgain: producer.requests.again,
    answeredDuplicate: producer.answers.duplicate,
    answerMedianMs: waits[Math.floor(waits.length / 2)] ?? 0,
  };
}
