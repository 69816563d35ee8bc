/**
 * A real installation on embedded parts that was told a small story, and its pages on a port: for tests in a browser. The story ends
 * at `END`; by then an element has two weeks of samples with a gap, and services of several worked kinds have a history.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createDashboard } from '../../dashboard/app.js';
import { AlarmService } from '../../pipelines/commands/alarm-desk.js';
import { ledgerClock, noticeLedger } from '../../pipelines/commands/notice-ledger.js';
import { noticeRoutes } from '../../pipelines/commands/shown/notices.js';
import { packRoutes } from '../../pipelines/commands/shown/packs.js';
import { Packs } from '../../pipelines/domain/pack.js';
import { createApi } from '../../pipelines/http/api.js';
import { type Listening, listen } from '../../pipelines/http/listen.js';
import { createMetrics } from '../../pipelines/http/metrics.js';
import { Tokens } from '../../pipelines/http/tokens.js';
import { readConfig } from '../../pipelines/runtime/config.js';
import { Installation } from '../../pipelines/runtime/installation.js';
import { partitionsOf } from '../../pipelines/runtime/node.js';
import { loadPacks, OWN_PACKS, readPacks } from '../../pipelines/runtime/packs.js';
import { workedCases } from '../cases.js';
import { OPERATOR, packsOf, RULE } from '../kpi/watched.js';
import { openBrowser } from '../tools/whole.mjs';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The clock of the story when it has been told. */
export const END = Date.parse('2026-06-15T12:00:00+02:00');
/** No sample came from cell-1 in this time. */
export const GAP = { from: Date.parse('2026-06-15T04:00:00+02:00'), to: Date.parse('2026-06-15T06:30:00+02:00') };

type Json = Record<string, unknown>;
interface Told extends Json {
  readonly subject: string;
  readonly time: string;
  readonly recordedtime?: string;
}

let ids = 0;
const event = (type: string, subject: string, time: number | string, data: Json): Told => ({
  specversion: '1.0',
  id: `w${(ids += 1)}`,
  source: 'world',
  type,
  subject,
  time: typeof time === 'string' ? time : new Date(time).toISOString(),
  data,
});

/** Success rates with a day's shape: a sample every quarter of an hour for two weeks, every minute for the last day. */
function samples(): Told[] {
  const told: Told[] = [];
  for (let at = END - 15 * DAY; at < END; at += at < END - DAY ? 15 * MINUTE : MINUTE) {
    if (at >= GAP.from && at < GAP.to) continue;
    const hour = ((at + 2 * HOUR) % DAY) / HOUR;
    const wave = Math.sin((hour / 24) * 2 * Math.PI - 2);
    const jitter = ((at / MINUTE) * 7919) % 13;
    const isLow = at >= END - 3 * HOUR && at < END - 2 * HOUR;
    told.push(
      event('kpi.sampled', 'cell-1', at, {
        kpi: 'RRC.ConnEstabSuccRate',
        value: (isLow ? 91 : 98) - wave + jitter / 20,
      }),
      event('kpi.sampled', 'cell-1', at, { kpi: 'DRB.UEThpDl', value: 40 + 25 * wave + jitter, unit: 'Mbit/s' }),
    );
  }
  return told;
}

function network(): Told[] {
  const begun = '2026-01-01T00:00:00+01:00';
  const place = { operator: OPERATOR, district: 'Raška' };
  return [
    event('element.upserted', 'site-1', begun, { ...place, kind: 'platform' }),
    event('element.upserted', 'cell-1', begun, {
      ...place,
      kind: 'cell',
      technology: '4G',
      parent: 'site-1',
      links: ['cell-2'],
      latitude: 43.72,
      longitude: 20.69,
      populationCovered: 4_200,
    }),
    event('fault.opened', 'cell-1', '2026-06-15T04:00:00+02:00', {
      faultId: 'f1',
      responsibility: 'operator',
      reason: 'power supply failed',
    }),
    event('fault.cleared', 'cell-1', '2026-06-15T06:30:00+02:00', { faultId: 'f1' }),
    event('fault.opened', 'cell-1', '2026-06-15T11:00:00+02:00', {
      faultId: 'f2',
      responsibility: 'third-party',
      reason: '<b>cable cut</b> by "builders"',
    }),
    event('works.announced', 'cell-1', '2026-06-10T09:00:00+02:00', {
      worksId: 'w7',
      from: '2026-06-18T01:00:00+02:00',
      to: '2026-06-18T05:00:00+02:00',
      channel: 'web',
    }),
  ];
}

/** A worked case with other names, so that several can be told in one story; `shift` moves it in time. */
export function caseAs(name: string, subject: string, shift = 0): readonly Told[] {
  const found = workedCases().find((one) => one.name === name);
  if (!found) throw new Error(`no worked case ${name} lies beside the project`);
  return (found.events as readonly Told[]).map((one) => {
    const text = JSON.stringify(one, (key, value: unknown) =>
      typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)
        ? new Date(Date.parse(value) + shift).toISOString()
        : key === 'subject' && value === 's1'
          ? subject
          : value,
    );
    return { ...(JSON.parse(text) as Told), source: `case-${subject}` };
  });
}

export interface World {
  readonly url: string;
  readonly installation: Installation;
  /** Tells more of the story, and lets all of it be judged. */
  tell(events: readonly Told[], until?: number): Promise<void>;
  /** Opens a page; what it complains of is kept in `complaints`. */
  open(path: string, options?: BrowserContextOptions): Promise<Page>;
  readonly complaints: string[];
  close(): Promise<void>;
}

export { event as eventOf };

/** The world, with what is told beside the network. Give it a minute. */
export async function worldWith(further: readonly Told[] = []): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'dozor-world-'));
  const assets = join(folder, 'page');
  execFileSync('node', ['dashboard/page/build.mjs', assets]);
  const packs = new Packs([
    ...loadPacks([OWN_PACKS]).all(),
    ...packsOf({
      thresholds: [
        {
          ...RULE,
          name: 'rrc-success',
          kpi: 'RRC.ConnEstabSuccRate',
          direction: 'below',
          bound: 'passed',
          levels: [
            { severity: 'minor', raise: 96, clear: 97 },
            { severity: 'major', raise: 93, clear: 96 },
          ],
        },
      ],
    }).all(),
  ]);
  const notices = join(folder, 'notices.json');
  writeFileSync(notices, JSON.stringify({ email: { folder: { path: 'mails', from: 'Dozor <noc@dozor.example>' } } }));
  const config = readConfig({
    DOZOR_DATA: folder,
    DOZOR_CLOCK: 'events',
    DOZOR_STORY_TICK_SECONDS: '60',
    DOZOR_NOTICES: notices,
  });
  const installation = await Installation.open(config, packs);
  const stop = new AbortController();
  const partitions = partitionsOf(config);
  const desk = new AlarmService({ config, packs, partitions, owner: 'world', alone: true, warn: () => {} });
  const ledger = noticeLedger(config, packs, {
    partitions,
    owner: 'world',
    intake: installation.gate,
    now: ledgerClock(config, () => installation.status()),
    warn: () => {},
  })!;
  const { views } = installation;
  const api = createApi({
    intake: installation.gate,
    views,
    subjects: () => installation.subjects,
    alarms: desk.views,
    hub: desk.hub,
    status: () => installation.status(),
    health: () => installation.health(),
    metrics: createMetrics({ processMetrics: false }),
    tokens: Tokens.of([]),
    clockMode: 'events',
    further: [
      (app) => noticeRoutes(app, { views, store: () => installation.store, packs, partitions }),
      (app) => packRoutes(app, { packs: readPacks([OWN_PACKS]), now: () => END }),
    ],
  });
  const dashboard = createDashboard(installation.views, { assets, alarms: desk.views });
  const door: Listening = await listen({ apps: [api, dashboard], host: '127.0.0.1', port: 0 });
  installation.start();
  const keeping = Promise.all([
    desk.run(installation.log, installation.store, stop.signal),
    ledger.run(installation.log, installation.store, stop.signal),
  ]);
  const complaints: string[] = [];
  const pages: Page[] = [];
  let browser: Browser | undefined;

  const tell = async (events: readonly Told[], until?: number) => {
    const sorted = [...events].sort((a, b) => knownAt(a) - knownAt(b));
    for (let i = 0; i < sorted.length; i += 500) {
      const answers = await installation.gate.takeObjects(sorted.slice(i, i + 500), { name: 'world' });
      const refused = answers.find(({ status }) => status === 'rejected');
      if (refused) throw new Error(`${refused.field}: ${refused.message}`);
    }
    if (until !== undefined) await installation.gate.moveClock(until);
    for (let quiet = 0; quiet < 3; ) {
      await sleep(100);
      quiet = (await installation.caughtUp()) ? quiet + 1 : 0;
    }
  };
  await tell([...network(), ...samples(), ...further], END);

  return {
    url: door.url,
    installation,
    tell,
    complaints,
    open: async (path, options = {}) => {
      browser ??= await openBrowser();
      const context = await browser.newContext({ viewport: { width: 1920, height: 1080 }, ...options });
      const page = await context.newPage();
      pages.push(page);
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        // What the server has not, a view says itself, and its test looks for.
        const isAnswer = /ERR_|status of 404/.test(message.text());
        if (message.type() === 'error' && !isAnswer) complaints.push(message.text());
      });
      await page.goto(door.url + path);
      await page.locator('html[data-state="live"]').waitFor();
      return page;
    },
    close: async () => {
      await Promise.all(
        pages.map((page) =>
          page
            .context()
            .close()
            .catch(() => {}),
        ),
      );
      await browser?.close();
      stop.abort();
      await keeping.catch(() => {});
      await door.close();
      await installation.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

function knownAt({ recordedtime, time }: Told): number {
  return Date.parse(recordedtime ?? time);
}
