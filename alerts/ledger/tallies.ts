/**
 * What the ledger counts, by names from closed lists: for metrics. No notice and no person can be told from it. Counts are shared by
 * all ledgers of a process, so that they go on when a partition is let go of; how open entries stand is each ledger's own.
 */
import type { NoticeClass } from '../../pipelines/domain/decision.js';
import type { Instant, Milliseconds } from '../../pipelines/domain/units.js';
import type { Entry } from './entry.js';
import type { ListRow } from './rows.js';

export type TallyName =
  | 'requested'
  | 'repeated'
  | 'unknown-notice'
  | 'handed-over'
  | 'answer-accepted'
  | 'answer-refused'
  | 'answer-ambiguous'
  | 'receipt'
  | 'receipt-again'
  | 'overdue';

/** How an open entry stands; `in-doubt`: it is being sent, and of a part nobody knows whether it left. */
export type OpenState = 'waiting' | 'sending' | 'in-doubt' | 'awaiting-receipt' | 'person' | 'letter';

/** An open entry, as far as figures need it. */
export interface OpenEntry {
  readonly state: OpenState;
  readonly class: NoticeClass;
  /** Since when it should leave and has not; absent where it waits for hours, a signature or a person, or has left. */
  readonly unsentSince?: Instant;
}

/** Counts of a process since its start; they never fall. */
export interface Counts {
  readonly counts: Map<TallyName, number>;
  /** Ended notices, by "CLASS HOW". */
  readonly ended: Map<string, number>;
  /** How long it took from the decision that asked for a notice. */
  readonly timed: (what: 'submitted' | 'delivered', noticeClass: NoticeClass, took: Milliseconds) => void;
}

export function newCounts(timed: Counts['timed'] = () => {}): Counts {
  return { counts: new Map(), ended: new Map(), timed };
}

export class Tallies {
  readonly #counts: Counts;
  readonly #lists = new Map<string, ListRow['list']>();
  readonly #open = new Map<string, OpenEntry>();

  constructor(counts: Counts = newCounts()) {
    this.#counts = counts;
  }

  get counts(): ReadonlyMap<TallyName, number> {
    return this.#counts.counts;
  }

  get ended(): ReadonlyMap<string, number> {
    return this.#counts.ended;
  }

  count(name: TallyName): void {
    const { counts } = this.#counts;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  done({ standing, class: noticeClass }: Entry): void {
    if (standing.is !== 'done') return;
    const { ended } = this.#counts;
    const name = `${noticeClass} ${standing.how}`;
    ended.set(name, (ended.get(name) ?? 0) + 1);
  }

  timed(what: 'submitted' | 'delivered', noticeClass: NoticeClass, took: Milliseconds): void {
    this.#counts.timed(what, noticeClass, Math.max(0, took));
  }

  /** How an entry stands now; undefined: it is done. */
  stands(noticeId: string, open: OpenEntry | undefined): void {
    if (open) this.#open.set(noticeId, open);
    else this.#open.delete(noticeId);
  }

  open(): Iterable<OpenEntry> {
    return this.#open.values();
  }

  /** Puts a notice on a list for people, or takes it off. */
  list(noticeId: string, row: ListRow | undefined): void {
    if (row) this.#lists.set(noticeId, row.list);
    else this.#lists.delete(noticeId);
  }

  /** How long the lists for people are. */
  lists(): Readonly<Record<ListRow['list'], number>> {
    const sizes = { person: 0, letter: 0, 'sign-off': 0 };
    for (const list of this.#lists.values()) sizes[list] += 1;
    return sizes;
  }
}

/** What figures need of an entry; undefined where it is done. */
export function openEntryOf({ standing, deliveries, class: noticeClass, heardAt }: Entry): OpenEntry | undefined {
  if (standing.is === 'done') return undefined;
  const last = deliveries.at(-1);
  if (standing.is === 'sent') return { state: 'awaiting-receipt', class: noticeClass };
  if (standing.is !== 'sending') {
    const isNew = standing.is === 'waiting' && standing.why === 'new';
    return { state: standing.is, class: noticeClass, ...(isNew ? { unsentSince: heardAt } : {}) };
  }
  const doubt = last?.parts.some(({ state }) => state.is === 'ambiguous') ?? false;
  const unsent = last?.sentAt === undefined ? { unsentSince: last?.openedAt ?? heardAt } : {};
  return { state: doubt ? 'in-doubt' : 'sending', class: noticeClass, ...unsent };
}
