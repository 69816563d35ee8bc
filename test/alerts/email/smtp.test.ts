import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, it } from 'vitest';
import { checkMail, composed, messageIdOf } from '../../../alerts/email/message.js';
import { smtpTransport } from '../../../alerts/email/smtp.js';
import type { Email, EmailTransport } from '../../../alerts/ports.js';

const MAIL: Email = {
  key: 'bm90aWNl.0.0',
  to: 'kupac@example.com',
  subject: 'Umanjenje računa — Šćepan',
  text: 'Poštovani,\n\nračun je umanjen.',
  html: '<p>Poštovani, račun je umanjen.</p>',
};
const FROM = 'A1 Srbija <obavestenja@a1.example>';

interface Got {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A real SMTP server, and what it got. */
async function server(over: Partial<SMTPServerOptions> = {}): Promise<{ port: number; got: Got[] }> {
  const got: Got[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        got.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...over,
  });
  await new Promise<void>((listening) => smtp.listen(0, '127.0.0.1', () => listening()));
  closing.push(() => new Promise((closed) => smtp.close(() => closed())));
  return { port: (smtp.server.address() as AddressInfo).port, got };
}

function transport(port: number, answerMs = 2_000): EmailTransport {
  const made = smtpTransport({ host: '127.0.0.1', port, security: 'plain', from: FROM, answerMs });
  closing.push(() => made.stop());
  return made;
}

describe('e-mail to a real server', () => {
  it('arrives once, with text and HTML, from the operator, to one recipient', async () => {
    const { port, got } = await server();
    const answer = await transport(port).send(MAIL);
    expect(answer).toEqual({ is: 'accepted', id: messageIdOf(MAIL.key, FROM), via: 'smtp' });
    expect(got).toMatchObject([{ from: 'obavestenja@a1.example', to: ['kupac@example.com'] }]);
    expect(got[0]!.text).toContain('multipart/alternative');
    expect(got[0]!.text).toContain(`Message-ID: ${messageIdOf(MAIL.key, FROM)}`);
    expect(got[0]!.text).toContain('Auto-Submitted: auto-generated');
  });

  it('uses a connection again, and several at a time', async () => {
    const { port, got } = await server();
    const out = transport(port);
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, i) => out.send({ ...MAIL, key: `k${i}.0.0`, to: `k${i}@example.com` })),
    );
    expect(answers.every(({ is }) => is === 'accepted')).toBe(true);
    expect(new Set(got.map(({ to }) => to[0])).size).toBe(40);
    expect(got).toHaveLength(40);
  });

  it('is refused for good where the server does not know the recipient', async () => {
    const { port } = await server({
      onRcptTo: (_, __, done) => done(Object.assign(new Error('no such user'), { responseCode: 550 })),
    });
    expect(await transport(port).send(MAIL)).toMatchObject({ is: 'refused', permanent: true });
  });

  it('is refused for now where the server says "later", before or after the text', async () => {
    const later = Object.assign(new Error('try again'), { responseCode: 451 });
    const early = await server({ onRcptTo: (_, __, done) => done(later) });
    expect(await transport(early.port).send(MAIL)).toMatchObject({ is: 'refused', permanent: false });
    const late = await server({
      onData(stream, _, done) {
        stream.resume();
        stream.on('end', () => done(later));
      },
    });
    expect(await transport(late.port).send(MAIL)).toMatchObject({ is: 'refused', permanent: false });
  });

  it('is refused for now where nobody listens', async () => {
    const gone = createServer();
    await new Promise<void>((listening) => gone.listen(0, '127.0.0.1', () => listening()));
    const { port } = gone.address() as AddressInfo;
    await new Promise<void>((closed) => gone.close(() => closed()));
    expect(await transport(port).send(MAIL)).toMatchObject({ is: 'refused', permanent: false });
  });
});

/** A server that speaks by hand, and cuts the line at a place. */
async function cutting(after: 'greeting' | 'rcpt' | 'text'): Promise<number> {
  const open = new Set<Socket>();
  const line = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {});
    if (after === 'greeting') return void socket.end();
    socket.write('220 test ESMTP\r\n');
    let inText = false;
    socket.on('data', (chunk) => {
      for (const text of chunk.toString('utf8').split('\r\n')) {
        if (inText) {
          if (text === '.') socket.destroy();
          continue;
        }
        if (/^(EHLO|MAIL)/.test(text)) socket.write('250 ok\r\n');
        else if (/^RCPT/.test(text)) {
          if (after === 'rcpt') socket.destroy();
          else socket.write('250 ok\r\n');
        } else if (/^DATA/.test(text)) {
          inText = true;
          socket.write('354 go on\r\n');
        }
      }
    });
  });
  await new Promise<void>((listening) => line.listen(0, '127.0.0.1', () => listening()));
  closing.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise<void>((closed) => line.close(() => closed()));
  });
  return (line.address() as AddressInfo).port;
}

describe('a line that breaks', () => {
  it.each(['greeting', 'rcpt'] as const)('before the text (%s): nothing was sent', async (after) => {
    expect(await transport(await cutting(after)).send(MAIL)).toMatchObject({ is: 'refused', permanent: false });
  });

  it('after the text: nobody knows, and it is not sent again by itself', async () => {
    expect(await transport(await cutting('text')).send(MAIL)).toMatchObject({ is: 'ambiguous', via: 'smtp' });
  });
});

describe('no text becomes a header', () => {
  it('keeps a subject on one line, and refuses what is no address', async () => {
    const { message } = await composed({ ...MAIL, subject: 'A\r\nBcc: x@example.com\r\n\r\nB' }, FROM);
    const [head = ''] = message.toString('utf8').split('\r\n\r\n');
    expect(head).not.toMatch(/^Bcc:/im);
    expect(head).toMatch(/^Subject: A Bcc: x@example\.com B$/m);
    for (const to of [
      'a@b.example, c@d.example',
      'a@b.example\r\nRCPT TO:<c@d.example>',
      'x',
      '<a@b.example>',
      'a b@c.example',
    ])
      expect(() => checkMail({ to })).toThrow(RangeError);
  });

  it('gives the same message the same id', () => {
    expect(messageIdOf('k', FROM)).toBe(messageIdOf('k', FROM));
    expect(messageIdOf('k', FROM)).not.toBe(messageIdOf('l', FROM));
    expect(messageIdOf('k', FROM)).toMatch(/^<[0-9a-f]{32}@a1\.example>$/);
  });
});
