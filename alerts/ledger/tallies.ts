/** What the ledger has counted, by names from closed lists: for metrics. No notice and no person can be told from it. */
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

export class Tallies {
  readonly counts = new Map<TallyName, number>();
  /** Ended notices, by "CLASS HOW". */
  readonly ended = new Map<string, number>();
  readonly #lists = new Map<string, ListRow['list']>();

  count(name: TallyName): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  done({ standing, class: noticeClass }: Entry): void {
    if (standing.is !== 'done') return;
    const name = `${noticeClass} ${standing.how}`;
    this.ended.set(name, (this.ended.get(name) ?? 0) + 1);
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
