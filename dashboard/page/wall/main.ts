/** The wall: pages of tiles over one topic of the stream. What is old is grey, and nothing old looks fresh. */
import type { Severity } from '../../../pipelines/domain/event.js';
import type { WallPart } from '../../../pipelines/domain/wall.js';
import { byId, make, say } from '../shared/dom.js';
import { BEHIND_MAX_MS, banner, renew, sayMadeUp } from '../shared/frame.js';
import { Live, type State } from '../shared/live.js';
import { startTelemetry } from '../shared/telemetry.js';
import { dateTime, partsOf, showIn } from '../shared/time.js';
import { AlarmsTile } from './alarms-tile.js';
import { DayTile, SourcesTile } from './day-tiles.js';
import { Watchdog } from './frozen.js';
import { Head } from './head.js';
import { HealthTile } from './health-tile.js';
import { MapTile } from './map-tile.js';
import { OutagesTile } from './outages-tile.js';
import { WallPicture, type WallSaid } from './picture.js';
import { Rotation } from './rotation.js';
import { Sound } from './sound.js';
import { themed } from './theme.js';
import type { Tile } from './tile.js';
import { TrendsTile } from './trends-tile.js';
import { words } from './words.js';

const TICK_MS = 250;
const PAGES = ['alarms', 'outages', 'health', 'day'] as const;
const CALLS: readonly Severity[] = ['critical', 'major'];
/** From this size on a page fills the screen, and nobody scrolls. */
const FITS = window.matchMedia('(min-width: 1000px) and (min-height: 560px)');

const query = new URLSearchParams(location.search);
const live = new Live();
const picture = new WallPicture();
const announce = (text: string, urgent: boolean) => say(byId(urgent ? 'alerter' : 'announcer'), text);

const alarms = new AlarmsTile(announce);
const map = new MapTile();
const outages = new OutagesTile();
const health = new HealthTile();
const trends = new TrendsTile();
const day = new DayTile();
const sources = new SourcesTile();
const tiles: readonly (readonly [WallPart, Tile])[] = [
  ['alarms', alarms],
  ['map', map],
  ['outages', outages],
  ['health', health],
  ['trends', trends],
  ['day', day],
  ['sources', sources],
];
const pages = new Map<string, HTMLElement>([
  ['alarms', page('alarms', alarms, map)],
  ['outages', page('outages', outages)],
  ['health', page('health', health)],
  ['day', page('day', trends, day, sources)],
]);

const head: Head = new Head(byId('head'), PAGES, {
  page: (name) => rotation.go(name),
  pause: () => rotation.pause(),
  sound: () => sound.toggle(),
  test: () => void sound.test(),
  theme: () => turnTheme(),
});
const turnTheme = themed((isDark) => head.theme(isDark));
const sound = new Sound((state) => head.sound(state));
const rotation = new Rotation(
  PAGES,
  {
    show: (name) => {
      for (const [other, element] of pages) element.classList.toggle('is-shown', other === name);
    },
    state: (state) => {
      head.pages(state);
      remember(state);
    },
  },
  { page: query.get('page'), paused: query.get('rotate') === '0' },
);
const watchdog = new Watchdog(() => live.state.is === 'live' && (picture.parts.alarms?.bySeverity.critical ?? 0) === 0);

function page(name: (typeof PAGES)[number], ...of: readonly Tile[]): HTMLElement {
  const element = make('div', `page page-${name}`, ...of.map((tile) => tile.element));
  byId('pages').append(element);
  return element;
}

/** Where the wall is stays in its address, so that a reload goes on there. */
function remember({ page, paused }: { readonly page: string; readonly paused: boolean }): void {
  const url = new URL(location.href);
  url.searchParams.set('page', page);
  if (paused) url.searchParams.set('rotate', '0');
  else url.searchParams.delete('rotate');
  history.replaceState(null, '', url);
}

function show({ parts }: WallSaid): void {
  if (parts.settings) map.settle(parts.settings);
  if (parts.alarms) {
    alarms.show(parts.alarms);
    head.count(parts.alarms);
    const { untaken } = parts.alarms;
    sound.call(CALLS.find((severity) => (untaken[severity] ?? 0) > 0));
    rotation.hold((untaken.critical ?? 0) > 0);
  }
  if (parts.map) map.show(parts.map);
  if (parts.outages) outages.show(parts.outages);
  if (parts.health) health.show(parts.health);
  if (parts.trends) trends.show(parts.trends);
  if (parts.day) day.show(parts.day);
  if (parts.sources) sources.show(parts.sources);
  tick();
}

/** What moves with time alone. While the page is not live its clocks stand. */
function tick(): void {
  const { is } = live.state;
  for (const [part, tile] of tiles) {
    if (picture.parts[part] === undefined && picture.parts.clock) tile.empty(whyNotYet(part));
    tile.tick(picture.age(part));
  }
  if (is !== 'live') return;
  head.tick(picture);
  alarms.run(picture.now);
  outages.run(picture.now);
  sources.run(picture.now);
  showHeld();
}

/** What hangs on the list of alarms says why there is none. */
function whyNotYet(part: WallPart): string {
  const absent = picture.parts.alarms?.absent;
  return (part === 'health' || part === 'map') && absent ? words.alarms.absent(absent) : words.notYet;
}

function showHeld(): void {
  const { clock = null, heldBy = [], madeUp = null } = picture.parts.clock ?? {};
  const isHeld = heldBy.length > 0 || (picture.behind ?? 0) > BEHIND_MAX_MS;
  byId('held').hidden = !isHeld;
  if (isHeld) {
    const time = clock === null ? '–' : partsOf(clock).time;
    banner('held', words.held(time, heldBy.length > 0 ? words.heldBy(heldBy.join(', ')) : ''));
  }
  sayMadeUp(madeUp, words.madeUp);
}

function showState(state: State): void {
  document.documentElement.dataset['state'] = state.is;
  // The first picture came while nothing was live: its clocks run from now on, not from the next tick.
  if (state.is === 'live') tick();
  byId('stale').hidden = state.is === 'live' || (state.is === 'connecting' && !state.failing);
  if (state.is === 'connecting') banner('stale', words.connecting);
  if (state.is === 'stale') {
    const since = dateTime(state.since);
    banner('stale', state.why === 'lost' ? words.lost(since) : words.silent(since));
    // What cannot be known is not called out.
    sound.call(undefined);
  }
  document.title = state.is === 'stale' ? `STALE - ${words.title} - Dozor` : `${words.title} - Dozor`;
}

function setRoom(): void {
  document.documentElement.dataset['fits'] = FITS.matches ? 'yes' : 'no';
}

setRoom();
FITS.addEventListener('change', setRoom);
live.greet((hello) => {
  renew(hello);
  showIn(hello.zone);
});
live.hear<WallSaid>('wall', (message) => {
  watchdog.heard();
  picture.take(message);
  show(message);
  watchdog.shown();
});
live.watch(showState);
setInterval(tick, TICK_MS);
document.addEventListener('visibilitychange', tick);
document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === 'ArrowRight') rotation.step(1);
  else if (event.key === 'ArrowLeft') rotation.step(-1);
  else if (event.key === 'p') rotation.pause();
});
startTelemetry('wall', live);
