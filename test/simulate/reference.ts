/**
 * What must have been decided: a plain reading of the contract over all that was written, at once. It knows neither log nor
 * store, neither task nor group nor timer, and keeps nothing that could be kept wrong: service by service, tick by tick, it takes
 * all facts known by then, folds faults anew from the raw events, and asks the detectors at every instant at which something
 * became known or may have fallen due. What was decided before is the only memory, for corrections refer to it.
 *
 * When something is known. A record is known at the first tick written after it into its partition, and judged as of the
 * clock before that tick; so the order of the story is a function of what was written. A service knows of the network what the
 * network's partitions hold before their ticks up to the number of its own tick. Its clock is the least of all of them.
 */
import { type AlarmFact, alarmFacts, withAlarm } from '../../pipelines/detectors/alarm-fault.js';
import { kpiFacts, NO_SAMPLES, withSample } from '../../pipelines/detectors/availability.js';
import { noticeOf } from '../../pipelines/detectors/notices.js';
import { knownOutages, taleOf } from '../../pipelines/detectors/outage.js';
import { viewerInstants } from '../../pipelines/detectors/platform-fault.js';
import { type ElementReports, elementAlarms, NO_REPORTS, withReport } from '../../pipelines/detectors/repair-start.js';
import { formatLocal } from '../../pipelines/domain/calendar.js';
import { type Decision, type Draft, decide, encodeDecision } from '../../pipelines/domain/decision.js';
import { type Effect, type Given, type IncidentTale, refOf } from '../../pipelines/domain/detector.js';
import type { DozorEvent, EventOf } from '../../pipelines/domain/event.js';
import { type Fault, type FaultFact, type FaultPart, faultName } from '../../pipelines/domain/fault.js';
import { contains } from '../../pipelines/domain/intervals.js';
import type { ElementVersion, Link, NetworkView, Works } from '../../pipelines/domain/network.js';
import { EVERY_FAULT, networkParts } from '../../pipelines/domain/outage.js';
import type { OutageRules, Packs, PlatformFaultRules } from '../../pipelines/domain/pack.js';
import {
  activeSpans,
  newService,
  profileAt,
  profileSpans,
  type ServiceFacts,
  withLineFault,
  withProfile,
  withTurn,
} from '../../pipelines/domain/service.js';
import { DAY, EVER, FOREVER, formatDuration, HOUR, type Instant, MINUTE } from '../../pipelines/domain/units.js';
import { NO_USAGE } from '../../pipelines/domain/usage/book.js';
import { decodeLine, fingerprint, foreignMoney, type Rejection, rejected } from '../../pipelines/runtime/decode.js';
import { type Partitions, partitionOf } from '../../pipelines/runtime/topics.js';
import { SERVICE_DETECTORS, USAGE_DETECTORS } from '../../pipelines/topology.js';
import { levelsOf } from './levels.js';

const DETECTORS = [...SERVICE_DETECTORS, ...USAGE_DETECTORS];

/** A record as it was written: a beat of the clock, or a text. */
export type Entry =
  | { readonly tick: number; readonly clock: Instant }
  | { readonly text: string; readonly place: number; readonly writtenAt: Instant };

export interface Written {
  readonly packs: Packs;
  readonly partitions: Partitions;
  /** Whether the log's own time counts: then what is known from the future is refused. */
  readonly live: boolean;
  /** By partition, in the order in which they were written. */
  readonly service: readonly (readonly Entry[])[];
  readonly element: readonly (readonly Entry[])[];
}

/** A decision as it stands on the wire. */
export type WireDecision = Record<string, unknown> & { readonly id: string; readonly type: string };

/**
 * Every decision that must have been taken, by its id, with what it must say. A record that is refused each time it comes is
 * refused under one id at different times: then any of these will do.
 */
export function expected(written: Written): ReadonlyMap<string, readonly WireDecision[]> {
  return new Reference(written).decide();
}

/** The least clock that all service partitions come to. */
export function lastClock({ service, element }: Written): Instant {
  const network = element.map((entries) => leastOf(beatsOf(entries), []));
  return Math.min(...service.map((entries) => leastOf(beatsOf(entries), network).at(-1)?.clock ?? EVER));
}

/** A moment of one partition: the tick that was written, and what the clock says from then on. */
interface Beat {
  readonly tick: number;
  readonly clock: Instant;
}

/** An event, and the first beat of its partition that was written after it: `beats.length` where none was. */
interface Heard {
  readonly event: DozorEvent;
  readonly beat: number;
}

/** A tale, and the tick at whose end it is told. */
interface Told {
  readonly tick: number;
  readonly tale: IncidentTale;
}

class Reference {
  readonly #written: Written;
  readonly #packs: Packs;
  readonly #operators: ReturnType<Packs['operators']>;
  readonly #decisions = new Map<string, WireDecision[]>();
  readonly #tales: Told[] = [];
  readonly #pictures = new Map<number, Picture>();

  constructor(written: Written) {
    this.#written = written;
    this.#packs = written.packs;
    this.#operators = written.packs.operators();
  }

  decide(): ReadonlyMap<string, readonly WireDecision[]> {
    const { service, element } = this.#written;
    const clocks = element.map((entries) => leastOf(beatsOf(entries), []));
    const network = element.map((entries, partition) => {
      const beats = clocks[partition]!;
      return new NetworkPart(this.#packs, beats, this.#read(entries, partition, 'element', beats));
    });
    for (const part of network) for (const draft of part.alarms()) this.#add(decide(draft) as Decision);
    const own = service.map((entries) => leastOf(beatsOf(entries), clocks));
    const heard = service.map((entries, partition) => this.#read(entries, partition, 'service', own[partition]!));
    for (const [partition, beats] of own.entries()) this.#judgeServices(beats, heard[partition]!, network);
    this.#judgeIncidents(own);
    this.#judgeLevels(own, heard, network);
    return this.#decisions;
  }

  #add(decision: Decision): void {
    const operator = 'operator' in decision.data ? decision.data.operator : undefined;
    const zone = (operator && this.#packs.at(operator, decision.time)?.zone) || 'UTC';
    const wire = encodeDecision(decision, zone) as WireDecision;
    const held = this.#decisions.get(decision.id);
    if (held && decision.type !== 'event.rejected') {
      throw new Error(`the reference decides twice:\n  ${JSON.stringify(held[0])}\n  ${JSON.stringify(wire)}`);
    }
    this.#decisions.set(decision.id, [...(held ?? []), wire]);
  }

  #reject(rejection: Rejection, clock: Instant): void {
    const decision = rejected(rejection, clock);
    const { event } = rejection;
    const { id, source, type } = (typeof event === 'object' && event !== null ? event : {}) as Record<string, unknown>;
    const shown = typeof event === 'object' && event !== null ? { id, source, type } : null;
    this.#add({ ...decision, data: { ...decision.data, event: shown } });
  }

  // --- Reading a partition ---

  /** What is let in, by subject. An event of a subject not known yet counts from its upsert on. */
  #read(
    entries: readonly Entry[],
    partition: number,
    side: 'service' | 'element',
    beats: readonly Beat[],
  ): ReadonlyMap<string, readonly Heard[]> {
    const count = this.#written.partitions[side];
    let beat = 0;
    const named = new Map<string, string>();
    const heard = new Map<string, Heard[]>();
    const waiting = new Map<string, DozorEvent[]>();
    const now = () => beats[beat - 1]?.clock ?? EVER;

    const take = (event: DozorEvent) => heard.get(event.subject)!.push({ event, beat });
    /** The money must be of the currency of the operator that had the service then. */
    const foreign = (event: DozorEvent) => {
      const records = heard.get(event.subject)?.flatMap((one) => (isUpsert(one.event) ? [one.event] : [])) ?? [];
      const record = isUpsert(event) ? event : recordAt(records, event.time);
      return foreignMoney(event.type, event.data, this.#packs.at(record.data.operator, event.time)!.currency);
    };
    const refuse = (event: DozorEvent, wire: unknown, { message, field }: { message: string; field: string }) => {
      named.delete(fingerprint({ source: event.source, id: event.id }).id);
      this.#reject({ reason: 'wrong-currency', field, message, event: wire }, now());
    };

    for (const entry of entries) {
      if ('tick' in entry) {
        if (entry.tick === beats[beat]?.tick) beat += 1;
        continue;
      }
      const decoded = decodeLine(entry.text, entry.place, { operators: this.#operators });
      if (!decoded.ok) {
        this.#reject(decoded.rejection, now());
        continue;
      }
      const { event, wire } = decoded;
      if (partitionOf(event.subject, count) !== partition) continue;
      const print = fingerprint(wire);
      const held = named.get(print.id);
      if (held === print.content) continue;
      if (held !== undefined) {
        const message = `source ${event.source} and id ${event.id} named another event before`;
        this.#reject({ reason: 'id-reused', field: 'id', message, event: wire }, now());
        continue;
      }
      if (this.#written.live && event.recordedtime > entry.writtenAt + 5 * MINUTE) {
        const message = 'recordedtime lies more than 5 minutes past the instant at which it came in';
        this.#reject({ reason: 'time-ahead', field: 'recordedtime', message, event: wire }, now());
        continue;
      }
      named.set(print.id, print.content);
      if (side === 'service') {
        if (isUpsert(event) || heard.has(event.subject)) {
          const wrong = foreign(event);
          if (wrong) refuse(event, wire, wrong);
          else if (heard.has(event.subject)) take(event);
          else {
            heard.set(event.subject, []);
            take(event);
            for (const kept of waiting.get(event.subject) ?? []) {
              const bad = foreign(kept);
              if (bad) refuse(kept, kept, bad);
              else take(kept);
            }
          }
        } else waiting.set(event.subject, [...(waiting.get(event.subject) ?? []), event]);
      } else if (event.type === 'element.upserted' || heard.has(event.subject)) {
        const first = !heard.has(event.subject);
        if (first) heard.set(event.subject, []);
        take(event);
        if (first) for (const kept of waiting.get(event.subject) ?? []) take(kept);
      } else if (event.type !== 'tariff.upserted') {
        waiting.set(event.subject, [...(waiting.get(event.subject) ?? []), event]);
      }
    }
    return heard;
  }

  // --- Services ---

  #judgeServices(
    beats: readonly Beat[],
    heard: ReadonlyMap<string, readonly Heard[]>,
    network: readonly NetworkPart[],
  ): void {
    for (const [id, events] of heard) {
      const service = new OneService(id, this.#packs, (decision) => this.#add(decision));
      let next = 0;
      for (const [i, { tick, clock }] of beats.entries()) {
        while (next < events.length && events[next]!.beat <= i) service.hear(events[next++]!.event);
        if (next === 0) continue;
        service.see(this.#pictureAt(tick, network));
        const from = i === 0 ? EVER : beats[i - 1]!.clock;
        // Before the clock begins nothing can be due.
        for (let at = from; at !== EVER && at <= clock; at = service.judge(at)) {
          if (service.tales.length > 0) this.#tales.push(...service.tales.splice(0).map((tale) => ({ tick, tale })));
        }
        this.#tales.push(...service.tales.splice(0).map((tale) => ({ tick, tale })));
      }
    }
  }

  #pictureAt(tick: number, network: readonly NetworkPart[]): Picture {
    let picture = this.#pictures.get(tick);
    if (!picture) this.#pictures.set(tick, (picture = new Picture(network, tick)));
    return picture;
  }

  // --- What concerns more than one service ---

  #judgeLevels(
    own: readonly (readonly Beat[])[],
    heard: readonly ReadonlyMap<string, readonly Heard[]>[],
    network: readonly NetworkPart[],
  ): void {
    const levels = levelsOf({
      packs: this.#packs,
      partitions: own.map((beats, p) => ({ beats, services: (beat) => [...heard[p]!].flatMap(factsAt(beat)) })),
      elements: network.flatMap((part) => part.names),
      seen: (tick) => this.#pictureAt(tick, network),
    });
    for (const draft of levels) this.#add(decide(draft) as Decision);
  }

  /**
   * One notice for each limit of an incident's clock, of who passed it first. It is decided at the first tick that all have
   * told by when all clocks have come to an instant at which somebody passed.
   */
  #judgeIncidents(clocks: readonly (readonly Beat[])[]): void {
    const limits = new Map<string, Told[]>();
    for (const told of this.#tales) {
      const { is, incident, after } = told.tale;
      const name = is === 'overdue' ? `${incident} regulator` : `${incident} noc ${after}`;
      limits.set(name, [...(limits.get(name) ?? []), told]);
    }
    const last = Math.min(...clocks.map((beats) => beats.at(-1)?.tick ?? 0));
    const all = new Set(clocks.flatMap((beats) => beats.map(({ tick }) => tick)));
    const ticks = [...all].filter((tick) => tick <= last).sort((a, b) => a - b);
    const least = (tick: number) =>
      Math.min(...clocks.map((beats) => beats.findLast((one) => one.tick <= tick)?.clock ?? EVER));
    const beats = ticks.map((tick) => ({ tick, clock: least(tick) }));
    for (const tales of limits.values()) {
      const known = ({ tick, clock }: Beat) => tales.filter((one) => one.tick <= tick && one.tale.now <= clock);
      const beat = beats.find((one) => known(one).length > 0);
      if (!beat) continue;
      const together = known(beat).map((one) => one.tale);
      const now = Math.min(...together.map((tale) => tale.now));
      const passed = together.filter((tale) => tale.now === now);
      const [first] = passed.sort(
        (a, b) => a.at - b.at || (JSON.stringify(a.faults) < JSON.stringify(b.faults) ? -1 : 1),
      );
      this.#add(
        decide(first!.is === 'overdue' ? this.#toRegulator(first!, passed.length) : this.#toNoc(first!, passed.length)),
      );
    }
  }

  #toRegulator(tale: IncidentTale, services: number): Draft<'notice.requested'> {
    const { zone, language } = this.#packs.at(tale.operator, tale.at)!;
    return {
      type: 'notice.requested',
      subject: tale.operator,
      time: tale.now,
      data: {
        operator: tale.operator,
        clause: tale.clause,
        because: becauseOf(tale, services, zone),
        noticeId: `regulator-outage:${tale.incident}`,
        audience: 'regulator',
        template: 'regulator-outage',
        parameters: {
          incident: tale.incident,
          after: formatDuration(tale.after),
          passedAt: formatLocal(tale.at, zone),
          reasons: [...new Set(tale.faults.map((fault) => fault.reason || fault.responsibility))],
          affectedServices: services,
        },
        class: 'legal',
        channels: ['email'],
        language,
        dueBy: tale.now + DAY,
        expiresAt: tale.now + 30 * DAY,
        late: tale.late,
        incident: tale.incident,
      },
    };
  }

  #toNoc(tale: IncidentTale, services: number): Draft<'notice.requested'> {
    const { zone, language } = this.#packs.at(tale.operator, tale.at)!;
    const clock = formatDuration(tale.after);
    return {
      type: 'notice.requested',
      subject: tale.operator,
      time: tale.now,
      data: {
        operator: tale.operator,
        clause: tale.clause,
        because: becauseOf(tale, services, zone),
        noticeId: `noc-outage-clock:${tale.incident}:${clock}`,
        audience: 'noc',
        template: 'noc-outage-clock',
        parameters: {
          incident: tale.incident,
          clock,
          passedAt: formatLocal(tale.at, zone),
          affectedServices: services,
        },
        class: 'service',
        channels: ['page'],
        language,
        dueBy: tale.now,
        expiresAt: tale.now + 24 * HOUR,
        late: tale.late,
        incident: tale.incident,
      },
    };
  }
}

function becauseOf(tale: IncidentTale, services: number, zone: string): Record<string, unknown> {
  return {
    incident: tale.incident,
    limit: formatDuration(tale.after),
    passedAt: formatLocal(tale.at, zone),
    services,
    faults: tale.faults.map((fault) => ({ ...fault, from: formatLocal(fault.from, zone) })),
  };
}

function isUpsert(event: DozorEvent): event is EventOf<'service.upserted'> {
  return event.type === 'service.upserted';
}

/** The record in force then: the last one from before, of two for one instant the one known later; else the first of all. */
function recordAt(records: readonly EventOf<'service.upserted'>[], at: Instant): EventOf<'service.upserted'> {
  const ordered = [...records]
    .sort((a, b) => a.time - b.time || a.recordedtime - b.recordedtime || (refOf(a) < refOf(b) ? -1 : 1))
    .filter((record, i, all) => all[i + 1]?.time !== record.time);
  return ordered.findLast((record) => record.time <= at) ?? ordered[0]!;
}

/** The ticks of a partition, but for those written again, with the time that each says. */
function beatsOf(entries: readonly Entry[]): readonly Beat[] {
  const beats: Beat[] = [];
  for (const entry of entries) {
    const last = beats.at(-1);
    if (!('tick' in entry) || (last && entry.tick <= last.tick)) continue;
    beats.push({ tick: entry.tick, clock: entry.clock });
  }
  return beats;
}

/** The clock at each tick: the least of what it says and of what the network's clocks say by then. It never runs back. */
function leastOf(beats: readonly Beat[], network: readonly (readonly Beat[])[]): readonly Beat[] {
  let clock = EVER;
  return beats.map(({ tick, clock: says }) => {
    const others = network.map((part) => part.findLast((beat) => beat.tick <= tick)?.clock ?? EVER);
    clock = Math.max(clock, Math.min(says, ...others));
    return { tick, clock };
  });
}

/** What is known of a service at a beat, as far as its record and its end go; nothing where it is not known yet. */
function factsAt(beat: number): (entry: readonly [id: string, events: readonly Heard[]]) => readonly ServiceFacts[] {
  return ([id, events]) => {
    let facts = newService(id);
    for (const { event } of events.filter((one) => one.beat <= beat)) {
      const at = { at: event.time, known: event.recordedtime, ref: refOf(event) };
      if (event.type === 'service.upserted') facts = withProfile(facts, { ...at, profile: event.data });
      if (event.type === 'service.ended') facts = withTurn(facts, { do: 'ended', ...at });
    }
    return facts.versions.length > 0 ? [facts] : [];
  };
}

// --- One service ---

class OneService {
  readonly tales: IncidentTale[] = [];
  readonly #packs: Packs;
  readonly #decided: (decision: Decision) => void;
  #facts: ServiceFacts;
  #picture: Picture | undefined;
  #states = new Map<string, unknown>();
  /** Of which limits of which incidents the operations centre was told for it. */
  readonly #marked = new Set<string>();

  constructor(id: string, packs: Packs, decided: (decision: Decision) => void) {
    this.#packs = packs;
    this.#decided = decided;
    this.#facts = newService(id);
  }

  hear(event: DozorEvent): void {
    const at = { at: event.time, known: event.recordedtime, ref: refOf(event) };
    switch (event.type) {
      case 'service.upserted':
        this.#facts = withProfile(this.#facts, { ...at, profile: event.data });
        return;
      case 'service.ended':
      case 'service.parked':
      case 'service.unparked':
      case 'service.suspended':
      case 'service.resumed':
      case 'service.transferred': {
        const turn = event.type.slice('service.'.length) as 'ended';
        this.#facts = withTurn(this.#facts, { do: turn, ...at });
        return;
      }
      case 'fault.opened':
      case 'fault.updated':
      case 'fault.cleared':
        this.#facts = withLineFault(this.#facts, event.data.faultId, factOf(event));
        return;
      default:
        for (const detector of DETECTORS) {
          if (!detector.hears.includes(event.type)) continue;
          const state = this.#states.get(detector.name) ?? detector.start;
          const [next] = detector.step(state, { is: 'event', event, now: EVER }, this.#given());
          this.#states.set(detector.name, next);
        }
    }
  }

  see(picture: Picture): void {
    this.#picture = picture;
  }

  #given(): Given {
    const facts = this.#facts;
    const serving = profileSpans(facts).flatMap(({ from, to, profile }) =>
      [...(profile.servedBy ?? [])].sort().map((element) => ({ element, from, to })),
    );
    const made = new Map<OutageRules, ReturnType<typeof networkParts>>();
    return {
      facts,
      pack: (at) => this.#packs.at(profileAt(facts, at).operator, at)!,
      parts: (rules) => {
        let parts = made.get(rules);
        if (!parts) {
          const felt = [...networkParts(serving, this.#picture as unknown as NetworkView, rules)];
          felt.sort((a, b) => a.from - b.from || asHeard(a.fault, b.fault));
          made.set(rules, (parts = felt));
        }
        return parts;
      },
      usage: NO_USAGE,
      submitted: 'when-told',
    };
  }

  /** Judges it as of an instant, and says when something may fall due next. */
  judge(at: Instant): Instant {
    const given = this.#given();
    let next = FOREVER;
    const may = (instant: Instant | undefined) => {
      if (instant !== undefined && instant > at && instant < next) next = instant;
    };
    for (const detector of DETECTORS) {
      const state = this.#states.get(detector.name) ?? detector.start;
      const [after, effects] = detector.step(state, { is: 'tick', now: at }, given);
      this.#states.set(detector.name, after);
      for (const effect of effects) {
        if (effect.do === 'wake') may(effect.at);
        else if (effect.do === 'decide') this.#decide(effect.draft);
        // Of customers and sessions the stories here have nothing to tell.
        else if (effect.tale.is === 'overdue' || effect.tale.is === 'mark') this.tales.push(effect.tale);
      }
    }
    for (const outage of knownOutages(given)) {
      for (const instant of [outage.from, outage.endKnown, outage.overdueAt, outage.confirmedAt, outage.terminationAt])
        may(instant);
      for (const mark of outage.marks) {
        may(mark.at);
        if (mark.at > at || !contains(activeSpans(this.#facts), mark.at)) continue;
        const tale = taleOf('mark', outage, mark.at, mark.after, given, at);
        const name = `${tale.incident} ${mark.after}`;
        if (this.#marked.has(name)) continue;
        this.#marked.add(name);
        this.tales.push(tale);
      }
    }
    if (given.pack(FOREVER).rules.platformFault) {
      for (const viewer of viewerInstants(given.parts(EVERY_FAULT), given.pack)) may(viewer.at);
    }
    return next;
  }

  #decide(draft: Draft): void {
    this.#decided(decide(draft) as Decision);
    const profile = profileAt(this.#facts, draft.time);
    const notice = noticeOf(draft, profile, this.#packs.at(profile.operator, draft.time)!);
    if (notice) this.#decided(decide(notice));
  }
}

/** What a fault event says. */
function factOf(event: EventOf<'fault.opened' | 'fault.updated' | 'fault.cleared'>): FaultFact {
  const { responsibility, accessBarred, reason } = event.data as EventOf<'fault.opened'>['data'];
  const cleared = event.type === 'fault.cleared';
  return {
    do: cleared ? 'cleared' : event.type === 'fault.opened' ? 'opened' : 'updated',
    at: event.time,
    known: event.recordedtime,
    ref: refOf(event),
    ...(cleared || responsibility === undefined ? {} : { responsibility }),
    ...(cleared || accessBarred === undefined ? {} : { accessBarred }),
    ...(cleared || reason === undefined ? {} : { reason }),
  };
}

// --- The network ---

/** What one partition of element events says. */
class NetworkPart {
  readonly #packs: Packs;
  readonly #beats: readonly Beat[];
  readonly #heard: ReadonlyMap<string, readonly Heard[]>;

  constructor(packs: Packs, beats: readonly Beat[], heard: ReadonlyMap<string, readonly Heard[]>) {
    this.#packs = packs;
    this.#beats = beats;
    this.#heard = heard;
  }

  get names(): readonly string[] {
    return [...this.#heard.keys()];
  }

  #beatOf(tick: number): number {
    return this.#beats.findLastIndex((beat) => beat.tick <= tick);
  }

  /** The events of an element known at a tick. */
  #known(element: string, beat: number): readonly DozorEvent[] {
    return (this.#heard.get(element) ?? []).flatMap((one) => (one.beat <= beat ? [one.event] : []));
  }

  at(tick: number): { readonly knows: (element: string) => boolean; readonly element: (id: string) => ElementPicture } {
    const beat = this.#beatOf(tick);
    return {
      knows: (element) => this.#heard.has(element),
      // Alarms are looked at only once the clock has begun.
      element: (id) => this.#pictureOf(id, beat, beat > 0 ? this.#beats[beat]!.clock : EVER),
    };
  }

  #pictureOf(element: string, beat: number, clock: Instant): ElementPicture {
    return pictureOf(element, this.#known(element, beat), this.#packs, clock);
  }

  /** What network tasks decide by themselves: repair not begun in time, and faults of a platform. */
  alarms(): readonly Draft[] {
    const drafts: Draft[] = [];
    for (const element of this.#heard.keys()) {
      let reports: ElementReports = NO_REPORTS;
      const shown = new Map<string, Fault>();
      const episodes = new Map<string, number>();
      let heardSoFar = 0;
      for (let i = 1; i < this.#beats.length; i++) {
        const known = this.#known(element, i);
        for (const event of known.slice(heardSoFar)) {
          if (event.type === 'fault.reported' || event.type === 'repair.started') reports = withReport(reports, event);
        }
        heardSoFar = known.length;
        if (known.length === 0) continue;
        const upTo = this.#beats[i]!.clock;
        for (let at = this.#beats[i - 1]!.clock; at <= upTo; ) {
          const picture = pictureOf(element, known, this.#packs, at);
          let next = picture.wake;
          const may = (instant: Instant) => {
            if (instant > at && instant < next) next = instant;
          };
          const version = (when: Instant) => picture.versions.findLast((one) => one.at <= when) ?? picture.versions[0]!;
          const pack = this.#packs.at(version(at).operator, at)!;
          if (pack.rules.repairStart) {
            const [after, effects]: readonly [ElementReports, readonly Effect[]] = elementAlarms(
              element,
              reports,
              picture.faults,
              pack.rules.repairStart,
              pack.operator,
              at,
              pack.zone,
            );
            reports = after;
            for (const effect of effects) {
              if (effect.do === 'wake') may(effect.at);
              else if (effect.do === 'decide') drafts.push(effect.draft);
            }
          }
          const tell = (raised: boolean, fault: Fault) => {
            const name = faultName(fault);
            const { operator, rules } = this.#packs.at(version(fault.from).operator, fault.from)!;
            episodes.set(name, (episodes.get(name) ?? 0) + Number(raised));
            drafts.push(platformAlarm(raised, fault, episodes.get(name)!, rules.platformFault!, operator, at));
          };
          const standing = new Map<string, Fault>();
          for (const fault of picture.faults) {
            may(fault.from);
            may(fault.to);
            const { operator, kind } = version(fault.from);
            const rules = this.#packs.at(operator, fault.from)!.rules.platformFault;
            if (!rules?.kinds.includes(kind)) continue;
            const name = faultName(fault);
            if (fault.from <= at && at < fault.to) {
              standing.set(name, fault);
              if (!shown.has(name)) tell(true, fault);
            } else if (shown.has(name) && fault.from > at) standing.set(name, shown.get(name)!);
            else if (shown.has(name)) shown.set(name, fault);
          }
          for (const [name, fault] of shown) if (!standing.has(name)) tell(false, fault);
          shown.clear();
          for (const [name, fault] of standing) shown.set(name, fault);
          at = next;
        }
      }
    }
    return drafts;
  }
}

function platformAlarm(
  raised: boolean,
  fault: Fault,
  episode: number,
  rules: PlatformFaultRules,
  operator: string,
  time: Instant,
): Draft<'alarm.raised'> | Draft<'alarm.cleared'> {
  const part = fault.parts.at(-1)!;
  return {
    type: raised ? 'alarm.raised' : 'alarm.cleared',
    subject: fault.subject,
    time,
    data: {
      operator,
      clause: rules.clause,
      because: { fault: faultName(fault), responsibility: part.responsibility, events: fault.refs },
      alarmId: `platform:${faultName(fault)}`,
      episode,
      perceivedSeverity: raised ? rules.severity : 'cleared',
      probableCause: part.reason || part.responsibility,
      specificProblem: 'fault of the platform',
      from: fault.from,
    },
  };
}

/** All that is known of one element. */
interface ElementPicture {
  readonly versions: readonly ElementVersion[];
  readonly faults: readonly Fault[];
  readonly works: readonly Works[];
  /** When an alarm becomes a fault, so far as is known. */
  readonly wake: Instant;
}

function pictureOf(element: string, events: readonly DozorEvent[], packs: Packs, clock: Instant): ElementPicture {
  const versions: ElementVersion[] = [];
  const facts = new Map<string, FaultFact[]>();
  const samples = new Map<string, EventOf<'kpi.sampled'>[]>();
  const alarms = new Map<string, AlarmFact[]>();
  const works = new Map<string, Works>();
  let wake = FOREVER;
  for (const event of events) {
    const at = { at: event.time, known: event.recordedtime, ref: refOf(event) };
    switch (event.type) {
      case 'element.upserted':
        versions.push({ ...at, ...event.data });
        break;
      case 'fault.opened':
      case 'fault.updated':
      case 'fault.cleared':
        facts.set(event.data.faultId, [...(facts.get(event.data.faultId) ?? []), factOf(event)]);
        break;
      case 'works.announced':
        works.set(at.ref, {
          ...at,
          worksId: event.data.worksId,
          from: event.data.from,
          to: event.data.to,
          channel: event.data.channel ?? 'unknown',
        });
        break;
      case 'kpi.sampled':
        samples.set(event.data.kpi, [...(samples.get(event.data.kpi) ?? []), event]);
        break;
      case 'alarm.reported':
      case 'alarm.ended': {
        const { alarmKey } = event.data;
        const fact: AlarmFact = {
          do: event.type === 'alarm.reported' ? 'reported' : 'ended',
          ...at,
          ...(event.data as object),
        };
        alarms.set(alarmKey, [...withAlarm(alarms.get(alarmKey) ?? [], fact)]);
        break;
      }
      default:
        break;
    }
  }
  const inForce = inOrder(versions).filter((version, i, all) => all[i + 1]?.at !== version.at);
  const rulesAt = (at: Instant) => {
    const version = inForce.findLast((one) => one.at <= at) ?? inForce[0]!;
    return packs.at(version.operator, at)!.rules.faults;
  };
  const faults = [...facts].flatMap(([faultId, all]) => openings(element, faultId, all));
  for (const [kpi, all] of samples) {
    let state = NO_SAMPLES;
    for (const event of all) {
      const rule = rulesAt(event.time)?.kpis.find((one) => one.kpi === kpi);
      const sample = { at: event.time, known: event.recordedtime, ref: refOf(event), value: event.data.value };
      if (rule) state = withSample(state, sample, rule);
    }
    faults.push(...openings(element, `kpi:${kpi}`, kpiFacts(state)));
  }
  for (const [key, all] of alarms) {
    if (clock === EVER) break;
    const found = alarmFacts(all, rulesAt(all[0]!.at)?.alarms ?? [], clock);
    if (found.wake !== undefined) wake = Math.min(wake, found.wake);
    faults.push(...openings(element, `alarm:${key}`, found.facts));
  }
  return { versions: inForce, faults: faults.sort(asHeard), works: [...works.values()], wake };
}

/** As they were heard of, then as they opened. */
function asHeard(a: Fault, b: Fault): number {
  return (
    a.heard - b.heard || a.from - b.from || (faultName(a) < faultName(b) ? -1 : Number(faultName(a) !== faultName(b)))
  );
}

function inOrder<T extends { readonly at: Instant; readonly known: Instant; readonly ref: string }>(
  list: readonly T[],
): readonly T[] {
  return [...list].sort((a, b) => a.at - b.at || a.known - b.known || (a.ref < b.ref ? -1 : 1));
}

/**
 * The openings of a fault, folded from its facts. Opened while open changes it; cleared while closed does nothing. At one
 * instant, an open fault takes what is known of it in order, of what became known together changes first, then its end, then a
 * new opening; a closed one is opened, changed, cleared. They are numbered as they were heard of.
 */
function openings(subject: string, faultId: string, all: readonly FaultFact[]): readonly Fault[] {
  const found: Omit<Fault, 'number'>[] = [];
  let open: { from: Instant; heard: Instant; refs: string[]; parts: FaultPart[] } | undefined;
  const instants = [...new Set(all.map((fact) => fact.at))].sort((a, b) => a - b);
  const end = (to: Instant) => {
    const { from, heard, refs, parts } = open!;
    open = undefined;
    if (from === to) return;
    const cut = parts.flatMap((part, i) => {
      const until = parts[i + 1]?.from ?? to;
      return part.from < until ? [{ ...part, to: until }] : [];
    });
    found.push({ subject, faultId, from, to, heard, refs, parts: cut });
  };
  for (const at of instants) {
    const ranks = open ? ['updated', 'cleared', 'opened'] : ['opened', 'updated', 'cleared'];
    const byKnown = open !== undefined;
    const now = inOrder(all.filter((fact) => fact.at === at)).slice();
    const ordered = [...now].sort((a, b) => {
      const byRank = ranks.indexOf(a.do) - ranks.indexOf(b.do);
      return byKnown ? a.known - b.known || byRank : byRank;
    });
    for (const fact of ordered) {
      if (fact.do === 'cleared') {
        if (!open) continue;
        open.refs.push(fact.ref);
        end(at);
        continue;
      }
      if (!open && fact.do === 'updated') continue;
      open ??= { from: at, heard: fact.known, refs: [], parts: [] };
      if (fact.do === 'opened') open.heard = Math.min(open.heard, fact.known);
      const last = open.parts.at(-1);
      open.refs.push(fact.ref);
      open.parts.push({
        from: at,
        to: FOREVER,
        responsibility: fact.responsibility ?? last?.responsibility ?? 'unknown',
        accessBarred: fact.accessBarred ?? last?.accessBarred ?? false,
        reason: fact.reason ?? last?.reason ?? '',
      });
    }
  }
  if (open) end(FOREVER);
  const heard = [...found].sort((a, b) => a.heard - b.heard || a.from - b.from);
  return found.map((fault) => ({ ...fault, number: heard.indexOf(fault) + 1 }));
}

/** The network as known at a tick: what `networkParts` asks of a view. */
class Picture {
  readonly #parts: readonly ReturnType<NetworkPart['at']>[];
  readonly #elements = new Map<string, ElementPicture>();

  constructor(network: readonly NetworkPart[], tick: number) {
    this.#parts = network.map((part) => part.at(tick));
  }

  #element(id: string): ElementPicture | undefined {
    let held = this.#elements.get(id);
    if (held) return held;
    const part = this.#parts.find((one) => one.knows(id));
    if (!part) return undefined;
    held = part.element(id);
    this.#elements.set(id, held);
    return held;
  }

  faults(element: string): readonly Fault[] {
    return this.#element(element)?.faults ?? [];
  }

  versions(element: string): readonly ElementVersion[] {
    return this.#element(element)?.versions ?? [];
  }

  works(element: string): readonly Works[] {
    return this.#element(element)?.works ?? [];
  }

  /** The way up, by the parents that each record names for the time for which it holds; the first for all time before. */
  chain(element: string, { from, to }: { readonly from: Instant; readonly to: Instant }, height = 0): readonly Link[] {
    const versions = this.#element(element)?.versions ?? [];
    const above = versions.flatMap((version, i) => {
      const begins = Math.max(from, i === 0 ? EVER : version.at);
      const ends = Math.min(to, versions[i + 1]?.at ?? FOREVER);
      if (version.parent === undefined || begins >= ends || height === 16) return [];
      return this.chain(version.parent, { from: begins, to: ends }, height + 1);
    });
    return [{ element, from, to, height }, ...above];
  }
}
