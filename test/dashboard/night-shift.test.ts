/**
 * The nights of one outage, by one person who has only the page: from the first red on the wall to the excused interval and the credits
 * that follow. It is docs/night-shift.md; DOZOR_FILM names the folder into which its pictures go.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, CHROMIUM, openBrowser, someStory, startWhole, tell, until, type Whole } from '../tools/whole.mjs';

const SITE = 'demo-mobile-site-0012';
/** The fault that the alarm itself opened. */
const INCIDENT = `${SITE}/alarm:mains`;
const PASSWORD = 'kiša nad Moravom 7';
const june = (day: number, time: string) => `2026-06-${String(day).padStart(2, '0')}T${time}+02:00`;

describe.skipIf(!existsSync(CHROMIUM))('a night shift', { timeout: 240_000 }, () => {
  let whole: Whole;
  let browser: Browser;
  let wall: Page;
  let desk: Page;
  const complaints: string[] = [];
  let events = 0;

  const say = (type: string, time: string, data: object) => {
    const head = { specversion: '1.0', id: `n${++events}`, source: 'demo-mobile/noc', madeup: true };
    return tell(whole, [{ ...head, type, subject: SITE, time, recordedtime: time, data }]);
  };

  /** Moves the clock and waits until everything is judged. */
  async function moveTo(time: string): Promise<void> {
    const answer = await fetch(`${whole.url}/v1/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${whole.token}` },
      body: JSON.stringify({ until: time }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    const status = async () => {
      const asked = await desk.request.get(`${whole.url}/v1/status`);
      return Date.parse(((await asked.json()) as { readonly clock: string }).clock) >= Date.parse(time);
    };
    await until(status, { maxMs: 60_000, what: time });
  }

  async function open(path: string): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width: 1920, height: 1080 },
      colorScheme: 'dark',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(whole.url + path);
    return page;
  }

  let pictures = 0;
  /** What the page shows now, as the next picture of the film. */
  async function film(page: Page, name: string): Promise<void> {
    pictures += 1;
    const folder = process.env['DOZOR_FILM'];
    if (!folder) return;
    await page.waitForTimeout(1_500);
    const path = join(folder, `night-${String(pictures).padStart(2, '0')}-${name}.png`);
    await page.screenshot({ path });
  }

  async function signIn(page: Page, login: string): Promise<void> {
    await page.locator('input[name=login]').fill(login);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.locator('html[data-state="live"]').waitFor({ timeout: 30_000 });
  }

  beforeAll(async () => {
    build();
    whole = await startWhole({ DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '300', DOZOR_ANONYMOUS: 'none' });
    const story = (await someStory({ services: 150, days: 1, from: june(1, '00:00:00') })) as { type: string }[];
    await tell(
      whole,
      story.filter(({ type }) => type.endsWith('.upserted')),
    );
    browser = await openBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await whole?.stop();
    expect(complaints).toEqual([]);
  });

  it('begins: three people have accounts, a screen is let in, and nothing is red', async () => {
    const admin = await open('/set-up');
    await admin.locator('input[name=code]').waitFor();
    const code = await until(async () => /enter ([\w-]+)/.exec(whole.output())?.[1], { what: 'the code' });
    await admin.locator('input[name=code]').fill(code);
    await signIn(admin, 'uprava');
    const headers = { 'x-dozor-page': '1', 'sec-fetch-site': 'same-origin' };
    for (const [login, name, role] of [
      ['ana', 'Ana, night shift', 'operator'],
      ['mira', 'Mira, head of shift', 'supervisor'],
    ]) {
      const data = { login, name, role, password: PASSWORD };
      const made = await admin.request.post(`${whole.url}/v1/accounts`, {
        headers: { ...headers, 'idempotency-key': login! },
        data,
      });
      expect([made.status(), await made.text()]).toEqual([201, expect.any(String)]);
    }
    wall = await open('/wall');
    const letters = await until(async () => (await wall.locator('.code').innerText()).trim() || undefined);
    const data = { code: letters, name: 'left', place: 'operations room' };
    const letIn = await admin.request.post(`${whole.url}/v1/walls`, {
      headers: { ...headers, 'idempotency-key': 'wall' },
      data,
    });
    expect(letIn.status()).toBe(201);
    await wall.locator('html[data-state="live"]').waitFor({ timeout: 30_000 });
    await admin.context().close();
    desk = await open('/alarms');
    await signIn(desk, 'ana');
    await moveTo(june(10, '22:00:00'));
    await desk.getByText('No alarm is on the list.').waitFor({ timeout: 30_000 });
    await wall.goto(`${whole.url}/wall?page=alarms`);
    await wall.locator('html[data-state="live"]').waitFor({ timeout: 30_000 });
  });

  it('22:04: mains are lost; the wall turns red by itself, and she takes it from the keyboard', async () => {
    const mains = {
      alarmKey: 'mains',
      perceivedSeverity: 'critical',
      probableCause: 'powerProblem',
      specificProblem: 'mains lost, on batteries',
    };
    await say('alarm.reported', june(10, '22:04:00'), mains);
    await moveTo(june(10, '22:15:00'));
    await wall.locator('.tile-alarms').getByText('mains lost').first().waitFor({ timeout: 30_000 });
    await film(wall, 'first-red');
    const row = desk.locator('tbody tr', { hasText: 'mains lost' }).first();
    await row.waitFor({ timeout: 30_000 });
    await desk.keyboard.press('j');
    await desk.keyboard.press('x');
    await desk.keyboard.press('a');
    await desk.locator('dialog[open]').getByLabel('Reason').fill('the river is in the street; crew called');
    await film(desk, 'taken');
    await desk.keyboard.press('Enter');
    await desk.locator('dialog[open]').waitFor({ state: 'detached' });
    await expect.poll(() => row.innerText(), { timeout: 20_000 }).toContain('acknowledged Ana');
  });

  it('the second evening: half an hour before the limit the wall says what missing it would cost', async () => {
    await moveTo(june(12, '21:40:00'));
    await wall.goto(`${whole.url}/wall?page=outages&rotate=0`);
    await wall.locator('.tile-outages').getByText(SITE).first().waitFor({ timeout: 30_000 });
    await film(wall, 'before-the-limit');
  });

  it('past 48 h: repair overdue, told to subscribers and regulator in their words', async () => {
    await moveTo(june(12, '22:30:00'));
    await desk.goto(`${whole.url}/outages/${encodeURIComponent(INCIDENT)}`);
    await desk.locator('#view').getByText('Outage passed its limit').first().waitFor({ timeout: 30_000 });
    await film(desk, 'past-the-limit');
    const query = '/v1/decisions?type=notice.requested&limit=100';
    const { decisions } = (await (await desk.request.get(whole.url + query)).json()) as {
      readonly decisions: readonly { readonly data: Readonly<Record<string, string>> }[];
    };
    const told = decisions.find(({ data }) => data['audience'] === 'subscriber' && data['language'] === 'sr-Latn')!;
    await desk.goto(`${whole.url}/notices/${encodeURIComponent(told.data['noticeId']!)}`);
    await desk.locator('blockquote[lang="sr-Latn"]').first().waitFor({ timeout: 30_000 });
    await film(desk, 'notice');
  });

  it('the police had closed the road: she proposes to excuse that time, and may not confirm it', async () => {
    await desk.goto(`${whole.url}/outages/${encodeURIComponent(INCIDENT)}`);
    await desk.locator('#view').getByText('Outage passed its limit').first().waitFor({ timeout: 30_000 });
    await desk.keyboard.press('e');
    const dialog = desk.locator('dialog[open]');
    await dialog.getByLabel('From', { exact: true }).fill('2026-06-10T23:00');
    await dialog.getByLabel('To', { exact: true }).fill('2026-06-11T17:00');
    await dialog.getByLabel('Cause that it is to have').selectOption('force-majeure');
    await dialog.getByLabel('Reason').fill('flood: the police closed the road to the site, order 117');
    await dialog.getByRole('button', { name: 'Propose to excuse time' }).click();
    await dialog.waitFor({ state: 'detached' });
    await desk.getByText('waits for another person').waitFor();
    await desk.getByRole('button', { name: 'Confirm' }).click();
    await desk.locator('dialog[open]').getByRole('button', { name: 'Confirm' }).click();
    await desk.locator('dialog[open]').getByText('this needs the role supervisor').waitFor();
    await desk.keyboard.press('Escape');
  });

  it('the head of the shift confirms it at her own desk, and what was decided is corrected', async () => {
    const second = await open('/works');
    await signIn(second, 'mira');
    await second.locator('#view').getByText('order 117').first().waitFor({ timeout: 30_000 });
    await second.getByRole('button', { name: 'Confirm' }).click();
    await second.locator('dialog[open]').getByText('Proposed by Ana').waitFor();
    await film(second, 'second-pair-of-eyes');
    await second.locator('dialog[open]').getByRole('button', { name: 'Confirm' }).click();
    await second.getByText('confirmed and in force').waitFor({ timeout: 30_000 });
    await moveTo(june(12, '23:00:00'));
    await desk.goto(`${whole.url}/outages/${encodeURIComponent(INCIDENT)}`);
    await desk.locator('#view').getByText('Outage withdrawn').first().waitFor({ timeout: 30_000 });
    await film(desk, 'excused');
    await second.context().close();
  });

  it('the third evening: power is back after 70 h, and what counts of it is credited', async () => {
    await say('alarm.ended', june(13, '20:04:00'), { alarmKey: 'mains' });
    await moveTo(june(13, '20:30:00'));
    await desk.goto(`${whole.url}/outages/${encodeURIComponent(INCIDENT)}`);
    await desk.locator('#view').getByText('Credit granted').first().waitFor({ timeout: 30_000 });
    await film(desk, 'credited');
    await desk
      .locator('#view tbody tr', { hasText: /Credit granted/ })
      .first()
      .getByRole('link')
      .click();
    await desk.getByText('console/excuses#').first().waitFor({ timeout: 30_000 });
    // 70 h less the 18 h of the closed road.
    const text = await desk.locator('.page').innerText();
    for (const part of ['52 h', 'force-majeure', 'alarm:mains']) expect(text).toContain(part);
    await film(desk, 'why');
    await desk.getByRole('button', { name: 'Show them' }).click();
    const source = desk.getByText('fault.updated').first();
    await source.waitFor({ timeout: 30_000 });
    await source.scrollIntoViewIfNeeded();
    await film(desk, 'source-events');
    await wall.goto(`${whole.url}/wall?page=day&rotate=0`);
    await wall.locator('html[data-state="live"]').waitFor({ timeout: 30_000 });
    await film(wall, 'day');
    const answer = await desk.request.get(`${whole.url}/v1/outages`);
    expect(await answer.json()).toEqual({ outages: [] });
  });
});
