/** The door by TLS: HTTP/2 and HTTP/1.1 on one port, the stream over both, and a certificate that changes while it is open. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type PeerCertificate } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDashboard } from '../../../dashboard/app.js';
import { type Listening, listen } from '../../../pipelines/http/listen.js';
import { CHROMIUM, openBrowser } from '../../tools/whole.mjs';
import { credit, FakeViews } from './fake.js';

const folder = mkdtempSync(join(tmpdir(), 'dozor-tls-'));
const file = (name: string) => join(folder, name);
const tls = { certFile: file('cert.pem'), keyFile: file('key.pem') };
let door: Listening | undefined;
let views: FakeViews;

function makePair(name: string): void {
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      `/CN=${name}`,
    ].concat(['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)]),
    { stdio: 'ignore' },
  );
}

function use(cert: string, key = cert): void {
  copyFileSync(file(`${key}.key`), tls.keyFile);
  copyFileSync(file(`${cert}.crt`), tls.certFile);
}

async function open(warned: string[] = [], settings = {}): Promise<Listening> {
  views = new FakeViews();
  const app = createDashboard(views, { intervalMs: 20, ...settings });
  door = await listen({
    apps: [app],
    host: '127.0.0.1',
    port: 0,
    tls,
    warn: (words) => warned.push(words),
    graceMs: 500,
  });
  return door;
}

/** The name on the certificate that is shown now. */
const shownName = () =>
  new Promise<string>((resolve, reject) => {
    const socket = connectTls({ port: door!.port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      const { subject } = socket.getPeerCertificate() as PeerCertificate;
      socket.destroy();
      resolve(String(subject.CN));
    });
    socket.once('error', reject);
  });

beforeAll(() => {
  makePair('first');
  makePair('second');
});
afterEach(async () => {
  await door?.close();
  door = undefined;
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the door by TLS', () => {
  it('speaks HTTP/2: the stream comes, goes on, and ends when the door closes', async () => {
    use('first');
    const { url, close } = await open();
    expect(url).toMatch(/^https:/);
    const client = connectHttp2(url, { rejectUnauthorized: false });
    const stream = client.request({ ':path': '/v1/stream' });
    let text = '';
    let headers: Record<string, unknown> = {};
    stream.on('response', (given) => (headers = given));
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await expect.poll(() => text).toContain('"is":"snapshot"');
    expect(headers).toMatchObject({ ':status': 200, 'content-type': 'text/event-stream' });
    expect(headers['strict-transport-security']).toMatch(/^max-age=31536000/);
    views.decide(credit(1));
    await expect.poll(() => text).toContain('"is":"change"');
    const ended = new Promise((done) => stream.once('close', done));
    const from = performance.now();
    await close();
    await ended;
    expect(performance.now() - from).toBeLessThan(1_500);
    client.destroy();
  });

  it('cuts off who reads nothing over HTTP/2, and no one else on that connection', async () => {
    use('first');
    const counted: { open: number; evicted: number }[] = [];
    const { url } = await open([], { unreadMs: 200, counted: (now: (typeof counted)[number]) => counted.push(now) });
    const client = connectHttp2(url, { rejectUnauthorized: false });
    const sleeper = client.request({ ':path': '/v1/stream' });
    sleeper.on('error', () => {});
    sleeper.pause();
    const reader = client.request({ ':path': '/v1/stream' });
    let read = 0;
    reader.on('data', (chunk: Buffer) => (read += chunk.length));
    await expect.poll(() => counted.at(-1)?.open).toBe(2);
    const reasons = ['x'.repeat(200_000)];
    const flood = setInterval(() => {
      views.now = { ...views.now, heldBy: [...reasons, String(performance.now())] };
      views.changed();
    }, 25);
    await expect.poll(() => counted.at(-1)?.evicted, { timeout: 10_000 }).toBe(1);
    clearInterval(flood);
    const before = read;
    views.decide(credit(1));
    await expect.poll(() => read).toBeGreaterThan(before);
    expect(counted.at(-1)?.open).toBe(1);
    client.destroy();
  });

  it('speaks HTTP/1.1 to who asks for it', async () => {
    use('first');
    const { url } = await open();
    const status = await new Promise<number | undefined>((resolve, reject) => {
      get(`${url}/v1/why/none`, { rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        response.once('end', () => resolve(response.statusCode));
      }).once('error', reject);
    });
    expect(status).toBe(404);
  });

  it('takes a changed certificate on SIGHUP, and keeps the one before where the new one does not fit', async () => {
    use('first');
    const warned: string[] = [];
    await open(warned);
    expect(await shownName()).toBe('first');
    use('second');
    process.emit('SIGHUP');
    expect(await shownName()).toBe('second');
    use('first', 'second');
    process.emit('SIGHUP');
    expect(await shownName()).toBe('second');
    expect(warned).toEqual([
      expect.stringMatching(
        /^DOZOR_TLS_CERT and DOZOR_TLS_KEY cannot be used together: .*; the certificate before stays in use$/,
      ),
    ]);
    use('first');
    process.emit('SIGHUP');
    expect(await shownName()).toBe('first');
  });

  it('does not open with files that cannot be used, and says which setting names them', async () => {
    use('first', 'second');
    await expect(open()).rejects.toThrow('DOZOR_TLS_CERT and DOZOR_TLS_KEY cannot be used together');
    writeFileSync(tls.certFile, 'none');
    await expect(open()).rejects.toThrow('DOZOR_TLS_CERT and DOZOR_TLS_KEY cannot be used together');
    await expect(
      listen({ apps: [], host: '127.0.0.1', port: 0, tls: { certFile: '/nowhere', keyFile: tls.keyFile } }),
    ).rejects.toThrow('DOZOR_TLS_CERT cannot be read');
  });

  it.skipIf(!existsSync(CHROMIUM))('a page in Chromium has its stream over HTTP/2', { timeout: 60_000 }, async () => {
    use('first');
    execFileSync('node', ['dashboard/page/build.mjs', file('page')]);
    const { url } = await open([], { assets: file('page') });
    const browser = await openBrowser();
    try {
      const page = await (await browser.newContext({ ignoreHTTPSErrors: true })).newPage();
      await page.goto(url);
      await page.locator('html[data-state="live"]').waitFor();
      const protocols = await page.evaluate<string[]>(
        "performance.getEntriesByType('resource').map((one) => one.nextHopProtocol).concat(performance.getEntriesByType('navigation')[0].nextHopProtocol)",
      );
      expect(new Set(protocols)).toEqual(new Set(['h2']));
      views.decide(credit(1));
      await page.locator('button.decision').waitFor();
    } finally {
      await browser.close();
    }
  });
});
