/**
 * What every log promises (`pipelines/io/log.ts`), asked of each adapter. Nothing here knows which one it is: a read may
 * return fewer records than `max`, and names of topics are the suite's own, one log to a test.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Log, LogError, type LogRecord, type NewRecord, type TopicPartition } from '../../../pipelines/io/log.js';

/** An empty log to ask. */
export interface OpenedLog {
  readonly log: Log;
  /** What the next process finds in the same place. The log that was open has been closed before. */
  readonly reopen: () => Promise<Log>;
  /** Closes what is open and removes the place. */
  readonly dispose: () => Promise<void>;
}

// Long enough that a wait which lasts so long has not been woken.
const NEVER_MS = 600_000;
const p0: TopicPartition = { topic: 'events', partition: 0 };
const p1: TopicPartition = { topic: 'events', partition: 1 };

/** One `it` for each promise of the port, and for the awkward cases. */
export function logPromises(name: string, open: () => Promise<OpenedLog>): void {
  describe(`${name} keeps the promises of a log`, { timeout: 30_000 }, () => {
    let opened: OpenedLog;
    let log: Log;

    beforeEach(async () => {
      opened = await open();
      log = opened.log;
      await log.ensureTopic('events', 2);
    });
    afterEach(() => opened.dispose());

    async function reopen(): Promise<void> {
      await log.close();
      log = await opened.reopen();
    }

    describe('topics', () => {
      it('have the number of partitions that they were made with', async () => {
        expect(await log.partitions('events')).toBe(2);
        expect(await log.partitions('never-made')).toBe(0);
      });

      it('can be made again with the same count, also at once, and keep their records', async () => {
        await log.append(p0, records(3));
        await Promise.all([log.ensureTopic('events', 2), log.ensureTopic('events', 2), log.ensureTopic('facts', 4)]);
        expect(await log.end(p0)).toBe(3);
        expect(await log.partitions('facts')).toBe(4);
      });

      it('refuse a changed count, in words that name both counts, and keep the old one', async () => {
        for (const changed of [1, 3]) {
          const error = await refused(log.ensureTopic('events', changed));
          expect(error.message).toContain('2 partitions');
          expect(error.message).toMatch(new RegExp(`\\b${changed}\\b`));
        }
        expect(await log.partitions('events')).toBe(2);
      });

      it('remember their count after a restart', async () => {
        await reopen();
        expect(await log.partitions('events')).toBe(2);
        await refused(log.ensureTopic('events', 3));
        await log.ensureTopic('events', 2);
      });

      it.each([0, -1, 1.5, Number.NaN])('cannot have %s partitions', async (count) => {
        await refused(log.ensureTopic('facts', count));
        expect(await log.partitions('facts')).toBe(0);
      });

      it('that do not exist refuse everything, and are not made on the way', async () => {
        const nowhere = { topic: 'never-made', partition: 0 };
        await refused(log.append(nowhere, records(1)));
        await refused(log.append(nowhere, []));
        await refused(log.read(nowhere, 0, 1));
        await refused(log.start(nowhere));
        await refused(log.end(nowhere));
        await refused(log.wait(nowhere, 0, 0));
        expect(await log.partitions('never-made')).toBe(0);
      });

      it.each([2, -1, 0.5])('refuse a partition that they do not have: %s', async (partition) => {
        const beyond = { topic: 'events', partition };
        await refused(log.append(beyond, records(1)));
        await refused(log.read(beyond, 0, 1));
        await refused(log.end(beyond));
      });

      it('and partitions do not see each other', async () => {
        await log.ensureTopic('facts', 2);
        await log.append(p0, records(1, 'a'));
        await log.append(p1, records(2, 'b'));
        await log.append({ topic: 'facts', partition: 0 }, records(3, 'c'));
        expect(keys(await readAll(log, p0))).toEqual(['a0']);
        expect(keys(await readAll(log, p1))).toEqual(['b0', 'b1']);
        expect(keys(await readAll(log, { topic: 'facts', partition: 0 }))).toEqual(['c0', 'c1', 'c2']);
        expect(await log.end({ topic: 'facts', partition: 1 })).toBe(0);
      });
    });

    describe('append', () => {
      it('returns the offset of the first record; offsets are dense and start at 0', async () => {
        expect(await log.append(p0, records(3, 'a'))).toBe(0);
        expect(await log.append(p0, records(2, 'b'))).toBe(3);
        expect(await log.append(p0, records(1, 'c'))).toBe(5);
        const read = await readAll(log, p0);
        expect(offsets(read)).toEqual([0, 1, 2, 3, 4, 5]);
        expect(keys(read)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'c0']);
      });

      it('is there after a restart: records, offsets, times, and the next offset', async () => {
        await log.append(p0, records(3, 'a'));
        await log.append(p1, records(1, 'b'));
        const before = await readAll(log, p0);
        await reopen();
        expect(plain(await readAll(log, p0))).toEqual(plain(before));
        expect(await log.end(p1)).toBe(1);
        expect(await log.append(p0, records(1, 'c'))).toBe(3);
        expect(keys(await readAll(log, p0))).toEqual(['a0', 'a1', 'a2', 'c0']);
      });

      it('of no records changes nothing and returns the end', async () => {
        expect(await log.append(p0, [])).toBe(0);
        await log.append(p0, records(2));
        expect(await log.append(p0, [])).toBe(2);
        expect(await log.end(p0)).toBe(2);
      });

      it('keeps keys and values as they were, whatever is in them', async () => {
        const odd = ['', ' ', 'š', '😀', '\u0000', 'a\nb', '"{}', 'x'.repeat(5_000)];
        const values = [new Uint8Array(), new Uint8Array([0]), new Uint8Array(256).map((_, at) => at)];
        const written = odd.flatMap((key) => values.map((value) => ({ key, value })));
        await log.append(p0, written);
        const read = await readAll(log, p0);
        expect(plain(read).map(({ key, value }) => ({ key, value }))).toEqual(
          written.map(({ key, value }) => ({ key, value: [...value] })),
        );
      });

      it('takes a value of 1 MB', async () => {
        const value = new Uint8Array(1024 * 1024).map((_, at) => (at * 31) % 251);
        await log.append(p0, [{ key: 'before', value: bytes('1') }]);
        await log.append(p0, [
          { key: 'big', value },
          { key: 'after', value: bytes('2') },
        ]);
        const read = await readAll(log, p0);
        expect(keys(read)).toEqual(['before', 'big', 'after']);
        expect(Buffer.compare(read[1]!.value, value)).toBe(0);
      });

      it('takes 10,000 records at once', async () => {
        await log.append(p0, records(10_000));
        const read = await readAll(log, p0);
        expect(read.length).toBe(10_000);
        expect(read.every(({ offset, key }) => key === `${offset}`)).toBe(true);
      });

      it('keeps each batch side by side when many append at once, and answers each with its own offset', async () => {
        const batches = Array.from({ length: 50 }, (_, at) => records(1 + (at % 7), `batch${at}-`));
        const firsts = await Promise.all(batches.map((batch) => log.append(p0, batch)));
        const read = await readAll(log, p0);
        expect(offsets(read)).toEqual(read.map((_, at) => at));
        expect(read.length).toBe(batches.flat().length);
        batches.forEach((batch, at) => {
          const found = read.slice(firsts[at], firsts[at]! + batch.length);
          expect(keys(found)).toEqual(batch.map(({ key }) => key));
        });
      });

      it('keeps the order in which one caller asked, without waiting in between', async () => {
        const asked = Array.from({ length: 20 }, (_, at) => log.append(p0, records(2, `${at}-`)));
        expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, (_, at) => at * 2));
      });

      it('takes what it was handed at the call: the caller may use its buffers again', async () => {
        const batch = [{ key: 'a', value: bytes('as it was') }];
        const appended = log.append(p0, batch);
        batch[0]!.value.fill(0);
        batch.length = 0;
        await appended;
        expect(text((await readAll(log, p0))[0]!.value)).toBe('as it was');
      });

      it('that is refused leaves nothing behind', async () => {
        await log.append(p0, records(1));
        await refused(log.append({ topic: 'events', partition: 7 }, records(5)));
        expect(await log.end(p0)).toBe(1);
        expect(await log.end(p1)).toBe(0);
      });

      it('gives times that never fall along a partition, also over a restart', async () => {
        for (let at = 0; at < 20; at++) await log.append(p0, records(3));
        await reopen();
        for (let at = 0; at < 20; at++) await log.append(p0, records(3));
        const times = (await readAll(log, p0)).map(({ appendedAt }) => appendedAt);
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(times.every(Number.isSafeInteger)).toBe(true);
      });
    });

    describe('read', () => {
      it('returns the records from an offset on, at most as many as asked for', async () => {
        await log.append(p0, records(10));
        const read = await log.read(p0, 4, 3);
        expect(read.length).toBeGreaterThan(0);
        expect(offsets(read)).toEqual([4, 5, 6].slice(0, read.length));
        expect(await log.read(p0, 4, 0)).toEqual([]);
        expect(offsets(await log.read(p0, 4, 1))).toEqual([4]);
      });

      it('at the end is empty', async () => {
        expect(await log.read(p0, 0, 10)).toEqual([]);
        await log.append(p0, records(2));
        expect(await log.read(p0, 2, 10)).toEqual([]);
      });

      it('past the end is empty, and is not filled with what comes before it', async () => {
        await log.append(p0, records(2));
        expect(await log.read(p0, 5, 10)).toEqual([]);
        await log.append(p0, records(2));
        expect(await log.read(p0, 5, 10)).toEqual([]);
      });

      it('below the start is refused in words that name both offsets', async () => {
        await log.append(p0, records(2));
        const start = await log.start(p0);
        const error = await refused(log.read(p0, start - 1, 10));
        expect(error.message).toContain(`${start - 1}`);
        expect(error.message).toMatch(new RegExp(`(?<!-)\\b${start}\\b`));
      });

      it.each([0.5, Number.NaN, Number.POSITIVE_INFINITY])('from what is no offset is refused: %s', async (from) => {
        await log.append(p0, records(2));
        await refused(log.read(p0, from, 10));
      });

      it('gives records of the reader own: changing one changes nothing in the log', async () => {
        await log.append(p0, [{ key: 'a', value: bytes('kept') }]);
        (await readAll(log, p0))[0]!.value.fill(0);
        expect(text((await readAll(log, p0))[0]!.value)).toBe('kept');
      });

      it('gives records that stay as they are while the log goes on', async () => {
        await log.append(p0, records(100, 'a'));
        const read = await readAll(log, p0);
        const before = plain(read);
        for (let at = 0; at < 20; at++) await log.append(p0, records(100, 'b'));
        await readAll(log, p0);
        expect(plain(read)).toEqual(before);
      });

      it('sees what was appended as soon as the append has resolved', async () => {
        for (let at = 0; at < 50; at++) {
          const first = await log.append(p0, records(1, `${at}-`));
          expect(keys(await log.read(p0, first, 1))).toEqual([`${at}-0`]);
          expect(await log.end(p0)).toBe(at + 1);
        }
      });
    });

    describe('wait', () => {
      it('resolves at once when the record is there', async () => {
        await log.append(p0, records(3));
        await log.wait(p0, 0, NEVER_MS);
        await log.wait(p0, 2, NEVER_MS);
      });

      it('wakes on the append that reaches its offset', async () => {
        const waits = [log.wait(p0, 0, NEVER_MS), log.wait(p0, 2, NEVER_MS)];
        await log.append(p0, records(3));
        await Promise.all(waits);
      });

      it('wakes every one that waits, and again for the next record', async () => {
        for (let at = 0; at < 5; at++) {
          const waits = Array.from({ length: 4 }, () => log.wait(p0, at, NEVER_MS));
          await log.append(p0, records(1));
          await Promise.all(waits);
        }
      });

      it('never misses an append that happens while it begins', async () => {
        for (let at = 0; at < 100; at++) {
          const [, found] = await Promise.all([
            log.append(p0, records(1)),
            log.wait(p0, at, NEVER_MS).then(() => log.end(p0)),
          ]);
          expect(found).toBe(at + 1);
        }
      });

      it('times out where nothing comes, and on another partition', async () => {
        await log.append(p1, records(1));
        await log.wait(p0, 0, 20);
        await log.wait(p0, 0, 0);
        expect(await log.end(p0)).toBe(0);
      });

      it('ends when the log is closed', async () => {
        const waits = [log.wait(p0, 0, NEVER_MS), log.wait(p1, 5, NEVER_MS)];
        await log.close();
        await Promise.all(waits);
        log = await opened.reopen();
      });
    });

    describe('close', () => {
      it('lets the appends that are under way finish', async () => {
        const appended = Array.from({ length: 10 }, () => log.append(p0, records(10)));
        await reopen();
        const kept = (await Promise.allSettled(appended)).filter(({ status }) => status === 'fulfilled');
        expect(await log.end(p0)).toBe(kept.length * 10);
        expect(kept.length).toBe(10);
      });

      it('can be asked for twice, and everything after it is refused', async () => {
        const closed = log;
        await reopen();
        await closed.close();
        await refused(closed.append(p0, records(1)));
        await refused(closed.read(p0, 0, 1));
        await refused(closed.ensureTopic('events', 2));
        await log.append(p0, records(1));
        expect(await log.end(p0)).toBe(1);
      });
    });
  });
}

function records(count: number, prefix = ''): NewRecord[] {
  return Array.from({ length: count }, (_, at) => ({ key: `${prefix}${at}`, value: bytes(`value ${prefix}${at}`) }));
}

/** Reads to the end, however few records one read returns. */
async function readAll(log: Log, of: TopicPartition): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (let from = 0; ; from = found.at(-1)!.offset + 1) {
    const read = await log.read(of, from, 1_000);
    if (read.length === 0) return found;
    found.push(...read);
  }
}

async function refused(wish: Promise<unknown>): Promise<LogError> {
  const error = await wish.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LogError);
  return error as LogError;
}

/** Comparable: one adapter returns a Buffer where another has a Uint8Array. */
const plain = (read: readonly LogRecord[]) => read.map((record) => ({ ...record, value: [...record.value] }));
const keys = (read: readonly LogRecord[]) => read.map(({ key }) => key);
const offsets = (read: readonly LogRecord[]) => read.map(({ offset }) => offset);
const bytes = (words: string) => new TextEncoder().encode(words);
const text = (value: Uint8Array) => new TextDecoder().decode(value);
