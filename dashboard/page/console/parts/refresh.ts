/**
 * What a view shows, read from the server and kept fresh. A newer question overtakes an older one; what cannot be read anew stays
 * where it is, with the time as of which it is, so that the old never looks fresh.
 */
import { make, say } from '../../shared/dom.js';
import { dateTime } from '../../shared/time.js';
import { reasonOf } from './failure.js';
import { parts } from './words.js';

/** How often it is read where nothing tells of changes. */
const EVERY_MS = 5_000;
/** Changes that come together are read once. */
const TOGETHER_MS = 300;

export interface Reads<T> {
  /** Asks the server. */
  readonly read: (signal: AbortSignal) => Promise<T>;
  readonly show: (value: T) => void;
  /** It could not be read, and nothing is shown yet. */
  readonly failed: (error: unknown) => void;
  /** How often to read without being told, in ms; 0: only when told. */
  readonly everyMs?: number;
  /** Whether it is time to read without being told, where that is less often than `everyMs`. */
  readonly due?: () => boolean;
}

export class Refresher<T> {
  /** Says since when what is shown is old; hidden while it is not. Put it above what is shown. */
  readonly notice = make('p', 'old');
  readonly #reads: Reads<T>;
  readonly #timer: number | undefined;
  #asking: AbortController | undefined;
  #soon: number | undefined;
  #shownAt: number | undefined;
  #closed = false;

  constructor(reads: Reads<T>) {
    this.#reads = reads;
    this.notice.hidden = true;
    this.notice.setAttribute('role', 'status');
    const { everyMs = EVERY_MS, due = () => true } = reads;
    if (everyMs > 0) this.#timer = window.setInterval(() => !document.hidden && due() && void this.now(), everyMs);
    void this.now();
  }

  /** Reads at once. What was asked before is let go of. */
  async now(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const value = await this.#reads.read(asking.signal);
      if (asking.signal.aborted || this.#closed) return;
      this.#shownAt = Date.now();
      this.notice.hidden = true;
      this.#reads.show(value);
    } catch (error) {
      if (asking.signal.aborted || this.#closed) return;
      if (this.#shownAt === undefined) this.#reads.failed(error);
      else {
        say(this.notice, parts.old(dateTime(this.#shownAt), reasonOf(error)));
        this.notice.hidden = false;
      }
    }
  }

  /** Something changed: reads shortly. */
  changed(): void {
    if (this.#closed) return;
    this.#soon ??= window.setTimeout(() => void this.now(), TOGETHER_MS);
  }

  /** Forgets what was shown: it was another question's answer. */
  anew(): Promise<void> {
    this.#shownAt = undefined;
    return this.now();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    this.#asking?.abort();
  }
}
