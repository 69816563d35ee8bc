/** In Chromium: the first administrator, signing in again without losing the page, a wall let in, and scripts in what people typed. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { outage } from '../pipelines/http/fake.js';
import { CHROMIUM, openBrowser } from '../tools/whole.mjs';
import { Door, PASSWORD } from './door.js';

const SCRIPT = '<img src=x onerror="window.stolen=1"><script>window.stolen=1</script>';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const assets = mkdtempSync(join(tmpdir(), 'dozor-access-page-'));

describe.skipIf(!existsSync(CHROMIUM))('in a browser', { timeout: 90_000 }, () => {
  let browser: Browser;
  let door: Door;
  let url: string;

  beforeAll(async () => {
    execFileSync('node', ['dashboard/page/build.mjs', assets]);
    browser = await openBrowser();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(assets, { recursive: true });
  });
  beforeEach(async () => {
    door = await Door.open({ assets, rates: { burst: 1e4, perSecond: 1e4 } });
    url = await door.listen();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await door.close();
  });

  async function open(path: string, locale = 'en-GB'): Promise<Page> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale });
    const page = await context.newPage();
    await page.goto(url + path);
    return page;
  }

  async function signIn(page: Page, login: string): Promise<void> {
    await page.locator('input[name=login]').fill(login);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
  }

  const stolen = (page: Page) => page.evaluate(() => (globalThis as { stolen?: number }).stolen);

  it('the first administrator is made by the code, and is signed in', async () => {
    const page = await open('/set-up');
    await page.locator('input[name=code]').waitFor();
    const [, code] = /enter ([\w-]+)$/.exec(door.printed[0]!)!;
    await page.locator('input[name=code]').fill(code!.toLowerCase());
    await signIn(page, 'mira');
    await page.waitForURL(`${url}/`);
    await expect.poll(() => page.locator('#who').innerText(), { timeout: 15_000 }).toContain('mira, administrator');
  });

  it('one signs in by keyboard, comes back to where one was, and is asked again over what is on the page', async () => {
    await door.access.accounts.create({ login: 'nocna', role: 'operator', password: PASSWORD }, 'test');
    const page = await open('/?x=1');
    await page.waitForURL(/\/sign-in\?to=/);
    await signIn(page, 'nocna');
    await page.waitForURL(`${url}/?x=1`);
    await page.locator('html[data-state="live"]').waitFor();
    const [session] = await door.access.sessions.list();
    await door.access.sessions.endById(session!.id);
    const dialog = page.locator('dialog.sign-in');
    await dialog.waitFor({ timeout: 30_000 });
    expect(await dialog.innerText()).toContain('You were signed out');
    expect(await page.locator('#counters').isVisible()).toBe(true);
    await signIn(page, 'nocna');
    await dialog.waitFor({ state: 'detached' });
    await page.locator('html[data-state="live"]').waitFor({ timeout: 30_000 });
  });

  it('who puts the dialog away goes on looking, and is not asked at each try of the stream', async () => {
    await door.access.accounts.create({ login: 'nocna', role: 'operator', password: PASSWORD }, 'test');
    const page = await open('/sign-in?to=/');
    await page.locator('input[name=login]').waitFor();
    await signIn(page, 'nocna');
    await page.locator('html[data-state="live"]').waitFor();
    const [session] = await door.access.sessions.list();
    await door.access.sessions.endById(session!.id);
    const dialog = page.locator('dialog.sign-in');
    await dialog.waitFor({ timeout: 30_000 });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    const refused: string[] = [];
    page.on('response', (response) => refused.push(`${response.status()} ${new URL(response.url()).pathname}`));
    await expect.poll(() => refused.filter((one) => one === '401 /v1/stream').length, { timeout: 45_000 }).toBe(2);
    expect(await dialog.count()).toBe(0);
    await page.locator('#who button').click();
    await signIn(page, 'nocna');
    await page.locator('html[data-state="live"]').waitFor({ timeout: 30_000 });
  });

  it('a wrong password is said beside the field, aloud, in the language of the page', async () => {
    const page = await open('/sign-in', 'de-AT');
    await page.locator('input[name=login]').waitFor();
    await signIn(page, 'nobody');
    await expect.poll(() => page.locator('[role=alert]').innerText()).toBe('Der Name oder das Passwort stimmt nicht.');
    expect(await page.locator('input[name=password]').inputValue()).toBe('');
  });

  it('a script in a name, a place or a reason is shown as text and does not run', async () => {
    await door.access.accounts.create(
      { login: 'mira', name: SCRIPT.slice(0, 80), role: 'admin', password: PASSWORD },
      'test',
    );
    const now = Date.now();
    door.views.now = { ...door.views.now, clock: now };
    door.views.open = [outage({ from: now - 3_600_000, reasons: [SCRIPT], confirmedAt: now + 3_600_000 })];
    const page = await open('/sign-in?to=/');
    await page.locator('input[name=login]').waitFor();
    await signIn(page, 'mira');
    await page.locator('li.outage').waitFor({ timeout: 30_000 });
    expect(await page.locator('li.outage').innerText()).toContain('onerror');
    expect(await page.locator('#who').innerText()).toContain('onerror');
    expect(await stolen(page)).toBeUndefined();
    const asked = await door.access.walls.ask();
    await door.access.walls.letIn(asked.code, { name: SCRIPT.slice(0, 60), place: SCRIPT.slice(0, 60) }, 'test');
    await door.access.write({ who: 'u-1', role: 'operator', what: 'x', outcome: 'done', reason: SCRIPT });
    await page.goto(`${url}/admin`);
    await expect.poll(() => page.locator('#content').innerText(), { timeout: 15_000 }).toContain('onerror');
    expect(await page.locator('#content img, #content script').count()).toBe(0);
    expect(await stolen(page)).toBeUndefined();
  });

  it('a script that got in all the same is stopped by the policy', async () => {
    const page = await open('/sign-in');
    await page.locator('input[name=login]').waitFor();
    const inject =
      "const s = document.createElement('script'); s.textContent = 'globalThis.stolen = 1'; document.body.append(s)";
    await page.evaluate(inject);
    expect(await stolen(page)).toBeUndefined();
  });

  it.each([
    ['dark', 1920, 1080],
    ['light', 390, 844],
  ] as const)('axe finds nothing on its pages, %s at %s', async (colorScheme, width, height) => {
    const found: string[] = [];
    const look = async (page: Page, where: string) => {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.locator('h1, h2').first().waitFor({ timeout: 15_000 });
      await page.waitForTimeout(500);
      await page.evaluate(AXE);
      const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
      for (const { id, nodes } of violations) found.push(`${where}: ${id} at ${nodes[0]!.target.join(' ')}`);
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), where).toBeLessThanOrEqual(0);
    };
    await look(await open('/set-up'), '/set-up');
    await door.access.accounts.create({ login: 'mira', name: 'Mira', role: 'admin', password: PASSWORD }, 'test');
    await door.access.accounts.create({ login: 'nocna', role: 'operator', password: PASSWORD }, 'test');
    const asked = await door.access.walls.ask();
    await door.access.walls.letIn(asked.code, { name: 'left', place: 'room 2' }, 'test');
    await look(await open('/wall/enrol'), '/wall/enrol');
    const page = await open('/sign-in?to=/admin');
    await look(page, '/sign-in');
    await signIn(page, 'mira');
    await page.waitForURL(`${url}/admin`);
    await expect.poll(() => page.locator('#content').innerText(), { timeout: 15_000 }).toContain('nocna');
    await look(page, '/admin');
    await page.goto(`${url}/account`);
    await look(page, '/account');
    expect(found).toEqual([]);
  });

  it('a screen shows its code, and goes on to the wall when it is let in', async () => {
    const { cookie } = await door.signIn('admin');
    const page = await open('/wall');
    await page.waitForURL(/\/wall\/enrol/);
    await expect.poll(() => page.locator('.code').innerText()).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    const code = await page.locator('.code').innerText();
    expect((await door.page('POST', '/v1/walls', { code, name: 'left', place: 'room 2' }, cookie)).status).toBe(201);
    await page.waitForURL((to) => to.pathname === '/wall', { timeout: 15_000 });
    expect(page.url()).not.toContain(code);
  });
});
