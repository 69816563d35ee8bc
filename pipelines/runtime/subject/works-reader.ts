/** Reads the planned works of all elements from the state of the network tasks. */
import { formatLocal } from '../../domain/calendar.js';
import type { ElementVersion, Works } from '../../domain/network.js';
import type { Packs } from '../../domain/pack.js';
import { EVER, formatDuration, type Instant } from '../../domain/units.js';
import type { WorksLine, WorksViews } from '../../domain/works-wire.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import { standOf } from '../task.js';
import type { Partitions } from '../topics.js';
import { announcedIn } from './element-reader.js';

/** Works that were over so long ago are history: what was excused by them stands in the decisions. */
const WORKS_MAX = 20_000;

export class WorksReader implements WorksViews {
  readonly #given: { readonly store: Store; readonly packs: Packs; readonly partitions: Partitions };

  constructor(given: { readonly store: Store; readonly packs: Packs; readonly partitions: Partitions }) {
    this.#given = given;
  }

  async works(limit: number): Promise<{ readonly clock: string | null; readonly works: readonly WorksLine[] }> {
    const { store, partitions } = this.#given;
    const found: { readonly element: string; readonly task: string; readonly works: Works }[] = [];
    let clock: Instant = EVER;
    for (let q = 0; q < partitions.element; q++) {
      const task = `network-${q}`;
      clock = Math.max(clock, (await standOf(store, task))?.clock ?? EVER);
      for await (const [key, bytes] of store.entries(task, 'o/')) {
        if (found.length >= WORKS_MAX) break;
        for (const works of announcedIn(bytes)) found.push({ element: key.slice(2), task, works });
      }
    }
    found.sort((a, b) => b.works.from - a.works.from || (a.works.ref < b.works.ref ? -1 : 1));
    const lines = found.slice(0, limit).map((one) => this.#line(one, clock));
    return { clock: clock === EVER ? null : new Date(clock).toISOString(), works: await Promise.all(lines) };
  }

  async #line(
    { element, task, works }: { readonly element: string; readonly task: string; readonly works: Works },
    clock: Instant,
  ): Promise<WorksLine> {
    const { store, packs } = this.#given;
    const [bytes] = await store.get(task, [`e/${element}`]);
    const versions = bytes ? (unpack(bytes) as { readonly versions: readonly ElementVersion[] }).versions : [];
    const operator = versions.at(-1)?.operator ?? '';
    const pack = packs.at(operator, works.from);
    const zone = pack?.zone ?? 'UTC';
    const local = (at: Instant) => formatLocal(at, zone);
    const rule = pack?.rules.outage?.works ?? null;
    const { worksId, from, to, at, channel, cancelled } = works;
    const plannedTo = cancelled?.plannedTo ?? to;
    const isIn = rule !== null && channel === rule.channel && at + rule.notice <= from;
    return {
      element,
      operator,
      zone,
      worksId,
      from: local(from),
      to: local(plannedTo),
      announcedAt: local(at),
      channel,
      state: cancelled ? 'cancelled' : clock < from ? 'ahead' : clock < to ? 'now' : 'over',
      cancelledAt: cancelled ? local(cancelled.at) : null,
      excuses: rule === null ? null : isIn,
      rule: rule && {
        notice: formatDuration(rule.notice),
        channel: rule.channel,
        clause: pack!.rules.outage!.clauses['works'] ?? pack!.rules.outage!.clause,
      },
    };
  }
}
