/** The views of an element, a service, notices, texts and rule packs in a real browser, on a real installation that was told a story. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceView } from '../../pipelines/domain/subject/service-view.js';
import type { NoticeList } from '../../pipelines/domain/subject/shown.js';
import { SHARED } from '../cases.js';
import { CHROMIUM } from '../tools/whole.mjs';
import { storyOfServices } from './subject-story.js';
import { END, eventOf, type World, worldWith } from './subject-world.js';

const PARTS = [CHROMIUM, `${SHARED}/cases`];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const MINUTE = 60_000;
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000 });

describe.skipIf(!PARTS.every((part) => existsSync(part)))('on a real installation', { timeout: 120_000 }, () => {
  let world: World;

  beforeAll(async () => {
    world = await worldWith(storyOfServices());
  }, 400_000);
  afterAll(async () => {
    await world?.close();
  }, 60_000);

  const asked = async <T>(path: string) => (await (await fetch(world.url + path)).json()) as T;
  const textOf = async (page: Page, selector: string) =>
    (await page.locator(selector).innerText()).replace(/\s+/g, ' ');
  const query = (page: Page) => new URL(page.url()).searchParams;

  describe('an element', () => {
    const rate = '[data-kpi="RRC.ConnEstabSuccRate"]';

    it('shows its facts, what is open on it, and charts that say what they show', async () => {
      const page = await world.open('/elements/cell-1');
      await page.locator(`${rate} canvas`).waitFor();
      const text = await textOf(page, '#view');
      for (const part of ['4G', 'site-1', 'Raška', 'cell-1/f2', '<b>cable cut</b> by "builders"', 'w7'])
        expect(text).toContain(part);
      expect(await page.locator('#view b').count()).toBe(0);
      const summary = await textOf(page, `${rate} .chart-summary`);
      expect(summary).toContain('No data for 2 h 30 min from 15 Jun 2026 04:00:00');
      expect(summary).toContain('lie outside what is usual');
      expect(await textOf(page, `${rate} .chart-rules`)).toMatch(/minor: raised below 96.*major: raised below 93/);
      expect(world.complaints).toEqual([]);
    });

    it('draws a gap as a gap, and says in the table that nothing came', async () => {
      const page = await world.open('/elements/cell-1?range=1d&kpi=RRC.ConnEstabSuccRate');
      await page.locator(`${rate} canvas`).waitFor();
      await page.locator(`${rate} summary`).click();
      const empty = page.locator(`${rate} tr.without`);
      expect(await empty.count()).toBeGreaterThan(5);
      expect(await empty.first().innerText()).toContain('no data');
      expect(await page.locator(`${rate} tbody tr`).count()).toBeGreaterThan(200);
    });

    it('is read point by point and zoomed by the keyboard, and the range stands in the address', async () => {
      const page = await world.open('/elements/cell-1?kpi=RRC.ConnEstabSuccRate');
      const stage = page.locator(`${rate} .chart-stage`);
      await page.locator(`${rate} canvas`).waitFor();
      await stage.focus();
      await page.keyboard.press('Home');
      const first = await stage.getAttribute('aria-valuetext');
      expect(first).toMatch(/^14 Jun 12:0\d: mean 9\d/);
      await page.keyboard.press('ArrowRight');
      expect(await stage.getAttribute('aria-valuetext')).not.toBe(first);
      await page.keyboard.press('+');
      await eventually(() => query(page).get('from')).toBe(new Date(END - 18 * 60 * MINUTE).toISOString());
      expect(query(page).get('to')).toBe(new Date(END - 6 * 60 * MINUTE).toISOString());
      await page.keyboard.press('-');
      await eventually(() => query(page).get('from')).toBe(new Date(END - 24 * 60 * MINUTE).toISOString());
      await page.goBack();
      await page.goBack();
      await eventually(() => query(page).get('from')).toBeNull();
    });

    it('is zoomed by dragging and by buttons, and goes up to a year', async () => {
      const page = await world.open('/elements/cell-1?kpi=RRC.ConnEstabSuccRate');
      const over = page.locator(`${rate} .u-over`);
      await over.waitFor();
      const box = (await over.boundingBox())!;
      await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 5 });
      await page.mouse.up();
      await eventually(() => query(page).get('from')).not.toBeNull();
      const from = Date.parse(query(page).get('from')!);
      expect(Math.abs(from - (END - 18 * 60 * MINUTE))).toBeLessThan(10 * MINUTE);
      await page.getByRole('button', { name: '1 year' }).click();
      await eventually(() => query(page).get('range')).toBe('1y');
      await eventually(() => textOf(page, `${rate} .panel-title`)).toContain('windows of 1 day');
      expect(await page.getByRole('button', { name: '1 year' }).getAttribute('aria-pressed')).toBe('true');
    });

    it('moves the cursor of all charts together', async () => {
      const page = await world.open('/elements/cell-1');
      const over = page.locator(`${rate} .u-over`);
      await over.waitFor();
      await page.locator('[data-kpi="DRB.UEThpDl"] canvas').waitFor();
      const box = (await over.boundingBox())!;
      await page.mouse.move(box.x + box.width / 3, box.y + 50);
      const time = async (kpi: string) => (await textOf(page, `[data-kpi="${kpi}"] .chart-reading`)).slice(0, 12);
      await eventually(() => time('DRB.UEThpDl')).toBe(await time('RRC.ConnEstabSuccRate'));
    });

    it('that nobody knows says so', async () => {
      const page = await world.open('/elements/no-such');
      await eventually(() => textOf(page, '#view')).toContain('there is no element no-such');
    });
  });

  describe('a service', () => {
    it('abroad has a calendar of days whose words and figures are those of the server', async () => {
      const page = await world.open('/services/roamer');
      await page.locator('.calendar').first().waitFor();
      const { roaming } = await asked<ServiceView>('/v1/services/roamer');
      expect(await page.locator('.calendar .square').count()).toBe(roaming!.days.length);
      expect(await page.locator('.calendar .is-abroad').count()).toBe(
        roaming!.days.filter(({ is }) => is === 'abroad').length,
      );
      const text = await textOf(page, '#view');
      expect(text).toContain(`days ${roaming!.domesticDays} ${roaming!.roamingDays} yes`);
      expect(text).toContain('runs since 17 May 2026 (data)');
      expect(await page.locator('.calendar .is-abroad').first().innerText()).toContain('abroad');
      expect(world.complaints).toEqual([]);
    });

    it('that is barred shows its spend against the cap, the warning and the bar', async () => {
      const page = await world.open('/services/spender');
      await page.locator('.spend-drawing').waitFor();
      const text = await textOf(page, '#view');
      for (const part of [
        '5,012.01 RSD',
        '5,000.00 RSD (A1 14.3), asked for by the subscriber',
        'stands (no. 1), for the cycle from 1 Jun 2026',
        'Services barred',
      ])
        expect(text).toContain(part);
      await page.locator('#view summary', { hasText: 'Usage charges by day' }).click();
      expect(await textOf(page, '#view details table')).toContain('10 Jun 2026 5,000.00 RSD 5,000.00 RSD');
    });

    it.each([
      ['limited', ['5 GB', '10 Jun 2026', 'Limit passed']],
      ['line-may', ['May 2026', '80 Mbit/s 80 Mbit/s met']],
      ['viewer', ['service (operator liable)']],
      ['owing', ['unpaid usage charges', 'credit limit']],
    ])('%s shows what its rules see', async (id, parts) => {
      const page = await world.open(`/services/${id}`);
      await page.locator('.service .panel').first().waitFor();
      const text = await textOf(page, '#view');
      for (const part of parts) expect(text).toContain(part);
      expect(text).not.toMatch(/\+381|@example/);
    });

    it('hears of a new decision without being loaded anew', async () => {
      const page = await world.open('/services/limited');
      await page.locator('.service .panel').first().waitFor();
      const use = eventOf('usage.recorded', 'limited', END + MINUTE, {
        kind: 'data',
        direction: 'out',
        bytes: 6_000_000_000,
        country: 'RS',
      });
      await world.tell([use], END + 10 * MINUTE);
      await eventually(() => textOf(page, '#view')).toContain('day, 15 Jun 2026 data 6 GB 5 GB M passed, atypical');
      expect(world.complaints).toEqual([]);
    });

    it('that nobody knows says so', async () => {
      const page = await world.open('/services/no-such');
      await eventually(() => textOf(page, '#view')).toContain('there is no service no-such');
    });
  });

  describe('notices and texts', () => {
    it('are listed with how they stand, and opened with their text and journal', async () => {
      const page = await world.open('/notices?subject=spender');
      await page.locator('.grid tbody tr').first().waitFor();
      const { notices, ledger } = await asked<NoticeList>('/v1/notices?subject=spender');
      expect(ledger).toBe(true);
      expect(await page.locator('.grid tbody tr').count()).toBe(notices.length);
      await page.locator('.grid tbody tr').first().focus();
      await page.keyboard.press('Enter');
      await page.locator('.sent-text').first().waitFor();
      const text = await textOf(page, '#view');
      for (const part of ['masked', 'legal', 'decided', 'heard by the ledger']) expect(text).toContain(part);
      expect(text).not.toMatch(/\+381|@example/);
      expect(world.complaints).toEqual([]);
    });

    it('a template is found by its name, in four languages', async () => {
      const page = await world.open('/texts');
      await page.locator('.text-entry').first().waitFor();
      expect(await page.locator('.text-entry').count()).toBeGreaterThan(20);
      await page.getByRole('searchbox', { name: 'Find a template' }).fill('spend-barred');
      await eventually(() => page.locator('.text-entry').count()).toBe(1);
      expect(query(page).get('template')).toBe('spend-barred');
      for (const language of ['sr-Latn', 'sr-Cyrl', 'en', 'de'])
        expect(await page.locator(`.sent-text[lang="${language}"]`).count()).toBe(2);
    });
  });

  it('rule packs are text: each rule with its values, clauses and readings, and the clauses one by one', async () => {
    const page = await world.open('/packs');
    await page.getByRole('link', { name: 'A1 Srbija (a1-rs)' }).click();
    await page.locator('#rule-spendBar').waitFor();
    const text = await textOf(page, '#rule-spendBar');
    for (const part of ['spendBar (A1 14.3)', 'cap', '5000.00', 'A1 14.3']) expect(text).toContain(part);
    await page.locator('select').selectOption('out-of-scope');
    await eventually(() => query(page).get('standing')).toBe('out-of-scope');
    await eventually(() => textOf(page, '#view')).toContain('A1 1.1');
    expect(world.complaints).toEqual([]);
  });

  it.each([
    '/elements/cell-1',
    '/services/roamer',
    '/services/spender',
    '/services/viewer',
    '/notices',
    '/texts?template=spend-barred',
    '/packs/a1-rs',
  ])('axe finds nothing on %s, and nothing is wider than a telephone', async (path) => {
    const found: string[] = [];
    for (const [width, colorScheme] of [
      [1920, 'dark'],
      [390, 'light'],
    ] as const) {
      const page = await world.open(path, { viewport: { width, height: 900 }, colorScheme });
      await page.locator('#view h2').first().waitFor();
      await page.waitForTimeout(1_500);
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
      for (const { id, nodes } of violations)
        found.push(`${width}: ${id} at ${nodes[0]!.target.join(' ')}: ${nodes[0]!.any[0]?.message}`);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    }
    expect(found).toEqual([]);
  });
});
