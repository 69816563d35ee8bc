/**
 * An index over the `decisions` topic for those who look: by id, by time, by subject. It can be thrown away and made again from
 * the log at any time, so it needs no guarded commits; its own offset is written with what it indexes.
 */
import { type Database, open, type RootDatabase } from 'lmdb';

export interface IndexedDecision {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly time: number;
  readonly offset: number;
}

export interface IndexQuery {
  readonly subject?: string;
  readonly type?: string;
  readonly from?: number;
  readonly to?: number;
  readonly limit: number;
  readonly newestFirst: boolean;
  /** The time and offset after which to go on. */
  readonly after?: readonly [time: number, offset: number];
}

export class DecisionIndex {
  readonly #root: RootDatabase;
  readonly #byId: Database<number, string>;
  readonly #byTime: Database<string, [number, number]>;
  readonly #bySubject: Database<string, [string, number, number]>;

  constructor(folder: string, options: { readonly readOnly?: boolean } = {}) {
    this.#root = open({ path: folder, maxDbs: 4, noMemInit: true, ...(options.readOnly ? { readOnly: true } : {}) });
    this.#byId = this.#root.openDB({ name: 'id' });
    this.#byTime = this.#root.openDB({ name: 'time' });
    this.#bySubject = this.#root.openDB({ name: 'subject' });
  }

  /** The offset of `decisions` up to which everything is indexed. */
  get offset(): number {
    return (this.#root.get('offset') as number | undefined) ?? 0;
  }

  /** How many decisions of each type there are. */
  counts(): Record<string, number> {
    return { ...((this.#root.get('counts') as Record<string, number> | undefined) ?? {}) };
  }

  /** Takes decisions in and moves the offset, at once. A decision whose id is known is a copy: it is passed over. */
  async add(decisions: readonly IndexedDecision[], offset: number): Promise<void> {
    await this.#root.transaction(() => {
      const counts = this.counts();
      for (const { id, type, subject, time, offset: at } of decisions) {
        if (this.#byId.get(id) !== undefined) continue;
        this.#byId.put(id, at);
        this.#byTime.put([time, at], type);
        this.#bySubject.put([subject, time, at], type);
        counts[type] = (counts[type] ?? 0) + 1;
      }
      this.#root.put('counts', counts);
      this.#root.put('offset', offset);
    });
  }

  /** The offset of a decision. */
  find(id: string): number | undefined {
    return this.#byId.get(id);
  }

  /** Time and offset of what matches, in order. */
  query(query: IndexQuery): readonly (readonly [time: number, offset: number])[] {
    const { subject, type, limit, newestFirst, after } = query;
    const from = query.from ?? Number.MIN_SAFE_INTEGER;
    const to = query.to ?? Number.MAX_SAFE_INTEGER;
    const low: [number, number] = after && !newestFirst ? [after[0], after[1] + 1] : [from, 0];
    const high: [number, number] = after && newestFirst ? [after[0], after[1]] : [to, 0];
    const found: [number, number][] = [];
    // In reverse lmdb starts below `start` and ends above `end`; both bounds are made exact here.
    const bounds = newestFirst ? { start: high, end: low, reverse: true } : { start: low, end: high };
    const keep = (time: number, offset: number, kind: string) => {
      const at: [number, number] = [time, offset];
      if (before(at, low) || !before(at, high)) return;
      if (type === undefined || type === kind) found.push(at);
    };
    if (subject === undefined) {
      for (const { key, value } of this.#byTime.getRange(bounds)) {
        keep(key[0], key[1], value);
        if (found.length >= limit) break;
      }
    } else {
      const range = {
        ...bounds,
        start: [subject, ...bounds.start] as [string, number, number],
        end: [subject, ...bounds.end] as [string, number, number],
      };
      for (const { key, value } of this.#bySubject.getRange(range)) {
        keep(key[1], key[2], value);
        if (found.length >= limit) break;
      }
    }
    return found;
  }

  close(): Promise<void> {
    return this.#root.close();
  }
}

function before(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}
