/**
 * One run from one seed: a story is told by producers that falter to tasks that crash, and what stands on `decisions` in the end
 * is compared with what the reference says must stand there.
 */
import { join } from 'node:path';
import type { Packs } from '../../pipelines/domain/pack.js';
import { DAY, HOUR, MINUTE } from '../../pipelines/domain/units.js';
import type { LogRecord } from '../../pipelines/io/log.js';
import { loadPacks } from '../../pipelines/runtime/packs.js';
import { LIMITS } from '../../pipelines/runtime/task.js';
import { fromBytes, partitionOf, TICK_KEY, type Tick, TOPICS } from '../../pipelines/runtime/topics.js';
import { Beat, Producer, Script, TaskActor, TickWriter, type Town } from './actors.js';
import { Chance } from './chance.js';
import type { Plant } from './faults.js';
import { type Entry, expected, type WireDecision, type Written } from './reference.js';
import { makeStory, type Story } from './stories.js';
import { type Actor, type Chaos, SimulatedLog, World } from './world.js';

export interface Options {
  readonly trace?: boolean;
  readonly plant?: Plant;
}

export interface Result {
  readonly seed: number;
  /** The first thing that is wrong; undefined: nothing. */
  readonly difference: string | undefined;
  readonly decisions: number;
  readonly types: Readonly<Record<string, number>>;
  readonly turns: number;
  readonly story: Story;
  readonly counts: World['counts'] & { readonly restarts: number; readonly fallBacks: number };
  readonly trace: readonly string[];
}

const TURNS_MAX = 60_000;
const SHOWN_MAX = 12;

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

class Run {
  readonly #seed: number;
  readonly #story: Story;
  readonly #world: World;
  readonly #town: Town;
  readonly #chance: Chance;
  readonly #script: Script;
  readonly #beat: Beat;
  /** The actors that must live, how often each has begun, and when it may begin again. */
  readonly #roles: { readonly name: string; readonly make: (life: number) => Actor; lives: number; again: number }[] = [];
  readonly #rates: { readonly double: number; readonly sleep: number; readonly fallBack: number; readonly all: number };
  /** How many turns there are, in the mean, for each step of the world's time. */
  readonly #pace: number;
  #fallBacks = 0;

  constructor(seed: number, { trace = false, plant }: Options) {
    this.#seed = seed;
    const chance = (this.#chance = new Chance(seed, 2));
    this.#story = makeStory(seed);
    const { partitions, form, start, deliveries } = this.#story;
    this.#world = new World({ chance: new Chance(seed, 3), chaos: chaosOf(chance), trace });
    this.#world.now = Math.min(start, ...deliveries.map((one) => one.at)) - MINUTE;
    this.#world.store.keepsUndos = chance.yes(0.3);
    this.#rates = {
      double: chance.pick([0, 0, 0.002, 0.01]),
      sleep: chance.pick([0, 0, 0.002, 0.006]),
      fallBack: this.#world.store.keepsUndos ? 0.003 : 0,
      all: chance.pick([0, 0, 0, 0.002]),
    };
    this.#pace = chance.pick([3, 10, 30]);
    const limits = chance.yes(0.2)
      ? LIMITS
      : {
          commitEveryMs: chance.pick([0, 50, 250, 1_000]),
          commitDecisionsAfterMs: chance.pick([0, 20, 200]),
          changes: chance.pick([1, 2, 3, 8, 5_000]),
          batch: chance.pick([1, 2, 3, 7, 500]),
          pieces: chance.pick([1, 1, 2, 3, 256]),
        };
    this.#town = { world: this.#world, packs: ownPacks(), partitions, live: form === 'live', limits, plant };
    this.#script = new Script(this.#story, this.#town);
    this.#beat = new Beat(this.#story, this.#world.now + chance.int(0, HOUR));
  }

  async run(): Promise<Result> {
    const world = this.#world;
    await this.#found();
    await this.#storm();
    await this.#settle();
    const difference = this.#difference();
    const restarts = this.#roles.reduce((sum, role) => sum + role.lives - 1, 0);
    const types: Record<string, number> = {};
    const decided = this.#decided();
    for (const [text] of decided.values()) {
      const { type } = JSON.parse(text!) as WireDecision;
      types[type] = (types[type] ?? 0) + 1;
    }
    return {
      seed: this.#seed,
      difference,
      decisions: decided.size,
      types,
      turns: world.turns,
      story: this.#story,
      counts: { ...world.counts, restarts, fallBacks: this.#fallBacks },
      trace: world.trace ?? [],
    };
  }

  async #found(): Promise<void> {
    const { service, element, facts } = this.#story.partitions;
    const town = this.#town;
    const producer = new Producer(town, this.#script, 1);
    const log = new SimulatedLog(producer);
    const counts = [
      [TOPICS.serviceEvents, service],
      [TOPICS.elementEvents, element],
      [TOPICS.network, 1],
      [TOPICS.facts, facts],
      [TOPICS.decisions, 1],
      [TOPICS.rejected, 1],
    ] as const;
    for (const [topic, count] of counts) await log.ensureTopic(topic, count);
    const add = (name: string, make: (life: number) => Actor) => this.#roles.push({ name, make, lives: 0, again: 0 });
    this.#roles.push({ name: 'producer', make: (life) => new Producer(town, this.#script, life), lives: 1, again: 0 });
    if (town.live) add('ticker', (life) => new TickWriter(town, this.#beat, life));
    for (let q = 0; q < element; q++) add(`network-${q}`, (life) => new TaskActor(town, 'network', q, life));
    for (let p = 0; p < service; p++) add(`service-${p}`, (life) => new TaskActor(town, 'service', p, life));
    for (let r = 0; r < facts; r++) add(`collector-${r}`, (life) => new TaskActor(town, 'collector', r, life));
  }

  /** While anything goes wrong: until the story is told and time has come to its end. */
  async #storm(): Promise<void> {
    const world = this.#world;
    const chance = this.#chance;
    while (!world.failure && !this.#told()) {
      if (this.#next() > TURNS_MAX) {
        world.fail(new Error('the story does not come to its end'));
        return;
      }
      this.#raise();
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
    const world = this.#world;
    world.calm = true;
    world.note('calm');
    for (let idle = 0; idle < 3 && !world.failure; ) {
      this.#raise();
      let worked = false;
      for (const actor of [...world.actors]) {
        actor.sleepsUntil = Number.NEGATIVE_INFINITY;
        actor.sleepsUntilTurn = 0;
        if (actor.dead || !(actor instanceof TaskActor)) continue;
        do {
          const { commits, records } = actor.running?.counts ?? { commits: 0, records: 0 };
          const before = `${world.log.appended} ${commits} ${records} ${actor.running?.waitingLetters}`;
          if (this.#next() > 2 * TURNS_MAX) {
            world.fail(new Error('the tasks do not come to rest'));
            return;
          }
          await actor.turn();
          const after = actor.running?.counts ?? { commits: 0, records: 0 };
          if (before === `${world.log.appended} ${after.commits} ${after.records} ${actor.running?.waitingLetters}`) break;
          worked = true;
        } while (!actor.dead && !world.failure);
      }
      world.wall += 10_000;
      idle = worked ? 0 : idle + 1;
    }
  }

  #next(): number {
    this.#world.wall += this.#chance.int(0, this.#world.chaos.turnMs);
    return ++this.#world.turns;
  }

  #told(): boolean {
    return this.#script.next === undefined && (!this.#town.live || this.#beat.done);
  }

  /** Whoever must live and does not is begun anew, after a while. */
  #raise(): void {
    const world = this.#world;
    if (world.actors.some((actor) => actor.dead)) world.actors = world.actors.filter((actor) => !actor.dead);
    for (const role of this.#roles) {
      if (world.actors.some((actor) => actor.name.startsWith(`${role.name}#`))) {
        role.again = 0;
        continue;
      }
      role.again ||= world.turns + (role.lives === 0 ? 0 : this.#chance.int(0, 40));
      if (world.turns < role.again && !world.calm) continue;
      role.lives += 1;
      role.make(role.lives);
      world.note(`${role.name}#${role.lives} begins`);
    }
  }

  #mischief(): void {
    const chance = this.#chance;
    const world = this.#world;
    const { double, sleep, fallBack, all } = this.#rates;
    if (double > 0 && chance.yes(double)) {
      // A second owner while the first still lives; often the first sleeps for a while and knows nothing of it.
      const role = chance.pick(this.#roles.filter((one) => /-/.test(one.name)));
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
    if (all > 0 && chance.yes(all)) for (const actor of world.actors) actor.die('everything is restarted');
    if (fallBack > 0 && chance.yes(fallBack)) {
      const gone = world.store.fallBack(world.wall);
      this.#fallBacks += gone > 0 ? 1 : 0;
      world.note(`the store falls back by its last second: ${gone} writes are gone`);
    }
  }

  /** Lets the world's time go on to the next thing that is to be done; not while something punctual is still to be written. */
  #moveTime(): boolean {
    const world = this.#world;
    if (!this.#town.live) {
      if (this.#script.next !== undefined) world.now = Math.max(world.now, this.#script.next);
      return false;
    }
    const next = this.#script.next;
    if (this.#story.punctual && next !== undefined && next <= world.now) return false;
    const instants = [next ?? Number.POSITIVE_INFINITY, this.#beat.done ? Number.POSITIVE_INFINITY : this.#beat.next];
    for (const actor of world.actors) if (actor.sleepsUntil > world.now) instants.push(actor.sleepsUntil);
    const due = instants.filter((at) => at > world.now && Number.isFinite(at));
    if (due.length === 0) return false;
    world.now = Math.min(...due);
    world.note(`it is ${new Date(world.now).toISOString()}`);
    return true;
  }

  // --- The verdict ---

  /** What stands on `decisions`, by id, with everything that was ever said under it. */
  #decided(): ReadonlyMap<string, readonly string[]> {
    const found = new Map<string, string[]>();
    for (const { value } of this.#world.log.records({ topic: TOPICS.decisions, partition: 0 })) {
      const text = new TextDecoder().decode(value);
      const { id } = JSON.parse(text) as WireDecision;
      const held = found.get(id);
      if (!held) found.set(id, [text]);
      else if (!held.includes(text)) held.push(text);
    }
    return found;
  }

  #difference(): string | undefined {
    const world = this.#world;
    if (world.failure) {
      const { failure } = world;
      return failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
    }
    const written = this.#written();
    return this.#strays() ?? this.#sealed() ?? compare(expected(written), this.#decided());
  }

  /** What was written into the partitions of events. */
  #written(): Written {
    const { partitions } = this.#story;
    const { log } = this.#world;
    const read = (topic: string, count: number) =>
      Array.from({ length: count }, (_, partition) => log.records({ topic, partition }).map(entryOf));
    return {
      packs: this.#town.packs,
      partitions,
      live: this.#town.live,
      service: read(TOPICS.serviceEvents, partitions.service),
      element: read(TOPICS.elementEvents, partitions.element),
    };
  }

  /** A record in another partition than its subject's is sent on to it. */
  #strays(): string | undefined {
    const { partitions } = this.#story;
    for (const [topic, count] of [
      [TOPICS.serviceEvents, partitions.service],
      [TOPICS.elementEvents, partitions.element],
    ] as const) {
      for (let partition = 0; partition < count; partition++) {
        for (const { key, value, offset } of this.#world.log.records({ topic, partition })) {
          const home = key === TICK_KEY || key === '' ? partition : partitionOf(key, count);
          if (home === partition) continue;
          const text = Buffer.from(value).toString();
          // What cannot be read is nobody's: it is refused where it lies.
          if (!text.includes('"data":{') || /no\.such\.type|1\.001/.test(text)) continue;
          const there = this.#world.log.records({ topic, partition: home });
          if (!there.some((record) => Buffer.from(record.value).equals(value)) && !this.#isRefused(text)) {
            return `the stray ${topic}[${partition}]@${offset} was not sent on to ${home}: ${text}`;
          }
        }
      }
    }
    return undefined;
  }

  #isRefused(text: string): boolean {
    const { id } = JSON.parse(text) as { id: string };
    return [...this.#decided().values()].some(([one]) => one!.includes('event.rejected') && one!.includes(`"${id}"`));
  }

  /** Whatever was refused is kept whole. */
  #sealed(): string | undefined {
    const kept = new Set(this.#world.log.records({ topic: TOPICS.rejected, partition: 0 }).map(({ key }) => key));
    const lost = [...this.#decided()].find(([id, [text]]) => text!.includes('"event.rejected"') && !kept.has(id));
    return lost && `refused, and not kept: ${lost[1][0]}`;
  }
}

function entryOf({ key, value, offset, appendedAt }: LogRecord): Entry {
  if (key !== TICK_KEY) return { text: Buffer.from(value).toString(), place: offset, writtenAt: appendedAt };
  const { tick, clock } = fromBytes(value) as Tick;
  return { tick, clock: clock ?? appendedAt };
}

/** A reader drops the copy of an id that it has seen: so no copy may say anything but what is wanted. */
function compare(
  wanted: ReadonlyMap<string, readonly WireDecision[]>,
  found: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  const problems: string[] = [];
  for (const [id, all] of wanted) {
    const texts = found.get(id);
    if (texts === undefined) problems.push(`missing:  ${brief(all[0]!)}`);
    const may = all.map((one) => JSON.stringify(one));
    for (const text of texts ?? []) {
      if (!may.includes(text)) problems.push(`wrong:    ${apart(JSON.parse(text) as WireDecision, all[0]!)}`);
    }
  }
  for (const [id, [text]] of found) if (!wanted.has(id)) problems.push(`invented: ${brief(JSON.parse(text!) as WireDecision)}`);
  if (problems.length === 0) return undefined;
  return [`${problems.length} differences`, ...problems.slice(0, SHOWN_MAX)].join('\n  ');
}

function brief({ id, type, subject, time, data }: WireDecision): string {
  const { because: _, parameters: __, ...rest } = data as Record<string, unknown>;
  return `${type} of ${String(subject)} at ${String(time)} (${id})\n      ${JSON.stringify(rest)}`;
}

/** Where two contents of one decision differ. */
function apart(found: WireDecision, wanted: WireDecision): string {
  const fields: string[] = [];
  const look = (path: string, a: unknown, b: unknown) => {
    if (JSON.stringify(a) === JSON.stringify(b)) return;
    const keys = [a, b].map((one) => (typeof one === 'object' && one !== null ? Object.keys(one) : undefined));
    if (!keys[0] || !keys[1]) fields.push(`${path}: ${JSON.stringify(a)}, wanted ${JSON.stringify(b)}`);
    else {
      const inside = (one: unknown, key: string) => (one as Record<string, unknown>)[key];
      for (const key of new Set([...keys[0], ...keys[1]])) look(path ? `${path}.${key}` : key, inside(a, key), inside(b, key));
    }
  };
  look('', found, wanted);
  return `${wanted.type} of ${String(wanted['subject'])} (${wanted.id})\n      ${fields.join('\n      ')}`;
}

/** How rough the seas are: some seeds are calm in one respect and wild in another. */
function chaosOf(chance: Chance): Chaos {
  const wild = chance.pick([0, 0.3, 1, 1, 2]);
  return {
    stop: chance.pick([0.1, 0.3, 0.6]),
    crashBefore: wild * chance.pick([0, 0.01, 0.04]),
    crashAfter: wild * chance.pick([0, 0.01, 0.04]),
    loseCall: wild * chance.pick([0, 0.01, 0.05]),
    loseReply: wild * chance.pick([0, 0.02, 0.08]),
    turnMs: chance.pick([1, 20, 100, 400]),
  };
}
