/** Who works in the simulated world: tasks with their real logic, producers, and the one writer of ticks. */
import type { Packs } from '../../pipelines/domain/pack.js';
import type { Instant } from '../../pipelines/domain/units.js';
import type { Log, LogRecord, NewRecord, TopicPartition } from '../../pipelines/io/log.js';
import type { Store } from '../../pipelines/io/store.js';
import { Door, TransientMemory } from '../../pipelines/runtime/door.js';
import type { Intake } from '../../pipelines/runtime/intake.js';
import { CollectorKind, type KindGiven, NetworkKind, ServiceKind } from '../../pipelines/runtime/kinds.js';
import { NetworkSource } from '../../pipelines/runtime/network-source.js';
import { type Kind, type Limits, Task } from '../../pipelines/runtime/task.js';
import { type Partitions, partitionOf, TICK_KEY, type Tick, TOPICS, toBytes } from '../../pipelines/runtime/topics.js';
import type { Plant } from './faults.js';
import type { Delivery, Story } from './stories.js';
import { Actor, type LogDisk, SimulatedLog, SimulatedStore, Trouble, type World } from './world.js';

export interface Town {
  readonly world: World;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly live: boolean;
  /** No tick overtakes an event that is due. */
  readonly punctual: boolean;
  readonly limits: Limits;
  readonly plant: Plant | undefined;
}

const ROLES = { network: NetworkKind, service: ServiceKind, collector: CollectorKind } as const;

/** A process that runs one task, from taking it over until it dies. */
export class TaskActor extends Actor {
  declare readonly task: string;
  readonly #town: Town;
  readonly #role: keyof typeof ROLES;
  readonly #partition: number;
  /** The log as it is, without a planted fault. */
  readonly log: Log;
  readonly #log: Log;
  readonly #store: Store;
  #running: Task | undefined;
  #kind: { readonly intake?: Intake } | undefined;
  #idleSince = -1;

  constructor(town: Town, role: keyof typeof ROLES, partition: number, life: number) {
    const task = `${role}-${partition}`;
    super(town.world, `${task}#${life}`, task);
    this.#town = town;
    this.#role = role;
    this.#partition = partition;
    const log = (this.log = new SimulatedLog(this));
    const store = new SimulatedStore(this);
    this.#log = town.plant?.log?.(log, this) ?? log;
    this.#store = town.plant?.store?.(store, this) ?? store;
  }

  /** What it reads. */
  get input(): TopicPartition {
    const topics = { network: TOPICS.elementEvents, service: TOPICS.serviceEvents, collector: TOPICS.facts };
    return { topic: topics[this.#role], partition: this.#partition };
  }

  get running(): Task | undefined {
    return this.#running;
  }

  /** The log itself, for faults that go past the outbox. */
  get straight(): Log {
    return this.#log;
  }

  get willing(): boolean {
    return this.#idleSince !== this.world.log.appended || this.world.chance.yes(0.03);
  }

  async work(): Promise<void> {
    try {
      this.#running ??= await this.#acquire();
      const progress = await this.#running.step();
      if (progress === 'lost') this.die('it belongs to another');
      this.#idleSince = progress === 'idle' ? this.world.log.appended : -1;
      if (progress === 'idle') await this.#kind?.intake?.sweep(this.world.now);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      // Some processes end when the world troubles them, others try again: a task must bear both.
      if (this.world.chance.yes(0.5)) this.die(error.message);
    }
  }

  #acquire(): Promise<Task> {
    const { packs, partitions, live, limits, plant, world } = this.#town;
    const network = new NetworkSource(this.#log);
    const given: KindGiven = { network, store: this.#store, packs, partitions, seal: (bytes) => bytes, live };
    const kind: Kind & { readonly intake?: Intake } = new ROLES[this.#role](given, this.#partition);
    this.#kind = kind;
    const env = { log: this.#log, store: this.#store, now: () => world.wall, owner: this.name, limits };
    return Task.acquire(this.task, env, plant?.kind?.(kind, this) ?? kind);
  }
}

/** One thing a producer does. */
type Act =
  | { readonly do: 'append'; readonly at: Instant; readonly to: TopicPartition; readonly record: NewRecord }
  | { readonly do: 'tick'; readonly at: Instant; readonly clock: Instant };

/** What a producer has to do, and how far it came: it outlives each process that does it. */
export class Script {
  readonly acts: readonly Act[];
  done = 0;
  ticks = 0;

  constructor(story: Story, town: Town) {
    this.acts =
      story.form === 'events' ? eventActs(story, town) : story.deliveries.flatMap((one) => appends(one, town));
  }

  /** When the next act is due. */
  get next(): Instant | undefined {
    return this.acts[this.done]?.at;
  }
}

/** The tick before the first event that moves the clock, as the door writes it, and one at the end. */
function eventActs(story: Story, town: Town): readonly Act[] {
  const acts: Act[] = [];
  const door = new Door({ packs: town.packs, memory: new TransientMemory() });
  let clock = Number.NEGATIVE_INFINITY;
  story.deliveries.forEach((delivery, i) => {
    door.takeLine(delivery.text, i + 1);
    if (door.clock > clock) {
      clock = door.clock;
      acts.push({ do: 'tick', at: delivery.at, clock });
    }
    acts.push(...appends(delivery, town));
  });
  acts.push({ do: 'tick', at: story.until, clock: Math.max(story.until, clock + 1) });
  return acts;
}

function appends(delivery: Delivery, { partitions, world }: Town): readonly Act[] {
  const record = { key: delivery.key, value: new TextEncoder().encode(delivery.text) };
  return delivery.to.map((side) => {
    const count = partitions[side];
    const home = delivery.key === '' ? world.chance.int(0, count - 1) : partitionOf(delivery.key, count);
    const partition = delivery.stray ? world.chance.int(0, count - 1) : home;
    const topic = side === 'service' ? TOPICS.serviceEvents : TOPICS.elementEvents;
    return { do: 'append' as const, at: delivery.at, to: { topic, partition }, record };
  });
}

/** Writes the story. Whatever has no answer is written again; a new process begins a little before where the last one ended. */
export class Producer extends Actor {
  readonly #script: Script;
  readonly #town: Town;
  readonly #log: Log;

  constructor(town: Town, script: Script, life: number) {
    super(town.world, `producer#${life}`);
    this.#town = town;
    this.#script = script;
    this.#log = new SimulatedLog(this);
    if (life > 1) script.done = Math.max(0, script.done - town.world.chance.int(0, 2));
  }

  get willing(): boolean {
    const { next } = this.#script;
    return next !== undefined && (!this.#town.live || next <= this.world.now);
  }

  async work(): Promise<void> {
    const script = this.#script;
    const act = script.acts[script.done]!;
    try {
      if (act.do === 'append') await this.#log.append(act.to, [act.record]);
      else {
        script.ticks += 1;
        const tick: Tick = { tick: script.ticks, clock: act.clock };
        await writeTick(this.#log, this.#town, tick);
      }
      script.done += 1;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
    }
  }
}

function tickedPartitions({ service, element }: Partitions): readonly TopicPartition[] {
  return [
    ...Array.from({ length: service }, (_, partition) => ({ topic: TOPICS.serviceEvents, partition })),
    ...Array.from({ length: element }, (_, partition) => ({ topic: TOPICS.elementEvents, partition })),
  ];
}

async function writeTick(log: Log, town: Town, tick: Tick): Promise<void> {
  const record = { key: TICK_KEY, value: toBytes(tick) };
  for (const to of town.world.chance.shuffle(tickedPartitions(town.partitions))) await log.append(to, [record]);
}

/** What the writer of ticks has to do in a live run: it outlives each process that does it. */
export class Beat {
  ticks = 0;
  next: Instant;
  readonly every: number;
  /** The last tick is due then. */
  readonly until: Instant;
  done = false;

  constructor(story: Story, first: Instant) {
    this.next = first;
    this.every = story.tickEvery;
    this.until = story.until;
  }

  /** The first tick stands in every partition before anybody begins. */
  begin(log: LogDisk, { partitions, world }: Town): void {
    this.ticks = 1;
    const value = toBytes({ tick: this.ticks, clock: null } satisfies Tick);
    for (const to of tickedPartitions(partitions)) {
      (log.records(to) as LogRecord[]).push({ offset: 0, key: TICK_KEY, value, appendedAt: world.now });
    }
  }
}

/** Writes ticks. One that comes back writes the same number again, or the next one, and leaves the other half written. */
export class TickWriter extends Actor {
  readonly #beat: Beat;
  readonly #script: Script;
  readonly #town: Town;
  readonly #log: Log;

  constructor(town: Town, beat: Beat, script: Script, life: number) {
    super(town.world, `ticker#${life}`);
    this.#town = town;
    this.#beat = beat;
    this.#script = script;
    this.#log = new SimulatedLog(this);
    if (life > 1 && beat.ticks > 1 && town.world.chance.yes(0.3)) beat.ticks -= 1;
  }

  get willing(): boolean {
    const { next } = this.#script;
    if (this.#town.punctual && next !== undefined && next <= this.world.now) return false;
    return !this.#beat.done && this.#beat.next <= this.world.now;
  }

  async work(): Promise<void> {
    const beat = this.#beat;
    const { chance } = this.world;
    beat.ticks += 1;
    const last = this.world.now > beat.until;
    try {
      await writeTick(this.#log, this.#town, { tick: beat.ticks, clock: null });
      beat.next = this.world.now + Math.round(beat.every * (0.5 + chance.number()));
      beat.done = last;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      if (chance.yes(0.3)) beat.ticks -= 1;
    }
  }
}
