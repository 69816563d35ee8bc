/**
 * What reports on a whole network read: elements with their faults, and services with their records, from files of events or from
 * the log of an installation. Faults are derived from samples and raw alarms as the network tasks do it.
 */
import { refOf } from '../domain/detector.js';
import type { DozorEvent } from '../domain/event.js';
import { NetworkView } from '../domain/network.js';
import type { Packs } from '../domain/pack.js';
import {
  activeSpans,
  newService,
  profileAt,
  profileSpans,
  type ServiceFacts,
  type Turn,
  withProfile,
  withTurn,
} from '../domain/service.js';
import type { Served } from '../domain/service-level/network-level.js';
import { EVER, type Instant } from '../domain/units.js';
import type { Log } from '../io/log.js';
import type { Rejection } from '../runtime/decode.js';
import { Door, TransientMemory } from '../runtime/door.js';
import { NetworkLogic } from '../runtime/network-logic.js';
import { partitionOf, TICK_KEY, TOPICS } from '../runtime/topics.js';
import { linesOf } from './replay.js';
import { partitionRecords } from './report.js';

/** Turns that begin or end a service; the others leave the network as it is. */
const TURNS: Readonly<Partial<Record<DozorEvent['type'], Turn['do']>>> = {
  'service.ended': 'ended',
  'service.transferred': 'transferred',
};

export class NetworkStory {
  readonly view = new NetworkView();
  readonly #services = new Map<string, ServiceFacts>();
  readonly #waiting = new Map<string, Turn[]>();
  readonly #packs: Packs;
  readonly #refused: (rejection: Rejection) => void;
  #clock: Instant = EVER;
  #read = 0;

  constructor(packs: Packs, refused: (rejection: Rejection) => void = () => {}) {
    this.#packs = packs;
    this.#refused = refused;
  }

  /** The greatest time at which something became known. */
  get clock(): Instant {
    return this.#clock;
  }

  /** Reads events of one order: of files one after the other, or of one partition. `to` is the clock at the end. */
  async read(lines: AsyncIterable<string>, sides: 'both' | 'element' | 'service', to: Instant): Promise<void> {
    const door = new Door({ packs: this.#packs, memory: new TransientMemory() });
    const network = new NetworkLogic({ name: `report-${(this.#read += 1)}`, packs: this.#packs });
    let number = 0;
    const advance = (clock: Instant) => {
      for (const _ of network.advance(clock));
      for (const record of network.takeRecords()) this.view.apply(record);
      network.takeDecisions();
      network.dropChanges();
    };
    for await (const text of lines) {
      number += 1;
      if (text.trim() === '') continue;
      const taken = door.takeLine(text, number);
      if (taken.is === 'rejected') this.#refused(taken.rejection);
      if (taken.is !== 'event') continue;
      if (door.clock > network.now) advance(door.clock);
      if (taken.sides.element && sides !== 'service') network.hear(taken.event);
      if (taken.sides.service && sides !== 'element') this.#take(taken.event);
    }
    advance(Math.max(door.clock, to));
    for (const record of network.restOfLoad()) this.view.apply(record);
    this.#clock = Math.max(this.#clock, door.clock);
  }

  #take(event: DozorEvent): void {
    const { subject: id } = event;
    const known = { at: event.time, known: event.recordedtime, ref: refOf(event) };
    if (event.type === 'service.upserted') {
      let facts = withProfile(this.#services.get(id) ?? newService(id), { ...known, profile: event.data });
      for (const turn of this.#waiting.get(id) ?? []) facts = withTurn(facts, turn);
      this.#waiting.delete(id);
      this.#services.set(id, facts);
      return;
    }
    const kind = TURNS[event.type];
    if (!kind) return;
    const turn: Turn = { do: kind, ...known };
    const facts = this.#services.get(id);
    if (facts) this.#services.set(id, withTurn(facts, turn));
    else this.#waiting.set(id, [...(this.#waiting.get(id) ?? []), turn]);
  }

  /** An operator's services of some kinds (none given: of all), by what serves them. */
  served(operator: string, kinds: readonly string[] | undefined, at: Instant): readonly Served[] {
    const groups = new Map<
      string,
      { serving: Served['serving']; members: Map<string, { from: number; to: number; count: number }> }
    >();
    for (const facts of this.#services.values()) {
      const profile = profileAt(facts, at);
      if (profile.operator !== operator || (kinds && !kinds.includes(profile.kind))) continue;
      const serving = profileSpans(facts).flatMap(({ from, to, profile: { servedBy } }) =>
        [...(servedBy ?? [])].sort().map((element) => ({ element, from, to })),
      );
      // No text has an infinity: the beginning and the end of time are named.
      const key = serving.map(({ element, from, to }) => `${element} ${from} ${to}`).join('\n');
      let group = groups.get(key);
      if (!group) groups.set(key, (group = { serving, members: new Map() }));
      for (const { from, to } of activeSpans(facts)) {
        const alike = `${from} ${to}`;
        const { count = 0 } = group.members.get(alike) ?? {};
        group.members.set(alike, { from, to, count: count + 1 });
      }
    }
    return [...groups]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { serving, members }]) => ({ serving, members: [...members.values()] }));
  }
}

/** What files of events tell, one after the other. */
export async function storyOfFiles(
  files: readonly string[],
  packs: Packs,
  to: Instant,
  refused?: (rejection: Rejection) => void,
): Promise<NetworkStory> {
  const story = new NetworkStory(packs, refused);
  const all = async function* () {
    for (const file of files) yield* linesOf(file);
  };
  await story.read(all(), 'both', to);
  return story;
}

/** What an installation's log tells: each partition by its own order. */
export async function storyOfLog(log: Log, packs: Packs, to: Instant): Promise<NetworkStory> {
  const story = new NetworkStory(packs);
  for (const [topic, side] of [
    [TOPICS.elementEvents, 'element'],
    [TOPICS.serviceEvents, 'service'],
  ] as const) {
    const count = await log.partitions(topic);
    for (let partition = 0; partition < count; partition++) {
      const lines = async function* () {
        for await (const { key, value } of partitionRecords(log, topic, partition)) {
          if (key === TICK_KEY) continue;
          const text = Buffer.from(value).toString('utf8');
          // A record that came to a partition not its own stands in its own, too.
          const { subject } = JSON.parse(text) as { subject: string };
          if (partitionOf(subject, count) === partition) yield text;
        }
      };
      await story.read(lines(), side, to);
    }
  }
  return story;
}
