/**
 * What every store promises (`pipelines/io/store.ts`), asked of each adapter. Nothing here knows which one it is.
 */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Change, FencedError, type Ownership, type Store } from '../../../pipelines/io/store.js';

/** An empty store to ask. */
export interface OpenedStore {
  readonly store: Store;
  /** What the next process finds in the same place. The store that was open has been closed before. */
  readonly reopen: () => Promise<Store>;
  /** Closes what is open and removes the place. */
  readonly dispose: () => Promise<void>;
}

/** One `it` for each promise of the port, and for the awkward cases. */
export function storePromises(name: string, open: () => Promise<OpenedStore>): void {
  describe(`${name} keeps the promises of a store`, { timeout: 30_000 }, () => {
    let opened: OpenedStore;
    let store: Store;

    beforeEach(async () => {
      opened = await open();
      store = opened.store;
    });
    afterEach(() => opened.dispose());

    async function reopen(): Promise<void> {
      await store.close();
      store = await opened.reopen();
    }

    describe('acquire', () => {
      it('of a task never acquired begins at epoch 1 and sequence 0', async () => {
        expect(await store.ownership('task')).toBeUndefined();
        const owned = await store.acquire('task', 'a');
        expect(owned).toEqual({ task: 'task', owner: 'a', epoch: 1, sequence: 0 });
        expect(await store.ownership('task')).toEqual(owned);
      });

      it('raises the epoch each time, also for the same owner, and keeps the sequence', async () => {
        let owned = await store.acquire('task', 'a');
        owned = await store.commit(owned, puts({ key: '1' }));
        owned = await store.commit(owned, puts({ key: '2' }));
        expect(await store.acquire('task', 'a')).toEqual({ task: 'task', owner: 'a', epoch: 2, sequence: 2 });
        expect(await store.acquire('task', 'b')).toEqual({ task: 'task', owner: 'b', epoch: 3, sequence: 2 });
      });

      it('changes no key', async () => {
        await store.commit(await store.acquire('task', 'a'), puts({ key: 'kept' }));
        await store.acquire('task', 'b');
        expect(await contents(store, 'task')).toEqual([['key', 'kept']]);
      });

      it('by many at once gives each an epoch of its own, and the last one owns the task', async () => {
        const owners = Array.from({ length: 20 }, (_, at) => `owner${at}`);
        const owned = await Promise.all(owners.map((owner) => store.acquire('task', owner)));
        expect(owned.map(({ epoch }) => epoch).sort((a, b) => a - b)).toEqual(owners.map((_, at) => at + 1));
        const last = owned.find(({ epoch }) => epoch === owners.length)!;
        expect(await store.ownership('task')).toEqual(last);
        await store.commit(last, puts({ key: '1' }));
        for (const other of owned.filter((one) => one !== last)) await fenced(store.commit(other, puts({ key: '2' })));
      });

      it('stands after a restart', async () => {
        const owned = await store.commit(await store.acquire('task', 'a'), puts({ key: '1' }));
        await reopen();
        expect(await store.ownership('task')).toEqual(owned);
        expect(await store.acquire('task', 'b')).toEqual({ task: 'task', owner: 'b', epoch: 2, sequence: 1 });
      });
    });

    describe('commit', () => {
      let owned: Ownership;
      beforeEach(async () => {
        owned = await store.acquire('task', 'a');
      });

      it('sets and removes, and returns the ownership with the next sequence', async () => {
        const first = await store.commit(owned, puts({ a: '1', b: '1', c: '1' }));
        expect(first).toEqual({ ...owned, sequence: 1 });
        const second = await store.commit(first, change({ a: '2', d: '2' }, ['b']));
        expect(second).toEqual({ ...owned, sequence: 2 });
        expect(await store.ownership('task')).toEqual(second);
        const expected = [
          ['a', '2'],
          ['c', '1'],
          ['d', '2'],
        ];
        expect(await contents(store, 'task')).toEqual(expected);
        await reopen();
        expect(await contents(store, 'task')).toEqual(expected);
      });

      it('of nothing is a commit too', async () => {
        expect(await store.commit(owned, puts({}))).toEqual({ ...owned, sequence: 1 });
        await fenced(store.commit(owned, puts({})));
      });

      it('removes what is not there without complaint', async () => {
        await store.commit(owned, change({ a: '1' }, ['never', 'set']));
        expect(await contents(store, 'task')).toEqual([['a', '1']]);
      });

      it('by an owner that was overtaken is refused and changes nothing', async () => {
        const first = await store.commit(owned, puts({ a: 'first' }));
        const taken = await store.acquire('task', 'b');
        await fenced(store.commit(first, change({ b: 'late' }, ['a'])));
        expect(await contents(store, 'task')).toEqual([['a', 'first']]);
        expect(await store.ownership('task')).toEqual(taken);
        await store.commit(taken, puts({ b: 'second' }));
      });

      it('by another owner with the epoch and sequence that stand is refused', async () => {
        await fenced(store.commit({ ...owned, owner: 'b' }, puts({ a: '1' })));
        expect(await contents(store, 'task')).toEqual([]);
      });

      it.each([-1, 1])('with an epoch that is %s from the one that stands is refused', async (by) => {
        owned = await store.acquire('task', 'a');
        await fenced(store.commit({ ...owned, epoch: owned.epoch + by }, puts({ a: '1' })));
        expect(await contents(store, 'task')).toEqual([]);
      });

      it.each([-1, 1])('with a sequence that is %s from the one that stands is refused', async (by) => {
        owned = await store.commit(owned, puts({ a: '1' }));
        await fenced(store.commit({ ...owned, sequence: owned.sequence + by }, puts({ a: '2' })));
        expect(await contents(store, 'task')).toEqual([['a', '1']]);
      });

      it('to a task never acquired is refused, and makes none', async () => {
        await fenced(store.commit({ task: 'other', owner: 'a', epoch: 1, sequence: 0 }, puts({ a: '1' })));
        await fenced(store.commit({ task: 'other', owner: 'a', epoch: 0, sequence: 0 }, puts({ a: '1' })));
        expect(await store.ownership('other')).toBeUndefined();
        expect(await contents(store, 'other')).toEqual([]);
      });

      it('that was refused leaves the ownership as it was, and the owner commits on', async () => {
        const first = await store.commit(owned, puts({ a: '1' }));
        await fenced(store.commit(owned, puts({ a: 'twice' })));
        expect(await store.ownership('task')).toEqual(first);
        expect(await store.commit(first, puts({ a: '2' }))).toEqual({ ...first, sequence: 2 });
      });

      it('that is refused does not harm one that is under way at the same time', async () => {
        const other = await store.acquire('other', 'a');
        const [first, second, third] = await Promise.allSettled([
          store.commit(owned, puts({ a: '1' })),
          store.commit({ ...owned, owner: 'b' }, puts({ a: 'b', z: 'b' })),
          store.commit(other, puts({ a: 'other' })),
        ]);
        expect([first.status, second.status, third.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
        expect(await contents(store, 'task')).toEqual([['a', '1']]);
        expect(await contents(store, 'other')).toEqual([['a', 'other']]);
      });

      it('from the same point twice at once succeeds once: no update is lost', async () => {
        for (let round = 0; round < 20; round++) {
          const attempts = Array.from({ length: 4 }, (_, at) => store.commit(owned, puts({ last: `${round}.${at}` })));
          const settled = await Promise.allSettled(attempts);
          const winners = settled.flatMap((one, at) => (one.status === 'fulfilled' ? [{ at, by: one.value }] : []));
          expect(winners.length).toBe(1);
          for (const one of settled) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(FencedError);
          expect(await contents(store, 'task')).toEqual([['last', `${round}.${winners[0]!.at}`]]);
          owned = winners[0]!.by;
        }
        expect(owned.sequence).toBe(20);
      });

      it('counts right when two owners fight over the task: each success is one step, none is lost', async () => {
        let done = 0;
        const fight = async (owner: string) => {
          for (let at = 0; at < 20; at++) {
            const mine = await store.acquire('counter', owner);
            const [value] = await store.get('counter', ['count']);
            const next = Number(value ? text(value) : 0) + 1;
            await store.commit(mine, puts({ count: `${next}` })).then(
              () => done++,
              (error: unknown) => expect(error).toBeInstanceOf(FencedError),
            );
          }
        };
        await Promise.all([fight('a'), fight('b'), fight('c')]);
        expect(await contents(store, 'counter')).toEqual(done === 0 ? [] : [['count', `${done}`]]);
      });

      it('is answered by the ownership when the reply was lost', async () => {
        const unheard = store.commit(owned, puts({ a: '1' }));
        await unheard;
        expect(await store.ownership('task')).toEqual({ ...owned, sequence: owned.sequence + 1 });
      });

      it('takes 20,000 keys at once, and removes as many', async () => {
        const many = new Map(Array.from({ length: 20_000 }, (_, at) => [`key${at}`, bytes(`value ${at}`)]));
        owned = await store.commit(owned, { puts: many, deletes: new Set() });
        const found = await contents(store, 'task');
        expect(found.length).toBe(20_000);
        expect(new Map(found)).toEqual(new Map(Array.from(many, ([key, value]) => [key, text(value)])));
        const kept = 'key777';
        const rest = new Set([...many.keys()].filter((key) => key !== kept));
        await store.commit(owned, { puts: new Map(), deletes: rest });
        expect(await contents(store, 'task')).toEqual([[kept, 'value 777']]);
      });

      it('takes a value of 1 MB and an empty one, and an empty one is not an absent one', async () => {
        const big = new Uint8Array(1024 * 1024).map((_, at) => (at * 31) % 251);
        const values = new Map([
          ['big', big],
          ['empty', new Uint8Array()],
        ]);
        await store.commit(owned, { puts: values, deletes: new Set() });
        await reopen();
        const [foundBig, foundEmpty, absent] = await store.get('task', ['big', 'empty', 'absent']);
        expect(Buffer.compare(foundBig!, big)).toBe(0);
        expect(foundEmpty?.length).toBe(0);
        expect(absent).toBeUndefined();
      });

      it('takes what it was handed at the call: the caller may use its maps and buffers again', async () => {
        const value = bytes('as it was');
        const handed = { puts: new Map([['a', value]]), deletes: new Set(['b']) };
        owned = await store.commit(owned, puts({ b: '1', c: '1' }));
        const committed = store.commit(owned, handed);
        value.fill(0);
        handed.puts.set('z', bytes('too late'));
        handed.deletes.add('c');
        await committed;
        expect(await contents(store, 'task')).toEqual([
          ['a', 'as it was'],
          ['c', '1'],
        ]);
      });

      it('that sets and removes the same key is refused, and changes nothing', async () => {
        await expect(store.commit(owned, change({ a: '1', b: '1' }, ['b']))).rejects.toThrow(/"b"/);
        expect(await contents(store, 'task')).toEqual([]);
        expect(await store.ownership('task')).toEqual(owned);
      });
    });

    describe('keys', () => {
      let owned: Ownership;
      beforeEach(async () => {
        owned = await store.acquire('task', 'a');
      });

      // In UTF-16, the order of a plain sort, the emoji would come before U+FFFF.
      const sorted = ['A', 'a', 'z', 'Š', 'š', 'ш', '日', '\uffff', '😀', '😀a', '🙂'];

      it('sort by their UTF-8 bytes', async () => {
        const shuffled = [...sorted].reverse();
        await store.commit(owned, puts(Object.fromEntries(shuffled.map((key) => [key, key]))));
        expect((await contents(store, 'task')).map(([key]) => key)).toEqual(sorted);
      });

      it('are found by their prefix, in that order, and nothing beside it', async () => {
        const found = ['š', 'š\u0000', 'š/1', 'š/2', 'šaš', 'š日', 'š😀'];
        const beside = ['', 's', 'Š', 'r\u0000', 'sš', 'ť', 'š'.normalize('NFD'), '😀š'];
        await store.commit(owned, puts(Object.fromEntries([...beside, ...found].map((key) => [key, key]))));
        expect((await contents(store, 'task', 'š')).map(([key]) => key)).toEqual(found);
        expect((await contents(store, 'task', 'š/')).map(([key]) => key)).toEqual(['š/1', 'š/2']);
        expect((await contents(store, 'task', 'š😀')).map(([key]) => key)).toEqual(['š😀']);
        expect(await contents(store, 'task', 'šš')).toEqual([]);
        expect((await contents(store, 'task')).length).toBe(found.length + beside.length);
      });

      it('may hold any character, and be empty or long', async () => {
        const every = Array.from({ length: 0x250 }, (_, code) => `a${String.fromCodePoint(code)}b`);
        const odd = [
          '',
          ' ',
          '\u0000',
          '\u0000\u0000',
          '\uffff',
          '\u{10ffff}',
          '{tag}:*?[a-z]',
          '../x',
          'k'.repeat(1_000),
        ];
        const all = [...every, ...odd];
        owned = await store.commit(owned, puts(Object.fromEntries(all.map((key) => [key, `of ${key}`]))));
        await reopen();
        const values = await store.get('task', all);
        expect(values.map((value) => value && text(value))).toEqual(all.map((key) => `of ${key}`));
        expect((await contents(store, 'task')).length).toBe(all.length);
        await store.commit(owned, { puts: new Map(), deletes: new Set(all) });
        expect(await contents(store, 'task')).toEqual([]);
      });

      it('that are no Unicode text are refused rather than mistaken for each other', async () => {
        const fffd = puts({ '\ufffd': 'kept' });
        owned = await store.commit(owned, fffd);
        await expect(store.commit(owned, puts({ '\ud800': '1', '\ud801': '2' }))).rejects.toThrow();
        await expect(store.commit(owned, change({}, ['\ud800']))).rejects.toThrow();
        await expect(store.get('task', ['\ud800'])).rejects.toThrow();
        expect(await contents(store, 'task')).toEqual([['\ufffd', 'kept']]);
      });

      it('are kept, sorted and found by prefix whatever they are', async () => {
        const key = fc.string({ unit: 'binary', maxLength: 6 });
        let runs = 0;
        await fc.assert(
          fc.asyncProperty(fc.uniqueArray(key, { maxLength: 30 }), key, async (keys, other) => {
            const mine = await store.acquire(`task ${runs++}`, 'a');
            await store.commit(mine, { puts: new Map(keys.map((one) => [one, bytes(one)])), deletes: new Set() });
            const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
            expect((await contents(store, mine.task)).map(([one]) => one)).toEqual(expected);
            for (const prefix of [other, other.slice(0, 1), keys[0]?.slice(0, 1) ?? '']) {
              if (/\p{Surrogate}/u.test(prefix)) continue;
              const found = await contents(store, mine.task, prefix);
              expect(found).toEqual(expected.filter((one) => one.startsWith(prefix)).map((one) => [one, one]));
            }
          }),
          { numRuns: 50 },
        );
      });
    });

    describe('entries without some', () => {
      const keys = [
        'a',
        'f',
        'fail',
        'fail/1',
        'fail/2',
        'meta',
        'n',
        'n/',
        'n/a',
        'n/b/c',
        'no',
        'n\u{10ffff}',
        'o/1',
        'š/1',
      ];
      beforeEach(async () => {
        const owned = await store.acquire('task', 'a');
        await store.commit(owned, puts(Object.fromEntries(keys.map((key) => [key, key]))));
      });

      it.each([
        {
          prefix: '',
          without: ['n/', 'fail/'],
          left: ['a', 'f', 'fail', 'meta', 'n', 'no', 'n\u{10ffff}', 'o/1', 'š/1'],
        },
        { prefix: 'n', without: ['n/'], left: ['n', 'no', 'n\u{10ffff}'] },
        { prefix: 'n/', without: ['n/b'], left: ['n/', 'n/a'] },
        { prefix: 'n/', without: ['n/b/c', 'n/a', 'n/b'], left: ['n/'] },
        { prefix: 'f', without: ['fail/2', 'fail', 'fail/1'], left: ['f'] },
        { prefix: 'š', without: ['a', 'š/2', 'z'], left: ['š/1'] },
        {
          prefix: '',
          without: ['n\u{10ffff}', 'nothing/', 'š/1'],
          left: keys.filter((key) => !/^n.?\u{10ffff}|š/u.test(key)),
        },
      ])('$prefix without $without shows the rest, in order', async ({ prefix, without, left }) => {
        expect((await contents(store, 'task', prefix, without)).map(([key]) => key)).toEqual(left);
      });

      it.each([['n/'], ['n'], ['']])('under a prefix that begins with %j shows nothing', async (without) => {
        expect(await contents(store, 'task', 'n/', [without])).toEqual([]);
      });

      it('refuses what is no Unicode text', async () => {
        await expect(contents(store, 'task', '', ['n/', '\ud800'])).rejects.toThrow();
      });

      it('shows one commit, though another lands in the middle', async () => {
        const many = (value: string) =>
          puts(Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`${at % 3}/${at}`, value])));
        let owned = await store.commit(await store.acquire('other', 'a'), many('old'));
        const seen: string[] = [];
        for await (const [key, value] of store.entries('other', '', ['1/'])) {
          seen.push(`${key[0]} ${text(value)}`);
          if (seen.length === 1_500) owned = await store.commit(owned, many('new'));
        }
        expect(seen.length).toBe(2_000);
        expect(new Set(seen)).toEqual(new Set(['0 old', '2 old']));
        expect((await contents(store, 'other', '', ['0/', '1'])).map(([, value]) => value)).toEqual(
          new Array(1_000).fill('new'),
        );
      });

      it('is what a filter would leave, whatever the keys', async () => {
        const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'š', '😀', '\uffff'), maxLength: 4 });
        let runs = 0;
        await fc.assert(
          fc.asyncProperty(
            fc.uniqueArray(key, { maxLength: 30 }),
            key,
            fc.array(key, { maxLength: 4 }),
            async (some, prefix, without) => {
              const mine = await store.acquire(`any ${runs++}`, 'a');
              await store.commit(mine, { puts: new Map(some.map((one) => [one, bytes(one)])), deletes: new Set() });
              const left = some
                .filter((one) => one.startsWith(prefix) && !without.some((other) => one.startsWith(other)))
                .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
              expect((await contents(store, mine.task, prefix, without)).map(([one]) => one)).toEqual(left);
            },
          ),
          { numRuns: 100 },
        );
      });
    });

    describe('get', () => {
      it('answers in the order of the question, also twice for the same key', async () => {
        await store.commit(await store.acquire('task', 'a'), puts({ a: '1', b: '2' }));
        const found = await store.get('task', ['b', 'none', 'a', 'b']);
        expect(found.map((value) => value && text(value))).toEqual(['2', undefined, '1', '2']);
        expect(await store.get('task', [])).toEqual([]);
      });

      it('of a task never acquired finds nothing', async () => {
        expect(await store.get('other', ['a', 'b'])).toEqual([undefined, undefined]);
        expect(await contents(store, 'other')).toEqual([]);
      });

      it('and entries give values of the reader own: changing one changes nothing in the store', async () => {
        await store.commit(await store.acquire('task', 'a'), puts({ a: 'kept' }));
        const [value] = await store.get('task', ['a']);
        value!.fill(0);
        for await (const [, found] of store.entries('task', '')) found.fill(0);
        expect(await contents(store, 'task')).toEqual([['a', 'kept']]);
      });
    });

    describe('entries', () => {
      const COUNT = 5_000;
      const all = (value: string) =>
        puts(Object.fromEntries(Array.from({ length: COUNT }, (_, at) => [`${at}`.padStart(5, '0'), value])));
      let owned: Ownership;

      beforeEach(async () => {
        owned = await store.commit(await store.acquire('task', 'a'), all('old'));
      });

      /** The values it shows, with something done after the first, the middle or the last of them. */
      async function valuesWhile(after: number, act: () => Promise<unknown>): Promise<Map<string, number>> {
        const seen = new Map<string, number>();
        let at = 0;
        for await (const [, value] of store.entries('task', '')) {
          seen.set(text(value), (seen.get(text(value)) ?? 0) + 1);
          if (++at === after) await act();
        }
        return seen;
      }

      it.each([1, 2_500, COUNT])('show one commit, though another lands after %s of them', async (after) => {
        const seen = await valuesWhile(after, async () => {
          owned = await store.commit(owned, all('new'));
        });
        expect([...seen]).toEqual([['old', COUNT]]);
        expect([...(await valuesWhile(0, async () => undefined))]).toEqual([['new', COUNT]]);
      });

      it('show one commit, though many land, with keys added and removed', async () => {
        const seen = await valuesWhile(1, async () => {
          owned = await store.commit(owned, { puts: new Map([['00000a', bytes('new')]]), deletes: new Set(['04999']) });
          owned = await store.commit(owned, all('newer'));
          owned = await store.commit(owned, { puts: new Map(), deletes: new Set(all('').puts.keys()) });
        });
        expect([...seen]).toEqual([['old', COUNT]]);
        expect(await contents(store, 'task')).toEqual([['00000a', 'new']]);
      });

      it('show one commit, the one before or the one after, when they begin while it is under way', async () => {
        for (const value of ['1', '2', '3', '4']) {
          const committed = store.commit(owned, all(value));
          const seen = await valuesWhile(1, () => committed);
          expect([...seen.values()]).toEqual([COUNT]);
          owned = await committed;
        }
      });

      it('can be left early, and asked for again', async () => {
        for await (const [key] of store.entries('task', '')) if (key === '00003') break;
        owned = await store.commit(owned, all('new'));
        expect((await contents(store, 'task', '0000')).length).toBe(10);
      });

      it('can be read by several at once', async () => {
        const [first, second] = await Promise.all([contents(store, 'task'), contents(store, 'task', '01')]);
        expect([first.length, second.length]).toEqual([COUNT, 1_000]);
      });

      it('and commits of another task do not disturb each other', async () => {
        let other = await store.acquire('other', 'a');
        const seen = await valuesWhile(1, async () => {
          other = await store.commit(other, all('other'));
        });
        expect([...seen]).toEqual([['old', COUNT]]);
      });
    });

    describe('tasks', () => {
      it('do not see each other, whatever their names', async () => {
        const names = ['1', '10', '1:0', '1/', 'task', 'task ', 'Task', 'tašk', 'task😀', 'service-events[0]'];
        for (const task of names) {
          await store.commit(await store.acquire(task, 'a'), puts({ a: task, [`${task}key`]: task }));
        }
        for (const task of names) {
          const values = (await contents(store, task)).map(([, value]) => value);
          expect(values).toEqual([task, task]);
          expect(await store.ownership(task)).toEqual({ task, owner: 'a', epoch: 1, sequence: 1 });
        }
        const owned = (await store.ownership('1'))!;
        await store.commit(owned, { puts: new Map(), deletes: new Set(['a', '1key']) });
        expect(await contents(store, '1')).toEqual([]);
        expect((await contents(store, '10')).length).toBe(2);
      });

      it('commit at the same time, each by its own sequence', async () => {
        await Promise.all(
          Array.from({ length: 10 }, async (_, at) => {
            let owned = await store.acquire(`task${at}`, 'a');
            for (let round = 0; round < 10; round++)
              owned = await store.commit(owned, puts({ round: `${at}.${round}` }));
            expect(owned.sequence).toBe(10);
            expect(await contents(store, `task${at}`)).toEqual([['round', `${at}.9`]]);
          }),
        );
      });
    });

    describe('close', () => {
      it('lets the commits that are under way finish', async () => {
        const owned = await store.acquire('task', 'a');
        const committed = store.commit(owned, puts({ a: '1' }));
        await reopen();
        await committed;
        expect(await store.ownership('task')).toEqual({ ...owned, sequence: 1 });
        expect(await contents(store, 'task')).toEqual([['a', '1']]);
      });

      it('can be asked for twice, and everything after it is refused', async () => {
        const owned = await store.acquire('task', 'a');
        const closed = store;
        await reopen();
        await closed.close();
        await expect(closed.acquire('task', 'b')).rejects.toThrow(/closed/);
        await expect(closed.ownership('task')).rejects.toThrow(/closed/);
        await expect(closed.commit(owned, puts({ a: '1' }))).rejects.toThrow(/closed/);
        await expect(closed.get('task', ['a'])).rejects.toThrow(/closed/);
        await expect(contents(closed, 'task')).rejects.toThrow(/closed/);
        expect(await store.ownership('task')).toEqual(owned);
      });
    });
  });
}

function change(set: Record<string, string>, deletes: readonly string[]): Change {
  return { puts: new Map(Object.entries(set).map(([key, value]) => [key, bytes(value)])), deletes: new Set(deletes) };
}

const puts = (set: Record<string, string>) => change(set, []);
const bytes = (words: string) => new TextEncoder().encode(words);
const text = (value: Uint8Array) => new TextDecoder().decode(value);

async function contents(
  store: Store,
  task: string,
  prefix = '',
  without: readonly string[] = [],
): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for await (const [key, value] of store.entries(task, prefix, without)) found.push([key, text(value)]);
  return found;
}

async function fenced(commit: Promise<unknown>): Promise<void> {
  await expect(commit).rejects.toBeInstanceOf(FencedError);
}
