/** What was known before, packed: the same sums as a plain count, however it is cut, and stores of the form before can be read. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measure } from '../../../../pipelines/domain/decision.js';
import { UsageBook } from '../../../../pipelines/domain/usage/book.js';
import { type History, PastUse } from '../../../../pipelines/domain/usage/history.js';
import { Packer } from '../../../../pipelines/domain/usage/packed.js';

const MEASURES: readonly Measure[] = ['charge', 'voiceSeconds', 'messages', 'dataBytes'];
const amount = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const sums = fc.record(
  { charge: fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), voiceSeconds: amount, messages: amount, dataBytes: amount },
  { requiredKeys: [] },
);
const day = fc.integer({ min: -50, max: 400 });
const history: fc.Arbitrary<History> = fc.record({
  cycles: fc.array(
    fc
      .tuple(day, fc.integer({ min: 1, max: 31 }), sums)
      .map(([from, length, of]) => ({ from, to: from + length, sums: of })),
    { maxLength: 5 },
  ),
  days: fc.array(fc.record({ day, sums }), { maxLength: 20 }),
});

/** The rule in plain words: whole cycles where one is asked for and there are any, else single days. */
function plain({ cycles, days }: History, measure: Measure, from: number, to: number, cycle: boolean): number {
  const within = cycles.filter((one) => one.from >= from && one.to <= to && one.sums[measure] !== undefined);
  const of = cycle && within.length > 0 ? within : days.filter((one) => one.day >= from && one.day < to);
  return of.reduce((sum, { sums }) => sum + (sums[measure] ?? 0), 0);
}
const inOrder = ({ cycles, days }: History): History => ({
  cycles: [...cycles].sort((a, b) => a.from - b.from),
  days: [...days].sort((a, b) => a.day - b.day),
});

describe('what was known before', () => {
  it('sums up as a plain count does, told at once or in two parts, also after it was packed', () => {
    fc.assert(
      fc.property(
        history,
        history,
        day,
        fc.nat(120),
        fc.constantFrom(...MEASURES),
        fc.boolean(),
        (a, b, from, length, measure, cycle) => {
          const all = inOrder({ cycles: [...a.cycles, ...b.cycles], days: [...a.days, ...b.days] });
          const past = PastUse.of(a).with(b);
          const asked = [measure, from, from + length, cycle] as const;
          expect(past.sum(...asked)).toBe(plain(all, ...asked));
          expect(new PastUse(past.packed).sum(...asked)).toBe(plain(all, ...asked));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('forgets what ended before a day, and nothing else', () => {
    fc.assert(
      fc.property(history, day, (of, since) => {
        const kept = {
          cycles: of.cycles.filter(({ to }) => to >= since),
          days: of.days.filter((one) => one.day >= since),
        };
        expect(PastUse.of(inOrder(of)).since(since).packed).toBe(PastUse.of(inOrder(kept)).packed);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is read from a store of the form before, in which it was JSON', () => {
    const of: History = {
      cycles: [{ from: 10, to: 40, sums: { charge: -5 } }],
      days: [{ day: 41, sums: { messages: 7 } }],
    };
    const packer = new Packer().byte(1).signed(12).byte(1).count(0).count(0).count(0);
    const book = UsageBook.unpack(packer.text(JSON.stringify(of)).take());
    expect([book.sum('charge', 0, 50, true), book.sum('messages', 0, 50), book.balance]).toEqual([-5, 7, 12]);
    const again = UsageBook.unpack(book.pack());
    expect([again.sum('charge', 0, 50, true), again.sum('messages', 0, 50), again.balance]).toEqual([-5, 7, 12]);
  });
});
