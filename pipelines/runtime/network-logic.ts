/**
 * What a network task knows and how it moves: elements, their faults as reported and as derived from samples and raw alarms,
 * announced works. What changed within a tick goes to `network` at its end, as absolute records, followed by the frontier.
 */
import { type AlarmFact, alarmFacts, withAlarm } from '../detectors/alarm-fault.js';
import { type KpiState, kpiFacts, NO_SAMPLES, withSample } from '../detectors/availability.js';
import { isPlatform, platformAlarm } from '../detectors/platform-fault.js';
import { type ElementReports, elementAlarms, NO_REPORTS, withReport } from '../detectors/repair-start.js';
import { type Decision, decide } from '../domain/decision.js';
import { refOf } from '../domain/detector.js';
import type { DozorEvent, EventOf } from '../domain/event.js';
import { type Fault, type FaultFact, faultName, foldFault, withExcuses, withFact } from '../domain/fault.js';
import { OPEN, SUMS } from '../domain/kpi/series.js';
import {
  type ElementVersion,
  type NetworkRecord,
  type TariffVersion,
  type Works,
  type WorksCancelled,
  withVersion,
  worksAsTheyStand,
} from '../domain/network.js';
import type { Pack, Packs } from '../domain/pack.js';
import { DAY, EVER, type Instant, type Zone } from '../domain/units.js';
import { decode as unpack } from './codec.js';
import { faultFact } from './fault-fact.js';
import { Timers } from './heap.js';
import { KpiRollups } from './kpi-rollups.js';
import { KpiWatches, WATCH } from './kpi-watch.js';
import { NetworkLoad } from './network-load.js';
import { asHeard, type Changes, type LazyChanges, type Outcome, written } from './service-logic.js';

/** A record that goes to `network` when its revision passes the one published. */
interface Published {
  revision: number;
  published: number;
}

interface Element extends Published {
  versions: readonly ElementVersion[];
}

interface KnownTariff extends Published {
  versions: readonly TariffVersion[];
}

interface KnownFault extends Published {
  facts: readonly FaultFact[];
}

interface KnownWorks extends Published {
  announced: readonly Works[];
  /** Absent in what was saved before works could be taken back. */
  cancelled?: readonly WorksCancelled[];
}

/** What is kept of an element beside what goes to `network`. */
interface Watch {
  kpis: Record<string, KpiState>;
  reports: ElementReports;
  /** Platform faults shown as alarms now, by name, as last seen, and how often each name was. */
  shown: Readonly<Record<string, Fault>>;
  episodes: Record<string, number>;
  dirty: boolean;
  due: Instant | undefined;
}

/** A raw alarm of one key, for as long as it may make a fault or change one. */
interface HeldAlarm {
  facts: readonly AlarmFact[];
  dirty: boolean;
  due: Instant | undefined;
}

/** How long an alarm that made no fault is remembered after its last word, for what may still come late. */
const ALARM_MEMORY = 7 * DAY;
/** How many ends of such alarms are kept for longer. */
const ENDS_KEPT = 16;

export class NetworkLogic {
  readonly name: string;
  readonly #packs: Packs;
  readonly #elements = new Map<string, Element>();
  readonly #faults = new Map<string, Map<string, KnownFault>>();
  readonly #works = new Map<string, KnownWorks>();
  readonly #tariffs = new Map<string, KnownTariff>();
  readonly #watches = new Map<string, Watch>();
  /** By element and key. */
  readonly #alarms = new Map<string, HeldAlarm>();
  readonly #dirtyAlarms = new Set<string>();
  readonly #waiting = new Map<string, DozorEvent[]>();
  readonly #timers = new Timers();
  readonly #dirty = new Set<string>();
  readonly #unpublished = new Set<string>();
  readonly #kpis: KpiWatches;
  /** Roll-ups for charts; none where nobody keeps them. */
  readonly #rollups: KpiRollups | undefined;
  readonly #load: NetworkLoad;
  #changes: LazyChanges = new Map();
  #decisions: Decision[] = [];
  #records: NetworkRecord[] = [];
  #now: Instant = EVER;

  constructor(given: {
    readonly name: string;
    readonly packs: Packs;
    /** Whether indicators are rolled up for charts. */
    readonly charts?: boolean;
  }) {
    this.name = given.name;
    this.#packs = given.packs;
    const save = (key: string, make: (() => unknown) | undefined) => void this.#changes.set(key, make);
    this.#load = new NetworkLoad({ from: given.name, keep: save });
    this.#kpis = new KpiWatches({
      packOf: (element, at) => this.#packOf(element, at),
      save,
      decided: (decision) => void this.#decisions.push(decision),
    });
    if (!given.charts) return;
    this.#rollups = new KpiRollups({
      placeOf: (element, at) => this.#placeOf(element, at),
      zoneOf: (operator, at) => this.#packs.at(operator, at)?.zone ?? 'UTC',
      save,
    });
  }

  get now(): Instant {
    return this.#now;
  }

  get size(): { readonly elements: number; readonly waiting: number } {
    let waiting = 0;
    for (const events of this.#waiting.values()) waiting += events.length;
    return { elements: this.#elements.size, waiting };
  }

  /** Samples since this task was opened: that came after their quarter had closed, and that are older than any chart. */
  get samples(): { readonly late: number; readonly tooOld: number } {
    return this.#rollups?.counts ?? { late: 0, tooOld: 0 };
  }

  /** Takes an event of an element in. What follows leaves at the end of the tick. */
  hear(event: DozorEvent): Outcome {
    if (event.type === 'tariff.upserted') {
      const held = this.#tariffs.get(event.subject) ?? { revision: 0, published: 0, versions: [] };
      const version = { at: event.time, known: event.recordedtime, ref: refOf(event), data: event.data };
      const versions = withVersion(held.versions, version);
      this.#tariffs.set(event.subject, { ...held, revision: held.revision + 1, versions });
      this.#mark(`t/${event.subject}`);
      return { is: 'taken' };
    }
    if (event.type === 'element.upserted') {
      this.#upsert(event);
      return { is: 'taken' };
    }
    const element = this.#elements.get(event.subject);
    if (!element) {
      const waiting = this.#waiting.get(event.subject) ?? [];
      waiting.push(event);
      this.#waiting.set(event.subject, waiting);
      this.#changes.set(`w/${event.subject}`, () => waiting);
      return { is: 'waiting' };
    }
    this.#take(event);
    return { is: 'taken' };
  }

  #upsert(event: EventOf<'element.upserted'>): void {
    const held = this.#elements.get(event.subject);
    const version: ElementVersion = { at: event.time, known: event.recordedtime, ref: refOf(event), ...event.data };
    const versions = withVersion(held?.versions ?? [], version);
    if (versions === held?.versions) return;
    this.#elements.set(event.subject, {
      revision: (held?.revision ?? 0) + 1,
      published: held?.published ?? 0,
      versions,
    });
    this.#mark(`e/${event.subject}`);
    this.#soil(event.subject);
    const waiting = this.#waiting.get(event.subject);
    if (!waiting) return;
    this.#waiting.delete(event.subject);
    this.#changes.set(`w/${event.subject}`, undefined);
    for (const kept of waiting) this.#take(kept);
  }

  #take(event: DozorEvent): void {
    const { subject } = event;
    const at = { at: event.time, known: event.recordedtime, ref: refOf(event) };
    switch (event.type) {
      case 'fault.opened':
      case 'fault.updated':
      case 'fault.cleared':
        this.#learn(subject, event.data.faultId, (facts) => withFact(facts, faultFact(event)));
        break;
      case 'works.announced': {
        const { worksId, from, to, channel } = event.data;
        const held = this.#works.get(subject);
        if (held?.announced.some((works) => works.ref === at.ref)) break;
        const works: Works = { worksId, from, to, at: event.time, channel: channel ?? 'unknown', ref: at.ref };
        const announced = [...(held?.announced ?? []), works].sort((a, b) => a.at - b.at || (a.ref < b.ref ? -1 : 1));
        this.#plan(subject, { announced });
        break;
      }
      case 'works.cancelled': {
        const cancelled = this.#works.get(subject)?.cancelled ?? [];
        if (cancelled.some((one) => one.ref === at.ref)) break;
        this.#plan(subject, {
          cancelled: [...cancelled, { worksId: event.data.worksId, at: event.time, ref: at.ref }],
        });
        break;
      }
      case 'kpi.sampled': {
        const { kpi, value } = event.data;
        this.#kpis.take(event);
        this.#rollups?.take(subject, kpi, event.time, value);
        const terms = this.#packOf(subject, event.time);
        if (terms) this.#load.take(event, terms);
        const rule = terms?.rules.faults?.kpis.find((one) => one.kpi === kpi);
        if (!rule) break;
        const watch = this.#watch(subject);
        const state = withSample(watch.kpis[kpi] ?? NO_SAMPLES, { ...at, value }, rule);
        watch.kpis[kpi] = state;
        this.#saveWatch(subject);
        this.#learn(subject, `kpi:${kpi}`, (facts) => withExcuses(kpiFacts(state), facts));
        break;
      }
      case 'alarm.reported':
      case 'alarm.ended': {
        const key = `${subject}\n${event.data.alarmKey}`;
        const held = this.#alarms.get(key);
        const said = event.type === 'alarm.reported' ? ('reported' as const) : ('ended' as const);
        const facts = withAlarm(held?.facts ?? [], { do: said, ...at, ...event.data });
        if (facts === held?.facts) break;
        this.#alarms.set(key, { facts, dirty: true, due: held?.due });
        this.#dirtyAlarms.add(key);
        this.#saveAlarm(key);
        break;
      }
      case 'fault.reported':
      case 'repair.started': {
        const watch = this.#watch(subject);
        watch.reports = withReport(watch.reports, event);
        this.#soil(subject);
        break;
      }
      default:
        break;
    }
  }

  #plan(element: string, change: Partial<Pick<KnownWorks, 'announced' | 'cancelled'>>): void {
    const held = this.#works.get(element) ?? { revision: 0, published: 0, announced: [] };
    this.#works.set(element, { ...held, ...change, revision: held.revision + 1 });
    this.#mark(`o/${element}`);
  }

  #learn(subject: string, faultId: string, change: (facts: readonly FaultFact[]) => readonly FaultFact[]): void {
    let ofSubject = this.#faults.get(subject);
    if (!ofSubject) this.#faults.set(subject, (ofSubject = new Map()));
    const held = ofSubject.get(faultId);
    const before = held?.facts ?? [];
    const facts = change(before);
    if (facts === before || JSON.stringify(facts) === JSON.stringify(before)) return;
    ofSubject.set(faultId, { revision: (held?.revision ?? 0) + 1, published: held?.published ?? 0, facts });
    this.#mark(`f/${subject}\n${faultId}`);
    this.#soil(subject);
  }

  #packOf(element: string, at: Instant): Pack | undefined {
    const version = this.#version(element, at);
    return version && this.#packs.at(version.operator, at);
  }

  /** Whose an element is, and the zone of its days; undefined while it is not known, or its operator is not. */
  ownerOf(element: string, at: Instant): { readonly operator: string; readonly zone: Zone } | undefined {
    return this.#packOf(element, at);
  }

  #placeOf(element: string, at: Instant) {
    const version = this.#version(element, at);
    if (!version) return undefined;
    const districtOfParent = version.parent === undefined ? undefined : this.#version(version.parent, at)?.district;
    return { version, districtOfParent };
  }

  #version(element: string, at: Instant): ElementVersion | undefined {
    const versions = this.#elements.get(element)?.versions;
    return versions?.findLast((version) => version.at <= at) ?? versions?.[0];
  }

  #watch(element: string): Watch {
    let watch = this.#watches.get(element);
    if (!watch) {
      watch = { kpis: {}, reports: NO_REPORTS, shown: {}, episodes: {}, dirty: false, due: undefined };
      this.#watches.set(element, watch);
    }
    return watch;
  }

  #soil(element: string): void {
    const watch = this.#watch(element);
    watch.dirty = true;
    this.#dirty.add(element);
    this.#saveWatch(element);
  }

  // --- Time ---

  /** Moves the clock: judges what became known, then rings every timer up to `to`, in order. */
  *advance(to: Instant): Generator<void, void, void> {
    const before = this.#now;
    yield* this.#kpis.advance(this.#now, to);
    yield* this.#settle(this.#now);
    for (let entry = this.#timers.take(to); entry; entry = this.#timers.take(to)) {
      const key = entry.key.slice(2);
      const held = entry.key.startsWith('l:') ? this.#alarms.get(key) : this.#watches.get(key);
      if (held?.due !== entry.at) continue;
      this.#now = Math.max(this.#now, entry.at);
      held.due = undefined;
      if (entry.key.startsWith('l:')) this.#judgeAlarm(key, entry.at);
      else this.#judge(key, entry.at);
      // An alarm that has stood long enough is a fault now.
      yield* this.#settle(entry.at);
    }
    this.#now = Math.max(this.#now, to);
    // Charts can wait, what is decided cannot.
    if (this.#rollups) yield* this.#rollups.advance(to);
    this.#publish();
    this.#records.push(...this.#load.publish(before, this.#now));
  }

  *#settle(at: Instant): Generator<void, void, void> {
    if (at === EVER) return;
    for (const key of [...this.#dirtyAlarms].sort()) {
      this.#dirtyAlarms.delete(key);
      this.#judgeAlarm(key, at);
      yield;
    }
    for (const element of [...this.#dirty].sort()) {
      this.#dirty.delete(element);
      this.#judge(element, at);
      yield;
    }
  }

  /**
   * Works out what a raw alarm makes as of an instant. One that made nothing is forgotten a while after its last word, but for
   * its last ends: a report that comes later still must find what ended it, or it would stand for ever.
   */
  #judgeAlarm(key: string, at: Instant): void {
    const held = this.#alarms.get(key)!;
    const [element, alarmKey] = split(key);
    const faultId = `alarm:${alarmKey}`;
    const rules = this.#packOf(element, held.facts[0]!.at)?.rules.faults?.alarms ?? [];
    const { facts: found, wake } = alarmFacts(held.facts, rules, at);
    const known = this.#faults.get(element)?.has(faultId) ?? false;
    if (found.length > 0 || known) this.#learn(element, faultId, (facts) => withExcuses(found, facts));
    held.dirty = false;
    held.due = wake;
    const last = held.facts[held.facts.length - 1]!;
    // Reported again at the very instant of its end it stands: then that end is not the last word.
    const over = held.facts.every((fact) => fact.at < last.at || isEnd(fact));
    if (wake === undefined && found.length === 0 && !known && over && !held.facts.every(isEnd)) {
      const forgetAt = last.at + ALARM_MEMORY;
      if (forgetAt > at) held.due = forgetAt;
      else held.facts = held.facts.filter(isEnd).slice(-ENDS_KEPT);
    }
    if (held.due !== undefined) this.#timers.add(held.due, `l:${key}`);
    this.#saveAlarm(key);
  }

  #judge(element: string, at: Instant): void {
    const watch = this.#watch(element);
    watch.dirty = false;
    const wakes: Instant[] = [];
    const terms = this.#packOf(element, at);
    // Most elements have neither rule: their faults need not be looked at here.
    if (!terms?.rules.repairStart && !terms?.rules.platformFault) {
      watch.due = undefined;
      this.#saveWatch(element);
      return;
    }
    const faults = this.#foldedFaults(element);
    const repair = terms.rules.repairStart;
    if (repair) {
      const [reports, effects] = elementAlarms(element, watch.reports, faults, repair, terms.operator, at, terms.zone);
      watch.reports = reports;
      for (const effect of effects) {
        if (effect.do === 'decide') this.#decisions.push(decide(effect.draft) as Decision);
        else if (effect.do === 'wake') wakes.push(effect.at);
      }
    }
    wakes.push(...this.#showPlatform(element, faults, watch, at));
    const due = wakes
      .filter((wake) => wake > at)
      .reduce((least, wake) => Math.min(least, wake), Number.POSITIVE_INFINITY);
    watch.due = Number.isFinite(due) ? due : undefined;
    if (watch.due !== undefined) this.#timers.add(watch.due, `a:${element}`);
    this.#saveWatch(element);
  }

  #foldedFaults(element: string): readonly Fault[] {
    const all = [...(this.#faults.get(element) ?? [])];
    // In an order that a restart does not change.
    return all.flatMap(([faultId, { facts }]) => foldFault(element, faultId, facts)).sort(asHeard);
  }

  /** The alarms of platform faults: each that was raised is cleared, also where late facts show that its fault was another's. */
  #showPlatform(element: string, faults: readonly Fault[], watch: Watch, at: Instant): readonly Instant[] {
    const wakes: Instant[] = [];
    const shown = new Map(Object.entries(watch.shown));
    const gone = new Set(shown.keys());
    const show = (type: 'alarm.raised' | 'alarm.cleared', fault: Fault) => {
      const { operator, rules } = this.#packOf(element, fault.from)!;
      const name = faultName(fault);
      const episode = (watch.episodes[name] ?? 0) + (type === 'alarm.raised' ? 1 : 0);
      watch.episodes[name] = episode;
      const draft = platformAlarm(type, fault, rules.platformFault!, operator, at);
      this.#decisions.push(decide({ ...draft, data: { ...draft.data, episode } } as typeof draft) as Decision);
    };
    for (const fault of faults) {
      const rules = this.#packOf(element, fault.from)?.rules.platformFault;
      if (!rules || !isPlatform({ element: (id, when) => this.#version(id, when) }, element, fault.from, rules))
        continue;
      const name = faultName(fault);
      gone.delete(name);
      if (fault.from > at) wakes.push(fault.from);
      else if (fault.to > at) {
        if (Number.isFinite(fault.to)) wakes.push(fault.to);
        if (!shown.has(name)) show('alarm.raised', fault);
        shown.set(name, fault);
      } else if (shown.delete(name)) show('alarm.cleared', fault);
    }
    for (const name of gone) {
      show('alarm.cleared', shown.get(name)!);
      shown.delete(name);
    }
    watch.shown = Object.fromEntries(shown);
    return wakes;
  }

  // --- What leaves it ---

  #mark(key: string): void {
    this.#unpublished.add(key);
    this.#save(key);
  }

  #publish(): void {
    for (const key of [...this.#unpublished].sort(publishOrder)) {
      const record = this.#recordOf(key);
      if (record) this.#records.push(record);
      this.#save(key);
    }
    this.#unpublished.clear();
  }

  #held(key: string): Published | undefined {
    const id = key.slice(2);
    switch (key.slice(0, 2)) {
      case 'e/':
        return this.#elements.get(id);
      case 'o/':
        return this.#works.get(id);
      case 't/':
        return this.#tariffs.get(id);
      default: {
        const [subject, faultId] = split(id);
        return this.#faults.get(subject)?.get(faultId);
      }
    }
  }

  #recordOf(key: string): NetworkRecord | undefined {
    const held = this.#held(key);
    if (!held || held.published === held.revision) return undefined;
    held.published = held.revision;
    const { revision } = held;
    const id = key.slice(2);
    switch (key.slice(0, 2)) {
      case 'e/':
        return { is: 'element', id, revision, versions: (held as Element).versions };
      case 'o/': {
        const { announced, cancelled = [] } = held as KnownWorks;
        return { is: 'works', element: id, revision, announced: worksAsTheyStand(announced, cancelled) };
      }
      case 't/':
        return { is: 'tariff', id, revision, versions: (held as KnownTariff).versions };
      default: {
        const [subject, faultId] = split(id);
        return { is: 'fault', subject, faultId, revision, facts: (held as KnownFault).facts };
      }
    }
  }

  /** The network records of the tick that ended, in an order that depends on nothing but what they say. */
  takeRecords(): readonly NetworkRecord[] {
    const records = this.#records;
    this.#records = [];
    return records;
  }

  /** What was counted of traffic since the last full hour: for who reads to an end and no further. */
  restOfLoad(): readonly NetworkRecord[] {
    return this.#load.publish(EVER, this.#now);
  }

  takeDecisions(): readonly Decision[] {
    const decisions = this.#decisions;
    this.#decisions = [];
    return decisions;
  }

  takeChanges(): Changes {
    const changes = written(this.#changes);
    this.#changes = new Map();
    return changes;
  }

  /** For who keeps nothing: a replay. */
  dropChanges(): void {
    this.#changes.clear();
  }

  get changed(): number {
    return this.#changes.size;
  }

  #save(key: string): void {
    const held = this.#held(key);
    if (held) this.#changes.set(key, () => this.#held(key));
  }

  #saveWatch(element: string): void {
    this.#changes.set(`a/${element}`, () => this.#watches.get(element));
  }

  #saveAlarm(key: string): void {
    this.#changes.set(`l/${key}`, () => this.#alarms.get(key));
  }

  // --- Coming back ---

  restore(key: string, value: Uint8Array): void {
    const id = key.slice(2);
    const held = unpack(value);
    if (this.#load.restore(key, held)) return;
    if (key.startsWith(WATCH)) return this.#kpis.restore(id, held);
    if (key.startsWith(OPEN) || key.startsWith(SUMS)) return this.#rollups?.restore(key, held);
    switch (key.slice(0, 2)) {
      case 'e/':
        this.#elements.set(id, held as Element);
        break;
      case 'f/': {
        const [subject, faultId] = split(id);
        let ofSubject = this.#faults.get(subject);
        if (!ofSubject) this.#faults.set(subject, (ofSubject = new Map()));
        ofSubject.set(faultId, held as KnownFault);
        break;
      }
      case 'o/':
        this.#works.set(id, held as KnownWorks);
        break;
      case 't/':
        this.#tariffs.set(id, held as KnownTariff);
        break;
      case 'a/': {
        const watch = held as Watch;
        this.#watches.set(id, watch);
        if (watch.dirty) this.#dirty.add(id);
        if (watch.due !== undefined) this.#timers.add(watch.due, `a:${id}`);
        return;
      }
      case 'l/': {
        const alarm = held as HeldAlarm;
        this.#alarms.set(id, alarm);
        if (alarm.dirty) this.#dirtyAlarms.add(id);
        if (alarm.due !== undefined) this.#timers.add(alarm.due, `l:${id}`);
        return;
      }
      case 'w/':
        this.#waiting.set(id, held as DozorEvent[]);
        return;
      default:
        throw new Error(`a network task does not know the key ${key}`);
    }
    const { revision, published } = held as Published;
    if (revision !== published) this.#unpublished.add(key);
  }

  resume(now: Instant): void {
    this.#now = now;
    this.#rollups?.resume(now);
  }
}

function isEnd(fact: AlarmFact): boolean {
  return fact.do === 'ended' || fact.perceivedSeverity === 'cleared';
}

const ORDER = ['e/', 't/', 'o/', 'f/'];

function publishOrder(a: string, b: string): number {
  return ORDER.indexOf(a.slice(0, 2)) - ORDER.indexOf(b.slice(0, 2)) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Splits `subject\nfaultId`: a line break is in no subject that the door lets in. */
function split(key: string): readonly [string, string] {
  const at = key.indexOf('\n');
  return [key.slice(0, at), key.slice(at + 1)];
}
