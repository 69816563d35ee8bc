/** Search, and what was refused or waits: bounded, and never a phone number. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { House } from '../../dashboard/house.js';

let house: House;
const day = (number: number) => `2026-06-${String(number).padStart(2, '0')}T00:00:00+02:00`;

beforeAll(async () => {
  house = await House.open();
  await house.say('element.upserted', 'cell-1', day(1), { operator: 'a1-rs', kind: 'cell' });
  for (let i = 0; i < 12; i++) {
    const fee = { amount: '3000.00', currency: 'RSD' };
    const data = { operator: 'a1-rs', kind: 'mobile', monthlyFee: fee, servedBy: ['cell-1'] };
    await house.say('service.upserted', `line-${String(i).padStart(2, '0')}`, day(1), data);
  }
  await house.say('fault.opened', 'cell-1', day(2), { faultId: 'f1', responsibility: 'operator', reason: 'fibre cut' });
  // A record of a service that nobody has told of, and two that are bad.
  await house.say('presence.observed', 'stranger', day(2), { country: 'RS' });
  const bad = { specversion: '1.0', source: 'probe', type: 'kpi.sampled', subject: 'cell-1', time: day(2) };
  const events = [
    { ...bad, id: 'b1', data: { kpi: 'x', value: 'high' } },
    { ...bad, id: 'b2', data: { kpi: 'x' } },
  ];
  await house.installation.gate.takeObjects(events, { name: 'test' });
  await house.moveTo(day(6));
});
afterAll(() => house.close());

const find = async (q: string) => (await house.get(`/v1/search?q=${encodeURIComponent(q)}`)).body;

it('finds services and elements by how their id begins, ten at the most', async () => {
  const { services, elements } = await find('line-');
  expect(services.found).toHaveLength(10);
  expect([services.found[0], services.total]).toEqual(['line-00', null]);
  expect(elements).toEqual({ found: [], total: 0 });
  expect((await find('line-03')).services).toEqual({ found: ['line-03'], total: 1 });
  expect((await find('cell')).elements).toEqual({ found: ['cell-1'], total: 1 });
});

it('finds outages by incident or cause, decisions by subject, incident, id and type', async () => {
  expect((await find('FIBRE')).outages.found).toEqual([{ incident: 'cell-1/f1', isOpen: true, words: 'fibre cut' }]);
  const { decisions, outages } = await find('cell-1/f1');
  expect(outages.total).toBe(1);
  expect(decisions.found).toHaveLength(10);
  const [first] = decisions.found;
  expect((await find(first.id)).decisions.found).toEqual([first]);
  expect(
    (await find('line-03')).decisions.found.every(({ subject }: { subject: string }) => subject === 'line-03'),
  ).toBe(true);
  expect((await find('credit.')).types.found).toEqual(['credit.granted', 'credit.adjusted']);
});

it('finds alarms by their words', async () => {
  await expect
    .poll(async () => (await find('fibre')).alarms.found.map(({ resource }: { resource: string }) => resource))
    .toEqual(['cell-1']);
});

it.each([
  ['+381 64 123 4567', 'looks like a phone number'],
  ['0641234567', 'looks like a phone number'],
  ['x', 'should have 2 to 128 characters'],
  ['x'.repeat(129), 'should have 2 to 128 characters'],
])('refuses %s', async (q, words) => {
  const { status, body } = await house.get(`/v1/search?q=${encodeURIComponent(q)}`);
  expect([status, body.message]).toEqual([400, expect.stringContaining(words)]);
});

it('says what was refused by reason and source, and what waits for its subject', async () => {
  const { body } = await house.get('/v1/refused');
  expect(body).toMatchObject({
    reasons: { 'malformed-field': 1, 'missing-field': 1 },
    looked: 2,
    waitingTotal: 1,
    waiting: [{ subject: 'stranger', on: 'service', records: 1 }],
    held: [],
  });
  expect(body.sources).toContainEqual({ reason: 'malformed-field', source: 'probe', count: 1 });
  const { decisions } = (await house.get('/v1/decisions?type=event.rejected&reason=missing-field')).body;
  expect(decisions).toHaveLength(1);
  expect(decisions[0].data.field).toBe('data.value');
});
