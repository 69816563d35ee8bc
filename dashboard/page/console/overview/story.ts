/** What the page knows, and what time it is there. Between two updates of a live clock it counts on by itself, but not far. */
import type { OutageView, StatusView } from '../../../../pipelines/http/ports.js';
import type { DecisionRow, Snapshot, Update } from '../../../wire.js';

const DECISIONS_MAX = 50;
/** How far the page counts past what the server has confirmed: three ticks. Then its clocks stand, as the server's does. */
const AHEAD_MAX_MS = 15_000;

export class Story {
  status: StatusView | undefined;
  outages: readonly OutageView[] = [];
  outagesLeftOut = 0;
  decisions: readonly DecisionRow[] = [];
  /** The server's wall clock at the last update, and this machine's steady clock then. */
  #at = 0;
  #came = 0;
  #stoppedAt: number | undefined;

  replace({ at, status, outages, outagesLeftOut, decisions }: Snapshot): void {
    this.#take(at, status);
    this.outages = outages;
    this.outagesLeftOut = outagesLeftOut;
    this.decisions = decisions;
  }

  change({ at, status, outages, outagesLeftOut, decisions }: Update): void {
    this.#take(at, status);
    if (outages) this.outages = outages;
    if (outagesLeftOut !== undefined) this.outagesLeftOut = outagesLeftOut;
    if (decisions) {
      const changed = new Set(decisions.map(({ key }) => key));
      const others = this.decisions.filter(({ key }) => !changed.has(key));
      this.decisions = [...decisions, ...others].slice(0, DECISIONS_MAX);
    }
  }

  #take(at: number, status: StatusView): void {
    this.status = status;
    this.#at = at;
    this.#came = performance.now();
    this.#stoppedAt = undefined;
  }

  /** Stops every clock: what comes next is not known. */
  stop(): void {
    this.#stoppedAt ??= performance.now();
  }

  /** The server's wall clock. */
  get wall(): number {
    return this.#at + (this.#stoppedAt ?? performance.now()) - this.#came;
  }

  /** The clock of the outages: it runs on smoothly in a live run, and stands between events where they move it. */
  get now(): number {
    const { clock = null, clockMode } = this.status ?? {};
    if (clock === null || clockMode !== 'live') return clock ?? 0;
    return Math.max(clock, Math.min(this.wall, clock + AHEAD_MAX_MS));
  }

  /** Live: how far the clock is behind. */
  get behind(): number | null {
    const { clock = null, behindMs = null } = this.status ?? {};
    return clock === null || behindMs === null ? null : Math.max(0, this.wall - clock);
  }
}
