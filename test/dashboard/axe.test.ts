/**
 * Whether everybody can read and use the pages: axe over every page and view that there is, dark and light, on a screen and on a
 * telephone, with a story behind them; and the contrast of every colour that there is.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { build, CHROMIUM, openBrowser, someStory, startWhole, tell, until, type Whole } from '../tools/whole.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Every address of a view, as the console lists them, and of every other page, as the server has them. */
const PATTERNS = [
  ...new Set([
    ...matches('dashboard/page/console/views.ts', /pattern: '([^']+)'/g),
    ...matches('dashboard/app.ts', /'(\/[^']*)'/g, 'export function createDashboard'),
    // The wall shows one of its pages at a time; a decision's reasons open over whatever is there.
    ...matches('dashboard/page/wall/main.ts', /const PAGES = \[(.*)\]/g)
      .flatMap((list) => list.match(/\w+/g) ?? [])
      .map((page) => `/wall?rotate=0&page=${page}`),
    '/#decision=:id',
  ]),
].sort();

/** What a pattern finds in a file, up to a text that stands in it. */
function matches(file: string, pattern: RegExp, end?: string): string[] {
  const [text = ''] = readFileSync(file, 'utf8').split(end ?? '\u0000');
  return [...text.matchAll(pattern)].map(([, found]) => found!);
}

describe.skipIf(!existsSync(CHROMIUM))('axe finds nothing', { timeout: 240_000 }, () => {
  let whole: Whole;
  let browser: Browser;
  /** For each name in an address something that there is. */
  let examples: Readonly<Record<string, string>>;

  beforeAll(async () => {
    build();
    const events = await someStory({ services: 90, days: 5 });
    whole = await startWhole({ DOZOR_CLOCK: 'events', DOZOR_STORY_TICK_SECONDS: '300' });
    await tell(whole, events);
    const ask = async (path: string) => (await fetch(whole.url + path)).json() as Promise<Record<string, unknown>>;
    const end = Date.parse('2026-03-06T12:00:00+01:00');
    await until(async () => Date.parse(String((await ask('/v1/status'))['clock'])) > end, { maxMs: 180_000 });
    const first = async (path: string, list: string) => ((await ask(path))[list] as Record<string, string>[])[0]!;
    const alarm = await until(() => first('/v1/alarms?state=all&limit=1', 'alarms'));
    const outage = await first('/v1/outages', 'outages');
    const decision = await first('/v1/decisions?type=notice.requested&limit=1', 'decisions');
    const notice = (decision['data'] as unknown as Record<string, string>)['noticeId'];
    const service = (events as Record<string, string>[]).find(({ type }) => type === 'service.upserted')!['subject'];
    // As the console's links do: an id may have a slash in it.
    const at = (view: string, id: string | undefined) => `/${view}/${encodeURIComponent(id!)}`;
    examples = {
      '/alarms/:id': at('alarms', alarm['id']),
      '/#decision=:id': `/#decision=${decision['id']}`,
      '/decisions/:id': at('decisions', decision['id']),
      '/services/:id': at('services', service),
      '/elements/:id': at('elements', alarm['resource']),
      '/notices/:id': at('notices', notice),
      '/packs/:operator': '/packs/a1-rs',
      '/outages/:incident': at('outages', outage['incident']),
    };
    browser = await openBrowser();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await whole?.stop();
  });

  it('the list of views is not empty, and of each with a name there is an example', () => {
    expect(PATTERNS).toEqual(expect.arrayContaining(['/', '/alarms/:id', '/sign-in', '/wall?rotate=0&page=health']));
    expect(PATTERNS.filter((pattern) => pattern.includes(':') && !examples[pattern])).toEqual([]);
  });

  it.each(PATTERNS)('%s', async (pattern) => {
    const looks = [
      { colorScheme: 'dark', viewport: { width: 1920, height: 1080 } },
      { colorScheme: 'light', viewport: { width: 390, height: 844 } },
    ] as const;
    const found: string[] = [];
    for (const look of looks) {
      const context = await browser.newContext(look);
      try {
        const page = await context.newPage();
        await page.goto(whole.url + (examples[pattern] ?? pattern));
        await page.locator('h1, h2').first().waitFor({ timeout: 15_000 });
        // What is live has come, and what a view asks for is there.
        await page.waitForTimeout(1_500);
        await page.evaluate(AXE);
        const { violations } = (await page.evaluate('axe.run(document)')) as AxeResults;
        for (const { id, nodes } of violations)
          for (const { target, any } of nodes.slice(0, 5))
            found.push(
              `${look.colorScheme} ${look.viewport.width}: ${id} at ${target.join(' ')}: ${any[0]?.message ?? ''}`,
            );
      } finally {
        await context.close();
      }
    }
    expect(found).toEqual([]);
  });
});

// --- Colours ---

const BASE = readFileSync('dashboard/page/shared/base.css', 'utf8');
const SURFACES = ['ground', 'panel', 'raised'];
/** What is read: 4.5 to 1 on every surface (WCAG 1.4.3). */
const TEXTS = ['text', 'quiet'];
/** What is seen: 3 to 1 (WCAG 1.4.11). */
const GRAPHICS = ['fill', 'focus'];
/** Marks, each with an edge: one of the two stands out from the surface, and its letter from itself. */
const SEVERITIES = ['critical', 'major', 'minor', 'warning', 'indeterminate', 'cleared'];
/** Separates, and says nothing by itself. */
const DECORATION = ['line', 'track'];

const tokens = (theme: 0 | 1): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const root = /:root \{([^}]*)\}/.exec(BASE)![1]!;
  for (const [, name, value] of root.matchAll(/--([\w-]+):\s*([^;]+);/g)) {
    const pair = /^light-dark\((#\w{6}), (#\w{6})\)$/.exec(value!);
    const colour = pair ? pair[1 + theme]! : value!;
    if (/^#\w{6}$/.test(colour)) found.set(name!, colour);
  }
  return found;
};

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light! + 0.05) / (dark! + 0.05);
}

describe.each([
  ['light', 0],
  ['dark', 1],
] as const)('the colours, %s', (_, theme) => {
  const of = tokens(theme);
  const letter = of.get('on-colour')!;

  it('are all judged', () => {
    const judged = [...SURFACES, ...TEXTS, ...GRAPHICS, ...SEVERITIES, ...DECORATION, 'edge', 'on-colour', 'stripe'];
    expect([...of.keys()].filter((name) => !judged.includes(name))).toEqual([]);
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
    expect(contrast('#0b0e14', '#d55e00')).toBeCloseTo(5.0, 1);
  });

  it.each(TEXTS)('%s can be read on every surface, and every surface on it', (name) => {
    for (const surface of SURFACES)
      expect(contrast(of.get(name)!, of.get(surface)!), surface).toBeGreaterThanOrEqual(4.5);
  });

  it.each(GRAPHICS)('%s stands out from every surface', (name) => {
    for (const surface of SURFACES)
      expect(contrast(of.get(name)!, of.get(surface)!), surface).toBeGreaterThanOrEqual(3);
  });

  it('what is made up can be read on both of its stripes', () => {
    for (const stripe of ['indeterminate', 'stripe'])
      expect(contrast(letter, of.get(stripe)!)).toBeGreaterThanOrEqual(4.5);
  });

  it('a bar stands out from its track', () => {
    expect(contrast(of.get('fill')!, of.get('track')!)).toBeGreaterThanOrEqual(3);
  });

  it.each(SEVERITIES)('the mark of %s stands out by its colour or its edge, and its letter can be read', (name) => {
    const colour = of.get(name)!;
    expect(contrast(letter, colour)).toBeGreaterThanOrEqual(4.5);
    for (const surface of SURFACES) {
      const seen = Math.max(contrast(colour, of.get(surface)!), contrast(of.get('edge')!, of.get(surface)!));
      expect(seen, surface).toBeGreaterThanOrEqual(3);
    }
  });
});

it('no colour stands anywhere but among the tokens', () => {
  const files = readdirSync('dashboard/page', { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(?:css|ts)$/.test(name),
  );
  const strays = files.flatMap((name) => {
    const text = readFileSync(join('dashboard/page', name), 'utf8').replace(/:root \{[^}]*\}/g, '');
    const found = text.match(/#[0-9a-f]{3}(?:[0-9a-f]{3})?\b(?=[;,\s)'"])|\b(?:rgb|hsl|oklch)a?\(/gi) ?? [];
    return found.map((colour) => `${name}: ${colour}`);
  });
  expect(strays).toEqual([]);
});
