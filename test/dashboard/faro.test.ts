/** The real Faro SDK in a real browser, against the real receiver, under the real content security policy. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { Hono } from 'hono';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PageReport, PageSignal } from '../../pipelines/domain/page-signal.js';
import { type CollectGiven, collectRoute, type Outcome } from '../../pipelines/http/collect/receiver.js';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import type { Bindings } from '../../pipelines/http/ports.js';
import { CHROMIUM, openBrowser } from '../tools/whole.mjs';

const BUILD = '0123456789ab';
const assets = mkdtempSync(join(tmpdir(), 'dozor-faro-'));

beforeAll(async () => {
  await build({
    entryPoints: ['test/dashboard/faro-page.browser.js'],
    outdir: assets,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    chunkNames: 'part.[hash]',
  });
});
afterAll(() => rmSync(assets, { recursive: true }));

/** Looks again and again: a batch leaves when it is full, after a quarter of a second, or when the page goes. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

describe.skipIf(!existsSync(CHROMIUM))('what pages tell', { timeout: 60_000 }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let door: Listening;
  let reports: PageReport[];
  let outcomes: Outcome[];
  let bodies: string[];
  let headers: Record<string, string>[];
  let complaints: string[];

  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  beforeEach(async () => {
    [reports, outcomes, bodies, headers, complaints] = [[], [], [], [], []];
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await door.close();
  });

  async function serve(given: Partial<CollectGiven> = {}): Promise<void> {
    const app = new Hono<{ Bindings: Bindings }>();
    app.use('/collect', async (c, next) => {
      // What was really on the wire, beside what the receiver makes of it.
      const packed = Buffer.from(await c.req.raw.clone().arrayBuffer());
      headers.push(c.req.header());
      bodies.push((c.req.header('content-encoding') === 'gzip' ? gunzipSync(packed) : packed).toString());
      await next();
    });
    collectRoute(app, {
      builds: new Set([BUILD]),
      take: (report) => reports.push(report),
      settled: (outcome) => outcomes.push(outcome),
      ...given,
    });
    const html = `<!doctype html><html lang="en" data-page="${BUILD}"><title>x</title><script type="module" src="/assets/faro-page.browser.js"></script><body><h1>Here</h1></body></html>`;
    for (const path of ['/', '/wall', '/services/:id']) app.get(path, (c) => c.html(html));
    app.get('/assets/:file', (c) =>
      c.body(readFileSync(join(assets, c.req.param('file')), 'utf8'), 200, { 'content-type': 'text/javascript' }),
    );
    door = await listen({ apps: [app], host: '127.0.0.1', port: 0 });
  }

  async function open(path: string): Promise<Page> {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (/Content Security Policy/.test(message.text())) complaints.push(message.text());
    });
    await page.goto(door.url + path);
    return page;
  }

  const signals = (): readonly PageSignal[] => reports.flatMap((report) => report.signals);
  const ofKind = <K extends PageSignal['is']>(is: K) =>
    signals().filter((signal): signal is Extract<PageSignal, { is: K }> => signal.is === is);

  it('vitals arrive packed, with the page and its build, and nothing of who looks at it', async () => {
    await serve();
    const page = await open('/services/svc-000123?token=secret');
    await eventually(() => ofKind('vital').map(({ vital }) => vital)).toEqual(expect.arrayContaining(['ttfb', 'fcp']));
    await page.click('h1');
    // The largest paint is settled when the page is left.
    await page.goto('about:blank');
    await eventually(() => ofKind('vital').map(({ vital }) => vital)).toContain('lcp');
    expect(new Set(reports.map((report) => `${report.page} ${report.build}`))).toEqual(new Set([`console ${BUILD}`]));
    expect(headers.every((one) => one['content-encoding'] === 'gzip' && one['x-dozor-page'] === '1')).toBe(true);
    const text = bodies.join('\n');
    expect(text).not.toMatch(/svc-000123|secret|token|127\.0\.0\.1|Mozilla|Chrome|"user"|"page":|"browser"|"view"/);
    expect(Object.keys(JSON.parse(bodies[0]!).meta).sort()).toEqual(['app', 'session']);
    expect(new Set(outcomes)).toEqual(new Set(['taken']));
    expect(complaints).toEqual([]);
  });

  it('errors arrive scrubbed: those before the SDK was there, later ones, and promises that nobody heard', async () => {
    await serve();
    const page = await open(`/wall?fails=${encodeURIComponent('no service svc-000777 of ana@example.rs')}`);
    await eventually(() => ofKind('error').length).toBe(1);
    await page.evaluate("fail('cannot show /services/svc-000123/usage?day=1 to +381641234567')");
    await page.evaluate('reject(\'of customer "Ana Horvat"\')');
    await eventually(() => ofKind('error').length).toBe(3);
    const errors = ofKind('error');
    expect(errors.map(({ type, text }) => `${type}: ${text}`).sort()).toEqual([
      'RangeError: of customer "*"',
      'SyntaxError: no service * of *',
      'TypeError: cannot show /services/*/* to *',
    ]);
    expect(errors.find(({ type }) => type === 'TypeError')!.frames[0]).toMatch(
      /^\/assets\/faro-page\.browser\.js:\d+:\d+$/,
    );
    expect(bodies.join('\n')).not.toMatch(/svc-|ana@|Ana|38164|day=/);
  });

  it('a wall tells its health under an id of its tab, which a reload keeps and another tab has not', async () => {
    await serve();
    const page = await open('/wall');
    await eventually(() => ofKind('health').length).toBe(1);
    const [health] = ofKind('health');
    expect(health!.domNodes).toBeGreaterThan(3);
    expect(health!.heapBytes).toBeGreaterThan(100_000);
    expect(health!.frameGapMs).toBeGreaterThan(0);
    const wallOf = (report: PageReport | undefined) => report?.wall;
    const first = wallOf(reports.find(({ signals }) => signals.some(({ is }) => is === 'health')));
    expect(first).toMatch(/^w-[a-z]{10}$/);
    await page.reload();
    await eventually(() => ofKind('health').length).toBe(2);
    await open('/wall');
    await eventually(() => ofKind('health').length).toBe(3);
    const walls = reports.filter(({ signals }) => signals.some(({ is }) => is === 'health')).map(wallOf);
    expect(walls[1]).toBe(first);
    expect(walls[2]).not.toBe(first);
    // A reload says goodbye, and no page has crashed.
    expect(ofKind('word')).toEqual([{ is: 'word', word: 'goodbye' }]);
  });

  it('a wall that is closed says goodbye, and one that died without a word says so when it is back', async () => {
    await serve();
    const page = await open('/wall');
    await eventually(() => ofKind('health').length).toBe(1);
    const dead = page.waitForEvent('crash');
    await page.goto('chrome://crash').catch(() => {});
    await dead;
    expect(ofKind('word')).toEqual([]);
    const session = await context.newPage();
    await session.goto(`${door.url}/wall`);
    await eventually(() => ofKind('health').length).toBe(2);
    await session.evaluate("report('frozen', { seconds: 30 })");
    await eventually(() => ofKind('word').map(({ word }) => word)).toEqual(['frozen']);
    // What a crash leaves behind: the tab's storage with the word that it runs.
    await session.evaluate("window.addEventListener('pagehide', () => sessionStorage.setItem('dozor-wall-runs', '1'))");
    await session.reload();
    await eventually(() => ofKind('word').map(({ word }) => word)).toContain('crashed');
    await session.close({ runBeforeUnload: true });
    await eventually(() => ofKind('word').at(-1)?.word).toBe('goodbye');
  });

  it('who is told to come later comes later, and nothing is lost or counted twice', async () => {
    await serve({ rates: { all: { perSecond: 50, burst: 100 }, each: { perSecond: 1, burst: 1 } } });
    const page = await open('/');
    await eventually(() => outcomes.length).toBeGreaterThan(0);
    await page.waitForTimeout(1_500);
    for (const text of ['one', 'two']) {
      await page.evaluate(`fail('${text}')`);
      await page.waitForTimeout(400);
    }
    const texts = () => ofKind('error').map(({ text }) => text);
    await eventually(texts).toEqual(['one', 'two']);
    expect(outcomes).toContain('too-many');
  });

  it('a page works where the receiver is away', async () => {
    await serve();
    const page = await context.newPage();
    await page.route('**/collect', (route) => route.abort());
    await page.goto(door.url);
    await page.waitForTimeout(1_500);
    expect(await page.textContent('h1')).toBe('Here');
    expect(reports).toEqual([]);
  });

  it('the SDK is in a file of its own: the page itself has none of it', () => {
    const source = readFileSync(join(assets, 'faro-page.browser.js'), 'utf8');
    expect(source.length).toBeLessThan(5_000);
    const parts = readdirSync(assets).filter((name) => name.startsWith('part.'));
    const withSdk = parts.filter((name) => readFileSync(join(assets, name), 'utf8').includes('x-faro-session-id'));
    expect(withSdk).toHaveLength(1);
    // Loaded by `import()`, never by a statement that the page waits for.
    expect(source).not.toMatch(new RegExp(`from\\s*"\\./${withSdk[0]}"`));
  });
});
