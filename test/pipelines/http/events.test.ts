/** POST /v1/events: an event, a batch, NDJSON without end; what comes back, and what never piles up. */
import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../../../pipelines/http/api.js';
import { type Listening, listen } from '../../../pipelines/http/listen.js';
import { createMetrics, type Metrics } from '../../../pipelines/http/metrics.js';
import type { LineAnswer } from '../../../pipelines/http/ports.js';
import { makeToken, Tokens } from '../../../pipelines/http/tokens.js';
import { event, FakeIntake, FakeViews, LINE_MAX } from './fake.js';

const [all, noc] = [makeToken(), makeToken()];
const tokens = Tokens.of([
  { name: 'all', sha256: all.sha256 },
  {
    name: 'noc',
    sha256: noc.sha256,
    sources: ['noc'],
    operators: ['a1-rs'],
    types: ['fault.opened', 'fault.cleared', 'element.upserted'],
  },
]);
const LINES = 'application/x-ndjson';
const MIB = 1024 * 1024;

let intake: FakeIntake;
let metrics: Metrics;
let failures: string[];
let api: ReturnType<typeof createApi>;

beforeEach(() => {
  intake = new FakeIntake();
  metrics = createMetrics({ processMetrics: false });
  failures = [];
  const views = new FakeViews();
  api = createApi({
    intake,
    views,
    status: () => views.status(),
    health: () => ({ alive: true, ready: true, waitingFor: [] }),
    metrics,
    tokens,
    clockMode: 'live',
    failed: (what) => failures.push(what),
  });
});

interface Sent {
  readonly type?: string | undefined;
  readonly token?: string | undefined;
  readonly headers?: Record<string, string>;
  readonly query?: string;
}

async function post(
  body: string | Uint8Array | ReadableStream,
  { type = LINES, token = all.token, headers = {}, query = '' }: Sent = {},
) {
  const authorization: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {};
  const init = {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...authorization, ...headers },
    duplex: 'half',
  };
  return api.request(`/v1/events${query}`, init as RequestInit);
}

interface Summary {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly lines: number;
  readonly error?: string;
  readonly message?: string;
}

/** The answers of an NDJSON response, and its last line. */
function parse(text: string): { readonly answers: LineAnswer[]; readonly summary: Summary } {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LineAnswer & { readonly summary?: Summary });
  const { summary } = lines.pop() ?? {};
  if (!summary) throw new Error('the last line is no summary');
  return { answers: lines, summary };
}

/** A body in chunks, which counts how many were asked for. */
function chunks(make: (i: number) => Uint8Array | undefined): {
  readonly body: ReadableStream;
  readonly asked: () => number;
} {
  let i = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        const chunk = make(i++);
        if (chunk) controller.enqueue(chunk);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { body, asked: () => i };
}

const settle = (ms = 50) => new Promise((done) => setTimeout(done, ms));

describe('a single event', () => {
  const one = (text: string, sent: Sent = {}) => post(text, { type: 'application/cloudevents+json', ...sent });

  it('is answered 202 when it is taken, 200 when it came before, 422 when it is bad', async () => {
    const taken = await one(event(1));
    expect(taken.status).toBe(202);
    expect(await taken.json()).toEqual({ line: 1, status: 'accepted', id: 'e1' });
    const again = await one(event(1), { type: 'application/json; charset=utf-8' });
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ status: 'duplicate', id: 'e1' });
    const bad = await one(event(2, { type: 'no.such' }));
    expect(bad.status).toBe(422);
    expect(await bad.json()).toMatchObject({ status: 'rejected', reason: 'unknown-type', field: 'type' });
  });

  it('may come as gzip', async () => {
    expect((await one(event(1), {})).status).toBe(202);
    const init = { type: 'application/cloudevents+json', headers: { 'content-encoding': 'gzip' } };
    expect((await post(new Uint8Array(gzipSync(event(2))), init)).status).toBe(202);
  });

  it('that is no JSON, an array, or over 1 MiB is refused', async () => {
    expect([(await one('{')).status, (await one(`[${event(1)}]`)).status]).toEqual([400, 400]);
    const large = await one(event(1, {}, MIB));
    expect(large.status).toBe(413);
    expect(await large.json()).toEqual({ error: 'too-large', message: expect.stringContaining('1048576') });
    expect(intake.calls).toEqual([]);
  });

  it('that cannot be taken now is answered 503 with a time to come back', async () => {
    intake.fail = new Error('disk full, password hunter2');
    const response = await one(event(1));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.text()).not.toContain('hunter2');
    expect(failures).toEqual(['taking an event']);
  });
});

describe('a batch', () => {
  const batch = (events: string[], sent: Sent = {}) =>
    post(`[${events.join()}]`, { type: 'application/cloudevents-batch+json', ...sent });

  it('is answered event by event, with the sums', async () => {
    const response = await batch([event(1), event(1), event(2, { data: {} }), event(3)]);
    expect(response.status).toBe(200);
    const { answers, ...sums } = (await response.json()) as { answers: LineAnswer[] };
    expect(sums).toEqual({ accepted: 2, duplicates: 1, rejected: 1 });
    expect(answers.map(({ line, status }) => [line, status])).toEqual([
      [1, 'accepted'],
      [2, 'duplicate'],
      [3, 'rejected'],
      [4, 'accepted'],
    ]);
  });

  it('may be a JSON array; an empty one is answered', async () => {
    expect((await batch([event(1)], { type: 'application/json' })).status).toBe(200);
    expect(await (await batch([])).json()).toEqual({ accepted: 0, duplicates: 0, rejected: 0, answers: [] });
  });

  it('that is no array, has more than 10,000 events or is over 16 MiB is refused', async () => {
    expect((await post(event(1), { type: 'application/cloudevents-batch+json' })).status).toBe(400);
    expect((await batch(Array.from({ length: 10_001 }, () => '1'))).status).toBe(413);
    expect((await batch([event(1, {}, 17 * MIB)])).status).toBe(413);
    expect(intake.calls).toEqual([]);
  });
});

describe('NDJSON', () => {
  it('is answered line by line, the last line sums up; blank lines count and are skipped', async () => {
    const response = await post(`${event(1)}\r\n\n   \n{\n${event(2)}\n${event(1)}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(LINES);
    const { answers, summary } = parse(await response.text());
    expect(answers.map(({ line, status, id }) => [line, status, id])).toEqual([
      [1, 'accepted', 'e1'],
      [4, 'rejected', undefined],
      [5, 'accepted', 'e2'],
      [6, 'duplicate', 'e1'],
    ]);
    expect(summary).toEqual({ accepted: 2, duplicates: 1, rejected: 1, lines: 6 });
  });

  it('that is empty is answered with zeros', async () => {
    expect(parse(await (await post('')).text()).summary).toEqual({ accepted: 0, duplicates: 0, rejected: 0, lines: 0 });
  });

  it('with answers=problems answers what was refused, and counts the rest', async () => {
    const { answers, summary } = parse(
      await (await post(`${event(1)}\n1\n${event(1)}`, { query: '?answers=problems' })).text(),
    );
    expect(answers.map(({ line }) => line)).toEqual([2]);
    expect(summary).toMatchObject({ accepted: 1, duplicates: 1, rejected: 1 });
    expect((await post('', { query: '?answers=none' })).status).toBe(400);
  });

  it('of 5,000 lines in pieces that cut lines and characters comes out whole, also as gzip', async () => {
    const text = Array.from({ length: 5_000 }, (_, i) => event(i, { subject: `ćelija-${i}` })).join('\n');
    for (const [bytes, encoding] of [
      [Buffer.from(text), 'identity'],
      [gzipSync(text.replaceAll('"e', '"g')), 'gzip'],
    ] as const) {
      const { body } = chunks((i) =>
        i * 997 < bytes.length ? new Uint8Array(bytes.subarray(i * 997, (i + 1) * 997)) : undefined,
      );
      const { answers, summary } = parse(
        await (await post(body, { headers: { 'content-encoding': encoding } })).text(),
      );
      expect(summary).toEqual({ accepted: 5_000, duplicates: 0, rejected: 0, lines: 5_000 });
      expect(answers.map(({ line }) => line)).toEqual(Array.from({ length: 5_000 }, (_, i) => i + 1));
    }
    expect(new Set(intake.accepted).size).toBe(10_000);
  });

  it('is read no further than one part ahead of the door', async () => {
    let release = () => {};
    intake.hold = new Promise((done) => (release = done));
    const line = Buffer.from(`${event(0, {}, 2_000)}\n`);
    let id = 0;
    const { body, asked } = chunks((i) => {
      if (i >= 400) return undefined;
      return new Uint8Array(
        Buffer.concat(Array.from({ length: 20 }, () => Buffer.from(line.toString().replace('"e0"', `"e${id++}"`)))),
      );
    });
    const response = post(body);
    await settle(200);
    // 400 chunks of 44 kB are 17 MB; held is one part at the door and one of 1 MiB behind it.
    expect(asked()).toBeGreaterThan(10);
    expect(asked()).toBeLessThan(40);
    release();
    expect(parse(await (await response).text()).summary.accepted).toBe(8_000);
  });

  it('whose answers nobody reads is not read either', async () => {
    let id = 0;
    const { body, asked } = chunks(() => new Uint8Array(Buffer.from(`${event(id++)}\n`.repeat(1))));
    const response = await post(body);
    const reader = response.body!.getReader();
    await reader.read();
    await settle(100);
    const before = asked();
    await settle(100);
    expect(asked()).toBe(before);
    expect(before).toBeLessThan(3_000);
    await reader.cancel();
  });

  it('hands a line on as soon as it has come, not when a part is full', async () => {
    let more = () => {};
    const wait = new Promise<void>((done) => (more = done));
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new Uint8Array(Buffer.from(`${event(1)}\n`)));
        await wait;
        controller.close();
      },
    });
    const response = await post(body);
    const reader = response.body!.getReader();
    const { value } = await reader.read();
    expect(JSON.parse(Buffer.from(value!).toString())).toMatchObject({ line: 1, status: 'accepted' });
    more();
    expect(Buffer.from((await reader.read()).value!).toString()).toContain('summary');
  });

  it('with a line over 1 MiB has that line refused by name, and goes on', async () => {
    const { answers, summary } = parse(await (await post(`${event(1)}\n${event(2, {}, 3 * MIB)}\n${event(3)}`)).text());
    expect(answers.map(({ line, status, reason }) => [line, status, reason])).toEqual([
      [1, 'accepted', undefined],
      [2, 'rejected', 'too-large'],
      [3, 'accepted', undefined],
    ]);
    expect(summary.lines).toBe(3);
  });

  it('with a line of exactly 1 MiB is taken', async () => {
    const size = LINE_MAX - Buffer.byteLength(event(1));
    const { summary } = parse(await (await post(`${event(1, {}, size)}\n${event(2, {}, size + 1)}\n`)).text());
    expect(summary).toMatchObject({ accepted: 1, rejected: 1 });
  });

  it('that is no gzip is refused; cut off half way, what came whole is taken and the rest is said', async () => {
    const headers = { 'content-encoding': 'gzip' };
    const none = await post('this is no gzip', { headers });
    expect(none.status).toBe(400);
    expect(await none.json()).toMatchObject({ error: 'malformed-gzip' });

    const packed = gzipSync(Array.from({ length: 5_000 }, (_, i) => event(i, {}, 10 + ((i * 7_919) % 200))).join('\n'));
    const half = await post(new Uint8Array(packed.subarray(0, packed.length / 2)), { headers });
    expect(half.status).toBe(200);
    const { summary } = parse(await half.text());
    expect(summary.error).toBe('malformed-gzip');
    expect(summary.accepted).toBeGreaterThan(1_000);
    expect(summary.accepted).toBe(summary.lines);
    expect(summary.message).toContain(`after ${summary.lines}`);
  });

  it('that is a gzip bomb is cut off, and what it unpacks to is never held', async () => {
    const piece = gzipSync(Buffer.alloc(64 * MIB));
    // Members of one gzip file: 64 GiB in 64 MB.
    const { body, asked } = chunks((i) => (i < 1_024 ? new Uint8Array(piece) : undefined));
    const before = process.memoryUsage().rss;
    const response = await post(body, { headers: { 'content-encoding': 'gzip' } });
    expect(response.status).toBe(413);
    expect(asked()).toBeLessThan(20);
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MIB);
  });

  it('that is a bomb of blank lines is cut off too', async () => {
    const response = await post(new Uint8Array(gzipSync(Buffer.alloc(200 * MIB, '\n'))), {
      headers: { 'content-encoding': 'gzip' },
    });
    expect(await response.text()).toContain('too-large');
    expect(intake.calls).toEqual([]);
  });

  it('where the door fails half way says from which line on to send again', async () => {
    let id = 0;
    const { body } = chunks((i) => {
      if (i > 5) return undefined;
      if (i > 2) intake.fail = new Error('the disk is full');
      return new Uint8Array(Buffer.from(Array.from({ length: 1_000 }, () => `${event(id++)}\n`).join('')));
    });
    const response = await post(body);
    const { answers, summary } = parse(await response.text());
    expect(summary).toMatchObject({ error: 'unavailable', accepted: answers.length, lines: answers.length });
    expect(summary.message).toContain(`lines after ${answers.length} were not taken`);
    expect(failures).toEqual(['taking lines']);
  });

  it('where the door fails at once is answered 503', async () => {
    intake.fail = new Error('the disk is full');
    expect((await post(event(1))).status).toBe(503);
  });
});

describe('what may come at all', () => {
  it.each([
    ['text/plain', {}, 415, 'unknown-content-type'],
    ['', {}, 415, 'unknown-content-type'],
    ['constructor', {}, 415, 'unknown-content-type'],
    ['application/json; charset=latin1', {}, 415, 'unknown-charset'],
    [LINES, { 'content-encoding': 'br' }, 415, 'unknown-content-encoding'],
  ])('%s %o is refused', async (type, headers, status, error) => {
    const response = await post(event(1), { type, headers: headers as Record<string, string> });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error, message: expect.any(String) });
  });
});

describe('writing', () => {
  it('needs a token that is known', async () => {
    for (const token of ['', 'dozor_unknown']) {
      const response = await post(event(1), { token });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
    }
    const basic = await post(event(1), { token: '', headers: { authorization: `Basic ${btoa('a:b')}` } });
    expect(basic.status).toBe(401);
    expect(intake.calls).toEqual([]);
  });

  it('what a token does not cover is 403 for one event, and never reaches the door', async () => {
    const response = await post(event(1, { source: 'crm' }), { type: 'application/json', token: noc.token });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      line: 1,
      id: 'e1',
      status: 'rejected',
      reason: 'not-allowed',
      field: 'source',
    });
    expect(intake.calls).toEqual([]);
    expect(await metrics.registry.metrics()).toContain('dozor_events_rejected_total{reason="not-allowed"} 1');
  });

  const mixed = [
    event(1),
    event(2, { source: 'crm' }),
    event(3, { type: 'usage.recorded' }),
    event(4, { type: 'element.upserted', data: { operator: 'truf-rs', kind: 'cell' } }),
    event(5, { type: 'element.upserted', data: { operator: 'a1-rs', kind: 'cell' } }),
  ];
  const expected = [
    [1, 'accepted', undefined],
    [2, 'rejected', 'source'],
    [3, 'rejected', 'type'],
    [4, 'rejected', 'data.operator'],
    [5, 'accepted', undefined],
  ];

  it('in a batch the others keep their numbers', async () => {
    const response = await post(`[${mixed.join()}]`, { type: 'application/json', token: noc.token });
    const { answers } = (await response.json()) as { answers: LineAnswer[] };
    expect(answers.map(({ line, status, field }) => [line, status, field])).toEqual(expected);
    expect(intake.accepted).toEqual(['e1', 'e5']);
  });

  it('in NDJSON too, and a line that is no JSON is for the door to refuse', async () => {
    const { answers, summary } = parse(await (await post(`${mixed.join('\n')}\n{`, { token: noc.token })).text());
    expect(answers.slice(0, 5).map(({ line, status, field }) => [line, status, field])).toEqual(expected);
    expect(answers[5]).toMatchObject({ line: 6, reason: 'not-json' });
    expect(summary).toEqual({ accepted: 2, duplicates: 0, rejected: 4, lines: 6 });
    expect(intake.calls[0]?.by.name).toBe('noc');
  });
});

describe('over a port', () => {
  let door: Listening | undefined;
  afterEach(() => door?.close());

  it('answers come while lines still go, and a sender is slowed down when the door is slow', async () => {
    door = await listen({ apps: [api], host: '127.0.0.1', port: 0 });
    const request = httpRequest(`${door.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': LINES, authorization: `Bearer ${all.token}` },
    });
    request.write(`${event(0)}\n`);
    const response = await new Promise<import('node:http').IncomingMessage>((came) => request.on('response', came));
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    while (!text.includes('\n')) await settle(10);
    expect(text).toContain('"e0"');

    let release = () => {};
    intake.hold = new Promise((done) => (release = done));
    let sent = 0;
    let flows = true;
    // Until the buffers of both sides are full: they must fill, for 200 MB are not held anywhere.
    while (flows && sent < 100_000) flows = request.write(`${event(++sent, {}, 2_000)}\n`) || (await drained(request));
    expect(flows).toBe(false);
    release();
    request.end();
    await new Promise((ended) => response.on('end', ended));
    expect(parse(text).summary).toEqual({ accepted: sent + 1, duplicates: 0, rejected: 0, lines: sent + 1 });
  });

  it('a sender that breaks off leaves nothing behind', async () => {
    door = await listen({ apps: [api], host: '127.0.0.1', port: 0 });
    const request = httpRequest(`${door.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': LINES, authorization: `Bearer ${all.token}` },
    });
    request.on('error', () => {});
    request.write(`${event(0)}\n${event(1).slice(0, 20)}`);
    await new Promise((came) => request.on('response', came));
    request.destroy();
    await settle(100);
    expect(intake.accepted).toEqual(['e0']);
    expect(failures).toEqual([]);
  });
});

/** Whether a full buffer empties within a second. */
function drained(request: import('node:http').ClientRequest): Promise<boolean> {
  return new Promise((done) => {
    const timer = setTimeout(() => {
      request.off('drain', yes);
      done(false);
    }, 1_000);
    const yes = () => {
      clearTimeout(timer);
      done(true);
    };
    request.once('drain', yes);
  });
}
