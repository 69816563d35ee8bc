/** Decisions as a table, in the list of all and in that of an incident. */
import type { WireDecision } from '../../../../pipelines/http/ports.js';
import { rowOf } from '../../../words.js';
import { make } from '../../shared/dom.js';
import { mark } from '../../shared/marks.js';
import { partsOf } from '../../shared/time.js';
import { words } from '../decisions/words.js';
import { decisionWords } from './decision-words.js';
import { Grid } from './grid.js';

export class DecisionGrid {
  readonly element: HTMLElement;
  readonly #grid: Grid<WireDecision>;
  readonly #open: (id: string) => void;

  /** `open` is told which one is asked for. */
  constructor(open: (id: string) => void) {
    this.#open = open;
    this.#grid = new Grid<WireDecision>({
      label: words.title,
      keyOf: ({ id }) => id,
      print: ({ id }) => id,
      open: ({ id }) => open(id),
      columns: [
        {
          name: 'time',
          label: words.time,
          cell: (decision) => {
            const { day, year, time } = partsOf(rowOf(decision).time);
            return [make('span', 'nowrap', `${day} ${year} `), make('strong', '', time)];
          },
        },
        {
          name: 'what',
          label: words.what,
          cell: (decision) => {
            const { level, words: what } = rowOf(decision);
            const link = make('a', '', decisionWords(decision.type, what));
            link.href = `/decisions/${encodeURIComponent(decision.id)}`;
            link.tabIndex = -1;
            return [make('span', 'severity', ...(level ? [mark(level)] : []), link)];
          },
        },
        { name: 'subject', label: words.subject, cell: ({ subject }) => [subject ?? ''] },
        { name: 'clause', label: words.clause, cell: (decision) => [rowOf(decision).clause] },
        { name: 'operator', label: words.operator, cell: (decision) => [rowOf(decision).operator] },
        {
          name: 'amount',
          label: words.amount,
          isNumber: true,
          cell: (decision) => {
            const { amount } = rowOf(decision);
            return amount ? [`${amount.value} `, make('span', 'quiet', amount.unit)] : [];
          },
        },
      ],
    });
    this.element = this.#grid.element;
  }

  show(decisions: readonly WireDecision[]): void {
    this.#grid.show(decisions);
  }

  move(by: number): void {
    this.#grid.move(by);
  }

  openCurrent(): void {
    const { current } = this.#grid;
    if (current) this.#open(current.id);
  }
}
