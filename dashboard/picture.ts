/**
 * What all pages see, put into JSON once for all of them. It has a bounded size and is cheap to send whole: so a page that
 * comes back gets the picture anew, and nothing has to be remembered for those who were away.
 */
import type { Zone } from '../pipelines/domain/units.js';
import type { StatusView, Views } from '../pipelines/http/ports.js';
import { byUrgency } from './urgency.js';
import type { DecisionRow } from './wire.js';
import { rowOf, withOneMore } from './words.js';

/** How many rows of decisions a page shows. Those that are alike, as when a limit passes for a whole cell, are one row. */
export const DECISIONS_MAX = 50;
/** How many of the newest decisions are looked at. */
export const DECISIONS_READ = 200;
/** How many open outages are sent: more than a screen can show. */
export const OUTAGES_MAX = 200;

/** What a page was told last. */
export interface Seen {
  readonly version: number;
  readonly outages: number;
  readonly decisions: number;
}

export interface Message {
  readonly event: 'snapshot' | 'update' | 'heartbeat';
  readonly id: number;
  readonly data: string;
  readonly seen: Seen;
}

export class Picture {
  readonly #views: Views;
  readonly #zone: Zone;
  readonly #page: string;
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

  constructor(views: Views, { zone, page }: { readonly zone: Zone; readonly page: string }) {
    this.#views = views;
    this.#zone = zone;
    this.#page = page;
    this.#status = views.status();
  }

  /** Goes up with every change. How far the clock is behind is no change: it follows from the clock and the time. */
  get version(): number {
    return this.#version;
  }

  /** Looks at the views anew. */
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

  /** Everything. */
  snapshot(now: number): Message {
    const head = JSON.stringify({ page: this.#page, zone: this.#zone, at: now, status: this.#status }).slice(0, -1);
    const outages = `"outages":${this.#outages},"outagesLeftOut":${this.#outagesLeftOut}`;
    return {
      event: 'snapshot',
      id: this.#version,
      data: `${head},${outages},"decisions":${this.#rows(-1)}}`,
      seen: this.#seen(),
    };
  }

  /** What is new to one who has seen this. */
  since(seen: Seen, now: number): Message {
    const parts = [JSON.stringify({ at: now, status: this.#status }).slice(0, -1)];
    if (seen.outages !== this.#outagesVersion) {
      parts.push(`"outages":${this.#outages}`, `"outagesLeftOut":${this.#outagesLeftOut}`);
    }
    const fresh = this.#rows(seen.decisions);
    if (fresh !== '[]') parts.push(`"decisions":${fresh}`);
    return {
      event: seen.version === this.#version ? 'heartbeat' : 'update',
      id: this.#version,
      data: `${parts.join()}}`,
      seen: this.#seen(),
    };
  }

  #seen(): Seen {
    return { version: this.#version, outages: this.#outagesVersion, decisions: this.#version };
  }
}
