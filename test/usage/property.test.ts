/**
 * The engine against the oracle on random histories: the same decisions, at the same time, with the same sums. And that what is
 * decided does not hang on the order of lines that are known together, nor on hearing one of them twice.
 *
 * The seed of a failure is printed by fast-check; DOZOR_SEED tells it again, DOZOR_HISTORIES asks for more.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { engine, expected, usageOf } from './compare.js';
import { credit, spending } from './histories.js';
import { journeys, journeyTold } from './histories-roaming.js';
import { told } from './histories-told.js';
import type { Told } from './lines.js';
import type { Wire } from './wire.js';

/** In CI the same histories each time, so that what fails there is the change; elsewhere others at each run. */
const CHOSEN = process.env['CI'] ? 20_261_123 : Math.floor(Math.random() * 2 ** 31);
const SEED = Number(process.env['DOZOR_SEED'] ?? CHOSEN);
const HISTORIES = Number(process.env['DOZOR_HISTORIES'] ?? 2_000);
const settings = (share: number) => ({ seed: SEED, numRuns: Math.ceil(HISTORIES * share) });
vi.setConfig({ testTimeout: HISTORIES > 2_000 ? 86_400_000 : 120_000 });
console.log(`usage oracle: seed ${SEED}, ${HISTORIES} histories`);

const KINDS: readonly (readonly [name: string, share: number, histories: fc.Arbitrary<Told>])[] = [
  ['what is used, charged and barred', 0.55, spending.map(told)],
  ['what is owed and paid', 0.3, credit.map(told)],
  ['months at home and abroad', 0.15, journeys.map(journeyTold)],
];

const usage = (lines: readonly Wire[], until: number) => usageOf(engine(lines, until));
const knownOf = (line: Wire) => line.recordedtime ?? line.time;

/** Numbers to shuffle by, as many as anybody needs. */
const dice = fc.infiniteStream(fc.nat());

function shuffled<T>(all: readonly T[], places: Iterator<number>): T[] {
  return all
    .map((one) => ({ one, place: places.next().value as number }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}

/** The lines, those of one clock in another order. */
function reordered(lines: readonly Wire[], places: Iterator<number>): Wire[] {
  const together = new Map<string, Wire[]>();
  for (const line of lines) together.set(knownOf(line), [...(together.get(knownOf(line)) ?? []), line]);
  return [...together.values()].flatMap((some) => shuffled(some, places));
}

describe('what usage decides is what a plain count of all records says', () => {
  it.each(KINDS)('%s', (_, share, histories) => {
    fc.assert(
      fc.property(histories, ({ lines, until }) => {
        expect(usage(lines, until)).toEqual(expected(lines, until));
      }),
      settings(share),
    );
  });
});

/** Everything decided but what the door refuses: that names the number of its line. */
const decided = (lines: readonly Wire[], until: number) =>
  engine(lines, until)
    .filter(({ type }) => type !== 'event.rejected')
    .map((one) => JSON.stringify(one))
    .sort();

/** What is owed never falls below zero "in order of arrival": of payments and refunds the order matters, by the contract. */
function isCommutative({ subject, type, data }: Wire, operators: ReadonlyMap<string, unknown>): boolean {
  if (operators.get(subject) !== 'mtel-at') return true;
  return type !== 'bill.paid' && !(data['charge'] as { amount: string } | undefined)?.amount.startsWith('-');
}

function commutative(lines: readonly Wire[]): readonly Wire[] {
  const upserts = lines.filter(({ type }) => type === 'service.upserted');
  const operators = new Map(upserts.map(({ subject, data }) => [subject, data['operator']]));
  return lines.filter((line) => isCommutative(line, operators));
}

describe('the order in which lines come', () => {
  it.each(KINDS)(
    '%s: those of one clock in any order, and some of them twice, decide the same',
    (_, share, histories) => {
      fc.assert(
        fc.property(histories, dice, ({ lines: all, until }, places) => {
          const lines = commutative(all);
          const before = decided(lines, until);
          expect(decided(reordered(lines, places), until)).toEqual(before);
          const twice = lines.flatMap((line) => (places.next().value! % 3 === 0 ? [line, line] : [line]));
          expect(decided(twice, until)).toEqual(before);
        }),
        settings(share / 4),
      );
    },
  );

  it.each(KINDS)('%s: all known at one instant, any order decides the same', (_, share, histories) => {
    fc.assert(
      fc.property(histories, dice, ({ lines: all, until }, places) => {
        const lines = commutative(all);
        const at = new Date(Math.max(...lines.map((line) => Date.parse(knownOf(line))))).toISOString();
        const together = lines.map((line) => ({ ...line, recordedtime: at }));
        const before = decided(together, until);
        expect(decided(shuffled(together, places), until)).toEqual(before);
        expect(usage(together, until)).toEqual(expected(together, until));
      }),
      settings(share / 4),
    );
  });
});
