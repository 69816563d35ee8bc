/** Finds what begins with some text in the state of the tasks; what is held and what waits there. */
import type { HeldLine, HeldViews, IdViews, WaitingLine } from '../../domain/search-wire.js';
import type { Store } from '../../io/store.js';
import { decode as unpack } from '../codec.js';
import { heldOf } from '../held.js';
import type { Partitions } from '../topics.js';

export class IdReader implements IdViews, HeldViews {
  readonly #store: Store;
  readonly #partitions: Partitions;

  constructor({ store, partitions }: { readonly store: Store; readonly partitions: Partitions }) {
    this.#store = store;
    this.#partitions = partitions;
  }

  services(begin: string, limit: number): Promise<readonly string[]> {
    return this.#beginning('service', this.#partitions.service, `s/${begin}`, limit);
  }

  elements(begin: string, limit: number): Promise<readonly string[]> {
    return this.#beginning('network', this.#partitions.element, `e/${begin}`, limit);
  }

  /** The first of each task in order, and of these the first. */
  async #beginning(role: string, tasks: number, prefix: string, limit: number): Promise<readonly string[]> {
    const found: string[] = [];
    for (let i = 0; i < tasks; i++) {
      let here = 0;
      for await (const [key] of this.#store.entries(`${role}-${i}`, prefix)) {
        if (here++ === limit) break;
        found.push(key.slice(2));
      }
    }
    return found.sort().slice(0, limit);
  }

  async held(limit: number): Promise<readonly HeldLine[]> {
    const lines: HeldLine[] = [];
    for (let i = 0; i < this.#partitions.service && lines.length < limit; i++) {
      const task = `service-${i}`;
      for (const [service, { why, since }] of await heldOf(this.#store, task)) {
        if (lines.length === limit) break;
        const [queued] = await this.#store.get(task, [`q/${service}`]);
        const records = queued ? (unpack(queued) as readonly unknown[]).length : 0;
        lines.push({ service, why, since: since === null ? null : new Date(since).toISOString(), queued: records });
      }
    }
    return lines;
  }

  async waiting(limit: number): Promise<readonly WaitingLine[]> {
    const lines: WaitingLine[] = [];
    const { element, service } = this.#partitions;
    const tasks = [
      ...Array.from({ length: element }, (_, i) => [`network-${i}`, 'element'] as const),
      ...Array.from({ length: service }, (_, i) => [`service-${i}`, 'service'] as const),
    ];
    for (const [task, on] of tasks) {
      if (lines.length === limit) break;
      for await (const [key, value] of this.#store.entries(task, 'w/')) {
        if (lines.length === limit) break;
        const events = unpack(value) as readonly unknown[];
        if (Array.isArray(events)) lines.push({ subject: key.slice(2), on, records: events.length });
      }
    }
    return lines;
  }
}
