/** The pages of an installation of several processes, on Kafka and Redis: the wall where the door is elsewhere, and what a wall tells. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { type Dozor, moveClock, send, TestCluster, until } from './dozor.js';
import { describeReal } from './parts.js';

const ENV = { DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '10' };
const at = (time: string) => `2026-06-10T${time}+02:00`;
const event = (id: string, type: string, subject: string, time: string, data: object) =>
  JSON.stringify({ specversion: '1.0', id, source: 'ems', type, subject, time: at(time), data });

/** What a stream has said so far, and how to end it. */
function heard(url: string): { readonly text: () => string; readonly close: () => void } {
  const stop = new AbortController();
  let said = '';
  const hear = async () => {
    const answer = await fetch(url, { signal: stop.signal });
    for await (const chunk of answer.body!) said += Buffer.from(chunk).toString();
  };
  hear().catch(() => {});
  return { text: () => said, close: () => stop.abort() };
}

describeReal('pages in several processes', (parts) => {
  let cluster: TestCluster;
  afterEach(() => cluster?.dispose());

  it('a wall shows what others decided and says what it cannot know; one that crashed is an alarm on all', {
    timeout: 240_000,
  }, async () => {
    cluster = new TestCluster(parts, `t${randomUUID().slice(0, 8)}`, ENV);
    const door = await cluster.start('door,network,service,collector');
    const desk = await cluster.start('alerts,dashboard');
    const second = await cluster.start('dashboard');
    await Promise.all([door, desk, second].map((one) => one.ready()));
    const inventory = { operator: 'a1-rs', kind: 'core', district: 'Nišavski okrug', latitude: 43.32, longitude: 21.9 };
    await send(door, [
      event('1', 'element.upserted', 'core-1', '20:00:00', inventory),
      event('2', 'service.upserted', 's1', '20:00:00', {
        operator: 'a1-rs',
        kind: 'mobile',
        servedBy: ['core-1'],
        billingDay: 'last',
        monthlyFee: { amount: '3000.00', currency: 'RSD' },
      }),
      event('3', 'fault.opened', 'core-1', '22:00:00', { faultId: 'f1', responsibility: 'operator', reason: 'power' }),
    ]);
    await moveClock(door, at('22:05:00'));
    const wall = heard(`${desk.url}/v1/stream?topics=wall`);
    const other = heard(`${second.url}/v1/stream?topics=wall`);
    await until(
      async () => [wall, other].every((one) => /"element":"core-1"/.test(one.text())),
      30_000,
      () => `${wall.text().slice(-1_000)}\n${other.text().slice(-1_000)}`,
    ).catch(async (e) => {
      console.log('DESK', desk.output());
      for (const one of [desk, second]) {
        console.log(
          await (await fetch(one.url + '/v1/outages')).text(),
          await (await fetch(one.url + '/v1/status')).text(),
          (await fetch(one.url + '/v1/stream?topics=wall')).status,
        );
      }
      throw e;
    });
    for (const one of [wall, other])
      expect(one.text()).toContain('this process has no door: sources are heard elsewhere');

    const crashed = { type: 'crashed', values: {}, context: { wall: 'w-north' }, timestamp: new Date().toISOString() };
    const report = (to: Dozor) =>
      fetch(`${to.url}/collect`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-dozor-page': '1', origin: to.url, 'idempotency-key': 'one' },
        body: JSON.stringify({ meta: { app: { name: 'wall' } }, measurements: [crashed] }),
      });
    expect((await report(second)).status).toBe(202);
    const alarms = async () => {
      const answer = await fetch(`${desk.url}/v1/alarms?resource=wall:w-north&state=all`);
      return ((await answer.json()) as { readonly alarms: readonly { readonly qualifier: string }[] }).alarms;
    };
    await until(
      async () => (await alarms()).length > 0,
      90_000,
      () => `${door.output()}\n${second.output()}`,
    );
    expect((await alarms()).map(({ qualifier }) => qualifier)).toEqual(['crashing']);
    for (const one of [wall, other]) one.close();
  });
});
