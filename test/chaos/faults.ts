/** What each fault of the plan does, and from when on its recovery counts. */
import type { Random } from '../../pipelines/play/random.js';
import type { FaultKind } from './plan.js';
import type { DozorProcess } from './process.js';
import type { Passing, TcpProxy } from './proxy.js';
import type { Setup } from './setup.js';
import { SESSION_MS } from './setup.js';
import type { Recovery, Watch } from './watch.js';

const SECOND = 1_000;
const TERMINATE_MS = 10 * SECOND;
const READY_MS = 60 * SECOND;
const SLOW: Passing = { is: 'slow', delayMs: 150, bytesPerSecond: 500_000 };
const FREE: Passing = { is: 'free' };
const SILENT: Passing = { is: 'silent' };
/** How many commits lose their reply, one after the other. */
const REPLIES_LOST = 6;
const STORE_LOST_MS = SECOND;

/** What a fault has to work with. */
export interface Scene {
  readonly setup: Setup;
  readonly watch: Watch;
  readonly random: Random;
  /** Resolves after so many milliseconds; rejects when the run is stopped. */
  readonly wait: (ms: number) => Promise<void>;
  readonly note: (words: string) => void;
}

type Fault = (scene: Scene) => Promise<Recovery>;

export function strike(kind: FaultKind, scene: Scene): Promise<Recovery> {
  return FAULTS[kind](scene);
}

const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  'worker killed': async (scene) => {
    const worker = anyWorker(scene);
    const felt = losing(scene, worker);
    await worker.kill();
    const recovery = await felt();
    await scene.wait(scene.random.integer(0, 2_000));
    return startAgain(scene, worker, recovery);
  },

  'worker stopped past the session, then continued': async (scene) => {
    const worker = anyWorker(scene);
    const felt = losing(scene, worker);
    worker.suspend();
    const recovery = await felt();
    await scene.wait(Math.max(0, SESSION_MS + scene.random.integer(500, 4_000) - recovery.movingMs));
    // It believes that it still owns its tasks: what it does before it learns otherwise must change nothing.
    worker.resume();
    scene.note(`${worker.name} goes on`);
    await rejoined(scene, worker);
    return recovery;
  },

  'worker handed over': async (scene) => {
    const worker = anyWorker(scene);
    const felt = losing(scene, worker);
    const ended = worker.terminate(TERMINATE_MS);
    const recovery = await felt();
    await inTime(scene, worker, ended);
    return startAgain(scene, worker, recovery);
  },

  'third worker joins and leaves': async (scene) => {
    const third = scene.setup.workers.find(({ running }) => !running);
    if (!third) throw new Error('every worker runs already: there is none that could join');
    const since = performance.now();
    third.start();
    await rejoined(scene, third);
    await scene.watch.recovery(since, new Map());
    await scene.wait(scene.random.integer(500, 2_000));
    const felt = losing(scene, third);
    const ended = third.terminate(TERMINATE_MS);
    const recovery = await felt();
    await inTime(scene, third, ended);
    return recovery;
  },

  'door killed': async (scene) => {
    const { door } = scene.setup;
    await door.kill();
    await scene.wait(scene.random.integer(0, 1_000));
    const since = performance.now();
    door.start();
    return scene.watch.recovery(since, new Map());
  },

  'door handed over': async (scene) => {
    const { door } = scene.setup;
    await inTime(scene, door, door.terminate(TERMINATE_MS));
    const since = performance.now();
    door.start();
    return scene.watch.recovery(since, new Map());
  },

  'door replies lost': (scene) => losingReplies(scene, [scene.setup.doorProxy]),

  'Redis killed': async (scene) => {
    await scene.setup.parts.redisKilled(scene.random.integer(0, 2_000), scene.wait);
    return scene.watch.recovery(performance.now(), new Map());
  },

  'Redis killed, last second lost': async (scene) => {
    await scene.setup.parts.redisRelaxed();
    await scene.wait(STORE_LOST_MS + scene.random.integer(100, 1_000));
    return fallingBack(scene);
  },

  'Redis replies lost after commits': (scene) => losingReplies(scene, proxies(scene, 'redis')),
  'Kafka replies lost after produces': (scene) => losingReplies(scene, proxies(scene, 'kafka')),

  'Redis connections cut': (scene) => cutting(scene, proxies(scene, 'redis')),
  'Kafka connections cut': (scene) => cutting(scene, proxies(scene, 'kafka')),

  'Redis slow': (scene) => passing(scene, proxies(scene, 'redis'), SLOW, 3 * SECOND),
  'Kafka slow': (scene) => passing(scene, proxies(scene, 'kafka'), SLOW, 3 * SECOND),

  'Redis half-open for one worker': (scene) => {
    const { setup } = scene;
    const n = 1 + setup.workers.indexOf(anyWorker(scene));
    return passing(scene, [setup.parts.doors[n]!.redis], SILENT, scene.random.integer(4, 9) * SECOND);
  },

  'Kafka half-open for one worker': (scene) => {
    const { setup } = scene;
    const n = 1 + setup.workers.indexOf(anyWorker(scene));
    return passing(scene, [setup.parts.doors[n]!.kafka], SILENT, scene.random.integer(4, 12) * SECOND);
  },

  'Kafka killed': (scene) => kafkaAway(scene, 'killed', scene.random.integer(500, 4_000)),
  'Kafka stopped for 33 s': (scene) => kafkaAway(scene, 'stopped', 33 * SECOND),
  'Kafka stopped for 90 s': (scene) => kafkaAway(scene, 'stopped', 90 * SECOND),

  // The take-over itself is among what is lost, and with it the epoch that it raised.
  'worker killed, Redis loses the take-over': async (scene) => {
    const worker = anyWorker(scene);
    const epochs = scene.watch.epochsOf(scene.watch.ownedBy(worker));
    await worker.kill();
    await scene.setup.parts.redisRelaxed();
    await scene.watch.raised(epochs);
    await scene.wait(scene.random.integer(0, STORE_LOST_MS - 300));
    return startAgain(scene, worker, await fallingBack(scene));
  },

  // What a door writes at its start is lost: that it is the one that numbers the ticks, and which numbers it may use.
  'door started, Redis loses that second': async (scene) => {
    const { door, parts } = scene.setup;
    await door.kill();
    await parts.redisRelaxed();
    door.start();
    await door.ready(READY_MS);
    await scene.wait(scene.random.integer(0, STORE_LOST_MS - 300));
    return fallingBack(scene);
  },

  'worker killed while Kafka is away': async (scene) => {
    const worker = anyWorker(scene);
    const away = kafkaAway(scene, 'killed', scene.random.integer(1_000, 4_000));
    await scene.wait(scene.random.integer(0, 3_000));
    await worker.kill();
    return startAgain(scene, worker, await away);
  },
};

// --- What faults have in common ---

function anyWorker({ setup, random }: Scene): DozorProcess {
  return random.pick(setup.workers.filter(({ running, stopped }) => running && !stopped));
}

function proxies({ setup }: Scene, of: 'kafka' | 'redis'): readonly TcpProxy[] {
  return setup.parts.doors.map((door) => door[of]);
}

/** Looks at what a process has to lose, and gives how long the loss is felt from now on. */
function losing({ watch, note }: Scene, worker: DozorProcess): () => Promise<Recovery> {
  const tasks = watch.ownedBy(worker);
  note(`${worker.name} with ${tasks.size} tasks`);
  const epochs = watch.epochsOf(tasks);
  const since = performance.now();
  return () => watch.recovery(since, epochs);
}

async function startAgain(scene: Scene, worker: DozorProcess, recovery: Recovery): Promise<Recovery> {
  worker.start();
  await rejoined(scene, worker);
  return recovery;
}

/** Waits until a worker runs tasks again and nobody lies behind: the next fault is a fault of its own. */
async function rejoined({ watch, wait }: Scene, worker: DozorProcess): Promise<void> {
  const since = performance.now();
  await worker.ready(READY_MS);
  for (let left = READY_MS / 100; watch.ownedBy(worker).size === 0; left--) {
    if (left === 0) throw new Error(`${worker.name} has no task after ${READY_MS} ms\n${worker.tail}`);
    await wait(100);
  }
  await watch.recovery(since, new Map());
}

async function inTime(
  { note }: Scene,
  worker: DozorProcess,
  ends: Promise<{ readonly tookMs: number; readonly inTime: boolean }>,
): Promise<void> {
  const ended = await ends;
  if (!ended.inTime) throw new Error(`${worker.name} did not end within ${TERMINATE_MS} ms of SIGTERM\n${worker.tail}`);
  note(`${worker.name} ended ${Math.round(ended.tookMs)} ms after SIGTERM`);
}

async function fallingBack({ setup, watch, note }: Scene): Promise<Recovery> {
  note(`${await setup.parts.redisFellBack(STORE_LOST_MS)} bytes of the append-only file are lost`);
  return watch.recovery(performance.now(), new Map());
}

async function kafkaAway({ setup, watch, wait }: Scene, how: 'stopped' | 'killed', ms: number): Promise<Recovery> {
  await setup.parts.kafkaAway(how, ms, wait);
  return watch.recovery(performance.now(), new Map());
}

async function losingReplies(scene: Scene, of: readonly TcpProxy[]): Promise<Recovery> {
  const before = of.reduce((sum, { counts }) => sum + counts.repliesLost, 0);
  const since = performance.now();
  for (let left = REPLIES_LOST; left > 0; left--) {
    for (const proxy of of) proxy.loseReplies(1);
    await scene.wait(scene.random.integer(100, 500));
  }
  for (const proxy of of) proxy.loseReplies(0);
  scene.note(`${of.reduce((sum, { counts }) => sum + counts.repliesLost, 0) - before} replies lost`);
  return scene.watch.recovery(since, new Map());
}

async function cutting(scene: Scene, of: readonly TcpProxy[]): Promise<Recovery> {
  const since = performance.now();
  for (let left = scene.random.integer(1, 4); left > 0; left--) {
    for (const proxy of of) proxy.cut();
    await scene.wait(scene.random.integer(50, 400));
  }
  return scene.watch.recovery(since, new Map());
}

async function passing(scene: Scene, of: readonly TcpProxy[], how: Passing, ms: number): Promise<Recovery> {
  for (const proxy of of) proxy.pass(how);
  await scene.wait(ms);
  const since = performance.now();
  for (const proxy of of) proxy.pass(FREE);
  return scene.watch.recovery(since, new Map());
}
