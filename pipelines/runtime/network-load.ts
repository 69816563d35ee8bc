/**
 * What a network task counts of an operator's traffic: of each clock hour what was offered and what of it was served, over all
 * elements it owns, as exact sums. Days of which something is new go to `network` when the clock passes a full hour.
 */
import type { EventOf } from '../domain/event.js';
import { LOAD_DAYS_KEPT as DAYS_KEPT, type LoadRecord } from '../domain/network.js';
import type { Pack } from '../domain/pack.js';
import { fineOf, type Hour, hourOf } from '../domain/service-level/busy-hours.js';
import { hourText } from '../domain/service-level/level-fact.js';
import { DAY, HOUR, type Instant } from '../domain/units.js';
import type { Keep } from './telling.js';

/** A day of an operator: its hours by their beginning. Texts, for sums may be larger than a double holds. */
interface Day {
  readonly operator: string;
  readonly day: number;
  revision: number;
  published: number;
  hours: Record<string, readonly [offered: string, served: string]>;
}

export class NetworkLoad {
  readonly #from: string;
  readonly #keep: Keep;
  readonly #days = new Map<string, Day>();
  readonly #unpublished = new Set<string>();

  constructor(given: { readonly from: string; readonly keep: Keep }) {
    this.#from = given.from;
    this.#keep = given.keep;
  }

  /** Takes a sample in, where it is one of the two counters that the operator's rule names. */
  take({ time, data }: EventOf<'kpi.sampled'>, { operator, zone, rules }: Pack): void {
    const level = rules.serviceLevel;
    const isOffered = data.kpi === level?.offeredKpi;
    if (!level || (!isOffered && data.kpi !== level.servedKpi)) return;
    const at = hourOf(time, zone);
    const day = Math.floor(at / DAY);
    const key = `${operator}/${day}`;
    const held = this.#days.get(key) ?? { operator, day, revision: 0, published: 0, hours: {} };
    const [offered, served] = held.hours[at] ?? ['0', '0'];
    const more = fineOf(data.value);
    held.hours[at] = isOffered ? [String(BigInt(offered) + more), served] : [offered, String(BigInt(served) + more)];
    held.revision += 1;
    this.#days.set(key, held);
    this.#unpublished.add(key);
    this.#keep(`d/${key}`, () => held);
  }

  /** The days that are new when the clock goes from `before` to `now`. */
  publish(before: Instant, now: Instant): readonly LoadRecord[] {
    if (this.#unpublished.size === 0 || Math.floor(before / HOUR) === Math.floor(now / HOUR)) return [];
    const records = [...this.#unpublished].sort().map((key): LoadRecord => {
      const held = this.#days.get(key)!;
      held.published = held.revision;
      this.#keep(`d/${key}`, () => held);
      const hours = Object.entries(held.hours).map(
        ([at, [offered, served]]): Hour => ({ at: Number(at), offered: BigInt(offered), served: BigInt(served) }),
      );
      const { operator, day, revision } = held;
      const texts = hours.sort((a, b) => a.at - b.at).map(hourText);
      return { is: 'load', operator, day, from: this.#from, revision, hours: texts };
    });
    this.#unpublished.clear();
    for (const [key, { day }] of this.#days) {
      if (day >= now / DAY - DAYS_KEPT) continue;
      this.#days.delete(key);
      this.#keep(`d/${key}`, undefined);
    }
    return records;
  }

  /** Takes back what the store held; false where the key is another's. */
  restore(key: string, value: unknown): boolean {
    if (!key.startsWith('d/')) return false;
    const held = value as Day;
    this.#days.set(key.slice(2), held);
    if (held.revision !== held.published) this.#unpublished.add(key.slice(2));
    return true;
  }
}
