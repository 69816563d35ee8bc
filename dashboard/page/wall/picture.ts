/** What the wall knows: its parts, how old each is, and what time it is at the server. */
import type { WallPart, WallParts } from '../../../pipelines/domain/wall.js';
import type { Said } from '../../wire.js';

/** A message of the topic `wall`. */
export interface WallSaid extends Said {
  readonly ages: Readonly<Partial<Record<WallPart, { readonly lookedAt: number; readonly clock: number | null }>>>;
  readonly parts: Readonly<Partial<WallParts>>;
}

/** Older than this a part is stale; what is made anew seldom may be older. */
const STALE_MS = 60_000;
const STALE_BY_PART: Readonly<Partial<Record<WallPart, number>>> = { trends: 5 * 60_000 };
/** How far the page counts past what the server has confirmed. */
const AHEAD_MAX_MS = 15_000;

/** How old a part is, and since when it is too old. */
export interface Age {
  readonly ms: number;
  /** By the server's clock; undefined: it is fresh. */
  readonly staleSince: number | undefined;
}

export class WallPicture {
  parts: Partial<WallParts> = {};
  #ages: WallSaid['ages'] = {};
  #at = 0;
  #came = 0;

  take({ at, ages, parts, is }: WallSaid): void {
    this.parts = is === 'snapshot' ? parts : { ...this.parts, ...parts };
    this.#ages = ages;
    this.#at = at;
    this.#came = performance.now();
  }

  /** The server's wall clock. */
  get wall(): number {
    return this.#at + performance.now() - this.#came;
  }

  /** The clock of the events: it runs on smoothly in a live run, but not far, and stands between events where they move it. */
  get now(): number {
    const { clock = null, mode } = this.parts.clock ?? {};
    if (clock === null || mode !== 'live') return clock ?? 0;
    return Math.max(clock, Math.min(this.wall, clock + AHEAD_MAX_MS));
  }

  /** Live: how far the clock is behind; null where events move it, or it has not begun. */
  get behind(): number | null {
    const { clock = null, mode } = this.parts.clock ?? {};
    return clock === null || mode !== 'live' ? null : Math.max(0, this.wall - clock);
  }

  /** How old a part is: since it was looked at, or in a live run since what it shows; undefined where it is not known. */
  age(part: WallPart): Age | undefined {
    const found = this.#ages[part];
    if (!found || this.parts[part] === undefined) return undefined;
    const isLive = this.parts.clock?.mode === 'live';
    const from = isLive && found.clock !== null ? Math.min(found.lookedAt, found.clock) : found.lookedAt;
    const ms = Math.max(0, this.wall - from);
    return { ms, staleSince: ms > (STALE_BY_PART[part] ?? STALE_MS) ? from : undefined };
  }
}
