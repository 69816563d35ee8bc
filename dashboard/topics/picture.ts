/** How the installation is, what is open, and what was decided last: what the console shows first. */
import type { StatusView, Views } from '../../pipelines/http/ports.js';
import { byUrgency } from '../urgency.js';
import type { DecisionRow } from '../wire.js';
import { rowOf, withOneMore } from '../words.js';
import { members, type Topic } from './topic.js';

/** How many rows of decisions a page shows. Those that are alike, as when a limit passes for a whole cell, are one row. */
export const DECISIONS_MAX = 50;
/** How many of the newest decisions are looked at. */
export const DECISIONS_READ = 200;
/** How many open outages are sent: more than a screen can show. */
export const OUTAGES_MAX = 200;

export class Picture implements Topic {
  readonly name = 'picture';
  readonly #views: Views;
  #status: StatusView;
  #statusKey = '';
  #outages = '';
  #outagesLeftOut = 0;
  #outagesVersion = 0;
  /** By what makes them alike, oldest first, with the version at which each was changed. */
  readonly #decisions = new Map<string, { readonly row: DecisionRow; readonly version: number }>();
  /** The ids that were looked at last. */
  #read: ReadonlySet<string> = new Set();
  #version = 0;

  constructor(views: Views) {
    this.#views = views;
    this.#status = views.status();
  }

  /** Goes up with every change. How far the clock is behind is no change: it follows from the clock and the time. */
  get version(): number {
    return this.#version;
  }

  refresh(): void {
    const version = this.#version + 1;
    const status = this.#views.status();
    const statusKey = JSON.stringify({ ...status, behindMs: null });
    this.#status = status;
    if (statusKey !== this.#statusKey) this.#version = version;
    this.#statusKey = statusKey;

    const open = byUrgency(this.#views.outages(), status.clock ?? 0);
    const outages = JSON.stringify(open.slice(0, OUTAGES_MAX));
    const outagesLeftOut = Math.max(0, open.length - OUTAGES_MAX);
    if (outages !== this.#outages || outagesLeftOut !== this.#outagesLeftOut) {
      this.#outages = outages;
      this.#outagesLeftOut = outagesLeftOut;
      this.#outagesVersion = this.#version = version;
    }

    if (this.#takeDecisions(version)) this.#version = version;
  }

  /** Takes in what was decided since the last look; true where there was something. */
  #takeDecisions(version: number): boolean {
    const latest = this.#views.latest(DECISIONS_READ);
    const fresh = latest.filter(({ id }) => !this.#read.has(id)).reverse();
    if (fresh.length === 0) return false;
    // Where nothing is known from before, some may have come and gone between two looks.
    const oldest = fresh.length === DECISIONS_READ ? rowOf(fresh[0]!).time : undefined;
    for (const decision of fresh) {
      const one = rowOf(decision);
      const many = this.#decisions.get(one.key)?.row;
      const row = many ? withOneMore(many, one) : one;
      const seen = one.time === oldest ? { ...row, isAtLeast: true } : row;
      this.#decisions.delete(one.key);
      this.#decisions.set(one.key, { row: seen, version });
    }
    for (const key of this.#decisions.keys()) {
      if (this.#decisions.size <= DECISIONS_MAX) break;
      this.#decisions.delete(key);
    }
    this.#read = new Set(latest.map(({ id }) => id));
    return true;
  }

  /** Newest first. */
  #rows(after: number): string {
    const rows = [...this.#decisions.values()].filter(({ version }) => version > after).reverse();
    return JSON.stringify(rows.map(({ row }) => row));
  }

  watch(changed: () => void): () => void {
    return this.#views.subscribe(changed);
  }

  snapshot(): string {
    const outages = `"outages":${this.#outages},"outagesLeftOut":${this.#outagesLeftOut}`;
    return `${members({ status: this.#status })},${outages},"decisions":${this.#rows(-1)}`;
  }

  /** The picture is bounded, so one who is far behind is told all of it at the most. */
  since(seen: number): string {
    const parts = [members({ status: this.#status })];
    if (seen < this.#outagesVersion) {
      parts.push(`"outages":${this.#outages}`, `"outagesLeftOut":${this.#outagesLeftOut}`);
    }
    const fresh = this.#rows(seen);
    if (fresh !== '[]') parts.push(`"decisions":${fresh}`);
    return parts.join();
  }
}
