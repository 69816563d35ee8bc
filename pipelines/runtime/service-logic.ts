/**
 * What a service task knows and how it moves: services with their facts, the network as they feel it, timers. Synchronous and
 * free of logs and stores, so that a replay, a test, the simulator and the live task run the same code.
 *
 * Faults are never pushed to services. Services that are served by the same elements and have no history of their own form a
 * group; outages are worked out once for the group, and its members are looked at only when the group passes a limit, or when
 * what is known of an outage past a limit changes. A service with a history of its own is a group of one.
 *
 * The file is long because groups, members and timers are one mechanism.
 */

import { createHash } from 'node:crypto';
import { noticeOf } from '../detectors/notices.js';
import { outagesFrom, taleOf } from '../detectors/outage.js';
import { viewerInstants } from '../detectors/platform-fault.js';
import { dayNumber } from '../domain/calendar.js';
import { type Decision, type Draft, decide } from '../domain/decision.js';
import type { Effect, Given, Heard } from '../domain/detector.js';
import { refOf } from '../domain/detector.js';
import type { DozorEvent } from '../domain/event.js';
import type { Fact, OpenOutage } from '../domain/fact.js';
import { type Fault, faultName } from '../domain/fault.js';
import { contains, union } from '../domain/intervals.js';
import { decimalsOf } from '../domain/money.js';
import type { NetworkView } from '../domain/network.js';
import {
  ALWAYS,
  type DownPart,
  EVERY_FAULT,
  lineParts,
  networkParts,
  type Outage,
  rootOf,
  type Serving,
} from '../domain/outage.js';
import { FeedDelays } from '../domain/overrun-report.js';
import type { OutageRules, Packs } from '../domain/pack.js';
import {
  activeSpans,
  billingOf,
  lineFaults,
  newService,
  parkedSpans,
  profileAt,
  profileSpans,
  type ServiceFacts,
  suspendedSpans,
  withLineFault,
  withProfile,
  withTurn,
} from '../domain/service.js';
import { technologiesOf } from '../domain/service-level/network-level.js';
import { assertNever, EVER, FOREVER, type Instant } from '../domain/units.js';
import { NO_USAGE, UsageBook } from '../domain/usage/book.js';
import { rateBook } from '../domain/usage/rating.js';
import { takeUsage, type UsageEvent } from '../domain/usage/taking.js';
import { type AnyDetector, SERVICE_DETECTORS, USAGE_DETECTORS } from '../topology.js';
import { encode as pack, decode as unpack } from './codec.js';
import { foreignMoney } from './decode.js';
import { faultFact } from './fault-fact.js';
import { Timers } from './heap.js';
import { type Held, working } from './held.js';
import { LevelTelling, type StandingGroup } from './level-telling.js';
import { ServiceCell } from './service-cell.js';
import { type Keep, Telling } from './telling.js';

/** What became of an event. */
export type Outcome =
  | { readonly is: 'taken' }
  /** The subject is not known yet: kept until its upsert comes. */
  | { readonly is: 'waiting' }
  | { readonly is: 'rejected'; readonly reason: 'wrong-currency'; readonly field: string; readonly message: string };

type Service = ServiceCell<Group>;

interface Group {
  readonly key: string;
  readonly operator: string;
  readonly serving: readonly Serving[];
  /** The one member with a history of its own, for a group of one. */
  readonly alone: boolean;
  readonly members: Set<string>;
  /** Since when its youngest member is active. */
  youngest: Instant;
  touched: boolean;
  /** How often something about it or its members became known. */
  touches: number;
  next: Instant | undefined;
  outages: readonly Outage[];
  /** The members that became active while the group was out, with the outages that are theirs. */
  young: ReadonlyMap<string, readonly Outage[]>;
  parts: Map<OutageRules, readonly DownPart[]>;
  /** What its members last saw of outages that passed a limit, and which marks were told. */
  seen: string;
  told: readonly string[];
  saved: string;
}

/** Everything the store is asked to hold, by key; undefined means: remove. */
export type Changes = Map<string, Uint8Array | undefined>;

/** What changed and is written down only when it is taken: a key that changes often is written once. */
export type LazyChanges = Map<string, (() => unknown) | undefined>;

export function written(changes: LazyChanges): Changes {
  return new Map(
    [...changes].map(([key, make]) => {
      const value = make?.();
      return [key, value === undefined || value instanceof Uint8Array ? value : pack(value)];
    }),
  );
}

/** How many services a task holds open: what is folded is opened again in some microseconds. */
const OPEN_MAX = 4_096;
const ALL_DETECTORS = [...SERVICE_DETECTORS, ...USAGE_DETECTORS];
/** Without one of these an operator's records of use decide nothing, and are not held. */
const USAGE_RULES = [...new Set(USAGE_DETECTORS.flatMap(({ reads }) => reads))];

export class ServiceLogic {
  readonly name: string;
  readonly #packs: Packs;
  readonly #view: NetworkView;
  readonly #submitted: Given['submitted'];
  readonly #services = new Map<string, Service>();
  readonly #waiting = new Map<string, DozorEvent[]>();
  /** Services that made the program fail, and what came for them since. */
  readonly #held = new Map<string, Held>();
  readonly #queued = new Map<string, DozorEvent[]>();
  /** Held, and not told: the clock has not begun, or stands where it stood. */
  readonly #unannounced = new Map<string, Held>();
  readonly #groups = new Map<string, Group>();
  readonly #groupsOf = new Map<string, Set<Group>>();
  readonly #telling: Telling;
  readonly #levels: LevelTelling;
  readonly #timers = new Timers();
  readonly #dirty = new Set<string>();
  readonly #touched = new Set<Group>();
  #changes: LazyChanges = new Map();
  #decisions: Decision[] = [];
  #now: Instant = EVER;

  constructor(given: {
    readonly name: string;
    readonly packs: Packs;
    readonly view: NetworkView;
    /** Whether a notice counts as submitted once it is requested: nobody tells a replay. */
    readonly submitted?: Given['submitted'];
  }) {
    this.#submitted = given.submitted ?? 'when-told';
    this.name = given.name;
    this.#packs = given.packs;
    this.#view = given.view;
    const keep: Keep = (key, make) => this.#changes.set(key, make);
    this.#telling = new Telling({ from: given.name, keep });
    this.#levels = new LevelTelling({ from: given.name, packs: given.packs, view: given.view, keep });
  }

  /** What the clock says: every timer due at or before it has rung. */
  get now(): Instant {
    return this.#now;
  }

  get size(): { readonly services: number; readonly groups: number; readonly waiting: number; readonly held: number } {
    let waiting = 0;
    for (const [subject, events] of this.#waiting) if (!this.#view.knows(subject)) waiting += events.length;
    return { services: this.#services.size, groups: this.#groups.size, waiting, held: this.#held.size };
  }

  // --- What it hears ---

  /** Takes an event of a service in. Decisions follow when the clock moves. */
  hear(event: DozorEvent): Outcome {
    if (this.#held.has(event.subject)) {
      const queued = this.#queued.get(event.subject) ?? [];
      queued.push(event);
      this.#queued.set(event.subject, queued);
      this.#changes.set(`q/${event.subject}`, () => queued);
      return { is: 'waiting' };
    }
    return working(event.subject, () => this.#hear(event));
  }

  #hear(event: DozorEvent): Outcome {
    const service = this.#services.get(event.subject);
    if (event.type !== 'service.upserted' && !service) {
      // An element's fault is offered to both sides; the network knows the element, so it is not a service's.
      if (this.#view.knows(event.subject)) return { is: 'taken' };
      const waiting = this.#waiting.get(event.subject) ?? [];
      waiting.push(event);
      this.#waiting.set(event.subject, waiting);
      this.#changes.set(`w/${event.subject}`, () => waiting);
      return { is: 'waiting' };
    }
    if (service && !service.isOpen) this.#opened.add(service);
    const operator =
      event.type === 'service.upserted' ? event.data.operator : profileAt(service!.facts, event.time).operator;
    const wrong = foreignMoney(event.type, event.data, this.#packs.at(operator, event.time)!.currency);
    if (wrong) return { is: 'rejected', reason: 'wrong-currency', field: wrong.field, message: wrong.message };
    this.#take(event, service);
    return { is: 'taken' };
  }

  /** Events that were kept for a service until its upsert came, and turned out bad then. */
  readonly refused: { event: DozorEvent; field: string; message: string }[] = [];

  #take(event: DozorEvent, known: Service | undefined): void {
    if (event.type === 'service.upserted') {
      const version = { at: event.time, known: event.recordedtime, ref: refOf(event), profile: event.data };
      const facts = withProfile(known?.facts ?? newService(event.subject), version);
      if (known) {
        this.#learn(known, facts);
        // Its tariff and its billing day may be others than what was rated by.
        if (known.usage?.hasUnpriced) this.#rateServiceAnew(known, known.usage);
        return;
      }
      const group = this.#groupFor(facts);
      const service: Service = ServiceCell.begin(facts);
      service.group = group;
      this.#services.set(service.id, service);
      this.#join(service, group);
      this.#soil(service);
      this.#unwait(service);
      return;
    }
    const service = known!;
    const at = { at: event.time, known: event.recordedtime, ref: refOf(event) };
    switch (event.type) {
      case 'service.ended':
        this.#learn(service, withTurn(service.facts, { do: 'ended', ...at }));
        break;
      case 'service.parked':
        this.#learn(service, withTurn(service.facts, { do: 'parked', ...at }));
        break;
      case 'service.unparked':
        this.#learn(service, withTurn(service.facts, { do: 'unparked', ...at }));
        break;
      case 'service.suspended':
        this.#learn(service, withTurn(service.facts, { do: 'suspended', ...at }));
        break;
      case 'service.resumed':
        this.#learn(service, withTurn(service.facts, { do: 'resumed', ...at }));
        break;
      case 'service.transferred': {
        const holder = event.data.customerId === undefined ? {} : { customerId: event.data.customerId };
        this.#learn(service, withTurn(service.facts, { do: 'transferred', ...at, ...holder }));
        break;
      }
      case 'fault.opened':
      case 'fault.updated':
      case 'fault.cleared':
        this.#learn(service, withLineFault(service.facts, event.data.faultId, faultFact(event)));
        break;
      case 'usage.recorded':
      case 'usage.cancelled':
      case 'presence.observed':
      case 'history.imported':
      case 'bill.paid':
        this.#use(service, event);
        break;
      default:
        this.#tellDetectors(service, event);
    }
  }

  /** How long records took from the use until they were known, since this task was opened. */
  readonly delays = new FeedDelays();

  /** Takes in what a service used or paid. */
  #use(service: Service, event: UsageEvent): void {
    const pack = this.#packs.at(profileAt(service.facts, event.time).operator, event.time)!;
    if (event.type === 'usage.recorded') {
      this.delays.add(pack.operator, event.data.feed ?? 'none', event.recordedtime - event.time);
    }
    if (!USAGE_RULES.some((rule) => pack.rules[rule])) return;
    const book = (service.usage ??= new UsageBook());
    // What is taken off is taken off what is owed by then: the records before it must have their charges.
    if (book.unrated.size > 0 && mayLower(event)) this.#rate(service, book, event.time);
    takeUsage(book, event, pack);
    this.#soilUsage(service);
  }

  #soilUsage(service: Service): void {
    service.usageDirty = true;
    this.#dirty.add(service.id);
    this.#save(service);
  }

  #tellDetectors(service: Service, event: DozorEvent): void {
    let heardBy = false;
    for (const detector of ALL_DETECTORS) {
      if (!detector.hears.includes(event.type)) continue;
      heardBy = true;
      const heard: Heard = { is: 'event', event, now: this.#now };
      const [state, effects] = detector.step(stateOf(service, detector), heard, this.#givenFor(service));
      service.states.set(detector.name, state);
      this.#carryOut(service, effects, 'due');
    }
    if (heardBy) this.#soil(service);
  }

  #unwait(service: Service): void {
    const waiting = this.#waiting.get(service.id);
    if (!waiting) return;
    this.#waiting.delete(service.id);
    this.#changes.set(`w/${service.id}`, undefined);
    for (const event of waiting) {
      const outcome = this.hear(event);
      if (outcome.is === 'rejected') this.refused.push({ event, field: outcome.field, message: outcome.message });
    }
  }

  #learn(service: Service, facts: ServiceFacts): void {
    if (facts === service.facts) return;
    service.facts = facts;
    const group = this.#groupFor(facts);
    if (group !== service.group || group.alone) {
      this.#leave(service);
      this.#join(service, this.#groupFor(facts));
    }
    this.#soil(service);
  }

  #soil(service: Service): void {
    service.dirty = true;
    this.#dirty.add(service.id);
    this.#save(service);
  }

  // --- Groups ---

  #groupFor(facts: ServiceFacts): Group {
    const [first] = facts.versions;
    const plain = facts.versions.length === 1 && facts.turns.length === 0 && Object.keys(facts.faults).length === 0;
    const { operator, servedBy } = first!.profile;
    const key = plain ? `${operator} ${[...(servedBy ?? [])].sort().join(' ')}` : `= ${facts.id}`;
    const serving = profileSpans(facts).flatMap(({ from, to, profile }) =>
      // In one order, whoever of the group came first: reasons are named in the order of the faults.
      [...(profile.servedBy ?? [])].sort().map((element) => ({ element, from, to })),
    );
    let group = this.#groups.get(key);
    if (group && (plain || sameServing(group.serving, serving))) return group;
    const held = group;
    group = {
      key,
      operator: operator,
      serving,
      alone: !plain,
      members: held?.members ?? new Set(),
      youngest: held?.youngest ?? EVER,
      touched: true,
      touches: 0,
      next: undefined,
      outages: [],
      young: new Map(),
      parts: new Map(),
      seen: held?.seen ?? '',
      told: held?.told ?? [],
      saved: held?.saved ?? '',
    };
    if (held) this.#forget(held);
    this.#groups.set(key, group);
    for (const element of new Set(serving.map((one) => one.element))) {
      let groups = this.#groupsOf.get(element);
      if (!groups) this.#groupsOf.set(element, (groups = new Set()));
      groups.add(group);
    }
    this.#touched.add(group);
    return group;
  }

  #join(service: Service, group: Group): void {
    service.group = group;
    group.members.add(service.id);
    group.youngest = Math.max(group.youngest, service.since);
    // A limit that was passed by nobody may have been passed by this one; and the page counts it.
    this.#touch(group);
  }

  #leave(service: Service): void {
    const { group } = service;
    group.members.delete(service.id);
    if (this.#groups.get(group.key) !== group) return;
    if (group.members.size > 0) {
      this.#touch(group);
      return;
    }
    // A group of one that is taken anew keeps what it told.
    if (!group.alone) {
      this.#forget(group);
      if (group.saved) this.#changes.set(`g/${group.key}`, undefined);
      this.#show(group, []);
    }
  }

  #forget(group: Group): void {
    this.#groups.delete(group.key);
    this.#touched.delete(group);
    for (const { element } of group.serving) this.#groupsOf.get(element)?.delete(group);
  }

  #touch(group: Group): void {
    group.touched = true;
    group.touches += 1;
    this.#touched.add(group);
  }

  /** Says that something about these changed: faults, works or parents of elements, or tariffs. The view holds it already. */
  networkChanged(names: Iterable<string>): void {
    const all = new Set<string>();
    let tariffs = false;
    for (const name of names) {
      if (this.#view.hasTariff(name)) tariffs = true;
      else for (const below of this.#view.below(name)) all.add(below);
    }
    for (const element of all) for (const group of this.#groupsOf.get(element) ?? []) this.#touch(group);
    if (tariffs) this.#rateAnew();
  }

  /** Tariffs seldom change: all services with records that one rates are looked at. */
  #rateAnew(): void {
    for (const service of this.#services.values()) {
      if (!service.hasUnpriced) continue;
      this.#rateServiceAnew(service, service.usage!);
      this.#soilUsage(service);
    }
  }

  #rateServiceAnew(service: Service, book: UsageBook): void {
    const { zone } = this.#packs.at(profileAt(service.facts, FOREVER).operator, this.#now)!;
    book.rateAnew(this.#now === EVER ? EVER : dayNumber(this.#now, zone));
  }

  // --- Time ---

  /**
   * Moves the clock: first what became known is judged as of the clock, then every timer up to `to` rings in order. It yields
   * now and then, so that the caller can save what has changed so far.
   */
  *advance(to: Instant): Generator<void, void, void> {
    const known = this.#now;
    yield* this.#settle(known);
    for (let entry = this.#timers.take(to); entry; entry = this.#timers.take(to)) {
      const id = entry.key.slice(2);
      if (entry.key.startsWith('g:')) {
        const group = this.#groups.get(id);
        if (group?.next !== entry.at) continue;
        this.#now = Math.max(this.#now, entry.at);
        group.next = undefined;
        this.#judge(group, entry.at);
        yield* this.#settle(entry.at);
      } else {
        const service = this.#services.get(id);
        if (!service || (service.due !== entry.at && service.usageDue !== entry.at)) continue;
        this.#now = Math.max(this.#now, entry.at);
        this.#evaluate(service, entry.at);
        yield;
      }
    }
    this.#now = Math.max(this.#now, to);
    yield* this.#levels.look(known, this.#now, () => this.#standing());
    this.#telling.publish(known, this.#now);
  }

  *#settle(at: Instant): Generator<void, void, void> {
    // Before the clock begins nothing can be due.
    if (at === EVER) return;
    for (const [id, held] of this.#unannounced) this.#leaveOut(id, held);
    this.#unannounced.clear();
    for (const group of [...this.#touched].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      this.#touched.delete(group);
      if (this.#groups.get(group.key) === group) this.#judge(group, at);
    }
    for (const id of [...this.#dirty].sort()) {
      this.#dirty.delete(id);
      const service = this.#services.get(id);
      if (!service?.dirty && !service?.usageDirty) continue;
      this.#evaluate(service, at);
      yield;
    }
  }

  /** Works out a group's outages as of an instant, tells the marks, and has its members looked at where they must be. */
  #judge(group: Group, at: Instant): void {
    const [only] = group.alone ? group.members : [];
    if (only === undefined) this.#judgeAll(group, at);
    else if (!this.#held.has(only)) working(only, () => this.#judgeAll(group, at));
  }

  #judgeAll(group: Group, at: Instant): void {
    if (group.touched) {
      group.parts = new Map();
      group.outages = this.#outagesOf(group);
      group.young = this.#youngOf(group);
      group.touched = false;
    }
    let next = FOREVER;
    const passed: Outage[] = [];
    const told = new Set(group.told);
    const look = (outages: readonly Outage[], member?: string) => {
      for (const outage of outages) {
        const first = Math.min(outage.overdueAt ?? FOREVER, outage.confirmedAt ?? FOREVER);
        if (first <= at) passed.push(outage);
        else next = Math.min(next, first);
        // The page shows it from its beginning to its certain end, and how it stands.
        const turn = outage.segments.find((segment) => segment.from > at)?.from ?? outage.endKnown;
        if (turn > at) next = Math.min(next, turn);
        for (const mark of outage.marks) {
          if (mark.at > at) next = Math.min(next, mark.at);
          else this.#mark(group, outage, mark, at, told, member);
        }
      }
    };
    look(group.outages);
    for (const [member, outages] of group.young) look(outages, member);
    const viewers: string[] = [];
    for (const { at: due, part } of this.#viewerInstants(group)) {
      if (due <= at) viewers.push(`${faultName(part.fault)} ${due}`);
      else if (part.to > due) next = Math.min(next, due);
    }
    const seen = passed.length + viewers.length === 0 ? '' : digest([passed.map(shapeOf), viewers]);
    if (seen !== group.seen) {
      group.seen = seen;
      for (const id of group.members) {
        const service = this.#services.get(id)!;
        service.dirty = true;
        this.#dirty.add(id);
      }
    }
    group.told = [...told];
    group.next = next === FOREVER ? undefined : next;
    if (group.next !== undefined) this.#timers.add(group.next, `g:${group.key}`);
    this.#saveGroup(group);
    this.#show(group, this.#openOutages(group, at));
  }

  #outagesOf(group: Group): readonly Outage[] {
    const pack = (at: Instant) => this.#packs.at(group.operator, at)!;
    if (!group.alone) return outagesFrom((rules) => this.#partsOf(group, rules), pack, ALWAYS);
    const facts = this.#memberFacts(group);
    if (!facts) return [];
    return this.#outagesOfMember(group, facts);
  }

  /**
   * Who became active while the others were out has been out since then only: its clock began later, and of a long pause it
   * has seen less. Such members are worked out one by one.
   */
  #youngOf(group: Group): ReadonlyMap<string, readonly Outage[]> {
    const young = new Map<string, readonly Outage[]>();
    const [begins] = group.outages;
    if (group.alone || !begins || group.youngest <= begins.from) return young;
    const { minRestoration } = this.#packs.at(group.operator, begins.from)!.rules.outage!;
    const [parts = []] = group.parts.values();
    const down = union(parts.map(({ from, to }) => ({ from, to: to + minRestoration })));
    for (const id of group.members) {
      const { since } = this.#services.get(id)!;
      if (down.some((span) => span.from < since && since < span.to)) {
        young.set(id, this.#outagesOfMember(group, this.#factsOf(id)));
      }
    }
    return young;
  }

  #outagesOfMember(group: Group, facts: ServiceFacts): readonly Outage[] {
    const pack = (at: Instant) => this.#packs.at(group.operator, at)!;
    const own = lineFaults(facts);
    return outagesFrom((rules) => [...this.#partsOf(group, rules), ...lineParts(own, rules)], pack, {
      active: activeSpans(facts),
      parked: parkedSpans(facts),
      suspended: suspendedSpans(facts),
    });
  }

  #memberFacts(group: Group): ServiceFacts | undefined {
    for (const id of group.members) return this.#factsOf(id);
    return undefined;
  }

  #partsOf(group: Group, rules: OutageRules): readonly DownPart[] {
    let parts = group.parts.get(rules);
    if (!parts) {
      // Of one instant in the order in which they were heard of: in which order the network told them says nothing.
      const felt = [...networkParts(group.serving, this.#view, rules)];
      felt.sort((a, b) => a.from - b.from || asHeard(a.fault, b.fault));
      group.parts.set(rules, (parts = felt));
    }
    return parts;
  }

  #viewerInstants(group: Group): ReturnType<typeof viewerInstants> {
    const pack = (at: Instant) => this.#packs.at(group.operator, at)!;
    if (!pack(FOREVER).rules.platformFault) return [];
    return viewerInstants(this.#partsOf(group, EVERY_FAULT), pack);
  }

  /** Tells that an incident's clock has come to a mark, for a member with a clock of its own, or for all the others. */
  #mark(
    group: Group,
    outage: Outage,
    mark: { after: number; at: Instant },
    now: Instant,
    told: Set<string>,
    member: string | undefined,
  ): void {
    const tale = taleOf(
      'mark',
      outage,
      mark.at,
      mark.after,
      { pack: (at) => this.#packs.at(group.operator, at)! },
      now,
    );
    const name = `${tale.incident} ${mark.after}${member === undefined ? '' : ` ${member}`}`;
    if (told.has(name)) return;
    let services = 0;
    for (const id of member === undefined ? group.members : [member]) {
      if (member === undefined && group.young.has(id)) continue;
      if (contains(activeSpans(this.#factsOf(id)), mark.at)) services += 1;
    }
    if (services === 0) return;
    told.add(name);
    this.#telling.tell(tale, member ?? group.key, services, now);
  }

  #openOutages(group: Group, at: Instant): readonly OpenOutage[] {
    return group.outages
      .filter((outage) => outage.from <= at && outage.endKnown > at)
      .map((outage) => {
        const last = outage.segments.findLast((segment) => segment.from <= at) ?? outage.segments[0]!;
        return {
          // So far as is known: what is open now weighs more than all that is over.
          incident: faultName(rootOf(outage, FOREVER)),
          from: outage.from,
          counts: last.is === 'counted',
          reasons: [...new Set(last.parts.map((part) => part.reason || part.responsibility))],
          overdueAt: outage.overdueAt ?? null,
          confirmedAt: outage.confirmedAt ?? null,
        };
      });
  }

  #show(group: Group, open: readonly OpenOutage[]): void {
    this.#telling.show(group.key, group.operator, group.members.size, open);
  }

  /** All services by what serves them: what the levels of a whole network are worked out from. */
  *#standing(): Generator<StandingGroup, void, void> {
    for (const group of this.#groups.values()) {
      const { operator, serving, members, touches } = group;
      yield { of: group, operator, serving, members: this.#opening(members), touches };
    }
  }

  *#opening(members: Iterable<string>): Generator<ServiceFacts, void, void> {
    for (const id of members) {
      yield this.#factsOf(id);
      this.#foldSome();
    }
  }

  // --- One service ---

  #evaluate(service: Service, at: Instant): void {
    if (!this.#held.has(service.id)) working(service.id, () => this.#workOut(service, at));
  }

  #workOut(service: Service, at: Instant): void {
    // After a crash in the middle of a tick: it was looked at already, with all that is known now.
    if (service.at > at) {
      service.dirty = false;
      service.usageDirty = false;
      this.#save(service);
      return;
    }
    service.at = at;
    const given = this.#givenFor(service);
    // What concerns all of a service concerns its use too.
    const all = service.dirty || (service.due !== undefined && service.due <= at);
    const use = service.dirty || service.usageDirty || (service.usageDue !== undefined && service.usageDue <= at);
    if (all) {
      service.dirty = false;
      service.due = undefined;
      this.#ask(SERVICE_DETECTORS, service, given, at, 'due');
    }
    if (use) {
      service.usageDirty = false;
      service.usageDue = undefined;
      if (service.usage) {
        service.usage.forget(dayNumber(at, given.pack(at).zone));
        if (service.usage.unrated.size > 0) this.#rate(service, service.usage, at);
      }
      this.#ask(USAGE_DETECTORS, service, given, at, 'usageDue');
      service.usage?.looked();
    }
    this.#save(service);
  }

  #ask(detectors: readonly AnyDetector[], service: Service, given: Given, at: Instant, due: 'due' | 'usageDue'): void {
    for (const detector of detectors) {
      const [state, effects] = detector.step(stateOf(service, detector), { is: 'tick', now: at }, given);
      // What has come back to its beginning must not stay as it was before.
      if (state === detector.start) service.states.delete(detector.name);
      else service.states.set(detector.name, state);
      this.#carryOut(service, effects, due);
    }
    if (service[due] !== undefined) this.#timers.add(service[due], `s:${service.id}`);
  }

  /** What the tariffs make of the records that came without a charge. */
  #rate(service: Service, book: UsageBook, at: Instant): void {
    const { facts } = service;
    const { zone, currency } = this.#packs.at(profileAt(facts, at).operator, at)!;
    rateBook(book, {
      tariffAt: (start) => {
        const { tariffId } = profileAt(facts, start);
        return tariffId === undefined ? undefined : this.#view.tariff(tariffId, start);
      },
      zone,
      currency,
      billing: billingOf(facts),
      minorPerMajor: 10 ** decimalsOf(currency)!,
    });
  }

  #givenFor(service: Service): Given {
    const { facts, group } = service;
    return {
      facts,
      pack: (at) => this.#packs.at(profileAt(facts, at).operator, at)!,
      parts: (rules) => this.#partsOf(group, rules),
      usage: service.usage ?? NO_USAGE,
      tariff: (at) => {
        const { tariffId } = profileAt(facts, at);
        return tariffId === undefined ? undefined : this.#view.tariff(tariffId, at);
      },
      technologies: (at) => technologiesOf(profileAt(facts, at).servedBy ?? [], this.#view, at),
      submitted: this.#submitted,
    };
  }

  #carryOut(service: Service, effects: readonly Effect[], due: 'due' | 'usageDue'): void {
    for (const effect of effects) {
      switch (effect.do) {
        case 'decide':
          this.#decide(service, effect.draft);
          break;
        case 'wake':
          if (effect.at < (service[due] ?? FOREVER)) service[due] = effect.at;
          break;
        case 'tell':
          this.#telling.tell(effect.tale, service.id, 1, this.#now);
          break;
        default:
          assertNever(effect);
      }
    }
  }

  #decide(service: Service, draft: Draft): void {
    this.#decisions.push(decide(draft) as Decision);
    const profile = profileAt(service.facts, draft.time);
    const notice = noticeOf(draft, profile, this.#packs.at(profile.operator, draft.time)!);
    if (notice) this.#decisions.push(decide(notice));
  }

  // --- What leaves it ---

  takeDecisions(): readonly Decision[] {
    const decisions = this.#decisions;
    this.#decisions = [];
    return decisions;
  }

  takeFacts(): readonly Fact[] {
    return [...this.#telling.takeFacts(), ...this.#levels.takeFacts()];
  }

  takeChanges(): Changes {
    const changes = written(this.#changes);
    this.#changes = new Map();
    this.#foldSome();
    return changes;
  }

  /** For who keeps nothing: a replay. */
  dropChanges(): void {
    this.#changes.clear();
    this.#foldSome();
  }

  #factsOf(id: string): ServiceFacts {
    const service = this.#services.get(id)!;
    if (!service.isOpen) this.#opened.add(service);
    return service.facts;
  }

  /** Services that may be open, in the order in which they were opened. */
  readonly #opened = new Set<Service>();

  /** Folds those that were opened first, when many are. */
  #foldSome(): void {
    if (this.#opened.size <= OPEN_MAX) return;
    for (const service of this.#opened) {
      if (this.#opened.size <= OPEN_MAX / 2) break;
      this.#opened.delete(service);
      service.fold();
    }
  }

  get changed(): number {
    return this.#changes.size;
  }

  #save(service: Service): void {
    service.changed();
    this.#opened.add(service);
    this.#changes.set(`s/${service.id}`, () => service.toBytes(service.group.alone ? null : service.group.key));
    for (const [day, chunk] of service.usage?.takeDays() ?? []) {
      const key = `u/${day}/${service.id}`;
      this.#changes.set(key, chunk === undefined ? undefined : () => Buffer.from(chunk, 'latin1'));
    }
  }

  #saveGroup(group: Group): void {
    const text = group.seen === '' && group.told.length === 0 ? '' : JSON.stringify([group.seen, group.told]);
    if (text === group.saved) return;
    group.saved = text;
    const { seen, told } = group;
    this.#pendingGroups.set(group.key, text === '' ? undefined : () => ({ seen, told }));
  }

  /** What groups saw is saved only when all their members have been looked at: at the end of a tick. */
  readonly #pendingGroups: LazyChanges = new Map();

  /** Ends a tick: everything that followed from it stands in the changes now. */
  finishTick(): void {
    for (const [key, value] of this.#pendingGroups) this.#changes.set(`g/${key}`, value);
    this.#pendingGroups.clear();
  }

  // --- Coming back ---

  /** Takes back what the store held. Call `resume` when all is in. */
  restore(key: string, value: Uint8Array): void {
    if (this.#telling.restore(key, value) || this.#levels.restore(key, value)) return;
    const id = key.slice(2);
    switch (key.slice(0, 2)) {
      case 's/': {
        const { cell: service, group } = ServiceCell.fromBytes<Group>(id, value);
        service.group = (group !== null && this.#groups.get(group)) || this.#groupFor(service.facts);
        this.#services.set(id, service);
        this.#join(service, service.group);
        if (service.isOpen) this.#opened.add(service);
        if (service.due !== undefined) this.#timers.add(service.due, `s:${id}`);
        if (service.usageDue !== undefined) this.#timers.add(service.usageDue, `s:${id}`);
        if (service.dirty || service.usageDirty) this.#dirty.add(id);
        break;
      }
      case 'u/': {
        const cut = id.indexOf('/');
        const chunk = Buffer.from(value).toString('latin1');
        this.#restoredDays.push([id.slice(cut + 1), Number(id.slice(0, cut)), chunk]);
        break;
      }
      case 'w/':
        this.#waiting.set(id, unpack(value) as DozorEvent[]);
        break;
      case 'g/':
        this.#restored.set(id, unpack(value) as { seen: string; told: string[] });
        break;
      case 'h/':
        this.#held.set(id, unpack(value) as Held);
        break;
      case 'q/':
        this.#queued.set(id, unpack(value) as DozorEvent[]);
        break;
      default:
        throw new Error(`a service task does not know the key ${key}`);
    }
  }

  readonly #restored = new Map<string, { seen: string; told: string[] }>();
  readonly #restoredDays: (readonly [service: string, day: number, chunk: string])[] = [];

  /** Stands again where the store left it: with the network as of the same tick in the view, at the same clock. */
  resume(now: Instant): void {
    this.#now = now;
    for (const group of this.#groups.values()) {
      const held = this.#restored.get(group.key);
      if (held) {
        group.seen = held.seen;
        group.told = held.told;
        group.saved = JSON.stringify([held.seen, held.told]);
      }
      this.#touch(group);
    }
    this.#restored.clear();
    for (const [id, day, chunk] of this.#restoredDays.splice(0)) {
      this.#services.get(id)?.restoreDay(day, chunk);
    }
    this.#foldSome();
    for (const [id, held] of [...this.#held].sort()) {
      if (held.retry) this.#letThrough(id);
      else if (held.since === null) this.#unannounced.set(id, held);
    }
  }

  /** A service that is held from now on: people must know. */
  #leaveOut(id: string, held: Held): void {
    const known = { ...held, since: this.#now };
    this.#held.set(id, known);
    this.#changes.set(`h/${id}`, () => known);
    this.#decisions.push(decide(this.#heldAlarm(id, 'critical', held.why)) as Decision);
  }

  #letThrough(id: string): void {
    const { why } = this.#held.get(id)!;
    this.#held.delete(id);
    this.#changes.set(`h/${id}`, undefined);
    const queued = this.#queued.get(id) ?? [];
    this.#queued.delete(id);
    this.#changes.set(`q/${id}`, undefined);
    this.#decisions.push(decide(this.#heldAlarm(id, 'cleared', why)) as Decision);
    for (const event of queued) this.hear(event);
    const service = this.#services.get(id);
    if (service) this.#soil(service);
    if (service?.group.alone) this.#touch(service.group);
  }

  #heldAlarm(
    id: string,
    severity: 'critical' | 'cleared',
    why: string,
  ): Draft<'alarm.raised'> | Draft<'alarm.cleared'> {
    const service = this.#services.get(id);
    const data = {
      operator: service ? profileAt(service.facts, FOREVER).operator : 'unknown',
      clause: 'Dozor',
      because: { failure: why, task: this.name },
      alarmId: `held:${id}`,
      episode: 1,
      perceivedSeverity: severity,
      probableCause: 'softwareError',
      specificProblem: 'the service is held: its records queue and nothing is decided for it',
    };
    const type = severity === 'cleared' ? 'alarm.cleared' : 'alarm.raised';
    return { type, subject: id, time: this.#now, data };
  }
}

function stateOf(service: Service, detector: { readonly name: string; readonly start: unknown }): unknown {
  return service.states.get(detector.name) ?? detector.start;
}

/** Whether an event may make what is owed less. */
function mayLower(event: UsageEvent): boolean {
  if (event.type === 'usage.recorded') return event.data.feed === 'tap' || (event.data.charge?.minor ?? 0) < 0;
  return event.type === 'usage.cancelled' || event.type === 'bill.paid';
}

/** The order of faults: as they were heard of, then as they opened. */
export function asHeard(a: Fault, b: Fault): number {
  const names = [faultName(a), faultName(b)] as const;
  return a.heard - b.heard || a.from - b.from || (names[0] < names[1] ? -1 : names[0] > names[1] ? 1 : 0);
}

function sameServing(a: readonly Serving[], b: readonly Serving[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** What of an outage matters to a decision; two equal shapes lead to the same decisions. */
function shapeOf(outage: Outage): unknown {
  return outage.segments.map(({ from, to, is, parts }) => [
    from,
    to,
    is,
    parts.map((part) => [faultName(part.fault), part.responsibility, part.reason, part.excused]),
  ]);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 16);
}
