/**
 * What all pages see, put into JSON once for all of them. It has a bounded size and is cheap to send whole: so a page that
 * comes back gets the picture anew, and nothing has to be remembered for those who were away.
 */
import type { Zone } from '../pipelines/domain/units.js';
import type { StatusView, Views } from '../pipelines/http/ports.js';
import { byUrgency } from './urgency.js';
import type { DecisionRow } from './wire.js';
import { rowOf } from './words.js';

/** How many decisions a page shows. */
export const DECISIONS_MAX = 50;
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
  /** Newest first, with the version at which each came. */
  #decisions: readonly { readonly row: DecisionRow; readonly version: number; readonly json: string }[] = [];
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

    const held = new Map(this.#decisions.map((one) => [one.row.id, one]));
    const latest = this.#views.latest(DECISIONS_MAX);
    if (latest.some(({ id }) => !held.has(id))) {
      this.#decisions = latest.map((decision) => {
        const known = held.get(decision.id);
        if (known) return known;
        const row = rowOf(decision);
        return { row, version, json: JSON.stringify(row) };
      });
      this.#version = version;
    }
  }

  /** Everything. */
  snapshot(now: number): Message {
    const head = JSON.stringify({ page: this.#page, zone: this.#zone, at: now, status: this.#status }).slice(0, -1);
    const outages = `"outages":${this.#outages},"outagesLeftOut":${this.#outagesLeftOut}`;
    return {
      event: 'snapshot',
      id: this.#version,
      data: `${head},${outages},"decisions":[${this.#decisions.map(({ json }) => json).join()}]}`,
      seen: this.#seen(),
    };
  }

  /** What is new to one who has seen this. */
  since(seen: Seen, now: number): Message {
    const parts = [JSON.stringify({ at: now, status: this.#status }).slice(0, -1)];
    if (seen.outages !== this.#outagesVersion) {
      parts.push(`"outages":${this.#outages}`, `"outagesLeftOut":${this.#outagesLeftOut}`);
    }
    const fresh = this.#decisions.filter(({ version }) => version > seen.decisions);
    if (fresh.length > 0) parts.push(`"decisions":[${fresh.map(({ json }) => json).join()}]`);
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
