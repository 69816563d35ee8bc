/**
 * The watchdog. A wall that stood still, that draws nothing any more or cannot show what it hears is loaded anew, and says so to the
 * server; so is one that has run for a day, when nothing critical stands, so that no leak lasts. Never twice within some minutes.
 */
import { report } from '../shared/telemetry.js';

const LOOK_MS = 1_000;
/** A second that took so long was a page that stood still. */
const STOOD_MS = 20_000;
/** No frame, or nothing shown of what was heard, for so long. */
const UNSEEN_MS = 60_000;
const DAY_MS = 24 * 3_600_000;
const AGAIN_MS = 5 * 60_000;
const KEY = 'dozor-wall-renewed';

export class Watchdog {
  readonly #isQuiet: () => boolean;
  #looked = performance.now();
  #frame = performance.now();
  #heard = 0;
  #shown = 0;

  /** `isQuiet`: nothing that somebody has to see now would be interrupted. */
  constructor(isQuiet: () => boolean) {
    this.#isQuiet = isQuiet;
    const frame = () => {
      this.#frame = performance.now();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    document.addEventListener('visibilitychange', () => {
      this.#looked = this.#frame = performance.now();
    });
    setInterval(() => this.#look(), LOOK_MS);
  }

  /** A message came. */
  heard(): void {
    this.#heard = performance.now();
  }

  /** All of it is on the page. */
  shown(): void {
    this.#shown = performance.now();
  }

  #look(): void {
    const now = performance.now();
    const stood = now - this.#looked;
    this.#looked = now;
    // A page that nobody sees has its timers held and draws no frames: that is no fault of it.
    if (document.visibilityState !== 'visible') return;
    if (stood > STOOD_MS) this.#renew({ gapMs: Math.round(stood) });
    else if (now - this.#frame > UNSEEN_MS) this.#renew({ frameGapMs: Math.round(now - this.#frame) });
    else if (this.#heard - this.#shown > UNSEEN_MS) this.#renew({ unseenMs: Math.round(this.#heard - this.#shown) });
    else if (now > DAY_MS && this.#isQuiet()) location.reload();
  }

  #renew(values: Readonly<Record<string, number>>): void {
    report('frozen', values);
    const last = Number(sessionStorage.getItem(KEY) ?? 0);
    if (Date.now() - last < AGAIN_MS) return;
    sessionStorage.setItem(KEY, String(Date.now()));
    // The report leaves first.
    setTimeout(() => location.reload(), LOOK_MS);
  }
}
