/**
 * How this page does, told to the server it came from (docs/telemetry.md). The page is up before any of this is loaded: the SDK comes
 * in a file of its own, after the first paint, when the browser has nothing better to do. What fails meanwhile is kept for it.
 */
import type { SignalPage } from '../../../pipelines/domain/page-signal.js';
import type { Live } from './live.js';

/** What the page tells by itself, beside errors and web vitals. */
export type Kind = 'health' | 'frozen' | 'crashed';
export interface Told {
  readonly kind: Kind;
  readonly values: Readonly<Record<string, number>>;
}

/** What the part that is loaded later is given. */
export interface Handover {
  readonly page: SignalPage;
  readonly build: string;
  /** The id of this wall; absent where the page is none. */
  readonly wall: string | undefined;
  readonly live: Live | undefined;
  readonly errors: readonly unknown[];
  readonly told: readonly Told[];
}

const WAITING_MAX = 20;
/** A browser that is never idle gets it then. */
const IDLE_MAX_MS = 10_000;
const WALL_KEY = 'dozor-wall';
const RUNS_KEY = 'dozor-wall-runs';

const told: Told[] = [];
let tell: ((one: Told) => void) | undefined;

/** Tells the server of something. Before the SDK is there, the first few are kept for it. */
export function report(kind: Kind, values: Readonly<Record<string, number>> = {}): void {
  if (tell) tell({ kind, values });
  else if (told.length < WAITING_MAX) told.push({ kind, values });
}

/** Begins, once a page. `live` is the stream whose health a wall tells. */
export function startTelemetry(page: SignalPage, live?: Live): void {
  const build = document.documentElement.dataset['page'] ?? 'other';
  const wall = page === 'wall' ? wallHere(build) : undefined;
  const errors: unknown[] = [];
  const keep = (error: unknown) => {
    if (errors.length < WAITING_MAX) errors.push(error);
  };
  const failed = (event: ErrorEvent) => keep(event.error);
  const rejected = (event: PromiseRejectionEvent) => keep(event.reason);
  window.addEventListener('error', failed);
  window.addEventListener('unhandledrejection', rejected);
  const load = async () => {
    // A page that cannot tell how it does is still a page.
    const sdk = await import('./faro.js').catch(() => undefined);
    window.removeEventListener('error', failed);
    window.removeEventListener('unhandledrejection', rejected);
    if (sdk) tell = sdk.begin({ page, build, wall, live, errors, told });
  };
  afterPaint(() => void load());
}

function afterPaint(then: () => void): void {
  const idle = () => {
    if ('requestIdleCallback' in window) requestIdleCallback(then, { timeout: IDLE_MAX_MS });
    else setTimeout(then, 1_000);
  };
  // The second frame comes when the first one is on the screen; a page that is hidden gets none.
  const timer = setTimeout(idle, IDLE_MAX_MS);
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      clearTimeout(timer);
      idle();
    }),
  );
}

/** The id of the wall in this tab. One whose page ended without a word says that it crashed. */
function wallHere(build: string): string {
  const navigation = performance.getEntriesByType('navigation')[0] as PerformanceNavigationTiming | undefined;
  let id = sessionStorage.getItem(WALL_KEY);
  const ran = sessionStorage.getItem(RUNS_KEY) !== null;
  // A tab that was copied has the id of another wall, which still runs.
  if (id === null || (ran && navigation?.type === 'navigate')) id = `w-${letters()}`;
  else if (ran) report('crashed');
  sessionStorage.setItem(WALL_KEY, id);
  sessionStorage.setItem(RUNS_KEY, '1');
  window.addEventListener('pagehide', () => {
    sessionStorage.removeItem(RUNS_KEY);
    goodbye(id, build);
  });
  window.addEventListener('pageshow', () => sessionStorage.setItem(RUNS_KEY, '1'));
  return id;
}

/** Ten letters by chance: no digits, so that it is like no number of anybody. */
function letters(): string {
  return [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
}

/** The last word of a page cannot wait for a batch, nor for a part that may not be loaded yet. */
function goodbye(wall: string, build: string): void {
  const measurement = { type: 'goodbye', values: {}, context: { wall } };
  const body = { meta: { app: { name: 'wall', version: build } }, measurements: [measurement] };
  void fetch('/collect', {
    method: 'POST',
    keepalive: true,
    headers: { 'content-type': 'application/json', 'x-dozor-page': '1' },
    body: JSON.stringify(body),
  }).catch(() => {});
}
