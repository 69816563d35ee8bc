/** The stream of a page: the whole picture first, then what changed, four times a second at most, and never a queue. */
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDashboard, type DashboardSettings } from '../../dashboard/app.js';
import type { StreamCounts } from '../../dashboard/stream.js';
import { DECISIONS_MAX, DECISIONS_READ, OUTAGES_MAX } from '../../dashboard/topics/picture.js';
import type { Topic } from '../../dashboard/topics/topic.js';
import type { Hello, Said, Snapshot, Update } from '../../dashboard/wire.js';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import { credit, FakeViews, outage, T0 } from '../pipelines/http/fake.js';

let views: FakeViews;
let door: Listening | undefined;
let counts: StreamCounts;
const sockets: { destroy(): unknown }[] = [];

beforeEach(() => {
  views = new FakeViews();
  counts = { open: 0, evicted: 0, refused: 0, resumed: 0, snapshots: 0 };
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door?.close();
  door = undefined;
});

const app = (settings: DashboardSettings = {}) =>
  createDashboard(views, { counted: (now) => (counts = now), ...settings });

async function open(settings: DashboardSettings = {}): Promise<Listening> {
  door = await listen({ apps: [app(settings)], host: '127.0.0.1', port: 0 });
  return door;
}

interface Heard<T = Snapshot & Update> {
  readonly event: string;
  readonly id: string;
  readonly data: T;
}

/** Reads a stream event by event. */
class Page {
  readonly headers: Headers;
  hello!: Hello;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #abort: AbortController;
  text = '';

  private constructor(response: Response, abort: AbortController) {
    this.headers = response.headers;
    this.#reader = response.body!.getReader();
    this.#abort = abort;
  }

  /** Opens the stream and hears its first event; `after` is the id of the last event that it had before. */
  static async open(url: string, { query = '', after = '' } = {}): Promise<Page> {
    const abort = new AbortController();
    const headers: Record<string, string> = after === '' ? {} : { 'last-event-id': after };
    const response = await fetch(`${url}/v1/stream${query}`, { signal: abort.signal, headers });
    if (response.status !== 200) throw new Error(String(response.status));
    const page = new Page(response, abort);
    const first = await page.next<Hello>();
    expect(first.event).toBe('hello');
    page.hello = first.data;
    return page;
  }

  async next<T = Snapshot & Update>(): Promise<Heard<T>> {
    while (!this.text.includes('\n\n')) {
      const { done, value } = await this.#reader.read();
      if (done) throw new Error('the stream ended');
      this.text += Buffer.from(value).toString();
    }
    const end = this.text.indexOf('\n\n');
    const fields = Object.fromEntries(
      this.text
        .slice(0, end)
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
    );
    this.text = this.text.slice(end + 2);
    return { event: fields['event'] ?? '', id: fields['id'] ?? '', data: JSON.parse(fields['data'] ?? '') };
  }

  /** Skips to the next event that says more than that the server lives. */
  async news<T extends Said = Snapshot & Update>(): Promise<Heard<T>> {
    for (;;) {
      const heard = await this.next<T>();
      if (heard.data.is !== 'same') return heard;
    }
  }

  close(): void {
    this.#abort.abort();
  }
}

const until = async (holds: () => boolean, ms = 3_000) => {
  for (const end = performance.now() + ms; !holds() && performance.now() < end; )
    await new Promise((go) => setTimeout(go, 10));
  expect(holds()).toBe(true);
};

describe('what comes first', () => {
  it('is the whole picture: status, outages, the latest 50 decisions, newest first', async () => {
    views.all = Array.from({ length: 80 }, (_, i) => credit(i));
    views.open = [outage()];
    const page = await Page.open((await open({ zone: 'Europe/Vienna' })).url);
    expect(page.headers.get('content-type')).toBe('text/event-stream');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-accel-buffering')).toBe('no');
    const { event, id, data } = await page.next();
    expect([event, data.is, id]).toEqual(['picture', 'snapshot', expect.stringMatching(/^[0-9a-f]{8};picture=1$/)]);
    expect(data.status).toEqual(views.now);
    expect(data.outages).toEqual(views.open);
    expect(page.hello).toEqual({ page: expect.any(String), zone: 'Europe/Vienna', at: expect.any(Number) });
    expect(data.decisions.map((row) => row.id)).toEqual(views.all.slice(0, DECISIONS_MAX).map((one) => one.id));
    expect(data.decisions[0]).toEqual({
      key: 'credit.granted|2026-06-11T22:00:00.000Z|a1-rs|A1 3.3|Credit granted',
      id: credit(0).id,
      type: 'credit.granted',
      time: T0 - 5_000,
      subject: 's0',
      operator: 'a1-rs',
      clause: 'A1 3.3',
      words: 'Credit granted',
      level: null,
      amount: { value: '1,250.00', unit: 'RSD' },
      count: 1,
      isAtLeast: false,
      alike: [],
    });
    page.close();
  });

  it('says how soon to come back, not to all pages the same', async () => {
    const { url } = await open({ retryMs: 1_000 });
    const waits = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const response = await fetch(`${url}/v1/stream`);
        const reader = response.body!.getReader();
        const text = Buffer.from((await reader.read()).value!).toString();
        await reader.cancel();
        return Number(/^retry: (\d+)\nevent: hello\ndata: \{/.exec(text)?.[1]);
      }),
    );
    for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(750);
    for (const wait of waits) expect(wait).toBeLessThanOrEqual(1_250);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });

  it('is bounded: of very many outages the most urgent are sent, the rest is a number', async () => {
    views.open = Array.from({ length: OUTAGES_MAX + 30 }, (_, i) =>
      outage({ incident: `i${i}`, from: T0 - i * 60_000 }),
    );
    const page = await Page.open((await open()).url);
    const { data } = await page.next();
    expect([data.outages.length, data.outagesLeftOut]).toEqual([OUTAGES_MAX, 30]);
    page.close();
  });
});

describe('an update', () => {
  it('has only what is new', async () => {
    views.all = [credit(1)];
    views.open = [outage()];
    const page = await Page.open((await open({ intervalMs: 20 })).url);
    await page.next();
    views.decide(credit(2));
    const decided = await page.news();
    expect([decided.event, decided.data.is]).toEqual(['picture', 'change']);
    expect(decided.data.decisions.map(({ subject }) => subject)).toEqual(['s2']);
    expect(decided.data).not.toHaveProperty('outages');

    views.open = [];
    views.changed();
    const ended = await page.news();
    expect(ended.data.outages).toEqual([]);
    expect(ended.data).not.toHaveProperty('decisions');
    expect(ended.id).not.toBe(decided.id);
    page.close();
  });

  it('comes when the clock moves, though nobody calls', async () => {
    const page = await Page.open((await open()).url);
    await page.next();
    views.now = { ...views.now, clock: T0 + 5_000 };
    const { data } = await page.next();
    expect([data.is, data.status.clock]).toEqual(['change', T0 + 5_000]);
    page.close();
  });

  it('comes at most four times a second, whatever happens, and misses nothing', async () => {
    const page = await Page.open((await open()).url);
    await page.next();
    const heard: Heard[] = [];
    let reading = true;
    const read = (async () => {
      while (reading) heard.push(await page.next());
    })().catch(() => {});
    const from = performance.now();
    for (let i = 0; i < 150; i++) {
      views.decide(credit(1_000 + i));
      await new Promise((go) => setTimeout(go, 10));
    }
    await until(() => heard.flatMap(({ data }) => data.decisions ?? []).length === 150);
    expect(heard.length).toBeLessThanOrEqual(2 + (performance.now() - from) / 250);
    reading = false;
    page.close();
    await read;
    expect(new Set(heard.flatMap(({ data }) => (data.decisions ?? []).map(({ id }) => id))).size).toBe(150);
  });

  it('of more decisions than a page shows has the newest', async () => {
    const page = await Page.open((await open({ intervalMs: 50 })).url);
    await page.next();
    for (let i = 0; i < 400; i++) views.decide(credit(i));
    const { data } = await page.news();
    expect(data.decisions.map(({ subject }) => subject)).toEqual(
      views.all.slice(0, DECISIONS_MAX).map(({ subject }) => subject),
    );
    page.close();
  });

  it('that says that nothing did has the status', async () => {
    const page = await Page.open((await open({ heartbeatMs: 100 })).url);
    await page.next();
    views.now = { ...views.now, behindMs: 47_000 };
    const { data } = await page.next();
    expect([data.is, data.status.behindMs]).toEqual(['same', 47_000]);
    page.close();
  });
});

describe('decisions that are alike, taken at one instant by one clause', () => {
  const time = '2026-06-12T00:00:01+02:00';

  it('are one row with their number, their sum and some of their subjects, and leave room for the others', async () => {
    views.all = [...Array.from({ length: 60 }, (_, i) => credit(i, { time })), credit(100), credit(101)];
    const page = await Page.open((await open({ intervalMs: 20 })).url);
    const { data } = await page.next();
    expect(data.decisions.map(({ count }) => count)).toEqual([60, 1, 1]);
    expect(data.decisions[0]).toMatchObject({
      id: credit(0).id,
      isAtLeast: false,
      amount: { value: '75,000.00', unit: 'RSD' },
    });
    expect(data.decisions[0]?.alike.slice(0, 2).map(({ subject }) => subject)).toEqual(['s0', 's1']);
    expect(data.decisions[0]?.alike).toHaveLength(12);

    views.decide(credit(200));
    expect((await page.news()).data.decisions).toMatchObject([{ count: 1, subject: 's200' }]);
    views.decide(credit(201, { time }));
    const { decisions } = (await page.news()).data;
    expect(decisions).toMatchObject([{ count: 61, subject: 's201', key: data.decisions[0]?.key }]);
    page.close();
  });

  it('that came faster than they were looked at are at least so many', async () => {
    views.all = Array.from({ length: DECISIONS_READ + 100 }, (_, i) => credit(i, { time }));
    const page = await Page.open((await open()).url);
    expect((await page.next()).data.decisions).toMatchObject([{ count: DECISIONS_READ, isAtLeast: true }]);
    page.close();
  });
});

describe('a page that comes back', () => {
  /** Opens, hears the picture, and goes; the id of what it heard. */
  async function seen(url: string): Promise<string> {
    const page = await Page.open(url);
    const { id } = await page.next();
    page.close();
    await until(() => counts.open === 0);
    return id;
  }

  it('with the id of its last event gets only what changed since', async () => {
    views.all = [credit(1)];
    const { url } = await open({ intervalMs: 20 });
    const id = await seen(url);
    views.decide(credit(7));
    const page = await Page.open(url, { after: id });
    const { data } = await page.next();
    expect([data.is, data.decisions.map(({ subject }) => subject)]).toEqual(['change', ['s7']]);
    expect(data).not.toHaveProperty('outages');
    expect([counts.resumed, counts.snapshots]).toEqual([1, 1]);
    page.close();
  });

  it('may say it in the address; the header, which a browser sets, is newer', async () => {
    const { url } = await open({ intervalMs: 20 });
    const first = await seen(url);
    views.decide(credit(7));
    const second = await seen(url);
    views.decide(credit(8));
    const query = `?topics=picture&after=${encodeURIComponent(first)}`;
    const asked = await Page.open(url, { query });
    expect((await asked.next()).data.decisions.map(({ subject }) => subject)).toEqual(['s8', 's7']);
    const both = await Page.open(url, { query, after: second });
    expect((await both.next()).data.decisions.map(({ subject }) => subject)).toEqual(['s8']);
    asked.close();
    both.close();
  });

  it('hears at once where everything stands though nothing changed', async () => {
    const { url } = await open();
    const page = await Page.open(url, { after: await seen(url) });
    expect((await page.next()).data.is).toBe('same');
    page.close();
  });

  it.each([
    ['of another process', (id: string) => id.replace(/^\w+/, 'ffffffff')],
    ['that lies ahead', (id: string) => id.replace(/\d+$/, '999')],
    ['that is none', () => '7'],
    ['that is far too long', (id: string) => `${id};${'x'.repeat(5_000)}`],
  ])('with an id %s gets the picture anew', async (_, changed) => {
    const { url } = await open();
    const page = await Page.open(url, { after: changed(await seen(url)) });
    expect((await page.next()).data.is).toBe('snapshot');
    expect([counts.resumed, counts.snapshots]).toEqual([0, 2]);
    page.close();
  });

  it('leaves nothing behind when it goes', async () => {
    const { url } = await open();
    const pages = await Promise.all([1, 2, 3].map(() => Page.open(url)));
    await Promise.all(pages.map((page) => page.next()));
    expect([counts.open, views.watched]).toEqual([3, 1]);
    for (const page of pages) page.close();
    await until(() => counts.open === 0 && views.watched === 0);
  });
});

describe('several topics over one stream', () => {
  /** A topic of one number. */
  class Counted implements Topic {
    readonly name = 'counted';
    version = 0;
    reach = 0;
    refreshed = 0;
    refresh(): void {
      this.refreshed += 1;
    }
    snapshot(): string {
      return `"all":${this.version}`;
    }
    since(seen: number): string | undefined {
      return seen < this.reach ? undefined : `"more":${this.version - seen}`;
    }
  }

  it('come under their names, each first whole; an update has those that changed', async () => {
    const counted = new Counted();
    const { url } = await open({ intervalMs: 20, topics: [counted] });
    const page = await Page.open(url, { query: '?topics=counted,picture' });
    const first = [await page.next(), await page.next()];
    expect(first.map(({ event, data }) => [event, data.is])).toEqual([
      ['counted', 'snapshot'],
      ['picture', 'snapshot'],
    ]);
    views.decide(credit(1));
    expect((await page.news()).event).toBe('picture');
    counted.version = 2;
    const { event, data, id } = await page.news<Said & { readonly more: number }>();
    expect([event, data.more]).toEqual(['counted', 2]);
    expect(id).toMatch(/^[0-9a-f]{8};counted=2;picture=2$/);
    page.close();
  });

  it('are looked at only while somebody watches them', async () => {
    const counted = new Counted();
    const { url } = await open({ intervalMs: 20, topics: [counted] });
    const page = await Page.open(url);
    await page.next();
    views.decide(credit(1));
    await page.news();
    expect([counted.refreshed, views.watched]).toEqual([0, 1]);
    page.close();
    await until(() => counts.open === 0);
    const other = await Page.open(url, { query: '?topics=counted' });
    await other.next();
    expect([counted.refreshed > 0, views.watched]).toEqual([true, 0]);
    other.close();
  });

  it('are each gone on with where they can be; one that cannot comes whole, as does one that is new', async () => {
    const counted = new Counted();
    const { url } = await open({ intervalMs: 20, topics: [counted] });
    const first = await Page.open(url, { query: '?topics=counted' });
    const { id } = await first.next();
    first.close();
    const both = await Page.open(url, { query: '?topics=counted,picture', after: id });
    const heard = [await both.next(), await both.next()];
    expect(heard.map(({ data }) => data.is)).toEqual(['same', 'snapshot']);
    both.close();
    counted.version = counted.reach = 5;
    const late = await Page.open(url, { query: '?topics=counted,picture', after: heard[1]!.id });
    expect([(await late.next()).data.is, (await late.next()).data.is]).toEqual(['snapshot', 'same']);
    late.close();
  });

  it('who is cut off between two of them goes on with the second', async () => {
    const counted = new Counted();
    const { url } = await open({ intervalMs: 20, topics: [counted] });
    const page = await Page.open(url, { query: '?topics=counted,picture' });
    const { id } = await page.next();
    page.close();
    const back = await Page.open(url, { query: '?topics=counted,picture', after: id });
    expect([(await back.next()).data.is, (await back.next()).data.is]).toEqual(['same', 'snapshot']);
    back.close();
  });

  it.each([
    ['nothing,picture', 'topics names "nothing"; there are picture'],
    ['', 'topics names ""; there are picture'],
    ['picture,picture', 'topics names picture more than once; there are picture'],
  ])('that are asked for as %j are refused in words', async (asked, message) => {
    const response = await fetch(`${(await open()).url}/v1/stream?topics=${asked}`);
    expect([response.status, await response.json()]).toEqual([400, { error: 'bad-parameter', message }]);
    expect(counts.open).toBe(0);
  });
});

describe('a page that does not read', () => {
  /** Asks for the stream and then never reads. */
  async function sleeper(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await new Promise((ready) => socket.once('connect', ready));
    socket.pause();
    socket.write('GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n');
    return socket;
  }

  it('is cut off, costs no more than its socket, and the others hear on', async () => {
    const reasons = ['x'.repeat(10_000)];
    views.open = Array.from({ length: 100 }, (_, i) => outage({ incident: `i${i}`, reasons }));
    const { url, port } = await open({ intervalMs: 20, unreadMs: 300 });
    const page = await Page.open(url);
    await page.next();
    await sleeper(port);
    await until(() => counts.open === 2);
    const before = process.memoryUsage().rss;
    let services = 0;
    // A megabyte an update, until the buffers of the socket are full.
    const flood = setInterval(() => {
      services += 1;
      views.open = views.open.map((one) => ({ ...one, services }));
      views.changed();
    }, 20);
    const heard = (async () => {
      while (counts.evicted === 0) await page.news();
    })();
    await until(() => counts.evicted === 1, 10_000);
    clearInterval(flood);
    expect(counts.open).toBe(1);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    views.changed();
    await Promise.race([heard, new Promise((go) => setTimeout(go, 500))]);
    page.close();
    await until(() => counts.open === 0);
    const back = await Page.open(url);
    expect((await back.next()).data.is).toBe('snapshot');
    back.close();
  });

  it('where it took the picture and nothing has changed is left alone', async () => {
    const { port } = await open({ unreadMs: 100 });
    await sleeper(port);
    await until(() => counts.open === 1);
    await new Promise((go) => setTimeout(go, 1_500));
    expect(counts).toMatchObject({ open: 1, evicted: 0, refused: 0 });
  });
});

describe('too many pages', () => {
  it('are turned away with a time to come back, and let in when one goes', async () => {
    const { url } = await open({ clientsMax: 2 });
    const pages = await Promise.all([Page.open(url), Page.open(url)]);
    const response = await fetch(`${url}/v1/stream`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(counts).toMatchObject({ open: 2, evicted: 0, refused: 1 });
    pages[0]?.close();
    await until(() => counts.open === 1);
    const next = await Page.open(url);
    expect((await next.next()).data.is).toBe('snapshot');
    next.close();
    pages[1]?.close();
  });
});

describe('when the server stops', () => {
  it('the streams end at once', async () => {
    const { url, close } = await open();
    const page = await Page.open(url);
    await page.next();
    const from = performance.now();
    await close();
    expect(performance.now() - from).toBeLessThan(1_000);
    await expect(page.next()).rejects.toThrow('ended');
    expect(views.watched).toBe(0);
  });

  it('and the views are gone first, the streams end and nothing breaks', async () => {
    const page = await Page.open((await open({ intervalMs: 20 })).url);
    await page.next();
    const { status } = views;
    views.status = () => {
      throw new Error('the store is closed');
    };
    views.changed();
    await expect(page.next()).rejects.toThrow('ended');
    views.status = status;
  });
});

describe('over HTTP/2', () => {
  it('the stream has no connection headers, which Node would not survive', async () => {
    const server = createAdaptorServer({ fetch: app({ intervalMs: 20 }).fetch, createServer: createHttp2Server });
    await new Promise<void>((bound) => server.listen(0, '127.0.0.1', () => bound()));
    const { port } = server.address() as { port: number };
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    sockets.push(client);
    const stream = client.request({ ':path': '/v1/stream' });
    let text = '';
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await until(() => text.includes('"is":"snapshot"'));
    views.decide(credit(3));
    await until(() => text.includes('"is":"change"'));
    client.destroy();
    await until(() => counts.open === 0);
    await new Promise((closed) => server.close(closed));
  });
});

describe('why', () => {
  it('is the decision and its row, or 404', async () => {
    views.all = [credit(1)];
    const why = await app().request(`/v1/why/${credit(1).id}`);
    expect(await why.json()).toEqual({
      row: expect.objectContaining({ words: 'Credit granted' }),
      decision: credit(1),
    });
    expect((await app().request('/v1/why/none')).status).toBe(404);
  });
});
