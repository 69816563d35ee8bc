/**
 * The engine around the collectors: it gives each fact to the collector of its kind, asks those that heard something, or whose
 * time has come, once all tasks have told the same tick, and keeps their states. It knows none of their rules.
 */
import type { Collector, Kept } from '../collectors/collector.js';
import { type Decision, decide } from '../domain/decision.js';
import type { Fact } from '../domain/fact.js';
import type { Packs } from '../domain/pack.js';
import { EVER, type Instant } from '../domain/units.js';
import { COLLECTORS } from '../topology.js';
import { encode as pack, decode as unpack } from './codec.js';
import { Timers } from './heap.js';
import type { Changes } from './service-logic.js';

/** What meets in one key of a collector. */
interface Item {
  readonly collector: Collector;
  readonly key: string;
  state: unknown;
  /** When it has to be judged: EVER for the next time, undefined: when it hears something new. */
  due: Instant | undefined;
  /** Its parts as the store has them. */
  written: ReadonlyMap<string, unknown>;
}

/** What follows the prefix where a part is kept, and the length of the key. */
const PARTS = '+/';
const NAMED = /^([a-z]+)(\+\/(\d+):|\/)([\s\S]*)$/;

/** Whether any collector hears such a fact. */
export function isHeard(fact: Fact): boolean {
  return COLLECTORS.some(({ hears }) => hears === fact.is);
}

export class CollectorLogic {
  readonly name: string;
  readonly #packs: Packs;
  readonly #items = new Map<string, Item>();
  /** Those to be judged the next time; the others wait in the timers. */
  readonly #dirty = new Set<string>();
  readonly #timers = new Timers();
  readonly #changed = new Set<Item>();
  readonly #restored = new Map<string, { head?: Record<string, unknown>; readonly parts: Map<string, unknown> }>();
  #decisions: Decision[] = [];
  #now: Instant = EVER;

  constructor(given: { readonly name: string; readonly packs: Packs }) {
    this.name = given.name;
    this.#packs = given.packs;
  }

  get now(): Instant {
    return this.#now;
  }

  /** How many keys are held. */
  get size(): number {
    return this.#items.size;
  }

  /** Takes a fact in. What was heard before, or is older than what is held, changes nothing. */
  hear(fact: Fact): void {
    const collector = COLLECTORS.find(({ hears }) => hears === fact.is);
    if (!collector) return;
    const key = collector.keyOf(fact);
    const name = `${collector.prefix}/${key}`;
    const held = this.#items.get(name);
    const before = held?.state ?? collector.start(fact);
    const state = collector.hear(before, fact);
    if (state === before) return;
    const item = held ?? { collector, key, state, due: undefined, written: new Map() };
    item.state = state;
    item.due = EVER;
    this.#items.set(name, item);
    this.#dirty.add(name);
    this.#changed.add(item);
  }

  /** All tasks have told up to here. */
  *advance(to: Instant): Generator<void, void, void> {
    this.#now = Math.max(this.#now, to);
    for (let entry = this.#timers.take(this.#now); entry; entry = this.#timers.take(this.#now)) {
      if (this.#items.get(entry.key)?.due === entry.at) this.#dirty.add(entry.key);
    }
    for (const name of [...this.#dirty].sort()) {
      this.#dirty.delete(name);
      this.#judge(name);
      yield;
    }
  }

  #judge(name: string): void {
    const item = this.#items.get(name)!;
    const { key, collector } = item;
    const { state, drafts, next } = collector.judge(item.state, { key, clock: this.#now, packs: this.#packs });
    for (const draft of drafts) this.#decisions.push(decide(draft) as Decision);
    if (state !== item.state || next !== item.due) this.#changed.add(item);
    item.state = state;
    this.#wait(name, item, next);
    if (next === undefined && collector.keep(state) === undefined) this.#items.delete(name);
  }

  #wait(name: string, item: Item, due: Instant | undefined): void {
    item.due = due;
    if (due === undefined) return;
    if (due <= this.#now) this.#dirty.add(name);
    else this.#timers.add(due, name);
  }

  takeDecisions(): readonly Decision[] {
    const decisions = this.#decisions;
    this.#decisions = [];
    return decisions;
  }

  /** What the store has to be told. A state in parts is written part by part, and only what changed of it. */
  takeChanges(): Changes {
    const changes: Changes = new Map();
    for (const item of this.#changed) {
      const { collector, key, due, written } = item;
      const kept = collector.keep(item.state) ?? (due === undefined ? undefined : { head: {} });
      changes.set(`${collector.prefix}/${key}`, kept && pack({ ...kept.head, due: due ?? null }));
      const parts: ReadonlyMap<string, unknown> = kept?.parts ?? new Map();
      const nameOf = (part: string) => `${collector.prefix}${PARTS}${key.length}:${key}${part}`;
      for (const [part, value] of parts) if (written.get(part) !== value) changes.set(nameOf(part), pack(value));
      for (const part of written.keys()) if (!parts.has(part)) changes.set(nameOf(part), undefined);
      item.written = parts;
    }
    this.#changed.clear();
    return changes;
  }

  /** For who keeps nothing: a replay. */
  dropChanges(): void {
    this.#changed.clear();
  }

  get changed(): number {
    return this.#changed.size;
  }

  /** Takes back what the store held. Call `resume` when all is in. */
  restore(key: string, value: Uint8Array): void {
    const [, prefix, , length, rest] = NAMED.exec(key)!;
    const own = length === undefined ? rest! : rest!.slice(0, Number(length));
    const name = `${prefix}/${own}`;
    let held = this.#restored.get(name);
    if (!held) this.#restored.set(name, (held = { parts: new Map() }));
    if (length === undefined) held.head = unpack(value) as Record<string, unknown>;
    else held.parts.set(rest!.slice(own.length), unpack(value));
  }

  resume(now: Instant): void {
    this.#now = now;
    for (const [name, { head = {}, parts }] of this.#restored) {
      const slash = name.indexOf('/');
      const collector = COLLECTORS.find(({ prefix }) => prefix === name.slice(0, slash));
      if (!collector) throw new Error(`a collector does not know the key ${name}`);
      // An earlier version wrote whether it was dirty in place of when it is due.
      const { due = null, dirty = false, ...own } = head as { due?: Instant | null; dirty?: boolean };
      const kept: Required<Kept> = { head: own, parts };
      const item: Item = {
        collector,
        key: name.slice(slash + 1),
        state: collector.take(kept),
        due: undefined,
        written: parts,
      };
      this.#items.set(name, item);
      this.#wait(name, item, dirty ? EVER : (due ?? undefined));
    }
    this.#restored.clear();
  }
}
