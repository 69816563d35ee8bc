/** The HTTP gateway when it goes wrong: what is refused, what is ambiguous, and who may tell us of receipts. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { SmsPart, SmsReceipt, SmsReceived } from '../../../alerts/ports.js';
import { type KannelSettings, KannelTransport, markOf } from '../../../alerts/sms/kannel.js';
import { kannelReceipts } from '../../../alerts/sms/kannel-receipts.js';

const SECRET = 'a secret for a test only';
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function gateway(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  stops.push(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/cgi-bin/sendsms`;
}

const transport = (url: string, more: Partial<KannelSettings> = {}) =>
  new KannelTransport({
    name: 'http',
    url,
    username: 'dozor',
    password: 'sec&ret',
    sender: 'Dozor',
    receiptsUrl: 'https://dozor.example/sms/receipts',
    secret: SECRET,
    answerWithin: 5_000,
    ...more,
  });
const one: SmsPart = { key: 'entry/1', to: '+381 64 0000001', text: 'Račun & 5%', alphabet: 'ucs2' };

describe('a request', () => {
  it('says all in the address where the gateway wants it so, each value apart', async () => {
    let address = '';
    const url = await gateway((request, response) => {
      address = request.url!;
      response.writeHead(202).end('0: Accepted for delivery');
    });
    const place = { reference: 200, part: 2, total: 3 };
    const expiresAt = Date.now() + 90_000;
    expect(await transport(url, { method: 'GET' }).submit({ ...one, place, expiresAt })).toEqual({
      is: 'accepted',
      id: 'entry/1',
      via: 'http',
    });
    const raw = address.slice(address.indexOf('?') + 1);
    expect(raw).toContain('&udh=%05%00%03%c8%03%02');
    const said = new URLSearchParams(raw.replace(/&udh=.*/, ''));
    expect(Object.fromEntries(said)).toEqual({
      username: 'dozor',
      password: 'sec&ret',
      from: 'Dozor',
      to: '+381640000001',
      text: 'Račun & 5%',
      charset: 'UTF-8',
      coding: '2',
      validity: '2',
      'dlr-mask': '27',
      'dlr-url': `https://dozor.example/sms/receipts?key=entry%2F1&mark=${markOf('entry/1', SECRET)}&state=%d&at=%T&reply=%A`,
    });
  });

  it('else says nothing in the address', async () => {
    let asked: IncomingMessage | undefined;
    let body = '';
    const url = await gateway((request, response) => {
      asked = request;
      request.on('data', (octets) => (body += octets));
      request.on('end', () => response.writeHead(202).end());
    });
    await transport(url).submit(one);
    expect(asked).toMatchObject({ method: 'POST', url: '/cgi-bin/sendsms' });
    expect(asked!.headers).toMatchObject({
      'x-kannel-to': '+381640000001',
      'x-kannel-coding': '2',
      'x-kannel-password': 'sec&ret',
    });
    expect(body).toBe('Račun & 5%');
  });

  it('cannot be made of letters that no header has', () => {
    expect(() => transport('http://x.example', { sender: 'Дозор' })).toThrow('not ASCII');
  });
});

describe('what became of it', () => {
  it.each([
    [202, '0: Accepted for delivery', { is: 'accepted', id: 'entry/1', via: 'http' }],
    [202, '3: Queued for later delivery', { is: 'accepted', id: 'entry/1', via: 'http' }],
    [400, 'Missing receiver number, rejected', { is: 'refused', code: 'http-400', permanent: true }],
    [403, 'Not routable. Do not try again.', { is: 'refused', code: 'http-403', permanent: true }],
    [
      403,
      'Authorization failed for sendsms',
      { is: 'refused', code: 'http-403', permanent: false, retryAfter: 60_000 },
    ],
    [302, '', { is: 'refused', code: 'http-302', permanent: true }],
    [429, '', { is: 'refused', code: 'http-429', permanent: false, retryAfter: 5_000 }],
    [
      503,
      'Temporal failure, try again later.',
      { is: 'refused', code: 'http-503', permanent: false, retryAfter: 5_000 },
    ],
    [500, '', { is: 'ambiguous', why: 'http-500', via: 'http' }],
    [504, '', { is: 'ambiguous', why: 'http-504', via: 'http' }],
  ])('%i %s', async (status, body, submission) => {
    const url = await gateway((_, response) => response.writeHead(status, { location: '/elsewhere' }).end(body));
    expect(await transport(url).submit(one)).toEqual(submission);
  });

  it('no answer, half an answer, and a cut link are ambiguous; no link at all is not', async () => {
    const silent = await gateway(() => {});
    expect(await transport(silent, { answerWithin: 300 }).submit(one)).toEqual({
      is: 'ambiguous',
      why: 'time-out',
      via: 'http',
    });
    const half = await gateway((_, response) => {
      response.writeHead(202, { 'content-length': 100 }).write('0: Acc');
      setTimeout(() => response.destroy(), 20);
    });
    expect(await transport(half).submit(one)).toMatchObject({ is: 'ambiguous', via: 'http' });
    const cut = await gateway((request) => request.socket.destroy());
    expect(await transport(cut).submit(one)).toEqual({ is: 'ambiguous', why: 'link-lost', via: 'http' });
    const gone = await gateway(() => {});
    for (const stop of stops.splice(0)) await stop();
    expect(await transport(gone).submit(one)).toMatchObject({
      is: 'refused',
      code: 'not-sent',
      permanent: false,
    });
  });

  it('more than the window at one time are refused for now; stopping waits for those under way', async () => {
    const url = await gateway((_, response) => void setTimeout(() => response.writeHead(202).end(), 60));
    const narrow = transport(url, { window: 2 });
    const sent = Array.from({ length: 3 }, () => narrow.submit(one));
    await narrow.stop();
    const became = await Promise.all(sent);
    expect(became.map(({ is }) => is)).toEqual(['accepted', 'accepted', 'refused']);
    expect(became[2]).toMatchObject({ code: 'busy', permanent: false });
  });

  it('it cannot be asked for', async () => {
    expect(await transport('http://x.example').query()).toMatchObject({ is: 'unavailable' });
  });
});

describe('what the gateway tells', () => {
  const receipts: SmsReceipt[] = [];
  const received: SmsReceived[] = [];
  let keeps = true;
  const door = kannelReceipts({
    via: 'http',
    secret: SECRET,
    hearer: {
      onReceipt: async (receipt) => {
        if (!keeps) throw new Error('the store is away');
        receipts.push(receipt);
      },
      onReceived: async (message) => void received.push(message),
    },
  });
  const tell = (fields: Record<string, string>) =>
    door.request(`/receipts?${new URLSearchParams({ key: 'entry/1', mark: markOf('entry/1', SECRET), ...fields })}`);

  it.each([
    ['1', 'delivered'],
    ['2', 'undeliverable'],
    ['4', 'enroute'],
    ['8', 'accepted'],
    ['16', 'rejected'],
  ])('state %s is %s', async (state, word) => {
    receipts.length = 0;
    const answer = await tell({ state, at: '1795408210', reply: 'id:7 stat:X err:00B text:' });
    // Kannel takes 204 for a failure.
    expect(answer.status).toBe(200);
    expect(receipts).toEqual([
      { via: 'http', key: 'entry/1', ids: ['entry/1'], state: word, at: 1_795_408_210_000, error: '00B' },
    ]);
  });

  it('a receipt without our mark, with that of another key, or with no state is none', async () => {
    receipts.length = 0;
    expect((await tell({ state: '1', mark: '' })).status).toBe(403);
    expect((await tell({ state: '1', mark: markOf('entry/2', SECRET) })).status).toBe(403);
    expect((await tell({ state: '3' })).status).toBe(400);
    expect(receipts).toEqual([]);
  });

  it('what could not be kept is asked for again', async () => {
    keeps = false;
    expect((await tell({ state: '1' })).status).toBe(503);
    keeps = true;
  });

  it('messages come in headers and body, from who knows the token', async () => {
    const post = (token: string, headers: Record<string, string>, body: string | Buffer) =>
      door.request(`/received?${new URLSearchParams({ token })}`, {
        method: 'POST',
        headers,
        body: new Uint8Array(Buffer.from(body)),
      });
    const who = { 'x-kannel-from': '+381640000001', 'x-kannel-to': '6624' };
    expect((await post(SECRET, { ...who, 'content-type': 'text/plain; charset="UTF-8"' }, 'GLAS č')).status).toBe(200);
    const udh = { 'x-kannel-udh': '%05%00%03%c8%02%01', 'x-kannel-coding': '2' };
    const ucs2 = Buffer.from('č', 'utf16le').swap16();
    expect((await post(SECRET, { ...who, ...udh, 'content-type': 'text/plain; charset=UTF-16BE' }, ucs2)).status).toBe(
      200,
    );
    expect(received).toEqual([
      { via: 'http', from: '+381640000001', to: '6624', text: 'GLAS č' },
      { via: 'http', from: '+381640000001', to: '6624', text: 'č', place: { reference: 200, total: 2, part: 1 } },
    ]);
    expect((await post('a guess', who, 'x')).status).toBe(403);
    expect((await post(SECRET, {}, 'x')).status).toBe(400);
    expect((await post(SECRET, who, 'x'.repeat(5_000))).status).toBe(413);
  });
});
