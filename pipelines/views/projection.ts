/** What people look at, kept up from the `decisions` and `facts` topics. It owns nothing: it can be made again from the log. */

import type { Fact, OpenOutage } from '../domain/fact.js';
import type { Packs } from '../domain/pack.js';
import { parseInstant } from '../domain/units.js';
import type { DecisionPage, DecisionQuery, OutageView, WireDecision } from '../http/ports.js';
import type { DecisionIndex, IndexedDecision } from '../io/decision-index.js';
import type { Log } from '../io/log.js';
import { fromBytes, TOPICS, type Told } from '../runtime/topics.js';

const DECISIONS = { topic: TOPICS.decisions, partition: 0 };
const BATCH_MAX = 500;
const LATEST = 200;

interface Group {
  readonly operator: string;
  readonly revision: number;
  readonly services: number;
  readonly open: readonly OpenOutage[];
}

export class Projection {
  readonly #log: Log;
  readonly #index: DecisionIndex;
  readonly #packs: Packs;
  readonly #factPartitions: number;
  readonly #factOffsets: number[];
  readonly #groups = new Map<string, Group>();
  #latest: WireDecision[] = [];

  constructor(given: {
    readonly log: Log;
    readonly index: DecisionIndex;
    readonly packs: Packs;
    readonly factPartitions: number;
  }) {
    this.#log = given.log;
    this.#index = given.index;
    this.#packs = given.packs;
    this.#factPartitions = given.factPartitions;
    this.#factOffsets = new Array<number>(given.factPartitions).fill(0);
  }

  /** Reads the newest decisions back, so that a page that is opened after a restart is not empty. */
  async warm(): Promise<void> {
    const newest = this.#index.query({ limit: LATEST, newestFirst: true });
    this.#latest = await Promise.all(newest.map(([, offset]) => this.#at(offset)));
  }

  /** Reads on; true where something was new. */
  async catchUp(): Promise<boolean> {
    const decided = await this.#readDecisions();
    let told = false;
    for (let partition = 0; partition < this.#factPartitions; partition++) {
      if (await this.#readFacts(partition)) told = true;
    }
    return decided || told;
  }

  async #readDecisions(): Promise<boolean> {
    const from = this.#index.offset;
    const records = await this.#log.read(DECISIONS, from, BATCH_MAX);
    if (records.length === 0) return false;
    const fresh: IndexedDecision[] = [];
    for (const { offset, value } of records) {
      const decision = fromBytes(value) as WireDecision;
      if (this.#index.find(decision.id) !== undefined || fresh.some((one) => one.id === decision.id)) continue;
      const { id, type, subject, time } = decision;
      fresh.push({ id, type, subject: subject ?? '', time: parseInstant(time) ?? 0, offset });
      this.#latest.unshift(decision);
    }
    this.#latest.length = Math.min(this.#latest.length, LATEST);
    await this.#index.add(fresh, from + records.length);
    return true;
  }

  async #readFacts(partition: number): Promise<boolean> {
    const from = this.#factOffsets[partition]!;
    const records = await this.#log.read({ topic: TOPICS.facts, partition }, from, BATCH_MAX);
    for (const { value } of records) {
      const { told: fact } = fromBytes(value) as Told<Fact>;
      if (fact.is !== 'outages') continue;
      const key = `${fact.group} ${fact.from}`;
      if ((this.#groups.get(key)?.revision ?? 0) >= fact.revision) continue;
      const { operator, revision, services, open } = fact;
      this.#groups.set(key, { operator, revision, services, open });
    }
    this.#factOffsets[partition] = from + records.length;
    return records.length > 0;
  }

  async #at(offset: number): Promise<WireDecision> {
    const [record] = await this.#log.read(DECISIONS, offset, 1);
    if (!record) throw new Error(`the index names offset ${offset} of decisions, which the log does not hold`);
    return fromBytes(record.value) as WireDecision;
  }

  async decision(id: string): Promise<WireDecision | undefined> {
    const offset = this.#index.find(id);
    return offset === undefined ? undefined : this.#at(offset);
  }

  async decisions(query: DecisionQuery): Promise<DecisionPage> {
    const [time, offset] = query.after?.split(':').map(Number) ?? [];
    const { subject, type, from, to, limit, order } = query;
    const found = this.#index.query({
      limit: limit + 1,
      newestFirst: order !== 'oldest',
      ...(subject === undefined ? {} : { subject }),
      ...(type === undefined ? {} : { type }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(time === undefined || offset === undefined ? {} : { after: [time, offset] as const }),
    });
    const page = found.slice(0, limit);
    const decisions = await Promise.all(page.map(([, at]) => this.#at(at)));
    const last = page[page.length - 1];
    return { decisions, ...(found.length > limit && last ? { next: `${last[0]}:${last[1]}` } : {}) };
  }

  latest(limit: number): readonly WireDecision[] {
    return this.#latest.slice(0, limit);
  }

  decisionCounts(): Record<string, number> {
    return this.#index.counts();
  }

  /** The open outages, by incident: groups of services that hang on the same fault are one line. */
  outages(): readonly OutageView[] {
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
          reasons: [...new Set([...(held?.reasons ?? []), ...outage.reasons])],
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

function least(a: number | null, b: number | null | undefined): number | null {
  if (a === null || b === null || b === undefined) return a ?? b ?? null;
  return Math.min(a, b);
}
