import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MEASURES, type Measure } from '../../../../pipelines/domain/decision.js';
import { DAY, HOUR } from '../../../../pipelines/domain/units.js';
import { NO_USAGE, UsageBook } from '../../../../pipelines/domain/usage/book.js';
import type { DayUse } from '../../../../pipelines/domain/usage/days.js';
import { printOf } from '../../../../pipelines/domain/usage/packed.js';
import type { UsageRecord } from '../../../../pipelines/domain/usage/record.js';
import { restarted, type StoredDays, store } from '../../../usage-told.js';

/** 10 June 2026. */
const TODAY = 20_614;

type Given = Partial<Omit<UsageRecord, 'print' | 'session' | 'part'>> & { id: string; session?: string; part?: string };

/** A call home of a minute for 1.00, unless it says otherwise. */
function record({ id, session, part, day = TODAY, ...rest }: Given): UsageRecord {
  return {
    print: printOf(id),
    at: day * DAY + 10 * HOUR,
    day,
    kind: 'voice',
    incoming: false,
    feed: 'other',
    place: 'home',
    amount: 60,
    charge: 1_000_000,
    priced: true,
    standing: 'live',
    ...rest,
    ...(session !== undefined && { session: printOf(session) }),
    ...(part !== undefined && { part: printOf(part) }),
  };
}
const bookOf = (...given: Given[]) => {
  const book = new UsageBook();
  for (const one of given) book.add(record(one));
  return book;
};
const cancel = (book: UsageBook, id: string) => book.cancel(printOf(id), TODAY + 131);
const charge = (book: UsageBook) => book.sum('charge', 0, 1e6);
const tap = (id: string, more: Partial<Given> = {}): Given => ({
  id,
  feed: 'tap',
  place: 'zone',
  session: 's',
  ...more,
});
const nrtrde = (id: string, more: Partial<Given> = {}): Given => ({ ...tap(id, more), feed: 'nrtrde' });

describe('sums of days', () => {
  it('volumes for limits count what goes out, those by place both directions, charges everything', () => {
    const book = bookOf(
      { id: 'a', amount: 60 },
      { id: 'b', amount: 30, incoming: true },
      { id: 'c', kind: 'data', amount: 1_000, place: 'zone' },
      { id: 'd', kind: 'data', amount: 500, place: 'elsewhere', incoming: true },
      { id: 'e', kind: 'sms', amount: 2 },
      { id: 'f', kind: 'mms', amount: 1, place: 'zone' },
      { id: 'g', kind: 'premium', amount: 0 },
    );
    expect({ ...book.days[0] }).toEqual({
      day: TODAY,
      charge: 7_000_000,
      voiceSeconds: 60,
      messages: 3,
      dataBytes: 1_000,
      homeSeen: 4,
      homeVoiceSeconds: 90,
      homeMessages: 2,
      homeDataBytes: 0,
      zoneSeen: 2,
      zoneVoiceSeconds: 0,
      zoneMessages: 1,
      zoneDataBytes: 1_000,
      elsewhereSeen: 1,
      elsewhereVoiceSeconds: 0,
      elsewhereMessages: 0,
      elsewhereDataBytes: 500,
    });
  });

  it('are added up over whole days, the last one not included', () => {
    const book = bookOf({ id: 'c', day: TODAY + 2 }, { id: 'a', day: TODAY }, { id: 'b', day: TODAY + 1 });
    expect(book.days.map(({ day }) => day)).toEqual([TODAY, TODAY + 1, TODAY + 2]);
    expect(book.sum('voiceSeconds', TODAY, TODAY + 2)).toBe(120);
    expect(book.sum('voiceSeconds', TODAY + 1, TODAY + 3)).toBe(120);
    expect(book.sum('voiceSeconds', TODAY + 3, TODAY + 9)).toBe(0);
    expect(book.sum('voiceSeconds', TODAY, TODAY)).toBe(0);
  });

  it('presence is seen, and nothing else', () => {
    const book = new UsageBook();
    book.present(TODAY, 'zone');
    book.present(TODAY, 'home');
    expect(book.days[0]).toMatchObject({ zoneSeen: 1, homeSeen: 1, elsewhereSeen: 0, charge: 0, zoneDataBytes: 0 });
    expect(book.touched).toEqual([TODAY]);
    expect(book.balance).toBe(0);
  });

  it('a service that used nothing has none', () => {
    expect(NO_USAGE.days).toEqual([]);
    expect(NO_USAGE.touched).toEqual([]);
    expect(NO_USAGE.balance).toBe(0);
    expect(NO_USAGE.hasNegative).toBe(false);
    expect(NO_USAGE.sum('charge', 0, 1e6, true)).toBe(0);
  });

  it('days are touched by what changes them, until somebody looked', () => {
    const book = bookOf({ id: 'b', day: TODAY + 1 }, { id: 'a' });
    expect(book.touched).toEqual([TODAY, TODAY + 1]);
    book.looked();
    expect(book.touched).toEqual([]);
    cancel(book, 'unknown');
    expect(book.touched).toEqual([]);
    cancel(book, 'b');
    expect(book.touched).toEqual([TODAY + 1]);
    book.looked();
    book.owe(-1);
    expect(book.touched).toEqual([]);
  });

  it('knows whether anything was ever credited', () => {
    expect(bookOf({ id: 'a' }).hasNegative).toBe(false);
    expect(bookOf({ id: 'a', charge: -1 }).hasNegative).toBe(true);
    const cancelled = bookOf({ id: 'a' });
    cancel(cancelled, 'a');
    expect(cancelled.hasNegative).toBe(true);
    const imported = new UsageBook();
    imported.remember({ cycles: [{ from: 1, to: 31, sums: { charge: -1 } }], days: [] }, []);
    expect(imported.hasNegative).toBe(true);
    const paid = bookOf({ id: 'a' });
    paid.owe(-500_000);
    expect(paid.hasNegative).toBe(false);
  });
});

describe('records taken back', () => {
  it('once, whenever the word comes, and as often as it comes', () => {
    const after = bookOf({ id: 'a' }, { id: 'b' });
    cancel(after, 'a');
    cancel(after, 'a');
    const before = new UsageBook();
    cancel(before, 'a');
    before.add(record({ id: 'b' }));
    before.add(record({ id: 'a' }));
    for (const book of [after, before]) {
      expect(book.days[0]).toMatchObject({ charge: 1_000_000, voiceSeconds: 60, homeSeen: 1 });
      expect(book.balance).toBe(1_000_000);
    }
  });

  it('a cancellation of a record not yet known is kept until its day, and for one that is known not at all', () => {
    const book = bookOf({ id: 'known' });
    const empty = book.pack().length;
    cancel(book, 'known');
    expect(book.pack().length).toBeLessThanOrEqual(empty + 1);
    book.cancel(printOf('early'), TODAY + 131);
    book.forget(TODAY + 131);
    book.add(record({ id: 'early', day: TODAY + 130 }));
    expect(book.sum('charge', TODAY + 130, TODAY + 131)).toBe(0);
    book.cancel(printOf('other'), TODAY + 131);
    book.forget(TODAY + 132);
    book.add(record({ id: 'other', day: TODAY + 130 }));
    expect(book.sum('charge', TODAY + 130, TODAY + 131)).toBe(1_000_000);
  });
});

describe('a final record (TAP) replaces the provisional one (NRTRDE) of the same session', () => {
  it.each([
    ['of the whole session', {}, {}, true],
    ['of the same part', { part: '1' }, { part: '1' }, true],
    ['of a part, by one of the whole session', { part: '1' }, {}, true],
    ['of the whole session, by one of a part', {}, { part: '1' }, true],
    ['not of another part', { part: '1' }, { part: '2' }, false],
    ['not of another session', { session: 'other' }, {}, false],
    ['not of another kind', { kind: 'sms' as const }, {}, false],
  ])('%s, in either order', (_, provisional, final, replaced) => {
    for (const order of [0, 1]) {
      const both = [nrtrde('n', { charge: 1, ...provisional }), tap('t', { charge: 10, ...final })];
      const book = bookOf(...(order ? both.reverse() : both));
      expect(charge(book)).toBe(replaced ? 10 : 11);
      expect(book.balance).toBe(replaced ? 10 : 11);
    }
  });

  it('only those with a session, and only of these feeds', () => {
    expect(charge(bookOf({ id: 'n', feed: 'nrtrde', charge: 1 }, { id: 't', feed: 'tap', charge: 10 }))).toBe(11);
    expect(charge(bookOf({ id: 'o', session: 's', charge: 1 }, tap('t', { charge: 10 })))).toBe(11);
    expect(charge(bookOf(tap('t1', { charge: 1 }), tap('t2', { charge: 10 })))).toBe(11);
    expect(charge(bookOf(nrtrde('n1', { charge: 1 }), nrtrde('n2', { charge: 10 })))).toBe(11);
  });

  it('one final record replaces all provisional ones of its session', () => {
    const book = bookOf(
      nrtrde('n1', { charge: 1, part: '1' }),
      nrtrde('n2', { charge: 2, part: '2' }),
      tap('t', { charge: 10 }),
    );
    expect(charge(book)).toBe(10);
  });

  it('a final record that is cancelled replaces nothing any more, unless another does', () => {
    const book = bookOf(nrtrde('n', { charge: 1 }), tap('t1', { charge: 10 }), tap('t2', { charge: 100 }));
    expect(charge(book)).toBe(110);
    cancel(book, 't1');
    expect(charge(book)).toBe(100);
    cancel(book, 't2');
    expect(charge(book)).toBe(1);
    expect(book.balance).toBe(1);
    cancel(book, 'n');
    expect(charge(book)).toBe(0);
  });

  it('a provisional record that was cancelled does not come back', () => {
    const book = bookOf(nrtrde('n', { charge: 1 }), tap('t', { charge: 10 }));
    cancel(book, 'n');
    cancel(book, 't');
    expect(charge(book)).toBe(0);
    const early = bookOf(nrtrde('n', { charge: 1 }));
    cancel(early, 't');
    early.add(record(tap('t', { charge: 10 })));
    expect(charge(early)).toBe(1);
  });

  it('on another day too: both days are touched', () => {
    const book = bookOf(nrtrde('n', { charge: 1 }));
    book.looked();
    book.add(record(tap('t', { charge: 10, day: TODAY + 1 })));
    expect(book.touched).toEqual([TODAY, TODAY + 1]);
  });
});

describe('what is owed, in the order of arrival', () => {
  it('payments take off, never below zero', () => {
    const book = bookOf({ id: 'a', charge: 30 });
    book.owe(-50);
    expect(book.balance).toBe(0);
    book.add(record({ id: 'b', charge: 20 }));
    expect(book.balance).toBe(20);
    book.owe(5);
    book.add(record({ id: 'c', charge: -10 }));
    expect(book.balance).toBe(15);
    expect(charge(book)).toBe(40);
  });

  it('a replacement is one change: it does not go through zero', () => {
    const book = bookOf(nrtrde('n', { charge: 30 }));
    book.owe(-30);
    book.add(record(tap('t', { charge: 40 })));
    expect(book.balance).toBe(10);
  });
});

describe('what was known before', () => {
  const sums = (charge_: number, dataBytes: number) => ({ charge: charge_, dataBytes });

  it('whole cycles count in windows that hold them, where cycles are asked for; then their days do not', () => {
    const book = new UsageBook();
    book.remember(
      {
        cycles: [{ from: TODAY, to: TODAY + 30, sums: { charge: 500 } }],
        days: [{ day: TODAY + 3, sums: sums(70, 9) }],
      },
      [{ day: TODAY + 3, place: 'zone', sums: { dataBytes: 9 } }],
    );
    book.add(record({ id: 'a', day: TODAY + 4, charge: 1 }));
    expect(book.sum('charge', TODAY, TODAY + 30, true)).toBe(501);
    expect(book.sum('charge', TODAY, TODAY + 30)).toBe(71);
    expect(book.sum('charge', TODAY - 1, TODAY + 31, true)).toBe(501);
    expect(book.sum('charge', TODAY + 1, TODAY + 30, true)).toBe(71);
    expect(book.sum('charge', TODAY, TODAY + 29, true)).toBe(71);
    // The cycle says nothing of data: its days do.
    expect(book.sum('dataBytes', TODAY, TODAY + 30, true)).toBe(9);
    // By itself it is no news.
    expect(book.touched).toEqual([TODAY + 4]);
    expect(book.days[0]).toMatchObject({ day: TODAY + 3, zoneSeen: 1, zoneDataBytes: 9, dataBytes: 0 });
  });

  it('by place, and added to what else is known', () => {
    const book = bookOf({ id: 'a', kind: 'data', amount: 5 });
    const day = (place: 'home' | 'zone' | 'elsewhere') => ({
      day: TODAY,
      place,
      sums: { dataBytes: 1, voiceSeconds: 2, messages: 3 },
    });
    book.remember({ cycles: [], days: [] }, [day('home'), day('zone'), day('elsewhere')]);
    expect(book.days[0]).toMatchObject({
      homeSeen: 2,
      homeDataBytes: 6,
      homeVoiceSeconds: 2,
      homeMessages: 3,
      zoneSeen: 1,
      zoneDataBytes: 1,
      zoneVoiceSeconds: 2,
      zoneMessages: 3,
      elsewhereSeen: 1,
      elsewhereDataBytes: 1,
      elsewhereVoiceSeconds: 2,
      elsewhereMessages: 3,
      dataBytes: 5,
    });
  });

  it('twice is added up, as two histories would be', () => {
    const book = new UsageBook();
    for (const from of [TODAY + 30, TODAY]) {
      book.remember(
        { cycles: [{ from, to: from + 30, sums: { charge: 5 } }], days: [{ day: from, sums: { messages: 1 } }] },
        [],
      );
    }
    expect(book.sum('charge', TODAY, TODAY + 60, true)).toBe(10);
    expect(book.sum('messages', TODAY, TODAY + 60)).toBe(2);
  });
});

describe('what is forgotten', () => {
  it('a record can be taken back for 132 days', () => {
    const known = (days: number) => {
      const book = bookOf({ id: 'a' });
      book.forget(TODAY + days);
      cancel(book, 'a');
      return charge(book);
    };
    expect(known(132)).toBe(0);
    expect(known(133)).toBe(1_000_000);
  });

  it('sums stay for 270 days, the balance for ever', () => {
    const book = bookOf({ id: 'a' }, { id: 'b', day: TODAY + 1 });
    book.forget(TODAY + 270);
    expect(book.days.map(({ day }) => day)).toEqual([TODAY, TODAY + 1]);
    book.forget(TODAY + 271);
    expect(book.days.map(({ day }) => day)).toEqual([TODAY + 1]);
    book.forget(TODAY + 2_000);
    expect(book.days).toEqual([]);
    expect(book.balance).toBe(2_000_000);
  });

  it('what was known before is forgotten with the sums', () => {
    const book = new UsageBook();
    const empty = book.pack();
    const days = Array.from({ length: 120 }, (_, i) => ({ day: TODAY - i, sums: { dataBytes: 1_000_000_007 } }));
    book.remember({ cycles: [{ from: TODAY - 119, to: TODAY - 89, sums: { charge: 9 } }], days }, []);
    book.looked();
    book.forget(TODAY + 270);
    expect(book.sum('dataBytes', 0, 1e6)).toBe(1_000_000_007);
    book.forget(TODAY + 271);
    expect(book.pack()).toBe(empty);
  });

  it('a year of a call a day takes no more than its memory', () => {
    const book = new UsageBook();
    const stored: StoredDays = new Map();
    const sizes: number[] = [];
    for (let day = 0; day < 730; day++) {
      book.forget(TODAY + day);
      book.add(record({ id: `r${day}`, day: TODAY + day }));
      book.looked();
      store(book, stored);
      if (day % 365 === 364) sizes.push(stored.size + [...stored.values()].join('').length + book.pack().length);
    }
    expect(stored.size).toBe(271);
    expect(Math.abs(sizes[1]! - sizes[0]!)).toBeLessThan(5);
    expect(sizes[0]).toBeLessThan(10_000);
  });
});

describe('in the store', () => {
  it('that something was imported stays known until it was looked at', () => {
    const book = new UsageBook();
    expect(book.imported).toBe(false);
    book.remember({ cycles: [{ from: TODAY - 30, to: TODAY, sums: { charge: -9 } }], days: [] }, []);
    const read = UsageBook.unpack(book.pack());
    expect([read.imported, read.hasNegative]).toEqual([true, true]);
    read.looked();
    expect([UsageBook.unpack(read.pack()).imported, read.hasNegative]).toEqual([false, true]);
  });

  it('only days that changed are written, and forgotten ones removed', () => {
    const book = bookOf({ id: 'a' }, { id: 'b', day: TODAY + 1 });
    expect(
      book
        .takeDays()
        .map(([day]) => day)
        .sort(),
    ).toEqual([TODAY, TODAY + 1]);
    expect(book.takeDays()).toEqual([]);
    book.looked();
    expect(book.takeDays()).toEqual([]);
    cancel(book, 'b');
    expect(book.takeDays().map(([day]) => day)).toEqual([TODAY + 1]);
    book.forget(TODAY + 271);
    expect(book.takeDays()).toEqual(expect.arrayContaining([[TODAY, undefined]]));
  });

  it('is read back with what is touched, to be rated, owed, cancelled ahead, and known before', () => {
    const book = bookOf({ id: 'a', priced: false, charge: 0 }, { id: 'b', charge: -3 }, { id: 'c', day: TODAY + 1 });
    book.present(TODAY - 1, 'zone');
    book.cancel(printOf('early'), TODAY + 5);
    book.remember(
      { cycles: [{ from: 1, to: 31, sums: { charge: 9 } }], days: [{ day: 2, sums: { messages: 4 } }] },
      [],
    );
    const stored: StoredDays = new Map();
    store(book, stored);
    const read = restarted(book, stored);
    expect(read.touched).toEqual(book.touched);
    expect([...read.unrated]).toEqual([TODAY]);
    expect(read.balance).toBe(book.balance);
    expect(read.hasNegative).toBe(true);
    expect(read.hasUnpriced).toBe(true);
    expect(read.unpriced(0, 1e6)).toEqual(book.unpriced(0, 1e6));
    expect(read.days).toEqual(book.days);
    expect(read.sum('charge', 0, 40, true)).toBe(9);
    expect(read.sum('messages', 0, 40)).toBe(4);
    expect(read.pack()).toBe(book.pack());
    read.add(record({ id: 'early' }));
    expect(charge(read)).toBe(charge(book));
    cancel(read, 'c');
    expect(read.sum('charge', TODAY + 1, TODAY + 2)).toBe(0);
  });

  it('all days in one text are the same days', () => {
    const book = bookOf({ id: 'a' }, { id: 'b', day: TODAY + 40, priced: false, charge: 0 });
    const read = UsageBook.unpack(book.pack());
    read.unpackDays(book.packDays());
    expect(read.days).toEqual(book.days);
    expect(read.unpriced(0, 1e6)).toEqual(book.unpriced(0, 1e6));
    expect(new UsageBook().packDays()).toBe('');
  });

  it('a form that this version does not know is refused', () => {
    const packed = new UsageBook().pack();
    expect(() => UsageBook.unpack(`\u00ff${packed.slice(1)}`)).toThrow('form 255');
  });
});

// --- Whatever the order ---

type Op =
  | { readonly is: 'add'; readonly record: UsageRecord }
  | { readonly is: 'cancel'; readonly print: string }
  | { readonly is: 'present'; readonly day: number; readonly place: 'home' | 'zone' | 'elsewhere' };

/** Records of few days, sessions and parts, so that they meet; each once, as the door lets them in. */
const story = fc
  .record({
    records: fc.array(
      fc.record({
        day: fc.integer({ min: TODAY, max: TODAY + 3 }),
        kind: fc.constantFrom('voice' as const, 'data' as const, 'sms' as const, 'premium' as const),
        feed: fc.constantFrom('nrtrde' as const, 'tap' as const, 'other' as const),
        place: fc.constantFrom('home' as const, 'zone' as const, 'elsewhere' as const),
        incoming: fc.boolean(),
        amount: fc.integer({ min: 0, max: 100 }),
        charge: fc.integer({ min: 0, max: 100 }),
        session: fc.constantFrom(undefined, 's1', 's2'),
        part: fc.constantFrom(undefined, '1', '2'),
        cancelled: fc.constantFrom(0, 0, 0, 1, 2),
      }),
      { maxLength: 12 },
    ),
    seen: fc.array(
      fc.tuple(fc.integer({ min: TODAY, max: TODAY + 4 }), fc.constantFrom('home' as const, 'zone' as const)),
      {
        maxLength: 2,
      },
    ),
  })
  .chain(({ records, seen }) => {
    const ops: Op[] = seen.map(([day, place]) => ({ is: 'present', day, place }));
    records.forEach(({ cancelled, session, part, ...rest }, i) => {
      const id = `r${i}`;
      const given = { id, ...rest, ...(session && { session }), ...(session && part && { part }) };
      ops.push({ is: 'add', record: record(given) });
      for (let times = 0; times < cancelled; times++) ops.push({ is: 'cancel', print: printOf(id) });
    });
    const restarts = fc.array(fc.nat({ max: Math.max(0, ops.length - 1) }), { maxLength: 2 });
    return fc.tuple(fc.shuffledSubarray(ops, { minLength: ops.length }), restarts);
  });

/** The sums of a set of records, recounted: no order, no state. */
function recount(ops: readonly Op[]): Map<number, Partial<Record<keyof DayUse, number>>> {
  const cancelled = new Set(ops.flatMap((op) => (op.is === 'cancel' ? [op.print] : [])));
  const known = ops.flatMap((op) => (op.is === 'add' && !cancelled.has(op.record.print) ? [op.record] : []));
  const finals = known.filter(({ feed }) => feed === 'tap');
  const live = known.filter(
    ({ feed, session, part, kind }) =>
      feed !== 'nrtrde' ||
      session === undefined ||
      !finals.some(
        (final) =>
          final.session === session &&
          final.kind === kind &&
          (final.part === part || final.part === undefined || part === undefined),
      ),
  );
  const days = new Map<number, Partial<Record<keyof DayUse, number>>>();
  const plus = (day: number, field: string, value: number) => {
    const sums = days.get(day) ?? {};
    days.set(day, { ...sums, [field]: (sums[field as keyof DayUse] ?? 0) + value });
  };
  for (const { day, kind, place, incoming, amount, charge: money } of live) {
    plus(day, 'charge', money);
    plus(day, `${place}Seen`, 1);
    const volume = { voice: 'VoiceSeconds', data: 'DataBytes', sms: 'Messages', mms: 'Messages', premium: '' }[kind];
    if (volume === '') continue;
    plus(day, `${place}${volume}`, amount);
    if (!incoming) plus(day, volume[0]!.toLowerCase() + volume.slice(1), amount);
  }
  for (const op of ops) if (op.is === 'present') plus(op.day, `${op.place}Seen`, 1);
  return days;
}

/** The sums that are not nothing. */
function plain(days: Iterable<readonly [number, object]>): unknown {
  const kept = [...days].flatMap(([day, sums]) => {
    const some = Object.entries(sums).filter(([field, value]) => field !== 'day' && value !== 0);
    return some.length === 0 ? [] : [[day, Object.fromEntries(some)] as const];
  });
  return Object.fromEntries(kept);
}
const sumsOf = (book: UsageBook) => plain(book.days.map((use) => [use.day, use] as const));

describe('whatever the order in which records, cancellations, NRTRDE and TAP come', () => {
  it('the sums equal a plain recount, after each of them, and after a restart at any place', () => {
    fc.assert(
      fc.property(story, ([ops, restarts]) => {
        let book = new UsageBook();
        const stored: StoredDays = new Map();
        for (const [i, op] of ops.entries()) {
          const before = new Map(book.days.map((use) => [use.day, JSON.stringify(use)]));
          book.looked();
          if (op.is === 'add') book.add(op.record);
          else if (op.is === 'cancel') book.cancel(op.print, TODAY + 131);
          else book.present(op.day, op.place);
          const told = ops.slice(0, i + 1);
          const want = recount(told);
          expect(sumsOf(book)).toEqual(plain(want));
          // Every day whose sums changed is touched.
          const changed = book.days.filter((use) => {
            const held = before.get(use.day);
            return held === undefined ? plainOne(use) : held !== JSON.stringify(use);
          });
          expect(book.touched).toEqual(expect.arrayContaining(changed.map(({ day }) => day)));
          // Without payments what is owed is what was charged, for it is never below zero.
          const charged = [...want.values()].reduce((sum, { charge: money = 0 }) => sum + money, 0);
          expect(book.balance).toBe(charged);
          for (const measure of MEASURES) expect(book.sum(measure, TODAY + 1, TODAY + 3)).toBe(sumOf(want, measure));
          if (restarts.includes(i)) {
            store(book, stored);
            const { touched, balance } = book;
            book = restarted(book, stored);
            expect(sumsOf(book)).toEqual(plain(want));
            expect([book.touched, book.balance]).toEqual([touched, balance]);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  it('the same set in two orders leaves the same book', () => {
    fc.assert(
      fc.property(story, fc.nat(), ([ops], turn) => {
        const told = (order: readonly Op[]) => {
          const book = new UsageBook();
          for (const op of order) {
            if (op.is === 'add') book.add(op.record);
            else if (op.is === 'cancel') book.cancel(op.print, TODAY + 131);
            else book.present(op.day, op.place);
          }
          return { sums: sumsOf(book), balance: book.balance };
        };
        const at = ops.length === 0 ? 0 : turn % ops.length;
        expect(told([...ops.slice(at), ...ops.slice(0, at)].reverse())).toEqual(told(ops));
      }),
      { numRuns: 200 },
    );
  });
});

function plainOne(use: DayUse): boolean {
  return Object.entries(use).some(([field, value]) => field !== 'day' && value !== 0);
}

function sumOf(days: ReturnType<typeof recount>, measure: Measure): number {
  return [TODAY + 1, TODAY + 2].reduce((sum, day) => sum + (days.get(day)?.[measure] ?? 0), 0);
}
