/** The alarms of the stream: the most pressing by name, every change by id, and nobody misses one. */
import { beforeEach, describe, expect, it } from 'vitest';
import { isPressing } from '../../dashboard/pressing.js';
import { ALARMS_MAX, AlarmTopic, GONE_MAX } from '../../dashboard/topics/alarms.js';
import type { AlarmsSaid } from '../../dashboard/wire.js';
import { alarm, FakeAlarms } from './fake-alarms.js';

let list: FakeAlarms;
let topic: AlarmTopic;

beforeEach(() => {
  list = new FakeAlarms();
  topic = new AlarmTopic(list);
});

const read = (members: string | undefined) => JSON.parse(`{${members}}`) as AlarmsSaid;
const all = () => {
  look();
  return read(topic.snapshot());
};
/** Looks past the rest that the topic takes between two looks. */
function look(): void {
  for (const end = performance.now() + 2_000; performance.now() < end; ) {
    const { asked } = list;
    topic.refresh();
    if (list.asked > asked) return;
  }
  throw new Error('it does not look');
}
const since = (version: number) => read(topic.since(version));

describe('all of it', () => {
  it('is the figures and the alarms, the most pressing first', () => {
    list.set([
      alarm('taken', { perceivedSeverity: 'critical', operatorState: { is: 'acknowledged', at: 5, by: 'noc' } }),
      alarm('gone', { state: { is: 'cleared', from: 1, to: 2, by: 'evidence' }, perceivedSeverity: 'cleared' }),
      alarm('minor', { perceivedSeverity: 'minor' }),
      alarm('explained', {
        perceivedSeverity: 'critical',
        automation: [{ is: 'suppressed', by: 'x', root: 'x', why: 'parent' }],
      }),
      alarm('critical', { perceivedSeverity: 'critical' }),
    ]);
    const { alarms, board, leftOut, absent, clock } = all();
    expect(alarms?.map(({ id }) => id)).toEqual(['critical', 'minor', 'taken', 'explained', 'gone']);
    expect(alarms?.filter(isPressing).map(({ id }) => id)).toEqual(['critical', 'minor']);
    expect(board).toMatchObject({ standing: 4, named: ['taken', 'minor', 'explained', 'critical'] });
    expect(board).not.toHaveProperty('shown');
    expect([leftOut, absent, clock]).toEqual([0, null, list.clock]);
  });

  it('is bounded: of very many the most pressing, the rest is a number', () => {
    const many = Array.from({ length: ALARMS_MAX + 20 }, (_, i) =>
      alarm(`a${i}`, { perceivedSeverity: i < 20 ? 'warning' : 'major' }),
    );
    list.set(many);
    const { alarms, leftOut } = all();
    expect([alarms?.length, leftOut]).toEqual([ALARMS_MAX, 20]);
    expect(alarms?.some(({ perceivedSeverity }) => perceivedSeverity === 'warning')).toBe(false);
  });

  it('says why there is no list, and shows nothing of what it knew', () => {
    list.set([alarm('a')]);
    all();
    list.fails = 'another process keeps the list';
    expect(all()).toEqual({
      clock: null,
      absent: 'another process keeps the list',
      board: null,
      leftOut: 0,
      alarms: [],
    });
  });
});

describe('what changed', () => {
  it('is each alarm that is new, changed or gone since the version that was seen', () => {
    list.set([alarm('a'), alarm('b')]);
    look();
    const first = topic.version;
    list.set([alarm('a', { raises: 2 }), alarm('b'), alarm('c')]);
    look();
    const second = topic.version;
    list.set([alarm('a', { raises: 2 }), alarm('c')]);
    look();
    expect(since(first).alarms?.map(({ id }) => id)).toEqual(['a', 'c']);
    expect(since(first).gone).toEqual(['b']);
    expect(since(second).alarms).toBeUndefined();
    expect(since(second).gone).toEqual(['b']);
    expect(since(topic.version)).toEqual({ clock: list.clock });
  });

  it('is nothing while only the clock moves', () => {
    list.set([alarm('a')]);
    look();
    const { version } = topic;
    list.clock += 5_000;
    look();
    expect(topic.version).toBe(version);
    expect(since(version)).toEqual({ clock: list.clock });
  });

  it('has an alarm that went and came back as there', () => {
    list.set([alarm('a')]);
    look();
    const { version } = topic;
    list.set([]);
    look();
    list.set([alarm('a')]);
    look();
    const { alarms, gone } = since(version);
    expect([alarms?.map(({ id }) => id), gone]).toEqual([['a'], undefined]);
  });

  it('goes back only as far as is remembered: who is further behind gets all', () => {
    const count = GONE_MAX / ALARMS_MAX + 2;
    const versions: number[] = [];
    for (let round = 0; round < count; round++) {
      list.set(Array.from({ length: ALARMS_MAX }, (_, i) => alarm(`r${round}-${i}`)));
      look();
      versions.push(topic.version);
    }
    expect(topic.since(versions[0]!)).toBeUndefined();
    const kept = versions[2]!;
    expect(since(kept).gone).toHaveLength((count - 1 - 2) * ALARMS_MAX);
  });

  it('leaves nobody with another list than the server has, however he looks', () => {
    // Lists that change at random, and readers that look now and then; each must end with the list as it is.
    let seed = 7;
    const random = (n: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed % n;
    };
    const readers = Array.from({ length: 5 }, () => ({ seen: -1, known: new Map<string, number>() }));
    const there = new Map<string, number>();
    for (let step = 0; step < 400; step++) {
      const id = `a${random(30)}`;
      if (random(3) === 0) there.delete(id);
      else there.set(id, random(1_000));
      list.set([...there].map(([name, raises]) => alarm(name, { raises })));
      look();
      for (const reader of readers.filter(() => random(4) === 0 || step === 399)) {
        const change = reader.seen < 0 ? undefined : topic.since(reader.seen);
        const { alarms = [], gone = [] } = read(change ?? topic.snapshot());
        if (change === undefined) reader.known.clear();
        for (const { id: name, raises } of alarms) reader.known.set(name, raises);
        for (const name of gone) reader.known.delete(name);
        reader.seen = topic.version;
        expect(new Map([...reader.known].sort()), `seed 7, step ${step}`).toEqual(new Map([...there].sort()));
      }
    }
  });
});
