/**
 * The view of a service is faithful: at the instant of every decision of the worked cases it shows the figures that the decision
 * carries, read from the store of real tasks over several partitions.
 */
import { describe, expect, it } from 'vitest';
import type { ServiceView } from '../../../../pipelines/domain/subject/service-view.js';
import { parseInstant } from '../../../../pipelines/domain/units.js';
import type { WireDecision } from '../../../../pipelines/http/ports.js';
import type { Store } from '../../../../pipelines/io/store.js';
import { ServiceReader } from '../../../../pipelines/runtime/subject/service-reader.js';
import { type Case, linesOf, workedCases } from '../../../cases.js';
import { Engine, replayed } from '../../../engine.js';
import { cleared, inOrder, known, type Line, opened, packs, parked, said, upsert } from '../../story.js';

const PARTITIONS = { service: 3, element: 2, facts: 1, decisions: 1 };
// biome-ignore lint/suspicious/noExplicitAny: each type of decision has fields of its own, and the comparison is of values.
type Data = Record<string, any>;

/** What the view must show where a decision was taken; by type. Types that say nothing of a service's figures are absent. */
const SHOWN: Readonly<Record<string, (view: ServiceView, data: Data, decision: WireDecision) => void>> = {
  'limit.exceeded': (view, data) => {
    expect(limitIn(view, data)).toMatchObject({ value: data['value'], limit: data['limit'], exceeded: true });
  },
  'traffic.atypical': (view, data) => {
    expect(limitIn(view, data)).toMatchObject({ value: data['value'], atypical: true });
  },
  'spend.warned': (view, data) => {
    if (data['reason'] === 'spend-cap') {
      const { cap } = view.spend!;
      expect(cap).toMatchObject({ cap: data['cap'], against: data['charges'], asked: true });
      expect(cap!.warned).toContain(data['cycle'].from.slice(0, 10));
    } else {
      expect(view.spend!.credit).toMatchObject({ balance: data['charges'], limit: data['cap'], warned: true });
    }
  },
  'bar.applied': (view, data) => {
    const bar = { episode: data['episode'], cycle: { from: dayOf(data['cycle'].from), to: dayOf(data['cycle'].to) } };
    if (data['reason'] === 'spend-cap') {
      expect(view.spend!.cap!.bar).toEqual(bar);
      expect(view.spend!.chargesInTenThousandthsOfMinor).toBe(data['because'].chargesInTenThousandthsOfMinor);
    } else {
      expect(view.spend!.credit!.bar).toEqual(bar);
      expect(minorOf(view.spend!.credit!.balance)).toBe(data['because'].unpaidInTenThousandthsOfMinor / 10_000);
    }
  },
  'bar.lifted': (view, data) => {
    expect(data['reason'] === 'spend-cap' ? view.spend!.cap!.bar : view.spend!.credit!.bar).toBeNull();
  },
  'spend.doubled': (view, data) => expect(view.spend!.doubled).toContain(dayOf(data['cycle'].from)),
  'roaming.risk.found': (view, data) => {
    const { roaming } = view;
    expect(roaming).toMatchObject({
      domesticDays: data['domesticDays'],
      roamingDays: data['roamingDays'],
      domesticUse: data['domesticUse'],
      roamingUse: data['roamingUse'],
      prevails: data['because'].measures,
      risk: true,
      window: { from: dayOf(data['window'].from), to: dayOf(data['window'].to) },
      episode: { episode: data['episode'], sent: 1, receivedAt: null, term: null },
    });
    calendarAdds(view);
  },
  'roaming.surcharge.started': (view, data) => {
    const { because } = data;
    expect(view.roaming).toMatchObject({
      domesticDays: because.domesticDays,
      roamingDays: because.roamingDays,
      domesticUse: because.domesticUse,
      roamingUse: because.roamingUse,
      episode: null,
    });
    expect(view.roaming!.surcharges.at(-1)).toMatchObject({
      episode: data['episode'],
      start: dayOf(because.startedOn),
      startedAt: data['from'],
      stop: null,
    });
    calendarAdds(view);
  },
  'quality.assessed': (view, data) => {
    const month = view.quality.find((one) => one.month === data['month'] && one.measure === data['measure']);
    expect(month).toMatchObject({
      samples: data['samples'],
      meanBitsPerSecond: data['meanBitsPerSecond'],
      requiredBitsPerSecond: data['requiredBitsPerSecond'],
      met: data['met'],
      revision: data['revision'] ?? 0,
      shareMinPercent: data['because'].shareMinPercent,
    });
    expect(month!.coverage).toBe(data['because'].timeWeighted?.coverage ?? null);
  },
  'tv.shortfall': (view, data) => {
    const session = view.television.find(({ event }) => event === data['because'].event);
    expect(session).toMatchObject({
      short: true,
      deliveredBitsPerSecond: data['deliveredBitsPerSecond'],
      from: data['because'].from,
      to: data['because'].to,
    });
  },
};

function dayOf(time: string): string {
  return time.slice(0, 10);
}

function minorOf({ amount }: { readonly amount: string }): number {
  return Number(amount.replace('.', ''));
}

function limitIn(view: ServiceView, data: Data) {
  return view.limits.find(
    (one) => one.window === data['window'] && one.measure === data['measure'] && one.from === dayOf(data['from']),
  );
}

/** The days of the calendar add up to the counts and the use beside it. */
function calendarAdds({ roaming }: ServiceView): void {
  const { days, window, domesticDays, roamingDays, roamingUse } = roaming!;
  const within = days.filter(({ day }) => day >= window.from && day < window.to);
  expect(within.filter(({ counts }) => counts === 'domestic')).toHaveLength(domesticDays);
  expect(within.filter(({ counts }) => counts === 'roaming')).toHaveLength(roamingDays);
  expect(within.reduce((sum, { zone }) => sum + (zone?.dataBytes ?? 0), 0)).toBe(roamingUse.dataBytes);
  expect(days.map(({ day }) => day)).toEqual([...new Set(days.map(({ day }) => day))].sort());
}

/** When the operator got to know of a line. */
function knownAt(line: string): number {
  const event = JSON.parse(line) as Line & { readonly recordedtime?: string };
  return parseInstant(event.recordedtime ?? event.time)!;
}

async function checked(item: Pick<Case, 'name' | 'until'>, lines: readonly string[]): Promise<number> {
  const decisions = replayed(packs, lines, parseInstant(item.until)!).filter(({ type }) => SHOWN[type]);
  if (decisions.length === 0) return 0;
  const engine = await Engine.open({ packs, partitions: PARTITIONS });
  const reader = new ServiceReader({ store: engine.store, packs, partitions: PARTITIONS });
  const times = [...new Set(decisions.map(({ time }) => time))].sort((a, b) => Date.parse(a) - Date.parse(b));
  let taken = 0;
  for (const time of times) {
    const next = lines.slice(taken).filter((line) => knownAt(line) <= Date.parse(time));
    await engine.take(next, taken + 1);
    taken += next.length;
    await engine.moveClock(time);
    await engine.work();
    for (const decision of decisions.filter((one) => one.time === time)) {
      const view = await reader.service(decision.subject!);
      if (!view || view === 'waiting') throw new Error(`${item.name}: no view of ${decision.subject}`);
      expect(view.clock, `${item.name} ${decision.type}`).toBe(time);
      SHOWN[decision.type]!(view, decision.data, decision);
    }
  }
  return decisions.length;
}

describe('at every decision of the worked cases the view shows its figures', () => {
  const cases = workedCases();
  const types = new Set<string>();

  it.each(cases.map((item) => [item.name, item] as const))('%s', { timeout: 60_000 }, async (_, item) => {
    // A case of bad lines has lines that no task ever sees.
    if (item.exit === 1) return;
    const lines = linesOf(item);
    for (const { type } of replayed(packs, lines, parseInstant(item.until)!)) types.add(type);
    await checked(item, lines);
  });

  it('and they have all of these types', () => {
    if (cases.length > 0) expect(Object.keys(SHOWN).filter((type) => !types.has(type))).toEqual([]);
  });
});

describe('a service', () => {
  const read = async (lines: readonly Line[], until: string, id = 's1') => {
    const engine = await Engine.open({ packs, partitions: PARTITIONS });
    await engine.take(inOrder(lines).map((line) => JSON.stringify(line)));
    await engine.moveClock(until);
    await engine.work();
    return new ServiceReader({ store: engine.store, packs, partitions: PARTITIONS }).service(id);
  };

  it('that nobody knows is none, and one that only events name waits for its record', async () => {
    expect(await read([upsert('s1', 'a1-rs')], '2026-06-10T00:00:00+02:00', 's2')).toBeUndefined();
    expect(
      await read(
        [opened('s2', '06-10 00:00', 'operator', { subjectkind: 'service' })],
        '2026-06-11T00:00:00+02:00',
        's2',
      ),
    ).toBe('waiting');
  });

  it('is shown with its record, its turns and the faults of its line, and without its holder', async () => {
    const lines = [
      upsert('s1', 'truf-rs', { customerId: 'c-1', monthlyFee: { amount: '2000.00', currency: 'RSD' } }),
      known('06-02 12:00', upsert('s1', 'truf-rs', { customerId: 'c-1', monthlyFee: null }, '06-01')),
      opened('s1', '06-10 00:00'),
      cleared('s1', '06-11 00:00'),
      opened('s1', '06-12 00:00', 'subscriber'),
      parked('s1', '06-14'),
    ];
    const view = (await read(lines, '2026-06-15T00:00:00+02:00')) as ServiceView;
    expect(view).toMatchObject({
      version: 1,
      id: 's1',
      clock: '2026-06-15T00:00:00+02:00',
      pending: false,
      held: null,
      operator: { id: 'truf-rs' },
      facts: { kind: 'internet', standing: 'parked', monthlyFee: null },
      versions: [
        { changed: [] },
        { at: '2026-06-01T00:00:00+02:00', known: '2026-06-02T12:00:00+02:00', changed: ['monthlyFee'] },
      ],
      turns: [{ is: 'parked', at: '2026-06-14T00:00:00+02:00' }],
      faults: [
        {
          faultId: 'f1',
          from: '2026-06-10T00:00:00+02:00',
          to: '2026-06-11T00:00:00+02:00',
          responsibility: 'operator',
        },
        { faultId: 'f1', from: '2026-06-12T00:00:00+02:00', to: null, responsibility: 'subscriber' },
      ],
      spend: null,
      roaming: null,
      quality: [],
      television: [],
    });
    expect(JSON.stringify(view)).not.toContain('c-1');
  });

  it('names nobody: what came with its contact is nowhere in the view', async () => {
    const contact = { msisdn: '+381641234567', email: 'ana@example.rs' };
    const view = await read([upsert('s1', 'a1-rs', { contact })], '2026-06-15T00:00:00+02:00');
    expect(JSON.stringify(view)).not.toMatch(/381|example|ana@/);
  });

  it('adds its charges up by day of the running cycle', async () => {
    const used = (time: string, amount: string) => ({
      ...said('usage.recorded', 's1', time, {
        kind: 'voice',
        direction: 'out',
        seconds: 60,
        country: 'RS',
        charge: { amount, currency: 'RSD' },
      }),
      id: `u ${time}`,
    });
    const lines = [
      upsert('s1', 'a1-rs', { billingDay: 'last' }),
      used('05-31 23:00', '900.00'),
      used('06-01 00:00', '10.00'),
      used('06-01 12:00', '0.50'),
      used('06-03 12:00', '4.25'),
    ];
    const { spend } = (await read(lines, '2026-06-04T01:00:00+02:00')) as ServiceView;
    expect(spend).toMatchObject({ cycle: { from: '2026-06-01', to: '2026-07-01' }, charges: { amount: '14.75' } });
    expect(spend!.days.map(({ day, charge, sum }) => [day, charge.amount, sum.amount])).toEqual([
      ['2026-06-01', '10.50', '10.50'],
      ['2026-06-02', '0.00', '10.50'],
      ['2026-06-03', '4.25', '14.75'],
      ['2026-06-04', '0.00', '14.75'],
    ]);
  });

  it('whose task saves while it is read is read again, and never half of one commit and half of another', async () => {
    const engine = await Engine.open({ packs, partitions: PARTITIONS });
    await engine.take([JSON.stringify(upsert('s1', 'a1-rs'))]);
    await engine.moveClock('2026-06-10T00:00:00+02:00');
    await engine.work();
    const { store } = engine;
    /** A store of whose task the first few looks find another sequence each time. */
    const busy = (looks: number): Store => ({
      acquire: (...given) => store.acquire(...given),
      commit: (...given) => store.commit(...given),
      get: (...given) => store.get(...given),
      entries: (...given) => store.entries(...given),
      close: () => store.close(),
      ownership: async (task) => {
        const found = (await store.ownership(task))!;
        return { ...found, sequence: found.sequence + Math.max(0, looks--) };
      },
    });
    const read = (looks: number) =>
      new ServiceReader({ store: busy(looks), packs, partitions: PARTITIONS }).service('s1');
    expect(await read(4)).toMatchObject({ id: 's1' });
    await expect(read(1_000)).rejects.toThrow(/saves faster/);
  });
});
