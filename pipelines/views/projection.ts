/**
 * What people look at, kept up from the topics `decisions` and `facts`. It owns nothing: the index that it fills can be made
 * again from the log. Whatever partitions and order the records came in, it shows the same.
 */

import type { Fact } from '../domain/fact.js';
import type { Packs } from '../domain/pack.js';
import { parseInstant } from '../domain/units.js';
import type { DecisionPage, DecisionQuery, IncidentView, OutageView, WireDecision } from '../http/ports.js';
import {
  type DecisionIndex,
  fingerprintOf,
  groupName,
  type IndexedDecision,
  type OutagesFact,
  type Place,
} from '../io/decision-index.js';
import { type Log, LogError, type LogRecord, type TopicPartition } from '../io/log.js';
import { fromBytes, TOPICS, type Told } from '../runtime/topics.js';
import { followedBy, incidentsOf } from './incidents.js';

/** Records in one go: few enough that what shares the thread has its turn, and of each partition enough to be worth a read. */
const BATCH = { all: 2_000, eachMin: 50 } as const;
const LATEST_MAX = 200;
/** So many decisions are looked at for one page where a filter has no index of its own. */
const SCAN_MAX = 5_000;
/** Most facts say nothing of outages: for them alone the offset is written down only after so many. */
const UNWRITTEN_MAX = 5_000;
/** How long a partition is waited for before the log is asked again. */
const WAIT_MS = 60_000;

/** A partition, and how far it is read. */
interface Reader {
  readonly of: TopicPartition & { readonly topic: 'decisions' | 'facts' };
  next: number;
  /** What was read already, from `next` on. */
  ahead: readonly LogRecord[];
  /** The offset that the index has. */
  written: number;
  /** Whether the log is to tell when there is more. */
  awaited: boolean;
}

interface Taken extends IndexedDecision {
  readonly decision: WireDecision;
}

export interface ProjectionGiven {
  readonly log: Log;
  readonly index: DecisionIndex;
  readonly packs: Packs;
  /** How many partitions the two topics have. */
  readonly partitions: { readonly facts: number; readonly decisions: number };
}

export class Projection {
  readonly #log: Log;
  readonly #index: DecisionIndex;
  readonly #packs: Packs;
  readonly #readers: readonly Reader[];
  readonly #batchMax: number;
  readonly #groups = new Map<string, OutagesFact>();
  readonly #waiting = new Set<(error?: unknown) => void>();
  #latest: readonly Pick<Taken, 'time' | 'id' | 'decision'>[] = [];
  #outages: readonly OutageView[] | undefined;

  constructor({ log, index, packs, partitions }: ProjectionGiven) {
    this.#log = log;
    this.#index = index;
    this.#packs = packs;
    const readers = (topic: Reader['of']['topic'], count: number) =>
      Array.from(
        { length: count },
        (_, partition): Reader => ({ of: { topic, partition }, next: 0, ahead: [], written: 0, awaited: false }),
      );
    this.#readers = [...readers(TOPICS.decisions, partitions.decisions), ...readers(TOPICS.facts, partitions.facts)];
    this.#batchMax = Math.max(BATCH.eachMin, Math.floor(BATCH.all / this.#readers.length));
  }

  /**
   * Finds out where to go on; first of all to be called, and again where it failed. An index of another log is thrown away.
   * Rejects with an Error in words where decisions that the index lacks are gone from the log.
   */
  async warm(): Promise<void> {
    const place = () => allOf(this.#readers.map((reader) => this.#place(reader)));
    let placed = await place();
    if (placed.includes('foreign')) {
      this.#index.clear();
      placed = await place();
    }
    for (const outcome of placed) if (outcome instanceof Error) throw outcome;
    this.#latest = this.#index.query({ limit: LATEST_MAX, newestFirst: true }).map(({ place: [time, id], json }) => ({
      time,
      id,
      decision: fromBytes(json) as WireDecision,
    }));
    this.#groups.clear();
    for (const fact of this.#index.openGroups()) this.#groups.set(groupName(fact), fact);
    this.#outages = undefined;
  }

  /** Places a reader where the index ends, or says why it cannot. */
  async #place(reader: Reader): Promise<'placed' | 'foreign' | Error> {
    const { of } = reader;
    const [start, end] = await Promise.all([this.#log.start(of), this.#log.end(of)]);
    const covered = this.#index.covered(of.topic, of.partition);
    reader.ahead = [];
    reader.next = reader.written = Math.max(start, covered?.offset ?? 0);
    if (!covered) {
      // So that what goes before the first read is missed.
      if (of.topic === 'decisions') await this.#index.add([], of.partition, start);
      return 'placed';
    }
    if (covered.offset > end) return 'foreign';
    if (covered.offset < start) return of.topic === 'facts' ? 'placed' : goneError(of, covered.offset, start);
    if (covered.last === null || covered.offset === start) return 'placed';
    // The first read begins with the last record known: one read, and the log has shown whose index this is.
    const records = await this.#log.read(of, covered.offset - 1, this.#batchMax);
    if (!records[0])
      throw new Error(`${of.topic}[${of.partition}] gives no record at ${covered.offset - 1}: try again`);
    const last = records[0].offset === covered.offset - 1 ? records[0] : undefined;
    if (last && fingerprintOf(last.value) !== covered.last) return 'foreign';
    reader.ahead = last ? records.slice(1) : records;
    return 'placed';
  }

  /** Reads on, a batch of each partition; true where something was new. After a failure it may be called again. */
  async catchUp(): Promise<boolean> {
    const news = await allOf(
      this.#readers.map(async (reader) => {
        const records = await this.#read(reader);
        if (records.length === 0) return false;
        if (reader.of.topic === 'decisions') await this.#takeDecisions(reader, records);
        else await this.#takeFacts(reader, records);
        return true;
      }),
    );
    return news.includes(true);
  }

  /** Whether index and facts have reached the ends of the log. */
  async caughtUp(): Promise<boolean> {
    const ends = await Promise.all(this.#readers.map(({ of }) => this.#log.end(of)));
    return this.#readers.every(({ next }, i) => next >= ends[i]!);
  }

  /** Resolves when some partition may have something new, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void> {
    for (const reader of this.#readers) {
      // Kept over calls: with many partitions most waits outlast the one that ends this.
      if (reader.awaited) continue;
      reader.awaited = true;
      const ring = (error?: unknown) => {
        reader.awaited = false;
        for (const end of this.#waiting) end(error);
      };
      this.#log.wait(reader.of, reader.next, WAIT_MS).then(() => ring(), ring);
    }
    return new Promise((resolve, reject) => {
      const end = (error?: unknown) => {
        clearTimeout(timer);
        this.#waiting.delete(end);
        if (error === undefined) resolve();
        else reject(error);
      };
      const timer = setTimeout(end, timeoutMs);
      this.#waiting.add(end);
    });
  }

  async #read(reader: Reader): Promise<readonly LogRecord[]> {
    const { of, ahead, next } = reader;
    if (ahead.length > 0) {
      reader.ahead = [];
      return ahead;
    }
    try {
      return await this.#log.read(of, next, this.#batchMax);
    } catch (error) {
      const start = error instanceof LogError ? await this.#log.start(of) : next;
      if (start <= next) throw error;
      if (of.topic === 'decisions') throw goneError(of, next, start);
      // Facts are kept for a while only, and each says all of its group: what is left is enough.
      return this.#log.read(of, (reader.next = start), this.#batchMax);
    }
  }

  async #takeDecisions(reader: Reader, records: readonly LogRecord[]): Promise<void> {
    const { partition } = reader.of;
    const taken = this.#withIncidents(records.map((record) => decode(record, reader.of)));
    const { offset, value } = records[records.length - 1]!;
    const fresh = new Set<IndexedDecision>(await this.#index.add(taken, partition, offset + 1, fingerprintOf(value)));
    reader.next = reader.written = offset + 1;
    const oldest = this.#latest[LATEST_MAX - 1];
    const later = taken.filter((one) => fresh.has(one) && (!oldest || newestFirst(one, oldest) < 0));
    if (later.length === 0) return;
    const shown = later.map(({ time, id, decision }) => ({ time, id, decision }));
    this.#latest = [...this.#latest, ...shown].sort(newestFirst).slice(0, LATEST_MAX);
  }

  /** Notes which incidents each is about. A notice has those of the decision that it goes with, which came before it. */
  #withIncidents(taken: readonly Taken[]): readonly Taken[] {
    const known = new Map<string, readonly string[]>();
    return taken.map((one) => {
      const own = incidentsOf(one.decision);
      const followed = own.length === 0 ? followedBy(one.decision) : undefined;
      const incidents = followed === undefined ? own : (known.get(followed) ?? this.#incidentsOf(followed));
      known.set(one.id, incidents);
      return incidents.length === 0 ? one : { ...one, incidents };
    });
  }

  #incidentsOf(id: string): readonly string[] {
    const json = this.#index.find(id);
    return json ? incidentsOf(fromBytes(json) as WireDecision) : [];
  }

  async #takeFacts(reader: Reader, records: readonly LogRecord[]): Promise<void> {
    const told = records.map(({ value }) => (fromBytes(value) as Told<Fact>).told);
    const outages = told.filter((fact) => fact.is === 'outages');
    const { offset, value } = records[records.length - 1]!;
    if (outages.length > 0 || offset - reader.written >= UNWRITTEN_MAX) {
      const { partition } = reader.of;
      for (const fact of await this.#index.addGroups(outages, partition, offset + 1, fingerprintOf(value))) {
        if (fact.open.length > 0) this.#groups.set(groupName(fact), fact);
        else this.#groups.delete(groupName(fact));
        this.#outages = undefined;
      }
      reader.written = offset + 1;
    }
    reader.next = offset + 1;
  }

  async decision(id: string): Promise<WireDecision | undefined> {
    const json = this.#index.find(id);
    return json && (fromBytes(json) as WireDecision);
  }

  /**
   * A page; `next` and `after` name a place in the order of all decisions, `time:id`, the same in every process. Where a filter
   * leaves much out a page may be short, or empty, and still name where to go on.
   */
  async decisions({ after, order, limit, operator, clause, reason, ...wanted }: DecisionQuery): Promise<DecisionPage> {
    const { incident, subject } = wanted;
    // By subject and incident the index knows the subject alone.
    const about = subject === undefined ? undefined : incident;
    const texts = Object.entries({ operator, clause, reason }).filter(([, text]) => text !== undefined);
    const fits = (decision: WireDecision) =>
      texts.every(([name, text]) => decision.data[name] === text) &&
      (about === undefined || this.#isAbout(decision, about));
    const isPlain = texts.length === 0 && about === undefined;
    const found: WireDecision[] = [];
    let place = after === undefined ? undefined : placeOf(after);
    for (let looked = 0; ; ) {
      const step = isPlain ? limit : Math.max(limit, 500);
      const rows = this.#index.query({
        ...wanted,
        limit: step + 1,
        newestFirst: order !== 'oldest',
        ...(place === undefined ? {} : { after: place }),
      });
      const here = rows.slice(0, step);
      for (const [i, row] of here.entries()) {
        looked += 1;
        place = row.place;
        const decision = fromBytes(row.json) as WireDecision;
        if (fits(decision)) found.push(decision);
        const isMore = i + 1 < rows.length;
        if (found.length === limit || looked >= SCAN_MAX) {
          return { decisions: found, ...(isMore && { next: place.join(':') }) };
        }
      }
      if (rows.length <= step) return { decisions: found };
    }
  }

  #isAbout(decision: WireDecision, incident: string): boolean {
    const followed = followedBy(decision);
    const incidents = incidentsOf(decision);
    return (incidents.length > 0 || followed === undefined ? incidents : this.#incidentsOf(followed)).includes(
      incident,
    );
  }

  /** The newest decisions by time, then id; at most 200 are held. */
  latest(limit: number): readonly WireDecision[] {
    return this.#latest.slice(0, limit).map(({ decision }) => decision);
  }

  decisionCounts(): Readonly<Record<string, number>> {
    return this.#index.counts();
  }

  /** How often one id came with two contents. Anything but 0 is a fault of the engine. */
  conflicts(): number {
    return this.#index.conflicts();
  }

  /** The ids of the first of them. */
  conflicting(): readonly string[] {
    return this.#index.conflicting();
  }

  /** The open outages, by incident: groups of services that hang on the same fault are one line. */
  outages(): readonly OutageView[] {
    return (this.#outages ??= this.#lines());
  }

  /** What is open of an incident, and what was decided about it. */
  incident(name: string): IncidentView {
    const groups = [...this.#groups.values()]
      .filter(({ open }) => open.some(({ incident }) => incident === name))
      .map(({ from, group, services }) => ({ task: from, group, services }));
    return { groups, decisions: this.#index.countsOf(name) };
  }

  #lines(): readonly OutageView[] {
    const byIncident = new Map<string, OutageView>();
    for (const { operator, services, open } of this.#groups.values()) {
      for (const outage of open) {
        const held = byIncident.get(outage.incident);
        const pack = this.#packs.operators().get(operator);
        byIncident.set(outage.incident, {
          incident: outage.incident,
          operator,
          operatorName: pack?.name ?? operator,
          from: Math.min(outage.from, held?.from ?? outage.from),
          counts: outage.counts || (held?.counts ?? false),
          reasons: [...new Set([...(held?.reasons ?? []), ...outage.reasons])].sort(),
          overdueAt: least(outage.overdueAt, held?.overdueAt),
          confirmedAt: least(outage.confirmedAt, held?.confirmedAt),
          services: services + (held?.services ?? 0),
          zone: pack?.zone ?? 'UTC',
        });
      }
    }
    return [...byIncident.values()].sort((a, b) => a.from - b.from || (a.incident < b.incident ? -1 : 1));
  }
}

/** All results; where some failed, the first failure, once none is under way any more. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

/** Reads a record of `decisions`. What is none was not written by the engine, and nothing is right any more: it throws. */
function decode({ offset, value }: LogRecord, { topic, partition }: TopicPartition): Taken {
  let decision: Partial<WireDecision> | null = null;
  try {
    decision = fromBytes(value) as Partial<WireDecision> | null;
  } catch {
    // Said below.
  }
  const { id, type, subject, time } = decision ?? {};
  const at = typeof time === 'string' ? parseInstant(time) : undefined;
  if (typeof id !== 'string' || !/^[!-~]{1,128}$/.test(id) || typeof type !== 'string' || at === undefined) {
    throw new Error(`record ${offset} of ${topic}[${partition}] is no decision: something else writes into this topic`);
  }
  return { id, type, subject, time: at, json: value, decision: decision as WireDecision };
}

function placeOf(after: string): Place {
  const [, time, id] = /^(-?\d+):(.+)$/.exec(after) ?? [];
  if (time === undefined) throw new RangeError('after should be the `next` of a page');
  return [Number(time), id!];
}

function goneError({ topic, partition }: TopicPartition, from: number, start: number): LogError {
  return new LogError(
    `${topic}[${partition}] begins at offset ${start}, and the index goes on at ${from}: the decisions between are gone from ` +
      'the log. They are meant to be kept: check the retention of the topic. To show only what is left, remove the folder of ' +
      'the index and start again.',
  );
}

function newestFirst(a: Pick<Taken, 'time' | 'id'>, b: Pick<Taken, 'time' | 'id'>): number {
  return b.time - a.time || (a.id < b.id ? 1 : -1);
}

function least(a: number | null, b: number | null | undefined): number | null {
  if (a === null || b === null || b === undefined) return a ?? b ?? null;
  return Math.min(a, b);
}
