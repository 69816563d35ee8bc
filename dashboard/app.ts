/** The live page: its files, its stream, and why a decision was taken. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Hono } from 'hono';
import type { Zone } from '../pipelines/domain/units.js';
import type { WallViews } from '../pipelines/domain/wall.js';
import type { Bindings, SourceEvents, Views, WireDecision } from '../pipelines/http/ports.js';
import { readShapes } from './shapes.js';
import { type StreamCounts, type StreamSettings, Streams } from './stream.js';
import { type AlarmSource, AlarmTopic } from './topics/alarms.js';
import { Picture } from './topics/picture.js';
import type { Topic } from './topics/topic.js';
import { WallTopic } from './topics/wall.js';
import type { Why } from './wire.js';
import { rowOf } from './words.js';

export interface DashboardSettings extends Partial<StreamSettings> {
  /** The zone in which the page shows times. */
  readonly zone?: Zone;
  /** The list of alarms, where this process may have it. */
  readonly alarms?: AlarmSource | undefined;
  /** The wall, where this process has it. */
  readonly wall?: WallViews | undefined;
  /** A file with areas of districts for the map of the wall (GeoJSON), or a folder of them; it is read at once, and refused with an Error. */
  readonly shapes?: string | undefined;
  /** Further topics that pages may watch. */
  readonly topics?: readonly Topic[];
  /** How the operator's pack reads what a decision hangs on. */
  readonly readings?: (decision: WireDecision) => NonNullable<Why['readings']>;
  /** Finds the events that a decision came from; absent where the log is not searched for a page. */
  readonly sources?: ((decision: WireDecision) => Promise<SourceEvents>) | undefined;
  /** The folder with the built page; beside this file unless told otherwise. */
  readonly assets?: string;
  /** Told whenever a page comes, goes, is cut off or turned away. */
  readonly counted?: (counts: StreamCounts) => void;
}

const DEFAULTS: StreamSettings = {
  clientsMax: 1_200,
  intervalMs: 250,
  heartbeatMs: 10_000,
  unreadMs: 5_000,
  retryMs: 2_000,
};

/** Where the console is: it finds by the address what to show. */
const CONSOLE = [
  '/',
  '/alarms',
  '/alarms/:id',
  '/decisions',
  '/decisions/:id',
  '/elements/:id',
  '/notices',
  '/notices/:id',
  '/packs',
  '/packs/:operator',
  '/texts',
  '/outages',
  '/outages/:incident',
  '/refused',
  '/search',
  '/services/:id',
  '/works',
  '/overrun',
];
/** At which addresses each page is. */
const PAGES: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ['console', CONSOLE],
  ['access', ['/sign-in', '/set-up', '/account', '/admin', '/wall/enrol']],
  ['wall', ['/wall']],
];

/** What `dashboard/page/build.mjs` made. */
interface Assets {
  /** Names this build. */
  readonly page: string;
  /** The HTML of each page, by its name. */
  readonly pages: ReadonlyMap<string, string>;
  readonly files: ReadonlyMap<string, { readonly body: string; readonly type: string }>;
}

const NO_DECISION = { error: 'not-found', message: 'there is no such decision' } as const;

/** The routes of the page: `/`, `/assets/*`, `/v1/stream`, `/v1/why/:id` and its `/events`. Serve them with `listen`. */
export function createDashboard(views: Views, settings: DashboardSettings = {}): Hono<{ Bindings: Bindings }> {
  const { zone = 'Europe/Belgrade', assets: folder = join(import.meta.dirname, 'page'), counted = () => {} } = settings;
  const assets = assetsIn(folder);
  const { alarms, wall, topics: further = [] } = settings;
  const topics = [
    new Picture(views),
    ...(alarms ? [new AlarmTopic(alarms)] : []),
    ...(wall ? [new WallTopic(wall)] : []),
    ...further,
  ];
  const streams = new Streams({ page: assets?.page ?? '', zone }, { ...DEFAULTS, ...settings }, counted);
  const app = new Hono<{ Bindings: Bindings }>();

  for (const [name, paths] of PAGES) {
    for (const path of paths) {
      app.get(path, (c) => {
        // The zone stands in it: what is read before the stream says so would be shown in another.
        const html = assets?.pages.get(name)?.replace('<html ', `<html data-zone="${zone}" `);
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

  // A page tells how it does, whether or not somebody keeps it: who does stands before this.
  app.post('/collect', (c) => c.text('ok', 202, { 'cache-control': 'no-store' }));

  const shapes = settings.shapes === undefined ? undefined : readShapes(settings.shapes);
  app.get('/v1/wall/shapes', (c) => {
    if (!shapes)
      return c.json({ error: 'not-found', message: 'there are no shapes: DOZOR_MAP_SHAPES names them' }, 404);
    return c.json(shapes, 200, { 'cache-control': 'no-cache' });
  });

  app.get('/v1/stream', (c) => {
    const asked = askedFor(c.req.query('topics') ?? 'picture', topics);
    if (typeof asked === 'string') return c.json({ error: 'bad-parameter', message: `topics ${asked}` }, 400);
    // A page that opens another stream by itself cannot set the header; a browser that comes back sets it, and knows more.
    const after = c.req.header('last-event-id') ?? c.req.query('after');
    const stream = streams.open({ topics: asked, after }, c.env ?? {});
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
    if (!decision) return c.json(NO_DECISION, 404);
    const readings = settings.readings?.(decision);
    return c.json({ row: rowOf(decision), decision, ...(readings && { readings }) } satisfies Why, 200, {
      'cache-control': 'no-store',
    });
  });
  app.get('/v1/why/:id/events', async (c) => {
    const { sources } = settings;
    const message = 'a log on Kafka is not searched for a page: dozor explain ID reads it';
    if (!sources) return c.json({ error: 'not-here', message }, 404);
    const decision = await views.decision(c.req.param('id'));
    if (!decision) return c.json(NO_DECISION, 404);
    return c.json(await sources(decision), 200, { 'cache-control': 'no-store' });
  });
  return app;
}

/** The topics of a list of names; in words what is wrong with it. */
function askedFor(text: string, topics: readonly Topic[]): readonly Topic[] | string {
  const known = `there are ${topics.map(({ name }) => name).join(', ')}`;
  const asked: Topic[] = [];
  for (const name of text.split(',')) {
    const topic = topics.find((one) => one.name === name);
    if (!topic) return `names ${JSON.stringify(name.slice(0, 64))}; ${known}`;
    if (asked.includes(topic)) return `names ${name} more than once; ${known}`;
    asked.push(topic);
  }
  return asked;
}

/** Names the build of the pages in a folder; undefined where they were not built. */
export function pageBuild(folder = join(import.meta.dirname, 'page')): string | undefined {
  return assetsIn(folder)?.page;
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
