/** Walls in trouble, by simulated time: silent, crashing, leaking; each clears by evidence, and the same records give the same ids. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PageReport, Word } from '../../../pipelines/domain/page-signal.js';
import { decodeObject } from '../../../pipelines/runtime/decode.js';
import { slopeOf, type WallAlarm, WallHealthWatch } from '../../../pipelines/views/wall-health.js';
import { eventOf } from '../../../pipelines/views/wall-watch.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.UTC(2026, 5, 10);
const MB = 1_000_000;
const TERMS = { silentMs: 5 * MINUTE, leakBytesPerHour: 16 * MB };

const watch = () => new WallHealthWatch(TERMS);
const health = (upSeconds: number, heapBytes?: number): PageReport => ({
  page: 'wall',
  build: 'b',
  wall: 'w-a',
  signals: [
    {
      is: 'health',
      upSeconds,
      ...(heapBytes !== undefined && { heapBytes }),
      domNodes: 500,
      frameGapMs: 20,
      framesLate: 0,
      reconnects: 0,
      missed: 0,
    },
  ],
});
const word = (said: Word, enrolled = false): PageReport => ({
  page: 'wall',
  build: 'b',
  wall: 'w-a',
  ...(enrolled && { enrolled }),
  signals: [{ is: 'word', word: said }],
});
const short = (alarms: readonly WallAlarm[]) =>
  alarms.map(({ is, trouble, at }) => `${is} ${trouble} ${(at - T0) / MINUTE}`);

describe('a wall that falls silent', () => {
  it('after exactly five minutes is not silent yet, and a moment later it is, as of then', () => {
    const walls = watch();
    walls.hear(T0, health(60));
    expect(walls.look(T0 + 5 * MINUTE, T0 - HOUR)).toEqual([]);
    expect(short(walls.look(T0 + 5 * MINUTE + 1, T0 - HOUR))).toEqual(['raised silent 5']);
    expect(walls.standing).toEqual({ silent: 1, crashing: 0, leaking: 0 });
    expect(walls.look(T0 + HOUR, T0 - HOUR)).toEqual([]);
  });

  it('ends when it reports again', () => {
    const walls = watch();
    walls.hear(T0, health(60));
    walls.look(T0 + 6 * MINUTE, T0);
    walls.hear(T0 + 9 * MINUTE, health(600));
    expect(short(walls.look(T0 + 9 * MINUTE, T0))).toEqual(['ended silent 9']);
  });

  it('is not, where nobody could have heard it: the server was away', () => {
    const walls = watch();
    walls.hear(T0, health(60));
    const back = T0 + 3 * HOUR;
    expect(walls.look(back + 4 * MINUTE, back)).toEqual([]);
    expect(short(walls.look(back + 5 * MINUTE + 1, back))).toEqual(['raised silent 5']);
  });

  it('is not, where it said goodbye; one that is enrolled should be there all the same, until that is taken back', () => {
    const closed = watch();
    closed.hear(T0, health(60));
    closed.hear(T0 + MINUTE, word('goodbye'));
    expect(closed.look(T0 + HOUR, T0)).toEqual([]);
    const enrolled = watch();
    enrolled.hear(T0, { ...health(60), enrolled: true });
    enrolled.hear(T0 + MINUTE, word('goodbye', true));
    expect(short(enrolled.look(T0 + HOUR, T0))).toEqual(['raised silent 6']);
    enrolled.hear(T0 + 2 * HOUR, word('revoked'));
    expect(short(enrolled.look(T0 + 9 * HOUR, T0))).toEqual(['ended silent 120']);
  });

  it('is told as the same event by whoever tells it, also by one that has just started', () => {
    const first = watch();
    first.hear(T0, health(60));
    const late = watch();
    late.hear(T0, health(60));
    const [a] = first.look(T0 + 6 * MINUTE, T0);
    const [b] = late.look(T0 + 50 * MINUTE, T0 + 40 * MINUTE);
    const event = (alarm: WallAlarm, now: number) => ({ ...eventOf(alarm, undefined, now), recordedtime: '' });
    expect(event(a!, T0 + 6 * MINUTE)).toEqual(event(b!, T0 + 50 * MINUTE));
  });
});

describe('a wall that crashes', () => {
  it('raises an alarm at the first word of it, and is well when it has run for half an hour', () => {
    const walls = watch();
    walls.hear(T0, health(60));
    walls.hear(T0 + MINUTE, word('crashed'));
    walls.hear(T0 + 2 * MINUTE, word('frozen'));
    for (let minute = 3; minute <= 32; minute++) walls.hear(T0 + minute * MINUTE, health(minute * 60));
    expect(short(walls.look(T0 + 32 * MINUTE, T0))).toEqual([
      'raised crashing 1',
      'raised crashing 2',
      'ended crashing 32',
    ]);
    expect(walls.standing.crashing).toBe(0);
  });

  it('is not well by being loaded anew, though a page that goes says goodbye; it is when it does not come back', () => {
    const walls = watch();
    walls.hear(T0, health(60));
    walls.hear(T0 + MINUTE, word('frozen'));
    walls.hear(T0 + MINUTE + 1_000, word('goodbye'));
    walls.hear(T0 + MINUTE + 3_000, health(2));
    expect(short(walls.look(T0 + 3 * MINUTE, T0))).toEqual(['raised crashing 1']);
    walls.hear(T0 + 4 * MINUTE, word('goodbye'));
    expect(walls.look(T0 + 9 * MINUTE, T0)).toEqual([]);
    expect(short(walls.look(T0 + 9 * MINUTE + 1, T0))).toEqual(['ended crashing 9']);
    expect(walls.look(T0 + HOUR, T0)).toEqual([]);
  });
});

describe('a wall whose memory grows', () => {
  const run = (walls: WallHealthWatch, minutes: number, bytesAt: (minute: number) => number, from = 0) => {
    for (let minute = from; minute <= minutes; minute++)
      walls.hear(T0 + minute * MINUTE, health(minute * 60 + 1, bytesAt(minute)));
    return short(walls.look(T0 + minutes * MINUTE, T0));
  };
  /** Garbage is collected every seven minutes: 30 MB up and down. */
  const teeth = (minute: number) => (minute % 7) * 5 * MB;

  it('by more than the limit within an hour raises an alarm, however its garbage comes and goes', () => {
    expect(run(watch(), 70, (minute) => 40 * MB + (minute / 60) * 24 * MB + teeth(minute))).toHaveLength(1);
    expect(run(watch(), 70, (minute) => 40 * MB + teeth(minute))).toEqual([]);
    expect(run(watch(), 70, (minute) => 40 * MB + (minute / 60) * 8 * MB + teeth(minute))).toEqual([]);
  });

  it('within less than an hour says nothing yet', () => {
    expect(run(watch(), 54, (minute) => 40 * MB + minute * MB)).toEqual([]);
  });

  it('ends when it is loaded anew, or grows no more', () => {
    const reloaded = watch();
    run(reloaded, 60, (minute) => 40 * MB + minute * MB);
    reloaded.hear(T0 + 61 * MINUTE, health(5, 40 * MB));
    expect(short(reloaded.look(T0 + 61 * MINUTE, T0))).toEqual(['ended leaking 61']);
    const mended = watch();
    const told = run(mended, 180, (minute) => 40 * MB + Math.min(minute, 60) * MB);
    expect(told.map((line) => line.split(' ', 2).join(' '))).toEqual(['raised leaking', 'ended leaking']);
  });

  it('is not judged where its browser does not say, or where most of the hour is missing', () => {
    const walls = watch();
    for (let minute = 0; minute < 120; minute++) walls.hear(T0 + minute * MINUTE, health(minute * 60 + 1));
    expect(walls.look(T0 + 2 * HOUR - MINUTE, T0)).toEqual([]);
    expect(
      slopeOf([
        { at: T0, bytes: 0 },
        { at: T0 + HOUR, bytes: 900 * MB },
      ]),
    ).toBeUndefined();
  });
});

it('what is kept of walls has an end: two hundred, and one that is silent for a week is forgotten', () => {
  const walls = watch();
  for (let i = 0; i < 300; i++) walls.hear(T0, { ...health(60), wall: `w-${i}` });
  expect(walls.look(T0 + HOUR, T0)).toHaveLength(200);
  expect(walls.look(T0 + 8 * 24 * HOUR, T0)).toEqual([]);
  expect(walls.standing.silent).toBe(0);
});

it('whatever walls tell, each standing is raised before it ends, and every event passes the door', () => {
  const report = fc.oneof(
    fc.constant(word('crashed')),
    fc.constant(word('goodbye')),
    fc.constant(word('revoked')),
    fc.record({ up: fc.nat(7_200), heap: fc.nat(2_000 * MB) }).map(({ up, heap }) => health(up, heap)),
  );
  const steps = fc.array(fc.record({ after: fc.nat(20 * MINUTE), report, looks: fc.boolean() }), { maxLength: 120 });
  fc.assert(
    fc.property(steps, (story) => {
      const walls = watch();
      const told: WallAlarm[] = [];
      let now = T0;
      for (const step of story) {
        now += step.after;
        if (step.looks) told.push(...walls.look(now, T0));
        walls.hear(now, step.report);
      }
      told.push(...walls.look(now + 1, T0));
      for (const alarm of told) {
        const decoded = decodeObject(eventOf(alarm, undefined, now + 1), { operators: new Map() }, 1);
        expect(decoded.ok, JSON.stringify(decoded)).toBe(true);
        expect(alarm.at).toBeLessThanOrEqual(now + 1);
      }
      // An end of a silence may stand alone: another process told of its beginning.
      for (const trouble of ['crashing', 'leaking'] as const) {
        const own = told.filter((alarm) => alarm.trouble === trouble);
        const ends = own.filter(({ is }) => is === 'ended');
        for (const { since } of ends) expect(own.some((one) => one.is === 'raised' && one.since === since)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
