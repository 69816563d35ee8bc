/** The index: copies and conflicts, orders and pages, what it covers, and when it is thrown away. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { open } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  DecisionIndex,
  type IndexedDecision,
  type IndexQuery,
  type OutagesFact,
} from '../../../pipelines/io/decision-index.js';

const JUNE = Date.UTC(2026, 5, 1);

let folder: string;
let opened: DecisionIndex[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dozor-index-'));
  opened = [];
});
afterEach(async () => {
  for (const index of opened) await index.close();
  rmSync(folder, { recursive: true });
});

function openIndex(name = 'index'): DecisionIndex {
  const index = new DecisionIndex(join(folder, name));
  opened.push(index);
  return index;
}

async function reopen(index: DecisionIndex): Promise<DecisionIndex> {
  await index.close();
  opened.splice(opened.indexOf(index), 1);
  return openIndex();
}

interface Given {
  readonly id: string;
  readonly type?: string;
  readonly subject?: string | undefined;
  readonly time?: number;
  readonly data?: object;
}

function decision({ id, type = 'credit.granted', subject, time = JUNE, data = {} }: Given): IndexedDecision {
  const wire = { id, type, subject, time: new Date(time).toISOString(), data };
  return { id, type, subject, time, json: Buffer.from(JSON.stringify(wire)) };
}

const idsOf = (found: readonly { readonly place: readonly [number, string] }[]) => found.map(({ place }) => place[1]);

/** All pages, one after the other. */
function pages(index: DecisionIndex, query: Omit<IndexQuery, 'after' | 'limit'>, limit: number): string[] {
  const ids: string[] = [];
  for (let after: IndexQuery['after']; ; ) {
    const found = index.query({ ...query, limit, after });
    ids.push(...idsOf(found));
    if (found.length < limit) return ids;
    after = found[found.length - 1]!.place;
  }
}

describe('what is taken in', () => {
  it('comes back byte for byte, and is there after a restart', async () => {
    let index = openIndex();
    const odd = decision({ id: 'a', subject: 's1', data: { text: 'čaj \u0000 "{}"', big: 'x'.repeat(50_000) } });
    await index.add([odd, decision({ id: 'b' })], 0, 2);
    for (const starts of [1, 2]) {
      if (starts === 2) index = await reopen(index);
      expect(Buffer.from(index.find('a')!).equals(odd.json)).toBe(true);
      expect(index.find('c')).toBeUndefined();
      const [found] = index.query({ subject: 's1', limit: 5, newestFirst: true });
      expect(Buffer.from(found!.json).equals(odd.json)).toBe(true);
      expect(index.counts()).toEqual({ 'credit.granted': 2 });
    }
  });

  it('is new once: a copy is passed over, within a batch, between partitions and after a restart', async () => {
    const first = openIndex();
    const one = decision({ id: 'a', subject: 's1' });
    expect(await first.add([one, decision({ id: 'a', subject: 's1' })], 0, 2)).toEqual([one]);
    const index = await reopen(first);
    expect(await index.add([decision({ id: 'a', subject: 's1' })], 1, 1)).toEqual([]);
    expect(index.counts()).toEqual({ 'credit.granted': 1 });
    expect(index.conflicts()).toBe(0);
    expect(pages(index, { newestFirst: true }, 10)).toEqual(['a']);
  });

  it('is a copy too where only the order of its members differs', async () => {
    const index = openIndex();
    await index.add([decision({ id: 'a', data: { amount: 1, clause: '3.3' } })], 0, 1);
    await index.add([decision({ id: 'a', data: { clause: '3.3', amount: 1 } })], 0, 2);
    expect(index.conflicts()).toBe(0);
  });

  it('is a conflict with another content under its id: counted for good, and the first one is kept', async () => {
    const first = openIndex();
    await first.add([decision({ id: 'a', data: { amount: 1 } })], 0, 1);
    await first.add([decision({ id: 'a', data: { amount: 2 } }), decision({ id: 'a', time: JUNE + 1 })], 1, 2);
    const index = await reopen(first);
    expect(index.conflicts()).toBe(2);
    expect(index.conflicting()).toEqual(['a', 'a']);
    expect(JSON.parse(Buffer.from(index.find('a')!).toString())).toMatchObject({ data: { amount: 1 } });
    expect(index.query({ limit: 10, newestFirst: true }).map(({ place }) => place)).toEqual([[JUNE, 'a']]);
  });

  it('is no conflict where one line is refused twice, at another time and with another number', async () => {
    const index = openIndex();
    await index.add([decision({ id: 'a', type: 'event.rejected', data: { line: 1 } })], 0, 1);
    await index.add([decision({ id: 'a', type: 'event.rejected', time: JUNE + 5, data: { line: 2 } })], 0, 2);
    expect(index.conflicts()).toBe(0);
    expect(index.counts()).toEqual({ 'event.rejected': 1 });
  });

  it.each([
    ['long', 'x'.repeat(5_000)],
    ['long, with another end', `${'x'.repeat(5_000)}y`],
    ['with controls', `a\u0000\u0001${'b'.repeat(100)}`],
    ['that looks like a key of ours', '#a'],
    ['in another script', 'претплатник-1'],
    ['with half of a pair', '\ud800'],
    ['empty', ''],
  ])('has any subject: %s', async (_, subject) => {
    const index = openIndex();
    const others = ['s1', 'x'.repeat(5_000), `${'x'.repeat(5_000)}y`, '#', 'a'].filter((other) => other !== subject);
    await index.add(
      others.map((other, i) => decision({ id: `o${i}`, subject: other })),
      0,
      5,
    );
    await index.add([decision({ id: 'a', subject }), decision({ id: 'b' })], 0, 7);
    expect(pages(index, { subject, newestFirst: false }, 10)).toEqual(['a']);
    expect(pages(index, { newestFirst: false }, 10)).toHaveLength(others.length + 2);
  });
});

describe('orders', () => {
  it('go by time, then by id, in both directions, before 1970 too', async () => {
    const index = openIndex();
    const times = [-86_400_000.5, -1, 0, 1, JUNE];
    const all = times.flatMap((time) => ['a', 'b'].map((id) => decision({ id: `${id}${time}`, subject: 's', time })));
    await index.add([...all].reverse(), 0, 10);
    const ids = all.map(({ id }) => id);
    for (const given of [{}, { subject: 's' }, { type: 'credit.granted' }]) {
      expect(pages(index, { ...given, newestFirst: false }, 3)).toEqual(ids);
      expect(pages(index, { ...given, newestFirst: true }, 3)).toEqual([...ids].reverse());
    }
  });

  it.each([true, false])(
    'lose nothing and double nothing over 1,000 decisions of one time (newest first: %s)',
    async (newestFirst) => {
      const index = openIndex();
      const ids = Array.from({ length: 1_000 }, (_, i) => `${(i * 7919) % 1_000}-${i}`);
      const around = [decision({ id: 'before', subject: 's', time: JUNE - 1 }), decision({ id: 'z', time: JUNE + 1 })];
      await index.add([...around, ...ids.map((id) => decision({ id, subject: 's' }))], 0, 1_002);
      const sorted = [...ids].sort();
      const expected = newestFirst ? sorted.reverse() : sorted;
      for (const given of [{}, { subject: 's' }, { type: 'credit.granted' }]) {
        const found = pages(index, { ...given, from: JUNE, to: JUNE + 1, newestFirst }, 37);
        expect(found).toEqual(expected);
      }
    },
  );

  it('answer every question as a plain filter does', async () => {
    const place = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom('a', 'b', 'c', 'd', 'e'));
    const one = fc.record({
      place,
      subject: fc.constantFrom(undefined, 's1', 's2', '', 'x'.repeat(300)),
      type: fc.constantFrom('credit.granted', 'alarm.raised', 'event.rejected'),
    });
    const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const query = fc.record({
      subject: maybe(fc.constantFrom('s1', 's2', '', 'x'.repeat(300))),
      type: maybe(fc.constantFrom('credit.granted', 'alarm.raised')),
      from: maybe(fc.integer({ min: -1, max: 8 })),
      to: maybe(fc.integer({ min: -1, max: 8 })),
      after: maybe(place),
      limit: fc.integer({ min: 0, max: 8 }),
      newestFirst: fc.boolean(),
    });
    const index = openIndex();
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 30 }), fc.array(query, { maxLength: 10 }), async (given, queries) => {
        index.clear();
        const all = new Map(
          given.map(({ place: [time, letter], subject, type }) => {
            const id = `${letter}${time}`;
            return [id, decision({ id, time, subject, type })];
          }),
        );
        await index.add([...all.values()], 0, all.size);
        for (const query of queries) expect(idsOf(index.query(query))).toEqual(plainly([...all.values()], query));
      }),
      { numRuns: 200 },
    );
  });
});

/** The same by sorting and filtering. */
function plainly(all: readonly IndexedDecision[], query: IndexQuery): string[] {
  const { subject, type, from, to, after, limit, newestFirst } = query;
  const compare = (a: readonly [number, string], b: readonly [number, string]) =>
    (a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)) * (newestFirst ? -1 : 1);
  return all
    .filter((one) => subject === undefined || one.subject === subject)
    .filter((one) => type === undefined || one.type === type)
    .filter((one) => (from === undefined || one.time >= from) && (to === undefined || one.time < to))
    .filter((one) => after === undefined || compare([one.time, one.id], after) > 0)
    .sort((a, b) => compare([a.time, a.id], [b.time, b.id]))
    .slice(0, limit)
    .map(({ id }) => id);
}

describe('what it covers', () => {
  it('is told for each partition, moves with what is taken in, and never moves back', async () => {
    const first = openIndex();
    expect(first.offset(0)).toBeUndefined();
    await first.add([decision({ id: 'a' })], 3, 18, 'print');
    await first.add([], 3, 12);
    await first.addGroups([], 0, 7);
    const index = await reopen(first);
    expect(index.offset(0)).toBeUndefined();
    expect(index.offset(3)).toBe(18);
    expect(index.covered('decisions', 3)).toEqual({ offset: 18, last: 'print' });
    expect(index.covered('facts', 0)).toEqual({ offset: 7, last: null });
  });
});

describe('groups', () => {
  const group = (key: string, revision: number, open: number): OutagesFact => ({
    is: 'outages',
    from: 'service-0',
    group: key,
    operator: 'a1-rs',
    revision,
    services: 5,
    open: Array.from({ length: open }, (_, i) => ({
      incident: `f${i}`,
      from: JUNE,
      counts: true,
      reasons: [],
      overdueAt: null,
      confirmedAt: null,
    })),
  });

  it('are there while they have an open outage, as last said, over a restart', async () => {
    const first = openIndex();
    const long = 'elements '.repeat(400);
    const told = [group('g1', 1, 1), group('g1', 2, 2), group('g2', 1, 1), group(long, 1, 1), group('g2', 2, 0)];
    expect(await first.addGroups(told, 0, 5)).toHaveLength(5);
    const index = await reopen(first);
    const shown = index.openGroups().map(({ group, revision }) => [group, revision]);
    expect(shown.sort()).toEqual([
      [long, 1],
      ['g1', 2],
    ]);
  });

  it('do not come back with an earlier revision that is told again', async () => {
    const index = openIndex();
    await index.addGroups([group('g1', 1, 1), group('g1', 2, 0)], 0, 2);
    expect(await index.addGroups([group('g1', 1, 1), group('g1', 2, 0)], 0, 4)).toEqual([]);
    expect(index.openGroups()).toEqual([]);
  });
});

describe('an index', () => {
  it('of the first layout is thrown away', async () => {
    const old = open({ path: join(folder, 'index'), maxDbs: 4 });
    await old.openDB({ name: 'id' }).put('a', 7);
    await old.openDB({ name: 'time' }).put([JUNE, 7], 'credit.granted');
    await old.openDB({ name: 'subject' }).put(['s1', JUNE, 7], 'credit.granted');
    await old.put('offset', 8);
    await old.put('counts', { 'credit.granted': 1 });
    await old.close();
    expect(await DecisionIndex.openForReading(join(folder, 'index'))).toBeUndefined();
    const index = openIndex();
    expect([index.find('a'), index.offset(0), index.counts()]).toEqual([undefined, undefined, {}]);
    expect(index.query({ limit: 10, newestFirst: true })).toEqual([]);
    await index.add([decision({ id: 'a', subject: 's1' })], 0, 1);
    expect(pages(await reopen(index), { subject: 's1', newestFirst: true }, 10)).toEqual(['a']);
  });

  it('that is cleared knows nothing', async () => {
    const first = openIndex();
    await first.add([decision({ id: 'a', subject: 's1' }), decision({ id: 'a', data: { not: 'the same' } })], 0, 1);
    first.clear();
    const index = await reopen(first);
    expect([index.find('a'), index.offset(0), index.counts(), index.conflicts()]).toEqual([
      undefined,
      undefined,
      {},
      0,
    ]);
    for (const given of [{}, { subject: 's1' }, { type: 'credit.granted' }])
      expect(index.query({ ...given, limit: 10, newestFirst: true })).toEqual([]);
  });

  it('is read beside the process that writes it', async () => {
    expect(await DecisionIndex.openForReading(join(folder, 'index'))).toBeUndefined();
    const index = openIndex();
    await index.add([decision({ id: 'a' })], 0, 1);
    const reading = (await DecisionIndex.openForReading(join(folder, 'index')))!;
    opened.push(reading);
    expect(reading.find('a')).toBeDefined();
    await index.add([decision({ id: 'b' })], 0, 2);
    // A reader's snapshot lives until its timers run: what another handle commits is seen at its next turn.
    await vi.waitFor(() => expect([reading.find('b') !== undefined, reading.offset(0)]).toEqual([true, 2]));
  });
});
