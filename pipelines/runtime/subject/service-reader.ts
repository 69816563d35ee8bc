/**
 * Reads one service from the store, as its task last saved it, and presents it. The task goes on meanwhile: what was read counts only
 * if no commit came in between, so every figure is of one commit.
 */
import { formatLocal } from '../../domain/calendar.js';
import type { Packs } from '../../domain/pack.js';
import { lineFaults, profileAt } from '../../domain/service.js';
import type { ServiceView } from '../../domain/subject/service-view.js';
import { DAY, EVER, FOREVER, type Instant } from '../../domain/units.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import type { Held } from '../held.js';
import { ServiceCell } from '../service-cell.js';
import { standOf } from '../task.js';
import { type Partitions, partitionOf } from '../topics.js';
import { factsOf, versionsOf } from './service-facts.js';
import { limitsOf, restrictionsOf } from './service-limits.js';
import { qualityOf, sessionsOf } from './service-quality.js';
import type { ServiceRead } from './service-read.js';
import { roamingOf } from './service-roaming.js';
import { spendOf } from './service-spend.js';

/** Days of use are kept for so long (`UsageBook`), with some to spare on both sides. */
const DAYS_BACK = 280;
const DAYS_AHEAD = 2;
/** How often it is read again where a commit came in between. */
const READS_MAX = 8;

export interface ServiceReaderGiven {
  readonly store: Store;
  readonly packs: Packs;
  readonly partitions: Partitions;
}

/** What HTTP asks of services: the view of one; `waiting` where events wait for its record; undefined where nobody knows it. */
export interface ServiceViews {
  service(id: string): Promise<ServiceView | 'waiting' | undefined>;
}

export class ServiceReader implements ServiceViews {
  readonly #given: ServiceReaderGiven;

  constructor(given: ServiceReaderGiven) {
    this.#given = given;
  }

  async service(id: string): Promise<ServiceView | 'waiting' | undefined> {
    const { store, partitions } = this.#given;
    const task = `service-${partitionOf(id, partitions.service)}`;
    for (let reads = 0; reads < READS_MAX; reads++) {
      const before = await store.ownership(task);
      if (!before) return undefined;
      const view = await this.#read(task, id);
      if ((await store.ownership(task))?.sequence === before.sequence) return view;
    }
    throw new Error(`${task} saves faster than a service of it can be read`);
  }

  async #read(task: string, id: string): Promise<ServiceView | 'waiting' | undefined> {
    const { store, packs } = this.#given;
    const clock = (await standOf(store, task))?.clock ?? EVER;
    const [bytes, held, queued, waiting] = await store.get(task, [`s/${id}`, `h/${id}`, `q/${id}`, `w/${id}`]);
    if (!bytes) return waiting && 'waiting';
    const { cell } = ServiceCell.fromBytes<unknown>(id, bytes);
    const now = clock === EVER ? cell.facts.versions[0]!.at : clock;
    await this.#restoreDays(task, id, cell, now);
    const pack = packs.at(profileAt(cell.facts, now).operator, now)!;
    const { zone } = pack;
    const local = (at: Instant) => formatLocal(at, zone);
    const read: ServiceRead = { facts: cell.facts, cell, now, packs, zone, local };
    return {
      version: 1,
      id,
      clock: local(now),
      zone,
      pending: cell.dirty || cell.usageDirty,
      held: held ? heldOf(unpack(held) as Held, queued && (unpack(queued) as readonly unknown[]), local) : null,
      operator: { id: pack.operator, name: pack.name },
      rules: Object.entries(pack.rules).flatMap(([name, rule]) => (rule ? [name] : [])),
      facts: factsOf(read),
      versions: versionsOf(read),
      turns: cell.facts.turns.map((turn) => ({ is: turn.do, at: local(turn.at), known: local(turn.known) })),
      faults: lineFaults(cell.facts).map(({ faultId, from, to, parts }) => ({
        faultId,
        from: local(from),
        to: to === FOREVER ? null : local(to),
        responsibility: parts.at(-1)!.responsibility,
        reason: parts.at(-1)!.reason,
      })),
      spend: spendOf(read),
      limits: limitsOf(read),
      restrictions: restrictionsOf(read),
      roaming: roamingOf(read),
      quality: qualityOf(read),
      television: sessionsOf(read),
    };
  }

  /** The days of use stand apart in the store: they are asked for by name, for no list of them is kept. */
  async #restoreDays(task: string, id: string, cell: ServiceCell<unknown>, now: Instant): Promise<void> {
    if (!cell.usage) return;
    const today = Math.floor(now / DAY);
    const days = Array.from({ length: DAYS_BACK + DAYS_AHEAD + 1 }, (_, i) => today - DAYS_BACK + i);
    const chunks = await this.#given.store.get(
      task,
      days.map((day) => `u/${day}/${id}`),
    );
    chunks.forEach((chunk, i) => {
      if (chunk) cell.restoreDay(days[i]!, Buffer.from(chunk).toString('latin1'));
    });
  }
}

function heldOf(
  { why, since }: Held,
  queued: readonly unknown[] = [],
  local: (at: Instant) => string,
): ServiceView['held'] {
  return { why, since: since === null ? null : local(since), queued: queued.length };
}
