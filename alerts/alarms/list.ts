/**
 * The list of alarms: a function from what was reported, decided and done, in any order, to what stands, what deserves a person,
 * and who is told when. No clock of its own: `advance` says what time it is. It knows no log and no store.
 *
 *   report, fault, decision ─► life of the alarm ─► explained by another? works? flapping? ─► held long enough ─► told, step by
 *   act of a person ──────────┘                                                                                   step, until acknowledged
 */
import type { AlarmIdentity } from '../../pipelines/domain/alarm.js';
import { alarmIdOf } from '../../pipelines/domain/alarm-id.js';
import type { DecisionData } from '../../pipelines/domain/decision.js';
import type { DozorEvent } from '../../pipelines/domain/event.js';
import type { NetworkRecord } from '../../pipelines/domain/network.js';
import { NetworkView } from '../../pipelines/domain/network.js';
import { DAY, EVER, FOREVER, type Instant, MINUTE } from '../../pipelines/domain/units.js';
import { type AlarmRule, type Catalogue, type EscalationStep, lifeRuleOf, ruleOf } from './catalogue.js';
import { above, explains, explanationOf, type Standing } from './causes.js';
import { DueList } from './due.js';
import {
  actFact,
  decidedFact,
  type Entry,
  faultFacts,
  faultNameOf,
  isOwnFault,
  type Kept,
  keptOf,
  newEntry,
  reportFact,
  stands,
  trimmedFacts,
} from './entry.js';
import { FigureBook } from './figures.js';
import { type AlarmFact, type Life, lifeOf, withFact } from './life.js';

/** That a person is to be told of an alarm: one step of its schedule. */
export interface Call {
  readonly entry: Entry;
  readonly rule: AlarmRule;
  readonly step: EscalationStep;
  /** 0 for the first. */
  readonly number: number;
  /** When the standing was first told. */
  readonly toldAt: Instant;
  /** The clock's time at which it was due. */
  readonly at: Instant;
  /** What it rests on became known late. */
  readonly late: boolean;
  /** How many alarms it explains at this moment, and on how many resources. */
  readonly children: { readonly alarms: number; readonly resources: number };
}

/** A decision about an alarm, as the log has it. */
export interface DecidedAlarm {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: Instant;
  readonly data: DecisionData<'alarm.raised'>;
}

/** What is cleared and acknowledged by nobody is forgotten after so long; its journal with it. */
const FORGOTTEN_AFTER = 90 * DAY;
/** Looked for at most so often. */
const FORGET_EVERY = DAY;

export class AlarmList {
  readonly catalogue: Catalogue;
  readonly view = new NetworkView();
  readonly figures: FigureBook;
  readonly #entries = new Map<string, Entry>();
  readonly #standing = new Map<string, Map<string, Standing>>();
  /** What each alarm explains. */
  readonly #children = new Map<string, Set<string>>();
  readonly #links = new Map<string, Set<string>>();
  readonly #dirty = new Set<string>();
  /** What was judged since somebody asked. */
  #looked = new Set<string>();
  /** What has facts that lie after the clock. */
  readonly #ahead = new Set<string>();
  /** Resources of which something changed that others may hang on. */
  readonly #touched = new Set<string>();
  readonly #due = new DueList();
  readonly #changed = new Set<string>();
  readonly #fresh: Omit<Call, 'children'>[] = [];
  readonly #calls: Call[] = [];
  #now: Instant = EVER;
  #forgotAt: Instant = EVER;

  constructor(catalogue: Catalogue) {
    this.catalogue = catalogue;
    this.figures = new FigureBook(catalogue.positions);
  }

  get now(): Instant {
    return this.#now;
  }

  get size(): number {
    return this.#entries.size;
  }

  entries(): IterableIterator<Entry> {
    return this.#entries.values();
  }

  find(id: string): Entry | undefined {
    return this.#entries.get(id);
  }

  /** The alarms that this one explains. */
  childrenOf(id: string): ReadonlySet<string> {
    return this.#children.get(id) ?? new Set();
  }

  // --- What is heard ---

  /** Takes an event in; what is none of an alarm's is passed over. True where it was taken. */
  hear(event: DozorEvent): boolean {
    switch (event.type) {
      case 'alarm.reported':
      case 'alarm.ended': {
        const identity = { resource: event.subject, source: 'reported', qualifier: event.data.alarmKey } as const;
        this.#learn(this.#entryOf(identity), reportFact(event));
        return true;
      }
      case 'alarm.acknowledged':
      case 'alarm.unacknowledged':
      case 'alarm.shelved':
      case 'alarm.unshelved':
      case 'alarm.commented':
      case 'alarm.closed': {
        const { alarmId } = event.data;
        // It may come before what it is about.
        const entry = this.#entries.get(alarmId) ?? this.#add(newEntry(alarmId, event.subject));
        this.#learn(entry, actFact(event));
        return true;
      }
      default:
        return false;
    }
  }

  /** Takes a decision about an alarm in. */
  decided({ id, type, subject, time, data }: DecidedAlarm): void {
    const entry = this.#entryOf({ resource: subject, source: 'decided', qualifier: data.alarmId });
    this.#learn(entry, decidedFact(type, data, { at: time, known: time, ref: id }));
  }

  /** Takes a record of the network in: elements, works, faults. */
  network(record: NetworkRecord): void {
    if (!this.view.apply(record)) return;
    switch (record.is) {
      case 'element': {
        const links = record.versions.at(-1)?.links ?? [];
        for (const other of links) {
          this.#linked(record.id, other);
          this.#linked(other, record.id);
        }
        this.#touched.add(record.id);
        for (const id of this.#standing.get(record.id)?.keys() ?? []) this.#dirty.add(id);
        return;
      }
      case 'works':
        this.#touched.add(record.element);
        return;
      case 'fault': {
        const { subject, faultId, revision, facts } = record;
        if (isOwnFault(faultId)) return;
        const entry = this.#entryOf({ resource: subject, source: 'fault', qualifier: faultId });
        if ((entry.revision ?? 0) >= revision) return;
        const acts = entry.facts.filter((fact) => fact.do !== 'reported' && fact.do !== 'ended');
        entry.facts = [...acts, ...faultFacts(subject, faultId, facts)].reduce<readonly AlarmFact[]>(withFact, []);
        entry.revision = revision;
        this.#soil(entry);
        return;
      }
      default:
    }
  }

  #linked(from: string, to: string): void {
    const links = this.#links.get(from) ?? new Set();
    this.#links.set(from, links.add(to));
  }

  #entryOf(identity: AlarmIdentity): Entry {
    const id = alarmIdOf(identity);
    const held = this.#entries.get(id);
    if (!held) return this.#add(newEntry(id, identity.resource, identity));
    held.identity ??= identity;
    held.resource = identity.resource;
    return held;
  }

  #add(entry: Entry): Entry {
    this.#entries.set(entry.id, entry);
    return entry;
  }

  #learn(entry: Entry, fact: AlarmFact): void {
    const facts = withFact(entry.facts, fact);
    if (facts === entry.facts) return;
    entry.facts = facts;
    if (fact.at <= this.#now) return this.#soil(entry);
    // It is looked at when the clock comes to it, and shown before.
    this.#ahead.add(entry.id);
    this.#changed.add(entry.id);
    if (entry.due !== undefined && entry.due <= fact.at) return;
    entry.due = fact.at;
    this.#due.add(fact.at, entry.id);
  }

  #soil(entry: Entry): void {
    this.#dirty.add(entry.id);
    this.#changed.add(entry.id);
  }

  // --- Time ---

  /** Judges what became known, then rings what is due up to `to`, in order of its time. */
  advance(to: Instant): void {
    this.#settle();
    for (let due = this.#due.take(to); due; due = this.#due.take(to)) {
      for (const id of due.names) {
        const entry = this.#entries.get(id);
        // It was put off, or is looked at already.
        if (entry?.due !== due.at) continue;
        entry.due = undefined;
        this.#dirty.add(id);
      }
      this.#now = Math.max(this.#now, due.at);
      this.#settle();
    }
    this.#now = Math.max(this.#now, to);
    if (this.#now >= this.#forgotAt + FORGET_EVERY) this.#forget();
  }

  /**
   * Takes what became known into what is shown. Nobody is told before the clock says that everything up to now was read: what
   * explains an alarm may lie in another partition.
   */
  refresh(): void {
    for (const id of this.#ahead) this.#dirty.add(id);
    this.#ahead.clear();
    for (const id of this.#settle({ quietly: true })) this.#dirty.add(id);
  }

  /** Judges what became known as of now, and says what was looked at. */
  #settle({ quietly = false } = {}): readonly string[] {
    if (this.#dirty.size === 0 && this.#touched.size === 0) return [];
    const dirty = [...this.#dirty].sort();
    this.#dirty.clear();
    for (const id of dirty) this.#live(this.#entries.get(id)!, quietly);
    const again = new Set(dirty);
    if (this.#touched.size > 0) for (const id of this.#feeling(this.#touched)) again.add(id);
    this.#touched.clear();
    const judged = [...again].sort();
    for (const id of judged) this.#judge(this.#entries.get(id)!, quietly);
    for (const id of judged) this.#looked.add(id);
    // Only now is it known what each of them explains.
    for (const call of this.#fresh.splice(0)) this.#calls.push({ ...call, children: this.explainedBy(call.entry.id) });
    return judged;
  }

  /**
   * Works the life out anew, and keeps the index of what stands. What is told to people rests on facts up to the clock alone, each
   * taken at its own time; what is shown (`quietly`), on all.
   */
  #live(entry: Entry, quietly: boolean): void {
    const next = quietly ? -1 : entry.facts.findIndex(({ at }) => at > this.#now);
    const facts = next === -1 ? entry.facts : entry.facts.slice(0, next);
    const ahead = next === -1 ? undefined : entry.facts[next]!.at;
    if (ahead !== undefined) this.#ahead.add(entry.id);
    const at = quietly ? Math.max(this.#now, entry.facts.at(-1)?.at ?? EVER) : this.#now;
    let life = lifeOf(facts, lifeRuleOf(entry.rule), at);
    const rule = this.#ruleOf(entry, life);
    if (rule !== entry.rule) life = lifeOf(facts, lifeRuleOf(rule), at);
    entry.rule = rule;
    entry.life = ahead === undefined ? life : { ...life, wake: Math.min(ahead, life.wake ?? FOREVER) };
    if (!quietly) {
      for (const raise of newRaises(entry.judged, life)) {
        if (entry.judged || raise >= this.#now - DAY) this.figures.raised(entry.id, raise, life.raises);
      }
      if (next === -1) this.#trim(entry, life);
      entry.judged = entry.life;
    }
    this.#index(entry);
  }

  #trim(entry: Entry, life: Life): void {
    const facts = trimmedFacts(entry.facts, life);
    if (facts === entry.facts) return;
    entry.facts = facts;
    entry.life = lifeOf(facts, lifeRuleOf(entry.rule), this.#now);
    entry.trimmed += life.raises.length - entry.life.raises.length;
  }

  #ruleOf({ identity, resource }: Entry, { said, severity, standing }: Life): AlarmRule | undefined {
    if (!identity || !standing) return undefined;
    const element = this.view.element(resource, this.#now);
    const { source, qualifier } = identity;
    return ruleOf(this.catalogue, {
      source,
      qualifier,
      said,
      severity,
      kind: element?.kind,
      operator: element?.operator,
    });
  }

  #index(entry: Entry): void {
    const { id, resource, rule, life, identity } = entry;
    const of = this.#standing.get(resource);
    const held = of?.get(id);
    if (!stands(entry)) {
      if (!held) return;
      of!.delete(id);
      if (of!.size === 0) this.#standing.delete(resource);
      if (explains(held)) this.#touched.add(resource);
      return;
    }
    const { from } = life!.standing!;
    const aboutFault = life!.said.aboutFault;
    const isFault = identity && faultNameOf(identity);
    const standing: Standing = { id, resource, from, rule, aboutFault, isFault };
    if (held && held.from === from && held.rule === rule && held.aboutFault === aboutFault) return;
    if (of) of.set(id, standing);
    else this.#standing.set(resource, new Map([[id, standing]]));
    if (explains(standing) || (held && explains(held))) this.#touched.add(resource);
  }

  /** The standing alarms that may be explained by something on these resources, or lie under their works. */
  #feeling(resources: ReadonlySet<string>): Iterable<string> {
    const found = new Set<string>();
    const feel = (resource: string) => {
      for (const id of this.#standing.get(resource)?.keys() ?? []) found.add(id);
    };
    for (const resource of resources) {
      for (const below of this.view.below(resource)) feel(below);
      for (const linked of this.#links.get(resource) ?? []) feel(linked);
    }
    return found;
  }

  /** What automation makes of it, and whether somebody is to be told. */
  #judge(entry: Entry, quietly: boolean): void {
    const now = this.#now;
    const standing = this.#standing.get(entry.resource)?.get(entry.id);
    this.#explain(entry, standing && this.#explanation(standing, now));
    const wakes = [entry.life!.wake ?? FOREVER];
    const works = standing && this.worksOn(entry.resource, now);
    if (standing) wakes.push(...this.#worksAhead(entry.resource, now));
    if (!quietly) {
      this.#hide(entry, standing !== undefined && (entry.explanation ?? works ?? entry.life!.flapping) !== undefined);
      wakes.push(this.#tell(entry));
    }
    const due = Math.min(...wakes.filter((at) => at > this.#now));
    const next = due === FOREVER ? undefined : due;
    if (next === entry.due) return;
    entry.due = next;
    if (next !== undefined) this.#due.add(next, entry.id);
    this.#changed.add(entry.id);
  }

  /** Notes whether automation holds it back, and since when it does no more while it stands. */
  #hide(entry: Entry, hidden: boolean): void {
    const freed = stands(entry) ? entry.freedAt : undefined;
    const freedAt = hidden ? undefined : entry.hidden && stands(entry) ? this.#now : freed;
    if (hidden === entry.hidden && freedAt === entry.freedAt) return;
    entry.hidden = hidden;
    entry.freedAt = freedAt;
    this.#changed.add(entry.id);
  }

  #explanation(standing: Standing, now: Instant): Entry['explanation'] {
    const found = explanationOf(standing, {
      view: this.view,
      on: (resource) => this.#standing.get(resource)?.values() ?? [],
      links: (resource) => this.#links.get(resource) ?? [],
      lead: this.catalogue.lead,
      now,
    });
    // An alarm explained by what it explains would hide both.
    return found && this.rootOf(found.by) !== standing.id ? found : undefined;
  }

  /** The alarm at the end of the chain of explanations; itself where nothing explains it. */
  rootOf(id: string): string {
    const seen = new Set<string>();
    let at = id;
    for (let by = this.#entries.get(at)?.explanation?.by; by !== undefined && !seen.has(by); ) {
      seen.add(by);
      at = by;
      by = this.#entries.get(at)?.explanation?.by;
    }
    return at;
  }

  #explain(entry: Entry, explanation: Entry['explanation']): void {
    const before = entry.explanation?.by;
    entry.explanation = explanation;
    if (before === explanation?.by) return;
    if (before !== undefined) this.#children.get(before)?.delete(entry.id);
    if (explanation === undefined) return;
    const children = this.#children.get(explanation.by) ?? new Set();
    this.#children.set(explanation.by, children.add(entry.id));
  }

  /** The announced works under way on an element or above it. */
  worksOn(resource: string, now: Instant): { readonly worksId: string; readonly to: Instant } | undefined {
    for (const one of [resource, ...above(this.view, resource, now)]) {
      const works = this.view.works(one).find(({ at, from, to }) => at <= now && from <= now && now < to);
      if (works) return works;
    }
    return undefined;
  }

  #worksAhead(resource: string, now: Instant): readonly Instant[] {
    return [resource, ...above(this.view, resource, now)].flatMap((one) =>
      this.view.works(one).flatMap(({ from, to }) => [from, to].filter((at) => at > now)),
    );
  }

  /** Tells people what is due by now, and returns when to look again. */
  #tell(entry: Entry): Instant {
    const now = this.#now;
    const { life, rule } = entry;
    const schedule = rule?.escalation ? this.catalogue.escalations[rule.escalation] : undefined;
    if (!rule || !schedule || !stands(entry)) return FOREVER;
    const { operator, heldAt, standing } = life!;
    // Freed by automation it waits as long as a fresh one: most go when what explained them has gone.
    const readyAt = Math.max(heldAt, entry.freedAt === undefined ? EVER : entry.freedAt + (rule.hold ?? 0));
    const told = entry.told && entry.told.at >= standing!.from ? entry.told : undefined;
    if (told && operator.is === 'acknowledged') {
      if (!told.acknowledged) this.#note(entry, { ...told, acknowledged: true });
      return FOREVER;
    }
    if (operator.is !== 'none' || entry.hidden) return FOREVER;
    if (readyAt > now) return readyAt;
    // Acknowledged and then not, it is news again.
    const begun = told && !told.acknowledged ? told : { at: now, steps: 0, acknowledged: false };
    if (!told) this.figures.told(life!.severity, now);
    let { steps } = begun;
    const first = entry.facts.find((fact) => fact.at === standing!.from);
    const late = first !== undefined && first.known - first.at > MINUTE;
    for (; steps < schedule.length && begun.at + schedule[steps]!.after <= now; steps++) {
      const step = schedule[steps]!;
      this.#fresh.push({ entry, rule, step, number: steps, toldAt: begun.at, at: now, late });
    }
    if (begun !== told || steps !== begun.steps) this.#note(entry, { ...begun, steps });
    return steps < schedule.length ? begun.at + schedule[steps]!.after : FOREVER;
  }

  #note(entry: Entry, told: Entry['told']): void {
    entry.told = told;
    this.#changed.add(entry.id);
  }

  /** How many alarms one explains, with what those explain, and on how many resources. */
  explainedBy(id: string): Call['children'] {
    const resources = new Set<string>();
    let alarms = 0;
    const count = (parent: string) => {
      for (const child of this.childrenOf(parent)) {
        alarms += 1;
        resources.add(this.#entries.get(child)!.resource);
        count(child);
      }
    };
    count(id);
    return { alarms, resources: resources.size };
  }

  #forget(): void {
    this.#forgotAt = this.#now;
    for (const entry of this.#entries.values()) {
      const last = entry.facts.at(-1)?.at ?? EVER;
      if (stands(entry) || last > this.#now - FORGOTTEN_AFTER || entry.life?.operator.is === 'shelved') continue;
      this.#entries.delete(entry.id);
      this.#ahead.delete(entry.id);
      this.#changed.add(entry.id);
    }
  }

  // --- What leaves it ---

  /** Who is to be told since it was last asked, in order. */
  takeCalls(): readonly Call[] {
    return this.#calls.splice(0);
  }

  /** The alarms that may be shown otherwise since it was last asked. */
  takeLooked(): ReadonlySet<string> {
    const looked = this.#looked;
    this.#looked = new Set();
    return looked;
  }

  /** What is to be kept since it was last asked, by key; undefined: to be forgotten. */
  takeChanges(): ReadonlyMap<string, unknown> {
    const changes = new Map<string, unknown>();
    for (const id of this.#changed) {
      const entry = this.#entries.get(id);
      changes.set(`i/${id}`, entry && keptOf(entry));
    }
    this.#changed.clear();
    for (const [bucket, value] of this.figures.takeChanges()) changes.set(`f/${bucket}`, value);
    for (const bucket of this.#now === EVER ? [] : this.figures.forget(this.#now))
      changes.set(`f/${bucket}`, undefined);
    return changes;
  }

  get changed(): number {
    return this.#changed.size;
  }

  /** Takes back what `takeChanges` gave; the network is told anew before `resume`. */
  restore(key: string, value: unknown): void {
    if (key.startsWith('f/')) return this.figures.restore(Number(key.slice(2)), value);
    const id = key.slice(2);
    const kept = value as Kept;
    this.#entries.set(id, { ...kept, id });
    if (kept.due !== undefined) this.#due.add(kept.due, id);
  }

  /** Stands at this time again, as before the restart. What was told stands in the entries, so nobody is told twice. */
  resume(now: Instant): void {
    this.#now = now;
    this.#forgotAt = now;
    for (const entry of this.#entries.values()) {
      const facts = entry.facts.filter(({ at }) => at <= now);
      entry.rule = this.#ruleOf(entry, lifeOf(facts, lifeRuleOf(undefined), now));
      entry.life = entry.judged = lifeOf(facts, lifeRuleOf(entry.rule), now);
      this.#index(entry);
      // The network may say more than it did, and a fact may lie ahead.
      if (stands(entry) || facts.length < entry.facts.length) this.#dirty.add(entry.id);
    }
  }
}

/** The raises that were not known before. */
function newRaises(before: Life | undefined, life: Life): readonly Instant[] {
  if (!before) return life.raises;
  const known = new Set(before.raises);
  return life.raises.filter((at) => !known.has(at));
}
