/** The panel of latest decisions: a row each, which opens why it was taken. */
import type { DecisionRow } from '../wire.js';
import { arrange, make } from './dom.js';
import { Fitted } from './fit.js';
import { mark } from './marks.js';
import { partsOf } from './time.js';

const KEYS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(last, at + 1),
  ArrowUp: (at) => Math.max(0, at - 1),
  Home: () => 0,
  End: (_, last) => last,
};

export class DecisionPanel {
  readonly #rows = new Map<string, HTMLElement>();
  readonly #items = make('ul', 'rows');
  readonly #empty = make('p', 'empty', 'No decision yet.');
  readonly #fitted: Fitted;
  readonly #open: (id: string) => void;

  constructor(list: HTMLElement, open: (id: string) => void) {
    this.#open = open;
    this.#items.setAttribute('role', 'list');
    this.#items.addEventListener('keydown', (event) => this.#move(event));
    list.append(this.#items, this.#empty);
    this.#fitted = new Fitted(list, this.#items, (below) => `${below} earlier below`);
  }

  show(decisions: readonly DecisionRow[]): void {
    const ids = new Set(decisions.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id);
    for (const decision of decisions) {
      if (!this.#rows.has(decision.id)) this.#rows.set(decision.id, this.#make(decision));
    }
    arrange(
      this.#items,
      decisions.map(({ id }) => this.#rows.get(id)!),
    );
    this.#empty.hidden = decisions.length > 0;
    this.#fitted.fit();
  }

  #make(decision: DecisionRow): HTMLElement {
    const { id, type, time, subject, clause, words, level, amount } = decision;
    const { day, time: clock } = partsOf(time);
    const button = make(
      'button',
      'decision',
      make('span', 'when', make('span', 'time', clock), make('span', 'day', day)),
      make('span', 'sign', ...(level ? [mark(level)] : [])),
      make('span', 'name', words),
      make('span', 'detail', make('span', 'subject', subject), ...(clause ? [make('span', 'clause', clause)] : [])),
      make(
        'span',
        'amount',
        ...(amount ? [make('span', 'value', amount.value), ' ', make('span', 'unit', amount.unit)] : []),
      ),
    );
    button.type = 'button';
    button.dataset['type'] = type;
    button.addEventListener('click', () => this.#open(id));
    return make('li', '', button);
  }

  /** Up, down, first, last: fifty rows are too many for the Tab key. */
  #move(event: KeyboardEvent): void {
    const next = KEYS[event.key];
    const buttons = [...this.#items.querySelectorAll('button')];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    if (!next || at === -1) return;
    event.preventDefault();
    buttons[next(at, buttons.length - 1)]?.focus();
  }
}
