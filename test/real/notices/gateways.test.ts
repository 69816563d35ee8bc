/**
 * The same process through gateways that we did not write: Kannel, which reports to `/v1/sms/receipts`, and the server of jSMPP's
 * examples. Each is killed over: the process dies with messages under way, and nothing leaves twice.
 */
import { afterEach, expect, it } from 'vitest';
import { freePort } from '../../tools/parts.mjs';
import { type JsmppPart, type KannelPart, startJsmpp, startKannel } from '../../tools/parts-sms.mjs';
import { Smsc } from '../../tools/smsc.js';
import { describeSms, until } from '../sms/parts.js';
import { Alone, settles } from './alone.js';
import { contactOf, noticeOf, roamers, TERM_OVER, WARNED } from './roamers.js';

const SECRET = 'a-secret-for-a-test-only';
const A1 = 'a1-rs';

async function states(dozor: Alone): Promise<readonly string[]> {
  const lines = (await dozor.run('notices', 'all', '--format', 'ndjson')).trim().split('\n');
  return lines.filter(Boolean).map((line) => (JSON.parse(line) as { state: string }).state);
}

describeSms('dozor serve through Kannel', ['kannel'], () => {
  let smsc: Smsc;
  let kannel: KannelPart;
  let dozor: Alone;
  afterEach(async () => {
    await dozor?.dispose();
    await kannel?.stop();
    await smsc?.stop();
  });

  it('receipts come by HTTP, also to a process that is another by then; a word from a telephone ends what it may end', {
    timeout: 240_000,
  }, async () => {
    const port = await freePort();
    const own = `http://127.0.0.1:${port}/v1/sms`;
    smsc = new Smsc({ receiptAfterMs: 10_000 });
    await smsc.start();
    kannel = await startKannel({ smscPort: smsc.port, receivedUrl: `${own}/received?token=${SECRET}` });
    await until('Kannel is bound', () => smsc.bound > 0, 20_000);
    dozor = new Alone(
      () => ({
        sms: {
          kannel: {
            name: 'kannel',
            url: kannel.url,
            username: 'dozor',
            passwordFile: 'gateway.password',
            sender: 'Proba',
            receiptsUrl: `${own}/receipts`,
            secretFile: 'gateway.secret',
          },
        },
      }),
      { DOZOR_PORT: `${port}` },
    );
    dozor.write('gateway.secret', SECRET);
    await dozor.start();
    await dozor.send(roamers(A1, 4));
    await dozor.moveClock(WARNED);
    const asked = (
      await settles(
        () => dozor.decisions('notice.requested'),
        (all) => all.length === 4,
      )
    ).map(noticeOf);
    await settles(
      () => states(dozor),
      (now) => now.length === 4 && now.every((state) => state === 'awaiting-receipt'),
    );
    // The receipts are still to come: Kannel brings them to whoever listens there then.
    await dozor.kill();
    await dozor.start();
    await settles(
      () => states(dozor),
      (now) => now.length === 4 && now.every((state) => state === 'delivered'),
    );
    const texts = smsc.taken.map(({ body }) => `${body.destination} ${Buffer.from(body.shortMessage).toString('hex')}`);
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(smsc.taken.map(({ body }) => body.destination))).toEqual(new Set(asked.map(({ number }) => number)));
    await dozor.moveClock(TERM_OVER);
    await settles(
      () => dozor.decisions('roaming.surcharge.started'),
      (all) => all.length === 4,
    );

    const from = contactOf(A1, 0).msisdn.slice(1);
    await smsc.receive({
      source: from,
      sourceTon: 1,
      sourceNpi: 1,
      destination: '6624',
      shortMessage: Buffer.from('STOP'),
    });
    const wrong = await fetch(`${own}/received?token=wrong`, { method: 'POST', body: 'x' });
    expect(wrong.status).toBeGreaterThanOrEqual(400);
    const forged = await fetch(`${own}/receipts?key=${'x'.repeat(20)}&state=1`);
    expect(forged.status).toBeGreaterThanOrEqual(400);
    expect(dozor.said).not.toContain(from);
  });
});

describeSms('dozor serve through the server of jSMPP', ['jsmpp'], () => {
  let server: JsmppPart;
  let dozor: Alone;
  afterEach(async () => {
    await dozor?.dispose();
    await server?.stop();
  });

  it('warnings are delivered, the term begins at the receipt, and a killed process sends none again', {
    timeout: 240_000,
  }, async () => {
    server = await startJsmpp();
    dozor = new Alone(() => ({
      sms: {
        smpp: [
          {
            name: 'jsmpp',
            host: '127.0.0.1',
            port: server.port,
            systemId: 'j',
            passwordFile: 'gateway.password',
            sender: 'Proba',
          },
        ],
      },
    }));
    dozor.write('gateway.password', 'jpwd');
    await dozor.start();
    await dozor.send(roamers(A1, 5));
    await dozor.moveClock(WARNED);
    await settles(
      () => states(dozor),
      (now) => now.length === 5 && now.every((state) => state === 'delivered'),
    );
    const submitted = async () =>
      Number(/^dozor_notice_parts_submitted_total (\d+)$/m.exec(await dozor.get('/metrics'))![1]);
    expect(await submitted()).toBeGreaterThanOrEqual(5);
    await dozor.kill();
    await dozor.start();
    await settles(
      () => dozor.get('/metrics'),
      (text) => text.includes('dozor_sms_gateway_up{gateway="jsmpp"} 1'),
    );
    expect(await submitted()).toBe(0);
    await dozor.moveClock(TERM_OVER);
    await settles(
      () => dozor.decisions('roaming.surcharge.started'),
      (all) => all.length === 5,
    );
    await settles(
      () => states(dozor),
      (now) => now.length === 10 && now.every((state) => state === 'delivered'),
    );
  });
});
