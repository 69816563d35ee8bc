/** The transceiver against a message centre that goes wrong by a seed: each promise of `SmsTransport`, one by one and all at once. */
import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { SmsHearer, SmsPart, SmsReceipt, SmsReceived, Submission } from '../../../alerts/ports.js';
import { partsOf } from '../../../alerts/sms/message.js';
import { encodePdu, FrameReader, pdu, STATUS, TLV } from '../../../alerts/sms/pdu.js';
import { userReferenceOf } from '../../../alerts/sms/submission.js';
import { type GatewaySettings, SmppTransceiver } from '../../../alerts/sms/transceiver.js';
import { Smsc, type SmscSettings } from '../../tools/smsc.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function centre(settings: SmscSettings = {}): Promise<Smsc> {
  const smsc = new Smsc(settings);
  await smsc.start();
  stops.push(() => smsc.stop());
  return smsc;
}

interface Heard {
  readonly receipts: SmsReceipt[];
  readonly received: SmsReceived[];
  readonly late: { key: string; submission: Submission }[];
}

const quick: Pick<GatewaySettings, 'answerWithin' | 'connectWithin' | 'enquireAfter' | 'reconnect' | 'hold'> = {
  answerWithin: 3_000,
  connectWithin: 1_000,
  enquireAfter: 10_000,
  reconnect: { first: 20, max: 100 },
  hold: { first: 300, max: 2_000 },
};

function gatewayTo(smsc: Pick<Smsc, 'port'>, more: Partial<GatewaySettings> = {}): GatewaySettings {
  return {
    name: 'one',
    host: '127.0.0.1',
    port: smsc.port,
    systemId: 'dozor',
    password: 'secret',
    sender: 'Dozor',
    ...quick,
    ...more,
  };
}

async function transceiver(
  gateways: readonly GatewaySettings[],
  hearer: Partial<SmsHearer> = {},
): Promise<Heard & { transport: SmppTransceiver }> {
  const heard: Heard = { receipts: [], received: [], late: [] };
  const transport = new SmppTransceiver({ gateways, random: () => 0.5 });
  stops.push(() => transport.stop());
  await transport.start({
    onReceipt: async (receipt) => void heard.receipts.push(receipt),
    onReceived: async (message) => void heard.received.push(message),
    onLateAnswer: async (key, submission) => void heard.late.push({ key, submission }),
    ...hearer,
  });
  return { transport, ...heard };
}

async function until(what: string, holds: () => boolean, within = 5_000): Promise<void> {
  const end = performance.now() + within;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((next) => setTimeout(next, 5));
  }
}

const bound = (transport: SmppTransceiver, count = 1) =>
  until('bound', () => transport.views.filter(({ state }) => state === 'bound').length >= count);

let keys = 0;
function part(text = 'Proba', more: Partial<SmsPart> = {}): SmsPart {
  keys += 1;
  return { key: `entry-${keys}`, to: `+38164${String(keys).padStart(7, '0')}`, ...partsOf(text, keys)[0]!, ...more };
}

describe('a part that is taken', () => {
  it('has its octets, data coding, addresses and validity said outright', async () => {
    const smsc = await centre();
    const { transport } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    await transport.submit(
      part('Račun 10€ {x}', { to: '+381 64/123-4567', expiresAt: Date.UTC(2026, 10, 23, 4, 5, 6) }),
    );
    await transport.submit(part('Racun 10€ {x}', { to: '00381641234567', from: '6624' }));
    expect(smsc.taken[0]!.body).toMatchObject({
      source: 'Dozor',
      sourceTon: 5,
      sourceNpi: 0,
      destination: '381641234567',
      destinationTon: 1,
      destinationNpi: 1,
      dataCoding: 8,
      esmClass: 0,
      registeredDelivery: 1,
      validity: '261123040506000+',
    });
    expect(Buffer.from(smsc.taken[0]!.body.shortMessage).swap16().toString('utf16le')).toBe('Račun 10€ {x}');
    expect(smsc.taken[1]!.body).toMatchObject({
      source: '6624',
      sourceTon: 3,
      destination: '381641234567',
      dataCoding: 0,
    });
    expect(Buffer.from(smsc.taken[1]!.body.shortMessage).toString('hex')).toBe(
      '526163756e203130' + '1b65' + '20' + '1b28' + '78' + '1b29',
    );
  });

  it('stands in its place of a longer one: by header, by parameters, or uncut in the payload', async () => {
    const smsc = await centre();
    const udh = await transceiver([gatewayTo(smsc)]);
    const sar = await transceiver([gatewayTo(smsc, { concatenation: 'sar' })]);
    await bound(udh.transport);
    await bound(sar.transport);
    const text = 'č'.repeat(100);
    const pieces = partsOf(text, 300);
    for (const piece of pieces) await udh.transport.submit(part('', piece));
    for (const piece of pieces) await sar.transport.submit(part('', piece));
    await udh.transport.submit(part('', partsOf(text, 1, 'uncut')[0]));
    const [first, second, third, fourth, whole] = smsc.taken;
    expect(first!.body.esmClass).toBe(0x40);
    expect(Buffer.from(first!.body.shortMessage).toString('hex')).toBe(`0500032c0201${'010d'.repeat(67)}`);
    expect(Buffer.from(second!.body.shortMessage).toString('hex')).toBe(`0500032c0202${'010d'.repeat(33)}`);
    expect(third!.body.esmClass).toBe(0);
    expect(fourth!.body.shortMessage).toHaveLength(66);
    expect([TLV.sarReference, TLV.sarTotal, TLV.sarPart].map((tag) => [...fourth!.tlvs.get(tag)!])).toEqual([
      [0, 44],
      [2],
      [2],
    ]);
    expect(whole!.tlvs.get(TLV.messagePayload) ?? whole!.body.shortMessage).toHaveLength(200);
  });

  it('is accepted under the id of the centre, and its receipt says what became of it', async () => {
    const smsc = await centre({ fate: ({ body }) => (body.destination.endsWith('9') ? 'UNDELIV' : 'DELIVRD') });
    const { transport, receipts } = await transceiver([gatewayTo(smsc, { receiptZone: 'Europe/Belgrade' })]);
    await bound(transport);
    const good = part('a', { to: '381640000001' });
    const bad = part('b', { to: '381640000009' });
    expect(await transport.submit(good)).toEqual({ is: 'accepted', id: '1000001', via: 'one' });
    expect(await transport.submit(bad)).toMatchObject({ is: 'accepted' });
    await until('two receipts', () => receipts.length === 2);
    // 01:02 in Belgrade, in winter.
    const at = Date.UTC(2026, 10, 23, 0, 2);
    expect(receipts).toEqual([
      {
        via: 'one',
        key: good.key,
        ids: expect.arrayContaining(['1000001']),
        to: '381640000001',
        state: 'delivered',
        at,
        reference: userReferenceOf(good.key),
      },
      {
        via: 'one',
        key: bad.key,
        ids: expect.arrayContaining(['1000002']),
        to: '381640000009',
        state: 'undeliverable',
        at,
        error: '011',
        reference: userReferenceOf(bad.key),
      },
    ]);
  });

  it('can be asked for afterwards: known, unknown, or not to be asked', async () => {
    const smsc = await centre({ fate: () => 'EXPIRED' });
    const { transport } = await transceiver([gatewayTo(smsc, { answerWithin: 1_000 })]);
    await bound(transport);
    await transport.submit(part());
    expect(await transport.query('1000001', 'one')).toEqual({ is: 'known', state: 'expired' });
    expect(await transport.query('77', 'one')).toEqual({ is: 'unknown' });
    expect(await transport.query('77', 'two')).toEqual({ is: 'unavailable', why: 'no such bind' });
    smsc.silent = true;
    expect(await transport.query('1000001', 'one')).toEqual({ is: 'unavailable', why: 'time-out' });
  });
});

describe('receipts', () => {
  it.each([
    ['hex', 'decimal'],
    ['decimal', 'hex'],
    ['hex', 'hex'],
    ['decimal', 'decimal'],
  ] as const)('find their part where the answer has the id in %s and the receipt in %s', async (answer, receipt) => {
    const smsc = await centre({ ids: { answer, receipt }, receipts: 'text' });
    const { transport, receipts } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    const sent = Array.from({ length: 30 }, () => part());
    const ids = await Promise.all(sent.map((one) => transport.submit(one)));
    await until('all receipts', () => receipts.length === sent.length);
    expect(new Set(receipts.map(({ key }) => key))).toEqual(new Set(sent.map(({ key }) => key)));
    for (const [at, one] of sent.entries()) {
      const found = receipts.find(({ key }) => key === one.key)!;
      const accepted = ids[at] as Extract<Submission, { is: 'accepted' }>;
      expect(found.ids, 'the id that was accepted is among them').toContain(accepted.id);
    }
  });

  it('one that comes before the answer waits for it, and names its part', async () => {
    const smsc = await centre({ faults: { earlyReceipts: 1 }, answerAfterMs: 500, receipts: 'text' });
    const { transport, receipts } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    const one = part();
    const submission = transport.submit(one);
    await until('the receipt is under way', () => smsc.counts.receipts === 1);
    expect(receipts).toHaveLength(0);
    expect(await submission).toMatchObject({ is: 'accepted' });
    await until('the receipt', () => receipts.length === 1);
    expect(receipts[0]).toMatchObject({ key: one.key, state: 'delivered' });
  });

  it('one that comes twice is told twice; the centre is told that we have it only when the hearer has', async () => {
    const smsc = await centre({ faults: { doubledReceipts: 1 } });
    let refusals = 1;
    const kept: SmsReceipt[] = [];
    const { transport } = await transceiver([gatewayTo(smsc)], {
      onReceipt: async (receipt) => {
        if (refusals-- > 0) throw new Error('the store is away');
        kept.push(receipt);
      },
    });
    await bound(transport);
    await transport.submit(part());
    await until('both, after one was refused', () => kept.length === 2);
    expect(smsc.counts.receiptsRefused).toBe(1);
  });

  it('one of a message whose answer was lost names its part by the reference that it gives back', async () => {
    const smsc = await centre({ faults: { lostAnswers: 1 } });
    const { transport, receipts } = await transceiver([gatewayTo(smsc, { answerWithin: 300 })]);
    await bound(transport);
    const one = part();
    expect(await transport.submit(one)).toEqual({ is: 'ambiguous', why: 'time-out', via: 'one' });
    await until('the receipt', () => receipts.length === 1);
    expect(receipts[0]).toMatchObject({ key: one.key, state: 'delivered' });
    expect(smsc.taken).toHaveLength(1);
  });

  it('one of a stranger has its ids and no part', async () => {
    const smsc = await centre();
    const { transport, receipts } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    const text = Buffer.from('id:00AF sub:001 dlvrd:000 stat:REJECTD err:00A text:');
    expect(await smsc.receive({ source: '381641', esmClass: 4, shortMessage: text })).toBe(STATUS.ok);
    expect(receipts).toEqual([
      { via: 'one', to: '381641', ids: ['00AF', 'af', '175'], state: 'rejected', error: '00A' },
    ]);
  });
});

describe('what is not sure', () => {
  it('an answer that does not come is ambiguous; the part is not sent again, and a late answer is told', async () => {
    const smsc = await centre({ faults: { lateAnswers: 1, lostReceipts: 1 }, lateAfterMs: 800 });
    const other = await centre();
    const { transport, late } = await transceiver([
      gatewayTo(smsc, { answerWithin: 200 }),
      gatewayTo(other, { name: 'two', weight: 0.001 }),
    ]);
    await bound(transport, 2);
    const one = part();
    expect(await transport.submit(one)).toEqual({ is: 'ambiguous', why: 'time-out', via: 'one' });
    await until('the late answer', () => late.length === 1);
    expect(late[0]).toEqual({ key: one.key, submission: { is: 'accepted', id: '1000001', via: 'one' } });
    expect([smsc.taken.length, other.taken.length]).toEqual([1, 0]);
  });

  it('a link that is cut makes what was written ambiguous, and what waited for the window goes another way', async () => {
    const smsc = await centre({ answerAfterMs: 10_000 });
    const other = await centre();
    const { transport } = await transceiver([
      gatewayTo(smsc, { window: 2, answerWithin: 5_000 }),
      gatewayTo(other, { name: 'two', weight: 0.000_001 }),
    ]);
    await bound(transport, 2);
    const sent = Array.from({ length: 5 }, () => transport.submit(part()));
    await until('a full window', () => smsc.taken.length === 2);
    smsc.dropLinks();
    const became = await Promise.all(sent);
    expect(became.filter(({ is }) => is === 'ambiguous')).toEqual([
      { is: 'ambiguous', why: 'link-lost', via: 'one' },
      { is: 'ambiguous', why: 'link-lost', via: 'one' },
    ]);
    expect(became.filter((one) => one.is === 'accepted' && one.via === 'two')).toHaveLength(3);
    expect([smsc.taken.length, other.taken.length]).toEqual([2, 3]);
  });

  it('where no bind stands a part is refused for now', async () => {
    const { transport } = await transceiver([gatewayTo({ port: 1 })]);
    expect(await transport.submit(part())).toEqual({
      is: 'refused',
      code: 'no-bind',
      permanent: false,
      retryAfter: 5_000,
    });
  });

  it('a part that cannot be written is a fault of ours, and says so without number or text', async () => {
    const smsc = await centre();
    const { transport } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    await expect(transport.submit(part('x', { to: '3816400000000000000001' }))).rejects.toThrow(
      /^destination: 22 letters/,
    );
    await expect(transport.submit(part('x', { to: 'nobody' }))).rejects.toThrow('no number');
    await expect(transport.submit(part('x', { from: 'Much too long a name' }))).rejects.toThrow('at most 11');
    expect(() => new SmppTransceiver({ gateways: [gatewayTo(smsc, { sender: 'Much too long a name' })] })).toThrow(
      'at most 11',
    );
    expect(() => new SmppTransceiver({ gateways: [] })).toThrow('no SMPP bind');
    expect(() => new SmppTransceiver({ gateways: [gatewayTo(smsc), gatewayTo(smsc)] })).toThrow('one name');
  });
});

describe('a centre that is too busy', () => {
  it('makes the whole bind wait, longer each time, and take what it refused afterwards', async () => {
    const smsc = await centre({ faults: { throttled: 1 } });
    const { transport } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    const one = part();
    const first = await transport.submit(one);
    expect(first).toMatchObject({ is: 'refused', code: 'throttled', permanent: false });
    expect((first as { retryAfter: number }).retryAfter).toBeLessThanOrEqual(300);
    expect(transport.views[0]).toMatchObject({ state: 'held', holds: 1 });
    // Nothing is written while it is held.
    expect(await transport.submit(part())).toMatchObject({ is: 'refused', code: 'held', permanent: false });
    expect(smsc.refused.get('throttled')).toBe(1);
    await bound(transport);
    const second = (await transport.submit(one)) as { retryAfter: number };
    expect(second.retryAfter).toBeGreaterThan(300);
    smsc.faults = {};
    await until('it takes', () => transport.views[0]!.state === 'bound');
    expect(await transport.submit(one)).toMatchObject({ is: 'accepted' });
    expect(smsc.taken).toHaveLength(1);
  });

  it('is passed over for another bind', async () => {
    const smsc = await centre({ faults: { throttled: 1 } });
    const other = await centre();
    const { transport } = await transceiver([gatewayTo(smsc), gatewayTo(other, { name: 'two' })]);
    await bound(transport, 2);
    const became = await Promise.all(Array.from({ length: 20 }, () => transport.submit(part())));
    expect(became.every((one) => one.is === 'accepted' && one.via === 'two')).toBe(true);
    expect(other.taken).toHaveLength(20);
  });
});

describe('several binds', () => {
  it('share by their weights, without bursts', async () => {
    const [a, b] = [await centre(), await centre()];
    const { transport } = await transceiver([gatewayTo(a, { weight: 3 }), gatewayTo(b, { name: 'two', weight: 1 })]);
    await bound(transport, 2);
    const ways: string[] = [];
    for (let n = 0; n < 40; n++) ways.push(((await transport.submit(part())) as { via: string }).via);
    expect([a.taken.length, b.taken.length]).toEqual([30, 10]);
    for (let at = 0; at < 40; at += 4) expect(ways.slice(at, at + 4).filter((way) => way === 'two')).toHaveLength(1);
  });

  it('go on over the others when one goes, and over all when it is back', async () => {
    const [a, b] = [await centre(), await centre()];
    const { transport } = await transceiver([gatewayTo(a), gatewayTo(b, { name: 'two' })]);
    await bound(transport, 2);
    await a.stop();
    await until('one is gone', () => transport.views[0]!.state !== 'bound');
    for (let n = 0; n < 5; n++) expect(await transport.submit(part())).toMatchObject({ is: 'accepted', via: 'two' });
    await a.start();
    await bound(transport, 2);
    const ways = new Set<string>();
    for (let n = 0; n < 4; n++) ways.add(((await transport.submit(part())) as { via: string }).via);
    expect(ways).toEqual(new Set(['one', 'two']));
  });
});

describe('the link', () => {
  it('no more than the window is unanswered at one time', async () => {
    const smsc = await centre({ answerAfterMs: 20 });
    const { transport } = await transceiver([gatewayTo(smsc, { window: 4 })]);
    await bound(transport);
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, transport.views[0]!.inFlight)), 1);
    const sent = await Promise.all(Array.from({ length: 40 }, () => transport.submit(part())));
    clearInterval(watch);
    expect(sent.every(({ is }) => is === 'accepted')).toBe(true);
    expect(most).toBe(4);
  });

  it('asks whether it lives when it is quiet, and answers when it is asked', async () => {
    const smsc = await centre();
    const { transport } = await transceiver([gatewayTo(smsc, { enquireAfter: 30, answerWithin: 1_500 })]);
    await bound(transport);
    await until('three enquiries', () => smsc.counts.enquiries >= 3);
    expect(transport.views[0]).toMatchObject({ state: 'bound', binds: 1 });
    smsc.silent = true;
    await until('it is given up', () => transport.views[0]!.lastEnd === 'enquire_link was not answered');
    smsc.silent = false;
    await until('it is bound again', () => transport.views[0]!.binds === 2);
  });

  it('answers an enquiry and a stranger, goes when it is told to, and comes back', async () => {
    const answers: string[] = [];
    let sockets = 0;
    const server = createServer((socket) => {
      sockets += 1;
      const first = sockets === 1;
      socket.on('error', () => {});
      const reader = new FrameReader();
      const heard = (frame: Buffer) => {
        answers.push(frame.subarray(4, 16).toString('hex'));
        if (frame.readUInt32BE(4) !== 9) return;
        socket.write(encodePdu(pdu('bind_transceiver_resp', frame.readUInt32BE(12))));
        if (!first) return;
        socket.write(encodePdu(pdu('enquire_link', 71)));
        const stranger = Buffer.from(encodePdu(pdu('enquire_link', 72)));
        stranger.writeUInt32BE(0x103, 4);
        socket.write(stranger);
        socket.write(encodePdu(pdu('query_sm', 73)));
        setTimeout(() => socket.write(encodePdu(pdu('unbind', 74))), 30);
      };
      socket.on('data', (octets) => reader.take(octets).forEach(heard));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    stops.push(() => new Promise((closed) => void server.close(() => closed())));
    const { transport } = await transceiver([gatewayTo({ port: (server.address() as { port: number }).port })]);
    await until('the second bind', () => transport.views[0]!.binds === 2);
    const all = answers.join(' ');
    expect(all).toContain('80000015' + '00000000' + '00000047');
    expect(all).toContain('80000000' + '00000003' + '00000048');
    expect(all).toContain('80000000' + '00000003' + '00000049');
    expect(all).toContain('80000006' + '00000000' + '0000004a');
    expect(transport.views[0]!.lastEnd).toBe('the other side unbound');
  });

  it('is dropped where it cannot be read any more', async () => {
    const smsc = await centre();
    const { transport } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    smsc.ask(Buffer.alloc(16));
    await until('a new bind', () => transport.views[0]!.binds === 2);
    expect(transport.views[0]!.lastEnd).toContain('unreadable');
  });

  it('a wrong password is said, and tried again at leisure', async () => {
    const smsc = await centre({ password: 'another' });
    const { transport } = await transceiver([gatewayTo(smsc, { reconnect: { first: 10_000, max: 10_000 } })]);
    await until('refused', () => transport.views[0]!.state === 'refused');
    expect(transport.views[0]!.lastEnd).toBe('bind refused with status 14');
    expect(smsc.bound).toBe(0);
  });

  it('stops with what is under way answered, and unbinds', async () => {
    const smsc = await centre({ answerAfterMs: 50 });
    const { transport } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    const sent = Array.from({ length: 5 }, () => transport.submit(part()));
    await transport.stop();
    for (const one of await Promise.all(sent)) expect(one).toMatchObject({ is: 'accepted' });
    expect(transport.views[0]!.state).toBe('stopped');
    expect(await transport.submit(part())).toMatchObject({ is: 'refused', permanent: false });
    await until('unbound', () => smsc.bound === 0);
  });
});

describe('messages from telephones', () => {
  it('come in words, with their place in a longer one', async () => {
    const smsc = await centre();
    const { transport, received } = await transceiver([gatewayTo(smsc)]);
    await bound(transport);
    const from = { source: '381640000001', destination: '6624' };
    await smsc.receive({ ...from, shortMessage: Buffer.from([0x53, 0x54, 0x4f, 0x50, 0x1b, 0x65]) });
    await smsc.receive({ ...from, dataCoding: 8, shortMessage: Buffer.from('0433043b04300441', 'hex') });
    await smsc.receive({ ...from, esmClass: 0x40, shortMessage: Buffer.from([5, 0, 3, 7, 2, 1, 0x41]) });
    await smsc.receive({ ...from, esmClass: 0x40, shortMessage: Buffer.from([6, 8, 4, 1, 7, 2, 2, 0x42]) });
    await smsc.receive({ ...from, dataCoding: 3, shortMessage: Buffer.from('caf\u00e9', 'latin1') });
    const base = { via: 'one', from: '381640000001', to: '6624' };
    expect(received).toEqual([
      { ...base, text: 'STOP€' },
      { ...base, text: 'глас' },
      { ...base, text: 'A', place: { reference: 7, total: 2, part: 1 } },
      { ...base, text: 'B', place: { reference: 263, total: 2, part: 2 } },
      { ...base, text: 'café' },
    ]);
  });
});

describe('all faults at once', () => {
  it('5,000 parts: none sent twice, each accounted for, and each receipt with its part', async () => {
    const seed = 20_261_123;
    const faults = {
      lostAnswers: 0.05,
      lateAnswers: 0.01,
      doubledReceipts: 0.02,
      earlyReceipts: 0.05,
      lostReceipts: 0.01,
      throttled: 0.001,
      dropEvery: 800,
    };
    const settings: SmscSettings = { seed, faults, lateAfterMs: 400, ids: { answer: 'hex', receipt: 'decimal' } };
    const [a, b] = [await centre(settings), await centre({ ...settings, seed: seed + 1 })];
    const { transport, receipts, late } = await transceiver([
      gatewayTo(a, { window: 50, answerWithin: 150 }),
      gatewayTo(b, { name: 'two', window: 50, answerWithin: 150 }),
    ]);
    await bound(transport, 2);
    const keyOf = new Map<string, string>();
    const became = new Map<string, Submission>();
    const one = async (): Promise<void> => {
      const mine = part();
      keyOf.set(mine.to.slice(1), mine.key);
      for (;;) {
        const submission = await transport.submit(mine);
        became.set(mine.key, submission);
        // As a ledger does: only what was surely not taken goes again.
        if (submission.is !== 'refused') return;
        expect(submission.permanent, `seed ${seed}`).toBe(false);
        await new Promise((next) => setTimeout(next, Math.min(submission.retryAfter ?? 5, 30)));
      }
    };
    const total = 5_000;
    let left = total;
    await Promise.all(
      Array.from({ length: 100 }, async () => {
        while (left-- > 0) await one();
      }),
    );
    const taken = [...a.taken, ...b.taken];
    const times = new Map<string, number>();
    for (const { body } of taken) times.set(body.destination, (times.get(body.destination) ?? 0) + 1);
    expect(
      [...times.values()].filter((count) => count > 1),
      `seed ${seed}: sent twice`,
    ).toEqual([]);
    const ambiguous = [...became].filter(([, { is }]) => is === 'ambiguous').map(([key]) => key);
    const accepted = [...became].filter(([, { is }]) => is === 'accepted').map(([key]) => key);
    expect(accepted.length + ambiguous.length).toBe(total);
    const takenKeys = new Set([...times.keys()].map((to) => keyOf.get(to)!));
    expect(accepted.every((key) => takenKeys.has(key))).toBe(true);
    // Whatever was taken is accepted or ambiguous: nothing that is "surely not taken" was.
    expect([...takenKeys].every((key) => became.get(key)!.is !== 'refused')).toBe(true);
    // Every receipt names the part of its recipient, and none another.
    for (const { key, to } of receipts) expect(key, `seed ${seed}`).toBe(keyOf.get(to!));
    for (const { key } of late) expect(takenKeys.has(key)).toBe(true);
    expect(a.counts.drops + b.counts.drops).toBeGreaterThanOrEqual(5);
    expect(ambiguous.length).toBeGreaterThan(total * 0.04);
    expect(a.counts.doubled + b.counts.doubled).toBeGreaterThan(total * 0.01);
    // Whatever was taken and has a receipt is resolved; open is only what was not taken, or whose receipt never came.
    const told = taken.filter(({ receipt }) => receipt).map(({ body }) => keyOf.get(body.destination)!);
    const allTold = () => {
      const resolved = new Set(receipts.map(({ key }) => key));
      return told.every((key) => resolved.has(key));
    };
    await until('every receipt', allTold, 20_000);
  }, 60_000);
});
