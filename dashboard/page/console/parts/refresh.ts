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
/** The first change is read at once; those that follow it within this time are read together. */
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
  #askedAt = Number.NEGATIVE_INFINITY;
  /** Something changed while the answer was on its way. */
  #again = false;
  #soon: number | undefined;
  #shownAt: number | undefined;
  #closed = false;

  constructor(reads: Reads<T>) {
    this.#reads = reads;
    this.notice.hidden = true;
    this.notice.setAttribute('role', 'status');
    const { everyMs = EVERY_MS, due = () => true } = reads;
    if (everyMs > 0)
      this.#timer = window.setInterval(() => !document.hidden && !this.#asking && due() && void this.now(), everyMs);
    void this.now();
  }

  /** Reads at once. What was asked before is let go of. */
  async now(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#askedAt = performance.now();
    this.#again = false;
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
    } finally {
      if (this.#asking === asking) {
        this.#asking = undefined;
        if (this.#again) this.changed();
      }
    }
  }

  /** Something changed: reads it, after what is being read now. An answer that is on its way is let come, however fast changes follow. */
  changed(): void {
    if (this.#closed || this.#soon !== undefined) return;
    if (this.#asking) {
      this.#again = true;
      return;
    }
    const wait = this.#askedAt + TOGETHER_MS - performance.now();
    if (wait <= 0) void this.now();
    else this.#soon = window.setTimeout(() => void this.now(), wait);
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
