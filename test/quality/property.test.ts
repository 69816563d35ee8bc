/**
 * The engine against the oracle on random histories: the same assessments, at the same time, with the same numbers; that nothing
 * hangs on the order of lines known together, nor on hearing one twice; and that television is attributed as the terms say.
 *
 * The seed of a failure is printed by fast-check; DOZOR_SEED tells it again, DOZOR_HISTORIES asks for more.
 */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { loadPacks, OWN_PACKS } from '../../pipelines/runtime/packs.js';
import { replayed } from '../engine.js';
import { HOUR, midnight } from './calendar.js';
import { lines, sessions, told, type Wire } from './histories.js';
import { attributionOf, expected } from './oracle.js';

const SEED = process.env['DOZOR_SEED'] ? Number(process.env['DOZOR_SEED']) : Math.floor(Math.random() * 2 ** 31);
const HISTORIES = Number(process.env['DOZOR_HISTORIES'] ?? 200);
const settings = (share: number) => ({ seed: SEED, numRuns: Math.ceil(HISTORIES * share) });
vi.setConfig({ testTimeout: HISTORIES > 200 ? 86_400_000 : 240_000 });
console.log(`quality oracle: seed ${SEED}, ${HISTORIES} histories`);

const packs = loadPacks([OWN_PACKS]);

interface Decided {
  readonly type: string;
  readonly time: string;
  readonly data: Record<string, unknown>;
}

function engine(lines: readonly object[], until: number): readonly Decided[] {
  return replayed(
    packs,
    lines.map((line) => JSON.stringify(line)),
    until,
  ) as unknown as readonly Decided[];
}

/** In the oracle's words. */
function textOf({ type, time, data }: Decided): string {
  const at = new Date(time).toISOString();
  const revision = data['revision'] === undefined ? '' : ` revision ${data['revision']}`;
  if (type === 'quality.assessed') {
    const { measure, month, meanBitsPerSecond, requiredBitsPerSecond, met } = data;
    return `${at} ${measure} ${month}: ${meanBitsPerSecond} of ${requiredBitsPerSecond} ${met}${revision}`;
  }
  const { parameter, value, met, coverage } = data;
  const from = new Date((data['period'] as { from: string }).from).toISOString();
  return `${at} ${parameter} ${from}: ${value} ${met} ${coverage}${revision}`;
}

const KINDS = [
  ['a measured line', 'internet', 1, lines],
  ['television over the line', 'iptv', 1, sessions],
] as const;

/** Numbers to shuffle by, as many as anybody needs. */
const dice = fc.infiniteStream(fc.nat());

/** The lines, those of one clock in another order. */
function reordered(lines: readonly Wire[], places: Iterator<number>): Wire[] {
  const together = new Map<string, Wire[]>();
  for (const line of lines) {
    const held = together.get(line.recordedtime);
    if (held) held.push(line);
    else together.set(line.recordedtime, [line]);
  }
  return [...together.values()].flatMap((some) =>
    some
      .map((one) => ({ one, place: places.next().value as number }))
      .sort((a, b) => a.place - b.place)
      .map(({ one }) => one),
  );
}

describe('what is assessed is what a plain count of all measurements says', () => {
  it.each(KINDS)('%s', (_, kind, share, histories) => {
    fc.assert(
      fc.property(histories, (history) => {
        expect(engine(told(history, kind), history.until).map(textOf).sort()).toEqual(expected(history));
      }),
      settings(share),
    );
  });

  it.each(KINDS)(
    '%s: lines of one clock in any order, some of them twice, decide the same',
    (_, kind, share, histories) => {
      fc.assert(
        fc.property(histories, dice, (history, places) => {
          const lines = told(history, kind);
          const decided = (all: readonly Wire[]) => engine(all, history.until).map((one) => JSON.stringify(one));
          const before = decided(lines);
          expect(decided(reordered(lines, places))).toEqual(before);
          const twice = lines.flatMap((line) => ((places.next().value as number) % 3 === 0 ? [line, line] : [line]));
          expect(decided(twice)).toEqual(before);
        }),
        settings(share / 5),
      );
    },
  );
});

describe('television over the internet', () => {
  const rate = fc.option(fc.constantFrom(2e6, 4_999_999, 5e6, 6e6, 9_999_999, 10e6, 30e6), { nil: undefined });
  const session = fc.record({
    device: fc.constantFrom('stb' as const, 'smart-tv' as const, 'mobile' as const),
    delivered: rate,
    nominal: rate,
    access: rate,
    age: fc.option(fc.constantFrom(0, 71, 72, 72.001, 100), { nil: undefined }),
    minute: fc.nat({ max: 600 }),
    seconds: fc.constantFrom(0, 60, 3_600),
    home: rate,
  });

  it('each session is attributed by itself, whatever else is played, in whatever order it is told', () => {
    const one = fc.tuple(fc.array(session, { minLength: 1, maxLength: 10 }), fc.constantFrom('go4yu', 'mtel-at'), dice);
    fc.assert(
      fc.property(one, ([all, operator, places]) => {
        const evening = midnight(2026, 5, 10) + 16 * HOUR;
        const head = { specversion: '1.0', source: 'history', subject: 's1' } as const;
        const record = { operator, kind: 'ott-tv', activeFrom: '2026-01-01T00:00:00Z' };
        const upsert = { ...head, id: 'u', type: 'service.upserted', time: '2026-01-01T00:00:00Z', data: record };
        const known = new Date(evening + 24 * HOUR).toISOString();
        const wires = all.map(({ device, delivered, nominal, access, age, minute, seconds, home }, i) => {
          const at = evening + minute * 60_000;
          const catchUp = age !== undefined && {
            mode: 'catch-up',
            broadcastAt: new Date(at - age * HOUR).toISOString(),
          };
          return {
            ...head,
            id: `p${i}`,
            type: 'tv.played',
            time: new Date(at).toISOString(),
            recordedtime: known,
            data: {
              device,
              seconds,
              deliveredBitsPerSecond: delivered,
              nominalBitsPerSecond: nominal,
              accessBitsPerSecond: access,
              homeNetworkBitsPerSecond: home,
              ...catchUp,
            },
          };
        });
        const decided = (lines: readonly Wire[]) => engine([upsert, ...lines], evening + 48 * HOUR);
        const decisions = decided(wires as unknown as readonly Wire[]);
        const found = decisions.map(
          ({ data }) =>
            `${data['session']} ${data['requiredBitsPerSecond']} ${data['attribution']} ${data['operatorLiable']}`,
        );
        const wanted = all.flatMap((one, i) => {
          const attribution = attributionOf(one);
          return attribution === undefined ? [] : [`p${i} ${attribution}`];
        });
        expect(found.sort()).toEqual(wanted.sort());
        const again = decided(reordered(wires as unknown as readonly Wire[], places));
        expect(again.map((one) => JSON.stringify(one))).toEqual(decisions.map((one) => JSON.stringify(one)));
      }),
      settings(1),
    );
  });
});
