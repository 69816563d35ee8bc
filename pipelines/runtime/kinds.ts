/** The three kinds of task: what each does with its input, around the logic that a replay runs too. */

import { isAlarmAct } from '../domain/alarm.js';
import { type Decision, encodeDecision } from '../domain/decision.js';
import { type Fact, factKey, factSubject } from '../domain/fact.js';
import { type NetworkRecord, NetworkView, networkKey } from '../domain/network.js';
import { isNoticeAct, type NoticeFact, noticeFactOf } from '../domain/notice.js';
import type { FeedDelays } from '../domain/overrun-report.js';
import type { Packs } from '../domain/pack.js';
import { EVER, FOREVER, type Instant } from '../domain/units.js';
import type { LogRecord } from '../io/log.js';
import type { Store } from '../io/store.js';
import { encode as pack, decode as unpack } from './codec.js';
import { CollectorLogic, isHeard } from './collector-logic.js';
import { Refused } from './failure.js';
import { Intake, type Sealer } from './intake.js';
import { RollupSweep } from './kpi-chart.js';
import { type Frontier, NetworkFeed } from './network-feed.js';
import { NetworkLogic } from './network-logic.js';
import type { NetworkSource } from './network-source.js';
import { type Changes, ServiceLogic } from './service-logic.js';
import type { Kind, Letter, Stand, Tally } from './task.js';
import { fromBytes, type Partitions, partitionOf, TOPICS, type Told, toBytes } from './topics.js';

/** How often a service task looks for what must be on `network`, and how long between, before it says that it is not there. */
const LOOKS_MAX = 20;
const LOOK_MS = 250;

export interface KindGiven {
  /** The `network` topic, one for all tasks of the process. */
  readonly network: NetworkSource;
  readonly store: Store;
  readonly packs: Packs;
  readonly partitions: Partitions;
  readonly seal: Sealer;
  readonly live: boolean;
  /** Told of an event that a task refused after the door had let it in. */
  readonly refused?: (source: string, id: string) => void;
}

/** Faults from samples and alarms: reads `element-events[q]`, writes `network`. */
export class NetworkKind implements Kind {
  readonly input;
  readonly logic: NetworkLogic;
  readonly intake: Intake;
  readonly rollups: RollupSweep;
  readonly #partition: number;
  readonly #given: KindGiven;
  #letters: Letter[] = [];

  constructor(given: KindGiven, partition: number) {
    this.#partition = partition;
    this.#given = given;
    this.input = { topic: TOPICS.elementEvents, partition };
    const name = `network-${partition}`;
    this.logic = new NetworkLogic({ name, packs: given.packs, charts: true });
    this.rollups = new RollupSweep(given.store, name);
    this.intake = new Intake({ ...given, task: name, ...this.input, count: given.partitions.element });
  }

  restore(key: string, value: Uint8Array): void {
    this.logic.restore(key, value);
  }

  async resume(stand: Stand): Promise<void> {
    this.logic.resume(stand.clock);
  }

  prepare(records: readonly LogRecord[]): Promise<void> {
    return this.intake.prepare(records);
  }

  hear(record: LogRecord): void {
    const event = this.intake.admit(record, this.logic.now);
    // What a person did with an alarm is for the list of alarms alone, which reads the same topic.
    if (event && !isAlarmAct(event.type)) this.logic.hear(event);
  }

  async ready(): Promise<boolean> {
    return true;
  }

  clockOfOthers(): Instant {
    return FOREVER;
  }

  advance(_tick: number, to: Instant): Generator<void, void, void> {
    return this.logic.advance(to);
  }

  finish(tick: number, clock: Instant): void {
    const frontier: Frontier = { is: 'frontier', partition: this.#partition, tick, clock };
    for (const record of [...this.logic.takeRecords(), frontier]) {
      const told: Told<NetworkRecord> = { tick, told: record };
      this.#letters.push({ topic: TOPICS.network, partition: 0, key: networkKey(record), value: toBytes(told) });
    }
  }

  takeLetters(): readonly Letter[] {
    const letters = [
      ...decisionLetters(this.logic.takeDecisions(), this.#given),
      ...this.intake.takeLetters(),
      ...this.#letters,
    ];
    this.#letters = [];
    return letters;
  }

  takeChanges(): Changes {
    return merged(merged(this.logic.takeChanges(), this.intake.takeChanges()), this.rollups.takeChanges());
  }

  get changed(): number {
    return this.logic.changed + this.intake.changed + this.rollups.changed;
  }

  get samples(): NetworkLogic['samples'] {
    return this.logic.samples;
  }

  tally(): Tally {
    return { elements: this.logic.size.elements, ...this.intake.tally() };
  }

  countOn(saved: Tally): void {
    this.intake.countOn(saved);
  }
}

/** Every rule about one service: reads `service-events[p]` and all of `network`. */
export class ServiceKind implements Kind {
  readonly input;
  readonly logic: ServiceLogic;
  readonly intake: Intake;
  readonly feed: NetworkFeed;
  readonly #given: KindGiven;
  readonly #name: string;
  #letters: Letter[] = [];

  constructor(given: KindGiven, partition: number) {
    this.#given = given;
    this.#name = `service-${partition}`;
    this.input = { topic: TOPICS.serviceEvents, partition };
    const view = new NetworkView();
    const submitted = given.live ? 'when-told' : 'at-once';
    this.logic = new ServiceLogic({ name: this.#name, packs: given.packs, view, submitted });
    this.feed = new NetworkFeed({ source: given.network, view, tasks: given.partitions.element });
    this.intake = new Intake({ ...given, task: this.#name, ...this.input, count: given.partitions.service });
  }

  restore(key: string, value: Uint8Array): void {
    this.logic.restore(key, value);
  }

  async resume(stand: Stand): Promise<void> {
    this.feed.standAt(stand.tick);
    // The network as it stood at the tick that was committed: all of it was on the log then.
    for (let looks = 0; stand.tick > 0 && !(await this.feed.reach(stand.tick)); looks++) {
      // A read that gives nothing may only be late, and a broker that has just come back may not know its end yet.
      if (looks >= LOOKS_MAX && (await this.feed.ended())) {
        throw new Refused(
          `task ${this.#name} has reached tick ${stand.tick}, and the network topic ends before it: log and store do not belong together`,
        );
      }
      await this.feed.wait(LOOK_MS);
    }
    this.feed.take(stand.tick);
    this.logic.resume(stand.clock);
  }

  prepare(records: readonly LogRecord[]): Promise<void> {
    return this.intake.prepare(records);
  }

  hear(record: LogRecord): void {
    const { now } = this.logic;
    const event = this.intake.admit(record, now);
    if (!event) return;
    const fact = noticeFactOf(event);
    if (fact) this.#letters.push(noticeLetter(fact, event.subject, this.#given.partitions.decisions));
    if (isNoticeAct(event.type)) return;
    const outcome = this.logic.hear(event);
    if (outcome.is === 'rejected') {
      const { reason, field, message } = outcome;
      this.intake.refuse(event, this.intake.wireOf(record), { reason, field, message }, now);
      this.#given.refused?.(event.source, event.id);
    }
    for (const { event: kept, field, message } of this.logic.refused.splice(0)) {
      this.intake.refuse(kept, kept, { reason: 'wrong-currency', field, message }, now);
      this.#given.refused?.(kept.source, kept.id);
    }
  }

  ready(tick: number): Promise<boolean> {
    return this.feed.reach(tick);
  }

  clockOfOthers(tick: number): Instant {
    return this.feed.clockAt(tick);
  }

  advance(tick: number, to: Instant): Generator<void, void, void> {
    this.logic.networkChanged(this.feed.take(tick));
    return this.logic.advance(to);
  }

  finish(tick: number, clock: Instant): void {
    this.logic.finishTick();
    const { facts } = this.#given.partitions;
    for (const fact of this.logic.takeFacts())
      this.#letters.push(factLetter(fact, tick, partitionOf(factSubject(fact), facts)));
    const frontier: Fact = { is: 'frontier', from: this.#name, tick, clock };
    for (let r = 0; r < facts; r++) this.#letters.push(factLetter(frontier, tick, r));
  }

  takeLetters(): readonly Letter[] {
    const letters = [
      ...decisionLetters(this.logic.takeDecisions(), this.#given),
      ...this.intake.takeLetters(),
      ...this.#letters,
    ];
    this.#letters = [];
    return letters;
  }

  takeChanges(): Changes {
    return merged(this.logic.takeChanges(), this.intake.takeChanges());
  }

  get changed(): number {
    return this.logic.changed + this.intake.changed;
  }

  get delays(): FeedDelays {
    return this.logic.delays;
  }

  tally(): Tally {
    const { services, waiting, held } = this.logic.size;
    return { services, waiting, held, ...this.intake.tally() };
  }

  countOn(saved: Tally): void {
    this.intake.countOn(saved);
  }

  close(): void {
    this.feed.close();
  }
}

/**
 * What concerns more than one service: reads `facts[r]`. Its ticks are the frontiers of the service tasks; it goes on when all
 * have told the same one, so it is driven by `Task` through facts alone (see `CollectorKind.hear`).
 */
export class CollectorKind implements Kind {
  readonly input;
  readonly logic: CollectorLogic;
  readonly #given: KindGiven;
  /** How far each service task has told: the last tick that all have told, and those ahead of it. */
  readonly #frontiers = new Map<string, Stand[]>();
  #ahead: Told<Fact>[] = [];
  #aheadChanged = false;

  constructor(given: KindGiven, partition: number) {
    this.#given = given;
    this.input = { topic: TOPICS.facts, partition };
    this.logic = new CollectorLogic({ name: `collector-${partition}`, packs: given.packs });
  }

  restore(key: string, value: Uint8Array): void {
    if (key === 'ahead') {
      const held = unpack(value) as { frontiers: [string, Stand[]][]; ahead: Told<Fact>[] };
      for (const [name, frontier] of held.frontiers) this.#frontiers.set(name, frontier);
      this.#ahead = held.ahead;
    } else this.logic.restore(key, value);
  }

  async resume(): Promise<void> {
    this.logic.resume(this.reached?.clock ?? EVER);
    this.#go();
  }

  async prepare(): Promise<void> {}

  hear(record: LogRecord): void {
    const told = fromBytes(record.value) as Told<Fact>;
    const fact = told.told;
    if (fact.is === 'frontier') {
      const ticks = this.#frontiers.get(fact.from) ?? [];
      // Told again by a task that came back: nothing new. A clock that has not begun is null on the wire.
      if (fact.tick > (ticks.at(-1)?.tick ?? 0)) ticks.push({ tick: fact.tick, clock: fact.clock ?? EVER });
      this.#frontiers.set(fact.from, ticks);
      this.#go();
      this.#aheadChanged = true;
    } else if (isHeard(fact) && told.tick > (this.#frontiers.get(fact.from)?.at(-1)?.tick ?? 0)) {
      // What a task tells of a tick comes before its frontier: what comes after it was sent twice.
      this.#ahead.push(told);
      this.#aheadChanged = true;
    }
  }

  /** Goes on to the last tick that all have told, tick by tick: what is decided must not depend on how many were read at once. */
  #go(): void {
    const { reached } = this;
    if (!reached) return;
    const due = this.#ahead.filter((told) => told.tick <= reached.tick);
    this.#ahead = this.#ahead.filter((told) => told.tick > reached.tick);
    const frontiers = [...this.#frontiers.values()];
    const ticks = new Set([...due, ...frontiers.flat()].map(({ tick }) => tick));
    for (const tick of [...ticks].filter((one) => one <= reached.tick).sort((a, b) => a - b)) {
      for (const told of due) if (told.tick === tick) this.logic.hear(told.told);
      // The clock is the least of all: who passes a limit first is known when all clocks have come to that instant.
      const clock = Math.min(...frontiers.map((told) => told.findLast((one) => one.tick <= tick)?.clock ?? EVER));
      for (const _ of this.logic.advance(clock));
    }
    for (const told of frontiers)
      told.splice(
        0,
        told.findLastIndex((one) => one.tick <= reached.tick),
      );
  }

  /** The least clock that all service tasks have reached, for the page; undefined before all have told. */
  get reached(): Stand | undefined {
    if (this.#frontiers.size < this.#given.partitions.service) return undefined;
    const last = [...this.#frontiers.values()].map((told) => told[told.length - 1]!);
    return { tick: Math.min(...last.map(({ tick }) => tick)), clock: Math.min(...last.map(({ clock }) => clock)) };
  }

  async ready(): Promise<boolean> {
    return true;
  }

  clockOfOthers(): Instant {
    return FOREVER;
  }

  advance(_tick: number, to: Instant): Generator<void, void, void> {
    return this.logic.advance(to);
  }

  finish(): void {}

  takeLetters(): readonly Letter[] {
    return decisionLetters(this.logic.takeDecisions(), this.#given);
  }

  takeChanges(): Changes {
    const changes = this.logic.takeChanges();
    // Written when it is taken: a tick may bring many facts.
    if (this.#aheadChanged) changes.set('ahead', pack({ frontiers: [...this.#frontiers], ahead: this.#ahead }));
    this.#aheadChanged = false;
    return changes;
  }

  get changed(): number {
    return this.logic.changed + (this.#aheadChanged ? 1 : 0);
  }

  tally(): Tally {
    return {};
  }

  countOn(): void {}
}

function noticeLetter(fact: NoticeFact, subject: string, count: number): Letter {
  return { topic: TOPICS.notices, partition: partitionOf(subject, count), key: subject, value: toBytes(fact) };
}

function factLetter(fact: Fact, tick: number, partition: number): Letter {
  const told: Told<Fact> = { tick, told: fact };
  return { topic: TOPICS.facts, partition, key: factKey(fact), value: toBytes(told) };
}

/** Decisions as letters, with their times in the operator's zone. */
function decisionLetters(decisions: readonly Decision[], { packs, partitions }: KindGiven): readonly Letter[] {
  return decisions.map((decision) => {
    const operator = 'operator' in decision.data ? decision.data.operator : undefined;
    const zone = (operator && packs.at(operator, decision.time)?.zone) || 'UTC';
    const value = toBytes(encodeDecision(decision, zone));
    const key = decision.subject ?? '';
    return { topic: TOPICS.decisions, partition: partitionOf(key, partitions.decisions), key, value };
  });
}

function merged(a: Changes, b: Changes): Changes {
  for (const [key, value] of b) a.set(key, value);
  return a;
}

/** A task's kind by its role. */
export function makeKind(
  role: 'network' | 'service' | 'collector',
  given: KindGiven,
  partition: number,
): NetworkKind | ServiceKind | CollectorKind {
  switch (role) {
    case 'network':
      return new NetworkKind(given, partition);
    case 'service':
      return new ServiceKind(given, partition);
    case 'collector':
      return new CollectorKind(given, partition);
  }
}
