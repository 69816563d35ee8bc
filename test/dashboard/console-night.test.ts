/**
 * The console in a real browser, on a whole installation: an alarm appears, is acknowledged from the keyboard, and clears; time of an
 * outage is excused by two persons, and the credits follow.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import { CHROMIUM, openBrowser } from '../tools/whole.mjs';
import { House } from './house.js';

const day = (number: number, time = '00:00:00') => `2026-06-${String(number).padStart(2, '0')}T${time}+02:00`;
const assets = mkdtempSync(join(tmpdir(), 'dozor-console-'));
const INCIDENT = 'cell-1/f1';

describe.skipIf(!existsSync(CHROMIUM))('a night at the console', { timeout: 120_000 }, () => {
  let house: House;
  let door: Listening;
  let browser: Browser;
  const complaints: string[] = [];

  beforeAll(async () => {
    execFileSync('node', ['dashboard/page/build.mjs', assets]);
    house = await House.open(assets);
    await house.say('element.upserted', 'core-1', day(1), { operator: 'a1-rs', kind: 'core', district: 'Beograd' });
    await house.say('element.upserted', 'cell-1', day(1), { operator: 'a1-rs', kind: 'cell', parent: 'core-1' });
    for (const id of ['s1', 's2', 's3']) {
      const fee = { amount: '3000.00', currency: 'RSD' };
      const data = { operator: 'a1-rs', kind: 'mobile', monthlyFee: fee, billingDay: 'last', servedBy: ['cell-1'] };
      await house.say('service.upserted', id, day(1), { ...data, activeFrom: '2026-01-01T00:00:00+01:00' });
    }
    await house.moveTo(day(9));
    door = await listen({ apps: [house.api, house.dashboard!], host: '127.0.0.1', port: 0 });
    browser = await openBrowser();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await door?.close();
    await house?.close();
    rmSync(assets, { recursive: true });
    expect(complaints).toEqual([]);
  });

  /** A page of one of two persons; null: of nobody who is signed in. */
  async function open(path: string, who: 'first' | 'second' | null, width = 1920, height = 1080): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width, height },
      ...(who && { extraHTTPHeaders: { authorization: `Bearer ${house.tokens[who]}` } }),
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(door.url + path);
    await page.locator('html[data-state="live"]').waitFor();
    return page;
  }

  const wide = (page: Page) => page.evaluate('document.documentElement.scrollWidth - innerWidth');

  it('an alarm appears by itself, is acknowledged and commented from the keyboard, and clears', async () => {
    const page = await open('/alarms', 'first');
    await page.getByText('No alarm is on the list.').waitFor();
    await house.say('alarm.reported', 'core-1', day(9, '00:10:00'), {
      alarmKey: 'mains',
      perceivedSeverity: 'critical',
      probableCause: 'powerProblem',
      specificProblem: 'mains lost',
    });
    await house.moveTo(day(9, '00:14:00'));
    const row = page.locator('tbody tr', { hasText: 'core-1' }).first();
    await row.waitFor();
    for (const part of ['critical', 'mains lost', 'not handled', 'noc-power', 'Beograd'])
      expect(await row.innerText()).toContain(part);
    expect(await page.locator('#alerter').textContent()).toContain('core-1, mains lost');
    // The keyboard alone.
    await page.keyboard.press('j');
    expect(await page.evaluate('document.activeElement.tagName')).toBe('TR');
    await page.keyboard.press('x');
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('a');
    await page.locator('dialog[open]').getByLabel('Reason').fill('crew is on the way');
    await page.keyboard.press('Enter');
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    await expect.poll(() => row.innerText(), { timeout: 10_000 }).toContain('acknowledged shift-a');
    await page.keyboard.press('c');
    await page.locator('dialog[open]').getByLabel('Comment').fill('<b>battery</b> at 40 %');
    await page.locator('dialog[open]').getByRole('button', { name: 'Comment' }).click();
    await page.locator('dialog[open]').waitFor({ state: 'detached' });
    // Its page: rule, comment as text, journal; and back by a key.
    await row.focus();
    await page.keyboard.press('Enter');
    await page.getByText('<b>battery</b> at 40 %').first().waitFor();
    await page.getByText('power-lost').first().waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/alarms\/[0-9a-f]{32}$/);
    await page.keyboard.press('u');
    await row.waitFor();
    await house.say('alarm.ended', 'core-1', day(9, '01:00:00'), { alarmKey: 'mains' });
    await house.moveTo(day(9, '01:10:00'));
    await page.getByText('No alarm is on the list.').waitFor();
    await page.context().close();
  });

  it('filters and sort stand in the address, and a help overlay names the keys', async () => {
    const page = await open('/alarms?state=all&text=mains', 'first');
    await page.locator('tbody tr').first().waitFor();
    expect(await page.getByLabel('Text').inputValue()).toBe('mains');
    await page.getByRole('button', { name: 'Resource', exact: true }).click();
    await expect.poll(() => new URL(page.url()).search).toContain('sort=resource');
    expect(await page.locator('th[aria-sort="ascending"]').innerText()).toContain('Resource');
    await page.getByLabel('Owner').fill('nobody');
    await page.getByText('No alarm fits the filter.').waitFor();
    expect(new URL(page.url()).searchParams.get('owner')).toBe('nobody');
    await page.locator('#view h2').click();
    await page.keyboard.press('?');
    const help = page.locator('dialog[open]');
    for (const part of ['acknowledge what is selected', 'next alarm', 'search'])
      expect(await help.innerText()).toContain(part);
    await page.keyboard.press('Escape');
    await page.context().close();
  });

  it('who is not signed in sees everything, and is told so when he acts', async () => {
    const page = await open('/works', null);
    await page.getByRole('button', { name: 'Plan works' }).click();
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('Element').fill('cell-1');
    await dialog.getByLabel('Number of the works').fill('w1');
    await dialog.getByLabel('From', { exact: true }).fill('2026-06-28T00:00');
    await dialog.getByLabel('To', { exact: true }).fill('2026-06-28T04:00');
    await dialog.getByRole('button', { name: 'Plan works' }).click();
    await dialog.getByText('Reason: This is needed.').waitFor();
    await dialog.getByLabel('Reason').fill('new antenna');
    await dialog.getByRole('button', { name: 'Plan works' }).click();
    await dialog.getByText('You are not signed in').waitFor();
    await page.context().close();
  });

  it('works are planned, shown with what the terms make of them, and cancelled', async () => {
    const page = await open('/works', 'first');
    await page.keyboard.press('p');
    const dialog = page.locator('dialog[open]');
    await dialog.getByLabel('Element').fill('cell-1');
    await dialog.getByLabel('Number of the works').fill('w1');
    await dialog.getByLabel('From', { exact: true }).fill('2026-06-28T00:00');
    await dialog.getByLabel('To', { exact: true }).fill('2026-06-28T04:00');
    await dialog.getByLabel('Reason').fill('new antenna');
    await dialog.getByRole('button', { name: 'Plan works' }).click();
    await dialog.waitFor({ state: 'detached' });
    await house.moveTo(day(9, '02:00:00'));
    const row = page.locator('tbody tr', { hasText: 'w1' });
    await row.waitFor({ timeout: 20_000 });
    for (const part of ['cell-1', '28 Jun 2026 00:00:00', 'ahead']) expect(await row.innerText()).toContain(part);
    await row.getByRole('button', { name: 'Cancel works' }).click();
    await page.locator('dialog[open]').getByLabel('Reason').fill('storm');
    await page.keyboard.press('Enter');
    await house.moveTo(day(9, '03:00:00'));
    await expect.poll(() => row.innerText(), { timeout: 20_000 }).toContain('cancelled');
    await page.context().close();
  });

  it('time of an outage is excused by two persons, and what is owed follows', async () => {
    await house.say('fault.opened', 'cell-1', day(10), { faultId: 'f1', responsibility: 'operator', reason: 'power' });
    await house.moveTo(day(11));
    const first = await open('/outages', 'first');
    await first.locator('tbody tr', { hasText: INCIDENT }).waitFor();
    await first.keyboard.press('j');
    await first.keyboard.press('Enter');
    await first.getByText('just past its limit').waitFor();
    await first.locator('#view').getByText('600.00 RSD').waitFor();
    await first.getByRole('link', { name: 's2' }).waitFor();
    await house.moveTo(day(12, '12:00:00'));
    await expect
      .poll(() => first.locator('.page').innerText(), { timeout: 20_000 })
      .toContain('Outage passed its limit');
    // One proposes, from the outage's page.
    await first.getByRole('link', { name: 'Excuse time' }).click();
    const dialog = first.locator('dialog[open]');
    await dialog.getByLabel('From', { exact: true }).fill('2026-06-10T06:00');
    await dialog.getByLabel('To', { exact: true }).fill('2026-06-10T18:00');
    await dialog.getByLabel('Cause that it is to have').selectOption('force-majeure');
    await dialog.getByLabel('Reason').fill('flood: the police closed the road');
    await dialog.getByRole('button', { name: 'Propose to excuse time' }).click();
    await dialog.waitFor({ state: 'detached' });
    await first.getByText('waits for another person').waitFor();
    // The same person cannot confirm it.
    await first.getByRole('button', { name: 'Confirm' }).click();
    await first.locator('dialog[open]').getByRole('button', { name: 'Confirm' }).click();
    await first.locator('dialog[open]').getByText('it takes another person').waitFor();
    await first.keyboard.press('Escape');
    // Another one does, and sees who asked and why.
    const second = await open('/works', 'second');
    await second.getByText('flood: the police closed the road').waitFor();
    await second.getByRole('button', { name: 'Confirm' }).click();
    await second.locator('dialog[open]').getByText('Proposed by shift-a').waitFor();
    await second.locator('dialog[open]').getByRole('button', { name: 'Confirm' }).click();
    await second.locator('dialog[open]').waitFor({ state: 'detached' });
    await second.getByText('confirmed and in force').waitFor();
    // The time does not count, and the credit at its end is for the rest.
    await house.say('fault.cleared', 'cell-1', day(13), { faultId: 'f1' });
    await house.moveTo(day(13, '01:00:00'));
    await second.goto(`${door.url}/outages/${encodeURIComponent(INCIDENT)}`);
    // 72 h less 12 h of 720 h at 3,000.00, three times.
    await second.locator('#view').getByText('750.00 RSD').first().waitFor({ timeout: 20_000 });
    const text = await second.locator('.page').innerText();
    for (const part of ['12 h', 'excused', 'force-majeure', 'Credit granted', 'Outage withdrawn'])
      expect(text).toContain(part);
    await second.locator('tbody tr', { hasText: 'Credit granted' }).first().getByRole('link').click();
    await second.getByText('console/excuses#').first().waitFor();
    await first.context().close();
    await second.context().close();
  });

  it('times are those of the zone from the first picture on', async () => {
    const page = await open('/outages?state=ended', 'first');
    const row = page.locator('tbody tr', { hasText: INCIDENT });
    expect(await row.innerText()).toContain('10 Jun 2026 00:00:00');
    expect(await page.locator('html').getAttribute('data-zone')).toBe('Europe/Belgrade');
    await page.context().close();
  });

  it('everything is searched by a key, and a phone number is not', async () => {
    const page = await open('/refused', 'first');
    await page.getByText('Nothing was refused.').first().waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('+381 64 1234567');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).pathname).toBe('/refused');
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('cell-1');
    await page.keyboard.press('Enter');
    await page
      .getByRole('link', { name: INCIDENT })
      .first()
      .or(page.getByRole('link', { name: 'cell-1' }).first())
      .first()
      .waitFor();
    expect(new URL(page.url()).search).toBe('?q=cell-1');
    expect(await page.title()).toContain('Search: cell-1');
    await page.context().close();
  });

  it.each([
    ['a screen', 1920, 1080],
    ['a screen of 4K', 3840, 2160],
    ['a telephone', 390, 844],
  ])('on %s no view is wider than the screen', async (_, width, height) => {
    const alarm = (await house.get('/v1/alarms?state=all&limit=1')).body.alarms[0].id;
    const decision = (await house.get('/v1/decisions?type=credit.granted&limit=1')).body.decisions[0].id;
    const page = await open('/', 'first', width, height);
    const paths = [
      '/alarms?state=all',
      `/alarms/${alarm}`,
      '/outages',
      '/outages?state=ended',
      `/outages/${encodeURIComponent(INCIDENT)}`,
      '/works',
      '/decisions',
      `/decisions/${decision}`,
      '/refused',
      '/search?q=cell',
    ];
    for (const path of paths) {
      await page.goto(door.url + path);
      await page.locator('#view h2, #view h3').first().waitFor();
      await page.waitForTimeout(500);
      expect(await wide(page), path).toBeLessThanOrEqual(0);
      if (process.env['DOZOR_SHOTS']) {
        for (const colorScheme of ['dark', 'light'] as const) {
          await page.emulateMedia({ colorScheme });
          const name = `${path.replace(/[^a-z]+/gi, '-')}-${width}-${colorScheme}.png`;
          await page.screenshot({ path: join(process.env['DOZOR_SHOTS'], name), fullPage: width < 1_000 });
        }
      }
    }
    await page.context().close();
  });

  it('every view has its words in the four languages', async () => {
    for (const [language, words] of [
      ['sr-Latn', 'Prekidi'],
      ['sr-Cyrl', 'Прекиди'],
      ['de', 'Unterbrechungen'],
    ] as const) {
      const page = await open(`/outages?language=${language}`, 'first');
      await page.getByRole('heading', { name: words }).first().waitFor();
      expect(await page.locator('html').getAttribute('lang')).toBe(language);
      await page.context().close();
    }
    // No view says anything beside its dictionary: what is made of English words alone stands in none of them.
    for (const name of ['alarms/list', 'outages/one', 'works/view', 'refused/view', 'search/view', 'decisions/list']) {
      const source = readFileSync(`dashboard/page/console/${name}.ts`, 'utf8').replace(
        /\/\*[\s\S]*?\*\/|\/\/.*$/gm,
        '',
      );
      expect(source, name).not.toMatch(/make\('(?:p|h2|h3|button|strong)', '[^']*', '[A-Z][a-z]/);
    }
  });
});
