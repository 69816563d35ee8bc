import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { USAGE_KINDS } from '../../../../pipelines/domain/event.js';
import { DAY, HOUR } from '../../../../pipelines/domain/units.js';
import { DayUse, packDay, unpackDay } from '../../../../pipelines/domain/usage/days.js';
import { Packer, PRINT_LENGTH, printOf, Unpacker } from '../../../../pipelines/domain/usage/packed.js';
import { HOME, mayHold, pack, restood, type UsageRecord, unpack } from '../../../../pipelines/domain/usage/record.js';

const MOST = 2 ** 53 - 1;
const packer = new Packer();

/** What can be written, and how it is read back. */
const piece = fc.oneof(
  fc.record({ is: fc.constant('byte' as const), value: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ is: fc.constant('count' as const), value: fc.maxSafeNat() }),
  fc.record({ is: fc.constant('signed' as const), value: fc.integer({ min: -(2 ** 52), max: 2 ** 52 }) }),
  fc.record({ is: fc.constant('text' as const), value: fc.string({ unit: 'binary', maxLength: 40 }) }),
);

describe('numbers and texts in characters 0 to 255', () => {
  it('what was written is read back, in order', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const { is, value } of pieces) {
          if (is === 'byte') packer.byte(value);
          else if (is === 'count') packer.count(value);
          else if (is === 'signed') packer.signed(value);
          else packer.text(value);
        }
        const packed = packer.take();
        expect([...packed].every((one) => one.charCodeAt(0) <= 255)).toBe(true);
        const reader = new Unpacker(packed);
        expect(pieces.map(({ is }) => reader[is]())).toEqual(pieces.map(({ value }) => value));
        expect(reader.done).toBe(true);
      }),
    );
  });

  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
    [2 ** 32, 5],
    [MOST, 8],
  ])('the count %i takes %i characters', (value, length) => {
    const packed = packer.count(value).take();
    expect(packed).toHaveLength(length);
    expect(new Unpacker(packed).count()).toBe(value);
  });

  it.each([0, -1, 1, -64, 64, -(2 ** 52), 2 ** 52])('%i is read back as itself', (value) => {
    expect(new Unpacker(packer.signed(value).take()).signed()).toBe(value);
  });

  it('begins anew after it was taken, and grows as far as it must', () => {
    const long = 'ш'.repeat(3_000);
    expect(new Unpacker(packer.text(long).take()).text()).toBe(long);
    expect(packer.take()).toBe('');
    for (let i = 0; i < 1_000; i++) packer.raw('12345678');
    expect(packer.take()).toBe('12345678'.repeat(1_000));
  });

  it('a number that breaks off is an error, not a wrong number', () => {
    const packed = packer.count(2 ** 40).take();
    expect(() => new Unpacker(packed.slice(0, -1)).count()).toThrow(RangeError);
    expect(() => new Unpacker('').signed()).toThrow(RangeError);
  });
});

describe('a print stands for a text', () => {
  it('always the same, of eight characters', () => {
    expect(printOf('cdr#1')).toBe(printOf('cdr#1'));
    for (const text of ['', 'a', 'cdr#1', 'ш'.repeat(500)]) {
      expect(printOf(text)).toHaveLength(PRINT_LENGTH);
      expect(Buffer.from(printOf(text), 'latin1').toString('latin1')).toBe(printOf(text));
    }
  });

  it('keeps running numbers apart, in each of its halves nearly always', () => {
    const prints = Array.from({ length: 20_000 }, (_, i) => printOf(`switch-7#${i}`));
    expect(new Set(prints).size).toBe(20_000);
    for (const half of [0, 4]) {
      const seen = new Set(prints.map((print) => print.slice(half, half + 4)));
      expect(seen.size).toBeGreaterThan(19_990);
    }
  });
});

describe('a packed record', () => {
  const DAY_NUMBER = 20_613;
  const print = fc.string({ minLength: 1, maxLength: 12 }).map(printOf);
  const record = fc
    .record(
      {
        print,
        offset: fc.integer({ min: -14 * HOUR, max: DAY + 12 * HOUR }),
        kind: fc.constantFrom(...USAGE_KINDS),
        incoming: fc.boolean(),
        feed: fc.constantFrom('nrtrde' as const, 'tap' as const, 'other' as const),
        place: fc.constantFrom('home' as const, 'zone' as const, 'elsewhere' as const),
        amount: fc.maxSafeNat(),
        charge: fc.integer({ min: -1e14, max: 1e14 }),
        priced: fc.boolean(),
        standing: fc.constantFrom('live' as const, 'cancelled' as const, 'replaced' as const),
        session: print,
        part: print,
        country: fc.constantFrom('ME', 'US', HOME),
        listed: fc.constant(true as const),
        destination: fc.record(
          { zone: fc.string({ minLength: 1 }), country: fc.constant('ME'), prefix: fc.constant('+38269') },
          { requiredKeys: [] },
        ),
      },
      {
        requiredKeys: [
          'print',
          'offset',
          'kind',
          'incoming',
          'feed',
          'place',
          'amount',
          'charge',
          'priced',
          'standing',
        ],
      },
    )
    .map(({ offset, part, session, destination, ...of }): UsageRecord => {
      const own = { ...of, at: DAY_NUMBER * DAY + offset, day: DAY_NUMBER };
      return {
        ...own,
        ...(session !== undefined && { session }),
        ...(session !== undefined && part !== undefined && { part }),
        // Only what is rated again needs to know where it went.
        ...(!of.priced && { destination: destination ?? {} }),
      };
    });

  it('is read back as it was, among others of its day, with its place in the text', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 8 }), (records) => {
        const chunk = records.map(pack).join('');
        const read = [...unpack(chunk, DAY_NUMBER)];
        expect(read.map(({ from, to, ...one }) => one)).toEqual(records);
        expect(read.map(({ from, to }) => chunk.slice(from, to))).toEqual(records.map(pack));
        for (const { print: one } of records) expect(mayHold(chunk, one)).toBe(true);
      }),
    );
  });

  it('stands otherwise without anything else being changed', () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), fc.nat(), (records, pick) => {
        const chunk = records.map(pack).join('');
        const i = pick % records.length;
        const { from } = [...unpack(chunk, DAY_NUMBER)][i]!;
        for (const standing of ['cancelled', 'replaced', 'live'] as const) {
          const turned = restood(chunk, from, standing);
          expect(turned).toHaveLength(chunk.length);
          const want = records.map((one, j) => (j === i ? { ...one, standing } : one));
          expect([...unpack(turned, DAY_NUMBER)].map(({ from: _, to, ...one }) => one)).toEqual(want);
        }
      }),
    );
  });

  it('of a priced call takes less than thirty bytes', () => {
    const call: UsageRecord = {
      print: printOf('cdr#1'),
      at: DAY_NUMBER * DAY + 12 * HOUR,
      day: DAY_NUMBER,
      kind: 'voice',
      incoming: false,
      feed: 'other',
      place: 'home',
      amount: 180,
      charge: 12_340_000,
      priced: true,
      standing: 'live',
    };
    expect(pack(call).length).toBeLessThan(30);
  });
});

describe('a packed day', () => {
  const fields = Object.keys(new DayUse(0)).filter((name) => name !== 'day') as Exclude<keyof DayUse, 'day'>[];

  it('is read back as it was, and an empty one takes a byte or two', () => {
    const sums = fc.dictionary(fc.constantFrom(...fields), fc.integer({ min: -1e12, max: 1e12 }));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), sums, (day, given) => {
        const use = Object.assign(new DayUse(day), given);
        packDay(packer, use);
        const reader = new Unpacker(packer.take());
        expect(unpackDay(reader, day)).toEqual(use);
        expect(reader.done).toBe(true);
      }),
    );
    packDay(packer, new DayUse(20_613));
    expect(packer.take().length).toBeLessThanOrEqual(2);
  });
});
