/** An outage as people see it, and time of it excused by two persons: on a whole installation, to the changed credit. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXPIRES_MS } from '../../../pipelines/access/excuses.js';
import { resumeExcuses } from '../../../pipelines/http/excuses.js';
import { House } from '../../dashboard/house.js';

let house: House;
const INCIDENT = 'cell-1/f1';
const at = `/v1/outages/${encodeURIComponent(INCIDENT)}`;
const day = (number: number, time = '00:00:00') => `2026-06-${String(number).padStart(2, '0')}T${time}+02:00`;

beforeAll(async () => {
  house = await House.open();
  await house.say('element.upserted', 'site-1', day(1), { operator: 'a1-rs', kind: 'core', district: 'Beograd' });
  await house.say('element.upserted', 'cell-1', day(1), { operator: 'a1-rs', kind: 'cell', parent: 'site-1' });
  for (const id of ['s1', 's2', 's3']) {
    await house.say('service.upserted', id, day(1), {
      operator: 'a1-rs',
      kind: 'mobile',
      activeFrom: '2026-01-01T00:00:00+01:00',
      monthlyFee: { amount: '3000.00', currency: 'RSD' },
      billingDay: 'last',
      servedBy: ['cell-1'],
    });
  }
  await house.say('fault.opened', 'cell-1', day(10), { faultId: 'f1', responsibility: 'operator', reason: 'power' });
  await house.moveTo(day(11));
});
afterAll(() => house.close());

describe('an open outage', () => {
  it('says what it is, what counts, and when its limit is', async () => {
    const { status, body } = await house.get(at);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      incident: INCIDENT,
      subject: 'cell-1',
      on: 'element',
      operator: { id: 'a1-rs' },
      district: 'Beograd',
      from: day(10),
      to: null,
      countedSeconds: 86_400,
      excusedSeconds: 0,
      limit: { after: 'PT48H', clause: 'A1 3.3' },
      confirmedAt: day(12, '00:00:01'),
      spans: [{ from: day(10), to: null, is: 'counted' }],
      services: 3,
      granted: [],
    });
    expect(body.faults[0].parts).toEqual([
      { from: day(10), to: null, responsibility: 'operator', reason: 'power', accessBarred: false, excused: false },
    ]);
  });

  it('names who is affected, page by page', async () => {
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { body } = await house.get(`${at}/services?limit=1${after && `&after=${encodeURIComponent(after)}`}`);
      seen.push(...body.services);
      expect(body.source).toBe('open');
      if (body.next === undefined) break;
      after = body.next;
    }
    expect(seen.sort()).toEqual(['s1', 's2', 's3']);
  });

  it('says what it would cost: nothing now, and just past its limit two days of thirty of each fee', async () => {
    const { body } = await house.get(`${at}/projection`);
    expect(body).toMatchObject({ services: 3, reckoned: 3 });
    const [now, limit] = body.points;
    expect(now).toMatchObject({ is: 'now', services: 0, amounts: [] });
    // 48 h and 2 s of 720 h at 3,000.00: 200.00 and a fraction of a para, each rounded by itself.
    expect(limit).toMatchObject({ is: 'limit', services: 3, amounts: [{ amount: '600.00', currency: 'RSD' }] });
    expect(limit.examples[0].because).toMatchObject({ amount: { amount: '200.00', currency: 'RSD' } });
  });

  it.each([
    ['/v1/outages/cell-1%2Fnone', 404, 'there is no outage'],
    ['/v1/outages/cell-1', 400, 'incident should be'],
    [`${at}/services?limit=0`, 400, 'limit should be at least 1'],
    [`${at}/services?page=1`, 400, 'page is no parameter'],
  ])('%s is answered %d', async (path, status, words) => {
    const answer = await house.get(path);
    expect([answer.status, answer.body.message]).toEqual([status, expect.stringContaining(words)]);
  });
});

const asked = {
  incident: INCIDENT,
  from: day(10, '06:00:00'),
  to: day(10, '18:00:00'),
  responsibility: 'force-majeure',
  reason: 'flood: the road was closed by the police',
};

describe('excusing time', () => {
  it.each([
    [{ responsibility: 'operator' }, 'responsibility should be one that the terms of a1-rs excuse'],
    [{ reason: ' ' }, 'reason is missing'],
    [{ to: day(20) }, 'to lies ahead'],
    [{ from: day(20), to: null }, 'from lies ahead'],
    [{ from: day(10, '12:00:00'), to: day(10, '11:00:00') }, 'to lies before from'],
    [{ colour: 'red' }, 'colour is no field'],
  ])('is refused where something is wrong: %j', async (change, words) => {
    const { status, body } = await house.ask('POST', '/v1/excuses', { ...asked, ...change });
    expect([status, body.message]).toEqual([400, expect.stringContaining(words)]);
  });

  it('needs somebody who is known, and an outage that is', async () => {
    expect((await house.ask('POST', '/v1/excuses', asked, null)).status).toBe(401);
    expect((await house.ask('POST', '/v1/excuses', { ...asked, incident: 'cell-1/none' })).status).toBe(404);
  });

  it('counts once by its key, and cannot be confirmed by who proposed it', async () => {
    const first = await house.ask('POST', '/v1/excuses', asked, 'first', 'key-1');
    const again = await house.ask('POST', '/v1/excuses', asked, 'first', 'key-1');
    expect([first.status, again.body.id]).toEqual([201, first.body.id]);
    expect(first.body).toMatchObject({ by: 'shift-a', state: 'open', subject: 'cell-1', faultId: 'f1' });
    const own = await house.ask('POST', `/v1/excuses/${first.body.id}/confirm`, {}, 'first');
    expect([own.status, own.body.error]).toEqual([403, 'same-person']);
    // Nothing went through the door: the time still counts.
    await house.settled();
    expect((await house.get(at)).body.excusedSeconds).toBe(0);
    const other = await house.ask('POST', `/v1/excuses/${first.body.id}/withdraw`, {}, 'second');
    expect([other.status, other.body.error]).toEqual([403, 'not-yours']);
    const bare = await house.ask('POST', `/v1/excuses/${first.body.id}/reject`, {}, 'second');
    expect([bare.status, bare.body.message]).toEqual([400, 'why is missing: say why it is rejected']);
    const no = await house.ask('POST', `/v1/excuses/${first.body.id}/reject`, { why: 'no proof' }, 'second');
    expect(no.body).toMatchObject({ state: 'rejected', decidedBy: 'shift-b', why: 'no proof' });
    const late = await house.ask('POST', `/v1/excuses/${first.body.id}/confirm`, {}, 'second');
    expect([late.status, late.body.error]).toEqual([409, 'settled']);
  });

  it('expires', async () => {
    const { body } = await house.ask('POST', '/v1/excuses', asked);
    house.wall += EXPIRES_MS;
    const { status, body: answer } = await house.ask('POST', `/v1/excuses/${body.id}/confirm`, {}, 'second');
    expect([status, answer.error]).toEqual([409, 'expired']);
    const { excuses } = (await house.get('/v1/excuses')).body;
    expect(excuses.find(({ id }: { id: string }) => id === body.id).state).toBe('expired');
  });

  it('becomes events with both names, keeps what else was told in that time, and moves the limit', async () => {
    await house.say('fault.updated', 'cell-1', day(10, '12:00:00'), { faultId: 'f1', responsibility: 'equipment' });
    await house.settled();
    const { body } = await house.ask('POST', '/v1/excuses', asked);
    const done = await house.ask('POST', `/v1/excuses/${body.id}/confirm`, {}, 'second');
    expect([done.status, done.body.state, done.body.decidedBy]).toEqual([200, 'sent', 'shift-b']);
    // Asked for again it is what it was.
    expect((await house.ask('POST', `/v1/excuses/${body.id}/confirm`, {}, 'second')).body.state).toBe('sent');
    await house.moveTo(day(11, '01:00:00'));
    const outage = (await house.get(at)).body;
    expect(outage.excusedSeconds).toBe(12 * 3_600);
    expect(outage.confirmedAt).toBe(day(12, '12:00:01'));
    expect(
      outage.faults[0].parts.map((part: { from: string; responsibility: string }) => [part.from, part.responsibility]),
    ).toEqual([
      [day(10), 'operator'],
      [day(10, '06:00:00'), 'force-majeure'],
      [day(10, '12:00:00'), 'force-majeure'],
      [day(10, '18:00:00'), 'equipment'],
    ]);
    expect(outage.faults[0].events.filter((ref: string) => ref.startsWith(`console/excuses#${body.id}/`))).toHaveLength(
      3,
    );
  });

  it('that was confirmed when the process fell is sent by the next, once', async () => {
    const { body } = await house.ask('POST', '/v1/excuses', { ...asked, from: day(10), to: day(10, '01:00:00') });
    const outage = (await house.get(at)).body;
    const { eventsOf } = await import('../../../pipelines/http/excuses.js');
    await house.excuses.confirm(body.id, 'shift-b', (excuse) => eventsOf(excuse, outage, Date.parse(outage.clock)));
    expect((await house.excuses.find(body.id)).state).toBe('confirmed');
    await resumeExcuses(house.excuses, house.installation.gate);
    await resumeExcuses(house.excuses, house.installation.gate);
    expect((await house.excuses.find(body.id)).state).toBe('sent');
    await house.moveTo(day(11, '02:00:00'));
    expect((await house.get(at)).body.excusedSeconds).toBe(13 * 3_600);
  });

  it('changes the credit that was granted, and the outage names the sum that stands', async () => {
    await house.say('fault.cleared', 'cell-1', day(14), { faultId: 'f1' });
    await house.moveTo(day(14, '01:00:00'));
    // 96 h less 13 h, of 720 h at 3,000.00, three times.
    expect((await house.get(at)).body).toMatchObject({
      to: day(14),
      granted: [{ amount: '1037.49', currency: 'RSD' }],
      services: 0,
    });
    const { body } = await house.ask('POST', '/v1/excuses', { ...asked, from: day(11), to: day(11, '12:00:00') });
    expect((await house.ask('POST', `/v1/excuses/${body.id}/confirm`, {}, 'second')).body.state).toBe('sent');
    await house.moveTo(day(14, '02:00:00'));
    const outage = (await house.get(at)).body;
    expect(outage.granted).toEqual([{ amount: '887.49', currency: 'RSD' }]);
    expect(outage.decisions).toMatchObject({ 'credit.granted': 3, 'credit.adjusted': 3, 'outage.confirmed': 3 });
    const adjusted = (await house.get(`/v1/decisions?incident=${encodeURIComponent(INCIDENT)}&type=credit.adjusted`))
      .body;
    expect(adjusted.decisions[0].data.because.events).toContainEqual(
      expect.stringContaining(`console/excuses#${body.id}/`),
    );
    expect((await house.get('/v1/outages/ended')).body.outages[0]).toMatchObject({
      incident: INCIDENT,
      operator: 'a1-rs',
    });
    expect((await house.get(`${at}/services`)).body).toMatchObject({ source: 'decided' });
  });

  it('of a fault that an alarm made outlives what the alarm says next', async () => {
    const report = { alarmKey: 'mains', perceivedSeverity: 'critical', probableCause: 'powerProblem' };
    await house.say('element.upserted', 'olt-1', day(14), { operator: 'a1-rs', kind: 'olt' });
    await house.say('alarm.reported', 'olt-1', day(15), report);
    await house.moveTo(day(15, '02:00:00'));
    const incident = 'olt-1/alarm:mains';
    const causes = async () =>
      (await house.get(`/v1/outages/${encodeURIComponent(incident)}`)).body.faults[0].parts.map(
        (part: { from: string; responsibility: string }) => [part.from, part.responsibility],
      );
    expect(await causes()).toEqual([[day(15), 'unknown']]);
    const { body } = await house.ask('POST', '/v1/excuses', {
      ...asked,
      incident,
      from: day(15, '01:00:00'),
      to: null,
    });
    expect((await house.ask('POST', `/v1/excuses/${body.id}/confirm`, {}, 'second')).body.state).toBe('sent');
    const excused = [
      [day(15), 'unknown'],
      [day(15, '01:00:00'), 'force-majeure'],
    ];
    await house.moveTo(day(15, '02:30:00'));
    expect(await causes()).toEqual(excused);
    // The alarm is worked out anew: what persons excused stays.
    await house.say('alarm.reported', 'olt-1', day(15, '03:00:00'), { ...report, text: 'batteries empty' });
    await house.moveTo(day(15, '06:00:00'));
    expect(await causes()).toEqual(excused);
  });
});

describe('planned works', () => {
  const works = { element: 'cell-1', worksId: 'w1', from: day(20), to: day(20, '06:00:00'), reason: 'new antenna' };
  const lines = async () => (await house.get('/v1/works')).body.works;

  it('are announced in the name of who plans them, and the list says what the terms make of them', async () => {
    expect((await house.ask('POST', '/v1/works', works)).body.status).toBe('accepted');
    await house.moveTo(day(16));
    expect(await lines()).toEqual([
      expect.objectContaining({ element: 'cell-1', worksId: 'w1', from: day(20), state: 'ahead', cancelledAt: null }),
    ]);
    const { status, body } = await house.ask('POST', '/v1/works', { ...works, to: day(19) });
    expect([status, body.field]).toEqual([422, expect.stringContaining('to')]);
    expect((await house.ask('POST', '/v1/works', works, null)).status).toBe(401);
    expect((await house.ask('POST', '/v1/works', { ...works, element: '' })).body.message).toContain(
      'element is missing',
    );
  });

  it('that are cancelled end then, and what was announced is still to be seen', async () => {
    await house.moveTo(day(20, '02:00:00'));
    const path = '/v1/works/cell-1/w1/cancel';
    expect((await house.ask('POST', path, { colour: 'red' })).body.message).toContain('colour is no field');
    expect((await house.ask('POST', path, { reason: 'storm' }, 'second')).body.status).toBe('accepted');
    await house.moveTo(day(20, '02:30:00'));
    expect(await lines()).toEqual([
      expect.objectContaining({ state: 'cancelled', to: day(20, '06:00:00'), cancelledAt: day(20, '02:00:00') }),
    ]);
    const element = (await house.get('/v1/elements/cell-1')).body;
    expect(element.works[0]).toMatchObject({ worksId: 'w1', to: day(20, '02:00:00') });
  });
});
