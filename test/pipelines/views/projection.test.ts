/** The projection: several partitions in any order, gaps, copies, restarts, retention, another log, and how it waits. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DecisionQuery } from '../../../pipelines/http/ports.js';
import { queryOf } from '../../../pipelines/http/query.js';
import { DecisionIndex } from '../../../pipelines/io/decision-index.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { partitionOf, TOPICS, toBytes } from '../../../pipelines/runtime/topics.js';
import { Projection } from '../../../pipelines/views/projection.js';
import { GappyLog } from '../io/log-gappy.js';

const packs = loadPacks([OWN_PACKS]);
const partitions = { facts: 2, decisions: 3 };
const JUNE = Date.UTC(2026, 5, 1);

let folder: string;
let log: GappyLog;
let indexes: Map<string, DecisionIndex>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-projection-'));
  indexes = new Map();
  log = await newLog();
});
afterEach(async () => {
  await log.close();
  for (const index of indexes.values()) await index.close();
  rmSync(folder, { recursive: true });
});

async function newLog(): Promise<GappyLog> {
  const made = new GappyLog();
  await made.ensureTopic(TOPICS.decisions, partitions.decisions);
  await made.ensureTopic(TOPICS.facts, partitions.facts);
  return made;
}

/** A process with an index of its own; a second one under the same name is its restart. */
async function start(name = 'index', on = log): Promise<Projection> {
  await indexes.get(name)?.close();
  const index = new DecisionIndex(join(folder, name));
  indexes.set(name, index);
  const projection = new Projection({ log: on, index, packs, partitions });
  await projection.warm();
  return projection;
}

async function finish(projection: Projection): Promise<void> {
  while (await projection.catchUp());
  expect(await projection.caughtUp()).toBe(true);
}

interface Given {
  readonly id: string;
  readonly subject?: string;
  readonly type?: string;
  readonly time?: number;
  readonly data?: object;
}

const wireOf = ({ id, subject = `s-${id}`, type = 'credit.granted', time = JUNE, data = {} }: Given) => ({
  specversion: '1.0',
  id,
  source: 'dozor',
  type,
  subject,
  time: new Date(time).toISOString(),
  data,
});

/** Writes decisions where their subjects belong. */
async function decide(given: readonly Given[], to = log): Promise<void> {
  for (const one of given) {
    const wire = wireOf(one);
    const partition = partitionOf(wire.subject, partitions.decisions);
    await to.append({ topic: TOPICS.decisions, partition }, [{ key: wire.subject, value: toBytes(wire) }]);
  }
}

interface GroupGiven {
  readonly group: string;
  readonly revision: number;
  readonly incidents?: readonly string[];
  readonly services?: number;
  readonly reasons?: readonly string[];
}

async function tell(told: readonly GroupGiven[]): Promise<void> {
  for (const { group, revision, incidents = [], services = 1, reasons = ['fibre'] } of told) {
    const open = incidents.map((incident) => ({
      incident,
      from: JUNE,
      counts: true,
      reasons,
      overdueAt: null,
      confirmedAt: JUNE + 1,
    }));
    const fact = { is: 'outages', from: 'service-0', group, operator: 'a1-rs', revision, services, open };
    const of = { topic: TOPICS.facts, partition: partitionOf(group, partitions.facts) };
    await log.append(of, [{ key: `outages/${group}`, value: toBytes({ tick: 1, told: fact }) }]);
  }
}

async function frontiers(count: number, partition = 0, to = log): Promise<void> {
  const value = toBytes({ tick: 1, told: { is: 'frontier', from: 'service-0', tick: 1, clock: JUNE } });
  await to.append(
    { topic: TOPICS.facts, partition },
    Array.from({ length: count }, () => ({ key: 'frontier/service-0', value })),
  );
}

const idsOf = (decisions: readonly { readonly id: string }[]) => decisions.map(({ id }) => id);
const linesOf = (projection: Projection) => projection.outages().map(({ incident, services }) => [incident, services]);

async function pages(projection: Projection, query: Omit<DecisionQuery, 'after'>): Promise<string[][]> {
  const found: string[][] = [];
  for (let after: string | undefined; ; ) {
    const page = await projection.decisions({ ...query, ...(after === undefined ? {} : { after }) });
    found.push(idsOf(page.decisions));
    if (page.next === undefined) return found;
    after = page.next;
  }
}

/** Numbers in an order that has nothing to do with their own. */
const shuffled = (count: number, by: number) => Array.from({ length: count }, (_, i) => (i * by) % count);

describe('decisions', () => {
  it('of all partitions are shown once, though offsets have gaps and copies come', async () => {
    const given = shuffled(100, 37).map((i) => ({ id: `d${i}`, time: JUNE + i }));
    await decide([...given, ...given.slice(20, 60)]);
    const projection = await start();
    await finish(projection);
    expect(projection.decisionCounts()).toEqual({ 'credit.granted': 100 });
    expect(projection.conflicts()).toBe(0);
    const all = (await pages(projection, { limit: 30, order: 'oldest' })).flat();
    expect(all).toEqual(Array.from({ length: 100 }, (_, i) => `d${i}`));
    expect(await projection.decision('d7')).toEqual(wireOf({ id: 'd7', time: JUNE + 7 }));
    expect(await projection.decision('no such')).toBeUndefined();
  });

  it('with one id and two contents are counted, and the first is shown', async () => {
    await decide([
      { id: 'a', data: { amount: 1 } },
      { id: 'a', data: { amount: 2 } },
    ]);
    const projection = await start();
    await finish(projection);
    expect(projection.conflicts()).toBe(1);
    expect((await projection.decision('a'))?.data).toEqual({ amount: 1 });
    expect((await start()).conflicts()).toBe(1);
  });

  it('are read on from where the index ends: nothing is read again after a restart but the last known', async () => {
    await decide(shuffled(40, 7).map((i) => ({ id: `d${i}` })));
    await tell([{ group: 'g', revision: 1, incidents: ['f'] }]);
    await finish(await start());
    log.reads.length = 0;
    const projection = await start();
    await decide([{ id: 'new' }]);
    await finish(projection);
    const ends = new Map<string, number>();
    for (const [topic, count] of Object.entries(partitions))
      for (let partition = 0; partition < count; partition++)
        ends.set(`${topic}/${partition}`, await log.end({ topic, partition }));
    for (const { topic, partition, from } of log.reads)
      expect(from, `${topic}/${partition}`).toBeGreaterThanOrEqual(ends.get(`${topic}/${partition}`)! - 1 - 3);
    expect(projection.decisionCounts()).toEqual({ 'credit.granted': 41 });
  });

  it('are filtered by subject, type and time', async () => {
    await decide([
      { id: 'a', subject: 's1', time: JUNE },
      { id: 'b', subject: 's1', time: JUNE + 10, type: 'alarm.raised' },
      { id: 'c', subject: 's2', time: JUNE + 20 },
      { id: 'd', subject: 's1', time: JUNE + 20 },
    ]);
    const projection = await start();
    await finish(projection);
    const ask = async (query: Partial<DecisionQuery>) =>
      idsOf((await projection.decisions({ limit: 10, ...query })).decisions);
    expect(await ask({})).toEqual(['d', 'c', 'b', 'a']);
    expect(await ask({ subject: 's1' })).toEqual(['d', 'b', 'a']);
    expect(await ask({ subject: 's1', type: 'credit.granted', order: 'oldest' })).toEqual(['a', 'd']);
    expect(await ask({ type: 'alarm.raised' })).toEqual(['b']);
    expect(await ask({ from: JUNE + 10, to: JUNE + 20 })).toEqual(['b']);
    expect(await ask({ subject: 's3' })).toEqual([]);
  });

  it('that are none stop it, in words that name the record', async () => {
    for (const [partition, value] of [toBytes({ id: 'a' }), Buffer.from('{'), toBytes(null)].entries()) {
      const broken = await newLog();
      await broken.append({ topic: TOPICS.decisions, partition }, [{ key: 's', value }]);
      const projection = await start(`index-${partition}`, broken);
      await expect(projection.catchUp()).rejects.toThrow(`record 2 of decisions[${partition}] is no decision`);
    }
  });
});

describe('a page', () => {
  it.each(['newest', 'oldest'] as const)(
    'goes on after the one before without loss or doubling: 1,000 decisions of one time, %s first',
    async (order) => {
      await decide(shuffled(1_000, 389).map((i) => ({ id: `d${i}`, subject: `s${i % 5}` })));
      const projection = await start();
      await finish(projection);
      const expected = Array.from({ length: 1_000 }, (_, i) => `d${i}`).sort();
      if (order === 'newest') expected.reverse();
      expect((await pages(projection, { limit: 33, order })).flat()).toEqual(expected);
      const ofOne = expected.filter((id) => Number(id.slice(1)) % 5 === 3);
      expect((await pages(projection, { limit: 33, order, subject: 's3' })).flat()).toEqual(ofOne);
      expect((await pages(projection, { limit: 250, order })).map(({ length }) => length)).toEqual([
        250, 250, 250, 250,
      ]);
    },
  );

  it('is the same in every process, whatever order the partitions came in', async () => {
    const given = shuffled(120, 53).map((i) => ({ id: `d${i}`, time: JUNE + (i % 10) }));
    await decide(given);
    const other = await newLog();
    await decide([...given].reverse(), other);
    const [here, there] = [await start('here'), await start('there', other)];
    await finish(here);
    await finish(there);
    for (const order of ['newest', 'oldest'] as const) {
      expect(await pages(here, { limit: 11, order })).toEqual(await pages(there, { limit: 11, order }));
      // Each page from another process than the one before.
      const found: string[] = [];
      for (let [asked, next, after] = [here, there, undefined as string | undefined]; ; [asked, next] = [next, asked]) {
        const page = await asked.decisions({ limit: 11, order, ...(after === undefined ? {} : { after }) });
        found.push(...idsOf(page.decisions));
        if (page.next === undefined) break;
        after = page.next;
      }
      expect(found).toEqual((await pages(here, { limit: 11, order })).flat());
    }
    expect(idsOf(here.latest(50))).toEqual(idsOf(there.latest(50)));
  });

  it('is asked for by what stands in the address', async () => {
    await decide(['a', 'b', 'c'].map((id) => ({ id })));
    const projection = await start();
    await finish(projection);
    const { next } = await projection.decisions({ limit: 2 });
    expect(next).toBe(`${JUNE}:b`);
    const query = queryOf(new URLSearchParams(`limit=2&after=${encodeURIComponent(next!)}`));
    expect(await projection.decisions(query)).toEqual({ decisions: [wireOf({ id: 'a' })] });
    await expect(projection.decisions({ limit: 2, after: 'x:1' })).rejects.toThrow(RangeError);
  });
});

describe('the latest decisions', () => {
  it('go by time, then by id, newest first, at most 200, and are the same after a restart', async () => {
    const projection = await start();
    const given = shuffled(600, 277).map((i) => ({ id: `d${i}`, time: JUNE + Math.floor(i / 4) }));
    for (let at = 0; at < given.length; at += 100) {
      await decide([...given.slice(at, at + 100), ...given.slice(Math.max(0, at - 10), at + 10)]);
      await projection.catchUp();
    }
    await finish(projection);
    const expected = [...given]
      .sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1))
      .slice(0, 200)
      .map(({ id }) => id);
    expect(idsOf(projection.latest(1_000))).toEqual(expected);
    expect(idsOf(projection.latest(3))).toEqual(expected.slice(0, 3));
    expect(idsOf((await start()).latest(1_000))).toEqual(expected);
  });
});

describe('open outages', () => {
  it('are one line an incident, over groups and partitions, and end when all say so', async () => {
    const projection = await start();
    await tell([
      { group: 'g1', revision: 1, incidents: ['f1'], services: 10, reasons: ['power'] },
      { group: 'g2', revision: 1, incidents: ['f1', 'f2'], services: 5 },
      { group: 'g3', revision: 1, incidents: ['f2'], services: 1 },
    ]);
    await finish(projection);
    expect(linesOf(projection)).toEqual([
      ['f1', 15],
      ['f2', 6],
    ]);
    expect(projection.outages()[0]!.reasons).toEqual(['fibre', 'power']);
    const before = projection.outages();
    await tell([{ group: 'g2', revision: 2 }]);
    await finish(projection);
    expect(linesOf(projection)).toEqual([
      ['f1', 10],
      ['f2', 1],
    ]);
    expect(before).toHaveLength(2);
  });

  it('do not come back when an earlier fact is told again, also after a restart', async () => {
    const projection = await start();
    await tell([
      { group: 'g1', revision: 1, incidents: ['f1'] },
      { group: 'g1', revision: 2 },
    ]);
    await finish(projection);
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'] }]);
    await finish(projection);
    expect(linesOf(projection)).toEqual([]);
    const next = await start();
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'] }]);
    await finish(next);
    expect(linesOf(next)).toEqual([]);
  });

  it('are there at once after a restart, though the log does not hold their facts any more', async () => {
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'], services: 3 }]);
    await finish(await start());
    for (const partition of [0, 1]) await log.removeAll({ topic: TOPICS.facts, partition });
    const projection = await start();
    expect(linesOf(projection)).toEqual([['f1', 3]]);
    await tell([{ group: 'g2', revision: 1, incidents: ['f1'], services: 4 }]);
    await finish(projection);
    expect(linesOf(projection)).toEqual([['f1', 7]]);
  });

  it('of a long topic are not read again: offsets are written with them, and else now and then', async () => {
    const projection = await start();
    const withGroup = partitionOf('g1', partitions.facts);
    await frontiers(3_000, 1 - withGroup);
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'] }]);
    await finish(projection);
    const index = indexes.get('index')!;
    const endOf = (partition: number) => log.end({ topic: TOPICS.facts, partition });
    expect(index.covered('facts', withGroup)?.offset).toBe(await endOf(withGroup));
    expect(index.covered('facts', 1 - withGroup)!.offset).toBeGreaterThan((await endOf(1 - withGroup)) - 5_100);
  });
});

describe('where the log has let records go', () => {
  it('facts go on with the first that is left: at the start, after a stop, and on the way', async () => {
    const all = async () => {
      for (const partition of [0, 1]) await log.removeAll({ topic: TOPICS.facts, partition });
    };
    await tell([{ group: 'old', revision: 1, incidents: ['gone'] }]);
    await all();
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'] }]);
    const first = await start();
    await finish(first);
    expect(linesOf(first)).toEqual([['f1', 1]]);

    await frontiers(10, 0);
    await frontiers(10, 1);
    await all();
    const second = await start();
    await finish(second);
    await tell([{ group: 'g2', revision: 1, incidents: ['f2'] }]);
    await tell([{ group: 'g3', revision: 1, incidents: ['f2'] }]);
    await all();
    await tell([{ group: 'g4', revision: 1, incidents: ['f4'] }]);
    await finish(second);
    expect(linesOf(second)).toEqual([
      ['f1', 1],
      ['f4', 1],
    ]);
  });

  it('decisions that the index lacks stop the start and the run, in words', async () => {
    const of = { topic: TOPICS.decisions, partition: partitionOf('s1', partitions.decisions) };
    await decide([{ id: 'a', subject: 's1' }]);
    const projection = await start();
    await finish(projection);
    await decide([{ id: 'b', subject: 's1' }]);
    await log.removeAll(of);
    const words = `decisions[${of.partition}] begins at offset 6, and the index goes on at 3`;
    await expect(projection.catchUp()).rejects.toThrow(words);
    await expect(start()).rejects.toThrow(words);
    // It has what the log has no more: it must not be thrown away unasked.
    expect(indexes.get('index')!.find('a')).toBeDefined();
  });

  it('decisions that went before they were ever read are missed too', async () => {
    await start();
    await decide([{ id: 'a', subject: 's1' }]);
    await log.removeAll({ topic: TOPICS.decisions, partition: partitionOf('s1', partitions.decisions) });
    await expect(start()).rejects.toThrow('the decisions between are gone');
  });

  it('a new index begins with what is left', async () => {
    await decide([{ id: 'a', subject: 's1' }]);
    await log.removeAll({ topic: TOPICS.decisions, partition: partitionOf('s1', partitions.decisions) });
    await decide([{ id: 'b', subject: 's1' }]);
    const projection = await start();
    await finish(projection);
    expect(idsOf(projection.latest(10))).toEqual(['b']);
  });
});

describe('an index of another log', () => {
  const first = shuffled(30, 7).map((i) => ({ id: `first-${i}`, subject: `s${i}` }));
  const second = shuffled(60, 7).map((i) => ({ id: `second-${i}`, subject: `s${i}` }));

  it.each([
    ['shorter', second.slice(0, 10)],
    ['as long', second.slice(0, 30)],
    ['longer', second],
    ['empty', []],
  ])('is made anew: this log is %s', async (_, given) => {
    await decide(first);
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'] }]);
    await finish(await start());
    const other = await newLog();
    await decide(given, other);
    if (given.length >= first.length) for (const partition of [0, 1]) await frontiers(5, partition, other);
    const projection = await start('index', other);
    await finish(projection);
    expect(linesOf(projection)).toEqual([]);
    expect(idsOf(projection.latest(100)).sort()).toEqual(idsOf(given).sort());
    expect((await pages(projection, { limit: 100, order: 'oldest' })).flat().sort()).toEqual(idsOf(given).sort());
  });
});

describe('waiting', () => {
  const forever = 600_000;

  it.each([
    { topic: TOPICS.decisions, partition: 2 },
    { topic: TOPICS.facts, partition: 1 },
  ])('ends with a record in any partition: $topic $partition', async (of) => {
    await decide(shuffled(20, 3).map((i) => ({ id: `d${i}` })));
    const projection = await start();
    await finish(projection);
    const value =
      of.topic === TOPICS.facts
        ? toBytes({ tick: 1, told: { is: 'frontier', from: 'x', tick: 1, clock: 0 } })
        : toBytes(wireOf({ id: 'new' }));
    const waited = projection.wait(forever);
    await log.append(of, [{ key: 'k', value }]);
    await waited;
    // What came before the wait ends it as well.
    await projection.wait(forever);
    expect(await projection.caughtUp()).toBe(false);
    expect(await projection.catchUp()).toBe(true);
    expect(await projection.caughtUp()).toBe(true);
    expect(await projection.catchUp()).toBe(false);
  });

  it('times out, and does not pile up waits of the log', async () => {
    const projection = await start();
    await finish(projection);
    for (let i = 0; i < 20; i++) await projection.wait(1);
    expect(log.waits).toBe(partitions.facts + partitions.decisions);
    for (let i = 0; i < 20; i++) {
      const waited = projection.wait(forever);
      await decide([{ id: `d${i}`, subject: 's1' }]);
      await waited;
      await finish(projection);
    }
    expect(log.waits).toBeLessThanOrEqual(partitions.facts + partitions.decisions + 20);
  });
});

describe('a log that is away for a while', () => {
  it('costs nothing: what failed is done again', async () => {
    const given = shuffled(60, 7).map((i) => ({ id: `d${i}`, time: JUNE + i }));
    await decide(given.slice(0, 30));
    await tell([{ group: 'g1', revision: 1, incidents: ['f1'] }]);
    await finish(await start());
    await decide(given.slice(30));
    const index = indexes.get('index')!;
    const projection = new Projection({ log, index, packs, partitions });
    log.failing.add('decisions/1');
    await expect(projection.warm()).rejects.toThrow('away');
    await projection.warm();
    for (const name of ['decisions/0', 'decisions/1', 'facts/0', 'decisions/2']) {
      log.failing.add(name);
      await expect(async () => {
        while (await projection.catchUp());
      }).rejects.toThrow('away');
    }
    await finish(projection);
    expect(idsOf(projection.latest(100))).toEqual(shuffled(60, 1).map((i) => `d${59 - i}`));
    expect(linesOf(projection)).toEqual([['f1', 1]]);
    log.failing.add('facts/1');
    await expect(projection.wait(600_000)).rejects.toThrow('away');
    const waited = projection.wait(600_000);
    await tell([{ group: 'g1', revision: 2 }]);
    await waited;
    await finish(projection);
    expect(linesOf(projection)).toEqual([]);
  });

  it('is not taken for another log, nor for one that is caught up with', async () => {
    await decide([{ id: 'a', subject: 's1' }]);
    await finish(await start());
    const reads = log.read.bind(log);
    // As an adapter may that was not delivered the records in time.
    log.read = async () => [];
    await expect(start()).rejects.toThrow('gives no record at 2: try again');
    log.read = reads;
    expect(idsOf((await start()).latest(10))).toEqual(['a']);
  });
});
