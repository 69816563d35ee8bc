import { describe, expect, it } from 'vitest';
import { causeOf, type Evidence } from '../../../../pipelines/domain/quality/cause.js';
import { measured, type Request } from '../../../../pipelines/domain/quality/player.js';
import { playedOf, type Session } from '../../../../pipelines/domain/quality/session.js';
import { MINUTE, SECOND } from '../../../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../../../pipelines/runtime/packs.js';
import { describeShared, sharedRows } from '../../../shared-data.js';

const rules = loadPacks([OWN_PACKS]).at('go4yu', 0)!.rules.tv!;
const M = 1_000_000;

const session = (data: Partial<Session['data']> = {}): Session => ({
  at: Date.parse('2026-06-10T18:00:00Z'),
  source: 'case',
  id: 's',
  data: { device: 'smart-tv', seconds: 600, deliveredBitsPerSecond: 7 * M, ...data },
});
const evidence = (of: Session, more: Partial<Evidence> = {}): Evidence => ({
  required: 10 * M,
  sessions: [playedOf(of, true)],
  lines: [],
  contracted: undefined,
  faults: [],
  rules,
  ...more,
});

describe('an open fault of what serves it', () => {
  it('is the service, whatever else is not known', () => {
    const one = session();
    const found = causeOf(one, evidence(one, { faults: ['platform-1/f1'] }));
    expect([found.likelyCause, found.causes, found.wanted]).toEqual(['service', ['service'], []]);
    expect(found.asked.find(({ cause }) => cause === 'service')).toMatchObject({ faults: ['platform-1/f1'] });
  });

  it('stands behind a line that is too slow', () => {
    const one = session({ accessBitsPerSecond: 8 * M });
    expect(causeOf(one, evidence(one, { faults: ['platform-1/f1'] })).causes).toEqual(['access-line', 'service']);
  });
});

describe('a line measured within a quarter of an hour', () => {
  it('comes before a test by cable, and what the session says before both', () => {
    const capacity = (data: Partial<Session['data']>, lines: Evidence['lines']) => {
      const one = session(data);
      return causeOf(one, evidence(one, { lines })).asked[0];
    };
    const fresh = [[session().at - 15 * MINUTE, 30 * M]] as const;
    expect(capacity({ wiredBitsPerSecond: 8 * M }, fresh)).toMatchObject({ measuredBy: 'line', holds: false });
    expect(capacity({ accessBitsPerSecond: 9 * M }, fresh)).toMatchObject({ measuredBy: 'session', holds: true });
    expect(capacity({ wiredBitsPerSecond: 8 * M }, [])).toMatchObject({ measuredBy: 'wired-test', holds: true });
  });
});

/**
 * Real sessions of which the cause is known: a server that gives 5 Mbit/s and a strong signal, short by the service; one that
 * gives 50 and a weak signal, short by the way to the viewer; one that gives 50 and strong Wi-Fi, short by neither.
 */
describeShared(
  'the public sessions over 4G and Wi-Fi',
  ['video/lumos_chunks.csv.gz', 'video/lumos_sessions.csv'],
  () => {
    const chunks = () => {
      const by = new Map<string, Readonly<Record<string, string>>[]>();
      for (const row of sharedRows('video/lumos_chunks.csv.gz')) {
        const of = by.get(row['session']!) ?? [];
        of.push(row);
        by.set(row['session']!, of);
      }
      return by;
    };

    /** Pieces asked for as the player did: at once while it fills its buffer, then one for each length played. */
    const requests = (of: readonly Readonly<Record<string, string>>[], length: number): readonly Request[] => {
      let at = 0;
      let asked = 0;
      return of.map((row, i) => {
        const delivery = Math.round(Number(row['delivery_s']) * SECOND);
        if (i > 0) at = row['player_state'] === 'steady' ? Math.max(at, asked + length) : at;
        asked = at;
        const rate = Number(row['bitrate_kbps']) * 1_000;
        at += delivery;
        const throughputBitsPerSecond = Number(row['app_throughput_kbps']) * 1_000;
        return {
          at: asked,
          kind: 'picture',
          bitsPerSecond: rate,
          length,
          throughputBitsPerSecond,
          delivery,
          starved: false,
          urgent: false,
          speed: 1,
          failed: false,
          name: String(i),
        };
      });
    };

    const judged = () => {
      const by = chunks();
      return sharedRows('video/lumos_sessions.csv').map((row) => {
        const length = Number(row['segment_s']) * SECOND;
        const of = by.get(row['session']!)!;
        const asked = requests(of, length);
        const { deliveredBitsPerSecond, switches, throughputBitsPerSecond } = measured(asked);
        const slow = asked.filter(({ delivery }) => delivery! > length).length;
        const cap = Number(row['server_cap_mbps']);
        const one = session({
          deliveredBitsPerSecond: deliveredBitsPerSecond!,
          throughputBitsPerSecond: throughputBitsPerSecond!,
          serverBitsPerSecond: cap * M,
          // What came is what the way carries where the server gives more than ten times what comes at the worst.
          ...(cap === 50 && { accessBitsPerSecond: throughputBitsPerSecond! }),
        });
        return { row, slow, switches, cap, found: causeOf(one, evidence(one)) };
      });
    };

    const all = judged();
    const of = (cap: number, connection: RegExp, signal: string) =>
      all.filter((one) => one.cap === cap && connection.test(one.row['connection']!) && one.row['signal'] === signal);

    it('chunks, mean bitrate, switches and slow chunks are those of the notes', () => {
      expect(all).toHaveLength(401);
      for (const { row, slow, switches } of all) {
        expect([row['session'], slow, switches]).toEqual([
          row['session'],
          Number(row['chunks_slower_than_segment']),
          Number(row['bitrate_switches']),
        ]);
      }
    });

    it('a server of 5 Mbit/s with a strong signal: the service, in every session', () => {
      const causes = of(5, /./, 'strong').map(({ found }) => found.likelyCause);
      expect(causes).toHaveLength(85);
      expect(new Set(causes)).toEqual(new Set(['service']));
    });

    it('a server of 50 with a weak signal: never the service, and the access wherever less than 10 Mbit/s came', () => {
      const weak = of(50, /./, 'weak');
      expect(weak).toHaveLength(59);
      for (const { row, found } of weak) {
        const came = Number(row['median_throughput_kbps']);
        expect([came, found.likelyCause]).toEqual([came, came < 10_000 ? 'access-line' : 'undetermined']);
      }
      expect(weak.filter(({ found }) => found.likelyCause === 'access-line').length).toBeGreaterThan(45);
    });

    it('a server of 50 with strong Wi-Fi: next to no piece is slow', () => {
      const strong = of(50, /wifi/, 'strong');
      expect(strong).toHaveLength(92);
      const slow = strong.reduce((sum, one) => sum + one.slow, 0);
      const pieces = strong.reduce((sum, one) => sum + Number(one.row['chunks']), 0);
      expect(slow / pieces).toBeLessThan(0.0004);
    });
  },
);
