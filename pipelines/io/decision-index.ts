/**
 * An index of its own for each process that shows decisions: the decisions themselves by id, by time, by subject, by type and by incident,
 * and the open outages, each with how far the partitions of the log are covered. Nothing is read from the log to answer.
 *
 * It holds no truth: it can be made again from the log at any time, and an older layout is thrown away when it is opened. One
 * process writes it; others may look into it meanwhile. What stands in it is the same whatever order the partitions came in.
 */
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { Fact } from '../domain/fact.js';
import { canonicalJson } from '../domain/schema.js';
import type { Instant } from '../domain/units.js';
import { durably } from './log-lmdb.js';

/** Raised with every change of keys or values below. */
const LAYOUT = 3;
/** So many ids with two contents are named; more are counted. */
const CONFLICTING_MAX = 100;

export interface IndexedDecision {
  /** Printable ASCII, as the engine's ids are: then JavaScript and LMDB have the same order. */
  readonly id: string;
  readonly type: string;
  /** Absent where a bad line had none. */
  readonly subject?: string | undefined;
  readonly time: Instant;
  /** The incidents that it is about. */
  readonly incidents?: readonly string[] | undefined;
  /** Its wire form, as it came from the log. */
  readonly json: Uint8Array;
}

/** The place of a decision in the order of all: the same in every process. */
export type Place = readonly [time: Instant, id: string];

export interface IndexQuery {
  readonly subject?: string | undefined;
  readonly type?: string | undefined;
  /** About this incident; with a subject the subject goes before. */
  readonly incident?: string | undefined;
  /** Decisions of `time` >= from and < to. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
  readonly limit: number;
  readonly newestFirst: boolean;
  /** The place after which to go on, in the direction asked for. */
  readonly after?: Place | undefined;
}

export interface Found {
  readonly place: Place;
  readonly json: Uint8Array;
}

/** How far a partition is covered. */
export interface Covered {
  /** The offset at which to go on. */
  readonly offset: number;
  /** The fingerprint of the last record before it (see `fingerprintOf`); null where none was read. */
  readonly last: string | null;
}

/** The open outages of one group of services. */
export type OutagesFact = Extract<Fact, { is: 'outages' }>;
/** The topics that an index covers. */
export type Source = 'decisions' | 'facts';

export class DecisionIndex {
  readonly #root: RootDatabase;
  readonly #offsets: Database<Covered, [Source, number]>;
  readonly #byTime: Database<Uint8Array, [Instant, string]>;
  readonly #byId: Database<Instant, string>;
  readonly #bySubject: Database<string, [string, Instant, string]>;
  readonly #byType: Database<true, [string, Instant, string]>;
  readonly #byIncident: Database<string, [string, Instant, string]>;
  /** The revision of every group heard of: an earlier one that comes late changes nothing. */
  readonly #revisions: Database<number, string>;
  readonly #openGroups: Database<OutagesFact, string>;

  /** Opens the index in this folder for the one process that writes it; makes it anew where the layout is another. */
  constructor(folder: string, options: { readonly readOnly?: boolean } = {}) {
    const readOnly = options.readOnly ?? false;
    // As in embedded.ts: what can be read is on disk, and a full disk does not end the process unheard.
    const settings = { noSubdir: false, noMemInit: true, overlappingSync: false, eventTurnBatching: false };
    this.#root = open({ path: folder, ...settings, readOnly });
    this.#offsets = this.#root.openDB({ name: 'offsets' });
    this.#byTime = this.#root.openDB({ name: 'time', encoding: 'binary' });
    this.#byId = this.#root.openDB({ name: 'id' });
    this.#bySubject = this.#root.openDB({ name: 'subject' });
    this.#byType = this.#root.openDB({ name: 'type' });
    this.#byIncident = this.#root.openDB({ name: 'incident' });
    this.#revisions = this.#root.openDB({ name: 'revisions' });
    this.#openGroups = this.#root.openDB({ name: 'open-groups' });
    if (!readOnly && this.#root.get('layout') !== LAYOUT) this.clear();
  }

  /** Opens the index beside the process that writes it; undefined where there is none, or one of another layout. */
  static async openForReading(folder: string): Promise<DecisionIndex | undefined> {
    if (!existsSync(join(folder, 'data.mdb'))) return undefined;
    const index = new DecisionIndex(folder, { readOnly: true });
    // Written last of all: where it stands, everything else is there.
    if (index.#root.get('layout') === LAYOUT) return index;
    await index.close();
    return undefined;
  }

  /** Forgets everything, at once: what follows is made from the log anew. */
  clear(): void {
    const all = [
      this.#offsets,
      this.#byTime,
      this.#byId,
      this.#bySubject,
      this.#byType,
      this.#byIncident,
      this.#revisions,
      this.#openGroups,
    ];
    this.#root.transactionSync(() => {
      for (const one of all) one.clearSync();
      // Of layout 1.
      this.#root.removeSync('offset');
      this.#root.removeSync('counts');
      this.#root.removeSync('conflicts');
      this.#root.removeSync('conflicting');
      this.#root.putSync('layout', LAYOUT);
    });
  }

  /** How far a partition is covered; undefined where nothing is known of it. */
  covered(source: Source, partition: number): Covered | undefined {
    return this.#offsets.get([source, partition]);
  }

  /** The offset of this partition of `decisions` at which to go on; undefined where nothing is known of it. */
  offset(partition: number): number | undefined {
    return this.covered('decisions', partition)?.offset;
  }

  /** How many decisions of each type there are. */
  counts(): Readonly<Record<string, number>> {
    return (this.#root.get('counts') as Record<string, number> | undefined) ?? {};
  }

  /** How many decisions of each type are about an incident. */
  countsOf(incident: string): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    const name = keyOf(incident);
    const range = { start: [name], end: [name, Number.MAX_SAFE_INTEGER] } as object;
    for (const { value } of this.#byIncident.getRange(range)) counts[value] = (counts[value] ?? 0) + 1;
    return counts;
  }

  /** How often a decision came whose id stood for another content: a fault of the first order. The first one is kept. */
  conflicts(): number {
    return (this.#root.get('conflicts') as number | undefined) ?? 0;
  }

  /** The ids of the first of them. */
  conflicting(): readonly string[] {
    return (this.#root.get('conflicting') as readonly string[] | undefined) ?? [];
  }

  /**
   * Takes decisions of one partition in and covers it up to `offset`, in one transaction; `last` is the fingerprint of the last
   * record. Resolves to those that are new, in their order: one whose id is known is a copy, or a conflict, and is passed over.
   */
  add(
    decisions: readonly IndexedDecision[],
    partition: number,
    offset: number,
    last: string | null = null,
  ): Promise<readonly IndexedDecision[]> {
    return durably(this.#root, () => {
      const fresh: IndexedDecision[] = [];
      const counts = { ...this.counts() };
      const conflicting: string[] = [];
      for (const decision of decisions) {
        const { id, type, subject, time, incidents = [], json } = decision;
        const known = this.#byId.get(id);
        if (known !== undefined) {
          if (!isCopy(decision, this.#byTime.get([known, id])!)) conflicting.push(id);
          continue;
        }
        this.#byTime.put([time, id], json);
        this.#byId.put(id, time);
        if (subject !== undefined) this.#bySubject.put([keyOf(subject), time, id], type);
        this.#byType.put([keyOf(type), time, id], true);
        for (const incident of incidents) this.#byIncident.put([keyOf(incident), time, id], type);
        counts[type] = (counts[type] ?? 0) + 1;
        fresh.push(decision);
      }
      if (fresh.length > 0) this.#root.put('counts', counts);
      if (conflicting.length > 0) {
        this.#root.put('conflicts', this.conflicts() + conflicting.length);
        this.#root.put('conflicting', [...this.conflicting(), ...conflicting].slice(0, CONFLICTING_MAX));
      }
      this.#cover('decisions', partition, { offset, last });
      return fresh;
    });
  }

  /** Takes the outages of groups in, as `add` does; resolves to those that are later than what was known of the group. */
  addGroups(
    facts: readonly OutagesFact[],
    partition: number,
    offset: number,
    last: string | null = null,
  ): Promise<readonly OutagesFact[]> {
    return durably(this.#root, () => {
      const fresh: OutagesFact[] = [];
      for (const fact of facts) {
        const key = keyOf(groupName(fact));
        if ((this.#revisions.get(key) ?? 0) >= fact.revision) continue;
        this.#revisions.put(key, fact.revision);
        if (fact.open.length > 0) this.#openGroups.put(key, fact);
        else this.#openGroups.remove(key);
        fresh.push(fact);
      }
      this.#cover('facts', partition, { offset, last });
      return fresh;
    });
  }

  #cover(source: Source, partition: number, covered: Covered): void {
    // Another process on this folder may be further: what it covered stays covered.
    if ((this.#offsets.get([source, partition])?.offset ?? 0) > covered.offset) return;
    this.#offsets.put([source, partition], covered);
  }

  /** The groups that have an open outage. */
  openGroups(): readonly OutagesFact[] {
    return Array.from(this.#openGroups.getRange({}), ({ value }) => value);
  }

  /** The wire form of a decision. */
  find(id: string): Uint8Array | undefined {
    const time = this.#byId.get(id);
    return time === undefined ? undefined : this.#byTime.get([time, id]);
  }

  /** What matches, in the order of `Place`. */
  query({ subject, type, incident, from, to, limit, newestFirst, after }: IndexQuery): readonly Found[] {
    // No id is empty: all of that time come after the lower bound, and none before the upper.
    let low: Place = [from ?? Number.MIN_SAFE_INTEGER, ''];
    let high: Place = [to ?? Number.MAX_SAFE_INTEGER, ''];
    if (after && newestFirst && isBefore(after, high)) high = after;
    if (after && !newestFirst && isBefore(low, after)) low = after;
    const within = (place: Place) => isBefore(low, place) && isBefore(place, high);
    // In reverse lmdb starts below `start` and ends above `end`; the bounds themselves are left out by `within`.
    const range = (before: readonly string[]) => {
      const [first, end] = newestFirst ? [high, low] : [low, high];
      return { start: [...before, ...first], end: [...before, ...end], reverse: newestFirst } as object;
    };
    const found: Found[] = [];
    if (subject === undefined && type === undefined && incident === undefined) {
      for (const { key, value } of this.#byTime.getRange(range([]))) {
        if (found.length >= limit) break;
        if (within(key)) found.push({ place: key, json: value });
      }
      return found;
    }
    const entries =
      subject !== undefined
        ? this.#bySubject.getRange(range([keyOf(subject)]))
        : incident !== undefined
          ? this.#byIncident.getRange(range([keyOf(incident)]))
          : this.#byType.getRange(range([keyOf(type!)]));
    const isOfType = (value: string | true) => type === undefined || value === true || type === value;
    for (const { key, value } of entries) {
      if (found.length >= limit) break;
      const place: Place = [key[1], key[2]];
      if (within(place) && isOfType(value)) found.push({ place, json: this.#byTime.get([...place])! });
    }
    return found;
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}

/** What tells a record from others, to see whether an index belongs to a log. */
export function fingerprintOf(value: Uint8Array): string {
  return hash('sha256', value, 'hex').slice(0, 16);
}

/** What names a group of services: the task that looks after it, and its key there. */
export function groupName({ group, from }: OutagesFact): string {
  return JSON.stringify([from, group]);
}

function isCopy({ type, json }: IndexedDecision, known: Uint8Array): boolean {
  // A line that is refused twice has one id, whatever the clock and its number in the file were.
  if (type === 'event.rejected' || Buffer.compare(json, known) === 0) return true;
  const read = (bytes: Uint8Array) => canonicalJson(JSON.parse(Buffer.from(bytes).toString('utf8')));
  return read(json) === read(known);
}

function isBefore(a: Place, b: Place): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

/** Text as part of a key: a refused line may bring any subject, and LMDB takes neither long keys nor, in long ones, controls. */
function keyOf(text: string): string {
  return /^[!-"$-~][ -~]{0,199}$/.test(text) ? text : `#${hash('sha256', text)}`;
}
