/**
 * One run from one seed: a story is told by producers that falter to tasks that crash. When all has come to rest, what stands on
 * the log is judged (`verdict.ts`).
 */
import { join } from 'node:path';
import type { Packs } from '../../pipelines/domain/pack.js';
import { DAY, HOUR, MINUTE } from '../../pipelines/domain/units.js';
import { loadPacks } from '../../pipelines/runtime/packs.js';
import { LIMITS, type Limits } from '../../pipelines/runtime/task.js';
import { TOPICS, topicCounts } from '../../pipelines/runtime/topics.js';
import { Beat, Producer, Script, TaskActor, TickWriter, type Town } from './actors.js';
import { Chance } from './chance.js';
import type { Plant } from './faults.js';
import type { WireDecision } from './reference.js';
import { makeStory, type Story } from './stories.js';
import { decidedOn, wrongWith } from './verdict.js';
import { type Actor, type Chaos, type LogDisk, World } from './world.js';

export interface Options {
  readonly trace?: boolean;
  readonly plant?: Plant;
  /** Few ticks, a commit after every piece of them, and a crash after every fourth: what seldom happens by chance. */
  readonly rough?: boolean;
}

/** The share of seeds that are rough. */
const ROUGH = 0.25;

export interface Result {
  readonly seed: number;
  /** The first thing that is wrong; undefined: nothing. */
  readonly difference: string | undefined;
  readonly story: Story;
  readonly turns: number;
  /** What went wrong on the way. */
  readonly troubles: Readonly<Record<string, number>>;
  /** How many decisions of each type there are. */
  readonly types: Readonly<Record<string, number>>;
  readonly trace: readonly string[];
}

const TURNS_MAX = 60_000;

let packs: Packs | undefined;

/** The packs that come with the project, read once. */
export function ownPacks(root = process.cwd()): Packs {
  packs ??= loadPacks([join(root, 'pipelines', 'packs')]);
  return packs;
}

export async function simulate(seed: number, options: Options = {}): Promise<Result> {
  const undo = options.plant?.patch?.();
  try {
    return await new Run(seed, options).run();
  } finally {
    undo?.();
  }
}

/** Somebody who must live: how often it has begun, and when it may begin again. */
interface Role {
  readonly name: string;
  readonly make: (life: number) => Actor;
  lives: number;
  again: number;
}

class Run {
  readonly #seed: number;
  readonly #story: Story;
  readonly #world: World;
  readonly #town: Town;
  readonly #chance: Chance;
  readonly #script: Script;
  readonly #beat: Beat;
  readonly #roles: Role[] = [];
  readonly #rates: { readonly double: number; readonly sleep: number; readonly fallBack: number; readonly all: number };
  /** How many turns there are, in the mean, for each step of the world's time. */
  readonly #pace: number;
  readonly #steady: boolean;
  #fallBacks = 0;

  constructor(seed: number, { trace = false, plant, rough: forced }: Options) {
    this.#seed = seed;
    const chance = (this.#chance = new Chance(seed, 2));
    const rough = chance.yes(ROUGH) || forced === true;
    const story = makeStory(seed, rough);
    this.#steady = story.form === 'events' && chance.yes(0.35);
    // A stray finds its place whenever its task sends it on: then the log no longer tells the story as it is.
    const deliveries = this.#steady ? story.deliveries.map((one) => ({ ...one, stray: false })) : story.deliveries;
    this.#story = { ...story, deliveries };
    const { partitions, form, punctual, start } = story;
    const world = (this.#world = new World({ chance: new Chance(seed, 3), chaos: chaosOf(chance, rough), trace }));
    world.now = Math.min(start, ...deliveries.map((one) => one.at)) - MINUTE;
    world.store.keepsUndos = chance.yes(0.3);
    this.#rates = {
      double: chance.pick([0, 0, 0.002, 0.01]),
      sleep: chance.pick([0, 0, 0.002, 0.006]),
      fallBack: world.store.keepsUndos ? 0.003 : 0,
      all: chance.pick([0, 0, 0, 0.002]),
    };
    this.#pace = chance.pick([3, 10, 30]);
    this.#town = {
      world,
      packs: ownPacks(),
      partitions,
      live: form === 'live',
      punctual,
      limits: limitsOf(chance, rough),
      plant,
    };
    this.#script = new Script(this.#story, this.#town);
    this.#beat = new Beat(story, world.now + chance.int(0, HOUR));
  }

  async run(): Promise<Result> {
    const world = this.#world;
    makeTopics(world.log, this.#town);
    this.#roles.push({ name: 'producer', make: (life) => this.#producer(life), lives: 0, again: 0 });
    if (this.#town.live) {
      const make = (life: number) => new TickWriter(this.#town, this.#beat, this.#script, life);
      this.#roles.push({ name: 'ticker', make, lives: 0, again: 0 });
    }
    this.#roles.push(...taskRoles(this.#town));
    // Before the clock begins nothing is decided: where nothing may be late, it begins before all.
    if (this.#story.punctual) this.#beat.begin(world.log, this.#town);
    await this.#storm();
    await this.#settle();
    const difference = await this.#difference();
    const restarts = this.#roles.reduce((sum, role) => sum + role.lives - 1, 0);
    const types: Record<string, number> = {};
    for (const [text] of decidedOn(world.log).values()) {
      const { type } = JSON.parse(text!) as WireDecision;
      types[type] = (types[type] ?? 0) + 1;
    }
    const troubles = { ...world.counts, restarts, fallBacks: this.#fallBacks };
    const { turns, trace = [] } = world;
    return { seed: this.#seed, difference, story: this.#story, turns, troubles, types, trace };
  }

  #producer(life: number): Producer {
    const producer = new Producer(this.#town, this.#script, life);
    producer.lucky = this.#steady;
    return producer;
  }

  /** While anything goes wrong: until the story is told and time has come to its end. */
  async #storm(): Promise<void> {
    const world = this.#world;
    const chance = this.#chance;
    while (!world.failure && !this.#told()) {
      if (this.#next() > TURNS_MAX) return world.fail(new Error('the story does not come to its end'));
      raise(world, this.#roles, () => chance.int(0, 40));
      this.#mischief();
      const ready = world.actors.filter((actor) => actor.ready);
      if (ready.length === 0 || (this.#town.live && chance.yes(1 / this.#pace))) {
        if (this.#moveTime() || ready.length === 0) continue;
      }
      await chance.pick(ready).turn();
    }
  }

  /** Nothing goes wrong any more: what was begun comes to its end. */
  async #settle(): Promise<void> {
    this.#world.note('calm');
    await rest(this.#world, this.#roles);
  }

  #next(): number {
    this.#world.wall += this.#chance.int(0, this.#world.chaos.turnMs);
    return ++this.#world.turns;
  }

  #told(): boolean {
    return this.#script.next === undefined && (!this.#town.live || this.#beat.done);
  }

  #mischief(): void {
    const chance = this.#chance;
    const world = this.#world;
    const { double, sleep, fallBack, all } = this.#rates;
    if (double > 0 && chance.yes(double)) {
      // A second owner while the first still lives; often the first sleeps for a while and knows nothing of it.
      const role = chance.pick(this.#roles.filter((one) => one.name.includes('-')));
      const first = world.actors.find((actor) => actor.name.startsWith(`${role.name}#`));
      if (first) {
        if (chance.yes(0.7)) first.sleepsUntilTurn = world.turns + chance.int(5, 120);
        role.lives += 1;
        role.make(role.lives);
        world.note(`${role.name}#${role.lives} begins beside ${first.name}`);
      }
    }
    if (sleep > 0 && chance.yes(sleep) && world.actors.length > 0) {
      const actor = chance.pick(world.actors);
      // A producer of a punctual story is never late.
      if (!(actor instanceof Producer) || !this.#story.punctual) {
        if (this.#town.live) actor.sleepsUntil = world.now + chance.pick([HOUR, 6 * HOUR, 6 * HOUR, 2 * DAY]);
        else actor.sleepsUntilTurn = world.turns + chance.int(20, 600);
        world.note(`${actor.name} stands still`);
      }
    }
    if (all > 0 && chance.yes(all)) {
      for (const actor of world.actors) if (!actor.lucky) actor.die('everything is restarted');
    }
    if (fallBack > 0 && chance.yes(fallBack)) {
      const gone = world.store.fallBack(world.wall);
      this.#fallBacks += gone > 0 ? 1 : 0;
      world.note(`the store falls back by its last second: ${gone} writes are gone`);
    }
  }

  /** Lets the world's time go on to the next thing that is to be done; not while something punctual is still to be written. */
  #moveTime(): boolean {
    const world = this.#world;
    const { next } = this.#script;
    if (!this.#town.live) {
      if (next !== undefined) world.now = Math.max(world.now, next);
      return false;
    }
    if (this.#story.punctual && next !== undefined && next <= world.now) return false;
    const instants = world.actors.map((actor) => actor.sleepsUntil);
    if (next !== undefined) instants.push(next);
    if (!this.#beat.done) instants.push(this.#beat.next);
    const due = instants.filter((at) => at > world.now);
    if (due.length === 0) return false;
    world.now = Math.min(...due);
    world.note(`it is ${new Date(world.now).toISOString()}`);
    return true;
  }

  async #difference(): Promise<string | undefined> {
    const { failure, log } = this.#world;
    if (failure) return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
    const { packs, partitions } = this.#town;
    const undisturbed = await this.#undisturbed();
    return wrongWith({ packs, partitions, story: this.#story, log, undisturbed, steady: this.#steady });
  }

  /** The same events once more, through tasks that nothing happens to and no fault is planted in. */
  async #undisturbed(): Promise<LogDisk> {
    const world = new World({ chance: new Chance(this.#seed, 4), chaos: this.#world.chaos, trace: false });
    const town: Town = { ...this.#town, world, limits: LIMITS, plant: undefined };
    makeTopics(world.log, town);
    for (const topic of [TOPICS.serviceEvents, TOPICS.elementEvents]) {
      world.log.topics.get(topic)!.forEach((records, partition) => {
        records.push(...this.#world.log.records({ topic, partition }));
      });
    }
    await rest(world, taskRoles(town));
    if (world.failure) throw world.failure;
    return world.log;
  }
}

function makeTopics(log: LogDisk, { partitions }: Town): void {
  for (const [topic, count] of topicCounts(partitions)) log.make(topic, count);
}

function taskRoles(town: Town): readonly Role[] {
  const { service, element, facts } = town.partitions;
  const some = (kind: 'network' | 'service' | 'collector', count: number) =>
    Array.from({ length: count }, (_, partition) => ({
      name: `${kind}-${partition}`,
      make: (life: number) => new TaskActor(town, kind, partition, life),
      lives: 0,
      again: 0,
    }));
  return [...some('network', element), ...some('service', service), ...some('collector', facts)];
}

/** Whoever must live and does not is begun anew, after a while. */
function raise(world: World, roles: readonly Role[], pause: () => number): void {
  if (world.actors.some((actor) => actor.dead)) world.actors = world.actors.filter((actor) => !actor.dead);
  for (const role of roles) {
    if (world.actors.some((actor) => actor.name.startsWith(`${role.name}#`))) {
      role.again = 0;
      continue;
    }
    role.again ||= world.turns + (role.lives === 0 ? 0 : pause());
    if (world.turns < role.again && !world.calm) continue;
    role.lives += 1;
    role.make(role.lives);
    world.note(`${role.name}#${role.lives} begins`);
  }
}

/** Lets every task work in a calm world until none has anything to do. */
async function rest(world: World, roles: readonly Role[]): Promise<void> {
  world.calm = true;
  const begun = world.turns;
  const stand = (actor: TaskActor) => {
    const { counts, waitingLetters } = actor.running ?? {};
    return `${world.log.appended} ${counts?.commits} ${counts?.records} ${waitingLetters} ${actor.dead}`;
  };
  for (let idle = 0; idle < 3 && !world.failure; ) {
    raise(world, roles, () => 0);
    let worked = false;
    for (const actor of [...world.actors]) {
      actor.sleepsUntil = Number.NEGATIVE_INFINITY;
      actor.sleepsUntilTurn = 0;
      if (!(actor instanceof TaskActor)) continue;
      for (let before = ''; before !== stand(actor) && !actor.dead && !world.failure; ) {
        before = stand(actor);
        if (++world.turns > begun + TURNS_MAX) return world.fail(new Error('the tasks do not come to rest'));
        await actor.turn();
        worked ||= before !== stand(actor);
      }
    }
    world.wall += 10_000;
    idle = worked ? 0 : idle + 1;
  }
}

function limitsOf(chance: Chance, rough: boolean): Limits {
  // A commit after every record and every piece of a tick: there is nothing that a crash could not fall between.
  if (rough)
    return { commitEveryMs: 0, commitDecisionsAfterMs: 0, changes: 1, batch: chance.pick([3, 500]), pieces: 1 };
  if (chance.yes(0.2)) return LIMITS;
  return {
    commitEveryMs: chance.pick([0, 50, 250, 1_000]),
    commitDecisionsAfterMs: chance.pick([0, 20, 200]),
    changes: chance.pick([1, 2, 3, 8, 5_000]),
    batch: chance.pick([1, 2, 3, 7, 500]),
    pieces: chance.pick([1, 1, 2, 3, 256]),
  };
}

/** How rough the seas are: some seeds are calm in one respect and wild in another. */
function chaosOf(chance: Chance, rough: boolean): Chaos {
  const wild = rough ? 1 : chance.pick([0, 0.3, 1, 1, 2]);
  return {
    stop: chance.pick([0.1, 0.3, 0.6]),
    crashBefore: wild * chance.pick([0, 0.01, 0.04]),
    crashAfter: wild * chance.pick([0, 0.01, 0.04]),
    loseCall: wild * chance.pick([0, 0.01, 0.05]),
    loseReply: wild * chance.pick([0, 0.02, 0.08]),
    crashAtCommit: rough ? 0.25 : wild * chance.pick([0, 0, 0.1]),
    turnMs: chance.pick([1, 20, 100, 400]),
  };
}
