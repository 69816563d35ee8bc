/** The page in a real browser: it shows what happens, opens why from the keyboard, and never looks fresh when it is not. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDashboard, type DashboardSettings } from '../../dashboard/app.js';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import { credit, FakeViews, outage, T0 } from '../pipelines/http/fake.js';
import { CHROMIUM, openBrowser } from '../tools/whole.mjs';

const HOUR = 3_600_000;
const assets = mkdtempSync(join(tmpdir(), 'dozor-page-'));

beforeAll(() => {
  execFileSync('node', ['dashboard/page/build.mjs', assets]);
});
afterAll(() => rmSync(assets, { recursive: true }));

describe('the built page', () => {
  it('is small: what the first picture of the console needs has less than 60 kB of script and style, packed', () => {
    const names = readdirSync(assets);
    const needed = new Set(names.filter((name) => /^console\.\w+\.(?:js|css)$/.test(name)));
    expect(needed.size).toBe(2);
    // What is imported at once comes with it; views are imported when they are opened.
    for (const name of needed) {
      const source = readFileSync(join(assets, name), 'utf8');
      for (const [, part] of source.matchAll(/(?:from|import)\s*"\.\/([\w.]+)"/g)) needed.add(part!);
    }
    const sizes = [...needed].map((name) => gzipSync(readFileSync(join(assets, name))).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(60_000);
  });

  it('puts text in as text alone', () => {
    const sources = readdirSync('dashboard/page', { recursive: true, encoding: 'utf8' });
    for (const name of sources.filter((one) => one.endsWith('.ts'))) {
      const source = readFileSync(join('dashboard/page', name), 'utf8');
      expect(source, name).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
    }
    const html = readFileSync(join(assets, 'console.html'), 'utf8');
    expect(html).not.toMatch(/\{\{|<style|style=|<script(?![^>]* src=)| on\w+=/);
  });

  it('is served with names that may be kept for ever, and HTML that may not', async () => {
    const app = createDashboard(new FakeViews(), { assets });
    const page = await app.request('/');
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    const [, script] = /src="(\/assets\/console\.\w+\.js)"/.exec(await page.text()) ?? [];
    const file = await app.request(script!);
    expect(file.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(file.headers.get('cache-control')).toContain('immutable');
    for (const path of ['/assets/manifest.json', '/assets/..%2fpackage.json', '/assets/console.js']) {
      expect((await app.request(path)).status).toBe(404);
    }
  });

  it('that was not built says so', async () => {
    const page = await createDashboard(new FakeViews(), { assets: '/nowhere' }).request('/');
    expect([page.status, await page.text()]).toEqual([503, expect.stringContaining('npm run build')]);
  });
});

// What is seen is asked for, and hidden text is not seen.
const textOf = (locator: Locator) => locator.innerText();

/** Looks again and again. A second's digit may take 1.25 s to change: one second, and a tick of the page. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

describe.skipIf(!existsSync(CHROMIUM))('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  let views: FakeViews;
  let door: Listening;
  let complaints: string[];
  const pages: Page[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  beforeEach(() => {
    views = new FakeViews();
    complaints = [];
    const now = Date.now();
    views.now = { ...views.now, clock: now - 2_000, behindMs: 2_000 };
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
    await door.close();
  });

  async function serve(settings: DashboardSettings = {}, port = 0): Promise<void> {
    const dashboard = createDashboard(views, { assets, intervalMs: 50, retryMs: 200, ...settings });
    door = await listen({ apps: [dashboard], host: '127.0.0.1', port });
  }

  async function open(options: BrowserContextOptions = {}, path = '/'): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, ...options });
    const page = await context.newPage();
    pages.push(page);
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_')) complaints.push(message.text());
    });
    await page.goto(door.url + path);
    await page.locator('html[data-state="live"]').waitFor();
    return page;
  }

  const now = () => views.now.clock!;

  it('an outage that opens appears, is announced, runs, and goes when it ends', async () => {
    await serve();
    const page = await open();
    expect(await textOf(page.locator('#outages .empty'))).toBe('No outage. 2 services and 1 element are watched.');
    views.open = [outage({ from: now() - 34 * HOUR - 7 * 60_000, confirmedAt: now() + 14 * HOUR })];
    views.changed();
    const row = page.locator('li.outage');
    await row.waitFor();
    const text = await textOf(row);
    for (const part of [
      '34:07',
      'A1 Srbija',
      'cell-1/f1',
      'power supply failed',
      '1,204',
      'counts',
      'limit in 13 h 59 min',
    ]) {
      expect(text).toContain(part);
    }
    expect(await textOf(page.locator('#announcer'))).toBe(
      'New outage: A1 Srbija, cell-1/f1, 1,204 services, power supply failed.',
    );
    expect(await page.title()).toBe('(1) Dozor');
    const seconds = await textOf(row.locator('.seconds'));
    await eventually(() => textOf(row.locator('.seconds'))).not.toBe(seconds);
    views.open = [];
    views.changed();
    await row.waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
  });

  it('the most urgent outage stands on top, and moves there when it becomes so', async () => {
    const close = outage({ incident: 'close', from: now() - 41 * HOUR, confirmedAt: now() + 7 * HOUR });
    const running = outage({ incident: 'running', from: now() - 3 * HOUR, confirmedAt: now() + 45 * HOUR });
    views.open = [running, close];
    await serve();
    const page = await open();
    const order = () => page.locator('li.outage .incident').allInnerTexts();
    expect(await order()).toEqual(['close', 'running']);
    views.open = [{ ...running, confirmedAt: now() + 60_000 }, close];
    views.changed();
    await eventually(order).toEqual(['running', 'close']);
    expect(await page.locator('li.outage').first().getAttribute('data-level')).toBe('major');
  });

  it("a decision's why opens and closes from the keyboard, and focus comes back", async () => {
    views.all = [credit(1), credit(2)];
    await serve();
    const page = await open();
    const rows = page.locator('button.decision');
    const isFocused = (i: number) =>
      page.evaluate(`document.querySelectorAll('button.decision')[${i}] === document.activeElement`);
    expect(await textOf(rows.first())).toMatch(/00:00:01\s+12 Jun\s+Credit granted\s+s1\s*A1 3\.3\s+1,250\.00\s+RSD/);
    for (let i = 0; i < 40 && !(await isFocused(0)); i++) {
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('ArrowDown');
    expect(await isFocused(1)).toBe(true);
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[open]');
    await dialog.locator('.tree').first().waitFor();
    const text = await textOf(dialog);
    for (const part of [
      'Credit granted',
      '1,250.00 RSD',
      'A1 3.3',
      '216,000 s = 60 h',
      '10 Jun 2026 00:00:00 to 12 Jun 2026 12:00:00, 60 h',
      '3,000.00 RSD',
      'case#e3',
      'case#e4',
    ]) {
      expect(text).toContain(part);
    }
    await eventually(() => new URL(page.url()).hash).toBe(`#decision=${credit(2).id}`);
    // A decision that comes in meanwhile takes nothing away.
    views.decide(credit(3));
    await page.locator('button.decision').nth(2).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement.textContent')).toContain('s2');
    await eventually(() => new URL(page.url()).hash).toBe('');
    expect(complaints).toEqual([]);
  });

  it('many decisions that are alike are one row, which names the others', async () => {
    const time = '2026-06-12T00:00:01+02:00';
    views.all = Array.from({ length: 15 }, (_, i) => credit(i, { time }));
    await serve({ intervalMs: 20 });
    const page = await open();
    const row = page.locator('button.decision');
    expect(await row.count()).toBe(1);
    for (const part of ['Credit granted× 15', 's0 and 14 more', 'in all 18,750.00 RSD'])
      expect(await row.textContent()).toContain(part);
    await row.focus();
    views.decide(credit(15, { time }));
    await eventually(() => row.textContent()).toContain('× 16');
    expect(await page.evaluate('document.activeElement.className')).toBe('decision');
    await page.keyboard.press('Enter');
    const dialog = page.locator('dialog[open]');
    await dialog.getByText('One of 16 alike').waitFor();
    await dialog.getByRole('button', { name: 's14' }).or(dialog.getByText('and 4 more')).first().waitFor();
    await dialog.getByRole('button', { name: 's3', exact: true }).click();
    await dialog.locator('.facts').getByText('s3', { exact: true }).waitFor();
  });

  it('who looks at the top of a list sees what comes in; who has scrolled down keeps his place', async () => {
    views.all = Array.from({ length: 50 }, (_, i) => credit(i));
    await serve({ intervalMs: 20 });
    const page = await open();
    const top = () => page.evaluate("document.querySelector('#decisions .rows').scrollTop");
    const first = page.locator('button.decision .subject').first();
    for (const number of [100, 101, 102]) {
      views.decide(credit(number));
      await eventually(() => first.textContent()).toBe(`s${number}`);
      expect(await top()).toBe(0);
    }
    await page.evaluate("document.querySelector('#decisions .rows').scrollTop = 500");
    const read =
      "[...document.querySelectorAll('button.decision')].find((row) => row.getBoundingClientRect().top >= document.querySelector('#decisions .rows').getBoundingClientRect().top)";
    const where = () =>
      page.evaluate<[string, number]>(
        `[${read}.querySelector('.subject').textContent, Math.round(${read}.getBoundingClientRect().top)]`,
      );
    const before = await where();
    views.decide(credit(103));
    await eventually(() => first.textContent()).toBe('s103');
    const after = await where();
    expect(after[0]).toBe(before[0]);
    expect(Math.abs(after[1] - before[1])).toBeLessThanOrEqual(1);
  });

  it('an address that names a decision opens its why', async () => {
    views.all = [credit(1)];
    await serve();
    const page = await open({}, `/#decision=${credit(1).id}`);
    await page.locator('dialog[open] .tree').first().waitFor();
    const other = await open({}, '/#decision=gone');
    await other.getByText('There is no such decision.').waitFor();
  });

  it('what the data says never becomes markup', async () => {
    const evil = '<img src=x onerror="document.title=1"><b>bold</b>';
    views.open = [outage({ incident: evil, operatorName: evil, reasons: [evil] })];
    const { data } = credit(1);
    views.all = [
      credit(1, { subject: evil, data: { ...data, clause: evil, because: { [evil]: evil, events: [evil] } } }),
    ];
    views.now = { ...views.now, madeUp: evil, heldBy: [evil] };
    await serve();
    const page = await open();
    await page.locator('button.decision').first().click();
    await page.locator('dialog[open] .tree').first().waitFor();
    expect(await page.locator('main img, main b, dialog img, dialog b, .banner img').count()).toBe(0);
    expect(await textOf(page.locator('li.outage .cause'))).toBe(evil);
    expect(complaints).toEqual([]);
  });

  it('when the server stops it is grey at once, says since when, stands still, and comes back by itself', async () => {
    views.open = [outage({ from: now() - 5 * HOUR, confirmedAt: now() + 43 * HOUR })];
    await serve();
    const page = await open();
    const { port } = door;
    await door.close();
    await page.locator('html[data-state="stale"]').waitFor({ timeout: 3_000 });
    const banner = await textOf(page.locator('#stale span'));
    expect(banner).toMatch(
      /^Stale since \d+ \w{3} \d{4} \d\d:\d\d:\d\d Europe\/Belgrade: the connection to the server is lost\./,
    );
    expect(await page.title()).toBe('STALE - (1) Dozor');
    expect(await page.evaluate("getComputedStyle(document.querySelector('main')).filter")).toContain('grayscale(1)');
    const clock = () => textOf(page.locator('li.outage .digits'));
    const stood = await clock();
    await page.waitForTimeout(2_500);
    expect(await clock()).toBe(stood);
    await serve({}, port);
    await page.locator('html[data-state="live"]').waitFor({ timeout: 20_000 });
    expect(await page.locator('#stale').isVisible()).toBe(false);
    expect(await page.title()).toBe('(1) Dozor');
  });

  it('when the server says nothing for 15 s it is grey too', async () => {
    await serve({ heartbeatMs: 10 * HOUR });
    const context = await browser.newContext();
    const page = await context.newPage();
    pages.push(page);
    await page.clock.install();
    await page.goto(door.url);
    await page.locator('html[data-state="live"]').waitFor();
    await page.clock.runFor(13_000);
    expect(await page.locator('html').getAttribute('data-state')).toBe('live');
    await page.clock.runFor(4_000);
    expect(await page.locator('html').getAttribute('data-state')).toBe('stale');
    expect(await textOf(page.locator('#stale span'))).toContain('the server says nothing');
    views.set({ clock: now() + 5_000 });
    await page.locator('html[data-state="live"]').waitFor();
  });

  it('made-up data is said loud, and a clock that events move is called story time', async () => {
    views.now = { ...views.now, clock: T0, behindMs: null, clockMode: 'events', madeUp: 'a story of three operators' };
    views.open = [outage()];
    await serve();
    const page = await open();
    expect(await textOf(page.locator('#made-up'))).toBe('Made-up data: a story of three operators');
    expect(await textOf(page.locator('#clock'))).toMatch(/00:00:05\s+as of 12 Jun 2026, Europe\/Belgrade; story time/);
    const digits = await textOf(page.locator('li.outage .digits'));
    await page.waitForTimeout(1_500);
    expect(await textOf(page.locator('li.outage .digits'))).toBe(digits);
  });

  it('a clock that is held says what holds it, and outages do not run ahead of it', async () => {
    const from = now() - 5 * HOUR;
    views.open = [outage({ from, confirmedAt: from + 48 * HOUR })];
    views.now = { ...views.now, clock: now() - 120_000, behindMs: 122_000, heldBy: ['network-0'] };
    await serve();
    const page = await open();
    expect(await textOf(page.locator('#held span'))).toMatch(
      /^The clock stands at \d\d:\d\d:\d\d, held by network-0\./,
    );
    expect(await textOf(page.locator('#clock'))).toMatch(/2 min \d+ s behind/);
    expect(await textOf(page.locator('li.outage .digits'))).toMatch(/^04:58\s*:\d\d$/);
  });

  it('another build of the page on the server makes it load anew, once', async () => {
    await serve();
    const page = await open();
    const { port } = door;
    await door.close();
    const newer = mkdtempSync(join(tmpdir(), 'dozor-newer-'));
    execFileSync('cp', ['-r', `${assets}/.`, newer]);
    execFileSync('sed', ['-i', 's/"page": "[0-9a-f]*"/"page": "newer"/', join(newer, 'manifest.json')]);
    let loads = 0;
    page.on('load', () => (loads += 1));
    await serve({ assets: newer }, port);
    // Its HTML still names the old build: a page that will not change may stay as it is.
    await expect.poll(() => loads, { timeout: 20_000 }).toBe(1);
    await page.locator('html[data-state="live"]').waitFor();
    await page.waitForTimeout(1_000);
    expect(loads).toBe(1);
    rmSync(newer, { recursive: true });
  });

  it.each([
    ['a wall', 1920, 1080],
    ['a telephone', 390, 844],
    ['a small laptop', 1366, 768],
  ])('on %s nothing is wider than the screen, overlaps or is cut off', async (_, width, height) => {
    const name = 'business-line-with-a-rather-long-opaque-identifier-without-an-end-0001';
    views.open = Array.from({ length: 30 }, (_, i) =>
      outage({
        incident: i % 3 === 0 ? `${name}/${i}` : `cell-${i}/f1`,
        from: now() - i * 3 * HOUR,
        confirmedAt: now() + (48 - i * 3) * HOUR,
        services: 10 ** (i % 7),
        reasons: ['fibre cut by construction works', 'a splice that failed twice'],
      }),
    );
    const { data } = credit(1);
    const amount = { amount: '123456789.00', currency: 'RSD' };
    views.all = Array.from({ length: 50 }, (_, i) =>
      credit(i, i % 4 ? {} : { subject: name, data: { ...data, amount } }),
    );
    const rejected = {
      'malformed-field': 8_120_000,
      'unknown-operator': 400,
      'time-ahead': 17,
      'not-json': 9,
      'too-large': 2,
    };
    views.now = {
      ...views.now,
      counts: {
        ...views.now.counts,
        services: 12_000_000,
        events: 18_402_771_000,
        duplicates: 1_204_000,
        waiting: 37,
        rejected,
      },
    };
    await serve();
    const page = await open({ viewport: { width, height } });
    await page.locator('li.outage').first().waitFor();
    await page.waitForTimeout(300);
    const wrong = await page.evaluate(readFileSync('test/dashboard/layout.browser.js', 'utf8'));
    expect(wrong).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
