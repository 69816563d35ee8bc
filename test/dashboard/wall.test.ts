/** The wall in a real browser: what stands, what is old, what is lost, and when it may turn its pages. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDashboard, type DashboardSettings } from '../../dashboard/app.js';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import { FakeViews } from '../pipelines/http/fake.js';
import { CHROMIUM, openBrowser } from '../tools/whole.mjs';
import { FakeWall, quietWall, wallAlarm, wallAlarms } from './fake-wall.js';

const HOUR = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'dozor-wall-'));
const assets = join(folder, 'page');

beforeAll(() => {
  execFileSync('node', ['dashboard/page/build.mjs', assets]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const textOf = (locator: Locator) => locator.innerText();
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 10_000 });

describe('the built wall', () => {
  it('is light: its own script and style are less than 25 kB, packed', () => {
    const sizes = readdirSync(assets)
      .filter((name) => /^wall\.\w+\.(?:js|css)$/.test(name))
      .map((name) => gzipSync(readFileSync(join(assets, name))).length);
    expect(sizes).toHaveLength(2);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(25_000);
  });

  it('fetches no map: the outline is in it', () => {
    const script = readdirSync(assets).find((name) => /^wall\.\w+\.js$/.test(name))!;
    const source = readFileSync(join(assets, script), 'utf8');
    expect(source).toMatch(/serbia:"M[\d L]+Z"/);
    expect(source).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
  });
});

describe.skipIf(!existsSync(CHROMIUM))('in a browser', { timeout: 60_000 }, () => {
  let browser: Browser;
  let wall: FakeWall;
  let door: Listening;
  let complaints: string[];
  const pages: Page[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
  }, 60_000);
  afterAll(() => browser.close());

  beforeEach(() => {
    wall = new FakeWall();
    wall.set(quietWall());
    complaints = [];
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
    await door.close();
  });

  async function serve(settings: DashboardSettings = {}, port = 0): Promise<void> {
    const given = { assets, wall, intervalMs: 50, retryMs: 200, ...settings };
    door = await listen({ apps: [createDashboard(new FakeViews(), given)], host: '127.0.0.1', port });
  }

  async function open(path = '/wall', options: BrowserContextOptions = {}, live = true): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, ...options });
    const page = await context.newPage();
    pages.push(page);
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(door.url + path);
    if (live) await page.locator('html[data-state="live"]').waitFor();
    return page;
  }

  const shown = (page: Page) => page.locator('.page.is-shown').getAttribute('class');

  it('an alarm appears with age and owner, is taken, and clears; each is announced', async () => {
    await serve();
    const page = await open();
    expect(await textOf(page.locator('.tile-alarms .empty'))).toContain('No alarm stands');
    wall.set({ alarms: wallAlarms(wallAlarm('a', { severity: 'critical' })) });
    const row = page.locator('.alarm-row');
    await row.waitFor();
    const text = await textOf(row);
    for (const part of ['mains power lost', 'site-a · Nišavski okrug', 'noc-power', 'nobody yet', '5 min'])
      expect(text).toContain(part);
    expect(await row.locator('svg.mark-critical').count()).toBe(1);
    expect(await textOf(page.locator('#alerter'))).toBe('New alarm, critical: mains power lost, site-a');
    const count = page.locator('.head-counts [data-level="critical"]');
    expect(await textOf(count)).toMatch(/1[\s\S]*1 not taken/);
    wall.set({
      alarms: wallAlarms(wallAlarm('a', { severity: 'critical', taken: { by: 'shift-2', at: Date.now() } })),
    });
    await eventually(() => textOf(row)).toContain('✓ shift-2');
    expect(await textOf(count)).not.toContain('not taken');
    wall.set({ alarms: wallAlarms() });
    await row.waitFor({ state: 'detached' });
    expect(await textOf(page.locator('#announcer'))).toBe('No longer standing: mains power lost');
    expect(complaints).toEqual([]);
  });

  it('sounds until somebody takes it, only where a person has turned the sound on', async () => {
    await serve();
    const page = await open();
    const sounded = async () => Number(await page.locator('html').getAttribute('data-sounded'));
    wall.set({ alarms: wallAlarms(wallAlarm('a', { severity: 'critical' })) });
    await page.locator('.alarm-row').waitFor();
    await page.waitForTimeout(1_200);
    expect(await sounded()).toBe(0);
    await page.locator('[data-control="sound"]').click();
    await eventually(sounded).toBe(1);
    await page.locator('[data-control="test"]').click();
    await eventually(sounded).toBe(2);
    wall.set({ alarms: wallAlarms(wallAlarm('a', { severity: 'critical', taken: { by: 'noc', at: Date.now() } })) });
    await page.locator('.is-taken').waitFor();
    const before = await sounded();
    await page.waitForTimeout(9_500);
    expect(await sounded()).toBe(before);
  });

  it('turns its pages; a critical alarm that nobody has taken brings the alarms and holds them', async () => {
    await serve();
    const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } });
    const page = await context.newPage();
    pages.push(page);
    await page.clock.install();
    await page.goto(`${door.url}/wall`);
    await page.locator('html[data-state="live"]').waitFor();
    expect(await shown(page)).toContain('page-alarms');
    await page.clock.runFor(21_000);
    expect(await shown(page)).toContain('page-outages');
    expect(new URL(page.url()).searchParams.get('page')).toBe('outages');
    wall.set({ alarms: wallAlarms(wallAlarm('a', { severity: 'critical' })) });
    await eventually(() => shown(page)).toContain('page-alarms');
    expect(await textOf(page.locator('[data-control="pause"]'))).toBe('Held: critical');
    wall.lookAgain();
    await page.clock.runFor(14_000);
    wall.set({});
    await page.clock.runFor(14_000);
    expect(await shown(page)).toContain('page-alarms');
    wall.set({ alarms: wallAlarms(wallAlarm('a', { severity: 'critical', taken: { by: 'noc', at: Date.now() } })) });
    await eventually(() => textOf(page.locator('[data-control="pause"]'))).toBe('Pause');
    await page.clock.runFor(21_000);
    expect(await shown(page)).toContain('page-outages');
    await page.locator('[data-control="pause"]').click();
    await page.clock.runFor(25_000);
    expect(await shown(page)).toContain('page-outages');
    await page.keyboard.press('ArrowRight');
    expect(await shown(page)).toContain('page-health');
  });

  it('a tile that is too old is grey and says since when; the others stay fresh', async () => {
    const then = Date.now() - 10 * 60_000;
    wall.set({ outages: quietWall().outages }, then);
    await serve();
    const page = await open('/wall?page=outages&rotate=0');
    const tile = page.locator('.tile-outages');
    await eventually(() => textOf(tile.locator('.tile-age'))).toMatch(
      /^stale since \d+ \w{3} \d{4} \d\d:\d\d:\d\d, 10 min/,
    );
    expect(await tile.getAttribute('class')).toContain('is-stale');
    const filter = "getComputedStyle(document.querySelector('.tile-outages .tile-body')).filter";
    expect(await page.evaluate(filter)).toContain('grayscale(1)');
    expect(await page.locator('.tile-alarms').getAttribute('class')).not.toContain('is-stale');
    wall.set({ outages: quietWall().outages });
    // It is as it was, only looked at anew: the next word of the stream, at the latest its heartbeat, says so.
    await expect.poll(() => tile.getAttribute('class'), { timeout: 25_000 }).not.toContain('is-stale');
  });

  it('an empty tile says why', async () => {
    const parts = quietWall();
    wall.set({
      alarms: { ...parts.alarms, absent: 'another process keeps it' },
      sources: { absent: 'this process has no door', list: [], leftOut: 0 },
    });
    await serve();
    const page = await open();
    expect(await textOf(page.locator('.tile-alarms .empty'))).toBe('No alarms are shown: another process keeps it.');
    await page.getByRole('button', { name: 'Day' }).click();
    expect(await textOf(page.locator('.tile-sources .empty'))).toContain('this process has no door');
    expect(await textOf(page.locator('.tile-trends .empty'))).toContain('no samples of indicators have come');
  });

  it('an outage runs with its clock, its way to 24 h and 48 h, and what a miss would cost', async () => {
    const from = Date.now() - 34 * HOUR - 7 * 60_000;
    const limitAt = from + 48 * HOUR;
    wall.set({
      outages: {
        rows: [
          {
            key: 'o1',
            operator: 'A1 Srbija',
            element: 'site-7',
            district: 'Nišavski okrug',
            technology: '4G',
            reasons: ['fibre cut'],
            from,
            counts: true,
            services: 1_204,
            overdueAt: limitAt,
            confirmedAt: limitAt,
            miss: {
              amount: { minor: 24_080_000, currency: 'RSD' },
              perDay: { minor: 12_040_000, currency: 'RSD' },
              limitAt,
              clause: 'A1 3.3',
              basis: 'sample',
              fees: 310,
            },
          },
        ],
        leftOut: 2,
        services: 1_204,
        misses: [{ minor: 24_080_000, currency: 'RSD' }],
      },
    });
    await serve();
    const page = await open('/wall?page=outages&rotate=0');
    const row = page.locator('.outage-row');
    await row.waitFor();
    const text = await textOf(row);
    for (const part of ['34:07', 'site-7 · Nišavski okrug', 'fibre cut', '1,204 services', 'limit in 13 h 52 min'])
      expect(text).toContain(part);
    expect(text.replaceAll('\u00a0', ' ')).toContain('a miss: RSD 240,800');
    expect(text).toContain('≈ 310 fees');
    expect((await textOf(page.locator('.outage-total'))).replaceAll('\u00a0', ' ')).toContain('RSD 240,800');
    expect(await textOf(page.locator('.tile-outages .more'))).toBe('and 2 more');
    // 34 of 50 hours.
    expect(Number(await row.locator('.bar-run').getAttribute('width'))).toBeCloseTo(68.2, 0);
  });

  it('the map has a district in the colour, shape and letter of its worst alarm, and says it in words', async () => {
    const { map } = quietWall();
    wall.set({
      map: {
        ...map,
        districts: [
          map.districts[0]!,
          { ...map.districts[1]!, alarms: 2, worst: 'major' },
          { name: 'Wien', latitude: 48.2, longitude: 16.4, alarms: 1, worst: 'minor' },
        ],
      },
    });
    await serve();
    const page = await open();
    await page.locator('.area-major').waitFor();
    expect(await page.locator('.map-drawing svg.mark-major').count()).toBe(1);
    expect(await page.locator('.map-label').allTextContents()).toEqual(['Nišavski']);
    expect(await page.locator('.map-drawing').getAttribute('aria-label')).toBe(
      'Districts with alarms: Nišavski okrug major 2, Wien minor 1',
    );
    expect(await textOf(page.locator('.map-outside'))).toContain('Wien');
    expect(await page.locator('.map-dashed').count()).toBe(1);
    wall.set({ settings: { kosovo: 'within', shapes: false } });
    await page.locator('.map-dashed').waitFor({ state: 'detached' });
  });

  it("the installation's own shapes are drawn where it has some", async () => {
    const file = join(folder, 'districts.geojson');
    const ring = [
      [21, 43],
      [22, 43],
      [22, 44],
      [21, 43],
    ];
    const feature = {
      type: 'Feature',
      properties: { name: 'Nišavski okrug' },
      geometry: { type: 'Polygon', coordinates: [ring] },
    };
    writeFileSync(file, JSON.stringify({ type: 'FeatureCollection', features: [feature] }));
    wall.set({ settings: { kosovo: 'dashed', shapes: true } });
    await serve({ shapes: file });
    const page = await open();
    const sides = () =>
      page
        .locator('.area-cleared')
        .evaluateAll((areas) => areas.map((area) => area.getAttribute('d')!.split('L').length));
    await eventually(sides).toContain(4);
  });

  it('the stream is cut and comes back by itself, with what changed meanwhile', async () => {
    await serve();
    const page = await open();
    const { port } = door;
    await door.close();
    await page.locator('html[data-state="stale"]').waitFor({ timeout: 5_000 });
    expect(await textOf(page.locator('#stale span'))).toMatch(
      /^Not live since \d+ \w{3} \d{4} \d\d:\d\d:\d\d: the connection to the server is lost\. All below is from then\./,
    );
    expect(await page.title()).toMatch(/^STALE/);
    const filter = "getComputedStyle(document.querySelector('.tile-alarms .tile-body')).filter";
    expect(await page.evaluate(filter)).toContain('grayscale(1)');
    const time = await textOf(page.locator('.head-time'));
    await page.waitForTimeout(1_500);
    expect(await textOf(page.locator('.head-time'))).toBe(time);
    wall.set({ ...quietWall(), alarms: wallAlarms(wallAlarm('b')) });
    await serve({}, port);
    await page.locator('html[data-state="live"]').waitFor({ timeout: 20_000 });
    await page.locator('.alarm-row').waitFor();
    expect(await page.locator('#stale').isVisible()).toBe(false);
  });

  it('a clock that is held says so, and made-up data is said loud', async () => {
    const clock = Date.now() - 5 * 60_000;
    wall.set({
      clock: { clock, mode: 'live', heldBy: ['network-0'], madeUp: 'a story', services: 1, elements: 1 },
    });
    await serve();
    const page = await open();
    expect(await textOf(page.locator('#held span'))).toMatch(
      /^The clock stands at \d\d:\d\d:\d\d, held by network-0\./,
    );
    expect(await textOf(page.locator('#made-up'))).toBe('Made-up data: a story');
    expect(await textOf(page.locator('.head-when'))).toContain('5 min');
  });

  it('a page that stood still is loaded anew', async () => {
    await serve();
    const context = await browser.newContext();
    const page = await context.newPage();
    pages.push(page);
    await page.clock.install();
    await page.goto(`${door.url}/wall`);
    await page.locator('html[data-state="live"]').waitFor();
    let loads = 0;
    page.on('load', () => (loads += 1));
    await page.clock.fastForward(45_000);
    await page.clock.runFor(3_000);
    await eventually(() => loads).toBe(1);
    await page.locator('html[data-state="live"]').waitFor();
  });

  it('speaks Serbian in both scripts, and German', async () => {
    await serve();
    for (const [language, title] of [
      ['sr-Latn', 'Najnoviji alarmi'],
      ['sr-Cyrl', 'Најновији аларми'],
      ['de', 'Neueste Alarme'],
    ]) {
      const page = await open(`/wall?language=${language}`);
      expect(await textOf(page.locator('.tile-alarms h2'))).toBe(title);
    }
  });

  it.each([
    ['a wall', 1920, 1080],
    ['a wall of four times the pixels', 3840, 2160],
    ['a telephone', 390, 844],
  ])(
    'on %s no page is wider than the screen, and on a wall nothing is smaller than 28 px of 1920',
    async (_, width, height) => {
      const technologies = ['2G', '3G', '4G', '5G', 'xDSL', 'DOCSIS', 'GPON'];
      const cell = { elements: 3, alarms: 12, worst: 'major' } as const;
      const districts = Array.from({ length: 34 }, (_, i) => ({
        name: `Severnobanatski okrug ${i}`,
        all: cell,
        cells: technologies.map(() => cell),
      }));
      wall.set({
        health: { technologies, districts, withoutTechnology: 0 },
        alarms: wallAlarms(...Array.from({ length: 12 }, (_, i) => wallAlarm(`very-long-name-of-a-site-${i}`))),
      });
      await serve();
      for (const name of ['alarms', 'outages', 'health', 'day']) {
        const page = await open(`/wall?page=${name}&rotate=0`, { viewport: { width, height } });
        await page.waitForTimeout(200);
        const wide = 'document.documentElement.scrollWidth';
        expect(await page.evaluate<number>(wide), name).toBeLessThanOrEqual(width);
        if (width < 1_000) continue;
        const cut = `[...document.querySelectorAll('.page.is-shown .health')].filter((table) => table.scrollWidth > table.clientWidth + 1
          || table.getBoundingClientRect().right > table.closest('.tile-body').getBoundingClientRect().right + 1
          || table.getBoundingClientRect().bottom > table.closest('.tile-body').getBoundingClientRect().bottom + 1
          || table.querySelector('tbody th').clientWidth < 150).length`;
        expect(await page.evaluate<number>(cut), name).toBe(0);
        expect(await page.evaluate<number>('document.documentElement.scrollHeight'), name).toBeLessThanOrEqual(height);
        const smallest = await page.evaluate<number>(`Math.min(...[...document.querySelectorAll('body *')]
        .filter((one) => one.checkVisibility() && !one.closest('.unseen, svg') && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
        .map((one) => parseFloat(getComputedStyle(one).fontSize)))`);
        expect(smallest * (1_920 / width), name).toBeGreaterThanOrEqual(27.9);
      }
      expect(complaints).toEqual([]);
    },
  );
});
