/** Our transceiver at a server that we did not write: the example server of jSMPP, as Maven Central has it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SmsReceipt, SmsReceived, Submission } from '../../../alerts/ports.js';
import { partsOf } from '../../../alerts/sms/message.js';
import { SmppTransceiver } from '../../../alerts/sms/transceiver.js';
import { type JsmppPart, startJsmpp } from '../../tools/parts-sms.mjs';
import { describeSms, until } from './parts.js';

describeSms('jSMPP', ['jsmpp'], () => {
  let server: JsmppPart;
  let transport: SmppTransceiver;
  const receipts: SmsReceipt[] = [];
  const received: SmsReceived[] = [];

  const gateway = (password: string) => ({
    name: 'jsmpp',
    host: '127.0.0.1',
    port: server.port,
    systemId: 'j',
    password,
    sender: 'Dozor',
    answerWithin: 5_000,
    enquireAfter: 200,
    reconnect: { first: 200, max: 1_000 },
  });
  const hearer = {
    onReceipt: async (receipt: SmsReceipt) => void receipts.push(receipt),
    onReceived: async (message: SmsReceived) => void received.push(message),
    onLateAnswer: async () => {},
  };

  beforeAll(async () => {
    server = await startJsmpp();
    transport = new SmppTransceiver({ gateways: [gateway('jpwd')] });
    await transport.start(hearer);
    await until('bound', () => transport.views[0]!.state === 'bound');
  }, 120_000);

  afterAll(async () => {
    await transport?.stop();
    await server?.stop();
  });

  it('takes a hundred parts, short and long, and says what became of each', async () => {
    const texts = ['Racun 10€ {x}', 'Račun je šđžć', 'a'.repeat(400), 'Рачун '.repeat(30)];
    const parts = Array.from({ length: 25 }, (_, n) => texts.flatMap((text) => partsOf(text, n)))
      .flat()
      .slice(0, 100)
      .map((piece, n) => ({ key: `entry-${n}`, to: `+3816400${String(n).padStart(5, '0')}`, ...piece }));
    const became = await Promise.all(parts.map((part) => transport.submit(part)));
    for (const submission of became) expect(submission).toMatchObject({ is: 'accepted', via: 'jsmpp' });
    const ids = became.map((one) => (one as Extract<Submission, { is: 'accepted' }>).id);
    expect(new Set(ids).size).toBe(parts.length);
    await until('every receipt', () => receipts.length >= parts.length, 30_000);
    expect(new Set(receipts.map(({ key }) => key))).toEqual(new Set(parts.map(({ key }) => key)));
    for (const receipt of receipts) expect(receipt).toMatchObject({ state: 'delivered' });
  });

  it('what it cannot do it says, and we with it', async () => {
    // The example has no query_sm.
    expect(await transport.query('1', 'jsmpp')).toMatchObject({ is: 'unavailable' });
  });

  it('its own message comes as one from a telephone', () => {
    expect(received.map(({ text }) => text)).toContain('Hello World');
  });

  it('the link is asked whether it lives, and its answers are believed', async () => {
    await new Promise((over) => setTimeout(over, 1_000));
    expect(transport.views[0]).toMatchObject({ state: 'bound', binds: 1 });
  });

  it('a wrong password is refused, and tried again', async () => {
    const other = new SmppTransceiver({ gateways: [gateway('wrong')] });
    await other.start(hearer);
    await until('refused', () => other.views[0]!.state === 'refused');
    await other.stop();
  });

  it('when it is killed and started again, the bind comes back', async () => {
    await server.kill();
    await until('gone', () => transport.views[0]!.state !== 'bound');
    expect(await transport.submit({ key: 'later', to: '+381640000000', ...partsOf('x', 1)[0]! })).toMatchObject({
      is: 'refused',
      permanent: false,
    });
    await server.start();
    await until('bound again', () => transport.views[0]!.state === 'bound', 20_000);
    expect(readFileSync(join(server.folder, 'jsmpp.log'), 'utf8')).toContain('BOUND_TRX');
  });
});
