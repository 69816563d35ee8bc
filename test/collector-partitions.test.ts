/**
 * What concerns several services is decided the same wherever they are: customers with numbers on different partitions, SIMs used
 * abroad in turn, and viewers of one node and channel, told at once and through the log on one and on four partitions.
 */
import { expect, it } from 'vitest';
import { loadPacks, OWN_PACKS } from '../pipelines/runtime/packs.js';
import { partitionOf } from '../pipelines/runtime/topics.js';
import { Engine, essence, replayed } from './engine.js';

const packs = loadPacks([OWN_PACKS]);
const FROM = Date.parse('2026-07-01T00:00:00+02:00');
const UNTIL = '2026-09-01T00:00:00+02:00';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Told {
  readonly type: string;
  readonly subject: string;
  readonly at: number;
  readonly data: object;
  /** When it became known, where that was later. */
  readonly known?: number;
}

/** Numbers that look random and are the same each time. */
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * most);
  };
}

/** Five customers with three numbers each: calls, payments, corrections, limits, transfers and ends, in no order of services. */
function numbers(seed: number): readonly Told[] {
  const pick = chance(seed);
  const service = (customer: number, number: number) => `m${seed}-${customer}-${number}`;
  const record = (customer: number, more: object = {}) => ({
    operator: 'mtel-at',
    kind: 'mobile',
    customerId: `k${seed}-${customer}`,
    activeFrom: '2025-01-01T00:00:00+01:00',
    ...more,
  });
  const lines: Told[] = [];
  for (let customer = 0; customer < 5; customer++) {
    for (let number = 0; number < 3; number++) {
      const data = record(customer, number === 2 && customer % 2 ? { creditLimit: eur('90.00') } : {});
      lines.push({ type: 'service.upserted', subject: service(customer, number), at: FROM, data });
    }
  }
  for (let i = 0; i < 260; i++) {
    const customer = pick(5);
    const subject = service(customer, pick(3));
    // Now and then several at one instant.
    const at = FROM + DAY + Math.floor(i / 2) * 4 * HOUR + (pick(3) ? pick(3_000) * 1_000 : 0);
    const what = pick(24);
    if (what < 17) lines.push({ type: 'usage.recorded', subject, at, data: call(`${pick(14)}.${10 + pick(90)}`) });
    else if (what < 19) lines.push({ type: 'bill.paid', subject, at, data: { amount: eur(`${20 + pick(60)}.00`) } });
    else if (what < 21) lines.push({ type: 'usage.recorded', subject, at, data: call(`-${1 + pick(20)}.00`) });
    else if (what < 22) {
      const data = record(customer, { creditLimit: eur(`${50 + pick(80)}.00`) });
      lines.push({ type: 'service.upserted', subject, at, data });
    } else if (what < 23) {
      lines.push({ type: 'service.transferred', subject, at, data: { customerId: `k${seed}-${pick(5)}` } });
    } else if (i > 220) lines.push({ type: 'service.ended', subject, at, data: { reason: 'asked' } });
  }
  return lines;
}

const eur = (amount: string) => ({ amount, currency: 'EUR' });
const call = (amount: string) => ({ kind: 'voice', direction: 'out', seconds: 60, charge: eur(amount) });

/** Three SIMs at home on the same days, and then abroad one after the other. */
function sims(): readonly Told[] {
  const lines: Told[] = [];
  ['sim-a', 'sim-b', 'sim-c'].forEach((subject, i) => {
    const data = { operator: 'a1-rs', kind: 'mobile', customerId: 'k-sims', activeFrom: '2025-01-01T00:00:00+01:00' };
    lines.push({ type: 'service.upserted', subject, at: FROM, data });
    const seen = (day: number, country: string, bytes: number) =>
      lines.push({
        type: 'usage.recorded',
        subject,
        at: FROM + day * DAY + (9 + i) * HOUR,
        data: { kind: 'data', bytes, country, charge: { amount: '0.00', currency: 'RSD' } },
      });
    for (let day = 1; day < 15; day++) seen(day, 'RS', 1_000);
    for (let day = 16 + i * 9; day < 25 + i * 9; day++) seen(day, 'BA', 5_000);
  });
  return lines;
}

/** Twelve viewers of two nodes: bad minutes, good ones, and sessions that are known late. */
function television(): readonly Told[] {
  const pick = chance(5);
  const lines: Told[] = [];
  for (let i = 0; i < 12; i++) {
    const data = {
      operator: 'go4yu',
      kind: 'ott-tv',
      servedBy: [`edge-${i % 2}`],
      activeFrom: '2026-01-01T00:00:00+01:00',
    };
    lines.push({ type: 'service.upserted', subject: `viewer-${i}`, at: FROM, data });
  }
  for (let minute = 0; minute < 40; minute++) {
    for (let i = 0; i < 12; i++) {
      const bad = minute < 8 || (minute > 25 && minute < 28 && i % 2 === 0);
      const data = {
        device: 'stb',
        mode: 'live',
        seconds: 0,
        channelId: pick(2) ? 'news' : 'film',
        deliveredBitsPerSecond: bad && pick(4) ? 2_000_000 : 12_000_000,
      };
      const at = FROM + 3 * DAY + minute * 60_000 + pick(60) * 1_000;
      const known = pick(8) === 0 ? at + pick(90) * 60_000 : at;
      lines.push({ type: 'tv.played', subject: `viewer-${i}`, at, data, known });
    }
  }
  return lines;
}

const known = (one: Told) => one.known ?? one.at;
const lines = [...numbers(3), ...numbers(11), ...sims(), ...television()]
  .map((one, i) => ({ one, i }))
  .sort((a, b) => known(a.one) - known(b.one) || a.i - b.i)
  .map(({ one, i }) =>
    JSON.stringify({
      specversion: '1.0',
      id: `e${i}`,
      source: 'story',
      type: one.type,
      subject: one.subject,
      time: new Date(one.at).toISOString(),
      recordedtime: new Date(known(one)).toISOString(),
      data: one.data,
    }),
  );

const whole = replayed(packs, lines, Date.parse(UNTIL));

it('the story has what it is for', () => {
  const count = (type: string, holds: (data: Record<string, unknown>) => boolean = () => true) =>
    whole.filter((one) => one.type === type && holds(one.data as unknown as Record<string, unknown>)).length;
  const ofCustomer = (data: Record<string, unknown>) => data['scope'] === 'customer';
  expect(count('bar.applied', ofCustomer)).toBeGreaterThan(20);
  expect(count('bar.lifted', ofCustomer)).toBeGreaterThan(10);
  expect(count('bar.applied', (data) => !ofCustomer(data))).toBeGreaterThan(3);
  expect(count('spend.warned', ofCustomer)).toBeGreaterThan(5);
  expect(count('roaming.pattern.found', ({ pattern }) => pattern === 'sims-in-turn')).toBe(1);
  expect(count('alarm.raised', ({ alarmId }) => String(alarmId).startsWith('tv-node'))).toBeGreaterThan(1);
  expect(count('alarm.raised', ({ alarmId }) => String(alarmId).startsWith('tv-channel'))).toBeGreaterThan(1);
  expect(count('alarm.cleared')).toBeGreaterThan(2);
  const partitions = new Set([0, 1, 2].map((number) => partitionOf(`m3-0-${number}`, 4)));
  expect(partitions.size).toBeGreaterThan(1);
});

it.each([
  ['1 partition', { service: 1, element: 1, facts: 1, decisions: 1 }, 0],
  ['4 partitions', { service: 4, element: 2, facts: 3, decisions: 2 }, 0],
  ['4 partitions with restarts', { service: 4, element: 1, facts: 2, decisions: 1 }, 150],
  ['1 partition with restarts', { service: 1, element: 1, facts: 2, decisions: 1 }, 210],
] as const)('%s: the same set of decisions as a replay', { timeout: 240_000 }, async (_, partitions, cut) => {
  // With small steps that each may commit, a restart finds many a tick half done.
  const limits = { commitEveryMs: 1, commitDecisionsAfterMs: 1, changes: 1, batch: 40, pieces: 1 };
  const engine = await Engine.open({ packs, partitions, ...(cut ? { limits } : {}) });
  const step = cut || 400;
  for (let from = 0; from < lines.length; from += step) {
    await engine.take(lines.slice(from, from + step), from + 1);
    if (!cut) continue;
    for (let i = 0; i < 6; i++) {
      await engine.workSome(50 + (((from / step) * 6 + i) % 11) * 13);
      await engine.restart();
    }
  }
  await engine.moveClock(UNTIL);
  await engine.work();
  const decisions = (await engine.decisions()).map(essence).sort();
  expect(decisions).toEqual(whole.map(essence).sort());
});

it('4 partitions: the same as one, where the clock beats once an hour', { timeout: 240_000 }, async () => {
  const decided = async (service: number) => {
    const partitions = { service, element: 1, facts: service, decisions: 1 };
    const engine = await Engine.open({ packs, partitions, storyTickSeconds: 3_600 });
    await engine.take(lines);
    await engine.moveClock(UNTIL);
    await engine.work();
    return (await engine.decisions()).map(essence).sort();
  };
  const one = await decided(1);
  expect(one.filter((text) => text.includes('"scope":"customer"')).length).toBeGreaterThan(30);
  expect(await decided(4)).toEqual(one);
});
