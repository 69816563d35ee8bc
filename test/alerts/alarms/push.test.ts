/** The push to Alertmanager: only what people were told of, refreshed while it stands, and nothing forgotten where it does not answer. */
import { describe, expect, it } from 'vitest';
import { AlertmanagerPush, type PushedAlert } from '../../../alerts/alarms/push.js';
import type { AlarmRecord } from '../../../pipelines/domain/alarm.js';
import { MINUTE } from '../../../pipelines/domain/units.js';
import { T0 } from './told.js';

const record = (id: string, more: Partial<AlarmRecord> = {}): AlarmRecord =>
  ({
    id,
    resource: `r-${id}`,
    said: { specificProblem: 'no light' },
    perceivedSeverity: 'major',
    alarmType: 'communicationsAlarm',
    state: { is: 'raised', from: T0 },
    operatorState: { is: 'none' },
    automation: [],
    children: { alarms: 0, resources: 0, of: 0 },
    announcedAt: T0,
    ...more,
  }) as unknown as AlarmRecord;

function pushing() {
  const world = {
    records: [] as AlarmRecord[],
    now: T0 + MINUTE,
    posts: [] as (readonly PushedAlert[])[],
    answer: 200,
  };
  const ask = async (_: unknown, init?: RequestInit) => {
    if (world.answer === 0) throw new Error('no route');
    world.posts.push(JSON.parse(String(init!.body)) as PushedAlert[]);
    return new Response('', { status: world.answer });
  };
  const push = new AlertmanagerPush({
    url: 'http://am.example',
    linkTo: 'http://noc.example/alarms/',
    every: MINUTE,
    standing: () => world.records.filter(({ state }) => state.is === 'raised'),
    find: (id) => world.records.find((one) => one.id === id),
    now: () => world.now,
    fetch: ask as typeof fetch,
  });
  const ends = () =>
    world.posts.at(-1)!.map(({ labels, endsAt }) => `${labels['dozor_alarm']} ${(Date.parse(endsAt) - T0) / MINUTE}`);
  return { world, push, ends };
}

describe('the push', () => {
  it('pushes what people were told of, and not what is under no rule, shelved or closed', async () => {
    const { world, push, ends } = pushing();
    const { announcedAt: _, ...untold } = record('c');
    world.records = [
      record('a'),
      record('b', { operatorState: { is: 'shelved', at: T0, until: T0 + 1, by: 'x', reason: 'y' } }),
      untold as AlarmRecord,
      record('d', { operatorState: { is: 'closed', at: T0, by: 'x' } }),
      record('e', { operatorState: { is: 'acknowledged', at: T0, by: 'noc-shift' } }),
    ];
    expect(await push.round()).toBe(true);
    expect(ends()).toEqual(['a 4', 'e 4']);
    expect(world.posts[0]![1]!.annotations).toMatchObject({ acknowledged_by: 'noc-shift', summary: 'no light on r-e' });
    expect(world.posts[0]![0]!.generatorURL).toBe('http://noc.example/alarms/a');
  });

  it('refreshes the end with every round, and sets it to the clearing once', async () => {
    const { world, push, ends } = pushing();
    world.records = [record('a')];
    await push.round();
    world.now += MINUTE;
    await push.round();
    expect(ends()).toEqual(['a 5']);
    world.now += MINUTE;
    world.records = [record('a', { state: { is: 'cleared', from: T0, to: T0 + 2.5 * MINUTE, by: 'evidence' } })];
    await push.round();
    expect(ends()).toEqual(['a 2.5']);
    world.now += MINUTE;
    const before = world.posts.length;
    await push.round();
    expect(world.posts.length).toBe(before);
  });

  it('makes good what was not taken, whether refused or unanswered', async () => {
    for (const answer of [0, 500]) {
      const { world, push, ends } = pushing();
      world.records = [record('a')];
      await push.round();
      world.records = [record('a', { state: { is: 'cleared', from: T0, to: T0 + MINUTE, by: 'evidence' } })];
      world.answer = answer;
      expect(await push.round()).toBe(false);
      world.answer = 200;
      expect(await push.round()).toBe(true);
      expect(ends()).toEqual(['a 1']);
      expect(push.counts.failed).toBe(1);
    }
  });

  it('ends what fires under its old severity when that has changed', async () => {
    const { world, push, ends } = pushing();
    world.records = [record('a')];
    await push.round();
    world.records = [record('a', { perceivedSeverity: 'critical' })];
    await push.round();
    expect(ends()).toEqual(['a 4', 'a 1']);
    expect(world.posts.at(-1)!.map(({ labels }) => labels['severity'])).toEqual(['critical', 'major']);
  });

  it('ends nothing before it began', async () => {
    const { world, push, ends } = pushing();
    world.now = T0 - MINUTE;
    world.records = [record('a')];
    await push.round();
    world.records = [];
    await push.round();
    expect(ends()).toEqual(['a 0']);
  });
});
