/**
 * Data in roaming, idle SIMs and unusual use through the whole engine: the same decisions told at once, and through the log on one
 * and four partitions with restarts in between, where what is held of a service is folded and read back.
 */
import { expect, it } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../../pipelines/domain/units.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Engine, essence, replayed } from '../../engine.js';

const packs = loadPacks([OWN_PACKS]);
const FROM = Date.parse('2026-04-01T00:00:00+02:00');
const UNTIL = '2026-07-15T00:00:00+02:00';
const SERVICES = ['s1', 's2', 's3', 's4', 's5', 's6'];

/** Six services with a fee: a month at home, a month and a half abroad, one loud day, calls that overlap, withdrawn and late records. */
function story(): readonly string[] {
  const events: { known: number; line: string }[] = [];
  const add = (type: string, subject: string, at: number, data: object, known = at, id = `e${events.length}`) => {
    const iso = (time: number) => new Date(time).toISOString();
    const head = { specversion: '1.0', id, source: 'test', type, subject };
    const line = JSON.stringify({ ...head, time: iso(at), recordedtime: iso(known), data });
    events.push({ known, line });
  };
  for (const [i, id] of SERVICES.entries()) {
    const fee = { amount: i % 2 ? '1200.00' : '600.00', currency: 'RSD' };
    add('service.upserted', id, FROM, { operator: 'a1-rs', kind: 'mobile', monthlyFee: fee, billingDay: 5 });
    for (let day = 0; day < 75; day++) {
      const noon = FROM + day * DAY + 12 * HOUR + i * MINUTE;
      const country = day < 30 ? 'RS' : i % 3 === 0 ? 'ME' : 'BA';
      const late = day % 7 === 3 ? 30 * HOUR : 0;
      add('usage.recorded', id, noon, { kind: 'data', bytes: 1e8 * (1 + (day % 5)), country }, noon + late);
    }
    // One day of twelve gigabytes, which two of them have taken back.
    const loud = FROM + 20 * DAY + 9 * HOUR;
    add('usage.recorded', id, loud, { kind: 'data', bytes: 12e9, country: 'RS' }, loud, `loud-${id}`);
    if (i < 2) add('usage.cancelled', id, loud + 3 * DAY, { recordId: `loud-${id}` });
    const call = FROM + 40 * DAY;
    for (const minutes of [0, 5, 10])
      add('usage.recorded', id, call + minutes * MINUTE, { kind: 'voice', seconds: 1_800, country: 'AL' }, call + HOUR);
    add('usage.recorded', id, call + 20 * MINUTE, { kind: 'sms', country: 'RS' }, call + 2 * DAY);
  }
  return events.sort((a, b) => a.known - b.known).map(({ line }) => line);
}

const lines = story();

it('has something of everything', () => {
  const counts: Record<string, number> = {};
  for (const { type, data } of replayed(packs, lines, Date.parse(UNTIL))) {
    const name = [type, data['flag'] ?? data['pattern'] ?? data['template']].filter(Boolean).join(' ');
    counts[name] = (counts[name] ?? 0) + 1;
  }
  expect(counts).toMatchObject({
    'usage.flagged deviation': 6,
    'usage.flag.withdrawn deviation': 2,
    'usage.flagged overlapping-calls': 6,
    'usage.flagged two-countries': 6,
    'roaming.pattern.found long-inactivity': 6,
  });
  expect(counts['notice.requested roaming-data-80']).toBeGreaterThan(0);
  expect(counts['notice.requested roaming-data-100']).toBeGreaterThan(0);
});

it.each([
  ['1 partition', { service: 1, element: 1, facts: 1, decisions: 1 }],
  ['4 partitions', { service: 4, element: 1, facts: 1, decisions: 2 }],
] as const)('%s, with restarts: the same decisions as a replay', { timeout: 240_000 }, async (_, partitions) => {
  const engine = await Engine.open({ packs, partitions });
  for (let from = 0; from < lines.length; from += 60) {
    await engine.take(lines.slice(from, from + 60), from + 1);
    await engine.workSome(20);
    if (from % 180 === 0) await engine.restart();
  }
  await engine.moveClock(UNTIL);
  await engine.work();
  const decisions = (await engine.decisions()).map(essence).sort();
  expect(decisions).toEqual(replayed(packs, lines, Date.parse(UNTIL)).map(essence).sort());
});
