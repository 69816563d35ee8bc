/** `dozor report mobitext`: the monthly statement, from a log as installations have them. */
import { describe, expect, it } from 'vitest';
import { topicRecords } from '../../../pipelines/commands/report.js';
import { reportSms, smsStatement } from '../../../pipelines/commands/report-sms.js';
import { encodeDecision } from '../../../pipelines/domain/decision.js';
import type { WireDecision } from '../../../pipelines/http/ports.js';
import { readConfig } from '../../../pipelines/runtime/config.js';
import { loadPacks, OWN_PACKS } from '../../../pipelines/runtime/packs.js';
import { Replay } from '../../../pipelines/runtime/replay.js';
import { fromBytes, TOPICS } from '../../../pipelines/runtime/topics.js';
import { Engine, essence } from '../../engine.js';

const packs = loadPacks([OWN_PACKS]);
let n = 0;
const event = (type: string, subject: string, time: string, data: object, recordedtime = time) =>
  JSON.stringify({ specversion: '1.0', id: `e${n++}`, source: 'test', type, subject, time, recordedtime, data });
const account = (subject: string) =>
  event('service.upserted', subject, '2026-01-01T00:00:00+01:00', {
    operator: 'mobitext-rs',
    kind: 'data',
    activeFrom: '2025-01-01T00:00:00+01:00',
    billingDay: 'last',
  });
const sms = (subject: string, time: string, data: object, known?: string) =>
  event('sms.received', subject, time, { shortCode: '6624', ...data }, known);

const story = () => [
  account('acc-1'),
  account('acc-2'),
  sms('acc-1', '2026-05-31T23:59:59+02:00', { prefix: '064' }),
  sms('acc-1', '2026-06-01T00:00:00+02:00', { prefix: '064' }),
  sms('acc-2', '2026-06-02T10:00:00+02:00', { prefix: '060' }),
  event('rate.published', 'acc-1', '2026-06-10T08:00:00+02:00', {
    currency: 'EUR',
    date: '2026-06-10',
    perUnit: '117.0',
  }),
  event('sms.collected', 'acc-1', '2026-06-10T09:00:00+02:00', { network: '22003', month: '2026-05', messages: 1_000 }),
  event('payout.ordered', 'acc-1', '2026-06-10T10:00:00+02:00', { orderId: 'o1', network: '22003' }),
  sms('acc-1', '2026-06-20T12:00:00+02:00', { prefix: '064', parts: 2 }),
  sms('acc-1', '2026-06-20T12:00:01+02:00', { prefix: '064', network: '22001' }),
  sms('acc-1', '2026-06-20T12:00:02+02:00', { prefix: '068' }),
  // Known only in July: it is June's all the same.
  sms('acc-1', '2026-06-30T23:59:59+02:00', { prefix: '064' }, '2026-07-03T00:00:00+02:00'),
  sms('acc-1', '2026-07-01T00:00:00+02:00', { prefix: '064' }, '2026-07-03T00:00:01+02:00'),
];

async function statement(options: { month: string; operator?: string; format?: 'csv' | 'ndjson' }) {
  const partitions = { service: 2, element: 1, facts: 1, decisions: 3 };
  const engine = await Engine.open({ packs, partitions });
  await engine.take(story());
  await engine.moveClock('2026-07-04T00:00:00+02:00');
  await engine.work();
  return smsStatement(engine.log, packs, { format: 'ndjson', ...options });
}

describe('the statement of a month', () => {
  it('has a row for each account and network, amounts without VAT but for the one with it, and what was allowed', async () => {
    const rows = (await statement({ month: '2026-06' })).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(rows.map((row) => [row['account'], row['networkName'], row['messages'], row['parts']])).toEqual([
      ['acc-1', null, 1, 1],
      ['acc-1', 'Telenor', 1, 1],
      ['acc-1', 'Telekom Srbija', 3, 4],
      ['acc-2', 'Vip', 1, 1],
    ]);
    const rsd = (amount: string) => ({ amount, currency: 'RSD' });
    expect(rows[2]).toEqual({
      month: '2026-06',
      operator: 'mobitext-rs',
      account: 'acc-1',
      network: '22003',
      networkName: 'Telekom Srbija',
      messages: 3,
      parts: 4,
      basic: rsd('8.80'),
      addedValue: rsd('120.00'),
      vat: rsd('25.76'),
      amountWithVat: rsd('154.56'),
      operatorShare: rsd('72.00'),
      platformShare: rsd('21.60'),
      clientShare: rsd('26.40'),
      payoutsAllowed: 1,
      payoutAmount: rsd('6600.00'),
      payBy: '2026-07-22',
    });
    expect(rows[0]).toMatchObject({ network: 'unknown', basic: null, amountWithVat: null, payoutsAllowed: 0 });
  });

  it('is the local month of the message, and of one operator where that is asked for', async () => {
    const may = (await statement({ month: '2026-05' })).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(may.map((row) => [row['account'], row['messages'], row['payoutsAllowed']])).toEqual([['acc-1', 1, 0]]);
    expect(await statement({ month: '2026-06', operator: 'a1-rs' })).toEqual([]);
    expect(await statement({ month: '2026-04', format: 'csv' })).toHaveLength(1);
  });

  it.each([1, 4])(
    'rests on decisions taken once, with a restart after every line, on %i partitions: those of a replay',
    async (service) => {
      const lines = story();
      const until = '2026-07-04T00:00:00+02:00';
      const engine = await Engine.open({ packs, partitions: { service, element: 1, facts: 1, decisions: 3 } });
      for (const [at, line] of lines.entries()) {
        await engine.take([line], at + 1);
        await engine.work();
        await engine.restart();
      }
      await engine.moveClock(until);
      await engine.work();
      const told: WireDecision[] = [];
      for await (const { value } of topicRecords(engine.log, TOPICS.decisions))
        told.push(fromBytes(value) as WireDecision);
      const replayed: WireDecision[] = [];
      const replay: Replay = new Replay({
        packs,
        decided: (decision) =>
          replayed.push(encodeDecision(decision, replay.zoneOf(decision)) as unknown as WireDecision),
      });
      lines.forEach((line, at) => void replay.line(line, at + 1));
      replay.finish(Date.parse(until));
      expect(told).toHaveLength(9);
      expect(told.map(essence).sort()).toEqual(replayed.map(essence).sort());
    },
  );

  it('of no month is refused in words', async () => {
    const config = readConfig({ DOZOR_DATA: '/nowhere' });
    await expect(reportSms(config, packs, { month: '2026-13', format: 'csv' })).rejects.toThrow('--month');
  });
});
