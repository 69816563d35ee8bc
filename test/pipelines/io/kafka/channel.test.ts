/** The channels with a consumer that is played by hand: what kafkajs may do, and a broker seldom makes it do. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bounds } from '../../../../pipelines/io/kafka/admin.js';
import type { Delivery, Feed } from '../../../../pipelines/io/kafka/channel.js';
import { PartitionChannels } from '../../../../pipelines/io/kafka/channels.js';
import { LogError } from '../../../../pipelines/io/log.js';

const of = { topic: 'events', partition: 0 };

/** A consumer: where it would fetch from, and whether it does. */
class HandFeed implements Feed {
  readonly rank: number;
  position: number | undefined;
  fetching = false;
  seeks = 0;

  constructor(rank = 0) {
    this.rank = rank;
  }

  seek(_: typeof of, offset: number): void {
    this.position = offset;
    this.seeks += 1;
  }

  pause(): void {
    this.fetching = false;
  }

  resume(): void {
    this.fetching = true;
  }
}

describe('the channels of a partition', () => {
  let bounds: Bounds;
  let asked: number;
  let unfed: 'soon' | 'lost';
  let partition: PartitionChannels;
  let feed: HandFeed;

  beforeEach(() => {
    bounds = { start: 0, end: 0 };
    asked = 0;
    unfed = 'soon';
    partition = new PartitionChannels({
      of,
      bounds: async () => {
        asked += 1;
        return bounds;
      },
      unfed: () => unfed,
    });
    feed = new HandFeed();
  });

  /** The consumer brings the records of these offsets, and goes on where it is told to. */
  async function bring(offsets: readonly number[], more: Partial<Delivery> = {}, by = feed): Promise<boolean> {
    const messages = offsets.map((offset) => ({
      offset: `${offset}`,
      key: Buffer.from(`k${offset}`),
      value: Buffer.from(`v${offset}`),
      timestamp: '1780000000000',
    }));
    const next = more.next ?? offsets.at(-1)! + 1;
    bounds = { start: bounds.start, end: Math.max(bounds.end, next) };
    let taken = false;
    await partition.deliver(by, { messages, next, end: more.end ?? next }, () => {
      taken = true;
      by.position = next;
    });
    return taken;
  }

  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, at) => from + at);
  const offsets = async (from: number, max = 1_000) => (await partition.read(from, max)).map(({ offset }) => offset);

  it('fetch nothing before somebody asks, and then from there', async () => {
    partition.attach(feed);
    expect(feed.fetching).toBe(false);
    bounds = { start: 0, end: 10 };
    const reading = offsets(4);
    await turn();
    expect(feed).toMatchObject({ fetching: true, position: 4 });
    expect(await bring(range(4, 10))).toBe(true);
    expect(await reading).toEqual(range(4, 10));
  });

  it('never seek, nor ask for the end, while somebody reads on', async () => {
    partition.attach(feed);
    await offsets(0);
    const [seeks, questions] = [feed.seeks, asked];
    for (let at = 0; at < 50; at += 5) {
      await bring(range(at, at + 5));
      expect(await offsets(at, 3)).toEqual(range(at, at + 3));
      expect(await offsets(at + 3)).toEqual(range(at + 3, at + 5));
      expect(await offsets(at + 5)).toEqual([]);
    }
    expect([feed.seeks, asked]).toEqual([seeks, questions]);
  });

  it('say again what they want when the consumer has joined anew', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5));
    expect(await offsets(0, 2)).toEqual([0, 1]);
    feed.position = 77;
    feed.fetching = false;
    partition.attach(feed);
    expect(feed).toMatchObject({ position: 5, fetching: true });
    await bring(range(5, 7));
    expect(await offsets(2)).toEqual(range(2, 7));
  });

  it('take a hole only when the log shows it twice and still reaches back before it', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5));
    feed.position = 8;
    expect(await bring(range(8, 10))).toBe(false);
    expect(feed.position).toBe(5);
    expect(await bring(range(8, 10))).toBe(true);
    expect(await offsets(0)).toEqual([0, 1, 2, 3, 4, 8, 9]);
  });

  it('do not take what was on its way from elsewhere for a hole', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5));
    expect(await bring(range(20, 25))).toBe(false);
    expect(feed.position).toBe(5);
    expect(await bring(range(5, 20))).toBe(true);
    expect(await bring(range(20, 25))).toBe(true);
    expect(await offsets(0)).toEqual(range(0, 25));
  });

  it('know where a batch ended though its last records are for nobody', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5), { next: 7 });
    expect(await offsets(0)).toEqual(range(0, 5));
    const questions = asked;
    expect(await offsets(5)).toEqual([]);
    expect(await bring(range(7, 9))).toBe(true);
    expect(asked).toBe(questions);
    expect(await offsets(5)).toEqual([7, 8]);
  });

  it('tell of a log that does not reach back so far, with both offsets', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5));
    expect(await offsets(0)).toEqual(range(0, 5));
    bounds = { start: 30, end: 40 };
    feed.position = 30;
    expect(await bring(range(30, 40))).toBe(false);
    const error = await refused(offsets(5));
    expect(error.message).toMatch(/\b5\b.*\b30\b/);
    // Again, as long as somebody asks for what is gone.
    expect((await refused(offsets(5))).message).toContain('30');
    const reading = offsets(30);
    await turn();
    expect(feed.position).toBe(30);
    await bring(range(30, 40));
    expect(await reading).toEqual(range(30, 40));
  });

  it('tell of a log that has lost its end, once that is sure', { timeout: 20_000 }, async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 50));
    expect(await offsets(0)).toEqual(range(0, 50));
    // The consumer fell out of the range and began at its start, again and again.
    const fellOut = async (end: number) => {
      bounds = { start: 0, end };
      const messages = [{ offset: '0', key: null, value: null, timestamp: '0' }];
      await partition.deliver(feed, { messages, next: 1, end }, () => expect.unreachable());
    };
    // A broker that has just come back, and then knows better.
    await fellOut(20);
    await fellOut(50);
    expect(feed.position).toBe(50);
    await bring(range(50, 60));
    expect(await offsets(50)).toEqual(range(50, 60));
    let told: unknown;
    for (let at = 0; at < 100 && told === undefined; at++) {
      await fellOut(20);
      told = await partition.read(60, 10).then(
        () => undefined,
        (error: unknown) => error,
      );
    }
    expect(told).toBeInstanceOf(LogError);
    expect((told as LogError).message).toMatch(/\b20\b.*\b60\b/);
  });

  it('go back to their place when older records come', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 50));
    expect(await bring(range(10, 20))).toBe(false);
    expect(feed.position).toBe(50);
    expect(await bring(range(45, 55))).toBe(true);
    expect(await offsets(0)).toEqual(range(0, 55));
  });

  it('forget what was fetched before a jump', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 100));
    expect(await offsets(0, 10)).toEqual(range(0, 10));
    const back = offsets(2, 3);
    await turn();
    expect(feed.position).toBe(2);
    await bring(range(2, 100));
    expect(await back).toEqual([2, 3, 4]);
    expect(await offsets(5)).toEqual(range(5, 100));
  });

  it('pause the consumer when the buffer is full, and let it go on when half of it is read', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 3_000));
    expect(feed.fetching).toBe(true);
    await bring(range(3_000, 6_000));
    expect(feed.fetching).toBe(false);
    expect(await offsets(0, 3_000)).toEqual(range(0, 3_000));
    expect(feed.fetching).toBe(false);
    await offsets(3_000, 600);
    expect(feed.fetching).toBe(true);
    await bring(range(6_000, 6_100));
    expect(await offsets(3_600)).toEqual(range(3_600, 4_600));
  });

  it('do not pause for a reader that is nearly as fast', async () => {
    partition.attach(feed);
    await offsets(0);
    const delivered = bring(range(0, 6_000));
    await turn();
    await offsets(0, 4_000);
    await delivered;
    expect(feed.fetching).toBe(true);
  });

  it('wait for what is known to be there, and no longer than it makes sense', { timeout: 20_000 }, async () => {
    partition.attach(feed);
    bounds = { start: 0, end: 3 };
    // Never delivered: marks of a transaction, say.
    const since = performance.now();
    expect(await offsets(0)).toEqual([]);
    expect(performance.now() - since).toBeGreaterThan(1_000);
    const again = performance.now();
    expect(await offsets(0)).toEqual([]);
    expect(performance.now() - again).toBeLessThan(500);
    const waiting = partition.wait(0, 600_000);
    await turn();
    await bring([3]);
    await bring([3]);
    await waiting;
    expect(await offsets(0)).toEqual([3]);
    // More was appended: that is waited for again.
    partition.reaches(5);
    const more = offsets(4);
    await turn();
    await bring([4]);
    expect(await more).toEqual([4]);
  });

  it('serve two that read on, each from its own consumer', async () => {
    const second = new HandFeed(1);
    partition.attach(feed);
    partition.attach(second);
    bounds = { start: 0, end: 0 };
    await offsets(0);
    // The higher rank first.
    expect([second.fetching, feed.fetching]).toEqual([true, false]);
    await bring(range(0, 5), {}, second);
    expect(await offsets(0)).toEqual(range(0, 5));
    const late = offsets(0);
    await turn();
    expect([second.fetching, feed.fetching]).toEqual([true, true]);
    await bring(range(0, 5), {}, feed);
    expect(await late).toEqual(range(0, 5));
    const seeks = [feed.seeks, second.seeks];
    for (let at = 5; at < 50; at += 5) {
      await bring(range(at, at + 5), {}, feed);
      await bring(range(at, at + 5), {}, second);
      for (let reader = 0; reader < 2; reader++) expect(await offsets(at)).toEqual(range(at, at + 5));
    }
    expect([feed.seeks, second.seeks]).toEqual(seeks);
  });

  it('go on from the same place when one consumer takes over from another', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5));
    const next = new HandFeed();
    partition.attach(next);
    expect(feed.fetching).toBe(false);
    expect(next).toMatchObject({ fetching: true, position: 5 });
    expect(await bring(range(5, 9))).toBe(false);
    partition.detach(feed);
    expect(await bring(range(5, 9), {}, next)).toBe(true);
    expect(await offsets(0)).toEqual(range(0, 9));
  });

  it('return nothing, soon, for a partition that is on its way to another member', async () => {
    partition.attach(feed);
    await offsets(0);
    await bring(range(0, 5));
    unfed = 'lost';
    partition.detach(feed);
    // What was delivered is right as it is.
    expect(await offsets(0)).toEqual(range(0, 5));
    partition.reaches(9);
    const since = performance.now();
    expect(await offsets(5)).toEqual([]);
    expect(performance.now() - since).toBeLessThan(1_500);
    partition.attach(feed);
    expect(feed.position).toBe(5);
  });

  it('end every wait when the log is closed', async () => {
    partition.attach(feed);
    const waits = [partition.wait(0, 600_000), partition.wait(7, 600_000)];
    partition.reaches(3);
    const reading = offsets(0);
    reading.catch(() => {});
    await turn();
    partition.close();
    await Promise.all(waits);
    await refused(reading);
  });
});

async function refused(wish: Promise<unknown>): Promise<LogError> {
  const error = await wish.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(LogError);
  return error as LogError;
}

/** Everything that is ready to happen happens. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}
