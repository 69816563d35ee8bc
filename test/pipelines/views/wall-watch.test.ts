/** From what a page tells to the alarm at the door: the topic between them, its bounds, and a log or a door that is away. */
import { describe, expect, it } from 'vitest';
import type { PageReport } from '../../../pipelines/domain/page-signal.js';
import type { LineAnswer } from '../../../pipelines/http/ports.js';
import type { Log } from '../../../pipelines/io/log.js';
import { MemoryLog } from '../../../pipelines/io/log-memory.js';
import { fromBytes, toBytes } from '../../../pipelines/runtime/topics.js';
import { SIGNALS, SignalJournal, WAITING_MAX } from '../../../pipelines/views/signal-journal.js';
import { WallWatch } from '../../../pipelines/views/wall-watch.js';

const MINUTE = 60_000;
const crash: PageReport = { page: 'wall', build: 'b', wall: 'w-a', signals: [{ is: 'word', word: 'crashed' }] };
const vital: PageReport = { page: 'console', build: 'b', signals: [{ is: 'vital', vital: 'lcp', value: 1 }] };

function journal(now = () => 0) {
  const told = { dropped: 0, warned: 0 };
  const made = new SignalJournal({
    keepMs: 14 * 24 * 60 * MINUTE,
    now,
    dropped: (reports) => {
      told.dropped += reports;
    },
    warn: () => {
      told.warned += 1;
    },
  });
  return { told, made };
}

/** A signal that has come already: it runs once. */
const once = () => AbortSignal.abort();

describe('the journal', () => {
  it('keeps what it is told in order, keyed by wall or page', async () => {
    const log = new MemoryLog();
    const { made } = journal();
    made.take(crash);
    made.take(vital);
    await made.run(log, once());
    const records = await log.read(SIGNALS, 0, 10);
    expect(records.map(({ key, value }) => [key, fromBytes(value)])).toEqual([
      ['w-a', crash],
      ['#console', vital],
    ]);
  });

  it('holds so much while the log is away, drops and counts the rest, and loses nothing of what it held', async () => {
    const log = new MemoryLog();
    const away: Log = Object.assign(Object.create(log), { append: () => Promise.reject(new Error('away')) });
    const { told, made } = journal();
    for (let i = 0; i < WAITING_MAX + 7; i++) made.take(vital);
    await made.run(away, once());
    expect(told.dropped).toBe(7);
    await made.run(log, once());
    expect(await log.end(SIGNALS)).toBe(WAITING_MAX);
    made.take(crash);
    await made.run(log, once());
    expect(await log.end(SIGNALS)).toBe(WAITING_MAX + 1);
  });

  it('lets go of what is older than it should be', async () => {
    let at = 0;
    const log = new MemoryLog({ now: () => at });
    const { made } = journal(() => at);
    for (const day of [0, 1, 20]) {
      at = day * 24 * 60 * MINUTE;
      made.take(vital);
      await made.run(log, once());
    }
    const stop = new AbortController();
    const running = made.run(log, stop.signal);
    await expect.poll(() => log.start(SIGNALS)).toBe(2);
    stop.abort();
    await running;
    expect(await log.end(SIGNALS)).toBe(3);
  });
});

describe('the watch', () => {
  async function events(given: {
    readonly clock?: 'live' | 'events';
    readonly storyClock?: () => number | null;
    readonly failures?: number;
  }): Promise<Record<string, unknown>[]> {
    const log = new MemoryLog({ now: () => 1_000 * MINUTE });
    await log.ensureTopic(SIGNALS.topic, 1);
    await log.append(SIGNALS, [
      { key: 'x', value: new TextEncoder().encode('no JSON') },
      { key: 'x', value: toBytes({ page: 'wall', signals: 'none' }) },
      { key: 'w-a', value: toBytes(crash) },
    ]);
    const taken: Record<string, unknown>[] = [];
    let failures = given.failures ?? 0;
    const stop = new AbortController();
    const watch = new WallWatch({
      terms: { silentMs: 5 * MINUTE, leakBytesPerHour: 1e6 },
      intake: {
        takeObjects: async (objects) => {
          if (failures-- > 0) throw new Error('the door is not open yet');
          taken.push(...(objects as Record<string, unknown>[]));
          return objects.map((_, i): LineAnswer => ({ line: i + 1, status: 'accepted' }));
        },
      },
      clock: given.clock ?? 'live',
      storyClock: given.storyClock ?? (() => null),
      now: () => 1_001 * MINUTE,
      standing: (standing) => {
        if (standing.crashing > 0 && (taken.length > 0 || given.storyClock?.() === null)) stop.abort();
      },
      warn: () => {},
    });
    await watch.run(log, stop.signal);
    return taken;
  }

  it('brings an alarm to the door, and is not stopped by what nobody can read', async () => {
    const [event, ...more] = await events({});
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      source: 'dozor/walls',
      type: 'alarm.reported',
      subject: 'wall:w-a',
      time: '1970-01-01T16:40:00.000Z',
      recordedtime: '1970-01-01T16:41:00.000Z',
      data: { alarmKey: 'crashing', perceivedSeverity: 'major' },
    });
  });

  it('tries again where the door is not open yet', { timeout: 20_000 }, async () => {
    expect((await events({ failures: 1 })).map(({ id }) => id)).toContain('w-a/crashing/60000000/raised');
  });

  it('never moves a clock that events move: it speaks as of that clock, and not before it has begun', async () => {
    const story = Date.UTC(2026, 2, 2);
    const [event] = await events({ clock: 'events', storyClock: () => story });
    expect([event!['time'], event!['recordedtime']]).toEqual(['2026-03-02T00:00:00.000Z', undefined]);
    expect(await events({ clock: 'events', storyClock: () => null })).toEqual([]);
  });
});
