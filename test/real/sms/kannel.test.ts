/** A real Kannel between our HTTP transport and our message centre: its requests, its SMPP, its receipts, its messages. */
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SmsPart, SmsReceipt, SmsReceived } from '../../../alerts/ports.js';
import { textOfOctets } from '../../../alerts/sms/alphabet.js';
import { KannelTransport } from '../../../alerts/sms/kannel.js';
import { kannelReceipts } from '../../../alerts/sms/kannel-receipts.js';
import { partsOf, readHeader } from '../../../alerts/sms/message.js';
import { STATUS } from '../../../alerts/sms/pdu.js';
import { freePort } from '../../tools/parts.mjs';
import { type KannelPart, startKannel } from '../../tools/parts-sms.mjs';
import { Smsc, type Taken } from '../../tools/smsc.js';
import { describeSms, until } from './parts.js';

const SECRET = 'a secret for a test only';

describeSms('Kannel', ['kannel'], () => {
  let smsc: Smsc;
  let kannel: KannelPart;
  let stopDoor: () => Promise<void>;
  let port: number;
  const receipts: SmsReceipt[] = [];
  const received: SmsReceived[] = [];
  let keeps = true;

  beforeAll(async () => {
    smsc = new Smsc({
      fate: ({ body }) => (body.destination.endsWith('9') ? 'UNDELIV' : 'DELIVRD'),
      receiptAfterMs: 50,
    });
    await smsc.start();
    const routes = kannelReceipts({
      via: 'kannel',
      secret: SECRET,
      hearer: {
        onReceipt: async (receipt) => {
          if (!keeps) throw new Error('the store is away');
          receipts.push(receipt);
        },
        onReceived: async (message) => void received.push(message),
      },
    });
    port = await freePort();
    const server = serve({ fetch: new Hono().route('/sms', routes).fetch, hostname: '127.0.0.1', port });
    stopDoor = () => new Promise((closed) => void server.close(() => closed()));
    const receivedUrl = `http://127.0.0.1:${port}/sms/received?token=${encodeURIComponent(SECRET)}`;
    kannel = await startKannel({ smscPort: smsc.port, receivedUrl });
    await until('Kannel is bound', () => smsc.bound > 0, 20_000);
  });

  afterAll(async () => {
    await kannel?.stop();
    await stopDoor?.();
    await smsc?.stop();
  });

  const transport = (method: 'GET' | 'POST', password = 'secret') =>
    new KannelTransport({
      name: 'kannel',
      url: kannel.url,
      username: 'dozor',
      password,
      sender: 'Dozor',
      receiptsUrl: `http://127.0.0.1:${port}/sms/receipts`,
      secret: SECRET,
      method,
      answerWithin: 10_000,
    });
  let keys = 0;
  const part = (piece: Pick<SmsPart, 'text' | 'alphabet' | 'place'>, to = '+381640000001'): SmsPart => ({
    key: `entry-${++keys}`,
    to,
    ...piece,
  });
  const textOf = ({ body }: Taken): string => {
    const from = body.esmClass & 0x40 ? readHeader(body.shortMessage)!.from : 0;
    const octets = body.shortMessage.subarray(from);
    return body.dataCoding === 8 ? Buffer.from(octets).swap16().toString('utf16le') : textOfOctets(octets);
  };

  it.each(['POST', 'GET'] as const)(
    '%s: the text arrives letter by letter in the alphabet that we chose',
    async (method) => {
      const texts = ['Racun 10€ & 5% + {x} [y] ~^|\\ @£ ÄÖÜ èéù', 'Račun je šđžć, Рачун, 📷'];
      for (const text of texts) {
        const before = smsc.taken.length;
        const one = part(partsOf(text, 1)[0]!);
        expect(await transport(method).submit(one)).toEqual({ is: 'accepted', id: one.key, via: 'kannel' });
        await until('taken', () => smsc.taken.length > before);
        const taken = smsc.taken[before]!;
        expect(textOf(taken)).toBe(text);
        expect(taken.body).toMatchObject({ source: 'Dozor', destination: '381640000001' });
        expect(taken.body.dataCoding).toBe(one.alphabet === 'gsm' ? 0 : 8);
        await until('its receipt', () => receipts.some(({ key, state }) => key === one.key && state === 'delivered'));
      }
    },
  );

  it('the parts of a long text keep their header, octet for octet', async () => {
    for (const text of [`${'a'.repeat(152)}€ and so on to the second part`, 'č'.repeat(100)]) {
      const before = smsc.taken.length;
      const pieces = partsOf(text, 200);
      for (const piece of pieces) expect(await transport('POST').submit(part(piece))).toMatchObject({ is: 'accepted' });
      await until('all taken', () => smsc.taken.length === before + pieces.length);
      const taken = smsc.taken.slice(before);
      expect(taken.map(textOf)).toEqual(pieces.map((piece) => piece.text));
      for (const [at, { body }] of taken.entries()) {
        expect(readHeader(body.shortMessage)?.place).toEqual({ reference: 200, part: at + 1, total: 2 });
      }
    }
  });

  it('what fails comes back as failed, after it was taken', async () => {
    const one = part(partsOf('x', 1)[0]!, '+381640000009');
    await transport('POST').submit(one);
    const mine = () => receipts.filter(({ key }) => key === one.key);
    await until('failed', () => mine().some(({ state }) => state === 'undeliverable'));
    expect(mine().map(({ state }) => state)).toContain('accepted');
    expect(mine().find(({ state }) => state === 'undeliverable')).toMatchObject({
      via: 'kannel',
      ids: [one.key],
      error: '011',
    });
  });

  it('a receipt that could not be kept comes again', async () => {
    keeps = false;
    const one = part(partsOf('x', 1)[0]!);
    await transport('POST').submit(one);
    await new Promise((over) => setTimeout(over, 1_500));
    keeps = true;
    await until(
      'it came again',
      () => receipts.some(({ key, state }) => key === one.key && state === 'delivered'),
      30_000,
    );
  });

  it('a wrong password is refused for now, loudly; what is no number never leaves', async () => {
    const one = part(partsOf('x', 1)[0]!);
    expect(await transport('POST', 'wrong').submit(one)).toMatchObject({
      is: 'refused',
      code: 'http-403',
      permanent: false,
    });
    await expect(transport('POST').submit({ ...one, to: 'nobody' })).rejects.toThrow('no number');
  });

  it('messages from telephones come in words', async () => {
    const from = { source: '381640000002', sourceTon: 1, sourceNpi: 1, destination: '6624' };
    const before = received.length;
    expect(await smsc.receive({ ...from, shortMessage: Buffer.from('STOP') })).toBe(STATUS.ok);
    expect(await smsc.receive({ ...from, dataCoding: 8, shortMessage: Buffer.from('0433043b04300441', 'hex') })).toBe(
      STATUS.ok,
    );
    await until('both', () => received.length === before + 2);
    expect(
      received
        .slice(before)
        .map(({ text }) => text)
        .sort(),
    ).toEqual(['STOP', 'глас']);
    for (const message of received.slice(before))
      expect(message).toMatchObject({ via: 'kannel', to: '6624', from: expect.stringContaining('381640000002') });
  });

  it('where nobody listens a part is refused for now', async () => {
    await kannel.sms.stop();
    const one = part(partsOf('x', 1)[0]!);
    expect(await transport('POST').submit(one)).toEqual({
      is: 'refused',
      code: 'not-sent',
      permanent: false,
      retryAfter: 5_000,
    });
    await kannel.sms.start();
  });
});
