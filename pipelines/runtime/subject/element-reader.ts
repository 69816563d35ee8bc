/** Reads one element from the store, as its task last saved it, and presents it. Every figure is of one commit, as with services. */
import { formatLocal } from '../../domain/calendar.js';
import { type FaultFact, faultName, foldFault } from '../../domain/fault.js';
import { type ElementVersion, type Works, type WorksCancelled, worksAsTheyStand } from '../../domain/network.js';
import type { Packs } from '../../domain/pack.js';
import { type ElementView, FAULTS_SHOWN_MAX } from '../../domain/subject/element-view.js';
import { EVER, FOREVER, type Instant } from '../../domain/units.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import { standOf } from '../task.js';
import { type Partitions, partitionOf } from '../topics.js';

/** How often it is read again where a commit came in between. */
const READS_MAX = 8;

/** What HTTP asks of elements: the view of one; undefined where nobody knows it. */
export interface ElementViews {
  element(id: string): Promise<ElementView | undefined>;
}

export class ElementReader implements ElementViews {
  readonly #given: { readonly store: Store; readonly packs: Packs; readonly partitions: Partitions };

  constructor(given: { readonly store: Store; readonly packs: Packs; readonly partitions: Partitions }) {
    this.#given = given;
  }

  async element(id: string): Promise<ElementView | undefined> {
    const { store, partitions } = this.#given;
    const task = `network-${partitionOf(id, partitions.element)}`;
    for (let reads = 0; reads < READS_MAX; reads++) {
      const before = await store.ownership(task);
      if (!before) return undefined;
      const view = await this.#read(task, id);
      if ((await store.ownership(task))?.sequence === before.sequence) return view;
    }
    throw new Error(`${task} saves faster than an element of it can be read`);
  }

  async #read(task: string, id: string): Promise<ElementView | undefined> {
    const { store, packs } = this.#given;
    const [bytes, works] = await store.get(task, [`e/${id}`, `o/${id}`]);
    if (!bytes) return undefined;
    const { versions } = unpack(bytes) as { readonly versions: readonly ElementVersion[] };
    const clock = (await standOf(store, task))?.clock ?? EVER;
    const now = clock === EVER ? versions[0]!.at : clock;
    const version = versions.findLast(({ at }) => at <= now) ?? versions[0]!;
    const pack = packs.at(version.operator, now);
    const zone = pack?.zone ?? 'UTC';
    const local = (at: Instant) => formatLocal(at, zone);
    return {
      version: 1,
      id,
      clock: local(now),
      zone,
      operator: { id: version.operator, name: pack?.name ?? version.operator },
      kind: version.kind,
      technology: version.technology ?? null,
      parent: version.parent ?? null,
      links: version.links ?? [],
      district: version.district ?? null,
      latitude: version.latitude ?? null,
      longitude: version.longitude ?? null,
      populationCovered: version.populationCovered ?? null,
      versions: versions.map(({ at, known }) => ({ at: local(at), known: local(known) })),
      faults: await this.#faults(task, id, local),
      works: works ? worksOf(announcedIn(works), local) : [],
    };
  }

  async #faults(task: string, id: string, local: (at: Instant) => string): Promise<ElementView['faults']> {
    const begins = `f/${id}\n`;
    const faults = [];
    for await (const [key, value] of this.#given.store.entries(task, begins))
      faults.push(...foldFault(id, key.slice(begins.length), (unpack(value) as { facts: readonly FaultFact[] }).facts));
    faults.sort((a, b) => b.from - a.from);
    return faults.slice(0, FAULTS_SHOWN_MAX).map((fault) => {
      const { responsibility, reason, accessBarred } = fault.parts.at(-1)!;
      const to = fault.to === FOREVER ? null : local(fault.to);
      const { faultId, from } = fault;
      return { faultId, incident: faultName(fault), from: local(from), to, responsibility, reason, accessBarred };
    });
  }
}

/** Works as the state of a task has them, with what was taken back. */
export function announcedIn(bytes: Uint8Array): readonly Works[] {
  const { announced, cancelled = [] } = unpack(bytes) as {
    readonly announced: readonly Works[];
    readonly cancelled?: readonly WorksCancelled[];
  };
  return worksAsTheyStand(announced, cancelled);
}

function worksOf(announced: readonly Works[], local: (at: Instant) => string): ElementView['works'] {
  const newest = [...announced].sort((a, b) => b.from - a.from).slice(0, FAULTS_SHOWN_MAX);
  return newest.map(({ worksId, from, to, at, channel }) => ({
    worksId,
    from: local(from),
    to: local(to),
    announcedAt: local(at),
    channel,
  }));
}
