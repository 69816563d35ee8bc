import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PrintTable } from '../../../pipelines/runtime/print-table.js';

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((d) => d.toString(16)).join(''));
/** Names that often fall on one another's places. */
const name = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 3 }))
  .map(([a, b]) => `${a.toString(16).padStart(8, '0')}${b.toString(16).padStart(16, '0')}`);

describe('a table of prints', () => {
  it('holds what a map holds', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('set' as const), name, content: hex(12) }),
      fc.record({ do: fc.constant('delete' as const), name, content: fc.constant('') }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const table = new PrintTable();
        const map = new Map<string, string>();
        for (const one of steps) {
          if (one.do === 'set') {
            table.set(one.name, one.content);
            map.set(one.name, one.content);
          } else {
            table.delete(one.name);
            map.delete(one.name);
          }
        }
        expect(table.size).toBe(map.size);
        for (const [key, content] of map) expect(table.get(key)).toBe(content);
        for (const { name: key } of steps) expect(table.get(key)).toBe(map.get(key));
      }),
    );
  });

  it('grows, and drops only what may be forgotten', () => {
    const table = new PrintTable();
    const nameOf = (i: number) =>
      `${((i * 2_654_435_761) % 2 ** 32).toString(16).padStart(8, '0')}${i.toString(16).padStart(16, '0')}`;
    for (let i = 0; i < 50_000; i++) {
      table.day(Math.floor(i / 1_000));
      table.set(nameOf(i), '0123456789ab', i % 10 === 0 ? undefined : Math.floor(i / 1_000) + 5);
    }
    for (let i = 0; i < 50_000; i += 10) expect(table.get(nameOf(i))).toBe('0123456789ab');
    for (let i = 45_000; i < 50_000; i++) expect(table.get(nameOf(i))).toBe('0123456789ab');
    // Ten thousand of fifty are held in all.
    expect(table.bytes).toBeLessThan(50_000 * 20);
    expect(table.size).toBeLessThan(25_000);
  });
});
