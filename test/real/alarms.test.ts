/** The list of alarms on Kafka and Redis: one process keeps it, calls people once, and another takes over when it dies. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { type Dozor, moveClock, send, TestCluster, until } from './dozor.js';
import { describeReal } from './parts.js';

const ENV = { DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '1', DOZOR_ALARM_CALLS: 'on' };
const at = (time: string) => `2026-06-10T${time}+02:00`;
const event = (id: string, type: string, subject: string, time: string, data: object) =>
  JSON.stringify({ specversion: '1.0', id, source: 'ems', type, subject, time: at(time), data });

describeReal('the list of alarms', (parts) => {
  let cluster: TestCluster;
  afterEach(() => cluster?.dispose());

  const listed = async (one: Dozor): Promise<readonly Record<string, unknown>[]> => {
    const response = await fetch(`${one.url}/v1/alarms?state=all`);
    if (!response.ok) throw new Error(`${response.status}`);
    return ((await response.json()) as { alarms: Record<string, unknown>[] }).alarms;
  };
  const called = async () =>
    (await cluster.decisions())
      .filter(({ type, data }) => type === 'notice.requested' && data['template'] === 'noc-alarm')
      .map(({ data }) => {
        const { resource, to } = data['parameters'] as Record<string, string>;
        return `${resource} ${to}`;
      })
      .sort();

  it('is kept by one, and by the other when that one is killed; nobody is called twice', {
    timeout: 240_000,
  }, async () => {
    cluster = new TestCluster(parts, `t${randomUUID().slice(0, 8)}`, ENV);
    const door = await cluster.start('door,network,service,collector');
    await door.ready();
    const first = await cluster.start('alerts,dashboard');
    await first.ready();
    await send(door, [
      event('1', 'element.upserted', 'core-1', '20:00:00', { operator: 'a1-rs', kind: 'core' }),
      event('2', 'element.upserted', 'olt-1', '20:00:00', { operator: 'a1-rs', kind: 'olt', parent: 'core-1' }),
      event('3', 'alarm.reported', 'olt-1', '22:00:00', {
        alarmKey: 'k',
        perceivedSeverity: 'critical',
        probableCause: 'lossOfSignal',
      }),
      event('4', 'alarm.reported', 'core-1', '22:00:30', {
        alarmKey: 'k',
        perceivedSeverity: 'major',
        probableCause: 'powerProblem',
      }),
    ]);
    await moveClock(door, at('22:05:00'));
    await until(
      async () => (await called()).length > 0,
      60_000,
      () => 'nobody was called',
    );
    expect(await called()).toEqual(['core-1 noc-shift']);
    expect((await listed(first)).map(({ resource }) => resource).sort()).toEqual(['core-1', 'olt-1']);

    const second = await cluster.start('alerts,dashboard');
    await second.ready();
    expect((await fetch(`${second.url}/v1/alarms`)).status).toBe(503);
    await first.kill();
    await until(
      async () => (await listed(second)).length === 2,
      90_000,
      () => 'the other does not take the list over',
    );
    await moveClock(door, at('22:14:00'));
    await until(
      async () => (await called()).length > 1,
      60_000,
      () => 'nobody else was called',
    );
    expect(await called()).toEqual(['core-1 noc-on-call', 'core-1 noc-shift']);
  });
});
