/** The live page: its files, its stream, and why a decision was taken. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { Zone } from '../pipelines/domain/units.js';
import type { Bindings, Views } from '../pipelines/http/ports.js';
import { Picture } from './picture.js';
import { type StreamCounts, type StreamSettings, Streams } from './stream.js';
import type { Why } from './wire.js';
import { rowOf } from './words.js';

export interface DashboardSettings extends Partial<StreamSettings> {
  /** The zone in which the page shows times. */
  readonly zone?: Zone;
  /** The folder with the built page; beside this file unless told otherwise. */
  readonly assets?: string;
  /** Told whenever a page comes, goes, is cut off or turned away. */
  readonly counted?: (counts: StreamCounts) => void;
}

const DEFAULTS: StreamSettings = {
  clientsMax: 200,
  intervalMs: 250,
  heartbeatMs: 10_000,
  unreadMs: 5_000,
  retryMs: 2_000,
};

/** At which addresses each page is; the console finds by them what to show. */
const PAGES: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ['console', ['/', '/alarms', '/alarms/:id']],
];

/** What `dashboard/page/build.mjs` made. */
interface Assets {
  /** Names this build. */
  readonly page: string;
  /** The HTML of each page, by its name. */
  readonly pages: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, { readonly body: string; readonly type: string }>;
}

/** The routes of the page: `/`, `/assets/*`, `/v1/stream` and `/v1/why/:id`. Serve them with `listen`. */
export function createDashboard(views: Views, settings: DashboardSettings = {}): Hono<{ Bindings: Bindings }> {
  const { zone = 'Europe/Belgrade', assets: folder = join(import.meta.dirname, 'page'), counted = () => {} } = settings;
  const assets = assetsIn(folder);
  const picture = new Picture(views, { zone, page: assets?.page ?? '' });
  const streams = new Streams(views, picture, { ...DEFAULTS, ...settings }, counted);
  const app = new Hono<{ Bindings: Bindings }>();

  for (const [name, paths] of PAGES) {
    for (const path of paths) {
      app.get(path, (c) => {
        const html = assets?.pages.get(name);
        if (html === undefined) return c.text('The page was not built: run npm run build, and start again.', 503);
        // It names its files by their hash, so it must always be asked for anew.
        return c.html(html, 200, { 'cache-control': 'no-cache' });
      });
    }
  }
  app.get('/assets/:file', (c) => {
    const file = assets?.files.get(c.req.param('file'));
    if (!file) return c.notFound();
    return c.body(file.body, 200, {
      'content-type': file.type,
      'cache-control': 'public, max-age=31536000, immutable',
    });
  });

  app.get('/v1/stream', (c) => {
    const stream = streams.open(c.env ?? {});
    if (!stream)
      return c.json({ error: 'too-many-pages', message: 'too many pages are open' }, 503, { 'retry-after': '30' });
    // No connection headers: HTTP/2 has none, and Node ends the process over them.
    return c.body(stream, 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
  });

  app.get('/v1/why/:id', async (c) => {
    const decision = await views.decision(c.req.param('id'));
    if (!decision) return c.json({ error: 'not-found', message: 'there is no such decision' }, 404);
    return c.json({ row: rowOf(decision), decision } satisfies Why, 200, { 'cache-control': 'no-store' });
  });
  return app;
}

function assetsIn(folder: string): Assets | undefined {
  const manifest = join(folder, 'manifest.json');
  if (!existsSync(manifest)) return undefined;
  const { page, pages, files } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    readonly page: string;
    readonly pages: Readonly<Record<string, string>>;
    readonly files: readonly { readonly name: string; readonly type: string }[];
  };
  return {
    page,
    pages: new Map(Object.entries(pages).map(([name, html]) => [name, readFileSync(join(folder, html), 'utf8')])),
    files: new Map(files.map(({ name, type }) => [name, { type, body: readFileSync(join(folder, name), 'utf8') }])),
  };
}
