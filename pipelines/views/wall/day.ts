/**
 * What was decided since local midnight. Counted as it comes, from what the index has counted in all; what the day had before this
 * process looked is read from the index once.
 */
import { startOfDay } from '../../domain/calendar.js';
import type { Instant, Zone } from '../../domain/units.js';
import type { WallDay } from '../../domain/wall.js';
import type { Views } from '../../http/ports.js';

const COUNTED = { credits: 'credit.granted', bars: 'bar.applied', fairUse: 'roaming.risk.found' } as const;
type Name = keyof typeof COUNTED;

/** Decisions of a page, and pages of a type, that are read at the most. */
const PAGE = 1_000;
const PAGES_MAX = 50;

export class DayBook {
  readonly #views: Views;
  readonly #zone: Zone;
  #from: Instant | undefined;
  /** What the index had counted in all at the beginning of the day. */
  #before: Readonly<Record<Name, number>> | undefined;
  #isAtLeast = false;

  constructor(views: Views, zone: Zone) {
    this.#views = views;
    this.#zone = zone;
  }

  /** Counts what the day that runs had before. Until it has, nothing is known of the day. */
  async begin(): Promise<void> {
    const { clock } = this.#views.status();
    if (clock === null || this.#before) return;
    const from = startOfDay(clock, this.#zone);
    const before = { credits: 0, bars: 0, fairUse: 0 };
    for (const name of Object.keys(COUNTED) as Name[]) {
      // What comes while it is counted is in both figures or in none.
      for (let tries = 0; tries < 3; tries++) {
        const all = this.#inAll(name);
        const today = await this.#today(name, from);
        before[name] = all - today;
        if (this.#inAll(name) === all) break;
      }
    }
    this.#from = from;
    this.#before = before;
  }

  /** The day up to now; undefined before it has been counted. */
  look(): WallDay | undefined {
    const { clock } = this.#views.status();
    if (clock === null || !this.#before || this.#from === undefined) return undefined;
    const from = startOfDay(clock, this.#zone);
    if (from !== this.#from) {
      this.#from = from;
      this.#isAtLeast = false;
      this.#before = { credits: this.#inAll('credits'), bars: this.#inAll('bars'), fairUse: this.#inAll('fairUse') };
    }
    const since = (name: Name) => Math.max(0, this.#inAll(name) - this.#before![name]);
    const { credits, bars, fairUse } = { credits: since('credits'), bars: since('bars'), fairUse: since('fairUse') };
    return { from, zone: this.#zone, credits, bars, fairUse, isAtLeast: this.#isAtLeast };
  }

  #inAll(name: Name): number {
    return this.#views.status().counts.decisions[COUNTED[name]] ?? 0;
  }

  async #today(name: Name, from: Instant): Promise<number> {
    let count = 0;
    let after: string | undefined;
    for (let page = 0; page < PAGES_MAX; page++) {
      const asked = { type: COUNTED[name], from, limit: PAGE, ...(after !== undefined && { after }) };
      const { decisions, next } = await this.#views.decisions(asked);
      count += decisions.length;
      if (next === undefined) return count;
      after = next;
    }
    this.#isAtLeast = true;
    return count;
  }
}
