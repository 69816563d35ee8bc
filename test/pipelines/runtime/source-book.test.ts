/** When each source was heard, and how long it is silent at the most. */
import { describe, expect, it } from 'vitest';
import { DAY, HOUR, MINUTE, SECOND } from '../../../pipelines/domain/units.js';
import { SourceBook } from '../../../pipelines/runtime/source-book.js';

const T = Date.parse('2026-06-12T00:00:00Z');

describe('a source', () => {
  it('has the instant of its newest event, whatever order they come in', () => {
    const book = new SourceBook();
    for (const at of [T, T + MINUTE, T + 30 * SECOND]) book.heard('noc', at);
    expect(book.all()).toEqual([{ name: 'noc', last: T + MINUTE, usual: null, events: 3 }]);
  });

  it('has no rhythm before it is known for an hour, such as one that loads all at once', () => {
    const book = new SourceBook();
    for (let i = 0; i < 5_000; i++) book.heard('inventory', T + i);
    expect(book.all()[0]?.usual).toBeNull();
    book.heard('inventory', T + 2 * HOUR);
    expect(book.all()[0]?.usual).toBeCloseTo(2 * HOUR, -4);
  });

  it('that comes in bursts is as silent as between them, not as within them', () => {
    const book = new SourceBook();
    for (let burst = 0; burst < 20; burst++)
      for (let i = 0; i < 100; i++) book.heard('pm', T + burst * 15 * MINUTE + i * 10);
    const usual = book.all()[0]!.usual!;
    expect(usual).toBeGreaterThan(14 * MINUTE);
    expect(usual).toBeLessThanOrEqual(15 * MINUTE);
  });

  it('forgets a long silence after some days', () => {
    const book = new SourceBook();
    book.heard('noc', T);
    book.heard('noc', T + 6 * HOUR);
    for (let at = T + 6 * HOUR; at < T + 20 * DAY; at += 10 * MINUTE) book.heard('noc', at);
    expect(book.all()[0]!.usual!).toBeLessThan(11 * MINUTE);
  });
});

it('is bounded: of very many sources those heard last are kept', () => {
  const book = new SourceBook();
  for (let i = 0; i < 1_200; i++) book.heard(`s${i}`, T + i);
  const names = book.all().map(({ name }) => name);
  expect(names).toHaveLength(500);
  expect([names[0], names.at(-1)]).toEqual(['s700', 's1199']);
});
