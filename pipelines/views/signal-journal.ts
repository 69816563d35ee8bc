/**
 * Brings what pages tell onto the topic `page-signals`, and lets go of what is older than it should be. It stands between a receiver
 * that may not wait and a log that may be slow: so much is held, and what is more is dropped and counted. Nothing else waits for it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PageReport } from '../domain/page-signal.js';
import type { Log, NewRecord } from '../io/log.js';
import { TOPICS, toBytes } from '../runtime/topics.js';

/** The only partition: a few records a second at most. */
export const SIGNALS = { topic: TOPICS.pageSignals, partition: 0 } as const;

export interface JournalGiven {
  /** How long a record is kept, in ms, where the log has no retention of its own. */
  readonly keepMs: number;
  readonly now: () => number;
  /** Told of each report that was dropped. */
  readonly dropped: (reports: number) => void;
  readonly warn: (what: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** Reports that may wait, and the bytes that they may have together. */
export const WAITING_MAX = 1_000;
export const WAITING_BYTES_MAX = 4 * 1024 * 1024;
/** What came meanwhile goes in one append. */
const EVERY_MS = 1_000;
const AGAIN_MS = 5_000;
const TRIM_EVERY_MS = 3_600_000;
const TRIM_READ = 500;

export class SignalJournal {
  readonly #given: JournalGiven;
  #waiting: NewRecord[] = [];
  #bytes = 0;

  constructor(given: JournalGiven) {
    this.#given = given;
  }

  /** Takes a report, or drops it where too much waits already. */
  take(report: PageReport): void {
    const value = toBytes(report);
    if (this.#waiting.length >= WAITING_MAX || this.#bytes + value.length > WAITING_BYTES_MAX) {
      this.#given.dropped(1);
      return;
    }
    this.#waiting.push({ key: report.wall ?? `#${report.page}`, value });
    this.#bytes += value.length;
  }

  /** Writes until the signal; then once more. A log that does not answer is tried again, and said once. */
  async run(log: Log, signal: AbortSignal): Promise<void> {
    const { warn } = this.#given;
    let trimmedAt = Number.NEGATIVE_INFINITY;
    for (let well = true, made = false; ; ) {
      const last = signal.aborted;
      try {
        if (!made) await log.ensureTopic(SIGNALS.topic, 1);
        made = true;
        await this.#write(log);
        const now = this.#given.now();
        if (!last && now - trimmedAt >= TRIM_EVERY_MS) {
          trimmedAt = now;
          await this.#trim(log, now - this.#given.keepMs);
        }
        well = true;
      } catch (error) {
        if (well && !last) warn('what pages tell is not written for now', { error: (error as Error).message });
        well = false;
      }
      if (last) return;
      await sleep(well ? EVERY_MS : AGAIN_MS, undefined, { signal }).catch(() => {});
    }
  }

  async #write(log: Log): Promise<void> {
    const records = this.#waiting.slice();
    if (records.length === 0) return;
    await log.append(SIGNALS, records);
    // What came while it was written waits for the next time.
    this.#waiting = this.#waiting.slice(records.length);
    this.#bytes = this.#waiting.reduce((sum, { value }) => sum + value.length, 0);
  }

  async #trim(log: Log, before: number): Promise<void> {
    if (!log.trim) return;
    for (;;) {
      const start = await log.start(SIGNALS);
      const old = (await log.read(SIGNALS, start, TRIM_READ)).filter(({ appendedAt }) => appendedAt < before);
      const lastOld = old.at(-1);
      if (lastOld === undefined) return;
      await log.trim(SIGNALS, lastOld.offset + 1);
    }
  }
}
